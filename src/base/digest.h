/* SPDX-License-Identifier: Apache-2.0 */
/*
 * digest.h - SHA-256 (FIPS 180-4), through OpenSSL; MD5 for the names others gave.
 */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"

#define DIGEST_BYTES 32
#define DIGEST_HEX   65 /* with the NUL */

struct digest {
	uint8_t b[DIGEST_BYTES];
};

struct digest digest_of(struct span);

/* For fingerprints that are defined by it (JA3, HASSH), never for proof. */
void digest_md5(struct span, uint8_t md5[static 16]);

/* HMAC-SHA-256 (RFC 2104). CHECKs on OpenSSL failure. */
struct digest digest_keyed(struct span key, struct span bytes);

/* Lower-case hex into `text`, and returns it. */
const char *digest_hex(const struct digest *, char text[static DIGEST_HEX]);

/* A digest built piece by piece; digest_stream_end frees it. CHECKs on OpenSSL failure. */
struct digest_stream {
	void *evp; /* EVP_MD_CTX */
};
void digest_stream_begin(struct digest_stream *);
void digest_stream_add(struct digest_stream *, struct span);
struct digest digest_stream_end(struct digest_stream *);

#endif
