/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run.h - all pairs of a run to findings, in order.
 *
 * What beacon_judge asks for beside a pair, its context, is a function of all
 * pairs: how many hosts there are, who else calls the same server, which step
 * of Benjamini and Yekutieli a p-value reaches. So there are two passes: the
 * tests of every pair, then the judgements of those that stood out. Both are
 * shared among workers; what comes out depends on the pairs alone.
 *
 * Memory is bounded: 64 bytes for a pair with five contacts or more, some 200
 * for one that is called. A finding is made when it is asked for.
 */
#ifndef DETECT_RUN_H
#define DETECT_RUN_H

#include "base/error.h"
#include "detect/context.h"
#include "profile/hosts.h"
#include "profile/manners.h"
#include "profile/names.h"
#include "detect/sightings.h"
#include "record/finding.h"

struct run_input {
	/* Sealed. All calls of a host to a peer must be in one of them. */
	struct pairs *const *shard;
	size_t shards;
	struct names *const *names;     /* of each shard, sealed; NULL: nothing is known */
	struct manners *const *manners; /* likewise */
	/* They were heard from then on; of pairs with contacts before alone they say nothing. */
	uint64_t manners_from_ns;
	const struct hosts *hosts;         /* of these shards */
	struct finding_limits limits;      /* copied into every context */
	const struct sightings *sightings; /* of what is listed; NULL: no lists */
	uint32_t looks;                    /* 1 for a batch */
	unsigned workers;                  /* threads to use, at least 1 */
	size_t memory;                     /* most bytes to ask for */
};

struct run;

/* `input` and what it points to must outlive the run. E_LIMIT: 2^32 pairs with a rhythm. */
enum status run_detect(struct run **out, const struct run_input *, const struct params *,
    struct error *) MUST_USE;

/* Findings, in the order of finding_compare. */
size_t run_count(const struct run *);
/* The i-th, complete but for `input` and `slice`, and the context it rests on. */
void run_finding(const struct run *, size_t i, struct finding *, struct context *);
/* Where its pair is, for the contacts behind it. */
void run_where(const struct run *, size_t i, size_t *shard, size_t *pair);

struct run_totals {
	uint64_t pairs;  /* the M of Benjamini and Yekutieli */
	uint64_t tested; /* had contacts enough for a test */
	/* Of them, refused: a clock cannot be told from what was heard. */
	uint64_t sampled; /* of sampled packets, where a contact is a matter of luck */
	uint64_t coarse;  /* the window is narrower than two steps of the times */
	uint64_t span_first_ns, span_last_ns; /* of all contacts' starts, 0: none */
};
const struct run_totals *run_totals(const struct run *);

void run_free(struct run *); /* takes NULL */

#endif
