/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zeek.h - flows from Zeek's conn.log.
 *
 * TSV by its #fields and #separator lines, and JSON (one object a line), also
 * in the labelled variant whose last field holds "tunnel_parents   label
 * detailed-label" separated by spaces. The kind is found from the content.
 */
#ifndef COLLECT_ZEEK_H
#define COLLECT_ZEEK_H

#include "base/input.h"
#include "record/flow.h"

struct zeek;

struct zeek_stats {
	uint64_t lines;    /* records read as flows */
	uint64_t bad;      /* lines stepped over: cut, wrong types, too long */
	uint64_t bad_line; /* number of the first such line, 0: none */
	char bad_why[160]; /* and why */
};

enum zeek_kind {
	ZEEK_NO,    /* not a Zeek log */
	ZEEK_CONN,  /* a conn.log */
	ZEEK_OTHER, /* a Zeek log of another path */
};

/* From the first bytes (up to 64 KiB). `path` is set for logs that name themselves. */
enum zeek_kind zeek_recognise(struct span first, char path[static 32]);

/* Takes `in` over, also on failure. */
enum status zeek_open(struct zeek **out, struct input *in, struct error *) MUST_USE;

/*
 * Up to `max` flows; *n == 0 at the end. `line[i]`, if `line` is not NULL, is
 * the raw line that flow i came from, borrowed until the next call. A bad line
 * is counted and stepped over; E_FORMAT only where nothing after it can be
 * read, with file and line.
 */
enum status zeek_next(struct zeek *, struct flow *flows, struct span *line, unsigned max,
    unsigned *n, struct error *) MUST_USE;

const struct zeek_stats *zeek_stats(const struct zeek *);
const struct input *zeek_input(const struct zeek *);
void zeek_close(struct zeek *); /* takes NULL */

#endif
