/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trait_queue.h - traits that wait, with their texts.
 *
 * A trait borrows its texts from the call that tells it. A queue copies both,
 * packed one after the other, so that they can be told again later, in order.
 */
#ifndef RECORD_TRAIT_QUEUE_H
#define RECORD_TRAIT_QUEUE_H

#include "record/trait.h"

/* Zeroed, it is empty. */
struct trait_queue {
	uint8_t *at;
	size_t used, room;
};

/* False: there is no memory, and the trait is not in it. */
bool trait_queue_put(struct trait_queue *, const struct trait *);

/*
 * The trait at *at, which begins with 0 and is moved on; false at the end. Its
 * spans lie in the queue until the next put or reset.
 */
bool trait_queue_next(const struct trait_queue *, size_t *at, struct trait *out);

void trait_queue_reset(struct trait_queue *);   /* empty, keeps its memory */
void trait_queue_release(struct trait_queue *); /* takes zeroed ones */

#endif
