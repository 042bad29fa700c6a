/* SPDX-License-Identifier: Apache-2.0 */
/*
 * utf8.h - is this a character? (RFC 3629)
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

#define UTF8_REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/*
 * Bytes of the well-formed character at `at`, or 0 when there is none: cut
 * short, overlong, a surrogate or above U+10FFFF.
 */
static inline size_t
utf8_length(const uint8_t *at, size_t left)
{
	static const uint8_t first_min[4] = { 0, 0x80, 0xa0, 0x90 };
	size_t n;

	if (left == 0)
		return 0;
	if (at[0] < 0x80)
		return 1;
	if (at[0] < 0xc2 || at[0] > 0xf4)
		return 0;
	n = at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
	if (left < n)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	if ((at[0] == 0xe0 || at[0] == 0xf0) && at[1] < first_min[n - 1])
		return 0;
	if ((at[0] == 0xed && at[1] > 0x9f) || (at[0] == 0xf4 && at[1] > 0x8f))
		return 0;
	return n;
}

/* The code point of a well-formed character of n bytes, as utf8_length gave it. */
static inline uint32_t
utf8_get(const uint8_t *at, size_t n)
{
	uint32_t c = n == 1 ? at[0] : at[0] & (0x7fU >> n);

	for (size_t i = 1; i < n; i++)
		c = c << 6 | (at[i] & 0x3fU);
	return c;
}

/* Write a code point that is no surrogate and at most U+10FFFF; returns its bytes. */
static inline size_t
utf8_put(uint32_t c, uint8_t to[static 4])
{
	static const uint8_t first[5] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (size_t i = n - 1; i > 0; i--) {
		to[i] = (uint8_t)(0x80 | (c & 0x3f));
		c >>= 6;
	}
	to[0] = (uint8_t)(first[n] | c);
	return n;
}

#endif
