/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An envelope that opens carries exactly what our key signed; and whatever the
 * bytes are, sealed as a payload they come back.
 */
#include "evidence/dsse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t seed[KEY_BYTES] = { 1 };
	struct span in = { data, size };
	struct buf body, env;
	struct error err;
	struct key *key;

	CHECK(key_from_seed(&key, seed, &err) == OK);
	buf_init(&body, DSSE_MAX), buf_init(&env, 4 * DSSE_MAX);
	if (dsse_open(key, "t", in, &body, &err) == OK) {
		/* Ed25519 is deterministic: our signature of this body stands in the input */
		CHECK(dsse_seal(key, "t", buf_span(&body), &env, &err) == OK);
		CHECK(memmem(data, size, strstr(env.at, "\"sig\":\"") + 7, 80) != NULL ||
		      memchr(data, '\\', size) != NULL);
	} else
		CHECK(body.len == 0);
	buf_reset(&body), buf_reset(&env);
	if (size < DSSE_MAX / 2) {
		CHECK(dsse_seal(key, "t", in, &env, &err) == OK);
		CHECK(dsse_open(key, "t", buf_span(&env), &body, &err) == OK);
		CHECK(body.len == size && (size == 0 || memcmp(body.at, data, size) == 0));
	}
	buf_release(&body), buf_release(&env);
	key_free(key);
	return 0;
}
