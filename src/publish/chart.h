/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chart.h - pictures of the contacts behind a finding, as SVG inside HTML.
 *
 * A picture is at most CHART_MARKS marks, whatever it shows: few contacts are
 * strokes, many are bars of how many fell into each stretch of time. Words and
 * numbers are HTML around the SVG, so that they stay readable on a phone, and
 * each SVG tells in words what it shows. Coordinates are integers.
 */
#ifndef PUBLISH_CHART_H
#define PUBLISH_CHART_H

#include "publish/publish.h"

#define CHART_MARKS 2000

/*
 * When it called. `number` makes the ids in the page unique. Shows the span of
 * the whole run where the finding fills a fair part of it.
 */
void chart_timeline(struct buf *, size_t number, const struct finding *,
    const struct trace *, const struct summary *);

/* How long it waited: gaps on a logarithmic axis, the window, the most the null allows. */
void chart_gaps(struct buf *, size_t number, const struct finding *, const struct trace *);

/*
 * The period as the contacts have it: the median of the gaps in the window, to
 * a 16-millionth of it. The finding's own is the middle of the window, which is
 * all that a profile can tell; without a trace it is that.
 */
uint64_t chart_period(const struct finding *, const struct trace *);

/* The stretches of time that both the picture and `explain` count in. */
#define CHART_COLUMNS_MAX 240

struct chart_columns {
	uint64_t from_ns, step_ns;
	unsigned n;
	unsigned most; /* the fullest */
	uint32_t count[CHART_COLUMNS_MAX];
};

/* At most `columns` (<= CHART_COLUMNS_MAX) stretches of a round length over [from, to]. */
void chart_count(struct chart_columns *, const struct trace *, uint64_t from_ns,
    uint64_t to_ns, unsigned columns);

/* Gaps by quarter octaves from 2 s to 36 h, as the detector bins them. */
#define CHART_BINS 64

struct chart_bins {
	uint32_t count[CHART_BINS];
	uint64_t shorter; /* than 2 s: they belong to one check-in */
	unsigned most;
	int first, last; /* that hold anything; first > last: none */
};

void chart_bin(struct chart_bins *, const struct trace *);
uint64_t chart_bin_low(int bin); /* ns; of CHART_BINS: the upper edge of the last */

#endif
