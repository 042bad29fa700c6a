/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/merkle.h"

#include <openssl/evp.h>

#include "base/error.h"

/* One digest over up to three pieces; the prefix keeps leaves and nodes apart. */
static struct digest
hash(uint8_t prefix, struct span a, struct span b)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	struct digest d;

	CHECK(ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1 &&
	      EVP_DigestUpdate(ctx, &prefix, 1) == 1 &&
	      EVP_DigestUpdate(ctx, a.at, a.len) == 1 &&
	      EVP_DigestUpdate(ctx, b.at, b.len) == 1 &&
	      EVP_DigestFinal_ex(ctx, d.b, NULL) == 1);
	EVP_MD_CTX_free(ctx);
	return d;
}

struct digest
merkle_leaf(struct span entry)
{
	return hash(0, entry, (struct span){ 0 });
}

struct digest
merkle_node(const struct digest *left, const struct digest *right)
{
	return hash(1, (struct span){ left->b, DIGEST_BYTES },
	    (struct span){ right->b, DIGEST_BYTES });
}

struct digest
merkle_empty(void)
{
	return digest_of((struct span){ 0 });
}

bool
digest_same(const struct digest *a, const struct digest *b)
{
	return memcmp(a->b, b->b, DIGEST_BYTES) == 0;
}

/* The largest l with 2^l < size; size >= 2. */
static unsigned
split_level(uint64_t size)
{
	return 63 - (unsigned)__builtin_clzll(size - 1);
}

/*
 * The hash over the leaves begin .. end - 1, where begin is a multiple of a
 * power of two that is at least end - begin: perfect subtrees of falling size,
 * joined from the right.
 */
static bool
range_hash(
    uint64_t begin, uint64_t end, merkle_source *source, void *state, struct digest *out)
{
	struct digest part[MERKLE_LEVELS];
	unsigned n = 0;

	while (begin < end) {
		unsigned level = 63 - (unsigned)__builtin_clzll(end - begin);

		if (!source(state, level, begin >> level, &part[n++]))
			return false;
		begin += UINT64_C(1) << level;
	}
	*out = part[--n];
	while (n > 0)
		*out = merkle_node(&part[--n], out);
	return true;
}

bool
merkle_root(uint64_t size, merkle_source *source, void *state, struct digest *out)
{
	if (size == 0) {
		*out = merkle_empty();
		return true;
	}
	return range_hash(0, size, source, state, out);
}

/* Proofs are found from the root down and said from the leaf up. */
static void
turn_round(struct merkle_path *p)
{
	for (unsigned i = 0; i < p->n / 2; i++) {
		struct digest d = p->hash[i];

		p->hash[i] = p->hash[p->n - 1 - i];
		p->hash[p->n - 1 - i] = d;
	}
}

bool
merkle_inclusion(uint64_t index, uint64_t size, merkle_source *source, void *state,
    struct merkle_path *out)
{
	uint64_t begin = 0, end = size;

	CHECK(index < size && size <= MERKLE_SIZE_MAX);
	out->n = 0;
	while (end - begin > 1) {
		uint64_t middle = begin + (UINT64_C(1) << split_level(end - begin));
		bool left = index < middle;

		if (!range_hash(left ? middle : begin, left ? end : middle, source, state,
			&out->hash[out->n]))
			return false;
		out->n++;
		if (left)
			end = middle;
		else
			begin = middle;
	}
	turn_round(out);
	return true;
}

/* PROOF and SUBPROOF of RFC 6962 section 2.1.2, as a loop. */
bool
merkle_consistency(uint64_t old, uint64_t size, merkle_source *source, void *state,
    struct merkle_path *out)
{
	uint64_t begin = 0, end = size;

	CHECK(old <= size && size <= MERKLE_SIZE_MAX);
	out->n = 0;
	if (old == 0 || old == size)
		return true;
	while (old != end) {
		uint64_t middle = begin + (UINT64_C(1) << split_level(end - begin));
		bool left = old <= middle;

		if (!range_hash(left ? middle : begin, left ? end : middle, source, state,
			&out->hash[out->n]))
			return false;
		out->n++;
		if (left)
			end = middle;
		else
			begin = middle;
	}
	if (begin > 0) { /* the old tree is not a subtree whose hash is known anyway */
		if (!range_hash(begin, end, source, state, &out->hash[out->n]))
			return false;
		out->n++;
	}
	turn_round(out);
	return true;
}

bool
merkle_includes(const struct digest *root, uint64_t size, uint64_t index,
    const struct digest *leaf, const struct merkle_path *p)
{
	uint64_t fn = index, sn = size - 1;
	struct digest r = *leaf;

	if (index >= size)
		return false;
	for (unsigned i = 0; i < p->n; i++) {
		if (sn == 0)
			return false;
		if ((fn & 1) != 0 || fn == sn) {
			r = merkle_node(&p->hash[i], &r);
			while ((fn & 1) == 0 && fn != 0) {
				fn >>= 1;
				sn >>= 1;
			}
		} else
			r = merkle_node(&r, &p->hash[i]);
		fn >>= 1;
		sn >>= 1;
	}
	return sn == 0 && digest_same(&r, root);
}

bool
merkle_extends(const struct digest *root, uint64_t size, const struct digest *old_root,
    uint64_t old, const struct merkle_path *p)
{
	struct digest empty = merkle_empty(), fr, sr;
	uint64_t fn, sn;
	unsigned i = 0;

	if (old > size)
		return false;
	if (old == size)
		return p->n == 0 && digest_same(root, old_root);
	if (old == 0)
		return p->n == 0 && digest_same(old_root, &empty);
	if (p->n == 0)
		return false;
	fn = old - 1;
	sn = size - 1;
	while ((fn & 1) != 0) {
		fn >>= 1;
		sn >>= 1;
	}
	/* A perfect old tree is the first node of the path itself. */
	fr = sr = fn == 0 ? *old_root : p->hash[i++];
	for (; i < p->n; i++) {
		if (sn == 0)
			return false;
		if ((fn & 1) != 0 || fn == sn) {
			fr = merkle_node(&p->hash[i], &fr);
			sr = merkle_node(&p->hash[i], &sr);
			while ((fn & 1) == 0 && fn != 0) {
				fn >>= 1;
				sn >>= 1;
			}
		} else
			sr = merkle_node(&sr, &p->hash[i]);
		fn >>= 1;
		sn >>= 1;
	}
	return sn == 0 && digest_same(&fr, old_root) && digest_same(&sr, root);
}
