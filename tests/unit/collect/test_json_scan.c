/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include "collect/json_twin.h"

#define DEEP63                                                            \
	"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[" \
	"]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"

/* clang-format off */
static const struct {
	const char *name;
	struct span text;
	int members; /* -1: not one JSON object */
} ROWS[] = {
	{ "empty object", BYTES("{}"), 0 },
	{ "space everywhere", BYTES(" \t\r\n{ \t\r\n} \t\r\n"), 0 },
	{ "one member", BYTES("{\"a\":1}"), 1 },
	{ "space around all", BYTES("{ \"a\" : 1 , \"b\" : null }"), 2 },
	{ "every kind", BYTES("{\"a\":\"x\",\"b\":-1.5e3,\"c\":true,\"d\":false,\"e\":null,"
			      "\"f\":[1,{\"g\":[]},\"]\"],\"h\":{\"i\":{}}}"), 7 },
	{ "same key twice is for the reader to judge", BYTES("{\"a\":1,\"a\":2}"), 2 },
	{ "empty key", BYTES("{\"\":0}"), 1 },
	{ "every escape", BYTES("{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\u4e2d\"}"), 1 },
	{ "pair of surrogates", BYTES("{\"a\":\"\\ud83d\\ude00\\uD83D\\uDE00\"}"), 1 },
	{ "escaped NUL", BYTES("{\"a\":\"\\u0000\"}"), 1 },
	{ "UTF-8 of each length", BYTES("{\"a\":\"\x24\xc2\xa2\xe0\xa4\xb9\xf0\x90\x8d\x88\"}"), 1 },
	{ "a string longer than a vector", BYTES("{\"a\":\"0123456789abcdef0123456789abcdef-\"}"), 1 },
	{ "DEL is a character", BYTES("{\"a\":\"\x7f\"}"), 1 },
	{ "as deep as we go", BYTES("{\"a\":" DEEP63 "}"), 1 },
	{ "one deeper", BYTES("{\"a\":[" DEEP63 "]}"), -1 },
	{ "nothing", BYTES(""), -1 },
	{ "space", BYTES("  "), -1 },
	{ "array", BYTES("[1]"), -1 },
	{ "string", BYTES("\"a\""), -1 },
	{ "open", BYTES("{"), -1 },
	{ "cut in a key", BYTES("{\"a"), -1 },
	{ "cut after a key", BYTES("{\"a\""), -1 },
	{ "cut after the colon", BYTES("{\"a\":"), -1 },
	{ "cut in a string", BYTES("{\"a\":\"x"), -1 },
	{ "cut in an escape", BYTES("{\"a\":\"\\"), -1 },
	{ "cut in a code", BYTES("{\"a\":\"\\u00"), -1 },
	{ "cut in a character", BYTES("{\"a\":\"\xe4\xb8"), -1 },
	{ "cut in a word", BYTES("{\"a\":tru"), -1 },
	{ "cut after a value", BYTES("{\"a\":1"), -1 },
	{ "cut after a comma", BYTES("{\"a\":1,"), -1 },
	{ "cut in an array", BYTES("{\"a\":[1,"), -1 },
	{ "cut in an object", BYTES("{\"a\":{\"b\":{"), -1 },
	{ "two objects", BYTES("{}{}"), -1 },
	{ "something behind", BYTES("{\"a\":1}x"), -1 },
	{ "a NUL behind", BYTES("{\"a\":1}\0"), -1 },
	{ "comma first", BYTES("{,\"a\":1}"), -1 },
	{ "comma last", BYTES("{\"a\":1,}"), -1 },
	{ "comma alone", BYTES("{,}"), -1 },
	{ "two commas", BYTES("{\"a\":1,,\"b\":2}"), -1 },
	{ "no comma", BYTES("{\"a\":1\"b\":2}"), -1 },
	{ "an object for a comma", BYTES("{\"a\":1{\"b\":2}"), -1 },
	{ "no colon", BYTES("{\"a\" 1}"), -1 },
	{ "no value", BYTES("{\"a\":}"), -1 },
	{ "no value deep down", BYTES("{\"a\":{\"b\":}}"), -1 },
	{ "no key", BYTES("{:1}"), -1 },
	{ "key is no string", BYTES("{a:1}"), -1 },
	{ "wrong bracket", BYTES("{\"a\":[1}}"), -1 },
	{ "wrong bracket after an object", BYTES("{\"a\":{\"b\":1]}"), -1 },
	{ "comma last in an array", BYTES("{\"a\":[1,]}"), -1 },
	{ "comma first in an array", BYTES("{\"a\":[,1]}"), -1 },
	{ "comma last in an object", BYTES("{\"a\":{\"b\":1,}}"), -1 },
	{ "key missing in an object", BYTES("{\"a\":{1}}"), -1 },
	{ "member in an array", BYTES("{\"a\":[\"b\":1]}"), -1 },
	{ "closed once too often", BYTES("{\"a\":[]]}"), -1 },
	{ "word in capitals", BYTES("{\"a\":True}"), -1 },
	{ "word too long", BYTES("{\"a\":nulls}"), -1 },
	{ "not a number", BYTES("{\"a\":NaN}"), -1 },
	{ "leading zero", BYTES("{\"a\":01}"), -1 },
	{ "leading plus", BYTES("{\"a\":+1}"), -1 },
	{ "hexadecimal", BYTES("{\"a\":0x10}"), -1 },
	{ "point last", BYTES("{\"a\":1.}"), -1 },
	{ "newline in a string", BYTES("{\"a\":\"\n\"}"), -1 },
	{ "NUL in a string", BYTES("{\"a\":\"\0\"}"), -1 },
	{ "control character late in a string", BYTES("{\"a\":\"0123456789abcdef\x1f\"}"), -1 },
	{ "unknown escape", BYTES("{\"a\":\"\\x41\"}"), -1 },
	{ "escaped NUL byte", BYTES("{\"a\":\"\\\0\"}"), -1 },
	{ "code of no hex", BYTES("{\"a\":\"\\u00g0\"}"), -1 },
	{ "half a pair", BYTES("{\"a\":\"\\ud83d\"}"), -1 },
	{ "half a pair and a letter", BYTES("{\"a\":\"\\ud83dabcdef\"}"), -1 },
	{ "two first halves", BYTES("{\"a\":\"\\ud83d\\ud83d\"}"), -1 },
	{ "second half first", BYTES("{\"a\":\"\\ude00\"}"), -1 },
	{ "lone continuation", BYTES("{\"a\":\"\x80\"}"), -1 },
	{ "overlong slash", BYTES("{\"a\":\"\xc0\xaf\"}"), -1 },
	{ "surrogate in UTF-8", BYTES("{\"a\":\"\xed\xa0\x80\"}"), -1 },
	{ "past U+10FFFF", BYTES("{\"a\":\"\xf4\x90\x80\x80\"}"), -1 },
	{ "UTF-8 broken in a key", BYTES("{\"\xff\":1}"), -1 },
	{ "UTF-8 outside of strings", BYTES("{\"a\":1\xc2\xa0}"), -1 },
	{ "UTF-8 broken deep down", BYTES("{\"a\":[{\"b\":\"\xff\"}]}"), -1 },
};
/* clang-format on */

static void
texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct scan_value key, value;
		struct json_scan s;
		int n = 0;

		ROW(i, ROWS[i].name);
		json_scan_open(&s, ROWS[i].text);
		while (json_scan_member(&s, &key, &value))
			n++;
		assert_int_equal(s.why == NULL ? n : -1, ROWS[i].members);
		assert_false(json_scan_member(&s, &key, &value)); /* over is over */
		(void)twin_compare(ROWS[i].text);
	}
}

static void
slices(void **state)
{
	struct scan_value key, value;
	struct json_scan s, inner;
	uint8_t room[4];
	struct span t;

	(void)state;
	json_scan_open(
	    &s, BYTES("{\"f\" : {\"x\":[1,2]} ,\"\\u0074s\":12.50,\"e\":\"a\\u00e9\"}"));
	assert_true(json_scan_member(&s, &key, &value));
	assert_memory_equal(value.text.at, "{\"x\":[1,2]}", value.text.len);
	assert_int_equal(value.kind, SCAN_OBJECT);
	json_scan_open(&inner, value.text);
	assert_true(json_scan_member(&inner, &key, &value));
	assert_int_equal(value.kind, SCAN_ARRAY);
	assert_int_equal(value.text.len, 5);
	assert_false(json_scan_member(&inner, &key, &value));
	assert_null(inner.why);
	assert_true(json_scan_member(&s, &key, &value));
	assert_true(json_scan_text(&key, room, sizeof room, &t));
	assert_memory_equal(t.at, "ts", t.len);
	assert_int_equal(t.len, 2);
	assert_int_equal(value.text.len, 5);
	assert_int_equal(value.number.digits, 1250);
	assert_int_equal(value.number.exponent, -2);
	assert_true(json_scan_member(&s, &key, &value));
	assert_false(json_scan_text(&value, room, 2, &t)); /* three bytes */
	assert_true(json_scan_text(&value, room, 3, &t));
	assert_memory_equal(t.at, "a\xc3\xa9", t.len);
}

/* Every text of the table with one or two bytes changed, cut or repeated. */
static void
agrees_with_the_slow_twin(void **state)
{
	static const char bytes[] =
	    "{}[],:\"\\ut0123456789eE+-.truefalsn \n\x80\xc3\xe4\xf0";
	unsigned seed = 8259;
	size_t accepted = 0, members = 0;

	(void)state;
	for (int round = 0; round < 100000; round++) {
		struct span from = ROWS[(size_t)rand_r(&seed) % COUNT(ROWS)].text;
		struct twin_count c;
		uint8_t text[256];
		size_t len = from.len, at, n;

		if (len == 0)
			continue;
		memcpy(text, from.at, len);
		for (int i = rand_r(&seed) % 3; i > 0; i--) {
			at = (size_t)rand_r(&seed) % len;
			text[at] =
			    (uint8_t)bytes[(size_t)rand_r(&seed) % (sizeof bytes - 1)];
		}
		at = (size_t)rand_r(&seed) % len;
		n = (size_t)rand_r(&seed) % (len - at) + 1;
		if (rand_r(&seed) % 4 == 0) {
			memmove(text + at, text + at + n, len - at - n);
			len -= n;
		} else if (rand_r(&seed) % 4 == 0 && len + n <= sizeof text) {
			memmove(text + at + n, text + at, len - at);
			len += n;
		}
		c = twin_compare((struct span){ text, len });
		accepted += c.accepted;
		members += c.members;
	}
	/* The comparison is worth something only if both verdicts came often. */
	assert_true(accepted > 5000 && accepted < 95000 && members > accepted / 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts),
		cmocka_unit_test(slices),
		cmocka_unit_test(agrees_with_the_slow_twin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
