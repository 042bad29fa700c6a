/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/steps.h"

#include "record/flow.h"

#define IPV4_HEADER     20
#define IPV6_HEADER     40
#define FRAGMENT_MORE   0x2000
#define FRAGMENT_OFFSET 0x1fff
#define IP_MOST         65535 /* a fragment may not reach past it */

enum next_header {
	NEXT_HOP_BY_HOP = 0,
	NEXT_IPV4 = 4,
	NEXT_IPV6 = 41,
	NEXT_ROUTING = 43,
	NEXT_FRAGMENT = 44,
	NEXT_AH = 51,
	NEXT_DESTINATION = 60,
};

/* A piece of a packet: what is needed to put it together. */
static enum decode_verdict
mark_fragment(
    struct packet *p, uint32_t id, unsigned offset, bool more, const struct piece *in)
{
	if (offset + in->wire > IP_MOST)
		return DECODE_LIES;
	p->fragment = true;
	p->more_fragments = more;
	p->fragment_at = (uint16_t)offset;
	p->fragment_id = id;
	if (in->bytes.len == in->wire)
		p->fragment_data = in->bytes;
	return DECODE_OK;
}

/* RFC 791 section 3.1. */
static enum decode_verdict
ipv4_step(struct packet *p, struct piece in, struct piece *inside)
{
	struct cursor c = cursor_of(in.bytes);
	uint8_t version_length = cursor_u8(&c);
	size_t header = (size_t)(version_length & 15) * 4, total;
	uint16_t id, fragment;
	struct span src, dst;

	cursor_skip(&c, 1); /* type of service */
	total = cursor_be16(&c);
	id = cursor_be16(&c);
	fragment = cursor_be16(&c);
	cursor_skip(&c, 1); /* time to live */
	p->proto = cursor_u8(&c);
	cursor_skip(&c, 2); /* checksum: offload makes it meaningless here */
	src = cursor_take(&c, 4);
	dst = cursor_take(&c, 4);
	if (c.bad)
		return DECODE_SHORT;
	if (version_length >> 4 != 4)
		return DECODE_VERSION;
	if (total == 0) /* segmentation offload: the card would have filled it in */
		total = in.wire;
	if (header < IPV4_HEADER || total < header)
		return DECODE_LIES;
	if (total > in.wire || header > in.bytes.len)
		return DECODE_SHORT;
	p->src = ip_from_v4(src.at);
	p->dst = ip_from_v4(dst.at);
	p->ip_bytes = (uint32_t)total;
	*inside = piece_from(piece_until(in, total), header);
	if ((fragment & (FRAGMENT_MORE | FRAGMENT_OFFSET)) == 0)
		return DECODE_OK;
	return mark_fragment(
	    p, id, (fragment & FRAGMENT_OFFSET) * 8U, fragment & FRAGMENT_MORE, inside);
}

/* RFC 8200 section 4.5. RFC 6946: a whole packet with a fragment header is no piece. */
static enum decode_verdict
fragment_step(struct packet *p, struct cursor *c, struct piece in, struct piece *inside)
{
	uint16_t fragment;
	uint32_t id;

	p->proto = cursor_u8(c);
	cursor_skip(c, 1);
	fragment = cursor_be16(c);
	id = cursor_be32(c);
	if (in.wire < 8)
		return DECODE_LIES;
	if (c->bad)
		return DECODE_SHORT;
	*inside = piece_from(in, 8);
	if ((fragment & ~6U) == 0)
		return DECODE_OK;
	return mark_fragment(p, id, fragment & ~7U, fragment & 1, inside);
}

enum decode_verdict
ip_extensions(struct packet *p, struct piece in, struct piece *inside)
{
	for (unsigned n = 0;; n++) {
		struct cursor c = cursor_of(in.bytes);
		enum decode_verdict v;
		uint8_t next;
		size_t length;

		if (p->proto != NEXT_HOP_BY_HOP && p->proto != NEXT_ROUTING &&
		    p->proto != NEXT_FRAGMENT && p->proto != NEXT_AH &&
		    p->proto != NEXT_DESTINATION)
			break;
		if (n == EXTENSIONS_MAX)
			return DECODE_DEEP;
		if (p->proto == NEXT_FRAGMENT) {
			v = fragment_step(p, &c, in, &in);
			if (v != DECODE_OK || p->fragment) {
				*inside = in;
				return v;
			}
			continue;
		}
		next = cursor_u8(&c);
		length = cursor_u8(&c);
		length = p->proto == NEXT_AH ? (length + 2) * 4 : (length + 1) * 8;
		if (in.wire < length)
			return DECODE_LIES;
		if (c.bad || in.bytes.len < length)
			return DECODE_SHORT;
		p->proto = next;
		in = piece_from(in, length);
	}
	*inside = in;
	return DECODE_OK;
}

/*
 * A payload length of 0 is a jumbogram's (RFC 2675), which says so hop by hop, or
 * left to the card. Of anything else it is the truth, and what follows is padding.
 */
static bool
may_be_offloaded(uint8_t next)
{
	return next == PROTO_TCP || next == PROTO_UDP || next == NEXT_HOP_BY_HOP ||
	       next == NEXT_IPV4 || next == NEXT_IPV6 || next == NEXT_DESTINATION;
}

/* RFC 8200 section 3. */
static enum decode_verdict
ipv6_step(struct packet *p, struct piece in, struct piece *inside)
{
	struct cursor c = cursor_of(in.bytes);
	uint32_t version = cursor_be32(&c) >> 28;
	size_t payload = cursor_be16(&c);

	p->proto = cursor_u8(&c);
	cursor_skip(&c, 1); /* hop limit */
	cursor_copy(&c, p->src.b, sizeof p->src.b);
	cursor_copy(&c, p->dst.b, sizeof p->dst.b);
	if (c.bad)
		return DECODE_SHORT;
	if (version != 6)
		return DECODE_VERSION;
	in = piece_from(in, IPV6_HEADER);
	if (payload == 0 && may_be_offloaded(p->proto))
		payload = in.wire;
	if (payload > in.wire)
		return DECODE_SHORT;
	p->ip_bytes = (uint32_t)(IPV6_HEADER + payload);
	return ip_extensions(p, piece_until(in, payload), inside);
}

enum decode_verdict
ip_step(struct packet *p, uint16_t ether, struct piece in, struct piece *inside)
{
	if (ether == ETHER_BY_NIBBLE && in.bytes.len > 0) {
		uint8_t version = in.bytes.at[0] >> 4;

		ether = version == 4 ? ETHER_IPV4 : version == 6 ? ETHER_IPV6 : ether;
		if (ether == ETHER_BY_NIBBLE)
			return DECODE_VERSION;
	}
	if (ether == ETHER_IPV4)
		return ipv4_step(p, in, inside);
	if (ether == ETHER_IPV6)
		return ipv6_step(p, in, inside);
	return ether == ETHER_BY_NIBBLE ? DECODE_SHORT : DECODE_NOT_IP;
}
