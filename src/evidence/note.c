/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/note.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/base64.h"
#include "base/utf8.h"

#define DASH        "\xe2\x80\x94 " /* U+2014 and a space */
#define TIME_BYTES  8
#define RAW_MAX     (NOTE_KEY_ID + TIME_BYTES + SIGNATURE_BYTES)
#define COSIGN_HEAD 64 /* "cosignature/v1\ntime <20 digits>\n" */

/* Unicode's White_Space beyond ASCII, as code points (PropList, stable). */
static bool
is_space(uint32_t c)
{
	return (c >= 0x09 && c <= 0x0d) || c == 0x20 || c == 0x85 || c == 0xa0 ||
	       c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 ||
	       c == 0x202f || c == 0x205f || c == 0x3000;
}

static uint32_t
code_point(const uint8_t *at, size_t n)
{
	static const uint8_t mask[5] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t c = at[0] & mask[n];

	for (size_t i = 1; i < n; i++)
		c = c << 6 | (at[i] & 0x3f);
	return c;
}

bool
note_name_is_sound(struct span name)
{
	if (name.len == 0 || name.len >= NOTE_NAME)
		return false;
	while (name.len > 0) {
		size_t n = utf8_length(name.at, name.len);

		if (n == 0 || name.at[0] == '+' || name.at[0] < 0x20 ||
		    is_space(code_point(name.at, n)))
			return false;
		name.at += n;
		name.len -= n;
	}
	return true;
}

/* The first four bytes of SHA-256(name || newline || type || key). */
static void
make_id(
    const char *name, uint8_t type, struct span material, uint8_t id[static NOTE_KEY_ID])
{
	const uint8_t between[2] = { '\n', type };
	struct digest_stream s;
	struct digest d;

	digest_stream_begin(&s);
	digest_stream_add(&s, (struct span){ (const uint8_t *)name, strlen(name) });
	digest_stream_add(&s, (struct span){ between, sizeof between });
	digest_stream_add(&s, material);
	d = digest_stream_end(&s);
	memcpy(id, d.b, NOTE_KEY_ID);
}

/* What stands before the next "+", which is stepped over. */
static struct span
before_plus(struct cursor *c)
{
	const uint8_t *plus = c->left ? memchr(c->at, '+', c->left) : NULL;
	struct span s;

	if (plus == NULL) {
		c->bad = true;
		return (struct span){ 0 };
	}
	s = cursor_take(c, (size_t)(plus - c->at));
	cursor_skip(c, 1);
	return s;
}

static bool
is_id(struct span hex, const uint8_t id[static NOTE_KEY_ID])
{
	char want[2 * NOTE_KEY_ID + 1];

	(void)snprintf(want, sizeof want, "%02x%02x%02x%02x", id[0], id[1], id[2], id[3]);
	return hex.len == 2 * NOTE_KEY_ID && memcmp(hex.at, want, hex.len) == 0;
}

/* The type and the key behind the second "+". */
static enum status
take_material(struct span material, struct span id, struct note_key *k, struct error *err)
{
	struct span raw;

	if (material.len < 2)
		return error_set(err, E_FORMAT, "the verifier key of %s is empty", k->name);
	k->type = material.at[0];
	raw = (struct span){ material.at + 1, material.len - 1 };
	if (k->type != NOTE_ED25519 && k->type != NOTE_COSIGNATURE)
		return OK; /* somebody's; how its id is made is its own affair */
	make_id(k->name, k->type, raw, k->id);
	if (!is_id(id, k->id))
		return error_set(err, E_FORMAT,
		    "the verifier key of %s does not have the id it names", k->name);
	if (raw.len != KEY_BYTES)
		return error_set(err, E_FORMAT,
		    "the verifier key of %s has %zu bytes, not %d", k->name, raw.len,
		    KEY_BYTES);
	return key_from_raw(&k->key, raw.at, err);
}

enum status
note_key_parse(struct span vkey, struct note_key *out, struct error *err)
{
	struct cursor c = cursor_of(vkey);
	struct note_key k = { 0 };
	struct span name = before_plus(&c), id = before_plus(&c);
	struct buf material;
	enum status st;

	if (c.bad || vkey.len > NOTE_VKEY_MAX || !note_name_is_sound(name))
		return error_set(
		    err, E_FORMAT, "a verifier key is NAME+ID+BASE64, and this is not");
	memcpy(k.name, name.at, name.len);
	buf_init(&material, NOTE_VKEY_MAX);
	if (!base64_decode(cursor_rest(&c), &material))
		st = error_set(
		    err, E_FORMAT, "the verifier key of %s is not base64", k.name);
	else
		st = take_material(buf_span(&material), id, &k, err);
	buf_release(&material);
	if (st == OK)
		*out = k;
	return st;
}

enum status
note_key_make(const char *name, enum note_type type, const struct key *key,
    struct note_key *out, struct error *err)
{
	struct note_key k = { .type = (uint8_t)type };
	struct span n = { (const uint8_t *)name, strlen(name) };
	enum status st;

	if (!note_name_is_sound(n))
		return error_set(err, E_MISUSE,
		    "\"%s\" cannot be the name of a key: no spaces, no \"+\"", name);
	if (key_kind(key) != KEY_ED25519)
		return error_set(err, E_MISUSE,
		    "logs and witnesses sign with Ed25519: give the log a key of its own");
	memcpy(k.name, n.at, n.len);
	make_id(name, k.type, (struct span){ key_raw(key), KEY_BYTES }, k.id);
	st = key_from_raw(&k.key, key_raw(key), err);
	if (st == OK)
		*out = k;
	return st;
}

void
note_key_text(const struct note_key *k, struct buf *out)
{
	uint8_t material[1 + KEY_BYTES];

	CHECK(k->key != NULL);
	material[0] = k->type;
	memcpy(material + 1, key_raw(k->key), KEY_BYTES);
	buf_printf(
	    out, "%s+%02x%02x%02x%02x+", k->name, k->id[0], k->id[1], k->id[2], k->id[3]);
	base64_encode((struct span){ material, sizeof material }, out);
}

void
note_key_release(struct note_key *k)
{
	key_free(k->key);
	*k = (struct note_key){ 0 };
}

/* UTF-8 without control characters but newline. */
static bool
is_clean(struct span s)
{
	while (s.len > 0) {
		size_t n = utf8_length(s.at, s.len);

		if (n == 0 || (s.at[0] < 0x20 && s.at[0] != '\n'))
			return false;
		s.at += n;
		s.len -= n;
	}
	return true;
}

/* One signature line, taken apart. */
struct line {
	struct span name;
	uint8_t id[NOTE_KEY_ID];
	struct span base64; /* of the id and the signature */
};

/* Base64 of an id and at least one byte more. */
static bool
starts_with_id(struct span base64, uint8_t id[static NOTE_KEY_ID])
{
	uint8_t first[6];
	struct buf nothing;

	buf_init(&nothing, 0); /* only whether it is base64 */
	if (base64.len < 8 || !base64_decode(base64, &nothing))
		return false;
	if (!base64_decode_exact((struct span){ base64.at, 8 }, first, 6) &&
	    !base64_decode_exact((struct span){ base64.at, 8 }, first, 5))
		return false;
	memcpy(id, first, NOTE_KEY_ID);
	return true;
}

/* False at the end (c->left == 0) and at a line that is none (c->bad). */
static bool
next_line(struct cursor *c, struct line *l)
{
	const uint8_t *end = c->left ? memchr(c->at, '\n', c->left) : NULL, *space;
	struct cursor in;

	if (c->left == 0)
		return false;
	if (end == NULL) {
		c->bad = true;
		return false;
	}
	in = cursor_of(cursor_take(c, (size_t)(end - c->at)));
	cursor_skip(c, 1);
	if (in.left < strlen(DASH) || memcmp(in.at, DASH, strlen(DASH)) != 0) {
		c->bad = true;
		return false;
	}
	cursor_skip(&in, strlen(DASH));
	space = in.left ? memchr(in.at, ' ', in.left) : NULL;
	if (space == NULL) {
		c->bad = true;
		return false;
	}
	l->name = cursor_take(&in, (size_t)(space - in.at));
	cursor_skip(&in, 1);
	l->base64 = cursor_rest(&in);
	if (!note_name_is_sound(l->name) || !starts_with_id(l->base64, l->id)) {
		c->bad = true;
		return false;
	}
	return true;
}

/* Where the last empty line is: the text ends with the newline before it. */
static bool
split(struct span bytes, struct note *out)
{
	for (size_t i = bytes.len; i >= 2; i--)
		if (bytes.at[i - 1] == '\n' && bytes.at[i - 2] == '\n') {
			out->text = (struct span){ bytes.at, i - 1 };
			out->lines = (struct span){ bytes.at + i, bytes.len - i };
			return true;
		}
	return false;
}

enum status
note_parse(struct span bytes, struct note *out, struct error *err)
{
	struct cursor c;
	struct line l;
	struct note n;
	unsigned lines = 0;

	if (bytes.len > NOTE_MAX)
		return error_set(err, E_LIMIT, "the note has %zu bytes", bytes.len);
	if (!is_clean(bytes) || !split(bytes, &n) || n.lines.len == 0)
		return error_set(
		    err, E_FORMAT, "not a signed note: text, an empty line, signatures");
	c = cursor_of(n.lines);
	while (next_line(&c, &l))
		if (++lines > NOTE_SIGNATURES)
			return error_set(err, E_LIMIT,
			    "the note has more than %d signatures", NOTE_SIGNATURES);
	if (c.bad)
		return error_set(err, E_FORMAT,
		    "line %u of the signatures of the note is none", lines + 1);
	*out = n;
	return OK;
}

static void
cosigned_text(uint64_t time, struct span text, struct buf *out)
{
	buf_printf(out, "cosignature/v1\ntime %" PRIu64 "\n", time);
	buf_put(out, text.at, text.len);
}

static bool
cosignature_is_good(
    const struct note *n, const struct note_key *k, struct cursor c, uint64_t *time)
{
	uint64_t when = cursor_be64(&c);
	struct buf message;
	bool good;

	if (when > INT64_MAX)
		return false;
	buf_init(&message, n->text.len + COSIGN_HEAD);
	cosigned_text(when, n->text, &message);
	good = !message.bad && key_verifies(k->key, buf_span(&message), cursor_rest(&c));
	buf_release(&message);
	if (good && time)
		*time = when;
	return good;
}

static bool
line_is_good(
    const struct note *n, const struct note_key *k, const struct line *l, uint64_t *time)
{
	size_t size = NOTE_KEY_ID + SIGNATURE_BYTES;
	uint8_t raw[RAW_MAX];
	struct cursor c;

	if (k->type == NOTE_COSIGNATURE)
		size += TIME_BYTES;
	if (!base64_decode_exact(l->base64, raw, size))
		return false;
	c = cursor_of((struct span){ raw, size });
	cursor_skip(&c, NOTE_KEY_ID);
	if (k->type == NOTE_COSIGNATURE)
		return cosignature_is_good(n, k, c, time);
	return key_verifies(k->key, n->text, cursor_rest(&c));
}

static bool
is_of(const struct line *l, const struct note_key *k)
{
	return l->name.len == strlen(k->name) &&
	       memcmp(l->name.at, k->name, l->name.len) == 0 &&
	       memcmp(l->id, k->id, NOTE_KEY_ID) == 0;
}

static void
copy_lines(const struct note *n, const struct note_key *k, bool of_key, struct buf *out)
{
	struct cursor c = cursor_of(n->lines);
	const uint8_t *start = c.at;
	struct line l;

	while (next_line(&c, &l)) {
		if (is_of(&l, k) == of_key)
			buf_put(out, start, (size_t)(c.at - start));
		start = c.at;
	}
}

void
note_lines_without(const struct note *n, const struct note_key *k, struct buf *out)
{
	copy_lines(n, k, false, out);
}

void
note_lines_of(const struct note *n, const struct note_key *k, struct buf *out)
{
	copy_lines(n, k, true, out);
}

enum note_verdict
note_check(const struct note *n, const struct note_key *k, uint64_t *time)
{
	struct cursor c = cursor_of(n->lines);
	enum note_verdict v = NOTE_ABSENT;
	struct line l;

	if (k->key == NULL)
		return NOTE_ABSENT;
	while (next_line(&c, &l)) {
		if (!is_of(&l, k))
			continue;
		if (!line_is_good(n, k, &l, time))
			return NOTE_WRONG;
		v = NOTE_GOOD;
	}
	return v;
}

static void
put_line(const char *name, enum note_type type, const struct key *key, struct span payload,
    struct buf *out)
{
	uint8_t raw[RAW_MAX];

	CHECK(payload.len <= sizeof raw - NOTE_KEY_ID);
	make_id(name, (uint8_t)type, (struct span){ key_raw(key), KEY_BYTES }, raw);
	memcpy(raw + NOTE_KEY_ID, payload.at, payload.len);
	buf_printf(out, DASH "%s ", name);
	base64_encode((struct span){ raw, NOTE_KEY_ID + payload.len }, out);
	buf_putc(out, '\n');
}

static bool
text_is_sound(struct span text)
{
	return text.len > 0 && text.at[text.len - 1] == '\n' && is_clean(text);
}

enum status
note_sign(const char *name, const struct key *key, struct span text, struct buf *out,
    struct error *err)
{
	uint8_t sig[SIGNATURE_BYTES];
	enum status st;

	CHECK(text_is_sound(text));
	CHECK(note_name_is_sound((struct span){ (const uint8_t *)name, strlen(name) }));
	st = key_sign(key, text, sig, err);
	if (st != OK)
		return st;
	put_line(name, NOTE_ED25519, key, (struct span){ sig, sizeof sig }, out);
	return buf_state(out, "the note", err);
}

enum status
note_cosign(const char *name, const struct key *key, uint64_t time, struct span text,
    struct buf *out, struct error *err)
{
	uint8_t payload[TIME_BYTES + SIGNATURE_BYTES];
	struct buf message;
	enum status st;

	CHECK(text_is_sound(text) && time <= INT64_MAX);
	CHECK(note_name_is_sound((struct span){ (const uint8_t *)name, strlen(name) }));
	buf_init(&message, text.len + COSIGN_HEAD);
	cosigned_text(time, text, &message);
	st = buf_state(&message, "what is cosigned", err);
	if (st == OK)
		st = key_sign(key, buf_span(&message), payload + TIME_BYTES, err);
	buf_release(&message);
	if (st != OK)
		return st;
	for (unsigned i = 0; i < TIME_BYTES; i++)
		payload[i] = (uint8_t)(time >> (56 - 8 * i));
	put_line(
	    name, NOTE_COSIGNATURE, key, (struct span){ payload, sizeof payload }, out);
	return buf_state(out, "the note", err);
}
