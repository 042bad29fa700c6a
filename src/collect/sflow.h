/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sflow.h - datagrams of sFlow v5 (sflow.org, 2004): sampled packets.
 *
 * A flow sample brings the first bytes of one packet in so many. They are handed
 * out as a frame; decode/ takes it apart. Samples have no time of their own: it
 * is when the datagram came. Counter samples, and records other than the raw
 * header, are counted and stepped over.
 */
#ifndef COLLECT_SFLOW_H
#define COLLECT_SFLOW_H

#include "record/frame.h"

struct sflow_counters {
	uint64_t datagrams, malformed;
	uint64_t samples; /* of flows, each one packet */
	uint64_t others;  /* samples of counters, and records of other kinds */
};

/* A frame borrowed until the call returns; it stands for `sampling` packets. */
typedef void sflow_sink(void *state, const struct frame *, uint32_t sampling);

bool sflow_recognise(struct span payload);

/* False when it is none or is broken; samples before the break are handed out. */
bool sflow_see(struct span payload, uint64_t arrival_ns, struct sflow_counters *,
    sflow_sink *, void *state);

#endif
