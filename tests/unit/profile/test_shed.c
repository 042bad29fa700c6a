/* SPDX-License-Identifier: Apache-2.0 */
#include "twin.h"

#include <xxhash.h>

/* Where no host has more than Q pairs, the rule of pairs.h, level by level. */

static int
compare_ips(const void *a, const void *b)
{
	return ip_compare(a, b);
}

static size_t
twin_cost(const struct twin *t)
{
	struct ip *wide = calloc(2 * t->n + 1, sizeof *wide);
	size_t n = 0, distinct = 0;

	assert_non_null(wide);
	for (size_t i = 0; i < t->n; i++) {
		if (!ip_is_v4(&t->at[i].key.host))
			wide[n++] = t->at[i].key.host;
		if (!ip_is_v4(&t->at[i].key.peer))
			wide[n++] = t->at[i].key.peer;
	}
	qsort(wide, n, sizeof *wide, compare_ips);
	for (size_t i = 0; i < n; i++)
		distinct += i == 0 || !ip_equal(&wide[i], &wide[i - 1]);
	free(wide);
	return pairs_cost(t->n, distinct);
}

static void
twin_shed(struct twin *t, unsigned level)
{
	static const unsigned k_of[] = { 0, 65536, 65536, 32768, 32768, 16384, 16384, 8192,
		8192, 4096, 4096, 2048, 2048, 1024, 1024, 512, 512, 256, 256 };
	unsigned k_most = level < COUNT(k_of) ? k_of[level] : 256;
	unsigned host_bits = level < 23 ? 0 : level - 22, of_pair = 0;
	struct seen *kept = calloc(t->n + 1, sizeof *kept);
	bool stays = false;
	size_t n = 0;

	assert_non_null(kept);
	for (size_t i = 0; i < t->n; i++) {
		const struct pair_key *key = &t->at[i].key;

		if (i == 0 || compare_keys(key, &t->at[i - 1].key) != 0) {
			of_pair = 0;
			stays = host_bits == 0 ||
				XXH3_64bits(&key->host, 16) >> (64 - host_bits) == 0;
		}
		if (stays && of_pair++ < k_most)
			kept[n++] = t->at[i];
	}
	free(t->at);
	t->at = kept;
	t->n = n;
	t->kept = n;
}

static void
contacts_and_hosts_are_forgotten_by_the_set(void **state)
{
	static const struct recipe rows[] = {
		{ "busy pairs", 25000, 1, 4, 1, 1, 86400, 1, 1 },
		{ "many hosts", 12000, 5000, 5000, 2, 2, 86400, 1, 1 },
		{ "many hosts of all families", 16000, 5000, 5000, 2, 2, 86400, 1, 3 },
	};
	uint64_t seed = 34;
	unsigned levels = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		for (size_t memory = PAIRS_MEMORY_LEAST; memory < (size_t)3 << 20;
		     memory += 900017) {
			struct flow *f = draw_flows(&rows[i], &seed);
			struct twin t = twin_of(f, rows[i].n);
			uint64_t offered = t.n;
			unsigned level = 0;

			if (twin_cost(&t) > memory)
				do
					twin_shed(&t, ++level);
				while (twin_cost(&t) > memory / 4 * 3);
			levels |= 1u << (level > 31 ? 31 : level);
			print_message("  %s in %zu: level %u, %zu of %llu\n", rows[i].name,
			    memory, level, t.n, (unsigned long long)offered);
			twin_stitch(&t);
			for (int how = AS_DRAWN; how < ARRANGEMENTS; how++) {
				struct pairs *ps;

				arrange(f, rows[i].n, (enum arrangement)how, &seed);
				ps = sealed(f, rows[i].n, 100, memory);
				assert_int_equal(ps->level, level);
				same_as_twin(ps, &t);
				assert_int_equal(
				    pairs_counters(ps)->shed, offered - t.kept);
				pairs_free(ps);
			}
			free(t.at);
			free(f);
		}
	assert_true(levels & 1);
	assert_true(levels & 0x7fffe);
	assert_true(levels & 0xff800000);
}

/* An infected host: it scans, and all the while it calls home. */
static struct flow *
draw_infected(const struct recipe *scan, uint64_t *seed, const struct ip *home)
{
	struct flow *f = draw_flows(scan, seed);

	arrange(f, scan->n, BY_START, seed);
	for (unsigned i = 0; i < scan->n; i += 50) {
		f[i].orig = f[scan->n - 1].orig;
		f[i].resp = *home;
		f[i].flags = 0;
		f[i].orig_port = (uint16_t)i;
		f[i].proto = PROTO_TCP;
	}
	return f;
}

static void
same_pairs(const struct pairs *a, const struct pairs *b)
{
	assert_int_equal(pairs_count(a), pairs_count(b));
	assert_memory_equal(
	    pairs_counters(a), pairs_counters(b), sizeof(struct pairs_counters));
	for (size_t i = 0; i < pairs_count(a); i++) {
		struct pair_key ka = pairs_key(a, i), kb = pairs_key(b, i);
		size_t na, nb;
		const struct contact *ca = pairs_contacts(a, i, &na);
		const struct contact *cb = pairs_contacts(b, i, &nb);

		assert_memory_equal(&ka, &kb, sizeof ka);
		assert_int_equal(na, nb);
		assert_memory_equal(ca, cb, na * sizeof *ca);
	}
}

static size_t
contacts_with(const struct pairs *ps, const struct ip *peer)
{
	size_t n = 0, all = 0;

	for (size_t i = 0; i < pairs_count(ps); i++) {
		struct pair_key key = pairs_key(ps, i);

		(void)pairs_contacts(ps, i, &n);
		all += ip_equal(&key.peer, peer) ? n : 0;
	}
	return all;
}

static void
a_scanner_keeps_its_busiest_pairs(void **state)
{
	static const struct recipe scan = { "scan", 60000, 3, 1000000, 1, 1, 86400, 1, 2 };
	static const unsigned batches[] = { 1, 100, 60000 };
	uint64_t seed = 6667;
	struct ip home = ip_at("185.244.25.235");
	struct flow *f = draw_infected(&scan, &seed, &home);
	unsigned levels = 0;

	(void)state;
	for (size_t memory = PAIRS_MEMORY_LEAST; memory < (size_t)12 << 20; memory *= 2) {
		struct pairs *ps[COUNT(batches)];
		const struct pairs_counters *c;

		for (size_t b = 0; b < COUNT(batches); b++) {
			ps[b] = sealed(f, scan.n, batches[b], memory);
			assert_true(ps[b]->used <= memory);
			same_pairs(ps[b], ps[0]);
		}
		c = pairs_counters(ps[0]);
		print_message("  in %zu: level %u, %zu pairs, %zu contacts\n", memory,
		    ps[0]->level, pairs_count(ps[0]), (size_t)c->contacts);
		levels |= 1u << ps[0]->level;
		/* All 1,200, or the K earliest. */
		assert_true(contacts_with(ps[0], &home) >= 1024);
		assert_int_equal(c->contacts + c->shed + c->apart, scan.n);
		for (size_t b = 0; b < COUNT(batches); b++)
			pairs_free(ps[b]);
	}
	assert_true(levels & 1);
	assert_true(levels & 0x7ffffe);
	free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(contacts_and_hosts_are_forgotten_by_the_set),
		cmocka_unit_test(a_scanner_keeps_its_busiest_pairs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
