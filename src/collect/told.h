/* SPDX-License-Identifier: Apache-2.0 */
/*
 * told.h - what a line of another tool's text is to us, and values in text.
 */
#ifndef COLLECT_TOLD_H
#define COLLECT_TOLD_H

#include "collect/decimal.h"
#include "record/half.h"

enum told {
	TOLD_FLOW,    /* a half was filled */
	TOLD_NOTHING, /* a header, a blank line, a summary */
	TOLD_OTHER,   /* well formed, and no flow between two addresses */
	TOLD_BAD,     /* not what it should be: `why` says so */
};

/* Later than any record, and early enough that sums of times cannot overflow. */
#define TOLD_TIME_END UINT64_C(7258118400000000000) /* 2200-01-01 */

static inline bool
told_is(struct span s, const char *text)
{
	return s.len == strlen(text) && (s.len == 0 || memcmp(s.at, text, s.len) == 0);
}

/* A whole number that is all of the text. */
bool told_count(struct span, uint64_t *out);
/* Seconds with decimals, not negative, as nanoseconds. */
bool told_seconds(struct span, uint64_t *ns);
/* The same, or hours:minutes:seconds. */
bool told_lasted(struct span, uint64_t *ns);
/*
 * RFC 3339, also with a space or without the offset's colon or without an
 * offset (*zoned is false then and UTC is taken), days apart by - or /.
 * `digits`, if not NULL: decimals of a second that were written.
 */
bool told_time(struct span, uint64_t *ns, bool *zoned, unsigned *digits);
/* "tcp", "TCP", "IPv6-ICMP", "6": false when none of a protocol's. */
bool told_proto(struct span, uint8_t *proto);
/* TCP flags by their letters, in any order; false when another one is there. */
bool told_tcp(struct span, uint8_t *flags);
/* The step of times that are told with so many decimals. */
uint32_t told_resolution(unsigned digits);

/* An Ethernet header a packet: what tools count that count whole frames. */
uint64_t told_ip_bytes(uint64_t frame_bytes, uint64_t pkts);

/* ICMP's ports as struct packet has them: the type, and that of its counterpart or the code. */
void icmp_ports(struct flow *, unsigned type, unsigned code);

#endif
