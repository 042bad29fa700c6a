/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/exhibit_log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "evidence/dsse.h"
#include "evidence/proof.h"
#include "evidence/verify.h"

#define BODY_MAX ((size_t)1 << 20)

enum status
exhibit_log_slice(
    struct exhibit_log *x, const struct statement_subject *subject, struct error *err)
{
	if (x == NULL)
		return OK;
	if (x->slices == x->slices_cap) {
		size_t cap = x->slices_cap ? 2 * x->slices_cap : 256;
		struct statement_subject *more = reallocarray(x->slice, cap, sizeof *more);

		if (more == NULL)
			return error_set(err, E_NOMEM, "no memory for %zu slices", cap);
		x->slice = more;
		x->slices_cap = cap;
	}
	x->slice[x->slices++] = *subject;
	return OK;
}

enum status
exhibit_log_finding(
    struct exhibit_log *x, const char *hex, struct span envelope, struct error *err)
{
	return x ? sealing_envelope(&x->sealing, "finding", hex, envelope, err) : OK;
}

/* Say it, log it, keep it in the bag. */
static enum status
record(struct exhibit_log *x, struct bag_writer *bag, enum account_kind kind,
    struct span body, const struct statement_subject *subject, unsigned subjects,
    struct error *err)
{
	struct sealing *s = &x->sealing;
	char path[SEALING_NAME + 32];
	struct buf envelope;
	enum status st;

	buf_init(&envelope, DSSE_MAX);
	st = sealing_account(s, kind, body, subject, subjects, &envelope, err);
	if (st == OK) {
		(void)snprintf(path, sizeof path, BAG_ADD_RECORDS "%s" BAG_ENVELOPE,
		    s->sealed[s->n - 1].name);
		st = bag_add(bag, path, buf_span(&envelope), err);
	}
	buf_release(&envelope);
	return st;
}

enum status
exhibit_log_custody(struct exhibit_log *x, struct bag_writer *bag, const struct account *a,
    struct error *err)
{
	return record(x, bag, a->kind, a->body, a->subject, a->subjects, err);
}

static void
gap_body(const struct summary *s, struct buf *out)
{
	struct json j;

	json_init(&j, out);
	json_open(&j, '{');
	json_key(&j, "not_seen"), json_open(&j, '[');
	for (unsigned i = 0; i < s->losts; i++) {
		json_open(&j, '{');
		json_key(&j, "count"), json_uint(&j, s->lost[i].n);
		json_key(&j, "what"), json_str(&j, s->lost[i].what);
		json_close(&j, '}');
	}
	json_close(&j, ']');
	json_key(&j, "notes"), json_open(&j, '[');
	for (unsigned i = 0; i < s->notes_n; i++)
		json_str(&j, s->notes[i]);
	json_close(&j, ']');
	json_close(&j, '}');
}

static enum status
record_slices(struct exhibit_log *x, struct bag_writer *bag, struct error *err)
{
	static const uint8_t nothing[] = "{}";
	enum status st = OK;

	for (size_t at = 0; st == OK && at < x->slices; at += ACCOUNT_SUBJECTS) {
		size_t n = x->slices - at;

		st = record(x, bag, ACCOUNT_SLICE, (struct span){ nothing, 2 },
		    x->slice + at, (unsigned)(n < ACCOUNT_SUBJECTS ? n : ACCOUNT_SUBJECTS),
		    err);
	}
	return st;
}

static enum status
record_rest(struct exhibit_log *x, struct bag_writer *bag, const struct digest *params,
    const struct summary *summary, struct error *err)
{
	struct statement_subject subject = { .digest = *params };
	char hex[DIGEST_HEX];
	struct buf body;
	enum status st;

	buf_init(&body, BODY_MAX);
	sealing_sensor_body(x->sealing.by, &body);
	st = record(x, bag, ACCOUNT_SENSOR, buf_span(&body), NULL, 0, err);
	(void)snprintf(subject.name, sizeof subject.name, STATEMENT_PARAMS "%s.json",
	    digest_hex(params, hex));
	buf_reset(&body);
	buf_puts(&body, "{\"version\":\"" GEOPHONE_VERSION "\"}");
	if (st == OK)
		st = record(x, bag, ACCOUNT_DETECTORS, buf_span(&body), &subject, 1, err);
	if (st == OK)
		st = record_slices(x, bag, err);
	buf_reset(&body);
	gap_body(summary, &body);
	if (st == OK && summary->losts + summary->notes_n > 0)
		st = record(x, bag, ACCOUNT_GAP, buf_span(&body), NULL, 0, err);
	buf_release(&body);
	return st;
}

static enum status
add_proofs(struct exhibit_log *x, struct bag_writer *bag, struct error *err)
{
	const struct sealing *s = &x->sealing;
	enum status st = OK;
	struct buf proof;

	buf_init(&proof, PROOF_MAX);
	for (size_t i = 0; st == OK && i < s->n; i++) {
		char path[SEALING_NAME + 32];

		(void)snprintf(
		    path, sizeof path, BAG_ADD_PROOFS "%s" BAG_PROOF, s->sealed[i].name);
		buf_reset(&proof);
		st = ledger_proof(s->ledger, s->sealed[i].index, &proof, err);
		if (st == OK)
			st = bag_add(bag, path, buf_span(&proof), err);
	}
	buf_release(&proof);
	return st;
}

/*
 * What a policy (C2SP tlog-policy) for this log looks like. Whom to trust is for
 * the reader to decide: no witness of ours is named in it.
 */
static enum status
add_policy(struct exhibit_log *x, struct bag_writer *bag, struct error *err)
{
	struct buf text;
	enum status st;

	buf_init(&text, NOTE_MAX);
	buf_puts(&text,
	    "# An example, and no more: this bag cannot say whom you trust.\n"
	    "# Compare the key of the log with one that came another way, and add the\n"
	    "# witnesses that you trust and how many of them must have signed:\n"
	    "#   witness NAME VKEY\n"
	    "#   group several 2 NAME NAME NAME\n"
	    "#   quorum several\n"
	    "# Then: geophone verify --policy YOURS BAG\n"
	    "log ");
	note_key_text(log_signer(ledger_log(x->sealing.ledger)), &text);
	buf_puts(&text, "\nquorum none\n");
	st = buf_state(&text, "a policy", err);
	if (st == OK)
		st = bag_add(bag, BAG_ADD_POLICY, buf_span(&text), err);
	buf_release(&text);
	return st;
}

enum status
exhibit_log_close(struct exhibit_log *x, struct bag_writer *bag,
    const struct digest *params, const struct summary *summary, struct error *err)
{
	struct vouched v = { 0 };
	enum status st;

	if (x == NULL)
		return OK;
	st = record_rest(x, bag, params, summary, err);
	if (st == OK)
		st = ledger_commit(x->sealing.ledger, err);
	if (st == OK)
		st = vouch_ask(x->vouch, x->sealing.ledger, &v, err);
	if (st == OK)
		st = add_proofs(x, bag, err);
	if (st == OK)
		st = add_policy(x, bag, err);
	if (st == OK && v.stamped)
		st = bag_add(bag, BAG_ADD_STAMP, buf_span(&v.tsr), err);
	x->lacking = v.failed;
	vouched_text(&v, x->vouched, sizeof x->vouched);
	vouched_release(&v);
	return st;
}

void
exhibit_log_release(struct exhibit_log *x)
{
	sealing_close(&x->sealing);
	free(x->slice);
	x->slice = NULL;
}
