/* SPDX-License-Identifier: Apache-2.0 */
#include "simulate/wire.h"

#include "base/error.h"
#include "record/flow.h"

#define IP4_HEADER    20
#define IP6_HEADER    40
#define TCP_HEADER    20
#define UDP_HEADER    8
#define ECHO_HEADER   8
#define ETHERTYPE_IP4 0x0800
#define ETHERTYPE_IP6 0x86dd
#define ETHERTYPE_ARP 0x0806

static void
put16(uint8_t *to, unsigned v)
{
	to[0] = (uint8_t)(v >> 8);
	to[1] = (uint8_t)v;
}

static void
put32(uint8_t *to, uint32_t v)
{
	put16(to, v >> 16);
	put16(to + 2, v & 0xffff);
}

/* Ones' complement sum (RFC 1071), not yet folded. */
static uint64_t
sum(uint64_t s, const uint8_t *at, size_t n)
{
	for (size_t i = 0; i + 1 < n; i += 2)
		s += (uint64_t)at[i] << 8 | at[i + 1];
	if (n % 2)
		s += (uint64_t)at[n - 1] << 8;
	return s;
}

static uint16_t
fold(uint64_t s)
{
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return (uint16_t)~s;
}

uint32_t
wire_ip_header(const struct ip *ip)
{
	return ip_is_v4(ip) ? IP4_HEADER : IP6_HEADER;
}

static void
ethernet(struct wire_frame *f, const struct wire_path *p, unsigned type)
{
	memcpy(f->bytes, p->dst_mac, 6);
	memcpy(f->bytes + 6, p->src_mac, 6);
	put16(f->bytes + 12, type);
}

/* The IP header before `above` bytes; returns where these begin. */
static uint8_t *
network(struct wire_frame *f, const struct wire_path *p, uint8_t proto, uint32_t above)
{
	uint8_t *h = f->bytes + WIRE_ETHERNET;

	if (!ip_is_v4(&p->src)) {
		ethernet(f, p, ETHERTYPE_IP6);
		put32(h, 0x60000000);
		put16(h + 4, above);
		h[6] = proto;
		h[7] = p->ttl;
		memcpy(h + 8, p->src.b, 16);
		memcpy(h + 24, p->dst.b, 16);
		return h + IP6_HEADER;
	}
	ethernet(f, p, ETHERTYPE_IP4);
	h[0] = 0x45;
	h[1] = 0;
	put16(h + 2, IP4_HEADER + above);
	put16(h + 4, p->id);
	put16(h + 6, 0x4000); /* do not fragment */
	h[8] = p->ttl;
	h[9] = proto;
	put16(h + 10, 0);
	memcpy(h + 12, p->src.b + 12, 4);
	memcpy(h + 16, p->dst.b + 12, 4);
	put16(h + 10, fold(sum(0, h, IP4_HEADER)));
	return h + IP4_HEADER;
}

static uint64_t
pseudo_header(const struct wire_path *p, uint8_t proto, uint32_t above)
{
	size_t skip = ip_is_v4(&p->src) ? 12 : 0;
	uint64_t s = (uint64_t)proto + above;

	s = sum(s, p->src.b + skip, 16 - skip);
	return sum(s, p->dst.b + skip, 16 - skip);
}

/* What is kept ends at `end`; the whole packet has `rest` more bytes. */
static void
finish(struct wire_frame *f, const uint8_t *end, uint32_t rest)
{
	f->kept = (uint32_t)(end - f->bytes);
	f->length = f->kept + rest;
	if (f->length >= WIRE_LEAST)
		return;
	if (rest == 0) {
		memset(f->bytes + f->kept, 0, WIRE_LEAST - f->kept);
		f->kept = WIRE_LEAST;
	}
	f->length = WIRE_LEAST;
}

void
wire_tcp(struct wire_frame *f, const struct wire_path *p, const struct wire_tcp *t,
    struct span kept, uint32_t data_bytes)
{
	uint32_t header = TCP_HEADER + t->options_len;
	uint8_t *h = network(f, p, PROTO_TCP, header + data_bytes);

	CHECK(h - f->bytes + header + data_bytes <= WIRE_MOST && kept.len <= data_bytes);
	put16(h, p->src_port);
	put16(h + 2, p->dst_port);
	put32(h + 4, t->seq);
	put32(h + 8, t->ack);
	h[12] = (uint8_t)(header / 4 << 4);
	h[13] = t->flags;
	put16(h + 14, t->window);
	put32(h + 16, 0); /* checksum, urgent pointer */
	memcpy(h + TCP_HEADER, t->options, t->options_len);
	if (kept.len > 0)
		memcpy(h + header, kept.at, kept.len);
	put16(h + 16, fold(sum(pseudo_header(p, PROTO_TCP, header + data_bytes), h,
			  header + kept.len)));
	finish(f, h + header + kept.len, data_bytes - (uint32_t)kept.len);
}

void
wire_udp(
    struct wire_frame *f, const struct wire_path *p, struct span kept, uint32_t data_bytes)
{
	uint8_t *h = network(f, p, PROTO_UDP, UDP_HEADER + data_bytes);
	uint16_t check;

	CHECK(
	    h - f->bytes + UDP_HEADER + data_bytes <= WIRE_MOST && kept.len <= data_bytes);
	put16(h, p->src_port);
	put16(h + 2, p->dst_port);
	put16(h + 4, UDP_HEADER + data_bytes);
	put16(h + 6, 0);
	if (kept.len > 0)
		memcpy(h + UDP_HEADER, kept.at, kept.len);
	check = fold(sum(pseudo_header(p, PROTO_UDP, UDP_HEADER + data_bytes), h,
	    UDP_HEADER + kept.len));
	put16(h + 6, check ? check : 0xffff);
	finish(f, h + UDP_HEADER + kept.len, data_bytes - (uint32_t)kept.len);
}

void
wire_ping(struct wire_frame *f, const struct wire_path *p, bool reply, uint16_t identifier,
    uint16_t sequence, struct span data)
{
	bool v4 = ip_is_v4(&p->src);
	uint8_t proto = v4 ? PROTO_ICMP : PROTO_ICMP6;
	uint32_t above = ECHO_HEADER + (uint32_t)data.len;
	uint8_t *h = network(f, p, proto, above);

	CHECK(h - f->bytes + above <= WIRE_MOST);
	h[0] = v4 ? (reply ? 0 : 8) : (reply ? 129 : 128);
	h[1] = 0;
	put16(h + 2, 0);
	put16(h + 4, identifier);
	put16(h + 6, sequence);
	if (data.len > 0)
		memcpy(h + ECHO_HEADER, data.at, data.len);
	put16(h + 2, fold(sum(v4 ? 0 : pseudo_header(p, proto, above), h, above)));
	finish(f, h + above, 0);
}

void
wire_arp(struct wire_frame *f, const struct wire_path *p, bool reply)
{
	uint8_t *h = f->bytes + WIRE_ETHERNET;

	ethernet(f, p, ETHERTYPE_ARP);
	if (!reply)
		memset(f->bytes, 0xff, 6);
	put32(h, 0x00010800); /* Ethernet, IPv4 */
	put32(h + 4, reply ? 0x06040002 : 0x06040001);
	memcpy(h + 8, p->src_mac, 6);
	memcpy(h + 14, p->src.b + 12, 4);
	memcpy(h + 18, p->dst_mac, 6);
	if (!reply)
		memset(h + 18, 0, 6);
	memcpy(h + 24, p->dst.b + 12, 4);
	finish(f, h + 28, 0);
}
