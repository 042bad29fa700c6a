/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between whom flows were carried: the same in any order and in any number of parts.
 */
#include "table.h"

#include <stdlib.h>

#include "profile/tunnels.h"

#define FLOWS 2000
#define PARTS 3

static struct ip
v4(uint8_t a, uint8_t d)
{
	return ip_from_v4((uint8_t[4]){ a, 0, 0, d });
}

static struct flow
any_flow(void)
{
	struct flow f = { .first_ns = 1000 + (uint64_t)random() % 50,
		.orig = v4(172, (uint8_t)(random() % 7)),
		.resp = v4(192, (uint8_t)(random() % 7)),
		.orig_pkts = (uint64_t)random() % 5,
		.resp_pkts = (uint64_t)random() % 5,
		.orig_ip_bytes = (uint64_t)random() % 500,
		.resp_ip_bytes = (uint64_t)random() % 500,
		.tunnel = (uint8_t)(random() % TUNNEL_COUNT),
		.carried = (uint8_t)(random() % (CARRIED_MIRRORED + 1)) };

	f.last_ns = f.first_ns + (uint64_t)random() % 50;
	if (random() % 5) {
		f.carrier[0] = v4(10, (uint8_t)(random() % 6));
		f.carrier[1] = v4(10, (uint8_t)(6 + random() % 6));
	}
	if (random() % 2) {
		struct ip ip = f.carrier[0];

		f.carrier[0] = f.carrier[1];
		f.carrier[1] = ip;
	}
	return f;
}

static int
by_ends(const void *x, const void *y)
{
	const struct tunnel_pair *a = x, *b = y;
	int c = ip_compare(&a->end[0].ip, &b->end[0].ip);

	return c ? c : ip_compare(&a->end[1].ip, &b->end[1].ip);
}

/* All of them, each once, in the order of their ends. */
static size_t
list(struct tunnels *const *part, size_t parts, struct tunnel_pair out[static 64])
{
	size_t n = 0;

	for (size_t i = 0; i < parts; i++)
		for (size_t k = 0; k < tunnels_count(part[i]); k++) {
			assert_true(n < 64);
			n += tunnels_at(part, parts, i, k, &out[n]);
		}
	qsort(out, n, sizeof *out, by_ends);
	return n;
}

static void
assert_same_end(const struct tunnel_end *a, const struct tunnel_end *b)
{
	assert_memory_equal(&a->ip, &b->ip, sizeof a->ip);
	assert_int_equal(a->inners, b->inners);
	assert_memory_equal(a->inner, b->inner, a->inners * sizeof *a->inner);
	assert_int_equal(a->more, b->more);
	assert_int_equal(a->packets, b->packets);
	assert_int_equal(a->bytes, b->bytes);
}

static void
in_any_order_and_number_of_parts(void **state)
{
	static struct flow flow[FLOWS];
	static struct tunnel_pair one[64], three[64];
	struct tunnels *whole, *part[PARTS];
	size_t n, flows = 0, told = 0;
	struct error err;

	(void)state;
	srandom(3);
	assert_int_equal(tunnels_new(&whole, 1 << 20, &err), OK);
	for (int i = 0; i < PARTS; i++)
		assert_int_equal(tunnels_new(&part[i], 1 << 20, &err), OK);
	for (size_t i = 0; i < FLOWS; i++) {
		flow[i] = any_flow();
		flows += flow[i].tunnel != TUNNEL_NONE && flow_has_carrier(&flow[i]);
		tunnels_see(whole, &flow[i]);
	}
	for (size_t i = FLOWS; i-- > 0;)
		tunnels_see(part[random() % PARTS], &flow[i]);
	n = list(&whole, 1, one);
	assert_int_equal(n, 36);
	assert_int_equal(list(part, PARTS, three), n);
	for (size_t i = 0; i < n; i++) {
		assert_same_end(&one[i].end[0], &three[i].end[0]);
		assert_same_end(&one[i].end[1], &three[i].end[1]);
		assert_int_equal(one[i].kinds, three[i].kinds);
		assert_int_equal(one[i].flows, three[i].flows);
		assert_int_equal(one[i].back, three[i].back);
		assert_int_equal(one[i].mirrored, three[i].mirrored);
		assert_int_equal(one[i].first_ns, three[i].first_ns);
		assert_int_equal(one[i].last_ns, three[i].last_ns);
		told += one[i].flows;
	}
	assert_int_equal(told, flows);
	assert_int_equal(tunnels_shed(whole), 0);
	tunnels_free(whole);
	for (int i = 0; i < PARTS; i++)
		tunnels_free(part[i]);
}

/* Which hosts are behind an end: the least, and whether there are others. */
static void
who_is_behind(void **state)
{
	struct tunnel_pair t;
	struct tunnels *all;
	struct ip a = v4(10, 1), b = v4(203, 9);
	struct error err;

	(void)state;
	assert_int_equal(tunnels_new(&all, 1 << 16, &err), OK);
	for (uint8_t k = 9; k > 0; k--) {
		struct flow f = { .orig = v4(172, k < 5 ? k : 4),
			.resp = v4(192, k),
			.tunnel = TUNNEL_GRE,
			.carrier = { b, a },
			.orig_pkts = 2,
			.resp_pkts = 1 };

		tunnels_see(all, &f);
	}
	assert_false(tunnels_find(&all, 1, &a, &a, &t));
	assert_true(tunnels_find(&all, 1, &b, &a, &t));
	assert_memory_equal(&t.end[0].ip, &a, sizeof a);
	assert_int_equal(t.end[0].inners, TUNNEL_INNER);
	assert_true(t.end[0].more);
	assert_int_equal(t.end[0].inner[0].b[12], 192);
	assert_int_equal(t.end[0].inner[0].b[15], 1);
	assert_int_equal(t.end[0].inner[3].b[15], 4);
	assert_int_equal(t.end[1].inners, 4);
	assert_false(t.end[1].more);
	assert_int_equal(t.end[0].packets, 9);
	assert_int_equal(t.end[1].packets, 18);
	tunnels_free(all);
}

/* With too little room the same stay, whatever came first, and the rest is counted. */
static void
what_does_not_fit(void **state)
{
	static struct tunnel_pair kept[2][64];
	size_t n[2];

	(void)state;
	for (int turn = 0; turn < 2; turn++) {
		struct tunnels *all;
		uint64_t flows = 0;
		struct error err;

		assert_int_equal(tunnels_new(&all, 1, &err), OK);
		for (unsigned i = 0; i < 200; i++) {
			unsigned k = turn ? 199 - i : i;
			struct flow f = { .tunnel = TUNNEL_GRE,
				.carrier = { v4(10, (uint8_t)k), v4(203, 9) } };

			tunnels_see(all, &f);
		}
		n[turn] = list(&all, 1, kept[turn]);
		for (size_t i = 0; i < n[turn]; i++)
			flows += kept[turn][i].flows;
		assert_int_equal(flows + tunnels_shed(all), 200);
		tunnels_free(all);
	}
	assert_in_range(n[0], 1, 16);
	assert_int_equal(n[0], n[1]);
	assert_memory_equal(kept[0], kept[1], n[0] * sizeof *kept[0]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_any_order_and_number_of_parts),
		cmocka_unit_test(who_is_behind),
		cmocka_unit_test(what_does_not_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
