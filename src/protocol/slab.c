/* SPDX-License-Identifier: Apache-2.0 */
#include "protocol/slab.h"

#include <sys/mman.h>

enum status
slab_init(struct slab *s, uint32_t size, size_t memory, struct error *err)
{
	size_t n = memory / size;
	void *map;

	*s = (struct slab){ .size = size };
	if (n == 0)
		return OK;
	if (n > UINT32_MAX / 2)
		n = UINT32_MAX / 2;
	map = mmap(NULL, n * size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (map == MAP_FAILED)
		return error_sys(err, "reserve %zu bytes for reading flows", n * size);
	*s = (struct slab){ .at = map, .size = size, .capacity = (uint32_t)n };
	return OK;
}

void
slab_release(struct slab *s)
{
	if (s->at)
		(void)munmap(s->at, (size_t)s->capacity * s->size);
	*s = (struct slab){ 0 };
}
