/* SPDX-License-Identifier: Apache-2.0 */
/*
 * strict.h - reading JSON that we wrote (private to statement.c, account.c).
 *
 * Each piece is taken where it must stand, or the cursor is bad. A caller that
 * writes the whole again and compares has one spelling by construction.
 */
#ifndef EVIDENCE_STRICT_H
#define EVIDENCE_STRICT_H

#include <string.h>

#include "base/cursor.h"
#include "base/digest.h"

static inline bool
is_hex(const char *text)
{
	return strlen(text) == DIGEST_HEX - 1 &&
	       strspn(text, "0123456789abcdef") == DIGEST_HEX - 1;
}

static inline bool
is_plain(const char *text)
{
	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++)
		if (*text < 0x20 || *text > 0x7e || *text == '"' || *text == '\\')
			return false;
	return true;
}

static inline bool
next_is(const struct cursor *c, const char *text)
{
	size_t n = strlen(text);

	return !c->bad && c->left >= n && memcmp(c->at, text, n) == 0;
}

static inline void
expect(struct cursor *c, const char *text)
{
	if (next_is(c, text))
		cursor_skip(c, strlen(text));
	else
		c->bad = true;
}

/* Up to the next quote, which is stepped over. */
static inline void
get_text(struct cursor *c, char *to, size_t size)
{
	size_t n = 0;

	to[0] = '\0';
	while (!c->bad && !next_is(c, "\"")) {
		uint8_t b = cursor_u8(c);

		if (b == '\0' || n + 1 >= size)
			c->bad = true;
		else
			to[n++] = (char)b;
	}
	to[n] = '\0';
	cursor_skip(c, 1);
}

static inline void
get_hex(struct cursor *c, uint8_t to[static DIGEST_BYTES])
{
	static const char digits[] = "0123456789abcdef";
	char hex[DIGEST_HEX];

	get_text(c, hex, sizeof hex);
	if (!is_hex(hex)) {
		c->bad = true;
		return;
	}
	for (size_t i = 0; i < DIGEST_BYTES; i++) {
		long high = strchr(digits, hex[2 * i]) - digits;
		long low = strchr(digits, hex[2 * i + 1]) - digits;

		to[i] = (uint8_t)(high << 4 | low);
	}
}

static inline uint64_t
get_number(struct cursor *c)
{
	uint64_t v = 0;

	while (!c->bad && c->left > 0 && c->at[0] >= '0' && c->at[0] <= '9')
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(cursor_u8(c) - '0'), &v))
			c->bad = true;
	return v;
}

#endif
