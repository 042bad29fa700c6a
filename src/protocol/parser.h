/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parser.h - how a protocol is read.
 *
 * Each protocol is one file with one `struct parser` and a line in parsers.def.
 * The reader (reader.h) puts streams together, asks each parser of the flow's
 * transport whether the first bytes are its own, and from then on hands it the
 * bytes of both directions, in order, without repetition and without holes.
 * The parser tells traits (talk_tell), names the service (talk->service), and
 * says as early as it can that it wants nothing more (talk_done), so that the
 * rest of the flow costs nothing.
 *
 * A parser keeps what it must in `talk->state`, which is zero at first, and in
 * pieces of TALK_PIECE bytes (talk_piece). It may be out of both; it then knows
 * less, and does not fail. Bytes handed to it are valid during the call.
 */
#ifndef PROTOCOL_PARSER_H
#define PROTOCOL_PARSER_H

#include <assert.h>

#include "base/cursor.h"
#include "record/trait.h"

#define TALK_PIECE  4096
#define TALK_WINDOW 32768 /* a parser cannot see more bytes of a stream at once */
#define TALK_SIZE   640
#define TALK_HOLES  4 /* pieces of a stream kept beyond a hole */
#define TALK_PIECES 2
#define TALK_REST   UINT64_MAX

enum answer { NO, NOT_YET, YES };

/* The first bytes of one direction of a flow, or one of its first datagrams. */
struct opening {
	struct span bytes;
	bool from_resp;
	bool cut; /* a datagram of which the capture has the first bytes only */
	uint16_t orig_port, resp_port;
};

struct heard {
	struct span bytes; /* of a stream: all that was not taken yet */
	uint64_t time_ns;  /* of the packet that brought the last of them */
	bool from_resp;
	bool cut;
	uint16_t id, seq; /* of an echo */
};

/* RFC 792, RFC 4443. Kinds stand for ports. */
enum { ECHO_REPLY = 0, ECHO_REQUEST = 8, ECHO6_REQUEST = 128, ECHO6_REPLY = 129 };

/* Are these of an echo, whichever came first? */
static inline bool
is_echo_port(uint8_t proto, uint16_t one, uint16_t other)
{
	uint16_t low = one < other ? one : other, high = one < other ? other : one;

	if (proto == PROTO_ICMP)
		return low == ECHO_REPLY && high == ECHO_REQUEST;
	return proto == PROTO_ICMP6 && low == ECHO6_REQUEST && high == ECHO6_REPLY;
}

struct talk;

struct parser {
	uint8_t proto; /* PROTO_TCP, PROTO_UDP, or ICMP for echoes */
	uint8_t
	    service; /* enum service, set when `is` says YES; SERVICE_NONE: the parser will */
	/*
	 * Whether these bytes are its protocol's. NOT_YET: the same again, and more.
	 * YES and NO are the same whatever follows, so that it does not matter how a
	 * stream was cut; NOT_YET ends before TALK_PIECE bytes.
	 */
	enum answer (*is)(const struct opening *);
	/*
	 * Some bytes. Returns how many of them it is done with; for a datagram that
	 * is all. A stream is offered again, with what it left, when there is more.
	 */
	size_t (*hear)(struct talk *, const struct heard *);
	/* The flow is over, or one of its streams cannot be followed. May be NULL. */
	void (*end)(struct talk *);
};

/* One direction of a stream. The reader's own, but for talk_skip. */
struct voice {
	uint64_t next; /* offset of the first byte that was not taken */
	uint64_t skip; /* bytes from there on that nobody wants */
	uint8_t *held; /* bytes from `next` on */
	struct {
		uint16_t from, to;
	} range[TALK_HOLES]; /* the parts of `held` that there are */
	uint8_t ranges;
	bool large;       /* held has TALK_WINDOW bytes, else TALK_PIECE */
	bool lost;        /* has a hole that is too large */
	uint32_t unknown; /* bytes that nobody knew, while the other direction may tell */
	uint64_t time_ns; /* of the packet that brought the last of `held` */
};

/* A flow that is being read. */
struct talk {
	struct reader *reader;
	const struct parser *parser; /* NULL: not known yet */
	struct ip orig, resp;
	uint16_t orig_port, resp_port;
	uint8_t proto;
	uint8_t service; /* enum service */
	bool done;
	bool again;      /* talk_again was called during this segment */
	uint8_t unknown; /* datagrams that nobody knew */
	struct voice voice[2];
	uint64_t opened_ns; /* as in struct flow_payload, when the talk began */
	bool began_asking;  /* told with that time, and to be told of with the flow */
	void *piece[TALK_PIECES];
	max_align_t state[];
};

#define TALK_STATE (TALK_SIZE - sizeof(struct talk))

/* Hand over a trait of this kind; the reader adds who spoke with whom. */
void talk_tell(struct talk *, struct trait *);

/* From the bytes not yet taken on: `n` more are not wanted. `hear` is called when they are over. */
void talk_skip(struct talk *, bool from_resp, uint64_t n);

/* How many of those to skip have not come. */
uint64_t talk_skipping(const struct talk *, bool from_resp);

/* Nothing more is wanted; `end` is not called. */
void talk_done(struct talk *);

/* Count a message that contradicts itself. */
void talk_lied(struct talk *);

/* The flow now speaks another protocol: ask all parsers again, of what follows. */
void talk_again(struct talk *);

/* What opens packets of QUIC, one for all of a reader. NULL: no memory. */
struct quic_opener *talk_opener(struct talk *);

/* The fingerprints that are kept, one set for all of a reader. */
struct prints *talk_prints(struct talk *);

/* TALK_PIECE bytes, not cleared, until talk_drop or the end of the talk. NULL: there are none. */
void *talk_piece(struct talk *);
void talk_drop(struct talk *, void *piece);

#endif
