/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns.c - questions and what came of them.
 *
 * A transaction is a question and the response with the same id in the same
 * flow, over UDP in datagrams, over TCP with a length before each message
 * (RFC 1035 section 4.2). Each is told when its response came, or when the flow
 * is over, or when too many others wait. An UPDATE (RFC 2136) asks nothing: its
 * query is the first name that it is about, not the zone, and its answers are the
 * records that it wants to be there, or not.
 */
#include <string.h>

#include "protocol/dns_message.h"
#include "protocol/parser.h"

#define MORE        ((TALK_PIECE - 8) / sizeof(struct waiting))
#define UPDATE_MOST (TALK_PIECE - sizeof(struct update))

struct waiting {
	uint64_t time_ns; /* 0: this place is free */
	uint16_t id;
	struct dns_question q;
};

/* What an UPDATE said, for when it is known what came of it. */
struct update {
	uint16_t id, len;
	uint16_t at, records; /* where they begin, and how many */
	uint8_t bytes[];
};

/* Most flows ask one question at a time; resolvers ask many. */
struct dns_state {
	struct waiting first;
	struct more {
		unsigned n; /* places that wait or waited: [0, n) */
		struct waiting place[];
	} * more;
	struct update *update;
};

static void
tell(struct talk *t, const struct waiting *w, struct trait *trait)
{
	trait->kind = TRAIT_DNS;
	trait->time_ns = w->time_ns;
	trait->dns.query = (struct span){ (const uint8_t *)w->q.name, w->q.len };
	trait->dns.id = w->id;
	trait->dns.qtype = w->q.type;
	trait->dns.qclass = w->q.class;
	talk_tell(t, trait);
}

static void
tell_unanswered(struct talk *t, struct waiting *w)
{
	struct trait trait;

	trait.dns.answered = trait.dns.truncated = false;
	trait.dns.rcode = 0;
	trait.dns.rtt_ns = 0;
	trait.dns.answers = trait.dns.answers_more = 0;
	tell(t, w, &trait);
	w->time_ns = 0;
}

static struct waiting *
place_for(struct talk *t, struct dns_state *s)
{
	struct waiting *oldest = &s->first;

	if (s->first.time_ns == 0)
		return &s->first;
	if (s->more == NULL) {
		s->more = talk_piece(t);
		if (s->more)
			s->more->n = 0;
	}
	for (unsigned i = 0; s->more && i < MORE; i++) {
		if (i == s->more->n)
			return &s->more->place[s->more->n++];
		if (s->more->place[i].time_ns == 0)
			return &s->more->place[i];
		if (s->more->place[i].time_ns < oldest->time_ns)
			oldest = &s->more->place[i];
	}
	tell_unanswered(t, oldest);
	return oldest;
}

static bool
matches(const struct waiting *w, uint16_t id, const struct dns_question *q)
{
	return w->time_ns && w->id == id &&
	       (q == NULL || (w->q.type == q->type && w->q.len == q->len &&
				 memcmp(w->q.name, q->name, q->len) == 0));
}

/* The question with this id, and this text if there is one that has it. */
static struct waiting *
find(struct dns_state *s, uint16_t id, const struct dns_question *q)
{
	if (matches(&s->first, id, q))
		return &s->first;
	for (unsigned i = 0; s->more && i < s->more->n; i++)
		if (matches(&s->more->place[i], id, q))
			return &s->more->place[i];
	return NULL;
}

/* `c` is behind the zone. False: it is not whole. */
static bool
hear_update(struct talk *t, struct cursor c, struct span message,
    const struct dns_header *h, struct dns_question *q)
{
	struct dns_state *s = (void *)t->state;
	struct update *u;

	if (h->answers + h->authorities == 0)
		return true;
	if (s->update == NULL && message.len <= UPDATE_MOST)
		s->update = talk_piece(t);
	u = s->update;
	if (u && message.len <= UPDATE_MOST) {
		u->id = h->id;
		u->len = (uint16_t)message.len;
		u->at = (uint16_t)(message.len - c.left);
		u->records = (uint16_t)(h->answers + h->authorities);
		memcpy(u->bytes, message.at, message.len);
	}
	return dns_name(&c, message, q->name, &q->len);
}

/* The records of the UPDATE that was answered; it is forgotten. */
static void
tell_records(
    struct talk *t, const struct dns_header *h, char texts[DNS_TEXTS], struct trait *trait)
{
	struct dns_state *s = (void *)t->state;
	struct update *u = s->update;
	struct span message;
	struct cursor c;

	if (u == NULL || u->id != h->id)
		return;
	message = (struct span){ u->bytes, u->len };
	c = cursor_of(message);
	cursor_skip(&c, u->at);
	(void)dns_answers(&c, message, u->records, texts, &trait->dns);
	s->update = NULL;
	talk_drop(t, u);
}

static bool
is_update(const struct dns_header *h)
{
	return (h->flags & DNS_OPCODE) == DNS_UPDATE;
}

static bool
hear_query(struct talk *t, struct cursor *c, struct span message,
    const struct dns_header *h, uint64_t time_ns)
{
	struct dns_state *s = (void *)t->state;
	struct dns_question q;

	for (unsigned i = 0; i < h->questions && i < DNS_QUESTIONS; i++) {
		struct waiting *w;

		if (!dns_question(c, message, &q))
			return false;
		if (is_update(h) && !hear_update(t, *c, message, h, &q))
			return false;
		if (find(s, h->id, &q))
			continue; /* asked again */
		w = place_for(t, s);
		w->time_ns = time_ns ? time_ns : 1;
		w->id = h->id;
		w->q = q;
	}
	return true;
}

static bool
hear_response(struct talk *t, struct cursor *c, struct span message,
    const struct dns_header *h, uint64_t time_ns)
{
	struct dns_state *s = (void *)t->state;
	struct waiting *w = NULL, alone = { .time_ns = time_ns, .id = h->id };
	char texts[DNS_TEXTS];
	struct trait trait;
	bool whole = true;

	for (unsigned i = 0; whole && i < h->questions && i < DNS_QUESTIONS; i++) {
		struct dns_question q;

		whole = dns_question(c, message, &q);
		if (whole && i == 0)
			alone.q = q;
	}
	if (whole && h->questions > 0)
		w = find(s, h->id, &alone.q);
	if (w == NULL)
		w = find(s, h->id, NULL);
	trait.dns.answered = true;
	trait.dns.truncated = h->flags & DNS_TRUNCATED;
	trait.dns.rcode = h->flags & DNS_RCODE;
	trait.dns.rtt_ns = w && time_ns > w->time_ns ? time_ns - w->time_ns : 0;
	trait.dns.answers = trait.dns.answers_more = 0;
	if (is_update(h))
		tell_records(t, h, texts, &trait);
	else if (whole && h->questions <= DNS_QUESTIONS)
		whole = dns_answers(c, message, h->answers, texts, &trait.dns);
	if (whole || w)
		tell(t, w ? w : &alone, &trait);
	if (w)
		w->time_ns = 0;
	return whole;
}

/* A message, from either side: in mDNS and with spoofed ports both ask and answer. */
static void
hear_message(struct talk *t, struct span message, uint64_t time_ns, bool cut)
{
	struct cursor c = cursor_of(message);
	struct dns_header h;
	bool whole;

	whole = dns_header(&c, &h);
	if (whole && h.flags & DNS_RESPONSE)
		whole = hear_response(t, &c, message, &h, time_ns);
	else if (whole)
		whole = hear_query(t, &c, message, &h, time_ns);
	if (!whole && !cut)
		talk_lied(t);
}

static size_t
hear_datagram(struct talk *t, const struct heard *h)
{
	hear_message(t, h->bytes, h->time_ns, h->cut);
	return h->bytes.len;
}

static size_t
hear_stream(struct talk *t, const struct heard *h)
{
	struct cursor c = cursor_of(h->bytes);
	size_t taken = 0;

	for (;;) {
		uint16_t n = cursor_be16(&c);
		struct span message = cursor_take(&c, n);

		if (c.bad && 2u + n > TALK_WINDOW && h->bytes.len - taken >= 2) {
			talk_skip(t, h->from_resp, 2u + n); /* a transfer of a zone */
			return taken;
		}
		if (c.bad)
			break;
		if (n < DNS_HEADER) {
			talk_lied(t);
			talk_skip(t, h->from_resp, TALK_REST);
			return h->bytes.len;
		}
		hear_message(t, message, h->time_ns, false);
		taken += 2u + n;
	}
	return taken;
}

static void
end(struct talk *t)
{
	struct dns_state *s = (void *)t->state;

	if (s->first.time_ns)
		tell_unanswered(t, &s->first);
	for (unsigned i = 0; s->more && i < s->more->n; i++)
		if (s->more->place[i].time_ns)
			tell_unanswered(t, &s->more->place[i]);
}

static bool
is_dns_port(uint16_t port)
{
	return port == 53 || port == 137 || port == 5353 || port == 5355;
}

static bool
has_dns_port(const struct opening *o)
{
	return is_dns_port(o->orig_port) || is_dns_port(o->resp_port);
}

static enum answer
is_datagram(const struct opening *o)
{
	return dns_is_message(o->bytes, !has_dns_port(o), o->cut) == YES ? YES : NO;
}

static enum answer
is_stream(const struct opening *o)
{
	struct cursor c = cursor_of(o->bytes);
	size_t n = cursor_be16(&c);

	if (c.bad)
		return NOT_YET;
	if (n < DNS_HEADER + 5)
		return NO;
	if (c.left > n)
		c.left = n;
	return dns_is_message(cursor_rest(&c), !has_dns_port(o), c.left < n);
}

static_assert(sizeof(struct dns_state) <= TALK_STATE, "a question does not fit");

const struct parser parser_dns_udp = {
	.proto = PROTO_UDP,
	.service = SERVICE_DNS,
	.is = is_datagram,
	.hear = hear_datagram,
	.end = end,
};

const struct parser parser_dns_tcp = {
	.proto = PROTO_TCP,
	.service = SERVICE_DNS,
	.is = is_stream,
	.hear = hear_stream,
	.end = end,
};
