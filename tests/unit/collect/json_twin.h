/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_twin.h - the scanner of log lines beside jansson, for its tests and its
 * fuzz target.
 *
 * Both must say the same of every text: whether it is one JSON object, and
 * what its members are. Where they differ on purpose:
 *
 *	depth    the scanner refuses past JSON_SCAN_DEPTH, jansson past 2048
 *	numbers  the scanner takes any that the grammar allows, jansson refuses
 *	         whole ones past 2^63 and others past what a double holds
 *	NUL      the scanner refuses one anywhere, jansson steps over one behind
 *	         a number
 *	keys     the scanner hands out every member, of members with the same
 *	         key jansson keeps the last; and jansson's keys may not hold a
 *	         NUL, not even escaped
 */
#ifndef TESTS_JSON_TWIN_H
#define TESTS_JSON_TWIN_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/error.h"
#include "collect/json_scan.h"

struct twin_count {
	bool accepted;
	size_t members;
};

static inline void
twin_number(const struct scan_value *v, const json_t *j)
{
	char text[64];
	double real, near;

	CHECK(json_is_number(j));
	if (v->text.len >= sizeof text)
		return; /* a long one; its digits are decimal's own test */
	memcpy(text, v->text.at, v->text.len);
	text[v->text.len] = '\0';
	if (json_is_integer(j)) {
		uint64_t whole;

		CHECK(strtoll(text, NULL, 10) == json_integer_value(j));
		if (decimal_whole(&v->number, &whole))
			CHECK(whole == (uint64_t)json_integer_value(j));
		else
			CHECK(json_integer_value(j) < 0);
		return;
	}
	real = strtod(text, NULL);
	CHECK(real == json_real_value(j));
	(void)snprintf(text, sizeof text, "%s%" PRIu64 "e%d", v->number.negative ? "-" : "",
	    v->number.digits, v->number.exponent);
	near = strtod(text, NULL);
	CHECK(near == real || v->number.inexact);
}

static inline void
twin_value(const struct scan_value *v, const json_t *j)
{
	uint8_t *room = malloc(v->text.len + 1);
	struct span s;

	CHECK(room != NULL && j != NULL);
	switch (v->kind) {
	case SCAN_NULL:
		CHECK(json_is_null(j));
		break;
	case SCAN_TRUE:
	case SCAN_FALSE:
		CHECK(json_is_boolean(j) && json_is_true(j) == (v->kind == SCAN_TRUE));
		break;
	case SCAN_NUMBER:
		twin_number(v, j);
		break;
	case SCAN_STRING:
		CHECK(json_scan_text(v, room, v->text.len, &s));
		CHECK(json_is_string(j) && json_string_length(j) == s.len);
		CHECK(s.len == 0 || memcmp(json_string_value(j), s.at, s.len) == 0);
		break;
	case SCAN_OBJECT:
		CHECK(json_is_object(j));
		break;
	case SCAN_ARRAY:
		CHECK(json_is_array(j));
		break;
	}
	free(room);
}

/* Every member the scanner finds is there, and the last of each key is the same. */
static inline void
twin_members(struct span text, const json_t *root, size_t *members)
{
	struct scan_value key, value;
	struct json_scan s;
	json_t *left = json_deep_copy(root);

	*members = 0;
	json_scan_open(&s, text);
	while (json_scan_member(&s, &key, &value)) {
		uint8_t *name = malloc(key.text.len + 1);
		struct json_scan rest = s;
		struct scan_value k2, v2;
		bool last = true;
		struct span n;

		CHECK(name != NULL && json_scan_text(&key, name, key.text.len, &n));
		memmove(name, n.at, n.len);
		name[n.len] = '\0';
		while (last && json_scan_member(&rest, &k2, &v2)) {
			uint8_t *other = malloc(k2.text.len + 1);
			struct span o;

			CHECK(other && json_scan_text(&k2, other, k2.text.len, &o));
			last = o.len != n.len || memcmp(o.at, name, o.len) != 0;
			free(other);
		}
		if (last) {
			twin_value(&value, json_object_get(root, (char *)name));
			CHECK(json_object_del(left, (char *)name) == 0);
		}
		free(name);
		(*members)++;
	}
	CHECK(s.why == NULL && json_object_size(left) == 0);
	json_decref(left);
}

static inline bool
twin_same(struct span a, struct span b)
{
	return a.at == b.at && a.len == b.len;
}

/*
 * A guess at the next key, right or wrong, changes nothing. The text is where its end
 * may not be read past, and once more where it may.
 */
static inline void
twin_guesses(struct span text, const uint8_t *limit)
{
	struct scan_value key, value, k2, v2;
	struct json_scan plain, guessing;
	struct scan_guess g = { 0 };
	bool more, sure;

	json_scan_open(&plain, text);
	json_scan_open(&guessing, text);
	guessing.limit = limit;
	for (size_t i = 0;; i++) {
		const uint8_t *from = plain.at, *at;

		more = json_scan_member(&plain, &key, &value);
		sure = more && i % 2 == 0; /* else the one before is the guess */
		if (sure)
			json_scan_learn(&g, from, &value);
		at = json_scan_try(&guessing, &g);
		if (at == NULL) {
			CHECK(!sure || g.len == 0 || limit - from < SCAN_GUESS);
			CHECK(json_scan_member(&guessing, &k2, &v2) == more);
		} else {
			CHECK(json_scan_value(&guessing, at, &v2) == more);
		}
		if (!more)
			break;
		CHECK(twin_same(value.text, v2.text) && value.kind == v2.kind);
		CHECK(plain.at == guessing.at);
	}
	CHECK(plain.why == guessing.why);
}

static inline bool
twin_excused(const char *why, const json_error_t *err)
{
	enum json_error_code code = json_error_code(err);

	return why != NULL || code == json_error_numeric_overflow ||
	       code == json_error_null_byte_in_key;
}

/* Compare what both say; CHECK fails where they differ without an excuse. */
static inline struct twin_count
twin_compare(struct span text)
{
	struct twin_count count = { 0 };
	struct scan_value key, value;
	json_error_t err;
	struct json_scan s;
	json_t *root;

	json_scan_open(&s, text);
	while (json_scan_member(&s, &key, &value))
		;
	count.accepted = s.why == NULL;
	if (text.len > 0) {
		uint8_t *longer = calloc(1, text.len + SCAN_GUESS);

		CHECK(longer != NULL);
		memcpy(longer, text.at, text.len);
		longer[text.len] = '\n';
		twin_guesses(text, text.at + text.len);
		twin_guesses(
		    (struct span){ longer, text.len }, longer + text.len + SCAN_GUESS);
		free(longer);
	}
	if (text.len == 0 || memchr(text.at, 0, text.len) != NULL) {
		CHECK(!count.accepted);
		return count;
	}
	root = json_loadb((const char *)text.at, text.len, JSON_ALLOW_NUL, &err);
	if (json_is_object(root)) {
		if (s.why == NULL)
			twin_members(text, root, &count.members);
		else
			CHECK(strcmp(s.why, "nested too deeply") == 0);
	} else if (root != NULL) {
		CHECK(s.why != NULL && strcmp(s.why, "no object") == 0);
	} else {
		CHECK(twin_excused(s.why, &err));
	}
	json_decref(root);
	return count;
}

#endif
