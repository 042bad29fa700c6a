/* SPDX-License-Identifier: Apache-2.0 */
/*
 * meters.h - what devices that count traffic told, as flows.
 *
 * The directions of a connection are put together (flow/halves.h) and slices are
 * marked. Directions that wait for each other, ends of slices and templates outlive one
 * input: a meter's files are rotated, and its connections go on.
 */
#ifndef CMD_METERS_H
#define CMD_METERS_H

#include "base/error.h"
#include "collect/netflow.h"
#include "collect/sflow.h"
#include "decode/packet.h"
#include "flow/halves.h"

#define METERS_MEMORY ((size_t)64 << 20) /* to put directions together */

struct meters;

struct meters_counts {
	struct netflow_counters netflow;
	struct sflow_counters sflow;
	struct halves_counters halves;
	uint64_t flows;
	uint64_t resolution_ns; /* the coarsest of the flows */
	uint32_t sampling;      /* the most */
};

typedef void meters_sink(void *state, const struct flow *);

enum status meters_new(
    struct meters **out, meters_sink *, void *state, struct error *) MUST_USE;

/* One direction; `meters` is void so that it can be a half_sink. */
void meters_half(void *meters, const struct half *);
/* A packet that is an exporter's datagram. */
void meters_datagram(struct meters *, const struct packet *);

/* After the last input: what still waits for its other direction. */
void meters_finish(struct meters *); /* takes NULL */
struct meters_counts meters_counts(const struct meters *);
void meters_free(struct meters *); /* takes NULL */

#endif
