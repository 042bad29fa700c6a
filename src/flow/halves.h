/* SPDX-License-Identifier: Apache-2.0 */
/*
 * halves.h - one flow of the two directions that a meter tells of, and slices
 * marked as what they are.
 *
 * A half waits for the other direction of its five-tuple: for HALVES_WAIT_NS of
 * the meter's time, or until memory is needed for younger ones. What finds no
 * twin becomes a flow of one direction.
 *
 * A meter with an active timeout tells of a long connection again and again, at
 * equal distances: a perfect beacon, and none. What follows such a slice is
 * marked FLOW_CONTINUES: when the meter said that its timeout cut the one before
 * (flowEndReason), or when the one before lasted HALVES_LONG_NS and longer than
 * the pause after it; never when TCP's flags hold a SYN. The timeline
 * (profile/timeline.h) joins slices.
 *
 * Deterministic in the order of the halves. Memory is taken once.
 */
#ifndef FLOW_HALVES_H
#define FLOW_HALVES_H

#include "base/error.h"
#include "record/half.h"

#define HALVES_WAIT_NS      UINT64_C(330000000000) /* past an active timeout of 5 min */
#define HALVES_APART_NS     UINT64_C(15000000000)  /* twins: between end and begin */
#define HALVES_LONG_NS      UINT64_C(30000000000)
#define HALVES_MEMORY_LEAST ((size_t)1 << 20)

struct halves;

struct halves_counters {
	uint64_t paired; /* flows of two halves */
	uint64_t single; /* of one */
	uint64_t early;  /* given up before their time, for want of memory */
};

typedef void halves_sink(void *state, const struct flow *);

/* E_LIMIT when `memory` is less than HALVES_MEMORY_LEAST. */
enum status halves_new(struct halves **out, size_t memory, halves_sink *, void *state,
    struct error *) MUST_USE;
void halves_see(struct halves *, const struct half *);
void halves_finish(struct halves *); /* the end: nothing waits any more */
const struct halves_counters *halves_counters(const struct halves *);
void halves_free(struct halves *); /* takes NULL */

#endif
