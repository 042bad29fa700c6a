/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trait_queue.h - traits that wait, with their texts.
 *
 * A trait borrows its texts from the call that tells it. A queue copies both, once,
 * to where they stay until it is emptied, and hangs them in two chains: all in the
 * order in which they were put, and those of each lane, for whoever wants a part.
 */
#ifndef RECORD_TRAIT_QUEUE_H
#define RECORD_TRAIT_QUEUE_H

#include "record/trait.h"

#define TRAIT_LANES 16

struct trait_queued {
	struct trait_queued *next, *next_of_lane;
	struct trait trait; /* what means something of it, and behind that its texts */
};

struct queue_room;

struct trait_chain {
	struct trait_queued *first, *last;
};

/* Zeroed, it is empty. */
struct trait_queue {
	struct trait_chain all, lane[TRAIT_LANES];
	struct queue_room *room;
};

/* False: there is no memory, and the trait is not in it. */
bool trait_queue_put(struct trait_queue *, unsigned lane, const struct trait *);

void trait_queue_reset(struct trait_queue *);   /* empty, keeps its memory */
void trait_queue_release(struct trait_queue *); /* takes zeroed ones */

#endif
