/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lines.h - the lines of a text file, one after the other.
 *
 * Ends are LF or CR LF; the last line needs none. A line of more than
 * LINES_LONGEST is stepped over and counted. A byte order mark in front is not
 * part of the first line.
 */
#ifndef COLLECT_LINES_H
#define COLLECT_LINES_H

#include "base/input.h"

#define LINES_LONGEST ((size_t)1 << 20)

struct lines {
	struct input *in;  /* owned */
	struct span rest;  /* of the window: not handed out yet */
	size_t used;       /* before rest, handed out and not skipped in the input */
	bool last;         /* nothing comes after rest */
	bool inside;       /* rest begins inside a line that is too long */
	uint64_t number;   /* of the line handed out last, from 1 */
	uint64_t too_long; /* lines that were stepped over */
	uint64_t too_long_first;
};

/* Takes `in` over. */
void lines_init(struct lines *, struct input *in);

/* The next line without its end, borrowed until the next call; false: no more. */
bool lines_next(struct lines *, struct span *line);

/* The next line of bytes in memory; the rest stays in `*text`. */
bool lines_cut(struct span *text, struct span *line);

void lines_close(struct lines *);

#endif
