/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_own.h - what the files of a run share.
 */
#ifndef DETECT_RUN_OWN_H
#define DETECT_RUN_OWN_H

#include "base/arena.h"
#include "detect/beacon.h"
#include "detect/run.h"

/* A pair whose test at the candidate's kappa says anything at all. */
struct hit {
	uint64_t pair;
	int64_t log10_p_ud[2]; /* candidate, alert */
	uint64_t gap_ns[3];    /* as in the context */
	uint32_t shard;
	uint32_t host; /* its facts */
	uint32_t siblings;
	uint32_t port_hosts;
};

/* What a host that has hits did besides. */
struct host_facts {
	uint64_t first_ns;
	uint32_t scanned;
};

/* What became of a hit, and what its place in the list depends on beside its key. */
struct verdict {
	int64_t llr_mb;
	int32_t odds_mb;
	uint32_t hit;
	enum severity severity;
	bool called;
};

struct run {
	const struct run_input *input;
	struct params params;
	struct arena arena;
	struct run_totals totals;
	uint64_t span_first_ns, span_last_ns;
	struct hit *hit; /* by shard and pair */
	size_t hits;
	struct host_facts *host;
	size_t hosts;
	int64_t *p[2]; /* ascending, below 0; of both kappas */
	size_t ps[2];
	struct by_step *step[2]; /* of each of them */
	struct verdict *verdict;
	size_t verdicts;
};

/* Whose an address is. */
enum side run_side(const struct run *, const struct ip *);

/*
 * Drop the hits that are told by another one: of a proxy, and of an address and
 * its name all but one.
 */
enum status run_names(struct run *, struct error *);

/* The part of a context that is about names, and the side of a peer by name. */
void run_name(const struct run *, size_t shard, const struct pair_key *, struct context *);

/* Fill the span, the facts of hosts, and the number of hosts on each hit's port. */
enum status run_survey(struct run *, struct error *);

/* Fill `siblings` of the hits that are candidates. */
enum status run_siblings(struct run *, struct error *);

/* The step of a p of level 0 or 1; rank 1 at p = 1 when it is none of the list. */
struct by_step run_step(const struct run *, int level, int64_t log10_p_ud);

#endif
