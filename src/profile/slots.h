/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slots.h - numbers by the hash of what they number, in room that grows.
 *
 * Open addressing, linear probing, at most half full; a place holds a number
 * plus one, 0 is free. There is address space for the most numbers there may be,
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
	uint32_t *at;
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
