/* SPDX-License-Identifier: Apache-2.0 */
/* V10: the events of custody in a bag are one chain, or it is said how they are not. */
#include "scratch.h"

#include "evidence/account.h"
#include "evidence/dsse.h"
#include "evidence/verify.h"

#define EVENTS 3

struct made {
	int before;        /* which event it names; NONE, or one that is not there */
	uint8_t key;       /* who signs; HOLDER's own key lies in the bag too */
	const char *extra; /* in its body, before "previous" */
	const char *slice; /* the bytes that it says lie in the bag; NULL: no file */
	enum account_kind kind;
};

enum { NONE = -1, LOST = -2 };

#define HOLDER 3

#define C       ACCOUNT_CUSTODY
#define BAG_HEX "1111111111111111111111111111111111111111111111111111111111111111"

/* clang-format off */
static const struct row {
	const char *what;
	unsigned n;
	struct made event[EVENTS];
	enum verify_verdict want;
	const char *says;
} rows[] = {
	{ "no event at all", 0, { { 0 } }, VERIFY_NOT_POSSIBLE, "no record of custody" },
	{ "the acquisition alone", 1, { { NONE, 1, "", "packets", C } }, VERIFY_PASS, "1 event of" },
	{ "three in a row", 3, { { NONE, 1, "", NULL, C }, { 0, 1, "", "packets", C },
	    { 1, 1, "", NULL, C } }, VERIFY_PASS, "3 events of" },
	{ "the first takes up from another bag", 2, { { LOST, 1, "\"bag_sha256\":\"" BAG_HEX "\",",
	    NULL, C }, { 0, 1, "", NULL, C } }, VERIFY_NOT_POSSIBLE, BAG_HEX },
	{ "an event is gone from the middle", 2, { { NONE, 1, "", NULL, C },
	    { LOST, 1, "", NULL, C } }, VERIFY_FAIL, "not in the bag" },
	{ "the first is gone", 2, { { LOST, 1, "", NULL, C }, { 0, 1, "", NULL, C } },
	    VERIFY_FAIL, "before the first" },
	{ "two first ones", 2, { { NONE, 1, "", NULL, C }, { NONE, 1, "\"x\":1,", NULL, C } },
	    VERIFY_FAIL, "more than one beginning" },
	{ "two follow the same", 3, { { NONE, 1, "", NULL, C }, { 0, 1, "", NULL, C },
	    { 0, 1, "\"by\":1,", NULL, C } }, VERIFY_FAIL, "two events name" },
	{ "another key signed the second", 2, { { NONE, 1, "", NULL, C }, { 0, 2, "", NULL, C } },
	    VERIFY_FAIL, "1 of 2 events" },
	{ "somebody who held it signed the second", 2, { { NONE, 1, "", NULL, C },
	    { 0, HOLDER, "", NULL, C } }, VERIFY_PASS, "by 1 other key" },
	{ "somebody else signed the first", 1, { { NONE, HOLDER, "", NULL, C } }, VERIFY_FAIL,
	    "first event is not signed" },
	{ "its file is another", 1, { { NONE, 1, "", "Packets", C } }, VERIFY_FAIL, "changed" },
	{ "it names a bag that is no hash", 1, { { NONE, 1, "\"bag_sha256\":\"x\",", NULL, C } },
	    VERIFY_FAIL, "not sound" },
	{ "it is a gap under the name of custody", 1, { { NONE, 1, "", NULL, ACCOUNT_GAP } },
	    VERIFY_FAIL, "1 of 1 events" },
};
/* clang-format on */

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
add_event(struct bag_writer *w, const struct made *m, unsigned number, struct digest *made)
{
	static const struct digest lost = { { 9 } };
	struct statement_subject slice = { .name = "data/slices/s.pcapng" };
	struct account a = { .kind = m->kind, .subject = &slice };
	struct buf body, text, envelope;
	struct key *k = key_of(m->key);
	struct digest id = key_id(k);
	char hex[DIGEST_HEX], path[64];
	struct error err;

	buf_init(&body, 4096), buf_init(&text, ACCOUNT_MAX), buf_init(&envelope, DSSE_MAX);
	(void)digest_hex(&id, a.key_id);
	buf_printf(&body, "{\"action\":\"a\",%s", m->extra);
	if (m->before != NONE)
		buf_printf(&body, "\"previous\":\"%s\"}",
		    digest_hex(m->before == LOST ? &lost : &made[m->before], hex));
	else
		buf_puts(&body, "\"z\":0}");
	a.body = buf_span(&body);
	if (m->slice) {
		slice.digest =
		    digest_of((struct span){ (const uint8_t *)m->slice, strlen(m->slice) });
		a.subjects = 1;
	}
	assert_int_equal(account_encode(&a, &text, &err), OK);
	assert_int_equal(dsse_seal(k, DSSE_IN_TOTO, buf_span(&text), &envelope, &err), OK);
	made[number] = digest_of(buf_span(&envelope));
	(void)snprintf(
	    path, sizeof path, BAG_ADD_RECORDS "custody-%u" BAG_ENVELOPE, number);
	assert_int_equal(bag_add(w, path, buf_span(&envelope), &err), OK);
	buf_release(&body), buf_release(&text), buf_release(&envelope);
	key_free(k);
}

static void
add_holder(struct bag_writer *w)
{
	struct key *k = key_of(HOLDER);
	struct digest id = key_id(k);
	char path[128], hex[DIGEST_HEX];
	struct error err;
	struct buf pem;

	buf_init(&pem, 1000);
	key_public_pem(k, &pem);
	(void)snprintf(path, sizeof path, BAG_ADD_KEYS "%s.pem", digest_hex(&id, hex));
	assert_int_equal(bag_add(w, path, buf_span(&pem), &err), OK);
	buf_release(&pem);
	key_free(k);
}

static void
make_bag(const char *dir, const struct row *r)
{
	struct digest made[EVENTS];
	struct key *k = key_of(1);
	struct bag_writer *w;
	struct error err;
	struct buf pem;

	buf_init(&pem, 1000);
	key_public_pem(k, &pem);
	assert_int_equal(bag_create(&w, dir, &err), OK);
	assert_int_equal(bag_add(w, BAG_ADD_KEY, buf_span(&pem), &err), OK);
	assert_int_equal(bag_add(w, "slices/s.pcapng", BYTES("packets"), &err), OK);
	if (r->event[0].key == HOLDER || r->event[1].key == HOLDER)
		add_holder(w);
	for (unsigned i = 0; i < r->n; i++)
		add_event(w, &r->event[i], i, made);
	assert_int_equal(bag_commit(w, &err), OK);
	bag_writer_close(w);
	buf_release(&pem);
	key_free(k);
}

static void
each_chain_has_its_verdict(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct verify_options opt = { 0 };
		const struct verify_step *v10;
		struct verify_report r;
		struct error err;
		char dir[SCRATCH], bag[128];

		scratch_make(dir);
		(void)snprintf(bag, sizeof bag, "%s/case", dir);
		make_bag(bag, &rows[i]);
		assert_int_equal(verify_bag(bag, &opt, &r, &err), OK);
		v10 = &r.step[9];
		if (v10->verdict != rows[i].want || !strstr(v10->sentence, rows[i].says))
			fail_msg("%s: %s: %s", rows[i].what,
			    verify_verdict_text(v10->verdict), v10->sentence);
		assert_int_equal(r.failed, rows[i].want == VERIFY_FAIL);
		scratch_remove(dir);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_chain_has_its_verdict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
