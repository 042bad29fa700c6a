/* SPDX-License-Identifier: Apache-2.0 */
/*
 * entry.h - one open flow, and what a packet does to it.
 *
 * An entry knows everything about its own flow and nothing about the table it
 * lies in. The first line of cache is all that finding it touches, the next
 * two are the two directions, the rest is touched when something rare happens.
 *
 * TCP follows Zeek's endpoints: what each side has sent and what the other has
 * acknowledged, as offsets from the first sequence number of that side.
 */
#ifndef FLOW_ENTRY_H
#define FLOW_ENTRY_H

#include <assert.h>

#include "decode/packet.h"
#include "flow/table.h"
#include "record/flow.h"

enum side_state {
	SIDE_INACTIVE, /* nothing seen from it yet */
	SIDE_SYN_SENT,
	SIDE_SYN_ACK_SENT, /* the originator began with a SYN-ACK */
	SIDE_PARTIAL,      /* active, but its SYN was not seen */
	SIDE_ESTABLISHED,
	SIDE_CLOSED, /* sent a FIN */
	SIDE_RESET,  /* sent a RST */
};

/* What the idle limit of a flow depends on. */
enum entry_class {
	CLASS_IDLE,    /* TCP, neither of the next two */
	CLASS_ATTEMPT, /* TCP: SYN without any answer */
	CLASS_CLOSED,  /* TCP: over, only stragglers can come */
	CLASS_QUERY,   /* UDP to a port of name services */
	CLASS_OTHER,   /* UDP, ICMP and all else */
	CLASS_COUNT
};

/* Letters of the history that are written once for each direction. */
enum side_letters {
	LETTER_SYN = 1,
	LETTER_FIN = 2,
	LETTER_RST = 4,
	LETTER_DATA = 8,
	LETTER_ACK = 16,
	LETTER_FLAGS = 32,   /* SYN with FIN or RST */
	LETTER_FIN_RST = 64, /* FIN with RST */
	LETTER_SUMS = 128,   /* no letter: it has sent a right checksum */
};

/*
 * One direction. For TCP offsets count from `start`, so that the SYN is 0 and
 * the first byte of data 1, whether or not the SYN was seen.
 */
struct side {
	uint64_t pkts, ip_bytes; /* of this slice */
	uint64_t last_ns;        /* latest packet; 0: none */
	int64_t sent;  /* TCP: one past the highest byte sent; others: payload bytes */
	int64_t acked; /* TCP: as far as the other side acknowledged */
	int64_t edge;  /* TCP: all before it was seen, or is lost for good */
	uint32_t start;
	uint32_t island_at,
	    island_end;        /* seen beyond a hole: distances from `edge`; 0: none */
	uint8_t state, before; /* enum side_state, and the one before it */
	uint8_t letters;       /* enum side_letters written so far */
	bool fin;
};
static_assert(sizeof(struct side) == 64, "a side fills a line of cache");

struct side_rare {
	int64_t fin_at;   /* where the FIN stands */
	uint64_t earlier; /* payload bytes of earlier slices */
	uint32_t syn_at, rst_at;
	uint16_t retransmits, zero_windows, gaps, bad_sums; /* stop counting at the top */
};

struct entry {
	struct ip orig, resp;
	uint16_t orig_port, resp_port;
	uint8_t proto;
	uint8_t class;    /* enum entry_class */
	bool one_way : 1; /* ICMP without an answer: the other direction is another flow */
	bool continues : 1; /* an earlier slice was cut off */
	bool watched : 1;   /* the watch saw payload and wants more, */
	bool unwanted : 1;  /* or wants none */
	uint8_t service;    /* as the watch set it */
	uint32_t hash;
	uint32_t prev, next; /* in its slot of the wheel; `next` also in the free list */
	uint32_t slot;       /* of the wheel */
	uint64_t since;      /* the clock from which its limit counts */

	struct side side[2]; /* originator, responder */

	uint64_t first_ns;
	uint64_t cut_from; /* the clock when this slice began */
	void *mine;        /* the watch's */
	uint32_t tunnel_id;
	uint16_t vlan;
	uint8_t tunnel;  /* enum tunnel, of the first packet */
	uint8_t letters; /* length of history */
	char history[FLOW_HISTORY];
	struct side_rare rare[2];
	struct ip carrier[2]; /* as in struct flow */
	uint8_t carried;
	uint8_t
	    carried_ways; /* bits 1 << direction of what came in it, each from its own end */
} __attribute__((aligned(64)));

enum { NO_MATCH = 2 };

/*
 * 0: sent by the originator, 1: by the responder, NO_MATCH. ICMP's ports mirror
 * each other in question and answer; for a kind without an answer they are type
 * and code, which are the same both ways when they are equal.
 */
static inline unsigned
entry_match(const struct entry *e, const struct packet *p)
{
	if (e->proto != p->proto)
		return NO_MATCH;
	if (e->orig_port == p->src_port && e->resp_port == p->dst_port &&
	    ip_equal(&e->orig, &p->src) && ip_equal(&e->resp, &p->dst))
		return 0;
	if (e->orig_port == p->dst_port && e->resp_port == p->src_port && !e->one_way &&
	    ip_equal(&e->orig, &p->dst) && ip_equal(&e->resp, &p->src))
		return 1;
	return NO_MATCH;
}

/*
 * When it began, if who began is settled: of UDP from the first packet on, of TCP once both
 * ends have opened it. Else UINT64_MAX.
 */
static inline uint64_t
entry_opened(const struct entry *e)
{
	bool settled = e->proto == PROTO_UDP ||
		       (e->proto == PROTO_TCP && e->side[0].state == SIDE_ESTABLISHED &&
			   e->side[1].state == SIDE_ESTABLISHED);

	return settled ? e->first_ns : UINT64_MAX;
}

/* A flow begins with this packet, which entry_see has yet to see. Returns its direction. */
unsigned entry_begin(struct entry *, const struct packet *);

/* Sets `class`. Returns the direction, which a late SYN may turn round. */
unsigned entry_see(struct entry *, const struct packet *p, unsigned dir);

/* Who carried this packet of a tunnel; entry_see has seen it. */
void entry_carried(struct entry *, const struct packet *, unsigned dir);

/*
 * A wrong checksum from a side that has sent a right one: the receiver drops the
 * packet, so it must not change the flow. True when it was dropped, and noted.
 */
bool entry_drops(struct entry *, const struct packet *, unsigned dir);

/* A SYN that opens another connection with the same five-tuple. */
bool entry_is_reused(const struct entry *, const struct packet *);

/* The record of what was seen since entry_begin or the last entry_cut. */
void entry_record(const struct entry *, struct flow *out);

/* Begin the next slice with packet `p`, which entry_see has yet to see. */
void entry_cut(struct entry *, const struct packet *p);

/* Originator and responder change places. */
void entry_flip(struct entry *);

/* Write a letter that is repeated at the 10th, 100th, ... occurrence. */
void entry_count_letter(struct entry *, unsigned dir, uint16_t *count, char letter);

/* Write a letter of the history: upper case for the originator. */
void entry_letter(struct entry *, unsigned dir, char letter);

/* tcp.c; sets the states of both sides, `class` and `since`. Returns the direction. */
unsigned tcp_see(struct entry *, const struct packet *, unsigned dir);
unsigned tcp_see_any(
    struct entry *, const struct packet *, unsigned dir); /* its slow twin */
bool tcp_is_reused(const struct entry *, const struct packet *);
enum conn_state tcp_state(const struct entry *);
uint64_t tcp_size(const struct entry *, unsigned dir); /* payload bytes so far */

/* Where this packet's payload stands in the stream of its direction; entry_see has seen it. */
uint64_t tcp_stream_at(const struct entry *, const struct packet *, unsigned dir);

/* ports.c: whether Zeek would guess a server behind it. */
bool port_is_likely_server(uint8_t proto, uint16_t port);

/* UDP of DNS and its like, where a question is soon answered or never. */
bool port_is_name_service(uint16_t port);

#endif
