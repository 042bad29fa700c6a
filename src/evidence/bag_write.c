/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bag_write: a bag is made in a directory of its own and renamed when every
 * byte of it is on the disk.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "evidence/bag.h"
#include "evidence/file.h"
#include "evidence/manifest.h"

#define PATHS_MAX     ((size_t)64 << 20)
#define STREAM_BUFFER 65536

/* A file or folder we made. Kept in order of making, so that removal goes backwards. */
struct made {
	struct made *before;
	const char *path; /* below the bag: "data/x" */
	bool folder;
	struct digest digest;
	uint64_t size;
};

struct bag_writer {
	char *dir;     /* as the caller wrote it, without slashes behind; for sentences */
	char *name;    /* the last component of dir */
	char *partial; /* name.partial */
	int parentfd;  /* where dir lies */
	int dirfd;     /* dir.partial */
	struct arena arena;
	struct made *last;
	size_t files;
	struct buf info;
	bool failed; /* a file is missing: never commit */
	bool committed;
	struct error why; /* of `failed`, when nobody was there to tell */

	FILE *stream;
	struct made *streamed;
	int stream_fd, stream_errno;
	struct digest_stream stream_digest;
};

static enum status
fail_sys(struct bag_writer *w, const char *path, struct error *err)
{
	w->failed = true;
	return error_sys(err, "write %s.partial/%s", w->dir, path);
}

static enum status
no_memory(struct bag_writer *w, struct error *err)
{
	if (w)
		w->failed = true;
	return error_set(err, E_NOMEM, "no memory for the list of files of the bag");
}

static bool
is_empty_folder(int parentfd, const char *name)
{
	int fd = openat(parentfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd != -1 && file_dir_is_empty(fd);
}

/* Split the caller's path; false when it names no directory that could be made. */
static bool
name_parts(struct bag_writer *w, const char *dir, char *parent, size_t size)
{
	size_t n = strlen(dir);
	const char *name;

	while (n > 1 && dir[n - 1] == '/')
		n--;
	w->dir = strndup(dir, n);
	if (w->dir == NULL)
		return true; /* found out by the caller */
	name = strrchr(w->dir, '/');
	name = name ? name + 1 : w->dir;
	if (*name == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	w->name = strdup(name);
	if (asprintf(&w->partial, "%s.partial", name) == -1)
		w->partial = NULL;
	file_parent(w->dir, parent, size);
	return true;
}

static enum status
make_partial(struct bag_writer *w, const char *parent, struct error *err)
{
	struct stat st;

	w->parentfd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (w->parentfd == -1)
		return error_sys(
		    err, "open %s, where the bag %s is to lie", parent, w->name);
	if (fstatat(w->parentfd, w->name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    !is_empty_folder(w->parentfd, w->name))
		return error_set(err, E_MISUSE,
		    "%s is there already and is not an empty directory; a bag is never "
		    "written over something",
		    w->dir);
	if (mkdirat(w->parentfd, w->partial, 0777) != 0) {
		if (errno == EEXIST)
			return error_set(err, E_MISUSE,
			    "%s.partial is there already: another run writes it, or one "
			    "was "
			    "interrupted and it can be removed",
			    w->dir);
		return error_sys(err, "make %s.partial", w->dir);
	}
	w->dirfd = openat(
	    w->parentfd, w->partial, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (w->dirfd == -1) {
		enum status fault = error_sys(err, "open %s.partial", w->dir);

		(void)unlinkat(w->parentfd, w->partial, AT_REMOVEDIR);
		return fault;
	}
	return OK;
}

enum status
bag_create(struct bag_writer **out, const char *dir, struct error *err)
{
	struct bag_writer *w = calloc(1, sizeof *w);
	char parent[PATH_MAX];
	enum status st;

	if (w == NULL)
		return no_memory(NULL, err);
	w->parentfd = w->dirfd = w->stream_fd = -1;
	arena_init(&w->arena, PATHS_MAX);
	buf_init(&w->info, BAG_TAG_MAX / 2);
	if (strlen(dir) + sizeof ".partial" > sizeof parent ||
	    !name_parts(w, dir, parent, sizeof parent))
		st = error_set(err, E_MISUSE, "\"%s\" cannot name a new directory", dir);
	else if (w->dir == NULL || w->name == NULL || w->partial == NULL)
		st = no_memory(w, err);
	else
		st = make_partial(w, parent, err);
	if (st != OK) {
		bag_writer_close(w);
		return st;
	}
	*out = w;
	return OK;
}

static struct made *
note_made(struct bag_writer *w, const char *path, bool folder)
{
	struct made *m = arena_new(&w->arena, struct made);

	if (m == NULL)
		return NULL;
	m->path = arena_text(&w->arena, path, strlen(path));
	if (m->path == NULL)
		return NULL;
	m->folder = folder;
	return m;
}

static void
keep_made(struct bag_writer *w, struct made *m)
{
	m->before = w->last;
	w->last = m;
	w->files += !m->folder;
}

static enum status
make_folders(struct bag_writer *w, const char *path, struct error *err)
{
	char folder[BAG_PATH];

	for (size_t i = 0; path[i] != '\0'; i++) {
		struct made *m;
		struct stat st;

		if (path[i] != '/')
			continue;
		memcpy(folder, path, i);
		folder[i] = '\0';
		if (fstatat(w->dirfd, folder, &st, AT_SYMLINK_NOFOLLOW) == 0)
			continue;
		m = note_made(w, folder, true);
		if (m == NULL)
			return no_memory(w, err);
		if (mkdirat(w->dirfd, folder, 0777) != 0)
			return fail_sys(w, folder, err);
		keep_made(w, m);
	}
	return OK;
}

/* A new, empty file in the bag. `path` is below the bag. */
static enum status
begin(
    struct bag_writer *w, const char *path, struct made **made, int *fd, struct error *err)
{
	struct made *m;
	enum status st;

	if (w->files >= BAG_ENTRIES_MAX / 2)
		return error_set(err, E_LIMIT, "more than %d files in the bag %s",
		    BAG_ENTRIES_MAX / 2, w->dir);
	st = make_folders(w, path, err);
	if (st != OK)
		return st;
	m = note_made(w, path, false);
	if (m == NULL)
		return no_memory(w, err);
	*fd = openat(
	    w->dirfd, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (*fd == -1) {
		if (errno == EEXIST)
			return error_set(err, E_MISUSE, "%s is in the bag already", path);
		return fail_sys(w, path, err);
	}
	keep_made(w, m);
	*made = m;
	return OK;
}

/* The file is whole: it must also be on the disk. */
static enum status
end(struct bag_writer *w, const char *path, int fd, struct error *err)
{
	if (fsync(fd) != 0) {
		enum status st = fail_sys(w, path, err);

		(void)close(fd);
		return st;
	}
	if (close(fd) != 0)
		return fail_sys(w, path, err);
	return OK;
}

static enum status
put(struct bag_writer *w, const char *path, struct span bytes, struct error *err)
{
	struct made *m;
	enum status st;
	int fd;

	st = begin(w, path, &m, &fd, err);
	if (st != OK)
		return st;
	if (!file_write_all(fd, bytes)) {
		st = fail_sys(w, path, err);
		(void)close(fd);
		return st;
	}
	m->digest = digest_of(bytes);
	m->size = bytes.len;
	return end(w, path, fd, err);
}

/* "data/" and the caller's path, if it is one that we write. */
static enum status
payload_path(const char *path, char to[static BAG_PATH], struct error *err)
{
	int n = snprintf(to, BAG_PATH, "data/%s", path);

	if (n < 0 || n >= BAG_PATH || !bag_path_is_sound(to))
		return error_set(
		    err, E_MISUSE, "\"%s\" is no path for a file in a bag", path);
	return OK;
}

enum status
bag_add(struct bag_writer *w, const char *path, struct span bytes, struct error *err)
{
	char full[BAG_PATH];
	enum status st = payload_path(path, full, err);

	if (st != OK)
		return st;
	return put(w, full, bytes, err);
}

/* What fwrite of the caller ends in. 0 tells stdio of an error. */
static ssize_t
stream_write(void *state, const char *bytes, size_t n)
{
	struct bag_writer *w = state;
	struct span s = { (const uint8_t *)bytes, n };

	if (w->stream_errno != 0)
		return 0;
	if (!file_write_all(w->stream_fd, s)) {
		w->stream_errno = errno ? errno : EIO;
		errno = w->stream_errno;
		return 0;
	}
	digest_stream_add(&w->stream_digest, s);
	w->streamed->size += n;
	return (ssize_t)n;
}

enum status
bag_begin_file(struct bag_writer *w, const char *path, FILE **to, struct error *err)
{
	cookie_io_functions_t calls = { .write = stream_write };
	char full[BAG_PATH];
	enum status st;

	CHECK(w->stream == NULL);
	st = payload_path(path, full, err);
	if (st != OK)
		return st;
	st = begin(w, full, &w->streamed, &w->stream_fd, err);
	if (st != OK)
		return st;
	w->stream = fopencookie(w, "w", calls);
	if (w->stream == NULL) {
		(void)close(w->stream_fd);
		return no_memory(w, err);
	}
	(void)setvbuf(w->stream, NULL, _IOFBF, STREAM_BUFFER);
	w->stream_errno = 0;
	digest_stream_begin(&w->stream_digest);
	*to = w->stream;
	return OK;
}

enum status
bag_end_file(struct bag_writer *w, struct digest *out, struct error *err)
{
	struct made *m = w->streamed;
	bool broken;
	enum status st;

	CHECK(w->stream != NULL);
	/* A write may have failed long ago, and the caller need not have looked. */
	broken = ferror(w->stream) != 0;
	broken |= fclose(w->stream) != 0;
	w->stream = NULL;
	m->digest = digest_stream_end(&w->stream_digest);
	if (broken || w->stream_errno != 0) {
		errno = w->stream_errno ? w->stream_errno : EIO;
		st = fail_sys(w, m->path, err);
		(void)close(w->stream_fd);
		return st;
	}
	st = end(w, m->path, w->stream_fd, err);
	if (st == OK && out)
		*out = m->digest;
	return st;
}

static bool
is_printable(const char *text)
{
	const uint8_t *at = (const uint8_t *)text;
	size_t left = strlen(text);

	while (left > 0) {
		size_t n = utf8_length(at, left);

		if (n == 0 || at[0] < 0x20 || at[0] == 0x7f)
			return false;
		at += n;
		left -= n;
	}
	return true;
}

void
bag_info(struct bag_writer *w, const char *label, const char *value)
{
	if (label[0] == '\0' || strchr(label, ':') || !is_printable(label) ||
	    !is_printable(value) || strcmp(label, "Payload-Oxum") == 0) {
		w->failed = true;
		(void)error_set(&w->why, E_MISUSE,
		    "a line of bag-info.txt has a label or value that cannot stand there");
		return;
	}
	buf_printf(&w->info, "%s: %s\n", label, value);
}

static int
by_path(const void *a, const void *b)
{
	const struct made *const *x = a, *const *y = b;

	return strcmp((*x)->path, (*y)->path);
}

static int
by_folded_path(const void *a, const void *b)
{
	const struct made *const *x = a, *const *y = b;

	return bag_path_fold_compare((*x)->path, (*y)->path);
}

/* The lines for all payload files, or for the tag files made so far. */
static enum status
put_manifest(struct bag_writer *w, bool payload, const char *name, struct error *err)
{
	struct made **list = calloc(w->files + 1, sizeof *list);
	struct buf text;
	size_t n = 0;
	enum status st = OK;

	if (list == NULL)
		return no_memory(w, err);
	for (struct made *m = w->last; m != NULL; m = m->before)
		if (!m->folder && (strncmp(m->path, "data/", 5) == 0) == payload)
			list[n++] = m;
	qsort(list, n, sizeof(struct made *), by_folded_path);
	for (size_t i = 1; i < n && st == OK; i++)
		if (by_folded_path(&list[i - 1], &list[i]) == 0)
			st = error_set(err, E_MISUSE,
			    "%s and %s would be one file where case does not count",
			    list[i - 1]->path, list[i]->path);
	qsort(list, n, sizeof(struct made *), by_path);
	buf_init(&text, BAG_MANIFEST_MAX);
	for (size_t i = 0; i < n; i++)
		manifest_put(&text, &list[i]->digest, list[i]->path);
	free(list);
	if (st == OK)
		st = buf_state(&text, name, err);
	if (st == OK)
		st = put(w, name, buf_span(&text), err);
	buf_release(&text);
	return st;
}

static enum status
put_info(struct bag_writer *w, struct error *err)
{
	uint64_t bytes = 0, files = 0;
	enum status st;

	for (const struct made *m = w->last; m != NULL; m = m->before)
		if (!m->folder && strncmp(m->path, "data/", 5) == 0) {
			bytes += m->size;
			files++;
		}
	buf_printf(&w->info, "Payload-Oxum: %" PRIu64 ".%" PRIu64 "\n", bytes, files);
	st = buf_state(&w->info, "bag-info.txt", err);
	if (st != OK)
		return st;
	return put(w, "bag-info.txt", buf_span(&w->info), err);
}

static enum status
sync_folders(struct bag_writer *w, struct error *err)
{
	for (const struct made *m = w->last; m != NULL; m = m->before) {
		int fd;
		bool good;

		if (!m->folder)
			continue;
		fd = openat(
		    w->dirfd, m->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		good = fd != -1 && file_sync_dir(fd);
		if (!good) {
			enum status st = fail_sys(w, m->path, err);

			if (fd != -1)
				(void)close(fd);
			return st;
		}
		(void)close(fd);
	}
	if (!file_sync_dir(w->dirfd))
		return fail_sys(w, "", err);
	return OK;
}

enum status
bag_commit(struct bag_writer *w, struct error *err)
{
	static const char bagit[] = BAG_BAGIT_TXT;
	enum status st;

	CHECK(w->stream == NULL && !w->committed);
	if (w->failed)
		return error_set(err, E_MISUSE, "the bag %s is not whole: %s", w->dir,
		    w->why.text[0] ? w->why.text : "a file of it could not be written");
	st = make_folders(w, "data/", err);
	if (st == OK)
		st = put(w, "bagit.txt",
		    (struct span){ (const uint8_t *)bagit, sizeof bagit - 1 }, err);
	if (st == OK)
		st = put_info(w, err);
	if (st == OK)
		st = put_manifest(w, true, "manifest-sha256.txt", err);
	if (st == OK)
		st = put_manifest(w, false, "tagmanifest-sha256.txt", err);
	if (st == OK)
		st = sync_folders(w, err);
	w->failed = true; /* now or never */
	if (st != OK)
		return st;
	if (renameat(w->parentfd, w->partial, w->parentfd, w->name) != 0) {
		if (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR)
			return error_set(err, E_MISUSE,
			    "%s was made by somebody else meanwhile; the bag is not "
			    "written",
			    w->dir);
		return error_sys(err, "put the bag in its place %s", w->dir);
	}
	w->committed = true;
	if (!file_sync_dir(w->parentfd))
		return error_sys(
		    err, "%s is whole and in its place, but sync its parent", w->dir);
	return OK;
}

void
bag_writer_close(struct bag_writer *w)
{
	if (w == NULL)
		return;
	if (w->stream) {
		(void)fclose(w->stream);
		(void)digest_stream_end(&w->stream_digest);
		(void)close(w->stream_fd);
	}
	if (w->dirfd != -1 && !w->committed) {
		for (const struct made *m = w->last; m != NULL; m = m->before)
			(void)unlinkat(w->dirfd, m->path, m->folder ? AT_REMOVEDIR : 0);
		(void)unlinkat(w->parentfd, w->partial, AT_REMOVEDIR);
	}
	if (w->dirfd != -1)
		(void)close(w->dirfd);
	if (w->parentfd != -1)
		(void)close(w->parentfd);
	arena_release(&w->arena);
	buf_release(&w->info);
	free(w->dir);
	free(w->name);
	free(w->partial);
	free(w);
}
