/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pairs.h - all pairs of one shard, and their contacts until they are judged.
 *
 * Flows end in another order than they began, and logs come in any order, so
 * contacts are collected first and put in order of start once, when the shard
 * is sealed; then slices of one connection are stitched and each pair's
 * profile is made. The result depends on the set of flows alone, not on their
 * order: equal starts are ordered by all other fields.
 *
 * A profile is a function of a pair's contacts and is made when it is asked
 * for: most pairs have one contact, and nobody asks. After the seal everything
 * is constant, so any number of threads may ask.
 *
 * Memory is bounded. When it runs out we forget, and count: contacts of the
 * busiest pairs, whose counters are full anyway, and the least busy pairs of the
 * hosts that have most of them, as scanners do; at last hosts. There is a level
 * of shedding, and at each level every pair keeps its K earliest contacts, every
 * host the Q pairs it contacted most, and of the hosts stay those whose hash
 * begins with as many zero bits:
 *
 *	level  1      K = 65,536
 *	level  2      Q = 65,536
 *	to 18         K and Q are halved in turn, down to 256
 *	to 22         Q is halved, down to 16
 *	from 23       one more zero bit
 *
 * The level rises to the first one at which what is kept takes no more than
 * three quarters of the memory. Which pairs of a host with more than Q are kept
 * depends on what had come when memory ran out, so there the order of the flows
 * matters; else it does not, nor does the size of batches ever.
 */
#ifndef PROFILE_PAIRS_H
#define PROFILE_PAIRS_H

#include "base/error.h"
#include "profile/listening.h"
#include "profile/pair.h"
#include "profile/reserve.h"
#include "record/flow.h"

struct pairs;

struct pairs_counters {
	uint64_t contacts; /* kept, before stitching */
	uint64_t shed;     /* forgotten for want of memory */
	uint64_t stitched; /* slices joined to the connection they belong to */
	uint64_t joined; /* requests found in a connection and not contacts of their own */
	uint64_t apart;  /* flows to multicast and broadcast: not pairs */
};

#define PAIRS_MEMORY_LEAST ((size_t)1 << 20)

/* E_LIMIT when `memory` is less than PAIRS_MEMORY_LEAST. */
enum status pairs_new(struct pairs **out, size_t memory, struct error *) MUST_USE;

/*
 * A number nobody outside can guess, against flows made to collide in the
 * table. Before the first flow. No result depends on it.
 */
void pairs_seed(struct pairs *, uint64_t seed);

/*
 * One flow, from any source: originator, responder, its port (ICMP: 0) and the
 * protocol make the pair. Multicast and broadcast peers are not pairs.
 */
void pairs_see(struct pairs *, const struct flow *);

/* The same for many, with prefetching. */
void pairs_see_batch(struct pairs *, const struct flow *, unsigned n);

/*
 * A request, a handshake or a look-up, as the flow it would be on its own: first
 * and last are its time. When the connection it went through is seen, too, they
 * are one (see timeline.h).
 */
void pairs_ask(struct pairs *, const struct flow *);

/*
 * The same, other than of HTTP, when the connection is known to be seen and to have begun
 * before, or with it and to say so: what timeline_stitch would come to, without a contact
 * that is kept until then. Only those that begin at the same time may come in another order.
 */
void pairs_ask_within(struct pairs *, const struct flow *);

/*
 * An address of a flow or request that comes soon, in two steps: first where to look
 * for it, then what is there. Changes nothing, and is of use for what is not IPv4.
 */
void pairs_fetch(const struct pairs *, const struct ip *, unsigned step);

/* A contact as pairs_contacts gave it, of this run or of one before. */
void pairs_keep(struct pairs *, const struct pair_key *, const struct contact *);

/*
 * Of contacts of several runs: when we listened. Borrowed, and asked once sealed;
 * contacts after a time nobody listened to are marked (CONTACT_RESUMES).
 */
void pairs_listened(struct pairs *, const struct listening *);

/*
 * Sort and stitch (see timeline.h). After it the pairs are numbered from 0 in
 * the order of host, peer, port, protocol; what the functions below return is
 * valid until pairs_free, and pairs_see may not be called any more.
 */
enum status pairs_seal(struct pairs *, struct error *) MUST_USE;
/* What the seal of one shard leaves to that of the next; it stays the first one's to free. */
struct pairs_spare {
	struct spare pages;
	uint32_t *last; /* by port, as timeline_stitch has it */
	uint32_t base;  /* nothing in `last` is over it */
};
/* The same of one shard after the other, none of them freed before the last. Zeroed at first. */
enum status pairs_seal_after(struct pairs *, struct pairs_spare *, struct error *) MUST_USE;

size_t pairs_count(const struct pairs *);
struct pair_key pairs_key(const struct pairs *, size_t i);
/* The contacts of pair i in order, at least one; for timelines and exact figures. */
const struct contact *pairs_contacts(const struct pairs *, size_t i, size_t *n);
/*
 * The profile of pair i. It is made from the contacts, at some 10 ns each: ask
 * pairs_contacts first where few of them are of no interest.
 */
struct pair pairs_pair(const struct pairs *, size_t i);

/* In how many runs pair i could be looked at, this one included; 1 without others. */
uint32_t pairs_looks(const struct pairs *, size_t i);

const struct pairs_counters *pairs_counters(const struct pairs *);
void pairs_free(struct pairs *); /* takes NULL */

#endif
