/* SPDX-License-Identifier: Apache-2.0 */
#include "case/casebook.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/base64.h"
#include "case/kind.h"
#include "evidence/file.h"
#include "evidence/leaf.h"

struct writer {
	char id[DIGEST_HEX];
	uint64_t since; /* the line that introduced it */
	struct key *key;
};

struct casebook {
	char *dir;
	int dirfd, lock, journal_fd; /* -1: not open */
	enum casebook_mode mode;
	struct db *db;
	struct buf journal;
	size_t sound; /* bytes of it that are whole lines */
	uint64_t n;
	struct digest head;
	char *title;
	struct writer writer[CASEBOOK_KEYS];
	unsigned writers;
	const struct casebook_log *log;
	const char *until; /* hex of the last line to be read; NULL: all */
};

enum status
casebook_write_file(int dirfd, const char *name, struct span bytes, struct error *err)
{
	char beside[DIGEST_HEX + 32];
	enum status st = OK;
	int fd;

	(void)snprintf(beside, sizeof beside, ".%s.partial", name);
	(void)unlinkat(dirfd, beside, 0);
	fd = openat(
	    dirfd, beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd == -1)
		return error_sys(err, "make %s", name);
	if (!file_write_all(fd, bytes) || fsync(fd) != 0)
		st = error_sys(err, "write %s", name);
	(void)close(fd);
	if (st == OK && renameat(dirfd, beside, dirfd, name) != 0)
		st = error_sys(err, "rename %s", name);
	if (st == OK && !file_sync_dir(dirfd))
		st = error_sys(err, "sync the folder of %s", name);
	if (st != OK)
		(void)unlinkat(dirfd, beside, 0);
	return st;
}

static int
open_folder(int dirfd, const char *name, bool make)
{
	if (make && mkdirat(dirfd, name, 0755) != 0 && errno != EEXIST)
		return -1;
	return openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static enum status
introduce(struct casebook *cb, json_t *key, uint64_t n, struct error *err)
{
	const char *text = json_string_value(json_object_get(key, "public"));
	struct writer *w = &cb->writer[cb->writers];
	uint8_t raw[KEY_BYTES];
	struct digest id;
	enum status st;

	if (text == NULL ||
	    !base64_decode_exact(
		(struct span){ (const uint8_t *)text, strlen(text) }, raw, sizeof raw))
		return error_set(
		    err, E_FORMAT, "journal line %" PRIu64 ": the key in it is none", n);
	if (cb->writers == CASEBOOK_KEYS)
		return error_set(err, E_LIMIT,
		    "journal line %" PRIu64 ": more than %d keys", n, CASEBOOK_KEYS);
	st = key_from_raw(&w->key, raw, err);
	if (st != OK)
		return st;
	id = key_id(w->key);
	(void)digest_hex(&id, w->id);
	w->since = n;
	cb->writers++;
	return OK;
}

const struct key *
casebook_key(const struct casebook *cb, const char *id, uint64_t n)
{
	for (unsigned i = 0; i < cb->writers; i++)
		if (strcmp(cb->writer[i].id, id) == 0 && cb->writer[i].since <= n)
			return cb->writer[i].key;
	return NULL;
}

/* What the lines say about the case itself: its title and who may write. */
static enum status
note_entry(struct casebook *cb, const struct journal_entry *e, struct error *err)
{
	json_t *title = json_object_get(e->value, "title");

	if (e->n == 1) {
		if (strcmp(e->kind, "case") != 0 || !json_is_string(title))
			return error_set(
			    err, E_FORMAT, "journal line 1 does not begin a case");
		cb->title = strdup(json_string_value(title));
		if (cb->title == NULL)
			return error_set(err, E_NOMEM, "no memory");
		return introduce(cb, json_object_get(e->value, "key"), 1, err);
	}
	if (strcmp(e->kind, "key") == 0)
		return introduce(cb, e->value, e->n, err);
	return OK;
}

/* Give the lines after `n` to the tables. */
static enum status
catch_up(struct casebook *cb, struct db *db, uint64_t n, struct error *err)
{
	struct journal_reader r;
	struct journal_entry e;
	bool more = true;
	enum status st = db_begin(db, err);

	journal_read(&r, (struct span){ (const uint8_t *)cb->journal.at, cb->sound });
	while (st == OK) {
		st = journal_next(&r, &e, &more, err);
		if (st != OK || !more)
			break;
		if (e.n > n)
			st = db_apply(db, &e, err);
		journal_release(&e);
	}
	return st == OK ? db_commit(db, err) : st;
}

/* Every line is chained to the one before; the last one's hash is the head. */
static enum status
walk_journal(struct casebook *cb, struct error *err)
{
	struct journal_reader r;
	struct journal_entry e;
	bool more = true, found = false;
	enum status st = OK;

	journal_read(&r, buf_span(&cb->journal));
	while (st == OK && !found) {
		char hex[DIGEST_HEX];

		st = journal_next(&r, &e, &more, err);
		if (st != OK || !more)
			break;
		st = note_entry(cb, &e, err);
		cb->n = e.n;
		cb->head = e.line;
		found = cb->until && strcmp(digest_hex(&e.line, hex), cb->until) == 0;
		journal_release(&e);
	}
	if (st == OK && cb->until && !found)
		st = error_set(
		    err, E_DIFFERS, "no line of the journal is %.16s...", cb->until);
	cb->sound = cb->journal.len - r.left.len;
	if (st == OK && cb->n == 0)
		st = error_set(err, E_FORMAT, "the journal has no line");
	return st;
}

/* The hash of line n, to compare the tables with. Zeros: there is no such line. */
static struct digest
line_hash(const struct casebook *cb, uint64_t n)
{
	struct span left = { (const uint8_t *)cb->journal.at, cb->sound };
	const struct digest none = { 0 };

	for (uint64_t i = 1; left.len > 0; i++) {
		const uint8_t *end = memchr(left.at, '\n', left.len);
		size_t len = (size_t)(end - left.at);

		if (i == n)
			return digest_of((struct span){ left.at, len });
		left.at = end + 1;
		left.len -= len + 1;
	}
	return none;
}

static enum status
read_journal(struct casebook *cb, struct error *err)
{
	struct stat s;
	int fd = file_open_regular(cb->dirfd, CASEBOOK_JOURNAL, &s);
	enum status st;

	if (fd == -1)
		return errno == ENOENT || errno == ENOTDIR
			   ? error_set(err, E_FORMAT,
				 "this is no case: it has no " CASEBOOK_JOURNAL)
			   : error_sys(err, "open " CASEBOOK_JOURNAL);
	st = file_read_all(fd, CASEBOOK_JOURNAL, JOURNAL_MAX, &cb->journal, err);
	(void)close(fd);
	return st;
}

static enum status
memory_tables(struct casebook *cb, struct error *err)
{
	enum status st;

	db_close(cb->db);
	cb->db = NULL;
	st = db_open(&cb->db, NULL, true, err);
	return st == OK ? catch_up(cb, cb->db, 0, err) : st;
}

/* The tables' own file, if it is sound and not behind; who reads takes no other. */
static enum status
file_tables(struct casebook *cb, struct error *err)
{
	struct digest line = { 0 }, want;
	char path[4096 + 16];
	uint64_t n = 0;
	enum status st;

	(void)snprintf(path, sizeof path, "%s/" CASEBOOK_DB, cb->dir);
	st = db_open(&cb->db, path, cb->mode == CASEBOOK_WRITE, err);
	if (st == OK)
		st = db_head(cb->db, &n, &line, err);
	want = line_hash(cb, n);
	if (st == OK && (n > cb->n || memcmp(&line, &want, sizeof want) != 0))
		st = error_set(err, E_DIFFERS,
		    "case.db is at entry %" PRIu64
		    " and the journal, which ends at %" PRIu64
		    ", does not lead there: one of the two was cut or changed",
		    n, cb->n);
	if (st == OK && n < cb->n)
		st = cb->mode == CASEBOOK_WRITE
			 ? catch_up(cb, cb->db, n, err)
			 : error_set(err, E_DIFFERS, "case.db is behind");
	return st;
}

static enum status
take_lock(struct casebook *cb, struct error *err)
{
	cb->lock =
	    openat(cb->dirfd, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (cb->lock == -1)
		return error_sys(err, "open the lock of the case");
	if (flock(cb->lock, LOCK_EX | LOCK_NB) != 0)
		return error_set(err, E_MISUSE, "somebody else writes in this case");
	return OK;
}

/* A last line without its newline was never acknowledged: it goes. */
static enum status
open_journal(struct casebook *cb, struct error *err)
{
	cb->journal_fd = openat(
	    cb->dirfd, CASEBOOK_JOURNAL, O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
	if (cb->journal_fd == -1)
		return error_sys(err, "open " CASEBOOK_JOURNAL);
	if (cb->sound < cb->journal.len && ftruncate(cb->journal_fd, (off_t)cb->sound) != 0)
		return error_sys(err, "cut an unfinished line off " CASEBOOK_JOURNAL);
	cb->journal.len = cb->sound;
	return OK;
}

static enum status
begin(struct casebook **out, const char *dir, enum casebook_mode mode,
    const struct casebook_log *log, struct error *err)
{
	struct casebook *cb = calloc(1, sizeof *cb);

	if (cb == NULL)
		return error_set(err, E_NOMEM, "no memory");
	cb->dirfd = cb->lock = cb->journal_fd = -1;
	cb->mode = mode;
	cb->log = log;
	buf_init(&cb->journal, JOURNAL_MAX);
	*out = cb;
	cb->dir = strdup(dir);
	if (cb->dir == NULL || strlen(dir) >= 4096)
		return error_set(err, E_NOMEM, "no memory for a name that long");
	cb->dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (cb->dirfd == -1)
		return error_sys(err, "open %s", dir);
	return OK;
}

enum status
casebook_open(struct casebook **out, const char *dir, enum casebook_mode mode,
    const struct casebook_log *log, struct error *err)
{
	struct casebook *cb = NULL;
	struct error unimportant;
	enum status st = begin(&cb, dir, mode, log, err);

	if (st == OK && mode == CASEBOOK_WRITE)
		st = take_lock(cb, err);
	if (st == OK)
		st = read_journal(cb, err);
	if (st == OK)
		st = walk_journal(cb, err);
	if (st == OK && mode == CASEBOOK_WRITE)
		st = file_tables(cb, err);
	else if (st == OK && file_tables(cb, &unimportant) != OK)
		st = memory_tables(cb, err);
	if (st == OK && mode == CASEBOOK_WRITE)
		st = open_journal(cb, err);
	if (st != OK) {
		if (cb && cb->dirfd != -1)
			error_wrap(err, "%s", dir);
		casebook_close(cb);
		return st;
	}
	*out = cb;
	return OK;
}

enum status
casebook_open_at(
    struct casebook **out, const char *dir, const char *line, struct error *err)
{
	struct casebook *cb = NULL;
	enum status st = begin(&cb, dir, CASEBOOK_READ, NULL, err);

	if (st == OK) {
		cb->until = line;
		st = read_journal(cb, err);
	}
	if (st == OK)
		st = walk_journal(cb, err);
	if (st == OK)
		st = memory_tables(cb, err);
	if (st != OK) {
		casebook_close(cb);
		return st;
	}
	*out = cb;
	return OK;
}

void
casebook_close(struct casebook *cb)
{
	if (cb == NULL)
		return;
	db_close(cb->db);
	for (unsigned i = 0; i < cb->writers; i++)
		key_free(cb->writer[i].key);
	if (cb->journal_fd != -1)
		(void)close(cb->journal_fd);
	if (cb->lock != -1)
		(void)close(cb->lock);
	if (cb->dirfd != -1)
		(void)close(cb->dirfd);
	buf_release(&cb->journal);
	free(cb->title);
	free(cb->dir);
	free(cb);
}

enum status
casebook_rebuild(const char *dir, struct error *err)
{
	static const char *const files[] = { CASEBOOK_DB, CASEBOOK_DB "-wal",
		CASEBOOK_DB "-shm" };
	struct casebook *cb = NULL;
	enum status st = begin(&cb, dir, CASEBOOK_WRITE, NULL, err);

	if (st == OK)
		st = take_lock(cb, err);
	if (st == OK)
		st = read_journal(cb, err);
	if (st == OK)
		st = walk_journal(cb, err);
	for (size_t i = 0; st == OK && i < sizeof files / sizeof *files; i++)
		if (unlinkat(cb->dirfd, files[i], 0) != 0 && errno != ENOENT)
			st = error_sys(err, "remove %s", files[i]);
	if (st == OK)
		st = file_tables(cb, err);
	casebook_close(cb);
	return st;
}

/* Line, then leaf, then tables: in the order in which they are needed again. */
static enum status
write_line(struct casebook *cb, struct buf *line, const struct key *key, struct error *err)
{
	struct journal_entry e = { 0 };
	struct buf leaf;
	enum status st;

	st = journal_parse(
	    (struct span){ (const uint8_t *)line->at, line->len - 1 }, &e, err);
	if (st != OK)
		return st;
	if (cb->sound + line->len > JOURNAL_MAX)
		st = error_set(err, E_LIMIT, "the journal would be longer than %zu bytes",
		    JOURNAL_MAX);
	if (st == OK && (!file_write_all(cb->journal_fd, buf_span(line)) ||
			    fdatasync(cb->journal_fd) != 0))
		st = error_sys(err, "write " CASEBOOK_JOURNAL);
	if (st == OK) {
		buf_put(&cb->journal, line->at, line->len);
		cb->sound += line->len;
		cb->n = e.n;
		cb->head = e.line;
	}
	buf_init(&leaf, LEAF_MAX);
	if (st == OK && cb->log) {
		journal_leaf(&e, key, &leaf);
		st = buf_state(&leaf, "the leaf", err);
		if (st == OK)
			st = cb->log->append(cb->log->state, buf_span(&leaf), err);
	}
	buf_release(&leaf);
	if (st == OK)
		st = db_begin(cb->db, err);
	if (st == OK)
		st = db_apply(cb->db, &e, err);
	if (st == OK)
		st = db_commit(cb->db, err);
	journal_release(&e);
	return st;
}

static enum status
add(struct casebook *cb, const struct casebook_hand *hand, const char *kind, const char *id,
    json_t *body, struct error *err)
{
	struct journal_new w = { .n = cb->n + 1, .prev = cb->head, .kind = kind, .id = id };
	struct buf line, text;
	enum status st;

	buf_init(&line, JOURNAL_LINE_MAX);
	buf_init(&text, JOURNAL_LINE_MAX - 1024);
	shape_put(body, &text);
	st = buf_state(&text, kind, err);
	w.body = buf_span(&text);
	w.time_ns = hand->now_ns(hand->state);
	if (st == OK && !hand->salt(hand->state, w.salt))
		st = error_sys(err, "get random bytes");
	if (st == OK)
		st = journal_sign(&w, hand->key, &line, err);
	if (st == OK)
		st = write_line(cb, &line, hand->key, err);
	buf_release(&line), buf_release(&text);
	return st;
}

enum status
casebook_add(struct casebook *cb, const struct casebook_hand *hand, const char *kind,
    const char *id, json_t *body, struct error *err)
{
	const struct kind *k = kind_find(kind);
	const char *own = json_string_value(json_object_get(body, "id"));
	struct digest mine = key_id(hand->key);
	char hex[DIGEST_HEX];
	enum status st;

	CHECK(k != NULL && cb->mode == CASEBOOK_WRITE);
	st = shape_check(k->shape, body, err);
	if (st == OK && (!shape_is_id(id) || (own && strcmp(own, id) != 0)))
		st = error_set(err, E_FORMAT, "its id is not %s", id);
	if (st == OK && casebook_key(cb, digest_hex(&mine, hex), UINT64_MAX) == NULL)
		st = error_set(err, E_MISUSE,
		    "key %.16s... may not write in this case: who may has to add it first",
		    hex);
	if (st == OK)
		st = add(cb, hand, kind, id, body, err);
	if (st == OK && strcmp(kind, "key") == 0)
		st = introduce(cb, body, cb->n, err);
	if (st != OK)
		error_wrap(err, "%s %s", kind, id);
	return st;
}

/* A case that could not be begun leaves an empty directory. */
static void
unmake(int dirfd)
{
	static const char *const files[] = { CASEBOOK_JOURNAL, CASEBOOK_DB,
		CASEBOOK_DB "-wal", CASEBOOK_DB "-shm", "lock" };

	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		(void)unlinkat(dirfd, files[i], 0);
}

enum status
casebook_new(const char *dir, const char *title, const char *name,
    const struct casebook_hand *hand, const struct casebook_log *log, struct error *err)
{
	struct casebook *cb = NULL;
	struct buf b64 = { .max = BASE64_CHARS(KEY_BYTES) };
	json_t *body = NULL;
	enum status st;

	if (key_kind(hand->key) != KEY_ED25519)
		return error_set(err, E_MISUSE, "a case is kept with an Ed25519 key");
	base64_encode((struct span){ key_raw(hand->key), KEY_BYTES }, &b64);
	body = json_pack("{s:s, s:{s:s, s:s*}, s:s}", "format", CASEBOOK_FORMAT, "key",
	    "public", b64.at, "name", name, "title", title);
	st = body ? shape_check(kind_find("case")->shape, body, err)
		  : error_set(err, E_FORMAT, "the title or the name is not UTF-8");
	if (st == OK && mkdir(dir, 0755) != 0 && errno != EEXIST)
		st = error_sys(err, "make %s", dir);
	if (st == OK)
		st = begin(&cb, dir, CASEBOOK_WRITE, log, err);
	if (st == OK && !file_dir_is_empty(openat(cb->dirfd, ".", O_RDONLY | O_DIRECTORY)))
		st = error_set(err, E_MISUSE, "%s is there already and not empty", dir);
	if (st == OK)
		st = take_lock(cb, err);
	if (st == OK)
		cb->journal_fd = openat(cb->dirfd, CASEBOOK_JOURNAL,
		    O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (st == OK && cb->journal_fd == -1)
		st = error_sys(err, "make " CASEBOOK_JOURNAL);
	if (st == OK) {
		char path[4096 + 16];

		(void)snprintf(path, sizeof path, "%s/" CASEBOOK_DB, dir);
		st = db_open(&cb->db, path, true, err);
	}
	if (st == OK)
		st = add(cb, hand, "case", "case", body, err);
	if (st == OK && !file_sync_dir(cb->dirfd))
		st = error_sys(err, "sync %s", dir);
	if (st != OK && cb && cb->journal_fd != -1)
		unmake(cb->dirfd);
	json_decref(body);
	buf_release(&b64);
	casebook_close(cb);
	return st;
}

enum status
casebook_keep_document(
    struct casebook *cb, struct span bytes, struct digest *id, struct error *err)
{
	char hex[DIGEST_HEX];
	struct digest d = digest_of(bytes);
	int folder;
	enum status st;

	if (bytes.len > CASEBOOK_DOCUMENT_MAX)
		return error_set(err, E_LIMIT, "the document is larger than %zu bytes",
		    CASEBOOK_DOCUMENT_MAX);
	folder = open_folder(cb->dirfd, CASEBOOK_DOCUMENTS, true);
	if (folder == -1)
		return error_sys(err, "open " CASEBOOK_DOCUMENTS);
	st = casebook_write_file(folder, digest_hex(&d, hex), bytes, err);
	(void)close(folder);
	if (st == OK)
		*id = d;
	return st;
}

enum status
casebook_read_document(
    struct casebook *cb, const char *id, struct buf *out, struct error *err)
{
	char path[sizeof CASEBOOK_DOCUMENTS + DIGEST_HEX], hex[DIGEST_HEX];
	struct digest d;
	struct stat s;
	enum status st;
	int fd;

	if (!shape_is_hash(id))
		return error_set(err, E_FORMAT, "no document is called that");
	(void)snprintf(path, sizeof path, CASEBOOK_DOCUMENTS "/%s", id);
	fd = file_open_beneath(cb->dirfd, path, &s);
	if (fd == -1)
		return error_sys(err, "open %s", path);
	st = file_read_all(fd, path, CASEBOOK_DOCUMENT_MAX, out, err);
	(void)close(fd);
	if (st != OK)
		return st;
	d = digest_of(buf_span(out));
	if (strcmp(digest_hex(&d, hex), id) != 0)
		return error_set(
		    err, E_DIFFERS, "%s was changed: its hash is now %s", path, hex);
	return OK;
}

enum status
casebook_list(
    struct casebook *cb, const char *kind, const char *id, json_t **out, struct error *err)
{
	return db_list(cb->db, kind, id, out, err);
}

json_t *
casebook_get(struct casebook *cb, const char *kind, const char *id)
{
	struct error err;
	json_t *list, *body;

	if (db_list(cb->db, kind, id, &list, &err) != OK)
		return NULL;
	body = json_incref(json_object_get(json_array_get(list, 0), "body"));
	json_decref(list);
	return body;
}

struct db *
casebook_db(struct casebook *cb)
{
	return cb->db;
}

int
casebook_dirfd(const struct casebook *cb)
{
	return cb->dirfd;
}

const char *
casebook_dir(const struct casebook *cb)
{
	return cb->dir;
}

struct span
casebook_journal(const struct casebook *cb)
{
	return (struct span){ (const uint8_t *)cb->journal.at, cb->sound };
}

uint64_t
casebook_head(const struct casebook *cb, struct digest *line)
{
	if (line)
		*line = cb->head;
	return cb->n;
}

const char *
casebook_title(const struct casebook *cb)
{
	return cb->title;
}
