/* SPDX-License-Identifier: Apache-2.0 */
/*
 * state.h - what one run of analyze leaves to the next.
 *
 * A directory with one file, `state` (profile/kept.h): the contacts of hosts of
 * ours with servers outside that not everybody calls, and when we listened. A
 * run reads it, judges clocks on what was kept and what it heard itself, and
 * merges both into a new file, which takes the place of the old one when all
 * else is done. Whoever is killed before leaves the old one as it was.
 *
 * Contacts are a set: to hear a file again adds nothing. A run that heard
 * exactly the contacts of one before is that run.
 */
#ifndef CMD_STATE_H
#define CMD_STATE_H

#include "base/error.h"
#include "cmd/hear.h"
#include "profile/hosts.h"
#include "record/finding.h"

struct state_options {
	const char *dir;
	uint64_t keep_ns; /* contacts older than that before the latest are forgotten */
	uint64_t size;    /* most bytes of the file */
	size_t memory;    /* for pairs with their past */
	uint64_t from_ns, to_ns; /* the user says when we listened; 0, UINT64_MAX: not */
};

#define STATE_KEEP_DAYS  90
#define STATE_SIZE       ((uint64_t)1 << 30)
#define STATE_SIZE_LEAST ((uint64_t)1 << 20)
/* The part of --memory that pairs with their past are given. */
#define STATE_PART         4
#define STATE_MEMORY_LEAST ((size_t)128 << 20)

struct state_counts {
	uint64_t runs;            /* this one included */
	uint64_t since_ns;        /* the first of them began */
	uint64_t run_ns;          /* this one did */
	uint64_t pairs, contacts; /* kept for the next run */
	uint64_t recalled;        /* contacts that were kept before */
	uint64_t quiet; /* pairs without a rhythm, of which few contacts were recalled */
	uint64_t everywhere; /* pairs not kept: a server that everybody calls */
	uint64_t expired;    /* pairs forgotten for their age */
	uint64_t shed;       /* pairs forgotten for want of room on the disk */
	uint64_t lost;       /* contacts not judged for want of memory */
	bool again;          /* this run was heard before */
};

struct state;

/* Makes the directory if it is not there, and holds it: E_IO when somebody else does. */
enum status state_open(
    struct state **out, const struct state_options *, struct error *) MUST_USE;

/* Before anything is read: the names by which peers of earlier runs were known. */
enum status state_learn(struct state *, const struct hear *, struct error *) MUST_USE;

/*
 * After hear_seal: recall what was kept and put it beside what was heard. `heard`
 * must outlive the state. E_FORMAT names file and offset of what is damaged.
 */
enum status state_recall(struct state *, const struct hear *heard, struct error *) MUST_USE;

/* HEAR_SHARDS of them, sealed, after state_recall. */
struct pairs *const *state_pairs(const struct state *);

/* What earlier runs and this state could not see is a limit of what rests on them. */
void state_limits(const struct state *, struct finding_limits *);

/* Write the next state beside the old one. `hosts` are those of state_pairs. */
enum status state_write(struct state *, const struct hosts *, struct error *) MUST_USE;
/* And put it in the place of the old one. */
enum status state_commit(struct state *, struct error *) MUST_USE;

/*
 * What was kept of the pairs of n findings, as lines without a newline, and of the runs
 * for each of them. For the evidence, before state_commit.
 */
typedef enum status state_sink(void *state, unsigned finding, struct span line);
enum status state_tell(const struct state *, const struct finding *const *, unsigned n,
    state_sink *, void *state, struct error *) MUST_USE;

const struct state_counts *state_counts(const struct state *);
void state_close(struct state *); /* takes NULL */

#endif
