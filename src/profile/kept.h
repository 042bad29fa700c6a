/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kept.h - what is kept of pairs from run to run, as a file.
 *
 * A sequence of blocks, each with its own checksum: first the runs there were,
 * then pairs in the order of host, peer, port and protocol, then an end that
 * says how many. It is read and written from front to back, a pair at a time,
 * so that a run merges the old file with what it heard into a new one in a
 * memory that does not depend on either. docs/formats/state.md has the bytes.
 *
 * Of a pair its first contact is kept and then the latest ones, without a hole
 * between them. Where contacts after the first are gone, the one that follows
 * says so (CONTACT_RESUMES).
 */
#ifndef PROFILE_KEPT_H
#define PROFILE_KEPT_H

#include <stdio.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/input.h"
#include "profile/listening.h"
#include "profile/names.h"
#include "profile/pair.h"

/* Of a pair. A clock that calls every minute fills it in a day, and needs no longer. */
#define KEPT_MOST 1024

/* Names of an address, or places of a name, that are kept with a pair. */
#define KEPT_LINKS 4

struct kept_link {
	struct ip address;
	uint16_t port, name_port;
	uint8_t proto, how;   /* as in struct name_link */
	char text[NAME_TEXT]; /* clean; "": nobody was named */
};

struct kept {
	struct pair_key key;
	unsigned links;
	struct kept_link link[KEPT_LINKS];
	size_t n; /* at least one */
	struct contact contact[KEPT_MOST];
};

/* Host, peer, port, protocol, as pairs are numbered. */
int kept_order(const struct pair_key *, const struct pair_key *);

/* Contacts after the first that are earlier are not known to be all; 0: they are. */
uint64_t kept_since(const struct kept *);

struct kept_room {
	struct contact merged[2 * KEPT_MOST + 1], scratch[2 * KEPT_MOST + 1];
};

/*
 * Add contacts of a run, n >= 1, in order; those that are there already are not added,
 * nor those that are earlier than what is known to be whole. kept->n may be 0 before.
 */
void kept_add(struct kept *, const struct contact *, size_t n, struct kept_room *);

/* Forget what is earlier, the first contact apart. */
void kept_forget(struct kept *, uint64_t before_ns);

struct kept_totals {
	uint64_t pairs, contacts;
};

struct kept_writer {
	FILE *to;
	struct buf block;
	uint64_t at;
	struct kept_totals totals;
	bool failed;
};

/* The runs come first. The writer borrows `to`; kept_end flushes it. */
void kept_begin(struct kept_writer *, FILE *to, const struct listening *);
void kept_put(struct kept_writer *, const struct kept *);
enum status kept_end(struct kept_writer *, struct error *) MUST_USE;

struct kept_reader {
	struct input *in;
	struct cursor block; /* what is left of it */
	uint64_t block_at;   /* where it begins */
	struct pair_key last;
	struct kept_totals totals;
	bool ended;
};

/*
 * Takes `in` over, also on failure. The runs are added to `runs`, unless it is
 * NULL. Errors name the file and the offset.
 */
enum status kept_open(struct kept_reader *, struct input *in, struct listening *runs,
    struct error *) MUST_USE;
/* The next pair; *more is false, and `out` as it was, after the last. */
enum status kept_next(
    struct kept_reader *, struct kept *out, bool *more, struct error *) MUST_USE;
void kept_close(struct kept_reader *); /* takes a zeroed one */

#endif
