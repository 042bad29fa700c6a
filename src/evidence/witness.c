/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/witness.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/base64.h"
#include "evidence/digits.h"
#include "evidence/file.h"

#define CHECKPOINT     "checkpoint"
#define CHECKPOINT_NEW "checkpoint.new"

/* What we hold of one log. */
struct watched {
	char origin[NOTE_NAME];
	char folder[DIGEST_HEX];
	struct checkpoint last; /* size 0: none was cosigned */
	struct buf note;
};

struct witness {
	const char *name;
	const struct key *key;
	struct note_key own;
	const struct policy *policy;
	const struct disk *disk;
	int dirfd, lockfd;
	struct watched *log;
	unsigned logs;
	bool broken; /* nobody knows what the disk holds: open it again */
};

static struct span
line(struct cursor *c)
{
	const uint8_t *end = c->left ? memchr(c->at, '\n', c->left) : NULL;
	struct span s;

	if (end == NULL) {
		c->bad = true;
		return (struct span){ 0 };
	}
	s = cursor_take(c, (size_t)(end - c->at));
	cursor_skip(c, 1);
	return s;
}

enum status
witness_request_parse(struct span bytes, struct witness_request *out, struct error *err)
{
	struct cursor c = cursor_of(bytes);
	struct witness_request r = { 0 };
	struct span l = line(&c);

	if (bytes.len > WITNESS_REQUEST)
		return error_set(err, E_LIMIT, "the request has %zu bytes", bytes.len);
	if (l.len < 5 || memcmp(l.at, "old ", 4) != 0 ||
	    !digits_parse((struct span){ l.at + 4, l.len - 4 }, &r.old))
		return error_set(
		    err, E_FORMAT, "the request does not begin with: old SIZE");
	for (;;) {
		l = line(&c);
		if (c.bad)
			return error_set(err, E_FORMAT, "the request has no checkpoint");
		if (l.len == 0)
			break;
		if (r.path.n == WITNESS_PROOF)
			return error_set(
			    err, E_FORMAT, "more than %d hashes", WITNESS_PROOF);
		if (!base64_decode_exact(l, r.path.hash[r.path.n].b, DIGEST_BYTES))
			return error_set(
			    err, E_FORMAT, "hash %u is no SHA-256", r.path.n + 1);
		r.path.n++;
	}
	r.note = cursor_rest(&c);
	*out = r;
	return OK;
}

void
witness_request_encode(const struct witness_request *r, struct buf *out)
{
	buf_printf(out, "old %" PRIu64 "\n", r->old);
	for (unsigned i = 0; i < r->path.n; i++) {
		base64_encode((struct span){ r->path.hash[i].b, DIGEST_BYTES }, out);
		buf_putc(out, '\n');
	}
	buf_putc(out, '\n');
	buf_put(out, r->note.at, r->note.len);
}

static struct watched *
find(const struct witness *w, const char *origin)
{
	for (unsigned i = 0; i < w->logs; i++)
		if (strcmp(w->log[i].origin, origin) == 0)
			return &w->log[i];
	return NULL;
}

/* The note that we find must be one that we signed. */
static enum status
take_note(struct witness *w, struct watched *l, struct error *err)
{
	struct note n;
	enum status st = note_parse(buf_span(&l->note), &n, err);

	if (st == OK)
		st = checkpoint_parse(n.text, &l->last, err);
	if (st == OK && (strcmp(l->last.origin, l->origin) != 0 ||
			    note_check(&n, &w->own, NULL) != NOTE_GOOD))
		st = error_set(err, E_DIFFERS, "it is not what this witness signed");
	if (st != OK)
		error_wrap(err, "what was held of %s", l->origin);
	return st;
}

static enum status
load(struct witness *w, struct watched *l, struct error *err)
{
	char path[DIGEST_HEX + 16];
	struct stat sb;
	enum status st;
	int fd, folder;

	(void)snprintf(path, sizeof path, "%s/" CHECKPOINT, l->folder);
	fd = file_open_beneath(w->dirfd, path, &sb);
	if (fd == -1 && errno == ENOENT)
		return OK;
	if (fd == -1)
		return error_sys(err, "open %s", path);
	st = file_read_all(fd, path, NOTE_MAX, &l->note, err);
	/* a crash may have come between its rename and the sync */
	folder = openat(w->dirfd, l->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (st == OK && (folder == -1 || w->disk->sync(w->disk->state, fd) != 0 ||
			    w->disk->sync(w->disk->state, folder) != 0))
		st = error_sys(err, "sync %s", path);
	(void)close(fd);
	if (folder != -1)
		(void)close(folder);
	return st == OK ? take_note(w, l, err) : st;
}

static enum status
load_all(struct witness *w, struct error *err)
{
	enum status st = OK;

	w->log = calloc(POLICY_KEYS, sizeof *w->log);
	if (w->log == NULL)
		return error_set(err, E_NOMEM, "no memory for a witness");
	for (unsigned i = 0; st == OK && i < policy_logs(w->policy); i++) {
		const struct note_key *k = policy_log(w->policy, i);
		struct watched *l = &w->log[w->logs];
		struct digest d;

		if (find(w, k->name))
			continue;
		memcpy(l->origin, k->name, sizeof l->origin);
		d = digest_of((struct span){ (const uint8_t *)k->name, strlen(k->name) });
		(void)digest_hex(&d, l->folder);
		buf_init(&l->note, NOTE_MAX);
		w->logs++;
		st = load(w, l, err);
	}
	return st;
}

static enum status
open_and_lock(struct witness *w, const char *dir, struct error *err)
{
	if (w->disk->mkdir(w->disk->state, AT_FDCWD, dir) != 0 && errno != EEXIST)
		return error_sys(err, "make %s", dir);
	w->dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (w->dirfd == -1)
		return error_sys(err, "open %s", dir);
	w->lockfd =
	    openat(w->dirfd, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (w->lockfd == -1)
		return error_sys(err, "open %s/lock", dir);
	if (flock(w->lockfd, LOCK_EX | LOCK_NB) == 0)
		return OK;
	if (errno == EWOULDBLOCK)
		return error_set(err, E_MISUSE, "another witness uses %s", dir);
	return error_sys(err, "lock %s/lock", dir);
}

enum status
witness_open(struct witness **out, const char *dir, const char *name, const struct key *key,
    const struct policy *policy, const struct disk *disk, struct error *err)
{
	struct witness *w = calloc(1, sizeof *w);
	enum status st;

	if (w == NULL)
		return error_set(err, E_NOMEM, "no memory for a witness");
	*w = (struct witness){ .name = name,
		.key = key,
		.policy = policy,
		.disk = disk,
		.dirfd = -1,
		.lockfd = -1 };
	st = note_key_make(name, NOTE_COSIGNATURE, key, &w->own, err);
	if (st == OK)
		st = open_and_lock(w, dir, err);
	if (st == OK)
		st = load_all(w, err);
	if (st != OK) {
		witness_close(w);
		return st;
	}
	*out = w;
	return OK;
}

void
witness_close(struct witness *w)
{
	if (w == NULL)
		return;
	for (unsigned i = 0; i < w->logs; i++)
		buf_release(&w->log[i].note);
	free(w->log);
	note_key_release(&w->own);
	if (w->dirfd != -1)
		(void)close(w->dirfd);
	if (w->lockfd != -1)
		(void)close(w->lockfd); /* and with it the lock */
	free(w);
}

static bool
write_note(const struct disk *d, int fd, struct span s)
{
	while (s.len > 0) {
		ssize_t n = d->write(d->state, fd, s.at, s.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		s.at += n;
		s.len -= (size_t)n;
	}
	return true;
}

/* On the disk, with its name and the name of its folder, or not at all. */
static bool
persist(struct witness *w, const struct watched *l, struct span note)
{
	const struct disk *d = w->disk;
	int folder, fd;
	bool good;

	if (d->mkdir(d->state, w->dirfd, l->folder) != 0 && errno != EEXIST)
		return false;
	folder =
	    openat(w->dirfd, l->folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (folder == -1)
		return false;
	fd = openat(folder, CHECKPOINT_NEW,
	    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
	good = fd != -1 && write_note(d, fd, note) && d->sync(d->state, fd) == 0 &&
	       d->rename(d->state, folder, CHECKPOINT_NEW, CHECKPOINT) == 0 &&
	       d->sync(d->state, folder) == 0 && d->sync(d->state, w->dirfd) == 0;
	if (fd != -1)
		(void)close(fd);
	(void)close(folder);
	return good;
}

static void PRINTF_LIKE(3, 4)
    answer(struct witness_reply *r, unsigned status, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	r->status = status;
	buf_reset(&r->body);
	buf_printf(&r->body, "%s\n", text);
}

/* A key of this log signed it, and none of its keys wrongly. */
static bool
log_signed(const struct witness *w, const struct note *n, const char *origin)
{
	bool good = false;

	for (unsigned i = 0; i < policy_logs(w->policy); i++) {
		const struct note_key *k = policy_log(w->policy, i);
		enum note_verdict v;

		if (strcmp(k->name, origin) != 0)
			continue;
		v = note_check(n, k, NULL);
		if (v == NOTE_WRONG)
			return false;
		good |= v == NOTE_GOOD;
	}
	return good;
}

/* Does `next` follow from what we hold? */
static bool
follows(const struct watched *l, const struct checkpoint *next, const struct merkle_path *p)
{
	struct digest empty = merkle_empty();

	if (next->size == 0 && !digest_same(&next->root, &empty))
		return false;
	if (l->last.size == 0)
		return p->n == 0;
	return merkle_extends(&next->root, next->size, &l->last.root, l->last.size, p);
}

/* Sign, remember, and only then answer. */
static void
cosign(struct witness *w, struct watched *l, const struct note *n,
    const struct checkpoint *next, uint64_t now, struct witness_reply *r)
{
	struct buf note, lines;
	struct error err;
	struct note mine;

	buf_init(&note, NOTE_MAX), buf_init(&lines, NOTE_MAX);
	if (note_cosign(w->name, w->key, now, n->text, &lines, &err) != OK) {
		answer(r, 500, "cannot sign");
		goto out;
	}
	buf_put(&note, n->text.at, n->text.len + 1); /* and the empty line */
	note_lines_without(n, &w->own, &note);
	buf_put(&note, lines.at, lines.len);
	if (note.bad || note_parse(buf_span(&note), &mine, &err) != OK) {
		answer(r, 400, "no room for another signature on this checkpoint");
		goto out;
	}
	if (!persist(w, l, buf_span(&note))) {
		w->broken = true;
		answer(r, 500, "cannot remember what was signed");
		goto out;
	}
	l->last = *next;
	buf_release(&l->note);
	l->note = note;
	note = (struct buf){ 0 };
	r->status = 200;
	buf_reset(&r->body);
	buf_put(&r->body, lines.at, lines.len);
out:
	buf_release(&note), buf_release(&lines);
}

void
witness_add(struct witness *w, struct span bytes, uint64_t now, struct witness_reply *r)
{
	struct witness_request q;
	struct checkpoint next;
	struct watched *l;
	struct error err;
	struct note n;

	buf_init(&r->body, NOTE_MAX);
	if (w->broken) {
		answer(r, 500, "the witness had an error: open it again");
		return;
	}
	if (witness_request_parse(bytes, &q, &err) != OK ||
	    note_parse(q.note, &n, &err) != OK ||
	    checkpoint_parse(n.text, &next, &err) != OK) {
		answer(r, 400, "%s", err.text);
		return;
	}
	l = find(w, next.origin);
	if (l == NULL)
		answer(r, 404, "a log that this witness does not know");
	else if (!log_signed(w, &n, next.origin))
		answer(r, 403, "no signature of a key of this log that we know");
	else if (q.old > next.size)
		answer(r, 400, "the old size is above that of the checkpoint");
	else if (q.old != l->last.size)
		answer(r, 409, "%" PRIu64, l->last.size);
	else if (!follows(l, &next, &q.path))
		answer(r, 422, "it does not follow from what this witness signed");
	else
		cosign(w, l, &n, &next, now, r);
}

struct span
witness_latest(const struct witness *w, const char *hex)
{
	for (unsigned i = 0; i < w->logs && !w->broken; i++)
		if (strcmp(w->log[i].folder, hex) == 0)
			return buf_span(&w->log[i].note);
	return (struct span){ 0 };
}
