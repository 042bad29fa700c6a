/* SPDX-License-Identifier: Apache-2.0 */
/*
 * beacon.h - hosts that call home on a timer.
 *
 * Null hypothesis: given the past, the hazard of the next contact does not rise
 * with the time waited (decreasing failure rate). Poisson, every mixture of
 * exponentials, self-exciting bursts: all inside. Only a clock makes the
 * hazard rise. Under the null a gap that is longer than f*a falls into
 * [a, c*a) with probability at most
 *
 *	p0(c, f) = r^(-1/(r-1)) - r^(-r/(r-1)),   r = (c-f)/(1-f)
 *
 * so the number of gaps in a window is stochastically below a binomial, and
 * its tail, times the number of windows tried and the factor for repeated
 * looks, is a p-value. kappa widens p0 to be of practical significance.
 *
 * All arithmetic is in integers: logarithms in micro-decades (ud), 1e-6 of a
 * decimal logarithm, rounded towards less evidence.
 */
#ifndef DETECT_BEACON_H
#define DETECT_BEACON_H

#include "detect/binomial.h"
#include "detect/context.h"
#include "detect/tables.h"
#include "profile/pair.h"

/* Widths x truncations x positions tried, which p is multiplied with. */
#define BEACON_WINDOWS 864

struct beacon_test {
	int64_t log10_p_ud; /* corrected for windows and looks; 0: nothing */
	/*
	 * log10 likelihood ratio of the window (gaps_in of gaps at their own rate
	 * against kappa * p0), corrected the same way, at least 0. By Chernoff's
	 * bound it never says more than the p-value does.
	 */
	int64_t llr_mb;
	int first_bin, width; /* the window */
	int first_trial;      /* gaps of this bin and longer were tried */
	uint32_t gaps, gaps_in;
	uint32_t null_ppm; /* p0 of the window, without kappa */
};

/*
 * The best window. The p of the k-th look is multiplied by k(k+1), so that all
 * looks there may ever be cost no more than one; a batch run looks once: 1.
 * `looks` >= 1; kappa in percent, >= 100. Pure, no allocation. All zeros: no
 * window says anything.
 */
struct beacon_test beacon_test(const struct pair *, uint32_t kappa_percent, uint32_t looks);

/*
 * The nulls of one kappa, made when a test first needs them: who tests many pairs
 * keeps them, as their logarithms take longer than all the rest. With `kappa_percent`
 * set and the rest zero none is made yet. It says what beacon_test says.
 */
struct beacon_nulls {
	uint32_t kappa_percent;
	uint32_t looks; /* of the last test, and what p was multiplied with; 0: none yet */
	int64_t correction_ud;
	struct chance at[TABLE_WIDTHS]
			[TABLE_BINS]; /* ppb 0: not made; PPB: it is certain */
};
struct beacon_test beacon_test_with(
    struct beacon_nulls *, const struct pair *, uint32_t looks);

/*
 * The 10th, 50th and 90th of a hundred gaps in the window, to 1/256 of it: what
 * context.gap_ns holds of the candidate's window. Contacts in order.
 */
void beacon_gaps(const struct contact *, size_t n, const struct beacon_test *,
    uint64_t gap_ns[static 3]);

/* How long between first and last contact nobody listened, or nothing was kept. */
uint64_t beacon_unheard(const struct contact *, size_t n);

/*
 * Benjamini-Yekutieli: `log10_p_ud` holds the p-values of the pairs tested, in
 * any order; `pairs` of them were possible. Returns through rank and level the
 * step that fixes the q-value of a given p: see context.by_rank.
 */
struct by_step {
	int64_t log10_p_ud;
	uint64_t rank;
};
/*
 * `sorted` ascending, and p one of them. The step j >= (rank of p) that
 * minimises p_j * pairs * H / j.
 */
struct by_step by_step_of(
    const int64_t *sorted, uint64_t n, uint64_t pairs, int64_t log10_p_ud);
/* The steps of all of them at once: out[i] is that of sorted[i]. */
void by_steps(const int64_t *sorted, uint64_t n, struct by_step *out);
/* q in ppm, at most 1,000,000, at least 1, rounded up. */
uint32_t by_fdr_ppm(struct by_step, uint64_t pairs);

/*
 * Judge one pair. False: not clock-driven at the candidate level. True: `out`
 * is a finding of kind beacon, complete but for `input` and `slice`.
 */
bool beacon_judge(const struct pair_key *, const struct pair *, const struct context *,
    const struct params *, struct finding *out);

#endif
