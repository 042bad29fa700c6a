/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table.h - flows in columns: Argus, nfdump.
 *
 * Argus's binetflow has a header with the names of its columns, between commas
 * or tabs; nfdump -o csv the same with other names. nfdump's -o line, long and
 * extended are for people: columns by position, with spaces or tabs between
 * them, counts with a G, M or K.
 *
 * None of them says in which zone its times are: UTC is taken, and `zoneless`
 * counts them. Argus counts the bytes of frames, nfdump those of IP.
 */
#ifndef COLLECT_TABLE_H
#define COLLECT_TABLE_H

#include "collect/told.h"

#define TABLE_COLUMNS 64

enum table_kind {
	TABLE_NO,
	TABLE_ARGUS, /* a header and columns */
	TABLE_NFCSV,
	TABLE_NFLINE, /* nfdump's columns for people */
};

struct table {
	enum table_kind kind;
	uint8_t column[TABLE_COLUMNS]; /* what each one is, see table.c */
	unsigned columns;
	uint8_t separator;
	uint64_t zoneless;
};

enum table_kind table_recognise(struct span first);

/* A zeroed struct is ready; it learns from the header, which may come again. */
enum told table_line(struct table *, struct span line, struct half *out, const char **why);

#endif
