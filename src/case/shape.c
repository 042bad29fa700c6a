/* SPDX-License-Identifier: Apache-2.0 */
#include "case/shape.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/stamp.h"

#define LINE_MAX_BYTES 512
#define NUMBER_MAX     ((INT64_C(1) << 53) - 1)

bool
shape_is_id(const char *s)
{
	size_t n = strlen(s);

	if (n == 0 || n > SHAPE_ID_MAX || !isalnum((unsigned char)s[0]))
		return false;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] > 0x7e ||
		    (!isalnum((unsigned char)s[i]) && strchr("._-:+", s[i]) == NULL))
			return false;
	return true;
}

bool
shape_is_hash(const char *s)
{
	return strlen(s) == DIGEST_HEX - 1 &&
	       strspn(s, "0123456789abcdef") == DIGEST_HEX - 1;
}

static bool
is_date(const char *s)
{
	static const char form[] = "dddd-dd-dd";
	size_t n = strlen(s);
	char whole[32], again[STAMP_TEXT];
	uint64_t t;

	if (n != 4 && n != 7 && n != 10)
		return stamp_parse((struct span){ (const uint8_t *)s, n }, &t);
	for (size_t i = 0; i < n; i++)
		if (form[i] == 'd' ? !isdigit((unsigned char)s[i]) : s[i] != form[i])
			return false;
	(void)snprintf(whole, sizeof whole, "%s%sT00:00:00Z", s, &"-01-01"[n - 4]);
	/* The thirtieth of February comes back as another day. */
	return stamp_parse((struct span){ (const uint8_t *)whole, strlen(whole) }, &t) &&
	       strncmp(stamp_text(t, again), whole, 10) == 0;
}

static bool
has_control(const char *s, size_t n, bool breaks)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if ((c < 0x20 || c == 0x7f) && !(breaks && (c == '\n' || c == '\t')))
			return true;
	}
	return false;
}

static bool
is_one_of(const char *s, const char *const *words)
{
	for (; *words; words++)
		if (strcmp(s, *words) == 0)
			return true;
	return false;
}

static enum status
check_string(const struct shape_field *f, json_t *v, struct error *err)
{
	const char *s = json_string_value(v);
	size_t n = json_string_length(v), max = f->max ? f->max : LINE_MAX_BYTES;

	if (s == NULL)
		return error_set(err, E_FORMAT, "is not a text");
	if (n == 0)
		return error_set(err, E_FORMAT, "is empty");
	if (n > max)
		return error_set(err, E_LIMIT, "is longer than %zu bytes", max);
	if (has_control(s, n, f->type == SHAPE_TEXT))
		return error_set(err, E_FORMAT, "holds a control character");
	if (f->type == SHAPE_ID && !shape_is_id(s))
		return error_set(err, E_FORMAT,
		    "is not an id of 1 to %d letters, digits and . _ - : +", SHAPE_ID_MAX);
	if (f->type == SHAPE_HASH && !shape_is_hash(s))
		return error_set(err, E_FORMAT, "is not a SHA-256 in lower-case hex");
	if (f->type == SHAPE_DATE && !is_date(s))
		return error_set(
		    err, E_FORMAT, "is not a date (2023-07-26) or a time of RFC 3339");
	if (f->type == SHAPE_WORD && !is_one_of(s, f->words)) {
		enum status st = error_set(err, E_FORMAT, "is none of %s", f->words[0]);

		for (const char *const *w = f->words + 1; *w; w++) {
			size_t at = strlen(err->text);

			(void)snprintf(err->text + at, sizeof err->text - at, ", %s", *w);
		}
		return st;
	}
	return OK;
}

static enum status check_object(
    const struct shape *, json_t *, unsigned depth, struct error *);

static enum status
check_value(const struct shape_field *f, json_t *v, unsigned depth, struct error *err)
{
	switch (f->type) {
	case SHAPE_UINT:
		if (!json_is_integer(v) || json_integer_value(v) < 0 ||
		    json_integer_value(v) > NUMBER_MAX)
			return error_set(
			    err, E_FORMAT, "is not a whole number from 0 to 2^53 - 1");
		return OK;
	case SHAPE_BOOL:
		if (!json_is_boolean(v))
			return error_set(err, E_FORMAT, "is not true or false");
		return OK;
	case SHAPE_OBJECT:
		return check_object(f->inner, v, depth + 1, err);
	case SHAPE_LINE:
	case SHAPE_TEXT:
	case SHAPE_ID:
	case SHAPE_HASH:
	case SHAPE_DATE:
	case SHAPE_WORD:
		return check_string(f, v, err);
	}
	return error_set(err, E_FORMAT, "has no type");
}

static enum status
check_field(const struct shape_field *f, json_t *v, unsigned depth, struct error *err)
{
	enum status st;

	if (f->list == 0) {
		st = check_value(f, v, depth, err);
		if (st != OK)
			error_wrap(err, "%s", f->key);
		return st;
	}
	if (!json_is_array(v))
		return error_set(err, E_FORMAT, "%s: is not a list", f->key);
	if (json_array_size(v) > f->list)
		return error_set(err, E_LIMIT, "%s: has more than %u", f->key, f->list);
	for (size_t i = 0; i < json_array_size(v); i++) {
		st = check_value(f, json_array_get(v, i), depth, err);
		if (st != OK) {
			error_wrap(err, "%s[%zu]", f->key, i);
			return st;
		}
	}
	return OK;
}

static const struct shape_field *
field_of(const struct shape *s, const char *key)
{
	for (unsigned i = 0; i < s->n; i++)
		if (strcmp(s->field[i].key, key) == 0)
			return &s->field[i];
	return NULL;
}

static enum status
check_object(const struct shape *s, json_t *v, unsigned depth, struct error *err)
{
	const char *key;
	json_t *value;

	CHECK(depth < SHAPE_DEPTH);
	if (!json_is_object(v))
		return error_set(err, E_FORMAT, "is not an object");
	json_object_foreach(v, key, value)
	{
		const struct shape_field *f = field_of(s, key);
		enum status st = OK;

		if (f == NULL)
			return error_set(err, E_FORMAT, "has a key that is not understood");
		st = check_field(f, value, depth, err);
		if (st != OK)
			return st;
	}
	for (unsigned i = 0; i < s->n; i++)
		if (s->field[i].required && json_object_get(v, s->field[i].key) == NULL)
			return error_set(err, E_FORMAT, "%s is missing", s->field[i].key);
	return OK;
}

enum status
shape_check(const struct shape *s, json_t *v, struct error *err)
{
	return check_object(s, v, 0, err);
}

enum status
shape_load(struct span json, json_t **out, struct error *err)
{
	json_error_t why;
	json_t *j;

	j = json_loadb((const char *)json.at, json.len, JSON_REJECT_DUPLICATES, &why);
	if (j == NULL)
		return error_set(
		    err, E_FORMAT, "not JSON at line %d, column %d", why.line, why.column);
	*out = j;
	return OK;
}

static int
put_bytes(const char *bytes, size_t n, void *out)
{
	buf_put(out, bytes, n);
	return 0;
}

/*
 * Sorted and compact is RFC 8785 for what passed a shape: keys are ASCII,
 * there are no reals, and of control characters only \n and \t, which jansson
 * spells as the RFC does.
 */
void
shape_put(const json_t *v, struct buf *out)
{
	if (json_dump_callback(v, put_bytes, out, JSON_COMPACT | JSON_SORT_KEYS) != 0)
		out->bad = true;
}

static json_t *object_schema(const struct shape *, unsigned depth);

static json_t *
words_schema(const char *const *words)
{
	json_t *list = json_array();

	for (; *words; words++)
		(void)json_array_append_new(list, json_string(*words));
	return json_pack("{s:o}", "enum", list);
}

static json_t *
value_schema(const struct shape_field *f, unsigned depth)
{
	int max = (int)(f->max ? f->max : LINE_MAX_BYTES);

	switch (f->type) {
	case SHAPE_ID:
		return json_pack("{s:s, s:s}", "type", "string", "pattern",
		    "^[A-Za-z0-9][A-Za-z0-9._:+-]{0,63}$");
	case SHAPE_HASH:
		return json_pack(
		    "{s:s, s:s}", "type", "string", "pattern", "^[0-9a-f]{64}$");
	case SHAPE_DATE:
		return json_pack("{s:s, s:s}", "type", "string", "pattern",
		    "^[0-9]{4}(-[0-9]{2}(-[0-9]{2}([Tt ].*)?)?)?$");
	case SHAPE_WORD:
		return words_schema(f->words);
	case SHAPE_UINT:
		return json_pack("{s:s, s:i, s:I}", "type", "integer", "minimum", 0,
		    "maximum", (json_int_t)NUMBER_MAX);
	case SHAPE_BOOL:
		return json_pack("{s:s}", "type", "boolean");
	case SHAPE_OBJECT:
		return object_schema(f->inner, depth + 1);
	case SHAPE_LINE:
	case SHAPE_TEXT:
		break;
	}
	return json_pack(
	    "{s:s, s:i, s:i}", "type", "string", "minLength", 1, "maxLength", max);
}

static json_t *
object_schema(const struct shape *s, unsigned depth)
{
	json_t *properties = json_object(), *required = json_array();

	CHECK(depth < SHAPE_DEPTH);
	for (unsigned i = 0; i < s->n; i++) {
		const struct shape_field *f = &s->field[i];
		json_t *v = value_schema(f, depth);

		if (f->list)
			v = json_pack("{s:s, s:i, s:o}", "type", "array", "maxItems",
			    (int)f->list, "items", v);
		(void)json_object_set_new(properties, f->key, v);
		if (f->required)
			(void)json_array_append_new(required, json_string(f->key));
	}
	return json_pack("{s:s, s:b, s:o, s:o}", "type", "object", "additionalProperties",
	    0, "properties", properties, "required", required);
}

json_t *
shape_schema(const struct shape *s, const char *title)
{
	json_t *schema = object_schema(s, 0);

	(void)json_object_set_new(
	    schema, "$schema", json_string("https://json-schema.org/draft/2020-12/schema"));
	(void)json_object_set_new(schema, "title", json_string(title));
	return schema;
}
