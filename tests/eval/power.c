/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a clock's test must see, and what it must not, beside RITA's formula on
 * the same contacts: a hundred pairs without a clock to each with one, clocks
 * that are slow or short, and sleeps that are none. Prints a line each, as
 * NAME TAB WHAT WAS MEASURED TAB ok or MISSED; exit 1 when one is missed. With
 * an argument that is the share of the mix to be made, in percent.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "detect/beacon.h"
#include "detect/series.h"
#include "evaluate/rita.h"

#define TRIALS 400
#define Q_PPM  10000
#define P_UD   (-6000000)

static int
ascending(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static int missed;

static void
tell(const char *name, bool ok, const char *measured)
{
	printf("%s\t%s\t%s\n", name, measured, ok ? "ok" : "MISSED");
	missed += !ok;
}

/* Of a day; `second` is scratch of as many as the series has. */
static double
rita(const struct series *s, struct rng *r, bool constant, bool implant, double from)
{
	static double second[SERIES_MAX], bytes[SERIES_MAX];
	struct rita out;
	size_t n = 0;

	for (int i = 0; i < s->n; i++) {
		if (s->t[i] < from || s->t[i] >= from + DAY)
			continue;
		second[n] = s->t[i] - from;
		bytes[n] = constant ? 412 : lognormal(r, 900, 0.8);
		if (implant && uniform(r) < 0.03)
			bytes[n] = 412 * (2 + 20 * uniform(r));
		n++;
	}
	return n > 0 && rita_score(second, bytes, n, 0, DAY, &out) ? out.score : 0;
}

struct calls {
	int right, wrong;
};

static void
tell_mix(const char *name, struct calls c, int beacons, bool gate)
{
	char text[128];
	double power = (double)c.right / beacons;
	double precision = c.right + c.wrong ? (double)c.right / (c.right + c.wrong) : 1;

	(void)snprintf(text, sizeof text, "power %.3f, false %d, precision %.4f", power,
	    c.wrong, precision);
	tell(name, !gate || (power >= 0.65 && precision >= 0.99), text);
}

static void
mix(int nulls, int beacons)
{
	static struct series s;
	int n = nulls + beacons;
	int64_t *p[2], *sorted[2];
	struct rng r = rng_seed(3000), sizes = rng_seed(3001);
	struct calls medium = { 0 }, high = { 0 }, ours[2] = { { 0 } };

	for (int k = 0; k < 2; k++) {
		p[k] = calloc((size_t)n, sizeof *p[k]);
		sorted[k] = calloc((size_t)n, sizeof *sorted[k]);
		if (p[k] == NULL || sorted[k] == NULL)
			exit(3);
	}
	for (int i = 0; i < n; i++) {
		struct pair pair;
		double score;

		series_mix(&s, &r, i, i < nulls);
		pair = series_pair(&s);
		for (int k = 0; k < 2; k++)
			p[k][i] = sorted[k][i] =
			    beacon_test(&pair, k ? 150 : 125, 1).log10_p_ud;
		score = rita(&s, &sizes, i >= nulls || i / HABITS % 2, i >= nulls, 0);
		if (score >= RITA_MEDIUM)
			*(i < nulls ? &medium.wrong : &medium.right) += 1;
		if (score >= RITA_HIGH)
			*(i < nulls ? &high.wrong : &high.right) += 1;
	}
	for (int k = 0; k < 2; k++) {
		qsort(sorted[k], (size_t)n, sizeof *sorted[k], ascending);
		for (int i = 0; i < n; i++)
			if (p[k][i] <= -1000000 &&
			    by_fdr_ppm(
				by_step_of(sorted[k], (uint64_t)n, (uint64_t)n, p[k][i]),
				(uint64_t)n) <= Q_PPM)
				*(i < nulls ? &ours[k].wrong : &ours[k].right) += 1;
		free(p[k]);
		free(sorted[k]);
	}
	tell_mix("mix: a candidate, kappa 1.25", ours[0], beacons, true);
	tell_mix("mix: an alert, kappa 1.5", ours[1], beacons, false);
	tell_mix("mix: RITA at 0.7", medium, beacons, false);
	tell_mix("mix: RITA at 0.9", high, beacons, false);
}

struct slow {
	const char *name;
	double period, span, jitter;
	bool random;        /* sleeps have no clock */
	double least, most; /* share with p <= 1e-6 at kappa 1.5 */
};

/* Sleeps of T(1-J) to T. Kept for as long as they need, not for a day. */
static const struct slow slows[] = {
	{ "60 s for 3 h", 60, 3 * 3600, 0.3, false, 0.98, 1 },
	{ "4 h over 14 days", 4 * 3600, 14 * DAY, 0.3, false, 0.98, 1 },
	{ "8 h over 14 days", 8 * 3600, 14 * DAY, 0.3, false, 0.98, 1 },
	{ "24 h over 14 days (16 contacts: not asked for)", DAY, 14 * DAY, 0.3, false, 0,
	    1 },
	{ "24 h over 60 days", DAY, 60 * DAY, 0.3, false, 0.98, 1 },
	{ "24 h, jitter 10 %, over 60 days", DAY, 60 * DAY, 0.1, false, 0.98, 1 },
	{ "sleeps without a clock, 15 min for a day", 900, DAY, 0, true, 0, 0.005 },
	{ "sleeps without a clock, 4 h over 60 days", 4 * 3600, 60 * DAY, 0, true, 0,
	    0.005 },
};

static void
slow(const struct slow *row, uint64_t seed)
{
	static struct series s;
	struct rng r = rng_seed(seed);
	int found = 0, theirs = 0;
	char text[128];

	for (int trial = 0; trial < TRIALS; trial++) {
		double t = row->period * uniform(&r);
		struct pair pair;

		s.n = 0;
		while (t < row->span && s.n < SERIES_MAX) {
			s.t[s.n++] = t + exponential(&r, 0.2);
			t += row->random ? exponential(&r, row->period)
					 : row->period * (1 - row->jitter * uniform(&r));
		}
		series_sort(&s);
		pair = series_pair(&s);
		found += beacon_test(&pair, 150, 1).log10_p_ud <= P_UD;
		theirs += rita(&s, &r, true, true, row->span > DAY ? row->span - DAY : 0) >=
			  RITA_MEDIUM;
	}
	(void)snprintf(text, sizeof text, "power %.3f; RITA at 0.7, the last day: %.3f",
	    (double)found / TRIALS, (double)theirs / TRIALS);
	tell(row->name, found >= row->least * TRIALS && found <= row->most * TRIALS, text);
}

int
main(int argc, char **argv)
{
	int percent = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 100;

	mix(1000 * percent, 10 * percent);
	for (size_t i = 0; i < sizeof slows / sizeof *slows; i++)
		slow(&slows[i], 500 + i);
	return missed > 0;
}
