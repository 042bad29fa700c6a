/* SPDX-License-Identifier: Apache-2.0 */
/*
 * timeline.h - the contacts of one pair, put in order and made whole.
 */
#ifndef PROFILE_TIMELINE_H
#define PROFILE_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>

#include "profile/pair.h"

/* Slices of one connection abut: the next starts no later than this after the last. */
#define TIMELINE_ABUT_NS UINT64_C(1000000000)

/*
 * By start; equal starts by last, up, down, host_port, flags, service, so that
 * the order depends on the set of contacts only. Adaptive: nearly sorted ones,
 * as they mostly come, are inserted; else runs are merged, n log n at worst.
 * `scratch` has room for n.
 */
void timeline_order(struct contact *, size_t n, struct contact *scratch);

/* In that order, but for CONTACT_RESUMES; 0: the same. */
int timeline_compare(const struct contact *, const struct contact *);

/*
 * Of contacts in order, those that were heard twice once. Of several runs; in one, two
 * flows may well be alike. Returns how many are left.
 */
size_t timeline_unique(struct contact *, size_t n);

/*
 * Joins to the contact of the same host_port before it
 *  - what is told to continue it (CONTACT_CONTINUES), and
 *  - of TCP and UDP, with a host_port that is not 0, what starts within 1 s of
 *    its end: exporters slice long connections at their active timeout. A TCP
 *    attempt that got no answer has nothing to slice; such ones stay apart.
 * The first one's start stays, bytes are added, the end is the latest, and it
 * has failed when all of it has. A slice whose beginning was never seen counts
 * as a contact.
 *
 * A request (CONTACT_ASKED) that went through a connection seen before it, by
 * host_port and within 1 s of its end, is that connection when it is the first
 * one; later ones of HTTP are contacts of their own, so that what is asked on
 * the beat through one connection that is kept open is seen. Other requests
 * (a handshake, a look-up) say nothing that the connection, or the request
 * just before, did not. Returns how many are left.
 *
 * `last` has 65,536 entries, none of them over `base`; it is left with none
 * over base + n.
 */
size_t timeline_stitch(
    struct contact *, size_t n, uint8_t proto, uint32_t *last, uint32_t base);

#endif
