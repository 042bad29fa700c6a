/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <math.h>

#include "simulate/chance.h"

/* From the reference implementations: xoshiro256** from the state {1, 2, 3, 4}. */
static void
xoshiro_vectors(void **state)
{
	static const uint64_t want[] = { 11520, 0, 1509978240,
		UINT64_C(1215971899390074240), UINT64_C(1216172134540287360),
		UINT64_C(607988272756665600), UINT64_C(16172922978634559625),
		UINT64_C(8476171486693032832), UINT64_C(10595114339597558777),
		UINT64_C(2904607092377533576) };
	struct rng r = { { 1, 2, 3, 4 } };

	(void)state;
	for (size_t i = 0; i < COUNT(want); i++)
		assert_int_equal(rng_next(&r), want[i]);
}

/* And splitmix64 from 1477776061723855037. */
static void
splitmix_vectors(void **state)
{
	static const uint64_t want[] = { UINT64_C(1985237415132408290),
		UINT64_C(2979275885539914483), UINT64_C(13511426838097143398),
		UINT64_C(8488337342461049707), UINT64_C(15141737807933549159) };
	uint64_t s = UINT64_C(1477776061723855037);

	(void)state;
	for (size_t i = 0; i < COUNT(want); i++)
		assert_int_equal(rng_split(&s), want[i]);
}

static void
bounds_are_kept_and_reached(void **state)
{
	struct rng r = rng_of(7, 1);
	unsigned low = 0, high = 0, often = 0;

	(void)state;
	assert_int_equal(rng_below(&r, 0), 0);
	assert_int_equal(rng_below(&r, 1), 0);
	for (int i = 0; i < 20000; i++) {
		uint64_t v = rng_between(&r, 10, 14);

		assert_true(v >= 10 && v <= 14);
		low += v == 10;
		high += v == 14;
		often += rng_chance(&r, 250000);
		assert_false(rng_chance(&r, 0));
		assert_true(rng_chance(&r, 1000000));
	}
	/* 4000 expected with a deviation of 57; 5000 with 61 */
	assert_in_range(low, 3700, 4300);
	assert_in_range(high, 3700, 4300);
	assert_in_range(often, 4700, 5300);
}

static void
streams_differ_and_repeat(void **state)
{
	struct rng a = rng_of(1, 1), b = rng_of(1, 2), c = rng_of(2, 1), d = rng_of(1, 1);
	uint64_t first = rng_next(&a);

	(void)state;
	assert_int_not_equal(first, rng_next(&b));
	assert_int_not_equal(first, rng_next(&c));
	assert_int_equal(first, rng_next(&d));
}

/* The twins are in long double; the promise is 3e-6. */
static void
logarithm_and_power(void **state)
{
	struct rng r = rng_of(3, 3);

	(void)state;
	assert_int_equal(chance_log2(1), 0);
	assert_int_equal(chance_log2(UINT64_C(1) << 63), UINT64_C(63) << 32);
	for (int i = 0; i < 20000; i++) {
		uint64_t v = rng_next(&r) >> rng_below(&r, 63) | 1;
		long double log = (long double)chance_log2(v) / 4294967296.0L;
		uint64_t x = rng_below(&r, UINT64_C(61) << 32);
		long double power = (long double)chance_exp2(x);
		long double want = exp2l((long double)x / 4294967296.0L);

		assert_true(fabsl(log - log2l((long double)v)) < 3e-6L);
		assert_true(fabsl(power - want) <= want * 3e-6L + 1);
	}
	assert_int_equal(chance_exp2(UINT64_MAX), UINT64_C(1) << 62);
}

struct seen {
	uint64_t n, below_median, beyond;
	long double sum;
};

static void
count(struct seen *s, uint64_t v, uint64_t median, uint64_t far)
{
	s->n++;
	s->below_median += v < median;
	s->beyond += v > far;
	s->sum += (long double)v;
}

/* Medians, means and tails from the textbook, with five deviations of room. */
static void
distributions(void **state)
{
	struct rng r = rng_of(5, 5);
	struct seen e = { 0 }, p = { 0 }, l = { 0 };
	int64_t normal = 0;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		count(&e, chance_exponential(&r, 1000000), 693147, 4605170);
		count(&p, chance_pareto(&r, 1000, 1200, UINT64_MAX), 1782, 46416);
		count(&l, chance_lognormal(&r, 1000000, 1000), 1000000, 7099071);
		normal += chance_normal(&r, 1000);
		assert_true(chance_pareto(&r, 1000, 1200, 5000) <= 5000);
		assert_true(chance_around(&r, 100, 1000, 42) >= 42);
	}
	assert_in_range(e.below_median, 98800, 101200);
	assert_in_range(e.beyond, 1770, 2230); /* 1 % */
	assert_in_range((uint64_t)(e.sum / 200000), 988000, 1012000);
	assert_in_range(p.below_median, 98800, 101200);
	assert_in_range(p.beyond, 1770, 2230);
	assert_in_range(l.below_median, 98800, 101200);
	assert_in_range(
	    l.beyond, 4500, 5500); /* 2.5 %, and twelve draws are not quite normal */
	assert_true(normal / 200000 > -12 && normal / 200000 < 12);
	assert_int_equal(chance_lognormal(&r, 77, 0), 77);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(xoshiro_vectors),
		cmocka_unit_test(splitmix_vectors),
		cmocka_unit_test(bounds_are_kept_and_reached),
		cmocka_unit_test(streams_differ_and_repeat),
		cmocka_unit_test(logarithm_and_power),
		cmocka_unit_test(distributions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
