/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include "base/stamp.h"
#include "simulate/presence.h"
#include "simulate/rng.h"

#define HOUR_NS (3600 * SECOND_NS)
#define MONDAY  (UINT64_C(1772409600) * SECOND_NS) /* 2026-03-02 */

static struct presence
machine(enum hours hours, uint64_t seed, int zone_h)
{
	return (struct presence){ .seed = seed,
		.zone_ns = zone_h * (int64_t)HOUR_NS,
		.hours = (uint8_t)hours,
		.workday = 90,
		.weekend = 10 };
}

/* Asked in any order, a day is the same day. */
static void
order_does_not_matter(void **state)
{
	struct rng r = rng_of(2, 2);
	struct presence one = machine(HOURS_OFFICE, 9, 8);

	(void)state;
	for (int i = 0; i < 3000; i++) {
		uint64_t t = MONDAY + rng_below(&r, 40 * 24 * HOUR_NS);
		enum when when = (enum when)rng_below(&r, 3);
		struct presence fresh = machine(HOURS_OFFICE, 9, 8);
		uint64_t at = presence_from(&one, when, t);

		assert_int_equal(at, presence_from(&fresh, when, t));
		assert_true(at >= t);
		/* whoever waits until then finds it so */
		assert_int_equal(presence_from(&one, when, at), at);
		/* and where there is a person, the machine is on */
		if (when == WHEN_USED)
			assert_int_equal(presence_from(&one, WHEN_ON, at), at);
	}
}

/* Hours of the local day in which somebody sits there, over a hundred weeks. */
static void
people_keep_hours(void **state)
{
	static const struct {
		const char *name;
		enum hours hours;
		int zone;
		unsigned weekday, low, high; /* at local noon less two, of a hundred */
		unsigned night_high;         /* at local three in the morning */
	} rows[] = {
		{ "office on a Tuesday, far east", HOURS_OFFICE, 8, 1, 75, 98, 0 },
		{ "office on a Tuesday, far west", HOURS_OFFICE, -7, 1, 75, 98, 0 },
		{ "office on a Monday", HOURS_OFFICE, 0, 0, 75, 98, 0 },
		{ "office on a Friday", HOURS_OFFICE, 0, 4, 75, 98, 0 },
		{ "office on a Saturday", HOURS_OFFICE, 1, 5, 1, 25, 0 },
		{ "office on a Sunday", HOURS_OFFICE, 1, 6, 1, 25, 0 },
		{ "shifts", HOURS_SHIFT, 8, 2, 20, 45, 45 },
		{ "always", HOURS_ALWAYS, 0, 3, 100, 100, 100 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		unsigned day = 0, night = 0;

		ROW(i, rows[i].name);
		for (unsigned week = 0; week < 100; week++) {
			struct presence p = machine(rows[i].hours, 5, rows[i].zone);
			uint64_t midnight = MONDAY +
					    (week * 7 + rows[i].weekday) * 24 * HOUR_NS -
					    (uint64_t)p.zone_ns;
			uint64_t ten = midnight + 10 * HOUR_NS,
				 three = midnight + 3 * HOUR_NS;

			assert_int_equal(presence_midnight(&p, ten), midnight);
			day += presence_from(&p, WHEN_USED, ten) == ten;
			night += presence_from(&p, WHEN_USED, three) == three;
		}
		assert_in_range(day, rows[i].low, rows[i].high);
		assert_in_range(night, 0, rows[i].night_high);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_does_not_matter),
		cmocka_unit_test(people_keep_hours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
