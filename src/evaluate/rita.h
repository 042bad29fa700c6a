/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rita.h - what RITA would say of a pair, for comparison.
 *
 * RITA 5 gives a pair four scores of 0 to 1 over one day: of its gaps (skew and
 * spread by quartiles), of its sizes (the same), of the histogram of 24 bars,
 * and of how much of the day it fills; a quarter of each is the score. 0.7 and
 * more is "medium", 0.9 and more "high". Written from that description. There
 * is no null hypothesis in it. Floating point: nothing of it is signed.
 */
#ifndef EVALUATE_RITA_H
#define EVALUATE_RITA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RITA_MEDIUM 0.7
#define RITA_HIGH   0.9

struct rita {
	double gaps, sizes, bars, duration, score;
};

/*
 * `second` ascending, `bytes` of each contact, both scratch afterwards; the day
 * goes from `from` to `to`, seconds, too. False: fewer than four different
 * seconds, or as many contacts as seconds: not scored.
 */
bool rita_score(
    double *second, double *bytes, size_t n, double from, double to, struct rita *out);

/* The score of gaps alone, of sorted gaps of a second and more. */
double rita_gaps(double *gap, size_t n);

#endif
