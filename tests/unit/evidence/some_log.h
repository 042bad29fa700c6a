/* SPDX-License-Identifier: Apache-2.0 */
/*
 * some_log.h - a log whose entries everybody can compute, and its slow twin.
 */
#ifndef TESTS_SOME_LOG_H
#define TESTS_SOME_LOG_H

#include "evidence/log.h"
#include "power.h"

#define ORIGIN "log.geophone.example/test"

static inline struct key *
test_key(uint8_t first)
{
	uint8_t seed[KEY_BYTES] = { first };
	struct key *k;
	struct error err;

	assert_int_equal(key_from_seed(&k, seed, &err), OK);
	return k;
}

/* Entry i of every log here: its length varies, its content is its number. */
static inline struct span
entry(uint64_t i, char text[static 256])
{
	int n = snprintf(text, 256, "entry %llu %.*s", (unsigned long long)i, (int)(i % 97),
	    ".............................................................................."
	    ".."
	    ".....................................");

	return (struct span){ (uint8_t *)text, (size_t)n };
}

static inline enum status
append_to(struct log *l, uint64_t size, struct error *err)
{
	char text[256];
	uint64_t index;
	enum status st = OK;

	for (uint64_t i = log_state(l)->size; st == OK && i < size; i++) {
		st = log_append(l, entry(i, text), &index, err);
		if (st == OK)
			assert_int_equal(index, i);
	}
	return st;
}

/* The slow twin of the whole log: the root of entries 0 .. n - 1. */
static inline bool
twin(void *state, unsigned level, uint64_t index, struct digest *out)
{
	struct digest left, right;
	char text[256];

	if (level == 0) {
		*out = merkle_leaf(entry(index, text));
		return true;
	}
	(void)twin(state, level - 1, 2 * index, &left);
	(void)twin(state, level - 1, 2 * index + 1, &right);
	*out = merkle_node(&left, &right);
	return true;
}

static inline void
audit(const char *dir, const struct checkpoint *cp)
{
	struct digest root;
	struct error err;
	int fd = open(dir, O_RDONLY | O_DIRECTORY);

	assert_true(fd != -1);
	if (log_audit(fd, cp, &err) != OK)
		fail_msg("%s", err.text);
	close(fd);
	assert_true(merkle_root(cp->size, twin, NULL, &root));
	assert_true(digest_same(&root, &cp->root));
}

#endif
