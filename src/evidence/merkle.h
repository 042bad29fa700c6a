/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merkle.h - the tree of RFC 6962 section 2.1 (the same as RFC 9162), SHA-256.
 *
 * Nodes are named by level and index: node (l, i) is the root of the perfect
 * subtree over the leaves i*2^l to (i+1)*2^l - 1. A tree of any size is made of
 * such subtrees, and so are its proofs; where they come from is the caller's.
 */
#ifndef EVIDENCE_MERKLE_H
#define EVIDENCE_MERKLE_H

#include <stdbool.h>

#include "base/digest.h"

#define MERKLE_LEVELS   64
#define MERKLE_PATH_MAX 64                        /* hashes in a proof, at most */
#define MERKLE_SIZE_MAX ((UINT64_C(1) << 62) - 1) /* leaves we can count */

struct digest merkle_leaf(struct span entry);
struct digest merkle_node(const struct digest *left, const struct digest *right);
struct digest merkle_empty(void);
bool digest_same(const struct digest *, const struct digest *);

struct merkle_path {
	struct digest hash[MERKLE_PATH_MAX];
	unsigned n;
};

/* Give node (level, index) of a tree, or false when it cannot be had. */
typedef bool merkle_source(void *state, unsigned level, uint64_t index, struct digest *out);

/*
 * The root of the first `size` leaves; the inclusion proof of leaf `index`
 * (< size), from the leaf up; the consistency proof from `old` (<= size).
 * False: the source failed.
 */
bool merkle_root(uint64_t size, merkle_source *, void *state, struct digest *out);
bool merkle_inclusion(
    uint64_t index, uint64_t size, merkle_source *, void *state, struct merkle_path *out);
bool merkle_consistency(
    uint64_t old, uint64_t size, merkle_source *, void *state, struct merkle_path *out);

/* RFC 9162 sections 2.1.3.2 and 2.1.4.2. Everything may come from a stranger. */
bool merkle_includes(const struct digest *root, uint64_t size, uint64_t index,
    const struct digest *leaf, const struct merkle_path *);
bool merkle_extends(const struct digest *root, uint64_t size, const struct digest *old_root,
    uint64_t old, const struct merkle_path *);

#endif
