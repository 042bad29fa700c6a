/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RITA's published unit vectors of its score of gaps, and days whose parts can
 * be told by hand.
 */
#include "table.h"

#include "evaluate/rita.h"

#include <math.h>

static const struct {
	const char *name;
	int n;
	double second[11], gaps;
} vectors[] = {
	{ "every second", 10, { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 }, 1 },
	{ "every minute", 10, { 24, 84, 144, 204, 264, 324, 384, 444, 504, 564 }, 1 },
	{ "give or take a second", 10,
	    { 8924, 9022, 9121, 9220, 9320, 9420, 9520, 9621, 9722, 9824 }, 0.995 },
	{ "two gaps in turn", 11,
	    { 8924, 9022, 9322, 9420, 9720, 9818, 10118, 10216, 10516, 10614, 10914 },
	    0.746 },
	{ "no rhythm", 10,
	    { 8924, 8925, 9224, 9249, 14224, 14314, 14316, 14358, 14858, 16358 }, 0.083 },
};

static void
gaps(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(vectors); i++) {
		double second[11], bytes[11];
		struct rita r;

		for (int k = 0; k < 11; k++) {
			second[k] = vectors[i].second[k];
			bytes[k] = 1;
		}
		assert_true(rita_score(second, bytes, (size_t)vectors[i].n, 0, 86400, &r));
		if (fabs(r.gaps - vectors[i].gaps) > 0.0011)
			fail_msg("%s: %.3f", vectors[i].name, r.gaps);
	}
}

/* A contact a minute with one size through the whole day is perfect in all four. */
static void
a_perfect_day(void **state)
{
	double second[1440], bytes[1440];
	struct rita r;

	(void)state;
	for (int i = 0; i < 1440; i++) {
		second[i] = 60 * i;
		bytes[i] = 412;
	}
	assert_true(rita_score(second, bytes, 1440, 0, 86400, &r));
	assert_true(r.gaps == 1 && r.sizes == 1 && r.bars == 1 && r.duration == 1);
	assert_true(r.score == 1);
}

/* The same for two hours: bars and duration say nothing, whatever the rhythm. */
static void
two_hours_are_not_seen(void **state)
{
	double second[120], bytes[120];
	struct rita r;

	(void)state;
	for (int i = 0; i < 120; i++) {
		second[i] = 60 * i;
		bytes[i] = 412;
	}
	assert_true(rita_score(second, bytes, 120, 0, 86400, &r));
	assert_true(r.bars == 0 && r.duration == 0 && r.score == 0.5);
}

static void
not_scored(void **state)
{
	double few[3] = { 1, 2, 3 }, same[5] = { 1, 1, 1, 2, 2 },
	       bytes[5] = { 1, 1, 1, 1, 1 };
	struct rita r;

	(void)state;
	assert_false(rita_score(few, bytes, 3, 0, 86400, &r));
	assert_false(rita_score(same, bytes, 5, 0, 86400, &r));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gaps),
		cmocka_unit_test(a_perfect_day),
		cmocka_unit_test(two_hours_are_not_seen),
		cmocka_unit_test(not_scored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
