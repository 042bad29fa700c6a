/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/escape.h"

#include <string.h>

#include "base/utf8.h"

struct range {
	uint32_t first, last;
};

/*
 * Characters that are not seen, or that change how others are seen: C0 and C1
 * controls, soft hyphen, the bidirectional and zero-width ones (Unicode
 * UAX #9, UTS #39), line separators, fillers that look like nothing, tags,
 * variation selectors, private use, and non-characters.
 */
static const struct range UNSEEN[] = {
	{ 0x00, 0x1f },
	{ 0x7f, 0x9f },
	{ 0xad, 0xad },
	{ 0x34f, 0x34f },
	{ 0x61c, 0x61c },
	{ 0x115f, 0x1160 },
	{ 0x17b4, 0x17b5 },
	{ 0x180b, 0x180f },
	{ 0x200b, 0x200f },
	{ 0x2028, 0x202e },
	{ 0x2060, 0x206f },
	{ 0x3164, 0x3164 },
	{ 0xe000, 0xf8ff },
	{ 0xfdd0, 0xfdef },
	{ 0xfe00, 0xfe0f },
	{ 0xfeff, 0xfeff },
	{ 0xffa0, 0xffa0 },
	{ 0xfff0, 0xfffb },
	{ 0xfffe, 0xffff },
	{ 0xe0000, 0x10ffff },
};

/* Two columns wide (UAX #11, W and F), in blocks. */
static const struct range WIDE[] = {
	{ 0x1100, 0x115f },
	{ 0x2e80, 0x303e },
	{ 0x3041, 0xa4cf },
	{ 0xa960, 0xa97c },
	{ 0xac00, 0xd7a3 },
	{ 0xf900, 0xfaff },
	{ 0xfe30, 0xfe6f },
	{ 0xff00, 0xff60 },
	{ 0xffe0, 0xffe6 },
	{ 0x1f300, 0x1f64f },
	{ 0x1f900, 0x1f9ff },
	{ 0x20000, 0x3fffd },
};

static bool
within(const struct range *r, size_t n, uint32_t c)
{
	for (size_t i = 0; i < n; i++)
		if (c >= r[i].first && c <= r[i].last)
			return true;
	return false;
}

/* The code point of a well-formed character of n bytes. */
static uint32_t
code_point(const uint8_t *at, size_t n)
{
	uint32_t c = n == 1 ? at[0] : at[0] & (0xffu >> (n + 1));

	for (size_t i = 1; i < n; i++)
		c = c << 6 | (at[i] & 0x3fu);
	return c;
}

static const char *
reference(uint8_t c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

void
escape_span(struct buf *out, enum escape how, struct span s)
{
	for (size_t i = 0; i < s.len;) {
		size_t n = utf8_length(s.at + i, s.len - i);
		uint32_t c = n ? code_point(s.at + i, n) : 0;
		const char *ref = n == 1 ? reference(s.at[i]) : NULL;

		if (n == 0)
			buf_printf(out, "\\x%02x", s.at[i]);
		else if (within(UNSEEN, sizeof UNSEEN / sizeof *UNSEEN, c))
			buf_printf(out, c < 0x80 ? "\\x%02x" : "\\u%04x", c);
		else if (how == ESCAPE_HTML && ref)
			buf_puts(out, ref);
		else
			buf_put(out, s.at + i, n);
		i += n ? n : 1;
	}
}

void
escape_str(struct buf *out, enum escape how, const char *s)
{
	escape_span(out, how, (struct span){ (const uint8_t *)s, strlen(s) });
}

/* Of the character at `i`, whose bytes go to *n; what is escaped is well formed. */
static unsigned
columns_at(struct span s, size_t i, size_t *n)
{
	*n = utf8_length(s.at + i, s.len - i);
	if (*n == 0)
		*n = 1;
	return within(WIDE, sizeof WIDE / sizeof *WIDE, code_point(s.at + i, *n)) ? 2 : 1;
}

unsigned
escape_columns(struct span s)
{
	unsigned columns = 0;
	size_t n;

	for (size_t i = 0; i < s.len; i += n)
		columns += columns_at(s, i, &n);
	return columns;
}

/* The line being filled; a line takes one word or character however narrow it is. */
struct line {
	struct buf *out;
	unsigned at, start; /* columns: now, and where its text began */
	unsigned indent, width;
};

static bool
fits(const struct line *l, unsigned columns)
{
	return l->at + columns <= l->width || l->at == l->start;
}

static void
new_line(struct line *l)
{
	buf_putc(l->out, '\n');
	for (unsigned i = 0; i < l->indent; i++)
		buf_putc(l->out, ' ');
	l->at = l->start = l->indent;
}

/* A word that fits no line goes character by character. */
static void
put_word(struct line *l, struct span word)
{
	size_t n;

	for (size_t i = 0; i < word.len; i += n) {
		unsigned columns = columns_at(word, i, &n);

		if (!fits(l, columns))
			new_line(l);
		buf_put(l->out, word.at + i, n);
		l->at += columns;
	}
}

void
escape_wrap(
    struct buf *out, struct span text, unsigned from, unsigned indent, unsigned width)
{
	struct line l = {
		.out = out, .at = from, .start = from, .indent = indent, .width = width
	};
	unsigned spaces = 0;
	size_t i = 0;

	if (width == 0) {
		buf_put(out, text.at, text.len);
		return;
	}
	while (i < text.len) {
		const uint8_t *space = memchr(text.at + i, ' ', text.len - i);
		size_t n = space ? (size_t)(space - (text.at + i)) : text.len - i;
		struct span word = { text.at + i, n };

		i += n + 1;
		if (n > 0) {
			unsigned columns = spaces + escape_columns(word);

			if (!fits(&l, columns))
				new_line(&l);
			else if (l.at + columns <= width) /* not at a line's end */
				for (unsigned k = 0; k < spaces; k++, l.at++)
					buf_putc(out, ' ');
			put_word(&l, word);
			spaces = 0;
		}
		spaces++;
	}
}
