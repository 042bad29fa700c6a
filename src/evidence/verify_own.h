/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_own.h - a bag while it is judged (private to verify*.c): verify.c goes
 * through the bag, verify_finding.c looks at each finding and record,
 * verify_conclude.c says what all of that means, step by step.
 */
#ifndef EVIDENCE_VERIFY_OWN_H
#define EVIDENCE_VERIFY_OWN_H

#include "evidence/bag_walk.h"
#include "evidence/verify.h"
#include "evidence/verify_log.h"

enum step { V1, V2, V3, V4, V5, V6, V7, V8, V9, V10 };

/* A bag being judged. */
struct judge {
	const char *dir;
	const struct verify_options *opt;
	struct verify_report *report;
	struct bag *bag;
	struct faults faults;  /* those of single findings */
	struct key *own;       /* the key in the bag; freed at the end */
	const struct key *key; /* the one that counts; NULL: none */
	bool *covered;         /* by file of the bag: a good signature names it */
	unsigned signed_well, records_well, named, named_wrong, unable;
	unsigned run, differs;
	struct logged logged;
	bool key_trouble; /* the key in the bag is not what it should be */
	char why_unable[VERIFY_SENTENCE];
};

/* The answer of a step, made printable. */
void verify_say(struct judge *, enum step, enum verify_verdict, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

/* A good signature holds this file. */
void verify_cover(struct judge *, const struct bag_file *);

/* V2 to V4, V7 and V8 of one envelope; what was found is counted. */
void verify_one_finding(struct judge *, const struct bag_file *envelope);
void verify_one_record(struct judge *, const struct bag_file *envelope);

/* The answers of V2 to V8, when all envelopes were looked at. */
void verify_conclude(struct judge *);

#endif
