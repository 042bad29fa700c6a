/* SPDX-License-Identifier: Apache-2.0 */
/*
 * beat.h - when something happens again.
 */
#ifndef SIMULATE_BEAT_H
#define SIMULATE_BEAT_H

#include "simulate/rng.h"

/* The line is the law, and how the ground truth names it. T is the period, J the spread. */
#define BEAT_LAWS(X)                                                               \
	X(SLEEP, "uniform_below", "sleeps T(1-J) to T after each contact")         \
	X(EITHER, "uniform_around", "sleeps T(1-J) to T(1+J) after each contact")  \
	X(GRID, "grid", "every T since the machine was started, a little late")    \
	X(DELAY, "delayed", "T and up to J T more")                                \
	X(POLL, "poll", "T, doubled from time to time up to 16 T, give or take J") \
	X(NIGHTLY, "nightly", "once a night, at any time in the window")           \
	X(POISSON, "exponential", "no clock: gaps of mean T without memory")       \
	X(HEAVY, "pareto", "no clock: gaps of at least T with a heavy tail")

enum beat_law {
#define X(name, word, what) BEAT_##name,
	BEAT_LAWS(X)
#undef X
};

struct beat {
	enum beat_law law;
	uint32_t period_ms;
	uint32_t
	    spread_ppm; /* J in millionths; HEAVY: the tail's exponent in thousandths */
};

const char *beat_word(enum beat_law);

/* Is there a clock behind it? */
bool beat_is_clock(enum beat_law);

/* What the laws need to know of the one who lives by them. */
struct beat_past {
	uint64_t anchor_ns;   /* when the machine or the program was started */
	uint64_t midnight_ns; /* the last one, local */
	uint32_t count;       /* times since the anchor */
};

/* The next time after now. */
uint64_t beat_next(
    const struct beat *, struct rng *, uint64_t now_ns, const struct beat_past *);

#endif
