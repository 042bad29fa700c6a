/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proof.h - that an entry is in a log, in one file (C2SP tlog-proof v1).
 *
 * The index of the entry, its inclusion proof, and the checkpoint with every
 * signature on it. Whether those signatures are enough is the policy's to say
 * (policy.h), and the policy is the verifier's.
 */
#ifndef EVIDENCE_PROOF_H
#define EVIDENCE_PROOF_H

#include "evidence/checkpoint.h"

#define PROOF_MAX       (NOTE_MAX + ((size_t)64 << 10))
#define PROOF_EXTRA_MAX ((size_t)32 << 10)

struct proof {
	uint64_t index;
	struct merkle_path path;
	struct span extra; /* unauthenticated, still base64; empty: none. Borrowed */
	struct span note;  /* the checkpoint, verbatim. Borrowed */
};

void proof_encode(const struct proof *, struct buf *out);
/* Borrows `text`. E_FORMAT, E_LIMIT. */
enum status proof_parse(struct span text, struct proof *out, struct error *) MUST_USE;

/* Does the path lead from this leaf to the root of this checkpoint? */
bool proof_includes(
    const struct proof *, const struct checkpoint *, const struct digest *leaf);

#endif
