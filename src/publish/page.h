/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page.h - paragraphs of plain text, wrapped. Shared by the table and `explain`.
 *
 * Write a paragraph into `line`, then end it with page_flush. What is written
 * into `line` must be escaped already.
 */
#ifndef PUBLISH_PAGE_H
#define PUBLISH_PAGE_H

#include "base/buf.h"
#include "publish/publish.h"

struct page {
	struct buf *out;
	struct buf line;
	unsigned width; /* 0: no wrapping */
	bool colour;
};

enum paint { PAINT_NONE, PAINT_BOLD, PAINT_DIM, PAINT_RED, PAINT_YELLOW, PAINT_CYAN };

void page_begin(struct page *, struct buf *out, unsigned width, bool colour);
void page_end(struct page *); /* carries a shortage over to `out` */

/* `head` in colour, then the paragraph in `line`; later lines start at `indent`. */
void page_flush(struct page *, const char *head, enum paint, unsigned indent);
void page_blank(struct page *);

enum paint page_severity(enum severity);

/* What every text about findings says of one, each into `line`. */
void page_endpoints(
    struct page *, const struct finding *); /* host -> peer:port/proto (name) */
void page_rhythm(struct page *, const struct finding *); /* every 59 s (54 s to 64 s) */
void page_benign(struct page *, const struct finding *); /* considered: ... */

/* The foot of the table: how many, what was read, what was not seen. */
void page_summary(struct page *, const struct finding *, size_t n, const struct summary *);

#endif
