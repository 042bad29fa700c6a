/* SPDX-License-Identifier: Apache-2.0 */
/*
 * steps.h - link, then IP, then transport. Inside decode/ only.
 *
 * Each step takes a piece of the frame and leaves a smaller one, and knows
 * nothing of the step before it, so that a header which carries another packet
 * can start over at any of them.
 */
#ifndef DECODE_STEPS_H
#define DECODE_STEPS_H

#include "decode/packet.h"

/* More stacked tags, labels or extension headers than this is somebody's joke. */
#define TAGS_MAX       8
#define EXTENSIONS_MAX 8
#define TUNNELS_MAX    4 /* packets in packets; Zeek follows 2 */

/* The flags of enum tcp_flags: ECN's two are not told. */
#define TCP_FLAGS_KNOWN 0x3f

/* What comes next: an Ethernet type, or one of ours, which are too small for one. */
enum ethertype {
	ETHER_BY_NIBBLE = 0,     /* IP, and the first nibble tells which */
	ETHER_FRAME,             /* an Ethernet frame from its addresses on */
	ETHER_PPP,               /* RFC 1661, perhaps with RFC 1662's address and control */
	ETHER_LLC,               /* IEEE 802.2 */
	ETHER_WIFI,              /* IEEE 802.11 from its frame control on */
	ETHER_FRAME_OR_IP,       /* Ethernet unless it looks like IP: MPLS does not say */
	ETHER_LENGTH_MAX = 1500, /* up to here the field is an 802.3 length */
	ETHER_IPV4 = 0x0800,
	ETHER_TRANSPARENT = 0x6558, /* RFC 1701: Ethernet again */
	ETHER_VLAN = 0x8100,
	ETHER_IPV6 = 0x86dd,
	ETHER_PPP_TYPE = 0x880b,
	ETHER_MPLS = 0x8847,
	ETHER_MPLS_MULTICAST = 0x8848,
	ETHER_PPPOE = 0x8864,
	ETHER_QINQ = 0x88a8,
	ETHER_PBB = 0x88e7,
	ETHER_FABRICPATH = 0x8903,
	ETHER_VNTAG = 0x8926,
	ETHER_QINQ_OLD = 0x9100,
	ETHER_QINQ_OLDER = 0x9200,
};

enum tunnel_port {
	PORT_L2TP = 1701,
	PORT_GTP = 2152,
	PORT_TEREDO = 3544,
	PORT_VXLAN = 4789,
	PORT_VXLAN_GPE = 4790,
	PORT_AYIYA = 5072,
	PORT_GENEVE = 6081,
};

static inline bool
is_tunnel_port(uint16_t port)
{
	/* A word of bits would be one question; here the ranges rule most ports out. */
	if (port < PORT_L2TP || port > PORT_GENEVE)
		return false;
	return port == PORT_VXLAN || port == PORT_GENEVE || port == PORT_GTP ||
	       port == PORT_TEREDO || port == PORT_L2TP || port == PORT_VXLAN_GPE ||
	       port == PORT_AYIYA;
}

/*
 * A piece of a frame: `bytes` were captured, `wire` of them were sent, as far
 * as the headers so far can say. bytes.len <= wire.
 */
struct piece {
	struct span bytes;
	size_t wire;
};

/* Step over n bytes that were captured (n <= bytes.len). */
static inline struct piece
piece_from(struct piece in, size_t n)
{
	if (n > 0) /* nothing captured may be NULL */
		in.bytes.at += n;
	in.bytes.len -= n;
	in.wire -= n;
	return in;
}

/* Cut to what a header says (said <= wire); the rest is padding or a checksum. */
static inline struct piece
piece_until(struct piece in, size_t said)
{
	if (in.bytes.len > said)
		in.bytes.len = said;
	in.wire = said;
	return in;
}

/* decode_frame without the short cut of fast.h; tests compare the two. */
enum decode_verdict decode_steps(const struct frame *, struct packet *p);

/* Where the reading of a frame stands: what comes next, and what it came through. */
struct layer {
	struct piece in;
	uint16_t ether; /* enum ethertype */
	uint16_t vlan;  /* outermost VLAN id */
	uint8_t tunnel; /* enum tunnel, the last one met */
	uint8_t tags;   /* headers stepped over so far */
	uint32_t tunnel_id;
};

/* What a link type says comes first, and where. `l->in` is the frame. */
enum decode_verdict link_step(uint16_t link, struct layer *l);

/* Until IP comes next: `ether` is ETHER_IPV4, ETHER_IPV6 or ETHER_BY_NIBBLE then. */
enum decode_verdict layers_step(struct layer *l);

/* wifi.c: what an 802.11 frame carries. */
enum decode_verdict wifi_step(struct layer *l);
enum decode_verdict radiotap_step(struct layer *l);

/*
 * Does `p`, whose IP payload is `in`, carry a packet? TROUBLE_NONE with
 * `l->tunnel` set: yes, `l` is where it begins. With TUNNEL_NONE: no.
 */
enum tunnel_trouble tunnel_step(const struct packet *p, struct piece in, struct layer *l);

/* Fills addresses, lengths, fragment fields and proto of `p`. */
enum decode_verdict ip_step(
    struct packet *p, uint16_t ether, struct piece in, struct piece *inside);

/* IPv6 extension headers in front of p->proto, which is changed to what follows. */
enum decode_verdict ip_extensions(struct packet *p, struct piece in, struct piece *inside);

/* Fills ports, flags, data. Touches `p` on DECODE_OK only. */
enum decode_verdict transport_step(struct packet *p, struct piece in);

#endif
