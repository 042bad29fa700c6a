/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lineage.h - which documents have one origin, and why that is thought.
 *
 * Five documents are not five sources. Two are *linked* when one of these holds:
 *
 *	words		they share prose word for word: one passage that weighs
 *			LINEAGE_LONG, or LINEAGE_MANY passages that weigh LINEAGE_SUM
 *			together (weights: normal.h)
 *	translation	the same speaker said it on the same day, in two languages
 *	briefing	the same speaker on the same day, at a briefing
 *	declared	the same speaker on the same day, and the same declared origin;
 *			or one names the other's publisher as its origin and a passage is
 *			shared
 *	address		both say that they are the text of one address
 *
 * Passages that do not count: furniture (a line without a sentence's end, or
 * with a word like "copyright"), and what both set in quotation marks: two that
 * quote a third need not know each other. They are found and shown all the same.
 *
 * A link is a proposal with its reasons; the analyst confirms. The numbers are
 * choices, not measurements. The order of documents changes no link.
 */
#ifndef DOCUMENT_LINEAGE_H
#define DOCUMENT_LINEAGE_H

#include "document/notice.h"
#include "document/passage.h"

#define LINEAGE_DOCUMENTS 256
#define LINEAGE_LONG      32
#define LINEAGE_MANY      4
#define LINEAGE_SUM       64

enum lineage_link {
	LINK_WORDS = 1,
	LINK_TRANSLATION = 2,
	LINK_BRIEFING = 4,
	LINK_DECLARED = 8,
	LINK_ADDRESS = 16,
};
#define LINKS 5

const char *lineage_link_text(enum lineage_link); /* "words", ... */

struct lineage_document {
	/* From the caller; what is NULL is taken from the document. */
	const char *id, *name;
	const char *published, *publisher, *address;
	struct span bytes;
	/* What was made of it. */
	const char *refused; /* why it was not read; the rest is empty then */
	struct document text;
	struct normal signs;
	struct prints prints;
	struct notice notice;
};

struct lineage_pair {
	uint32_t a, b; /* documents, a < b */
	struct passages passages;
	bool *counts;                      /* by passage */
	uint32_t counted, weight, longest; /* longest: characters, of those that count */
	uint32_t link;                     /* enum lineage_link together; 0: not linked */
	uint32_t speaker_a, speaker_b;     /* whose words, for the links by speaker */
};

struct lineage {
	struct lineage_document *document;
	uint32_t documents;
	struct lineage_pair *pair; /* those that share anything, in order of a, b */
	uint32_t pairs;
	uint32_t *group; /* by document: the first document of its proposed group */
	const char *common[NOTICE_PARTIES]; /* parties that every document quotes */
	uint32_t commons;
};

/*
 * `document` has been filled in as far as it is the caller's, and outlives the
 * result. E_LIMIT past LINEAGE_DOCUMENTS. A document that cannot be read is
 * `refused` and linked to nothing.
 */
enum status lineage_make(struct lineage *out, struct lineage_document *, uint32_t n,
    struct arena *, struct error *) MUST_USE;

/* The characters of passage i of a pair, in its first and second document. */
struct range lineage_range_a(
    const struct lineage *, const struct lineage_pair *, uint32_t i);
struct range lineage_range_b(
    const struct lineage *, const struct lineage_pair *, uint32_t i);

#endif
