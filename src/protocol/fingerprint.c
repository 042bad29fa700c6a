/* SPDX-License-Identifier: Apache-2.0 */
#include "protocol/fingerprint.h"

#include <stdio.h>

enum { ITEMS_MAX = 512, HASH_CHARS = 12, EXT_SERVER_NAME = 0, EXT_ALPN = 16 };

/* Two lists of some twenty numbers for every handshake: printf would be most of their cost. */
static void
put_decimal(struct buf *text, unsigned v)
{
	char digits[5];
	size_t n = sizeof digits;

	do
		digits[--n] = (char)('0' + v % 10);
	while ((v /= 10) > 0 && n > 0);
	buf_put(text, digits + n, sizeof digits - n);
}

static void
put_hex(struct buf *text, uint16_t v)
{
	static const char hex[] = "0123456789abcdef";
	const char digits[] = { hex[v >> 12], hex[v >> 8 & 15], hex[v >> 4 & 15],
		hex[v & 15] };

	buf_put(text, digits, sizeof digits);
}

/* A list of numbers without GREASE, "4865-4866-4867". */
static void
put_list(struct buf *text, struct span list)
{
	struct cursor c = cursor_of(list);
	bool more = false;

	while (c.left >= 2) {
		uint16_t v = cursor_be16(&c);

		if (hello_is_grease(v))
			continue;
		if (more)
			buf_putc(text, '-');
		put_decimal(text, v);
		more = true;
	}
}

static void
put_types(struct buf *text, struct span extensions, bool grease)
{
	struct cursor c = cursor_of(extensions);
	struct span content;
	uint16_t type;
	bool more = false;

	while (hello_extension(&c, &type, &content)) {
		if (!grease && hello_is_grease(type))
			continue;
		if (more)
			buf_putc(text, '-');
		put_decimal(text, type);
		more = true;
	}
}

void
fingerprint_ja3_text(const struct hello_client *h, struct buf *text)
{
	buf_reset(text);
	put_decimal(text, h->version);
	buf_putc(text, ',');
	put_list(text, h->ciphers);
	buf_putc(text, ',');
	put_types(text, h->extensions, false);
	buf_putc(text, ',');
	put_list(text, h->groups);
	buf_putc(text, ',');
	for (size_t i = 0; i < h->formats.len; i++) {
		if (i > 0)
			buf_putc(text, '-');
		put_decimal(text, h->formats.at[i]);
	}
}

/* A server that sends GREASE sends it to be seen: JA3S leaves nothing out. */
void
fingerprint_ja3s_text(const struct hello_server *h, struct buf *text)
{
	buf_reset(text);
	put_decimal(text, h->version);
	buf_putc(text, ',');
	put_decimal(text, h->cipher);
	buf_putc(text, ',');
	put_types(text, h->extensions, true);
}

bool
fingerprint_ja3(const struct hello_client *h, struct buf *work, uint8_t ja3[static 16])
{
	fingerprint_ja3_text(h, work);
	if (work->bad || h->v2)
		return false;
	digest_md5(buf_span(work), ja3);
	return true;
}

bool
fingerprint_ja3s(const struct hello_server *h, struct buf *work, uint8_t ja3s[static 16])
{
	fingerprint_ja3s_text(h, work);
	if (work->bad)
		return false;
	digest_md5(buf_span(work), ja3s);
	return true;
}

static const char *
version_text(uint16_t version)
{
	switch (version) {
	case 0x0304:
		return "13";
	case 0x0303:
		return "12";
	case 0x0302:
		return "11";
	case 0x0301:
		return "10";
	case 0x0300:
		return "s3";
	case 0x0002:
		return "s2";
	case 0xfeff:
		return "d1";
	case 0xfefd:
		return "d2";
	case 0xfefc:
		return "d3";
	default:
		return "00";
	}
}

static bool
is_alphanumeric(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/*
 * The first and the last character of the first protocol. What is not a letter
 * or digit is told by hexadecimal digits, except that a protocol that does not
 * begin with ASCII is "99": so FoxIO's own programs have it, which databases of
 * fingerprints are made with, though their text does not.
 */
static void
protocol_ends(struct span alpn, char ends[static 2])
{
	static const char hex[] = "0123456789abcdef";
	uint8_t first, last;

	ends[0] = ends[1] = '0';
	if (alpn.len == 0)
		return;
	first = alpn.at[0];
	last = alpn.at[alpn.len - 1];
	if (first > 127) {
		ends[0] = ends[1] = '9';
	} else if (is_alphanumeric(first) && is_alphanumeric(last)) {
		ends[0] = (char)first;
		ends[1] = (char)last;
	} else {
		ends[0] = hex[first >> 4];
		ends[1] = hex[last & 15];
	}
}

struct items {
	uint16_t item[ITEMS_MAX];
	unsigned n;
	bool full;
};

static void
items_add(struct items *s, uint16_t v)
{
	if (hello_is_grease(v))
		return;
	if (s->n == ITEMS_MAX)
		s->full = true;
	else
		s->item[s->n++] = v;
}

/* Shell's, with Ciura's gaps: lists are short, a liar's 512 do not hurt either. */
static void
items_sort(struct items *s)
{
	static const unsigned gaps[] = { 301, 132, 57, 23, 10, 4, 1 };

	for (unsigned g = 0; g < sizeof gaps / sizeof *gaps; g++) {
		unsigned gap = gaps[g];

		for (unsigned i = gap; i < s->n; i++) {
			uint16_t v = s->item[i];
			unsigned at = i;

			for (; at >= gap && s->item[at - gap] > v; at -= gap)
				s->item[at] = s->item[at - gap];
			s->item[at] = v;
		}
	}
}

static void
items_put(const struct items *s, struct buf *text)
{
	for (unsigned i = 0; i < s->n; i++) {
		if (i > 0)
			buf_putc(text, ',');
		put_hex(text, s->item[i]);
	}
}

/* The first twelve digits of SHA-256; zeroes for an empty list. */
static void
put_hash(struct buf *text, char out[static HASH_CHARS])
{
	char hex[DIGEST_HEX];
	struct digest d;

	memset(out, '0', HASH_CHARS);
	if (text->len == 0)
		return;
	d = digest_of(buf_span(text));
	memcpy(out, digest_hex(&d, hex), HASH_CHARS);
}

static void
items_read(struct items *s, struct span list)
{
	struct cursor c = cursor_of(list);

	while (c.left >= 2)
		items_add(s, cursor_be16(&c));
}

/* Returns how many extensions there are; keeps those that are sorted and hashed. */
static unsigned
extensions_read(struct items *s, struct span extensions)
{
	struct cursor c = cursor_of(extensions);
	struct span content;
	uint16_t type;
	unsigned n = 0;

	while (hello_extension(&c, &type, &content)) {
		n += !hello_is_grease(type);
		if (type != EXT_SERVER_NAME && type != EXT_ALPN)
			items_add(s, type);
	}
	return n;
}

bool
fingerprint_ja4(const struct hello_client *h, enum fingerprint_carrier carrier,
    struct buf *work, char ja4[static TRAIT_JA4 + 1])
{
	struct items ciphers = { .n = 0 }, types = { .n = 0 }, signatures = { .n = 0 };
	char of_ciphers[HASH_CHARS], of_rest[HASH_CHARS], ends[2];
	unsigned extensions;

	items_read(&ciphers, h->ciphers);
	items_read(&signatures, h->signatures);
	extensions = extensions_read(&types, h->extensions);
	if (ciphers.full || types.full || signatures.full || h->v2)
		return false;
	items_sort(&ciphers);
	items_sort(&types);
	protocol_ends(h->alpn, ends);

	buf_reset(work);
	items_put(&ciphers, work);
	put_hash(work, of_ciphers);
	buf_reset(work);
	items_put(&types, work);
	if (signatures.n > 0) {
		buf_putc(work, '_');
		items_put(&signatures, work); /* in the order they were sent */
	}
	if (work->bad)
		return false;
	put_hash(work, of_rest);
	(void)snprintf(ja4, TRAIT_JA4 + 1, "%c%s%c%02u%02u%.2s_%.12s_%.12s", (char)carrier,
	    version_text(h->highest), h->has_name ? 'd' : 'i',
	    ciphers.n > 99 ? 99 : ciphers.n, extensions > 99 ? 99 : extensions, ends,
	    of_ciphers, of_rest);
	return true;
}
