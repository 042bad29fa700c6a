/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/tiles.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "evidence/file.h"

struct cached {
	bool there;
	uint64_t n;
	unsigned width;
	struct digest hash[TILE_WIDTH];
};

struct tiles {
	int dirfd;
	uint64_t size;
	struct error why;
	struct cached level[TILE_LEVELS];
};

const char *
tile_path(int level, uint64_t n, unsigned width, char to[static TILE_PATH])
{
	uint64_t group = 1;
	size_t at;

	CHECK(level >= TILE_ENTRIES && level < TILE_LEVELS && width >= 1 &&
	      width <= TILE_WIDTH);
	if (level == TILE_ENTRIES)
		at = (size_t)snprintf(to, TILE_PATH, "tile/entries/");
	else
		at = (size_t)snprintf(to, TILE_PATH, "tile/%d/", level);
	while (n / group >= 1000)
		group *= 1000;
	for (; group > 1; group /= 1000)
		at += (size_t)snprintf(
		    to + at, TILE_PATH - at, "x%03" PRIu64 "/", n / group % 1000);
	at += (size_t)snprintf(to + at, TILE_PATH - at, "%03" PRIu64, n % 1000);
	if (width < TILE_WIDTH)
		at += (size_t)snprintf(to + at, TILE_PATH - at, ".p/%u", width);
	CHECK(at < TILE_PATH);
	return to;
}

unsigned
tile_width(uint64_t size, int level, uint64_t n)
{
	uint64_t hashes = size >> (8 * (level == TILE_ENTRIES ? 0 : level));
	uint64_t first = n * TILE_WIDTH;

	if (first >= hashes)
		return 0;
	return hashes - first < TILE_WIDTH ? (unsigned)(hashes - first) : TILE_WIDTH;
}

bool
bundle_next(struct cursor *c, struct span *entry)
{
	if (c->left == 0)
		return false;
	*entry = cursor_take(c, cursor_be16(c));
	return !c->bad;
}

enum status
tiles_open(struct tiles **out, int dirfd, uint64_t size, struct error *err)
{
	struct tiles *t;

	if (size > MERKLE_SIZE_MAX)
		return error_set(err, E_LIMIT, "a log of %" PRIu64 " entries", size);
	t = calloc(1, sizeof *t);
	if (t == NULL)
		return error_set(err, E_NOMEM, "no memory to read a log");
	t->dirfd = dirfd;
	t->size = size;
	*out = t;
	return OK;
}

void
tiles_close(struct tiles *t)
{
	free(t);
}

const struct error *
tiles_error(const struct tiles *t)
{
	return &t->why;
}

/*
 * The file of tile n for our size. A partial one may be gone when the full one
 * has come; then `*width` says that the full one was read.
 */
static enum status
read_tile(struct tiles *t, int level, uint64_t n, unsigned *width, size_t max,
    struct buf *out, struct error *err)
{
	char path[TILE_PATH];
	struct stat st;
	enum status status;
	int fd = file_open_beneath(t->dirfd, tile_path(level, n, *width, path), &st);

	if (fd == -1 && errno == ENOENT && *width < TILE_WIDTH) {
		*width = TILE_WIDTH;
		fd = file_open_beneath(t->dirfd, tile_path(level, n, *width, path), &st);
	}
	if (fd == -1)
		return error_sys(err, "open %s of the log", path);
	status = file_read_all(fd, path, max, out, err);
	(void)close(fd);
	return status;
}

static bool
load(struct tiles *t, unsigned level, uint64_t n)
{
	struct cached *c = &t->level[level];
	unsigned want = tile_width(t->size, (int)level, n), width = want;
	struct buf bytes;
	enum status st;

	if (c->there && c->n == n)
		return true;
	if (want == 0) {
		(void)error_set(&t->why, E_MISUSE, "the log has no tile %" PRIu64, n);
		return false;
	}
	buf_init(&bytes, sizeof c->hash);
	st = read_tile(t, (int)level, n, &width, sizeof c->hash, &bytes, &t->why);
	if (st == OK && bytes.len != (size_t)width * DIGEST_BYTES) {
		char path[TILE_PATH];

		st = error_set(&t->why, E_FORMAT, "%s has %zu bytes, not %zu",
		    tile_path((int)level, n, width, path), bytes.len,
		    (size_t)width * DIGEST_BYTES);
	}
	c->there = st == OK;
	if (st == OK) {
		memcpy(c->hash, bytes.at, (size_t)want * DIGEST_BYTES);
		c->n = n;
		c->width = want;
	}
	buf_release(&bytes);
	return st == OK;
}

bool
tiles_node(void *state, unsigned level, uint64_t index, struct digest *out)
{
	struct tiles *t = state;
	unsigned tile_level = level / 8, height = level % 8;
	uint64_t first = index << height;
	unsigned count = 1U << height, at = (unsigned)(first % TILE_WIDTH);
	struct digest part[TILE_WIDTH / 2];
	const struct cached *c;

	if (tile_level >= TILE_LEVELS || !load(t, tile_level, first / TILE_WIDTH))
		return false;
	c = &t->level[tile_level];
	if (at + count > c->width) {
		(void)error_set(&t->why, E_MISUSE, "the log has no such node");
		return false;
	}
	if (count == 1) {
		*out = c->hash[at];
		return true;
	}
	for (unsigned i = 0; i < count / 2; i++)
		part[i] = merkle_node(&c->hash[at + 2 * i], &c->hash[at + 2 * i + 1]);
	for (count /= 2; count > 1; count /= 2)
		for (unsigned i = 0; i < count / 2; i++)
			part[i] = merkle_node(&part[2 * i], &part[2 * i + 1]);
	*out = part[0];
	return true;
}

/* Keep the first `want` entries of a bundle; each must have the hash of its leaf. */
static enum status
check_bundle(
    struct tiles *t, uint64_t n, unsigned want, struct buf *bundle, struct error *err)
{
	const struct cached *c = &t->level[0];
	struct cursor cur = cursor_of(buf_span(bundle));
	struct span entry;

	if (!load(t, 0, n)) {
		*err = t->why;
		return E_FORMAT;
	}
	for (unsigned i = 0; i < want; i++) {
		struct digest leaf;

		if (!bundle_next(&cur, &entry))
			return error_set(err, E_FORMAT,
			    "bundle %" PRIu64 " of the log ends within entry %u", n, i);
		leaf = merkle_leaf(entry);
		if (!digest_same(&leaf, &c->hash[i]))
			return error_set(err, E_DIFFERS,
			    "entry %" PRIu64 " of the log is not the one that was hashed",
			    n * TILE_WIDTH + i);
	}
	bundle->len -= cur.left;
	return OK;
}

enum status
tiles_bundle(struct tiles *t, uint64_t n, struct buf *out, struct error *err)
{
	unsigned want = tile_width(t->size, TILE_ENTRIES, n), width = want;
	size_t whole;
	enum status st;

	if (want == 0)
		return error_set(err, E_MISUSE, "the log has no bundle %" PRIu64, n);
	st = read_tile(t, TILE_ENTRIES, n, &width, BUNDLE_MAX, out, err);
	if (st != OK)
		return st;
	whole = out->len;
	st = check_bundle(t, n, want, out, err);
	if (st == OK && width == want && out->len != whole)
		st = error_set(err, E_FORMAT,
		    "bundle %" PRIu64 " of the log has something behind its entries", n);
	if (st != OK)
		buf_reset(out);
	return st;
}

enum status
tiles_entry(struct tiles *t, uint64_t index, struct buf *out, struct error *err)
{
	struct buf bundle;
	struct cursor c;
	struct span entry = { 0 };
	enum status st;

	if (index >= t->size)
		return error_set(err, E_MISUSE,
		    "the log has %" PRIu64 " entries, not entry %" PRIu64, t->size, index);
	buf_init(&bundle, BUNDLE_MAX);
	st = tiles_bundle(t, index / TILE_WIDTH, &bundle, err);
	if (st == OK) {
		c = cursor_of(buf_span(&bundle));
		for (uint64_t i = 0; i <= index % TILE_WIDTH; i++)
			CHECK(bundle_next(&c, &entry));
		buf_put(out, entry.at, entry.len);
		st = buf_state(out, "the entry", err);
	}
	buf_release(&bundle);
	return st;
}
