/* SPDX-License-Identifier: Apache-2.0 */
#include "scratch.h"

#include "evidence/dsse.h"

static struct key *
test_key(uint8_t first)
{
	uint8_t seed[32] = { first };
	struct key *k;
	struct error err;

	assert_int_equal(key_from_seed(&k, seed, &err), OK);
	return k;
}

/* The example of secure-systems-lab/dsse protocol.md. */
static void
pae_of_the_protocol(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 200);
	dsse_pae("http://example.com/HelloWorld", BYTES("hello world"), &b);
	assert_string_equal(b.at, "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
	buf_release(&b);
}

static void
seals_and_opens(void **state)
{
	struct key *k = test_key(1), *other = test_key(2);
	struct buf env, body;
	struct error err;
	static const uint8_t bytes[] = { 0, 'x', 0xff, '\n', '"' };
	struct span s = { bytes, sizeof bytes };

	(void)state;
	buf_init(&env, 4096), buf_init(&body, 4096);
	assert_int_equal(dsse_seal(k, DSSE_IN_TOTO, s, &env, &err), OK);
	assert_int_equal(env.at[env.len - 1], '\n');
	assert_int_equal(dsse_open(k, DSSE_IN_TOTO, buf_span(&env), &body, &err), OK);
	assert_int_equal(body.len, sizeof bytes);
	assert_memory_equal(body.at, bytes, sizeof bytes);
	buf_reset(&body);
	assert_int_equal(
	    dsse_open(other, DSSE_IN_TOTO, buf_span(&env), &body, &err), E_DIFFERS);
	assert_int_equal(body.len, 0);
	assert_int_equal(dsse_open(k, "text/plain", buf_span(&env), &body, &err), E_FORMAT);
	buf_release(&env), buf_release(&body);
	key_free(k), key_free(other);
}

/* Every byte of an envelope of ours: changed, it opens no more, or says the same. */
static void
no_byte_can_change_the_payload(void **state)
{
	struct key *k = test_key(1);
	struct buf env, body;
	struct error err;
	unsigned same = 0;

	(void)state;
	buf_init(&env, 4096), buf_init(&body, 4096);
	assert_int_equal(dsse_seal(k, DSSE_IN_TOTO, BYTES("hello"), &env, &err), OK);
	for (size_t i = 0; i < env.len; i++)
		for (int bit = 0; bit < 8; bit++) {
			env.at[i] ^= (char)(1 << bit);
			buf_reset(&body);
			if (dsse_open(k, DSSE_IN_TOTO, buf_span(&env), &body, &err) == OK) {
				assert_int_equal(body.len, 5);
				assert_memory_equal(body.at, "hello", 5);
				same++;
			}
			env.at[i] ^= (char)(1 << bit);
		}
	/* the hint beside the signature (64 digits, 4 letters of its name), and white space */
	assert_true(same > 0 && same < (64 + 10) * 8);
	buf_release(&env), buf_release(&body);
	key_free(k);
}

#define SIG1                                                                               \
	"Zm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFy" \
	"Zm9v"                                                                             \
	"YmE="

static void
refuses_what_is_no_envelope(void **state)
{
	static const struct {
		const char *name, *json;
		enum status want;
	} rows[] = {
		{ "nothing", "", E_FORMAT },
		{ "not JSON", "hello", E_FORMAT },
		{ "an array", "[]", E_FORMAT },
		{ "no payload", "{\"payloadType\":\"t\",\"signatures\":[{\"sig\":\"\"}]}",
		    E_FORMAT },
		{ "payload twice",
		    "{\"payload\":\"\",\"payload\":\"\",\"payloadType\":\"t\","
		    "\"signatures\":[]}",
		    E_FORMAT },
		{ "payload no text",
		    "{\"payload\":7,\"payloadType\":\"t\",\"signatures\":[]}", E_FORMAT },
		{ "another type",
		    "{\"payload\":\"\",\"payloadType\":\"u\",\"signatures\":[]}",
		    E_FORMAT },
		{ "the type and a NUL",
		    "{\"payload\":\"\",\"payloadType\":\"t\\u0000\",\"signatures\":[]}",
		    E_FORMAT },
		{ "payload not base64",
		    "{\"payload\":\"Zg\",\"payloadType\":\"t\",\"signatures\":[{\"sig\":"
		    "\"\"}]}",
		    E_FORMAT },
		{ "no signatures", "{\"payload\":\"\",\"payloadType\":\"t\"}", E_FORMAT },
		{ "none at all",
		    "{\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":[]}",
		    E_FORMAT },
		{ "no signature in it",
		    "{\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":[{\"s\":1}]}",
		    E_FORMAT },
		{ "a number for a signature",
		    "{\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":[7]}",
		    E_FORMAT },
		{ "too short a signature",
		    "{\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":[{\"sig\":\"Zg="
		    "=\"}]}",
		    E_DIFFERS },
		{ "a wrong signature",
		    "{\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":[{\"sig\":"
		    "\"" SIG1 "\"}]}",
		    E_DIFFERS },
		{ "something behind",
		    "{\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":[]} x",
		    E_FORMAT },
	};
	struct key *k = test_key(1);

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf body;
		struct error err;

		ROW(i, rows[i].name);
		buf_init(&body, 100);
		assert_int_equal(
		    dsse_open(k, "t", text_span(rows[i].json), &body, &err), rows[i].want);
		assert_int_equal(body.len, 0);
		buf_release(&body);
	}
	key_free(k);
}

/* Somebody signed beside us, with white space and members we do not know. */
static void
takes_one_right_signature_of_several(void **state)
{
	struct key *k = test_key(1);
	struct buf env, ours, body;
	struct error err;
	char *sig;

	(void)state;
	buf_init(&env, 4096), buf_init(&ours, 4096), buf_init(&body, 4096);
	assert_int_equal(dsse_seal(k, "t", BYTES("hello"), &ours, &err), OK);
	sig = strstr(ours.at, "\"sig\":\"") + 7;
	buf_printf(&env,
	    "{ \"x\": 1.5, \"signatures\": [ {\"sig\": \"%s\"},\n {\"keyid\": 3, \"sig\": "
	    "\"%.88s\"} "
	    "], \"payloadType\": \"t\", \"payload\": \"aGVsbG8=\" }\n",
	    SIG1, sig);
	assert_int_equal(dsse_open(k, "t", buf_span(&env), &body, &err), OK);
	assert_string_equal(body.at, "hello");
	buf_release(&env), buf_release(&ours), buf_release(&body);
	key_free(k);
}

static void
survives_shortage(void **state)
{
	struct key *k = test_key(1);
	enum status st = E_NOMEM;

	(void)state;
	for (size_t max = 0; st != OK && max < 1000; max += 16) {
		struct buf env, body;
		struct error err;

		buf_init(&env, max), buf_init(&body, max / 64);
		st = dsse_seal(k, "t", BYTES("hello"), &env, &err);
		assert_true(st == OK || st == E_NOMEM);
		if (st == OK) {
			body.max = 4;
			assert_int_equal(
			    dsse_open(k, "t", buf_span(&env), &body, &err), E_NOMEM);
			assert_int_equal(body.len, 0);
		}
		buf_release(&env), buf_release(&body);
	}
	assert_int_equal(st, OK);
	key_free(k);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pae_of_the_protocol),
		cmocka_unit_test(seals_and_opens),
		cmocka_unit_test(no_byte_can_change_the_payload),
		cmocka_unit_test(refuses_what_is_no_envelope),
		cmocka_unit_test(takes_one_right_signature_of_several),
		cmocka_unit_test(survives_shortage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
