/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dga_table.h - how people name domains, as numbers: data/dga.tsv.
 *
 * Made by tools/dga-train.py, which says from what and how. The build turns it
 * into C.
 */
#ifndef DETECT_DGA_TABLE_H
#define DETECT_DGA_TABLE_H

#include <stddef.h>
#include <stdint.h>

#define DGA_SIGNS  39 /* a-z 0-9 - _ and the edge of a label */
#define DGA_NAMES  32
#define DGA_LEVELS 19 /* chances of 10^-1, 10^-1.5, ... 10^-10 */

/* Of a sign after two others: -log2 of its chance in sixteenths, rounded up. */
extern const uint8_t dga_cost[DGA_SIGNS * DGA_SIGNS * DGA_SIGNS];
/* The least sum of so many names' scores whose chance is at most that of the level. */
extern const int16_t dga_least[DGA_NAMES][DGA_LEVELS];

/* Of more names: the chance of a sum is at most 10^((names * mean - slope * sum) / 10^6). */
struct dga_tilt {
	int32_t slope, mean;
};
extern const struct dga_tilt dga_tilt[];
extern const size_t dga_tilts;

/*
 * In whole bits, rounded down: how much likelier the label is drawn blindly
 * (letters, letters and digits, or hexadecimal digits) than named by people.
 */
int dga_score(const char *label, size_t len);

/* -log10 of the chance that harmless names reach the sum, in millidecades, rounded down. */
int64_t dga_surprise(size_t names, int64_t sum);

#endif
