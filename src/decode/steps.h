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

/* More stacked tags or extension headers than this is somebody's joke. */
#define TAGS_MAX       8
#define EXTENSIONS_MAX 8

/* The flags of enum tcp_flags: ECN's two are not told. */
#define TCP_FLAGS_KNOWN 0x3f

enum ethertype {
	ETHER_BY_NIBBLE = 0,     /* ours: no type announced, the first nibble tells */
	ETHER_LENGTH_MAX = 1500, /* up to here the field is an 802.3 length */
	ETHER_IPV4 = 0x0800,
	ETHER_VLAN = 0x8100,
	ETHER_IPV6 = 0x86dd,
	ETHER_QINQ = 0x88a8,
	ETHER_QINQ_OLD = 0x9100,
	ETHER_QINQ_OLDER = 0x9200,
};

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

/* Leaves `*ether`, the outermost VLAN id in `*vlan` and what is inside. */
enum decode_verdict link_step(
    uint16_t link, struct piece in, uint16_t *ether, uint16_t *vlan, struct piece *inside);

/* Fills addresses, lengths, fragment fields and proto of `p`. */
enum decode_verdict ip_step(
    struct packet *p, uint16_t ether, struct piece in, struct piece *inside);

/* IPv6 extension headers in front of p->proto, which is changed to what follows. */
enum decode_verdict ip_extensions(struct packet *p, struct piece in, struct piece *inside);

/* Fills ports, flags, data. Touches `p` on DECODE_OK only. */
enum decode_verdict transport_step(struct packet *p, struct piece in);

#endif
