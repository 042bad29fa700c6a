/* SPDX-License-Identifier: Apache-2.0 */
#include "case/check.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "case/assay.h"
#include "case/claim.h"
#include "case/kind.h"
#include "case/matrix.h"
#include "case/numeral.h"
#include "evidence/file.h"

enum step {
	JOURNAL,
	SIGNATURES,
	BODIES,
	TABLES,
	DOCUMENTS,
	CLAIMS,
	ASSESSMENTS,
	CUSTODY,
	FILES
};

static const char *const step_names[CHECK_STEPS] = { "journal", "signatures", "entries",
	"tables", "documents", "claims", "assessments", "custody", "files" };
static const char *const step_ids[CHECK_STEPS] = { "C1", "C2", "C3", "C4", "C5", "C6", "C7",
	"C8", "C9" };

struct checker {
	struct casebook *cb;
	const char *dir;
	const struct key *pinned;
	check_complaint *complain;
	void *state;
	struct check_report *r;
};

static void fault(struct checker *, enum step, const char *fmt, ...) PRINTF_LIKE(3, 4);

static void
fault(struct checker *k, enum step step, const char *fmt, ...)
{
	struct error e;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(e.text, sizeof e.text, fmt, ap);
	va_end(ap);
	k->r->step[step].faults++;
	k->r->faults++;
	k->r->failed = true;
	if (k->complain)
		k->complain(k->state, e.text);
}

static const char *
text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

static void
check_line(struct checker *k, const struct journal_entry *e)
{
	const struct key *key = casebook_key(k->cb, e->key, e->n == 1 ? 1 : e->n - 1);
	const struct kind *kind = kind_find(e->kind);
	const char *own = text_of(e->value, "id");
	struct error err;

	k->r->step[SIGNATURES].looked++;
	if (key == NULL)
		fault(k, SIGNATURES,
		    "journal line %" PRIu64 ": key %.16s... was not introduced before it",
		    e->n, e->key);
	else if (!journal_is_signed(e, key))
		fault(k, SIGNATURES, "journal line %" PRIu64 ": its signature is wrong",
		    e->n);
	else if (e->n == 1 && k->pinned &&
		 memcmp(key_raw(key), key_raw(k->pinned), KEY_BYTES) != 0)
		fault(k, SIGNATURES, "the case was not begun with the key that was given");
	k->r->step[BODIES].looked++;
	if (kind == NULL)
		fault(k, BODIES, "journal line %" PRIu64 ": its kind is none that we know",
		    e->n);
	else if (shape_check(kind->shape, e->value, &err) != OK)
		fault(k, BODIES, "journal line %" PRIu64 " (%s %s): %s", e->n, e->kind,
		    e->id, err.text);
	else if (own[0] && strcmp(own, e->id) != 0)
		fault(k, BODIES, "journal line %" PRIu64 " (%s %s): its body is of %s",
		    e->n, e->kind, e->id, own);
}

static void
check_lines(struct checker *k)
{
	struct journal_reader r;
	struct journal_entry e;
	struct error err;
	bool more = true;

	journal_read(&r, casebook_journal(k->cb));
	while (journal_next(&r, &e, &more, &err) == OK && more) {
		k->r->step[JOURNAL].looked++;
		check_line(k, &e);
		journal_release(&e);
	}
}

/* "kind id" of a line of a dump, and the line. */
static json_t *
index_dump(const struct buf *dump)
{
	json_t *index = json_object();
	struct span left = buf_span(dump);

	while (left.len > 0) {
		const uint8_t *end = memchr(left.at, '\n', left.len);
		size_t n = end ? (size_t)(end - left.at) : left.len;
		json_t *row =
		    json_loadb((const char *)left.at, n, JSON_REJECT_DUPLICATES, NULL);
		char name[192];

		(void)snprintf(
		    name, sizeof name, "%s %s", text_of(row, "kind"), text_of(row, "id"));
		if (strcmp(text_of(row, "kind"), "entry") == 0)
			(void)snprintf(name, sizeof name, "entry %" PRId64,
			    (int64_t)json_integer_value(json_object_get(row, "entry")));
		(void)json_object_set_new(
		    index, name, json_stringn((const char *)left.at, n));
		json_decref(row);
		left.at += n + (end != NULL);
		left.len -= n + (end != NULL);
	}
	return index;
}

static void
compare_dumps(struct checker *k, json_t *want, json_t *have)
{
	const char *name;
	json_t *line;

	json_object_foreach(want, name, line)
	{
		k->r->step[TABLES].looked++;
		if (json_object_get(have, name) == NULL)
			fault(k, TABLES, "%s is in the journal and not in case.db", name);
		else if (!json_equal(json_object_get(have, name), line))
			fault(k, TABLES,
			    "%s was changed in case.db: the journal says otherwise", name);
	}
	json_object_foreach(have, name, line) if (json_object_get(want, name) == NULL)
	    fault(k, TABLES, "%s is in case.db and not in the journal", name);
}

/* The tables as they lie there, against tables made from the journal. */
static void
check_tables(struct checker *k)
{
	struct buf want = { .max = (size_t)512 << 20 }, have = { .max = (size_t)512 << 20 };
	struct casebook *again = NULL;
	struct digest line;
	char hex[DIGEST_HEX], path[4200];
	struct db *db = NULL;
	struct error err;
	struct stat there;

	if (fstatat(casebook_dirfd(k->cb), CASEBOOK_DB, &there, AT_SYMLINK_NOFOLLOW) != 0)
		return; /* it can be made again: no fault */
	(void)casebook_head(k->cb, &line);
	(void)snprintf(path, sizeof path, "%s/" CASEBOOK_DB, k->dir);
	if (db_open(&db, path, false, &err) != OK || db_dump(db, &have, &err) != OK)
		fault(k, TABLES, "%s", err.text);
	else if (casebook_open_at(&again, k->dir, digest_hex(&line, hex), &err) != OK ||
		 db_dump(casebook_db(again), &want, &err) != OK)
		fault(k, TABLES, "%s", err.text);
	else {
		json_t *a = index_dump(&want), *b = index_dump(&have);

		compare_dumps(k, a, b);
		json_decref(a);
		json_decref(b);
	}
	db_close(db);
	casebook_close(again);
	buf_release(&want), buf_release(&have);
}

/* From here on, what the journal says, whatever the tables do. */
static json_t *
list_of(struct checker *k, const char *kind)
{
	json_t *rows = NULL;
	struct error err;

	return casebook_list(k->cb, kind, NULL, &rows, &err) == OK ? rows : NULL;
}

static void
check_documents(struct checker *k)
{
	json_t *rows = list_of(k, "document"), *row;
	struct error err;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		struct buf bytes = { .max = CASEBOOK_DOCUMENT_MAX };
		const char *id = text_of(row, "id");

		k->r->step[DOCUMENTS].looked++;
		if (casebook_read_document(k->cb, id, &bytes, &err) != OK)
			fault(k, DOCUMENTS, "document %.16s...: %s", id, err.text);
		else if (json_integer_value(json_object_get(json_object_get(row, "body"),
			     "size")) != (json_int_t)bytes.len)
			fault(k, DOCUMENTS, "document %.16s... has another size", id);
		buf_release(&bytes);
	}
	json_decref(rows);
}

static void
check_figures(struct checker *k, const char *id, const json_t *figures)
{
	json_t *f;
	size_t i;

	json_array_foreach(figures, i, f)
	{
		struct numeral v;
		struct error err;
		int64_t value;

		if (!numeral_value(text_of(f, "value"), &value) ||
		    numeral_read(text_of(f, "as_stated"), &v, &err) != OK ||
		    v.millionths != value)
			fault(k, CLAIMS, "claim %s: figure %s: %s is not %s", id,
			    text_of(f, "id"), text_of(f, "as_stated"), text_of(f, "value"));
	}
}

static void
check_claims(struct checker *k)
{
	json_t *rows = list_of(k, "claim"), *row, *q;
	struct error err;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		json_t *claim = json_object_get(row, "body");
		const char *id = text_of(row, "id");
		size_t at = 0;

		k->r->step[CLAIMS].looked++;
		if (json_array_size(json_object_get(claim, "quotes")) == 0)
			fault(k, CLAIMS, "claim %s has no document", id);
		while ((q = claim_next_quote(claim, &at)) != NULL)
			if (claim_check_quote(k->cb, q, &err) != OK)
				fault(k, CLAIMS, "claim %s: %s", id, err.text);
		check_figures(k, id, json_object_get(claim, "figures"));
	}
	json_decref(rows);
}

/* The items as they were at the head it names give its matrix. */
static void
check_matrix(struct checker *k, const char *id, const json_t *body)
{
	struct buf matrix = { .max = MATRIX_MAX };
	struct casebook *then = NULL;
	json_t *groups = NULL;
	struct error err;
	enum status st = casebook_open_at(&then, k->dir, text_of(body, "head"), &err);

	if (st == OK)
		st = matrix_make(then, &matrix, &groups, &err);
	if (st != OK)
		fault(k, ASSESSMENTS, "assessment %.16s...: %s", id, err.text);
	else if (strcmp(matrix.at, text_of(body, "matrix")) != 0)
		fault(k, ASSESSMENTS,
		    "assessment %.16s...: the items of that time make another matrix", id);
	json_decref(groups);
	casebook_close(then);
	buf_release(&matrix);
}

static void
check_file_beside(struct checker *k, const char *id, const json_t *body)
{
	struct buf have = { .max = (size_t)8 << 20 }, want = { .max = (size_t)8 << 20 };
	char path[DIGEST_HEX + 32];
	struct error err;
	struct stat st;
	int fd;

	(void)snprintf(path, sizeof path, CASEBOOK_ASSESSMENTS "/%s.json", id);
	fd = file_open_beneath(casebook_dirfd(k->cb), path, &st);
	if (fd == -1)
		return; /* a copy for reading, and it is away */
	shape_put(body, &want);
	buf_putc(&want, '\n');
	if (file_read_all(fd, path, have.max, &have, &err) != OK)
		fault(k, ASSESSMENTS, "%s", err.text);
	else if (want.bad || have.len != want.len ||
		 memcmp(have.at, want.at, want.len) != 0)
		fault(k, ASSESSMENTS, "assessment %.16s...: %s was edited", id, path);
	(void)close(fd);
	buf_release(&have), buf_release(&want);
}

static void
check_assessments(struct checker *k)
{
	json_t *rows = list_of(k, "assessment"), *row;
	struct error err;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		const json_t *body = json_object_get(row, "body");
		const char *id = text_of(row, "id");

		k->r->step[ASSESSMENTS].looked++;
		if (assay_check(body, &err) != OK)
			fault(k, ASSESSMENTS, "assessment %.16s...: %s", id, err.text);
		check_matrix(k, id, body);
		check_file_beside(k, id, body);
	}
	json_decref(rows);
}

/* Of one exhibit, what left one hand is what the next one got. */
static void
check_custody(struct checker *k)
{
	json_t *rows = list_of(k, "custody"), *row, *last = json_object();
	uint64_t head = casebook_head(k->cb, NULL);
	size_t i;

	for (json_int_t n = 1; n <= (json_int_t)head && json_array_size(rows) > 0; n++)
		json_array_foreach(rows, i, row)
		{
			const json_t *e = json_object_get(row, "body");
			const char *exhibit = text_of(e, "exhibit");
			const char *before = text_of(e, "hash_before");
			const char *known = text_of(last, exhibit);

			if (json_integer_value(json_object_get(row, "entry")) != n)
				continue;
			k->r->step[CUSTODY].looked++;
			if (before[0] && known[0] && strcmp(before, known) != 0)
				fault(k, CUSTODY,
				    "custody %s: exhibit %s comes with another hash than "
				    "it was "
				    "left with",
				    text_of(row, "id"), exhibit);
			if (text_of(e, "hash_after")[0])
				(void)json_object_set(
				    last, exhibit, json_object_get(e, "hash_after"));
		}
	json_decref(last);
	json_decref(rows);
}

/* Is there a line for this file of a folder? `end` is cut off its name first. */
static bool
is_ours(struct checker *k, const char *kind, const char *end, const char *name)
{
	size_t n = strlen(name), tail = strlen(end);
	char id[DIGEST_HEX];
	json_t *body;

	if (n <= tail || n - tail >= sizeof id || strcmp(name + n - tail, end) != 0)
		return false;
	(void)snprintf(id, sizeof id, "%.*s", (int)(n - tail), name);
	body = casebook_get(k->cb, kind, id);
	json_decref(body);
	return body != NULL;
}

/* A case that travels carries nothing that nobody signed. NULL kind: the case itself. */
static void
check_folder(struct checker *k, const char *folder, const char *kind, const char *end)
{
	static const char *const own[] = { CASEBOOK_JOURNAL, CASEBOOK_DB,
		CASEBOOK_DB "-wal", CASEBOOK_DB "-shm", "lock", CASEBOOK_DOCUMENTS,
		CASEBOOK_BAGS, CASEBOOK_ASSESSMENTS };
	int fd = openat(
	    casebook_dirfd(k->cb), folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd == -1 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (d == NULL && fd != -1)
		(void)close(fd);
	if (d == NULL && errno != ENOENT)
		fault(k, FILES, "%s: %s", folder, strerror(errno));
	while (d && (e = readdir(d)) != NULL) {
		const char *dot = strrchr(e->d_name, '.');
		bool known = false;

		/* A writer's unfinished business is no part of a case. */
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
		    (e->d_name[0] == '.' && strcmp(dot, ".partial") == 0))
			continue;
		k->r->step[FILES].looked++;
		for (size_t i = 0; kind == NULL && i < sizeof own / sizeof *own; i++)
			known |= strcmp(own[i], e->d_name) == 0;
		if (!known && (kind == NULL || !is_ours(k, kind, end, e->d_name)))
			fault(k, FILES, "%s%s%s is in no line of the journal",
			    kind ? folder : "", kind ? "/" : "", e->d_name);
	}
	if (d)
		(void)closedir(d);
}

static void
check_files(struct checker *k)
{
	check_folder(k, ".", NULL, "");
	check_folder(k, CASEBOOK_DOCUMENTS, "document", "");
	check_folder(k, CASEBOOK_BAGS, "bag", "");
	check_folder(k, CASEBOOK_ASSESSMENTS, "assessment", ".json");
}

enum status
check_case(const char *dir, const struct key *pinned, check_complaint *complain,
    void *state, struct check_report *out, struct error *err)
{
	struct checker k = {
		.dir = dir, .pinned = pinned, .complain = complain, .state = state, .r = out
	};
	struct casebook *newest = NULL;
	enum status st;

	memset(out, 0, sizeof *out);
	for (int i = 0; i < CHECK_STEPS; i++) {
		out->step[i].id = step_ids[i];
		out->step[i].what = step_names[i];
	}
	st = casebook_open_at(&newest, dir, NULL, err);
	if (st == E_IO || st == E_NOMEM)
		return st;
	out->step[JOURNAL].done = true;
	if (st != OK) {
		fault(&k, JOURNAL, "%s", err->text);
		return OK;
	}
	k.cb = newest;
	for (int i = 1; i < CHECK_STEPS; i++)
		out->step[i].done = true;
	check_lines(&k);
	check_tables(&k);
	check_documents(&k);
	check_claims(&k);
	check_assessments(&k);
	check_custody(&k);
	check_files(&k);
	casebook_close(newest);
	return OK;
}
