/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/steps.h"

#include "decode/sum.h"
#include "record/flow.h"

#define TCP_HEADER  20
#define UDP_HEADER  8
#define ICMP_HEADER 8
#define SCTP_HEADER 12

/* What is behind a header of n bytes, some of which may not have been captured. */
static void
set_data(struct packet *p, struct piece in, size_t n)
{
	p->data_bytes = (uint32_t)(in.wire - n);
	if (in.bytes.len > n)
		p->data = piece_from(in, n).bytes;
	else
		p->data = (struct span){ 0 };
}

/* RFC 9293 section 3.1. */
static enum decode_verdict
tcp_step(struct packet *p, struct piece in)
{
	struct cursor c = cursor_of(in.bytes);
	uint16_t src = cursor_be16(&c), dst = cursor_be16(&c);
	uint32_t seq = cursor_be32(&c), ack = cursor_be32(&c);
	size_t header = (size_t)(cursor_u8(&c) >> 4) * 4;
	uint8_t flags = cursor_u8(&c);
	uint16_t window = cursor_be16(&c);

	cursor_skip(&c, 4); /* checksum, urgent */
	if (in.wire < TCP_HEADER)
		return DECODE_LIES;
	if (c.bad)
		return DECODE_SHORT;
	if (header < TCP_HEADER || header > in.wire)
		return DECODE_LIES;
	p->src_port = src;
	p->dst_port = dst;
	p->seq = seq;
	p->ack = ack;
	p->tcp_flags = flags & TCP_FLAGS_KNOWN;
	p->tcp_window = window;
	set_data(p, in, header);
	return DECODE_OK;
}

/* RFC 768. A length of zero is a jumbogram's (RFC 2675) or offload's. */
static enum decode_verdict
udp_step(struct packet *p, struct piece in)
{
	struct cursor c = cursor_of(in.bytes);
	uint16_t src = cursor_be16(&c), dst = cursor_be16(&c);
	size_t length = cursor_be16(&c);

	cursor_skip(&c, 2); /* checksum */
	if (in.wire < UDP_HEADER)
		return DECODE_LIES;
	if (c.bad)
		return DECODE_SHORT;
	if (length == 0)
		length = in.wire;
	if (length < UDP_HEADER)
		return DECODE_LIES;
	if (length > in.wire) {
		if (!p->fragment)
			return DECODE_LIES;
		length = in.wire; /* the rest is in the other fragments */
	}
	p->src_port = src;
	p->dst_port = dst;
	set_data(p, piece_until(in, length), UDP_HEADER);
	return DECODE_OK;
}

/* Question and answer, both ways round. RFC 792, 950, 1256, 8335. */
static const uint8_t icmp_pairs[][2] = { { 8, 0 }, { 10, 9 }, { 13, 14 }, { 15, 16 },
	{ 17, 18 } };
/* RFC 4443, 2710, 4861, 4620, 6275. */
static const uint8_t icmp6_pairs[][2] = { { 128, 129 }, { 130, 131 }, { 133, 134 },
	{ 135, 136 }, { 139, 140 }, { 144, 145 } };

static uint16_t
counterpart(const uint8_t (*pairs)[2], size_t n, uint8_t type, uint8_t code)
{
	for (size_t i = 0; i < n; i++) {
		if (pairs[i][0] == type)
			return pairs[i][1];
		if (pairs[i][1] == type)
			return pairs[i][0];
	}
	return code;
}

/* Does the message have an identifier behind the checksum? */
static bool
has_id(bool six, uint8_t type)
{
	if (six)
		return type == 128 || type == 129 || type == 144 || type == 145 ||
		       type == 160 || type == 161;
	return type == 0 || type == 8 || (type >= 13 && type <= 18) || type == 42 ||
	       type == 43;
}

static enum decode_verdict
icmp_step(struct packet *p, struct piece in, bool six)
{
	struct cursor c = cursor_of(in.bytes);
	uint8_t type = cursor_u8(&c), code = cursor_u8(&c);
	uint16_t id, sequence;

	cursor_skip(&c, 2); /* checksum */
	id = cursor_be16(&c);
	sequence = cursor_be16(&c);
	if (in.wire < ICMP_HEADER)
		return DECODE_LIES;
	if (c.bad)
		return DECODE_SHORT;
	p->src_port = type;
	p->dst_port = six ? counterpart(icmp6_pairs, sizeof icmp6_pairs / 2, type, code)
			  : counterpart(icmp_pairs, sizeof icmp_pairs / 2, type, code);
	p->icmp_id = has_id(six, type) ? id : 0;
	p->seq = has_id(six, type) ? sequence : 0;
	set_data(p, in, ICMP_HEADER);
	return DECODE_OK;
}

/* RFC 9260 section 3.1. */
static enum decode_verdict
sctp_step(struct packet *p, struct piece in)
{
	struct cursor c = cursor_of(in.bytes);
	uint16_t src = cursor_be16(&c), dst = cursor_be16(&c);

	cursor_skip(&c, 8); /* verification tag, checksum */
	if (in.wire < SCTP_HEADER)
		return DECODE_LIES;
	if (c.bad)
		return DECODE_SHORT;
	p->src_port = src;
	p->dst_port = dst;
	set_data(p, in, SCTP_HEADER);
	return DECODE_OK;
}

static enum decode_verdict
protocol_step(struct packet *p, struct piece in)
{
	switch (p->proto) {
	case PROTO_TCP:
		return tcp_step(p, in);
	case PROTO_UDP:
		return udp_step(p, in);
	case PROTO_ICMP:
		return icmp_step(p, in, false);
	case PROTO_ICMP6:
		return icmp_step(p, in, true);
	case PROTO_SCTP:
		return sctp_step(p, in);
	default:
		set_data(p, in, 0);
		return DECODE_OK;
	}
}

enum decode_verdict
transport_step(struct packet *p, struct piece in)
{
	enum decode_verdict v = protocol_step(p, in);
	size_t header = in.wire - p->data_bytes;

	if (v != DECODE_OK || p->fragment)
		return v;
	if (p->proto == PROTO_UDP) /* what is behind its length is padding */
		header = UDP_HEADER;
	if (header + p->data_bytes <= in.bytes.len)
		p->sum = (uint8_t)transport_sum(
		    p, (struct span){ in.bytes.at, header + p->data_bytes });
	return v;
}
