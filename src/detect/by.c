/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/beacon.h"

#include "detect/binomial.h"

__extension__ typedef __int128 wide;

/* ln 10 * 10^6 with 32 fractional bits, rounded up. */
#define LN10_MICRO_Q32 UINT64_C(9889527670666545)
/* Euler's constant, in millionths, rounded up. */
#define EULER_MICRO 577216

/* Logarithms here are off by less than 2^-45 each; added so that q is never too small. */
#define SLACK_Q47 64

static int64_t
q47_of_ud(int64_t ud)
{
	return (int64_t)((wide)ud * (INT64_C(1) << 47) /
			 1000000); /* towards zero: ud <= 0 becomes larger */
}

static int64_t
log10_q47(uint64_t x)
{
	return log10_q58(x) >> 11;
}

/* 1 + 1/2 + ... + 1/m <= ln m + 0.57722 + 1/(2m), in millionths, rounded up. */
static uint64_t
harmonic_micro(uint64_t m)
{
	uint64_t log = (uint64_t)log10_q58(m) + 4;
	uint64_t ln = (uint64_t)(((wide)log * (wide)LN10_MICRO_Q32) >> (58 + 32)) + 1;

	return ln + EULER_MICRO + 500000 / m + 1;
}

/* log10(p / j), which is all that is compared. */
static int64_t
step_q47(int64_t log10_p_ud, uint64_t j)
{
	return q47_of_ud(log10_p_ud) - log10_q47(j);
}

struct by_step
by_step_of(const int64_t *sorted, uint64_t n, uint64_t pairs, int64_t log10_p_ud)
{
	uint64_t low = 0, high = n;
	struct by_step best = { 0 };
	int64_t least = INT64_MAX;

	CHECK(n <= pairs);
	while (low < high) { /* how many are not larger: the rank */
		uint64_t middle = low + (high - low) / 2;

		if (sorted[middle] <= log10_p_ud)
			low = middle + 1;
		else
			high = middle;
	}
	CHECK(low > 0 && sorted[low - 1] == log10_p_ud);
	for (uint64_t j = low; j <= n; j++) {
		int64_t step = step_q47(sorted[j - 1], j);

		if (step >= least)
			continue;
		least = step;
		best = (struct by_step){ sorted[j - 1], j };
	}
	return best;
}

void
by_steps(const int64_t *sorted, uint64_t n, struct by_step *out)
{
	int64_t least = INT64_MAX;

	for (uint64_t j = n; j > 0; j--) {
		int64_t step = step_q47(sorted[j - 1], j);

		/* Of equal steps the first, as by_step_of has it. */
		if (step <= least) {
			least = step;
			out[j - 1] = (struct by_step){ sorted[j - 1], j };
		} else {
			out[j - 1] = out[j];
		}
		/* Equal p share the rank of the last of them. */
		if (j < n && sorted[j - 1] == sorted[j])
			out[j - 1] = out[j];
	}
}

uint32_t
by_fdr_ppm(struct by_step step, uint64_t pairs)
{
	uint32_t low = 1, high = 1000000;
	int64_t q; /* log10 of q in ppm: p * pairs * H * 10^6 / rank, H in millionths */

	CHECK(step.rank > 0);
	if (pairs == 0)
		pairs = 1;
	q = step_q47(step.log10_p_ud, step.rank) + log10_q47(pairs) +
	    log10_q47(harmonic_micro(pairs)) + SLACK_Q47;
	while (low < high) { /* the least whole number whose logarithm reaches q */
		uint32_t middle = low + (high - low) / 2;

		if (log10_q47(middle) >= q)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}
