/* SPDX-License-Identifier: Apache-2.0 */
/*
 * history.h - everything that a log ever said, remembered by somebody else.
 *
 * Runs append entries that name the run, so that an entry which was replaced
 * is seen, and two runs that went on from one state would have different roots.
 * A run tells through shared memory what was acknowledged to it, for it is
 * going to be killed. Whatever happened to it, history_check opens the log and
 * insists that
 *
 *	no acknowledged entry is lost or another,
 *	no entry ever seen in the log is lost or another,
 *	every checkpoint that was ever signed and reached the disk, published or
 *	not, is one of this very history,
 *	every tile is right.
 */
#ifndef TESTS_HISTORY_H
#define TESTS_HISTORY_H

#include <stdatomic.h>
#include <sys/mman.h>

#include "some_log.h"

#define HISTORY_MAX 2048 /* entries */

/* What the run at hand told; in memory that outlives it. */
struct told {
	_Atomic uint64_t size;     /* acknowledged */
	uint32_t run[HISTORY_MAX]; /* who appended each entry */
	struct digest root[HISTORY_MAX + 1];
};

struct history {
	char scratch[SCRATCH], path[128];
	struct key *key;
	struct note_key public;
	struct told *told;
	uint64_t size;             /* as last seen in the log */
	uint32_t run[HISTORY_MAX]; /* of each entry in it */
	bool is_signed[HISTORY_MAX + 1];
	struct digest root[HISTORY_MAX + 1]; /* what was signed */
	unsigned unpublished; /* states that a crash left signed but not in place */
};

static inline struct span
entry_of_run(uint64_t i, uint32_t run, char text[static 256])
{
	int n = snprintf(text, 256, "%u wrote entry %u %.*s", (unsigned)run, (unsigned)i,
	    (int)(i % 31), "...............................");

	return (struct span){ (uint8_t *)text, (size_t)n };
}

static inline void
history_begin(struct history *h)
{
	struct error err;

	*h = (struct history){ .key = test_key(1) };
	scratch_make(h->scratch);
	(void)snprintf(h->path, sizeof h->path, "%s/log", h->scratch);
	assert_int_equal(note_key_make(ORIGIN, NOTE_ED25519, h->key, &h->public, &err), OK);
	h->told = mmap(NULL, sizeof *h->told, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(h->told != MAP_FAILED);
}

static inline void
history_end(struct history *h)
{
	scratch_remove(h->scratch);
	assert_int_equal(munmap(h->told, sizeof *h->told), 0);
	note_key_release(&h->public);
	key_free(h->key);
}

/* Append until `size` and commit; tells. For the run itself, asserts nothing. */
static inline bool
run_to(struct log *l, struct told *told, uint32_t run, uint64_t size)
{
	struct error err;
	char text[256];
	uint64_t index;

	for (uint64_t i = log_state(l)->size; i < size; i++) {
		if (log_append(l, entry_of_run(i, run, text), &index, &err) != OK)
			return false;
		told->run[i] = run;
	}
	if (log_commit(l, &err) != OK)
		return false;
	told->root[size] = log_state(l)->root;
	atomic_store(&told->size, size);
	return true;
}

/* A checkpoint that lies in the log under this name, if it is whole. */
static inline void
history_note(struct history *h, const char *name)
{
	char path[256];
	struct checkpoint cp;
	struct error err;
	struct note n;
	struct buf b;

	(void)snprintf(path, sizeof path, "%s/%s", h->path, name);
	if (access(path, F_OK) != 0)
		return;
	buf_init(&b, NOTE_MAX);
	get_file(path, &b);
	if (note_parse(buf_span(&b), &n, &err) == OK &&
	    note_check(&n, &h->public, NULL) == NOTE_GOOD &&
	    checkpoint_parse(n.text, &cp, &err) == OK) {
		assert_true(cp.size <= HISTORY_MAX);
		if (h->is_signed[cp.size] && !digest_same(&cp.root, &h->root[cp.size]))
			fail_msg("two histories were signed at size %u", (unsigned)cp.size);
		h->is_signed[cp.size] = true;
		h->root[cp.size] = cp.root;
		h->unpublished += strcmp(name, "checkpoint.new") == 0;
	}
	buf_release(&b);
}

static inline void
history_entries(struct history *h, struct tiles *t, uint64_t size)
{
	uint64_t acked = atomic_load(&h->told->size), i = 0;
	struct error err;
	struct buf b;

	buf_init(&b, BUNDLE_MAX);
	while (i < size) {
		struct cursor c;
		struct span e;

		buf_reset(&b);
		assert_int_equal(tiles_bundle(t, i / TILE_WIDTH, &b, &err), OK);
		for (c = cursor_of(buf_span(&b)); bundle_next(&c, &e); i++) {
			uint32_t run = (uint32_t)strtoul((const char *)e.at, NULL, 10);
			char text[256];
			struct span want;

			if (i < h->size)
				run = h->run[i];
			else if (i < acked)
				run = h->told->run[i];
			want = entry_of_run(i, run, text);
			if (e.len != want.len || memcmp(e.at, want.at, e.len) != 0)
				fail_msg("entry %u is another", (unsigned)i);
			h->run[i] = run;
		}
	}
	buf_release(&b);
	h->size = size;
}

/* After the end of a run, whatever it was. Leaves the log closed. */
static inline void
history_check(struct history *h)
{
	uint64_t acked = atomic_load(&h->told->size), size;
	struct error err;
	struct log *l;

	history_note(h, "checkpoint");
	history_note(h, "checkpoint.new");
	if (log_open(&l, h->path, ORIGIN, h->key, &disk_real, &err) != OK)
		fail_msg("%s", err.text);
	history_note(h, "checkpoint");
	size = log_state(l)->size;
	assert_true(size <= HISTORY_MAX);
	if (size < acked || size < h->size)
		fail_msg("%u entries of %u acknowledged and %u seen", (unsigned)size,
		    (unsigned)acked, (unsigned)h->size);
	history_entries(h, log_tiles(l), size);
	assert_true(acked == 0 || !h->is_signed[acked] ||
		    digest_same(&h->told->root[acked], &h->root[acked]));
	for (uint64_t s = 0; s <= HISTORY_MAX; s++) {
		struct digest root;

		if (!h->is_signed[s])
			continue;
		if (s > size)
			fail_msg(
			    "%u were signed, %u are here", (unsigned)s, (unsigned)size);
		assert_true(merkle_root(s, tiles_node, log_tiles(l), &root));
		if (!digest_same(&root, &h->root[s]))
			fail_msg(
			    "what was signed at size %u is another history", (unsigned)s);
	}
	log_close(l);
	{
		struct checkpoint cp = { .size = size, .root = h->root[size] };
		int fd = open(h->path, O_RDONLY | O_DIRECTORY);

		if (log_audit(fd, &cp, &err) != OK)
			fail_msg("%s", err.text);
		close(fd);
	}
	atomic_store(&h->told->size, 0);
}

#endif
