/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_own.h - a bag while it is judged (private to verify*.c): verify.c goes
 * through the bag, verify_finding.c looks at each finding and record,
 * verify_conclude.c says what all of that means, step by step.
 */
#ifndef EVIDENCE_VERIFY_OWN_H
#define EVIDENCE_VERIFY_OWN_H

#include "evidence/account.h"
#include "evidence/bag_walk.h"
#include "evidence/verify.h"
#include "evidence/verify_log.h"

enum step { V1, V2, V3, V4, V5, V6, V7, V8, V9, V10 };

#define VERIFY_EVENTS  64 /* of custody in one bag */
#define VERIFY_HOLDERS 16 /* keys of others who held it */

/* One event of custody, signed by the key. */
struct event {
	struct digest self;        /* of its envelope, as the next one names it */
	char previous[DIGEST_HEX]; /* "" it names none */
	char from_bag[DIGEST_HEX]; /* the bag in which that one lies; "" this one */
	bool ours;                 /* signed by the key of the findings */
};

/* Somebody who held the bag, and signs for what happened then. */
struct holder {
	struct key *key;
	bool signs;
};

/* The events of a bag. */
struct chain {
	struct event event[VERIFY_EVENTS];
	unsigned n;
	unsigned seen;  /* events in the bag, with those that are not signed well */
	unsigned wrong; /* files that they name and that are gone or changed */
};

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
	struct chain chain;
	struct holder holder[VERIFY_HOLDERS];
	unsigned holders;
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

/* V10: is this record one of custody by its name; one signed well; and the answer. */
bool verify_is_custody(const char *path);
void verify_see_custody(
    struct judge *, const struct bag_file *envelope, const struct account *, bool ours);
/* A public key in its one spelling. */
enum status verify_read_key(
    struct judge *, const char *path, struct key **out, struct error *) MUST_USE;
/* The holder has signed something that is well. */
void verify_cover_key(struct judge *, struct holder *);
/* The keys in data/keys/ that are named after their id; a fault for others. */
void verify_find_holders(struct judge *);
void verify_conclude_custody(struct judge *);

/* The answers of V2 to V8 and V10, when all envelopes were looked at. */
void verify_conclude(struct judge *);

#endif
