/* SPDX-License-Identifier: Apache-2.0 */
/*
 * handshake.h - what the messages of one TLS handshake say together.
 *
 * TLS, DTLS and QUIC carry the same messages; they bring them here, whole and
 * in order, and say when a side begins to encrypt. What comes of it is one
 * trait. The client is who sends the ClientHello, whoever opened the flow: FTP's
 * active data connections and DTLS after STUN are the other way round.
 *
 * A handshake lies in one piece of TALK_PIECE bytes.
 */
#ifndef PROTOCOL_HANDSHAKE_H
#define PROTOCOL_HANDSHAKE_H

#include "protocol/prints.h"

/* RFC 8446 section 4, RFC 5246 section 7.4 */
enum handshake_type {
	HANDSHAKE_CLIENT_HELLO = 1,
	HANDSHAKE_SERVER_HELLO = 2,
	HANDSHAKE_CERTIFICATE = 11,
	HANDSHAKE_CLIENT_KEY = 16,
};

struct handshake {
	struct prints *prints; /* of hellos before it; NULL: none are kept */
	uint64_t time_ns;      /* of the first hello */
	uint8_t carrier;       /* enum fingerprint_carrier */
	bool hello, answer;
	bool server_is_resp; /* means something once `hello` or `answer` */
	bool ticket;         /* offered, and no session id that could be echoed */
	bool psk;
	bool key_sent;    /* ClientKeyExchange */
	bool retried;     /* HelloRetryRequest: the next ClientHello is the second */
	bool switched[2]; /* by direction: this side said that it encrypts from now on */
	bool sealed[2];   /* and did */
	uint8_t session_len;
	uint8_t session[32];
	struct trait_tls tls; /* its spans lie below */
	uint8_t name[TRAIT_NAME], alpn[TRAIT_NAME];
	uint8_t subject[TRAIT_TEXT], issuer[TRAIT_TEXT];
};

void handshake_begin(struct handshake *, enum fingerprint_carrier, struct prints *);

/*
 * A message; for a Certificate its first bytes are enough. False when it
 * contradicts itself, which changes nothing.
 */
bool handshake_message(struct handshake *, bool from_resp, uint64_t time_ns, uint8_t type,
    struct span message) MUST_USE;

/* An SSL 2.0 hello that a newer server may answer. */
bool handshake_message_v2(
    struct handshake *, bool from_resp, uint64_t time_ns, struct span message) MUST_USE;

/* ChangeCipherSpec. */
void handshake_switch(struct handshake *, bool from_resp);

/* A record that nobody else can read. */
void handshake_sealed(struct handshake *, bool from_resp);

/* Nothing that is told can change any more. */
bool handshake_is_over(const struct handshake *);

/* What is known; false when no hello was seen. The spans borrow from the handshake. */
bool handshake_trait(const struct handshake *, struct trait *) MUST_USE;

#endif
