/* SPDX-License-Identifier: Apache-2.0 */
/*
 * key.h - the sensor's Ed25519 key (RFC 8032).
 *
 * Private key: PKCS#8 PEM, mode 0600. Public key: SPKI PEM, as
 * `openssl pkeyutl -pubin` wants it. The key never leaves this room.
 */
#ifndef EVIDENCE_KEY_H
#define EVIDENCE_KEY_H

#include "base/buf.h"
#include "base/digest.h"
#include "base/error.h"

#define KEY_BYTES       32
#define SIGNATURE_BYTES 64

struct key;

/*
 * Load the private key at `path`, or, when there is none, make one there
 * (directories too, written beside and renamed). `made` tells which. E_MISUSE
 * when the file is a link, not a regular file or open to others: a key that
 * others may read signs nothing.
 */
enum status key_open(
    struct key **out, const char *path, bool *made, struct error *) MUST_USE;
/* A public key from its PEM. */
enum status key_public(struct key **out, struct span pem, struct error *) MUST_USE;

enum status key_sign(const struct key *, struct span message,
    uint8_t sig[static SIGNATURE_BYTES], struct error *) MUST_USE;
bool key_verifies(const struct key *, struct span message, struct span signature);

/*
 * A key from its 32 bytes: a private one from its RFC 8032 seed, a public one
 * as it stands in a verifier key of a log (note.h).
 */
enum status key_from_seed(
    struct key **out, const uint8_t seed[static KEY_BYTES], struct error *) MUST_USE;
enum status key_from_raw(
    struct key **out, const uint8_t raw[static KEY_BYTES], struct error *) MUST_USE;
/* The 32 bytes of the public key. Borrowed until key_free. */
const uint8_t *key_raw(const struct key *);

void key_public_pem(const struct key *, struct buf *out);
struct digest key_id(const struct key *); /* SHA-256 of the DER SubjectPublicKeyInfo */
void key_free(struct key *);              /* takes NULL */

#endif
