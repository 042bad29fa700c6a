/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/judge_proof.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/json.h"
#include "cmd/keys.h"
#include "evidence/dsse.h"
#include "evidence/verify_proof.h"

enum status
judge_read_policy(const char *path, struct policy **out, struct error *err)
{
	struct buf text;
	enum status st;

	buf_init(&text, POLICY_MAX);
	st = keys_read_file(path, &text, err);
	if (st == OK) {
		st = policy_parse(buf_span(&text), out, err);
		if (st != OK)
			error_wrap(err, "%s", path);
	}
	buf_release(&text);
	return st;
}

static void
print_text(const struct proof_report *r)
{
	printf("entry %" PRIu64 " is in the log %s, which has %" PRIu64 " entries\n",
	    r->index, r->answer.checkpoint.origin, r->answer.checkpoint.size);
	if (r->from_envelope)
		printf(
		    "it is the statement that you gave, signed by the key %s\n", r->signer);
	else
		printf("it is the entry that the proof carries; what was said is in the "
		       "statement of which it is the hash\n");
	printf("does not show: that what was said is true, or that the log shows "
	       "everybody the same entries\n%s\n",
	    r->witness);
}

static enum status
print_json(const struct proof_report *r, struct error *err)
{
	char hex[DIGEST_HEX];
	struct buf out;
	struct json j;
	enum status st;

	buf_init(&out, 65536);
	json_init(&j, &out);
	json_open(&j, '{');
	json_key(&j, "cosigned"), json_uint(&j, r->answer.cosigned);
	json_key(&j, "index"), json_uint(&j, r->index);
	json_key(&j, "origin"), json_str(&j, r->answer.checkpoint.origin);
	json_key(&j, "root");
	json_str(&j, digest_hex(&r->answer.checkpoint.root, hex));
	json_key(&j, "signer"), json_str(&j, r->signer);
	json_key(&j, "size"), json_uint(&j, r->answer.checkpoint.size);
	json_key(&j, "verifies"), json_bool(&j, true);
	json_key(&j, "witness"), json_str(&j, r->witness);
	json_close(&j, '}');
	buf_putc(&out, '\n');
	st = buf_state(&out, "the report", err);
	if (st == OK)
		(void)fwrite(out.at, 1, out.len, stdout);
	buf_release(&out);
	return st;
}

enum status
judge_proof(const struct proof_order *o, const struct policy *policy, struct error *err)
{
	struct proof_report r;
	struct buf proof, envelope;
	struct key *key = NULL;
	enum status st;

	buf_init(&proof, PROOF_MAX), buf_init(&envelope, DSSE_MAX);
	st = keys_read_file(o->path, &proof, err);
	if (st == OK && o->statement)
		st = keys_read_file(o->statement, &envelope, err);
	if (st == OK && o->statement)
		st = keys_public(&key, o->pem, err);
	if (st == OK) {
		st = verify_proof(
		    buf_span(&proof), policy, buf_span(&envelope), key, &r, err);
		if (st != OK)
			error_wrap(err, "%s does not verify", o->path);
	} else if (st != E_NOMEM) {
		st = E_IO; /* there was nothing to judge */
	}
	if (st == OK && o->json)
		st = print_json(&r, err);
	else if (st == OK && !o->quiet)
		print_text(&r);
	buf_release(&proof), buf_release(&envelope);
	key_free(key);
	return st;
}
