/* SPDX-License-Identifier: Apache-2.0 */
/*
 * certificate.h - what a server's certificate says of itself (RFC 5280).
 *
 * Read by OpenSSL. Nothing is verified: whose word a certificate is worth is
 * not asked here, and its chain is not looked at.
 */
#ifndef PROTOCOL_CERTIFICATE_H
#define PROTOCOL_CERTIFICATE_H

#include "base/buf.h"
#include "base/digest.h"

struct certificate {
	struct digest sha256; /* of the DER */
	uint8_t sha1[20];     /* likewise */
	/* RFC 4514, of at most TRAIT_TEXT bytes; they lie in the buffer given. */
	struct span subject, issuer;
	uint64_t not_before_ns, not_after_ns; /* FLOW_INT_MAX: beyond; 0: 1970 or before */
	bool self_signed; /* issuer and key are its own, if it does not lie */
};

/*
 * False when OpenSSL refuses it. `text` is emptied; it should take at least
 * 2 * TRAIT_TEXT bytes.
 */
bool certificate_read(struct span der, struct buf *text, struct certificate *) MUST_USE;

#endif
