/* SPDX-License-Identifier: Apache-2.0 */
/*
 * truth.h - what was really going on, as somebody else says.
 *
 * Marks come from the labels of flows, rules from the ground truth of
 * `geophone simulate` or a scenario (docs/formats/scenario.md). Both say of a
 * host, or of a host and whom it calls, over a stretch of time, that it was
 * controlled from outside or that it was not. What nobody says anything about
 * is `rest`.
 */
#ifndef EVALUATE_TRUTH_H
#define EVALUATE_TRUTH_H

#include "base/arena.h"
#include "base/error.h"
#include "base/ip.h"

enum truth_class { TRUTH_UNKNOWN, TRUTH_BENIGN, TRUTH_MALICIOUS };

#define TRUTH_WHAT 48

/* One labelled flow, or one rule: then `to_ns` is not before `from_ns`. */
struct mark {
	struct ip host, peer; /* peer all zeros: of the host as such */
	uint64_t from_ns, to_ns;
	enum truth_class class;
};

struct truth {
	struct arena memory;
	struct mark *mark; /* malloced */
	size_t n, room;
	enum truth_class rest;
	/* Of a scenario: what to read, relative to its own folder; 0: not said. */
	char **input;
	unsigned inputs;
	const char *name;
	const char *family; /* of one source or laboratory with others; NULL: its own */
};

void truth_init(struct truth *);
void truth_release(struct truth *);

/* False: no memory. */
bool truth_mark(struct truth *, const struct mark *);

/*
 * A scenario in YAML, or the truth of `simulate` in JSON, which is YAML, too.
 * E_FORMAT with the line and what is wrong.
 */
enum status truth_read(struct truth *, struct span text, struct error *) MUST_USE;

/* Is it one of both? From the first bytes. */
bool truth_recognise(struct span first);

/*
 * What a label says, which is the last column or the last but one of a line, or
 * the value of "label" in JSON; TRUTH_UNKNOWN: nothing, or "background".
 */
enum truth_class label_of(struct span line);

#endif
