/* SPDX-License-Identifier: Apache-2.0 */
/*
 * series.h - contacts as beacons and people make them, for tests.
 *
 * A seeded generator (xoshiro256**) and the point processes of the benchmark:
 * times in seconds of one day, in order. Floating point is welcome here:
 * nothing of it is signed.
 */
#ifndef TESTS_DETECT_SERIES_H
#define TESTS_DETECT_SERIES_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "profile/pair.h"

#define DAY        86400.0
#define SERIES_MAX 20000

struct rng {
	uint64_t s[4];
};

struct series {
	int n;
	double t[SERIES_MAX];
};

static inline struct rng
rng_seed(uint64_t x)
{
	struct rng r;

	for (int i = 0; i < 4; i++) { /* splitmix64 */
		uint64_t z = x += UINT64_C(0x9e3779b97f4a7c15);

		z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
		z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
		r.s[i] = z ^ z >> 31;
	}
	return r;
}

static inline uint64_t
rng_next(struct rng *r)
{
	uint64_t *s = r->s, t = s[1] << 17, x = s[1] * 5;

	x = (x << 7 | x >> 57) * 9;
	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = s[3] << 45 | s[3] >> 19;
	return x;
}

static inline uint64_t
rng_below(struct rng *r, uint64_t n)
{
	return rng_next(r) % n;
}

/* (0, 1) */
static inline double
uniform(struct rng *r)
{
	return ((double)(rng_next(r) >> 11) + 0.5) / 9007199254740992.0;
}

static inline double
exponential(struct rng *r, double mean)
{
	return -mean * log(uniform(r));
}

static inline double
lognormal(struct rng *r, double median, double sigma)
{
	double u = uniform(r), v = uniform(r);

	return median * exp(sigma * sqrt(-2 * log(u)) * cos(2 * M_PI * v));
}

static inline double
pareto(struct rng *r, double least, double alpha)
{
	return least * pow(uniform(r), -1 / alpha);
}

static inline void
series_add(struct series *s, double t)
{
	if (t >= 0 && t < DAY && s->n < SERIES_MAX)
		s->t[s->n++] = t;
}

static inline int
series_before(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static inline void
series_sort(struct series *s)
{
	qsort(s->t, (size_t)s->n, sizeof *s->t, series_before);
}

enum sleep {
	SLEEP_DOWN,   /* T(1-J) to T, uniform */
	SLEEP_BOTH,   /* T(1-J) to T(1+J), uniform */
	SLEEP_RANDOM, /* exponential: the evasion that timing cannot see */
	SLEEP_GRID,   /* on the multiples of T, each off by up to J T / 2 */
};

struct implant {
	enum sleep sleep;
	int n;         /* check-ins planned */
	double jitter; /* J */
	double drop;   /* share of check-ins lost */
	double mixed;  /* browsing to the same server, contacts per check-in */
	bool burst;    /* 1 to 4 flows a check-in */
	bool office;   /* only from 8 to 18 h */
	bool change;   /* at half time T becomes 7 T */
};

static inline void
series_check_in(struct series *s, struct rng *r, const struct implant *m, double t)
{
	int flows = m->burst ? 1 + (int)(uniform(r) * 4) : 1;

	if (uniform(r) < m->drop)
		return;
	t += exponential(r, 0.2);
	for (int i = 0; i < flows; i++) {
		series_add(s, t);
		t += 0.05 + exponential(r, 0.5);
	}
}

static inline void
series_implant(struct series *s, struct rng *r, const struct implant *m)
{
	double from = m->office ? 8 * 3600 + 600 * uniform(r) : 0;
	double to = m->office ? 18 * 3600 : DAY;
	double period = (to - from) / m->n;
	double t = from + period * uniform(r);
	int extra = (int)(m->mixed * m->n + 0.5);

	s->n = 0;
	while (t < to) {
		double now = m->change && t > from + (to - from) / 2 ? 7 * period : period;
		double off = m->jitter * uniform(r);

		if (m->sleep == SLEEP_GRID) {
			series_check_in(s, r, m, t + (off - m->jitter / 2) * period);
			t += now;
			continue;
		}
		series_check_in(s, r, m, t);
		if (m->sleep == SLEEP_DOWN)
			t += now * (1 - off);
		else if (m->sleep == SLEEP_BOTH)
			t += now * (1 - m->jitter + 2 * off);
		else
			t += exponential(r, now);
	}
	while (extra > 0) { /* sessions of about eight pages between 9 and 21 h */
		double x = 9 * 3600 + uniform(r) * 12 * 3600;
		int pages = 1 + (int)exponential(r, 8);

		for (; pages > 0 && extra > 0; pages--, extra--) {
			series_add(s, x);
			x += lognormal(r, 12, 1.2);
		}
	}
	series_sort(s);
}

enum habit {
	HABIT_POISSON,
	HABIT_DAY_NIGHT,
	HABIT_BROWSE,    /* sessions, pages, objects, each heavy-tailed */
	HABIT_WEIBULL,   /* shape 1/2 */
	HABIT_LOGNORMAL, /* sigma 1: think times */
	HABIT_CLUSTER,
	HABITS,
};

static const char *const habit_text[HABITS] = { "poisson", "day and night", "browse",
	"weibull 0.5", "lognormal 1.0", "cluster" };

static inline void
series_browse(struct series *s, struct rng *r, int n)
{
	double t = 7.5 * 3600 + exponential(r, 1800);

	while (t < 23 * 3600 && s->n < n) {
		double x = t;

		for (int page = 1 + (int)exponential(r, 7); page > 0; page--) {
			int objects = (int)fmin(20, pareto(r, 1, 1.3));

			while (objects-- > 0 && s->n < n)
				series_add(s, x + exponential(r, 0.8));
			x += lognormal(r, 25, 1.2);
		}
		t = x + pareto(r, 300, 1.2);
	}
}

/* About n contacts of a day without a clock. */
static inline void
series_habit(struct series *s, struct rng *r, enum habit habit, int n)
{
	double mean = DAY / n, t;

	s->n = 0;
	switch (habit) {
	case HABIT_POISSON:
		for (t = exponential(r, mean); t < DAY; t += exponential(r, mean))
			series_add(s, t);
		break;
	case HABIT_DAY_NIGHT:
		while (s->n < n) {
			double hour = uniform(r) * 24;
			double rate = hour > 8 && hour < 18    ? 1
				      : hour > 18 && hour < 23 ? 0.4
							       : 0;

			if (uniform(r) <= 0.05 + rate)
				series_add(s, hour * 3600);
		}
		break;
	case HABIT_BROWSE:
		series_browse(s, r, n);
		break;
	case HABIT_WEIBULL:
		for (t = mean / 2 * pow(-log(uniform(r)), 2) * uniform(r); t < DAY;
		     t += mean / 2 * pow(-log(uniform(r)), 2))
			series_add(s, t);
		break;
	case HABIT_LOGNORMAL:
		for (t = mean / exp(0.5) * uniform(r); t < DAY;
		     t += lognormal(r, mean / exp(0.5), 1.0))
			series_add(s, t);
		break;
	case HABIT_CLUSTER:
		for (t = exponential(r, 4 * mean); t < DAY; t += exponential(r, 4 * mean)) {
			double x = t;

			series_add(s, x);
			while (uniform(r) < 0.75)
				series_add(s, x += exponential(r, 5));
		}
		break;
	case HABITS:
		break;
	}
	series_sort(s);
}

/* Benign, and truly a clock: a page polls while its tab is open. */
static inline void
series_poll(struct series *s, struct rng *r, double period, int n)
{
	s->n = 0;
	for (double t = 8 * 3600 + exponential(r, 3600); t < 22 * 3600 && s->n < n;) {
		double open = exponential(r, 1500);

		for (double x = t; x < t + open && s->n < n;
		     x += period + exponential(r, 0.3))
			series_add(s, x);
		t += open + pareto(r, 600, 1.2);
	}
	series_sort(s);
}

/* The i-th pair of a network: of any habit, or of an implant of any sort. */
static inline void
series_mix(struct series *s, struct rng *r, int i, bool habit)
{
	struct implant m = { .sleep = rng_below(r, 2) ? SLEEP_DOWN : SLEEP_BOTH,
		.n = (int)(12 * pow(25, uniform(r))),
		.jitter = 0.6 * uniform(r),
		.drop = 0.2 * uniform(r),
		.mixed = rng_below(r, 4) ? 0 : 0.5,
		.burst = rng_below(r, 4) == 0 };

	if (habit)
		series_habit(s, r, (enum habit)(i % HABITS),
		    (int)(12 * pow(1000 / 12.0, uniform(r))));
	else
		series_implant(s, r, &m);
}

static inline struct pair
series_pair(const struct series *s)
{
	struct pair p = { 0 };

	for (int i = 0; i < s->n; i++) {
		struct contact c = { .start_ns = (uint64_t)(s->t[i] * 1e9), .up = 412 };

		c.last_ns = c.start_ns;
		pair_see(&p, &c);
	}
	return p;
}

#endif
