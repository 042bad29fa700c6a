/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tunnels in names: the tools by their habits, and what looks like them.
 */
#include "table.h"

#include "detect/name_stage.h"

/* So many look-ups of random labels, `alphabet` letters, every `gap_s`. */
static void
chatter(struct name_stage *s, unsigned host, const char *under, unsigned n, unsigned octets,
    unsigned alphabet, double gap_s, uint16_t type, unsigned each)
{
	static const char letter[] = "0123456789abcdefghijklmnopqrstuvwxyz";
	uint64_t seed = host * 977 + n;

	for (unsigned i = 0; i < n; i++) {
		char name[NAME_TEXT];
		size_t at = 0;

		for (unsigned k = 0; k < octets; k++) {
			seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407U;
			name[at++] = letter[(seed >> 33) % alphabet];
			if (k % 60 == 59 && k + 1 < octets)
				name[at++] = '.';
		}
		(void)snprintf(name + at, sizeof name - at, ".%s", under);
		for (unsigned k = 0; k < each; k++)
			(void)name_ask(s, host, name, i * gap_s + k * 0.01, type, 0);
	}
}

/* One octet of a block list's question changes at a time. */
static void
block_list(struct name_stage *s, unsigned host, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		char name[64];

		(void)snprintf(name, sizeof name, "%u.%u.%u.%u.lists.example", i * 7 % 256,
		    i / 256, i * 31 % 256, i * 13 % 223);
		(void)name_ask(s, host, name, i * 5.0, 1, i % 2 ? 3 : 0);
	}
}

static void
the_tools_and_their_likes(void **state)
{
	static const struct {
		const char *what;
		unsigned n, octets, alphabet;
		double gap_s;
		uint16_t type;
		unsigned each;
		int least, most; /* severity */
	} row[] = {
		{ "an idle tunnel of type NULL, 80 s", 20, 10, 32, 4, 10, 1, SEVERITY_HIGH,
		    SEVERITY_CRITICAL },
		{ "the same for a minute only", 19, 10, 32, 4, 10, 1, -1, -1 },
		{ "an idle tunnel of type A, 1 h", 900, 20, 32, 4, 1, 1, SEVERITY_MEDIUM,
		    SEVERITY_HIGH },
		{ "idle in hex every second, 1 h", 3600, 20, 16, 1, 16, 1, SEVERITY_MEDIUM,
		    SEVERITY_HIGH },
		{ "bulk data in hex", 2000, 200, 16, 0.1, 5, 1, SEVERITY_HIGH,
		    SEVERITY_CRITICAL },
		{ "a slow leak through a day", 260, 34, 16, 300, 1, 1, SEVERITY_LOW,
		    SEVERITY_LOW },
		{ "pages of a content network", 80, 12, 36, 60, 1, 3, -1, -1 },
		{ "a program that asks everything thrice", 2000, 34, 16, 1, 1, 3, -1, -1 },
		{ "short names that count", 5000, 3, 10, 1, 1, 1, -1, -1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct name_stage s = name_stage_new();
		const struct finding *f;
		int severity;

		chatter(&s, 1, "deep.tunnel.example.com", row[i].n, row[i].octets,
		    row[i].alphabet, row[i].gap_s, row[i].type, row[i].each);
		name_stage_run(&s);
		f = name_stage_find(&s, FINDING_DNS_TUNNEL, 1);
		severity = f ? (int)f->severity : -1;
		if (severity < row[i].least || severity > row[i].most)
			fail_msg("%s: severity %d, %s", row[i].what, severity,
			    f ? f->why : "no finding");
		if (f)
			assert_string_equal(f->name, "example.com");
		name_stage_close(&s);
	}
}

/* Hashes of files asked of an antivirus vendor: 26 letters, 500 a day, of a third. */
static void
what_many_hosts_do_is_a_service(void **state)
{
	struct name_stage s = name_stage_new();

	(void)state;
	for (unsigned host = 1; host <= 40; host++) {
		if (host % 3 == 0)
			chatter(&s, host, "hash.vendor.example", 500, 26, 36, 170, 1, 1);
		(void)name_ask(&s, host, "www.example.com", 86400, 1, 0);
	}
	name_stage_run(&s);
	assert_int_equal(s.found.n, 0);
	name_stage_close(&s);
}

static void
one_host_alone_is_no_service(void **state)
{
	struct name_stage s = name_stage_new();
	const struct finding *f;

	(void)state;
	for (unsigned host = 1; host <= 40; host++)
		(void)name_ask(&s, host, "www.example.com", 0, 1, 0);
	chatter(&s, 7, "t.example.com", 1000, 60, 32, 1, 1, 1);
	name_stage_run(&s);
	f = name_stage_find(&s, FINDING_DNS_TUNNEL, 7);
	assert_non_null(f);
	assert_int_equal(s.found.n, 1);
	assert_true(f->severity >= SEVERITY_MEDIUM);
	assert_string_equal(f->technique, "T1071.004");
	name_stage_close(&s);
}

static void
block_lists_are_no_tunnels(void **state)
{
	struct name_stage s = name_stage_new();

	(void)state;
	block_list(&s, 3, 4000);
	name_stage_run(&s);
	assert_null(name_stage_find(&s, FINDING_DNS_TUNNEL, 3));
	name_stage_close(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_tools_and_their_likes),
		cmocka_unit_test(what_many_hosts_do_is_a_service),
		cmocka_unit_test(one_host_alone_is_no_service),
		cmocka_unit_test(block_lists_are_no_tunnels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
