/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slices.h - read the inputs again and keep what findings rest on.
 *
 * The slice of a finding about one service is exactly the packets between host
 * and peer of it, in both directions, each with all the fragments that it came in,
 * those of a tunnel around it too; from logs, the flow records of the pair and the traits that
 * bear on it, of a finding about a name the traits that ask for it. A finding about
 * more (enum scope) keeps records alone, the very ones that were judged, because a
 * scan's packets are many and say little.
 */
#ifndef CMD_SLICES_H
#define CMD_SLICES_H

#include "base/error.h"
#include "cmd/hear.h"
#include "cmd/inputs.h"
#include "cmd/slice.h"
#include "cmd/state.h"
#include "cmd/wants.h"
#include "record/finding.h"

#define SLICES_MAX \
	WANTS_MAX /* findings cut in one pass over the inputs: file descriptors are few */

struct slices {
	struct slice slice[SLICES_MAX];
	unsigned n;
};

/*
 * `heard`: how the findings were made; `state`: with what was kept of runs before, whose
 * contacts and runs become lines, too; NULL: without. `dropped`: frames the capturing kernel lost,
 * UINT64_MAX unknown; goes into each pcapng.
 */
enum status slices_cut(struct slices *, const struct inputs *,
    const struct hear_options *heard, const struct state *state,
    const struct finding *findings, unsigned n, uint64_t dropped, struct error *) MUST_USE;
void slices_release(struct slices *);

#endif
