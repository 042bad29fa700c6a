/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include "publish/escape.h"
#include "publish/words.h"

#include <math.h>
#include <stdlib.h>

static void
escapes(void **state)
{
	static const struct {
		const char *what, *in, *text, *html;
	} rows[] = {
		{ "plain", "updates.example.net", "updates.example.net",
		    "updates.example.net" },
		{ "empty", "", "", "" },
		{ "markup", "<b a='1' b=\"2\">&", "<b a='1' b=\"2\">&",
		    "&lt;b a=&#39;1&#39; b=&quot;2&quot;&gt;&amp;" },
		{ "cursor movement", "\x1b[2J", "\\x1b[2J", "\\x1b[2J" },
		{ "line ends", "a\r\n\tb", "a\\x0d\\x0a\\x09b", "a\\x0d\\x0a\\x09b" },
		{ "delete", "\x7f", "\\x7f", "\\x7f" },
		{ "C1 control", "\xc2\x9b", "\\u009b", "\\u009b" },
		{ "right-to-left override", "\xe2\x80\xae", "\\u202e", "\\u202e" },
		{ "isolate", "\xe2\x81\xa6", "\\u2066", "\\u2066" },
		{ "zero width", "a\xe2\x80\x8b", "a\\u200b", "a\\u200b" },
		{ "byte order mark", "\xef\xbb\xbf", "\\ufeff", "\\ufeff" },
		{ "line separator", "\xe2\x80\xa8", "\\u2028", "\\u2028" },
		{ "tag character", "\xf3\xa0\x81\xa1", "\\ue0061", "\\ue0061" },
		{ "non-character", "\xef\xbf\xbf", "\\uffff", "\\uffff" },
		{ "not UTF-8", "\xff\xc0\xaf", "\\xff\\xc0\\xaf", "\\xff\\xc0\\xaf" },
		{ "cut UTF-8", "\xe4\xbe", "\\xe4\\xbe", "\\xe4\\xbe" },
		{ "surrogate", "\xed\xa0\x80", "\\xed\\xa0\\x80", "\\xed\\xa0\\x80" },
		{ "Chinese", "\xe4\xbe\x8b", "\xe4\xbe\x8b", "\xe4\xbe\x8b" },
		{ "Cyrillic", "\xd0\x96", "\xd0\x96", "\xd0\x96" },
		{ "replacement", "\xef\xbf\xbd", "\xef\xbf\xbd", "\xef\xbf\xbd" },
	};
	struct buf b = { .max = 4096 };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		ROW(i, rows[i].what);
		buf_reset(&b);
		buf_puts(&b, "");
		escape_str(&b, ESCAPE_TEXT, rows[i].in);
		assert_string_equal(b.at, rows[i].text);
		buf_reset(&b);
		escape_str(&b, ESCAPE_HTML, rows[i].in);
		assert_string_equal(b.at, rows[i].html);
	}
	buf_release(&b);
}

static void
wraps(void **state)
{
	static const struct {
		const char *what, *in;
		unsigned from, indent, width;
		const char *out;
	} rows[] = {
		{ "no width, no wrapping", "a b  c", 0, 0, 0, "a b  c" },
		{ "fits", "one two", 0, 0, 7, "one two" },
		{ "one too many", "one two", 0, 0, 6, "one\ntwo" },
		{ "indent", "one two", 4, 4, 9, "one\n    two" },
		{ "first line has a head", "one two six", 6, 2, 10, "one\n  two six" },
		{ "double blanks stay", "a  b", 0, 0, 9, "a  b" },
		{ "but not at a line's end", "aaa  bbb", 0, 0, 5, "aaa\nbbb" },
		{ "blanks at the end go", "aaa  ", 0, 0, 9, "aaa" },
		{ "a long word is cut", "abcdefgh", 2, 2, 5, "abc\n  def\n  gh" },
		{ "wide characters count two", "\xe4\xbe\x8b\xe5\xad\x90\xe4\xb8\xad", 0, 0,
		    4, "\xe4\xbe\x8b\xe5\xad\x90\n\xe4\xb8\xad" },
		{ "indent past the width", "ab", 9, 9, 4, "a\n         b" },
		{ "nothing", "", 0, 0, 9, "" },
	};
	struct buf b = { .max = 4096 };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		ROW(i, rows[i].what);
		buf_reset(&b);
		buf_puts(&b, "");
		escape_wrap(
		    &b, text_span(rows[i].in), rows[i].from, rows[i].indent, rows[i].width);
		assert_string_equal(b.at, rows[i].out);
	}
	buf_release(&b);
}

static void
put_mb(struct buf *b, int64_t v)
{
	words_odds(b, v);
}

static void
put_ppm(struct buf *b, int64_t v)
{
	words_share(b, (uint64_t)v);
}

static void
put_count(struct buf *b, int64_t v)
{
	words_count(b, (uint64_t)v);
}

static void
put_q(struct buf *b, int64_t v)
{
	words_expected(b, (uint64_t)v * 10000);
}

/* What an alert of these odds leaves open; of what is no alert, nothing is counted. */
static void
put_open(struct buf *b, int64_t v)
{
	struct finding f[2] = { { .severity = SEVERITY_MEDIUM, .odds_mb = (int32_t)v },
		{ .severity = SEVERITY_LOW } };

	words_open(b, f, 2);
}

/* Never less than 1 / (1 + odds), and not a seventh more but for the rounding to hundredths. */
static void
odds_leave_open(void **state)
{
	struct buf b = { .max = 4096 };

	(void)state;
	for (int mb = 0; mb < 7000; mb++) {
		double open = 1 / (1 + pow(10, mb / 1000.0)), told;

		buf_reset(&b);
		put_open(&b, mb);
		told = strtod(b.at, NULL);
		assert_true(told >= open && told <= open * 8 / 7 + 0.010001);
	}
	buf_release(&b);
}

static void
numbers(void **state)
{
	static const struct {
		void (*put)(struct buf *, int64_t);
		int64_t v;
		const char *text;
	} rows[] = {
		{ put_count, 0, "0" },
		{ put_count, 999, "999" },
		{ put_count, 1000, "1,000" },
		{ put_count, 1234567, "1,234,567" },
		{ put_count, -1, "18,446,744,073,709,551,615" },
		{ put_open, 0, "0.50" },
		{ put_open, 1000, "0.10" },
		{ put_open, 3000, "0.01" },
		{ put_ppm, 0, "0 %" },
		{ put_ppm, 1, "0.0001 %" },
		{ put_ppm, 1234, "0.12 %" },
		{ put_ppm, 10000, "1 %" },
		{ put_ppm, 12700, "1.27 %" },
		{ put_ppm, 956400, "95.6 %" },
		{ put_ppm, 999999, "99.9 %" },
		{ put_ppm, 1000000, "100 %" },
		{ put_mb, 0, "about even" },
		{ put_mb, 87, "about even" },
		{ put_mb, -87, "about even" },
		{ put_mb, 176, "about 1.5 to 1 for" },
		{ put_mb, 301, "about 2 to 1 for" },
		{ put_mb, -301, "about 2 to 1 against" },
		{ put_mb, 477, "about 3 to 1 for" },
		{ put_mb, 602, "about 4 to 1 for" },
		{ put_mb, 699, "about 5 to 1 for" },
		{ put_mb, 778, "about 6 to 1 for" },
		{ put_mb, 903, "about 8 to 1 for" },
		{ put_mb, 999, "about 10 to 1 for" },
		{ put_mb, 1000, "about 10 to 1 for" },
		{ put_mb, 1176, "about 15 to 1 for" },
		{ put_mb, 2301, "about 200 to 1 for" },
		{ put_mb, -3000, "about 1,000 to 1 against" },
		{ put_mb, 5999, "about 1,000,000 to 1 for" },
		{ put_mb, 6001, "more than 1,000,000 to 1 for" },
		{ put_mb, INT64_MAX, "more than 1,000,000 to 1 for" },
		{ put_mb, INT64_MIN, "more than 1,000,000 to 1 against" },
		{ words_odds_short, 2301, "200:1 for" },
		{ words_odds_short, -176, "1.5:1 against" },
		{ words_odds_short, 50, "even" },
		{ words_odds_short, 6000, "1,000,000:1 for" },
		{ words_odds_short, -6001, ">1,000,000:1 against" },
		{ words_chance, 0, "more than 1 in 10" },
		{ words_chance, -999999, "more than 1 in 10" },
		{ words_chance, -1000000, "1 in 10^1" },
		{ words_chance, -212900000, "1 in 10^212" }, /* towards more */
		{ words_chance, INT64_MIN, "1 in 10^9223372036854" },
		{ put_q, 0, "0" },
		{ put_q, 7, "0.07" },
		{ put_q, 100, "1" },
		{ put_q, 1234, "12.34" },
	};
	struct buf b = { .max = 4096 };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		ROW(i, rows[i].text);
		buf_reset(&b);
		rows[i].put(&b, rows[i].v);
		assert_string_equal(b.at, rows[i].text);
	}
	buf_release(&b);
}

static void
services(void **state)
{
	static const struct {
		const char *peer;
		uint16_t port;
		uint8_t proto;
		const char *text;
	} rows[] = {
		{ "203.0.113.9", 443, 6, "203.0.113.9:443/tcp" },
		{ "2001:db8::1", 443, 17, "[2001:db8::1]:443/udp" },
		{ "203.0.113.9", 0, 1, "203.0.113.9/icmp" },
		{ "203.0.113.9", 3, 1, "203.0.113.9:3/icmp" },
		{ "::", 443, 6, "" },
	};
	struct buf b = { .max = 4096 };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct finding f = { .port = rows[i].port, .proto = rows[i].proto };

		ROW(i, rows[i].text);
		assert_true(ip_parse(text_span(rows[i].peer), &f.peer));
		buf_reset(&b);
		buf_puts(&b, "");
		words_service(&b, &f);
		assert_string_equal(b.at, rows[i].text);
	}
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(escapes),
		cmocka_unit_test(wraps),
		cmocka_unit_test(numbers),
		cmocka_unit_test(odds_leave_open),
		cmocka_unit_test(services),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
