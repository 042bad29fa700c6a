/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/order.h"

/* So many are put in order sooner than the counts of the bytes are cleared. */
#define FEW 48

/* Most come few at once, or as runs in order. */
static uint64_t *
insert(uint64_t *at, size_t n, unsigned bit)
{
	for (size_t i = 1; i < n; i++) {
		uint64_t in = at[i];
		size_t k = i;

		for (; k > 0 && at[k - 1] >> bit > in >> bit; k--)
			at[k] = at[k - 1];
		at[k] = in;
	}
	return at;
}

uint64_t *
order_words(uint64_t *at, uint64_t *spare, size_t n, unsigned bit)
{
	uint64_t differ = 0;

	if (n <= FEW)
		return insert(at, n, bit);
	for (size_t i = 1; i < n; i++)
		differ |= at[i] ^ at[0];
	/* Bytes that all have in common are passed over. */
	for (unsigned shift = bit; shift < 64; shift += 8) {
		size_t place[257] = { 0 };
		uint64_t *sorted = spare;

		if ((differ >> shift & 255) == 0)
			continue;
		for (size_t i = 0; i < n; i++)
			place[(at[i] >> shift & 255) + 1]++;
		for (unsigned b = 0; b < 256; b++)
			place[b + 1] += place[b];
		for (size_t i = 0; i < n; i++)
			spare[place[at[i] >> shift & 255]++] = at[i];
		spare = at;
		at = sorted;
	}
	return at;
}
