/* SPDX-License-Identifier: Apache-2.0 */
#include "document/charset.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <unicode/ucnv.h>
#include <uchardet/uchardet.h>

#include "base/utf8.h"
#include "document/utf16.h"

#define DECLARED_WITHIN 4096  /* a declaration stands at the head (WHATWG: 1024) */
#define GUESS_FROM      65536 /* bytes shown to uchardet */
#define PIECE           4096  /* UTF-16 units at a time */

/* clang-format off */
/* The Encoding Standard's reading of old labels, where ICU's differs. */
static const struct {
	const char *label, *icu;
} labels[] = {
	{ "gb2312", "gb18030" },           { "gbk", "gb18030" },
	{ "gb_2312-80", "gb18030" },       { "x-gbk", "gb18030" },
	{ "chinese", "gb18030" },          { "big5", "Big5-HKSCS" },
	{ "big5-hkscs", "Big5-HKSCS" },    { "shift_jis", "ibm-943_P15A-2003" },
	{ "shift-jis", "ibm-943_P15A-2003" }, { "sjis", "ibm-943_P15A-2003" },
	{ "x-sjis", "ibm-943_P15A-2003" }, { "euc-kr", "windows-949" },
	{ "ks_c_5601-1987", "windows-949" }, { "uhc", "windows-949" },
	{ "iso-8859-1", "windows-1252" },  { "latin1", "windows-1252" },
	{ "us-ascii", "windows-1252" },    { "ascii", "windows-1252" },
	{ "iso-8859-9", "windows-1254" },  { "tis-620", "windows-874" },
	{ "iso-8859-11", "windows-874" },  { "x-euc-tw", "euc-tw" },
	{ "mac-cyrillic", "x-mac-cyrillic" },
};
/* clang-format on */

static const char *
icu_name(const char *label)
{
	for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
		if (strcasecmp(labels[i].label, label) == 0)
			return labels[i].icu;
	return label;
}

const char *
charset_by_text(enum charset_by by)
{
	static const char *const text[] = { "plain ASCII", "byte order mark", "valid UTF-8",
		"declared", "zero bytes", "guessed", "fallback" };

	return text[by];
}

struct writer {
	struct buf *out;
	uint32_t replaced;
	bool cr; /* the last character was a CR */
};

static void
write_character(struct writer *w, uint32_t c)
{
	uint8_t bytes[4];

	if (w->cr && c == '\n') {
		w->cr = false;
		return;
	}
	w->cr = c == '\r';
	if (c == '\r')
		c = '\n';
	if ((c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7f && c < 0xa0) ||
	    (c >= 0xd800 && c < 0xe000) || (c >= 0xfdd0 && c < 0xfdf0) ||
	    (c & 0xfffe) == 0xfffe)
		c = 0xfffd;
	if (c == 0xfffd && w->replaced < UINT32_MAX)
		w->replaced++;
	buf_put(w->out, bytes, utf8_put(c, bytes));
}

static void
write_units(struct writer *w, const UChar *units, int32_t n)
{
	for (int32_t i = 0; i < n;)
		write_character(w, utf16_get(units, &i, n));
}

static void
write_utf8(struct writer *w, struct span s)
{
	size_t n;

	for (size_t i = 0; i < s.len; i += n) {
		n = utf8_length(s.at + i, s.len - i);
		write_character(w, n > 0 ? utf8_get(s.at + i, n) : 0xfffd);
		n += n == 0;
	}
}

/* Convert by ICU; false when there is no such converter. */
static bool
convert(const char *label, struct span s, struct buf *utf8, struct charset *out)
{
	UErrorCode u = U_ZERO_ERROR;
	UConverter *cv = ucnv_open(label, &u);
	const char *from = (const char *)s.at, *end = from + s.len;
	struct writer w = { .out = utf8 };
	UChar units[PIECE];

	if (U_FAILURE(u))
		return false;
	(void)snprintf(out->name, sizeof out->name, "%s", ucnv_getName(cv, &u));
	u = U_BUFFER_OVERFLOW_ERROR;
	while (u == U_BUFFER_OVERFLOW_ERROR && !utf8->bad) {
		UChar *to = units;
		int32_t n;

		u = U_ZERO_ERROR;
		ucnv_toUnicode(cv, &to, units + PIECE - 1, &from, end, NULL, true, &u);
		n = (int32_t)(to - units);
		/* A pair of surrogates may be split by the piece's end: one unit was kept free. */
		if (u == U_BUFFER_OVERFLOW_ERROR && n > 0 &&
		    (units[n - 1] & 0xfc00) == 0xd800) {
			UErrorCode v = U_ZERO_ERROR;
			UChar *one = units + n;

			ucnv_toUnicode(cv, &one, units + n + 1, &from, end, NULL, true, &v);
			n = (int32_t)(one - units);
		}
		write_units(&w, units, n);
	}
	ucnv_close(cv);
	out->replaced = w.replaced;
	return true;
}

struct look {
	size_t beyond_ascii, zeroes_even, zeroes_odd;
	bool utf8, escapes;
};

static struct look
look_at(struct span s)
{
	struct look l = { .utf8 = true };
	size_t n;

	for (size_t i = 0; i < s.len && l.utf8; i += n) {
		n = utf8_length(s.at + i, s.len - i);
		l.utf8 = n > 0;
		l.beyond_ascii += n > 1;
	}
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] == 0)
			*(i % 2 ? &l.zeroes_odd : &l.zeroes_even) += 1;
		l.escapes |= s.at[i] == 0x1b ||
			     (s.at[i] == '~' && i + 1 < s.len && s.at[i + 1] == '{');
	}
	return l;
}

/* The label after charset= or encoding=, when the head of the document has one. */
static bool
declared(struct span s, char label[static CHARSET_NAME])
{
	static const char *const keys[] = { "charset", "encoding" };
	size_t head = s.len < DECLARED_WITHIN ? s.len : DECLARED_WITHIN;

	for (size_t i = 0; i < head; i++) {
		for (size_t k = 0; k < 2; k++) {
			struct cursor c = cursor_of((struct span){ s.at + i, head - i });
			struct span word = cursor_take(&c, strlen(keys[k]));
			size_t n = 0;
			uint8_t b;

			if (c.bad ||
			    strncasecmp((const char *)word.at, keys[k], word.len) != 0)
				continue;
			while ((b = cursor_u8(&c)) == ' ')
				;
			if (b != '=')
				continue;
			while ((b = cursor_u8(&c)) == ' ' || b == '"' || b == '\'')
				;
			for (; n + 1 < CHARSET_NAME && b > ' ' && b < 0x7f &&
			       strchr("\"'>;?/", b) == NULL;
			     b = cursor_u8(&c))
				label[n++] = (char)b;
			label[n] = '\0';
			if (n > 1)
				return true;
		}
	}
	return false;
}

static bool
guess(struct span s, char label[static CHARSET_NAME])
{
	uchardet_t ud = uchardet_new();

	(void)uchardet_handle_data(
	    ud, (const char *)s.at, s.len < GUESS_FROM ? s.len : GUESS_FROM);
	uchardet_data_end(ud);
	(void)snprintf(label, CHARSET_NAME, "%s", uchardet_get_charset(ud));
	uchardet_delete(ud);
	return label[0] != '\0';
}

static struct span
without_bom(struct span s, const char **label)
{
	static const struct {
		uint8_t mark[4];
		size_t n;
		const char *label;
	} marks[] = {
		{ { 0xef, 0xbb, 0xbf }, 3, "UTF-8" },
		{ { 0xff, 0xfe, 0, 0 }, 4, "UTF-32LE" },
		{ { 0, 0, 0xfe, 0xff }, 4, "UTF-32BE" },
		{ { 0xff, 0xfe }, 2, "UTF-16LE" },
		{ { 0xfe, 0xff }, 2, "UTF-16BE" },
		{ { 0x84, 0x31, 0x95, 0x33 }, 4, "gb18030" },
	};

	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
		if (s.len < marks[i].n || memcmp(s.at, marks[i].mark, marks[i].n) != 0)
			continue;
		*label = marks[i].label;
		return (struct span){ s.at + marks[i].n, s.len - marks[i].n };
	}
	*label = NULL;
	return s;
}

/* UTF-16 has many zero bytes, nearly all of them on one side. */
static const char *
utf16_of(const struct look *l, struct span s)
{
	size_t most = l->zeroes_odd > l->zeroes_even ? l->zeroes_odd : l->zeroes_even;
	size_t few = l->zeroes_odd + l->zeroes_even - most;

	if (s.len % 2 || most < 2 || most < s.len / 256 || few > most / 8)
		return NULL;
	/* A zero now and then in a text of single bytes is not UTF-16. */
	if (l->utf8 && most < s.len / 8)
		return NULL;
	return most == l->zeroes_odd ? "UTF-16LE" : "UTF-16BE";
}

enum status
charset_decode(struct span s, struct buf *utf8, struct charset *out, struct error *err)
{
	size_t before = utf8->len;
	char label[CHARSET_NAME];
	const char *name;
	struct look l;

	*out = (struct charset){ 0 };
	s = without_bom(s, &name);
	l = look_at(s);
	if (name != NULL) {
		out->by = CHARSET_BOM;
		if (strcmp(name, "UTF-8") != 0 && convert(name, s, utf8, out))
			return buf_state(utf8, "the text", err);
	} else if ((name = utf16_of(&l, s)) != NULL) {
		out->by = CHARSET_ZEROES;
		if (convert(name, s, utf8, out))
			return buf_state(utf8, "the text", err);
	} else if (l.utf8 && (l.beyond_ascii >= CHARSET_SURE ||
				 (l.beyond_ascii == 0 && !l.escapes))) {
		out->by = l.beyond_ascii ? CHARSET_IS_UTF8 : CHARSET_ASCII;
	} else {
		out->by = CHARSET_DECLARED;
		if (declared(s, label) && strcasecmp(label, "utf-8") != 0 &&
		    strncasecmp(label, "utf-16", 6) != 0 &&
		    convert(icu_name(label), s, utf8, out) && out->replaced <= s.len / 256)
			return buf_state(utf8, "the text", err);
		utf8->len = before;
		out->by = CHARSET_GUESSED;
		if (!l.utf8 || l.escapes) {
			if (guess(s, label) && strcasecmp(label, "utf-8") != 0 &&
			    convert(icu_name(label), s, utf8, out) &&
			    out->replaced <= s.len / 256)
				return buf_state(utf8, "the text", err);
			utf8->len = before;
			/* Mostly UTF-8 with some broken bytes, or none of ours. */
			out->by = CHARSET_FALLBACK;
			if (!l.utf8 && l.beyond_ascii < CHARSET_SURE &&
			    convert("windows-1252", s, utf8, out))
				return buf_state(utf8, "the text", err);
			utf8->len = before;
		} else {
			out->by = CHARSET_IS_UTF8;
		}
	}
	(void)snprintf(out->name, sizeof out->name, "UTF-8");
	{
		struct writer w = { .out = utf8 };

		write_utf8(&w, s);
		out->replaced = w.replaced;
	}
	return buf_state(utf8, "the text", err);
}
