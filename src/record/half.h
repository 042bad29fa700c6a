/* SPDX-License-Identifier: Apache-2.0 */
/*
 * half.h - what a meter tells of one direction.
 *
 * NetFlow and its kin tell of a connection twice, once for each direction, and
 * again each time their active timeout passes. This is one such record as it
 * was told; flow/halves.h makes flows of them.
 */
#ifndef RECORD_HALF_H
#define RECORD_HALF_H

#include "record/flow.h"

enum half_flags {
	HALF_BOTH = 1,    /* both directions are in it: a flow already */
	HALF_FLAGS = 2,   /* the TCP flags are known (a meter that knows none says 0) */
	HALF_CUT = 4,     /* the meter's active timeout ended it, not the connection */
	HALF_WHOLE = 8,   /* orig is the originator, the source is sure of it */
	HALF_SAMPLE = 16, /* one sampled packet: those of a direction add up */
};

struct half {
	/*
	 * orig is who sent what is counted; what the other one sent is 0 unless it
	 * is HALF_BOTH. State, history and service are not set. Counts are those of
	 * the wire: what was sampled is multiplied already. ICMP's ports are those of
	 * struct packet.
	 */
	struct flow flow;
	uint64_t clock_ns;          /* when it was told: never goes back by much */
	uint8_t orig_tcp, resp_tcp; /* all TCP flags seen, of RFC 9293 */
	uint8_t flags;              /* enum half_flags */
};

typedef void half_sink(void *state, const struct half *);

#endif
