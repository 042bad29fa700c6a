/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The packets of a redacted slice, from strangers: as many as there are lines, and
 * another byte gives another root or none.
 */
#include "evidence/packets.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct packets_read r, again;
	struct error err;
	uint64_t lines = 0;
	char copy[4096];

	if (packets_read((struct span){ data, size }, &r, &err) != OK)
		return 0;
	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	CHECK(r.n == lines);
	CHECK(r.n ==
	      r.shown[PACKETS_WHOLE] + r.shown[PACKETS_HEAD] + r.shown[PACKETS_WITHHELD]);
	if (size <= sizeof copy) {
		size_t at = (size_t)r.root.b[0] * size / 256;

		memcpy(copy, data, size);
		copy[at] ^= 1;
		if (packets_read((struct span){ (uint8_t *)copy, size }, &again, &err) ==
		    OK)
			CHECK(memcmp(&r.root, &again.root, sizeof r.root) != 0);
	}
	return 0;
}
