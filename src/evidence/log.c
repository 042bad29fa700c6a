/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/log_own.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "evidence/file.h"

enum status
log_fail_sys(struct log *l, const char *doing, const char *path, struct error *err)
{
	l->broken = true;
	return error_sys(err, "%s %s/%s", doing, l->dir, path);
}

/* Remember to sync; takes over the descriptor. */
static void
pend(struct log *l, int fd)
{
	if (l->pendings < PENDING_MAX) {
		l->pending[l->pendings++] = fd;
		return;
	}
	l->many = true;
	(void)close(fd);
}

void
log_forget_pending(struct log *l)
{
	while (l->pendings > 0)
		(void)close(l->pending[--l->pendings]);
	l->many = false;
}

static enum status
sync_pending(struct log *l, struct error *err)
{
	if (l->many && l->disk->sync_all(l->disk->state, l->dirfd) != 0)
		return log_fail_sys(l, "sync", "", err);
	if (!l->many)
		for (unsigned i = 0; i < l->pendings; i++)
			if (l->disk->sync(l->disk->state, l->pending[i]) != 0)
				return log_fail_sys(l, "sync a file of", "", err);
	log_forget_pending(l);
	return OK;
}

static bool
write_all(const struct log *l, int fd, struct span s)
{
	while (s.len > 0) {
		ssize_t n = l->disk->write(l->disk->state, fd, s.at, s.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			errno = n == 0 ? EIO : errno;
			return false;
		}
		s.at += n;
		s.len -= (size_t)n;
	}
	return true;
}

/* The folder that `path` lies in, or the log itself. */
static int
open_folder(const struct log *l, const char *path)
{
	char folder[TILE_PATH];

	file_parent(path, folder, sizeof folder);
	return openat(l->dirfd, folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/*
 * The folders above a tile. Each is a name in the one above and to be synced
 * there, also when it exists: a run that was cut off may have made it.
 */
static enum status
make_folders(struct log *l, int level, const char *path, struct error *err)
{
	char folder[TILE_PATH], *known = l->folder[level + 1];

	file_parent(path, folder, sizeof folder);
	if (strcmp(folder, known) == 0)
		return OK;
	for (size_t i = 0; path[i] != '\0'; i++) {
		int above;

		if (path[i] != '/')
			continue;
		memcpy(folder, path, i);
		folder[i] = '\0';
		if (l->disk->mkdir(l->disk->state, l->dirfd, folder) != 0 &&
		    errno != EEXIST)
			return log_fail_sys(l, "make", folder, err);
		above = open_folder(l, folder);
		if (above == -1)
			return log_fail_sys(l, "open what holds", folder, err);
		pend(l, above);
	}
	memcpy(known, folder, sizeof folder);
	return OK;
}

/*
 * A tile or bundle beyond the committed state: whatever an earlier, broken run
 * left under its name is nobody's and written over.
 */
static enum status
write_tile(struct log *l, int level, uint64_t n, unsigned width, struct span bytes,
    struct error *err)
{
	char path[TILE_PATH];
	enum status st;
	int fd, folder;

	CHECK(width != tile_width(l->state.size, level, n)); /* what is committed stays */
	st = make_folders(l, level, tile_path(level, n, width, path), err);
	if (st != OK)
		return st;
	fd = openat(
	    l->dirfd, path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (fd == -1)
		return log_fail_sys(l, "make", path, err);
	if (!write_all(l, fd, bytes)) {
		st = log_fail_sys(l, "write", path, err);
		(void)close(fd);
		return st;
	}
	pend(l, fd);
	folder = open_folder(l, path);
	if (folder == -1)
		return log_fail_sys(l, "open what holds", path, err);
	pend(l, folder);
	return OK;
}

/* The tile at the right edge; in two shifts, for 64 places at once are too many. */
uint64_t
log_edge_tile(uint64_t size, unsigned level)
{
	return size >> (8 * level) >> 8;
}

static enum status
write_edge(struct log *l, unsigned level, struct error *err)
{
	struct edge *e = &l->level[level];
	uint64_t n = log_edge_tile(l->size, level) - (e->n == TILE_WIDTH);
	struct span bytes = { e->hash[0].b, e->n * sizeof e->hash[0] };
	enum status st = OK;

	if (level == 0)
		st = write_tile(l, TILE_ENTRIES, n, e->n, buf_span(&l->bundle), err);
	if (st == OK)
		st = write_tile(l, (int)level, n, e->n, bytes, err);
	e->dirty = st != OK;
	return st;
}

static struct digest
edge_root(const struct edge *e)
{
	struct digest part[TILE_WIDTH / 2];

	for (unsigned i = 0; i < TILE_WIDTH / 2; i++)
		part[i] = merkle_node(&e->hash[2 * i], &e->hash[2 * i + 1]);
	for (unsigned n = TILE_WIDTH / 2; n > 1; n /= 2)
		for (unsigned i = 0; i < n / 2; i++)
			part[i] = merkle_node(&part[2 * i], &part[2 * i + 1]);
	return part[0];
}

enum status
log_append(struct log *l, struct span entry, uint64_t *index, struct error *err)
{
	struct digest up = merkle_leaf(entry);
	const uint8_t length[2] = { (uint8_t)(entry.len >> 8), (uint8_t)entry.len };
	enum status st;

	if (l->broken)
		return error_set(
		    err, E_MISUSE, "the log %s had an error: open it again", l->dir);
	if (entry.len > ENTRY_MAX)
		return error_set(err, E_LIMIT, "an entry of %zu bytes; the log takes %d",
		    entry.len, ENTRY_MAX);
	if (l->size >= MERKLE_SIZE_MAX)
		return error_set(err, E_LIMIT, "the log %s is full", l->dir);
	buf_put(&l->bundle, length, sizeof length);
	buf_put(&l->bundle, entry.at, entry.len);
	if (l->bundle.bad) {
		l->broken = true;
		return buf_state(&l->bundle, "a bundle of entries", err);
	}
	*index = l->size++;
	for (unsigned level = 0; level < TILE_LEVELS; level++) {
		struct edge *e = &l->level[level];

		e->hash[e->n++] = up;
		e->dirty = true;
		if (e->n < TILE_WIDTH)
			break;
		st = write_edge(l, level, err);
		if (st != OK)
			return st;
		up = edge_root(e);
		e->n = 0;
		if (level == 0)
			buf_reset(&l->bundle);
	}
	return OK;
}

struct digest
log_edges_root(const struct log *l)
{
	struct digest peak[MERKLE_LEVELS], r;
	unsigned peaks = 0;

	if (l->size == 0)
		return merkle_empty();
	for (unsigned level = TILE_LEVELS; level-- > 0;) {
		const struct edge *e = &l->level[level];
		unsigned at = 0;

		for (unsigned width = TILE_WIDTH / 2; width > 0; width /= 2) {
			struct digest part[TILE_WIDTH / 2];

			if ((e->n & width) == 0)
				continue;
			memcpy(part, &e->hash[at], width * sizeof *part);
			for (unsigned n = width; n > 1; n /= 2)
				for (unsigned i = 0; i < n / 2; i++)
					part[i] =
					    merkle_node(&part[2 * i], &part[2 * i + 1]);
			peak[peaks++] = part[0];
			at += width;
		}
	}
	r = peak[--peaks];
	while (peaks > 0)
		r = merkle_node(&peak[--peaks], &r);
	return r;
}

/* The new checkpoint beside the old one, synced, and then in its place. */
static enum status
replace_checkpoint(struct log *l, struct span note, struct error *err)
{
	int fd = openat(l->dirfd, CHECKPOINT_NEW,
	    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
	bool good;

	if (fd == -1)
		return log_fail_sys(l, "make", CHECKPOINT_NEW, err);
	good = write_all(l, fd, note) && l->disk->sync(l->disk->state, fd) == 0;
	if (!good) {
		enum status st = log_fail_sys(l, "write", CHECKPOINT_NEW, err);

		(void)close(fd);
		return st;
	}
	(void)close(fd);
	if (l->disk->rename(l->disk->state, l->dirfd, CHECKPOINT_NEW, CHECKPOINT) != 0)
		return log_fail_sys(l, "put in its place", CHECKPOINT, err);
	if (l->disk->sync(l->disk->state, l->dirfd) != 0)
		return log_fail_sys(l, "sync", CHECKPOINT, err);
	return OK;
}

/* Partial tiles whose full tile is committed now. Nobody needs them; no matter if it fails. */
static void
drop_partial(const struct log *l, int level, uint64_t n)
{
	char path[TILE_PATH], *end;
	const struct dirent *e;
	DIR *d;
	int fd;

	(void)tile_path(level, n, 1, path);
	end = strrchr(path, '/');
	*end = '\0'; /* ".p" */
	fd = openat(l->dirfd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	d = fd == -1 ? NULL : fdopendir(fd);
	if (d == NULL) {
		if (fd != -1)
			(void)close(fd);
		return;
	}
	while ((e = readdir(d)) != NULL)
		if (e->d_name[0] >= '1' && e->d_name[0] <= '9')
			(void)unlinkat(fd, e->d_name, 0);
	(void)closedir(d);
	(void)unlinkat(l->dirfd, path, AT_REMOVEDIR);
}

static void
drop_partials(const struct log *l, uint64_t before)
{
	for (int level = TILE_ENTRIES; level < TILE_LEVELS; level++) {
		uint64_t n =
		    log_edge_tile(before, level == TILE_ENTRIES ? 0 : (unsigned)level);

		if (tile_width(before, level, n) > 0 &&
		    tile_width(l->state.size, level, n) == TILE_WIDTH)
			drop_partial(l, level, n);
	}
}

enum status
log_publish(struct log *l, const struct checkpoint *cp, struct error *err)
{
	struct buf note;
	enum status st;

	buf_init(&note, NOTE_MAX);
	st = checkpoint_sign(cp, l->key, &note, err);
	if (st == OK)
		st = replace_checkpoint(l, buf_span(&note), err);
	if (st != OK) {
		l->broken = true;
		buf_release(&note);
		return st;
	}
	buf_release(&l->note);
	l->note = note;
	l->state = *cp;
	tiles_close(l->tiles);
	l->tiles = NULL;
	return OK;
}

enum status
log_commit(struct log *l, struct error *err)
{
	struct checkpoint next = l->state;
	uint64_t before = l->state.size;
	enum status st = OK;

	if (l->broken)
		return error_set(
		    err, E_MISUSE, "the log %s had an error: open it again", l->dir);
	if (l->size == before)
		return OK;
	for (unsigned level = 0; st == OK && level < TILE_LEVELS; level++)
		if (l->level[level].dirty && l->level[level].n > 0)
			st = write_edge(l, level, err);
	if (st == OK)
		st = sync_pending(l, err);
	if (st != OK)
		return st;
	next.size = l->size;
	next.root = log_edges_root(l);
	st = log_publish(l, &next, err);
	if (st == OK)
		drop_partials(l, before);
	return st;
}

const struct checkpoint *
log_state(const struct log *l)
{
	return &l->state;
}

struct span
log_note(const struct log *l)
{
	return buf_span(&l->note);
}

const struct note_key *
log_signer(const struct log *l)
{
	return &l->own;
}

enum status
log_adopt(struct log *l, struct span bytes, struct error *err)
{
	struct note n, ours;
	struct buf copy;
	enum status st;

	if (l->broken)
		return error_set(
		    err, E_MISUSE, "the log %s had an error: open it again", l->dir);
	st = note_parse(bytes, &n, err);
	if (st == OK)
		st = note_parse(buf_span(&l->note), &ours, err);
	if (st != OK)
		return st;
	if (n.text.len != ours.text.len || memcmp(n.text.at, ours.text.at, n.text.len) != 0)
		return error_set(err, E_DIFFERS,
		    "this is not the last checkpoint of the log %s", l->dir);
	if (note_check(&n, &l->own, NULL) != NOTE_GOOD)
		return error_set(
		    err, E_DIFFERS, "the signature of the log %s is not on it", l->dir);
	buf_init(&copy, NOTE_MAX);
	buf_put(&copy, bytes.at, bytes.len);
	st = buf_state(&copy, "the checkpoint", err);
	if (st == OK)
		st = replace_checkpoint(l, bytes, err);
	if (st != OK) {
		buf_release(&copy);
		return st;
	}
	buf_release(&l->note);
	l->note = copy;
	return OK;
}

struct tiles *
log_tiles(struct log *l)
{
	struct error err;

	if (l->tiles == NULL && tiles_open(&l->tiles, l->dirfd, l->state.size, &err) != OK)
		return NULL;
	return l->tiles;
}
