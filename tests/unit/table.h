/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table.h - what every unit test starts with: cmocka in the order it wants,
 * and byte strings for tables.
 */
#ifndef TESTS_TABLE_H
#define TESTS_TABLE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cursor.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* A literal as a span, NULs included, without the closing one. */
#define BYTES(s) ((struct span){ (const uint8_t *)(s), sizeof(s) - 1 })

static inline struct span
text_span(const char *s)
{
	return (struct span){ (const uint8_t *)s, strlen(s) };
}

/* Name the row before the assertion that may fail. */
#define ROW(i, name) print_message("  row %d: %s\n", (int)(i), (name))

#endif
