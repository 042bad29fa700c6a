/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recompute.h - a finding computed again from its slice alone.
 *
 * The same stages as `analyze`, over the slice instead of the whole input,
 * with the context and the parameters that travel with it. Who holds the bag
 * needs nothing of us but this program, and can compare bytes.
 */
#ifndef CMD_RECOMPUTE_H
#define CMD_RECOMPUTE_H

#include "base/buf.h"
#include "base/error.h"

struct recompute {
	struct input *slice[2]; /* packets, flow records; taken over; NULL: none */
	struct span params, context, claimed; /* canonical JSON; claimed: the core */
	uint64_t kept; /* set: contacts of the slice that earlier runs kept */
};

/*
 * `core` receives what the slice gives. E_FORMAT: params, context or slice are
 * not what they should be. E_DIFFERS: the slice gives no such finding at all.
 */
enum status recompute_core(struct recompute *, struct buf *core, struct error *) MUST_USE;

#endif
