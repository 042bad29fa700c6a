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

#endif
