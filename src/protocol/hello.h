/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hello.h - the two messages that open TLS, DTLS and QUIC.
 *
 * ClientHello and ServerHello of SSL 3.0 to TLS 1.3 (RFC 6101, 2246, 5246,
 * 8446) and DTLS (RFC 6347, 9147), without the four bytes of their handshake
 * header; and the hello of SSL 2.0 (RFC 6101 appendix E), after the two bytes
 * of its record. Lists stay where they lie: a span of be16, of a whole number of
 * them. All spans borrow from the message. An extension that lies about itself
 * is as if it were not there; a message whose own lengths do not fit is refused.
 */
#ifndef PROTOCOL_HELLO_H
#define PROTOCOL_HELLO_H

#include "base/cursor.h"
#include "base/error.h"

struct hello_client {
	uint16_t version; /* the field; 1.3 says 1.2 here */
	uint16_t highest; /* offered: of supported_versions if there, GREASE aside */
	bool datagram;    /* DTLS: versions count downwards */
	bool v2;          /* an SSL 2.0 hello: ciphers are those a later version knows */
	bool has_name;    /* there is a server_name extension, whatever is in it */
	bool ticket;      /* offers a session ticket that is not empty */
	bool psk;
	bool ech; /* the name is a cover (RFC 9849), or GREASE that looks alike */
	struct span session_id;
	struct span ciphers;
	struct span extensions; /* the whole list, types and contents */
	struct span name;       /* the first host_name of server_name */
	struct span alpn;       /* the first protocol offered */
	struct span groups, signatures;
	struct span formats; /* a byte each */
};

struct hello_server {
	uint16_t version;  /* the field */
	uint16_t selected; /* by supported_versions; else the field */
	uint16_t cipher;
	bool retry; /* HelloRetryRequest: another hello follows */
	bool psk;
	struct span session_id, extensions, alpn;
};

bool hello_client_read(struct span message, bool datagram, struct hello_client *) MUST_USE;
bool hello_client_read_v2(struct span message, struct hello_client *) MUST_USE;
bool hello_server_read(struct span message, struct hello_server *) MUST_USE;

/* RFC 8701: 0x0a0a, 0x1a1a, ... 0xfafa. */
static inline bool
hello_is_grease(uint16_t v)
{
	return (v & 0x0f0f) == 0x0a0a && v >> 8 == (v & 0xff);
}

/* SSL, TLS and DTLS before 1.3, and no version yet: a ServerHello tells how to go on. */
static inline bool
hello_before_1_3(uint16_t version)
{
	return version <= 0x0303 || version == 0xfeff || version == 0xfefd ||
	       version == 0x0100;
}

/* The next extension of a list; false at its end. */
static inline bool
hello_extension(struct cursor *c, uint16_t *type, struct span *content)
{
	if (c->bad || c->left == 0)
		return false;
	*type = cursor_be16(c);
	*content = cursor_take(c, cursor_be16(c));
	return !c->bad;
}

#endif
