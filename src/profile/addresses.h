/* SPDX-License-Identifier: Apache-2.0 */
/*
 * addresses.h - the addresses that are not IPv4, numbered as they come.
 *
 * An open-addressing table of 8-byte slots (a 32-bit tag of the hash and the
 * number) beside an array of addresses. The tag's top bits are the slot, so
 * growing walks both tables from front to back. The memory is the caller's.
 * The hash is seeded, as peers choose their own addresses; nothing that leaves
 * the room depends on the seed.
 */
#ifndef PROFILE_ADDRESSES_H
#define PROFILE_ADDRESSES_H

#include "base/ip.h"
#include "profile/call.h"

#define ADDRESSES_BITS_MIN 8

struct addresses {
	struct ip *ip;       /* by number */
	uint64_t *slot;      /* tag << 32 | number + 1; 0: free */
	uint64_t *spare;     /* where the slots go when they double */
	uint32_t *rank;      /* by number; and the other way round: */
	uint32_t *by_rank;   /* both after addresses_rank */
	struct call *sorted; /* room for ranking, one for each */
	unsigned bits;       /* log2 of the slots in use */
	uint32_t n;
	uint64_t seed;
};

/* log2 of the slots that n addresses are given: at most 5/8 of them are taken. */
unsigned addresses_bits(size_t n);

/* The number of an address, ADDRESS_NONE if it has none; and with one given to it. */
uint32_t addresses_find(const struct addresses *, const struct ip *);
uint32_t addresses_number(struct addresses *, const struct ip *);

/* Forget the slots, keep the first n addresses as they are in `ip`, find them again. */
void addresses_rebuild(struct addresses *, uint32_t n);

/* Puts them in order; `room` is for n calls. */
void addresses_rank(struct addresses *, struct call *room);

#define ADDRESS_NONE UINT32_MAX

#endif
