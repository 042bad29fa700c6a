/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which odd pings are a tunnel, and how much is said of it.
 */
#include "table.h"

#include "detect/stage.h"

/* What of the pings speaks for it stands in the context. */
static void
what_is_said(void **state)
{
	static const struct {
		const char *what;
		uint64_t up, down;
		uint64_t differ, changes, differ_changes;
		bool from_outside;
		bool found;
		enum severity severity;
	} rows[] = {
		{ "a session", 90000, 90000, 900, 900, 900, false, true,
		    SEVERITY_CRITICAL },
		{ "a short one", 4000, 9000, 30, 40, 30, false, true, SEVERITY_HIGH },
		{ "a handful of commands", 300, 300, 10, 20, 10, false, true,
		    SEVERITY_LOW },
		{ "the same, from outside", 90000, 90000, 900, 900, 900, true, true,
		    SEVERITY_LOW },
		{ "data goes out, and is answered as it ought to be", 9000, 9000, 0, 900, 0,
		    false, true, SEVERITY_LOW },
		{ "much of it, but what lies in memory is new as well", 90000, 90000, 0,
		    900, 0, false, true, SEVERITY_LOW },
		{ "the same from outside to us", 90000, 90000, 0, 900, 0, true, false, 0 },
		{ "some words", 300, 300, 0, 20, 20, false, false, 0 },
		{ "one ping in ten is another", 90000, 90000, 0, 100, 100, false, false,
		    0 },
		{ "a device that answers with zeros", 90000, 90000, 900, 0, 0, false, false,
		    0 },
		{ "three broken replies", 90000, 90000, 3, 0, 3, false, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct scenery s = scenery_new(3);
		struct flow *f = add(&s, 1000, inside(5), outside(6, 6), 0, PROTO_ICMP);
		struct subject who = { .kind = FINDING_ICMP_TUNNEL,
			.host = f->orig,
			.peer = f->resp,
			.proto = PROTO_ICMP };
		struct context c = { .host_side = rows[i].from_outside ? SIDE_EXTERNAL
								       : SIDE_INTERNAL,
			.peer_side = rows[i].from_outside ? SIDE_INTERNAL : SIDE_EXTERNAL,
			.echo_requests = 1000,
			.echo_replies = 1000,
			.echo_changes = rows[i].changes,
			.echo_differ_changes = rows[i].differ_changes,
			.echo_differ = rows[i].differ };
		struct finding made;
		struct stage t;

		ROW(i, rows[i].what);
		f->orig_port = 8;
		f->orig_bytes = rows[i].up;
		f->resp_bytes = rows[i].down;
		f->orig_pkts = f->resp_pkts = 1000;
		c.echo_requests = rows[i].changes == 100 ? 1000 : rows[i].changes + 5;
		stage_open(&t, &s);
		assert_int_equal(detector_judge(detector_find(FINDING_ICMP_TUNNEL),
				     &t.heard, &who, &c, &t.params, &made),
		    rows[i].found);
		if (rows[i].found)
			assert_int_equal(made.severity, rows[i].severity);
		stage_close(&t);
		free(s.flow);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(what_is_said) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
