/* SPDX-License-Identifier: Apache-2.0 */
/*
 * manifest.h - the lines of a bag's manifests, and what a path in a bag may be.
 *
 * A line is 64 lower-case hex digits, two spaces, a path and a newline, which
 * `sha256sum -c` reads. Lines ascend by path in byte order, so no path stands
 * there twice, and a list of files has exactly one spelling.
 */
#ifndef EVIDENCE_MANIFEST_H
#define EVIDENCE_MANIFEST_H

#include "base/buf.h"
#include "base/digest.h"

#define BAG_PATH  256 /* with the NUL */
#define BAG_DEPTH 8   /* folders and the file in them */

/*
 * A path that no system reads differently: components of letters, digits and
 * . _ - + = , @ that do not begin with a dot or a dash and do not end with a
 * dot. That leaves out "..", absolute paths, backslashes, drive letters,
 * control characters and percent encoding.
 */
bool bag_path_is_sound(const char *path);

/* The same name to a file system that ignores case? For qsort: <0, 0, >0. */
int bag_path_fold_compare(const char *, const char *);

void manifest_put(struct buf *, const struct digest *, const char *path);

enum manifest_verdict {
	MANIFEST_LINE,      /* a line was read */
	MANIFEST_END,       /* there is no more */
	MANIFEST_SPELLING,  /* not a manifest line as we write it */
	MANIFEST_PATH,      /* the path is none that we would write */
	MANIFEST_UNORDERED, /* not after the one before: out of order or twice */
};

struct manifest_reader {
	struct cursor c;
	unsigned line;       /* of the last answer, from 1 */
	char path[BAG_PATH]; /* of the last MANIFEST_LINE or _UNORDERED */
	char last[BAG_PATH]; /* the greatest so far */
	struct digest digest;
};

void manifest_read(struct manifest_reader *, struct span text); /* borrowed until the end */
enum manifest_verdict manifest_next(struct manifest_reader *);

#endif
