/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who goes on from where he came to, and who only looks after many hosts.
 */
#include "table.h"

#include "detect/stage.h"

#define NEVER false, SEVERITY_INFO, SEVERITY_INFO

static const struct row {
	const char *what;
	double came, stayed; /* seconds into the second day */
	unsigned onward;
	double first, gap; /* of the hosts gone to */
	unsigned usual;    /* hosts it has always logged in at, at any time */
	bool served, found;
	enum severity least, most;
} rows[] = {
	{ "an intruder", 40000, 1200, 5, 40100, 200, 0, true, true, SEVERITY_MEDIUM,
	    SEVERITY_HIGH },
	{ "one host only", 40000, 1200, 1, 40100, 200, 0, true, NEVER },
	{ "long after", 40000, 60, 5, 46000, 200, 0, true, NEVER },
	{ "who is refused", 40000, 1200, 5, 40100, 200, 0, false, NEVER },
	{ "somebody is always there", 0, 86400, 5, 40100, 200, 0, true, NEVER },
	{ "who looks after thirty hosts all day", 40000, 1200, 2, 40100, 200, 30, true,
	    NEVER },
};

static struct flow *
login(struct scenery *s, double at, double lasts, struct ip host, struct ip peer)
{
	struct flow *f = add(s, at, host, peer, 3389, PROTO_TCP);

	f->last_ns = f->first_ns + (uint64_t)(lasts * 1e9);
	return f;
}

static void
who_goes_on(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *r = &rows[i];
		struct scenery s = scenery_new(3);
		struct ip host = inside(105);

		ROW(i, r->what);
		for (unsigned desk = 100; desk < 120; desk++)
			for (unsigned day = 0; day < 2; day++)
				add_desk(&s, desk, day * DAY);
		login(&s, DAY + r->came, r->stayed, inside(110), host);
		for (unsigned k = 0; k < r->onward; k++) {
			struct flow *x = login(
			    &s, DAY + r->first + k * r->gap, 60, host, inside(300 + k));

			if (!r->served)
				x->state = CONN_REJ;
		}
		for (unsigned k = 0; k < r->usual; k++)
			login(&s, 30000 + k * 5000, 60, host, inside(400 + k));
		stage_row(&s, FINDING_LATERAL, &host, r->found, r->least, r->most);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
