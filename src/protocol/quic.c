/* SPDX-License-Identifier: Apache-2.0 */
#include "protocol/quic.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>

enum {
	FIXED_BIT = 0x40,
	LONG_HEADER = 0x80,
	TAG = 16,
	SAMPLE = 16,
	SECRET = 32,
};

/* RFC 9000 section 16 */
static uint64_t
integer(struct cursor *c)
{
	uint8_t first = cursor_u8(c);
	unsigned more = (1u << (first >> 6)) - 1;
	uint64_t v = first & 63;

	while (more-- > 0)
		v = v << 8 | cursor_u8(c);
	return v;
}

struct version {
	uint32_t first, last;
	const char *key, *iv, *mask; /* labels */
	uint8_t salt[20];
	uint8_t kinds[4]; /* enum quic_kind by the two bits of the first byte */
};

#define KINDS_1                                                         \
	{                                                               \
		QUIC_INITIAL, QUIC_ZERO_RTT, QUIC_HANDSHAKE, QUIC_RETRY \
	}
#define KINDS_2                                                         \
	{                                                               \
		QUIC_RETRY, QUIC_INITIAL, QUIC_ZERO_RTT, QUIC_HANDSHAKE \
	}

/* clang-format off */
static const struct version versions[] = {
	/* RFC 9001 section 5.2, and drafts 33 and 34 */
	{ 1, 1, "quic key", "quic iv", "quic hp",
	  { 0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
	    0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a }, KINDS_1 },
	{ 0xff000021, 0xff000022, "quic key", "quic iv", "quic hp",
	  { 0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
	    0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a }, KINDS_1 },
	/* RFC 9369 section 3.3 */
	{ 0x6b3343cf, 0x6b3343cf, "quicv2 key", "quicv2 iv", "quicv2 hp",
	  { 0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93,
	    0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9 }, KINDS_2 },
	/* draft-ietf-quic-tls-29 to 32 */
	{ 0xff00001d, 0xff000020, "quic key", "quic iv", "quic hp",
	  { 0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97,
	    0x86, 0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99 }, KINDS_1 },
	/* 23 to 28, and Facebook's mvfst made of 27 */
	{ 0xff000017, 0xff00001c, "quic key", "quic iv", "quic hp",
	  { 0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7,
	    0xd2, 0x43, 0x2b, 0xb4, 0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02 }, KINDS_1 },
	{ 0xfaceb002, 0xfaceb00e, "quic key", "quic iv", "quic hp",
	  { 0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7,
	    0xd2, 0x43, 0x2b, 0xb4, 0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02 }, KINDS_1 },
};
/* clang-format on */

static const struct version *
version_find(uint32_t v)
{
	for (size_t i = 0; i < sizeof versions / sizeof *versions; i++)
		if (v >= versions[i].first && v <= versions[i].last)
			return &versions[i];
	return NULL;
}

bool
quic_reads(uint32_t version)
{
	return version_find(version) != NULL;
}

static enum quic_kind
kind_of(uint32_t version, uint8_t first)
{
	const struct version *v = version_find(version);

	if (version == 0)
		return QUIC_NEGOTIATION;
	return (enum quic_kind)(v ? v : versions)->kinds[first >> 4 & 3];
}

bool
quic_next(struct cursor *datagram, struct quic_packet *out)
{
	struct cursor c = *datagram;
	struct quic_packet p = { 0 };
	uint8_t first = cursor_u8(&c), to, from;

	p.version = cursor_be32(&c);
	to = cursor_u8(&c);
	p.to = cursor_take(&c, to);
	from = cursor_u8(&c);
	p.from = cursor_take(&c, from);
	if (c.bad || !(first & LONG_HEADER) || to > QUIC_ID_MAX || from > QUIC_ID_MAX ||
	    (p.version != 0 && !(first & FIXED_BIT)))
		return false;
	p.kind = kind_of(p.version, first);
	if (p.kind == QUIC_RETRY || p.kind == QUIC_NEGOTIATION) {
		p.whole = cursor_take(datagram, datagram->left); /* they have no length */
		*out = p;
		return true;
	}
	if (p.kind == QUIC_INITIAL) {
		uint64_t token = integer(&c);

		cursor_skip(&c, token > c.left ? c.left + 1 : (size_t)token);
	}
	{
		uint64_t length = integer(&c);

		p.number_at = datagram->left - c.left;
		if (c.bad || length > c.left)
			return false;
		p.whole = cursor_take(datagram, p.number_at + (size_t)length);
	}
	*out = p;
	return true;
}

static void
hmac(struct span key, const uint8_t *data, size_t n, uint8_t out[static SECRET])
{
	unsigned len = SECRET;

	CHECK(HMAC(EVP_sha256(), key.at, (int)key.len, data, n, out, &len) != NULL);
}

/* HKDF-Expand-Label of RFC 8446 section 7.1, of at most one block. */
static void
expand_label(const uint8_t secret[static SECRET], const char *label, uint8_t *out, size_t n)
{
	uint8_t info[64], block[SECRET];
	size_t len = strlen(label), at = 0;

	CHECK(n <= SECRET && len + 10 < sizeof info);
	info[at++] = 0;
	info[at++] = (uint8_t)n;
	info[at++] = (uint8_t)(len + 6);
	memcpy(info + at, "tls13 ", 6);
	memcpy(info + at + 6, label, len);
	at += 6 + len;
	info[at++] = 0; /* no context */
	info[at++] = 1; /* the first block */
	hmac((struct span){ secret, SECRET }, info, at, block);
	memcpy(out, block, n);
}

bool
quic_keys_make(uint32_t version, struct span to, bool server, struct quic_keys *out)
{
	const struct version *v = version_find(version);
	uint8_t initial[SECRET], secret[SECRET];

	if (v == NULL || to.len > QUIC_ID_MAX)
		return false;
	hmac((struct span){ v->salt, sizeof v->salt }, to.len ? to.at : v->salt, to.len,
	    initial);
	expand_label(initial, server ? "server in" : "client in", secret, SECRET);
	expand_label(secret, v->key, out->key, sizeof out->key);
	expand_label(secret, v->iv, out->iv, sizeof out->iv);
	expand_label(secret, v->mask, out->mask, sizeof out->mask);
	return true;
}

struct quic_opener {
	EVP_CIPHER_CTX *mask, *seal;
	uint8_t plain[QUIC_PACKET];
};

struct quic_opener *
quic_opener_new(void)
{
	struct quic_opener *o = calloc(1, sizeof *o);

	if (o == NULL)
		return NULL;
	o->mask = EVP_CIPHER_CTX_new();
	o->seal = EVP_CIPHER_CTX_new();
	if (o->mask && o->seal &&
	    EVP_EncryptInit_ex(o->mask, EVP_aes_128_ecb(), NULL, NULL, NULL) == 1 &&
	    EVP_DecryptInit_ex(o->seal, EVP_aes_128_gcm(), NULL, NULL, NULL) == 1)
		return o;
	quic_opener_free(o);
	return NULL;
}

void
quic_opener_free(struct quic_opener *o)
{
	if (o == NULL)
		return;
	EVP_CIPHER_CTX_free(o->mask);
	EVP_CIPHER_CTX_free(o->seal);
	free(o);
}

/* RFC 9001 section 5.4: what hides the first byte and the packet number. */
static void
header_mask(struct quic_opener *o, const struct quic_keys *k, const uint8_t *sample,
    uint8_t mask[static SAMPLE])
{
	int n = 0;

	CHECK(EVP_EncryptInit_ex(o->mask, NULL, NULL, k->mask, NULL) == 1);
	CHECK(EVP_CIPHER_CTX_set_padding(o->mask, 0) == 1);
	CHECK(EVP_EncryptUpdate(o->mask, mask, &n, sample, SAMPLE) == 1);
}

/* Section 5.3; `header` is the unprotected one. */
static bool
unseal(struct quic_opener *o, const uint8_t *key, const uint8_t *nonce, struct span header,
    struct span sealed)
{
	size_t len = sealed.len - TAG;
	uint8_t tag[TAG];
	int n = 0;

	memcpy(tag, sealed.at + len, TAG);
	return EVP_DecryptInit_ex(o->seal, NULL, NULL, key, nonce) == 1 &&
	       EVP_DecryptUpdate(o->seal, NULL, &n, header.at, (int)header.len) == 1 &&
	       EVP_DecryptUpdate(o->seal, o->plain, &n, sealed.at, (int)len) == 1 &&
	       EVP_CIPHER_CTX_ctrl(o->seal, EVP_CTRL_GCM_SET_TAG, TAG, tag) == 1 &&
	       EVP_DecryptFinal_ex(o->seal, o->plain + n, &n) == 1;
}

bool
quic_open(struct quic_opener *o, const struct quic_keys *k, const struct quic_packet *p,
    struct span *frames)
{
	uint8_t header[QUIC_PACKET], mask[SAMPLE], nonce[sizeof k->iv];
	uint32_t number = 0;
	size_t len;
	struct span sealed;

	if (p->whole.len > QUIC_PACKET || p->whole.len < p->number_at + 4 + SAMPLE)
		return false;
	header_mask(o, k, p->whole.at + p->number_at + 4, mask);
	memcpy(header, p->whole.at, p->number_at + 4);
	header[0] ^= mask[0] & 0x0f;
	len = (size_t)(header[0] & 3) + 1;
	for (size_t i = 0; i < len; i++) {
		header[p->number_at + i] ^= mask[1 + i];
		number = number << 8 | header[p->number_at + i];
	}
	sealed = (struct span){ p->whole.at + p->number_at + len,
		p->whole.len - p->number_at - len };
	if (sealed.len <= TAG)
		return false;
	/* Initial packets are few, so that the number is never more than it shows. */
	memcpy(nonce, k->iv, sizeof nonce);
	for (size_t i = 0; i < 4; i++)
		nonce[sizeof nonce - 1 - i] ^= (uint8_t)(number >> 8 * i);
	if (!unseal(o, k->key, nonce, (struct span){ header, p->number_at + len }, sealed))
		return false;
	*frames = (struct span){ o->plain, sealed.len - TAG };
	return true;
}

static void
crypto_put(struct quic_crypto *s, uint64_t at, struct span data)
{
	for (size_t i = 0; i < data.len && at + i < QUIC_HELLO; i++) {
		size_t to = (size_t)at + i;
		uint8_t bit = (uint8_t)(1u << (to & 7));

		if (s->seen[to / 8] & bit)
			continue;
		s->seen[to / 8] |= bit;
		s->data[to] = data.at[i];
	}
	while (s->contiguous < QUIC_HELLO &&
	       s->seen[s->contiguous / 8] & 1u << (s->contiguous & 7))
		s->contiguous++;
}

static void
skip(struct cursor *c, uint64_t n)
{
	cursor_skip(c, n > c->left ? c->left + 1 : (size_t)n);
}

/* RFC 9000 section 19.3 */
static void
skip_ack(struct cursor *c, bool ecn)
{
	uint64_t ranges;

	(void)integer(c);
	(void)integer(c);
	ranges = integer(c);
	(void)integer(c);
	for (; ranges > 0 && !c->bad; ranges--) {
		(void)integer(c);
		(void)integer(c);
	}
	for (unsigned i = 0; ecn && i < 3; i++)
		(void)integer(c);
}

enum frame {
	FRAME_PADDING = 0,
	FRAME_PING = 1,
	FRAME_ACK = 2,
	FRAME_ACK_ECN = 3,
	FRAME_CRYPTO = 6,
	FRAME_CLOSE = 0x1c,
	FRAME_CLOSE_APPLICATION = 0x1d,
};

bool
quic_frames(struct span frames, struct quic_crypto *s)
{
	struct cursor c = cursor_of(frames);

	while (c.left > 0 && !c.bad) {
		uint64_t type = integer(&c), at, len;

		switch (type) {
		case FRAME_PADDING:
		case FRAME_PING:
			break;
		case FRAME_ACK:
		case FRAME_ACK_ECN:
			skip_ack(&c, type == FRAME_ACK_ECN);
			break;
		case FRAME_CRYPTO:
			at = integer(&c);
			len = integer(&c);
			if (c.bad || len > c.left)
				return false;
			crypto_put(s, at, cursor_take(&c, (size_t)len));
			break;
		case FRAME_CLOSE:
		case FRAME_CLOSE_APPLICATION:
			(void)integer(&c);
			if (type == FRAME_CLOSE)
				(void)integer(&c);
			skip(&c, integer(&c));
			break;
		default:
			return false;
		}
	}
	return !c.bad;
}
