/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify.h - what can be checked of a bag, offline, and what that shows.
 *
 * Ten steps, V1 to V10, each with a verdict, a sentence of what was found and
 * a sentence of what it does not show. A step for which the bag brings nothing
 * is "not possible", which is neither pass nor fail.
 *
 * This room knows only bytes, so the detectors are run again (V8) by the
 * caller: `recompute` gets what a finding was made of and gives back the core
 * that comes out. Only findings that passed V2 and V7 are handed to it, so what
 * it reads is what was signed.
 *
 * Nothing here says "proof". Without a stamp or a cosignature of somebody else
 * a bag is `unwitnessed`: it shows order and integrity only from the moment a
 * second person held it.
 */
#ifndef EVIDENCE_VERIFY_H
#define EVIDENCE_VERIFY_H

#include "evidence/bag.h"
#include "evidence/key.h"
#include "evidence/policy.h"
#include "evidence/statement.h"

/* Where things lie: for bag_add, and for bag_find and statements. */
#define BAG_ADD_KEYS    "keys/"
#define BAG_ADD_KEY     BAG_ADD_KEYS "sensor.pem"
#define BAG_ADD_README  "README-VERIFY.txt"
#define BAG_KEYS        "data/" BAG_ADD_KEYS
#define BAG_KEY         "data/" BAG_ADD_KEY
#define BAG_README      "data/" BAG_ADD_README
#define BAG_FINDINGS    "data/findings/" /* <finding id> BAG_ENVELOPE */
#define BAG_ENVELOPE    ".dsse.json"
#define BAG_PACKETS     ".packets.jsonl" /* a slice of which something is withheld */
#define BAG_ADD_POLICY  "policy.example"
#define BAG_ADD_PROOFS  "proofs/"
#define BAG_PROOFS      "data/" BAG_ADD_PROOFS /* <finding id or record> BAG_PROOF */
#define BAG_PROOF       ".tlog-proof"
#define BAG_ADD_RECORDS "records/"
#define BAG_RECORDS     "data/" BAG_ADD_RECORDS /* accounts: <kind>-<index> BAG_ENVELOPE */
#define BAG_ADD_STAMP   "timestamps/checkpoint.tsr"
#define BAG_STAMP       "data/" BAG_ADD_STAMP /* over the text of the checkpoint */

#define VERIFY_STEPS    10
#define VERIFY_SENTENCE 512
#define VERIFY_WITNESS  256
#define VERIFY_JSON_MAX ((size_t)16 << 20) /* most bytes of params or baseline */

enum verify_verdict {
	VERIFY_PASS,
	VERIFY_FAIL,
	VERIFY_NOT_POSSIBLE,
};

const char *verify_verdict_text(enum verify_verdict); /* "pass", "fail", "not possible" */

struct verify_step {
	const char *id;   /* "V1" */
	const char *what; /* "bag hashes" */
	enum verify_verdict verdict;
	char sentence[VERIFY_SENTENCE];
	const char *does_not_show;
};

/* One signed finding and what it was made of. Valid during the call. */
struct verify_finding {
	const char *path; /* of its envelope in the bag */
	const struct statement *statement;
	struct span core;
	const char *slice_path, *flows_path; /* openable; NULL: it has none */
	struct span params, baseline;        /* at == NULL: not in the bag */
};

/*
 * OK: `core` (empty before) is what comes out now. Anything else: it could not
 * be run again, and the error says why.
 */
typedef enum status verify_recompute(
    void *state, const struct verify_finding *, struct buf *core, struct error *);

struct verify_options {
	const struct key *pinned; /* NULL: the key in the bag is taken at its word */
	const struct policy
	    *policy;             /* whom the verifier trusts; NULL: V5 is not possible */
	struct span authorities; /* PEM: whose time stamps are taken; empty: nobody's */
	verify_recompute *recompute; /* NULL: V8 is not possible */
	void *recompute_state;
	bag_complaint *complain; /* each single fault, named; may be NULL */
	void *complain_state;
};

struct verify_report {
	struct verify_step step[VERIFY_STEPS]; /* V1 first */
	unsigned findings;                     /* envelopes in the bag */
	unsigned records;                      /* and those of what else was logged */
	uint64_t packets, packets_cut, packets_withheld; /* of slices that were redacted */
	unsigned redacted;                               /* slices of these */
	unsigned reproduced;     /* of them, V8 gave the same bytes */
	unsigned unsigned_files; /* payload files that no good signature covers */
	bool failed;             /* some step failed */
	bool witnessed; /* every finding is cosigned or stamped by somebody trusted */
	char key_id[DIGEST_HEX];      /* of the key that was used; "" none */
	char witness[VERIFY_WITNESS]; /* one sentence: who else vouches for the time */
};

/* Errors only when there is no bag to judge; a bad bag is OK with `failed` set. */
enum status verify_bag(const char *dir, const struct verify_options *,
    struct verify_report *out, struct error *) MUST_USE;

#endif
