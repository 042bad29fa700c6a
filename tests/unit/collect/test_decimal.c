/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <stdlib.h>

#include "collect/decimal.h"

#define NO UINT64_MAX

static void
grammar(void **state)
{
	static const struct {
		const char *in;
		size_t length; /* of the number at its front; 0: none */
	} rows[] = {
		{ "0", 1 },
		{ "-0", 2 },
		{ "7,", 1 },
		{ "1234567", 7 },
		{ "1234567,\"a\":1", 7 },
		{ "12345678,\"a\":1", 8 },
		{ "12345678901234567890", 20 },
		{ "0.5", 3 },
		{ "1.5e3}", 5 },
		{ "1E+2 ", 4 },
		{ "1e-2", 4 },
		{ "12 and more of it", 2 },
		{ "12-3456789", 2 },
		{ "1:234567890", 1 },
		{ "", 0 },
		{ "-", 0 },
		{ "+1", 0 },
		{ ".5", 0 },
		{ "01", 0 },
		{ "01,2345678", 0 },
		{ "00", 0 },
		{ "-01", 0 },
		{ "1.", 0 },
		{ "1.,2345678", 0 },
		{ "1.e5", 0 },
		{ "1e", 0 },
		{ "1e+", 0 },
		{ "1E,23456789", 0 },
		{ "NaN", 0 },
		{ "x", 0 },
		{ "x1234567890", 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct decimal d;

		ROW(i, rows[i].in);
		assert_int_equal(decimal_scan(text_span(rows[i].in), &d), rows[i].length);
	}
}

static void
values(void **state)
{
	static const struct {
		const char *in;
		uint64_t whole, nanos; /* NO: cannot be */
	} rows[] = {
		{ "0", 0, 0 },
		{ "-0.0e9", 0, 0 },
		{ "-1", NO, NO },
		{ "-0.000000001", NO, NO },
		{ "65535", 65535, UINT64_C(65535000000000) },
		{ "1545403816.962094", NO, UINT64_C(1545403816962094000) },
		{ "1545403816.962094000", NO, UINT64_C(1545403816962094000) },
		{ "1.545403816962094e9", NO, UINT64_C(1545403816962094000) },
		{ "1545403816962094e-6", NO, UINT64_C(1545403816962094000) },
		{ "7.7209140000000005", NO, UINT64_C(7720914000) },
		{ "0.27964200000000083", NO, 279642000 },
		{ "0.09062499999999929", NO, 90625000 },
		{ "0.0000000004", NO, 0 },
		{ "0.0000000005", NO, 1 },
		{ "0.00000000149999999999999999999999999", NO, 1 },
		{ "0.9999999995", NO, 1000000000 },
		{ "1e-400", NO, 0 },
		{ "5.0", 5, UINT64_C(5000000000) },
		{ "5e0", 5, UINT64_C(5000000000) },
		{ "1.5e1", 15, UINT64_C(15000000000) },
		{ "150e-1", 15, UINT64_C(15000000000) },
		{ "155e-1", NO, UINT64_C(15500000000) },
		{ "9999999999.999999999", NO, UINT64_C(9999999999999999999) },
		{ "9999999999.9999999995", NO, UINT64_C(10000000000000000000) },
		{ "18446744074", UINT64_C(18446744074), NO },
		{ "9999999999999999999", UINT64_C(9999999999999999999), NO },
		{ "10000000000000000000", UINT64_C(10000000000000000000), NO },
		{ "18446744073709551615", NO, NO }, /* twenty digits that all count */
		{ "1234567890123456789.5", NO, NO },
		{ "100000000000000000000", NO, NO },
		{ "1e19", UINT64_C(10000000000000000000), NO },
		{ "1e20", NO, NO },
		{ "1e999999999999999999999", NO, NO },
		{ "0e999999999999999999999", 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct decimal d;
		uint64_t v;

		ROW(i, rows[i].in);
		assert_int_equal(
		    decimal_scan(text_span(rows[i].in), &d), strlen(rows[i].in));
		assert_int_equal(decimal_nanos(&d, &v), rows[i].nanos != NO);
		if (rows[i].nanos != NO)
			assert_int_equal(v, rows[i].nanos);
		assert_int_equal(decimal_whole(&d, &v), rows[i].whole != NO);
		if (rows[i].whole != NO)
			assert_int_equal(v, rows[i].whole);
	}
}

/*
 * The slow twin: seconds to nanoseconds by moving the point nine places in the
 * text and rounding by hand. Only for numbers without exponent that fit.
 */
static uint64_t
slow_nanos(const char *s)
{
	uint64_t v = 0;
	int places = -1; /* after the point */

	for (; *s != '\0'; s++) {
		if (*s == '.') {
			places = 0;
		} else if (places < 9) {
			v = v * 10 + (uint64_t)(*s - '0');
			places += places >= 0;
		} else {
			return v + (*s >= '5');
		}
	}
	for (places = places < 0 ? 0 : places; places < 9; places++)
		v *= 10;
	return v;
}

static void
agrees_with_the_slow_twin(void **state)
{
	unsigned seed = 20181221;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		int whole = 1 + rand_r(&seed) % 10, fraction = rand_r(&seed) % 25;
		char text[64];
		struct decimal d;
		uint64_t v;
		int n = 0;

		for (int i = 0; i < whole; i++)
			text[n++] = (char)('0' + rand_r(&seed) % 10);
		if (text[0] == '0')
			text[0] = '1';
		if (fraction > 0)
			text[n++] = '.';
		for (int i = 0; i < fraction; i++)
			text[n++] = (char)('0' + rand_r(&seed) % 10);
		text[n] = '\0';
		assert_int_equal(decimal_scan(text_span(text), &d), n);
		assert_true(decimal_nanos(&d, &v));
		if (v != slow_nanos(text))
			fail_msg("%s: %llu", text, (unsigned long long)v);
		/* The same with bytes behind it takes the short way. */
		memcpy(text + n, ",\"uid\":1", 9);
		assert_int_equal(decimal_scan(text_span(text), &d), n);
		assert_true(decimal_nanos(&d, &v));
		text[n] = '\0';
		assert_int_equal(v, slow_nanos(text));
	}
}

/* What the short ways take, they take as the long one does; most of what is usual. */
static void
short_ways(void **state)
{
	static const char bytes[] = "0011223456789..e,-";
	uint64_t small = 0, seconds = 0;
	unsigned seed = 8;

	(void)state;
	for (int round = 0; round < 200000; round++) {
		uint8_t text[DECIMAL_SECONDS + 1];
		struct span s = { text, sizeof text };
		struct decimal d;
		uint64_t ns, same;
		uint32_t v;
		size_t n;

		for (size_t i = 0; i < sizeof text; i++)
			text[i] =
			    (uint8_t)bytes[(size_t)rand_r(&seed) % (sizeof bytes - 1)];
		n = decimal_small(text, &v);
		if (n > 0 && text[n] == ',') {
			assert_int_equal(decimal_scan_any(s, &d), n);
			assert_true(decimal_whole(&d, &same));
			assert_int_equal(same, v);
			small++;
		}
		n = decimal_seconds(text, &ns);
		if (n > 0 && text[n] == ',') {
			assert_int_equal(decimal_scan_any(s, &d), n);
			assert_true(decimal_nanos(&d, &same));
			assert_int_equal(same, ns);
			seconds++;
		}
	}
	assert_true(small > 5000 && seconds > small);
	assert_int_equal(decimal_small((const uint8_t *)"12345678,", &(uint32_t){ 0 }), 8);
	assert_int_equal(decimal_seconds((const uint8_t *)"1700000000.12345678,\"uid\":",
			     &(uint64_t){ 0 }),
	    19);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grammar),
		cmocka_unit_test(values),
		cmocka_unit_test(agrees_with_the_slow_twin),
		cmocka_unit_test(short_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
