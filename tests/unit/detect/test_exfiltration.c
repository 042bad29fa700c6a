/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who gives one server far more than any other.
 */
#include "table.h"

#include "detect/stage.h"

#define NEVER false, SEVERITY_INFO, SEVERITY_INFO

static const struct row {
	const char *what;
	uint64_t up, down;
	uint16_t port;
	double at;        /* days after the host was first seen */
	uint64_t other;   /* bytes that it gives somebody else */
	unsigned company; /* hosts that call the server as well */
	bool found;
	enum severity least, most;
} rows[] = {
	{ "49 MB", 49000000, 1000, 4444, 2, 0, 0, NEVER },
	{ "a gigabyte to an odd port", 1000000000, 20000, 4444, 2, 0, 0, true,
	    SEVERITY_MEDIUM, SEVERITY_HIGH },
	{ "as much came back", 1000000000, 900000000, 4444, 2, 0, 0, NEVER },
	{ "as much to another as well", 1000000000, 20000, 4444, 2, 900000000, 0, NEVER },
	{ "an evening's pictures", 90000000, 2000000, 443, 0.2, 0, 0, NEVER },
	{ "a backup that all make", 2000000000, 4000000, 443, 2, 0, 19, NEVER },
	{ "five gigabytes over ssh", 5000000000, 4000000, 22, 2, 0, 0, true, SEVERITY_LOW,
	    SEVERITY_MEDIUM },
};

static void
who_gives_it_away(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *r = &rows[i];
		struct scenery s = scenery_new(3);
		struct ip host = inside(105);

		ROW(i, r->what);
		for (unsigned desk = 100; desk < 120; desk++)
			add_desk(&s, desk, 0);
		for (unsigned k = 0; k < 10; k++) {
			struct flow *x = add(&s, 30000 + r->at * DAY + k * 60, host,
			    outside(6, 6), r->port, PROTO_TCP);

			x->orig_bytes = r->up / 10;
			x->resp_bytes = r->down / 10;
		}
		if (r->other)
			add(&s, 40000, host, outside(6, 7), 443, PROTO_TCP)->orig_bytes =
			    r->other;
		for (unsigned k = 0; k < r->company; k++)
			add(&s, 40000 + k, inside(100 + k), outside(6, 6), r->port,
			    PROTO_TCP);
		stage_row(&s, FINDING_EXFILTRATION, &host, r->found, r->least, r->most);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_gives_it_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
