/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socks.c - what a SOCKS proxy is asked to carry.
 *
 * SOCKS 4, 4a and 5 (RFC 1928, RFC 1929). Nothing is told of the asking itself;
 * once the proxy has agreed, all parsers are asked what is carried.
 */
#include "protocol/parser.h"

enum step {
	STEP_FIRST, /* a greeting of 5 or a request of 4 */
	STEP_LOGIN, /* a user's name and password may come, or the request */
	STEP_ASKED, /* the request is made */
};

enum { METHODS_MAX = 16, METHOD_LAST = 9, METHOD_PRIVATE = 0x80 }; /* RFC 1928, IANA */
enum { TEXT_MAX = 256, REQUEST_4_MAX = 8 + 2 * TEXT_MAX };

struct socks {
	uint8_t version;
	uint8_t client; /* enum step */
	bool method;    /* the server has chosen one */
	bool login;     /* and it is RFC 1929 */
};

/* The length of a message of the client: 0 when it is not all there or none. */
static size_t
greeting(struct cursor c, size_t all)
{
	uint8_t version = cursor_u8(&c), methods = cursor_u8(&c);

	cursor_skip(&c, methods);
	return c.bad || version != 5 || methods == 0 ? 0 : all - c.left;
}

static size_t
login(struct cursor c, size_t all)
{
	uint8_t version = cursor_u8(&c);

	cursor_skip(&c, cursor_u8(&c));
	cursor_skip(&c, cursor_u8(&c));
	return c.bad || version != 1 ? 0 : all - c.left;
}

static bool
skip_text(struct cursor *c)
{
	for (unsigned i = 0; i < TEXT_MAX && !c->bad; i++)
		if (cursor_u8(c) == 0)
			return !c->bad;
	return false;
}

static size_t
request_4(struct cursor c, size_t all)
{
	uint8_t version = cursor_u8(&c), command = cursor_u8(&c);
	uint32_t address;

	cursor_skip(&c, 2);
	address = cursor_be32(&c);
	if (version != 4 || (command != 1 && command != 2) || !skip_text(&c))
		return 0;
	if (address > 0 && address < 256 && !skip_text(&c)) /* 4a: a name follows */
		return 0;
	return c.bad ? 0 : all - c.left;
}

/* A request or the reply to it. */
static size_t
message_5(struct cursor c, size_t all)
{
	uint8_t version = cursor_u8(&c);

	cursor_skip(&c, 2);
	switch (cursor_u8(&c)) {
	case 1:
		cursor_skip(&c, 4);
		break;
	case 3:
		cursor_skip(&c, cursor_u8(&c));
		break;
	case 4:
		cursor_skip(&c, 16);
		break;
	default:
		return 0;
	}
	cursor_skip(&c, 2); /* port */
	return c.bad || version != 5 ? 0 : all - c.left;
}

/* CONNECT or BIND, to a port, and a name of printable characters. */
static enum answer
begins_4(struct cursor c)
{
	struct cursor all = c;
	uint8_t command;
	uint16_t port;

	cursor_skip(&c, 1);
	command = cursor_u8(&c);
	port = cursor_be16(&c);
	cursor_skip(&c, 4);
	if (c.bad)
		return all.left < 2 || command == 1 || command == 2 ? NOT_YET : NO;
	if ((command != 1 && command != 2) || port == 0)
		return NO;
	while (c.left > 0) {
		uint8_t letter = cursor_u8(&c);

		if (letter == 0)
			break;
		if (letter < ' ' || letter > '~')
			return NO;
	}
	if (request_4(all, all.left) > 0)
		return YES;
	return all.left < REQUEST_4_MAX ? NOT_YET : NO;
}

static enum answer
socks_is(const struct opening *o)
{
	struct cursor c = cursor_of(o->bytes);

	if (o->from_resp || o->bytes.len == 0 || (*c.at != 4 && *c.at != 5))
		return NO;
	if (*c.at == 4)
		return begins_4(c);
	if (o->bytes.len == 1)
		return NOT_YET;
	if (o->bytes.at[1] == 0 || o->bytes.at[1] > METHODS_MAX)
		return NO;
	for (size_t i = 2; i < o->bytes.len && i < o->bytes.at[1] + (size_t)2; i++)
		if (o->bytes.at[i] > METHOD_LAST && o->bytes.at[i] < METHOD_PRIVATE)
			return NO;
	return greeting(c, c.left) > 0 ? YES : NOT_YET;
}

static size_t
client(struct talk *t, struct socks *s, struct span in)
{
	struct cursor c = cursor_of(in);
	size_t n = 0;

	if (s->client == STEP_FIRST) {
		s->version = *c.at;
		n = s->version == 5 ? greeting(c, c.left) : request_4(c, c.left);
		if (n > 0)
			s->client = s->version == 5 ? STEP_LOGIN : STEP_ASKED;
	} else if (s->client == STEP_LOGIN) {
		if (in.at[0] == 1)
			return login(c, c.left);
		n = message_5(c, c.left);
		if (n > 0)
			s->client = STEP_ASKED;
		else if (in.at[0] != 5)
			talk_done(t);
	}
	return n; /* what a hasty client sends after that waits for the proxy's answer */
}

static size_t
server(struct talk *t, struct socks *s, struct span in)
{
	struct cursor c = cursor_of(in);
	size_t n;

	if (s->version == 4) {
		if (in.len < 8)
			return 0;
		if (in.at[0] == 0 && in.at[1] == 90)
			talk_again(t);
		else
			talk_done(t);
		return 8;
	}
	if (!s->method || (s->login && in.at[0] == 1)) {
		if (in.len < 2)
			return 0;
		s->login = !s->method && in.at[1] == 2;
		s->method = true;
		return 2;
	}
	n = message_5(c, c.left);
	if (n > 0 && in.at[1] == 0)
		talk_again(t);
	else if (n > 0 || in.at[0] != 5)
		talk_done(t);
	return n;
}

static size_t
socks_hear(struct talk *t, const struct heard *h)
{
	struct socks *s = (struct socks *)t->state;

	if (h->bytes.len == 0)
		return 0;
	return h->from_resp ? server(t, s, h->bytes) : client(t, s, h->bytes);
}

const struct parser parser_socks = {
	.proto = PROTO_TCP,
	.service = SERVICE_NONE,
	.is = socks_is,
	.hear = socks_hear,
};
