/* SPDX-License-Identifier: Apache-2.0 */
#include "evaluate/rita.h"

#include <math.h>
#include <stdlib.h>

#define BARS        24
#define LEAST_DELTA 10.0 /* quartiles nearer to each other have no skew */
#define DAY_S       86400

static int
ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(const double *sorted, size_t n)
{
	return n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

static double
thousandths(double x)
{
	return round(x * 1000) / 1000;
}

/* Bowley's skewness, turned around: 1 is symmetric. */
static double
symmetry(const double *sorted, size_t n)
{
	size_t half = n / 2;
	double q1, q2, q3;

	if (n < 2)
		return 1;
	q1 = median(sorted, half);
	q2 = median(sorted, n);
	q3 = median(sorted + (n - half), half);
	if (q3 - q1 < LEAST_DELTA || q2 == q1 || q2 == q3)
		return 1;
	return 1 - fabs((q1 + q3 - 2 * q2) / (q3 - q1));
}

/* How near the median the middle one is; overwrites. */
static double
closeness(double *sorted, size_t n, double without)
{
	double m = median(sorted, n), spread, score;

	if (m < 1)
		return without;
	for (size_t i = 0; i < n; i++)
		sorted[i] = fabs(sorted[i] - m);
	qsort(sorted, n, sizeof *sorted, ascending);
	spread = median(sorted, n);
	score = (m - spread) / m;
	return score > 0 ? score : 0;
}

double
rita_gaps(double *gap, size_t n)
{
	double skew;

	qsort(gap, n, sizeof *gap, ascending);
	skew = symmetry(gap, n);
	return thousandths((skew + closeness(gap, n, 1)) / 2);
}

static double
score_sizes(double *bytes, size_t n)
{
	double skew;

	qsort(bytes, n, sizeof *bytes, ascending);
	skew = symmetry(bytes, n);
	return thousandths((skew + closeness(bytes, n, 0)) / 2);
}

struct bars {
	unsigned count[BARS];
	unsigned used, most, longest; /* longest run of used ones, around midnight */
};

static void
fill_bars(struct bars *b, const double *second, size_t n, double from, double to)
{
	double step = (to - from) / BARS;
	unsigned run = 0;

	*b = (struct bars){ 0 };
	for (size_t i = 0; i < n; i++) {
		double at = step > 0 ? (second[i] - from) / step : 0;

		b->count[at < 0 ? 0 : at >= BARS ? BARS - 1 : (int)at]++;
	}
	for (unsigned i = 0; i < 2 * BARS; i++) {
		unsigned c = b->count[i % BARS];

		if (i < BARS) {
			b->used += c > 0;
			b->most = c > b->most ? c : b->most;
		}
		run = c > 0 ? run + 1 : 0;
		b->longest = run > b->longest ? run : b->longest;
	}
	if (b->longest > BARS)
		b->longest = BARS;
}

/* The share of bars in the two fullest classes of height, one outlier forgiven. */
static double
two_heights(const struct bars *b)
{
	double width = ceil(b->most * 0.05), den;
	int class[BARS];
	unsigned best = 0, second = 0;

	if (b->used < 11)
		return 0;
	for (unsigned i = 0; i < BARS; i++)
		class[i] = b->count[i] ? (int)floor(b->count[i] / width) : -1;
	for (unsigned i = 0; i < BARS; i++) {
		unsigned n = 0;
		bool first = true;

		for (unsigned k = 0; k < BARS; k++) {
			n += class[k] == class[i];
			first &= k >= i || class[k] != class[i];
		}
		if (class[i] < 0 || !first)
			continue;
		if (n > best) {
			second = best;
			best = n;
		} else if (n > second) {
			second = n;
		}
	}
	den = b->used > 2 ? b->used - 1 : 1;
	return fmin(1, (best + second) / den);
}

static double
score_bars(const struct bars *b, size_t n)
{
	double mean = (double)n / BARS, sum = 0, cv, even;

	for (unsigned i = 0; i < BARS; i++)
		sum += (b->count[i] - mean) * (b->count[i] - mean);
	cv = sqrt(sum / BARS) / mean;
	even = cv > 1 ? 0 : thousandths(1 - cv);
	return fmax(even, two_heights(b));
}

static double
score_duration(const struct bars *b, double first, double last, double from, double to)
{
	double covered, steady;

	if (b->used < 6 || to <= from)
		return 0;
	covered = ceil((last - first) / (to - from) * 1000) / 1000;
	steady = ceil(b->longest / 12.0 * 1000) / 1000;
	return fmin(1, fmax(covered, steady));
}

bool
rita_score(
    double *second, double *bytes, size_t n, double from, double to, struct rita *out)
{
	struct bars b;
	size_t gaps = 0;
	double first;

	*out = (struct rita){ 0 };
	if (n < 4 || n >= DAY_S)
		return false;
	for (size_t i = 0; i < n; i++)
		second[i] = floor(second[i]);
	fill_bars(&b, second, n, from, to);
	out->bars = score_bars(&b, n);
	out->duration = score_duration(&b, second[0], second[n - 1], from, to);
	first = second[0];
	for (size_t i = 1; i < n; i++) {
		double here = second[i];

		if (here > first)
			second[gaps++] = here - first; /* gaps <= i - 1: behind us */
		first = here;
	}
	if (gaps < 3)
		return false;
	out->gaps = rita_gaps(second, gaps);
	out->sizes = score_sizes(bytes, n);
	out->score = thousandths((out->gaps + out->sizes + out->bars + out->duration) / 4);
	return true;
}
