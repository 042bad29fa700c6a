/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flood.h - how many packets were sent one way, and how fast at their densest.
 *
 * A contact's packets are spread evenly over its duration. The densest
 * FLOOD_WINDOW_NS are found by zooming in, so that nothing has to be sorted.
 *
 * The null: who gets next to no answer sends at most FLOOD_NULL_PPS packets a
 * second, as a Poisson process. TCP that is not answered sends seven packets in
 * two minutes; what streams over UDP to somebody who never says a word does more,
 * and is the harmless explanation.
 */
#ifndef DETECT_FLOOD_H
#define DETECT_FLOOD_H

#include "detect/detector.h"

#define FLOOD_WINDOW_NS UINT64_C(10000000000)
#define FLOOD_NULL_PPS  20
#define FLOOD_PPS       200  /* in the densest window, at the least */
#define FLOOD_PACKETS   5000 /* in all */
#define FLOOD_RATIO     20   /* packets out for each that comes back */

struct flood {
	uint64_t up, down; /* packets towards the target, and back */
	uint64_t bytes;    /* payload towards it */
	uint64_t peak;     /* packets in the densest window */
	uint64_t first_ns, last_ns;
	uint64_t calls, callers, ports,
	    protos;    /* distinct in a row of the order of pairs */
	uint8_t proto; /* the only one, or 0 */
	uint16_t port; /* the only one, or 0 */
};

/* Is this call part of the flood? */
typedef bool flood_part(
    const struct subject *, const struct pair_key *, const struct contact *);

/*
 * Everything towards the target that `part` takes: s->host is the target of
 * everybody's calls, or when `host` says so, s->peer of those of s->host.
 */
struct flood flood_measure(
    const struct heard *, const struct subject *, bool host, flood_part *);

bool flood_stands_out(const struct flood *);
int64_t flood_llr_mb(const struct flood *);
uint64_t flood_pps(const struct flood *); /* at its densest */

#endif
