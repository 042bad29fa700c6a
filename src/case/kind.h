/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kind.h - the kinds of things in a case.
 *
 * One row is one kind: the name in the journal, the table in the database, the
 * shape of what is written down, and the columns that are drawn out of it.
 */
#ifndef CASE_KIND_H
#define CASE_KIND_H

#include "case/shape.h"

#define KIND_COLUMNS 8

struct kind {
	const char *name;
	const struct shape *shape;
	const char *column[KIND_COLUMNS]; /* keys of the body; text only */
	bool by_hand; /* `case add DIR KIND FILE.json` takes it as it stands */
	const char *what;
};

extern const struct kind kinds[];
extern const unsigned kinds_n;

/* NULL: there is none. */
const struct kind *kind_find(const char *name);

extern const char *const kind_claim_statuses[]; /* NULL-terminated */

#endif
