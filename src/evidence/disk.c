/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/disk.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static ssize_t
real_write(void *state, int fd, const void *bytes, size_t n)
{
	(void)state;
	return write(fd, bytes, n);
}

static int
real_sync(void *state, int fd)
{
	(void)state;
	/* Some file systems cannot sync a directory and say EINVAL: they need not. */
	return fsync(fd) == 0 || errno == EINVAL ? 0 : -1;
}

static int
real_sync_all(void *state, int fd)
{
	(void)state;
	return syncfs(fd);
}

static int
real_rename(void *state, int dirfd, const char *from, const char *to)
{
	(void)state;
	return renameat(dirfd, from, dirfd, to);
}

static int
real_mkdir(void *state, int dirfd, const char *name)
{
	(void)state;
	return mkdirat(dirfd, name, 0777);
}

const struct disk disk_real = { .write = real_write,
	.sync = real_sync,
	.sync_all = real_sync_all,
	.rename = real_rename,
	.mkdir = real_mkdir };
