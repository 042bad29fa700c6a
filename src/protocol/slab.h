/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slab.h - pieces of one size, as many as a limit allows.
 *
 * One mapping holds all pieces there can be; the system gives pages as they are
 * touched. A piece that was given back is the next one handed out, so that what
 * is in the cache is used again. Contents are not cleared.
 */
#ifndef PROTOCOL_SLAB_H
#define PROTOCOL_SLAB_H

#include <stdint.h>
#include <string.h>

#include "base/error.h"

#define SLAB_SOON 256 /* bytes of the next piece to have in the cache when it is wanted */

struct slab {
	uint8_t *at;
	uint32_t size;     /* of a piece, a multiple of 16 */
	uint32_t capacity; /* pieces there can be */
	uint32_t touched;  /* pieces ever handed out: [0, touched) */
	void *free;        /* list of those given back, each holds the next; NULL: none */
};

/* Memory for less than one piece is a slab without any. */
enum status slab_init(struct slab *, uint32_t size, size_t memory, struct error *) MUST_USE;
void slab_release(struct slab *); /* takes zeroed ones */

static inline void *
slab_get(struct slab *s)
{
	void *piece = s->free;

	if (piece == NULL)
		return s->touched < s->capacity ? s->at + (size_t)s->touched++ * s->size
						: NULL;
	memcpy(&s->free, piece, sizeof s->free);
	for (uint32_t at = 0; s->free && at < SLAB_SOON && at < s->size; at += 64)
		__builtin_prefetch((uint8_t *)s->free + at, 1);
	return piece;
}

/* It must have come from slab_get. */
static inline void
slab_put(struct slab *s, void *piece)
{
	memcpy(piece, &s->free, sizeof s->free);
	s->free = piece;
}

#endif
