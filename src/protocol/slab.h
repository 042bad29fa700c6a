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

struct slab {
	uint8_t *at;
	uint32_t size;     /* of a piece, a multiple of 16 */
	uint32_t capacity; /* pieces there can be */
	uint32_t touched;  /* pieces ever handed out: [0, touched) */
	uint32_t free;     /* list of those given back, number + 1; 0: none */
};

/* Memory for less than one piece is a slab without any. */
enum status slab_init(struct slab *, uint32_t size, size_t memory, struct error *) MUST_USE;
void slab_release(struct slab *); /* takes zeroed ones */

static inline void *
slab_get(struct slab *s)
{
	uint8_t *piece;

	if (s->free == 0)
		return s->touched < s->capacity ? s->at + (size_t)s->touched++ * s->size
						: NULL;
	piece = s->at + (size_t)(s->free - 1) * s->size;
	memcpy(&s->free, piece, sizeof s->free);
	return piece;
}

/* It must have come from slab_get. */
static inline void
slab_put(struct slab *s, void *piece)
{
	memcpy(piece, &s->free, sizeof s->free);
	s->free = (uint32_t)((size_t)((uint8_t *)piece - s->at) / s->size) + 1;
}

#endif
