/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page.h - the steps from UTF-8 to extracted text; only document.c calls them.
 *
 * A step writes text into a buf and facts into `document.says`, first come,
 * first kept: the better source speaks first.
 */
#ifndef DOCUMENT_PAGE_H
#define DOCUMENT_PAGE_H

#include "document/document.h"

/* Keep a fact unless one is there; blanks at the ends go, long values are cut. */
void page_says(struct document *, struct arena *, enum document_fact, struct span value,
    const char *where);

/* The main text of HTML, by the rule of docs/formats/document.md; `utf8` is terminated. */
enum status page_html(
    struct document *, struct span utf8, struct buf *text, struct arena *, struct error *);

/*
 * YAML front matter ("---" lines at the head): its facts, and how long it is,
 * 0 when there is none.
 */
size_t page_front(struct document *, struct span utf8, struct arena *);

/* schema.org JSON-LD as news sites put it into <script>: its facts. */
void page_json_ld(struct document *, struct span json, struct arena *);

#endif
