/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sink.h - where the simulated traffic goes.
 *
 * Frames into a pcap file, conversations into Zeek's conn.log and dns.log; any
 * of them may be NULL. The same conversations make both, so that both describe
 * the same network. Nothing is said of a failed write until sink_state.
 */
#ifndef SIMULATE_SINK_H
#define SIMULATE_SINK_H

#include <stdio.h>

#include "record/flow.h"
#include "simulate/wire.h"

struct sink {
	FILE *pcap, *conn, *dns; /* borrowed */
	uint64_t seed;           /* Zeek's uids are made from it */
	uint64_t frames, flows, bytes;
	bool failed;
	int why; /* errno of the first failure */
};

#define SINK_ANSWERS 12

/* A question and its answer, of the flow that carried them. */
struct sink_dns {
	uint64_t flow;          /* number of the flow: its uid */
	uint64_t at_ns, rtt_ns; /* rtt 0: no answer */
	struct ip orig, resp;
	uint16_t orig_port, type, id;
	const char *query;
	const struct ip *answer; /* NULL: NXDOMAIN, or none of that type if `exists` */
	unsigned answers;        /* from there on, at most SINK_ANSWERS */
	bool exists;
	uint32_t ttl_s;
};

/* The headers of the files. */
void sink_begin(struct sink *, uint64_t start_ns);
void sink_frame(struct sink *, uint64_t at_ns, const struct wire_frame *);
/* Returns the number of the flow, for its uid. */
uint64_t sink_flow(struct sink *, const struct flow *, bool orig_inside, bool resp_inside);
void sink_dns(struct sink *, const struct sink_dns *);
void sink_end(struct sink *, uint64_t end_ns);

/* E_IO when something could not be written. */
enum status sink_state(const struct sink *, struct error *) MUST_USE;

#endif
