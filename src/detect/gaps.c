/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/beacon.h"

#define PARTS 256

/* A counter knows a gap to a fifth; here the window is cut into parts and counted again. */
void
beacon_gaps(const struct contact *c, size_t n, const struct beacon_test *t,
    uint64_t gap_ns[static 3])
{
	static const unsigned share[3] = { 10, 50, 90 };
	uint64_t low = pair_bin_low(t->first_bin);
	uint64_t part = (pair_bin_low(t->first_bin + t->width) - low + PARTS - 1) / PARTS;
	uint64_t in[PARTS] = { 0 }, all = 0, below = 0;
	unsigned at = 0;

	for (size_t i = 1; i < n; i++) {
		uint64_t gap = c[i].start_ns - c[i - 1].start_ns;

		if (gap < low || gap - low >= part * PARTS ||
		    (c[i].service & CONTACT_RESUMES))
			continue;
		in[(gap - low) / part]++;
		all++;
	}
	for (unsigned k = 0; k < PARTS; k++) {
		below += in[k];
		for (; at < 3 && below > 0 && below * 100 >= all * share[at]; at++)
			gap_ns[at] = low + k * part + part / 2;
	}
}

uint64_t
beacon_unheard(const struct contact *c, size_t n)
{
	uint64_t ns = 0;

	for (size_t i = 1; i < n; i++)
		if (c[i].service & CONTACT_RESUMES)
			ns += c[i].start_ns - c[i - 1].start_ns;
	return ns;
}
