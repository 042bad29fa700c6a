/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check.h - is a case what its journal says, and does what stands in it stand?
 *
 * For a case from a stranger: nothing in it is believed, nothing is changed, and
 * every fault is named with the thing it is in. What a check does not show is that
 * any of it is true, or that nothing was left out before the first line.
 */
#ifndef CASE_CHECK_H
#define CASE_CHECK_H

#include "case/casebook.h"

#define CHECK_STEPS 9

struct check_step {
	const char *id;   /* "C1" */
	const char *what; /* "journal" */
	unsigned looked;  /* things that were looked at */
	unsigned faults;
	bool done; /* false: not possible, because an earlier step failed */
};

typedef void check_complaint(void *state, const char *sentence);

struct check_report {
	struct check_step step[CHECK_STEPS];
	unsigned faults;
	bool failed;
};

/*
 * `pinned` (may be NULL): the key that must have begun the case. Errors only when
 * there is no case to judge; a bad one is OK with `failed` set. Sentences hold
 * text from strangers: escape them.
 */
enum status check_case(const char *dir, const struct key *pinned, check_complaint *,
    void *state, struct check_report *out, struct error *) MUST_USE;

#endif
