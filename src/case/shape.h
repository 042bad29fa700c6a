/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shape.h - what a JSON object from somebody else must look like.
 *
 * A table says which keys there are, what each holds and how much of it; a
 * key that is not in the table is refused, so that nothing is taken in that
 * nobody looks at. Text is UTF-8 without control characters (SHAPE_TEXT may
 * have line breaks and tabs); numbers are integers. What passed has one
 * canonical spelling (shape_put).
 */
#ifndef CASE_SHAPE_H
#define CASE_SHAPE_H

#include <jansson.h>

#include "base/buf.h"

#define SHAPE_ID_MAX 64 /* bytes of an id */

enum shape_type {
	SHAPE_LINE, /* text on one line */
	SHAPE_TEXT, /* may have line breaks */
	SHAPE_ID, /* letters, digits and . _ - : +, 1 to 64; begins with a letter or digit */
	SHAPE_HASH, /* 64 lower-case hex digits */
	SHAPE_DATE, /* 2023, 2023-07, 2023-07-26 or RFC 3339 */
	SHAPE_WORD, /* one of `words` */
	SHAPE_UINT, /* 0 to 2^53 - 1 */
	SHAPE_BOOL,
	SHAPE_OBJECT, /* of shape `inner` */
};

struct shape;

struct shape_field {
	const char *key;
	enum shape_type type;
	bool required;
	unsigned list;            /* 0: one value; else a list of at most so many */
	unsigned max;             /* bytes of a LINE or TEXT; 0: 512 */
	const char *const *words; /* NULL-terminated */
	const struct shape *inner;
};

/* Shapes nest by their tables, never by their input: at most SHAPE_DEPTH. */
#define SHAPE_DEPTH 4

struct shape {
	const struct shape_field *field;
	unsigned n;
};

/* OK, or E_FORMAT / E_LIMIT with the path of the offending value. */
enum status shape_check(const struct shape *, json_t *, struct error *) MUST_USE;

/* Strict: no duplicate keys, nothing behind the value. The caller decrefs. */
enum status shape_load(struct span json, json_t **out, struct error *) MUST_USE;

/* Canonical JSON of a value that was checked. */
void shape_put(const json_t *, struct buf *out);

/* The same as JSON Schema 2020-12, for who writes such a thing. New reference. */
json_t *shape_schema(const struct shape *, const char *title);

bool shape_is_id(const char *);
bool shape_is_hash(const char *);

#endif
