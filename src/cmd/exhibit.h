/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exhibit.h - findings become evidence: slices, statements, a bag.
 *
 * The layout of the bag is geophone-bag(5). The core of each finding is
 * signed; parameters and context lie beside it and are named by digest.
 */
#ifndef CMD_EXHIBIT_H
#define CMD_EXHIBIT_H

#include "base/error.h"
#include "cmd/exhibit_log.h"
#include "cmd/hear.h"
#include "cmd/inputs.h"
#include "cmd/state.h"
#include "detect/context.h"
#include "evidence/key.h"
#include "publish/publish.h"
#include "record/finding.h"

#define EXHIBIT_SALT 32

struct exhibit {
	const struct inputs *inputs;
	const struct hear_options *hear; /* how they were heard */
	const struct state *state;       /* what was kept before; NULL: nothing */
	const struct params *params;
	const struct key *key;
	struct finding *finding;       /* `slice` and `slices` are filled in */
	const struct context *context; /* one per finding */
	const struct trace *trace;     /* one per finding */
	size_t n;
	const bool *hidden; /* one per finding: not in the report; NULL: none is */
	const struct summary *summary;
	uint64_t frames_dropped;             /* UINT64_MAX: unknown */
	const char *bagging_date;            /* YYYY-MM-DD */
	struct exhibit_log *log;             /* NULL: into no log */
	const uint8_t (*salt)[EXHIBIT_SALT]; /* one per finding, then that of the custody */
};

/* Write the bag at `dir`, which must not exist or be an empty directory. */
enum status exhibit_write(struct exhibit *, const char *dir, struct error *) MUST_USE;

#endif
