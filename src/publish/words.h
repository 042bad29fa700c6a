/* SPDX-License-Identifier: Apache-2.0 */
/*
 * words.h - numbers as people read them.
 *
 * Integers only: the report lies in the evidence, and its bytes must not
 * depend on a compiler or a libm. None of these escapes: what they write is
 * ASCII of our own, safe in text and, but for the '>' of words_odds_short, in
 * HTML.
 */
#ifndef PUBLISH_WORDS_H
#define PUBLISH_WORDS_H

#include "base/buf.h"
#include "record/finding.h"

void words_count(struct buf *, uint64_t);     /* 50,000 */
void words_share(struct buf *, uint64_t ppm); /* 95.6 %, 0.12 %, 0.0001 % */

/* "about 200 to 1 for", "about even", "about 5 to 1 against" */
void words_odds(struct buf *, int64_t mb);
void words_odds_short(
    struct buf *, int64_t mb); /* "200:1 for", "even", ">1,000,000:1 against" */

/* "1 in 10^212" for the probability 10^(ud / 1,000,000), rounded towards more. */
void words_chance(struct buf *, int64_t log10_ud);

void words_stamp(struct buf *, uint64_t t_ns); /* 2018-12-21 15:50:16, UTC */
void words_period(struct buf *, uint64_t ns);  /* stamp_period */

/* "203.0.113.9:443/tcp", "[2001:db8::1]:443/tcp", "203.0.113.9/icmp"; "" without a peer. */
void words_service(struct buf *, const struct finding *);

/* " -> " where a peer or a name follows, " -> many, 445/tcp" for a service of many, else "". */
void words_arrow(struct buf *, const struct finding *);

/* The name of a term, "same_size", as people write it. */
void words_term(struct buf *, const char *name);

/* What a kind means to somebody who does not know the word: "calls out on a timer". */
const char *words_kind(enum finding_kind);

/* The name ATT&CK gives a technique, or NULL when it is not one of ours. */
const char *words_technique(const char *id);

/* A number told in millionths, rounded up to hundredths, as "0.4". */
void words_expected(struct buf *, uint64_t ppm);

/* Most of these findings that are expected not to be what they say. */
void words_false(struct buf *, const struct finding *, size_t n);

/* Most of the alerts among them that are expected not to be controlled, by their odds. */
void words_open(struct buf *, const struct finding *, size_t n);

#endif
