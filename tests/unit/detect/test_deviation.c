/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Devices that leave their habit, and hosts that have none.
 */
#include "table.h"

#include "detect/stage.h"

#define NEVER false, SEVERITY_INFO, SEVERITY_INFO

static const struct row {
	const char *what;
	unsigned services;  /* from the first day */
	unsigned day, more; /* when another is called, and how many more that day */
	uint16_t port;
	uint64_t up;
	bool desk, found;
	enum severity least, most;
} rows[] = {
	{ "a digitizer gives a stranger its data", 3, 30, 0, 4444, 9000000, false, true,
	    SEVERITY_MEDIUM, SEVERITY_HIGH },
	{ "a digitizer fetches a page", 3, 30, 0, 443, 500, false, true, SEVERITY_LOW,
	    SEVERITY_LOW },
	{ "in its first week", 3, 5, 0, 4444, 9000000, false, NEVER },
	{ "a device of many services", 14, 30, 0, 4444, 9000000, false, NEVER },
	{ "another device from that day on", 3, 30, 5, 4444, 9000000, false, NEVER },
	{ "a desk", 3, 30, 0, 4444, 9000000, true, NEVER },
};

static void
who_leaves_his_habit(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *r = &rows[i];
		struct scenery s = scenery_new(3);
		struct ip host = inside(205);

		ROW(i, r->what);
		for (unsigned d = 0; d < 20; d++)
			add(&s, d * 100, inside(20 + d), outside(1, 1), 443, PROTO_TCP);
		for (unsigned day = 0; day < 35; day++) {
			for (unsigned k = 0; k < r->services; k++)
				add(&s, day * DAY + 5000 * k, host, outside(1, 40 + k),
				    (uint16_t)(18000 + k), PROTO_TCP);
			if (r->desk)
				add_desk(&s, 205, day * DAY);
		}
		for (unsigned k = 0; k <= r->more; k++)
			add(&s, r->day * DAY + 40000 + k, host, outside(90, k), r->port,
			    PROTO_TCP)
			    ->orig_bytes = r->up;
		stage_row(&s, FINDING_DEVIATION, &host, r->found, r->least, r->most);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_leaves_his_habit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
