/* SPDX-License-Identifier: Apache-2.0 */
/*
 * state_own.h - what the files of a state share.
 */
#ifndef CMD_STATE_OWN_H
#define CMD_STATE_OWN_H

#include <limits.h>

#include "cmd/state.h"
#include "profile/kept.h"

struct state {
	struct state_options options;
	char path[PATH_MAX], beside[PATH_MAX]; /* the file, and what will be */
	int dir;                               /* held by a lock */
	bool old;                              /* there is a file */
	bool written;                          /* there is one beside it */
	struct listening listening;
	struct listening_run run; /* this one */
	const struct hear *heard;
	struct pairs *pairs[HEAR_SHARDS];
	struct kept kept; /* the one a walk is at */
	struct kept next; /* what will be kept of a pair */
	struct kept_room room;
	struct state_counts counts;
};

/* Pair after pair, of the file and of what was heard, in one order. */
struct state_walk {
	struct state *state;
	struct kept_reader reader;
	bool more;  /* state->kept is a pair of the file */
	bool spent; /* and was handed out */
	size_t at[HEAR_SHARDS];
	struct pair_key head[HEAR_SHARDS]; /* of the next pair of each shard */
	bool left[HEAR_SHARDS];
};

struct state_step {
	struct pair_key key;
	const struct kept *kept;       /* NULL: only heard now */
	const struct contact *contact; /* of this run; NULL: only kept */
	size_t n;
	unsigned shard;
};

enum status state_walk_begin(struct state *, struct state_walk *, struct error *) MUST_USE;
/* False: at the end, or *st is not OK. Valid until the next step. */
bool state_walk_step(
    struct state_walk *, struct state_step *, enum status *st, struct error *);
void state_walk_end(struct state_walk *);

/* The contacts of a step in order, each once; start with all zero. */
struct state_merge {
	size_t kept, heard;
};
/* False: no more. *kept: it is not of this run. */
bool state_merge_next(
    const struct state_step *, struct state_merge *, struct contact *out, bool *kept);

#endif
