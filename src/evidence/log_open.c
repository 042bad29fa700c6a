/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_open: is this log the one that its checkpoint says?
 */
#include "evidence/log_own.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "evidence/file.h"

/* The hashes at the right edge of the committed state, from its tiles. */
static enum status
load_edges(struct log *l, struct tiles *t, struct error *err)
{
	for (unsigned level = 0; level < TILE_LEVELS; level++) {
		struct edge *e = &l->level[level];
		uint64_t first = log_edge_tile(l->size, level) << 8;

		e->n = (unsigned)((l->size >> (8 * level)) - first);
		for (unsigned i = 0; i < e->n; i++)
			if (!tiles_node(t, 8 * level, first + i, &e->hash[i])) {
				*err = *tiles_error(t);
				return E_DIFFERS;
			}
	}
	return OK;
}

/* What the checkpoint commits to must come out of the tiles, and the bundle of the leaves. */
static enum status
load_state(struct log *l, struct error *err)
{
	struct tiles *t;
	struct digest root;
	enum status st = tiles_open(&t, l->dirfd, l->state.size, err);

	if (st != OK)
		return st;
	l->size = l->state.size;
	buf_reset(&l->bundle);
	st = load_edges(l, t, err);
	if (st == OK) {
		root = log_edges_root(l);
		if (!digest_same(&root, &l->state.root))
			st = error_set(
			    err, E_DIFFERS, "its tiles do not have the root that it names");
	}
	if (st == OK && l->size % TILE_WIDTH != 0)
		st = tiles_bundle(t, l->size / TILE_WIDTH, &l->bundle, err);
	tiles_close(t);
	if (st != OK)
		error_wrap(err, "the log %s contradicts its checkpoint", l->dir);
	return st;
}

/* Is `next` a state after ours, or ours a state after it, and do the tiles hold both? */
static enum status
is_one_history(struct log *l, const struct checkpoint *next, struct error *err)
{
	bool later = next->size > l->state.size;
	struct digest old, new;
	struct tiles *t;
	bool read;
	enum status st = tiles_open(&t, l->dirfd, later ? next->size : l->state.size, err);

	if (st != OK)
		return st;
	read = merkle_root(l->state.size, tiles_node, t, &old) &&
	       merkle_root(next->size, tiles_node, t, &new);
	if (!read)
		*err = *tiles_error(t);
	tiles_close(t);
	if (!read)
		return E_DIFFERS;
	if (!digest_same(&old, &l->state.root) || !digest_same(&new, &next->root))
		return error_set(err, E_DIFFERS, "they are not of one history");
	return OK;
}

/* A checkpoint of this log with our signature? It may lack its last newline: that was torn off. */
static bool
is_signed_by_us(const struct log *l, struct buf *bytes, struct checkpoint *out)
{
	struct error err;
	struct note n;

	if (bytes->len > 0 && bytes->at[bytes->len - 1] != '\n')
		buf_putc(bytes, '\n');
	return !bytes->bad && note_parse(buf_span(bytes), &n, &err) == OK &&
	       checkpoint_parse(n.text, out, &err) == OK &&
	       strcmp(out->origin, l->origin) == 0 &&
	       note_check(&n, &l->own, NULL) == NOTE_GOOD;
}

/*
 * A run that was cut off between signing a state and publishing it has told
 * nobody, but what it signed lies beside the checkpoint, for whoever copies the
 * disk: to go on from the state before would be to sign two histories. All that
 * the state holds was synced before it was signed, so it is published now. What
 * has not our whole signature binds us to nothing, and is written over.
 */
static enum status
finish_commit(struct log *l, struct error *err)
{
	struct checkpoint next;
	struct stat sb;
	struct buf bytes;
	enum status st;
	int fd = file_open_beneath(l->dirfd, CHECKPOINT_NEW, &sb);

	if (fd == -1)
		return errno == ENOENT ? OK
				       : error_sys(err, "open %s/" CHECKPOINT_NEW, l->dir);
	buf_init(&bytes, NOTE_MAX + 1);
	st = file_read_all(fd, CHECKPOINT_NEW, NOTE_MAX, &bytes, err);
	(void)close(fd);
	if (st == OK && is_signed_by_us(l, &bytes, &next)) {
		st = is_one_history(l, &next, err);
		if (st != OK)
			error_wrap(err,
			    "the log %s contradicts the state that it signed last, "
			    "in " CHECKPOINT_NEW,
			    l->dir);
		else if (next.size > l->state.size) {
			st = log_publish(l, &next, err);
			if (st == OK)
				st = load_state(l, err);
		}
	}
	buf_release(&bytes);
	return st;
}

static enum status
load_checkpoint(struct log *l, int fd, struct error *err)
{
	struct note n;
	enum status st = file_read_all(fd, CHECKPOINT, NOTE_MAX, &l->note, err);

	if (st == OK)
		st = note_parse(buf_span(&l->note), &n, err);
	if (st == OK)
		st = checkpoint_parse(n.text, &l->state, err);
	if (st != OK) {
		error_wrap(err, "the log %s", l->dir);
		return st == E_IO ? E_IO : E_DIFFERS;
	}
	if (strcmp(l->state.origin, l->origin) != 0)
		return error_set(
		    err, E_MISUSE, "%s is another log, not %s", l->dir, l->origin);
	if (note_check(&n, &l->own, NULL) != NOTE_GOOD)
		return error_set(err, E_DIFFERS,
		    "the checkpoint of the log %s is not signed by this key", l->dir);
	/* A crash may have come between its rename and the sync. */
	if (l->disk->sync(l->disk->state, fd) != 0 ||
	    l->disk->sync(l->disk->state, l->dirfd) != 0)
		return log_fail_sys(l, "sync", CHECKPOINT, err);
	st = load_state(l, err);
	return st == OK ? finish_commit(l, err) : st;
}

/* Sign the empty log before there is a tile, so that tiles without a checkpoint mean loss. */
static enum status
begin(struct log *l, struct error *err)
{
	struct checkpoint empty = { .root = merkle_empty() };
	struct stat st;

	if (fstatat(l->dirfd, "tile", &st, AT_SYMLINK_NOFOLLOW) == 0)
		return error_set(err, E_DIFFERS,
		    "the log %s has tiles but no checkpoint: it was damaged, and a new one "
		    "under "
		    "this name would contradict what was signed before",
		    l->dir);
	memcpy(empty.origin, l->origin, sizeof empty.origin);
	return log_publish(l, &empty, err);
}

static enum status
open_folder_and_lock(struct log *l, struct error *err)
{
	bool made = l->disk->mkdir(l->disk->state, AT_FDCWD, l->dir) == 0;

	if (!made && errno != EEXIST)
		return error_sys(err, "make the log %s", l->dir);
	l->dirfd = open(l->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (l->dirfd == -1)
		return error_sys(err, "open the log %s", l->dir);
	l->lockfd =
	    openat(l->dirfd, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (l->lockfd == -1)
		return error_sys(err, "open %s/lock", l->dir);
	if (flock(l->lockfd, LOCK_EX | LOCK_NB) != 0) {
		if (errno == EWOULDBLOCK)
			return error_set(
			    err, E_MISUSE, "another process writes the log %s", l->dir);
		return error_sys(err, "lock %s/lock", l->dir);
	}
	if (made) {
		char parent[4096];
		int fd;

		file_parent(l->dir, parent, sizeof parent);
		fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd == -1 || l->disk->sync(l->disk->state, fd) != 0) {
			enum status st = error_sys(err, "sync %s", parent);

			if (fd != -1)
				(void)close(fd);
			return st;
		}
		(void)close(fd);
	}
	return OK;
}

static enum status
open_it(struct log *l, struct error *err)
{
	enum status st = note_key_make(l->origin, NOTE_ED25519, l->key, &l->own, err);
	int fd;

	if (st == OK)
		st = open_folder_and_lock(l, err);
	if (st != OK)
		return st;
	fd = openat(l->dirfd, CHECKPOINT, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1) {
		if (errno == ENOENT)
			return begin(l, err);
		return error_sys(err, "open %s/" CHECKPOINT, l->dir);
	}
	st = load_checkpoint(l, fd, err);
	(void)close(fd);
	return st;
}

enum status
log_open(struct log **out, const char *dir, const char *origin, const struct key *key,
    const struct disk *disk, struct error *err)
{
	struct log *l = calloc(1, sizeof *l);
	enum status st;

	if (l == NULL)
		return error_set(err, E_NOMEM, "no memory for a log");
	l->dirfd = l->lockfd = -1;
	l->key = key;
	l->disk = disk;
	l->dir = strdup(dir);
	buf_init(&l->note, NOTE_MAX);
	buf_init(&l->bundle, BUNDLE_MAX);
	if (l->dir == NULL)
		st = error_set(err, E_NOMEM, "no memory for a log");
	else if (strlen(origin) >= sizeof l->origin)
		st = error_set(err, E_MISUSE, "the name of the log is too long");
	else {
		memcpy(l->origin, origin, strlen(origin));
		st = open_it(l, err);
	}
	if (st != OK) {
		log_close(l);
		return st;
	}
	*out = l;
	return OK;
}

void
log_close(struct log *l)
{
	if (l == NULL)
		return;
	log_forget_pending(l);
	tiles_close(l->tiles);
	note_key_release(&l->own);
	if (l->dirfd != -1)
		(void)close(l->dirfd);
	if (l->lockfd != -1)
		(void)close(l->lockfd); /* and with it the lock */
	buf_release(&l->note);
	buf_release(&l->bundle);
	free(l->dir);
	free(l);
}
