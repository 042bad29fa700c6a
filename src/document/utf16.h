/* SPDX-License-Identifier: Apache-2.0 */
/*
 * utf16.h - code points as ICU wants them.
 */
#ifndef DOCUMENT_UTF16_H
#define DOCUMENT_UTF16_H

#include <stddef.h>
#include <stdint.h>

/* Write a code point at to[n]; returns the new n. Room for two units is the caller's care. */
static inline int32_t
utf16_put(uint32_t c, uint16_t *to, int32_t n)
{
	if (c < 0x10000) {
		to[n] = (uint16_t)c;
		return n + 1;
	}
	to[n] = (uint16_t)(0xd7c0 + (c >> 10));
	to[n + 1] = (uint16_t)(0xdc00 | (c & 0x3ff));
	return n + 2;
}

/* The code point at units[*at], stepping over it; half a pair is given as it is. */
static inline uint32_t
utf16_get(const uint16_t *units, int32_t *at, int32_t n)
{
	uint32_t c = units[(*at)++];

	if ((c & 0xfc00) == 0xd800 && *at < n && (units[*at] & 0xfc00) == 0xdc00)
		c = 0x10000 + ((c & 0x3ff) << 10) + (units[(*at)++] & 0x3ffU);
	return c;
}

#endif
