/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <math.h>
#include <stdlib.h>

#include "profile/pair.h"

#define S UINT64_C(1000000000)

static uint64_t
next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed * UINT64_C(2685821657736338717);
}

static long double
exact_edge(int i)
{
	return 2e9L * powl(2.0L, (long double)i / 4);
}

static void
edges_are_two_seconds_times_quarter_octaves(void **state)
{
	(void)state;
	for (int i = 0; i <= PAIR_BINS; i++) {
		uint64_t low = pair_bin_low(i);

		/* 64 bits of mantissa hold the exact product to about 1e-6 ns. */
		assert_true(low == (uint64_t)ceill(exact_edge(i)));
		assert_int_equal(pair_bin(low), i < PAIR_BINS ? i : PAIR_BINS - 1);
		assert_int_equal(pair_bin(low - 1), i - 1);
	}
	assert_int_equal(pair_bin(0), -1);
	assert_int_equal(pair_bin(UINT64_MAX), PAIR_BINS - 1);
	assert_int_equal(pair_bin(131072 * S), PAIR_BINS - 1);
}

static void
bins_agree_with_floating_point(void **state)
{
	uint64_t seed = 20240117;

	(void)state;
	for (int n = 0; n < 3000000; n++) {
		uint64_t gap = next(&seed) >> (next(&seed) % 64);
		long double want = floorl(4 * log2l((long double)gap / 2e9L));
		int bin = pair_bin(gap);

		if (want < 0 || gap == 0)
			want = -1;
		if (want > PAIR_BINS - 1)
			want = PAIR_BINS - 1;
		if (bin != (int)want)
			fail_msg("gap %llu: bin %d, not %d", (unsigned long long)gap, bin,
			    (int)want);
	}
}

/* Everything a pair must hold after the contacts of a row, written by hand. */
static void
contacts_become_a_profile(void **state)
{
	static const struct {
		const char *name;
		unsigned n;
		struct contact c[6];
		struct pair want;
	} rows[] = {
		{ "nothing is seen of one contact but itself", 1,
		    { { .start_ns = 5 * S, .last_ns = 7 * S, .up = 10, .down = 20 } },
		    { .first_ns = 5 * S,
			.last_ns = 5 * S,
			.up = 10,
			.down = 20,
			.contacts = 1,
			.hours = 1,
			.size = { 10 },
			.size_n = { 1 },
			.longest_ms = 2000 } },
		{ "gaps of 2 s and 4 s", 3,
		    { { .start_ns = 1 * S }, { .start_ns = 3 * S }, { .start_ns = 7 * S } },
		    { .gap = { [0] = 1, [4] = 1 },
			.first_ns = S,
			.last_ns = 7 * S,
			.contacts = 3,
			.gaps = 2,
			.hours = 1 } },
		{ "a contact within 2 s is no gap, but the next gap is from it", 3,
		    { { .start_ns = 1 * S }, { .start_ns = 2 * S }, { .start_ns = 5 * S } },
		    { .gap = { [2] = 1 },
			.first_ns = S,
			.last_ns = 5 * S,
			.contacts = 3,
			.gaps = 1,
			.hours = 1 } },
		{ "a slice adds bytes and length, and is not a contact", 3,
		    { { .start_ns = 1 * S, .up = 5 },
			{ .start_ns = 5 * S,
			    .last_ns = 9 * S,
			    .up = 7,
			    .flags = CONTACT_CONTINUES },
			{ .start_ns = 9 * S, .up = 5 } },
		    { .gap = { [8] = 1 },
			.first_ns = S,
			.last_ns = 9 * S,
			.up = 17,
			.contacts = 2,
			.gaps = 1,
			.hours = 1,
			.size = { 5 },
			.size_n = { 2 },
			.longest_ms = 4000 } },
		{ "the first that is seen is a contact, whatever it continues", 1,
		    { { .start_ns = S, .flags = CONTACT_CONTINUES } },
		    { .first_ns = S, .last_ns = S, .contacts = 1, .hours = 1 } },
		{ "failed ones are counted, and nothing sent is not a size", 2,
		    { { .start_ns = S, .flags = CONTACT_FAILED },
			{ .start_ns = 3 * S, .up = 9, .flags = CONTACT_HOST_LOCAL } },
		    { .gap = { 1 },
			.first_ns = S,
			.last_ns = 3 * S,
			.up = 9,
			.contacts = 2,
			.gaps = 1,
			.failed = 1,
			.hours = 1,
			.size = { 9 },
			.size_n = { 1 } } },
		{ "the more common size comes first, a third one costs both", 6,
		    { { .start_ns = S, .up = 1 }, { .start_ns = S, .up = 2 },
			{ .start_ns = S, .up = 2 }, { .start_ns = S, .up = 2 },
			{ .start_ns = S, .up = 3 }, { .start_ns = S, .up = 4 } },
		    { .first_ns = S,
			.last_ns = S,
			.up = 14,
			.contacts = 6,
			.hours = 1,
			.size = { 2, 4 },
			.size_n = { 2, 1 } } },
		{ "hours of the day, UTC; the last bin is open", 3,
		    { { .start_ns = 0 }, { .start_ns = 3599 * S },
			{ .start_ns = (uint64_t)10 * 86400 * S - 1 } },
		    { .gap = { [43] = 1, [63] = 1 },
			.first_ns = 0,
			.last_ns = (uint64_t)10 * 86400 * S - 1,
			.contacts = 3,
			.gaps = 2,
			.hours = 1u | 1u << 23 } },
		{ "a length past 49 days stays at the top", 1,
		    { { .start_ns = 0, .last_ns = UINT64_MAX } },
		    { .contacts = 1, .hours = 1, .longest_ms = UINT32_MAX } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct pair p = { 0 };

		ROW(i, rows[i].name);
		for (unsigned k = 0; k < rows[i].n; k++)
			pair_see(&p, &rows[i].c[k]);
		assert_memory_equal(&p, &rows[i].want, sizeof p);
	}
}

static void
counters_are_halved_when_one_is_full(void **state)
{
	struct pair p = { 0 };
	uint64_t t = 0;

	(void)state;
	for (int i = 0; i < 11; i++, t += 100 * S)
		pair_see(&p, &(struct contact){ .start_ns = t });
	t -= 100 * S;
	for (int i = 0; i < 255; i++)
		pair_see(&p, &(struct contact){ .start_ns = t += 10 * S });
	assert_int_equal(p.gap[pair_bin(10 * S)], 255);
	assert_int_equal(p.gap[pair_bin(100 * S)], 10);
	pair_see(&p, &(struct contact){ .start_ns = t += 10 * S });
	assert_int_equal(p.gap[pair_bin(10 * S)], 128);
	assert_int_equal(p.gap[pair_bin(100 * S)], 5);
	assert_int_equal(p.gaps, 266);
}

static struct pair
seen(const struct contact *c, unsigned n)
{
	struct pair p = { 0 };

	for (unsigned i = 0; i < n; i++)
		pair_see(&p, &c[i]);
	return p;
}

/* Where pair.h promises it, the profile of all is the merge of the parts, cut anywhere. */
static void
merging_parts_is_seeing_all(void **state)
{
	static struct contact c[200];
	uint64_t seed = 7;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		unsigned n = (unsigned)(next(&seed) % 200) + 1, cut, cut2;
		uint64_t t = next(&seed) % (1000000 * S);
		struct pair all, a, b, m;

		for (unsigned i = 0; i < n; i++) {
			t += next(&seed) >> (24 + next(&seed) % 40);
			c[i] = (struct contact){
				.start_ns = t,
				.last_ns = t + next(&seed) % (9 * S),
				.up = next(&seed) % 4 ? 412 : 0,
				.down = (uint32_t)next(&seed),
				.flags = next(&seed) % 3 ? 0 : CONTACT_FAILED,
			};
			if (next(&seed) % 16 == 0)
				c[i].up = 999;
		}
		cut = (unsigned)(next(&seed) % (n + 1));
		cut2 = cut + (unsigned)(next(&seed) % (n - cut + 1));
		all = seen(c, n);
		a = seen(c, cut);
		b = seen(c + cut, cut2 - cut);
		m = seen(c + cut2, n - cut2);
		pair_merge(&b, &m);
		pair_merge(&a, &b);
		/* Of two sizes equally common either may stand first. */
		if (all.size_n[0] == all.size_n[1]) {
			memset(all.size, 0, sizeof all.size);
			memset(a.size, 0, sizeof a.size);
		}
		assert_memory_equal(&a, &all, sizeof a);
	}
}

static void
merging_when_full_keeps_the_shape(void **state)
{
	struct pair a = { .gap = { [3] = 255, [9] = 100 },
		.contacts = 1000,
		.gaps = 999,
		.last_ns = 50 * S,
		.size = { 5, 6 },
		.size_n = { 60000, 10 } };
	struct pair b = { .gap = { [3] = 255, [9] = 101 },
		.contacts = UINT32_MAX,
		.gaps = UINT32_MAX,
		.first_ns = 50 * S + 3363585662,
		.last_ns = 99 * S,
		.size = { 7, 5 },
		.size_n = { 50000, 40000 } };

	(void)state;
	pair_merge(&a, &b);
	assert_int_equal(a.gap[3], 255); /* (255 + 255 + the gap between) / 2 */
	assert_int_equal(a.gap[9], 100);
	assert_true(a.contacts == UINT32_MAX && a.gaps == UINT32_MAX);
	assert_int_equal(a.size[0], 5); /* 100,000 and 50,000 less 10, halved once */
	assert_int_equal(a.size_n[0], (100000 - 10) / 2);
	assert_int_equal(a.size[1], 7);
	assert_int_equal(a.size_n[1], (50000 - 10) / 2);
	assert_true(a.last_ns == 99 * S);
}

static void
merging_overlapping_parts_makes_no_gap(void **state)
{
	struct pair a =
	    seen((struct contact[]){ { .start_ns = 10 * S }, { .start_ns = 90 * S } }, 2);
	struct pair b =
	    seen((struct contact[]){ { .start_ns = 5 * S }, { .start_ns = 15 * S } }, 2);

	(void)state;
	pair_merge(&a, &b);
	assert_int_equal(a.gaps, 2);
	assert_true(a.first_ns == 5 * S && a.last_ns == 90 * S);
	assert_int_equal(a.contacts, 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(edges_are_two_seconds_times_quarter_octaves),
		cmocka_unit_test(bins_agree_with_floating_point),
		cmocka_unit_test(contacts_become_a_profile),
		cmocka_unit_test(counters_are_halved_when_one_is_full),
		cmocka_unit_test(merging_parts_is_seeing_all),
		cmocka_unit_test(merging_when_full_keeps_the_shape),
		cmocka_unit_test(merging_overlapping_parts_makes_no_gap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
