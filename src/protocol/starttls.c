/* SPDX-License-Identifier: Apache-2.0 */
/*
 * starttls.c - protocols of lines and others, in which TLS begins later.
 *
 * SMTP, FTP, POP3, IMAP, NNTP, XMPP, IRC, PostgreSQL, MySQL, RDP, LDAP and ADB agree
 * in the clear to go on in TLS. Nothing of what they say before is read: they are
 * known by their first words, and when the client begins a ClientHello where a
 * command could begin, all parsers are asked again.
 */
#include "protocol/ftp.h"
#include "protocol/handshake.h"
#include "protocol/reader_own.h"

extern const struct parser parser_starttls;

enum {
	BYTES_MAX = 16384, /* of both directions before TLS */
	UNIT_MAX = 4096,   /* of a command; a longer one is taken in parts */
	GREETING = 512,    /* of a server's first line */
	HELLO_HEAD = 6,
};

/* How a client's commands end. */
enum manner {
	MANNER_UNKNOWN,
	MANNER_LINES,
	MANNER_TAGS,     /* XML */
	MANNER_TPKT,     /* RFC 1006: version, zero, length */
	MANNER_MYSQL,    /* length, number */
	MANNER_BER,      /* X.690 */
	MANNER_POSTGRES, /* one command that it may begin with */
	MANNER_ADB,      /* 24 bytes that tell how many follow */
};

struct starttls {
	uint32_t bytes; /* of both directions so far */
	uint8_t manner; /* enum manner */
};

struct word {
	const char *text;
	uint8_t service;
	uint8_t manner;
	bool from_resp;
};

/* clang-format off */
static const struct word words[] = {
	{ "220 ", SERVICE_SMTP, MANNER_LINES, true },
	{ "220-", SERVICE_SMTP, MANNER_LINES, true },
	{ "EHLO ", SERVICE_SMTP, MANNER_LINES, false },
	{ "HELO ", SERVICE_SMTP, MANNER_LINES, false },
	{ "+OK", SERVICE_POP3, MANNER_LINES, true },
	{ "CAPA\r\n", SERVICE_POP3, MANNER_LINES, false },
	{ "* OK ", SERVICE_IMAP, MANNER_LINES, true },
	{ "* PREAUTH ", SERVICE_IMAP, MANNER_LINES, true },
	{ "200 ", SERVICE_OTHER, MANNER_LINES, true },
	{ "201 ", SERVICE_OTHER, MANNER_LINES, true },
	{ "CAP ", SERVICE_IRC, MANNER_LINES, false },
	{ "NICK ", SERVICE_IRC, MANNER_LINES, false },
	{ "PASS ", SERVICE_IRC, MANNER_LINES, false },
	{ "STARTTLS", SERVICE_IRC, MANNER_LINES, false },
	{ "<?xml", SERVICE_OTHER, MANNER_TAGS, false },
	{ "<stream:stream", SERVICE_OTHER, MANNER_TAGS, false },
};
/* clang-format on */

/* RFC 959: the greeting of FTP is SMTP's; the port decides, or the word. */
static enum answer
greeting(const struct opening *o, uint8_t *service)
{
	const uint8_t *end = memchr(o->bytes.at, '\n', o->bytes.len);
	size_t n = end ? (size_t)(end - o->bytes.at) : o->bytes.len;

	if (end == NULL && n < GREETING)
		return NOT_YET;
	*service = SERVICE_SMTP;
	if (o->resp_port == 21 ||
	    memmem(o->bytes.at, n < GREETING ? n : GREETING, "FTP", 3))
		*service = SERVICE_FTP;
	return YES;
}

/* NOT_YET: it may become the word. */
static enum answer
begins(struct span s, const char *word)
{
	size_t n = strlen(word), m = s.len < n ? s.len : n;

	if (m == 0 || memcmp(s.at, word, m) != 0)
		return NO;
	return m == n ? YES : NOT_YET;
}

/* The length of a command, of a long one its first UNIT_MAX bytes; 0: it is not all there. */
static size_t
unit(enum manner manner, struct span s)
{
	struct cursor c = cursor_of(s);
	size_t n = 0;

	if (manner == MANNER_LINES || manner == MANNER_TAGS) {
		for (size_t i = 0; i < s.len && i < UNIT_MAX; i++)
			if (s.at[i] == '\n' || (manner == MANNER_TAGS && s.at[i] == '>'))
				return i + 1;
		return s.len >= UNIT_MAX ? UNIT_MAX : 0;
	}
	switch (manner) {
	case MANNER_TPKT:
		cursor_skip(&c, 2);
		n = cursor_be16(&c);
		break;
	case MANNER_MYSQL:
		n = cursor_le16(&c) + (size_t)4;
		cursor_skip(&c, 2);
		break;
	case MANNER_BER:
		cursor_skip(&c, 1);
		n = cursor_u8(&c) + (size_t)2; /* what asks for TLS is short */
		break;
	case MANNER_ADB:
		cursor_skip(&c, 12);
		n = cursor_le32(&c) + (size_t)24;
		break;
	default:
		n = 8;
		break;
	}
	n = n < UNIT_MAX ? n : UNIT_MAX;
	if (c.bad || n > s.len)
		return 0;
	return n ? n : 1;
}

/* Agreements in binary. */
static enum manner
binary(const struct opening *o, uint8_t *service)
{
	static const uint8_t postgres[8] = { 0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f };
	static const char ldap[] = "1.3.6.1.4.1.1466.20037";
	struct span s = o->bytes;

	*service = SERVICE_OTHER;
	if (o->from_resp) /* MySQL's greeting: length, number, protocol 10, version */
		return s.len > 6 && s.at[2] == 0 && s.at[3] == 0 && s.at[4] == 10 &&
			       s.at[5] >= '3' && s.at[5] <= '9' && s.at[6] == '.'
			   ? MANNER_MYSQL
			   : MANNER_UNKNOWN;
	if (s.len >= sizeof postgres && memcmp(s.at, postgres, sizeof postgres) == 0)
		return MANNER_POSTGRES;
	/* Its version follows, 01000000 or 01000001 hexadecimal: a word alone may be HTTP's. */
	if (s.len >= 8 && memcmp(s.at, "CNXN", 4) == 0 && s.at[4] <= 1 &&
	    memcmp(s.at + 5, "\0\0\1", 3) == 0)
		return MANNER_ADB;
	if (s.len > 6 && s.at[0] == 3 && s.at[1] == 0 && s.at[5] == 0xe0) {
		*service = SERVICE_RDP; /* X.224 connection request */
		return MANNER_TPKT;
	}
	if (s.len > 2 && s.at[0] == 0x30 && s.at[1] < 128 && s.len >= s.at[1] + (size_t)2 &&
	    memmem(s.at, s.at[1] + (size_t)2, ldap, sizeof ldap - 1))
		return MANNER_BER;
	return MANNER_UNKNOWN;
}

/* What binary ones begin with, as far as it is there. */
static bool
may_become_binary(const struct opening *o)
{
	struct span s = o->bytes;

	if (s.len == 0 || s.len > 127 + 2)
		return false;
	if (o->from_resp)
		return s.len <= 6 && (s.len < 3 || s.at[2] == 0) &&
		       (s.len < 5 || (s.at[3] == 0 && s.at[4] == 10));
	if (s.at[0] == 0)
		return s.len < 8 && memcmp(s.at, "\0\0\0\10\4\322\26\57", s.len) == 0;
	if (s.at[0] == 'C')
		return s.len < 8 && memcmp(s.at, "CNXN", s.len < 4 ? s.len : 4) == 0 &&
		       (s.len < 5 || s.at[4] <= 1);
	if (s.at[0] == 3)
		return s.len <= 6 && (s.len < 2 || s.at[1] == 0);
	return s.at[0] == 0x30 &&
	       (s.len < 2 || (s.at[1] < 128 && s.len < s.at[1] + (size_t)2));
}

static enum answer
judge(const struct opening *o, uint8_t *service, uint8_t *manner)
{
	enum answer all = may_become_binary(o) ? NOT_YET : NO;

	*manner = (uint8_t)binary(o, service);
	if (*manner != MANNER_UNKNOWN)
		return YES;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		const struct word *w = &words[i];
		enum answer a =
		    w->from_resp == o->from_resp ? begins(o->bytes, w->text) : NO;

		if (a == YES) {
			*manner = w->manner;
			*service = w->service;
			return w->service == SERVICE_SMTP && o->from_resp
				   ? greeting(o, service)
				   : YES;
		}
		if (a == NOT_YET)
			all = NOT_YET;
	}
	return all;
}

static enum answer
starttls_is(const struct opening *o)
{
	uint8_t service, manner;

	return judge(o, &service, &manner);
}

/* YES: a ClientHello begins here. */
static enum answer
is_hello(struct span s)
{
	if (s.len == 0 || s.at[0] != 22 || (s.len > 1 && s.at[1] != 3))
		return NO;
	if (s.len < HELLO_HEAD)
		return NOT_YET;
	return s.at[5] == HANDSHAKE_CLIENT_HELLO ? YES : NO;
}

static void
first_words(struct talk *t, struct starttls *s, const struct heard *h)
{
	struct opening o = { h->bytes, h->from_resp, h->cut, t->orig_port, t->resp_port };
	uint8_t service;

	if (judge(&o, &service, &s->manner) == YES && service != SERVICE_OTHER)
		t->service = service;
}

/* What is heard at once: of FTP a line, of other servers all there is. 0: it is not all there. */
static size_t
piece(struct talk *t, const struct starttls *s, bool from_resp, struct span in)
{
	if (t->service == SERVICE_FTP)
		return ftp_line(t, from_resp, in);
	return from_resp ? in.len : unit((enum manner)s->manner, in);
}

/*
 * Up to a ClientHello of the client's, or until it has become too much; FTP is heard
 * to its end, for each file is announced.
 */
static size_t
starttls_hear(struct talk *t, const struct heard *h)
{
	struct starttls *s = (struct starttls *)t->state;
	struct heard rest = *h;

	if (s->manner == MANNER_UNKNOWN)
		first_words(t, s, h);
	while (rest.bytes.len > 0 && !t->done) {
		enum answer a = h->from_resp ? NO : is_hello(rest.bytes);
		size_t n;

		if (a == YES) {
			talk_again(t);
			return h->bytes.len - rest.bytes.len + reader_offer(t, &rest);
		}
		n = a == NO ? piece(t, s, h->from_resp, rest.bytes) : 0;
		if (n == 0)
			break;
		s->bytes += (uint32_t)n;
		rest.bytes.at += n;
		rest.bytes.len -= n;
		if (t->service != SERVICE_FTP && s->bytes > BYTES_MAX)
			talk_done(t);
	}
	return h->bytes.len - rest.bytes.len;
}

const struct parser parser_starttls = {
	.proto = PROTO_TCP,
	.service = SERVICE_NONE,
	.is = starttls_is,
	.hear = starttls_hear,
};
