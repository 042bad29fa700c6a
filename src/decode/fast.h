/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fast.h - the frames that most frames are. Inside decode/ only.
 *
 * Ethernet without tags, IPv4 without options and fragments or IPv6 without
 * extensions, TCP or UDP, every length in order and every header captured.
 * What is any different is left to the steps, which would have given the same
 * for these too: the tests and fuzz_decode hold one against the other. The
 * bounds are asked once, so the cursors over headers of known size cost nothing.
 */
#ifndef DECODE_FAST_H
#define DECODE_FAST_H

#include <arpa/inet.h>
#include <assert.h>

#include "decode/steps.h"
#include "decode/sum.h"
#include "record/flow.h"

#define FAST_TCP_HEADER 20
#define FAST_UDP_HEADER 8

/*
 * Every field that a header need not set. Named one by one because of a struct
 * this large the compiler makes a `rep stos`, which took half of the time.
 */
static inline void
fast_clear(struct packet *p)
{
	static_assert(sizeof(void *) != 8 || sizeof(struct packet) == 128,
	    "is the new field named here?");
	p->vlan = 0;
	p->tcp_flags = 0;
	p->seq = 0;
	p->ack = 0;
	p->tcp_window = 0;
	p->tunnel = 0;
	p->trouble = 0;
	p->tunnel_id = 0;
	p->data = (struct span){ 0 };
	p->icmp_id = 0;
	p->fragment = false;
	p->more_fragments = false;
	p->fragment_at = 0;
	p->sum = SUM_UNKNOWN;
	p->fragment_id = 0;
	p->fragment_data = (struct span){ 0 };
}

/*
 * Right, as nearly all are? Then it is all one sum, for the addresses stand right
 * before: `addresses` bytes of them. What is not right is looked at with care.
 */
static inline enum packet_sum
fast_sum(const struct packet *p, struct span in, size_t addresses)
{
	uint64_t pseudo = (uint64_t)htons((uint16_t)in.len) +
			  htons((uint16_t)(in.len >> 16)) + htons(p->proto);
	uint64_t sum = sum_add(sum_bytes(in.at - addresses, in.len + addresses), pseudo);
	const uint8_t *stated = in.at + (p->proto == PROTO_TCP ? 16 : 6);

	if (sum_is_right(sum) && (stated[0] | stated[1]) != 0)
		return SUM_GOOD;
	return transport_sum(p, in);
}

/* The transport header, FAST_TCP_HEADER bytes of which are there, and what is behind. */
static inline __attribute__((always_inline)) bool
fast_transport(struct packet *p, struct span in, size_t wire, size_t addresses)
{
	struct cursor c = { .at = in.at, .left = FAST_TCP_HEADER };
	size_t header = FAST_UDP_HEADER, length = wire;

	p->src_port = cursor_be16(&c);
	p->dst_port = cursor_be16(&c);
	if (p->proto == PROTO_TCP) {
		p->seq = cursor_be32(&c);
		p->ack = cursor_be32(&c);
		header = (size_t)(cursor_u8(&c) >> 4) * 4;
		p->tcp_flags = cursor_u8(&c) & TCP_FLAGS_KNOWN;
		p->tcp_window = cursor_be16(&c);
		if (header < FAST_TCP_HEADER)
			return false;
	} else {
		length = cursor_be16(&c);
		if (is_tunnel_port(p->src_port) || is_tunnel_port(p->dst_port))
			return false;
	}
	if (length > wire || header > length)
		return false;
	p->data_bytes = (uint32_t)(length - header);
	if (in.len >= length) {
		in.len = length;
		p->sum = (uint8_t)fast_sum(p, in, addresses);
	}
	if (in.len > header)
		p->data = (struct span){ in.at + header, in.len - header };
	return true;
}

static inline bool
fast_ipv4(struct packet *p, struct span in, size_t wire)
{
	struct cursor c = { .at = in.at, .left = 20 };
	uint16_t version_tos = cursor_be16(&c), total = cursor_be16(&c), fragment;

	cursor_skip(&c, 2); /* identification */
	fragment = cursor_be16(&c);
	cursor_skip(&c, 1); /* time to live */
	p->proto = cursor_u8(&c);
	cursor_skip(&c, 2); /* checksum */
	if (version_tos >> 8 != 0x45 || (fragment & 0x3fff) != 0 || total > wire ||
	    total < 20 + FAST_TCP_HEADER ||
	    (p->proto != PROTO_TCP && p->proto != PROTO_UDP))
		return false;
	p->src = ip_from_v4(cursor_take(&c, 4).at);
	p->dst = ip_from_v4(cursor_take(&c, 4).at);
	p->ip_bytes = total;
	in.len = in.len < total ? in.len : total;
	return fast_transport(p, (struct span){ in.at + 20, in.len - 20 }, total - 20U, 8);
}

static inline bool
fast_ipv6(struct packet *p, struct span in, size_t wire)
{
	struct cursor c = { .at = in.at, .left = 40 };
	uint32_t version = cursor_be32(&c) >> 28;
	uint16_t payload = cursor_be16(&c);

	p->proto = cursor_u8(&c);
	cursor_skip(&c, 1); /* hop limit */
	if (version != 6 || payload > wire - 40 || payload < FAST_TCP_HEADER ||
	    (p->proto != PROTO_TCP && p->proto != PROTO_UDP))
		return false;
	cursor_copy(&c, p->src.b, sizeof p->src.b);
	cursor_copy(&c, p->dst.b, sizeof p->dst.b);
	p->ip_bytes = 40U + payload;
	in.len = in.len < p->ip_bytes ? in.len : p->ip_bytes;
	return fast_transport(p, (struct span){ in.at + 40, in.len - 40 }, payload, 32);
}

/* False: not one of them, and `p` holds nothing of use. */
static inline bool
fast_frame(const struct frame *f, struct packet *p)
{
	size_t wire = f->wire_length;
	struct cursor c = { .at = f->bytes.at, .left = 14 };
	struct span in = f->bytes;
	uint16_t ether;

	if (f->link != LINK_ETHERNET || in.len < 14 + 20 + FAST_TCP_HEADER || wire < in.len)
		return false;
	fast_clear(p);
	p->time_ns = f->time_ns;
	p->clock_ns = f->time_ns;
	cursor_skip(&c, 12); /* the two hardware addresses */
	ether = cursor_be16(&c);
	in = (struct span){ in.at + 14, in.len - 14 };
	if (ether == ETHER_IPV4)
		return fast_ipv4(p, in, wire - 14);
	return ether == ETHER_IPV6 && in.len >= 40 + FAST_TCP_HEADER &&
	       fast_ipv6(p, in, wire - 14);
}

#endif
