/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/verify_proof.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/base64.h"
#include "base/stamp.h"
#include "evidence/leaf.h"
#include "evidence/tiles.h"

/* The entry as it lies in the proof. Who would rely on it holds it against the path. */
static enum status
carried_entry(const struct proof *p, struct buf *entry, struct error *err)
{
	if (p->extra.len == 0 || !base64_decode(p->extra, entry))
		return error_set(err, E_MISUSE,
		    "the proof does not carry its entry: give the envelope that it is "
		    "about");
	return buf_state(entry, "the entry", err);
}

static enum status
check_entry(const struct proof *p, const struct checkpoint *cp, struct span envelope,
    const struct key *key, struct proof_report *r, struct error *err)
{
	struct digest leaf, id;
	struct buf entry;
	enum status st;

	buf_init(&entry, ENTRY_MAX);
	if (envelope.len > 0) {
		st = leaf_of_envelope(key, DSSE_IN_TOTO, envelope, &entry, err);
		r->from_envelope = true;
		id = key_id(key);
		(void)digest_hex(&id, r->signer);
	} else {
		st = carried_entry(p, &entry, err);
	}
	leaf = merkle_leaf(buf_span(&entry));
	buf_release(&entry);
	if (st == OK && !proof_includes(p, cp, &leaf))
		st = error_set(err, E_DIFFERS,
		    "the path of the proof does not lead from the entry to the checkpoint");
	return st;
}

static void
say_witness(struct proof_report *r)
{
	char time[STAMP_TEXT];
	uint64_t at = r->answer.first_time;

	if (r->answer.cosigned == 0 || at > UINT64_MAX / SECOND_NS)
		(void)snprintf(r->witness, sizeof r->witness,
		    "unwitnessed: nobody but the log vouches for when this existed, or "
		    "that it shows everybody the same");
	else
		(void)snprintf(r->witness, sizeof r->witness,
		    "witnessed: cosigned by %u of %u witnesses of your policy, first at %s",
		    r->answer.cosigned, r->answer.witnesses,
		    stamp_text(at * SECOND_NS, time));
}

enum status
verify_proof(struct span proof, const struct policy *policy, struct span envelope,
    const struct key *key, struct proof_report *out, struct error *err)
{
	struct proof_report r = { 0 };
	struct proof p;
	enum status st = proof_parse(proof, &p, err);

	if (st == OK)
		st = policy_check(policy, p.note, &r.answer, err);
	if (st == OK)
		st = check_entry(&p, &r.answer.checkpoint, envelope, key, &r, err);
	if (st != OK)
		return st;
	r.index = p.index;
	say_witness(&r);
	*out = r;
	return OK;
}
