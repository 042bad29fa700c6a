/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream.c - segments become a stream.
 *
 * Most segments come in order and are wanted at once: they go to the parser
 * from the packet. What the parser leaves, and what comes before its time, is
 * kept in a window that begins at the first byte not taken. What was seen first
 * stays, so that nobody can rewrite what was already read.
 */
#include "protocol/reader_own.h"

#include <string.h>

static void
voice_release(struct talk *t, struct voice *v)
{
	struct reader *r = t->reader;

	if (v->held)
		slab_put(v->large ? &r->windows : &r->pieces, v->held);
	v->held = NULL;
	v->large = false;
	v->ranges = 0;
}

void
stream_release(struct talk *t)
{
	voice_release(t, &t->voice[0]);
	voice_release(t, &t->voice[1]);
}

/* Room for `n` bytes from v->next on. */
static bool
make_room(struct talk *t, struct voice *v, uint64_t n)
{
	struct reader *r = t->reader;
	uint8_t *window;

	if (v->held == NULL && n <= TALK_PIECE)
		return (v->held = slab_get(&r->pieces)) != NULL;
	if (v->held && (v->large || n <= TALK_PIECE))
		return n <= TALK_WINDOW;
	if (n > TALK_WINDOW)
		return false;
	window = slab_get(&r->windows);
	if (window == NULL)
		return false;
	if (v->held) {
		memcpy(window, v->held, TALK_PIECE);
		slab_put(&r->pieces, v->held);
	}
	v->held = window;
	v->large = true;
	return true;
}

/* Bytes [from, to) join the ranges; false when there would be too many. */
static bool
join(struct voice *v, uint16_t from, uint16_t to)
{
	unsigned first = 0, last;

	while (first < v->ranges && v->range[first].to < from)
		first++;
	for (last = first; last < v->ranges && v->range[last].from <= to; last++) {
		if (v->range[last].from < from)
			from = v->range[last].from;
		if (v->range[last].to > to)
			to = v->range[last].to;
	}
	if (last == first && v->ranges == TALK_HOLES)
		return false;
	/* [first, last) become one. */
	memmove(
	    &v->range[first + 1], &v->range[last], (v->ranges - last) * sizeof v->range[0]);
	v->ranges = (uint8_t)(v->ranges + 1 + first - last);
	v->range[first].from = from;
	v->range[first].to = to;
	return true;
}

/* Copy what is not there yet. */
static void
fill(struct voice *v, uint64_t from, struct span data)
{
	uint64_t to = from + data.len, at = from;

	for (unsigned i = 0; i <= v->ranges && at < to; i++) {
		uint64_t end = i < v->ranges ? v->range[i].from : to;

		if (end > to)
			end = to;
		if (end > at)
			memcpy(v->held + at, data.at + (at - from), end - at);
		if (i < v->ranges && v->range[i].to > at)
			at = v->range[i].to;
	}
}

static bool
hold(struct talk *t, bool from_resp, uint64_t from, const struct heard *h)
{
	struct voice *v = &t->voice[from_resp];
	struct span data = h->bytes;

	if (from > TALK_WINDOW || data.len > TALK_WINDOW - from)
		return false;
	if (!make_room(t, v, from + data.len))
		return false;
	fill(v, from, data);
	v->time_ns = h->time_ns;
	/* One island too many is dropped; it may come again. */
	(void)join(v, (uint16_t)from, (uint16_t)(from + data.len));
	return true;
}

/* The first `n` bytes of the window are done with. */
static void
shift(struct talk *t, struct voice *v, uint64_t n)
{
	unsigned kept = 0, end = v->ranges ? v->range[v->ranges - 1].to : 0;

	v->next += n;
	if (n >= end) {
		voice_release(t, v);
		return;
	}
	memmove(v->held, v->held + n, end - n);
	for (unsigned i = 0; i < v->ranges; i++) {
		if (v->range[i].to <= n)
			continue;
		v->range[kept].from =
		    (uint16_t)(v->range[i].from > n ? v->range[i].from - n : 0);
		v->range[kept++].to = (uint16_t)(v->range[i].to - n);
	}
	v->ranges = (uint8_t)kept;
}

/*
 * Skips and offers until nothing is left, the parser wants more, or all are to be
 * asked again; returns how many bytes are done with and leaves the others in `h`.
 * `v->next` does not move here.
 */
static size_t
pass(struct talk *t, struct voice *v, struct heard *h)
{
	size_t before = h->bytes.len, took;

	while (!t->done && !t->again) {
		size_t n = v->skip < h->bytes.len ? (size_t)v->skip : h->bytes.len;
		bool arrived = v->skip > 0 && n == v->skip;

		v->skip -= n;
		h->bytes.at += n;
		h->bytes.len -= n;
		if (v->skip > 0 || (h->bytes.len == 0 && !arrived))
			break;
		took = reader_offer(t, h);
		CHECK(took <= h->bytes.len);
		h->bytes.at += took;
		h->bytes.len -= took;
		if (took == 0 && v->skip == 0)
			break;
	}
	return t->done ? before : before - h->bytes.len;
}

/* What the window holds goes to the parser; holes in what nobody wants are no holes. */
static void
pass_held(struct talk *t, bool from_resp)
{
	struct voice *v = &t->voice[from_resp];
	struct heard h = { .time_ns = v->time_ns, .from_resp = from_resp };
	uint64_t hole;
	size_t n;

	while (!t->done && !t->again && v->ranges > 0) {
		hole = v->range[0].from;
		if (hole > v->skip)
			return;
		if (hole > 0) {
			v->skip -= hole;
			shift(t, v, hole);
		}
		h.bytes = (struct span){ v->held, v->range[0].to };
		n = pass(t, v, &h);
		if (n == 0)
			return;
		shift(t, v, n);
	}
}

/* Who waits is heard, when somebody knows these first bytes. */
static void
settle(struct talk *t, bool from_resp)
{
	struct voice *v = &t->voice[from_resp];
	struct heard h = { .time_ns = v->time_ns, .from_resp = from_resp };

	if (t->parser || t->done || v->ranges == 0 || v->range[0].from > 0)
		return;
	h.bytes = (struct span){ v->held, v->range[0].to };
	if (reader_settle(t, &h))
		pass_held(t, from_resp);
}

/*
 * All parsers may be to be asked again. When a server has agreed to carry something
 * else, a hasty client may have begun with it, before the server said what follows.
 */
static void
go_on(struct talk *t, bool from_resp)
{
	struct voice *v = &t->voice[from_resp];

	while (t->again && !t->done) {
		t->again = false;
		if (from_resp)
			pass_held(t, false);
		if (from_resp && !t->again && v->ranges > 0 && v->range[0].from == 0)
			settle(t, false);
		pass_held(t, from_resp);
	}
}

void
stream_settle(struct talk *t, bool from_resp)
{
	settle(t, from_resp);
	go_on(t, from_resp);
}

static void
give_up(struct talk *t, struct voice *v)
{
	voice_release(t, v);
	v->lost = true;
	t->reader->counters.lost++;
}

/* The next bytes of the stream; what is left of them is kept. */
static void
see_next(struct talk *t, struct heard *h)
{
	struct voice *v = &t->voice[h->from_resp];

	v->next += pass(t, v, h);
	if (h->bytes.len == 0 || t->done || hold(t, h->from_resp, 0, h))
		return;
	if (reader_settle(t, h))
		(void)pass(t, v, h);
	give_up(t, v);
}

void
stream_see(struct talk *t, bool from_resp, uint64_t at, struct span data, uint64_t time_ns)
{
	struct voice *v = &t->voice[from_resp];
	struct heard h = { .bytes = data, .time_ns = time_ns, .from_resp = from_resp };

	if (v->lost || at + data.len <= v->next)
		return;
	/* The other side has said what it had to say, or it would not be answered. */
	stream_settle(t, !from_resp);
	if (t->done)
		return;
	if (at < v->next) {
		h.bytes.at += v->next - at;
		h.bytes.len -= (size_t)(v->next - at);
		at = v->next;
	}
	if (v->ranges == 0 && at - v->next <= v->skip) {
		v->skip -= at - v->next;
		v->next = at;
		see_next(t, &h);
	} else if (hold(t, from_resp, at - v->next, &h)) {
		pass_held(t, from_resp);
	} else {
		stream_settle(t, from_resp);
		give_up(t, v);
	}
	go_on(t, from_resp);
}
