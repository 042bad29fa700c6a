/* SPDX-License-Identifier: Apache-2.0 */
/*
 * key.h - the key that signs: Ed25519 (RFC 8032), or ECDSA on P-256 with SHA-256.
 *
 * Logs, checkpoints, witnesses and cases are signed with Ed25519 alone, as C2SP has
 * it; statements with either. Of P-256 a signature is ASN.1 DER and another each time.
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
#define SIGNATURE_BYTES 64 /* of Ed25519 */
#define SIGNATURE_MAX   72 /* of either */
#define KEY_SPKI_MAX    96

enum key_kind { KEY_ED25519, KEY_P256 };

struct signature {
	uint8_t at[SIGNATURE_MAX];
	size_t n;
};

struct key;

/*
 * Load the private key at `path`, or, when there is none, make one of `kind` there
 * (directories too, written beside and renamed). `made` tells which. E_MISUSE
 * when the file is a link, not a regular file or open to others: a key that
 * others may read signs nothing.
 */
enum status key_open(
    struct key **out, const char *path, bool *made, struct error *) MUST_USE;
enum status key_open_kind(struct key **out, const char *path, enum key_kind kind,
    bool *made, struct error *) MUST_USE;
/* A public key from its PEM. */
enum status key_public(struct key **out, struct span pem, struct error *) MUST_USE;

enum key_kind key_kind(const struct key *);

/* E_MISUSE with a P-256 key: what is no statement is signed with Ed25519. */
enum status key_sign(const struct key *, struct span message,
    uint8_t sig[static SIGNATURE_BYTES], struct error *) MUST_USE;
/* With a key of either kind. */
enum status key_seal(
    const struct key *, struct span message, struct signature *, struct error *) MUST_USE;
bool key_verifies(const struct key *, struct span message, struct span signature);

/*
 * A key from its 32 bytes: a private one from its RFC 8032 seed, a public one
 * as it stands in a verifier key of a log (note.h).
 */
enum status key_from_seed(
    struct key **out, const uint8_t seed[static KEY_BYTES], struct error *) MUST_USE;
enum status key_from_raw(
    struct key **out, const uint8_t raw[static KEY_BYTES], struct error *) MUST_USE;
/* The 32 bytes of the public key, zeroes of a P-256 one. Borrowed until key_free. */
const uint8_t *key_raw(const struct key *);

/* The DER SubjectPublicKeyInfo. Borrowed until key_free. */
struct span key_spki(const struct key *);
void key_public_pem(const struct key *, struct buf *out);
struct digest key_id(const struct key *); /* SHA-256 of the DER SubjectPublicKeyInfo */
void key_free(struct key *);              /* takes NULL */

#endif
