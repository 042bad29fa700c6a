/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock.h - the clock of a run, which time stamps drive and which never runs back.
 *
 * Timers go by it: a flow ends when the clock has run past it. Frames come almost in
 * order; what is a little late finds the clock where it was. But one run may hold
 * captures of the same hours, one behind the other, or a machine whose clock was put
 * back. Were the clock to stand still until the time stamps caught up with it, nothing
 * would end meanwhile. So when they fall back by more than CLOCK_BACK_NS, and the next
 * one as well, the clock starts over: it leaps ahead, farther than any flow waits, and
 * goes on from there with the time stamps. What was open is over then. Only the frames
 * and their order decide, not the files they came in.
 */
#ifndef DECODE_CLOCK_H
#define DECODE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* One frame alone moves the clock of the run no farther ahead of the others than this. */
#define CLOCK_LEAP_NS UINT64_C(1000000000)

/* As far may time stamps fall back: longer than an idle flow lasts, or frames are kept. */
#define CLOCK_BACK_NS (300 * UINT64_C(1000000000))

/* Where the clock goes when it starts over: longer than any limit of flow_limits. */
#define CLOCK_OVER_NS (24 * 3600 * UINT64_C(1000000000))

/* And no farther at once: some absurd time stamps shall not use up 64 bits. */
#define CLOCK_STEP_NS (365 * CLOCK_OVER_NS)

struct clock {
	uint64_t now;
	uint64_t latest; /* the time stamp that it stands for */
	uint64_t starts; /* how often it started over */
};

/*
 * The latest time of a run after a frame of time `t`, when it was `clock` and the
 * frame behind has time `next`. A pause in the traffic is real when the next frame is
 * behind it as well; one time stamp out of order by years must not end all flows.
 */
static inline uint64_t
clock_latest(uint64_t clock, uint64_t t, uint64_t next)
{
	uint64_t most = next > clock ? next : clock;

	if (t <= clock)
		return clock;
	if (t > most && t - most > CLOCK_LEAP_NS)
		return most + CLOCK_LEAP_NS;
	return t;
}

static inline uint64_t
clock_ahead(uint64_t now, uint64_t by)
{
	return by < UINT64_MAX - now ? now + by : UINT64_MAX;
}

/* What the clock is at a frame of time `t`; `next`: UINT64_MAX when it is the last. */
static inline uint64_t
clock_see(struct clock *c, uint64_t t, uint64_t next)
{
	uint64_t latest, step;

	/* Nearly every frame is a little later than the last, and no later than the next. */
	if (t >= c->latest && t - c->latest <= CLOCK_LEAP_NS && t <= next &&
	    c->now <= UINT64_MAX - CLOCK_LEAP_NS) {
		c->now += t - c->latest;
		c->latest = t;
		return c->now;
	}
	latest = clock_latest(c->latest, t, next);
	if (c->latest > CLOCK_BACK_NS && t < c->latest - CLOCK_BACK_NS &&
	    next < c->latest - CLOCK_BACK_NS) {
		c->now = clock_ahead(c->now, CLOCK_OVER_NS);
		c->latest = t;
		c->starts++;
		return c->now;
	}
	step = latest - c->latest;
	if (c->latest > 0 && step > CLOCK_STEP_NS)
		step = CLOCK_STEP_NS;
	c->now = clock_ahead(c->now, step);
	c->latest = latest;
	return c->now;
}

#endif
