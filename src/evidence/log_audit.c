/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "evidence/log.h"

/* Every hash above the leaves is the root of the full tile below it. */
static enum status
audit_level(struct tiles *t, uint64_t size, unsigned level, struct error *err)
{
	uint64_t hashes = size >> (8 * level);

	for (uint64_t i = 0; i < hashes; i++) {
		struct digest left, right, here;

		if (!tiles_node(t, 8 * level - 1, 2 * i, &left) ||
		    !tiles_node(t, 8 * level - 1, 2 * i + 1, &right) ||
		    !tiles_node(t, 8 * level, i, &here)) {
			*err = *tiles_error(t);
			return E_FORMAT;
		}
		left = merkle_node(&left, &right);
		if (!digest_same(&left, &here))
			return error_set(err, E_DIFFERS,
			    "hash %" PRIu64
			    " at level %u of the log is not that of its tile",
			    i, level);
	}
	return OK;
}

static enum status
audit(struct tiles *t, const struct checkpoint *cp, struct error *err)
{
	struct digest root;
	struct buf bundle;
	enum status st = OK;

	buf_init(&bundle, BUNDLE_MAX);
	for (uint64_t n = 0; st == OK && n * TILE_WIDTH < cp->size; n++) {
		buf_reset(&bundle);
		st = tiles_bundle(t, n, &bundle, err);
	}
	buf_release(&bundle);
	for (unsigned level = 1; st == OK && level < TILE_LEVELS; level++)
		st = audit_level(t, cp->size, level, err);
	if (st != OK)
		return st;
	if (!merkle_root(cp->size, tiles_node, t, &root)) {
		*err = *tiles_error(t);
		return E_FORMAT;
	}
	if (!digest_same(&root, &cp->root))
		return error_set(
		    err, E_DIFFERS, "the root of the log is not the one in its checkpoint");
	return OK;
}

enum status
log_audit(int dirfd, const struct checkpoint *cp, struct error *err)
{
	struct tiles *t;
	enum status st = tiles_open(&t, dirfd, cp->size, err);

	if (st != OK)
		return st;
	st = audit(t, cp, err);
	tiles_close(t);
	return st;
}
