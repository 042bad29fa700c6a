/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trait_decode.c - the strict reader of trait lines.
 *
 * As flow_decode: every field once, of the right type and in range, and none
 * besides. The texts are written into a buffer that was made large enough
 * first, so that none of them moves.
 */
#include <jansson.h>
#include <string.h>

#include "record/finding.h"
#include "record/trait.h"
#include "record/trait_own.h"

/* One line being taken apart. After the first trouble the rest is skipped. */
struct reader {
	json_t *object;
	struct trait *trait;
	struct buf *text;
	struct error *err;
	enum status st;
};

static void
wrong(struct reader *r, const char *key, const char *why)
{
	if (r->st == OK)
		r->st = error_set(r->err, E_FORMAT, "field \"%s\" %s", key, why);
}

static json_t *
take(struct reader *r, json_t *object, const char *key)
{
	json_t *v = r->st == OK ? json_object_get(object, key) : NULL;

	if (v == NULL)
		wrong(r, key, "is missing");
	return v;
}

static uint64_t
take_uint(struct reader *r, json_t *object, const char *key, uint64_t most)
{
	json_t *v = take(r, object, key);
	json_int_t n = json_integer_value(v);

	if (v == NULL)
		return 0;
	if (!json_is_integer(v))
		wrong(r, key, "is not an integer");
	else if (n < 0 || (uint64_t)n > most)
		wrong(r, key, "is out of range");
	return r->st == OK ? (uint64_t)n : 0;
}

static bool
take_bool(struct reader *r, json_t *object, const char *key)
{
	json_t *v = take(r, object, key);

	if (v && !json_is_boolean(v))
		wrong(r, key, "is not a boolean");
	return r->st == OK && json_is_true(v);
}

/* Borrowed from the object. Empty after trouble. */
static struct span
take_string(struct reader *r, json_t *object, const char *key)
{
	json_t *v = take(r, object, key);

	if (v && !json_is_string(v))
		wrong(r, key, "is not a string");
	if (r->st != OK)
		return (struct span){ 0 };
	return (
	    struct span){ (const uint8_t *)json_string_value(v), json_string_length(v) };
}

static int
hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
hex_byte(const uint8_t *at, uint8_t *out)
{
	int high = hex_digit(at[0]), low = hex_digit(at[1]);

	if (high < 0 || low < 0)
		return false;
	*out = (uint8_t)(high << 4 | low);
	return true;
}

/* \\ and \xNN become what they stand for. */
static struct span
take_text(struct reader *r, json_t *object, const char *key, size_t most)
{
	struct span s = take_string(r, object, key);
	size_t from = r->text->len, n = 0;

	for (size_t i = 0; i < s.len && r->st == OK; n++) {
		uint8_t c = s.at[i];

		if (c != '\\') {
			i++;
		} else if (s.len - i >= 2 && s.at[i + 1] == '\\') {
			i += 2;
		} else if (s.len - i >= 4 && s.at[i + 1] == 'x' &&
			   hex_byte(s.at + i + 2, &c)) {
			i += 4;
		} else {
			wrong(r, key, "has a backslash that escapes nothing");
		}
		buf_putc(r->text, (char)c);
	}
	if (n > most)
		wrong(r, key, "is too long");
	if (r->st != OK || n == 0)
		return (struct span){ 0 };
	return (struct span){ (const uint8_t *)r->text->at + from, n };
}

static bool
take_hex(struct reader *r, json_t *object, const char *key, uint8_t *out, size_t n)
{
	struct span s = take_string(r, object, key);
	bool good = s.len == 0 || s.len == 2 * n;

	for (size_t i = 0; good && i < s.len / 2; i++)
		good = hex_byte(s.at + 2 * i, out + i);
	if (!good)
		wrong(r, key, "is not in hex, or not as long");
	return good && s.len > 0;
}

static struct ip
take_ip(struct reader *r, json_t *object, const char *key)
{
	struct ip ip = { 0 };

	if (!ip_parse(take_string(r, object, key), &ip))
		wrong(r, key, "is not an address");
	return ip;
}

static uint8_t
take_proto(struct reader *r, const char *key)
{
	struct span s = take_string(r, r->object, key);

	for (unsigned n = 0; n < 256 && r->st == OK; n++) {
		char room[8];
		const char *text = proto_text((uint8_t)n, room);

		if (s.len == strlen(text) && memcmp(s.at, text, s.len) == 0)
			return (uint8_t)n;
	}
	wrong(r, key, "is not a protocol");
	return 0;
}

static void
refuse_members(struct reader *r, json_t *object, size_t expected)
{
	if (r->st == OK && json_object_size(object) != expected)
		r->st = error_set(r->err, E_FORMAT, "%zu fields where there are %zu",
		    json_object_size(object), expected);
}

static void
take_answer(struct reader *r, json_t *object, struct trait_answer *a)
{
	if (!json_is_object(object)) {
		wrong(r, "answers", "holds something that is no answer");
		return;
	}
	a->is_address = take_bool(r, object, "address");
	if (a->is_address)
		a->address = take_ip(r, object, "data");
	else
		a->text = take_text(r, object, "data", TRAIT_TEXT);
	a->ttl = (uint32_t)take_uint(r, object, "ttl", UINT32_MAX);
	a->type = (uint16_t)take_uint(r, object, "type", UINT16_MAX);
	refuse_members(r, object, 4);
}

static void
take_answers(struct reader *r, const char *key)
{
	json_t *v = take(r, r->object, key);
	struct trait_dns *d = &r->trait->dns;
	size_t n = json_array_size(v);

	if (v && !json_is_array(v))
		wrong(r, key, "is not a list");
	if (n > TRAIT_ANSWERS)
		wrong(r, key, "holds too many");
	for (size_t i = 0; i < n && r->st == OK; i++)
		take_answer(r, json_array_get(v, i), &d->answer[i]);
	d->answers = r->st == OK ? (unsigned)n : 0;
}

static enum trait_outcome
take_outcome(struct reader *r, const char *key)
{
	if (json_is_null(take(r, r->object, key)))
		return TRAIT_UNKNOWN;
	return take_bool(r, r->object, key) ? TRAIT_YES : TRAIT_NO;
}

static void
take_ja4(struct reader *r, const char *key, char *out)
{
	struct span s = take_string(r, r->object, key);
	bool good = s.len <= TRAIT_JA4;

	for (size_t i = 0; good && i < s.len; i++)
		good = s.at[i] > ' ' && s.at[i] < 0x7f;
	if (!good)
		wrong(r, key, "is not a JA4");
	else if (s.len > 0)
		memcpy(out, s.at, s.len);
}

static void
take_uid(struct reader *r, const char *key)
{
	uint8_t be[8] = { 0 };
	bool some = take_hex(r, r->object, key, be, sizeof be);

	for (size_t i = 0; i < sizeof be; i++)
		r->trait->uid = r->trait->uid << 8 | be[i];
	if (some && r->trait->uid == 0)
		wrong(r, key, "is zero, which is written as nothing");
}

static void
set_uint(uint8_t *at, size_t size, uint64_t v)
{
	uint32_t v32 = (uint32_t)v;
	uint16_t v16 = (uint16_t)v;

	if (size == sizeof v)
		memcpy(at, &v, sizeof v);
	else if (size == sizeof v32)
		memcpy(at, &v32, sizeof v32);
	else if (size == sizeof v16)
		memcpy(at, &v16, sizeof v16);
	else
		*at = (uint8_t)v;
}

static void
take_fingerprint(struct reader *r, const struct trait_field *f, uint8_t *at)
{
	bool known = take_hex(r, r->object, f->key, at, f->size);

	if (f->type == FIELD_JA3 && known)
		r->trait->tls.flags |= (uint16_t)f->limit;
	if (f->type == FIELD_HASSH)
		*(bool *)((uint8_t *)r->trait + f->limit) = known;
}

static void
take_special(struct reader *r, const struct trait_field *f, uint8_t *at)
{
	switch (f->type) {
	case FIELD_IP:
		*(struct ip *)at = take_ip(r, r->object, f->key);
		return;
	case FIELD_PROTO:
		*at = take_proto(r, f->key);
		return;
	case FIELD_UID:
		take_uid(r, f->key);
		return;
	case FIELD_JA4:
		take_ja4(r, f->key, (char *)at);
		return;
	case FIELD_OUTCOME:
		r->trait->ssh.auth = take_outcome(r, f->key);
		return;
	case FIELD_ANSWERS:
		take_answers(r, f->key);
		return;
	default:
		take_fingerprint(r, f, at);
	}
}

static void
take_field(struct reader *r, const struct trait_field *f)
{
	uint8_t *at = (uint8_t *)r->trait + f->at;

	switch (f->type) {
	case FIELD_UINT:
		set_uint(at, f->size, take_uint(r, r->object, f->key, f->limit));
		return;
	case FIELD_TEXT:
		*(struct span *)at = take_text(r, r->object, f->key, f->limit);
		return;
	case FIELD_BOOL:
		*(bool *)at = take_bool(r, r->object, f->key);
		return;
	case FIELD_FLAG:
		if (take_bool(r, r->object, f->key))
			r->trait->tls.flags |= (uint16_t)f->limit;
		return;
	default:
		take_special(r, f, at);
	}
}

static void
take_kind(struct reader *r)
{
	struct span s = take_string(r, r->object, "_path");

	for (int k = TRAIT_DNS; k < TRAIT_KIND_COUNT && r->st == OK; k++) {
		const char *text = trait_kind_text((enum trait_kind)k);

		if (s.len == strlen(text) && memcmp(s.at, text, s.len) == 0) {
			r->trait->kind = (uint8_t)k;
			return;
		}
	}
	wrong(r, "_path", "is none of ours");
}

static void
take_all(struct reader *r)
{
	struct trait_fields all = trait_fields_common(), own;

	take_kind(r);
	own = trait_fields_of(r->trait->kind);
	for (size_t i = 0; i < all.n && r->st == OK; i++)
		take_field(r, &all.field[i]);
	for (size_t i = 0; i < own.n && r->st == OK; i++)
		take_field(r, &own.field[i]);
	refuse_members(r, r->object, 1 + all.n + own.n);
}

enum status
trait_decode(struct span line, struct buf *text, struct trait *out, struct error *err)
{
	struct trait t = { 0 };
	struct reader r = { .trait = &t, .text = text, .err = err };
	json_error_t why;

	if (line.len == 0 || line.len > TRAIT_LINE_MAX)
		return error_set(
		    err, E_FORMAT, "a trait line cannot have %zu bytes", line.len);
	/* No text is longer than its spelling: room for all of them, at once. */
	buf_reset(text);
	buf_put(text, line.at, line.len);
	r.st = buf_state(text, "the texts of a trait", err);
	buf_reset(text);
	if (r.st != OK)
		return r.st;
	r.object = json_loadb(
	    (const char *)line.at, line.len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &why);
	if (r.object == NULL)
		return error_set(
		    err, E_FORMAT, "not JSON at byte %d: %s", why.position, why.text);
	if (json_is_object(r.object))
		take_all(&r);
	else
		r.st = error_set(err, E_FORMAT, "not a JSON object");
	json_decref(r.object);
	if (r.st == OK)
		*out = t;
	return r.st;
}
