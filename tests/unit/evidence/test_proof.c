/* SPDX-License-Identifier: Apache-2.0 */
#include "scratch.h"

#include "base/base64.h"
#include "evidence/policy.h"
#include "evidence/proof.h"

#define ZERO_ROOT "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

static void
checkpoints(void **state)
{
	static const struct {
		const char *name;
		struct span text;
		uint64_t size;
		enum status want;
	} rows[] = {
		{ "the three lines", BYTES("o\n300\n" ZERO_ROOT "\n"), 300, OK },
		{ "an empty log", BYTES("o\n0\n" ZERO_ROOT "\n"), 0, OK },
		{ "with an extension", BYTES("o\n7\n" ZERO_ROOT "\nmore\n"), 7, OK },
		{ "an origin of several words", BYTES("a log of ours\n7\n" ZERO_ROOT "\n"),
		    7, OK },
		{ "the greatest size", BYTES("o\n4611686018427387903\n" ZERO_ROOT "\n"),
		    MERKLE_SIZE_MAX, OK },
		{ "one more", BYTES("o\n4611686018427387904\n" ZERO_ROOT "\n"), 0,
		    E_FORMAT },
		{ "past 64 bits", BYTES("o\n18446744073709551616\n" ZERO_ROOT "\n"), 0,
		    E_FORMAT },
		{ "no origin", BYTES("\n300\n" ZERO_ROOT "\n"), 0, E_FORMAT },
		{ "no size", BYTES("o\n\n" ZERO_ROOT "\n"), 0, E_FORMAT },
		{ "a zero before", BYTES("o\n0300\n" ZERO_ROOT "\n"), 0, E_FORMAT },
		{ "a sign", BYTES("o\n+300\n" ZERO_ROOT "\n"), 0, E_FORMAT },
		{ "hexadecimal", BYTES("o\n0x1\n" ZERO_ROOT "\n"), 0, E_FORMAT },
		{ "a short root", BYTES("o\n300\nAAAA\n"), 0, E_FORMAT },
		{ "no root", BYTES("o\n300\n"), 0, E_FORMAT },
		{ "no end", BYTES("o\n300\n" ZERO_ROOT), 0, E_FORMAT },
		{ "an empty extension", BYTES("o\n300\n" ZERO_ROOT "\n\nx\n"), 0,
		    E_FORMAT },
		{ "nothing", BYTES(""), 0, E_FORMAT },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct checkpoint cp = { 0 };
		struct error err;

		ROW(i, rows[i].name);
		assert_int_equal(checkpoint_parse(rows[i].text, &cp, &err), rows[i].want);
		assert_true(cp.size == rows[i].size);
	}
}

#define NOTE "o\n1\n" ZERO_ROOT "\n\n\xe2\x80\x94 o AAAAAAA=\n"

static void
proofs(void **state)
{
	static const struct {
		const char *name, *text;
		unsigned hashes;
		enum status want;
	} rows[] = {
		{ "a tree of one", "c2sp.org/tlog-proof@v1\nindex 0\n\n" NOTE, 0, OK },
		{ "two hashes",
		    "c2sp.org/tlog-proof@v1\nindex 3\n" ZERO_ROOT "\n" ZERO_ROOT
		    "\n\n" NOTE,
		    2, OK },
		{ "extra data", "c2sp.org/tlog-proof@v1\nextra Zm9v\nindex 0\n\n" NOTE, 0,
		    OK },
		{ "another version", "c2sp.org/tlog-proof@v2\nindex 0\n\n" NOTE, 0,
		    E_FORMAT },
		{ "extra data that is none",
		    "c2sp.org/tlog-proof@v1\nextra Zm9\nindex 0\n\n" NOTE, 0, E_FORMAT },
		{ "no extra data after all",
		    "c2sp.org/tlog-proof@v1\nextra \nindex 0\n\n" NOTE, 0, E_FORMAT },
		{ "extra after the index",
		    "c2sp.org/tlog-proof@v1\nindex 0\nextra Zm9v\n\n" NOTE, 0, E_FORMAT },
		{ "no index", "c2sp.org/tlog-proof@v1\n\n" NOTE, 0, E_FORMAT },
		{ "a zero before", "c2sp.org/tlog-proof@v1\nindex 00\n\n" NOTE, 0,
		    E_FORMAT },
		{ "a short hash", "c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\n" NOTE, 0,
		    E_FORMAT },
		{ "no empty line", "c2sp.org/tlog-proof@v1\nindex 0\n" ZERO_ROOT "\n", 0,
		    E_FORMAT },
		{ "cut", "c2sp.org/tlog-proof@v1\nindex 0", 0, E_FORMAT },
		{ "nothing", "", 0, E_FORMAT },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct proof p = { 0 };
		struct error err;
		struct buf b;

		ROW(i, rows[i].name);
		assert_int_equal(
		    proof_parse(text_span(rows[i].text), &p, &err), rows[i].want);
		if (rows[i].want != OK)
			continue;
		assert_int_equal(p.path.n, rows[i].hashes);
		buf_init(&b, PROOF_MAX);
		proof_encode(&p, &b);
		assert_string_equal(b.at, rows[i].text);
		buf_release(&b);
	}
}

static void
too_many_hashes(void **state)
{
	struct proof p;
	struct error err;
	struct buf b;

	(void)state;
	buf_init(&b, PROOF_MAX);
	buf_puts(&b, "c2sp.org/tlog-proof@v1\nindex 0\n");
	for (int i = 0; i <= MERKLE_PATH_MAX; i++)
		buf_puts(&b, ZERO_ROOT "\n");
	buf_puts(&b, "\n" NOTE);
	assert_int_equal(proof_parse(buf_span(&b), &p, &err), E_LIMIT);
	buf_release(&b);
}

/* A log L, another M, and witnesses A to D with keys of seeds 1 to 6. */
static struct key *
actor(char who)
{
	uint8_t seed[KEY_BYTES] = { (uint8_t)who };
	struct key *k;
	struct error err;

	assert_int_equal(key_from_seed(&k, seed, &err), OK);
	return k;
}

static void
put_vkey(struct buf *b, char who)
{
	struct key *k = actor(who);
	struct note_key n;
	struct error err;
	char name[16];

	(void)snprintf(name, sizeof name, "%c.example", who);
	assert_int_equal(
	    note_key_make(name, who == 'L' || who == 'M' ? NOTE_ED25519 : NOTE_COSIGNATURE,
		k, &n, &err),
	    OK);
	note_key_text(&n, b);
	note_key_release(&n);
	key_free(k);
}

/* Policy text with @X for the verifier key of X. */
static void
expand(struct buf *b, const char *text)
{
	for (; *text; text++) {
		if (*text == '@')
			put_vkey(b, *++text);
		else
			buf_putc(b, *text);
	}
}

/*
 * A checkpoint of L.example with signatures: L and M sign, A to D cosign; in
 * lower case the signature is there and wrong.
 */
static void
make_note(struct buf *b, const char *signers)
{
	static const char text[] = "L.example\n5\n" ZERO_ROOT "\n";

	buf_puts(b, text);
	buf_putc(b, '\n');
	for (; *signers; signers++) {
		char who = (char)(*signers & ~0x20), name[16];
		struct key *k = actor(who);
		struct error err;
		struct span over =
		    *signers == who ? BYTES(text) : BYTES("L.example\n6\n" ZERO_ROOT "\n");

		(void)snprintf(name, sizeof name, "%c.example", who);
		if (who == 'L' || who == 'M')
			assert_int_equal(note_sign(name, k, over, b, &err), OK);
		else
			assert_int_equal(
			    note_cosign(name, k, 1000 + (uint64_t)who, over, b, &err), OK);
		key_free(k);
	}
}

#define W "witness a @A\nwitness b @B\nwitness c @C\nwitness d @D\n"
#define NESTED \
	"log @L\n" W "group ab 2 a b\ngroup cd any c d\ngroup all all ab cd\nquorum all\n"

static void
quorums(void **state)
{
	static const struct {
		const char *name, *policy, *signers;
		enum status want;
		unsigned cosigned;
		const char *says;
	} rows[] = {
		{ "no witness wanted", "log @L\nquorum none\n", "L", OK, 0, "" },
		{ "no witness known", "log @L\nquorum none\n", "LAB", OK, 0, "" },
		{ "the log did not sign", "log @L\nquorum none\n", "A", E_DIFFERS, 0,
		    "no log" },
		{ "the log signed wrongly", "log @L\nquorum none\n", "l", E_DIFFERS, 0,
		    "is wrong" },
		{ "right and wrong", "log @L\nquorum none\n", "Ll", E_DIFFERS, 0,
		    "is wrong" },
		{ "another log under the same origin", "log @M\nquorum none\n", "M",
		    E_DIFFERS, 0, "no log" },
		{ "two logs known", "log @M\nlog @L\nquorum none\n", "L", OK, 0, "" },
		{ "no log known", "quorum none\n", "L", E_DIFFERS, 0, "no log" },
		{ "the one witness", "log @L\n" W "quorum a\n", "LA", OK, 1, "" },
		{ "another witness", "log @L\n" W "quorum a\n", "LB", E_DIFFERS, 0,
		    "1 of 4 known witnesses" },
		{ "a wrong cosignature, not even needed", "log @L\n" W "quorum a\n", "LAb",
		    E_DIFFERS, 0, "B.example is wrong" },
		{ "unknown ones do not matter", "log @L\nwitness a @A\nquorum a\n", "LAbcd",
		    OK, 1, "" },
		{ "any of two", "log @L\n" W "group g any a b\nquorum g\n", "LB", OK, 1,
		    "" },
		{ "all of two", "log @L\n" W "group g all a b\nquorum g\n", "LB", E_DIFFERS,
		    0, "quorum" },
		{ "two of three", "log @L\n" W "group g 2 a b c\nquorum g\n", "LCA", OK, 2,
		    "" },
		{ "the same twice is one", "log @L\n" W "group g 2 a b c\nquorum g\n",
		    "LAA", E_DIFFERS, 0, "1 of 4" },
		{ "nested: enough", NESTED, "LABD", OK, 3, "" },
		{ "nested: one group short", NESTED, "LACD", E_DIFFERS, 0, "3 of 4" },
		{ "nested: the other short", NESTED, "LAB", E_DIFFERS, 0, "2 of 4" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct policy_answer a = { .cosigned = 0 };
		struct policy *p;
		struct error err = { "" };
		struct buf policy, note;

		ROW(i, rows[i].name);
		buf_init(&policy, POLICY_MAX), buf_init(&note, NOTE_MAX);
		expand(&policy, rows[i].policy);
		make_note(&note, rows[i].signers);
		if (policy_parse(buf_span(&policy), &p, &err) != OK)
			fail_msg("%s", err.text);
		assert_int_equal(policy_check(p, buf_span(&note), &a, &err), rows[i].want);
		if (rows[i].want == OK) {
			assert_int_equal(a.checkpoint.size, 5);
			assert_int_equal(a.cosigned, rows[i].cosigned);
		}
		assert_non_null(strstr(err.text, rows[i].says));
		policy_free(p);
		buf_release(&policy), buf_release(&note);
	}
}

/* The earliest time counts: that is since when somebody else has seen it. */
static void
the_first_time_counts(void **state)
{
	struct policy_answer a;
	struct policy *p;
	struct error err;
	struct buf policy, note;

	(void)state;
	buf_init(&policy, POLICY_MAX), buf_init(&note, NOTE_MAX);
	expand(&policy, "log @L\n" W "quorum none\n");
	make_note(&note, "LDBC");
	assert_int_equal(policy_parse(buf_span(&policy), &p, &err), OK);
	assert_int_equal(policy_check(p, buf_span(&note), &a, &err), OK);
	assert_int_equal(a.first_time, 1000 + 'B');
	assert_int_equal(a.cosigned, 3);
	assert_int_equal(a.witnesses, 4);
	assert_true(a.quorum_none);
	assert_int_equal(policy_check(p, BYTES("x"), &a, &err), E_FORMAT);
	policy_free(p);
	policy_free(NULL);
	buf_release(&policy), buf_release(&note);
}

static void
policies(void **state)
{
	static const struct {
		const char *name, *text, *says; /* says "": it is fine */
	} rows[] = {
		{ "the least", "quorum none\n", "" },
		{ "comments, tabs and empty lines", "# x\n\n \t# y\nquorum\t none \n\t\n",
		    "" },
		{ "a comment mark within a line is a word", "log @L # mine\nquorum none\n",
		    "line 1 of the policy: a log is" },
		{ "addresses", "log @L https://x\nwitness a @A https://y\nquorum a\n", "" },
		{ "a name beyond ASCII", "witness \xe2\x84\xaa @A\nquorum \xe2\x84\xaa\n",
		    "" },
		{ "a name that is not even UTF-8", "witness \xff @A\nquorum \xff\n", "" },
		{ "a log key that we cannot check", "log a+18ce100e+AgA=\nquorum none\n",
		    "" },
		{ "nothing", "", "no quorum line" },
		{ "no quorum", "log @L\n", "no quorum line" },
		{ "two quorums", "quorum none\nquorum none\n",
		    "line 2 of the policy: there is a second" },
		{ "no end", "quorum none", "does not end" },
		{ "a carriage return", "quorum none\r\n", "control bytes" },
		{ "a NUL is no word", "quorum none\n\001\n", "control bytes" },
		{ "an unknown word", "quorum none\nhello\n",
		    "line 2 of the policy: it begins with none" },
		{ "upper case", "Quorum none\n", "begins with none" },
		{ "a log with a witness's key", "log @A\nquorum none\n",
		    "not of the type" },
		{ "a witness with a log's key", "witness a @L\nquorum a\n",
		    "not of the type" },
		{ "a broken key", "log x+y+z\nquorum none\n", "line 1 of the policy: " },
		{ "the same log twice", "log @L\nlog @L\nquorum none\n", "the same key" },
		{ "the same witness under two names",
		    "witness a @A\nwitness b @A\nquorum a\n", "the same key" },
		{ "two witnesses under one name", "witness a @A\nwitness a @B\nquorum a\n",
		    "was given before" },
		{ "a witness called none", "witness none @A\nquorum none\n",
		    "cannot be given" },
		{ "a group called like a witness",
		    "witness a @A\ngroup a any a\nquorum a\n", "was given before" },
		{ "a group of nobody", "group g any\nquorum g\n", "a group is" },
		{ "a group before its member", "group g any a\nwitness a @A\nquorum g\n",
		    "not defined before" },
		{ "a group in itself", "witness a @A\ngroup g any a g\nquorum g\n",
		    "not defined before" },
		{ "none as a member", "group g any none\nquorum g\n",
		    "not defined before" },
		{ "a member twice in a group", "witness a @A\ngroup g any a a\nquorum g\n",
		    "in a group already" },
		{ "a member of two groups",
		    W "group g any a b\ngroup h any b c\nquorum h\n",
		    "in a group already" },
		{ "needs none", W "group g 0 a b\nquorum g\n", "cannot need none" },
		{ "needs more than there are", W "group g 3 a b\nquorum g\n",
		    "more than it has" },
		{ "needs some", W "group g some a b\nquorum g\n",
		    "a number of its members" },
		{ "a zero before", W "group g 01 a b\nquorum g\n",
		    "a number of its members" },
		{ "a quorum before its witness", "quorum a\nwitness a @A\n",
		    "not defined before" },
		{ "a quorum of two", W "quorum a b\n", "a quorum is" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct policy *p = NULL;
		struct error err = { "" };
		struct buf b;

		ROW(i, rows[i].name);
		buf_init(&b, POLICY_MAX);
		buf_puts(&b, "");
		expand(&b, rows[i].text);
		assert_int_equal(
		    policy_parse(buf_span(&b), &p, &err), rows[i].says[0] ? E_FORMAT : OK);
		if (strstr(err.text, rows[i].says) == NULL)
			fail_msg("said: %s", err.text);
		policy_free(p);
		buf_release(&b);
	}
}

/* As many of everything as we promise. */
static void
large_policies(void **state)
{
	struct policy *p;
	struct error err;
	struct buf b;

	(void)state;
	for (int n = POLICY_KEYS; n <= POLICY_KEYS + 1; n++) {
		buf_init(&b, POLICY_MAX);
		for (int i = 0; i < n; i++) {
			uint8_t seed[KEY_BYTES] = { (uint8_t)i, (uint8_t)(i >> 8), 1 };
			struct note_key k;
			struct key *key;

			assert_int_equal(key_from_seed(&key, seed, &err), OK);
			assert_int_equal(
			    note_key_make("w", NOTE_COSIGNATURE, key, &k, &err), OK);
			buf_printf(&b, "witness w%d ", i);
			note_key_text(&k, &b);
			buf_putc(&b, '\n');
			note_key_release(&k);
			key_free(key);
		}
		buf_puts(&b, "group g all");
		for (int i = 0; i < n; i++)
			buf_printf(&b, " w%d", i);
		buf_puts(&b, "\nquorum g\n");
		assert_int_equal(
		    policy_parse(buf_span(&b), &p, &err), n == POLICY_KEYS ? OK : E_FORMAT);
		if (n == POLICY_KEYS)
			policy_free(p);
		buf_release(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checkpoints),
		cmocka_unit_test(proofs),
		cmocka_unit_test(too_many_hashes),
		cmocka_unit_test(quorums),
		cmocka_unit_test(the_first_time_counts),
		cmocka_unit_test(policies),
		cmocka_unit_test(large_policies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
