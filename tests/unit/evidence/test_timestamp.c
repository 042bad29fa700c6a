/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/timestamp.h"

#include "base/digest.h"
#include "old_stamp.h"
#include "scratch.h"

static struct span
text(const char *s)
{
	return (struct span){ (const uint8_t *)s, strlen(s) };
}

static const uint64_t right_nonce = OLD_STAMP_NONCE, wrong_nonce = OLD_STAMP_NONCE + 1;

static const struct {
	const char *what, *data, *roots;
	const uint64_t *nonce;
	enum status want;
} rows[] = {
	{ "good when it was given, though its signer has ended since", "geophone\n",
	    old_stamp_root, &right_nonce, OK },
	{ "nobody asks for the nonce later", "geophone\n", old_stamp_root, NULL, OK },
	{ "the answer to another question", "geophone\n", old_stamp_root, &wrong_nonce,
	    E_DIFFERS },
	{ "about other bytes", "geophone", old_stamp_root, NULL, E_DIFFERS },
	{ "nobody is trusted", "geophone\n", "", NULL, E_MISUSE },
	{ "no certificate in the file", "geophone\n", "hello\n", NULL, E_MISUSE },
};

static void
a_stamp_is_judged_when_it_was_given(void **state)
{
	struct span reply = { old_stamp, sizeof old_stamp };
	struct timestamp t = { 0 };
	struct error err;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (timestamp_check(reply, text(rows[i].data), text(rows[i].roots),
			rows[i].nonce, &t, &err) != rows[i].want)
			fail_msg("%s: %s", rows[i].what, err.text);
	assert_int_equal(t.time, OLD_STAMP_TIME);
	assert_string_equal(t.who, "/CN=Test TSA/O=Geophone test");
}

/* Any byte that is changed makes it no stamp, but those that nobody signs. */
static void
a_changed_stamp_is_none(void **state)
{
	uint8_t copy[sizeof old_stamp];
	struct timestamp t;
	struct error err;
	unsigned taken = 0;

	(void)state;
	memcpy(copy, old_stamp, sizeof copy);
	for (size_t i = 0; i < sizeof copy; i++) {
		copy[i] ^= 1;
		if (timestamp_check((struct span){ copy, sizeof copy }, text("geophone\n"),
			text(old_stamp_root), NULL, &t, &err) == OK) {
			assert_int_equal(t.time, OLD_STAMP_TIME);
			taken++;
		}
		copy[i] ^= 1;
	}
	/* the root that is sent along, and fields around the signed attributes */
	assert_in_range(taken, 0, sizeof copy / 2);
	for (size_t n = 0; n < sizeof copy; n++) /* and cut short it is none at all */
		assert_int_not_equal(
		    timestamp_check((struct span){ copy, n }, text("geophone\n"),
			text(old_stamp_root), NULL, &t, &err),
		    OK);
}

static void
a_query_has_the_hash_and_the_nonce(void **state)
{ /* RFC 3161 section 2.4.1 */
	struct digest d = digest_of(text("geophone\n"));
	struct error err;
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	assert_int_equal(
	    timestamp_query(text("geophone\n"), 0x1122334455667788, &b, &err), OK);
	assert_non_null(memmem(b.at, b.len, d.b, sizeof d.b));
	assert_non_null(
	    memmem(b.at, b.len, "\x02\x08\x11\x22\x33\x44\x55\x66\x77\x88", 10));
	/* and asks for the certificates: BOOLEAN TRUE ends it */
	assert_memory_equal(b.at + b.len - 3, "\x01\x01\xff", 3);
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stamp_is_judged_when_it_was_given),
		cmocka_unit_test(a_changed_stamp_is_none),
		cmocka_unit_test(a_query_has_the_hash_and_the_nonce),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
