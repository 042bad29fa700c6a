/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/json_scan.h"

#include <string.h>

#include "base/error.h"
#include "base/utf8.h"

/*
 * Every step below takes the place to read from and gives back the place after
 * what it read, or NULL when that is broken: the place stays in a register.
 */
static const uint8_t *
broken(struct json_scan *s, const char *why)
{
	s->why = why;
	return NULL;
}

static inline const uint8_t *
skip_space(const uint8_t *p, const uint8_t *end)
{
	while (
	    p < end && *p <= ' ' && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
		p++;
	return p;
}

/* The byte there, 0 at the end: a NUL is not JSON either. */
static inline uint8_t
byte_at(const uint8_t *p, const uint8_t *end)
{
	return p < end ? *p : 0;
}

static bool
hex4(const uint8_t *p, unsigned *out)
{
	unsigned v = 0;

	for (int i = 0; i < 4; i++) {
		unsigned c = p[i], low = c | 0x20;

		if (c >= '0' && c <= '9')
			v = v << 4 | (c - '0');
		else if (low >= 'a' && low <= 'f')
			v = v << 4 | (low - 'a' + 10);
		else
			return false;
	}
	*out = v;
	return true;
}

/*
 * Bytes of the escape at p, which is a backslash, and the character it stands
 * for; 0 when it is none. RFC 8259 section 7: what is past the first plane is
 * a pair of surrogates, and half a pair is nothing.
 */
static size_t
escape(const uint8_t *p, const uint8_t *end, unsigned *out)
{
	static const char letters[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
	const char *found;
	unsigned high, low;

	if (end - p < 2 || p[1] == 0)
		return 0;
	found = strchr(letters, p[1]);
	if (found) {
		*out = (unsigned char)means[found - letters];
		return 2;
	}
	if (p[1] != 'u' || end - p < 6 || !hex4(p + 2, &high))
		return 0;
	*out = high;
	if (high < 0xd800 || high > 0xdfff)
		return 6;
	if (high > 0xdbff || end - p < 12 || p[6] != '\\' || p[7] != 'u' ||
	    !hex4(p + 8, &low) || low < 0xdc00 || low > 0xdfff)
		return 0;
	*out = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
	return 12;
}

/* The rest of a string with a byte at p that has to be looked at. */
static __attribute__((noinline)) const uint8_t *
scan_odd_string(struct json_scan *s, const uint8_t *p, struct scan_value *v)
{
	while (p < s->end && *p != '"') {
		unsigned c;
		size_t n;

		if (*p < ' ')
			return broken(s, "a control character in a string");
		if (*p == '\\') {
			n = escape(p, s->end, &c);
			if (n == 0)
				return broken(s, "a wrong escape in a string");
			v->escaped = true;
		} else {
			n = utf8_length(p, (size_t)(s->end - p));
			if (n == 0)
				return broken(s, "a string is not UTF-8");
		}
		p = json_scan_plain(p + n, s->end);
	}
	return p < s->end ? p : broken(s, "cut inside a string");
}

/* p is past the opening quote. */
static inline const uint8_t *
scan_string(struct json_scan *s, const uint8_t *p, struct scan_value *v)
{
	v->kind = SCAN_STRING;
	v->escaped = false;
	v->text.at = p;
	p = json_scan_plain(p, s->end);
	if (byte_at(p, s->end) != '"') {
		p = scan_odd_string(s, p, v);
		if (p == NULL)
			return NULL;
	}
	v->text.len = (size_t)(p - v->text.at);
	return p + 1;
}

static inline const uint8_t *
scan_word(struct json_scan *s, const uint8_t *p, struct scan_value *v, const char *word,
    size_t n, enum scan_kind kind)
{
	if ((size_t)(s->end - p) < n || memcmp(p, word, n) != 0)
		return broken(s, "no value where one must be");
	v->kind = kind;
	v->text = (struct span){ .at = p, .len = n };
	return p + n;
}

static inline const uint8_t *
scan_number(struct json_scan *s, const uint8_t *p, struct scan_value *v)
{
	struct span rest = { .at = p, .len = (size_t)(s->end - p) };

	v->kind = SCAN_NUMBER;
	v->text.at = p;
	v->text.len = decimal_scan(rest, &v->number);
	if (v->text.len == 0)
		return broken(s, "a wrong number");
	return p + v->text.len;
}

/* A value that holds no other. */
static inline const uint8_t *
scan_scalar(struct json_scan *s, const uint8_t *p, struct scan_value *v)
{
	uint8_t c = byte_at(p, s->end);

	if (c == '"')
		return scan_string(s, p + 1, v);
	if ((c >= '0' && c <= '9') || c == '-')
		return scan_number(s, p, v);
	if (c == 't')
		return scan_word(s, p, v, "true", 4, SCAN_TRUE);
	if (c == 'f')
		return scan_word(s, p, v, "false", 5, SCAN_FALSE);
	return scan_word(s, p, v, "null", 4, SCAN_NULL);
}

/* A key and its colon, and the space around them; ends at the value. */
static inline const uint8_t *
scan_key(struct json_scan *s, const uint8_t *p, struct scan_value *key)
{
	p = skip_space(p, s->end);
	if (byte_at(p, s->end) != '"')
		return broken(s, "no key where one must be");
	p = scan_string(s, p + 1, key);
	if (p == NULL)
		return NULL;
	p = skip_space(p, s->end);
	if (byte_at(p, s->end) != ':')
		return broken(s, "no colon after a key");
	return skip_space(p + 1, s->end);
}

/* Which brackets are open, one bit each, the innermost lowest: 1 an object. */
struct nest {
	uint64_t objects;
	unsigned depth;
	bool empty; /* the one opened last closes at once */
};

/* An opening bracket, and the first key of an object that has one. */
static const uint8_t *
nest_open(struct json_scan *s, const uint8_t *p, struct nest *n)
{
	struct scan_value key;
	bool object = *p == '{';

	if (n->depth == JSON_SCAN_DEPTH - 1) /* and the object around it all */
		return broken(s, "nested too deeply");
	n->objects = n->objects << 1 | object;
	n->depth++;
	p = skip_space(p + 1, s->end);
	n->empty = byte_at(p, s->end) == (object ? '}' : ']');
	return object && !n->empty ? scan_key(s, p, &key) : p;
}

/* After a value: close what closes, and step over the comma before the next one. */
static const uint8_t *
nest_next(struct json_scan *s, const uint8_t *p, struct nest *n)
{
	struct scan_value key;

	while (n->depth > 0) {
		bool object = n->objects & 1;
		uint8_t c;

		p = skip_space(p, s->end);
		c = byte_at(p, s->end);
		if (c == ',')
			return object ? scan_key(s, p + 1, &key)
				      : skip_space(p + 1, s->end);
		if (c != (object ? '}' : ']'))
			return broken(s, "neither a comma nor the bracket that fits");
		n->objects >>= 1;
		n->depth--;
		p++;
	}
	return p;
}

/* An object or an array, checked to its closing bracket without recursion. */
static __attribute__((noinline)) const uint8_t *
scan_nested(struct json_scan *s, const uint8_t *p, struct scan_value *v)
{
	struct nest n = { 0 };
	struct scan_value inner;

	v->kind = *p == '{' ? SCAN_OBJECT : SCAN_ARRAY;
	v->text.at = p;
	do {
		uint8_t c = byte_at(p, s->end);

		if (c == '{' || c == '[') {
			p = nest_open(s, p, &n);
			if (!n.empty)
				continue;
		} else {
			p = scan_scalar(s, p, &inner);
		}
		if (p != NULL)
			p = nest_next(s, p, &n);
	} while (p != NULL && n.depth > 0);
	if (p != NULL)
		v->text.len = (size_t)(p - v->text.at);
	return p;
}

void
json_scan_open(struct json_scan *s, struct span text)
{
	*s = (struct json_scan){ 0 };
	if (text.len > 0) {
		s->end = s->limit = text.at + text.len;
		s->at = skip_space(text.at, s->end);
	}
	if (s->at == s->end || *s->at != '{')
		s->at = broken(s, "no object");
}

/* Where the next key must be, or NULL at the end; the bracket that opens is still there. */
static __attribute__((noinline)) const uint8_t *
next_key(struct json_scan *s)
{
	const uint8_t *p = skip_space(s->at, s->end);
	uint8_t c = byte_at(p, s->end);

	if (!s->begun) {
		s->begun = true;
		p = skip_space(p + 1, s->end);
		if (byte_at(p, s->end) != '}')
			return p;
		c = '}';
	}
	if (c == ',')
		return p + 1;
	if (c != '}')
		return broken(s, p == s->end ? "cut" : "no comma between members");
	p = skip_space(p + 1, s->end);
	return p == s->end ? NULL : broken(s, "something after the object");
}

bool
json_scan_value(struct json_scan *s, const uint8_t *p, struct scan_value *value)
{
	uint8_t c;

	p = skip_space(p, s->end); /* of which there was less when it was guessed */
	c = byte_at(p, s->end);
	s->begun = true;
	if (c == '{' || c == '[')
		s->at = scan_nested(s, p, value);
	else
		s->at = scan_scalar(s, p, value);
	return s->at != NULL;
}

bool
json_scan_member(struct json_scan *s, struct scan_value *key, struct scan_value *value)
{
	const uint8_t *p = s->at;

	if (p == NULL)
		return false;
	/* The first byte is the opening bracket: a comma has a member before it. */
	p = byte_at(p, s->end) == ',' ? p + 1 : next_key(s);
	if (p != NULL)
		p = scan_key(s, p, key);
	if (p != NULL)
		return json_scan_value(s, p, value);
	s->at = NULL;
	return false;
}

void
json_scan_learn(struct scan_guess *g, const uint8_t *from, const struct scan_value *value)
{
	const uint8_t *to = value->text.at - (value->kind == SCAN_STRING);
	size_t n = (size_t)(to - from);

	*g = (struct scan_guess){ 0 };
	if (n > sizeof g->text)
		return;
	memcpy(g->text, from, n);
	g->rest = (uint32_t)(UINT64_C(0xffffffff) << n);
	g->len = (uint32_t)n;
}

static size_t
put_utf8(unsigned c, uint8_t out[static 4])
{
	if (c < 0x80) {
		out[0] = (uint8_t)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (uint8_t)(0xc0 | c >> 6);
		out[1] = (uint8_t)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (uint8_t)(0xe0 | c >> 12);
		out[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
		out[2] = (uint8_t)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (uint8_t)(0xf0 | c >> 18);
	out[1] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
	out[2] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
	out[3] = (uint8_t)(0x80 | (c & 0x3f));
	return 4;
}

bool
json_scan_unescape(
    const struct scan_value *v, uint8_t *room, size_t room_len, struct span *out)
{
	const uint8_t *p = v->text.at, *end = p + v->text.len;
	size_t used = 0;

	while (p < end) {
		uint8_t one[4] = { *p };
		size_t n = 1, step = 1;
		unsigned c;

		if (*p == '\\') {
			step = escape(p, end, &c);
			CHECK(step > 0); /* the scan saw it */
			n = put_utf8(c, one);
		}
		if (n > room_len - used)
			return false;
		memcpy(room + used, one, n);
		used += n;
		p += step;
	}
	*out = (struct span){ .at = room, .len = used };
	return true;
}
