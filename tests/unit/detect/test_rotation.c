/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Servers that take turns on a timer, and servers that only come and go.
 */
#include "table.h"

#include "detect/stage.h"

#define NEVER false, SEVERITY_INFO, SEVERITY_INFO

static const struct row {
	const char *what;
	unsigned servers, calls; /* all */
	double period, jitter;   /* jitter above 1: no clock at all */
	uint16_t port;
	bool failed, found;
	enum severity least, most;
} rows[] = {
	{ "a list of twenty, every ten minutes", 20, 60, 600, 0.2, 8081, false, true,
	    SEVERITY_MEDIUM, SEVERITY_HIGH },
	{ "a list of fifty-three, for longer", 53, 150, 300, 0.2, 8081, false, true,
	    SEVERITY_MEDIUM, SEVERITY_HIGH },
	{ "most of them gone", 20, 60, 600, 0.2, 8081, true, true, SEVERITY_MEDIUM,
	    SEVERITY_HIGH },
	{ "five of them", 5, 15, 600, 0.2, 8081, false, NEVER },
	{ "the same by chance", 20, 60, 600, 2, 8081, false, NEVER },
	{ "one service that has many addresses", 20, 60, 600, 0.02, 993, false, NEVER },
};

static void
whose_servers_take_turns(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *r = &rows[i];
		struct scenery s = scenery_new(3);
		struct ip host = inside(105);
		double at = 20000;

		ROW(i, r->what);
		for (unsigned desk = 100; desk < 120; desk++)
			add_desk(&s, desk, 0);
		for (unsigned k = 0; k < r->calls; k++) {
			/* Another order each round: one server's own calls are no clock. */
			unsigned round = k / r->servers + 1;
			unsigned server = k % r->servers * round % r->servers;
			struct flow *x =
			    add(&s, at, host, outside(100 + server, 1), r->port, PROTO_TCP);

			if (r->failed && k % 3)
				x->state = CONN_S0;
			at += r->jitter > 1
				  ? exponential(&s.r, r->period)
				  : r->period * (1 + r->jitter * (2 * uniform(&s.r) - 1));
		}
		stage_row(&s, FINDING_ROTATION, &host, r->found, r->least, r->most);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whose_servers_take_turns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
