/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hosts that keep one server's time, none of which calls often enough to be seen alone.
 */
#include "table.h"

#include "detect/stage.h"

#define NEVER false, SEVERITY_INFO, SEVERITY_INFO

static const struct row {
	const char *what;
	unsigned hosts, calls; /* of each */
	double period, jitter; /* jitter above 1: no clock at all */
	uint16_t port;
	unsigned desks;
	bool found;
	enum severity least, most;
} rows[] = {
	{ "four bots, eight calls each", 4, 8, 3600, 0.1, 8081, 40, true, SEVERITY_LOW,
	    SEVERITY_HIGH },
	{ "two of them", 2, 8, 3600, 0.1, 8081, 40, NEVER },
	{ "the same by chance", 4, 8, 3600, 2, 8081, 40, NEVER },
	{ "everybody's update", 30, 8, 3600, 0.1, 8081, 40, NEVER },
	{ "pages that three hosts poll", 3, 8, 3600, 0.1, 443, 40, NEVER },
	{ "mail, of a few", 4, 8, 3600, 0.1, 993, 40, NEVER },
};

static void
who_keeps_one_time(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *r = &rows[i];
		struct scenery s = scenery_new(3);
		size_t groups = 0;
		struct stage t;

		ROW(i, r->what);
		for (unsigned desk = 0; desk < r->desks; desk++)
			add_desk(&s, 100 + desk, 0);
		for (unsigned k = 0; k < r->hosts; k++) {
			double at = 1000 * uniform(&s.r);

			for (unsigned c = 0; c < r->calls; c++) {
				add(&s, at, inside(100 + k), outside(90, 9), r->port,
				    PROTO_TCP);
				at += r->jitter > 1
					  ? exponential(&s.r, r->period)
					  : r->period *
						(1 + r->jitter * (2 * uniform(&s.r) - 1));
			}
		}
		shuffle(&s);
		stage_open(&t, &s);
		for (size_t k = 0; k < t.found.n; k++) {
			const struct finding *f = &t.found.at[k].finding;

			if (f->kind != FINDING_GROUP)
				continue;
			groups++;
			assert_in_range(f->severity, r->least, r->most);
		}
		assert_int_equal(groups, r->found);
		stage_all_again(&t, &s);
		stage_close(&t);
		free(s.flow);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_keeps_one_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
