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
 * What the next key may be. Logs repeat their keys in the same order, line
 * after line; comparing one with what it was is faster than reading it.
 */
struct scan_guess {
	uint8_t text[16]; /* the key, its closing quote, the colon, and zeros */
	uint8_t mask[16]; /* 0xff for each of them, and zeros */
	size_t len;       /* of the key; 0: no guess */
};

struct json_scan {
	const uint8_t *at; /* before the next comma; NULL when it is over */
	const uint8_t *end;
	const char *why; /* NULL, or why this is not one JSON object */
	bool begun;
};

/* Borrows `text` for as long as the scan and the values it hands out. */
void json_scan_open(struct json_scan *, struct span text);

/* The next member; false at the end of the text, and when it is broken. */
bool json_scan_member(struct json_scan *, struct scan_value *key, struct scan_value *value);

/* The same with a guess; *right tells whether it was the key. */
bool json_scan_guess(struct json_scan *, const struct scan_guess *, bool *right,
    struct scan_value *key, struct scan_value *value);

/* Make a guess of a key that came; none of those too long or with escapes. */
void json_scan_learn(struct scan_guess *, const struct scan_value *key);

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

#endif
