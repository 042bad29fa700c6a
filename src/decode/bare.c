/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/bare.h"

#include <string.h>

#include "record/flow.h"

#define IPV4_HEADER 20
#define IPV6_HEADER 40
#define TCP_HEADER  20
#define UDP_HEADER  8
#define ICMP_HEADER 8
#define HOPS        64

static void
be16(uint8_t *to, uint32_t v)
{
	to[0] = (uint8_t)(v >> 8);
	to[1] = (uint8_t)v;
}

static void
be32(uint8_t *to, uint32_t v)
{
	be16(to, v >> 16);
	be16(to + 2, v & 0xffff);
}

static size_t
put_transport(const struct packet *p, uint8_t *to)
{
	switch (p->proto) {
	case PROTO_TCP:
		memset(to, 0, TCP_HEADER);
		be16(to, p->src_port), be16(to + 2, p->dst_port);
		be32(to + 4, p->seq), be32(to + 8, p->ack);
		to[12] = TCP_HEADER / 4 << 4;
		to[13] = p->tcp_flags;
		be16(to + 14, p->tcp_window);
		return TCP_HEADER;
	case PROTO_UDP:
		memset(to, 0, UDP_HEADER);
		be16(to, p->src_port), be16(to + 2, p->dst_port);
		be16(to + 4, p->data_bytes <= UINT16_MAX - UDP_HEADER
				 ? UDP_HEADER + p->data_bytes
				 : 0);
		return UDP_HEADER;
	case PROTO_ICMP:
	case PROTO_ICMP6:
		memset(to, 0, ICMP_HEADER);
		to[0] = (uint8_t)p->src_port;
		be16(to + 4, p->icmp_id);
		return ICMP_HEADER;
	default:
		return 0;
	}
}

/* RFC 1071 over the header, which has an even length. */
static uint32_t
header_sum(const uint8_t *at, size_t n)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < n; i += 2)
		sum += (uint32_t)at[i] << 8 | at[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

/* A length of zero is what cards leave where it does not fit. */
static void
put_ip(const struct packet *p, bool v4, uint32_t length, uint8_t *to)
{
	uint32_t said = length <= UINT16_MAX ? length : 0;

	if (v4) {
		memset(to, 0, IPV4_HEADER);
		to[0] = 0x45;
		be16(to + 2, said);
		to[8] = HOPS;
		to[9] = p->proto;
		memcpy(to + 12, p->src.b + 12, 4);
		memcpy(to + 16, p->dst.b + 12, 4);
		be16(to + 10, header_sum(to, IPV4_HEADER));
	} else {
		memset(to, 0, IPV6_HEADER);
		to[0] = 0x60;
		be16(to + 4, said ? said - IPV6_HEADER : 0);
		to[6] = p->proto;
		to[7] = HOPS;
		memcpy(to + 8, p->src.b, 16);
		memcpy(to + 24, p->dst.b, 16);
	}
}

size_t
bare_frame(const struct packet *p, uint8_t to[static BARE_MAX], uint32_t *wire_length)
{
	bool v4 = ip_is_v4(&p->src) && ip_is_v4(&p->dst);
	uint32_t ip = v4 ? IPV4_HEADER : IPV6_HEADER, length, above;

	if (p->fragment)
		return 0;
	above = (uint32_t)put_transport(p, to + ip);
	if (above > 0)
		length = ip + above + p->data_bytes;
	else
		length = p->ip_bytes > ip ? p->ip_bytes : ip;
	put_ip(p, v4, length, to);
	*wire_length = length;
	return ip + above;
}
