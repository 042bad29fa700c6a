/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zeek_tsv.h - Zeek's tab-separated logs.
 *
 * Lines that begin with # describe the lines that follow: the separator, how
 * "no value" and "nothing" are written, the log's path, the names and types of
 * the columns. A file may hold several such headers, one after another; each
 * replaces what was said before. Which columns there are, and in what order,
 * is up to the header.
 */
#ifndef COLLECT_ZEEK_TSV_H
#define COLLECT_ZEEK_TSV_H

#include "collect/zeek_field.h"

#define ZEEK_COLUMNS 256 /* the most we take */
#define ZEEK_MARKER  16  /* longest (empty), and - */

struct zeek_marker {
	uint8_t text[ZEEK_MARKER];
	uint8_t len;
};

struct zeek_tsv {
	const char *why; /* the lines cannot be read: why. NULL: they can */
	enum zeek_field why_field;
	bool refused;        /* for what was said before #fields */
	enum zeek_kind kind; /* what the header says so far; ZEEK_NO: there was none */
	unsigned columns;    /* 0: no #fields line yet */
	uint32_t has;        /* fields that have a column */
	bool separator_said;
	uint8_t separator;
	struct zeek_marker unset, empty;
	bool plain;    /* both begin as Zeek's own do, and no value does */
	char path[32]; /* "": not said */
	struct {
		uint16_t column;
		uint8_t field;
		uint8_t type; /* enum zeek_type, as the header has it */
	} used[ZEEK_UNKNOWN]; /* ascending by column */
	struct {
		uint16_t column;
		uint8_t field;
		uint8_t type;
		uint32_t bit;
	} read[ZEEK_UNKNOWN]; /* of them those whose value we want */
	unsigned n_used, n_read;
};

void zeek_tsv_init(struct zeek_tsv *);

/* A line that begins with #. */
void zeek_tsv_header(struct zeek_tsv *, const struct zeek_words *, struct span line);

/*
 * A line of a conn.log. d->why tells whether there is a flow.
 *
 * Labels, where the log has them, are read past: the columns `label` and
 * `detailedlabel` are in the header's `used`, and in IoT-23's variant, whose
 * last column is named "tunnel_parents   label   detailed-label", they are the
 * second and third part of the last value. Whoever evaluates them starts here.
 */
void zeek_tsv_line(const struct zeek_tsv *, struct span line, struct zeek_draft *d);

#endif
