/* SPDX-License-Identifier: Apache-2.0 */
/*
 * account.h - a signed word about anything that is no finding.
 *
 * An in-toto Statement v1 with one spelling, canonical JSON:
 *
 *	_type          https://in-toto.io/Statement/v1
 *	predicate      body (an object, opaque to this room), salt, schema,
 *	               sensor { key }, time_ns
 *	predicateType  ACCOUNT_PREDICATE of the kind, "https://geophone.example/gap/v1"
 *	subject        [{ digest { sha256 }, name }]
 *
 * A log holds a hash of it and nothing else, and the salt makes that hash tell
 * nothing: who deletes the account has deleted what it said. The time is what
 * the writer's clock said, in nanoseconds since 1970; others need not believe it.
 * An account that is about no file has one subject all the same, as in-toto asks:
 * its body, under the name of its kind.
 */
#ifndef EVIDENCE_ACCOUNT_H
#define EVIDENCE_ACCOUNT_H

#include "evidence/statement.h"

/* What is logged besides findings. The word is in the predicate type and in file names. */
/* clang-format off */
#define ACCOUNT_KINDS(X) \
	X(SENSOR, "sensor", "a sensor, its key and its clock are enrolled") \
	X(DETECTORS, "detectors", "the detectors and parameters that are in force") \
	X(SLICE, "slice", "slices are sealed") \
	X(BAG, "bag", "a bag is closed, with all that its manifests name") \
	X(ASSESSMENT, "assessment", "hypotheses were weighed") \
	X(CORRECTION, "correction", "something said earlier is corrected or withdrawn") \
	X(REQUEST, "request", "evidence is asked for") \
	X(ACKNOWLEDGEMENT, "acknowledgement", "a request is approved, denied or pending") \
	X(ANSWER, "answer", "a request is answered, or was not") \
	X(EXPORT, "export", "something was handed out") \
	X(DELETION, "deletion", "something was deleted as its retention asks") \
	X(GAP, "gap", "something was not seen") \
	X(CUSTODY, "custody", "an exhibit changed hands or was touched")
/* clang-format on */

enum account_kind {
#define X(kind, word, what) ACCOUNT_##kind,
	ACCOUNT_KINDS(X)
#undef X
	    ACCOUNT_COUNT
};

#define ACCOUNT_PREDICATE(word) "https://geophone.example/" word "/v1"
#define ACCOUNT_SUBJECTS        1024
#define ACCOUNT_MAX             STATEMENT_MAX /* most bytes of one */

const char *account_word(enum account_kind); /* "gap" */
const char *account_what(enum account_kind); /* "something was not seen" */
const char *account_predicate(enum account_kind);
/* By its word; false: there is no such kind. */
bool account_kind_of(struct span word, enum account_kind *);

struct account {
	enum account_kind kind;
	uint64_t time_ns;
	uint8_t salt[32];        /* account_salt, or a test's */
	char key_id[DIGEST_HEX]; /* of who speaks */
	struct span body;        /* a canonical JSON object */
	/* Borrowed; may be none. Names are plain: STATEMENT_NAME says how. */
	const struct statement_subject *subject;
	unsigned subjects;
};

/* Random bytes of the system. E_IO. */
enum status account_salt(uint8_t salt[static 32], struct error *) MUST_USE;

/* E_MISUSE when the body is no canonical JSON object or a subject has no plain name. */
enum status account_encode(
    const struct account *, struct buf *out, struct error *) MUST_USE;

/* What account_decode found; the subjects are owned: account_release. */
struct account_read {
	struct account account; /* body borrows the JSON */
	struct statement_subject *subject;
};

/* Strict: E_FORMAT for every other spelling than the one we write. */
enum status account_decode(
    struct span json, struct account_read *out, struct error *) MUST_USE;
void account_release(struct account_read *); /* takes zeroed ones */

#endif
