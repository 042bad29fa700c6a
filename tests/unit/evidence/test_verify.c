/* SPDX-License-Identifier: Apache-2.0 */
#include "scratch.h"

#include "../system/sample_bag.h"
#include "evidence/leaf.h"
#include "evidence/proof.h"

/* How the bag, or the question, differs from a good one. */
enum twist {
	AS_IT_SHOULD_BE,
	NOT_RUN,
	RUNS_OTHERWISE,
	CANNOT_RUN,
	NO_KEY,
	BROKEN_KEY,
	OTHER_KEY_IN_BAG,
	PINNED,
	PINNED_OTHER,
	PINNED_WITHOUT,
	PINNED_BROKEN,
	SPEAKS_OF_ANOTHER_KEY,
	GARBAGE,
	SLICE_CHANGED,
	SLICE_GONE,
	NO_FINDINGS,
	REPORT_CHANGED,
	TYPE_OF_ANOTHER,
	PARAMS_GONE,
	/* with a proof beside the finding */
	PROVEN,
	PROVEN_NO_POLICY,
	PROVEN_UNSEEN,
	PROOF_OF_ANOTHER,
	PROOF_GARBAGE,
	PROOF_UNTRUSTED,
};

#define CORE "{\"host\":\"10.0.0.1\"}"

static struct key *
key_of(uint8_t first)
{
	uint8_t seed[KEY_BYTES] = { first };
	struct key *k;
	struct error err;

	assert_int_equal(key_from_seed(&k, seed, &err), OK);
	return k;
}

static void
add_key(struct bag_writer *w, enum twist t, const struct key *k)
{
	struct error err;
	struct buf pem;

	buf_init(&pem, 1000);
	key_public_pem(k, &pem);
	if (t == BROKEN_KEY || t == PINNED_BROKEN)
		pem.at[40] = '!';
	if (t != NO_KEY && t != PINNED_WITHOUT)
		assert_int_equal(bag_add(w, "keys/sensor.pem", buf_span(&pem), &err), OK);
	buf_release(&pem);
}

/* A log of two entries, ours the second, cosigned at 1767225600. */
static void
add_proof(struct bag_writer *w, enum twist t, const struct key *k, struct span envelope)
{
	struct key *log = key_of(t == PROOF_UNTRUSTED ? 9 : 3), *witness = key_of(4);
	struct checkpoint cp = { .origin = "log.example", .size = 2 };
	struct proof p = { .index = 1, .path.n = 1 };
	struct buf leaf, text, note, proof;
	struct digest d;
	struct error err;

	buf_init(&leaf, LEAF_MAX), buf_init(&text, 4096), buf_init(&note, NOTE_MAX);
	buf_init(&proof, PROOF_MAX);
	assert_int_equal(leaf_of_envelope(k, DSSE_IN_TOTO, envelope, &leaf, &err), OK);
	if (t == PROOF_OF_ANOTHER)
		leaf.at[3] ^= 1;
	d = merkle_leaf(buf_span(&leaf));
	p.path.hash[0] = merkle_leaf(BYTES("another"));
	cp.root = merkle_node(&p.path.hash[0], &d);
	assert_int_equal(checkpoint_sign(&cp, log, &note, &err), OK);
	checkpoint_text(&cp, &text);
	if (t != PROVEN_UNSEEN)
		assert_int_equal(note_cosign("w.example", witness, 1767225600,
				     buf_span(&text), &note, &err),
		    OK);
	p.note = buf_span(&note);
	proof_encode(&p, &proof);
	if (t == PROOF_GARBAGE)
		proof.at[0] = 'C';
	assert_int_equal(bag_add(w, "proofs/f.tlog-proof", buf_span(&proof), &err), OK);
	buf_release(&leaf), buf_release(&text), buf_release(&note), buf_release(&proof);
	key_free(log), key_free(witness);
}

/* Trusts the log and, but for PROVEN_UNSEEN, wants its witness. */
static struct policy *
make_policy(enum twist t)
{
	struct key *log = key_of(3), *witness = key_of(4);
	struct policy *p;
	struct note_key n;
	struct error err;
	struct buf b;

	buf_init(&b, POLICY_MAX);
	buf_puts(&b, "log ");
	assert_int_equal(note_key_make("log.example", NOTE_ED25519, log, &n, &err), OK);
	note_key_text(&n, &b);
	note_key_release(&n);
	buf_puts(&b, "\nwitness w ");
	assert_int_equal(
	    note_key_make("w.example", NOTE_COSIGNATURE, witness, &n, &err), OK);
	note_key_text(&n, &b);
	note_key_release(&n);
	buf_puts(&b, t == PROVEN_UNSEEN ? "\nquorum none\n" : "\nquorum w\n");
	assert_int_equal(policy_parse(buf_span(&b), &p, &err), OK);
	buf_release(&b);
	key_free(log), key_free(witness);
	return p;
}

static void
add_finding(struct bag_writer *w, enum twist t, const struct key *k)
{
	struct digest id = digest_of(BYTES(CORE)), kid = key_id(k);
	struct statement s = { .subjects = 1, .detector = "d", .version = "0" };
	struct buf body, envelope;
	struct error err;

	(void)digest_hex(&id, s.finding_id);
	if (t == SPEAKS_OF_ANOTHER_KEY)
		kid.b[0] ^= 1;
	(void)digest_hex(&kid, s.key_id);
	id = digest_of(BYTES("{}"));
	(void)digest_hex(&id, s.params_sha256);
	(void)snprintf(s.subject[0].name, STATEMENT_NAME, "data/slices/s.pcapng");
	s.subject[0].digest = digest_of(BYTES("packets"));
	buf_init(&body, STATEMENT_MAX), buf_init(&envelope, DSSE_MAX);
	statement_encode(&s, BYTES(CORE), &body);
	if (t == GARBAGE)
		buf_puts(&envelope, "{\"payload\":\n");
	else
		assert_int_equal(
		    dsse_seal(k, t == TYPE_OF_ANOTHER ? "text/plain" : DSSE_IN_TOTO,
			buf_span(&body), &envelope, &err),
		    OK);
	assert_int_equal(bag_add(w, "findings/f.dsse.json", buf_span(&envelope), &err), OK);
	if (t != SLICE_GONE)
		assert_int_equal(
		    bag_add(w, "slices/s.pcapng",
			t == SLICE_CHANGED ? BYTES("Packets") : BYTES("packets"), &err),
		    OK);
	if (t >= PROVEN)
		add_proof(w, t, k, buf_span(&envelope));
	buf_release(&body), buf_release(&envelope);
}

static void
make_twisted(const char *dir, enum twist t)
{
	struct key *k = key_of(1), *other = key_of(2);
	struct bag_writer *w;
	struct error err;
	char path[256], hex[DIGEST_HEX];
	struct digest d = digest_of(BYTES("{}"));

	assert_int_equal(bag_create(&w, dir, &err), OK);
	add_key(w, t, t == OTHER_KEY_IN_BAG ? other : k);
	if (t != NO_FINDINGS)
		add_finding(w, t, k);
	(void)snprintf(path, sizeof path, "params/%s.json", digest_hex(&d, hex));
	if (t != PARAMS_GONE)
		assert_int_equal(bag_add(w, path, BYTES("{}"), &err), OK);
	assert_int_equal(bag_add(w, "report/report.html", BYTES("<p>"), &err), OK);
	assert_int_equal(bag_commit(w, &err), OK);
	bag_writer_close(w);
	(void)snprintf(path, sizeof path, "%s/data/report/report.html", dir);
	if (t == REPORT_CHANGED)
		put_file(path, BYTES("<P>"));
	key_free(k), key_free(other);
}

struct called {
	enum twist t;
	unsigned times;
};

static enum status
recompute(void *state, const struct verify_finding *f, struct buf *core, struct error *err)
{
	struct called *c = state;
	struct buf slice;

	c->times++;
	assert_string_equal(f->path, "data/findings/f.dsse.json");
	assert_int_equal(f->params.len, 2);
	assert_memory_equal(f->params.at, "{}", 2);
	assert_null(f->baseline.at);
	assert_null(f->flows_path);
	buf_init(&slice, 100);
	get_file(f->slice_path, &slice);
	assert_string_equal(slice.at, "packets");
	buf_release(&slice);
	if (c->t == CANNOT_RUN)
		return error_set(err, E_MISUSE, "no detector of that name");
	buf_put(core, f->core.at, f->core.len);
	if (c->t == RUNS_OTHERWISE)
		core->at[2] ^= 1;
	return OK;
}

struct heard {
	char text[4096];
};

static void
hear(void *state, const char *sentence)
{
	struct heard *h = state;
	size_t n = strlen(h->text);

	(void)snprintf(h->text + n, sizeof h->text - n, "%s\n", sentence);
}

static const struct {
	const char *name;
	enum twist t;
	unsigned step;
	enum verify_verdict want;
	const char *says;  /* in the sentence of that step */
	const char *fault; /* among the complaints; NULL: there is none */
	bool failed;
} TWISTS[] = {
	{ "the files", AS_IT_SHOULD_BE, 1, VERIFY_PASS, "all 9 files are there", NULL,
	    false },
	{ "the signature", AS_IT_SHOULD_BE, 2, VERIFY_PASS, "lies in the same bag", NULL,
	    false },
	{ "no log", AS_IT_SHOULD_BE, 4, VERIFY_NOT_POSSIBLE, "not in this bag", NULL,
	    false },
	{ "no stamp", AS_IT_SHOULD_BE, 6, VERIFY_NOT_POSSIBLE, "not in this bag", NULL,
	    false },
	{ "the slice", AS_IT_SHOULD_BE, 7, VERIFY_PASS,
	    "1 other file in data/ is held by no signature", NULL, false },
	{ "run again", AS_IT_SHOULD_BE, 8, VERIFY_PASS, "of 1 of 1 findings", NULL, false },
	{ "not run", NOT_RUN, 8, VERIFY_NOT_POSSIBLE, "not run again", NULL, false },
	{ "runs otherwise", RUNS_OTHERWISE, 8, VERIFY_FAIL,
	    "1 of 1 findings are not reproduced", "f.dsse.json is not reproduced", true },
	{ "cannot run", CANNOT_RUN, 8, VERIFY_NOT_POSSIBLE, "no detector of that name",
	    NULL, false },
	{ "no key", NO_KEY, 2, VERIFY_FAIL, "no key that can be read", NULL, true },
	{ "a broken key", BROKEN_KEY, 2, VERIFY_FAIL, "no key that can be read",
	    "data/keys/sensor.pem: ", true },
	{ "somebody else's key", OTHER_KEY_IN_BAG, 2, VERIFY_FAIL,
	    "1 of 1 findings are not signed",
	    "data/findings/f.dsse.json: none of its 1 signatures", true },
	{ "the key that was given", PINNED, 2, VERIFY_PASS, "which you gave", NULL, false },
	{ "another key was given", PINNED_OTHER, 2, VERIFY_FAIL, "are not signed",
	    "is not the key that you gave", true },
	{ "a key was given, none is there", PINNED_WITHOUT, 2, VERIFY_PASS,
	    "which you gave", NULL, false },
	{ "a key was given, a broken one is there", PINNED_BROKEN, 2, VERIFY_FAIL,
	    "is another or broken", "data/keys/sensor.pem: ", true },
	{ "it speaks of another key", SPEAKS_OF_ANOTHER_KEY, 2, VERIFY_FAIL,
	    "are not signed", "it speaks of the key", true },
	{ "garbage", GARBAGE, 2, VERIFY_FAIL, "are not signed", "not a DSSE envelope",
	    true },
	{ "signed as something else", TYPE_OF_ANOTHER, 2, VERIFY_FAIL, "are not signed",
	    "not of type", true },
	{ "a changed slice", SLICE_CHANGED, 7, VERIFY_FAIL, "1 of the 2 files",
	    "names data/slices/s.pcapng, which is not the file", true },
	{ "a changed slice is not run", SLICE_CHANGED, 8, VERIFY_NOT_POSSIBLE,
	    "not run again", "not the file", true },
	{ "no slice", SLICE_GONE, 7, VERIFY_FAIL, "1 of the 2 files",
	    "which is not in the bag", true },
	{ "no parameters", PARAMS_GONE, 7, VERIFY_FAIL, "1 of the 2 files",
	    "names data/params/", true },
	{ "an entry of the log", PROVEN, 3, VERIFY_PASS, "for 1 of 1", NULL, false },
	{ "included", PROVEN, 4, VERIFY_PASS, "for 1 of 1", NULL, false },
	{ "trusted", PROVEN, 5, VERIFY_PASS, "for 1 of 1", NULL, false },
	{ "no policy: included", PROVEN_NO_POLICY, 4, VERIFY_PASS, "for 1 of 1", NULL,
	    false },
	{ "no policy", PROVEN_NO_POLICY, 5, VERIFY_NOT_POSSIBLE, "give a policy", NULL,
	    false },
	{ "a policy without witnesses", PROVEN_UNSEEN, 5, VERIFY_PASS, "for 1 of 1", NULL,
	    false },
	{ "the proof of something else", PROOF_OF_ANOTHER, 4, VERIFY_FAIL,
	    "1 of 1 proofs do not show that", "data/proofs/f.tlog-proof: it does not lead",
	    true },
	{ "garbage for a proof", PROOF_GARBAGE, 4, VERIFY_FAIL, "do not show that",
	    "f.tlog-proof: not a c2sp.org", true },
	{ "a log that nobody trusts", PROOF_UNTRUSTED, 5, VERIFY_FAIL, "do not show that",
	    "no log of the policy", true },
	{ "a log that nobody trusts: included", PROOF_UNTRUSTED, 4, VERIFY_PASS,
	    "for 1 of 1", "no log of the policy", true },
	{ "nothing found", NO_FINDINGS, 2, VERIFY_NOT_POSSIBLE, "no signed finding", NULL,
	    false },
	{ "a changed report", REPORT_CHANGED, 1, VERIFY_FAIL, "1 thing is wrong",
	    "data/report/report.html is not what was sealed", true },
	{ "a changed report, good signatures", REPORT_CHANGED, 2, VERIFY_PASS, "is signed",
	    "report.html", true },
};

static void
each_twist_has_its_verdict(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(TWISTS); i++) {
		enum twist t = TWISTS[i].t;
		struct key *right = key_of(1), *wrong = key_of(2);
		struct called called = { .t = t };
		struct heard h = { "" };
		struct verify_options opt = { .complain = hear,
			.complain_state = &h,
			.recompute = t == NOT_RUN ? NULL : recompute,
			.recompute_state = &called };
		struct verify_report r;
		struct policy *policy = NULL;
		struct error err;
		char dir[SCRATCH], bag[128];

		ROW(i, TWISTS[i].name);
		if (t == PINNED || t == PINNED_WITHOUT || t == PINNED_BROKEN)
			opt.pinned = right;
		if (t == PINNED_OTHER)
			opt.pinned = wrong;
		if (t >= PROVEN && t != PROVEN_NO_POLICY)
			opt.policy = policy = make_policy(t);
		scratch_make(dir);
		(void)snprintf(bag, sizeof bag, "%s/case", dir);
		make_twisted(bag, t);
		assert_int_equal(verify_bag(bag, &opt, &r, &err), OK);
		if (r.step[TWISTS[i].step - 1].verdict != TWISTS[i].want ||
		    strstr(r.step[TWISTS[i].step - 1].sentence, TWISTS[i].says) == NULL)
			fail_msg("%s: %s",
			    verify_verdict_text(r.step[TWISTS[i].step - 1].verdict),
			    r.step[TWISTS[i].step - 1].sentence);
		assert_int_equal(r.failed, TWISTS[i].failed);
		if (TWISTS[i].fault == NULL && h.text[0] != '\0')
			fail_msg("said: %s", h.text);
		if (TWISTS[i].fault && strstr(h.text, TWISTS[i].fault) == NULL)
			fail_msg("said: %s", h.text);
		assert_int_equal(r.findings, t != NO_FINDINGS);
		assert_int_equal(r.witnessed, t == PROVEN);
		assert_non_null(strstr(r.witness,
		    t == PROVEN
			? "witnessed: cosigned by 1 of 1 witnesses of your policy, all "
			  "findings by 2026-01-01T00:00:00"
			: "unwitnessed"));
		for (unsigned s = 0; s < VERIFY_STEPS; s++) {
			assert_true(r.step[s].sentence[0] != '\0' &&
				    r.step[s].does_not_show[0] != '\0');
			assert_null(strstr(r.step[s].sentence, "proof of"));
		}
		key_free(right), key_free(wrong);
		policy_free(policy);
		scratch_remove(dir);
	}
}

/* Made by another program: the entry for {"a":1}, signed with the key of seed 1. */
static void
the_leaf_is_a_rekor_entry(void **state)
{
	static const char want[] =
	    "{\"apiVersion\":\"0.0.2\",\"kind\":\"hashedrekord\",\"spec\":{"
	    "\"hashedRekordV002\":"
	    "{\"data\":{\"algorithm\":\"SHA2_256\",\"digest\":"
	    "\"u2jK77gbwAsD6K/dWGmQg8bXDsvW7gtAWoMX0t1E5cU=\"},\"signature\":{\"content\":"
	    "\"VfJV8hPliRCkCV0q4LmwWP9DxSNxhfywyBkUvQnEF6ELtnlYuBXrnJ6ZrZK5vMRtX3e0RRGfA07G"
	    "pwF/"
	    "JoE+DA==\",\"verifier\":{\"keyDetails\":\"PKIX_ED25519\",\"publicKey\":{"
	    "\"rawBytes\":"
	    "\"MCowBQYDK2VwAyEAzswVB9wd3XKVlRwpCIjwla25BE0bc9aW5t8GXWg71Pw=\"}}}}}}";
	struct key *k = key_of(1), *other = key_of(2);
	struct buf envelope, leaf;
	struct error err;

	(void)state;
	buf_init(&envelope, 4096), buf_init(&leaf, LEAF_MAX);
	assert_int_equal(
	    dsse_seal(k, DSSE_IN_TOTO, BYTES("{\"a\":1}"), &envelope, &err), OK);
	assert_int_equal(
	    leaf_of_envelope(k, DSSE_IN_TOTO, buf_span(&envelope), &leaf, &err), OK);
	assert_string_equal(leaf.at, want);
	assert_int_equal(
	    leaf_of_envelope(other, DSSE_IN_TOTO, buf_span(&envelope), &leaf, &err),
	    E_DIFFERS);
	buf_release(&envelope), buf_release(&leaf);
	key_free(k), key_free(other);
}

/* The order of the steps is the order of their names. */
static void
steps_are_in_order(void **state)
{
	struct verify_options opt = { 0 };
	struct verify_report r;
	struct error err;
	char dir[SCRATCH], bag[128], id[8];

	(void)state;
	scratch_make(dir);
	(void)snprintf(bag, sizeof bag, "%s/case", dir);
	assert_int_equal(sample_bag(bag, &err), OK);
	assert_int_equal(verify_bag(bag, &opt, &r, &err), OK);
	assert_false(r.failed);
	assert_int_equal(r.findings, 2);
	assert_int_equal(r.unsigned_files, 2); /* the report and the README */
	for (unsigned s = 0; s < VERIFY_STEPS; s++) {
		(void)snprintf(id, sizeof id, "V%u", s + 1);
		assert_string_equal(r.step[s].id, id);
	}
	assert_int_equal(verify_bag(dir, &opt, &r, &err), E_FORMAT);
	scratch_remove(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_twist_has_its_verdict),
		cmocka_unit_test(the_leaf_is_a_rekor_entry),
		cmocka_unit_test(steps_are_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
