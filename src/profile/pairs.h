/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pairs.h - all pairs of one shard, and their contacts until they are judged.
 *
 * Flows end in another order than they began, and logs come in any order, so
 * contacts are collected first and put in order of start once, when the shard
 * is sealed; then slices of one connection are stitched and each pair's
 * profile is made. The result depends on the set of flows alone, not on their
 * order: equal starts are ordered by all other fields.
 *
 * Memory is bounded. When it runs out, contacts of the pairs that are least
 * interesting are shed, and counted.
 */
#ifndef PROFILE_PAIRS_H
#define PROFILE_PAIRS_H

#include "base/error.h"
#include "profile/pair.h"
#include "record/flow.h"

struct pairs;

struct pairs_counters {
	uint64_t contacts; /* taken in */
	uint64_t shed;     /* not taken for want of memory */
	uint64_t stitched; /* slices joined to the connection they belong to */
};

enum status pairs_new(struct pairs **out, size_t memory, struct error *) MUST_USE;

/* One flow, from any source. Multicast and broadcast peers are not pairs. */
void pairs_see(struct pairs *, const struct flow *);

/* The same for many, with prefetching. */
void pairs_see_batch(struct pairs *, const struct flow *, unsigned n);

/*
 * Sort, stitch, profile. After it the two arrays below are valid until
 * pairs_free, ordered by pair_key, and pairs_see may not be called any more.
 */
enum status pairs_seal(struct pairs *, struct error *) MUST_USE;

size_t pairs_count(const struct pairs *);
const struct pair_key *pairs_key(const struct pairs *, size_t i);
const struct pair *pairs_pair(const struct pairs *, size_t i);
/* The contacts of pair i in order, slices stitched; for timelines and exact figures. */
const struct contact *pairs_contacts(const struct pairs *, size_t i, size_t *n);

const struct pairs_counters *pairs_counters(const struct pairs *);
void pairs_free(struct pairs *); /* takes NULL */

#endif
