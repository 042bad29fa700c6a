/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lists.h - lists of indicators from files and folders into one set.
 */
#ifndef CMD_LISTS_H
#define CMD_LISTS_H

#include "base/error.h"
#include "detect/indicators.h"

#define LISTS_PATHS  64
#define LISTS_MEMORY ((size_t)512 << 20)

struct lists_counts {
	uint64_t lists, taken, unused;
};

/*
 * All files of `paths`, folders walked in order of names. A list that cannot be
 * read is an error; its name is in it.
 */
enum status lists_read(struct indicators **out, const char *const *paths, unsigned n,
    struct lists_counts *, struct error *) MUST_USE;

#endif
