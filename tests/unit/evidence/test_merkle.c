/* SPDX-License-Identifier: Apache-2.0 */
#include "scratch.h"

#include "evidence/merkle.h"

/* The slow twin: RFC 6962 section 2.1 as it is written, recursion and all. */
static size_t
half(size_t n)
{
	size_t k = 1;

	while (2 * k < n)
		k *= 2;
	return k;
}

static struct digest
slow_root(const struct digest *leaf, size_t n)
{
	struct digest left, right;
	size_t k;

	if (n == 0)
		return merkle_empty();
	if (n == 1)
		return leaf[0];
	k = half(n);
	left = slow_root(leaf, k), right = slow_root(leaf + k, n - k);
	return merkle_node(&left, &right);
}

static void
slow_path(size_t m, const struct digest *leaf, size_t n, struct merkle_path *out)
{
	size_t k;

	if (n == 1)
		return;
	k = half(n);
	if (m < k) {
		slow_path(m, leaf, k, out);
		out->hash[out->n++] = slow_root(leaf + k, n - k);
	} else {
		slow_path(m - k, leaf + k, n - k, out);
		out->hash[out->n++] = slow_root(leaf, k);
	}
}

static void
slow_subproof(
    size_t m, const struct digest *leaf, size_t n, bool whole, struct merkle_path *out)
{
	size_t k;

	if (m == n) {
		if (!whole)
			out->hash[out->n++] = slow_root(leaf, n);
		return;
	}
	k = half(n);
	if (m <= k) {
		slow_subproof(m, leaf, k, whole, out);
		out->hash[out->n++] = slow_root(leaf + k, n - k);
	} else {
		slow_subproof(m - k, leaf + k, n - k, false, out);
		out->hash[out->n++] = slow_root(leaf, k);
	}
}

enum { LEAVES = 70 };

/* Leaves in memory as a source; asked only for perfect subtrees that are there. */
static bool
from_leaves(void *state, unsigned level, uint64_t index, struct digest *out)
{
	const struct digest *leaf = state;

	assert_true(((index + 1) << level) <= LEAVES);
	*out = slow_root(leaf + (index << level), (size_t)1 << level);
	return true;
}

static void
some_leaves(struct digest leaf[static LEAVES])
{
	for (int i = 0; i < LEAVES; i++) {
		uint8_t b = (uint8_t)i;

		leaf[i] = merkle_leaf((struct span){ &b, 1 });
	}
}

/* The classic eight leaves of the CT code bases, and the roots of their trees. */
static void
published_roots(void **state)
{
	static const char *const leaves[] = { "", "00", "10", "2021", "3031", "40414243",
		"5051525354555657", "606162636465666768696a6b6c6d6e6f" };
	static const char *const roots[] = {
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
		"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
		"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
		"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
		"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
		"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
		"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
		"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
	};
	struct digest leaf[LEAVES], root;
	char hex[DIGEST_HEX];

	(void)state;
	for (size_t i = 0; i < COUNT(leaves); i++) {
		uint8_t b[16];

		leaf[i] = merkle_leaf((struct span){ b, from_hex(leaves[i], b, sizeof b) });
	}
	for (size_t n = 0; n < COUNT(roots); n++) {
		ROW(n, roots[n]);
		assert_true(merkle_root(n, from_leaves, leaf, &root));
		assert_string_equal(digest_hex(&root, hex), roots[n]);
	}
}

static void
same_path(const struct merkle_path *a, const struct merkle_path *b)
{
	assert_int_equal(a->n, b->n);
	for (unsigned i = 0; i < a->n; i++)
		assert_true(digest_same(&a->hash[i], &b->hash[i]));
}

/*
 * What an honest proof is bent into; none of it may still hold. The ways are
 * those of the published vectors: other sizes and indexes, hashes changed, cut,
 * added before and behind, roots exchanged.
 */
static unsigned
bent(const struct merkle_path *p, unsigned way, struct merkle_path *out)
{
	*out = *p;
	if (way < p->n) {
		out->hash[way].b[way % DIGEST_BYTES] ^= 4;
	} else if (way == p->n) {
		out->hash[out->n++] = merkle_empty();
	} else if (way == p->n + 1) {
		memmove(&out->hash[1], &out->hash[0], p->n * sizeof out->hash[0]);
		out->hash[0] = merkle_empty();
		out->n++;
	} else if (way == p->n + 2) {
		if (p->n == 0)
			return 2; /* nothing to take away */
		out->n--;
	} else
		return 0;
	return 1;
}

static void
inclusion_is_the_twins_and_nothing_else_holds(void **state)
{
	struct digest leaf[LEAVES], root;

	(void)state;
	some_leaves(leaf);
	for (size_t n = 1; n <= LEAVES; n++) {
		root = slow_root(leaf, n);
		for (size_t m = 0; m < n; m++) {
			struct merkle_path want = { .n = 0 }, got, worse;
			struct digest other = leaf[m];

			slow_path(m, leaf, n, &want);
			assert_true(merkle_inclusion(m, n, from_leaves, leaf, &got));
			same_path(&got, &want);
			assert_true(merkle_includes(&root, n, m, &leaf[m], &got));
			other.b[3] ^= 1;
			assert_false(merkle_includes(&root, n, m, &other, &got));
			assert_false(merkle_includes(&other, n, m, &leaf[m], &got));
			for (size_t k = 0; k < n + 2; k++)
				if (k != m)
					assert_false(
					    merkle_includes(&root, n, k, &leaf[m], &got));
			assert_false(merkle_includes(&root, 0, m, &leaf[m], &got));
			assert_false(merkle_includes(&root, 2 * n, m, &leaf[m], &got));
			for (unsigned way = 0, more; (more = bent(&got, way, &worse)) > 0;
			     way++)
				if (more == 1)
					assert_false(
					    merkle_includes(&root, n, m, &leaf[m], &worse));
		}
	}
}

static void
consistency_is_the_twins_and_nothing_else_holds(void **state)
{
	struct digest leaf[LEAVES];

	(void)state;
	some_leaves(leaf);
	for (size_t n = 0; n <= LEAVES; n++) {
		struct digest root = slow_root(leaf, n);

		for (size_t m = 0; m <= n; m++) {
			struct merkle_path want = { .n = 0 }, got, worse;
			struct digest old = slow_root(leaf, m), other;

			if (m > 0)
				slow_subproof(m, leaf, n, true, &want);
			assert_true(merkle_consistency(m, n, from_leaves, leaf, &got));
			same_path(&got, &want);
			assert_true(merkle_extends(&root, n, &old, m, &got));
			other = old;
			other.b[7] ^= 1;
			assert_false(merkle_extends(&root, n, &other, m, &got));
			other = root;
			other.b[7] ^= 1;
			if (m > 0) /* nothing is said of what follows the empty tree */
				assert_false(merkle_extends(&other, n, &old, m, &got));
			if (m != n)
				assert_false(merkle_extends(&old, n, &root, m, &got));
			assert_false(merkle_extends(&root, n, &old, n + 1, &got));
			for (size_t k = 1; k <= n; k++)
				if (k != m && m > 0)
					assert_false(
					    merkle_extends(&root, n, &old, k, &got));
			for (unsigned way = 0, more; (more = bent(&got, way, &worse)) > 0;
			     way++)
				if (more == 1)
					assert_false(
					    merkle_extends(&root, n, &old, m, &worse));
		}
	}
}

static bool
no_source(void *state, unsigned level, uint64_t index, struct digest *out)
{
	unsigned *calls = state;

	(void)level, (void)index;
	*out = merkle_empty();
	return (*calls)-- > 0;
}

/* A source that fails at any of its calls makes no proof, and none crash. */
static void
a_source_may_fail(void **state)
{
	bool good = false;

	(void)state;
	for (unsigned calls = 0; !good; calls++) {
		struct merkle_path p;
		struct digest d;
		unsigned a = calls, b = calls, c = calls;
		bool x = merkle_root(1000003, no_source, &a, &d);
		bool y = merkle_inclusion(77777, 1000003, no_source, &b, &p);
		bool z = merkle_consistency(77777, 1000003, no_source, &c, &p);

		good = x && y && z;
		assert_true(calls < 200);
		assert_true(calls > 0 || (!x && !y && !z));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_roots),
		cmocka_unit_test(inclusion_is_the_twins_and_nothing_else_holds),
		cmocka_unit_test(consistency_is_the_twins_and_nothing_else_holds),
		cmocka_unit_test(a_source_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
