/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <math.h>

#include "detect/beacon.h"
#include "detect/series.h"

static int
ascending(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Benjamini and Yekutieli 2001 as in a textbook: the q-value of each p, in ppm. */
static double
slow_q_ppm(const int64_t *sorted, uint64_t n, uint64_t pairs, uint64_t i)
{
	double h = 0, q = 1;

	for (uint64_t m = 1; m <= pairs; m++)
		h += 1 / (double)m;
	for (uint64_t j = i; j < n; j++) {
		double p = pow(10, (double)sorted[j] / 1e6);

		q = fmin(q, p * (double)pairs * h / (double)(j + 1));
	}
	return q * 1e6;
}

static void
q_values_are_the_textbooks(void **state)
{
	struct rng r = rng_seed(5);

	(void)state;
	for (int round = 0; round < 400; round++) {
		int64_t p[64];
		struct by_step steps[64];
		uint64_t n = 1 + rng_below(&r, COUNT(p));
		uint64_t pairs = n + rng_below(&r, 2) * rng_below(&r, 5000);

		for (uint64_t i = 0; i < n; i++) {
			p[i] = -(int64_t)rng_below(&r, 12000000);
			if (i > 0 && rng_below(&r, 4) == 0)
				p[i] = p[i - 1]; /* ties */
		}
		qsort(p, n, sizeof *p, ascending);
		by_steps(p, n, steps);
		for (uint64_t i = 0; i < n; i++) {
			struct by_step s = by_step_of(p, n, pairs, p[i]);
			double slow = slow_q_ppm(p, n, pairs, i);
			uint32_t q = by_fdr_ppm(s, pairs);

			assert_true(q >= slow - 1e-6);
			/* Harmonic numbers are bounded from above, by 1/(12 n^2) too much. */
			assert_true(
			    q <= slow * (1 + 1e-5 + 0.09 / (double)(pairs * pairs)) + 1);
			assert_int_equal(s.rank, steps[i].rank);
			assert_int_equal(s.log10_p_ud, steps[i].log10_p_ud);
		}
	}
}

static void
q_values_by_hand(void **state)
{
	static const struct {
		const char *name;
		struct by_step step;
		uint64_t pairs;
		uint32_t least, most;
	} rows[] = {
		{ "one pair: p itself", { -3000000, 1 }, 1, 1000, 1080 },
		{ "no evidence", { 0, 1 }, 100, 1000000, 1000000 },
		{ "never zero", { -300000000, 1 }, 100, 1, 1 },
		/* 1e-8 x 1e6 x 14.393 / 10 */
		{ "a million pairs, rank ten", { -8000000, 10 }, 1000000, 14393, 14394 },
		{ "the most pairs there can be", { -25000000, 1 }, UINT64_MAX, 83, 84 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		ROW(i, rows[i].name);
		assert_in_range(
		    by_fdr_ppm(rows[i].step, rows[i].pairs), rows[i].least, rows[i].most);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(q_values_are_the_textbooks),
		cmocka_unit_test(q_values_by_hand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
