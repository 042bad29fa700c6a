/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the beacon test must see and what it must not: assertions about power
 * and false positives with a fixed seed, 400 series a row, 2,000 for nulls.
 */
#include "table.h"

#include "detect/beacon.h"
#include "detect/series.h"

#define TRIALS      400
#define NULL_TRIALS 2000

struct power {
	const char *name;
	struct implant implant;
	uint32_t kappa_percent;
	double least, most; /* share of series with p <= 1e-6 */
};

#define DOWN(count, j, ...)                                                   \
	{                                                                     \
		.sleep = SLEEP_DOWN, .n = (count), .jitter = (j), __VA_ARGS__ \
	}

static const struct power powers[] = {
	{ "strict, 24 check-ins", DOWN(24, 0, ), 150, 0.98, 1 },
	{ "strict, 48", DOWN(48, 0, ), 150, 0.98, 1 },
	{ "strict, 96", DOWN(96, 0, ), 150, 0.98, 1 },
	{ "strict, 288", DOWN(288, 0, ), 150, 0.98, 1 },
	{ "strict, 1000", DOWN(1000, 0, ), 150, 0.98, 1 },
	{ "jitter 10 %, 24", DOWN(24, 0.1, ), 150, 0.95, 1 },
	{ "jitter 10 %, 48", DOWN(48, 0.1, ), 150, 0.98, 1 },
	{ "jitter 10 %, 96", DOWN(96, 0.1, ), 150, 0.98, 1 },
	{ "jitter 10 %, 288", DOWN(288, 0.1, ), 150, 0.98, 1 },
	{ "jitter 10 %, 1000", DOWN(1000, 0.1, ), 150, 0.98, 1 },
	{ "jitter 30 %, 24", DOWN(24, 0.3, ), 150, 0.95, 1 },
	{ "jitter 30 %, 48", DOWN(48, 0.3, ), 150, 0.98, 1 },
	{ "jitter 30 %, 96", DOWN(96, 0.3, ), 150, 0.98, 1 },
	{ "jitter 30 %, 288", DOWN(288, 0.3, ), 150, 0.98, 1 },
	{ "jitter 30 %, 1000", DOWN(1000, 0.3, ), 150, 0.98, 1 },
	{ "jitter 50 %, 24", DOWN(24, 0.5, ), 125, 0.85, 1 },
	{ "jitter 50 %, 48", DOWN(48, 0.5, ), 150, 0.98, 1 },
	{ "jitter 50 %, 96", DOWN(96, 0.5, ), 150, 0.98, 1 },
	{ "jitter 50 %, 288", DOWN(288, 0.5, ), 150, 0.98, 1 },
	{ "jitter 50 %, 1000", DOWN(1000, 0.5, ), 150, 0.98, 1 },
	{ "jitter 75 %, 96", DOWN(96, 0.75, ), 125, 0.98, 1 },
	{ "jitter 75 %, 288", DOWN(288, 0.75, ), 125, 0.98, 1 },
	{ "jitter 100 %, 288", DOWN(288, 1, ), 125, 0.95, 1 },
	{ "jitter 100 %, 1000", DOWN(1000, 1, ), 125, 0.95, 1 },
	{ "both ways 50 %", { .sleep = SLEEP_BOTH, .n = 96, .jitter = 0.5 }, 150, 0.98, 1 },
	{ "one in five lost", DOWN(96, 0.3, .drop = 0.2), 125, 0.98, 1 },
	{ "two in five lost", DOWN(96, 0.3, .drop = 0.4), 125, 0.60, 1 },
	{ "1 to 4 flows a check-in", DOWN(96, 0.3, .burst = true), 150, 0.98, 1 },
	{ "some browsing", DOWN(96, 0.3, .mixed = 0.5), 150, 0.98, 1 },
	{ "as much browsing", DOWN(96, 0.3, .mixed = 1), 150, 0.98, 1 },
	{ "thrice the browsing", DOWN(96, 0.3, .mixed = 3), 150, 0.98, 1 },
	{ "office hours, 48", DOWN(48, 0.3, .office = true), 150, 0.98, 1 },
	{ "office hours, 96", DOWN(96, 0.3, .office = true), 150, 0.98, 1 },
	{ "the sleep becomes 7 T", DOWN(192, 0.3, .change = true), 150, 0.98, 1 },
	/* Exponential sleeps are no clock, and the test must not pretend. */
	{ "random sleeps", { .sleep = SLEEP_RANDOM, .n = 96 }, 125, 0, 0.005 },
	{ "random sleeps", { .sleep = SLEEP_RANDOM, .n = 96 }, 150, 0, 0.005 },
};

static void
power(void **state)
{
	static struct series s;

	(void)state;
	for (size_t i = 0; i < COUNT(powers); i++) {
		const struct power *row = &powers[i];
		struct rng r = rng_seed(100 + i);
		int found = 0;

		for (int trial = 0; trial < TRIALS; trial++) {
			struct pair p;

			series_implant(&s, &r, &row->implant);
			p = series_pair(&s);
			found +=
			    beacon_test(&p, row->kappa_percent, 1).log10_p_ud <= -6000000;
		}
		print_message("  %-24s kappa %u %%: %.4f\n", row->name, row->kappa_percent,
		    (double)found / TRIALS);
		assert_true(found >= row->least * TRIALS && found <= row->most * TRIALS);
	}
}

/* People, crowds and bursts: not one in 48,000 at p <= 1e-4, for either kappa. */
static void
habits_are_no_clocks(void **state)
{
	static const int counts[] = { 24, 96, 288, 1000 };
	static struct series s;

	(void)state;
	for (int habit = 0; habit < HABITS; habit++)
		for (size_t i = 0; i < COUNT(counts); i++) {
			struct rng r = rng_seed(1000 + 10 * (uint64_t)habit + i);

			for (int trial = 0; trial < NULL_TRIALS; trial++) {
				struct pair p;

				series_habit(&s, &r, (enum habit)habit, counts[i]);
				p = series_pair(&s);
				if (beacon_test(&p, 125, 1).log10_p_ud <= -4000000)
					fail_msg("%s, n %d, trial %d", habit_text[habit],
					    counts[i], trial);
			}
		}
}

/* A page that polls while its tab is open is a clock. Timing must say so; that is its job. */
static void
polling_is_a_clock(void **state)
{
	static struct series s;
	struct rng r = rng_seed(2000);
	int found = 0;

	(void)state;
	for (int trial = 0; trial < TRIALS; trial++) {
		struct pair p;

		series_poll(&s, &r, 60, 300);
		p = series_pair(&s);
		found += beacon_test(&p, 125, 1).log10_p_ud <= -6000000;
	}
	assert_true(found >= 0.95 * TRIALS);
}

static int
ascending(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

#define MIX_NULLS   20000
#define MIX_BEACONS 200

/* A hundred pairs without a clock to each with one: what is called is right, most are called. */
static void
false_discoveries(void **state)
{
	static struct series s;
	static int64_t p[MIX_NULLS + MIX_BEACONS], sorted[MIX_NULLS + MIX_BEACONS];
	struct rng r = rng_seed(3000);
	int right = 0, wrong = 0;

	(void)state;
	for (int i = 0; i < MIX_NULLS + MIX_BEACONS; i++) {
		struct pair pair;

		series_mix(&s, &r, i, i < MIX_NULLS);
		pair = series_pair(&s);
		p[i] = sorted[i] = beacon_test(&pair, 125, 1).log10_p_ud;
	}
	qsort(sorted, COUNT(sorted), sizeof *sorted, ascending);
	for (int i = 0; i < MIX_NULLS + MIX_BEACONS; i++) {
		/* Only what could be called is asked: the step of every null is a long walk. */
		if (p[i] > -1000000 ||
		    by_fdr_ppm(by_step_of(sorted, COUNT(sorted), COUNT(sorted), p[i]),
			COUNT(sorted)) > 10000)
			continue;
		if (i < MIX_NULLS)
			wrong++;
		else
			right++;
	}
	print_message("  power %.3f, false %d\n", (double)right / MIX_BEACONS, wrong);
	assert_true(right >= 0.65 * MIX_BEACONS);
	assert_true(wrong <= 0.01 * (right + wrong));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(power),
		cmocka_unit_test(habits_are_no_clocks),
		cmocka_unit_test(polling_is_a_clock),
		cmocka_unit_test(false_discoveries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
