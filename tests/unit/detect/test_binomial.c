/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <math.h>

#include "detect/binomial.h"
#include "detect/tables.h"
#include "detect/series.h"

__extension__ typedef unsigned __int128 uwide;

static long double
q(int64_t fixed, int bits)
{
	return ldexpl((long double)fixed, -bits);
}

static void
logarithms(void **state)
{
	static const struct {
		uint64_t x;
		long double log;
	} rows[] = {
		{ 1, 0 },
		{ 10, 1 },
		{ 1000000000, 9 },
		{ UINT64_C(10000000000000000000), 19 },
		{ 2, 0.301029995663981195213738894724493027L },
		{ 3, 0.477121254719662437295027903255115309L },
		{ UINT64_MAX, 19.26591972249479649367928926235940L },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_true(fabsl(q(log10_q58(rows[i].x), 58) - rows[i].log) < 0x1p-56L);
}

/* Digit after digit of log2 by squaring: slow, and shares nothing with the fast one. */
static long double
log10_by_squaring(uint64_t x)
{
	unsigned e = 63 - (unsigned)__builtin_clzll(x);
	uint64_t m = x << (63 - e); /* 63 fractional bits */
	uint64_t bits = 0;

	for (int i = 0; i < 60; i++) {
		uwide square = (uwide)m * m; /* 126 fractional bits, below 4 */
		bool two = square >> 127;

		bits = bits << 1 | two;
		m = (uint64_t)(square >> (two ? 64 : 63));
	}
	return (e + ldexpl((long double)bits, -60)) *
	       0.301029995663981195213738894724493027L;
}

static void
logarithm_is_its_slow_twin(void **state)
{
	struct rng r = rng_seed(1);

	(void)state;
	for (int i = 0; i < 20000; i++) {
		uint64_t x = rng_next(&r) >> rng_below(&r, 64);

		if (x == 0)
			continue;
		assert_true(fabsl(q(log10_q58(x), 58) - log10_by_squaring(x)) < 0x1p-54L);
	}
	for (uint64_t x = 1; x < 4096; x++) { /* every cell edge, from both sides */
		uint64_t edge = x << 52;

		assert_true(log10_q58(edge) > log10_q58(edge - (UINT64_C(1) << 20)));
		assert_true(
		    fabsl(q(log10_q58(edge), 58) - log10_by_squaring(edge)) < 0x1p-54L);
	}
}

static void
factorials(void **state)
{
	(void)state;
	assert_int_equal(table_log10_factorial[0], 0);
	assert_int_equal(table_log10_factorial[1], 0);
	for (unsigned n = 1; n <= BINOMIAL_MAX; n++) {
		int64_t step = table_log10_factorial[n] - table_log10_factorial[n - 1];
		long double whole = lgammal(n + 1.0L) / logl(10);

		assert_in_range(step - (log10_q58(n) >> 11) + 2, 0, 4);
		assert_true(fabsl(q(table_log10_factorial[n], 47) - whole) < 1e-12L);
	}
}

static void
micro_decades_round_up(void **state)
{
	static const struct {
		long double decades;
		int64_t ud;
	} rows[] = {
		{ 0, 0 },
		{ -1, -1000000 },
		{ -1e-7L, 0 },
		{ -1.5e-6L, -1 },
		{ 1e-7L, 1 },
		{ -60000.25L, -60000250000 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(
		    ud_above((int64_t)ldexpl(rows[i].decades, 47)), rows[i].ud);
}

/* The edge between what is rounded up to less and what is not. */
static void
micro_decades_have_an_edge(void **state)
{
	static const int64_t at[] = { 0, 1, -1, -3, -2999999, -3000000, -3536573, 7,
		-60000250001 };

	(void)state;
	for (size_t i = 0; i < COUNT(at); i++) {
		int64_t edge = q47_below(at[i]);

		assert_true(ud_above(edge - 1) < at[i]);
		assert_int_equal(ud_above(edge), at[i]);
	}
}

static void
known_tails(void **state)
{
	static const struct {
		uint32_t n, k, ppb;
		long double log;
	} rows[] = {
		{ 4, 4, 500000000, -1.204119982655924780854955578897972107L }, /* 1/16 */
		{ 4, 3, 500000000, -0.505149978319905976068694473622460L },    /* 5/16 */
		{ 4, 2, 500000000, 0 }, /* not above what chance makes likely */
		{ 10, 10, 100000000, -10 },
		{ 1, 1, 1, -9 },
		{ 16320, 16320, 100000000, -16320 },
		{ 100, 0, 1, 0 },
		{ 3, 3, 999999999, -1.302883446e-9L },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t ud = binomial_tail_ud(rows[i].n, rows[i].k, rows[i].ppb);
		long double want = rows[i].log * 1e6L;

		assert_true(
		    (long double)ud >= want - 1e-6L && (long double)ud < want + 1.001L);
	}
}

/* log10 P(Bin(n,p) >= k) with libm: first term by lgamma, the rest by ratios. */
static long double
slow_tail(uint32_t n, uint32_t k, uint32_t ppb)
{
	long double p = ppb / 1e9L, term = 1, sum = 1;
	long double first = lgammal(n + 1.0L) - lgammal(k + 1.0L) - lgammal(n - k + 1.0L) +
			    k * logl(p) + (n - k) * log1pl(-p);

	if (k <= n * p)
		return 0;
	for (uint32_t i = k; i < n && term > 1e-25L * sum; i++) {
		term *= (n - i) / (i + 1.0L) * p / (1 - p);
		sum += term;
	}
	return fminl(0, (first + logl(sum)) / logl(10));
}

static void
check_tail(uint32_t n, uint32_t k, uint32_t ppb)
{
	struct chance p = chance_of(ppb);
	int64_t ud = binomial_tail_ud(n, k, ppb);
	long double slow = slow_tail(n, k, ppb) * 1e6L;
	int64_t tail = binomial_tail_q47(n, k, &p);

	if (!((long double)ud > slow - 1e-6L && (long double)ud < slow + 2))
		fail_msg("n %u k %u ppb %u: %ld, slowly %.3Lf", n, k, ppb, (long)ud, slow);
	if (tail < 0) {
		assert_true(binomial_term_q47(n, k, &p) <= tail);
		assert_true(binomial_llr_q47(n, k, &p) <= -tail);
	}
}

static void
tail_is_its_slow_twin_on_a_grid(void **state)
{
	static const uint32_t ppb[] = { 63896477, 125000000, 250000001, 385000000,
		650000000, 769000000, 949999999 };
	static const uint32_t n[] = { 4, 5, 8, 24, 96, 255, 1000, 4080, 16320 };

	(void)state;
	for (size_t i = 0; i < COUNT(n); i++)
		for (size_t j = 0; j < COUNT(ppb); j++)
			for (uint32_t part = 0; part <= 24; part++)
				check_tail(n[i], n[i] * part / 24, ppb[j]);
}

static void
tail_is_its_slow_twin_at_random(void **state)
{
	struct rng r = rng_seed(2);

	(void)state;
	for (int i = 0; i < 30000; i++) {
		uint32_t n =
		    1 + (uint32_t)rng_below(&r, rng_below(&r, 2) ? 300 : BINOMIAL_MAX);
		uint32_t ppb = 1 + (uint32_t)rng_below(&r, PPB - 1);
		uint32_t mean = (uint32_t)((uint64_t)n * ppb / PPB);
		uint32_t k = rng_below(&r, 4) ? mean + (uint32_t)rng_below(&r, n - mean + 1)
					      : (uint32_t)rng_below(&r, n + 1);

		check_tail(n, k, ppb);
	}
}

static void
likelihood_ratios(void **state)
{
	const struct {
		uint32_t n, k, ppb;
		long double llr;
	} rows[] = {
		{ 10, 10, 100000000, 10 },
		{ 10, 1, 100000000, 0 },
		{ 10, 0, 100000000, 0 },
		{ 4, 3, 500000000, 3 * log10l(1.5L) + log10l(0.5L) },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct chance p = chance_of(rows[i].ppb);
		long double llr = q(binomial_llr_q47(rows[i].n, rows[i].k, &p), 47);

		assert_true(llr <= rows[i].llr && llr > rows[i].llr - 1e-10L);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(logarithms),
		cmocka_unit_test(logarithm_is_its_slow_twin),
		cmocka_unit_test(factorials),
		cmocka_unit_test(micro_decades_round_up),
		cmocka_unit_test(micro_decades_have_an_edge),
		cmocka_unit_test(known_tails),
		cmocka_unit_test(tail_is_its_slow_twin_on_a_grid),
		cmocka_unit_test(tail_is_its_slow_twin_at_random),
		cmocka_unit_test(likelihood_ratios),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
