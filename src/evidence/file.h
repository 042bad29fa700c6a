/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file.h - the few things this room asks of a disk.
 *
 * Descriptors are given relative to a directory that is already open, and
 * links are never followed, so that a name somebody else chose cannot lead
 * out of it.
 */
#ifndef EVIDENCE_FILE_H
#define EVIDENCE_FILE_H

#include <sys/stat.h>

#include "base/buf.h"
#include "base/error.h"

/* All of it, through EINTR and short writes. False: errno says why. */
bool file_write_all(int fd, struct span) MUST_USE;

/*
 * The whole of an open regular file, at most `max` bytes; `name` is for the
 * sentence. E_LIMIT when it is larger, E_FORMAT when it is no regular file.
 */
enum status file_read_all(
    int fd, const char *name, size_t max, struct buf *out, struct error *) MUST_USE;

/*
 * Open a regular file below `dirfd` for reading. Looks before it opens: to
 * open a device or a pipe may already have effects. -1: errno says why, and
 * EINVAL that it is no regular file.
 */
int file_open_regular(int dirfd, const char *name, struct stat *) MUST_USE;

/* The same for a path of several components, none of which may be a link. */
int file_open_beneath(int dirfd, const char *path, struct stat *) MUST_USE;

/* Make what was renamed or created in a directory survive a power cut. */
bool file_sync_dir(int dirfd) MUST_USE;

/* Nothing but "." and ".." in it? Takes over the descriptor. */
bool file_dir_is_empty(int dirfd);

/* The directory of `path` as text: "." when it names none. */
void file_parent(const char *path, char *to, size_t size);

#endif
