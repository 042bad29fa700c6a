/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arena.h - memory that dies together.
 *
 * An arena is one lifetime. Everything made in it is valid until the arena
 * is reset or released, and nothing in it is freed on its own. A pointer into
 * an arena may be stored only in something that dies no later.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *blocks; /* newest first */
	size_t used;                /* bytes asked of the system */
	size_t limit;
};

void arena_init(struct arena *, size_t limit);
void arena_reset(struct arena *);   /* forget contents, keep one block */
void arena_release(struct arena *); /* give everything back */

/* Zeroed, aligned for any type. NULL when the limit or memory is reached. */
void *arena_get(struct arena *, size_t count, size_t size);

/*
 * `at`, or a copy of it, of which *room is more than n: to add the next of a list.
 * *room is 0 at the start. NULL: no memory.
 */
void *arena_more(struct arena *, void *at, size_t n, size_t *room, size_t size);

/* A terminated copy of n bytes, or NULL. */
char *arena_text(struct arena *, const char *bytes, size_t n);

#define arena_new(arena, type)      ((type *)arena_get((arena), 1, sizeof(type)))
#define arena_array(arena, n, type) ((type *)arena_get((arena), (n), sizeof(type)))

#endif
