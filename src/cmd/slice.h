/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slice.h - what one finding rests on, while it is put together.
 *
 * Packets become one pcapng file, records become JSON lines. Both are spooled in
 * unnamed temporary files that vanish with slice_release.
 */
#ifndef CMD_SLICE_H
#define CMD_SLICE_H

#include <stdio.h>

#include "base/buf.h"
#include "base/error.h"
#include "capture/pcapng_writer.h"
#include "cmd/origins.h"
#include "cmd/replay.h"
#include "evidence/packets.h"
#include "record/frame.h"

struct slice {
	FILE *packets_file; /* NULL: none; after slice_finish at the start */
	FILE *flows_file;   /* until slice_finish each record with its slice_origin */
	uint64_t packets, flows;
	/* The root that packets can be withheld from (evidence/packets.h). */
	struct packets tree;
	uint8_t secret[PACKETS_SECRET];
	struct buf splits; /* "[length,count],[length,count]": how long the heads are */
	uint64_t split, splits_same;
	struct pcapng_writer *writer;
	struct replay_clock clock; /* as its reader will have it */
};

/* The slice starts as all zeros. `clock_ns`: of the run, at the frame. */
enum status slice_put_frame(
    struct slice *, const struct frame *, uint64_t clock_ns, struct error *) MUST_USE;

/* Which line of an input a record was read from; the input's number from 1, 0: of none. */
struct slice_origin {
	unsigned source;
	uint64_t line;
};

/* One record, canonical JSON without its newline. */
enum status slice_put_line(
    struct slice *, struct slice_origin, struct span line, struct error *) MUST_USE;
/*
 * No more: records get the hashes of the lines they came from, as far as they are known.
 * `dropped`: frames the capturing kernel lost, UINT64_MAX unknown.
 */
enum status slice_finish(
    struct slice *, const struct origins *, uint64_t dropped, struct error *) MUST_USE;
void slice_release(struct slice *);

/* A frame of a slice as its tree has it; `head` bytes are of its headers. */
struct packet_whole slice_packet(const struct frame *, uint64_t head,
    const uint8_t secret[static PACKETS_SECRET], uint64_t number);

#endif
