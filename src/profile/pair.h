/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pair.h - what is known of a host and the service it calls: 128 bytes.
 *
 * M64: 64 one-byte counters of the logarithm of the gaps between contacts,
 * four to the octave from 2 s to 36 h, and 64 bytes of context. The gap is
 * taken from one contact's start to the next one's. When a counter would pass
 * 255 all are halved, so the histogram keeps the recent shape.
 *
 * Bins: floor(4 * log2(gap / 2 s)) in integers, the lower edge of bin i being
 * ceil(2e9 * 2^(i/4)) ns. A contact that follows within 2 s of the one before
 * is no gap, but the next gap is taken from it. Nor is a gap what nobody
 * listened to (CONTACT_RESUMES).
 *
 * Profiles merge. Exact: first, last, up, down, contacts, gaps, failed, hours,
 * longest, always; the gap counters as long as none of the two was ever halved
 * and no sum passes 255; the sizes as long as both have seen at most two.
 * Beyond it they are what they say: counters that were halved a different
 * number of times are added as they stand, so the side with fewer halvings
 * weighs more, and a size's count is at most a third of all contacts too low
 * (and halved, with the other's, where it would pass 65,535).
 */
#ifndef PROFILE_PAIR_H
#define PROFILE_PAIR_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ip.h"

#define PAIR_BINS 64
#define PAIR_BIN_FIRST_NS \
	UINT64_C(2000000000) /* 2 s: shorter gaps belong to one check-in */

/* Who calls whom. */
struct pair_key {
	struct ip host; /* the originator */
	struct ip peer;
	uint16_t port; /* of the peer; ICMP: 0 */
	uint8_t proto;
	uint8_t zero[5];
};
static_assert(sizeof(struct pair_key) == 40, "pair_key has a hole in it");

/* A flow as far as timing is concerned. */
struct contact {
	uint64_t start_ns;
	uint64_t last_ns;
	uint32_t up, down;           /* payload bytes, saturating */
	uint32_t up_pkts, down_pkts; /* saturating */
	uint32_t pair;               /* index of its pair */
	uint16_t host_port;
	uint8_t flags;   /* enum contact_flags */
	uint8_t service; /* enum service of record/flow.h; CONTACT_TAKEN, _RESUMES */
};
static_assert(sizeof(struct contact) == 40, "contact has a hole in it");

/* In contact.service while contacts are put together: a request was heard in the flow. */
#define CONTACT_TAKEN 128
/*
 * In contact.service, of contacts of several runs: what came before it was not heard or
 * not kept, so that the time since the one before is no gap.
 */
#define CONTACT_RESUMES 64

enum contact_flags {
	CONTACT_FAILED = 1, /* asked and got no service */
	CONTACT_CONTINUES =
	    2, /* slice of a connection seen before: not a contact of its own */
	CONTACT_HOST_LOCAL = 4,
	CONTACT_HOST_REMOTE = 8, /* as the source says, if it does */
	CONTACT_PEER_LOCAL = 16,
	CONTACT_PEER_REMOTE = 32,
	CONTACT_SAMPLED = 64, /* some packets of it were never looked at */
	CONTACT_ASKED =
	    128, /* a request is all that was heard of it, no flow tells of it */
};

struct pair {
	uint8_t gap[PAIR_BINS];
	uint64_t first_ns, last_ns; /* first and last contact's start */
	uint64_t up, down;          /* payload bytes */
	uint32_t contacts;
	uint32_t gaps;       /* gaps of 2 s or more, not halved */
	uint32_t failed;     /* contacts that got no service */
	uint32_t hours;      /* bit h: active in hour h of the day, UTC */
	uint32_t size[2];    /* Misra-Gries: the two most common `up`, the more */
	uint16_t size_n[2];  /* common first, and their counts; 0 is not a size */
	uint32_t longest_ms; /* longest contact */
};
static_assert(sizeof(struct pair) == 128, "a pair is 128 bytes");

/* The counter a gap falls into, or -1 below 2 s; past 36 h it is the last one. Integer only. */
int pair_bin(uint64_t gap_ns);
/* Lower edge of a bin in ns; pair_bin_low(PAIR_BINS) is the upper edge of the last. */
uint64_t pair_bin_low(int bin);

/*
 * Contacts must come in order of start_ns. A slice of a connection that is
 * already counted (CONTACT_CONTINUES) adds bytes only. A zeroed pair is empty.
 */
void pair_see(struct pair *, const struct contact *);
void pair_see_all(struct pair *, const struct contact *, size_t n);

/*
 * Append what is known from later (b) to earlier (a) time, the gap between them
 * included. Where the two overlap in time there is no gap between them.
 */
void pair_merge(struct pair *a, const struct pair *b);

#endif
