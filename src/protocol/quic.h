/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quic.h - the first packets of QUIC, which anybody may read.
 *
 * Initial packets are encrypted with keys made from what they carry (RFC 9001
 * section 5.2; RFC 9369 for version 2; the drafts from 23 on likewise), so a
 * listener can open them. What is read: packets of a datagram one after the
 * other, and the CRYPTO frames of Initial packets, which bring the TLS hellos.
 * Version negotiation, Retry, 0-RTT and all that follows is stepped over.
 */
#ifndef PROTOCOL_QUIC_H
#define PROTOCOL_QUIC_H

#include "base/cursor.h"
#include "base/error.h"

#define QUIC_PACKET 2048 /* longer Initial packets are not opened; they fit a datagram */
#define QUIC_HELLO  3584 /* of CRYPTO data; a ClientHello is of 300 to 2,000 bytes */
#define QUIC_ID_MAX 20   /* RFC 9000 section 17.2 */

enum quic_kind {
	QUIC_INITIAL,
	QUIC_ZERO_RTT,
	QUIC_HANDSHAKE,
	QUIC_RETRY,
	QUIC_NEGOTIATION
};

/* A packet with a long header. */
struct quic_packet {
	enum quic_kind kind;
	uint32_t version;
	struct span to, from; /* connection ids */
	struct span whole;    /* from its first byte to the end that its length tells */
	size_t number_at;     /* where in `whole` the protected packet number stands */
};

/* The next packet of a datagram; false at its end, or when what is left is none. */
bool quic_next(struct cursor *datagram, struct quic_packet *) MUST_USE;

/* A version whose Initial packets we can open. */
bool quic_reads(uint32_t version);

struct quic_keys {
	uint8_t key[16], iv[12], mask[16];
};

/* `to`: the destination of the client's first packet. False for a version not read. */
bool quic_keys_make(
    uint32_t version, struct span to, bool server, struct quic_keys *) MUST_USE;

/*
 * What opens packets: one for each thread of control, reused. `plain` is valid
 * until the next call.
 */
struct quic_opener;
struct quic_opener *quic_opener_new(void); /* NULL: no memory */
void quic_opener_free(struct quic_opener *);

/* The frames of an Initial packet; false when it was not made with these keys. */
bool quic_open(struct quic_opener *, const struct quic_keys *, const struct quic_packet *,
    struct span *frames) MUST_USE;

/*
 * CRYPTO data by offset: frames come in any order, repeated and with holes. What
 * was heard first stays.
 */
struct quic_crypto {
	uint32_t contiguous; /* bytes without a hole from the start */
	uint8_t seen[QUIC_HELLO / 8];
	uint8_t data[QUIC_HELLO];
};

/* False when the frames are none that an Initial packet may have (section 12.4). */
bool quic_frames(struct span frames, struct quic_crypto *) MUST_USE;

#endif
