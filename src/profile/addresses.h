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
	uint32_t *rank;      /* by number, after addresses_rank */
	uint32_t *by_rank;   /* room for the other way round */
	struct call *sorted; /* room for ranking, one for each */
	unsigned bits;       /* log2 of the slots in use */
	uint32_t n;
	uint64_t seed;
};

#define ADDRESS_NONE UINT32_MAX

/* log2 of the slots that n addresses are given: at most 5/8 of them are taken. */
unsigned addresses_bits(size_t n);

static inline uint64_t
addresses_fold(uint64_t a, uint64_t b)
{
	unsigned __int128 m = (unsigned __int128)a * b;

	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

/* Multiply and fold, both factors hidden behind the seed. */
static inline uint32_t
addresses_tag(const struct addresses *s, const struct ip *ip)
{
	uint64_t w[2], h;

	memcpy(w, ip, sizeof w);
	h = addresses_fold(w[0] ^ s->seed ^ UINT64_C(0x9e3779b97f4a7c15),
	    w[1] ^ ~s->seed ^ UINT64_C(0xbf58476d1ce4e5b9));
	return (uint32_t)(addresses_fold(h ^ s->seed, UINT64_C(0x94d049bb133111eb)) >> 32);
}

/* For a batch: first all slots, then all addresses, then compare or look up. */
static inline void
addresses_fetch_slot(const struct addresses *s, uint32_t tag)
{
	__builtin_prefetch(&s->slot[tag >> (32 - s->bits)]);
}

/* The only number that an address with this tag may have, or one of several; or none. */
static inline uint32_t
addresses_fetch(const struct addresses *s, uint32_t tag)
{
	size_t mask = ((size_t)1 << s->bits) - 1;
	size_t i = tag >> (32 - s->bits);

	while (s->slot[i] != 0 && s->slot[i] >> 32 != tag)
		i = (i + 1) & mask;
	if (s->slot[i] == 0)
		return ADDRESS_NONE;
	__builtin_prefetch(&s->ip[(uint32_t)s->slot[i] - 1]);
	return (uint32_t)s->slot[i] - 1;
}

/* The number of an address; ADDRESS_NONE if it has none. */
static inline uint32_t
addresses_find(const struct addresses *s, uint32_t tag, const struct ip *ip)
{
	size_t mask = ((size_t)1 << s->bits) - 1;

	for (size_t i = tag >> (32 - s->bits); s->slot[i] != 0; i = (i + 1) & mask)
		if (s->slot[i] >> 32 == tag &&
		    ip_equal(&s->ip[(uint32_t)s->slot[i] - 1], ip))
			return (uint32_t)s->slot[i] - 1;
	return ADDRESS_NONE;
}

/* A number for an address that has none; there must be room for it. */
uint32_t addresses_add(struct addresses *, uint32_t tag, const struct ip *);

/* Forget the slots, keep the first n addresses as they are in `ip`, find them again. */
void addresses_rebuild(struct addresses *, uint32_t n);

/*
 * Puts them in order: from then on `ip` is by rank, and there is no finding or adding.
 * `room` is for n calls.
 */
void addresses_rank(struct addresses *, struct call *room);

#endif
