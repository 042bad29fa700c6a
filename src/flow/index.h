/* SPDX-License-Identifier: Apache-2.0 */
/*
 * index.h - from a hash to the numbers of the entries that have it.
 *
 * Open addressing, linear probing, at most half full. A place is eight bytes:
 * the hash above, the entry's number plus one below; 0 is empty. Removal moves
 * the followers back, so there are no graves to clean up.
 */
#ifndef FLOW_INDEX_H
#define FLOW_INDEX_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define INDEX_NONE UINT32_MAX

struct index {
	uint64_t *at;
	uint32_t mask; /* places - 1 */
};

static inline bool
index_init(struct index *x, uint32_t places)
{
	x->at = calloc(places, sizeof *x->at);
	x->mask = places - 1;
	return x->at != NULL;
}

static inline void
index_release(struct index *x)
{
	free(x->at);
	x->at = NULL;
}

static inline void
index_prefetch(const struct index *x, uint32_t hash)
{
	__builtin_prefetch(&x->at[hash & x->mask]);
}

static inline uint32_t
index_first(const struct index *x, uint32_t hash)
{
	return hash & x->mask;
}

/* The next entry with this hash from place *at on, or INDEX_NONE. */
static inline uint32_t
index_next(const struct index *x, uint32_t hash, uint32_t *at)
{
	uint64_t v;

	while ((v = x->at[*at]) != 0) {
		*at = (*at + 1) & x->mask;
		if (v >> 32 == hash)
			return (uint32_t)v - 1;
	}
	return INDEX_NONE;
}

/* There must be room. */
static inline void
index_add(struct index *x, uint32_t hash, uint32_t entry)
{
	uint32_t at = hash & x->mask;

	while (x->at[at] != 0)
		at = (at + 1) & x->mask;
	x->at[at] = (uint64_t)hash << 32 | (entry + 1);
}

/* It must be there. */
static inline void
index_remove(struct index *x, uint32_t hash, uint32_t entry)
{
	uint64_t v = (uint64_t)hash << 32 | (entry + 1);
	uint32_t hole = hash & x->mask, at;

	while (x->at[hole] != v)
		hole = (hole + 1) & x->mask;
	for (at = (hole + 1) & x->mask; x->at[at] != 0; at = (at + 1) & x->mask) {
		uint32_t home = (uint32_t)(x->at[at] >> 32) & x->mask;

		/* It may move back unless its home lies between the hole and it. */
		if (((at - home) & x->mask) >= ((at - hole) & x->mask)) {
			x->at[hole] = x->at[at];
			hole = at;
		}
	}
	x->at[hole] = 0;
}

/* Room for `entries` in all; false when there is no memory to grow. */
static inline bool
index_make_room(struct index *x, uint32_t entries)
{
	struct index bigger;

	if (entries <= (x->mask + 1) / 2)
		return true;
	if (!index_init(&bigger, (x->mask + 1) * 2))
		return false;
	for (uint32_t at = 0; at <= x->mask; at++)
		if (x->at[at] != 0)
			index_add(
			    &bigger, (uint32_t)(x->at[at] >> 32), (uint32_t)x->at[at] - 1);
	index_release(x);
	*x = bigger;
	return true;
}

/* Turns it into a list of entries at the front of `at`; then only index_clear is allowed. */
static inline uint32_t
index_list(struct index *x)
{
	uint32_t n = 0;

	for (uint32_t at = 0; at <= x->mask; at++)
		if (x->at[at] != 0)
			x->at[n++] = (uint32_t)x->at[at] - 1;
	return n;
}

static inline void
index_clear(struct index *x)
{
	memset(x->at, 0, (x->mask + (size_t)1) * sizeof *x->at);
}

#endif
