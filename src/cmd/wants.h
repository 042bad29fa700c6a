/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wants.h - which findings a packet, a flow or a trait is evidence of.
 *
 * Findings about one service are looked up by host and peer. Those about more
 * (enum scope), and those whose peer is a name, are few and asked one by one: wide.
 */
#ifndef CMD_WANTS_H
#define CMD_WANTS_H

#include "record/finding.h"
#include "record/flow.h"
#include "record/trait.h"

#define WANTS_MAX 128

struct wanted {
	const struct finding *finding;
	unsigned slice;
};

struct wants {
	struct wanted narrow[WANTS_MAX]; /* in order of (host, peer) */
	unsigned narrows;
	struct wanted wide[WANTS_MAX];
	unsigned wides;
};

/* Told the slices that want it; false: do not ask on. */
typedef bool wants_sink(void *state, unsigned slice);

/* `finding` is borrowed; number i wants slice i. n is at most WANTS_MAX. */
void wants_init(struct wants *, const struct finding *finding, unsigned n);

/* Packets and flows of narrow findings; a packet has two ends, and either may be a host. */
void wants_ask_ends(const struct wants *, const struct ip *host, const struct ip *peer,
    uint8_t proto, uint16_t peer_port, wants_sink *, void *state);
void wants_ask_flow(const struct wants *, const struct flow *, wants_sink *, void *state);
void wants_ask_trait(const struct wants *, const struct trait *, wants_sink *, void *state);

/* Of wide findings. */
void wants_ask_flow_wide(
    const struct wants *, const struct flow *, wants_sink *, void *state);
void wants_ask_trait_wide(
    const struct wants *, const struct trait *, wants_sink *, void *state);

#endif
