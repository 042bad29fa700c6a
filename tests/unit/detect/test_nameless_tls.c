/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handshakes that name nobody; what they named is told by the context.
 */
#include "table.h"

#include "detect/stage.h"

static void
who_names_nobody(void **state)
{
	static const struct {
		const char *what;
		uint16_t port;
		uint8_t service;
		uint64_t unnamed, named;
		enum side side;
		bool found;
	} rows[] = {
		{ "an odd port, nobody named", 4782, SERVICE_TLS, 3, 0, SIDE_EXTERNAL,
		    true },
		{ "one of many", 4782, SERVICE_TLS, 1, 30, SIDE_EXTERNAL, false },
		{ "no handshake was heard", 4782, SERVICE_TLS, 0, 0, SIDE_EXTERNAL, false },
		{ "not TLS", 4782, SERVICE_HTTP, 3, 0, SIDE_EXTERNAL, false },
		{ "the port of the web", 443, SERVICE_TLS, 3, 0, SIDE_EXTERNAL, false },
		{ "a private server where nobody lives, and nothing more", 4782,
		    SERVICE_TLS, 3, 0, SIDE_APART, false },
		{ "a server of ours", 4782, SERVICE_TLS, 3, 0, SIDE_INTERNAL, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct scenery s = scenery_new(3);
		struct subject who = { .kind = FINDING_NAMELESS_TLS,
			.host = inside(5),
			.peer = outside(6, 6),
			.port = rows[i].port,
			.proto = PROTO_TCP };
		struct context c = { .peer_side = rows[i].side,
			.pairs = 30,
			.hosts = 1,
			.unnamed = rows[i].unnamed,
			.named = rows[i].named };
		struct finding f;
		struct stage t;

		ROW(i, rows[i].what);
		for (unsigned k = 0; k < 3; k++)
			add(&s, 1000 + k, who.host, who.peer, who.port, PROTO_TCP)
			    ->service = rows[i].service;
		stage_open(&t, &s);
		assert_int_equal(detector_judge(detector_find(FINDING_NAMELESS_TLS),
				     &t.heard, &who, &c, &t.params, &f),
		    rows[i].found);
		if (rows[i].found) {
			assert_int_equal(f.severity, SEVERITY_LOW);
			assert_int_equal(f.llr_mb, 3000);
		}
		stage_close(&t);
		free(s.flow);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_names_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
