/* SPDX-License-Identifier: Apache-2.0 */
/*
 * odds.h - the second layer of a finding, term by term.
 *
 * Each reason is a likelihood ratio for control from outside against a harmless
 * cause, in millibans; they are added to a prior, and each is printed with what
 * was seen. What they are worth stands in data/weights.tsv.
 */
#ifndef DETECT_ODDS_H
#define DETECT_ODDS_H

#include "base/error.h"
#include "detect/context.h"
#include "detect/weights.h"
#include "record/finding.h"
#include "record/flow.h"

/*
 * A reason that speaks for (mb > 0) or against: a weight of data/weights.tsv, or as
 * much of one as `mb` says, or what no table has because it was measured, or stands in
 * a list of others. CHECK that there is room for it.
 */
void odds_weight(struct finding *, const char *name, enum weight, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
void odds_part(struct finding *, const char *name, enum weight, int32_t mb, const char *fmt,
    ...) PRINTF_LIKE(5, 6);
void odds_term(struct finding *, const char *name, int32_t mb, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

/* A harmless explanation; it stands when nothing that was seen speaks against it. */
void odds_benign(struct finding *, const char *what, bool stands, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

/* A figure of this kind of finding; at most FINDING_MEASURES. */
void odds_measure(struct finding *, const char *name, uint64_t value);

/* What it is worth that of our `hosts` one alone calls a server. */
int32_t odds_alone_mb(uint64_t hosts);

/* The common terms of a peer outside: who else calls it, where it is. */
void odds_prevalence(struct finding *, const struct context *);

/*
 * What the port is usually for, where no clock tells a program from somebody at a keyboard:
 * people chat, log in, browse and send files. Such a service speaks against control or not
 * at all; only what programs alone call speaks for it, and `odd`, if it has no usual one.
 * Returns what it was worth.
 */
int32_t odds_port(struct finding *, enum weight odd);

/* That the host asked somebody for its own address just before it first called. */
void odds_own_address(struct finding *, const struct context *, uint64_t first_ns);

/* That the peer is private and apart: a relay or a laboratory, but more often ours. */
void odds_apart(struct finding *, const struct context *);

/* Whether the host knew the peer by a name, as far as its look-ups are heard. */
void odds_name(struct finding *, const struct context *);

/*
 * The severity that odds_mb reaches by the limits of limits.def, at most
 * `most`. A host that is not ours is never worth more than low: it attacks or
 * watches us, and is not ours to find controlled. With a peer that is apart it
 * takes ten to one to be more than low.
 */
void odds_severity(struct finding *, const struct context *, enum severity most);

/*
 * The expected share of false findings when `tested` subjects were judged by a
 * likelihood ratio: under the null, P(ratio >= x) <= 1/x (Markov), so at most
 * tested / x of them reach it. In ppm, at most 1,000,000, at least 1.
 */
uint32_t odds_fdr_ppm(int64_t llr_mb, uint64_t tested);

#endif
