/* SPDX-License-Identifier: Apache-2.0 */
#include "case/journal.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "base/base64.h"
#include "base/json.h"
#include "evidence/canonical.h"
#include "evidence/dsse.h"
#include "evidence/leaf.h"
#include "case/shape.h"

#define ENTRY_KEYS 7

static bool
hex_digest(const char *hex, struct digest *out)
{
	static const char digits[] = "0123456789abcdef";

	if (!shape_is_hash(hex))
		return false;
	for (size_t i = 0; i < DIGEST_BYTES; i++)
		out->b[i] = (uint8_t)((strchr(digits, hex[2 * i]) - digits) << 4 |
				      (strchr(digits, hex[2 * i + 1]) - digits));
	return true;
}

static bool
literal(struct cursor *c, const char *text)
{
	struct span s = cursor_take(c, strlen(text));

	if (s.len > 0 && memcmp(s.at, text, s.len) != 0)
		c->bad = true;
	return !c->bad;
}

/* The frame around the entry has one spelling, so no JSON library is asked. */
static bool
take_frame(struct span line, struct journal_entry *e)
{
	struct cursor c = cursor_of(line);
	struct span sig;

	if (!literal(&c, "{\"entry\":") || !canonical_value(&c, &e->entry))
		return false;
	(void)literal(&c, ",\"key\":\"");
	cursor_copy(&c, e->key, DIGEST_HEX - 1);
	e->key[DIGEST_HEX - 1] = '\0';
	(void)literal(&c, "\",\"sig\":\"");
	sig = cursor_take(&c, BASE64_CHARS(SIGNATURE_BYTES));
	(void)literal(&c, "\"}");
	if (c.bad || c.left > 0 || !shape_is_hash(e->key) ||
	    !base64_decode_exact(sig, e->sig, SIGNATURE_BYTES))
		return false;
	c = cursor_of(e->entry);
	return literal(&c, "{\"body\":") && canonical_value(&c, &e->body);
}

static bool
take_text(json_t *j, const char *key, char *out, size_t size)
{
	json_t *v = json_object_get(j, key);
	size_t n = json_string_length(v);

	if (!json_is_string(v) || n == 0 || n >= size)
		return false;
	memcpy(out, json_string_value(v), n + 1);
	return true;
}

/* A time has one spelling too. */
static bool
is_stamp(const char *text)
{
	char again[STAMP_TEXT];
	uint64_t t;

	return stamp_parse((struct span){ (const uint8_t *)text, strlen(text) }, &t) &&
	       strcmp(stamp_text(t, again), text) == 0;
}

static bool
take_entry(json_t *j, struct journal_entry *e)
{
	json_t *n = json_object_get(j, "n");
	char prev[DIGEST_HEX], salt[DIGEST_HEX];

	if (json_object_size(j) != ENTRY_KEYS || !json_is_integer(n) ||
	    json_integer_value(n) < 1 || !json_is_object(json_object_get(j, "body")))
		return false;
	e->n = (uint64_t)json_integer_value(n);
	return take_text(j, "kind", e->kind, sizeof e->kind) &&
	       take_text(j, "id", e->id, sizeof e->id) && shape_is_id(e->id) &&
	       take_text(j, "time", e->time, sizeof e->time) && is_stamp(e->time) &&
	       take_text(j, "prev", prev, sizeof prev) && hex_digest(prev, &e->prev) &&
	       take_text(j, "salt", salt, sizeof salt) && shape_is_hash(salt);
}

enum status
journal_parse(struct span line, struct journal_entry *out, struct error *err)
{
	struct journal_entry e = { 0 };
	json_t *j;
	bool ok;

	if (line.len > JOURNAL_LINE_MAX)
		return error_set(
		    err, E_LIMIT, "the line is longer than %zu bytes", JOURNAL_LINE_MAX);
	if (!take_frame(line, &e))
		return error_set(
		    err, E_FORMAT, "this is not a line as a case is written in");
	j = json_loadb((const char *)e.entry.at, e.entry.len, JSON_REJECT_DUPLICATES, NULL);
	ok = j && take_entry(j, &e);
	if (ok) {
		e.value = json_incref(json_object_get(j, "body"));
		e.line = digest_of(line);
	}
	json_decref(j);
	if (!ok)
		return error_set(err, E_FORMAT, "the entry is not as a case is written in");
	*out = e;
	return OK;
}

void
journal_release(struct journal_entry *e)
{
	json_decref(e->value);
	e->value = NULL;
}

static void
encode_entry(const struct journal_new *w, struct buf *out)
{
	char hex[DIGEST_HEX], time[STAMP_TEXT];
	struct digest salt;
	struct json j;

	static_assert(sizeof salt.b == JOURNAL_SALT, "a salt is printed as a digest");
	memcpy(salt.b, w->salt, sizeof salt.b);
	json_init(&j, out);
	json_open(&j, '{');
	json_key(&j, "body"), json_raw(&j, w->body);
	json_key(&j, "id"), json_str(&j, w->id);
	json_key(&j, "kind"), json_str(&j, w->kind);
	json_key(&j, "n"), json_uint(&j, w->n);
	json_key(&j, "prev"), json_str(&j, digest_hex(&w->prev, hex));
	json_key(&j, "salt"), json_str(&j, digest_hex(&salt, hex));
	json_key(&j, "time"), json_str(&j, stamp_text(w->time_ns, time));
	json_close(&j, '}');
}

enum status
journal_sign(
    const struct journal_new *w, const struct key *key, struct buf *out, struct error *err)
{
	uint8_t sig[SIGNATURE_BYTES];
	struct digest id = key_id(key);
	char hex[DIGEST_HEX];
	struct buf entry, pae;
	enum status st;

	buf_init(&entry, JOURNAL_LINE_MAX - 512);
	buf_init(&pae, JOURNAL_LINE_MAX);
	encode_entry(w, &entry);
	dsse_pae(JOURNAL_TYPE, buf_span(&entry), &pae);
	st = buf_state(&entry, "the entry", err);
	if (st == OK)
		st = buf_state(&pae, "what is signed", err);
	if (st == OK)
		st = key_sign(key, buf_span(&pae), sig, err);
	if (st == OK) {
		buf_puts(out, "{\"entry\":");
		buf_put(out, entry.at, entry.len);
		buf_printf(out, ",\"key\":\"%s\",\"sig\":\"", digest_hex(&id, hex));
		base64_encode((struct span){ sig, sizeof sig }, out);
		buf_puts(out, "\"}\n");
		st = buf_state(out, "the line", err);
	}
	buf_release(&entry), buf_release(&pae);
	return st;
}

/* The hash of what is signed, or the check of its signature: both want the PAE. */
bool
journal_is_signed(const struct journal_entry *e, const struct key *key)
{
	struct buf pae;
	bool ok;

	buf_init(&pae, e->entry.len + 128);
	dsse_pae(JOURNAL_TYPE, e->entry, &pae);
	ok = !pae.bad &&
	     key_verifies(key, buf_span(&pae), (struct span){ e->sig, sizeof e->sig });
	buf_release(&pae);
	return ok;
}

void
journal_leaf(const struct journal_entry *e, const struct key *key, struct buf *out)
{
	struct signature sig = { .n = SIGNATURE_BYTES };
	struct digest d;
	struct buf pae;

	buf_init(&pae, e->entry.len + 128);
	dsse_pae(JOURNAL_TYPE, e->entry, &pae);
	d = digest_of(buf_span(&pae));
	out->bad |= pae.bad;
	memcpy(sig.at, e->sig, SIGNATURE_BYTES);
	leaf_encode(key, &d, &sig, out);
	buf_release(&pae);
}

void
journal_read(struct journal_reader *r, struct span bytes)
{
	*r = (struct journal_reader){ .left = bytes };
}

enum status
journal_next(
    struct journal_reader *r, struct journal_entry *out, bool *more, struct error *err)
{
	const uint8_t *end = r->left.len ? memchr(r->left.at, '\n', r->left.len) : NULL;
	struct journal_entry e;
	struct span line;
	enum status st;

	if (end == NULL) {
		*more = false;
		return OK;
	}
	line = (struct span){ r->left.at, (size_t)(end - r->left.at) };
	st = journal_parse(line, &e, err);
	if (st == OK && e.n != r->n + 1)
		st = error_set(err, E_DIFFERS, "it says it is number %" PRIu64, e.n);
	else if (st == OK && memcmp(&e.prev, &r->head, sizeof e.prev) != 0)
		st = error_set(err, E_DIFFERS,
		    "it does not follow the line before: one of the two was changed");
	if (st != OK) {
		if (st == E_DIFFERS)
			journal_release(&e);
		error_wrap(err, "journal line %" PRIu64, r->n + 1);
		return st;
	}
	r->left.at = end + 1;
	r->left.len -= line.len + 1;
	r->n++;
	r->head = e.line;
	*out = e;
	*more = true;
	return OK;
}
