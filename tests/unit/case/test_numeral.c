/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include "case/numeral.h"

static void
as_it_is_said(void **state)
{
	static const struct {
		const char *text, *value;
		enum numeral_bound bound;
		bool percent;
	} rows[] = {
		{ "531万", "5310000", BOUND_NONE, false },
		{ "5.2万台", "52000", BOUND_NONE, false },
		{ "83万个", "830000", BOUND_NONE, false },
		{ "83萬", "830000", BOUND_NONE, false },
		{ "约5.2万", "52000", BOUND_ABOUT, false },
		{ "近531万台主机", "5310000", BOUND_UNDER, false },
		{ "over 70 %", "70", BOUND_OVER, true },
		{ "70%以上", "70", BOUND_OVER, true },
		{ "超过百分之七十", "70", BOUND_OVER, true },
		{ "5.2 ％", "5.2", BOUND_NONE, true },
		{ "0.0001万", "1", BOUND_NONE, false },
		{ "1亿2000万", "120000000", BOUND_NONE, false },
		{ "1万亿", "1000000000000", BOUND_NONE, false },
		{ "二十三万", "230000", BOUND_NONE, false },
		{ "十五", "15", BOUND_NONE, false },
		{ "一百零五", "105", BOUND_NONE, false },
		{ "三千五百", "3500", BOUND_NONE, false },
		{ "一百二十三万四千五百六十七", "1234567", BOUND_NONE, false },
		{ "两万", "20000", BOUND_NONE, false },
		{ "８３万", "830000", BOUND_NONE, false },
		{ "83,000", "83000", BOUND_NONE, false },
		{ "1,234,567.5", "1234567.5", BOUND_NONE, false },
		{ "more than 3.1 million hosts", "3100000", BOUND_OVER, false },
		{ "some 4 billion", "4000000000", BOUND_ABOUT, false },
		{ "0", "0", BOUND_NONE, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf b = { .max = 64 };
		struct error err = { "" };
		struct numeral v;
		int64_t again;

		ROW(i, rows[i].text);
		assert_int_equal(numeral_read(rows[i].text, &v, &err), OK);
		numeral_put(v.millionths, &b);
		assert_string_equal(b.at, rows[i].value);
		assert_int_equal(v.bound, rows[i].bound);
		assert_int_equal(v.percent, rows[i].percent);
		assert_true(numeral_value(b.at, &again));
		assert_int_equal(again, v.millionths);
		buf_release(&b);
	}
}

static void
what_is_refused(void **state)
{
	static const struct {
		const char *text;
		enum status st;
	} rows[] = {
		{ "", E_FORMAT },
		{ "many hosts", E_FORMAT },
		{ "3,000 of 5,000", E_FORMAT },
		{ "446万、215万", E_FORMAT },
		{ "5万3万", E_FORMAT },
		{ "99999999999999", E_LIMIT },
		{ "9999亿亿", E_LIMIT },
		{ "0.00000001", E_LIMIT },
		{ "\xff\xfe", E_FORMAT },
	};
	static const char *const no_values[] = { "", "01", "1.0", "1.", ".5", "1e3", "5万",
		"1,000", "-1", "1.2.3" };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct error err;
		struct numeral v;

		ROW(i, rows[i].text);
		assert_int_equal(numeral_read(rows[i].text, &v, &err), rows[i].st);
	}
	for (size_t i = 0; i < COUNT(no_values); i++) {
		int64_t v;

		ROW(i, no_values[i]);
		assert_false(numeral_value(no_values[i], &v));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_it_is_said),
		cmocka_unit_test(what_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
