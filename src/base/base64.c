/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
base64_encode(struct span in, struct buf *out)
{
	for (size_t i = 0; i < in.len; i += 3) {
		size_t n = in.len - i < 3 ? in.len - i : 3;
		uint32_t v = (uint32_t)in.at[i] << 16;
		char four[4];

		if (n > 1)
			v |= (uint32_t)in.at[i + 1] << 8;
		if (n > 2)
			v |= in.at[i + 2];
		four[0] = alphabet[v >> 18];
		four[1] = alphabet[v >> 12 & 63];
		four[2] = n > 1 ? alphabet[v >> 6 & 63] : '=';
		four[3] = n > 2 ? alphabet[v & 63] : '=';
		buf_put(out, four, sizeof four);
	}
}

/* 0..63, or -1. */
static int
sextet(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/*
 * Four characters to 1..3 bytes; 0 when they are not what the encoder writes.
 * Padding is looked for only in the last group.
 */
static size_t
group(const uint8_t four[static 4], bool last, uint8_t three[static 3])
{
	size_t n = 3;
	uint32_t v = 0;

	if (last && four[3] == '=')
		n = four[2] == '=' ? 1 : 2;
	for (size_t i = 0; i < 4; i++) {
		int s = i <= n ? sextet(four[i]) : 0;

		if (s < 0)
			return 0;
		v = v << 6 | (uint32_t)s;
	}
	three[0] = (uint8_t)(v >> 16);
	three[1] = (uint8_t)(v >> 8);
	three[2] = (uint8_t)v;
	if ((n == 1 && (v & 0xffff) != 0) || (n == 2 && (v & 0xff) != 0))
		return 0;
	return n;
}

/* The bytes that `text` stands for, without writing them; false when it is not base64. */
static bool
measure(struct span text, size_t *bytes)
{
	uint8_t three[3];
	size_t n = 3;

	if (text.len % 4 != 0)
		return false;
	*bytes = 0;
	for (size_t i = 0; i < text.len; i += 4) {
		n = group(text.at + i, i + 4 == text.len, three);
		if (n == 0)
			return false;
		*bytes += n;
	}
	return true;
}

bool
base64_decode(struct span text, struct buf *out)
{
	size_t bytes;

	if (!measure(text, &bytes))
		return false;
	for (size_t i = 0; i < text.len; i += 4) {
		uint8_t three[3];
		size_t n = group(text.at + i, i + 4 == text.len, three);

		buf_put(out, three, n);
	}
	return true;
}

bool
base64_decode_exact(struct span text, void *to, size_t want)
{
	uint8_t *at = to;
	size_t bytes;

	if (!measure(text, &bytes) || bytes != want)
		return false;
	for (size_t i = 0; i < text.len; i += 4) {
		uint8_t three[3];
		size_t n = group(text.at + i, i + 4 == text.len, three);

		memcpy(at, three, n);
		at += n;
	}
	return true;
}
