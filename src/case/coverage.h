/* SPDX-License-Identifier: Apache-2.0 */
/*
 * coverage.h - when there was anything to hear.
 *
 * Points in time at which something was heard, put together to spans: two points
 * that are no further apart than the gap belong to one. The spans depend on the
 * points alone and not on their order. A silent hour may have been a quiet one or a
 * sensor that was off; nobody can tell, so it counts as not heard.
 */
#ifndef CASE_COVERAGE_H
#define CASE_COVERAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COVERAGE_SPANS 4096
#define COVERAGE_GAP_S 3600

struct coverage_span {
	uint64_t from_ns, to_ns; /* both heard */
};

struct coverage {
	struct coverage_span *span; /* ascending, more than the gap apart; owned */
	size_t n;
	uint64_t unplaced; /* points for which there was no room: heard, and not counted */
};

/* False: no memory. */
bool coverage_init(struct coverage *);
void coverage_release(struct coverage *); /* takes zeroed ones */
void coverage_add(struct coverage *, uint64_t t_ns);

/* Nanoseconds of [from, to] that lie in spans. */
uint64_t coverage_of(const struct coverage *, uint64_t from_ns, uint64_t to_ns);

/* Was anything heard in [from, to], both ends included? */
bool coverage_touches(const struct coverage *, uint64_t from_ns, uint64_t to_ns);

#endif
