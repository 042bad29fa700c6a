/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

bool
file_write_all(int fd, struct span s)
{
	while (s.len > 0) {
		ssize_t n = write(fd, s.at, s.len);

		if (n < 0) {
			if (errno == EINTR)
				continue;
			return false;
		}
		s.at += n;
		s.len -= (size_t)n;
	}
	return true;
}

enum status
file_read_all(int fd, const char *name, size_t max, struct buf *out, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return error_sys(err, "look at %s", name);
	if (!S_ISREG(st.st_mode))
		return error_set(err, E_FORMAT, "%s is not a regular file", name);
	if (st.st_size < 0 || (uint64_t)st.st_size > max)
		return error_set(err, E_LIMIT,
		    "%s has %lld bytes, more than the %zu we take", name,
		    (long long)st.st_size, max);
	for (;;) {
		char block[16384];
		ssize_t n = read(fd, block, sizeof block);

		if (n == 0)
			return buf_state(out, name, err);
		if (n < 0) {
			if (errno == EINTR)
				continue;
			return error_sys(err, "read %s", name);
		}
		if (out->len + (size_t)n > max)
			return error_set(
			    err, E_LIMIT, "%s grew past the %zu bytes we take", name, max);
		buf_put(out, block, (size_t)n);
	}
}

int
file_open_regular(int dirfd, const char *name, struct stat *st)
{
	int fd;

	if (fstatat(dirfd, name, st, AT_SYMLINK_NOFOLLOW) != 0)
		return -1;
	if (!S_ISREG(st->st_mode)) {
		errno = EINVAL;
		return -1;
	}
	fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
		return -1;
	if (fstat(fd, st) != 0 || !S_ISREG(st->st_mode)) {
		(void)close(fd);
		errno = EINVAL;
		return -1;
	}
	return fd;
}

int
file_open_beneath(int dirfd, const char *path, struct stat *st)
{
	int at = dirfd, fd;

	for (;;) {
		size_t n = strcspn(path, "/");
		char name[NAME_MAX + 1];

		if (n == 0 || n > NAME_MAX) {
			fd = -1;
			errno = ENOENT;
			break;
		}
		memcpy(name, path, n);
		name[n] = '\0';
		if (path[n] == '\0') {
			fd = file_open_regular(at, name, st);
			break;
		}
		fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd == -1)
			break;
		if (at != dirfd)
			(void)close(at);
		at = fd;
		path += n + 1;
	}
	if (at != dirfd) {
		int saved = errno;

		(void)close(at);
		errno = saved;
	}
	return fd;
}

bool
file_sync_dir(int dirfd)
{
	/* Some file systems cannot sync a directory and say EINVAL: they need not. */
	return fsync(dirfd) == 0 || errno == EINVAL;
}

bool
file_dir_is_empty(int dirfd)
{
	DIR *d = fdopendir(dirfd);
	const struct dirent *e;
	bool empty = true;

	if (d == NULL) {
		(void)close(dirfd);
		return false;
	}
	while (empty && (e = readdir(d)) != NULL)
		empty = strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0;
	(void)closedir(d);
	return empty;
}

void
file_parent(const char *path, char *to, size_t size)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		(void)snprintf(to, size, ".");
	else if (slash == path)
		(void)snprintf(to, size, "/");
	else
		(void)snprintf(to, size, "%.*s", (int)(slash - path), path);
}
