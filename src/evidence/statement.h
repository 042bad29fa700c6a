/* SPDX-License-Identifier: Apache-2.0 */
/*
 * statement.h - an in-toto Statement v1 about one finding.
 *
 * evidence/ knows only bytes: the finding's core, the parameters and the
 * context are opaque to it; it names them by digest and carries the core.
 */
#ifndef EVIDENCE_STATEMENT_H
#define EVIDENCE_STATEMENT_H

#include "base/buf.h"
#include "base/digest.h"
#include "base/error.h"

#define STATEMENT_PREDICATE "https://geophone.example/finding/v1"
#define STATEMENT_SUBJECTS  4
#define STATEMENT_NAME      128

struct statement_subject {
	char name[STATEMENT_NAME]; /* path in the bag: "data/slices/<id>.pcapng" */
	struct digest digest;
};

struct statement {
	struct statement_subject subject[STATEMENT_SUBJECTS];
	unsigned subjects;
	char finding_id[DIGEST_HEX];
	uint8_t salt[32];  /* makes the leaf a commitment, see evidence log */
	char detector[32]; /* "beacon" */
	char version[32];  /* of the program that judged */
	char params_sha256[DIGEST_HEX];
	char baseline_sha256[DIGEST_HEX];
	char key_id[DIGEST_HEX];
	uint64_t window_start_ns, window_end_ns;
	uint64_t packets, flows; /* in the slice */
};

/* `core` is the finding's canonical JSON; it becomes predicate.result. */
void statement_encode(const struct statement *, struct span core, struct buf *out);
/* Strict. `core` receives the bytes of predicate.result, canonical again. */
enum status statement_decode(
    struct span json, struct statement *out, struct buf *core, struct error *) MUST_USE;

#endif
