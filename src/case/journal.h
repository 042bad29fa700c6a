/* SPDX-License-Identifier: Apache-2.0 */
/*
 * journal.h - the signed lines a case is made of.
 *
 * A line is one change, in one spelling:
 *
 *	{"entry":{"body":{..},"id":"..","kind":"..","n":7,"prev":"<sha256 of the line
 *	before>","salt":"<32 random bytes>","time":".."},"key":"<key id>","sig":".."}
 *
 * The signature is over the entry's bytes (DSSE's pre-authentication encoding,
 * type JOURNAL_TYPE), so that the leaf of a transparency log for a line is
 * leaf_encode of that hash, and says nothing to who does not hold the line: it
 * is salted. Lines are only ever appended. A last line without its newline was
 * never acknowledged and is not part of the journal.
 */
#ifndef CASE_JOURNAL_H
#define CASE_JOURNAL_H

#include <jansson.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/stamp.h"
#include "evidence/key.h"

#define JOURNAL_TYPE     "application/vnd.geophone.case+json"
#define JOURNAL_LINE_MAX ((size_t)4 << 20)
#define JOURNAL_MAX      ((size_t)256 << 20)
#define JOURNAL_SALT     32
#define JOURNAL_KIND     32

struct journal_entry {
	uint64_t n; /* from 1 */
	char kind[JOURNAL_KIND];
	char id[DIGEST_HEX];
	char time[STAMP_TEXT];
	struct digest prev; /* of the line before; zeros for the first */
	struct digest line; /* of this line, without its newline */
	struct span entry;  /* what is signed; borrows the line */
	struct span body;   /* in it */
	char key[DIGEST_HEX];
	uint8_t sig[SIGNATURE_BYTES];
	json_t *value; /* the body; owned */
};

/* A line without its newline. E_FORMAT for every other spelling. */
enum status journal_parse(
    struct span line, struct journal_entry *out, struct error *) MUST_USE;
void journal_release(struct journal_entry *); /* takes zeroed and released ones */

/* What is to be written down; n and prev follow from the line before. */
struct journal_new {
	uint64_t n;
	struct digest prev;
	const char *kind, *id;
	uint64_t time_ns;
	uint8_t salt[JOURNAL_SALT];
	struct span body; /* canonical */
};
/* Append one line with its newline to `out`. */
enum status journal_sign(const struct journal_new *, const struct key *, struct buf *out,
    struct error *) MUST_USE;

bool journal_is_signed(const struct journal_entry *, const struct key *);
/* The entry of a transparency log for this line; LEAF_MAX bytes at most. */
void journal_leaf(const struct journal_entry *, const struct key *, struct buf *out);

/* Line by line through a whole journal, each checked against the one before. */
struct journal_reader {
	struct span left;
	uint64_t n;         /* lines read */
	struct digest head; /* of the last one read */
};
void journal_read(struct journal_reader *, struct span bytes);
/*
 * *more is false at the end. An error names the line; it says E_DIFFERS when the
 * line is sound and does not follow the one before. Release what was given.
 */
enum status journal_next(struct journal_reader *, struct journal_entry *out, bool *more,
    struct error *) MUST_USE;

#endif
