/* SPDX-License-Identifier: Apache-2.0 */
#include "protocol/hello.h"

enum extension {
	EXT_SERVER_NAME = 0,          /* RFC 6066 */
	EXT_GROUPS = 10,              /* RFC 8446 section 4.2.7 */
	EXT_FORMATS = 11,             /* RFC 8422 section 5.1.2 */
	EXT_SIGNATURES = 13,          /* RFC 8446 section 4.2.3 */
	EXT_ALPN = 16,                /* RFC 7301 */
	EXT_TICKET = 35,              /* RFC 5077 */
	EXT_PSK = 41,                 /* RFC 8446 section 4.2.11 */
	EXT_VERSIONS = 43,            /* RFC 8446 section 4.2.1 */
	EXT_ENCRYPTED_HELLO = 0xfe0d, /* RFC 9849 */
	EXT_ENCRYPTED_NAME = 0xffce,  /* its drafts before, as ESNI */
};

enum { RANDOM = 32, SESSION_ID_MAX = 32, VERSION_SSL2 = 2 };

static struct span
vector8(struct cursor *c)
{
	return cursor_take(c, cursor_u8(c));
}

static struct span
vector16(struct cursor *c)
{
	return cursor_take(c, cursor_be16(c));
}

/* A vector that is all there is in an extension, of whole items. */
static struct span
only_vector16(struct span content, unsigned item)
{
	struct cursor c = cursor_of(content);
	struct span v = vector16(&c);

	return c.bad || c.left > 0 || v.len % item != 0 ? (struct span){ 0 } : v;
}

static struct span
first_name(struct span content)
{
	struct cursor list = cursor_of(only_vector16(content, 1));

	while (list.left > 0 && !list.bad) {
		uint8_t type = cursor_u8(&list);
		struct span name = vector16(&list);

		if (!list.bad && type == 0)
			return name;
	}
	return (struct span){ 0 };
}

static struct span
first_protocol(struct span content)
{
	struct cursor list = cursor_of(only_vector16(content, 1));

	return vector8(&list);
}

/* DTLS counts its versions downwards, 0xfeff, 0xfefd, 0xfefc. */
static bool
is_higher(uint16_t a, uint16_t b, bool datagram)
{
	return datagram ? a < b : a > b;
}

/*
 * Drafts of 1.3 were 0x7f00 + n and would look higher than 1.3; they are taken
 * only when nothing else is offered.
 */
static uint16_t
highest_version(struct span content, bool datagram, uint16_t otherwise)
{
	struct cursor c = cursor_of(content), list;
	uint16_t best = 0, draft = 0;

	list = cursor_of(vector8(&c));
	while (list.left >= 2) {
		uint16_t v = cursor_be16(&list);

		if (hello_is_grease(v))
			continue;
		if (!datagram && v > 0x03ff)
			draft = v > draft ? v : draft;
		else if (best == 0 || is_higher(v, best, datagram))
			best = v;
	}
	return best ? best : draft ? draft : otherwise;
}

static void
client_extension(struct hello_client *h, uint16_t type, struct span content)
{
	struct cursor c = cursor_of(content);

	switch (type) {
	case EXT_SERVER_NAME:
		h->has_name = true;
		h->name = first_name(content);
		break;
	case EXT_GROUPS:
		h->groups = only_vector16(content, 2);
		break;
	case EXT_FORMATS:
		h->formats = vector8(&c);
		break;
	case EXT_SIGNATURES:
		h->signatures = only_vector16(content, 2);
		break;
	case EXT_ALPN:
		h->alpn = first_protocol(content);
		break;
	case EXT_TICKET:
		h->ticket = content.len > 0;
		break;
	case EXT_PSK:
		h->psk = true;
		break;
	case EXT_VERSIONS:
		h->highest = highest_version(content, h->datagram, h->version);
		break;
	case EXT_ENCRYPTED_HELLO:
	case EXT_ENCRYPTED_NAME:
		h->ech = true;
		break;
	default:
		break;
	}
}

bool
hello_client_read(struct span message, bool datagram, struct hello_client *out)
{
	struct cursor c = cursor_of(message), list;
	struct hello_client h = { .datagram = datagram };
	struct span content;
	uint16_t type;

	h.version = h.highest = cursor_be16(&c);
	cursor_skip(&c, RANDOM);
	h.session_id = vector8(&c);
	if (datagram)
		(void)vector8(&c); /* cookie */
	h.ciphers = vector16(&c);
	(void)vector8(&c); /* compression */
	if (c.bad || h.session_id.len > SESSION_ID_MAX || h.ciphers.len % 2 != 0)
		return false;
	if (c.left > 0) { /* before TLS 1.2 there need not be any */
		h.extensions = vector16(&c);
		if (c.bad)
			return false;
	}
	list = cursor_of(h.extensions);
	while (hello_extension(&list, &type, &content))
		client_extension(&h, type, content);
	if (list.bad)
		return false;
	*out = h;
	return true;
}

/*
 * RFC 6101 appendix E.1: cipher kinds are three bytes, those of SSL 3.0 and
 * later begin with 0. They cannot be a list of be16, so none is kept.
 */
bool
hello_client_read_v2(struct span message, struct hello_client *out)
{
	struct cursor c = cursor_of(message);
	struct hello_client h = { .v2 = true };
	uint16_t kinds, id, challenge;

	if (cursor_u8(&c) != 1)
		return false;
	h.version = h.highest = cursor_be16(&c);
	kinds = cursor_be16(&c);
	id = cursor_be16(&c);
	challenge = cursor_be16(&c);
	cursor_skip(&c, kinds);
	h.session_id = cursor_take(&c, id);
	cursor_skip(&c, challenge);
	if (c.bad || c.left > 0 || kinds == 0 || kinds % 3 != 0 || (id != 0 && id != 16) ||
	    challenge < 16 || challenge > 32 ||
	    (h.version != VERSION_SSL2 && h.version >> 8 != 3))
		return false;
	*out = h;
	return true;
}

static void
server_extension(struct hello_server *h, uint16_t type, struct span content)
{
	struct cursor c = cursor_of(content);

	if (type == EXT_VERSIONS && content.len == 2)
		h->selected = cursor_be16(&c);
	else if (type == EXT_ALPN)
		h->alpn = first_protocol(content);
	else if (type == EXT_PSK)
		h->psk = true;
}

/* SHA-256 of "HelloRetryRequest", RFC 8446 section 4.1.3 */
static const uint8_t retry_random[RANDOM] = { 0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61,
	0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a,
	0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c };

/* Drafts 16 to 21 of TLS 1.3 left session and compression out. */
static bool
is_early_draft(uint16_t version)
{
	return version >= 0x7f00 && version < 0x7f16;
}

bool
hello_server_read(struct span message, struct hello_server *out)
{
	struct cursor c = cursor_of(message), list;
	struct hello_server h = { 0 };
	struct span random, content;
	uint16_t type;

	h.version = h.selected = cursor_be16(&c);
	random = cursor_take(&c, RANDOM);
	if (!is_early_draft(h.version))
		h.session_id = vector8(&c);
	h.cipher = cursor_be16(&c);
	if (!is_early_draft(h.version))
		cursor_skip(&c, 1); /* compression */
	if (c.bad || h.session_id.len > SESSION_ID_MAX)
		return false;
	h.retry = memcmp(random.at, retry_random, RANDOM) == 0;
	if (c.left > 0) {
		h.extensions = vector16(&c);
		if (c.bad)
			return false;
	}
	list = cursor_of(h.extensions);
	while (hello_extension(&list, &type, &content))
		server_extension(&h, type, content);
	if (list.bad)
		return false;
	*out = h;
	return true;
}
