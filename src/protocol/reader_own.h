/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reader_own.h - what reader.c and stream.c share.
 */
#ifndef PROTOCOL_READER_OWN_H
#define PROTOCOL_READER_OWN_H

#include "protocol/parser.h"
#include "protocol/prints.h"
#include "protocol/quic.h"
#include "protocol/reader.h"
#include "protocol/slab.h"

#define EXPECTED 32

/* A flow that another one has announced. */
struct expected {
	struct ip orig, resp;
	uint16_t resp_port; /* 0: nothing */
	uint8_t service;
};

struct reader {
	struct slab talks, pieces, windows;
	struct quic_opener *opener; /* made when it is needed */
	struct prints prints;
	trait_sink *sink;
	void *sink_state;
	struct reader_counters counters;
	unsigned expected; /* announced so far: the ring begins anew after EXPECTED */
	struct expected expect[EXPECTED];
};

static_assert(TALK_STATE >= 288 && TALK_SIZE % 16 == 0, "a parser's state needs room");

/* Let the talk's parser, or all of them, see some bytes of a stream; how many it is done with. */
size_t reader_offer(struct talk *, const struct heard *);

/*
 * No more of these bytes will come before it is decided what the flow is: the first
 * parser that knows them has them. False: none does, or one already has the flow.
 */
bool reader_settle(struct talk *, const struct heard *);

/*
 * A flow of this service will come between the same two hosts, to this port of the
 * responder (`at_resp`) or of the originator. Of many announced the oldest is forgotten.
 */
void reader_expect(struct talk *, bool at_resp, uint16_t port, uint8_t service);

/* A segment: what was captured of it, and where it stands. */
void stream_see(
    struct talk *, bool from_resp, uint64_t at, struct span data, uint64_t time_ns);
/* What was said in this direction is settled, and heard, if it waits for that. */
void stream_settle(struct talk *, bool from_resp);
void stream_release(struct talk *);

#endif
