/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reserve.h - address space taken once, memory as it is touched.
 *
 * Arrays that may grow up to a limit known at the start, without being moved
 * and without asking again. Lay them out twice with the same calls: the first
 * time a closed reserve only adds up, then it is opened.
 *
 * No huge pages: shards are many and mostly small, and where a host lends its
 * guests memory a cold huge page costs more than the 512 small ones.
 */
#ifndef PROFILE_RESERVE_H
#define PROFILE_RESERVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

#include "base/error.h"

struct reserve {
	uint8_t *map; /* NULL: closed */
	size_t at;
	size_t size;
};

/* Zeroed, page-aligned; NULL while the reserve is closed. */
static inline void *
reserve_take(struct reserve *r, size_t count, size_t size)
{
	static const size_t page = 4096;
	uint8_t *p = r->map ? r->map + r->at : NULL;

	r->at += (count * size + page - 1) / page * page;
	return p;
}

static inline bool
reserve_open(struct reserve *r)
{
	void *map = mmap(NULL, r->at, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (map == MAP_FAILED)
		return false;
	r->map = map;
	r->size = r->at;
	r->at = 0;
	return true;
}

/*
 * That `size` bytes from `at` on will be written: the kernel gives pages together at less
 * than it takes to be interrupted for each. Where it cannot it gives them as ever.
 */
static inline void
reserve_touch(void *at, size_t size)
{
	static const size_t page = 4096;
	uintptr_t from = (uintptr_t)at & ~(page - 1);

#ifdef MADV_POPULATE_WRITE
	(void)madvise((void *)from, (uintptr_t)at + size - from, MADV_POPULATE_WRITE);
#endif
}

/*
 * An array that grows by one has room for its number `n`, of `each` bytes: asks for the
 * memory of the next ones, a quarter more than there are. `touched`: its own, 0 at first.
 */
static inline void
reserve_ahead(void *array, size_t each, uint32_t n, uint32_t most, uint32_t *touched)
{
	static const size_t least = (size_t)16 << 10, greatest = (size_t)512 << 10;
	size_t size = n * each / 4, more;

	if (n < *touched)
		return;
	size = size < least ? least : size > greatest ? greatest : size;
	more = size / each;
	if (more > most - n)
		more = most - n;
	reserve_touch((uint8_t *)array + n * each, more * each);
	*touched = n + (uint32_t)more;
}

/* Pages that one has no more use for and another may want; they stay their owner's to unmap. */
struct spare {
	void *at;
	size_t size;
};

/*
 * Move spare pages to `to`, what is in them included, so that they need not be asked for
 * and cleared. Returns how many bytes of `to` have memory now, at most `size`; what is
 * left of the spare stays. Both are page-aligned parts of open reserves.
 */
static inline size_t
reserve_reuse(struct spare *s, void *to, size_t size)
{
	static const size_t page = 4096;
	size_t n = size / page * page < s->size ? size / page * page : s->size;

	if (n == 0)
		return 0;
#ifdef MREMAP_DONTUNMAP
	/* Nobody else's mapping can get into either range: both stay mapped throughout. */
	if (mremap(s->at, n, n, MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP, to) ==
	    to) {
		s->at = (uint8_t *)s->at + n;
		s->size -= n;
		return n;
	}
	/* An older kernel has left `to` alone, one without room may have unmapped it. */
	CHECK(mmap(to, n, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == to);
#endif
	return 0;
}

/* All whole pages of `size` bytes at a page-aligned address. */
static inline struct spare
reserve_spare(void *at, size_t size)
{
	static const size_t page = 4096;

	return (struct spare){ at, size / page * page };
}

static inline void
reserve_close(struct reserve *r)
{
	if (r->map)
		(void)munmap(r->map, r->size);
	r->map = NULL;
}

#endif
