/* SPDX-License-Identifier: Apache-2.0 */
/*
 * calibration.h - is a finding as often true as it says?
 *
 * Odds rest on a stated prior: of the captures somebody looks at, one in ten
 * has something controlled in it. Captures that are evaluated are seldom so
 * mixed. So families of captures with and without are given the weight that the
 * prior says; families of one truth share it, captures share that of their family,
 * and what was judged in a capture shares that of the capture, so that no network
 * of a thousand clocks, no laboratory of many captures, and no capture known to be
 * infected, speaks for all. Families in which nothing was judged say nothing. From
 * families of one truth alone nothing follows, and nothing is said.
 */
#ifndef EVALUATE_CALIBRATION_H
#define EVALUATE_CALIBRATION_H

#include "base/error.h"
#include "evaluate/truth.h"
#include "evaluate/units.h"

#define CALIBRATION_PRIOR 0.1
#define RELIABILITY_BINS  10

struct interval {
	double low, high; /* negative: nothing to draw from */
};

/* One thing that was judged. */
struct said {
	size_t capture;
	int32_t odds_mb;
	uint8_t kind; /* of finding */
	bool alert, bad;
};

/* What alerts promise: the sum of what they leave open, and how many are false. */
struct promise {
	uint64_t alerts, false_, unknown;
	double expected;
	struct interval false_captures; /* of false less expected, over draws of families */
};

/*
 * Of an alert of a capture that has alerts, at the stated prior: how often it is false. What
 * was not seen in a few harmless captures may be seen in the next, so `next` is what `is`
 * would be if one more had a false alert. Harmless captures in which nothing was judged are
 * left out, they say nothing. Negative: no alerts, or captures of one truth.
 */
struct alert_share {
	double said, is, next;
	struct interval captures; /* of `is` */
};

struct reliability {
	struct {
		uint64_t n, true_;
		double said, is;          /* means, at the stated prior */
		struct interval wilson;   /* of true_ of n, if each were on its own */
		struct interval captures; /* of `is`, over draws of families */
	} bin[RELIABILITY_BINS];
	uint64_t n, unknown;
	bool at_prior; /* captures of both truths: the next three are there */
	double ece;    /* expected calibration error: mean |said - is| */
	double brier;  /* mean squared error */
	struct interval ece_captures;
	struct promise promise[JUDGES]; /* by kind, and JUDGE_UNION: all but victims */
	struct alert_share false_alerts;
};

struct calibration {
	struct said *said; /* malloced */
	size_t n, room;
};

/* Something was judged in a capture; false: no memory. */
bool calibration_add(struct calibration *, const struct said *);

/*
 * `family` of each capture, below `families`; `infected`: of each family, whether anything
 * in it was controlled.
 */
enum status calibration_finish(const struct calibration *, const size_t *family,
    size_t captures, const bool *infected, size_t families, struct reliability *out,
    struct error *) MUST_USE;

void calibration_release(struct calibration *);

#define DRAWS 2000

/* Bootstrap: the same draws every time. */
uint64_t draw_next(uint64_t *state);
#define DRAW_SEED UINT64_C(0x6765)
/* The middle 95 of 100; sorts. */
struct interval draws_middle(double *, size_t n);

struct interval wilson(uint64_t k, uint64_t n); /* 95 % */

#endif
