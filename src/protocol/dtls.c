/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dtls.c - DTLS 1.0 to 1.3 (RFC 6347, RFC 9147).
 *
 * As TLS, in datagrams. A message that was cut into fragments is put together as
 * long as they come in order; otherwise it is not read.
 */
#include "protocol/handshake.h"
#include "protocol/parser.h"

enum { RECORD_SWITCH = 20, RECORD_HANDSHAKE = 22, UNIFIED = 0x20, GRAMS_MAX = 64 };

struct dtls {
	struct handshake *heard;
	uint8_t *piece; /* a message that has yet to end */
	uint32_t length, got;
	uint16_t number;
	uint8_t type;
	bool from_resp;
	uint8_t grams;
};
static_assert(sizeof(struct dtls) <= TALK_STATE, "it lies in the talk");

struct record {
	uint8_t type;
	uint16_t epoch;
	struct span content;
};

static bool
record_next(struct cursor *c, struct record *out)
{
	uint16_t version;

	out->type = cursor_u8(c);
	version = cursor_be16(c);
	out->epoch = cursor_be16(c);
	cursor_skip(c, 6); /* sequence number */
	out->content = cursor_take(c, cursor_be16(c));
	return !c->bad && out->type >= 20 && out->type <= 26 &&
	       (version == 0xfeff || version == 0xfefd || version == 0x0100);
}

struct fragment {
	uint8_t type;
	uint16_t number;
	uint32_t length, at;
	struct span bytes;
};

static uint32_t
be24(struct cursor *c)
{
	uint32_t high = cursor_u8(c);

	return high << 16 | cursor_be16(c);
}

static bool
fragment_next(struct cursor *c, struct fragment *out)
{
	out->type = cursor_u8(c);
	out->length = be24(c);
	out->number = cursor_be16(c);
	out->at = be24(c);
	out->bytes = cursor_take(c, be24(c));
	return !c->bad && out->at <= out->length && out->bytes.len <= out->length - out->at;
}

static enum answer
dtls_is(const struct opening *o)
{
	struct cursor c = cursor_of(o->bytes), in;
	struct record r;
	struct fragment f;

	if (!record_next(&c, &r) || r.type != RECORD_HANDSHAKE || r.epoch != 0)
		return NO;
	in = cursor_of(r.content);
	if (!fragment_next(&in, &f))
		return NO;
	return f.type == HANDSHAKE_CLIENT_HELLO || f.type == HANDSHAKE_SERVER_HELLO ? YES
										    : NO;
}

static void
tell(struct talk *t, struct dtls *s)
{
	struct trait trait = { 0 };

	if (s->heard && handshake_trait(s->heard, &trait))
		talk_tell(t, &trait);
}

static void
message(
    struct talk *t, struct dtls *s, const struct heard *h, uint8_t type, struct span body)
{
	if (!handshake_message(s->heard, h->from_resp, h->time_ns, type, body))
		talk_lied(t);
}

static void
collect(struct talk *t, struct dtls *s, const struct heard *h, const struct fragment *f)
{
	size_t room;

	if (f->at == 0) {
		if (s->piece == NULL)
			s->piece = talk_piece(t);
		s->from_resp = h->from_resp;
		s->number = f->number;
		s->type = f->type;
		s->length = f->length;
		s->got = 0;
	}
	if (s->piece == NULL || s->from_resp != h->from_resp || s->number != f->number ||
	    s->type != f->type || s->length != f->length || s->got != f->at)
		return;
	room = s->got < TALK_PIECE ? TALK_PIECE - s->got : 0;
	if (room > f->bytes.len)
		room = f->bytes.len;
	if (room > 0)
		memcpy(s->piece + s->got, f->bytes.at, room);
	s->got += (uint32_t)f->bytes.len;
	if (s->got < s->length)
		return;
	message(t, s, h, f->type,
	    (struct span){ s->piece, s->length < TALK_PIECE ? s->length : TALK_PIECE });
	talk_drop(t, s->piece);
	s->piece = NULL;
}

static void
handshake(struct talk *t, struct dtls *s, const struct heard *h, struct span content)
{
	struct cursor c = cursor_of(content);
	struct fragment f;

	while (c.left > 0) {
		if (!fragment_next(&c, &f)) {
			talk_lied(t);
			return;
		}
		if (f.bytes.len == f.length)
			message(t, s, h, f.type, f.bytes);
		else
			collect(t, s, h, &f);
	}
}

static void
datagram(struct talk *t, struct dtls *s, const struct heard *h)
{
	struct cursor c = cursor_of(h->bytes);
	struct record r;

	while (c.left > 0) {
		if ((*c.at & 0xe0) == UNIFIED) { /* RFC 9147 section 4 */
			handshake_sealed(s->heard, h->from_resp);
			return;
		}
		if (!record_next(&c, &r))
			return;
		if (r.epoch > 0)
			handshake_sealed(s->heard, h->from_resp);
		else if (r.type == RECORD_SWITCH)
			handshake_switch(s->heard, h->from_resp);
		else if (r.type == RECORD_HANDSHAKE)
			handshake(t, s, h, r.content);
	}
}

static size_t
dtls_hear(struct talk *t, const struct heard *h)
{
	struct dtls *s = (struct dtls *)t->state;

	if (s->heard == NULL && (s->heard = talk_piece(t)) != NULL)
		handshake_begin(s->heard, CARRIER_DATAGRAM, talk_prints(t));
	if (s->heard)
		datagram(t, s, h);
	if (s->heard == NULL || handshake_is_over(s->heard) || ++s->grams == GRAMS_MAX) {
		tell(t, s);
		talk_done(t);
	}
	return h->bytes.len;
}

static void
dtls_end(struct talk *t)
{
	tell(t, (struct dtls *)t->state);
}

const struct parser parser_dtls = {
	.proto = PROTO_UDP,
	.service = SERVICE_TLS,
	.is = dtls_is,
	.hear = dtls_hear,
	.end = dtls_end,
};
