/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/ledger.h"

#include <pthread.h>

#include "evidence/dsse.h"
#include "evidence/leaf.h"
#include "evidence/log_read.h"
#include "evidence/verify_proof.h"
#include "some_log.h"

static struct span
text(const char *s)
{
	return (struct span){ (const uint8_t *)s, strlen(s) };
}

/* An account that everybody here would write. */
static struct account
some_account(const struct key *k, const char *body)
{
	struct account a = {
		.kind = ACCOUNT_GAP, .time_ns = 5, .salt = { 1, 2, 3 }, .body = text(body)
	};
	struct digest id = key_id(k);

	(void)digest_hex(&id, a.key_id);
	return a;
}

static void
an_account_has_one_spelling(void **state)
{
	static const struct statement_subject files[] = {
		{ "data/slices/a.pcapng", { { 7 } } }, { "data/slices/b.pcapng", { { 8 } } }
	};
	struct key *k = test_key(1);
	struct account a = some_account(k, "{\"frames\":3,\"why\":\"dropped\"}");
	struct buf out;
	struct error err;

	(void)state;
	buf_init(&out, ACCOUNT_MAX);
	for (unsigned subjects = 0; subjects <= 2; subjects++) {
		struct account_read r;

		a.subject = files;
		a.subjects = subjects;
		buf_reset(&out);
		assert_int_equal(account_encode(&a, &out, &err), OK);
		assert_int_equal(account_decode(buf_span(&out), &r, &err), OK);
		assert_int_equal(r.account.kind, ACCOUNT_GAP);
		assert_int_equal(r.account.time_ns, 5);
		assert_int_equal(r.account.subjects, subjects);
		assert_memory_equal(r.account.salt, a.salt, sizeof a.salt);
		assert_int_equal(r.account.body.len, a.body.len);
		for (unsigned i = 0; i < subjects; i++)
			assert_string_equal(r.subject[i].name, files[i].name);
		account_release(&r);
		/* any byte changed makes it another account, or none: never the same */
		for (size_t i = 0; i < out.len; i++) {
			struct buf again;

			buf_init(&again, ACCOUNT_MAX);
			out.at[i] ^= 1;
			if (account_decode(buf_span(&out), &r, &err) == OK) {
				assert_int_equal(
				    account_encode(&r.account, &again, &err), OK);
				assert_int_equal(again.len, out.len);
				assert_memory_equal(again.at, out.at, out.len);
				account_release(&r);
			}
			out.at[i] ^= 1;
			buf_release(&again);
		}
		buf_putc(&out, ' ');
		assert_int_equal(account_decode(buf_span(&out), &r, &err), E_FORMAT);
	}
	buf_release(&out);
	key_free(k);
}

static const struct {
	const char *what, *body;
} refused[] = {
	{ "nothing", "" },
	{ "a word", "true" },
	{ "white space", "{ \"a\":1}" },
	{ "keys out of order", "{\"b\":1,\"a\":1}" },
	{ "a key twice", "{\"a\":1,\"a\":1}" },
	{ "a real number", "{\"a\":1.5}" },
	{ "something behind it", "{\"a\":1}{}" },
	{ "not closed", "{\"a\":1" },
};

static void
a_body_is_canonical(void **state)
{
	struct key *k = test_key(1);
	struct buf out;
	struct error err;

	(void)state;
	buf_init(&out, ACCOUNT_MAX);
	for (size_t i = 0; i < COUNT(refused); i++) {
		struct account a = some_account(k, refused[i].body);

		if (account_encode(&a, &out, &err) != E_MISUSE || out.len != 0)
			fail_msg("taken: %s", refused[i].what);
	}
	buf_release(&out);
	key_free(k);
}

struct maker {
	const struct key *key;
	struct ledger_entry entry[8];
};

static void *
make_half(void *state)
{
	struct maker *m = state;
	struct error err;

	for (unsigned i = 0; i < COUNT(m->entry); i++) {
		struct account a = some_account(m->key, "{\"frames\":3}");

		a.time_ns = i;
		ledger_entry_init(&m->entry[i]);
		if (ledger_make(&m->entry[i], m->key, &a, true, &err) != OK)
			return NULL;
	}
	return m;
}

/* Made on two threads, they are the entries that would have been made on one. */
static void
entries_are_made_on_any_thread(void **state)
{
	struct key *k = test_key(1);
	struct maker maker[2] = { { .key = k }, { .key = k } };
	struct digest root[2];
	char dir[SCRATCH], path[128];
	struct ledger *l;
	struct error err;
	uint64_t index;
	pthread_t thread[2];
	void *good;

	(void)state;
	scratch_make(dir);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, make_half, &maker[i]), 0);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(pthread_join(thread[i], &good), 0);
		assert_ptr_equal(good, &maker[i]);
	}
	for (unsigned way = 0; way < 2; way++) {
		(void)snprintf(path, sizeof path, "%s/log%u", dir, way);
		assert_int_equal(ledger_create(path, ORIGIN, k, &err), OK);
		assert_int_equal(ledger_open(&l, path, k, &err), OK);
		for (unsigned i = 0; i < COUNT(maker[0].entry); i++) {
			struct account a = some_account(k, "{\"frames\":3}");
			struct buf envelope;

			a.time_ns = i;
			buf_init(&envelope, DSSE_MAX);
			if (way == 0)
				assert_int_equal(ledger_append_made(l,
						     &maker[i % 2].entry[i], &index, &err),
				    OK);
			else {
				const struct buf *made = &maker[i % 2].entry[i].envelope;

				assert_int_equal(
				    ledger_append(l, k, &a, &envelope, &index, &err), OK);
				assert_int_equal(envelope.len, made->len);
				assert_memory_equal(envelope.at, made->at, made->len);
			}
			assert_int_equal(index, i);
			buf_release(&envelope);
		}
		assert_int_equal(ledger_commit(l, &err), OK);
		root[way] = log_state(ledger_log(l))->root;
		ledger_close(l);
	}
	assert_true(digest_same(&root[0], &root[1]));
	for (unsigned i = 0; i < 2 * COUNT(maker[0].entry); i++)
		ledger_entry_release(&maker[i % 2].entry[i / 2]);
	scratch_remove(dir);
	key_free(k);
}

/* The policy that trusts the log with this key, and no witness. */
static struct policy *
policy_for(const struct key *k)
{
	struct note_key nk;
	struct policy *p;
	struct error err;
	struct buf b;

	buf_init(&b, 4096);
	assert_int_equal(note_key_make(ORIGIN, NOTE_ED25519, k, &nk, &err), OK);
	buf_puts(&b, "log ");
	note_key_text(&nk, &b);
	buf_puts(&b, "\nquorum none\n");
	assert_int_equal(policy_parse(buf_span(&b), &p, &err), OK);
	note_key_release(&nk);
	buf_release(&b);
	return p;
}

static void
what_is_appended_can_be_proven(void **state)
{
	struct key *log_key = test_key(1), *by = test_key(2);
	struct policy *policy = policy_for(log_key);
	struct proof_report r;
	struct ledger *l;
	struct error err;
	struct buf envelope[300], proof, entry;
	char dir[SCRATCH], path[128];
	uint64_t index;
	int fd;

	(void)state;
	scratch_make(dir);
	(void)snprintf(path, sizeof path, "%s/log", dir);
	assert_int_equal(ledger_open(&l, path, log_key, &err), E_MISUSE); /* none there */
	assert_int_equal(ledger_create(path, ORIGIN, log_key, &err), OK);
	assert_int_equal(ledger_create(path, ORIGIN, log_key, &err), E_MISUSE);
	assert_int_equal(ledger_open(&l, path, by, &err), E_DIFFERS); /* another's */
	assert_int_equal(ledger_open(&l, path, log_key, &err), OK);
	buf_init(&proof, PROOF_MAX), buf_init(&entry, ENTRY_MAX);
	for (unsigned i = 0; i < COUNT(envelope); i++) {
		char body[64];
		struct account a;

		(void)snprintf(body, sizeof body, "{\"n\":%u}", i);
		a = some_account(by, body);
		buf_init(&envelope[i], DSSE_MAX);
		assert_int_equal(ledger_append(l, by, &a, &envelope[i], &index, &err), OK);
		assert_int_equal(index, i);
	}
	assert_int_equal(ledger_proof(l, 0, &proof, &err), E_MISUSE); /* not committed */
	assert_int_equal(ledger_commit(l, &err), OK);
	fd = open(path, O_RDONLY | O_DIRECTORY);
	for (unsigned i = 0; i < COUNT(envelope); i += 23) {
		struct span e = buf_span(&envelope[i]);

		/* the writer's proof, about this envelope and no other */
		buf_reset(&proof);
		assert_int_equal(ledger_proof(l, i, &proof, &err), OK);
		assert_int_equal(
		    verify_proof(buf_span(&proof), policy, e, by, &r, &err), OK);
		assert_int_equal(r.index, i);
		assert_non_null(strstr(r.witness, "unwitnessed"));
		e = buf_span(&envelope[(i + 1) % COUNT(envelope)]);
		assert_int_equal(
		    verify_proof(buf_span(&proof), policy, e, by, &r, &err), E_DIFFERS);
		e = buf_span(&envelope[i]);
		assert_int_equal(
		    verify_proof(buf_span(&proof), policy, e, log_key, &r, &err),
		    E_DIFFERS);
		/* it does not carry its entry */
		assert_int_equal(verify_proof(buf_span(&proof), policy, (struct span){ 0 },
				     NULL, &r, &err),
		    E_MISUSE);
		/* a reader's proof does, and is as good */
		assert_int_equal(log_read_proof(fd, i, &entry, &proof, &err), OK);
		assert_int_equal(verify_proof(buf_span(&proof), policy, (struct span){ 0 },
				     NULL, &r, &err),
		    OK);
		assert_int_equal(log_read_find(fd, buf_span(&entry), &index, &err), OK);
		assert_int_equal(index, i);
		buf_reset(&entry);
		assert_int_equal(leaf_of_envelope(by, DSSE_IN_TOTO, e, &entry, &err), OK);
		assert_int_equal(log_read_find(fd, buf_span(&entry), &index, &err), OK);
		assert_int_equal(index, i);
	}
	assert_int_equal(log_read_proof(fd, 300, &entry, &proof, &err), E_MISUSE);
	assert_int_equal(log_read_find(fd, text("nothing"), &index, &err), E_MISUSE);
	/* what is signed already goes in as well */
	assert_int_equal(
	    ledger_append_envelope(l, by, buf_span(&envelope[0]), &index, &err), OK);
	assert_int_equal(index, 300);
	assert_int_equal(
	    ledger_append_envelope(l, log_key, buf_span(&envelope[0]), &index, &err),
	    E_DIFFERS);
	for (unsigned i = 0; i < COUNT(envelope); i++)
		buf_release(&envelope[i]);
	buf_release(&proof), buf_release(&entry);
	close(fd);
	ledger_close(l);
	policy_free(policy);
	key_free(log_key), key_free(by);
	scratch_remove(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_account_has_one_spelling),
		cmocka_unit_test(a_body_is_canonical),
		cmocka_unit_test(entries_are_made_on_any_thread),
		cmocka_unit_test(what_is_appended_can_be_proven),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
