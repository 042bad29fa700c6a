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

static inline void
reserve_close(struct reserve *r)
{
	if (r->map)
		(void)munmap(r->map, r->size);
	r->map = NULL;
}

#endif
