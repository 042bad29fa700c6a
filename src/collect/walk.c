/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* One file by the numbers that tell whether it is another name of the same. */
struct entry {
	struct entry *next;
	const char *path;
	dev_t dev;
	ino_t ino;
};

struct folder {
	struct folder *next;
	const struct folder *above; /* the one it was found in; NULL: the first */
	const char *path;
	dev_t dev;
	ino_t ino;
	unsigned depth;
};

struct walker {
	struct arena *arena;
	struct folder *todo; /* a stack: the order does not matter, we sort */
	struct entry *found;
	size_t n_folders, n_files;
	struct walk *out;
	struct error *err;
};

static void
unread(struct walker *w, const char *path, const char *why)
{
	struct walk *out = w->out;

	if (out->unread++ == 0)
		(void)snprintf(
		    out->unread_why, sizeof out->unread_why, "%s: %s", path, why);
}

static enum status
no_memory(struct walker *w)
{
	return error_set(w->err, E_NOMEM, "no memory to list so many files");
}

static const char *
join(struct walker *w, const char *folder, const char *name)
{
	size_t a = strlen(folder), b = strlen(name), slash = a > 0 && folder[a - 1] != '/';
	char *path = arena_get(w->arena, a + slash + b + 1, 1);

	if (path == NULL)
		return NULL;
	memcpy(path, folder, a);
	if (slash)
		path[a] = '/';
	memcpy(path + a + slash, name, b);
	return path;
}

/* A link may lead to where we came from. */
static bool
is_above(const struct folder *f, const struct stat *meta)
{
	for (; f != NULL; f = f->above)
		if (f->dev == meta->st_dev && f->ino == meta->st_ino)
			return true;
	return false;
}

static enum status
add_folder(
    struct walker *w, const struct folder *above, const char *path, const struct stat *meta)
{
	unsigned depth = above ? above->depth + 1 : 0;
	struct folder *f;

	if (is_above(above, meta))
		return OK;
	if (depth > WALK_DEPTH) {
		unread(w, path, "too deep");
		return OK;
	}
	if (w->n_folders++ == WALK_FOLDERS)
		return error_set(
		    w->err, E_LIMIT, "%s: more than %zu folders", path, WALK_FOLDERS);
	f = arena_new(w->arena, struct folder);
	if (f == NULL)
		return no_memory(w);
	*f = (struct folder){ w->todo, above, path, meta->st_dev, meta->st_ino, depth };
	w->todo = f;
	return OK;
}

static enum status
add_file(struct walker *w, const char *path, const struct stat *meta)
{
	struct entry *e;

	if (w->n_files++ == WALK_FILES)
		return error_set(
		    w->err, E_LIMIT, "%s: more than %zu files", path, WALK_FILES);
	e = arena_new(w->arena, struct entry);
	if (e == NULL)
		return no_memory(w);
	*e = (struct entry){ w->found, path, meta->st_dev, meta->st_ino };
	w->found = e;
	return OK;
}

static enum status
look_at(struct walker *w, const struct folder *in, int fd, const char *name)
{
	const char *path = join(w, in->path, name);
	struct stat meta;

	if (path == NULL)
		return no_memory(w);
	if (fstatat(fd, name, &meta, 0) == -1) {
		unread(w, path, strerror(errno));
		return OK;
	}
	if (S_ISDIR(meta.st_mode))
		return add_folder(w, in, path, &meta);
	if (S_ISREG(meta.st_mode))
		return add_file(w, path, &meta);
	return OK; /* sockets, pipes and devices hold no logs */
}

static enum status
read_folder(struct walker *w, const struct folder *f)
{
	DIR *d = opendir(f->path);
	enum status st = OK;
	struct dirent *e;

	if (d == NULL) {
		if (f->above == NULL)
			return error_sys(w->err, "open %s", f->path);
		unread(w, f->path, strerror(errno));
		return OK;
	}
	do {
		errno = 0;
		e = readdir(d);
		if (e == NULL && errno != 0)
			unread(w, f->path, strerror(errno));
		else if (e != NULL && e->d_name[0] != '.')
			st = look_at(w, f, dirfd(d), e->d_name);
	} while (e != NULL && st == OK);
	closedir(d);
	return st;
}

static int
by_file(const void *pa, const void *pb)
{
	const struct entry *a = pa, *b = pb;

	if (a->dev != b->dev)
		return a->dev < b->dev ? -1 : 1;
	if (a->ino != b->ino)
		return a->ino < b->ino ? -1 : 1;
	return strcmp(a->path, b->path);
}

static int
by_path(const void *pa, const void *pb)
{
	const char *const *a = pa, *const *b = pb;

	return strcmp(*a, *b);
}

/* Each file once, under the first of its names. */
static enum status
list(struct walker *w)
{
	struct entry *all = arena_array(w->arena, w->n_files, struct entry);
	const char **file = arena_array(w->arena, w->n_files, const char *);
	size_t n = 0, kept = 0;

	if (all == NULL || file == NULL)
		return no_memory(w);
	for (const struct entry *e = w->found; e != NULL; e = e->next)
		all[n++] = *e;
	qsort(all, n, sizeof *all, by_file);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || all[i].dev != all[i - 1].dev || all[i].ino != all[i - 1].ino)
			file[kept++] = all[i].path;
	qsort(file, kept, sizeof *file, by_path);
	w->out->file = file;
	w->out->n = kept;
	return OK;
}

enum status
walk_files(struct arena *arena, const char *path, struct walk *out, struct error *err)
{
	struct walk listed = { 0 };
	struct walker w = { .arena = arena, .out = &listed, .err = err };
	struct stat meta;
	enum status st;

	if (stat(path, &meta) == -1)
		return error_sys(err, "open %s", path);
	st = add_folder(&w, NULL, path, &meta);
	while (st == OK && w.todo != NULL) {
		const struct folder *f = w.todo;

		w.todo = f->next;
		st = read_folder(&w, f);
	}
	if (st == OK && w.n_files > 0)
		st = list(&w);
	if (st == OK)
		*out = listed;
	return st;
}
