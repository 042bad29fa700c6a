/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inputs.h - what the user named, found and recognised.
 *
 * A path may be a file, a directory, or "-". Each file is recognised by its
 * content. Captures are put in order of their first packet, so that a capture
 * split in three gives the same findings in whatever order it is named.
 */
#ifndef CMD_INPUTS_H
#define CMD_INPUTS_H

#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/input.h"

enum source_kind {
	SOURCE_CAPTURE,
	SOURCE_ZEEK,
	SOURCE_EXPORTS, /* a capture of NetFlow's or IPFIX's datagrams */
	SOURCE_EVE,     /* Suricata's eve.json */
	SOURCE_TABLE,   /* Argus's or nfdump's columns */
	SOURCE_NFDUMP,  /* a file of nfdump's */
};

struct source {
	const char *path;
	enum source_kind kind;
	uint64_t first_ns;  /* captures: first packet */
	bool completes;     /* a log that completes what others say: read before them */
	uint64_t next_ns;   /* captures: first packet of the capture after this one, or 0 */
	uint64_t size;      /* bytes of the file, 0 unknown */
	struct input *pipe; /* a pipe cannot be opened again: owned; hear_read takes it */
	int spool;          /* all that a pipe held, in an unnamed file; -1: none */
};

#define INPUTS_MAX 65536

struct inputs {
	struct arena memory; /* holds paths and the array */
	struct source *source;
	unsigned n;
	unsigned failed;  /* named by the user, but not readable or not recognised */
	unsigned ignored; /* in a directory, and none of ours */
	uint64_t bytes;   /* sum of sizes */
};

/* A sentence about one file that was not taken; `hard`: the user named it. */
typedef void inputs_refusal(void *state, bool hard, const char *sentence);

/*
 * Find and recognise. OK also when files were refused: `failed` counts them.
 * `again`: all will be read more than once, so what a pipe holds is kept in a
 * temporary file first, to its end. E_NOMEM, E_LIMIT: too many files; E_STOPPED.
 */
enum status inputs_find(struct inputs *, char *const *paths, unsigned n, bool again,
    inputs_refusal *, void *state, struct error *) MUST_USE;
void inputs_release(struct inputs *);

/* Open a source from its beginning: its file, or what was kept of a pipe. */
enum status source_open(struct input **out, const struct source *, struct error *) MUST_USE;

#endif
