/* SPDX-License-Identifier: Apache-2.0 */
/*
 * escape.h - text from strangers, made harmless and still readable.
 *
 * A host name, a path or a sentence with a name in it may hold anything: it
 * may move a terminal's cursor, close an HTML tag, or turn the reading order
 * around. Here whatever is not an ordinary character is shown as what it is:
 * control characters as \x1b, invisible and direction-changing ones as
 * \u202e, bytes that are no UTF-8 as \xff. What comes out is UTF-8 on one line.
 */
#ifndef PUBLISH_ESCAPE_H
#define PUBLISH_ESCAPE_H

#include "base/buf.h"

enum escape {
	ESCAPE_TEXT, /* for a terminal or a CSV field */
	ESCAPE_HTML, /* and & < > " ' as references: for content and quoted attributes */
};

void escape_span(struct buf *out, enum escape, struct span);
void escape_str(struct buf *out, enum escape, const char *);

/* Columns a terminal gives to text that was escaped: wide East Asian characters take two. */
unsigned escape_columns(struct span);

/*
 * Break escaped text at its spaces so that lines end before `width`, each
 * after `indent` spaces; the first starts at column `from`. A word that is
 * longer than a line is cut. Width 0: one line. Ends without a newline.
 */
void escape_wrap(
    struct buf *out, struct span text, unsigned from, unsigned indent, unsigned width);

#endif
