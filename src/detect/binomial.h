/* SPDX-License-Identifier: Apache-2.0 */
/*
 * binomial.h - logarithms and binomial tails that are the same everywhere.
 *
 * Findings are signed and computed again by strangers, so nothing here uses
 * floating point or libm. Logarithms are decimal, in binary fixed point:
 *
 *	log10_q58	58 fractional bits: logarithms of single numbers
 *	log10_q47	47 fractional bits: sums of up to 16,320 of them
 *	ud		micro-decades, what findings hold
 *
 * A probability is in parts per 1e9 (ppb), strictly between 0 and 1e9. Where a
 * result is rounded it is rounded towards less evidence: a tail upwards.
 */
#ifndef DETECT_BINOMIAL_H
#define DETECT_BINOMIAL_H

#include <stdint.h>

#define BINOMIAL_MAX 16320 /* most trials: what 64 one-byte counters hold */
#define PPB          UINT64_C(1000000000)
#define UD_PER_MB    1000 /* micro-decades in a thousandth of a decade */

/* log10 of x >= 1; off by less than 2^-56. */
int64_t log10_q58(uint64_t x);

/* Smallest number of micro-decades that is not less. */
int64_t ud_above(int64_t q47);

/* ud_above is less than `ud` of all that is less, and of nothing else. */
int64_t q47_below(int64_t ud);

/* A probability with its logarithms, so that many tails share them. */
struct chance {
	uint32_t ppb;
	int64_t yes_q58, no_q58; /* log10 of p and of 1 - p, <= 0 */
};
struct chance chance_of(uint32_t ppb);

/*
 * log10 P(Bin(n, p) = k), k <= n <= BINOMIAL_MAX: off by less than 2^-40. A
 * lower bound of the tail, for the price of three look-ups.
 */
int64_t binomial_term_q47(uint32_t n, uint32_t k, const struct chance *);

/* log10 P(Bin(n, p) >= k), never too small, too large by less than 2^-34. */
int64_t binomial_tail_q47(uint32_t n, uint32_t k, const struct chance *);

/* The same in micro-decades: 0 when k is not above what chance makes likely. */
int64_t binomial_tail_ud(uint32_t n, uint32_t k, uint32_t ppb);

/*
 * log10 of the likelihood ratio of k successes of n at their own rate k/n
 * against p; 0 when k/n <= p. By Chernoff's bound never more than -log10 of
 * the tail. Rounded down.
 */
int64_t binomial_llr_q47(uint32_t n, uint32_t k, const struct chance *);

#endif
