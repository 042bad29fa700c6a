/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy.h - whom a verifier trusts (C2SP tlog-policy).
 *
 * Lines: `log VKEY [URL]`, `witness NAME VKEY [URL]`, `group NAME K|any|all
 * MEMBER...`, and exactly one `quorum NAME|none`. A checkpoint is good when one
 * of the logs signed it and the quorum cosigned it. A policy is written by whoever
 * distrusts; we may ship an example of one and never the decision.
 */
#ifndef EVIDENCE_POLICY_H
#define EVIDENCE_POLICY_H

#include "evidence/checkpoint.h"

#define POLICY_MAX  ((size_t)1 << 20) /* bytes of the file */
#define POLICY_KEYS 256               /* logs, and witnesses; the standard asks for 32 */

struct policy;

/* E_FORMAT names the line. */
enum status policy_parse(struct span text, struct policy **out, struct error *) MUST_USE;
void policy_free(struct policy *); /* takes NULL */

/* The keys it names, in its order. Borrowed until policy_free. */
unsigned policy_logs(const struct policy *);
const struct note_key *policy_log(const struct policy *, unsigned i);
unsigned policy_witnesses(const struct policy *);
const struct note_key *policy_witness(const struct policy *, unsigned i);

/* Who signed a checkpoint that the policy accepts. */
struct policy_answer {
	struct checkpoint checkpoint;
	unsigned cosigned, witnesses; /* good cosignatures, of how many known witnesses */
	bool quorum_none;             /* the policy asks for no witness */
	uint64_t first_time;          /* earliest good cosignature, Unix seconds; 0: none */
};

/*
 * E_FORMAT: no checkpoint. E_DIFFERS: no known log signed it, a signature of a
 * known key is wrong, or the quorum is missing; the sentence says which.
 */
enum status policy_check(const struct policy *, struct span note, struct policy_answer *out,
    struct error *) MUST_USE;

#endif
