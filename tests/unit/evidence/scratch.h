/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scratch.h - hex, and a directory that a test may fill and that goes away.
 */
#ifndef TESTS_SCRATCH_H
#define TESTS_SCRATCH_H

#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "table.h"

#define SCRATCH 64

/* Hex of any length into `to`; the number of bytes. */
static inline size_t
from_hex(const char *hex, uint8_t *to, size_t size)
{
	size_t n = strlen(hex) / 2;

	assert_true(n <= size);
	for (size_t i = 0; i < n; i++) {
		unsigned v;

		assert_int_equal(sscanf(hex + 2 * i, "%2x", &v), 1);
		to[i] = (uint8_t)v;
	}
	return n;
}

static inline void
scratch_make(char dir[static SCRATCH])
{
	/* in memory where there is such a place: these tests make thousands of files */
	(void)snprintf(dir, SCRATCH, "%sgeophone-test-XXXXXX",
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm/" : "");
	assert_non_null(mkdtemp(dir));
}

static inline int
scratch_forget(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static inline void
scratch_remove(const char *dir)
{
	(void)nftw(dir, scratch_forget, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void
put_file(const char *path, struct span bytes)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(
	    fwrite(bytes.at ? bytes.at : (const uint8_t *)"", 1, bytes.len, f), bytes.len);
	assert_int_equal(fclose(f), 0);
}

static inline void
get_file(const char *path, struct buf *to)
{
	FILE *f = fopen(path, "rb");
	char block[4096];
	size_t n;

	assert_non_null(f);
	while ((n = fread(block, 1, sizeof block, f)) > 0)
		buf_put(to, block, n);
	assert_int_equal(fclose(f), 0);
	assert_false(to->bad);
}

#endif
