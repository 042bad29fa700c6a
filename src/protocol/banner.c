/* SPDX-License-Identifier: Apache-2.0 */
/*
 * banner.c - protocols of which the name is enough.
 *
 * What the first bytes of a server or a client give away, and nothing more of
 * the flow is read.
 */
#include <string.h>

#include "protocol/parser.h"

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

/* RFC 4511 section 4.1.1: a SEQUENCE of a small number and one of the operations. */
static enum answer
is_ldap(const struct opening *o)
{
	struct cursor c = cursor_of(o->bytes);
	uint8_t n, op;

	if (cursor_u8(&c) != 0x30)
		return c.bad ? NOT_YET : NO;
	n = cursor_u8(&c);
	if (n > 0x84 || n == 0x80)
		return NO;
	cursor_skip(&c, n > 0x80 ? n & 7 : 0);
	if (cursor_u8(&c) != 2 && !c.bad)
		return NO;
	n = cursor_u8(&c);
	if (!c.bad && (n == 0 || n > 4))
		return NO;
	cursor_skip(&c, n);
	op = cursor_u8(&c);
	if (c.bad)
		return NOT_YET;
	return (op & 0xc0) == 0x40 && (op & 0x1f) <= 25 ? YES : NO;
}

/* A number, protocol 0, a length, a unit and its function. */
static enum answer
is_modbus(const struct opening *o)
{
	struct cursor c = cursor_of(o->bytes);
	uint16_t length;

	if (o->resp_port != 502)
		return NO;
	cursor_skip(&c, 2);
	if (cursor_be16(&c) != 0)
		return NO;
	length = cursor_be16(&c);
	if (c.bad)
		return NOT_YET;
	return length >= 2 && length <= 254 ? YES : NO;
}

/* DCE 1.1 section 12.6: version 5, a bind or its answer, integers as they are mostly. */
static enum answer
is_dce_rpc(const struct opening *o)
{
	struct cursor c = cursor_of(o->bytes);
	uint8_t type;

	if (cursor_u8(&c) != 5 || cursor_u8(&c) > 1)
		return c.bad && o->bytes.len < 2 ? NOT_YET : NO;
	type = cursor_u8(&c);
	cursor_skip(&c, 1);
	if ((cursor_be32(&c) & 0xefffffff) != 0)
		return NO;
	if (c.bad)
		return NOT_YET;
	return type == 11 || type == 12 ? YES : NO;
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

BANNER(smb, PROTO_TCP, SERVICE_SMB);
BANNER(mqtt, PROTO_TCP, SERVICE_MQTT);
BANNER(ldap, PROTO_TCP, SERVICE_LDAP);
BANNER(modbus, PROTO_TCP, SERVICE_MODBUS);
BANNER(dce_rpc, PROTO_TCP, SERVICE_DCE_RPC);
BANNER(sip, PROTO_UDP, SERVICE_SIP);
BANNER(ntp, PROTO_UDP, SERVICE_NTP);
BANNER(dhcp, PROTO_UDP, SERVICE_DHCP);
