/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/verify_log.h"

#include "evidence/leaf.h"
#include "evidence/proof.h"

static void
count_witnesses(struct logged *l, const struct policy_answer *a)
{
	if (l->trusted++ == 0 || a->cosigned < l->cosigned)
		l->cosigned = a->cosigned;
	l->witnesses = a->witnesses;
	if (a->cosigned == 0)
		l->unwitnessed = true;
	else if (a->first_time > l->latest)
		l->latest = a->first_time;
}

/* Does the path lead from the leaf to the checkpoint in the proof? */
static enum status
included(
    struct logged *l, const struct proof *p, const struct digest *leaf, struct error *err)
{
	struct digest text;
	struct checkpoint cp;
	struct note n;
	enum status st = note_parse(p->note, &n, err);

	if (st == OK)
		st = checkpoint_parse(n.text, &cp, err);
	if (st == OK && !proof_includes(p, &cp, leaf))
		st = error_set(
		    err, E_DIFFERS, "it does not lead from the entry to its checkpoint");
	if (st != OK)
		return st;
	text = digest_of(n.text);
	if (l->included == 0)
		l->text = text;
	l->mixed |= !digest_same(&text, &l->text);
	return OK;
}

bool
logged_see(struct logged *l, const struct key *key, struct span envelope, const char *path,
    struct span bytes, struct faults *faults)
{
	struct policy_answer a;
	struct digest leaf;
	struct proof p;
	struct error err;
	struct buf text;
	enum status st;

	l->proofs++;
	buf_init(&text, LEAF_MAX);
	st = leaf_of_envelope(key, DSSE_IN_TOTO, envelope, &text, &err);
	if (st == OK) {
		l->rebuilt++;
		leaf = merkle_leaf(buf_span(&text));
		st = proof_parse(bytes, &p, &err);
	}
	buf_release(&text);
	if (st == OK)
		st = included(l, &p, &leaf, &err);
	if (st == OK) {
		l->included++;
		if (l->policy == NULL)
			return false;
		st = policy_check(l->policy, p.note, &a, &err);
	}
	if (st != OK) {
		fault(faults, "%s: %s", path, err.text);
		return false;
	}
	count_witnesses(l, &a);
	return true;
}
