/* SPDX-License-Identifier: Apache-2.0 */
#include "simulate/presence.h"

#include "base/stamp.h"
#include "simulate/chance.h"

#define MINUTE_NS (60 * SECOND_NS)
#define DAY_NS    (24 * 60 * MINUTE_NS)
#define NEVER     UINT64_MAX

uint64_t
presence_midnight(const struct presence *p, uint64_t t)
{
	uint64_t local = t + (uint64_t)p->zone_ns;

	return t - local % DAY_NS;
}

static bool
is_weekend(uint64_t day)
{
	return (day + 3) % 7 >= 5; /* 1970-01-01 was a Thursday */
}

static struct rng
rng_of_day(const struct presence *p, uint64_t day)
{
	return rng_of(p->seed, day);
}

/* The first two draws of a day: does somebody come, and is it left on? */
static bool
comes(const struct presence *p, struct rng *r, uint64_t day, bool *left_on)
{
	unsigned share = is_weekend(day) ? p->weekend : p->workday;
	bool here = rng_below(r, 100) < share;

	*left_on = here && rng_below(r, 100) < 12;
	return here;
}

static uint64_t
clock(struct rng *r, unsigned hour, unsigned minute, unsigned deviation_min)
{
	return chance_around(
	    r, (hour * 60 + minute) * MINUTE_NS, deviation_min * MINUTE_NS, 10 * MINUTE_NS);
}

static void
office_day(struct presence *p, struct rng *r)
{
	p->come = clock(r, 8, 35, 35);
	p->pause = clock(r, 12, 5, 15);
	p->back = p->pause + 20 * MINUTE_NS + rng_below(r, 45 * MINUTE_NS);
	p->go = clock(r, 17, 35, 50);
	if (p->go <= p->back)
		p->go = p->back + 60 * MINUTE_NS;
	p->on = p->come - rng_between(r, 2, 8) * MINUTE_NS;
	p->off = p->go + rng_between(r, 1, 6) * MINUTE_NS;
}

/* One of three shifts, another each day; the machine itself stays on. */
static void
shift_day(struct presence *p, struct rng *r, uint64_t day)
{
	uint64_t begin = (day + p->seed) % 3 * 8 * 60 * MINUTE_NS;

	p->come = begin + rng_below(r, 10 * MINUTE_NS);
	p->pause = begin + 4 * 60 * MINUTE_NS;
	p->back = p->pause + 30 * MINUTE_NS;
	p->go = begin + 8 * 60 * MINUTE_NS - MINUTE_NS;
	p->on = 0;
	p->off = DAY_NS;
}

static void
evening_day(struct presence *p, struct rng *r)
{
	p->come = clock(r, 12, 0, 25);
	p->pause = p->come + rng_between(r, 20, 50) * MINUTE_NS;
	p->back = clock(r, 16, 30, 40);
	p->go = p->back + rng_between(r, 30, 110) * MINUTE_NS;
	p->on = 0;
	p->off = DAY_NS;
}

static void
plan(struct presence *p, uint64_t day)
{
	struct rng before = rng_of_day(p, day - 1), r = rng_of_day(p, day);

	(void)comes(p, &before, day - 1, &p->left_on_before);
	p->here = comes(p, &r, day, &p->left_on);
	p->day = day;
	if (p->hours == HOURS_SHIFT)
		shift_day(p, &r, day);
	else if (p->hours == HOURS_EVENING)
		evening_day(p, &r);
	else
		office_day(p, &r);
	if (p->hours != HOURS_OFFICE)
		return;
	if (!p->here)
		p->on = p->off = 0;
	if (p->left_on_before) {
		p->on = 0;
		if (!p->here)
			p->off = 8 * 60 * MINUTE_NS; /* an administrator's script ends it */
	}
	if (p->left_on)
		p->off = DAY_NS;
}

/* Within this day: from when on, at or after `at`? */
static uint64_t
within(const struct presence *p, enum when when, uint64_t at)
{
	if (when == WHEN_ON)
		return at >= p->off ? NEVER : at < p->on ? p->on : at;
	if (!p->here)
		return NEVER;
	if (at < p->pause)
		return at < p->come ? p->come : at;
	if (at < p->go)
		return at < p->back ? p->back : at;
	return NEVER;
}

uint64_t
presence_from(struct presence *p, enum when when, uint64_t t)
{
	uint64_t midnight = presence_midnight(p, t);

	if (when == WHEN_EVER || (p->hours == HOURS_ALWAYS))
		return t;
	for (int days = 0; days < 31; days++) {
		uint64_t day = (midnight + (uint64_t)p->zone_ns) / DAY_NS, at;

		if (day != p->day)
			plan(p, day);
		at = within(p, when, t > midnight ? t - midnight : 0);
		if (at != NEVER)
			return midnight + at;
		midnight += DAY_NS;
	}
	return NEVER;
}
