/* SPDX-License-Identifier: Apache-2.0 */
/*
 * publish.h - findings for people and for machines.
 *
 * The table may change any day. JSON and CSV are promises: docs/formats/.
 * The report is one HTML file that asks nothing of the network.
 * Everything that came from strangers is escaped here.
 */
#ifndef PUBLISH_PUBLISH_H
#define PUBLISH_PUBLISH_H

#include <stdio.h>

#include "base/buf.h"
#include "record/finding.h"

/* A line of "what was read" and "what was not seen": `what` and its count. */
struct tally {
	const char *what;
	uint64_t n;
};

struct summary {
	const char *const *inputs; /* paths as given */
	unsigned inputs_n;
	uint64_t first_ns, last_ns; /* of the contacts, 0: none */
	uint64_t hosts, pairs, contacts;
	struct tally read[64]; /* frames, flows, lines, bytes */
	unsigned reads;
	struct tally lost[160]; /* verdicts, drops, cut lines, shed state; zeros left out */
	unsigned losts;
	const char *const *notes; /* sentences: an input that ended early, and where */
	unsigned notes_n;
	uint32_t q_ppm; /* false discovery rate the list was cut at */
	const char *version;
};

/* The contacts behind a finding, for the report's pictures. Borrowed. */
struct trace {
	const uint64_t *start_ns; /* ascending */
	size_t n;
};

/* Width in columns; 0: not a terminal, no wrapping, no colour. */
void publish_table(const struct finding *, size_t n, const struct summary *, unsigned width,
    bool colour, struct buf *out);
void publish_csv_header(struct buf *out);
void publish_csv(const struct finding *, struct buf *out); /* one line, RFC 4180 */
/* A field in quotes and its comma; nothing in it is seen as a formula. */
void publish_csv_text(struct buf *out, const char *text);
/* One finding at length, as `geophone explain` prints it. */
void publish_explain(
    const struct finding *, const struct trace *, unsigned width, struct buf *out);
void publish_report(const struct finding *, const struct trace *, size_t n,
    const struct summary *, struct buf *out);

#endif
