/* SPDX-License-Identifier: Apache-2.0 */
/* draft-ietf-opsawg-pcapng. Section numbers below are of draft -04. */
#include "capture/format.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/stamp.h"

enum block_type {
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET_OLD = 2, /* obsolete */
	BLOCK_PACKET_SIMPLE = 3,
	BLOCK_STATISTICS = 5,
	BLOCK_PACKET = 6,
	BLOCK_SECTION = 0x0a0d0d0a, /* the same in both byte orders */
};

enum option {
	OPTION_END = 0,
	OPTION_COMMENT = 1,
	EPB_DROPCOUNT = 4,
	ISB_IFDROP = 5,
	ISB_OSDROP = 7,
	IF_TSRESOL = 9,
	IF_TSOFFSET = 14,
};

#define BYTE_ORDER_MAGIC 0x1a2b3c4d
#define BLOCK_FRAME      12 /* type and length before, length behind */
#define BLOCK_MAX        INPUT_WINDOW
#define INTERFACES_MAX   UINT16_MAX

struct block {
	uint32_t type;
	size_t length;    /* all of it */
	struct span body; /* without type and lengths */
};

static inline uint16_t
read16(struct cursor *c, bool big)
{
	return big ? cursor_be16(c) : cursor_le16(c);
}

static inline uint32_t
read32(struct cursor *c, bool big)
{
	return big ? cursor_be32(c) : cursor_le32(c);
}

static inline uint64_t
read64(struct cursor *c, bool big)
{
	return big ? cursor_be64(c) : cursor_le64(c);
}

/* Behind type and length of a section header; in which order is it written? */
static bool
section_order(struct cursor c, bool *big)
{
	struct cursor be = c;
	uint32_t le = cursor_le32(&c);

	*big = cursor_be32(&be) == BYTE_ORDER_MAGIC;
	return *big || le == BYTE_ORDER_MAGIC;
}

bool
pcapng_recognise(struct span first)
{
	struct cursor c = cursor_of(first);
	uint32_t type = cursor_le32(&c);
	bool big;

	cursor_skip(&c, 4);
	return type == BLOCK_SECTION && section_order(c, &big);
}

/* Section 3.5: options follow each other, each padded to 4 bytes. */
static bool
next_option(struct cursor *c, bool big, uint16_t *code, struct span *value)
{
	size_t length;

	if (c->left == 0) /* the end mark may be missing */
		return false;
	*code = read16(c, big);
	length = read16(c, big);
	*value = cursor_take(c, length);
	if (!c->bad)
		cursor_skip(c, -length & 3);
	return !c->bad && *code != OPTION_END;
}

static uint64_t
option_u64(struct span value, bool big)
{
	struct cursor c = cursor_of(value);

	return read64(&c, big);
}

/* Section 4.1. */
static enum status
read_section(struct capture *c, const struct block *b, uint64_t at, struct error *err)
{
	struct cursor in = cursor_of(b->body);
	struct pcapng *p = &c->pcapng;

	cursor_skip(&in, 4); /* byte order: look_at has read it */
	if (read16(&in, p->big) != 1)
		return capture_broken(c, at, err, "a pcapng version that is not 1");
	p->section = p->interfaces;
	return OK;
}

/* if_tsresol: the high bit says whether it is a power of two or of ten. */
static uint64_t
set_resolution(struct pcapng_interface *i, uint8_t resolution)
{
	unsigned power = resolution & 0x7f;

	i->factor = 1;
	if (resolution & 0x80) {
		i->ticks = TICKS_BINARY;
		i->factor = power;
		return power < 30 ? (SECOND_NS + (1U << power) - 1) >> power : 1;
	}
	i->ticks = power <= 9 ? TICKS_MULTIPLY : TICKS_DIVIDE;
	for (unsigned n = power <= 9 ? 9 - power : power - 9; n > 0; n--)
		if (__builtin_mul_overflow(i->factor, 10, &i->factor))
			i->factor = UINT64_MAX; /* any tick count is less than 1 ns */
	return i->ticks == TICKS_MULTIPLY ? i->factor : 1;
}

static enum status
new_interface(
    struct capture *c, uint64_t at, struct pcapng_interface **out, struct error *err)
{
	struct pcapng *p = &c->pcapng;

	if (p->interfaces == INTERFACES_MAX)
		return error_set(err, E_LIMIT,
		    "%s: offset %" PRIu64 ": more than %d interfaces", input_path(c->in),
		    input_at(c->in) + at, INTERFACES_MAX);
	if (p->interfaces == p->room) {
		unsigned room = p->room ? p->room * 2 : 4;
		void *bigger = realloc(p->interface, room * sizeof *p->interface);

		if (bigger == NULL)
			return error_set(err, E_NOMEM, "%s: no memory for %u interfaces",
			    input_path(c->in), room);
		p->interface = bigger;
		p->room = room;
	}
	*out = &p->interface[p->interfaces];
	return OK;
}

/* Section 4.2. */
static enum status
read_interface(struct capture *c, const struct block *b, uint64_t at, struct error *err)
{
	struct cursor in = cursor_of(b->body);
	struct pcapng *p = &c->pcapng;
	struct pcapng_interface i = { 0 }, *place = NULL;
	uint64_t resolution = set_resolution(&i, 6);
	struct span value;
	enum status st = OK;
	uint16_t code;

	i.link = read16(&in, p->big);
	cursor_skip(&in, 2);
	i.snap = read32(&in, p->big);
	while (next_option(&in, p->big, &code, &value)) {
		if (code == IF_TSRESOL && value.len == 1)
			resolution = set_resolution(&i, value.at[0]);
		if (code == IF_TSOFFSET && value.len == 8)
			i.offset_s = (int64_t)option_u64(value, p->big);
	}
	if (in.bad) /* every time stamp depends on these options */
		return capture_broken(c, at, err, "an interface description is cut short");
	st = new_interface(c, at, &place, err);
	if (st != OK)
		return st;
	*place = i;
	p->interfaces++;
	if (resolution > c->stats.resolution_ns)
		c->stats.resolution_ns = resolution;
	return OK;
}

/* By the number it has in its section; NULL: there is none. */
static inline struct pcapng_interface *
find_interface(struct pcapng *p, uint32_t id)
{
	return id < p->interfaces - p->section ? &p->interface[p->section + id] : NULL;
}

static uint64_t
drops_of(const struct pcapng_interface *i)
{
	return i->drops_counted > i->drops_stated ? i->drops_counted : i->drops_stated;
}

/* Section 4.3, options. */
static void
read_packet_options(
    struct capture *c, struct pcapng_interface *i, struct cursor *in, unsigned at)
{
	uint64_t before = drops_of(i);
	bool big = c->pcapng.big;
	struct span value;
	uint16_t code;

	while (next_option(in, big, &code, &value))
		if (code == EPB_DROPCOUNT && value.len == 8) {
			i->drops_counted += option_u64(value, big);
			c->stats.dropped_known = true;
		} else if (code == OPTION_COMMENT && c->remark) {
			c->remark(c->remark_state, at, value);
		}
	c->stats.dropped += drops_of(i) - before;
}

/* Section 4.6. The counts are since the start of the capture: the last block counts. */
static void
read_statistics(struct capture *c, const struct block *b)
{
	struct cursor in = cursor_of(b->body);
	bool big = c->pcapng.big;
	struct pcapng_interface *i = find_interface(&c->pcapng, read32(&in, big));
	uint64_t before, interface = 0, system = 0;
	bool known = false;
	struct span value;
	uint16_t code;

	cursor_skip(&in, 8); /* time */
	if (i == NULL || in.bad) {
		c->stats.records_bad++;
		return;
	}
	while (next_option(&in, big, &code, &value)) {
		if ((code != ISB_IFDROP && code != ISB_OSDROP) || value.len != 8)
			continue;
		*(code == ISB_IFDROP ? &interface : &system) = option_u64(value, big);
		known = true;
	}
	if (!known)
		return;
	before = drops_of(i);
	i->drops_stated = interface + system;
	c->stats.dropped += drops_of(i) - before;
	c->stats.dropped_known = true;
}

/* Ticks with an offset, or of a binary resolution: wide arithmetic, then clamp. */
static uint64_t
wide_time(struct capture *c, const struct pcapng_interface *i, uint64_t ticks)
{
	__int128 ns = ticks;

	if (i->ticks == TICKS_MULTIPLY)
		ns *= i->factor;
	else if (i->ticks == TICKS_DIVIDE)
		ns /= i->factor;
	else
		ns = ns * SECOND_NS >> i->factor;
	ns += (__int128)i->offset_s * (__int128)SECOND_NS;
	if (ns >= 0 && ns <= UINT64_MAX)
		return (uint64_t)ns;
	c->stats.times_clamped++;
	return ns < 0 ? 0 : UINT64_MAX;
}

static inline uint64_t
time_of(struct capture *c, const struct pcapng_interface *i, uint64_t ticks)
{
	uint64_t ns;

	if (i->ticks == TICKS_MULTIPLY && i->offset_s == 0 &&
	    !__builtin_mul_overflow(ticks, i->factor, &ns))
		return ns;
	return wide_time(c, i, ticks);
}

static inline void
hand_packet(struct capture *c, struct frame_batch *batch, const struct pcapng_interface *i,
    uint64_t time_ns, struct span bytes, uint32_t wire)
{
	struct frame f = { .time_ns = time_ns,
		.bytes = bytes,
		.wire_length = wire,
		.link = i->link,
		.interface = (uint16_t)(i - c->pcapng.interface) };

	c->pcapng.last_ns = time_ns;
	capture_hand(c, batch, &f);
}

/*
 * Section 4.3, and appendix A for the obsolete block: a shorter interface id,
 * with a count of drops since the packet before it instead of an option.
 */
static inline void
read_packet(struct capture *c, const struct block *b, struct frame_batch *batch, bool old)
{
	struct cursor in = cursor_of(b->body);
	const bool big = c->pcapng.big;
	uint32_t id = old ? read16(&in, big) : read32(&in, big);
	uint16_t drops = old ? read16(&in, big) : UINT16_MAX;
	uint64_t ticks = (uint64_t)read32(&in, big) << 32;
	uint32_t kept, wire;
	struct pcapng_interface *i = find_interface(&c->pcapng, id);
	struct span bytes;

	ticks |= read32(&in, big);
	kept = read32(&in, big);
	wire = read32(&in, big);
	bytes = cursor_take(&in, kept);
	if (in.bad || i == NULL || kept > CAPTURE_FRAME_MAX) {
		c->stats.records_bad++;
		return;
	}
	hand_packet(c, batch, i, time_of(c, i, ticks), bytes, wire);
	if (drops != UINT16_MAX) {
		uint64_t before = drops_of(i);

		i->drops_counted += drops;
		c->stats.dropped += drops_of(i) - before;
		c->stats.dropped_known = true;
	}
	if (in.left > 3 && !old) {
		cursor_skip(&in, -(size_t)kept & 3);
		read_packet_options(c, i, &in, batch->n - 1);
	}
}

/* Section 4.4: of the first interface, no time, and no length but the block's. */
static void
read_simple_packet(struct capture *c, const struct block *b, struct frame_batch *batch)
{
	struct cursor in = cursor_of(b->body);
	uint32_t wire = read32(&in, c->pcapng.big), kept = wire;
	const struct pcapng_interface *i = find_interface(&c->pcapng, 0);
	struct span bytes;

	if (i && i->snap > 0 && kept > i->snap)
		kept = i->snap;
	bytes = cursor_take(&in, kept);
	if (in.bad || i == NULL || kept > CAPTURE_FRAME_MAX) {
		c->stats.records_bad++;
		return;
	}
	c->stats.frames_untimed++;
	hand_packet(c, batch, i, c->pcapng.last_ns, bytes, wire);
}

/* A sound block. Errors leave everything as it was, so that it can be met again. */
static inline enum status
read_block(struct capture *c, const struct block *b, uint64_t at, struct frame_batch *batch,
    struct error *err)
{
	switch (b->type) {
	case BLOCK_PACKET:
		read_packet(c, b, batch, false);
		return OK;
	case BLOCK_PACKET_OLD:
		read_packet(c, b, batch, true);
		return OK;
	case BLOCK_PACKET_SIMPLE:
		read_simple_packet(c, b, batch);
		return OK;
	case BLOCK_STATISTICS:
		read_statistics(c, b);
		return OK;
	case BLOCK_INTERFACE:
		return read_interface(c, b, at, err);
	case BLOCK_SECTION:
		return read_section(c, b, at, err);
	default:
		c->stats.blocks_skipped++;
		return OK;
	}
}

enum look {
	LOOK_SOUND,
	LOOK_MORE,  /* b->length bytes are needed to see all of it */
	LOOK_LARGE, /* more than BLOCK_MAX */
	LOOK_ORDER,
	LOOK_LENGTH,
	LOOK_TRAILER,
};

/*
 * The block at the start of `window` (section 3.1), of which 12 bytes are
 * there. A section header sets the byte order as soon as it is seen.
 */
static inline enum look
look_at(struct pcapng *p, struct span window, struct block *b)
{
	struct cursor in = cursor_of(window), behind;

	b->type = read32(&in, p->big);
	if (b->type == BLOCK_SECTION) {
		struct cursor order = in;

		cursor_skip(&order, 4);
		if (!section_order(order, &p->big))
			return LOOK_ORDER;
	}
	b->length = read32(&in, p->big);
	if (b->length < BLOCK_FRAME || (b->length & 3) != 0)
		return LOOK_LENGTH;
	if (b->length > BLOCK_MAX) /* also where we could: all inputs read alike */
		return LOOK_LARGE;
	if (b->length > window.len)
		return LOOK_MORE;
	b->body = cursor_take(&in, b->length - BLOCK_FRAME);
	behind = in;
	if (read32(&behind, p->big) != b->length)
		return LOOK_TRAILER;
	return LOOK_SOUND;
}

static enum status
say_look(const struct capture *c, enum look look, struct error *err)
{
	static const char *const what[] = {
		[LOOK_ORDER] = "a section header without a byte order",
		[LOOK_LENGTH] = "a block length that cannot be",
		[LOOK_TRAILER] = "a block whose two lengths differ",
	};

	return capture_broken(c, 0, err, what[look]);
}

/* Step over a block that is larger than any window. */
static enum status
skip_block(struct capture *c, const struct block *b, struct error *err)
{
	size_t left = b->length - 4;
	struct span s;
	struct cursor in;

	while (left > 0) {
		s = input_peek(c->in, 1);
		if (s.len == 0)
			return capture_cut(c, err, "a block");
		if (s.len > left)
			s.len = left;
		input_skip(c->in, s.len);
		left -= s.len;
	}
	s = input_peek(c->in, 4);
	in = cursor_of(s);
	if (s.len < 4)
		return capture_cut(c, err, "a block");
	if (read32(&in, c->pcapng.big) != b->length)
		return say_look(c, LOOK_TRAILER, err);
	input_skip(c->in, 4);
	return OK;
}

/*
 * A block too large for the window. Of packets that is too large to be true, of
 * kinds that we do not read anyway it is their right; but without a section or
 * an interface nothing behind can be understood.
 */
static enum status
large_block(struct capture *c, const struct block *b, struct error *err)
{
	switch (b->type) {
	case BLOCK_SECTION:
	case BLOCK_INTERFACE:
		return error_set(err, E_LIMIT,
		    "%s: offset %" PRIu64 ": a header of %zu bytes", input_path(c->in),
		    input_at(c->in), b->length);
	case BLOCK_PACKET:
	case BLOCK_PACKET_OLD:
	case BLOCK_PACKET_SIMPLE:
		c->stats.records_bad++;
		break;
	default:
		c->stats.blocks_skipped++;
	}
	return skip_block(c, b, err);
}

/* One window's worth: blocks until it is used up, the batch full, or one is not sound. */
static enum status
read_window(struct capture *c, struct span window, struct frame_batch *batch,
    struct block *b, struct error *err)
{
	uintptr_t fetched = (uintptr_t)window.at;
	struct span rest = window;
	enum status st = OK;

	do {
		uint64_t at = window.len - rest.len;

		st = read_block(c, b, at, batch, err);
		if (st != OK)
			break;
		rest.at += b->length;
		rest.len -= b->length;
		capture_fetch(&fetched, rest.at, window.at + window.len);
	} while (batch->n < FRAME_BATCH && rest.len >= BLOCK_FRAME &&
		 look_at(&c->pcapng, rest, b) == LOOK_SOUND);
	input_skip(c->in, window.len - rest.len);
	return batch->n > 0 ? OK : st; /* an error is met again with an empty batch */
}

static enum status
pcapng_next(struct capture *c, struct frame_batch *batch, struct error *err)
{
	enum status st = OK;

	while (st == OK && batch->n == 0) {
		struct span window = input_peek(c->in, BLOCK_FRAME);
		struct block b;
		enum look look;

		if (window.len == 0)
			return input_state(c->in, err);
		if (window.len < BLOCK_FRAME)
			return capture_cut(c, err, "a block");
		look = look_at(&c->pcapng, window, &b);
		if (look == LOOK_LARGE) {
			st = large_block(c, &b, err);
			continue;
		}
		if (look == LOOK_MORE) {
			window = input_peek(c->in, b.length);
			if (window.len < b.length)
				return capture_cut(c, err, "a block");
			look = look_at(&c->pcapng, window, &b);
		}
		if (look != LOOK_SOUND)
			return say_look(c, look, err);
		st = read_window(c, window, batch, &b, err);
	}
	return st;
}

void
pcapng_open(struct capture *c)
{
	c->next = pcapng_next;
}

void
pcapng_close(struct capture *c)
{
	free(c->pcapng.interface);
}
