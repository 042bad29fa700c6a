/* SPDX-License-Identifier: Apache-2.0 */
/*
 * draft-ietf-opsawg-pcap. The reader of plain little-endian files with records
 * of 16 bytes is the hot path of the whole program.
 */
#include "capture/format.h"

#include "base/stamp.h"

#define FILE_HEADER 24

/*
 * Until version 2.2 a record had its two lengths the other way round, and
 * writers of 2.3 disagreed; the captured one is never the longer.
 */
enum pcap_swapped {
	SWAPPED_NEVER,
	SWAPPED_WHEN_LONGER,
	SWAPPED_ALWAYS,
};

static const struct magic {
	uint32_t number;
	uint32_t fraction_ns;
	uint8_t record_header;
} magics[] = {
	{ 0xa1b2c3d4, 1000, 16 }, { 0xa1b23c4d, 1, 16 },
	{ 0xa1b2cd34, 1000, 24 }, /* Kuznetzov: index, protocol and type per record */
};

static const struct magic *
find_magic(struct span first, bool *big)
{
	struct cursor le = cursor_of(first), be = le;
	uint32_t as_le = cursor_le32(&le), as_be = cursor_be32(&be);

	for (size_t i = 0; i < sizeof magics / sizeof *magics; i++) {
		*big = as_be == magics[i].number;
		if (*big || as_le == magics[i].number)
			return &magics[i];
	}
	return NULL;
}

bool
pcap_recognise(struct span first)
{
	bool big;

	return find_magic(first, &big) != NULL;
}

static inline uint32_t
read32(struct cursor *c, bool big)
{
	return big ? cursor_be32(c) : cursor_le32(c);
}

static inline uint16_t
read16(struct cursor *c, bool big)
{
	return big ? cursor_be16(c) : cursor_le16(c);
}

/*
 * Read records out of `window` until the batch is full or the next record is
 * not there or not sound; returns the bytes used. Inlined for each shape of
 * file, so that the usual one has no question left to ask.
 */
static inline __attribute__((always_inline)) size_t
read_records(struct capture *c, struct span window, struct frame_batch *batch, bool big,
    unsigned header, uint8_t swapped)
{
	const uint32_t fraction_ns = c->pcap.fraction_ns;
	struct cursor in = cursor_of(window);
	uintptr_t fetched = (uintptr_t)window.at;

	while (batch->n < FRAME_BATCH && in.left >= header) {
		struct cursor h = { .at = in.at, .left = header };
		struct frame f = { .link = c->pcap.link };
		uint64_t s = read32(&h, big), fraction = read32(&h, big);
		uint32_t kept = read32(&h, big), wire = read32(&h, big);

		if (swapped == SWAPPED_ALWAYS ||
		    (swapped == SWAPPED_WHEN_LONGER && kept > wire)) {
			uint32_t t = kept;

			kept = wire;
			wire = t;
		}
		if (kept > CAPTURE_FRAME_MAX || kept > in.left - header)
			break;
		f.time_ns = s * SECOND_NS + fraction * fraction_ns;
		f.bytes = (struct span){ .at = in.at + header, .len = kept };
		f.wire_length = wire;
		cursor_skip(&in, header + kept);
		capture_fetch(&fetched, in.at, window.at + window.len);
		capture_hand(c, batch, &f);
	}
	return window.len - in.left;
}

/* The record at the start of `s` is not wholly there: how long is it? */
static enum status
record_length(const struct capture *c, struct span s, size_t *length, struct error *err)
{
	struct cursor h = cursor_of(s);
	uint32_t kept, wire;

	cursor_skip(&h, 8);
	kept = read32(&h, c->pcap.big);
	wire = read32(&h, c->pcap.big);
	if (c->pcap.swapped == SWAPPED_ALWAYS ||
	    (c->pcap.swapped == SWAPPED_WHEN_LONGER && kept > wire))
		kept = wire;
	if (kept > CAPTURE_FRAME_MAX)
		return capture_broken(c, 0, err, "a frame is longer than any we take");
	*length = c->pcap.record_header + kept;
	return OK;
}

static size_t
read_window(struct capture *c, struct span window, struct frame_batch *batch)
{
	const struct pcap *p = &c->pcap;

	if (p->record_header != 16 || p->swapped != SWAPPED_NEVER)
		return read_records(c, window, batch, p->big, p->record_header, p->swapped);
	if (p->big)
		return read_records(c, window, batch, true, 16, SWAPPED_NEVER);
	return read_records(c, window, batch, false, 16, SWAPPED_NEVER);
}

static enum status
pcap_next(struct capture *c, struct frame_batch *batch, struct error *err)
{
	size_t header = c->pcap.record_header, length = header;
	struct span window = input_peek(c->in, length);

	if (window.len == 0)
		return input_state(c->in, err);
	if (window.len >= header) {
		enum status st = record_length(c, window, &length, err);

		if (st != OK)
			return st;
		if (window.len < length)
			window = input_peek(c->in, length);
	}
	if (window.len < length)
		return capture_cut(c, err, "a record");
	input_skip(c->in, read_window(c, window, batch));
	return OK;
}

enum status
pcap_open(struct capture *c, struct error *err)
{
	struct span first = input_peek(c->in, FILE_HEADER);
	struct cursor in = cursor_of(first);
	struct pcap *p = &c->pcap;
	const struct magic *magic = find_magic(first, &p->big);
	uint16_t major, minor;

	CHECK(magic);
	cursor_skip(&in, 4);
	major = read16(&in, p->big);
	minor = read16(&in, p->big);
	cursor_skip(
	    &in, 12); /* zone and accuracy: always 0; the snap length limits nothing */
	p->link = (uint16_t)read32(&in, p->big); /* the upper half speaks of the FCS */
	if (in.bad)
		return capture_cut(c, err, "its header");
	if (major != 2)
		return capture_broken(c, 4, err, "a pcap version that is not 2");
	p->swapped = minor > 3    ? SWAPPED_NEVER
		     : minor == 3 ? SWAPPED_WHEN_LONGER
				  : SWAPPED_ALWAYS;
	p->fraction_ns = magic->fraction_ns;
	p->record_header = magic->record_header;
	c->stats.resolution_ns = magic->fraction_ns;
	c->next = pcap_next;
	input_skip(c->in, FILE_HEADER);
	return OK;
}
