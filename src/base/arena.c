/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES 65536

struct arena_block {
	struct arena_block *next;
	size_t size, used; /* of `bytes` */
	alignas(max_align_t) unsigned char bytes[];
};

void
arena_init(struct arena *a, size_t limit)
{
	*a = (struct arena){ .limit = limit };
}

static struct arena_block *
arena_grow(struct arena *a, size_t need)
{
	size_t size = need > BLOCK_BYTES ? need : BLOCK_BYTES;
	struct arena_block *b;

	if (size > a->limit - a->used)
		size = need; /* the last stretch before the limit */
	if (size > a->limit - a->used)
		return NULL;
	b = malloc(sizeof *b + size);
	if (b == NULL)
		return NULL;
	b->next = a->blocks;
	b->size = size;
	b->used = 0;
	a->blocks = b;
	a->used += size;
	return b;
}

void *
arena_get(struct arena *a, size_t count, size_t size)
{
	struct arena_block *b = a->blocks;
	size_t need;
	void *p;

	if (__builtin_mul_overflow(count, size, &need) || need > SIZE_MAX / 2)
		return NULL;
	need = (need + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	if (b == NULL || need > b->size - b->used)
		b = arena_grow(a, need);
	if (b == NULL)
		return NULL;
	p = b->bytes + b->used;
	b->used += need;
	return memset(p, 0, need);
}

void *
arena_more(struct arena *arena, void *at, size_t n, size_t *room, size_t size)
{
	size_t more = *room ? 2 * *room : 64;
	void *to;

	if (n < *room)
		return at;
	to = arena_get(arena, more, size);
	if (to == NULL)
		return NULL;
	if (n > 0)
		memcpy(to, at, n * size);
	*room = more;
	return to;
}

char *
arena_text(struct arena *a, const char *bytes, size_t n)
{
	char *s = arena_get(a, n + 1, 1);

	if (s && n > 0)
		memcpy(s, bytes, n);
	return s;
}

static void
arena_free_after(struct arena *a, struct arena_block *b)
{
	while (b) {
		struct arena_block *next = b->next;

		a->used -= b->size;
		free(b);
		b = next;
	}
}

void
arena_reset(struct arena *a)
{
	if (a->blocks == NULL)
		return;
	arena_free_after(a, a->blocks->next);
	a->blocks->next = NULL;
	a->blocks->used = 0;
}

void
arena_release(struct arena *a)
{
	arena_free_after(a, a->blocks);
	a->blocks = NULL;
}
