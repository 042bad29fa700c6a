/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/statement.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/json.h"
#include "evidence/canonical.h"
#include "evidence/strict.h"

#define STATEMENT_TYPE   "https://in-toto.io/Statement/v1"
#define STATEMENT_SCHEMA 1
#define NS_DIGITS        20

const struct statement_subject *
statement_subject_under(const struct statement *s, const char *folder)
{
	for (unsigned i = 0; i < s->subjects; i++)
		if (strncmp(s->subject[i].name, folder, strlen(folder)) == 0)
			return &s->subject[i];
	return NULL;
}

/* At most one subject of each kind, so that "the slice" means something. */
static bool
subjects_are_sound(const struct statement *s)
{
	static const char *const folder[] = { STATEMENT_SLICES, STATEMENT_FLOWS,
		STATEMENT_PARAMS, STATEMENT_BASELINE, STATEMENT_INDEX };
	unsigned seen[5] = { 0 };

	if (s->subjects == 0 || s->subjects > STATEMENT_SUBJECTS)
		return false;
	for (unsigned i = 0; i < s->subjects; i++) {
		if (!is_plain(s->subject[i].name))
			return false;
		for (unsigned k = 0; k < i; k++)
			if (strcmp(s->subject[i].name, s->subject[k].name) == 0)
				return false;
		for (unsigned f = 0; f < 5; f++) {
			size_t n = strlen(folder[f]);

			if (strncmp(s->subject[i].name, folder[f], n) == 0 && seen[f]++ > 0)
				return false;
		}
	}
	return true;
}

/* The detector and the subject in `folder`, when there is one, name the same file. */
static bool
agrees(const struct statement *s, const char *folder, const char *sha256)
{
	const struct statement_subject *sub = statement_subject_under(s, folder);
	char hex[DIGEST_HEX];

	return sub == NULL || strcmp(digest_hex(&sub->digest, hex), sha256) == 0;
}

/* What encode demands and decode grants. */
static bool
is_sound(const struct statement *s, struct span core)
{
	struct digest id = digest_of(core);
	struct cursor c = cursor_of(core);
	char hex[DIGEST_HEX];
	struct span value;

	return subjects_are_sound(s) && is_hex(s->finding_id) && is_plain(s->detector) &&
	       is_plain(s->version) && is_hex(s->params_sha256) &&
	       (s->baseline_sha256[0] == '\0' || is_hex(s->baseline_sha256)) &&
	       agrees(s, STATEMENT_PARAMS, s->params_sha256) &&
	       agrees(s, STATEMENT_BASELINE, s->baseline_sha256) && is_hex(s->key_id) &&
	       s->packets <= STATEMENT_COUNT_MAX && s->flows <= STATEMENT_COUNT_MAX &&
	       s->window_start_ns <= s->window_end_ns && canonical_value(&c, &value) &&
	       c.left == 0 && strcmp(digest_hex(&id, hex), s->finding_id) == 0;
}

static void
put_ns(struct json *j, const char *key, uint64_t ns)
{
	char digits[NS_DIGITS + 1];

	(void)snprintf(digits, sizeof digits, "%" PRIu64, ns);
	json_key(j, key), json_str(j, digits);
}

static void
put_hex(struct json *j, const char *key, const uint8_t bytes[static DIGEST_BYTES])
{
	struct digest d;
	char hex[DIGEST_HEX];

	memcpy(d.b, bytes, DIGEST_BYTES);
	json_key(j, key), json_str(j, digest_hex(&d, hex));
}

static void
put_inputs(struct json *j, const struct statement *s)
{
	const struct statement_subject *slice =
	    statement_subject_under(s, STATEMENT_SLICES);

	json_key(j, "inputs"), json_open(j, '['), json_open(j, '{');
	json_key(j, "flows"), json_uint(j, s->flows);
	json_key(j, "packets"), json_uint(j, s->packets);
	if (s->rooted)
		put_hex(j, "slice_root", s->slice_root.b);
	if (slice)
		put_hex(j, "slice_sha256", slice->digest.b);
	json_close(j, '}'), json_close(j, ']');
}

static void
put_predicate(struct json *j, const struct statement *s, struct span core)
{
	json_key(j, "predicate"), json_open(j, '{');
	json_key(j, "detector"), json_open(j, '{');
	if (s->baseline_sha256[0] != '\0')
		json_key(j, "baseline_sha256"), json_str(j, s->baseline_sha256);
	json_key(j, "name"), json_str(j, s->detector);
	json_key(j, "params_sha256"), json_str(j, s->params_sha256);
	json_key(j, "version"), json_str(j, s->version);
	json_close(j, '}');
	json_key(j, "finding_id"), json_str(j, s->finding_id);
	put_inputs(j, s);
	json_key(j, "result"), json_raw(j, core);
	put_hex(j, "salt", s->salt);
	json_key(j, "schema"), json_uint(j, STATEMENT_SCHEMA);
	json_key(j, "sensor"), json_open(j, '{');
	json_key(j, "key"), json_str(j, s->key_id);
	json_close(j, '}');
	json_key(j, "window"), json_open(j, '{');
	put_ns(j, "end_ns", s->window_end_ns);
	put_ns(j, "start_ns", s->window_start_ns);
	json_close(j, '}');
	json_close(j, '}');
}

void
statement_encode(const struct statement *s, struct span core, struct buf *out)
{
	struct json j;

	CHECK(is_sound(s, core));
	json_init(&j, out);
	json_open(&j, '{');
	json_key(&j, "_type"), json_str(&j, STATEMENT_TYPE);
	put_predicate(&j, s, core);
	json_key(&j, "predicateType"), json_str(&j, STATEMENT_PREDICATE);
	json_key(&j, "subject"), json_open(&j, '[');
	for (unsigned i = 0; i < s->subjects; i++) {
		json_open(&j, '{');
		json_key(&j, "digest"), json_open(&j, '{');
		put_hex(&j, "sha256", s->subject[i].digest.b);
		json_close(&j, '}');
		json_key(&j, "name"), json_str(&j, s->subject[i].name);
		json_close(&j, '}');
	}
	json_close(&j, ']');
	json_close(&j, '}');
}

/*
 * Reading: each piece is taken loosely where it must stand, and in the end the
 * whole is written again and compared. So the reader need not be strict, only
 * complete, and there is one spelling by construction.
 */
void
statement_get_subjects(
    struct cursor *c, struct statement_subject *at, unsigned most, unsigned *n)
{
	do {
		struct statement_subject *sub = &at[*n];

		if (*n == most) {
			c->bad = true;
			return;
		}
		expect(c, "{\"digest\":{\"sha256\":\"");
		get_hex(c, sub->digest.b);
		expect(c, "},\"name\":\"");
		get_text(c, sub->name, sizeof sub->name);
		expect(c, "}");
		++*n;
		if (!next_is(c, ","))
			return;
		cursor_skip(c, 1);
	} while (!c->bad);
}

static void
get_statement(struct cursor *c, struct statement *s, struct span *core)
{
	uint8_t slice[DIGEST_BYTES];

	expect(c, "{\"_type\":\"" STATEMENT_TYPE "\",\"predicate\":{\"detector\":{");
	if (next_is(c, "\"baseline_sha256\"")) {
		expect(c, "\"baseline_sha256\":\"");
		get_text(c, s->baseline_sha256, sizeof s->baseline_sha256);
		expect(c, ",");
	}
	expect(c, "\"name\":\"");
	get_text(c, s->detector, sizeof s->detector);
	expect(c, ",\"params_sha256\":\"");
	get_text(c, s->params_sha256, sizeof s->params_sha256);
	expect(c, ",\"version\":\"");
	get_text(c, s->version, sizeof s->version);
	expect(c, "},\"finding_id\":\"");
	get_text(c, s->finding_id, sizeof s->finding_id);
	expect(c, ",\"inputs\":[{\"flows\":");
	s->flows = get_number(c);
	expect(c, ",\"packets\":");
	s->packets = get_number(c);
	if (next_is(c, ",\"slice_root")) {
		expect(c, ",\"slice_root\":\"");
		get_hex(c, s->slice_root.b);
		s->rooted = true;
	}
	if (next_is(c, ",")) {
		expect(c, ",\"slice_sha256\":\"");
		get_hex(c, slice); /* the subject says it too, and is compared */
	}
	expect(c, "}],\"result\":");
	if (!c->bad)
		(void)canonical_value(c, core);
	expect(c, ",\"salt\":\"");
	get_hex(c, s->salt);
	expect(c, ",\"schema\":1,\"sensor\":{\"key\":\"");
	get_text(c, s->key_id, sizeof s->key_id);
	expect(c, "},\"window\":{\"end_ns\":\"");
	s->window_end_ns = get_number(c);
	expect(c, "\",\"start_ns\":\"");
	s->window_start_ns = get_number(c);
	expect(c, "\"}},\"predicateType\":\"" STATEMENT_PREDICATE "\",\"subject\":[");
	statement_get_subjects(c, s->subject, STATEMENT_SUBJECTS, &s->subjects);
	expect(c, "]}");
}

enum status
statement_decode(
    struct span json, struct statement *out, struct buf *core, struct error *err)
{
	struct cursor c = cursor_of(json);
	struct statement s = { 0 };
	struct span result = { 0 };
	struct buf again;
	bool same;

	if (json.len > STATEMENT_MAX)
		return error_set(err, E_LIMIT, "the statement has %zu bytes", json.len);
	get_statement(&c, &s, &result);
	if (c.bad)
		return error_set(err, E_FORMAT,
		    "the statement is not one of ours: byte %zu is not what stands there",
		    json.len - c.left);
	if (c.left > 0 || !is_sound(&s, result))
		return error_set(err, E_FORMAT,
		    "the statement contradicts itself or has something behind it");
	buf_init(&again, json.len);
	statement_encode(&s, result, &again);
	same =
	    !again.bad && again.len == json.len && memcmp(again.at, json.at, json.len) == 0;
	buf_release(&again);
	if (!same)
		return error_set(err, E_FORMAT, "the statement is not in its one spelling");
	buf_put(core, result.at, result.len);
	if (core->bad)
		return buf_state(core, "the result in the statement", err);
	*out = s;
	return OK;
}
