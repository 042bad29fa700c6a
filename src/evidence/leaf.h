/* SPDX-License-Identifier: Apache-2.0 */
/*
 * leaf.h - what goes into the log for a signed statement.
 *
 * Canonical JSON of a Rekor v2 entry (hashedrekord 0.0.2): the hash of what was
 * signed, the signature and the key. The statement itself stays out. It carries
 * 32 random bytes, so the log says nothing about it to who does not hold it, and
 * a statement that is deleted is gone.
 */
#ifndef EVIDENCE_LEAF_H
#define EVIDENCE_LEAF_H

#include "evidence/dsse.h"

#define LEAF_MAX 1024

void leaf_encode(const struct key *, const struct digest *signed_bytes,
    const struct signature *, struct buf *out);
/* How Sigstore calls the key's kind. */
const char *leaf_key_details(const struct key *);

/* The leaf of an envelope that this key signed. As dsse_open: E_FORMAT, E_DIFFERS. */
enum status leaf_of_envelope(const struct key *, const char *type, struct span envelope,
    struct buf *out, struct error *) MUST_USE;

#endif
