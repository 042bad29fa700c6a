/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/account.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/json.h"
#include "evidence/canonical.h"
#include "evidence/strict.h"

#define HEAD "{\"_type\":\"https://in-toto.io/Statement/v1\",\"predicate\":{\"body\":"

static const struct {
	const char *word, *what, *predicate;
} kinds[ACCOUNT_COUNT] = {
#define X(kind, word, what) [ACCOUNT_##kind] = { word, what, ACCOUNT_PREDICATE(word) },
	ACCOUNT_KINDS(X)
#undef X
};

const char *
account_word(enum account_kind k)
{
	return kinds[k].word;
}

const char *
account_what(enum account_kind k)
{
	return kinds[k].what;
}

const char *
account_predicate(enum account_kind k)
{
	return kinds[k].predicate;
}

bool
account_kind_of(struct span word, enum account_kind *out)
{
	for (unsigned i = 0; i < ACCOUNT_COUNT; i++)
		if (strlen(kinds[i].word) == word.len &&
		    memcmp(kinds[i].word, word.at, word.len) == 0) {
			*out = (enum account_kind)i;
			return true;
		}
	return false;
}

enum status
account_salt(uint8_t salt[static 32], struct error *err)
{
	if (getrandom(salt, 32, 0) != 32)
		return error_sys(err, "read random bytes");
	return OK;
}

static bool
is_object(struct span body)
{
	struct cursor c = cursor_of(body);
	struct span value;

	return body.len > 0 && body.at[0] == '{' && canonical_value(&c, &value) &&
	       c.left == 0;
}

static bool
subjects_are_plain(const struct account *a)
{
	if (a->subjects > ACCOUNT_SUBJECTS)
		return false;
	for (unsigned i = 0; i < a->subjects; i++)
		if (memchr(a->subject[i].name, '\0', STATEMENT_NAME) == NULL ||
		    !is_plain(a->subject[i].name))
			return false;
	return true;
}

static void
put_digest(struct json *j, const char *key, const uint8_t bytes[static DIGEST_BYTES])
{
	struct digest d;
	char hex[DIGEST_HEX];

	memcpy(d.b, bytes, DIGEST_BYTES);
	json_key(j, key), json_str(j, digest_hex(&d, hex));
}

static void
put_subject(struct json *j, const char *name, const struct digest *d)
{
	json_open(j, '{');
	json_key(j, "digest"), json_open(j, '{');
	put_digest(j, "sha256", d->b);
	json_close(j, '}');
	json_key(j, "name"), json_str(j, name);
	json_close(j, '}');
}

static void
encode(const struct account *a, struct buf *out)
{
	char digits[24];
	struct json j;

	(void)snprintf(digits, sizeof digits, "%" PRIu64, a->time_ns);
	json_init(&j, out);
	json_open(&j, '{');
	json_key(&j, "_type"), json_str(&j, "https://in-toto.io/Statement/v1");
	json_key(&j, "predicate"), json_open(&j, '{');
	json_key(&j, "body"), json_raw(&j, a->body);
	put_digest(&j, "salt", a->salt);
	json_key(&j, "schema"), json_uint(&j, 1);
	json_key(&j, "sensor"), json_open(&j, '{');
	json_key(&j, "key"), json_str(&j, a->key_id);
	json_close(&j, '}');
	json_key(&j, "time_ns"), json_str(&j, digits);
	json_close(&j, '}');
	json_key(&j, "predicateType"), json_str(&j, kinds[a->kind].predicate);
	json_key(&j, "subject"), json_open(&j, '[');
	for (unsigned i = 0; i < a->subjects; i++)
		put_subject(&j, a->subject[i].name, &a->subject[i].digest);
	if (a->subjects == 0) {
		struct digest d = digest_of(a->body);

		put_subject(&j, kinds[a->kind].word, &d);
	}
	json_close(&j, ']');
	json_close(&j, '}');
}

enum status
account_encode(const struct account *a, struct buf *out, struct error *err)
{
	CHECK(a->kind < ACCOUNT_COUNT && is_hex(a->key_id));
	if (!is_object(a->body))
		return error_set(err, E_MISUSE,
		    "the body of the %s is not a JSON object in its canonical spelling",
		    kinds[a->kind].word);
	if (!subjects_are_plain(a))
		return error_set(err, E_MISUSE,
		    "the %s has more than %d subjects, or one whose name is empty or "
		    "is not plain ASCII",
		    kinds[a->kind].word, ACCOUNT_SUBJECTS);
	encode(a, out);
	return buf_state(out, "an account", err);
}

static void
get_kind(struct cursor *c, struct account *a)
{
	static const char before[] = "https://geophone.example/";
	char type[128];
	size_t n;

	get_text(c, type, sizeof type);
	n = strlen(type);
	if (c->bad || n <= sizeof before - 1 + 3 ||
	    strncmp(type, before, sizeof before - 1) != 0 ||
	    strcmp(type + n - 3, "/v1") != 0 ||
	    !account_kind_of((struct span){ (const uint8_t *)type + sizeof before - 1,
				 n - 3 - (sizeof before - 1) },
		&a->kind))
		c->bad = true;
}

static void
get_account(struct cursor *c, struct account_read *r)
{
	struct account *a = &r->account;

	expect(c, HEAD);
	if (!c->bad)
		(void)canonical_value(c, &a->body);
	expect(c, ",\"salt\":\"");
	get_hex(c, a->salt);
	expect(c, ",\"schema\":1,\"sensor\":{\"key\":\"");
	get_text(c, a->key_id, sizeof a->key_id);
	expect(c, "},\"time_ns\":\"");
	a->time_ns = get_number(c);
	expect(c, "\"},\"predicateType\":\"");
	get_kind(c, a);
	expect(c, ",\"subject\":[");
	statement_get_subjects(c, r->subject, ACCOUNT_SUBJECTS, &r->account.subjects);
	expect(c, "]}");
	if (c->left > 0 || !is_hex(a->key_id))
		c->bad = true;
}

/* The one subject that stands for "none". */
static void
drop_own_subject(struct account *a)
{
	struct digest body = digest_of(a->body);

	if (a->subjects == 1 && strcmp(a->subject[0].name, kinds[a->kind].word) == 0 &&
	    memcmp(&a->subject[0].digest, &body, sizeof body) == 0)
		a->subjects = 0;
}

enum status
account_decode(struct span json, struct account_read *out, struct error *err)
{
	struct cursor c = cursor_of(json);
	struct account_read r = { 0 };
	struct buf again;
	bool same;

	if (json.len > ACCOUNT_MAX)
		return error_set(err, E_LIMIT, "the account has %zu bytes", json.len);
	r.subject = calloc(ACCOUNT_SUBJECTS, sizeof *r.subject);
	if (r.subject == NULL)
		return error_set(err, E_NOMEM, "no memory for an account");
	r.account.subject = r.subject;
	get_account(&c, &r);
	if (c.bad) {
		account_release(&r);
		return error_set(err, E_FORMAT,
		    "the account is not one of ours: byte %zu is not what stands there",
		    json.len - c.left);
	}
	drop_own_subject(&r.account);
	buf_init(&again, json.len);
	same = account_encode(&r.account, &again, err) == OK && again.len == json.len &&
	       memcmp(again.at, json.at, json.len) == 0;
	buf_release(&again);
	if (!same) {
		account_release(&r);
		return error_set(err, E_FORMAT, "the account is not in its one spelling");
	}
	*out = r;
	return OK;
}

void
account_release(struct account_read *r)
{
	free(r->subject);
	*r = (struct account_read){ 0 };
}
