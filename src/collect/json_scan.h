/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_scan.h - read one line of JSON in place.
 *
 * Walks the members of one object and hands out slices of the text: nothing is
 * copied, nothing is allocated, nothing is built. Strict: RFC 8259 grammar,
 * well-formed UTF-8 (RFC 3629) in strings, no control characters, no lone
 * surrogates. Values that hold others are checked to their end and handed out
 * whole; open them as another object to look inside.
 *
 *	json_scan_open(&s, line);
 *	while (json_scan_member(&s, &key, &value))
 *		...
 *	if (s.why) ... not JSON; what was handed out before does not count
 *
 * Whoever reads the members judges repeated keys. Nesting deeper than
 * JSON_SCAN_DEPTH is refused; numbers of any size are taken (see decimal.h).
 */
#ifndef COLLECT_JSON_SCAN_H
#define COLLECT_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/cursor.h"
#include "collect/decimal.h"

#define JSON_SCAN_DEPTH 64

enum scan_kind {
	SCAN_NULL,
	SCAN_FALSE,
	SCAN_TRUE,
	SCAN_NUMBER,
	SCAN_STRING,
	SCAN_OBJECT,
	SCAN_ARRAY,
};

struct scan_value {
	struct span text;      /* a string without its quotes, the rest as it stands */
	struct decimal number; /* of SCAN_NUMBER alone */
	enum scan_kind kind;
	bool escaped; /* a string with at least one backslash in it */
};

/*
 * What the bytes up to the next value may be: a comma or the bracket that opens,
 * a key, a colon and the space among them. Logs repeat them in the same order,
 * line after line, and comparing is faster than reading.
 */
#define SCAN_GUESS 32

struct scan_guess {
	uint8_t text[SCAN_GUESS];
	uint32_t rest; /* a bit for each byte behind it */
	uint32_t len;  /* 0: no guess */
};

struct json_scan {
	const uint8_t *at; /* before the next comma; NULL when it is over */
	const uint8_t *end;
	const uint8_t
	    *limit;      /* bytes before it may be read, though they are not the text's */
	const char *why; /* NULL, or why this is not one JSON object */
	bool begun;
};

/* Borrows `text` for as long as the scan and the values it hands out. */
void json_scan_open(struct json_scan *, struct span text);

/* The next member; false at the end of the text, and when it is broken. */
bool json_scan_member(struct json_scan *, struct scan_value *key, struct scan_value *value);

/*
 * The same in parts. json_scan_try tells where the next value is if the guess is
 * right, else NULL, and nothing was read. Then json_scan_value reads that value; or
 * the caller does, by the same grammar, and says with json_scan_past where it ends.
 *
 * Of members that came by json_scan_member, json_scan_learn makes a guess: `from` is
 * what scan.at was before. One that is too long is forgotten.
 */
static inline const uint8_t *json_scan_try(
    const struct json_scan *, const struct scan_guess *);
bool json_scan_value(struct json_scan *, const uint8_t *at, struct scan_value *);
static inline void json_scan_past(struct json_scan *, const uint8_t *after);
void json_scan_learn(struct scan_guess *, const uint8_t *from, const struct scan_value *);

/* The case of json_scan_text that has work to do. */
bool json_scan_unescape(
    const struct scan_value *, uint8_t *room, size_t room_len, struct span *out);

/*
 * A string without its escapes: the slice itself when it has none, else
 * written into `room`. False when it does not fit.
 */
static inline bool
json_scan_text(const struct scan_value *v, uint8_t *room, size_t room_len, struct span *out)
{
	*out = v->text;
	return !v->escaped || json_scan_unescape(v, room, room_len, out);
}

/* From p, the first byte that a string cannot pass over without a look. */
static inline const uint8_t *
json_scan_plain(const uint8_t *p, const uint8_t *end)
{
#ifdef __SSE2__
	const __m128i quote = _mm_set1_epi8('"'), back = _mm_set1_epi8('\\');
	const __m128i space = _mm_set1_epi8(' ');

	while (end - p >= 16) {
		__m128i b = _mm_loadu_si128((const __m128i *)(const void *)p);
		__m128i stop =
		    _mm_or_si128(_mm_cmpeq_epi8(b, quote), _mm_cmpeq_epi8(b, back));
		int mask;

		/* As signed bytes, what is past ASCII is below the space too. */
		stop = _mm_or_si128(stop, _mm_cmplt_epi8(b, space));
		mask = _mm_movemask_epi8(stop);
		if (mask != 0)
			return p + __builtin_ctz((unsigned)mask);
		p += 16;
	}
#endif
	while (p < end && *p >= ' ' && *p < 0x80 && *p != '"' && *p != '\\')
		p++;
	return p;
}

static inline bool
json_scan_matches(const uint8_t *at, const struct scan_guess *g)
{
#ifdef __SSE2__
	const __m128i *text = (const __m128i *)(const void *)g->text;
	const __m128i *is = (const __m128i *)(const void *)at;
	int low =
	    _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128(is), _mm_loadu_si128(text)));
	int high = _mm_movemask_epi8(
	    _mm_cmpeq_epi8(_mm_loadu_si128(is + 1), _mm_loadu_si128(text + 1)));

	return ((unsigned)high << 16 | (unsigned)low | g->rest) == UINT32_MAX;
#else
	return memcmp(at, g->text, g->len) == 0;
#endif
}

static inline const uint8_t *
json_scan_try(const struct json_scan *s, const struct scan_guess *g)
{
	if (s->at == NULL || s->limit - s->at < SCAN_GUESS || g->len == 0 ||
	    s->end - s->at < g->len || (g->text[0] == '{') == s->begun ||
	    !json_scan_matches(s->at, g))
		return NULL;
	return s->at + g->len;
}

static inline void
json_scan_past(struct json_scan *s, const uint8_t *after)
{
	s->begun = true;
	s->at = after;
}

#endif
