/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules as people write them, and what each hides of one finding: a name, an
 * address, and whether a look-up of the name gave it.
 */
#include "table.h"

#include "publish/allow.h"

#include <string.h>

#define T UINT64_C(1767225600000000000) /* 2026-01-01 */

static enum status
read(struct allow *a, const char *text, struct error *err)
{
	struct input *in;

	assert_int_equal(
	    input_open_bytes(
		&in, (struct span){ (const uint8_t *)text, strlen(text) }, "rules", err),
	    OK);
	return allow_read(a, in, err);
}

static const struct {
	const char *rules, *wrong; /* NULL: read */
} texts[] = {
	{ "", NULL },
	{ "# nothing\n\n", NULL },
	{ "destination 192.0.2.0/24 reason a backup\n", NULL },
	{ "source 10.0.0.1 port 443/tcp kind beacon until 2026-12-31 reason x", NULL },
	{ "suffix example.com reason", "line 1: the reason is missing" },
	{ "suffix example.com\n", "line 1: a rule ends with its reason" },
	{ "\nsuffix com reason all of it\n", "line 2: not understood: suffix com" },
	{ "port 443 reason x\n", "would hide everything" },
	{ "destination 192.0.2.1/24 reason x\n", "not understood: destination" },
	{ "destination 192.0.2.1 port 0 reason x\n", "not understood: port 0" },
	{ "destination 192.0.2.1 kind bacon reason x\n", "not understood: kind bacon" },
	{ "destination 192.0.2.1 until soon reason x\n", "not understood: until soon" },
	{ "asn AS64496 reason x\n", NULL },
	{ "asn 64496 reason x\n", NULL },
	{ "asn 0 reason x\n", "not understood: asn 0" },
	{ "asn 4294967296 reason x\n", "not understood: asn" },
	{ "everything reason x\n", "not understood: everything" },
};

static void
rules_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct allow a;
		struct error err;
		enum status st = read(&a, texts[i].rules, &err);

		if ((st == OK) != (texts[i].wrong == NULL) ||
		    (st != OK && strstr(err.text, texts[i].wrong) == NULL))
			fail_msg("%s: %s", texts[i].rules, st ? err.text : "read");
		allow_release(&a);
	}
}

static bool
yes(void *state, const struct finding *f, const char *suffix)
{
	(void)f, (void)suffix;
	return *(const bool *)state;
}

static const struct {
	const char *rule, *print;
	bool resolved, hidden;
	uint64_t strangers, expired;
} cases[] = {
	{ "destination 192.0.2.0/24 reason x", "", false, true, 0, 0 },
	{ "destination 192.0.2.7 reason x", "", false, true, 0, 0 },
	{ "destination 192.0.2.8 reason x", "", false, false, 0, 0 },
	{ "source 10.0.0.0/8 reason x", "", false, true, 0, 0 },
	{ "source 10.0.0.2 destination 192.0.2.7 reason x", "", false, false, 0, 0 },
	{ "destination 192.0.2.7 port 443/tcp reason x", "", false, true, 0, 0 },
	{ "destination 192.0.2.7 port 443/udp reason x", "", false, false, 0, 0 },
	{ "destination 192.0.2.7 port 80 reason x", "", false, false, 0, 0 },
	{ "destination 192.0.2.7 kind scan reason x", "", false, false, 0, 0 },
	{ "suffix example.com reason x", "", true, true, 0, 0 },
	{ "suffix www.example.com reason x", "", true, true, 0, 0 },
	{ "suffix *.EXAMPLE.com reason x", "", true, true, 0, 0 },
	{ "suffix ample.com reason x", "", true, false, 0, 0 },
	{ "suffix example.com reason x", "", false, false, 1, 0 },
	{ "destination 192.0.2.7 until 2026-01-01 reason x", "", false, true, 0, 0 },
	{ "destination 192.0.2.7 until 2025-12-31 reason x", "", false, false, 0, 1 },
	{ "asn AS64496 reason x", "", false, true, 0, 0 },
	{ "asn 64497 reason x", "", false, false, 0, 0 },
	{ "fingerprint t13d reason x", "ja4 t13d", false, true, 0, 0 },
	{ "fingerprint t13d reason x", "ja4 t13e", false, false, 0, 0 },
	{ "fingerprint t13d reason x", "", false, false, 0, 0 },
};

static void
rules_hide(void **state)
{
	struct finding f = { .kind = FINDING_BEACON,
		.port = 443,
		.proto = 6,
		.name = "www.example.com",
		.first_ns = T,
		.last_ns = T };

	(void)state;
	assert_true(ip_parse((struct span){ (const uint8_t *)"10.0.0.1", 8 }, &f.host));
	assert_true(ip_parse((struct span){ (const uint8_t *)"192.0.2.7", 9 }, &f.peer));
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct allow a;
		struct error err;
		bool resolved = cases[i].resolved;
		const struct allow_rule *r;

		assert_int_equal(read(&a, cases[i].rule, &err), OK);
		r = allow_find(&a, &f, cases[i].print, 64496, yes, &resolved);
		if ((r != NULL) != cases[i].hidden || a.rule->hid != cases[i].hidden ||
		    a.rule->strangers != cases[i].strangers ||
		    a.rule->expired != cases[i].expired)
			fail_msg("%zu: %s", i, cases[i].rule);
		allow_release(&a);
	}
}

/* Who is found by many peers, or none, is not of one place; a name alone is of its suffix. */
static void
without_an_address(void **state)
{
	struct finding scan = { .kind = FINDING_SCAN },
		       tunnel = { .kind = FINDING_DNS_TUNNEL };
	struct allow a;
	struct error err;
	bool no = false;

	(void)state;
	memcpy(tunnel.name, "example.com", 12);
	assert_int_equal(
	    read(&a, "destination ::/0 reason x\nsuffix example.com reason y\n", &err), OK);
	assert_null(allow_find(&a, &scan, "", 0, yes, &no));
	assert_ptr_equal(allow_find(&a, &tunnel, "", 0, yes, &no), &a.rule[1]);
	allow_release(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_are_read),
		cmocka_unit_test(rules_hide),
		cmocka_unit_test(without_an_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
