/* SPDX-License-Identifier: Apache-2.0 */
#include "simulate/rng.h"

void
rng_fill(struct rng *r, uint8_t *to, size_t n)
{
	for (size_t i = 0; i < n;) {
		uint64_t v = rng_next(r);

		/* byte by byte, so that the machine's byte order does not matter */
		for (int k = 0; k < 8 && i < n; k++, i++, v >>= 8)
			to[i] = (uint8_t)v;
	}
}
