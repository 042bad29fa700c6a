/* SPDX-License-Identifier: Apache-2.0 */
/*
 * alert.h - what another tool's rule said of a packet or a flow.
 *
 * Not a trait: it tells what somebody made of what was heard. Suricata's events
 * of the type alert are the only source so far. Text is printable and terminated.
 */
#ifndef RECORD_ALERT_H
#define RECORD_ALERT_H

#include <stdint.h>

#include "base/ip.h"

#define ALERT_TEXT 160 /* of a signature: more is cut */

struct alert {
	uint64_t time_ns;
	struct ip src, dst; /* of the packet: who called whom may be the other way round */
	uint16_t src_port, dst_port;
	uint8_t proto;
	uint8_t severity; /* 1 is the worst; 0: the rule says nothing */
	uint64_t gid, sid, rev;
	char signature[ALERT_TEXT];
};

/* Valid during the call. */
typedef void alert_sink(void *state, const struct alert *);

#endif
