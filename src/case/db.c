/* SPDX-License-Identifier: Apache-2.0 */
#include "case/db.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "case/kind.h"

#define SCHEMA_MAX ((size_t)64 << 10)

struct db {
	sqlite3 *sql;
};

static enum status
trouble(struct db *db, const char *what, struct error *err)
{
	int code = sqlite3_errcode(db->sql);

	return error_set(err, code == SQLITE_NOMEM ? E_NOMEM : E_IO, "%s: %s", what,
	    sqlite3_errmsg(db->sql));
}

static enum status
run(struct db *db, const char *sql, struct error *err)
{
	if (sqlite3_exec(db->sql, sql, NULL, NULL, NULL) != SQLITE_OK)
		return trouble(db, "case.db", err);
	return OK;
}

/* One table per kind; its columns are keys of the body, drawn out to be asked for. */
static void
put_schema(struct buf *out)
{
	buf_puts(out, "CREATE TABLE \"entry\"(n INTEGER PRIMARY KEY, kind TEXT NOT NULL, "
		      "id TEXT NOT NULL, time TEXT NOT NULL, key TEXT NOT NULL, "
		      "line TEXT NOT NULL) STRICT;\n");
	for (unsigned i = 0; i < kinds_n; i++) {
		const struct kind *k = &kinds[i];

		buf_printf(out,
		    "CREATE TABLE \"%s\"(id TEXT PRIMARY KEY, entry INTEGER NOT NULL, "
		    "time TEXT NOT NULL, body TEXT NOT NULL",
		    k->name);
		for (unsigned c = 0; c < KIND_COLUMNS && k->column[c]; c++)
			buf_printf(out, ", \"%s\" TEXT", k->column[c]);
		buf_puts(out, ") STRICT;\n");
	}
}

/* The schema as SQLite keeps it, in the order in which it was made. */
static enum status
same_schema(struct db *db, const struct buf *want, bool *empty, struct error *err)
{
	struct buf have;
	sqlite3_stmt *s = NULL;
	enum status st = OK;

	buf_init(&have, SCHEMA_MAX);
	if (sqlite3_prepare_v2(db->sql,
		"SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid", -1,
		&s, NULL) != SQLITE_OK)
		st = trouble(db, "case.db", err);
	while (st == OK && sqlite3_step(s) == SQLITE_ROW) {
		buf_puts(&have, (const char *)sqlite3_column_text(s, 0));
		buf_puts(&have, ";\n");
	}
	sqlite3_finalize(s);
	*empty = have.len == 0;
	if (st == OK && !*empty &&
	    (have.bad || have.len != want->len || memcmp(have.at, want->at, have.len) != 0))
		st = error_set(err, E_FORMAT, "case.db has other tables than ours");
	buf_release(&have);
	return st;
}

/* A database file may come from a stranger: what is code in it stays asleep. */
static void
be_careful(sqlite3 *sql)
{
	(void)sqlite3_db_config(sql, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_db_config(sql, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	(void)sqlite3_db_config(sql, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	(void)sqlite3_db_config(sql, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	(void)sqlite3_limit(sql, SQLITE_LIMIT_LENGTH, (int)JOURNAL_LINE_MAX * 2);
	(void)sqlite3_limit(sql, SQLITE_LIMIT_ATTACHED, 0);
	(void)sqlite3_busy_timeout(sql, 5000);
}

enum status
db_open(struct db **out, const char *path, bool create, struct error *err)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW |
		    (create || path == NULL ? SQLITE_OPEN_CREATE : 0);
	struct db *db = calloc(1, sizeof *db);
	struct buf schema;
	bool empty;
	enum status st = OK;

	if (db == NULL)
		return error_set(err, E_NOMEM, "no memory");
	buf_init(&schema, SCHEMA_MAX);
	put_schema(&schema);
	if (sqlite3_open_v2(path ? path : ":memory:", &db->sql, flags, NULL) != SQLITE_OK)
		st = db->sql ? trouble(db, "case.db", err)
			     : error_set(err, E_NOMEM, "no memory");
	if (st == OK) {
		be_careful(db->sql);
		st = run(db,
		    "PRAGMA cell_size_check=ON; PRAGMA synchronous=FULL; "
		    "PRAGMA temp_store=MEMORY;",
		    err);
	}
	if (st == OK && path)
		st = run(db, "PRAGMA journal_mode=WAL;", err);
	if (st == OK)
		st = same_schema(db, &schema, &empty, err);
	if (st == OK && empty) {
		st = run(db, "BEGIN", err);
		if (st == OK)
			st = run(db, schema.at, err);
		if (st == OK)
			st = run(db, "COMMIT", err);
	}
	buf_release(&schema);
	if (st != OK) {
		db_close(db);
		return st;
	}
	*out = db;
	return OK;
}

void
db_close(struct db *db)
{
	if (db == NULL)
		return;
	(void)sqlite3_close(db->sql);
	free(db);
}

static enum status
prepare(struct db *db, const char *sql, sqlite3_stmt **out, struct error *err)
{
	if (sqlite3_prepare_v2(db->sql, sql, -1, out, NULL) != SQLITE_OK)
		return trouble(db, "case.db", err);
	return OK;
}

static bool
hex_to_digest(const char *hex, struct digest *out)
{
	if (hex == NULL || !shape_is_hash(hex))
		return false;
	for (size_t i = 0; i < DIGEST_BYTES; i++) {
		const char two[3] = { hex[2 * i], hex[2 * i + 1], '\0' };

		out->b[i] = (uint8_t)strtoul(two, NULL, 16);
	}
	return true;
}

enum status
db_head(struct db *db, uint64_t *n, struct digest *line, struct error *err)
{
	sqlite3_stmt *s = NULL;
	enum status st =
	    prepare(db, "SELECT n, line FROM entry ORDER BY n DESC LIMIT 1", &s, err);
	int code;

	if (st != OK)
		return st;
	code = sqlite3_step(s);
	*n = 0;
	memset(line, 0, sizeof *line);
	if (code == SQLITE_ROW) {
		*n = (uint64_t)sqlite3_column_int64(s, 0);
		if (!hex_to_digest((const char *)sqlite3_column_text(s, 1), line))
			st = error_set(err, E_FORMAT, "case.db: its head is no hash");
	} else if (code != SQLITE_DONE)
		st = trouble(db, "case.db", err);
	sqlite3_finalize(s);
	return st;
}

enum status
db_begin(struct db *db, struct error *err)
{
	return run(db, "BEGIN IMMEDIATE", err);
}

enum status
db_commit(struct db *db, struct error *err)
{
	return run(db, "COMMIT", err);
}

static void
bind_text(sqlite3_stmt *s, int at, const char *text, size_t n)
{
	(void)sqlite3_bind_text(s, at, text, (int)n, SQLITE_STATIC);
}

static enum status
step_once(struct db *db, sqlite3_stmt *s, struct error *err)
{
	enum status st = OK;

	if (sqlite3_step(s) != SQLITE_DONE)
		st = trouble(db, "case.db", err);
	sqlite3_finalize(s);
	return st;
}

static enum status
apply_entry(struct db *db, const struct journal_entry *e, struct error *err)
{
	char line[DIGEST_HEX];
	sqlite3_stmt *s = NULL;
	enum status st = prepare(db,
	    "INSERT INTO entry(n, kind, id, time, key, line) VALUES(?,?,?,?,?,?)", &s, err);

	if (st != OK)
		return st;
	(void)digest_hex(&e->line, line);
	(void)sqlite3_bind_int64(s, 1, (sqlite3_int64)e->n);
	bind_text(s, 2, e->kind, strlen(e->kind));
	bind_text(s, 3, e->id, strlen(e->id));
	bind_text(s, 4, e->time, strlen(e->time));
	bind_text(s, 5, e->key, strlen(e->key));
	bind_text(s, 6, line, strlen(line));
	return step_once(db, s, err);
}

/* What comes later with the same id takes the place of what was there. */
static void
put_insert(const struct kind *k, struct buf *sql)
{
	buf_printf(sql, "INSERT OR REPLACE INTO \"%s\" VALUES(?,?,?,?", k->name);
	for (unsigned c = 0; c < KIND_COLUMNS && k->column[c]; c++)
		buf_puts(sql, ",?");
	buf_puts(sql, ")");
}

static enum status
apply_body(
    struct db *db, const struct kind *k, const struct journal_entry *e, struct error *err)
{
	struct buf sql = { .max = 256 };
	sqlite3_stmt *s = NULL;
	enum status st;

	put_insert(k, &sql);
	st = buf_state(&sql, "a statement", err);
	if (st == OK)
		st = prepare(db, sql.at, &s, err);
	buf_release(&sql);
	if (st != OK)
		return st;
	bind_text(s, 1, e->id, strlen(e->id));
	(void)sqlite3_bind_int64(s, 2, (sqlite3_int64)e->n);
	bind_text(s, 3, e->time, strlen(e->time));
	bind_text(s, 4, (const char *)e->body.at, e->body.len);
	for (unsigned c = 0; c < KIND_COLUMNS && k->column[c]; c++) {
		json_t *v = json_object_get(e->value, k->column[c]);

		if (json_is_string(v))
			bind_text(
			    s, 5 + (int)c, json_string_value(v), json_string_length(v));
	}
	return step_once(db, s, err);
}

enum status
db_apply(struct db *db, const struct journal_entry *e, struct error *err)
{
	const struct kind *k = kind_find(e->kind);
	enum status st = apply_entry(db, e, err);

	/* A kind of a later version: kept in the journal, and shown by none of ours. */
	if (st == OK && k)
		st = apply_body(db, k, e, err);
	return st;
}

static json_t *
row_of(sqlite3_stmt *s)
{
	json_t *body = json_loadb((const char *)sqlite3_column_text(s, 3),
	    (size_t)sqlite3_column_bytes(s, 3), JSON_REJECT_DUPLICATES, NULL);

	if (body == NULL)
		return NULL;
	return json_pack("{s:s?, s:I, s:s?, s:o}", "id", sqlite3_column_text(s, 0), "entry",
	    (json_int_t)sqlite3_column_int64(s, 1), "time", sqlite3_column_text(s, 2),
	    "body", body);
}

/*
 * A case may come from a stranger, so a body is held against the shape of its kind
 * whenever it is read: who asks for it may rely on that.
 */
static enum status
take_row(sqlite3_stmt *s, const char *kind, json_t *list, struct error *err)
{
	json_t *row = row_of(s);
	enum status st;

	if (row == NULL)
		return error_set(err, E_FORMAT, "a %s in the case is not JSON", kind);
	st = shape_check(kind_find(kind)->shape, json_object_get(row, "body"), err);
	if (st != OK)
		error_wrap(err, "a %s in the case is not as it must be", kind);
	else if (json_array_append(list, row) != 0)
		st = error_set(err, E_NOMEM, "no memory");
	json_decref(row);
	return st;
}

enum status
db_list(struct db *db, const char *kind, const char *id, json_t **out, struct error *err)
{
	json_t *list = json_array();
	sqlite3_stmt *s = NULL;
	char sql[160];
	int code = SQLITE_ROW;
	enum status st;

	CHECK(kind_find(kind) != NULL);
	(void)snprintf(sql, sizeof sql,
	    "SELECT id, entry, time, body FROM \"%s\"%s ORDER BY id", kind,
	    id ? " WHERE id = ?" : "");
	st = list ? prepare(db, sql, &s, err) : error_set(err, E_NOMEM, "no memory");
	if (st == OK && id)
		bind_text(s, 1, id, strlen(id));
	while (st == OK && (code = sqlite3_step(s)) == SQLITE_ROW)
		st = take_row(s, kind, list, err);
	if (st == OK && code != SQLITE_DONE)
		st = trouble(db, "case.db", err);
	sqlite3_finalize(s);
	if (st != OK) {
		json_decref(list);
		return st;
	}
	*out = list;
	return OK;
}

static void
put_row(sqlite3_stmt *s, const char *table, struct buf *out)
{
	struct json j;

	json_init(&j, out);
	json_open(&j, '{');
	json_key(&j, "body");
	json_raw(&j,
	    (struct span){ sqlite3_column_text(s, 3), (size_t)sqlite3_column_bytes(s, 3) });
	json_key(&j, "entry"), json_int(&j, sqlite3_column_int64(s, 1));
	json_key(&j, "id"), json_str(&j, (const char *)sqlite3_column_text(s, 0));
	json_key(&j, "kind"), json_str(&j, table);
	json_key(&j, "time"), json_str(&j, (const char *)sqlite3_column_text(s, 2));
	json_close(&j, '}');
	buf_putc(out, '\n');
}

static enum status
dump_table(
    struct db *db, const char *sql, const char *table, struct buf *out, struct error *err)
{
	sqlite3_stmt *s = NULL;
	int code;
	enum status st = prepare(db, sql, &s, err);

	if (st != OK)
		return st;
	while ((code = sqlite3_step(s)) == SQLITE_ROW)
		put_row(s, table, out);
	if (code != SQLITE_DONE)
		st = trouble(db, "case.db", err);
	sqlite3_finalize(s);
	return st;
}

enum status
db_dump(struct db *db, struct buf *out, struct error *err)
{
	enum status st = dump_table(db,
	    "SELECT id, n, time, json_object('key', key, 'kind', kind, 'line', line) "
	    "FROM entry ORDER BY n",
	    "entry", out, err);
	char sql[128];

	for (unsigned i = 0; st == OK && i < kinds_n; i++) {
		(void)snprintf(sql, sizeof sql,
		    "SELECT id, entry, time, body FROM \"%s\" ORDER BY id", kinds[i].name);
		st = dump_table(db, sql, kinds[i].name, out, err);
	}
	if (st == OK)
		st = buf_state(out, "the dump", err);
	return st;
}
