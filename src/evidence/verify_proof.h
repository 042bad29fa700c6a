/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_proof.h - what a .tlog-proof shows to somebody with a policy.
 */
#ifndef EVIDENCE_VERIFY_PROOF_H
#define EVIDENCE_VERIFY_PROOF_H

#include "evidence/policy.h"
#include "evidence/proof.h"

struct proof_report {
	uint64_t index;
	struct policy_answer answer;
	bool from_envelope;      /* the entry was made from the envelope that was given */
	char signer[DIGEST_HEX]; /* of the envelope; "": none was given */
	char witness[256];       /* one sentence: who vouches for the time */
};

/*
 * `envelope` may be empty: then the entry is the one in the proof itself, which
 * shows that such an entry is in the log and not what was said. With it, `key`
 * is who should have signed it.
 * E_DIFFERS and E_FORMAT: it does not verify, and the sentence says why.
 */
enum status verify_proof(struct span proof, const struct policy *, struct span envelope,
    const struct key *key, struct proof_report *out, struct error *) MUST_USE;

#endif
