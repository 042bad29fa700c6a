/* SPDX-License-Identifier: Apache-2.0 */
/*
 * banner.c - protocols of which the name is enough.
 *
 * What the first bytes of a server or a client give away, and nothing more of
 * the flow is read. A server that greets with a number may speak mail or files:
 * its words or its port tell.
 */
#include <string.h>

#include "protocol/parser.h"

#define LINE 512 /* a greeting that has not ended by then is none */

static size_t
enough(struct talk *t, const struct heard *h)
{
	talk_done(t);
	return h->bytes.len;
}

/* NOT_YET as long as all bytes that there are agree. */
static enum answer
starts(struct span s, const void *text, size_t n)
{
	if (s.len < n)
		return s.len == 0 || memcmp(s.at, text, s.len) == 0 ? NOT_YET : NO;
	return memcmp(s.at, text, n) == 0 ? YES : NO;
}

#define STARTS(s, text) starts(s, text, sizeof(text) - 1)

static bool
has_word(struct span s, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= s.len; i++) {
		size_t k = 0;

		while (k < n && (s.at[i + k] | 0x20) == (uint8_t)word[k])
			k++;
		if (k == n)
			return true;
	}
	return false;
}

/* "220 greeting": RFC 5321 and RFC 959 share it. */
static enum answer
is_220(const struct opening *o, const char *const words[], uint16_t port, uint16_t other)
{
	enum answer a = STARTS(o->bytes, "220");

	if (!o->from_resp || a != YES)
		return o->from_resp ? a : NO;
	if (memchr(o->bytes.at, '\n', o->bytes.len) == NULL && o->bytes.len < LINE)
		return NOT_YET;
	if (o->resp_port == port || o->resp_port == other)
		return YES;
	for (unsigned i = 0; words[i]; i++)
		if (has_word(o->bytes, words[i]))
			return YES;
	return NO;
}

static enum answer
is_smtp(const struct opening *o)
{
	static const char *const words[] = { "smtp", "mail", NULL };

	if (!o->from_resp &&
	    (STARTS(o->bytes, "EHLO ") == YES || STARTS(o->bytes, "HELO ") == YES))
		return YES;
	return is_220(o, words, 25, 587);
}

static enum answer
is_ftp(const struct opening *o)
{
	static const char *const words[] = { "ftp", NULL };

	return is_220(o, words, 21, 21);
}

static enum answer
is_pop3(const struct opening *o)
{
	if (!o->from_resp || (o->resp_port != 110 && !has_word(o->bytes, "pop")))
		return NO;
	return STARTS(o->bytes, "+OK");
}

static enum answer
is_imap(const struct opening *o)
{
	return o->from_resp ? STARTS(o->bytes, "* OK ") : NO;
}

static enum answer
is_irc(const struct opening *o)
{
	static const char *const words[] = { "NICK ", "USER ", "PASS ", "CAP LS" };

	/* FTP and POP3 say USER as well, but never first. */
	for (unsigned i = 0; !o->from_resp && i < sizeof words / sizeof *words; i++)
		if (starts(o->bytes, words[i], strlen(words[i])) == YES &&
		    (o->resp_port != 21 && o->resp_port != 110))
			return YES;
	return o->from_resp && STARTS(o->bytes, ":") == YES &&
		       has_word(o->bytes, " notice ")
		   ? YES
		   : NO;
}

/* A NetBIOS session message with SMB 1, 2 or 3 in it. */
static enum answer
is_smb(const struct opening *o)
{
	struct span s = o->bytes;

	if (s.len > 0 && s.at[0] != 0)
		return NO;
	if (s.len < 8)
		return NOT_YET;
	return (s.at[4] == 0xff || s.at[4] == 0xfe || s.at[4] == 0xfd) &&
		       memcmp(s.at + 5, "SMB", 3) == 0
		   ? YES
		   : NO;
}

/* TPKT (RFC 1006) with a connection request or confirm of X.224. */
static enum answer
is_rdp(const struct opening *o)
{
	struct span s = o->bytes;
	uint8_t pdu = o->from_resp ? 0xd0 : 0xe0;

	if (s.len > 0 && s.at[0] != 3)
		return NO;
	if (s.len < 7)
		return NOT_YET;
	return s.at[1] == 0 && s.at[2] == 0 && s.at[3] >= 7 && s.at[5] == pdu ? YES : NO;
}

static enum answer
is_mqtt(const struct opening *o)
{
	struct span s = o->bytes;

	if (o->from_resp || (s.len > 0 && s.at[0] != 0x10))
		return NO;
	if (s.len < 8)
		return NOT_YET;
	return memcmp(s.at + 4, "MQTT", 4) == 0 ? YES : NO;
}

static enum answer
is_sip(const struct opening *o)
{
	static const char *const words[] = { "INVITE sip:", "REGISTER sip:", "OPTIONS sip:",
		"SUBSCRIBE sip:", "NOTIFY sip:", "MESSAGE sip:", "SIP/2.0 " };

	for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
		if (starts(o->bytes, words[i], strlen(words[i])) == YES)
			return YES;
	return NO;
}

/* RFC 5905 section 7.3: version 1 to 4, a mode, 48 bytes or more. */
static enum answer
is_ntp(const struct opening *o)
{
	struct span s = o->bytes;
	uint8_t version, mode;

	if ((o->resp_port != 123 && o->orig_port != 123) || s.len == 0)
		return NO;
	version = s.at[0] >> 3 & 7;
	mode = s.at[0] & 7;
	if (version < 1 || version > 4 || mode == 0)
		return NO;
	return s.len >= 48 || mode >= 6 || o->cut ? YES : NO;
}

/* RFC 2131 section 2: the cookie is behind 236 bytes. */
static enum answer
is_dhcp(const struct opening *o)
{
	struct span s = o->bytes;

	if (s.len < 240 || (s.at[0] != 1 && s.at[0] != 2))
		return NO;
	return memcmp(s.at + 236, "\x63\x82\x53\x63", 4) == 0 ? YES : NO;
}

/* clang-format off */
#define BANNER(name, transport, what) \
	const struct parser parser_##name = { \
		.proto = transport, .service = what, .is = is_##name, .hear = enough \
	}
/* clang-format on */

BANNER(smtp, PROTO_TCP, SERVICE_SMTP);
BANNER(ftp, PROTO_TCP, SERVICE_FTP);
BANNER(pop3, PROTO_TCP, SERVICE_POP3);
BANNER(imap, PROTO_TCP, SERVICE_IMAP);
BANNER(irc, PROTO_TCP, SERVICE_IRC);
BANNER(smb, PROTO_TCP, SERVICE_SMB);
BANNER(rdp, PROTO_TCP, SERVICE_RDP);
BANNER(mqtt, PROTO_TCP, SERVICE_MQTT);
BANNER(sip, PROTO_UDP, SERVICE_SIP);
BANNER(ntp, PROTO_UDP, SERVICE_NTP);
BANNER(dhcp, PROTO_UDP, SERVICE_DHCP);
