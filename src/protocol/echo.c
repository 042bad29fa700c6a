/* SPDX-License-Identifier: Apache-2.0 */
/*
 * echo.c - pings whose data is not a ping's.
 *
 * What an echo is sent has to come back (RFC 792, RFC 4443 section 4.2), and what
 * programs that ping send is a time or a counter and then the same each time. So of
 * the last requests a hash is kept until their reply comes. Two things are not held
 * against a reply: that it is shorter (public resolvers return 64 octets of a large
 * one, routers what they have room for), and that only its first 32 octets are others
 * (who measures delay writes his own times there). Pings of which both are in order
 * are not told of.
 */
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "protocol/parser.h"

enum {
	STAMPED = 32,       /* octets at the beginning that may change from ping to ping, */
	STAMPED_SHORT = 16, /* or so many where there are no more than STAMPED */
	CUT_TO = 64,        /* octets that a reply has at least, if it was cut on purpose */
	PENDING = 6,        /* requests that may be under way at once */
	PROGRAMS = 4,       /* that may ping the same host in turn, each in its own way */
};

/* A request whose reply has not come. */
struct asked {
	uint64_t whole; /* hash of all its data */
	uint64_t start; /* of the first CUT_TO octets */
	uint64_t tail;  /* of what is behind STAMPED */
	uint64_t word;  /* of what is between: long enough to tell, whatever the length */
	uint32_t length;
	uint16_t id, seq;
};

/* What was said last, each of it once. */
struct sayings {
	uint64_t word[PROGRAMS];
	uint8_t next, n;
};

struct echo {
	struct trait_echo told;
	uint64_t first_ns;
	struct sayings before[2]; /* of requests, of replies that were others */
	uint8_t next, n;          /* of asked */
	struct asked asked[PENDING];
};

static_assert(sizeof(struct echo) <= TALK_STATE, "an echo's state fits");

static enum answer
is_echo(const struct opening *o)
{
	return is_echo_port(PROTO_ICMP, o->orig_port, o->resp_port) ||
		       is_echo_port(PROTO_ICMP6, o->orig_port, o->resp_port)
		   ? YES
		   : NO;
}

static uint64_t
hash_from(struct span s, size_t from, size_t to)
{
	to = to < s.len ? to : s.len;
	from = from < to ? from : to;
	return XXH3_64bits(s.at + from, to - from);
}

static struct asked
look_at(const struct heard *h)
{
	return (struct asked){ .whole = hash_from(h->bytes, 0, SIZE_MAX),
		.start = hash_from(h->bytes, 0, CUT_TO),
		.tail = hash_from(h->bytes, STAMPED, SIZE_MAX),
		.word = hash_from(
		    h->bytes, h->bytes.len > STAMPED ? STAMPED : STAMPED_SHORT, CUT_TO),
		.length = (uint32_t)h->bytes.len,
		.id = h->id,
		.seq = h->seq };
}

/* Is it none of the last? The first one is no news. */
static bool
is_new(struct sayings *before, uint64_t word)
{
	bool first = before->n == 0;

	for (unsigned i = 0; i < before->n; i++)
		if (before->word[i] == word)
			return false;
	before->word[before->next] = word;
	before->next = (uint8_t)((before->next + 1) % PROGRAMS);
	before->n = (uint8_t)(before->n + (before->n < PROGRAMS));
	return !first;
}

/* Does it bring what was not sent? */
static bool
differs(const struct asked *sent, const struct asked *back)
{
	if (back->length > sent->length)
		return true;
	if (back->length == sent->length && back->length <= STAMPED_SHORT)
		return back->whole != sent->whole;
	if (back->length == sent->length)
		return back->tail != sent->tail || back->word != sent->word;
	return back->length >= CUT_TO && back->start != sent->start;
}

/*
 * Some programs give all their pings one number: a reply that is right for any request
 * of its number is right. Of what was not asked for, as far as is known, nothing is said.
 */
static bool
is_wrong(const struct echo *e, const struct asked *back)
{
	bool asked = false;

	for (unsigned i = 0; i < e->n; i++) {
		if (e->asked[i].id != back->id || e->asked[i].seq != back->seq)
			continue;
		if (!differs(&e->asked[i], back))
			return false;
		asked = true;
	}
	return asked;
}

static void
see_request(struct echo *e, const struct asked *now)
{
	e->told.request_changes += is_new(&e->before[0], now->word);
	e->told.requests++;
	e->told.request_bytes += now->length;
	e->asked[e->next] = *now;
	e->next = (uint8_t)((e->next + 1) % PENDING);
	e->n = (uint8_t)(e->n + (e->n < PENDING));
}

static void
see_reply(struct echo *e, const struct asked *now)
{
	e->told.replies++;
	e->told.reply_bytes += now->length;
	if (is_wrong(e, now)) {
		e->told.differ++;
		e->told.differ_changes += is_new(&e->before[1], now->whole);
		e->told.differ_bytes += now->length;
	}
}

static size_t
hear(struct talk *t, const struct heard *h)
{
	struct echo *e = (struct echo *)t->state;
	/* A capture that begins with a reply has the flow the other way round. */
	bool turned = t->orig_port == ECHO_REPLY || t->orig_port == ECHO6_REPLY;
	struct asked now = look_at(h);

	if (e->first_ns == 0 || h->time_ns < e->first_ns)
		e->first_ns = h->time_ns;
	/* Of what the capture cut nothing can be said; nor past what fits into a count. */
	if (h->cut || e->told.requests == UINT32_MAX || e->told.replies == UINT32_MAX)
		return h->bytes.len;
	if (h->from_resp != turned)
		see_reply(e, &now);
	else
		see_request(e, &now);
	return h->bytes.len;
}

static void
end(struct talk *t)
{
	const struct echo *e = (const struct echo *)t->state;
	struct trait trait = {
		.kind = TRAIT_ECHO, .time_ns = e->first_ns, .echo = e->told
	};

	if (e->told.differ + e->told.request_changes > 0)
		talk_tell(t, &trait);
}

const struct parser parser_echo = {
	.proto = PROTO_ICMP,
	.service = SERVICE_NONE,
	.is = is_echo,
	.hear = hear,
	.end = end,
};

const struct parser parser_echo6 = {
	.proto = PROTO_ICMP6,
	.service = SERVICE_NONE,
	.is = is_echo,
	.hear = hear,
	.end = end,
};
