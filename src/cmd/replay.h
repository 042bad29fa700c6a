/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay.h - captures once more, packet by packet as hear made them.
 *
 * Whoever cuts slices or computes from one has to see the packets that were judged:
 * put together from the same fragments, under the same clock. What hear does with
 * units and shards is done here in one line, with the frames that each packet came in.
 *
 * A slice leaves out what moved the clock of the run. So a frame of a slice at which
 * the clock was not what the slice tells by itself carries a comment (replay_remark),
 * and who reads slices goes by those (replay_by_remarks).
 */
#ifndef CMD_REPLAY_H
#define CMD_REPLAY_H

#include "base/error.h"
#include "base/input.h"
#include "capture/filter.h"
#include "capture/pcapng_writer.h"
#include "decode/packet.h"
#include "flow/table.h"

#define REPLAY_FRAMES 256 /* that one packet can have come in */

/* Everything is valid during the call. */
struct replayed {
	const struct packet *packet; /* whole, with its clock */
	const struct frame *frame;   /* that it came in, in order of capture */
	const uint64_t *clock_ns;    /* at each of them */
	unsigned frames;
};

/* False: enough, nothing more of this input. */
typedef bool replay_sink(void *state, const struct replayed *);

struct replay;

/* `fragments`: bytes for them, as much as hear had. `filter` may be NULL. */
enum status replay_new(struct replay **out, struct filter *filter, size_t fragments,
    replay_sink *, void *state, struct error *) MUST_USE;
void replay_by_remarks(struct replay *); /* before the first input */

/*
 * One capture to its end; takes `in` over. `next_ns`: of the frame behind its last one,
 * 0: none. Fragments and clock go on from one input to the next. Errors are the
 * capture's; what was before them went to the sink.
 */
enum status replay_read(
    struct replay *, struct input *in, uint64_t next_ns, struct error *) MUST_USE;
void replay_free(struct replay *); /* takes NULL */

/* What a reader of a slice takes the clock for, from what it has read so far. */
struct replay_clock {
	uint64_t now, ahead;
};

/*
 * The comment that frame needs so that its reader has the clock right, NULL: none.
 * All frames of a slice in order, each once.
 */
const char *replay_remark(struct replay_clock *, uint64_t time_ns, uint64_t clock_ns,
    char text[static PCAPNG_REMARK + 1]);

#endif
