/* SPDX-License-Identifier: Apache-2.0 */
/*
 * handout_read: the findings of a bag, as far as others get to know them.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/stamp.h"
#include "evidence/dsse.h"
#include "evidence/leaf.h"
#include "evidence/proof.h"
#include "evidence/statement.h"
#include "evidence/verify.h"
#include "publish/escape.h"
#include "publish/handout.h"

struct reader {
	struct handout *h;
	const struct bag *bag;
	struct key *key;
	size_t cap;
};

/*
 * Whose address is worth watching for. Of a scan, a flood or a password guesser the
 * other end is the one it is done to, and a list of victims is no list of indicators.
 */
static enum handout_role
role_of(enum finding_kind kind)
{
	switch (kind) {
	case FINDING_SCAN:
	case FINDING_BRUTE_FORCE:
	case FINDING_DOS_VICTIM:
	case FINDING_DOS_SOURCE:
	case FINDING_LATERAL:
	case FINDING_DEVIATION:
		return ROLE_SUFFERS;
	case FINDING_BEACON:
	case FINDING_LONG_CONNECTION:
	case FINDING_DNS_TUNNEL:
	case FINDING_DGA:
	case FINDING_INDICATOR:
	case FINDING_RARE_FINGERPRINT:
	case FINDING_EXFILTRATION:
	case FINDING_FAILED_RECONNECT:
	case FINDING_GROUP:
	case FINDING_P2P:
	case FINDING_ROTATION:
	case FINDING_NAMELESS_TLS:
	case FINDING_DROPOFF:
	case FINDING_ICMP_TUNNEL:
	case FINDING_TUNNEL:
	case FINDING_FAST_FLUX:
	case FINDING_CLOCKLESS:
		return ROLE_CONTROLS;
	}
	return ROLE_SUFFERS;
}

/* What a rule may hold between its quotes: labels with dots between them. */
static bool
is_sound_name(const char *name)
{
	size_t n = strlen(name), label = 0;

	if (n > 253)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (name[i] == '.') {
			if (label == 0)
				return false;
			label = 0;
		} else if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789-_",
			       name[i]) ||
			   ++label > 63) {
			return false;
		}
	}
	return n > 0 && strchr(name, '.') != NULL;
}

static bool
get_kind(const char *text, enum finding_kind *out)
{
#define X(name, word)                          \
	if (text && strcmp(text, word) == 0) { \
		*out = FINDING_##name;         \
		return true;                   \
	}
	FINDING_KINDS(X)
#undef X
	return false;
}

static bool
get_severity(const char *text, enum severity *out)
{
	for (int s = SEVERITY_INFO; text && s <= SEVERITY_CRITICAL; s++)
		if (strcmp(text, severity_text((enum severity)s)) == 0) {
			*out = (enum severity)s;
			return true;
		}
	return false;
}

static bool
get_proto(const char *text, uint8_t *out)
{
	char known[8];

	*out = 0;
	if (text && strcmp(text, "any") == 0)
		return true;
	for (unsigned p = 1; text && p < 256; p++)
		if (strcmp(proto_text((uint8_t)p, known), text) == 0) {
			*out = (uint8_t)p;
			return true;
		}
	return false;
}

static const char *
text_of(const json_t *j, const char *key)
{
	return json_string_value(json_object_get(j, key));
}

static bool
get_ip(const char *text, struct ip *out)
{
	return text && ip_parse((struct span){ (const uint8_t *)text, strlen(text) }, out);
}

static bool
get_stamp(const char *text, uint64_t *out)
{
	return text &&
	       stamp_parse((struct span){ (const uint8_t *)text, strlen(text) }, out);
}

/* On one line, and nothing in it that moves a cursor or turns the reading order round. */
static void
take_sentence(const char *why, char to[static HANDOUT_WHY])
{
	struct buf plain = { .max = (size_t)1 << 20 };

	escape_str(&plain, ESCAPE_TEXT, why);
	(void)snprintf(to, HANDOUT_WHY, "%s", plain.bad || plain.len == 0 ? "" : plain.at);
	buf_release(&plain);
}

/* False: it is not a finding as this version writes one. */
static bool
take_fields(const json_t *j, struct handout_item *it)
{
	const char *peer = text_of(j, "peer"), *name = text_of(j, "name"),
		   *technique = text_of(j, "technique"), *why = text_of(j, "why");
	json_int_t port = json_integer_value(json_object_get(j, "port")),
		   contacts = json_integer_value(json_object_get(j, "contacts"));

	if (!get_kind(text_of(j, "kind"), &it->kind) ||
	    !get_severity(text_of(j, "severity"), &it->severity) ||
	    !get_ip(text_of(j, "host"), &it->host) || (peer && !get_ip(peer, &it->peer)) ||
	    !get_proto(text_of(j, "proto"), &it->proto) || port < 0 || port > UINT16_MAX ||
	    contacts < 0 || !get_stamp(text_of(j, "first_seen"), &it->first_ns) ||
	    !get_stamp(text_of(j, "last_seen"), &it->last_ns) ||
	    it->first_ns > it->last_ns || why == NULL)
		return false;
	it->has_peer = peer != NULL;
	it->port = (uint16_t)port;
	it->contacts = (uint64_t)contacts;
	if (name && is_sound_name(name))
		(void)snprintf(it->name, sizeof it->name, "%s", name);
	if (technique && strlen(technique) < sizeof it->technique &&
	    strspn(technique, "T0123456789.") == strlen(technique))
		(void)snprintf(it->technique, sizeof it->technique, "%s", technique);
	take_sentence(why, it->why);
	return true;
}

/* An address of a private network means another host at the reader's. */
static bool
indicates(const struct handout *h, const struct handout_item *it)
{
	if (it->role != ROLE_CONTROLS)
		return false;
	if (it->name[0])
		return true;
	return it->has_peer && (h->choice.all || ip_scope(&it->peer) == IP_GLOBAL);
}

/* The bag's proof of the statement, if there is one: it must lead from it to its log. */
static enum status
take_proof(struct reader *r, struct handout_item *it, const char *finding,
    struct span envelope, struct error *err)
{
	char path[sizeof BAG_PROOFS + DIGEST_HEX + sizeof BAG_PROOF];
	struct buf bytes = { .max = PROOF_MAX }, leaf = { .max = LEAF_MAX };
	struct checkpoint c;
	struct digest hash;
	struct proof p;
	struct note n;
	enum status st;

	(void)snprintf(path, sizeof path, BAG_PROOFS "%s" BAG_PROOF, finding);
	if (bag_find(r->bag, path) == NULL)
		return OK;
	st = bag_read(r->bag, path, PROOF_MAX, &bytes, err);
	if (st == OK)
		st = proof_parse(buf_span(&bytes), &p, err);
	if (st == OK)
		st = note_parse(p.note, &n, err);
	if (st == OK)
		st = checkpoint_parse(n.text, &c, err);
	if (st == OK)
		st = leaf_of_envelope(r->key, DSSE_IN_TOTO, envelope, &leaf, err);
	if (st == OK) {
		hash = merkle_leaf(buf_span(&leaf));
		if (!proof_includes(&p, &c, &hash))
			st = error_set(err, E_DIFFERS, "it does not lead to the statement");
	}
	if (st == OK) {
		it->logged = true;
		it->index = p.index;
		(void)snprintf(it->origin, sizeof it->origin, "%s", c.origin);
		(void)digest_hex(&hash, it->leaf);
	} else {
		error_wrap(err, "%s", path);
	}
	buf_release(&bytes), buf_release(&leaf);
	return st;
}

static enum status
add_item(struct reader *r, const struct handout_item *it, struct error *err)
{
	struct handout *h = r->h;

	if (h->items == r->cap) {
		size_t cap = r->cap ? 2 * r->cap : 64;
		struct handout_item *more;

		if (r->cap >= HANDOUT_ITEMS_MAX)
			return error_set(
			    err, E_LIMIT, "more than %d findings", HANDOUT_ITEMS_MAX);
		more = reallocarray(h->item, cap, sizeof *more);
		if (more == NULL)
			return error_set(err, E_NOMEM, "no memory for %zu findings", cap);
		h->item = more;
		r->cap = cap;
	}
	h->item[h->items++] = *it;
	h->indicators += it->indicates;
	return OK;
}

/* Hosts, and whom they did something to, get their other names. */
static void
hide(const struct pseudonym *p, struct handout_item *it)
{
	it->host = pseudonym_ip(p, &it->host);
	if (it->has_peer && !it->indicates)
		it->peer = pseudonym_ip(p, &it->peer);
	if (!it->indicates)
		it->name[0] = '\0';
	it->why[0] = '\0';
	it->slices = 0;
	(void)snprintf(it->ref, sizeof it->ref, "%s", it->statement);
}

static enum status
take_finding(struct reader *r, const struct statement *s, struct span body,
    struct span core, struct span envelope, struct error *err)
{
	struct handout_item it = { 0 };
	struct buf pae = { .max = DSSE_MAX };
	const struct statement_subject *packets, *records;
	struct digest signed_bytes;
	enum status st;
	json_t *j =
	    json_loadb((const char *)core.at, core.len, JSON_REJECT_DUPLICATES, NULL);
	bool good = j && take_fields(j, &it);

	json_decref(j);
	if (!good)
		return error_set(err, E_FORMAT, "not a finding that this version knows");
	if (it.severity < SEVERITY_MEDIUM && !r->h->choice.all) {
		r->h->left_out++;
		return OK;
	}
	dsse_pae(DSSE_IN_TOTO, body, &pae);
	signed_bytes = digest_of(buf_span(&pae));
	st = buf_state(&pae, "the statement", err);
	buf_release(&pae);
	if (st != OK)
		return st;
	(void)digest_hex(&signed_bytes, it.statement);
	(void)snprintf(it.ref, sizeof it.ref, "%s", s->finding_id);
	for (unsigned i = 0; i < s->subjects && it.slices < FINDING_SLICES; i++)
		if (strncmp(s->subject[i].name, STATEMENT_SLICES,
			sizeof STATEMENT_SLICES - 1) == 0 ||
		    strncmp(s->subject[i].name, STATEMENT_FLOWS,
			sizeof STATEMENT_FLOWS - 1) == 0)
			it.slice[it.slices++] = s->subject[i].digest;
	packets = statement_subject_under(s, STATEMENT_SLICES);
	records = statement_subject_under(s, STATEMENT_FLOWS);
	if (packets)
		(void)snprintf(it.packets, sizeof it.packets, "%s", packets->name);
	if (records)
		(void)snprintf(it.records, sizeof it.records, "%s", records->name);
	it.role = role_of(it.kind);
	it.indicates = indicates(r->h, &it);
	st = take_proof(r, &it, s->finding_id, envelope, err);
	if (r->h->choice.hide)
		hide(r->h->choice.hide, &it);
	return st == OK ? add_item(r, &it, err) : st;
}

static enum status
read_finding(struct reader *r, const char *path, struct error *err)
{
	struct buf envelope = { .max = DSSE_MAX }, body = { .max = DSSE_MAX },
		   core = { .max = STATEMENT_MAX };
	struct statement s;
	enum status st = bag_read(r->bag, path, DSSE_MAX, &envelope, err);

	if (st == OK)
		st = dsse_open(r->key, DSSE_IN_TOTO, buf_span(&envelope), &body, err);
	if (st == OK)
		st = statement_decode(buf_span(&body), &s, &core, err);
	if (st == OK)
		st = take_finding(
		    r, &s, buf_span(&body), buf_span(&core), buf_span(&envelope), err);
	if (st != OK)
		error_wrap(err, "%s", path);
	buf_release(&envelope), buf_release(&body), buf_release(&core);
	return st;
}

static enum status
read_all(struct reader *r, struct error *err)
{
	const struct bag_file *tag = bag_find(r->bag, "tagmanifest-sha256.txt"), *files;
	struct buf pem = { .max = BAG_TAG_MAX };
	struct digest id;
	size_t n;
	enum status st = bag_read(r->bag, BAG_KEY, BAG_TAG_MAX, &pem, err);

	if (st == OK)
		st = key_public(&r->key, buf_span(&pem), err);
	buf_release(&pem);
	if (st == OK && tag == NULL)
		st = error_set(err, E_FORMAT, "it has no tagmanifest-sha256.txt");
	if (st != OK)
		return st;
	id = key_id(r->key);
	(void)digest_hex(&id, r->h->key_id);
	(void)digest_hex(&tag->digest, r->h->bag);
	files = bag_files(r->bag, &n);
	for (size_t i = 0; st == OK && i < n; i++) {
		const char *path = files[i].path;
		size_t len = strlen(path), tail = sizeof BAG_ENVELOPE - 1;

		if (strncmp(path, BAG_FINDINGS, sizeof BAG_FINDINGS - 1) == 0 &&
		    len > tail && strcmp(path + len - tail, BAG_ENVELOPE) == 0)
			st = read_finding(r, path, err);
	}
	return st;
}

static int
by_ref(const void *a, const void *b)
{
	const struct handout_item *x = a, *y = b;

	return strcmp(x->ref, y->ref);
}

enum status
handout_read(struct handout *h, const struct bag *bag, const struct handout_choice *choice,
    struct error *err)
{
	struct reader r = { .h = h, .bag = bag };
	enum status st;

	*h = (struct handout){ .choice = *choice };
	st = read_all(&r, err);
	key_free(r.key);
	if (st != OK)
		handout_release(h);
	else if (h->items > 1)
		qsort(h->item, h->items, sizeof *h->item, by_ref);
	return st;
}
