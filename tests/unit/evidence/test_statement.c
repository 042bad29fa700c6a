/* SPDX-License-Identifier: Apache-2.0 */
#include "scratch.h"

#include "evidence/canonical.h"
#include "evidence/statement.h"

#define CORE  "{\"host\":\"10.0.0.5\",\"kind\":\"beacon\"}"
#define HEX_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HEX_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define HEX_C "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
#define HEX_D "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
/* printf %s '{"host":"10.0.0.5","kind":"beacon"}' | sha256sum */
#define CORE_ID "0533833177d74b1b1df219ff364586561e25061aff67c61a8f9afcc17d1e5b60"

/* One statement as text: the format, written by hand from the header. */
#define WHOLE                                                                              \
	"{\"_type\":\"https://in-toto.io/Statement/v1\",\"predicate\":{\"detector\":{"     \
	"\"baseline_sha256\":\"" HEX_B "\",\"name\":\"beacon\",\"params_sha256\":\"" HEX_A \
	"\",\"version\":\"0.1.0\"},\"finding_id\":\"" CORE_ID                              \
	"\",\"inputs\":[{\"flows\":3,"                                                     \
	"\"packets\":42,\"slice_sha256\":\"" HEX_C "\"}],\"result\":" CORE                 \
	",\"salt\":\"" HEX_D "\",\"schema\":1,\"sensor\":{\"key\":\"" HEX_A                \
	"\"},\"window\":{\"end_ns\":"                                                      \
	"\"1767225600000000001\",\"start_ns\":\"1767225600000000000\"}},"                  \
	"\"predicateType\":"                                                               \
	"\"https://geophone.example/finding/"                                              \
	"v1\",\"subject\":[{\"digest\":{\"sha256\":\"" HEX_C                               \
	"\"},\"name\":\"data/slices/x.pcapng\"},{\"digest\":{\"sha256\":\"" HEX_A          \
	"\"},\"name\":\"data/params/" HEX_A ".json\"}]}"

static struct statement
example(void)
{
	struct statement s = { .subjects = 2,
		.packets = 42,
		.flows = 3,
		.window_start_ns = UINT64_C(1767225600000000000),
		.window_end_ns = UINT64_C(1767225600000000001),
		.detector = "beacon",
		.version = "0.1.0",
		.finding_id = CORE_ID,
		.params_sha256 = HEX_A,
		.baseline_sha256 = HEX_B,
		.key_id = HEX_A };

	memset(s.salt, 0xdd, sizeof s.salt);
	(void)snprintf(s.subject[0].name, STATEMENT_NAME, "data/slices/x.pcapng");
	memset(s.subject[0].digest.b, 0xcc, DIGEST_BYTES);
	(void)snprintf(s.subject[1].name, STATEMENT_NAME, "data/params/" HEX_A ".json");
	memset(s.subject[1].digest.b, 0xaa, DIGEST_BYTES);
	return s;
}

static void
encodes_as_the_header_says(void **state)
{
	struct statement s = example();
	struct buf b;

	(void)state;
	buf_init(&b, STATEMENT_MAX);
	statement_encode(&s, BYTES(CORE), &b);
	assert_string_equal(b.at, WHOLE);
	buf_release(&b);
}

static void
decodes_what_it_encodes(void **state)
{
	struct statement want = example(), got;
	struct buf core;
	struct error err;

	(void)state;
	buf_init(&core, 1000);
	assert_int_equal(statement_decode(BYTES(WHOLE), &got, &core, &err), OK);
	assert_string_equal(core.at, CORE);
	assert_int_equal(got.subjects, 2);
	for (unsigned i = 0; i < 2; i++) {
		assert_string_equal(got.subject[i].name, want.subject[i].name);
		assert_memory_equal(
		    &got.subject[i].digest, &want.subject[i].digest, DIGEST_BYTES);
	}
	assert_string_equal(got.finding_id, want.finding_id);
	assert_memory_equal(got.salt, want.salt, sizeof want.salt);
	assert_string_equal(got.detector, want.detector);
	assert_string_equal(got.version, want.version);
	assert_string_equal(got.params_sha256, want.params_sha256);
	assert_string_equal(got.baseline_sha256, want.baseline_sha256);
	assert_string_equal(got.key_id, want.key_id);
	assert_true(got.window_start_ns == want.window_start_ns);
	assert_true(got.window_end_ns == want.window_end_ns);
	assert_int_equal(got.packets, 42);
	assert_int_equal(got.flows, 3);
	assert_ptr_equal(statement_subject_under(&got, STATEMENT_SLICES), &got.subject[0]);
	assert_null(statement_subject_under(&got, STATEMENT_FLOWS));
	buf_release(&core);
}

/* What may be missing is missing in the text too. */
static void
leaves_out_what_there_is_not(void **state)
{
	struct statement s = example(), got;
	struct buf b, core;
	struct error err;

	(void)state;
	s.baseline_sha256[0] = '\0';
	(void)snprintf(s.subject[0].name, STATEMENT_NAME, "data/flows/x.jsonl");
	buf_init(&b, STATEMENT_MAX), buf_init(&core, 1000);
	statement_encode(&s, BYTES(CORE), &b);
	assert_null(strstr(b.at, "baseline_sha256"));
	assert_null(strstr(b.at, "slice_sha256"));
	assert_int_equal(statement_decode(buf_span(&b), &got, &core, &err), OK);
	assert_string_equal(got.baseline_sha256, "");
	buf_release(&b), buf_release(&core);
}

/* The example with `from` replaced by `to`, once. */
static void
edited(struct buf *b, const char *from, const char *to)
{
	const char *at = strstr(WHOLE, from);

	assert_non_null(at);
	buf_put(b, WHOLE, (size_t)(at - WHOLE));
	buf_puts(b, to);
	buf_puts(b, at + strlen(from));
}

static void
refuses_every_other_spelling(void **state)
{
	static const struct {
		const char *name, *from, *to;
	} rows[] = {
		{ "white space", "{\"_type\"", "{ \"_type\"" },
		{ "something behind", "data/params/" HEX_A ".json\"}]}",
		    "data/params/" HEX_A ".json\"}]}\n" },
		{ "cut", "]}", "]" },
		{ "another schema", "\"schema\":1", "\"schema\":2" },
		{ "another predicate", "finding/v1", "finding/v2" },
		{ "another kind of statement", "Statement/v1", "Statement/v0" },
		{ "a member too many", "\"name\":\"beacon\"",
		    "\"mood\":1,\"name\":\"beacon\"" },
		{ "a member less", "\"schema\":1,", "" },
		{ "an unknown detector member out of order", "\"name\":\"beacon\",",
		    "\"zname\":\"beacon\"," },
		{ "a number with a zero before it", "\"flows\":3", "\"flows\":03" },
		{ "a count that JSON of others cannot hold", "\"flows\":3",
		    "\"flows\":9007199254740992" },
		{ "a count past 64 bits", "\"flows\":3", "\"flows\":18446744073709551616" },
		{ "no count", "\"flows\":3", "\"flows\":" },
		{ "upper-case hex", "\"salt\":\"dd", "\"salt\":\"DD" },
		{ "a short salt", "\"salt\":\"dd", "\"salt\":\"" },
		{ "a window that ends before it starts", "600000000001", "599999999999" },
		{ "a time past 64 bits", "1767225600000000001", "18446744073709551616" },
		{ "a finding id of something else", CORE_ID, HEX_A },
		{ "another result under the old id", "10.0.0.5", "10.0.0.6" },
		{ "a result that is not canonical", "{\"host\"", "{ \"host\"" },
		{ "no result", CORE, "" },
		{ "an empty detector", "\"name\":\"beacon\"", "\"name\":\"\"" },
		{ "an escape in the detector", "\"name\":\"beacon\"",
		    "\"name\":\"be\\u0061con\"" },
		{ "a detector too long", "\"name\":\"beacon\"",
		    "\"name\":\"beaconbeaconbeaconbeaconbeaconbeacon\"" },
		{ "slice_sha256 of another slice", "\"slice_sha256\":\"cc",
		    "\"slice_sha256\":\"cd" },
		{ "slice_sha256 without a slice", "data/slices/", "data/elsewhere/" },
		{ "no subject",
		    "\"subject\":[{\"digest\":{\"sha256\":\"" HEX_C
		    "\"},\"name\":\"data/slices/"
		    "x.pcapng\"},{\"digest\":{\"sha256\":\"" HEX_A
		    "\"},\"name\":\"data/params/" HEX_A ".json\"}]",
		    "\"subject\":[]" },
		{ "a subject twice", "data/params/" HEX_A ".json", "data/slices/x.pcapng" },
		{ "parameters that are not the detector's", "\"params_sha256\":\"aa",
		    "\"params_sha256\":\"ab" },
		{ "two slices", "data/params/" HEX_A ".json", "data/slices/y.pcapng" },
		{ "two indexes", "data/params/" HEX_A ".json\"}]}",
		    "data/index/x.json\"},{\"digest\":{\"sha256\":\"" HEX_A
		    "\"},\"name\":\"data/index/y.json\"}]}" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct statement got = { 0 };
		struct buf b, core;
		struct error err;

		ROW(i, rows[i].name);
		buf_init(&b, 10000), buf_init(&core, 1000);
		edited(&b, rows[i].from, rows[i].to);
		assert_int_equal(
		    statement_decode(buf_span(&b), &got, &core, &err), E_FORMAT);
		assert_int_equal(core.len, 0);
		assert_int_equal(got.subjects, 0);
		buf_release(&b), buf_release(&core);
	}
}

/* No prefix is a statement, and no changed byte leaves the meaning as it was. */
static void
every_byte_counts(void **state)
{
	static const char whole[] = WHOLE;
	struct statement got;
	struct buf b, core, again;
	struct error err;

	(void)state;
	buf_init(&b, 10000), buf_init(&core, 1000), buf_init(&again, 10000);
	buf_puts(&b, whole);
	for (size_t n = 0; n < b.len; n++)
		assert_int_equal(statement_decode((struct span){ (const uint8_t *)b.at, n },
				     &got, &core, &err),
		    E_FORMAT);
	for (size_t i = 0; i < b.len; i++)
		for (int bit = 0; bit < 8; bit++) {
			b.at[i] ^= (char)(1 << bit);
			buf_reset(&core), buf_reset(&again);
			if (statement_decode(buf_span(&b), &got, &core, &err) == OK) {
				statement_encode(&got, buf_span(&core), &again);
				assert_string_equal(again.at, b.at);
			}
			b.at[i] ^= (char)(1 << bit);
		}
	buf_release(&b), buf_release(&core), buf_release(&again);
}

static void
canonical_json(void **state)
{
	static const struct {
		const char *json;
		bool is;
	} rows[] = {
		{ "{}", true },
		{ "[]", true },
		{ "null", true },
		{ "true", true },
		{ "false", true },
		{ "0", true },
		{ "-1", true },
		{ "18446744073709551615", true },
		{ "\"\"", true },
		{ "[1,\"a\",{\"a\":[],\"b\":{}},[[]]]", true },
		{ "{\"a\":1,\"aa\":2,\"b\":3}", true },
		{ "{\"A\":1,\"a\":2}", true },
		{ "\"\\\"\\\\\\b\\f\\n\\r\\t\\u0000\\u001f\"", true },
		{ "\"\x7f \xe7\xbd\x91 /\"", true },
		{ "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]", true },
		{ "[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]", false }, /* one deeper */
		{ "", false },
		{ "{", false },
		{ "[", false },
		{ "[1", false },
		{ "[1,", false },
		{ "[1,]", false },
		{ "[,1]", false },
		{ "[1 ,2]", false },
		{ " 1", false },
		{ "1 ", false },
		{ "{\"a\":}", false },
		{ "{\"a\"}", false },
		{ "{\"a\":1,}", false },
		{ "{a:1}", false },
		{ "{\"b\":1,\"a\":2}", false },
		{ "{\"a\":1,\"a\":2}", false },
		{ "{\"aa\":1,\"a\":2}", false },
		{ "{\"a\":1]", false },
		{ "[1}", false },
		{ "{1:2}", false },
		{ "{\"\\u0061\":1}", false },
		{ "{\"\xc3\xa9\":1}", false }, /* our keys are ASCII */
		{ "-0", false },
		{ "-", false },
		{ "01", false },
		{ "1.0", false },
		{ "1e3", false },
		{ "+1", false },
		{ "123456789012345678901", false },
		{ "nul", false },
		{ "True", false },
		{ "\"", false },
		{ "\"\\u0041\"", false },
		{ "\"\\u000A\"", false },
		{ "\"\\u000a\"", false }, /* is \n */
		{ "\"\\u001F\"", false },
		{ "\"\\u0020\"", false },
		{ "\"\\/\"", false },
		{ "\"\\x\"", false },
		{ "\"\n\"", false },
		{ "\"\xff\"", false },
		{ "\"\xe7\xbd\"", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct cursor c = cursor_of(text_span(rows[i].json));
		struct span v = { 0 };

		ROW(i, rows[i].json);
		assert_int_equal(canonical_value(&c, &v) && c.left == 0, rows[i].is);
		if (rows[i].is)
			assert_int_equal(v.len, strlen(rows[i].json));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(encodes_as_the_header_says),
		cmocka_unit_test(decodes_what_it_encodes),
		cmocka_unit_test(leaves_out_what_there_is_not),
		cmocka_unit_test(refuses_every_other_spelling),
		cmocka_unit_test(every_byte_counts),
		cmocka_unit_test(canonical_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
