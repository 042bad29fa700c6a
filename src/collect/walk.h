/* SPDX-License-Identifier: Apache-2.0 */
/*
 * walk.h - the files below a folder.
 *
 * A folder of Zeek's holds a folder a day, and in it a log an hour:
 * 2024-04-29/conn.00:00:00-01:00:00.log.gz. This lists every regular file
 * below a path, sorted by its bytes, so that the caller can open each one and
 * see from its content what it is. Names say nothing about kinds here.
 *
 * Names that begin with a dot are not looked at. Symbolic links are followed
 * (Zeek's `current` is one), but never back into a folder above; a file that
 * can be reached in several ways is listed once, under the first of its names.
 */
#ifndef COLLECT_WALK_H
#define COLLECT_WALK_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"

#define WALK_DEPTH   16                /* folders in folders */
#define WALK_FOLDERS ((size_t)1 << 16) /* folders opened */
#define WALK_FILES   ((size_t)1 << 20) /* files listed */

struct walk {
	const char **file; /* paths that begin with the one asked for; in the arena */
	size_t n;
	uint64_t unread;      /* folders and links that could not be looked into */
	char unread_why[256]; /* the first of them and why */
};

/*
 * Everything in `out` lives in the arena. Errors: E_IO when `path` is no
 * folder that can be read, E_LIMIT past the limits above, E_NOMEM past the
 * arena's. A folder further down that cannot be read is counted.
 */
enum status walk_files(
    struct arena *, const char *path, struct walk *out, struct error *) MUST_USE;

#endif
