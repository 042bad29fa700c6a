/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slices.h - read the inputs again and keep what findings rest on.
 *
 * The slice of a finding about one service is exactly the packets between host
 * and peer of it, in both directions, and every later fragment between the two
 * (it carries no port); from logs, the flow records of the pair and the traits that
 * bear on it, of a finding about a name the traits that ask for it. A finding about
 * more (enum scope) keeps records alone, the very ones that were judged, because a
 * scan's packets are many and say little. Packets become
 * one pcapng file, records become JSON lines. Both are spooled in unnamed
 * temporary files that vanish with slices_release.
 */
#ifndef CMD_SLICES_H
#define CMD_SLICES_H

#include <stdio.h>

#include "base/error.h"
#include "cmd/hear.h"
#include "cmd/inputs.h"
#include "evidence/packets.h"
#include "record/finding.h"

#define SLICES_MAX \
	128 /* findings cut in one pass over the inputs: file descriptors are few */

struct slice {
	FILE *packets_file; /* NULL: none; position at the start */
	FILE *flows_file;
	uint64_t packets, flows;
	/* The root that packets can be withheld from (evidence/packets.h). */
	struct packets tree;
	uint8_t secret[PACKETS_SECRET];
	struct buf splits; /* "[length,count],[length,count]": how long the heads are */
	uint64_t split, splits_same;
};

struct slices {
	struct slice slice[SLICES_MAX];
	unsigned n;
};

/*
 * `heard`: how the findings were made. `dropped`: frames the capturing kernel lost,
 * UINT64_MAX unknown; goes into each pcapng.
 */
enum status slices_cut(struct slices *, const struct inputs *,
    const struct hear_options *heard, const struct finding *findings, unsigned n,
    uint64_t dropped, struct error *) MUST_USE;
void slices_release(struct slices *);

/* A frame of a slice as its tree has it; `head` bytes are of its headers. */
struct packet_whole slices_packet(const struct frame *, uint64_t head,
    const uint8_t secret[static PACKETS_SECRET], uint64_t number);

#endif
