/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include "record/origin.h"

#define HEX  "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define MINE "\"line_sha256\":\"" HEX "\""

static struct span
span_of(const char *text)
{
	return (struct span){ (const uint8_t *)text, strlen(text) };
}

static struct digest
counting(void)
{
	struct digest d;

	for (uint8_t i = 0; i < DIGEST_BYTES; i++)
		d.b[i] = i;
	return d;
}

static void
there_and_back(void **state)
{
	static const struct {
		const char *name, *line, *with;
	} rows[] = {
		{ "between two", "{\"a\":1,\"z\":2}", "{\"a\":1," MINE ",\"z\":2}" },
		{ "before all", "{\"local\":1}", "{" MINE ",\"local\":1}" },
		{ "behind all", "{\"last\":1}", "{\"last\":1," MINE "}" },
		{ "alone", "{}", "{" MINE "}" },
		{ "a beginning of its name", "{\"line\":1,\"line_\":2,\"line_z\":3}",
		    "{\"line\":1,\"line_\":2," MINE ",\"line_z\":3}" },
		{ "a longer name", "{\"line_sha2567\":1}",
		    "{" MINE ",\"line_sha2567\":1}" },
		{ "keys inside are not its neighbours",
		    "{\"a\":{\"z\":[{\"z\":1}]},\"b\":[\"z\",\"z\"],\"z\":0}",
		    "{\"a\":{\"z\":[{\"z\":1}]},\"b\":[\"z\",\"z\"]," MINE ",\"z\":0}" },
		{ "texts that look like it", "{\"a\":\",\\\"z\\\":{\",\"z\":\"}\"}",
		    "{\"a\":\",\\\"z\\\":{\"," MINE ",\"z\":\"}\"}" },
	};
	struct digest d = counting(), back;
	struct buf with, without;
	struct error err;
	bool has;

	(void)state;
	buf_init(&with, 4096), buf_init(&without, 4096);
	for (size_t i = 0; i < COUNT(rows); i++) {
		ROW(i, rows[i].name);
		buf_reset(&with);
		origin_put(span_of(rows[i].line), &d, &with);
		assert_int_equal(with.len, strlen(rows[i].with));
		assert_memory_equal(with.at, rows[i].with, with.len);
		assert_int_equal(
		    origin_take(buf_span(&with), &without, &back, &has, &err), OK);
		assert_true(has);
		assert_memory_equal(&back, &d, sizeof d);
		assert_int_equal(without.len, strlen(rows[i].line));
		assert_memory_equal(without.at, rows[i].line, without.len);
		assert_int_equal(
		    origin_take(span_of(rows[i].line), &without, &back, &has, &err), OK);
		assert_false(has);
		assert_memory_equal(without.at, rows[i].line, without.len);
	}
	buf_release(&with), buf_release(&without);
}

/* Said, and not as it is said: refused. What is no line at all is for others to judge. */
static void
bad_forms(void **state)
{
	static const struct {
		const char *name, *line;
		enum status want;
	} rows[] = {
		{ "too short", "{\"line_sha256\":\"00\"}", E_FORMAT },
		{ "nothing", "{\"line_sha256\":\"\"}", E_FORMAT },
		{ "a digit more", "{\"line_sha256\":\"" HEX "0\"}", E_FORMAT },
		{ "capitals",
		    "{\"line_sha256\":\"000102030405060708090A0b0c0d0e0f1011121314151617"
		    "18191a1b1c1d1e1f\"}",
		    E_FORMAT },
		{ "something behind it", "{\"a\":1,\"line_sha256\":\"" HEX "\"8,\"z\":2}",
		    E_FORMAT },
		{ "a space behind its comma", "{\"line_sha256\":\"" HEX "\", \"z\":2}",
		    E_FORMAT },
		{ "the last, and a space before it",
		    "{\"a\":1, \"line_sha256\":\"" HEX "\"}", E_FORMAT },
		{ "no end",
		    "{"
		    "\"line_sha256\":\"" HEX,
		    E_FORMAT },
		{ "not an object", "[1,2", OK },
		{ "nothing at all", "", OK },
		{ "brackets that close what is not open", "}}{\"z\":1}", OK },
		{ "a text without an end", "{\"z", OK },
		{ "a backslash at the end", "{\"z\\", OK },
	};
	struct digest back;
	struct buf without;
	struct error err;
	bool has;

	(void)state;
	buf_init(&without, 4096);
	for (size_t i = 0; i < COUNT(rows); i++) {
		ROW(i, rows[i].name);
		assert_int_equal(
		    origin_take(span_of(rows[i].line), &without, &back, &has, &err),
		    rows[i].want);
	}
	buf_release(&without);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(bad_forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
