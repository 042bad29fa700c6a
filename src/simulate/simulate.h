/* SPDX-License-Identifier: Apache-2.0 */
/*
 * simulate.h - captures and logs of networks that never were.
 *
 * The same plan gives the same bytes, on any machine and from any compiler. A
 * capture keeps the beginning of what each side of a connection says and the
 * headers of the rest (session.h); lengths on the wire are always there. One run may write the capture and Zeek's logs of the same traffic.
 *
 *	simulate_new(&sim, &plan, &outputs, &err);
 *	for (t = ...; simulate_run(sim, t, &err) == OK; t += an hour) ...
 *	simulate_end(sim, &truth, &err);
 */
#ifndef SIMULATE_SIMULATE_H
#define SIMULATE_SIMULATE_H

#include <stdio.h>

#include "base/buf.h"

struct simulate;
/* What, how long, and with what limits: world.h. */
struct world_plan;

/* Opened and closed by the caller; NULL for what is not wanted. */
struct simulate_outputs {
	FILE *pcap, *conn, *dns;
};

enum status simulate_new(struct simulate **out, const struct world_plan *,
    const struct simulate_outputs *, struct error *) MUST_USE;

/* As far as `until_ns`, or the end if that is sooner. E_IO: an output is full. */
enum status simulate_run(struct simulate *, uint64_t until_ns, struct error *) MUST_USE;

/* What is still open is written as it stands; the ground truth goes to `truth`. */
enum status simulate_end(struct simulate *, struct buf *truth, struct error *) MUST_USE;

uint64_t simulate_frames(const struct simulate *);
uint64_t simulate_flows(const struct simulate *);
uint64_t simulate_bytes(const struct simulate *); /* written */
void simulate_free(struct simulate *);            /* takes NULL */

#endif
