/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tables.h - constants that tools/m64_tables.py works out while we are built.
 *
 * Read only, 134 KB, of which a test of a pair touches a few lines. Only
 * binomial.c and beacon.c read them.
 */
#ifndef DETECT_TABLES_H
#define DETECT_TABLES_H

#include <stdint.h>

#define TABLE_COUNT_MAX 16320 /* gaps a pair's histogram can hold: 64 x 255 */
#define TABLE_CELLS     128   /* of the mantissa of a logarithm */
#define TABLE_WIDTHS    5
#define TABLE_BINS      64

/* log10(n!), 47 fractional bits. */
extern const int64_t table_log10_factorial[TABLE_COUNT_MAX + 1];
/* log10 of the middle of cell j of [1, 2), 58 fractional bits. */
extern const int64_t table_log10_cell[TABLE_CELLS];
/*
 * p0(c, f) in parts per 1e9, rounded up: c the ratio of a window of 1, 2, 4, 8
 * or 12 bins, f = 2^(-i/4).
 */
extern const uint32_t table_null_ppb[TABLE_WIDTHS][TABLE_BINS];

#endif
