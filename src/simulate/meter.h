/* SPDX-License-Identifier: Apache-2.0 */
/*
 * meter.h - a packet of a session onto the wire and into the count.
 *
 * The count follows Zeek's rules for conn.log, so that the log and the capture
 * of one run describe the same connections: a UDP conversation that pauses for
 * a minute (of name services: ten seconds), or a TCP connection for five, goes
 * on as a new one.
 */
#ifndef SIMULATE_METER_H
#define SIMULATE_METER_H

#include "simulate/session.h"

struct meter_packet {
	uint64_t now_ns;
	struct span kept; /* of the payload */
	uint32_t bytes;   /* payload */
	uint32_t seq, ack;
	unsigned dir;
	uint8_t flags;
	bool again; /* a retransmission */
};

void meter_packet(struct session *, struct sink *, const struct meter_packet *);

/* What is counted becomes a flow; nothing if there is none. */
void meter_flush(struct session *, struct sink *);

/* Do both ends use TCP time stamps? */
bool meter_stamps(const struct session *);

/* Most bytes that this end takes without acknowledging. */
uint32_t meter_window(const struct session *, unsigned dir);

#endif
