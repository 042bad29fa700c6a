/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash.h - packets to 32 bits, the same for both directions of a flow.
 *
 * Whoever does not know `secret` cannot choose packets that collide; without
 * one (0) anybody can. No result depends on it.
 */
#ifndef FLOW_HASH_H
#define FLOW_HASH_H

#include <string.h>

#include "decode/packet.h"

/* 64 x 64 -> 128 bits, folded: every bit of both touches every bit of the result. */
static inline uint64_t
mix(uint64_t a, uint64_t b)
{
	__uint128_t m = (__uint128_t)a * b;

	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

static inline uint64_t
mix_address(const struct ip *ip, uint64_t secret)
{
	uint64_t half[2];

	memcpy(half, ip->b, sizeof half);
	return mix(half[0] ^ UINT64_C(0x9e3779b97f4a7c15) ^ secret,
	    half[1] ^ (UINT64_C(0xd6e8feb86659fd93) + secret));
}

static inline uint32_t
flow_hash(const struct packet *p, uint64_t secret)
{
	uint64_t a = mix_address(&p->src, secret), b = mix_address(&p->dst, secret);

	a = mix(a ^ p->src_port, UINT64_C(0xe7037ed1a0b428db) ^ secret);
	b = mix(b ^ p->dst_port, UINT64_C(0xe7037ed1a0b428db) ^ secret);
	return (uint32_t)(mix((a + b) ^ p->proto, UINT64_C(0x8ebc6af09c88c6e3)) >> 32);
}

#endif
