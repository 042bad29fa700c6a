/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/bag_walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "evidence/manifest.h"

void
make_printable(char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 || (unsigned char)*text > 0x7e)
			*text = '?';
}

void
fault(struct faults *f, const char *fmt, ...)
{
	char sentence[ERROR_TEXT];
	va_list ap;

	f->count++;
	if (f->complain == NULL || f->count > BAG_FAULTS_SAID + 1)
		return;
	if (f->count == BAG_FAULTS_SAID + 1) {
		f->complain(f->state, "there are more faults than are listed here");
		return;
	}
	va_start(ap, fmt);
	(void)vsnprintf(sentence, sizeof sentence, fmt, ap);
	va_end(ap);
	make_printable(sentence);
	f->complain(f->state, sentence);
}

const char *
show(const char *name, char to[static SHOWN])
{
	size_t n = 0;

	for (; *name != '\0'; name++) {
		unsigned char b = (unsigned char)*name;

		if (n + 8 > SHOWN) {
			memcpy(to + n, "...", 3);
			n += 3;
			break;
		}
		if (b < 0x20 || b > 0x7e || b == '\\')
			n += (size_t)snprintf(to + n, 5, "\\x%02x", b);
		else
			to[n++] = (char)b;
	}
	to[n] = '\0';
	return to;
}

/* One folder being read; those above it wait. */
struct level {
	DIR *dir;
	size_t path_len; /* of its own path, with the slash behind it */
};

struct walker {
	struct arena *arena;
	struct faults *faults;
	struct walk walk;
	size_t entries, file_cap, folder_cap;
	struct level level[BAG_DEPTH];
	unsigned depth; /* levels in use */
	char path[BAG_PATH];
};

/* Room for one more in an array that doubles. */
static bool
grow(void **array, size_t n, size_t *cap, size_t size)
{
	size_t bigger = *cap ? *cap * 2 : 64;
	void *at;

	if (n < *cap)
		return true;
	at = reallocarray(*array, bigger, size);
	if (at == NULL)
		return false;
	*array = at;
	*cap = bigger;
	return true;
}

static bool
keep_file(struct walker *w, const struct stat *st)
{
	struct walk *k = &w->walk;
	const char *path = arena_text(w->arena, w->path, strlen(w->path));
	void *files = k->files;
	bool room = grow(&files, k->n, &w->file_cap, sizeof *k->files);

	k->files = files;
	if (path == NULL || !room)
		return false;
	k->files[k->n++] =
	    (struct found){ .file = { .path = path, .size = (uint64_t)st->st_size } };
	return true;
}

static bool
keep_folder(struct walker *w)
{
	struct walk *k = &w->walk;
	const char *path = arena_text(w->arena, w->path, strlen(w->path));
	void *folders = k->folders;
	bool room = grow(&folders, k->folder_count, &w->folder_cap, sizeof *k->folders);

	k->folders = folders;
	if (path == NULL || !room)
		return false;
	k->folders[k->folder_count++] = path;
	return true;
}

static void
descend(struct walker *w, int parent, const char *name)
{
	char shown[SHOWN];
	size_t n = strlen(w->path);
	int fd;
	DIR *d;

	if (w->depth == BAG_DEPTH || n + 1 >= BAG_PATH) {
		fault(w->faults, "%s is nested deeper than a bag of ours",
		    show(w->path, shown));
		return;
	}
	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	d = fd == -1 ? NULL : fdopendir(fd);
	if (d == NULL) {
		fault(w->faults, "the directory %s cannot be read: %s",
		    show(w->path, shown), strerror(errno));
		if (fd != -1)
			(void)close(fd);
		return;
	}
	w->path[n] = '/';
	w->path[n + 1] = '\0';
	w->level[w->depth++] = (struct level){ .dir = d, .path_len = n + 1 };
}

/* False only when we ran out of memory. */
static bool
see(struct walker *w, const char *name)
{
	struct level *l = &w->level[w->depth - 1];
	size_t room = sizeof w->path - l->path_len, n = strlen(name);
	char shown[SHOWN], folder[SHOWN];
	struct stat st;

	w->path[l->path_len] = '\0';
	if (n >= room) {
		fault(w->faults,
		    "below \"%s\" lies %s, a longer path than in a bag of ours",
		    show(w->path, folder), show(name, shown));
		return true;
	}
	memcpy(w->path + l->path_len, name, n + 1);
	if (!bag_path_is_sound(w->path)) {
		fault(w->faults, "%s is not a name that a bag of ours has",
		    show(w->path, shown));
		return true;
	}
	if (fstatat(dirfd(l->dir), name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
		fault(w->faults, "%s cannot be looked at: %s", show(w->path, shown),
		    strerror(errno));
		return true;
	}
	if (S_ISREG(st.st_mode))
		return keep_file(w, &st);
	if (S_ISDIR(st.st_mode)) {
		if (!keep_folder(w))
			return false;
		descend(w, dirfd(l->dir), name);
		return true;
	}
	fault(w->faults, "%s is %s, not a file", show(w->path, shown),
	    S_ISLNK(st.st_mode) ? "a symbolic link" : "a device, pipe or socket");
	return true;
}

static int
found_order(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	return strcmp(x->file.path, y->file.path);
}

/* Two names for one file, on a system that ignores case. */
static int
folded_order(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return bag_path_fold_compare(*x, *y);
}

static bool
look_for_case_tricks(struct walker *w)
{
	const struct walk *k = &w->walk;
	size_t n = k->n + k->folder_count;
	const char **names = calloc(n + 1, sizeof *names);

	if (names == NULL)
		return false;
	for (size_t i = 0; i < k->n; i++)
		names[i] = k->files[i].file.path;
	for (size_t i = 0; i < k->folder_count; i++)
		names[k->n + i] = k->folders[i];
	qsort(names, n, sizeof *names, folded_order);
	for (size_t i = 1; i < n; i++)
		if (bag_path_fold_compare(names[i - 1], names[i]) == 0)
			fault(w->faults, "%s and %s differ only in case", names[i - 1],
			    names[i]);
	free(names);
	return true;
}

/* Read the folder on top to its end or until another one is on top. */
static bool
step(struct walker *w)
{
	struct level *l = &w->level[w->depth - 1];
	unsigned depth = w->depth;

	while (w->depth == depth) {
		const struct dirent *e = readdir(l->dir);

		if (e == NULL) {
			(void)closedir(l->dir);
			w->depth--;
			return true;
		}
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (w->entries++ == BAG_ENTRIES_MAX)
			fault(w->faults, "the bag holds more than %d files and directories",
			    BAG_ENTRIES_MAX);
		if (w->entries > BAG_ENTRIES_MAX)
			return false;
		if (!see(w, e->d_name))
			return false;
	}
	return true;
}

enum status
bag_walk(int dir, struct arena *arena, struct faults *faults, struct walk *out,
    struct error *err)
{
	struct walker w = { .arena = arena, .faults = faults };
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd == -1 ? NULL : fdopendir(fd);
	bool more = true;

	if (d == NULL) {
		if (fd != -1)
			(void)close(fd);
		return error_sys(err, "read the bag");
	}
	w.level[w.depth++] = (struct level){ .dir = d };
	while (w.depth > 0 && more)
		more = step(&w);
	while (w.depth > 0)
		(void)closedir(w.level[--w.depth].dir);
	if ((!more && w.entries <= BAG_ENTRIES_MAX) || !look_for_case_tricks(&w)) {
		walk_release(&w.walk);
		return error_set(
		    err, E_NOMEM, "no memory for the list of files of the bag");
	}
	if (w.walk.n > 0)
		qsort(w.walk.files, w.walk.n, sizeof *w.walk.files, found_order);
	*out = w.walk;
	return OK;
}

void
walk_release(struct walk *k)
{
	free(k->files);
	free(k->folders);
	*k = (struct walk){ 0 };
}

/* The first file whose path is not before `path`. */
static size_t
lower_bound(const struct walk *k, const char *path)
{
	size_t low = 0, high = k->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(k->files[middle].file.path, path) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct found *
walk_find(const struct walk *k, const char *path)
{
	size_t i = lower_bound(k, path);

	return i < k->n && strcmp(k->files[i].file.path, path) == 0 ? &k->files[i] : NULL;
}

bool
walk_has_below(const struct walk *k, const char *folder)
{
	char prefix[BAG_PATH + 1];
	size_t n = strlen(folder), i;

	(void)snprintf(prefix, sizeof prefix, "%s/", folder);
	i = lower_bound(k, prefix);
	return i < k->n && strncmp(k->files[i].file.path, prefix, n + 1) == 0;
}
