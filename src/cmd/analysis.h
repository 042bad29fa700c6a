/* SPDX-License-Identifier: Apache-2.0 */
/*
 * analysis.h - inputs to findings, as every verb that judges needs it.
 */
#ifndef CMD_ANALYSIS_H
#define CMD_ANALYSIS_H

#include "cmd/devices_read.h"
#include "cmd/inputs.h"
#include "cmd/hear.h"
#include "cmd/lists.h"
#include "cmd/state.h"
#include "detect/context.h"
#include "publish/publish.h"
#include "record/finding.h"

#define ANALYSIS_LEAST ((size_t)64 << 20) /* bytes of memory below which nothing fits */

struct analysis_options {
	struct hear_options hear;
	struct params params;
	/* Lists of indicators, files or folders; borrowed. */
	const char *indicator[LISTS_PATHS];
	unsigned indicators;
	/* Devices and their MUD files, as devices_read takes them; borrowed. */
	const char *device[DEVICES_PATHS];
	unsigned devices;
	const char *allow; /* rules of what is not shown; NULL: none */
	const char *asn;   /* table of whose an address is, for rules; NULL: none */
	bool show_allowed;
	struct state_options state; /* of what runs before kept; dir NULL: nothing */
	bool explained; /* every suspect that was judged, also what is no finding */
	bool again;     /* the inputs are read again afterwards, for evidence */
};

struct analysis_options analysis_default(void);

/* Everything below lives until analysis_free. */
struct analysis {
	struct inputs inputs;
	struct hear *hear;
	struct indicators *lists; /* NULL: none */
	struct sightings *sightings;
	struct devices *devices; /* NULL: none */
	struct state *state;     /* written, and to be put in its place; NULL: none */
	struct finding *finding; /* sorted as finding_compare says */
	struct context *context; /* one per finding */
	struct trace *trace;     /* one per finding */
	size_t findings;
	bool *hidden; /* one per finding, by the rules; all false without */
	struct summary summary;
	uint64_t frames_dropped; /* UINT64_MAX: the captures do not say */
	bool whole;              /* every input named was read to its end */
	struct arena memory;
};

/*
 * A sentence about one input; `hard`: the answer does not rest on all that the
 * user named.
 */
typedef void analysis_remark(void *state, bool hard, const char *sentence);

/* E_FORMAT when nothing at all could be read; E_STOPPED on Ctrl-C. */
enum status analysis_run(struct analysis **out, const struct analysis_options *,
    char *const *paths, unsigned n, analysis_remark *, void *state,
    struct error *) MUST_USE;
/* Those that no rule hides, in one array until analysis_free; *n is how many. */
enum status analysis_shown(
    struct analysis *, const struct finding **, size_t *n, struct error *) MUST_USE;
void analysis_free(struct analysis *); /* takes NULL */

#endif
