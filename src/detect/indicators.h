/* SPDX-License-Identifier: Apache-2.0 */
/*
 * indicators.h - all lists of indicators, to be asked.
 *
 * A hash table of 16 bytes an indicator and the text of its key, in one piece
 * each: a million names take some 45 MB. Exact: what is found was listed. Of an
 * indicator in several lists the weightiest stays.
 *
 * Made before anything is heard, and only read after that, by any number of
 * threads. New lists are a new set.
 */
#ifndef DETECT_INDICATORS_H
#define DETECT_INDICATORS_H

#include "base/digest.h"
#include "base/error.h"
#include "record/indicator.h"

struct indicators;

/* Where an indicator is from, and what that is worth. */
struct indicator_list {
	char name[128]; /* printable */
	struct digest digest;
	int32_t weight_mb;
	uint64_t until_ns; /* 0: no end */
};

struct listed {
	enum indicator_type type;
	const struct indicator_list *list;
	int32_t weight_mb;
	uint64_t until_ns;
	char text[INDICATOR_KEY + 24]; /* "domain evil.example" */
};

enum status indicators_new(struct indicators **out, size_t memory, struct error *) MUST_USE;

/* Everything added from now on is of this list. Copied. */
enum status indicators_begin(
    struct indicators *, const struct indicator_list *, struct error *) MUST_USE;
/* What a list says of itself is known at its end. */
void indicators_end(struct indicators *, int32_t weight_mb, uint64_t until_ns);

/* An indicator_sink; `state` is the set. */
bool indicators_add(void *state, const struct indicator *);

/*
 * The listed one that fits best and has not expired at `t_ns`. An address: with
 * its port, itself, then the networks it is in, the narrowest first.
 */
bool indicators_address(const struct indicators *, const struct ip *, uint16_t port,
    uint64_t t_ns, struct listed *out);
/* A name (clean, as name_clean has it), itself or below a listed one. */
bool indicators_name(
    const struct indicators *, struct span name, uint64_t t_ns, struct listed *out);
/* A URL without scheme, a fingerprint in hex, as text. */
bool indicators_text(const struct indicators *, enum indicator_type, struct span key,
    uint64_t t_ns, struct listed *out);

uint64_t indicators_count(const struct indicators *, enum indicator_type);
uint64_t indicators_doubled(const struct indicators *); /* in several lists */
size_t indicators_bytes(const struct indicators *);
void indicators_free(struct indicators *); /* takes NULL */

#endif
