/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cursor.h - read bytes somebody else sent.
 *
 * The only way foreign bytes become numbers. A read past the end yields zero
 * and marks the cursor `bad`, and it stays bad and has nothing left, so a parser
 * reads a whole header first and asks once whether all of it was there. All
 * inline: this is the packet path.
 */
#ifndef BASE_CURSOR_H
#define BASE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Borrowed bytes; whoever hands one out says until when they are valid. */
struct span {
	const uint8_t *at;
	size_t len;
};

static inline bool
span_is(struct span s, const char *text)
{
	return s.len == strlen(text) && (s.len == 0 || memcmp(s.at, text, s.len) == 0);
}

struct cursor {
	const uint8_t *at;
	size_t left;
	bool bad;
};

static inline struct cursor
cursor_of(struct span s)
{
	return (struct cursor){ .at = s.at, .left = s.len };
}

/* What is left, as a span; empty when bad. */
static inline struct span
cursor_rest(const struct cursor *c)
{
	if (c->bad)
		return (struct span){ 0 };
	return (struct span){ .at = c->at, .len = c->left };
}

/* The next n bytes; an empty span and `bad` when there are fewer. */
static inline struct span
cursor_take(struct cursor *c, size_t n)
{
	struct span s;

	if (c->bad || n > c->left) {
		c->bad = true;
		c->left = 0; /* so that a loop over what is left ends */
		return (struct span){ 0 };
	}
	s = (struct span){ .at = c->at, .len = n };
	if (n > 0) /* the empty span may be NULL, and NULL + 0 is not allowed */
		c->at += n;
	c->left -= n;
	return s;
}

static inline void
cursor_skip(struct cursor *c, size_t n)
{
	(void)cursor_take(c, n);
}

/* Copy n bytes out; zeroes when there are fewer. */
static inline void
cursor_copy(struct cursor *c, void *to, size_t n)
{
	struct span s = cursor_take(c, n);

	if (s.len == n && n > 0)
		memcpy(to, s.at, n);
	else
		memset(to, 0, n);
}

static inline uint8_t
cursor_u8(struct cursor *c)
{
	struct span s = cursor_take(c, 1);

	return s.len ? s.at[0] : 0;
}

static inline uint16_t
cursor_be16(struct cursor *c)
{
	uint8_t b[2];

	cursor_copy(c, b, sizeof b);
	return (uint16_t)(b[0] << 8 | b[1]);
}

static inline uint16_t
cursor_le16(struct cursor *c)
{
	uint8_t b[2];

	cursor_copy(c, b, sizeof b);
	return (uint16_t)(b[1] << 8 | b[0]);
}

static inline uint32_t
cursor_be32(struct cursor *c)
{
	uint8_t b[4];

	cursor_copy(c, b, sizeof b);
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static inline uint32_t
cursor_le32(struct cursor *c)
{
	uint8_t b[4];

	cursor_copy(c, b, sizeof b);
	return (uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 | (uint32_t)b[1] << 8 | b[0];
}

static inline uint64_t
cursor_be64(struct cursor *c)
{
	uint64_t hi = cursor_be32(c);

	return hi << 32 | cursor_be32(c);
}

static inline uint64_t
cursor_le64(struct cursor *c)
{
	uint64_t lo = cursor_le32(c);

	return (uint64_t)cursor_le32(c) << 32 | lo;
}

#endif
