/* SPDX-License-Identifier: Apache-2.0 */
/*
 * callers.h - who called an address, without looking through everybody's calls.
 *
 * Pairs stand in the order of hosts. To ask them by peer, the first pair of each
 * host and peer is put into a bucket of the peer's hash: 8 bytes for each, sorted
 * in two passes. It is made when somebody first asks, of the peers that were
 * wanted by then; for others callers_next looks through everybody's calls.
 */
#ifndef DETECT_CALLERS_H
#define DETECT_CALLERS_H

#include "detect/detector.h"

/* Borrows the shards. NULL: no memory; callers_next then does without. */
struct callers *callers_new(struct pairs *const *shard, size_t shards);
void callers_want(struct callers *, const struct ip *peer); /* NULL: nothing is done */
void callers_free(struct callers *);                        /* takes NULL */

#endif
