/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/canonical.h"

#include "base/utf8.h"

#define DIGITS_MAX 20 /* of a 64-bit number with its sign */

struct level {
	char close;       /* '}' or ']' */
	struct span last; /* the key before, its bytes */
	bool any;         /* there was one */
};

static bool
next_is(const struct cursor *c, char what)
{
	return !c->bad && c->left > 0 && c->at[0] == (uint8_t)what;
}

static bool
take(struct cursor *c, char what)
{
	if (!next_is(c, what)) {
		c->bad = true;
		return false;
	}
	cursor_skip(c, 1);
	return true;
}

static void
word(struct cursor *c, const char *what)
{
	for (; *what != '\0'; what++)
		(void)take(c, *what);
}

/* After the backslash: the short form where there is one, else \u00xx. */
static void
escape(struct cursor *c)
{
	uint8_t e = cursor_u8(c), high, low;

	if (c->bad)
		return;
	if (e != 'u') {
		c->bad = memchr("\"\\bfnrt", e, 7) == NULL;
		return;
	}
	word(c, "00");
	high = cursor_u8(c);
	low = cursor_u8(c);
	if (high != '0' && high != '1')
		c->bad = true;
	else if (!((low >= '0' && low <= '9') || (low >= 'a' && low <= 'f')))
		c->bad = true;
	else if (high == '0' && memchr("89acd", low, 5) != NULL)
		c->bad = true; /* \b \t \n \f \r have a shorter spelling */
}

static void
string(struct cursor *c)
{
	(void)take(c, '"');
	while (!c->bad && !next_is(c, '"')) {
		size_t n;

		if (next_is(c, '\\')) {
			cursor_skip(c, 1);
			escape(c);
			continue;
		}
		n = utf8_length(c->at, c->left);
		if (n == 0 || c->at[0] < 0x20)
			c->bad = true;
		else
			cursor_skip(c, n);
	}
	(void)take(c, '"');
}

static void
number(struct cursor *c)
{
	struct cursor start;
	unsigned digits = 0;

	if (next_is(c, '-')) {
		cursor_skip(c, 1);
		c->bad = next_is(c, '0');
	}
	start = *c;
	while (!c->bad && c->left > 0 && c->at[0] >= '0' && c->at[0] <= '9') {
		cursor_skip(c, 1);
		digits++;
	}
	if (digits == 0 || digits > DIGITS_MAX || (digits > 1 && next_is(&start, '0')))
		c->bad = true;
}

static void
scalar(struct cursor *c)
{
	if (next_is(c, '"'))
		string(c);
	else if (next_is(c, 't'))
		word(c, "true");
	else if (next_is(c, 'f'))
		word(c, "false");
	else if (next_is(c, 'n'))
		word(c, "null");
	else
		number(c);
}

/* "key": after the one before it in byte order. */
static void
key(struct cursor *c, struct level *l)
{
	struct cursor start;
	struct span k;
	size_t shorter;
	int order;

	(void)take(c, '"');
	start = *c;
	while (!c->bad && !next_is(c, '"')) {
		uint8_t b = cursor_u8(c);

		if (b < 0x20 || b > 0x7e || b == '\\')
			c->bad = true;
	}
	k = (struct span){ start.at, start.left - c->left };
	(void)take(c, '"');
	(void)take(c, ':');
	if (c->bad)
		return;
	if (l->any) {
		shorter = k.len < l->last.len ? k.len : l->last.len;
		order = memcmp(l->last.at, k.at, shorter);
		if (order > 0 || (order == 0 && l->last.len >= k.len))
			c->bad = true;
	}
	l->last = k;
	l->any = true;
}

/* '{' or '[' was next: one level down. True when it was empty and is closed again. */
static bool
opens(struct cursor *c, struct level *l)
{
	*l = (struct level){ .close = next_is(c, '{') ? '}' : ']' };
	cursor_skip(c, 1);
	if (next_is(c, l->close)) {
		cursor_skip(c, 1);
		return true;
	}
	if (l->close == '}')
		key(c, l);
	return false;
}

bool
canonical_value(struct cursor *c, struct span *value)
{
	struct level level[CANONICAL_DEPTH];
	struct cursor start = *c;
	unsigned depth = 0;

	do {
		if (next_is(c, '{') || next_is(c, '[')) {
			if (depth == CANONICAL_DEPTH) {
				c->bad = true;
				break;
			}
			if (!opens(c, &level[depth])) {
				depth++;
				continue;
			}
		} else
			scalar(c);
		while (depth > 0 && next_is(c, level[depth - 1].close)) {
			cursor_skip(c, 1);
			depth--;
		}
		if (depth == 0)
			break;
		(void)take(c, ',');
		if (level[depth - 1].close == '}')
			key(c, &level[depth - 1]);
	} while (!c->bad);
	if (c->bad)
		return false;
	*value = (struct span){ start.at, start.left - c->left };
	return true;
}
