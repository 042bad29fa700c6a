/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture.h - frames from a capture file.
 *
 * pcap (micro- and nanoseconds, both byte orders; draft-ietf-opsawg-pcap) and
 * pcapng (several sections and interfaces, if_tsresol, if_tsoffset, simple
 * packet blocks; draft-ietf-opsawg-pcapng), over any `struct input`.
 *
 * A pcap record has no frame but its length to find the next one by, so the
 * first nonsense ends the stream. A pcapng block that is sound but whose packet
 * is not (unknown interface, longer than we take) is counted and stepped over.
 */
#ifndef CAPTURE_CAPTURE_H
#define CAPTURE_CAPTURE_H

#include "base/input.h"
#include "capture/filter.h"
#include "record/frame.h"

#define CAPTURE_FRAME_MAX \
	((size_t)262144) /* longest frame we take: libpcap's MAXIMUM_SNAPLEN */

struct capture;

struct capture_stats {
	uint64_t frames, bytes;  /* handed out */
	uint64_t frames_cut;     /* shorter than on the wire */
	uint64_t blocks_skipped; /* pcapng blocks of kinds we do not read */
	uint64_t records_bad;    /* malformed packet records stepped over */
	uint64_t times_clamped;  /* before 1970 or past 2554: moved to that end */
	uint64_t
	    frames_untimed; /* simple packet blocks: they got the time of the frame before */
	uint64_t outside, unwanted; /* left out by the filter: by time, by expression */
	uint64_t dropped;       /* by the capturing kernel, from isb_ifdrop/epb_dropcount */
	bool dropped_known;     /* the file says how many */
	uint64_t resolution_ns; /* coarsest time stamp resolution seen */
};

/* Do the first bytes look like a capture? */
bool capture_recognise(struct span first);

/* Takes `in` over, also on failure. E_FORMAT names file and offset. */
enum status capture_open(struct capture **out, struct input *in, struct error *) MUST_USE;

/* Before the first capture_next: hand out only these. Borrowed; NULL: all. */
void capture_filter(struct capture *, struct filter *);

/*
 * Before the first capture_next, and without a filter: who wants the comments that
 * pcapng frames carry. `at` is the frame's place in the batch that is being read.
 */
typedef void capture_remark(void *state, unsigned at, struct span text);
void capture_remarks(struct capture *, capture_remark *, void *state);

/*
 * The next frames; n == 0 at the end. Frames borrow from the input: valid
 * until the next call. On E_FORMAT or E_IO (cut, malformed) the frames read
 * before were already handed out, batch->n is 0 and the stream is over.
 */
enum status capture_next(struct capture *, struct frame_batch *, struct error *) MUST_USE;

const struct capture_stats *capture_stats(const struct capture *);
const struct input *capture_input(const struct capture *); /* for progress and messages */
void capture_close(struct capture *);                      /* takes NULL */

#endif
