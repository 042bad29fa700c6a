/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dsse.h - a signed statement (secure-systems-lab/dsse v1.0.2).
 *
 * The envelope is JSON: {"payload": base64, "payloadType": T, "signatures":
 * [{"keyid": hex, "sig": base64}]}. What is signed is the pre-authentication
 * encoding PAE = "DSSEv1" SP len(T) SP T SP len(body) SP body.
 */
#ifndef EVIDENCE_DSSE_H
#define EVIDENCE_DSSE_H

#include "base/buf.h"
#include "evidence/key.h"

#define DSSE_IN_TOTO "application/vnd.in-toto+json"
#define DSSE_MAX     ((size_t)8 << 20) /* most bytes of an envelope we read */

void dsse_pae(const char *type, struct span body, struct buf *out);
/* One line of JSON with its newline, in the one spelling we write. */
enum status dsse_seal(const struct key *, const char *type, struct span body,
    struct buf *out, struct error *) MUST_USE;
/* The same around a signature that was made before. */
enum status dsse_enclose(const struct key *, const char *type, struct span body,
    const struct signature *, struct buf *out, struct error *) MUST_USE;
/*
 * Check the envelope against the key; on OK `body` (empty before) holds the
 * payload, otherwise it is empty. E_FORMAT: not an envelope; E_DIFFERS: no
 * signature of this key, or a wrong one. The envelope may be anybody's spelling
 * of the JSON; the payload is what is signed.
 */
enum status dsse_open(const struct key *, const char *type, struct span envelope,
    struct buf *body, struct error *) MUST_USE;
/* The same, and the signature of this key that is right. */
enum status dsse_open_signed(const struct key *, const char *type, struct span envelope,
    struct buf *body, struct signature *, struct error *) MUST_USE;

#endif
