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

/* How many nanoseconds a tick is. */
enum pcapng_ticks {
	TICKS_MULTIPLY, /* ns = ticks * factor */
	TICKS_DIVIDE,   /* ns = ticks / factor: finer than a nanosecond */
	TICKS_BINARY,   /* ns = ticks * 10^9 / 2^factor */
};

struct pcapng_interface {
	uint64_t factor;
	int64_t offset_s; /* if_tsoffset: added to every time */
	uint32_t snap;    /* 0: no limit */
	uint16_t link;
	uint8_t ticks; /* enum pcapng_ticks */
	/* Two accounts of the same losses; the larger one is believed. */
	uint64_t drops_counted; /* sum of epb_dropcount */
	uint64_t drops_stated;  /* the last interface statistics block */
};

/* pcapng: blocks; interfaces are described in the stream, anew in each section. */
struct pcapng {
	bool big;
	uint64_t last_ns; /* the frame before: a simple packet block has no time */
	struct pcapng_interface *interface;
	unsigned interfaces, room; /* of all sections together */
	unsigned section;          /* index of the first one of this section */
};

struct capture {
	struct input *in;
	struct filter *filter;  /* NULL: all frames are wanted */
	capture_remark *remark; /* NULL: nobody wants comments */
	void *remark_state;
	struct capture_stats stats;
	enum status (*next)(struct capture *, struct frame_batch *, struct error *);
	enum status over; /* sticky: what the stream died of */
	struct error why;
	struct pcap pcap;
	struct pcapng pcapng;
};

bool pcap_recognise(struct span first);
enum status pcap_open(struct capture *, struct error *) MUST_USE;

bool pcapng_recognise(struct span first);
void pcapng_open(struct capture *);
void pcapng_close(struct capture *);

/* "path: offset N: what", E_FORMAT; `skip` bytes behind the input's position. */
enum status capture_broken(
    const struct capture *, uint64_t skip, struct error *, const char *what);

/*
 * The record at the input's position is not all there: the input's own reason,
 * or that the file is cut.
 */
enum status capture_cut(const struct capture *, struct error *, const char *inside);

/*
 * Records form a chain: where the next one is stands in this one, so the reader
 * would wait for memory at every link (80 ns each, most of its time). Fetching
 * every line a little ahead of it costs bandwidth, which there is (15 ns).
 */
#define AHEAD ((uintptr_t)2048)

static inline void
capture_fetch(uintptr_t *fetched, const uint8_t *next, const uint8_t *end)
{
	uintptr_t until = (uintptr_t)next + AHEAD;

	if (until > (uintptr_t)end)
		until = (uintptr_t)end;
	for (; *fetched < until; *fetched += 64)
		__builtin_prefetch((const void *)*fetched);
}

/* Hand out one frame. */
static inline void
capture_hand(struct capture *c, struct frame_batch *batch, const struct frame *f)
{
	batch->frame[batch->n++] = *f;
	c->stats.bytes += f->bytes.len;
	c->stats.frames_cut += f->bytes.len < f->wire_length;
}

#endif
