/* SPDX-License-Identifier: Apache-2.0 */
/*
 * heap.h - what happens next.
 *
 * A binary heap of events by time; events of one time leave in the order they
 * came. Its room is given once and never grows: whoever pushes knows how many
 * things can wait together: one for each habit and each open conversation.
 */
#ifndef SIMULATE_HEAP_H
#define SIMULATE_HEAP_H

#include "base/error.h"

#include <stdint.h>

struct event {
	uint64_t at_ns;
	uint32_t order; /* of pushing */
	uint32_t what;  /* the owner's number */
};

struct heap {
	struct event *at; /* borrowed, `room` of them */
	uint32_t n, room;
	uint32_t pushed;
};

/* False when it is full; then nothing was pushed. */
static inline bool
heap_push(struct heap *h, uint64_t at_ns, uint32_t what)
{
	struct event e = { .at_ns = at_ns, .order = h->pushed, .what = what };
	uint32_t i = h->n;

	if (h->n == h->room)
		return false;
	h->pushed++;
	h->n++;
	for (; i > 0; i = (i - 1) / 2) {
		const struct event *up = &h->at[(i - 1) / 2];

		if (up->at_ns <= e.at_ns) /* what came first stays first */
			break;
		h->at[i] = *up;
	}
	h->at[i] = e;
	return true;
}

static inline bool
heap_sooner(const struct event *a, const struct event *b)
{
	/* the difference, so that a count that wraps still orders */
	return a->at_ns < b->at_ns ||
	       (a->at_ns == b->at_ns && (int32_t)(a->order - b->order) < 0);
}

/* The soonest event; the heap must not be empty. */
static inline struct event
heap_pop(struct heap *h)
{
	struct event out = h->at[0], last;
	uint32_t i = 0;

	CHECK(h->n > 0);
	last = h->at[--h->n];
	for (;;) {
		uint32_t down = 2 * i + 1;

		if (down >= h->n)
			break;
		if (down + 1 < h->n && heap_sooner(&h->at[down + 1], &h->at[down]))
			down++;
		if (!heap_sooner(&h->at[down], &last))
			break;
		h->at[i] = h->at[down];
		i = down;
	}
	h->at[i] = last;
	return out;
}

#endif
