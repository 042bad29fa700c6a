/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zeek_join.h - what several of Zeek's logs say of one certificate, put together.
 *
 * ssl.log names a server's certificate by the id of its file (cert_chain_fuids)
 * or by its fingerprint (cert_chain_fps). Who signed it and for how long it holds
 * is in x509.log, and of older Zeeks its digests are in files.log. Which of them
 * is read first is not known, and one stream may hold all of them: a handshake
 * whose certificate was not told of yet waits, for at least ZEEK_JOIN_WAIT others
 * that wait, too. Who reads x509.log and files.log first makes nobody wait.
 *
 * Memory is bounded. When it is full, certificates that come are forgotten and
 * counted; their handshakes are told as ssl.log has them.
 */
#ifndef COLLECT_ZEEK_JOIN_H
#define COLLECT_ZEEK_JOIN_H

#include "base/error.h"
#include "record/trait.h"

#define ZEEK_JOIN_WAIT   512
#define ZEEK_JOIN_MEMORY ((size_t)64 << 20)

struct zeek_join;

enum status zeek_join_new(struct zeek_join **out, size_t memory, struct error *) MUST_USE;
void zeek_join_free(struct zeek_join *); /* takes NULL */

/* A file's id or a certificate's fingerprint, as text; an empty one is none. */
uint64_t zeek_join_key(struct span name);

/* Of x509.log: TRAIT_TLS_CERT and TRAIT_TLS_SELF_SIGNED, subject, issuer, validity. */
void zeek_join_certificate(struct zeek_join *, uint64_t key, const struct trait_tls *);
/* Of files.log; all zero: not known. */
void zeek_join_digests(
    struct zeek_join *, uint64_t key, const struct digest *sha256, const uint8_t sha1[20]);

/*
 * A handshake whose certificate has these two names; 0: it has not. It is told to
 * `sink` now, with all that is known, or waits.
 */
void zeek_join_tell(struct zeek_join *, struct trait *, uint64_t fingerprint, uint64_t file,
    trait_sink *sink, void *state);
/* Those that still wait, at the end of an input. */
void zeek_join_flush(struct zeek_join *, trait_sink *sink, void *state);

uint64_t zeek_join_shed(const struct zeek_join *);

#endif
