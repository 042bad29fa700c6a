/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quic_talk.c - the two hellos of a QUIC connection.
 *
 * The ClientHello may be spread over several packets and datagrams, shuffled on
 * purpose; it is put together in a piece. The keys come from the first packet of
 * the client; after a Retry (RFC 9000 section 17.2.5) or in another version they
 * come anew. A server's Initial may be in a later version than the client's, with
 * the same connection id (RFC 9368). gQUIC is recognised and left alone.
 */
#include "protocol/handshake.h"
#include "protocol/parser.h"
#include "protocol/quic.h"

enum {
	GRAMS_MAX = 32, /* datagrams of a flow that are looked at */
	TRIES_MAX = 8,  /* keys made for a flow */
	MESSAGE_HEADER = 4,
};

struct quic {
	struct handshake *heard;
	struct quic_crypto *crypto;
	bool crypto_from_resp; /* whose data it holds */
	uint8_t grams, tries;
	uint8_t id_len;
	uint8_t id[QUIC_ID_MAX];
	uint32_t version[2]; /* that the keys are of; 0: there are none */
	struct quic_keys keys[2];
};
static_assert(sizeof(struct quic) <= TALK_STATE, "it lies in the talk");
static_assert(sizeof(struct quic_crypto) <= TALK_PIECE, "it lies in a piece");

/* Q043 and before: flags, connection id, version; from Q046 on as RFC 8999. */
static bool
is_google(struct span s)
{
	struct cursor c = cursor_of(s);
	uint8_t first = cursor_u8(&c);
	struct span v;

	if (first & 0x80)
		v = cursor_take(&c, 4);
	else if ((first & 0xc9) == 0x09) {
		cursor_skip(&c, 8);
		v = cursor_take(&c, 4);
	} else
		return false;
	return v.len == 4 && (v.at[0] == 'Q' || v.at[0] == 'T') && v.at[1] == '0' &&
	       v.at[2] >= '0' && v.at[2] <= '9' && v.at[3] >= '0' && v.at[3] <= '9';
}

static enum answer
quic_is(const struct opening *o)
{
	struct cursor c = cursor_of(o->bytes);
	struct quic_packet p;

	if (is_google(o->bytes))
		return YES;
	if (!quic_next(&c, &p) || !quic_reads(p.version))
		return NO;
	/* RFC 9000 section 14.1: a client's first datagram has 1200 bytes. */
	if (o->from_resp)
		return p.kind == QUIC_INITIAL || p.kind == QUIC_RETRY ? YES : NO;
	return p.kind == QUIC_INITIAL && (o->bytes.len >= 1200 || o->cut) ? YES : NO;
}

static void
tell(struct talk *t, struct quic *s)
{
	struct trait trait = { 0 };

	if (s->heard && handshake_trait(s->heard, &trait))
		talk_tell(t, &trait);
}

static bool
keys_make(struct quic *s, const struct quic_packet *p, bool server)
{
	struct span id = { s->id, s->id_len };

	if (s->tries++ >= TRIES_MAX)
		return false;
	s->version[server] = p->version;
	if (quic_keys_make(p->version, id, server, &s->keys[server]))
		return true;
	s->version[server] = 0;
	return false;
}

/* The client's id of this packet, which its keys may be made of. */
static bool
keys_renew(struct quic *s, const struct quic_packet *p)
{
	memcpy(s->id, p->to.at, p->to.len);
	s->id_len = (uint8_t)p->to.len;
	s->version[1] = 0;
	return keys_make(s, p, false);
}

static bool
open_client(
    struct talk *t, struct quic *s, const struct quic_packet *p, struct span *frames)
{
	if (p->to.len == 0)
		return false;
	if (s->version[0] == p->version &&
	    quic_open(talk_opener(t), &s->keys[0], p, frames))
		return true;
	return keys_renew(s, p) && quic_open(talk_opener(t), &s->keys[0], p, frames);
}

static bool
open_server(
    struct talk *t, struct quic *s, const struct quic_packet *p, struct span *frames)
{
	if (s->version[0] == 0)
		return false;
	if (s->version[1] != p->version && !keys_make(s, p, true))
		return false;
	return quic_open(talk_opener(t), &s->keys[1], p, frames);
}

static struct quic_crypto *
crypto_of(struct talk *t, struct quic *s, bool from_resp)
{
	if (s->crypto && s->crypto_from_resp != from_resp) {
		talk_drop(t, s->crypto);
		s->crypto = NULL;
	}
	if (s->crypto == NULL) {
		s->crypto = talk_piece(t);
		s->crypto_from_resp = from_resp;
		if (s->crypto)
			memset(s->crypto, 0, sizeof *s->crypto);
	}
	return s->crypto;
}

/* The first message of the direction, once all of it is there. True: it is. */
static bool
hello(struct talk *t, struct quic *s, const struct heard *h)
{
	struct cursor c =
	    cursor_of((struct span){ s->crypto->data, s->crypto->contiguous });
	uint8_t type = cursor_u8(&c), high = cursor_u8(&c);
	uint16_t low = cursor_be16(&c);
	struct span message = cursor_take(&c, (size_t)high << 16 | low);

	if (c.bad)
		return false;
	if (s->heard == NULL && (s->heard = talk_piece(t)) != NULL)
		handshake_begin(s->heard, CARRIER_QUIC, talk_prints(t));
	if (s->heard == NULL ||
	    !handshake_message(s->heard, h->from_resp, h->time_ns, type, message))
		talk_lied(t);
	talk_drop(t, s->crypto);
	s->crypto = NULL;
	return true;
}

/* True when both hellos are known, or all is lost. */
static bool
initial(struct talk *t, struct quic *s, const struct heard *h, const struct quic_packet *p)
{
	struct span frames;

	bool again = !h->from_resp && s->heard && s->version[0] == 0; /* after a Retry */

	if (!again &&
	    h->from_resp != (s->heard != NULL)) /* the hello that is wanted next */
		return false;
	if (talk_opener(t) == NULL)
		return true;
	if (!(h->from_resp ? open_server(t, s, p, &frames) : open_client(t, s, p, &frames)))
		return false;
	if (again)
		return false;
	if (crypto_of(t, s, h->from_resp) == NULL)
		return true;
	if (!quic_frames(frames, s->crypto))
		talk_lied(t);
	if (!hello(t, s, h))
		return false;
	return h->from_resp || s->heard == NULL;
}

static size_t
quic_hear(struct talk *t, const struct heard *h)
{
	struct quic *s = (struct quic *)t->state;
	struct cursor c = cursor_of(h->bytes);
	struct quic_packet p;
	bool over = is_google(h->bytes) || ++s->grams > GRAMS_MAX;

	while (!over && quic_next(&c, &p)) {
		if (p.kind == QUIC_INITIAL)
			over = initial(t, s, h, &p);
		else if (p.kind == QUIC_RETRY && h->from_resp)
			s->version[0] = s->version[1] = 0;
	}
	if (over) {
		tell(t, s);
		talk_done(t);
	}
	return h->bytes.len;
}

static void
quic_end(struct talk *t)
{
	tell(t, (struct quic *)t->state);
}

const struct parser parser_quic = {
	.proto = PROTO_UDP,
	.service = SERVICE_QUIC,
	.is = quic_is,
	.hear = quic_hear,
	.end = quic_end,
};
