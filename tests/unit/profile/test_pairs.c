/* SPDX-License-Identifier: Apache-2.0 */
#include "twin.h"

#define MANY ((size_t)64 << 20)

static void
pairs_do_what_the_slow_twin_does(void **state)
{
	static const struct recipe rows[] = {
		{ "nothing", 0, 1, 1, 1, 1, 1, 1, 1 },
		{ "one", 1, 1, 1, 1, 1, 1, 1, 1 },
		{ "everything at once", 300, 2, 2, 1, 2, 1, S, 1 },
		{ "few pairs, many ties", 4000, 2, 3, 2, 4, 3600, 30 * S, 2 },
		{ "one pair", 6000, 1, 1, 1, 1, 100000, S, 1 },
		{ "one busy pair, slices", 6000, 1, 1, 1, 2, 600, 1, 1 },
		{ "mostly single contacts", 20000, 300, 20000, 200, 4, 86400, 1, 1 },
		{ "a scanner", 20000, 1, 1000000, 3, 1, 86400, 1, 1 },
		{ "all families", 12000, 40, 900, 3, 4, 86400, 1, 3 },
		{ "IPv6 mostly single", 30000, 300, 30000, 3, 4, 86400, 1, 2 },
		{ "every port of one peer", 30000, 1, 1, 65536, 2, 86400, 1, 1 },
	};
	static const unsigned batches[] = { 1, 7, 64, 256, 100000 };
	uint64_t seed = 20181221;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct flow *f = draw_flows(&rows[i], &seed);
		struct twin t = twin_of(f, rows[i].n);

		ROW(i, rows[i].name);
		twin_stitch(&t);
		for (int how = AS_DRAWN; how < ARRANGEMENTS; how++) {
			unsigned batch = batches[(i + (size_t)how) % COUNT(batches)];
			struct pairs *ps;

			arrange(f, rows[i].n, (enum arrangement)how, &seed);
			ps = sealed(f, rows[i].n, batch, MANY);
			same_as_twin(ps, &t);
			assert_int_equal(pairs_counters(ps)->shed, 0);
			assert_int_equal(pairs_counters(ps)->apart + t.kept, rows[i].n);
			pairs_free(ps);
		}
		free(t.at);
		free(f);
	}
}

/* What one shard leaves unused the next one has, and nothing that is still looked at. */
static void
memory_goes_from_shard_to_shard(void **state)
{
	static const struct recipe rows[] = {
		{ "the first", 20000, 300, 20000, 200, 4, 86400, 1, 1 },
		{ "nothing", 0, 1, 1, 1, 1, 1, 1, 1 },
		{ "one", 1, 1, 1, 1, 1, 1, 1, 1 },
		{ "smaller", 12000, 40, 900, 3, 4, 86400, 1, 3 },
		{ "larger", 30000, 300, 30000, 3, 4, 86400, 1, 2 },
		{ "out of one larger", 25000, 2, 3, 2, 4, 3600, 30 * S, 2 },
	};
	struct pairs *ps[COUNT(rows)];
	struct twin twin[COUNT(rows)];
	struct pairs_spare spare = { 0 };
	uint64_t seed = 3;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct flow *f = draw_flows(&rows[i], &seed);

		twin[i] = twin_of(f, rows[i].n);
		twin_stitch(&twin[i]);
		ps[i] = unsealed(f, rows[i].n, 64, MANY);
		free(f);
	}
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct error err;

		assert_int_equal(pairs_seal_after(ps[i], &spare, &err), OK);
		assert_true(spare.pages.size > 0 && spare.pages.size % 4096 == 0);
		assert_true(spare.last != NULL);
	}
	for (size_t i = 0; i < COUNT(rows); i++) {
		ROW(i, rows[i].name);
		same_as_twin(ps[i], &twin[i]);
		free(twin[i].at);
	}
	for (size_t i = 0; i < COUNT(rows); i++)
		pairs_free(ps[i]);
}

static void
too_little_memory_is_said(void **state)
{
	(void)state;
	for (size_t memory = 0; memory < PAIRS_MEMORY_LEAST; memory = memory * 2 + 16) {
		struct pairs *ps = NULL;
		struct error err;

		assert_int_equal(pairs_new(&ps, memory, &err), E_LIMIT);
		assert_null(ps);
	}
	pairs_free(NULL);
}

static void
multicast_is_what_the_base_says(void **state)
{
	static const char *const rows[] = { "224.0.0.1", "239.255.255.250",
		"255.255.255.255", "223.255.255.255", "240.0.0.1", "192.168.1.255",
		"ff02::fb", "fe80::1", "feff::1", "::", "::e000:1" };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct flow f = { .orig = ip_at("10.0.0.1"), .resp = ip_at(rows[i]) };
		struct pairs *ps = sealed(&f, 1, 1, MANY);
		bool apart = ip_scope(&f.resp) == IP_MULTICAST;

		ROW(i, rows[i]);
		assert_int_equal(pairs_count(ps), !apart);
		assert_int_equal(pairs_counters(ps)->apart, apart);
		pairs_free(ps);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pairs_do_what_the_slow_twin_does),
		cmocka_unit_test(memory_goes_from_shard_to_shard),
		cmocka_unit_test(too_little_memory_is_said),
		cmocka_unit_test(multicast_is_what_the_base_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
