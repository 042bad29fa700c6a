/* SPDX-License-Identifier: Apache-2.0 */
/*
 * statement.h - an in-toto Statement v1 about one finding.
 *
 * evidence/ knows only bytes: the finding's core, the parameters and the
 * context are opaque to it; it names them by digest and carries the core. A
 * statement has one spelling, canonical JSON with these members:
 *
 *	_type          https://in-toto.io/Statement/v1
 *	predicate      detector { baseline_sha256, name, params_sha256, version },
 *	               finding_id, inputs [{ flows, packets, slice_root, slice_sha256 }],
 *	               result (the core), salt, schema, sensor { key },
 *	               window { end_ns, start_ns }
 *	predicateType  STATEMENT_PREDICATE
 *	subject        [{ digest { sha256 }, name }]
 *
 * baseline_sha256 is left out when it is "", slice_root (packets.h) when the packets
 * have none, slice_sha256 when no subject lies
 * under STATEMENT_SLICES. A subject under STATEMENT_PARAMS or _BASELINE has the
 * digest that the detector names. Times are decimal digits in a string, because they
 * pass 2^53, where JSON numbers of others end (RFC 7493 section 2.2).
 */
#ifndef EVIDENCE_STATEMENT_H
#define EVIDENCE_STATEMENT_H

#include "base/buf.h"
#include "base/digest.h"
#include "base/error.h"

#define STATEMENT_PREDICATE "https://geophone.example/finding/v1"
#define STATEMENT_SUBJECTS  5
#define STATEMENT_NAME      128
#define STATEMENT_MAX       ((size_t)4 << 20)         /* most bytes of one */
#define STATEMENT_COUNT_MAX ((UINT64_C(1) << 53) - 1) /* packets, flows */

/* Where subjects lie in a bag; at most one of each in a statement. */
#define STATEMENT_SLICES   "data/slices/"
#define STATEMENT_FLOWS    "data/flows/"
#define STATEMENT_PARAMS   "data/params/"
#define STATEMENT_BASELINE "data/baseline/"
#define STATEMENT_INDEX    "data/index/" /* what packets are withheld by: packets.h */

/* All text in here is printable ASCII without quotes and backslashes. */
struct statement_subject {
	char name[STATEMENT_NAME]; /* path in the bag: "data/slices/<id>.pcapng" */
	struct digest digest;
};

struct statement {
	struct statement_subject subject[STATEMENT_SUBJECTS];
	unsigned subjects;
	char finding_id[DIGEST_HEX]; /* SHA-256 of the core */
	uint8_t salt[32];            /* makes the leaf a commitment, see evidence log */
	char detector[32];           /* "beacon" */
	char version[32];            /* of the program that judged */
	char params_sha256[DIGEST_HEX];
	char baseline_sha256[DIGEST_HEX]; /* "": the detector takes none */
	char key_id[DIGEST_HEX];          /* of the sensor */
	uint64_t window_start_ns, window_end_ns;
	uint64_t packets, flows; /* in the slice */
	bool rooted;             /* slice_root is there */
	struct digest slice_root;
};

/*
 * `core` is the finding's canonical JSON; it becomes predicate.result. CHECKs
 * that the statement is one that statement_decode would take.
 */
void statement_encode(const struct statement *, struct span core, struct buf *out);
/*
 * Strict: E_FORMAT for every other spelling than the one we write, for a
 * finding_id that is not the hash of the core, for a subject twice. `core`
 * (empty before) receives the bytes of predicate.result, canonical.
 */
enum status statement_decode(
    struct span json, struct statement *out, struct buf *core, struct error *) MUST_USE;

/* The subject under STATEMENT_SLICES and so on; NULL when there is none. */
const struct statement_subject *statement_subject_under(
    const struct statement *, const char *folder);

struct cursor;

/*
 * The list of subjects of any in-toto statement, from behind its "[" to its "]": adds
 * to the *n that are there. More than `most`, or another spelling: the cursor is bad.
 */
void statement_get_subjects(
    struct cursor *, struct statement_subject *at, unsigned most, unsigned *n);

#endif
