/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <math.h>

#include "detect/beacon.h"
#include "detect/binomial.h"
#include "detect/series.h"
#include "detect/tables.h"

static const int widths[] = { 1, 2, 4, 8, 12 };

/* The bound as it is proved: most mass any falling hazard puts into [a, ca) past f a. */
static long double
null_bound(long double c, long double f)
{
	long double r = (c - f) / (1 - f);

	return f >= 1 ? 1 : powl(r, -1 / (r - 1)) - powl(r, -r / (r - 1));
}

static void
nulls_are_tabled_and_rounded_up(void **state)
{
	(void)state;
	for (size_t w = 0; w < COUNT(widths); w++)
		for (int i = 0; i < PAIR_BINS; i++) {
			long double p =
			    null_bound(powl(2, widths[w] / 4.0L), powl(2, -i / 4.0L));
			long double ppb = table_null_ppb[w][i];

			assert_true(ppb >= p * 1e9L && ppb < p * 1e9L + 1.001L);
		}
}

/* No rate of an exponential, the extreme null, exceeds the bound, and the best one meets it. */
static void
null_is_the_worst_exponential(void **state)
{
	(void)state;
	for (size_t w = 0; w < COUNT(widths); w++)
		for (int i = 1; i < PAIR_BINS; i += 7) {
			long double c = powl(2, widths[w] / 4.0L), f = powl(2, -i / 4.0L),
				    most = 0;

			for (long double l = 1e-3L; l < 1e3L; l *= 1.001L)
				most = fmaxl(most, expl(-l * (1 - f)) - expl(-l * (c - f)));
			assert_true(fabsl(most - table_null_ppb[w][i] / 1e9L) < 1e-6L);
		}
}

/* log10 P(Bin(n,p) >= k) */
static double
slow_tail(unsigned n, unsigned k, double p)
{
	long double term = 1, sum = 1;
	long double first = lgammal(n + 1.0L) - lgammal(k + 1.0L) - lgammal(n - k + 1.0L) +
			    k * logl(p) + (n - k) * log1pl(-p);

	for (unsigned i = k; i < n && term > 1e-20L * sum; i++) {
		term *= (n - i) / (i + 1.0L) * p / (1 - p);
		sum += term;
	}
	return (double)fminl(0, (first + logl(sum)) / logl(10));
}

struct slow {
	double log10_p;
	int windows;
};

/* All windows, all truncations, in floating point, without shortcuts. */
static struct slow
slow_test(const struct pair *p, double kappa, double looks)
{
	struct slow best = { 0 };

	for (size_t w = 0; w < COUNT(widths); w++)
		for (int cut = 0; cut < 3; cut++) /* the floor of 2 s, half, a quarter */
			for (int i = 1; i + widths[w] < PAIR_BINS; i++) {
				double start = 2 * pow(2, i / 4.0);
				double f = fmax(2 / start, cut == 0   ? 0
							   : cut == 1 ? 0.5
								      : 0.25);
				double p0 =
				    (double)null_bound(powl(2, widths[w] / 4.0L), f);
				unsigned n = 0, k = 0;

				for (int b = 0; b < PAIR_BINS; b++) {
					bool trial =
					    2 * pow(2, b / 4.0) > 0.999 * f * start;

					n += trial ? p->gap[b] : 0;
					k += b >= i && b < i + widths[w] ? p->gap[b] : 0;
				}
				best.windows++;
				if (k >= 4 && kappa * p0 < 1 && k > n * kappa * p0)
					best.log10_p =
					    fmin(best.log10_p, slow_tail(n, k, kappa * p0));
			}
	best.log10_p += log10(best.windows) + log10(looks * (looks + 1));
	if (best.log10_p > 0)
		best.log10_p = 0;
	return best;
}

static void
check_against_slow(const struct pair *p, uint32_t kappa_percent, uint32_t looks)
{
	struct beacon_test t = beacon_test(p, kappa_percent, looks);
	struct slow s = slow_test(p, kappa_percent / 100.0, looks);
	double ud = s.log10_p * 1e6;
	/* p0 is rounded to ppb: 1e-9 relative of each of thousands of gaps. */
	double margin = 3 + 1e-2 * p->gaps;

	assert_int_equal(s.windows, BEACON_WINDOWS);
	if (fabs((double)t.log10_p_ud - ud) > margin)
		fail_msg("%ld, slowly %f", (long)t.log10_p_ud, ud);
	assert_true(t.llr_mb >= 0 && t.llr_mb * 1000 <= -t.log10_p_ud);
	if (t.log10_p_ud == 0)
		return;
	assert_true(t.gaps_in >= 4 && t.gaps_in <= t.gaps);
	assert_true(t.first_bin > 0 && t.first_bin + t.width < PAIR_BINS);
}

static void
test_is_its_slow_twin(void **state)
{
	static struct series s;
	struct rng r = rng_seed(3);

	(void)state;
	for (int i = 0; i < 300; i++) {
		int n = (int)(12 * pow(100, uniform(&r)));
		struct implant m = { .sleep = (enum sleep)rng_below(&r, 4),
			.n = n,
			.jitter = uniform(&r),
			.drop = 0.5 * uniform(&r),
			.burst = rng_below(&r, 4) == 0,
			.mixed = rng_below(&r, 4) == 0 ? 1 : 0 };
		struct pair p;

		if (rng_below(&r, 3) == 0)
			series_habit(&s, &r, (enum habit)rng_below(&r, HABITS), n);
		else
			series_implant(&s, &r, &m);
		p = series_pair(&s);
		check_against_slow(
		    &p, rng_below(&r, 2) ? 125 : 150, 1 + (uint32_t)rng_below(&r, 9));
	}
	for (int i = 0; i < 200; i++) { /* any histogram at all */
		struct pair p = { .gaps = UINT32_MAX };
		uint64_t most = 1 + rng_below(&r, 255), share = 1 + rng_below(&r, 64);

		for (int b = 0; b < PAIR_BINS; b++)
			if (rng_below(&r, 64) < share)
				p.gap[b] = (uint8_t)rng_below(&r, most + 1);
		p.gaps = 64 * 255;
		check_against_slow(&p, 100 + (uint32_t)rng_below(&r, 200), 1);
	}
}

/* A histogram by hand: `n` gaps in `bin`, `around` in all others. */
static struct pair
histogram(int bin, uint8_t n, uint8_t around)
{
	struct pair p = { 0 };

	memset(p.gap, around, sizeof p.gap);
	p.gap[bin] = n;
	p.gaps = n + 63U * around;
	return p;
}

static void
windows(void **state)
{
	static const struct {
		const char *name;
		int bin;
		uint8_t n, around;
		bool clock;
		int first_bin;
	} rows[] = {
		{ "twelve equal gaps are a clock", 20, 12, 0, true, 20 },
		{ "three gaps are nothing", 20, 3, 0, false, 0 },
		{ "as many everywhere are none", 20, 9, 9, false, 0 },
		{ "gaps of 2 s cannot be told from the floor", 0, 200, 0, false, 0 },
		{ "gaps past 30 h have no upper end", 63, 200, 0, false, 0 },
		{ "a full counter", 40, 255, 0, true, 40 },
		{ "a mode among noise", 33, 255, 1, true, 33 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct pair p = histogram(rows[i].bin, rows[i].n, rows[i].around);
		struct beacon_test t = beacon_test(&p, 150, 1);

		ROW(i, rows[i].name);
		assert_int_equal(t.log10_p_ud < -1000000, rows[i].clock);
		if (rows[i].clock)
			assert_int_equal(t.first_bin, rows[i].first_bin);
	}
}

/* Twelve of twelve gaps in one bin high up: p0^12 x windows x 2, worked out by hand. */
static void
arithmetic_by_hand(void **state)
{
	struct pair p = histogram(50, 12, 0);
	struct beacon_test t = beacon_test(&p, 100, 1), later = beacon_test(&p, 100, 7);
	double f = pow(2, -50 / 4.0), p0 = (double)null_bound(powl(2, 0.25L), f);
	double log10_p = 12 * log10(p0) + log10(BEACON_WINDOWS * 2.0);

	(void)state;
	assert_true(fabs((double)t.log10_p_ud - 1e6 * log10_p) < 3);
	/* All of them inside: the likelihood ratio is p0^-12, the p-value says the same. */
	assert_int_equal(t.llr_mb, -t.log10_p_ud / 1000);
	assert_int_equal(t.gaps, 12);
	assert_int_equal(t.gaps_in, 12);
	assert_int_equal(t.width, 1);
	assert_int_equal(t.null_ppm, (uint32_t)ceil(p0 * 1e6));
	assert_true(fabs((double)(later.log10_p_ud - t.log10_p_ud) - 1e6 * log10(28)) < 3);
}

/* A wider null, more looks or more noise never make it more of a clock. */
static void
evidence_falls_with_doubt(void **state)
{
	struct rng r = rng_seed(4);

	(void)state;
	for (int i = 0; i < 2000; i++) {
		int bin = 1 + (int)rng_below(&r, 62);
		struct pair p = histogram(bin, (uint8_t)(5 + rng_below(&r, 240)), 0);
		struct pair noisy = p;
		uint32_t kappa = 100 + (uint32_t)rng_below(&r, 100);
		int64_t log10_p = beacon_test(&p, kappa, 1).log10_p_ud;

		for (int k = 0; k < 10; k++)
			noisy.gap[bin +
				  (int)rng_below(&r, (uint64_t)(PAIR_BINS - 1 - bin))]++;
		assert_true(beacon_test(&p, kappa + 10, 1).log10_p_ud >= log10_p);
		assert_true(beacon_test(&p, kappa, 2).log10_p_ud >= log10_p);
		noisy.gap[PAIR_BINS - 1] = 200;
		assert_true(beacon_test(&noisy, kappa, 1).log10_p_ud >=
			    beacon_test(&p, kappa, 1).log10_p_ud - 60000000);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nulls_are_tabled_and_rounded_up),
		cmocka_unit_test(null_is_the_worst_exponential),
		cmocka_unit_test(test_is_its_slow_twin),
		cmocka_unit_test(windows),
		cmocka_unit_test(arithmetic_by_hand),
		cmocka_unit_test(evidence_falls_with_doubt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
