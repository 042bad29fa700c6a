/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bag_read: is this bag the one that its manifests describe?
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"
#include "evidence/bag.h"
#include "evidence/bag_walk.h"
#include "evidence/file.h"
#include "evidence/manifest.h"

#define PATHS_MAX ((size_t)64 << 20)

#define MANIFEST    "manifest-sha256.txt"
#define TAGMANIFEST "tagmanifest-sha256.txt"

struct bag {
	int dirfd;
	struct arena arena;
	struct walk walk;
	struct bag_file *files; /* what bag_files shows */
};

/* The whole of a tag file; false: said why, or not there. */
static bool
tag_file(
    const struct bag *b, struct faults *f, const char *name, size_t max, struct buf *out)
{
	struct error err;
	struct stat st;
	int fd;
	bool good;

	buf_init(out, max);
	if (walk_find(&b->walk, name) == NULL) {
		fault(f, "%s is missing", name);
		return false;
	}
	fd = file_open_regular(b->dirfd, name, &st);
	if (fd == -1) {
		fault(f, "%s cannot be read: %s", name, strerror(errno));
		return false;
	}
	good = file_read_all(fd, name, max, out, &err) == OK;
	(void)close(fd);
	if (!good)
		fault(f, "%s", err.text);
	return good;
}

static void
check_bagit(const struct bag *b, struct faults *f)
{
	static const char want[] = BAG_BAGIT_TXT;
	struct buf text;

	if (tag_file(b, f, "bagit.txt", BAG_TAG_MAX, &text) &&
	    (text.len != sizeof want - 1 || memcmp(text.at, want, text.len) != 0))
		fault(f, "bagit.txt does not say BagIt 1.0 and UTF-8 as we write it");
	buf_release(&text);
}

/* "Label: value", both printable. */
static bool
is_info_line(struct span line)
{
	const uint8_t *colon = line.len ? memchr(line.at, ':', line.len) : NULL;
	struct cursor c = cursor_of(line);

	if (colon == NULL || colon == line.at || (size_t)(colon - line.at) + 2 > line.len ||
	    colon[1] != ' ')
		return false;
	while (c.left > 0) {
		size_t n = utf8_length(c.at, c.left);

		if (n == 0 || c.at[0] < 0x20 || c.at[0] == 0x7f)
			return false;
		cursor_skip(&c, n);
	}
	return true;
}

/* The lines of bag-info.txt, and the count of the payload in the last one. */
static void
check_info_lines(struct faults *f, struct cursor c, const char *oxum)
{
	struct span line = { 0 };
	unsigned n = 0;

	while (c.left > 0) {
		const uint8_t *end = memchr(c.at, '\n', c.left);

		n++;
		if (end == NULL) {
			fault(f, "bag-info.txt line %u does not end", n);
			return;
		}
		line = cursor_take(&c, (size_t)(end - c.at));
		cursor_skip(&c, 1);
		if (!is_info_line(line))
			fault(f, "bag-info.txt line %u is not \"Label: value\"", n);
	}
	if (line.len != strlen(oxum) || memcmp(line.at, oxum, line.len) != 0)
		fault(f, "bag-info.txt does not end in \"%s\", which is what lies in data/",
		    oxum);
}

static void
check_info(const struct bag *b, struct faults *f)
{
	uint64_t bytes = 0, files = 0;
	char oxum[80];
	struct buf text;

	for (size_t i = 0; i < b->walk.n; i++)
		if (strncmp(b->walk.files[i].file.path, "data/", 5) == 0) {
			bytes += b->walk.files[i].file.size;
			files++;
		}
	(void)snprintf(
	    oxum, sizeof oxum, "Payload-Oxum: %" PRIu64 ".%" PRIu64, bytes, files);
	if (tag_file(b, f, "bag-info.txt", BAG_TAG_MAX, &text))
		check_info_lines(f, cursor_of(buf_span(&text)), oxum);
	buf_release(&text);
}

/* May this path stand in this manifest? */
static bool
belongs(const char *path, bool payload)
{
	if (payload)
		return strncmp(path, "data/", 5) == 0;
	return strcmp(path, "bag-info.txt") == 0 || strcmp(path, "bagit.txt") == 0 ||
	       strcmp(path, MANIFEST) == 0;
}

static void
check_line(const struct bag *b, struct faults *f, const char *name, bool payload,
    const struct manifest_reader *r)
{
	struct found *found = walk_find(&b->walk, r->path);

	if (!belongs(r->path, payload))
		fault(f, "%s line %u names %s, which does not belong there", name, r->line,
		    r->path);
	else if (found == NULL)
		fault(f, "%s is missing; %s names it", r->path, name);
	else {
		found->listed = true;
		found->wanted = r->digest;
	}
}

static void
check_manifest(const struct bag *b, struct faults *f, const char *name, bool payload)
{
	struct manifest_reader r;
	enum manifest_verdict v;
	struct buf text;

	if (!tag_file(b, f, name, BAG_MANIFEST_MAX, &text)) {
		buf_release(&text);
		return;
	}
	manifest_read(&r, buf_span(&text));
	while ((v = manifest_next(&r)) != MANIFEST_END) {
		if (v == MANIFEST_LINE)
			check_line(b, f, name, payload, &r);
		else if (v == MANIFEST_SPELLING)
			fault(f,
			    "%s line %u is not 64 small hex digits, two spaces and a path",
			    name, r.line);
		else if (v == MANIFEST_PATH)
			fault(f, "%s line %u has a path that no bag of ours has", name,
			    r.line);
		else
			fault(f, "%s line %u: %s stands there twice or out of order", name,
			    r.line, r.path);
	}
	buf_release(&text);
}

/* Hash what is there. False: it could not be read, errno says why. */
static bool
hash_file(const struct bag *b, struct bag_file *file)
{
	struct digest_stream s;
	struct stat st;
	int fd = file_open_beneath(b->dirfd, file->path, &st);
	ssize_t n;

	if (fd == -1)
		return false;
	digest_stream_begin(&s);
	file->size = 0;
	do {
		static const size_t block = 65536;
		uint8_t bytes[65536];

		n = read(fd, bytes, block);
		if (n > 0) {
			digest_stream_add(&s, (struct span){ bytes, (size_t)n });
			file->size += (uint64_t)n;
		}
	} while ((n > 0 && file->size <= BAG_FILE_MAX) || (n < 0 && errno == EINTR));
	file->digest = digest_stream_end(&s);
	(void)close(fd);
	return n == 0;
}

static void
check_files(const struct bag *b, struct faults *f)
{
	uint64_t total = 0;

	for (size_t i = 0; i < b->walk.n; i++) {
		struct found *x = &b->walk.files[i];
		const char *path = x->file.path;
		bool payload = strncmp(path, "data/", 5) == 0;

		if (!x->listed && strcmp(path, TAGMANIFEST) != 0)
			fault(f, "%s is in the bag, but %s does not name it", path,
			    payload ? MANIFEST : TAGMANIFEST);
		total += x->file.size;
		if (x->file.size > BAG_FILE_MAX || total > BAG_BYTES_MAX) {
			fault(f, "%s is not hashed: the bag is larger than we take", path);
			continue;
		}
		if (!hash_file(b, &x->file)) {
			fault(f, "%s cannot be read: %s", path, strerror(errno));
			continue;
		}
		if (x->listed && memcmp(&x->wanted, &x->file.digest, sizeof x->wanted) != 0)
			fault(f,
			    "%s is not what was sealed: its SHA-256 is not the one in %s",
			    path, payload ? MANIFEST : TAGMANIFEST);
	}
}

static void
check_folders(const struct bag *b, struct faults *f)
{
	bool data = false;

	for (size_t i = 0; i < b->walk.folder_count; i++) {
		const char *folder = b->walk.folders[i];

		if (strcmp(folder, "data") == 0)
			data = true;
		else if (!walk_has_below(&b->walk, folder))
			fault(f, "the directory %s is empty, and no manifest can name it",
			    folder);
	}
	if (!data)
		fault(f, "the directory data is missing");
}

static enum status
make_list(struct bag *b, struct error *err)
{
	b->files = calloc(b->walk.n + 1, sizeof *b->files);
	if (b->files == NULL)
		return error_set(
		    err, E_NOMEM, "no memory for the list of files of the bag");
	for (size_t i = 0; i < b->walk.n; i++)
		b->files[i] = b->walk.files[i].file;
	return OK;
}

static enum status
check_bag(struct bag *b, const char *dir, struct faults *f, struct error *err)
{
	enum status st = bag_walk(b->dirfd, &b->arena, f, &b->walk, err);

	if (st != OK)
		return st;
	if (walk_find(&b->walk, "bagit.txt") == NULL &&
	    walk_find(&b->walk, MANIFEST) == NULL)
		return error_set(err, E_FORMAT,
		    "%s is not an evidence bag: it has neither bagit.txt nor " MANIFEST,
		    dir);
	check_bagit(b, f);
	check_manifest(b, f, TAGMANIFEST, false);
	check_manifest(b, f, MANIFEST, true);
	check_files(b, f);
	check_info(b, f);
	check_folders(b, f);
	return make_list(b, err);
}

enum status
bag_open(struct bag **out, const char *dir, bag_complaint *complain, void *state,
    unsigned *faults, struct error *err)
{
	struct faults f = { .complain = complain, .state = state };
	struct bag *b = calloc(1, sizeof *b);
	enum status st;

	if (b == NULL)
		return error_set(err, E_NOMEM, "no memory for a bag");
	arena_init(&b->arena, PATHS_MAX);
	b->dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (b->dirfd == -1)
		st = error_sys(err, "open the bag %s", dir);
	else
		st = check_bag(b, dir, &f, err);
	if (st != OK) {
		bag_close(b);
		return st;
	}
	*faults = f.count;
	*out = b;
	return OK;
}

const struct bag_file *
bag_files(const struct bag *b, size_t *n)
{
	*n = b->walk.n;
	return b->files;
}

const struct bag_file *
bag_find(const struct bag *b, const char *path)
{
	const struct found *x = walk_find(&b->walk, path);

	return x ? &b->files[x - b->walk.files] : NULL;
}

enum status
bag_read(
    const struct bag *b, const char *path, size_t max, struct buf *out, struct error *err)
{
	const struct bag_file *file = bag_find(b, path);
	struct digest now;
	struct stat meta;
	char shown[SHOWN];
	enum status st;
	int fd;

	if (file == NULL)
		return error_set(err, E_FORMAT, "%s is not in the bag", show(path, shown));
	fd = file_open_beneath(b->dirfd, path, &meta);
	if (fd == -1)
		return error_sys(err, "open %s in the bag", path);
	st = file_read_all(fd, path, max, out, err);
	(void)close(fd);
	if (st == OK) {
		now = digest_of(buf_span(out));
		if (memcmp(&now, &file->digest, sizeof now) != 0)
			st = error_set(err, E_DIFFERS,
			    "%s changed while the bag was being checked", path);
	}
	if (st != OK)
		buf_reset(out);
	return st;
}

void
bag_close(struct bag *b)
{
	if (b == NULL)
		return;
	if (b->dirfd != -1)
		(void)close(b->dirfd);
	walk_release(&b->walk);
	arena_release(&b->arena);
	free(b->files);
	free(b);
}
