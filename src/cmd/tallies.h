/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tallies.h - the counters of a run as lines of its report: what was read, and what
 * was not understood, never came or was forgotten. A counter of 0 has no line.
 */
#ifndef CMD_TALLIES_H
#define CMD_TALLIES_H

#include "base/arena.h"
#include "cmd/hear.h"
#include "cmd/state.h"
#include "publish/publish.h"

/* False: no memory for the names that Zeek gave. Texts live as long as `memory`. */
bool tallies_take(
    struct summary *, const struct hear_counts *, struct arena *memory) MUST_USE;
void tallies_state(struct summary *, const struct state_counts *);
void tallies_left_out(struct summary *, uint64_t findings);

#endif
