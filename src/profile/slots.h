/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slots.h - numbers by the hash of what they number, in room that grows.
 *
 * Open addressing, linear probing, at most half full. A place is eight bytes: the
 * upper half of the hash, and the number plus one below; 0 is free. So what is in
 * the way need not be looked at. There is address space for the most numbers there may be,
 * of which only the beginning is used, as much as they need now: a table of the
 * size of its limit would be touched all over, a page for every few names.
 *
 * Who owns the numbers hashes them, so it is the owner that puts them back in
 * after slots_double.
 */
#ifndef PROFILE_SLOTS_H
#define PROFILE_SLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "profile/reserve.h"

#define SLOTS_BITS_FIRST 8

struct slots {
	uint64_t *at;
	size_t mask; /* places in use - 1 */
	unsigned bits_most;
};

/* Room for `most` numbers; called once before and once after reserve_open. */
static inline void
slots_take(struct slots *s, struct reserve *r, size_t most)
{
	s->bits_most = SLOTS_BITS_FIRST;
	while (((size_t)1 << s->bits_most) < 2 * most)
		s->bits_most++;
	s->mask = ((size_t)1 << SLOTS_BITS_FIRST) - 1;
	s->at = reserve_take(r, (size_t)1 << s->bits_most, sizeof *s->at);
}

static inline uint64_t
slots_of(uint64_t hash, uint32_t number)
{
	return (hash & ~(uint64_t)UINT32_MAX) | (number + 1);
}

/* May the place hold what has this hash? */
static inline bool
slots_alike(uint64_t slot, uint64_t hash)
{
	return (slot ^ hash) >> 32 == 0;
}

static inline uint32_t
slots_number(uint64_t slot)
{
	return (uint32_t)slot - 1;
}

/* The number that is first seen where one with this hash would be, or `otherwise`. */
static inline uint32_t
slots_guess(const struct slots *s, uint64_t hash, uint32_t otherwise)
{
	size_t i = hash & s->mask;

	while (s->at[i] != 0 && !slots_alike(s->at[i], hash))
		i = (i + 1) & s->mask;
	return s->at[i] ? slots_number(s->at[i]) : otherwise;
}

/* Whether n numbers are too many for the places in use, and there could be more. */
static inline bool
slots_crowded(const struct slots *s, size_t n)
{
	return 2 * n > s->mask + 1 && s->mask + 1 < (size_t)1 << s->bits_most;
}

/* Empty: every number has to be put in anew. */
static inline void
slots_clear(struct slots *s)
{
	memset(s->at, 0, (s->mask + 1) * sizeof *s->at);
}

static inline void
slots_double(struct slots *s)
{
	slots_clear(s);
	s->mask = 2 * s->mask + 1;
}

#endif
