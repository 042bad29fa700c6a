/* SPDX-License-Identifier: Apache-2.0 */
/*
 * timestamp.h - that bytes existed at a time, by somebody else's word (RFC 3161).
 *
 * A query holds only a SHA-256. A reply is judged at the time it names: the
 * authority's certificate must have been good then, and may have ended since.
 * Whether it was revoked is not looked at, and has to be said where it is shown.
 */
#ifndef EVIDENCE_TIMESTAMP_H
#define EVIDENCE_TIMESTAMP_H

#include "base/buf.h"
#include "base/error.h"

#define TIMESTAMP_MAX   ((size_t)1 << 20) /* bytes of a reply, of a list of authorities */
#define TIMESTAMP_QUERY "application/timestamp-query"
#define TIMESTAMP_NAME  128

/* DER of a TimeStampReq for `data`, which asks for the certificates too. */
enum status timestamp_query(
    struct span data, uint64_t nonce, struct buf *out, struct error *) MUST_USE;

/* What a good reply says. */
struct timestamp {
	uint64_t time;            /* Unix seconds */
	char who[TIMESTAMP_NAME]; /* the authority's name; printable ASCII */
};

/*
 * Is this DER TimeStampResp one for `data`, signed by an authority below one of
 * the certificates in `roots` (PEM)? `nonce` must be in it, unless NULL. E_FORMAT:
 * no reply, or a refusal; E_DIFFERS: about other bytes, or signed by nobody known.
 */
enum status timestamp_check(struct span reply, struct span data, struct span roots,
    const uint64_t *nonce, struct timestamp *out, struct error *) MUST_USE;

#endif
