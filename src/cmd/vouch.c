/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/vouch.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/stamp.h"
#include "cmd/cmd.h"
#include "cmd/http.h"
#include "cmd/judge_proof.h"
#include "cmd/keys.h"
#include "cmd/options.h"
#include "evidence/witness.h"

#define URL_MAX 2048

const char *
vouch_lacks(const struct vouch *v)
{
	if (v->witnesses > 0 && v->policy == NULL)
		return "--witness needs --policy, which names the key of the witness";
	if (v->tsa && v->roots == NULL)
		return "--tsa needs --tsa-ca, the authorities whose word you take";
	if (v->roots && v->tsa == NULL)
		return "--tsa-ca is for --tsa";
	if (v->policy && v->witnesses == 0)
		return "--policy is for --witness";
	return NULL;
}

/* POST what we have, from the size that the witness is said to hold. */
static enum status
ask_from(const char *url, struct ledger *l, uint64_t old, struct buf *reply, long *status,
    struct error *err)
{
	struct log *log = ledger_log(l);
	struct witness_request q = { .old = old, .note = log_note(log) };
	struct tiles *t = log_tiles(log);
	struct buf body;
	enum status st;

	if (t == NULL)
		return error_set(err, E_NOMEM, "no memory to read the log");
	if (!merkle_consistency(old, log_state(log)->size, tiles_node, t, &q.path)) {
		*err = *tiles_error(t);
		return E_IO;
	}
	buf_init(&body, WITNESS_REQUEST);
	witness_request_encode(&q, &body);
	st = buf_state(&body, "the request", err);
	buf_reset(reply);
	if (st == OK)
		st = http_post(url, "text/plain", buf_span(&body), reply, status, err);
	buf_release(&body);
	return st;
}

/* The answer to 0, when the witness holds more, is the size that it holds. */
static enum status
ask_witness(const char *where, struct ledger *l, struct buf *reply, struct error *err)
{
	char url[URL_MAX];
	uint64_t old;
	long status;
	size_t n = strlen(where);
	enum status st;

	while (n > 0 && where[n - 1] == '/')
		n--;
	if (snprintf(url, sizeof url, "%.*s/add-checkpoint", (int)n, where) >=
	    (int)sizeof url)
		return error_set(err, E_MISUSE, "the address of the witness is too long");
	st = ask_from(url, l, 0, reply, &status, err);
	if (st == OK && status == 409) {
		while (reply->len > 0 && reply->at[reply->len - 1] == '\n')
			reply->at[--reply->len] = '\0';
		if (reply->len == 0 || !option_number(reply->at, 0, MERKLE_SIZE_MAX, &old))
			return error_set(err, E_FORMAT,
			    "the witness %s says neither yes nor which size it holds",
			    where);
		if (old > log_state(ledger_log(l))->size)
			return error_set(err, E_DIFFERS,
			    "the witness %s holds %" PRIu64
			    " entries of this log, which has %" PRIu64
			    ": this log was set back, or there are two",
			    where, old, log_state(ledger_log(l))->size);
		st = ask_from(url, l, old, reply, &status, err);
	}
	if (st == OK && status != 200)
		return error_set(err, status == 422 || status == 409 ? E_DIFFERS : E_IO,
		    "the witness %s refuses with %ld%s", where, status,
		    status == 422 ? ": this log does not continue what it signed before"
				  : "");
	return st;
}

/* Put the cosignature of each known witness in `reply` on the checkpoint. */
static enum status
take_cosignatures(const struct policy *p, struct ledger *l, struct span reply,
    unsigned *taken, struct error *err)
{
	struct log *log = ledger_log(l);
	struct note ours, theirs;
	struct buf joined, merged;
	enum status st = note_parse(log_note(log), &ours, err);

	if (st != OK)
		return st;
	*taken = 0;
	buf_init(&joined, 2 * NOTE_MAX), buf_init(&merged, NOTE_MAX);
	buf_put(&joined, ours.text.at, ours.text.len + 1);
	buf_put(&joined, reply.at, reply.len);
	st = note_parse(buf_span(&joined), &theirs, err);
	for (unsigned i = 0; st == OK && i < policy_witnesses(p); i++) {
		const struct note_key *k = policy_witness(p, i);

		if (note_check(&theirs, k, NULL) != NOTE_GOOD)
			continue;
		buf_reset(&merged);
		buf_put(&merged, ours.text.at, ours.text.len + 1);
		note_lines_without(&ours, k, &merged);
		note_lines_of(&theirs, k, &merged);
		st = buf_state(&merged, "the checkpoint", err);
		if (st == OK)
			st = log_adopt(log, buf_span(&merged), err);
		if (st == OK)
			st = note_parse(log_note(log), &ours, err);
		*taken += st == OK;
	}
	buf_release(&joined), buf_release(&merged);
	return st;
}

static enum status
one_witness(const struct policy *p, const char *url, struct ledger *l, struct vouched *out,
    struct error *err)
{
	struct buf reply;
	unsigned taken = 0;
	enum status st;

	buf_init(&reply, NOTE_MAX / 2);
	st = ask_witness(url, l, &reply, err);
	if (st == OK)
		st = take_cosignatures(p, l, buf_span(&reply), &taken, err);
	buf_release(&reply);
	if (st == OK && taken == 0)
		st = error_set(err, E_DIFFERS,
		    "what %s answered is no cosignature of a witness of the policy", url);
	out->cosigned += taken;
	return st;
}

static enum status
ask_witnesses(
    const struct vouch *v, struct ledger *l, struct vouched *out, struct error *err)
{
	struct policy *p;
	enum status st = judge_read_policy(v->policy, &p, err);

	if (st != OK)
		return st;
	for (unsigned i = 0; i < v->witnesses; i++) {
		struct error why;

		if (one_witness(p, v->witness[i], l, out, &why) == OK)
			continue;
		cmd_complain(v->verb, &why, NULL);
		out->failed++;
	}
	policy_free(p);
	return OK;
}

enum status
vouch_stamp(const struct vouch *v, struct span data, struct buf *tsr, struct timestamp *out,
    struct error *err)
{
	struct buf query, roots;
	uint64_t nonce;
	long status;
	enum status st;

	if (getrandom(&nonce, sizeof nonce, 0) != (ssize_t)sizeof nonce)
		return error_sys(err, "read random bytes");
	nonce >>= 1; /* some authorities read it as a signed number */
	buf_init(&query, 4096), buf_init(&roots, TIMESTAMP_MAX);
	st = keys_read_file(v->roots, &roots, err);
	if (st == OK)
		st = timestamp_query(data, nonce, &query, err);
	if (st == OK)
		st =
		    http_post(v->tsa, TIMESTAMP_QUERY, buf_span(&query), tsr, &status, err);
	if (st == OK && status != 200)
		st = error_set(err, E_IO, "the authority %s answers %ld", v->tsa, status);
	if (st == OK)
		st = timestamp_check(
		    buf_span(tsr), data, buf_span(&roots), &nonce, out, err);
	buf_release(&query), buf_release(&roots);
	return st;
}

static enum status
stamp_checkpoint(
    const struct vouch *v, struct ledger *l, struct vouched *out, struct error *err)
{
	struct note n;
	enum status st = note_parse(log_note(ledger_log(l)), &n, err);

	if (st != OK)
		return st;
	st = vouch_stamp(v, n.text, &out->tsr, &out->stamp, err);
	out->stamped = st == OK;
	return st;
}

enum status
vouch_ask(const struct vouch *v, struct ledger *l, struct vouched *out, struct error *err)
{
	enum status st = OK;
	struct error why;

	*out = (struct vouched){ 0 };
	buf_init(&out->tsr, TIMESTAMP_MAX);
	if (v->witnesses > 0)
		st = ask_witnesses(v, l, out, err);
	if (st == OK && v->tsa && stamp_checkpoint(v, l, out, &why) != OK) {
		cmd_complain(v->verb, &why, NULL);
		out->failed++;
	}
	return st;
}

void
vouched_release(struct vouched *v)
{
	buf_release(&v->tsr);
}

void
vouched_text(const struct vouched *v, char *to, size_t size)
{
	char time[STAMP_TEXT];

	if (v->stamped && v->stamp.time <= UINT64_MAX / SECOND_NS)
		(void)snprintf(to, size, "witnessed: %u cosigned, stamped %s by %s",
		    v->cosigned, stamp_text(v->stamp.time * SECOND_NS, time), v->stamp.who);
	else if (v->cosigned > 0)
		(void)snprintf(to, size, "witnessed: %u cosigned", v->cosigned);
	else
		(void)snprintf(to, size, "unwitnessed: nobody else vouches for it");
}
