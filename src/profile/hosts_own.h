/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hosts_own.h - the addresses of all shards under one numbering, and the graph
 * of who calls whom; for hosts.c and, where nobody said what is ours,
 * hosts_infer.c.
 */
#ifndef PROFILE_HOSTS_OWN_H
#define PROFILE_HOSTS_OWN_H

#include "profile/addresses.h"
#include "profile/hosts.h"
#include "profile/reserve.h"

/* The calls of one host within one shard: its peers are `from` to the next run's. */
struct run {
	uint32_t host;
	uint32_t from;
};

/*
 * IPv4 addresses are looked up ten million times, so the slot holds all of the
 * address and no second look into memory is needed: the tag is the address,
 * mixed so that nothing is lost.
 */
struct v4_table {
	uint64_t *slot; /* tag << 32 | number + 1; 0: free */
	uint64_t *spare;
	unsigned bits;
	uint32_t n;
	uint64_t seed;
};

/* A network that private addresses are handed out by; see hosts_apart.c. */
struct plot {
	uint8_t called; /* addresses, up to one more than is of interest */
	bool lived_in;
};

#define HOSTS_PLOTS (256 + 256 + 16 + 64)

struct hosts {
	uint32_t n;
	struct ip *ip; /* all by number */
	struct host *host;
	int32_t *votes; /* local less remote */
	struct v4_table v4;
	struct addresses wide; /* the others, with a numbering of its own */
	uint32_t *number;      /* by that */
	uint32_t *here;        /* of a shard's addresses, by rank, while it is read */

	struct run *run; /* one more at the end */
	uint32_t *peer;  /* one for each host-peer pair */
	uint32_t runs, peers;

	uint64_t callers, originators;
	struct plot plot[HOSTS_PLOTS];
	bool public_ours[2]; /* an address is ours and not private; [1] of IPv4 */
	bool others;         /* the user named networks of others */
	struct ip_net inferred[HOSTS_INFERRED];
	unsigned nets;
	struct reserve reserve;
};

static inline bool
hosts_internal(const struct hosts *hs, uint32_t number)
{
	return hs->host[number].side != HOST_EXTERNAL;
}

/* Is it called for what a network gives to those who live there? */
bool hosts_port_houses(uint8_t proto, uint16_t port);

/* What an address of a private network, all of whose callers are counted, tells of it. */
void hosts_settle(struct hosts *, uint32_t number);

/* Rule 4 for one family; sides are set where it finds something. */
enum status hosts_infer(struct hosts *, bool v4, struct error *) MUST_USE;

#endif
