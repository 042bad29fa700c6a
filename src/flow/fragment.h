/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fragment.h - pieces of IP packets become whole packets again.
 *
 * RFC 815 for the putting together, RFC 8200 section 4.5 and RFC 5722 for what
 * is refused: a datagram with overlapping pieces is dropped whole, and so is
 * everything else that comes under its name for half a minute. A piece that is
 * an exact copy of one that is held (mirror ports see packets twice) is dropped
 * alone.
 *
 * All memory is taken at the start: when it is full the oldest datagram goes.
 */
#ifndef FLOW_FRAGMENT_H
#define FLOW_FRAGMENT_H

#include "flow/table.h"

#define FRAGMENT_AGE_NS (30 * UINT64_C(1000000000)) /* of capture time, as Linux */

struct fragments;

/* NULL in `out` when `memory` is too little to hold any: then all are lost. */
enum status fragments_new(struct fragments **out, size_t memory, struct error *) MUST_USE;
void fragments_free(struct fragments *); /* takes NULL */

/*
 * One piece. True when it was the last that was missing, with the packet in
 * `whole`: it has the time of `p` and the IP length it was sent with; its data
 * are valid until the next call. Counts all about fragments.
 */
bool fragments_add(struct fragments *, const struct packet *p, struct packet *whole,
    struct flow_counters *);

/*
 * Which calls of fragments_add brought the pieces of the packet that it gave last, by
 * their place in it; the first call of all is number 0. Valid until the next call.
 */
const uint32_t *fragments_calls(const struct fragments *, unsigned *n);

/* The end: what is incomplete is lost. */
void fragments_finish(struct fragments *, struct flow_counters *);

#endif
