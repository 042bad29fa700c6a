/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls.c - SSL and TLS over TCP: records, and the messages that lie in them.
 *
 * Records (RFC 8446 section 5.1) are taken whole; those nobody can read are
 * skipped, not waited for. A handshake message that lies in one record is read
 * where it is. One that is spread over several is put together in a piece; of a
 * longer one its first TALK_PIECE bytes are kept, which hold a server's own
 * certificate. All is told once, when both sides encrypt or the flow is over.
 */
#include "protocol/handshake.h"
#include "protocol/parser.h"

enum record_type {
	RECORD_SWITCH = 20,
	RECORD_ALERT = 21,
	RECORD_HANDSHAKE = 22,
	RECORD_DATA = 23,
	RECORD_HEARTBEAT = 24,
};

enum {
	RECORD_HEADER = 5,
	RECORD_MAX = 16384 + 2048, /* RFC 5246 section 6.2.3 */
	MESSAGE_HEADER = 4,
	V2_HEAD = 11,       /* what tells a hello of SSL 2 */
	RECORDS_MAX = 1024, /* of one direction before both encrypt; others lie */
};

/* A message of one direction that has yet to end. */
struct tls_side {
	uint8_t *piece;  /* its first bytes with its header; NULL: not kept */
	uint32_t length; /* with its header; 0: it is not known yet */
	uint32_t got;
	uint8_t header[MESSAGE_HEADER];
	uint16_t records;
	bool sealed;
};

struct tls {
	struct handshake *heard;
	struct tls_side side[2];
};
static_assert(sizeof(struct tls) <= TALK_STATE, "it lies in the talk");
static_assert(sizeof(struct handshake) <= TALK_PIECE, "it lies in a piece");
static_assert(RECORD_MAX + RECORD_HEADER <= TALK_WINDOW, "a record is seen whole");

static bool
is_version(uint16_t v)
{
	return v >= 0x0300 && v <= 0x0304;
}

/* RFC 6101 appendix E.1: two bytes of length with the top bit set. */
static bool
is_v2_hello(struct span s)
{
	struct cursor c = cursor_of(s);
	uint16_t len = cursor_be16(&c);
	uint8_t type = cursor_u8(&c);
	uint16_t version = cursor_be16(&c), kinds = cursor_be16(&c), id = cursor_be16(&c),
		 challenge = cursor_be16(&c);

	return !c.bad && len & 0x8000 && type == 1 &&
	       (version == 2 || is_version(version)) && kinds > 0 && kinds % 3 == 0 &&
	       (id == 0 || id == 16) && challenge >= 16 && challenge <= 32 &&
	       (len & 0x7fff) == 9 + kinds + id + challenge;
}

static enum answer
tls_is(const struct opening *o)
{
	struct cursor c = cursor_of(o->bytes);
	uint8_t first = cursor_u8(&c), message;
	uint16_t version = cursor_be16(&c), length = cursor_be16(&c);

	if (first & 0x80 && !o->from_resp) {
		if (o->bytes.len >= V2_HEAD)
			return is_v2_hello(o->bytes) ? YES : NO;
		return o->bytes.len < 3 || o->bytes.at[2] == 1 ? NOT_YET : NO;
	}
	message = cursor_u8(&c);
	if (first != RECORD_HANDSHAKE)
		return NO;
	if (c.bad)
		return o->bytes.len < 2 || o->bytes.at[1] == 3 ? NOT_YET : NO;
	return is_version(version) && length >= 1 && length <= RECORD_MAX &&
		       (message == HANDSHAKE_CLIENT_HELLO ||
			   message == HANDSHAKE_SERVER_HELLO)
		   ? YES
		   : NO;
}

static void
tell(struct talk *t, struct tls *s)
{
	struct trait trait; /* most of it is for other kinds */

	if (s->heard && handshake_trait(s->heard, &trait))
		talk_tell(t, &trait);
}

static void
finish(struct talk *t, struct tls *s)
{
	tell(t, s);
	talk_done(t);
}

/* The message is all there, or as much of it as is kept. */
static void
side_message(struct talk *t, struct tls *s, const struct heard *h, struct span whole)
{
	struct cursor c = cursor_of(whole);
	uint8_t type = cursor_u8(&c);

	cursor_skip(&c, 3);
	if (!handshake_message(s->heard, h->from_resp, h->time_ns, type, cursor_rest(&c)))
		talk_lied(t);
}

/* Bytes of a message that did not end in its record. */
static struct span
side_collect(struct talk *t, struct tls_side *d, struct span in)
{
	size_t n = in.len, room;

	for (; d->got < MESSAGE_HEADER && n > 0; d->got++, in.at++, n--)
		d->header[d->got] = *in.at;
	in.len = n;
	if (d->got < MESSAGE_HEADER)
		return in;
	d->length =
	    ((uint32_t)d->header[1] << 16 | (uint32_t)d->header[2] << 8 | d->header[3]) +
	    MESSAGE_HEADER;
	if (d->got == MESSAGE_HEADER && d->piece == NULL) {
		d->piece = talk_piece(t);
		if (d->piece)
			memcpy(d->piece, d->header, MESSAGE_HEADER);
	}
	n = d->length - d->got < in.len ? d->length - d->got : in.len;
	room = d->got < TALK_PIECE ? TALK_PIECE - d->got : 0;
	if (d->piece && n > 0)
		memcpy(d->piece + (room ? d->got : 0), in.at, n < room ? n : room);
	d->got += (uint32_t)n;
	return (struct span){ in.at + n, in.len - n };
}

static struct span
side_continue(struct talk *t, struct tls *s, const struct heard *h, struct span in)
{
	struct tls_side *d = &s->side[h->from_resp];

	in = side_collect(t, d, in);
	if (d->length == 0 || d->got < d->length)
		return in;
	if (d->piece) {
		size_t kept = d->length < TALK_PIECE ? d->length : TALK_PIECE;

		side_message(t, s, h, (struct span){ d->piece, kept });
		talk_drop(t, d->piece);
	}
	d->piece = NULL;
	d->length = d->got = 0;
	return in;
}

/* What a handshake record holds: messages, or parts of them. */
static void
side_record(struct talk *t, struct tls *s, const struct heard *h, struct span in)
{
	struct tls_side *d = &s->side[h->from_resp];

	while (in.len > 0) {
		struct cursor c = cursor_of(in);
		size_t n;

		if (d->got == 0) {
			cursor_skip(&c, 1);
			n = (size_t)cursor_u8(&c) << 16;
			n |= cursor_be16(&c);
			if (!c.bad && n <= c.left) {
				n += MESSAGE_HEADER;
				side_message(t, s, h, (struct span){ in.at, n });
				in = (struct span){ in.at + n, in.len - n };
				continue;
			}
		}
		in = side_continue(t, s, h, in);
	}
}

/* False: what follows is no TLS. */
static bool
record(struct talk *t, struct tls *s, const struct heard *h, uint8_t type, struct span in)
{
	struct tls_side *d = &s->side[h->from_resp];

	switch (type) {
	case RECORD_SWITCH:
		handshake_switch(s->heard, h->from_resp);
		d->sealed = true;
		return true;
	case RECORD_HANDSHAKE:
		if (d->sealed && hello_before_1_3(s->heard->tls.version))
			handshake_sealed(s->heard, h->from_resp);
		else
			side_record(t, s, h, in);
		return true;
	case RECORD_DATA:
		handshake_sealed(s->heard, h->from_resp);
		return true;
	case RECORD_ALERT:
	case RECORD_HEARTBEAT:
		return true;
	default:
		return false;
	}
}

static size_t
hear_v2(struct talk *t, struct tls *s, const struct heard *h)
{
	size_t n = (size_t)(h->bytes.at[0] & 0x7f) << 8 | h->bytes.at[1];

	if (h->bytes.len < 2 + n)
		return 0;
	if (!handshake_message_v2(
		s->heard, h->from_resp, h->time_ns, (struct span){ h->bytes.at + 2, n }))
		talk_lied(t);
	return 2 + n;
}

static size_t
tls_hear(struct talk *t, const struct heard *h)
{
	struct tls *s = (struct tls *)t->state;
	struct tls_side *d = &s->side[h->from_resp];
	struct cursor c = cursor_of(h->bytes);
	size_t took = 0;

	if (s->heard == NULL && (s->heard = talk_piece(t)) != NULL)
		handshake_begin(s->heard, CARRIER_TCP, talk_prints(t));
	if (s->heard == NULL) {
		talk_done(t);
		return 0;
	}
	if (d->records == 0 && h->bytes.len < V2_HEAD && h->bytes.len > 0 &&
	    *h->bytes.at & 0x80)
		return 0; /* it may become one */
	if (d->records == 0 && is_v2_hello(h->bytes)) {
		took = hear_v2(t, s, h);
		d->records = took > 0;
		return took;
	}
	while (c.left >= RECORD_HEADER) {
		uint8_t type = cursor_u8(&c);
		uint16_t version = cursor_be16(&c), length = cursor_be16(&c);
		struct span in = { 0 };
		bool bad = length > RECORD_MAX || !is_version(version);

		if (!bad &&
		    type == RECORD_DATA) /* none of our business, and it may be much */
			talk_skip(t, h->from_resp, length);
		else if (!bad)
			in = cursor_take(&c, length);
		if (c.bad)
			break;
		if (bad || d->records++ == RECORDS_MAX || !record(t, s, h, type, in) ||
		    handshake_is_over(s->heard)) {
			finish(t, s);
			break;
		}
		took += RECORD_HEADER + in.len;
		if (type == RECORD_DATA)
			break;
	}
	return took;
}

static void
tls_end(struct talk *t)
{
	tell(t, (struct tls *)t->state);
}

const struct parser parser_tls = {
	.proto = PROTO_TCP,
	.service = SERVICE_TLS,
	.is = tls_is,
	.hear = tls_hear,
	.end = tls_end,
};
