/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names that machines made, failed look-ups of people, and browsers that probe.
 */
#include "table.h"

#include "detect/dga_table.h"
#include "detect/name_stage.h"

static void
scores_tell_machines_from_people(void **state)
{
	static const struct {
		const char *label;
		int least, most;
	} row[] = {
		{ "google", -100, 0 },
		{ "facebook", -100, 0 },
		{ "springfieldschools", -100, -15 },
		{ "wikipedia", -100, 0 },
		{ "1hr5cau1pxfa4116j3meal62w4", 60, 200 },
		{ "d0ddf87cbc51c", 20, 100 },
		{ "qbqcbnjyhtcomfsinvpb", 25, 100 },
		{ "mq5490mhbjht50pj", 30, 120 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		int s = dga_score(row[i].label, strlen(row[i].label));

		if (s < row[i].least || s > row[i].most)
			fail_msg("%s scores %d", row[i].label, s);
	}
}

/* More is never less surprising, and more names never make the same sum more so. */
static void
surprise_grows_with_the_sum(void **state)
{
	(void)state;
	for (size_t n = 1; n <= 200; n += 1 + n / 16)
		for (int64_t sum = -300; sum < 3000; sum++)
			assert_true(dga_surprise(n, sum) <= dga_surprise(n, sum + 1));
	assert_int_equal(dga_surprise(5, -1000), 0);
	assert_true(dga_surprise(5, 200) >= 3000);
	assert_true(dga_surprise(1, 10) < 3000);
}

static const char *const people[] = { "my-old-bakery", "winterthur-hotels", "schoolbooks",
	"greenhousegarden", "paintingclub", "riverside-church", "mountainbikes",
	"familyrecipes", "printershop", "localfootball", "cheapflights", "weddingmusic" };

/* 3 letters, 12 numbers: what a generator of the date makes. */
static void
generated(char name[static 64], unsigned i, const char *suffix)
{
	uint64_t seed = i * UINT64_C(0x9e3779b97f4a7c15) + 12345;

	for (unsigned k = 0; k < 12; k++) {
		seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407U;
		name[k] = (char)('a' + (seed >> 40) % 26);
	}
	(void)snprintf(name + 12, 52, ".%s", suffix);
}

static void
who_looks_for_what(void **state)
{
	static const struct {
		const char *what;
		unsigned machine; /* names of a generator */
		double gap_s;
		int rcode;
		const char *suffix;
		unsigned probes, human, good;
		bool found;
	} row[] = {
		{ "a generator, eight names", 8, 10, 3, "com", 0, 0, 20, true },
		{ "two names are too few", 2, 10, 3, "com", 0, 3, 20, false },
		{ "the names exist", 30, 10, 0, "com", 0, 0, 20, false },
		{ "nobody answered", 30, 10, -1, "com", 0, 0, 20, false },
		{ "the servers failed", 30, 10, 2, "com", 0, 0, 20, false },
		{ "one name in two hours", 12, 7200, 3, "com", 0, 0, 20, false },
		{ "people who mistype", 0, 0, 3, "com", 0, 12, 20, false },
		{ "a browser probes thrice", 0, 0, 3, "com", 3, 4, 20, false },
		{ "a suffix search", 30, 10, 3, "office.example.com", 0, 0, 20, false },
		{ "names of the house", 30, 10, 3, "lan", 0, 0, 20, false },
		{ "among thousands of others", 8, 10, 3, "com", 0, 0, 4000, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct name_stage s = name_stage_new();
		const struct finding *f;
		char name[64];

		for (unsigned k = 0; k < row[i].good; k++) {
			(void)snprintf(name, sizeof name, "www.site-number-%u.org", k);
			(void)name_ask(&s, 1, name, k * 79.0 / row[i].good, 1, 0)->dns;
			s.trait[s.n - 1].dns.answers = 1;
			s.trait[s.n - 1].dns.answer[0].is_address = true;
		}
		for (unsigned k = 0; k < row[i].human; k++) {
			(void)snprintf(name, sizeof name, "%s.org", people[k]);
			(void)name_ask(&s, 1, name, k * 300.0, 1, 3);
		}
		for (unsigned k = 0; k < row[i].machine; k++) {
			struct trait *t;

			generated(name, k, row[i].suffix);
			t = name_ask(&s, 1, name, k * row[i].gap_s, 1, row[i].rcode);
			t->dns.answers = row[i].rcode == 0;
			t->dns.answer[0].is_address = true;
		}
		for (unsigned k = 0; k < 3 * row[i].probes; k++) {
			generated(name, 1000 + k, "net");
			(void)name_ask(&s, 1, name, 100 + k / 3 * 700.0 + k % 3, 1, 3);
		}
		name_stage_run(&s);
		f = name_stage_find(&s, FINDING_DGA, 1);
		if ((f != NULL) != row[i].found)
			fail_msg("%s: %s", row[i].what, f ? f->why : "not found");
		if (f) {
			assert_true(f->severity >= SEVERITY_MEDIUM);
			assert_string_equal(f->technique, "T1568.002");
		}
		name_stage_close(&s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scores_tell_machines_from_people),
		cmocka_unit_test(surprise_grows_with_the_sum),
		cmocka_unit_test(who_looks_for_what),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
