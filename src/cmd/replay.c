/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/replay.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/capture.h"
#include "decode/clock.h"
#include "flow/fragment.h"

#define REMARK     "geophone: clock "
#define PIECES     16384 /* frames that may wait for the rest of their packet */
#define PIECES_MAX ((size_t)64 << 20)

/* A frame that was a fragment, by the number of the call that took it. */
struct kept {
	struct frame frame; /* its bytes are our own; NULL: nothing here */
	uint64_t clock_ns;
};

struct replay {
	struct filter *filter;
	replay_sink *sink;
	void *state;

	struct clock clock;
	bool by_remarks;
	struct replay_clock told;
	bool remarked[FRAME_BATCH];
	int64_t remark[FRAME_BATCH];

	/* The frame that was read last: what time the clock shows at it the next one tells. */
	bool holding, held_remarked;
	struct frame held;
	int64_t held_remark;
	uint8_t held_bytes[CAPTURE_FRAME_MAX];

	struct fragments *fragments;
	struct flow_counters counters;
	struct kept *kept; /* PIECES of them, a ring; NULL until there is a fragment */
	uint32_t calls;    /* of fragments_add */
	uint32_t first;    /* the oldest that is kept */
	size_t kept_bytes;
};

enum status
replay_new(struct replay **out, struct filter *filter, size_t fragments, replay_sink *sink,
    void *state, struct error *err)
{
	struct replay *r = calloc(1, sizeof *r);
	enum status st;

	if (r == NULL)
		return error_set(err, E_NOMEM, "no memory to read captures again");
	r->filter = filter;
	r->sink = sink;
	r->state = state;
	st = fragments_new(&r->fragments, fragments, err);
	if (st != OK)
		replay_free(r);
	else
		*out = r;
	return st;
}

void
replay_by_remarks(struct replay *r)
{
	r->by_remarks = true;
}

static void
forget_piece(struct replay *r, uint32_t call)
{
	struct kept *k = &r->kept[call % PIECES];

	r->kept_bytes -= k->frame.bytes.len;
	free((void *)(uintptr_t)k->frame.bytes.at);
	*k = (struct kept){ 0 };
}

void
replay_free(struct replay *r)
{
	if (r == NULL)
		return;
	for (uint32_t i = 0; r->kept && i < PIECES; i++)
		forget_piece(r, i);
	free(r->kept);
	fragments_free(r->fragments);
	free(r);
}

/* What the reader thinks at the frame if nothing is remarked. */
static uint64_t
guess(const struct replay_clock *c, uint64_t time_ns)
{
	uint64_t t = time_ns + c->ahead;

	return t > c->now ? t : c->now;
}

static uint64_t
take_remark(struct replay_clock *c, uint64_t time_ns, bool remarked, int64_t remark)
{
	if (remarked) {
		c->ahead = (uint64_t)remark;
		c->now = time_ns + c->ahead;
	} else {
		c->now = guess(c, time_ns);
	}
	return c->now;
}

const char *
replay_remark(struct replay_clock *c, uint64_t time_ns, uint64_t clock_ns,
    char text[static PCAPNG_REMARK + 1])
{
	int64_t ahead = (int64_t)(clock_ns - time_ns);
	bool remarked = guess(c, time_ns) != clock_ns;

	(void)take_remark(c, time_ns, remarked, ahead);
	if (!remarked)
		return NULL;
	(void)snprintf(text, PCAPNG_REMARK + 1, REMARK "%+" PRId64, ahead);
	return text;
}

static void
on_remark(void *state, unsigned at, struct span text)
{
	struct replay *r = state;
	size_t n = sizeof REMARK - 1;
	char number[24], *end;

	if (text.len <= n || text.len - n >= sizeof number ||
	    memcmp(text.at, REMARK, n) != 0)
		return;
	memcpy(number, text.at + n, text.len - n);
	number[text.len - n] = '\0';
	r->remark[at] = strtoll(number, &end, 10);
	r->remarked[at] = *end == '\0';
}

static uint64_t
clock_at(struct replay *r, uint64_t next_ns)
{
	return r->by_remarks ? take_remark(&r->told, r->held.time_ns, r->held_remarked,
				   r->held_remark)
			     : clock_see(&r->clock, r->held.time_ns, next_ns);
}

/* A copy of the frame that the fragment came in; what there is no room for is not kept. */
static void
keep_piece(struct replay *r, const struct frame *f, uint64_t clock_ns)
{
	uint32_t call = r->calls++;
	struct kept *k;
	uint8_t *bytes;

	if (r->kept == NULL)
		r->kept = calloc(PIECES, sizeof *r->kept);
	bytes = r->kept ? malloc(f->bytes.len + 1) : NULL;
	if (bytes == NULL)
		return;
	memcpy(bytes, f->bytes.at, f->bytes.len);
	for (; r->first != call &&
	       (call - r->first >= PIECES || r->kept_bytes + f->bytes.len > PIECES_MAX);
	     r->first++)
		forget_piece(r, r->first);
	k = &r->kept[call % PIECES];
	k->frame = *f;
	k->frame.bytes.at = bytes;
	k->clock_ns = clock_ns;
	r->kept_bytes += f->bytes.len;
}

static int
by_call(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static bool
tell_whole(struct replay *r, const struct packet *whole)
{
	struct frame frame[REPLAY_FRAMES];
	uint64_t clock_ns[REPLAY_FRAMES];
	uint32_t call[REPLAY_FRAMES];
	struct replayed t = { .packet = whole, .frame = frame, .clock_ns = clock_ns };
	unsigned n;
	const uint32_t *calls = fragments_calls(r->fragments, &n);

	CHECK(n <= REPLAY_FRAMES);
	memcpy(call, calls, n * sizeof *call);
	qsort(call, n, sizeof *call, by_call);
	for (unsigned i = 0; r->kept && i < n; i++) {
		const struct kept *k = &r->kept[call[i] % PIECES];

		if (call[i] - r->first >= PIECES || k->frame.bytes.at == NULL)
			continue; /* gone for want of room */
		frame[t.frames] = k->frame;
		clock_ns[t.frames++] = k->clock_ns;
	}
	return r->sink(r->state, &t);
}

/* The frame that is held, now that the time of the one behind it is known. */
static bool
settle(struct replay *r, uint64_t next_ns)
{
	struct packet p, whole;
	struct replayed t = { .packet = &p, .frame = &r->held, .frames = 1 };

	if (!r->holding)
		return true;
	r->holding = false;
	if (decode_frame(&r->held, &p) != DECODE_OK)
		return true;
	p.clock_ns = clock_at(r, next_ns);
	t.clock_ns = &p.clock_ns;
	if (!p.fragment)
		return r->sink(r->state, &t);
	keep_piece(r, &r->held, p.clock_ns);
	return !fragments_add(r->fragments, &p, &whole, &r->counters) ||
	       tell_whole(r, &whole);
}

/* What the batch lends goes with it, and the last frame has to wait. */
static void
hold_over(struct replay *r)
{
	if (!r->holding)
		return;
	if (r->held.bytes.len > 0)
		memcpy(r->held_bytes, r->held.bytes.at, r->held.bytes.len);
	r->held.bytes.at = r->held_bytes;
}

static bool
see_batch(struct replay *r, const struct frame_batch *batch)
{
	for (unsigned i = 0; i < batch->n; i++) {
		if (!settle(r, batch->frame[i].time_ns))
			return false;
		r->held = batch->frame[i];
		r->held_remarked = r->remarked[i];
		r->held_remark = r->remark[i];
		r->remarked[i] = false;
		r->holding = true;
	}
	hold_over(r);
	return true;
}

enum status
replay_read(struct replay *r, struct input *in, uint64_t next_ns, struct error *err)
{
	struct frame_batch batch = { .n = 0 };
	struct capture *c = NULL;
	bool more = true;
	enum status st = capture_open(&c, in, err);

	if (st != OK)
		return st;
	if (r->by_remarks)
		capture_remarks(c, on_remark, r);
	else
		capture_filter(c, r->filter);
	while (more && (st = capture_next(c, &batch, err)) == OK && batch.n > 0)
		more = see_batch(r, &batch);
	if (more)
		(void)settle(r, next_ns ? next_ns : UINT64_MAX);
	r->holding = false;
	capture_close(c);
	return st;
}
