/* SPDX-License-Identifier: Apache-2.0 */
/*
 * document.h - a published account, as text that can be quoted.
 *
 * The bytes are evidence and are kept elsewhere as they came; here they become
 * the *extracted text*: what a reader of the page would call the article, in
 * UTF-8. A quotation is the SHA-256 of the bytes and a range [from, to) of
 * characters of that text, a character being one Unicode code point. The rule
 * by which bytes become text is docs/formats/document.md, DOCUMENT_RULE names
 * its edition, and it is a function of the bytes and the file's name alone: no
 * clock, no network, no locale.
 *
 * Nothing here decides whether a document is right. What it says of itself
 * (title, publisher, date) is a proposal, with where it was read; what the
 * user says of it wins.
 */
#ifndef DOCUMENT_DOCUMENT_H
#define DOCUMENT_DOCUMENT_H

#include "base/arena.h"
#include "base/digest.h"
#include "base/error.h"
#include "document/charset.h"

#define DOCUMENT_RULE     1
#define DOCUMENT_MAX      ((size_t)16 << 20) /* bytes of a file */
#define DOCUMENT_MARKDOWN ((size_t)2 << 20)  /* bytes of UTF-8 that are Markdown */
#define DOCUMENT_TEXT     ((size_t)48 << 20) /* bytes of extracted text */
#define DOCUMENT_DEPTH    512                /* open elements of HTML */

enum document_kind { DOCUMENT_PLAIN, DOCUMENT_MARKDOWN_TEXT, DOCUMENT_HTML };

const char *document_kind_text(enum document_kind);

enum document_fact {
	FACT_TITLE,
	FACT_PUBLISHER,
	FACT_PUBLISHED, /* YYYY-MM-DD, or with the time RFC 3339 as far as stated */
	FACT_AUTHOR,
	FACT_ADDRESS,  /* of this text */
	FACT_LANGUAGE, /* BCP 47 */
	FACT_SOURCE,   /* whom the document names as its origin */
	FACTS,
};

const char *document_fact_text(enum document_fact);

/* What the document says of itself; NULL where it says nothing. */
struct document_says {
	const char *value;
	const char *where; /* "front matter: date", "<meta article:published_time>" */
};

struct document {
	struct digest hash; /* of the bytes */
	enum document_kind kind;
	struct charset charset;
	bool shallow; /* elements deeper than DOCUMENT_DEPTH: what followed was not read */
	struct document_says says[FACTS];
	const char *utf8; /* the extracted text, terminated; holds no NUL */
	size_t bytes;
	uint32_t *at; /* character i is utf8[at[i]] to utf8[at[i + 1]] */
	uint32_t n;   /* characters */
};

/*
 * Everything of `out` lives in the arena. `name` is the file's name, whose
 * ending decides where the content does not. E_LIMIT for larger than the limits
 * above, which the sentence names; no content is ever E_FORMAT.
 */
enum status document_read(struct document *out, struct span bytes, const char *name,
    struct arena *, struct error *) MUST_USE;

/* The characters [from, to) as UTF-8; empty when the range does not stand in the text. */
struct span document_range(const struct document *, uint32_t from, uint32_t to);

#endif
