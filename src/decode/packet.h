/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packet.h - a frame taken apart.
 *
 * decode_frame reads link, VLAN tags (802.1Q, 802.1ad), IPv4 (RFC 791), IPv6
 * with extension headers (RFC 8200), TCP (RFC 9293), UDP (RFC 768), ICMP (RFC
 * 792) and ICMPv6 (RFC 4443). Anything malformed is a verdict with a counter.
 *
 * A frame is one packet: of a tunnel the one that travels inside, and what it
 * came through is kept in `tunnel`. What looks like a tunnel and cannot be
 * followed is the packet that carries it, with a `trouble`.
 */
#ifndef DECODE_PACKET_H
#define DECODE_PACKET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/ip.h"
#include "record/frame.h"

/* The line is the enum, the counter and the report's wording. */
#define DECODE_VERDICTS(X)                                                 \
	X(OK, "decoded")                                                   \
	X(NOT_IP, "not IP (ARP, LLDP, ...)")                               \
	X(LINK_UNKNOWN, "link type we do not read")                        \
	X(SHORT, "cut or shorter than its headers say")                    \
	X(LIES, "length fields contradict the bytes")                      \
	X(VERSION, "IP version neither 4 nor 6, or not the announced one") \
	X(DEEP, "more headers or tags than we follow")                     \
	X(SEALED, "encrypted Wi-Fi frames")

enum decode_verdict {
#define X(name, why) DECODE_##name,
	DECODE_VERDICTS(X)
#undef X
	    DECODE_VERDICT_COUNT
};

const char *decode_verdict_text(enum decode_verdict);

/* A tunnel that was not followed: its frames count as what carries them. */
#define TUNNEL_TROUBLES(X)                                                        \
	X(NONE, "no tunnel, or followed")                                         \
	X(SHORT, "packets of tunnels with headers cut or too short")              \
	X(LIES, "packets of tunnels with headers that contradict the bytes")      \
	X(VERSION, "packets of tunnels in a version that we do not read")         \
	X(INNER, "packets of tunnels, malformed inside")                          \
	X(OTHER, "packets of tunnels that carry no IP (ARP, control, encrypted)") \
	X(DEEP, "packets of tunnels nested deeper than we follow")                \
	X(PIECES, "fragments of packets of tunnels")

enum tunnel_trouble {
#define X(name, why) TROUBLE_##name,
	TUNNEL_TROUBLES(X)
#undef X
	    TROUBLE_COUNT
};

const char *tunnel_trouble_text(enum tunnel_trouble);

enum tcp_flags {
	TCP_FIN = 1,
	TCP_SYN = 2,
	TCP_RST = 4,
	TCP_PSH = 8,
	TCP_ACK = 16,
	TCP_URG = 32,
};

/* What the checksum of TCP, UDP or ICMP says. */
enum packet_sum {
	SUM_UNKNOWN, /* none, not all captured, a fragment, another protocol */
	SUM_GOOD,
	SUM_LEFT, /* left to the card: 0, or of the pseudo header alone */
	SUM_BAD,
};

struct packet {
	uint64_t time_ns;
	uint64_t clock_ns; /* the clock of the run: decode/clock.h */
	struct ip src, dst;
	uint16_t src_port, dst_port; /* TCP, UDP, SCTP; ICMP: see below */
	uint16_t vlan;               /* outermost VLAN id, 0: none */
	uint8_t proto;               /* after extension headers */
	uint8_t tcp_flags;           /* the six of enum tcp_flags, without ECN's */
	uint32_t seq, ack;           /* TCP; ICMP with an identifier: its sequence number */
	uint16_t tcp_window;
	uint8_t tunnel;      /* enum tunnel (record/flow.h): the innermost, 0: none */
	uint8_t trouble;     /* enum tunnel_trouble */
	uint32_t ip_bytes;   /* IP header and payload as the header says */
	uint32_t data_bytes; /* transport payload as the headers say */
	uint32_t tunnel_id;  /* its VNI, TEID, key, label, session; 0: none */
	struct span data;    /* the captured part of it; borrows from the frame */
	uint16_t icmp_id;    /* echo and its like: identifier; else 0 */

	bool fragment; /* a piece of an IP packet: */
	bool more_fragments;
	uint16_t fragment_at; /* offset in bytes */
	uint8_t sum;          /* enum packet_sum */
	uint32_t fragment_id;
	union {
		/* Of a piece: its IP payload, empty if the capture cut it. */
		struct span fragment_data;
		/* Of a whole packet of a tunnel: what packet_carrier reads. */
		struct span carrier;
	};
};

/*
 * Between whom the packet travelled that this one came in: the next one out. False:
 * there is none, it was no IP, or it came in pieces.
 */
bool packet_carrier(const struct packet *, struct ip *src, struct ip *dst);

/*
 * ICMP's "ports" are Zeek's: src_port is the type. dst_port is the type of the
 * message that answers or asks for this one (echo 8 and 0, timestamp 13 and
 * 14, neighbour 135 and 136, ...), and the code for kinds that nothing answers.
 * So question and answer mirror each other like TCP's ports do.
 */

/*
 * `p` means something on DECODE_OK only. A fragment is DECODE_OK with `fragment`
 * set; the first one (offset 0) has its transport header read when it is all
 * there, the others have no ports. For IPv6 `proto` is then what the fragment
 * header says follows. A frame cut by the snap length decodes as long as its
 * headers are there; one that is shorter on the wire than IP says does not.
 * `clock_ns` is set to `time_ns`; the caller, who knows the run, raises it.
 */
enum decode_verdict decode_frame(const struct frame *, struct packet *p);

/*
 * A reassembled IP payload: fills ports, flags, data. If it is a tunnel's, `p`
 * becomes the packet inside, with its own addresses.
 */
enum decode_verdict decode_transport(struct packet *p, struct span payload);

/* For whoever counts them: one per frame, so that they add up to the frames. */
struct decode_counters {
	uint64_t verdict[DECODE_VERDICT_COUNT];
	uint64_t trouble[TROUBLE_COUNT];
};

#endif
