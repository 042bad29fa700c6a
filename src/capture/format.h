/* SPDX-License-Identifier: Apache-2.0 */
/*
 * format.h - what the readers of one format each share. Inside capture/ only.
 *
 * A reader's `next` fills the batch from one window of the input at a time:
 * frames borrow from the window, and a second peek may move it. It therefore
 * stops at the first record that is not wholly in the window or not well
 * formed, and looks at that one again when it is called with an empty batch.
 */
#ifndef CAPTURE_FORMAT_H
#define CAPTURE_FORMAT_H

#include "capture/capture.h"

/* pcap: one header of 24 bytes, then records. */
struct pcap {
	bool big;              /* byte order of the writer */
	uint8_t record_header; /* 16, or 24 in Kuznetzov's variant */
	uint8_t swapped;       /* enum pcap_swapped */
	uint32_t fraction_ns;  /* 1000 or 1 */
	uint16_t link;
};

/* pcapng: blocks; interfaces are described in the stream, per section. */
struct pcapng_interface {
	uint16_t link;
	uint32_t snap;       /* 0: no limit */
	uint8_t resolution;  /* if_tsresol as it stands there */
	int64_t offset_s;    /* if_tsoffset */
	uint64_t multiply;   /* ticks to ns: at most one of the two is not 1 */
	uint64_t divide;     /* 0: binary resolution, shift */
	uint64_t drop_count; /* sum of epb_dropcount */
	uint64_t drop_stats; /* the last interface statistics block */
};

struct pcapng {
	bool big;
	uint64_t clamped_last; /* time of the frame before: simple blocks have none */
	struct pcapng_interface *interface;
	unsigned interfaces, room; /* all sections' together */
	unsigned section;          /* the index of this section's first */
};

struct capture {
	struct input *in;
	struct capture_stats stats;
	enum status (*next)(struct capture *, struct frame_batch *, struct error *);
	enum status over; /* sticky: what the stream died of */
	struct error why;
	struct pcap pcap;
	struct pcapng pcapng;
};

bool pcap_recognise(struct span first);
enum status pcap_open(struct capture *, struct error *) MUST_USE;

/* "path: offset N: what", E_FORMAT; `skip` bytes behind the input's position. */
enum status capture_broken(
    const struct capture *, uint64_t skip, struct error *, const char *what);

/*
 * The record at the input's position is not all there: the input's own reason,
 * or that the file is cut.
 */
enum status capture_cut(const struct capture *, struct error *, const char *inside);

/* Hand out one frame. */
static inline void
capture_hand(struct capture *c, struct frame_batch *batch, const struct frame *f)
{
	batch->frame[batch->n++] = *f;
	c->stats.bytes += f->bytes.len;
	c->stats.frames_cut += f->bytes.len < f->wire_length;
}

#endif
