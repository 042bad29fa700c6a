/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fingerprint.h - what a TLS stack is known by.
 *
 * JA3 and JA3S (Althouse, Atkinson, Atkins, 2017): MD5 of versions, ciphers,
 * extensions, groups and point formats in the order they were sent. JA4
 * (FoxIO, 2023): the same of a client, sorted, so that shuffled extensions do
 * not change it, and readable. Of the JA4+ family only JA4 is here: the licence
 * of the others does not allow it (NOTICE).
 */
#ifndef PROTOCOL_FINGERPRINT_H
#define PROTOCOL_FINGERPRINT_H

#include "base/buf.h"
#include "protocol/hello.h"
#include "record/trait.h"

enum fingerprint_carrier {
	CARRIER_TCP = 't',
	CARRIER_QUIC = 'q',
	CARRIER_DATAGRAM = 'd',
};

/*
 * The texts that are hashed, into `text`, which is emptied first. Lists that are
 * longer than any stack sends run over the limit of `text`, which is then bad.
 */
void fingerprint_ja3_text(const struct hello_client *, struct buf *text);
void fingerprint_ja3s_text(const struct hello_server *, struct buf *text);

/* False, and nothing is written, when a list is too long. `work` is scratch. */
bool fingerprint_ja3(const struct hello_client *, struct buf *work, uint8_t ja3[static 16]);
bool fingerprint_ja3s(
    const struct hello_server *, struct buf *work, uint8_t ja3s[static 16]);
bool fingerprint_ja4(const struct hello_client *, enum fingerprint_carrier,
    struct buf *work, char ja4[static TRAIT_JA4 + 1]);

#endif
