/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/beacon.h"

#include <assert.h>

#include "detect/binomial.h"

static_assert(TABLE_BINS == PAIR_BINS, "the null is tabled for another histogram");
static_assert(PAIR_BINS * UINT8_MAX == BINOMIAL_MAX, "a full histogram is no binomial");

/* A window with fewer gaps is no mode; and no four gaps reach significance. */
#define FEWEST 4

/*
 * The last bin also holds all gaps past 36 h, for which the null has no bound
 * below 1, so windows end before it; its gaps are tried and are never inside.
 */
#define LAST_END (PAIR_BINS - 1)

#define WIDEST 12
static const int widths[TABLE_WIDTHS] = { 1, 2, 4, 8, WIDEST };

/*
 * How many bins below the window still are trials: down to the floor of 2 s,
 * to half of the window's start, to a quarter. Shorter gaps are the bursts of
 * one check-in and do not count against it.
 */
#define REACHES 3
static const int reaches[REACHES] = { PAIR_BINS, 4, 8 };

static_assert(
    BEACON_WINDOWS ==
	REACHES * (5 * LAST_END - (1 + 2 + 4 + 8 + 12)), /* starts 1 to 63 - width */
    "the correction is for another number of windows");

/* What one test carries from window to window. */
struct scan {
	uint16_t below[PAIR_BINS + WIDEST]; /* gaps in bins before this one */
	struct beacon_nulls *nulls;
	int64_t best_q47; /* log10 of the smallest tail so far */
	struct chance best_chance;
	struct beacon_test *out;
};

static uint64_t
ppb_with_kappa(uint32_t ppb, uint32_t kappa_percent)
{
	return ((uint64_t)ppb * kappa_percent + 99) / 100;
}

/* The null of a window of width number w and f = 2^(-f/4), with kappa. */
static const struct chance *
null_at(struct beacon_nulls *nulls, int w, int f)
{
	struct chance *c = &nulls->at[w][f];
	uint64_t ppb;

	if (c->ppb != 0)
		return c;
	ppb = ppb_with_kappa(table_null_ppb[w][f], nulls->kappa_percent);
	if (ppb >= PPB)
		c->ppb = (uint32_t)PPB;
	else
		*c = chance_of((uint32_t)ppb);
	return c;
}

/* Try the window of width number w at bin i, all reaches. */
static void
scan_window(struct scan *s, int w, int i)
{
	uint32_t in = (uint32_t)s->below[i + widths[w]] - s->below[i];

	for (int r = 0; r < REACHES; r++) {
		int from = i > reaches[r] ? i - reaches[r] : 0;
		int f = i < reaches[r] ? i : reaches[r];
		uint32_t gaps = (uint32_t)s->below[PAIR_BINS] - s->below[from];
		const struct chance *null;
		int64_t tail;

		/* kappa >= 1, so most windows go without a logarithm. */
		if (in * PPB <= (uint64_t)gaps * table_null_ppb[w][f])
			continue;
		null = null_at(s->nulls, w, f);
		if (null->ppb == PPB || in * PPB <= (uint64_t)gaps * null->ppb ||
		    binomial_term_q47(gaps, in, null) >= s->best_q47)
			continue;
		tail = binomial_tail_q47(gaps, in, null);
		if (tail >= s->best_q47)
			continue;
		s->best_q47 = tail;
		s->best_chance = *null;
		s->out->first_bin = i;
		s->out->first_trial = from;
		s->out->width = widths[w];
		s->out->gaps = gaps;
		s->out->gaps_in = in;
		s->out->null_ppm = (table_null_ppb[w][f] + 999) / 1000;
	}
}

/* log10 of what the p-value is multiplied with. Most pairs are looked at equally often. */
static int64_t
correction_ud(struct beacon_nulls *nulls, uint32_t looks)
{
	int64_t windows, look;

	if (nulls->looks == looks)
		return nulls->correction_ud;
	windows = log10_q58(BEACON_WINDOWS) >> 11;
	look = log10_q58((uint64_t)looks * ((uint64_t)looks + 1)) >> 11;
	nulls->looks = looks;
	nulls->correction_ud = ud_above(windows + look) + 1;
	return nulls->correction_ud;
}

/*
 * Where windows of this width begin that have FEWEST gaps or more, those that end past
 * LAST_END included: so the loop has no other end and compilers make it few steps.
 * False: nowhere.
 */
static bool
find_full(const struct scan *s, int width, uint8_t full[static PAIR_BINS])
{
	uint8_t any = 0;

	for (int i = 0; i < PAIR_BINS; i++) {
		full[i] = (uint16_t)(s->below[i + width] - s->below[i]) >= FEWEST;
		any |= full[i];
	}
	return any;
}

/* Most pairs have few gaps, and most windows hold next to none of them. */
static void
scan_windows(struct scan *s)
{
	uint8_t full[PAIR_BINS];

	/* What a window holds a wider one holds. */
	if (!find_full(s, widths[TABLE_WIDTHS - 1], full))
		return;
	for (int w = 0; w < TABLE_WIDTHS; w++) {
		if (!find_full(s, widths[w], full))
			continue;
		/* At bin 0 nothing shorter was kept: f = 1 and no bound. */
		for (int i = 1; i + widths[w] <= LAST_END; i++)
			if (full[i])
				scan_window(s, w, i);
	}
}

struct beacon_test
beacon_test_with(struct beacon_nulls *nulls, const struct pair *pair, uint32_t looks)
{
	struct beacon_test out = { 0 };
	struct scan s = { .nulls = nulls, .out = &out };
	int64_t correction;

	CHECK(nulls->kappa_percent >= 100 && looks > 0);
	if (pair->gaps < FEWEST)
		return out;
	for (int i = 0; i < PAIR_BINS; i++)
		s.below[i + 1] = (uint16_t)(s.below[i] + pair->gap[i]);
	for (int i = PAIR_BINS + 1; i < PAIR_BINS + WIDEST; i++)
		s.below[i] = s.below[PAIR_BINS];
	/* A tail that the correction makes up for says nothing, and most are such. */
	correction = correction_ud(nulls, looks);
	s.best_q47 = q47_below(-correction);
	scan_windows(&s);
	if (out.width == 0)
		return out;
	out.log10_p_ud = ud_above(s.best_q47) + correction;
	CHECK(out.log10_p_ud < 0);
	int64_t llr = -ud_above(-binomial_llr_q47(out.gaps, out.gaps_in, &s.best_chance));

	/* Chernoff: the ratio never says more than the tail; rounding must not either. */
	llr = llr < -out.log10_p_ud + correction ? llr - correction : -out.log10_p_ud;
	out.llr_mb = llr > 0 ? llr / UD_PER_MB : 0;
	return out;
}

struct beacon_test
beacon_test(const struct pair *pair, uint32_t kappa_percent, uint32_t looks)
{
	struct beacon_nulls nulls = { .kappa_percent = kappa_percent };

	return beacon_test_with(&nulls, pair, looks);
}
