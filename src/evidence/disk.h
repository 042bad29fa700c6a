/* SPDX-License-Identifier: Apache-2.0 */
/*
 * disk.h - the calls that make something durable, as a table.
 *
 * The log writes through one of these, so that a test can put itself between:
 * fail the n-th call, write half, or lose what was not synced. The functions
 * return as the system calls of the same name do, and set errno.
 */
#ifndef EVIDENCE_DISK_H
#define EVIDENCE_DISK_H

#include <sys/types.h>

struct disk {
	void *state;
	ssize_t (*write)(void *state, int fd, const void *bytes, size_t n);
	int (*sync)(void *state, int fd);     /* a file, or a directory's names */
	int (*sync_all)(void *state, int fd); /* everything on the file system of fd */
	int (*rename)(void *state, int dirfd, const char *from, const char *to);
	int (*mkdir)(void *state, int dirfd, const char *name);
};

extern const struct disk disk_real;

#endif
