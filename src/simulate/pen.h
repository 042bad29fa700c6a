/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pen.h - write a message into a fixed piece of memory.
 *
 * Writing past the end is dropped but counted, so `n` is the length the whole
 * message has and what is in memory is its beginning.
 */
#ifndef SIMULATE_PEN_H
#define SIMULATE_PEN_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "simulate/rng.h"

struct pen {
	uint8_t *at;
	size_t room, n;
};

static inline void
pen_u8(struct pen *p, unsigned v)
{
	if (p->n < p->room)
		p->at[p->n] = (uint8_t)v;
	p->n++;
}

static inline void
pen_be16(struct pen *p, unsigned v)
{
	pen_u8(p, v >> 8 & 0xff);
	pen_u8(p, v & 0xff);
}

static inline void
pen_be32(struct pen *p, uint32_t v)
{
	pen_be16(p, v >> 16);
	pen_be16(p, v & 0xffff);
}

static inline void
pen_bytes(struct pen *p, const void *bytes, size_t n)
{
	const uint8_t *b = bytes;

	for (size_t i = 0; i < n; i++)
		pen_u8(p, b[i]);
}

static inline void
pen_text(struct pen *p, const char *text)
{
	pen_bytes(p, text, strlen(text));
}

static inline void
pen_zeros(struct pen *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		pen_u8(p, 0);
}

/* Only what has room is drawn; the rest is counted. */
static inline void
pen_noise(struct pen *p, struct rng *r, size_t n)
{
	size_t left = p->n < p->room ? p->room - p->n : 0;

	if (left > 0)
		rng_fill(r, p->at + p->n, left < n ? left : n);
	p->n += n;
}

/* Two bytes for a length that is not known yet; pen_length fills them in. */
static inline size_t
pen_gap(struct pen *p)
{
	pen_be16(p, 0);
	return p->n;
}

static inline void
pen_length(struct pen *p, size_t gap)
{
	struct pen back = { p->at, p->room, gap - 2 };

	pen_be16(&back, (unsigned)(p->n - gap));
}

#endif
