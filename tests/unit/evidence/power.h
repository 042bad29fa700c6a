/* SPDX-License-Identifier: Apache-2.0 */
/*
 * power.h - a disk that fails, and one that forgets what was not synced.
 *
 * Every call through it counts. At call `fail_at` the trouble happens. After a
 * power cut nothing works any more, and power_settle makes the directory what a
 * machine might find after a restart: files that were not synced are cut or
 * zeroed or gone, renames undone, folders missing, each by the toss of a coin.
 */
#ifndef TESTS_POWER_H
#define TESTS_POWER_H

#include <errno.h>
#include <fcntl.h>
#include <limits.h>

#include "evidence/disk.h"
#include "scratch.h"

enum trouble {
	NO_TROUBLE,
	FULL,      /* ENOSPC once */
	HALF,      /* half a write, then ENOSPC; other calls fail with EIO */
	INTERRUPT, /* EINTR once: no error at all, for a write */
	SHORT,     /* every write takes one byte less than asked: no error either */
	CUT,       /* the power goes */
};

#define POWER_FILES 4096
#define POWER_PATH  512

struct lost {
	char path[POWER_PATH];
	bool folder;
	bool data, name; /* synced? */
	char *before;    /* renamed over: what stood there; NULL: nothing */
	size_t before_len;
	bool renamed;
};

struct power {
	enum trouble trouble;
	int fail_at, calls;
	bool dead;
	bool hit_write;    /* the call that failed was a write */
	struct lost *file; /* POWER_FILES of them */
	int files;
};

static inline bool
power_fails(struct power *p)
{
	int call = p->calls++;

	if (p->dead) {
		errno = EIO;
		return true;
	}
	if (p->trouble == NO_TROUBLE || p->trouble == SHORT || call != p->fail_at)
		return false;
	p->dead = p->trouble == CUT;
	errno = p->trouble == FULL ? ENOSPC : p->trouble == INTERRUPT ? EINTR : EIO;
	return true;
}

static inline void
power_path(int fd, char path[static PATH_MAX])
{
	char link[64];
	ssize_t n;

	(void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	n = readlink(link, path, PATH_MAX - 1);
	assert_true(n > 0);
	path[n] = '\0';
}

static inline struct lost *
power_file(struct power *p, const char *path)
{
	for (int i = 0; i < p->files; i++)
		if (strcmp(p->file[i].path, path) == 0)
			return &p->file[i];
	assert_true(p->files < POWER_FILES);
	p->file[p->files] = (struct lost){ .data = true };
	assert_true(strlen(path) < POWER_PATH);
	memcpy(p->file[p->files].path, path, strlen(path) + 1);
	return &p->file[p->files++];
}

static inline ssize_t
power_write(void *state, int fd, const void *bytes, size_t n)
{
	struct power *p = state;
	char path[PATH_MAX];
	struct lost *f;

	if (power_fails(p)) {
		p->hit_write = true;
		if (p->trouble == HALF && n > 1) {
			ssize_t half = write(fd, bytes, n / 2);

			p->dead = true; /* and full from now on */
			return half;
		}
		return -1;
	}
	power_path(fd, path);
	f = power_file(p, path);
	f->data = false;
	if (p->trouble == SHORT && n > 1)
		n--;
	return write(fd, bytes, n);
}

static inline int
power_sync(void *state, int fd)
{
	struct power *p = state;
	char path[PATH_MAX];
	struct stat st;
	size_t n;

	if (power_fails(p))
		return -1;
	power_path(fd, path);
	assert_int_equal(fstat(fd, &st), 0);
	n = strlen(path);
	for (int i = 0; i < p->files; i++) {
		struct lost *f = &p->file[i];

		if (!S_ISDIR(st.st_mode) && strcmp(f->path, path) == 0)
			f->data = true;
		if (S_ISDIR(st.st_mode) && strncmp(f->path, path, n) == 0 &&
		    f->path[n] == '/' && strchr(f->path + n + 1, '/') == NULL)
			f->name = true;
	}
	return 0;
}

static inline int
power_sync_all(void *state, int fd)
{
	struct power *p = state;

	(void)fd;
	if (power_fails(p))
		return -1;
	for (int i = 0; i < p->files; i++)
		p->file[i].data = p->file[i].name = true;
	return 0;
}

static inline int
power_rename(void *state, int dirfd, const char *from, const char *to)
{
	struct power *p = state;
	char dir[PATH_MAX], path[PATH_MAX + 64];
	struct lost *f, *t;
	struct buf was;
	struct stat st;

	if (power_fails(p))
		return -1;
	power_path(dirfd, dir);
	(void)snprintf(path, sizeof path, "%s/%s", dir, from);
	f = power_file(p, path);
	(void)snprintf(path, sizeof path, "%s/%s", dir, to);
	t = power_file(p, path);
	if (!t->renamed || t->name) { /* what a cut could bring back */
		buf_init(&was, 1 << 20);
		free(t->before);
		t->before = NULL;
		if (stat(path, &st) == 0) {
			get_file(path, &was);
			t->before = malloc(was.len + 1);
			assert_non_null(t->before);
			memcpy(t->before, was.at, was.len);
			t->before_len = was.len;
		}
		buf_release(&was);
	}
	t->renamed = true;
	t->name = false;
	t->data = f->data;
	f->name = f->data = true;
	return renameat(dirfd, from, dirfd, to);
}

static inline int
power_mkdir(void *state, int dirfd, const char *name)
{
	struct power *p = state;
	char dir[PATH_MAX], path[PATH_MAX + 256];
	int rc;

	if (power_fails(p))
		return -1;
	rc = mkdirat(dirfd, name, 0777);
	if (rc == 0 && dirfd != AT_FDCWD) {
		power_path(dirfd, dir);
		(void)snprintf(path, sizeof path, "%s/%s", dir, name);
		power_file(p, path)->folder = true;
	}
	return rc;
}

/* For what is not about losing: the machine's own disk is slow to sync. */
static inline int
no_sync(void *state, int fd)
{
	(void)state, (void)fd;
	return 0;
}

static inline struct disk
quick_disk(void)
{
	struct disk d = disk_real;

	d.sync = d.sync_all = no_sync;
	return d;
}

static inline struct disk
power_disk(struct power *p)
{
	p->file = calloc(POWER_FILES, sizeof *p->file);
	assert_non_null(p->file);
	return (struct disk){ .state = p,
		.write = power_write,
		.sync = power_sync,
		.sync_all = power_sync_all,
		.rename = power_rename,
		.mkdir = power_mkdir };
}

static inline void
power_lose(struct lost *f)
{
	struct stat st;

	if (stat(f->path, &st) != 0)
		return;
	if (!f->name && f->renamed) {
		if (f->before)
			put_file(
			    f->path, (struct span){ (uint8_t *)f->before, f->before_len });
		else
			(void)unlink(f->path);
		return;
	}
	if (f->folder) {
		if (!f->name)
			scratch_remove(f->path);
		return;
	}
	if (!f->name)
		(void)unlink(f->path);
	else if (!f->data)
		assert_int_equal(
		    truncate(f->path, st.st_size ? random() % st.st_size : 0), 0);
}

/* What a restart finds; `all`: the worst of it. */
static inline void
power_settle(struct power *p, bool all)
{
	for (int i = p->files; p->dead && i-- > 0;)
		if ((!p->file[i].name || !p->file[i].data) && (all || random() % 2))
			power_lose(&p->file[i]);
	for (int i = 0; i < p->files; i++)
		free(p->file[i].before);
	free(p->file);
	p->file = NULL;
}

#endif
