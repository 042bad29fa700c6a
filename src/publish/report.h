/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report.h - the parts of the HTML report. Only publish_report is for others.
 */
#ifndef PUBLISH_REPORT_H
#define PUBLISH_REPORT_H

#include "publish/publish.h"

extern const char report_style[]; /* report.css, embedded when built */

/* One finding at length, as an <article>; `number` counts from 1. */
void report_finding(struct buf *, size_t number, const struct finding *,
    const struct trace *, const struct summary *);

/* words.h, kept on one line. */
void report_share(struct buf *, uint64_t ppm);
void report_period(struct buf *, uint64_t ns);
void report_stamp(struct buf *, uint64_t t_ns);
void report_odds(struct buf *, int64_t mb); /* words_odds_short */

/* host -> peer, as HTML. */
void report_ends(struct buf *, const struct finding *);

/* What was read, what was not seen, how to verify, what the words mean. */
void report_basis(struct buf *, const struct summary *);

#endif
