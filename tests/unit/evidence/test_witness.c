/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/witness.h"

#include "some_log.h"

#define NAME "witness.example/w"

static struct disk quick;

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

/* Two histories that part at entry `fork`: leaf i of history h. */
struct history {
	bool other;
	uint64_t fork;
};

static bool
leaf_of(void *state, unsigned level, uint64_t index, struct digest *out)
{
	const struct history *h = state;
	struct digest left, right;
	char text[256];

	if (level == 0) {
		struct span e = entry(index, text);

		if (h->other && index >= h->fork)
			text[0] = 'E';
		*out = merkle_leaf(e);
		return true;
	}
	(void)leaf_of(state, level - 1, 2 * index, &left);
	(void)leaf_of(state, level - 1, 2 * index + 1, &right);
	*out = merkle_node(&left, &right);
	return true;
}

/* What a log with this history would ask. */
static void
ask(struct witness *w, const struct key *k, struct history *h, uint64_t old, uint64_t size,
    uint64_t now, struct witness_reply *r)
{
	struct checkpoint cp = { .origin = ORIGIN, .size = size };
	struct witness_request q = { .old = old };
	struct buf note, body;
	struct error err;

	buf_init(&note, NOTE_MAX), buf_init(&body, WITNESS_REQUEST);
	assert_true(merkle_root(size, leaf_of, h, &cp.root));
	if (old <= size)
		assert_true(merkle_consistency(old, size, leaf_of, h, &q.path));
	assert_int_equal(checkpoint_sign(&cp, k, &note, &err), OK);
	q.note = buf_span(&note);
	witness_request_encode(&q, &body);
	witness_add(w, buf_span(&body), now, r);
	buf_release(&note), buf_release(&body);
}

static uint64_t
held(const struct witness *w)
{
	struct digest d =
	    digest_of((struct span){ (const uint8_t *)ORIGIN, strlen(ORIGIN) });
	char hex[DIGEST_HEX];
	struct span s = witness_latest(w, digest_hex(&d, hex));
	struct checkpoint cp;
	struct error err;
	struct note n;

	if (s.len == 0)
		return 0;
	assert_int_equal(note_parse(s, &n, &err), OK);
	assert_int_equal(checkpoint_parse(n.text, &cp, &err), OK);
	return cp.size;
}

/*
 * Random questions of two histories, against a twin that remembers which roots it
 * signed: whatever is cosigned extends everything that was cosigned before.
 */
static void
never_signs_a_fork(void **state)
{
	struct key *log_key = test_key(1), *own = test_key(2);
	struct policy *p = policy_for(log_key);
	unsigned signed_n = 0, refused = 0, forks = 0;
	char dir[SCRATCH], path[128];
	struct witness *w;
	struct error err;

	(void)state;
	srandom(11);
	for (int round = 0; round < 40; round++) {
		struct history one = { false, 0 }, two = { true, (uint64_t)random() % 40 };
		uint64_t size = 0;
		bool on_two = false;

		scratch_make(dir);
		(void)snprintf(path, sizeof path, "%s/w", dir);
		assert_int_equal(witness_open(&w, path, NAME, own, p, &quick, &err), OK);
		for (int i = 0; i < 40; i++) {
			struct history *h = random() % 3 ? &one : &two;
			uint64_t next = (uint64_t)random() % 80, old = size;
			struct witness_reply r;
			bool common = size <= two.fork;

			if (random() % 5 == 0)
				old = (uint64_t)random() % 80;
			ask(w, log_key, h, old, next, 100 + (uint64_t)i, &r);
			if (r.status == 200) {
				/* it follows from what was signed, and old was right */
				assert_true(old == size && next >= size);
				assert_true(common || (h == &two) == on_two);
				on_two = next > two.fork ? h == &two : on_two;
				size = next;
				signed_n++;
			} else {
				bool fork = !common && (h == &two) != on_two;

				/* there was a reason */
				assert_true(old != size || next < size || fork);
				assert_int_equal(r.status, old > next    ? 400
							   : old != size ? 409
									 : 422);
				forks += fork && old == size && next >= size;
				refused++;
			}
			assert_int_equal(held(w), size);
			buf_release(&r.body);
			if (random() % 8 == 0) { /* it is stopped and begun again */
				witness_close(w);
				assert_int_equal(
				    witness_open(&w, path, NAME, own, p, &quick, &err), OK);
				assert_int_equal(held(w), size);
			}
		}
		witness_close(w);
		scratch_remove(dir);
	}
	assert_true(signed_n > 100 && refused > 100 && forks > 50);
	policy_free(p);
	key_free(log_key), key_free(own);
}

/* Trouble at each call to the disk in turn: what was answered is held afterwards. */
static void
remembers_what_it_answered(void **state)
{
	static const enum trouble troubles[] = { FULL, HALF, CUT };
	static const uint64_t sizes[] = { 3, 9, 9, 20 };
	struct key *log_key = test_key(1), *own = test_key(2);
	struct policy *p = policy_for(log_key);
	struct history one = { false, 0 };

	(void)state;
	srandom(12);
	for (int i = 0; i < 3 * 60; i++) {
		struct power power = { .trouble = troubles[i % 3], .fail_at = i / 3 };
		struct disk disk = power_disk(&power);
		char dir[SCRATCH], path[128];
		uint64_t answered = 0;
		struct witness *w = NULL;
		struct error err;

		scratch_make(dir);
		(void)snprintf(path, sizeof path, "%s/w", dir);
		if (witness_open(&w, path, NAME, own, p, &disk, &err) == OK)
			for (size_t k = 0; k < COUNT(sizes); k++) {
				struct witness_reply r;

				ask(w, log_key, &one, answered, sizes[k], 5, &r);
				if (r.status == 200)
					answered = sizes[k];
				else
					assert_int_equal(r.status, 500);
				buf_release(&r.body);
			}
		witness_close(w);
		power_settle(&power, i % 2 == 0);
		assert_int_equal(witness_open(&w, path, NAME, own, p, &quick, &err), OK);
		if (held(w) < answered)
			fail_msg("trouble %d at call %d: answered %llu, holds %llu", i % 3,
			    i / 3, (unsigned long long)answered,
			    (unsigned long long)held(w));
		witness_close(w);
		scratch_remove(dir);
	}
	policy_free(p);
	key_free(log_key), key_free(own);
}

/* What lies there and this witness did not sign is no beginning. */
static void
refuses_what_it_did_not_sign(void **state)
{
	struct key *log_key = test_key(1), *own = test_key(2), *other = test_key(3);
	struct policy *p = policy_for(log_key);
	struct history one = { false, 0 };
	char dir[SCRATCH], path[128];
	struct witness_reply r;
	struct witness *w, *second;
	struct error err;

	(void)state;
	scratch_make(dir);
	(void)snprintf(path, sizeof path, "%s/w", dir);
	assert_int_equal(witness_open(&w, path, NAME, own, p, &quick, &err), OK);
	assert_int_equal(witness_open(&second, path, NAME, own, p, &quick, &err), E_MISUSE);
	ask(w, log_key, &one, 0, 5, 1, &r);
	assert_int_equal(r.status, 200);
	buf_release(&r.body);
	ask(w, other, &one, 5, 6, 1, &r);
	assert_int_equal(r.status, 403);
	buf_release(&r.body);
	witness_close(w);
	assert_int_equal(witness_open(&w, path, NAME, other, p, &quick, &err), E_DIFFERS);
	assert_int_equal(witness_open(&w, path, NAME, own, p, &quick, &err), OK);
	witness_close(w);
	policy_free(p);
	key_free(log_key), key_free(own), key_free(other);
	scratch_remove(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(never_signs_a_fork),
		cmocka_unit_test(remembers_what_it_answered),
		cmocka_unit_test(refuses_what_it_did_not_sign),
	};

	quick = quick_disk();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
