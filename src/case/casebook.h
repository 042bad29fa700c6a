/* SPDX-License-Identifier: Apache-2.0 */
/*
 * casebook.h - a case: a directory that travels.
 *
 *	journal.jsonl      every change, signed and chained (journal.h): the truth
 *	case.db            the same as tables (db.h): can be thrown away
 *	documents/SHA256   documents, byte for byte
 *	bags/SHA256/       bags of findings
 *	assessments/ID.json  what was concluded, for reading
 *	lock               held while somebody writes
 *
 * A change is written to the journal and synced, and then to the tables. After a
 * crash between the two the tables are behind, and opening brings them up. Who
 * only reads changes nothing: if the tables are behind, away or broken, they are
 * made in memory.
 *
 * Whoever writes signs. The first line brings the key of who made the case;
 * lines of kind "key" bring others.
 */
#ifndef CASE_CASEBOOK_H
#define CASE_CASEBOOK_H

#include "case/db.h"
#include "case/journal.h"

#define CASEBOOK_JOURNAL      "journal.jsonl"
#define CASEBOOK_DB           "case.db"
#define CASEBOOK_DOCUMENTS    "documents"
#define CASEBOOK_BAGS         "bags"
#define CASEBOOK_ASSESSMENTS  "assessments"
#define CASEBOOK_FORMAT       "geophone-case-1"
#define CASEBOOK_DOCUMENT_MAX ((size_t)64 << 20)
#define CASEBOOK_KEYS         256

/* Who writes and when: the room itself has no clock and no random numbers. */
struct casebook_hand {
	const struct key *key;
	uint64_t (*now_ns)(void *);
	bool (*salt)(void *, uint8_t salt[static JOURNAL_SALT]);
	void *state;
};

/* Where the leaf of each change goes. Called with the line already durable. */
struct casebook_log {
	enum status (*append)(void *, struct span leaf, struct error *);
	void *state;
};

struct casebook;

/* Make `dir`, which must not exist or be empty, and write its first line. */
enum status casebook_new(const char *dir, const char *title, const char *name,
    const struct casebook_hand *, const struct casebook_log *, struct error *) MUST_USE;

enum casebook_mode { CASEBOOK_READ, CASEBOOK_WRITE };

/*
 * E_FORMAT: no case, or its journal is broken at the line that is named.
 * E_MISUSE: somebody else writes. `log` may be NULL; it is borrowed.
 */
enum status casebook_open(struct casebook **out, const char *dir, enum casebook_mode,
    const struct casebook_log *log, struct error *) MUST_USE;
/*
 * As it was when that line (its hash in hex, borrowed) was the last; to read, its
 * tables in memory. E_DIFFERS: the journal has no such line.
 */
enum status casebook_open_at(
    struct casebook **out, const char *dir, const char *line, struct error *) MUST_USE;
void casebook_close(struct casebook *); /* takes NULL */

/* Throw the tables away and make them again from the journal. */
enum status casebook_rebuild(const char *dir, struct error *) MUST_USE;

/*
 * Write one thing down. `kind` is of kind.h; the body has its shape, and the
 * key "id" if the shape has one. What has that id already is superseded, and
 * stays in the journal. Open for writing.
 */
enum status casebook_add(struct casebook *, const struct casebook_hand *, const char *kind,
    const char *id, json_t *body, struct error *) MUST_USE;

/* Keep a document's bytes; what is there already stays. Then add it. */
enum status casebook_keep_document(
    struct casebook *, struct span bytes, struct digest *id, struct error *) MUST_USE;
/* A document's bytes, its hash checked. E_DIFFERS: they were changed. */
enum status casebook_read_document(
    struct casebook *, const char *id, struct buf *out, struct error *) MUST_USE;

/* As db_list: [{"body":{..},"entry":n,"id":"..","time":".."}], in order of id. */
enum status casebook_list(struct casebook *, const char *kind, const char *id, json_t **out,
    struct error *) MUST_USE;
/* The body alone, or NULL: there is none, or it could not be read. New reference. */
json_t *casebook_get(struct casebook *, const char *kind, const char *id);

struct db *casebook_db(struct casebook *);
int casebook_dirfd(const struct casebook *);
const char *casebook_dir(const struct casebook *);
struct span casebook_journal(const struct casebook *); /* its bytes as read at opening */
uint64_t casebook_head(const struct casebook *, struct digest *line);
const char *casebook_title(const struct casebook *);

/* The key of that id that the journal has introduced before line n; NULL: none. Borrowed. */
const struct key *casebook_key(const struct casebook *, const char *id, uint64_t n);

/* A file of ours, whole or not at all: written beside, synced and renamed. */
enum status casebook_write_file(
    int dirfd, const char *name, struct span, struct error *) MUST_USE;

#endif
