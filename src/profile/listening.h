/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listening.h - when somebody listened, run by run.
 *
 * Of contacts that were heard in several runs, a gap between two is a gap only
 * if we listened while it lasted: who captures an hour every morning would else
 * find that everybody calls every 24 hours. A gap counts unless more than half
 * of it passed unheard, so that a quiet night between two files does not take
 * away the gap of a day.
 */
#ifndef PROFILE_LISTENING_H
#define PROFILE_LISTENING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/error.h"

/* Eight months of hours. Of more, the earliest are forgotten. */
#define LISTENING_RUNS 6144

struct listening_run {
	struct digest id; /* of all contacts heard in it */
	uint64_t first_ns, last_ns;
	uint64_t contacts;
	uint64_t shed; /* contacts forgotten for want of memory */
	uint64_t resolution_ns;
};

struct listening {
	struct listening_run *run; /* by first_ns, last_ns, id */
	unsigned runs;
	/* Made of them: stretches apart from each other, and how long those before are. */
	struct stretch {
		uint64_t first_ns, last_ns, before_ns;
	} * heard;
	unsigned heards;
	uint64_t *end_ns; /* of each run, ascending */
};

enum status listening_new(struct listening *out, struct error *) MUST_USE;
void listening_free(struct listening *);

/* A run that is there already changes nothing; true: it was new. */
bool listening_add(struct listening *, const struct listening_run *);

/* After the last run; before the questions below. */
void listening_done(struct listening *);

/* Does the time between two contacts count as a gap? */
bool listening_gap(const struct listening *, uint64_t from_ns, uint64_t to_ns);

/* How many runs ended at this time or later: so often was looked at what began then. */
uint32_t listening_looks(const struct listening *, uint64_t since_ns);

#endif
