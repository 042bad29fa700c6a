/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db.h - the case as tables, so that questions are answered fast.
 *
 * SQLite, STRICT tables, one per kind (kind.h) and one of all entries. It holds
 * nothing that is not in the journal and can be thrown away. A file that is not
 * exactly of our schema is refused: it may come from a stranger, and a schema
 * is code.
 */
#ifndef CASE_DB_H
#define CASE_DB_H

#include "case/journal.h"

struct db;

/* `path` NULL: in memory, empty. `create`: make it when there is none. */
enum status db_open(
    struct db **out, const char *path, bool create, struct error *) MUST_USE;
void db_close(struct db *); /* takes NULL */

/* Entry n and hash of its line that the tables are at; 0 and zeros: empty. */
enum status db_head(struct db *, uint64_t *n, struct digest *line, struct error *) MUST_USE;

/* All or nothing, several at a time between db_begin and db_commit. */
enum status db_begin(struct db *, struct error *) MUST_USE;
enum status db_apply(struct db *, const struct journal_entry *, struct error *) MUST_USE;
enum status db_commit(struct db *, struct error *) MUST_USE;

/*
 * What is there of a kind: a list of {"body":{..},"entry":n,"id":"..","time":".."},
 * the latest of each id, in order of id. `id` NULL: all. The caller decrefs.
 */
enum status db_list(
    struct db *, const char *kind, const char *id, json_t **out, struct error *) MUST_USE;

/* Every row of every table as canonical JSON, a line each, in one order. */
enum status db_dump(struct db *, struct buf *out, struct error *) MUST_USE;

#endif
