/* SPDX-License-Identifier: Apache-2.0 */
/*
 * call.h - who called whom, in 16 bytes that sort.
 *
 * Contacts become pairs by sorting, not by looking up: of ten million flows of
 * a day most are the only one of their pair, a table would wait for memory at
 * each, and pairs have to come out in order anyway. An IPv4 address stands for
 * itself; others are numbers of an address set, ranks once that is ranked.
 */
#ifndef PROFILE_CALL_H
#define PROFILE_CALL_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/ip.h"

/* Where an address lies beside the block of IPv4, ::ffff:0:0/96, in the order of bytes. */
enum call_family {
	CALL_BELOW,
	CALL_V4,
	CALL_ABOVE,
};

struct call {
	uint32_t host, peer;
	uint16_t port;
	uint8_t proto;
	uint8_t family;   /* of the host << 4 | of the peer */
	uint32_t contact; /* its index; of a pair: of its first one */
};
static_assert(sizeof(struct call) == 16, "call has a hole in it");

/* An IPv4 address, which stands for itself, and any other four bytes. */
static inline uint32_t
call_word(const uint8_t b[static 4])
{
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static inline struct ip
call_v4(uint32_t v4)
{
	return ip_from_v4((uint8_t[4]){
	    (uint8_t)(v4 >> 24), (uint8_t)(v4 >> 16), (uint8_t)(v4 >> 8), (uint8_t)v4 });
}

static inline enum call_family
call_family_of(const struct ip *ip)
{
	uint32_t third = call_word(ip->b + 8);
	uint64_t first;

	memcpy(&first, ip->b, sizeof first);
	if (first != 0 || third > 0xffff)
		return CALL_ABOVE;
	return third == 0xffff ? CALL_V4 : CALL_BELOW;
}

/* As much of an address as goes into a call: all of IPv4, of others the first bytes. */
static inline uint32_t
call_word_of(const struct ip *ip, enum call_family family)
{
	return call_word(ip->b + (family == CALL_V4 ? 12 : 0));
}

static inline bool
call_same_pair(const struct call *a, const struct call *b)
{
	uint64_t x, y;

	memcpy(&x, a, sizeof x);
	memcpy(&y, b, sizeof y);
	return x == y && a->port == b->port && a->proto == b->proto &&
	       a->family == b->family;
}

static inline bool
call_same_host(const struct call *a, const struct call *b)
{
	return a->host == b->host && (a->family ^ b->family) < 16;
}

/*
 * Sorts by host, peer, port, protocol as key_compare does; calls of one pair
 * keep their order. `other` has room for n as well. Radix from the first bits
 * in which the calls of a part differ, a dozen rounds at most.
 */
void calls_sort(struct call *, struct call *other, size_t n);

#endif
