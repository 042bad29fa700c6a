/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What rules said, from lines of eve.json.
 */
#include "table.h"

#include "collect/eve_alert.h"

#define EVENT(type)                                                                 \
	"{\"timestamp\":\"2017-07-14T04:40:00.500000+0200\",\"event_type\":\"" type \
	"\",\"src_ip\":\"10.0.0.1\",\"src_port\":50000,\"dest_ip\":\"192.0.2.1\","  \
	"\"dest_port\":443,\"proto\":\"TCP\""
#define RULE                                                                      \
	"\"gid\":1,\"signature_id\":2024897,\"rev\":3,\"severity\":1,\"action\":" \
	"\"allowed\""

static void
lines(void **state)
{
	static const struct {
		const char *what, *line;
		enum told told;
		uint64_t sid;
		uint8_t severity;
		const char *signature;
	} rows[] = {
		{ "a rule", EVENT("alert") ",\"alert\":{" RULE ",\"signature\":\"ET X\"}}",
		    TOLD_NOTHING, 2024897, 1, "ET X" },
		{ "text that is no ASCII, and escapes",
		    EVENT("alert") ",\"alert\":{" RULE
				   ",\"signature\":\"a\\n\\u00e9\\\"b\"}}",
		    TOLD_NOTHING, 2024897, 1, "a???\"b" },
		{ "a rule that says little",
		    EVENT("alert") ",\"alert\":{\"signature_id\":7}}", TOLD_NOTHING, 7, 0,
		    "" },
		{ "numbers that cannot be",
		    EVENT("alert") ",\"alert\":{\"signature_id\":-7,\"severity\":300}}",
		    TOLD_NOTHING, 0, 0, "" },
		{ "no rule", EVENT("alert") "}", TOLD_BAD, 0, 0, NULL },
		{ "another event", EVENT("tls") ",\"alert\":{" RULE "}}", TOLD_OTHER, 0, 0,
		    NULL },
		{ "no addresses",
		    "{\"timestamp\":\"2017-07-14T04:40:00\",\"event_type\":\"alert\","
		    "\"proto\":\"TCP\",\"alert\":{}}",
		    TOLD_BAD, 0, 0, NULL },
		{ "not JSON", "{\"event_type\":", TOLD_BAD, 0, 0, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct span line = { (const uint8_t *)rows[i].line, strlen(rows[i].line) };
		const char *why;
		struct alert a;

		ROW(i, rows[i].what);
		assert_int_equal(eve_alert_line(line, &a, &why), rows[i].told);
		assert_int_equal(why != NULL, rows[i].told == TOLD_BAD);
		if (rows[i].told != TOLD_NOTHING)
			continue;
		assert_int_equal(a.sid, rows[i].sid);
		assert_int_equal(a.severity, rows[i].severity);
		assert_string_equal(a.signature, rows[i].signature);
		assert_int_equal(a.dst_port, 443);
		assert_int_equal(a.time_ns, UINT64_C(1500000000500000000));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
