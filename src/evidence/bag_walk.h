/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bag_walk.h - everything that lies in a bag, as it is found (private to bag_*.c).
 *
 * The walk opens folders one below the other without following links, opens no
 * file, and keeps only names that bag_path_is_sound accepts. All else is told.
 */
#ifndef EVIDENCE_BAG_WALK_H
#define EVIDENCE_BAG_WALK_H

#include <stdarg.h>

#include "base/arena.h"
#include "evidence/bag.h"

struct faults {
	bag_complaint *complain;
	void *state;
	unsigned count;
};

/* Fit for a terminal, whatever came into it. */
void make_printable(char *text);

/* One sentence, made printable. */
void fault(struct faults *, const char *fmt, ...) PRINTF_LIKE(2, 3);

#define SHOWN 512
/* A name from a stranger, for a sentence: unprintable bytes as \xhh, the rest cut off. */
const char *show(const char *name, char to[static SHOWN]);

struct found {
	struct bag_file file; /* digest: zeros until it is hashed */
	struct digest wanted; /* what the manifest says */
	bool listed;          /* it says something */
};

struct walk {
	struct found *files; /* in order of path */
	size_t n;
	const char **folders; /* in no order */
	size_t folder_count;
};

/* Names live in the arena, the two arrays are freed by walk_release. */
enum status bag_walk(
    int dirfd, struct arena *, struct faults *, struct walk *out, struct error *) MUST_USE;
void walk_release(struct walk *); /* takes zeroed ones */

struct found *walk_find(const struct walk *, const char *path); /* NULL: none */
/* Is there a file below this folder? */
bool walk_has_below(const struct walk *, const char *folder);

#endif
