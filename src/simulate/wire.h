/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire.h - frames as a network card would have seen them.
 *
 * Ethernet II, IPv4 (RFC 791) or IPv6 (RFC 8200) by the addresses, TCP (RFC
 * 9293), UDP (RFC 768), ICMP echo (RFC 792, 4443), ARP (RFC 826). All
 * checksums are right. A payload may be longer than the bytes given: the rest
 * is on the wire but not in the capture, and counts as zeros in the checksum.
 */
#ifndef SIMULATE_WIRE_H
#define SIMULATE_WIRE_H

#include "base/ip.h"

#define WIRE_ETHERNET 14
#define WIRE_LEAST    60   /* shorter frames are padded, without the check sequence */
#define WIRE_MOST     1514 /* longest frame */
#define WIRE_OPTIONS  40

struct wire_frame {
	uint8_t bytes[WIRE_MOST + 6];
	uint32_t kept;   /* of them, in the capture */
	uint32_t length; /* on the wire */
};

/* From where to where one packet goes. */
struct wire_path {
	uint8_t src_mac[6], dst_mac[6];
	struct ip src, dst; /* of one family */
	uint16_t src_port, dst_port;
	uint16_t id; /* IPv4 identification */
	uint8_t ttl;
};

struct wire_tcp {
	uint32_t seq, ack;
	uint16_t window;
	uint8_t flags;       /* the low byte of the header's flags */
	uint8_t options_len; /* a multiple of four */
	uint8_t options[WIRE_OPTIONS];
};

#define WIRE_FIN 0x01
#define WIRE_SYN 0x02
#define WIRE_RST 0x04
#define WIRE_PSH 0x08
#define WIRE_ACK 0x10

/* `kept` is the part of the `data_bytes` of payload that goes into the capture. */
void wire_tcp(struct wire_frame *, const struct wire_path *, const struct wire_tcp *,
    struct span kept, uint32_t data_bytes);
void wire_udp(
    struct wire_frame *, const struct wire_path *, struct span kept, uint32_t data_bytes);

/* Echo request or reply; the ports of the path do not matter. */
void wire_ping(struct wire_frame *, const struct wire_path *, bool reply,
    uint16_t identifier, uint16_t sequence, struct span data);

/* IPv4 only. `reply` answers to path->dst; a request asks for it of everybody. */
void wire_arp(struct wire_frame *, const struct wire_path *, bool reply);

/* IP header and what is above it, as the flow record counts. */
uint32_t wire_ip_header(const struct ip *);

#endif
