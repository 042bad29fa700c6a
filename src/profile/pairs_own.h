/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pairs_own.h - what pairs.c, and shed.c when memory runs out, know of a shard.
 *
 * A contact is written down twice as it comes: what it was (`log`) and who
 * called whom (`call`). Grouping sorts the calls and fetches the contacts in
 * that order; then one call is left for each pair.
 *
 * All memory is one reservation of address space made at the start and touched
 * as it is needed; `used` counts what is in use or will be when it comes to
 * grouping, so that the seal cannot run out. It is a function of the numbers of
 * contacts and addresses alone, and that is what makes shedding independent of
 * the order of flows.
 */
#ifndef PROFILE_PAIRS_OWN_H
#define PROFILE_PAIRS_OWN_H

#include "profile/addresses.h"
#include "profile/call.h"
#include "profile/pairs.h"
#include "profile/reserve.h"

#define PAIRS_PORTS 65536
#define PAIRS_SIDES                                                      \
	(CONTACT_HOST_LOCAL | CONTACT_HOST_REMOTE | CONTACT_PEER_LOCAL | \
	    CONTACT_PEER_REMOTE)

struct pairs {
	struct call *call;       /* one for each contact; grouped: for each pair */
	struct contact *log;     /* as they came */
	struct contact *ordered; /* grouped: by pair, and in order within it */
	uint32_t contacts;
	uint32_t touched;           /* memory has been asked for, for as many of them */
	uint32_t pairs;             /* grouped */
	struct addresses addresses; /* that are not IPv4 */
	uint32_t *last;             /* by host_port, for timeline_stitch */

	size_t used, memory;
	uint64_t seen;
	uint64_t within;        /* requests that are part of a connection from the first */
	unsigned level;         /* of shedding, 0: none yet */
	uint32_t failed_states; /* bit s: enum conn_state s means failed */
	uint8_t sides;          /* of contacts' flags: what any source has said of sides */
	bool asked;             /* there was a request */
	const struct listening *listening; /* NULL: all the time */
	bool sealed;
	struct pairs_counters counters;

	struct reserve reserve;
};

#define CONTACT_COST (sizeof(struct call) + 2 * sizeof(struct contact))
/* Beside its slots; they and, while they double, the half as many before are 12 bytes. */
#define ADDRESS_COST (sizeof(struct ip) + sizeof(struct call) + 2 * sizeof(uint32_t))
#define SLOT_COST    12

static inline size_t
pairs_cost(size_t contacts, size_t addresses)
{
	return sizeof(struct pairs) + PAIRS_PORTS * sizeof(uint32_t) +
	       contacts * CONTACT_COST + addresses * ADDRESS_COST +
	       ((size_t)SLOT_COST << addresses_bits(addresses));
}

/* The two addresses of a call and its port. */
struct pair_key pairs_key_of(const struct pairs *, const struct call *);

/* How many contacts pair i has; grouped. */
static inline uint32_t
pairs_size(const struct pairs *ps, uint32_t i)
{
	uint32_t end = i + 1 < ps->pairs ? ps->call[i + 1].contact : ps->contacts;

	return end - ps->call[i].contact;
}

/* Sorts the calls, fetches the contacts in that order, leaves one call for each pair. */
void pairs_group(struct pairs *);

/* Forget until there is room again; see pairs.h. */
void pairs_shed(struct pairs *);

#endif
