/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/flood.h"

#include <string.h>

#include "detect/binomial.h"

#define SLOTS 512

__extension__ typedef unsigned __int128 uwide;

/* Calls one after the other: of one host, or of all. */
struct each {
	const struct heard *heard;
	const struct subject *subject;
	flood_part *part;
	struct calls_walk at;
	struct calls calls;
	size_t pair, contact, contacts;
	const struct contact *c;
	struct pair_key key;
	bool host;
};

static struct each
each_of(const struct heard *h, const struct subject *s, bool host, flood_part *part)
{
	struct each e = { .heard = h, .subject = s, .part = part, .host = host };

	if (host) {
		(void)calls_of(h, &s->host, &e.calls);
		(void)calls_to(&e.calls, &s->peer, &e.calls);
		e.pair = e.calls.first;
	}
	return e;
}

static bool
next_pair(struct each *e)
{
	while (e->pair >= e->calls.end) {
		if (e->host ||
		    !callers_next(e->heard, &e->subject->host, &e->at, &e->calls))
			return false;
		e->pair = e->calls.first;
	}
	e->key = pairs_key(e->calls.pairs, e->pair);
	e->c = pairs_contacts(e->calls.pairs, e->pair++, &e->contacts);
	e->contact = 0;
	return true;
}

static const struct contact *
next_call(struct each *e)
{
	for (;;) {
		while (e->contact < e->contacts) {
			const struct contact *c = &e->c[e->contact++];

			if (e->part(e->subject, &e->key, c))
				return c;
		}
		if (!next_pair(e))
			return NULL;
	}
}

static uint64_t
later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t
earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* The packets of a call, spread over the slots it covers. */
static void
spread(uint64_t slot[static SLOTS], uint64_t from, uint64_t each, const struct contact *c)
{
	uint64_t end = from + SLOTS * each, start = later(c->start_ns, from), last;
	uint64_t lasts = c->last_ns - c->start_ns + 1;

	if (c->start_ns >= end || c->last_ns < from)
		return;
	last = earlier(c->last_ns, end - 1);
	for (uint64_t k = (start - from) / each; k <= (last - from) / each; k++) {
		uint64_t a = later(start, from + k * each);
		uint64_t b = earlier(last, from + (k + 1) * each - 1);

		slot[k] += (uint64_t)((uwide)c->up_pkts * (b - a + 1) / lasts);
	}
}

/* Zoom in on the slot with the most until a window is many slots wide. */
static uint64_t
densest(const struct each *all, uint64_t first, uint64_t last)
{
	uint64_t slot[SLOTS], each, best = 0, sum = 0;
	size_t wide;

	for (;;) {
		const struct contact *c;
		struct each e = *all;
		size_t top = 0;

		each = (last - first) / SLOTS + 1;
		memset(slot, 0, sizeof slot);
		while ((c = next_call(&e)) != NULL)
			spread(slot, first, each, c);
		if (each * 8 <= FLOOD_WINDOW_NS)
			break;
		for (size_t k = 1; k < SLOTS; k++)
			if (slot[k] > slot[top])
				top = k;
		last = first + (top + 2) * each + FLOOD_WINDOW_NS;
		first = first + (top > 0 ? top - 1 : 0) * each;
	}
	wide = FLOOD_WINDOW_NS / each;
	for (size_t k = 0; k < SLOTS; k++) {
		sum += slot[k];
		if (k >= wide)
			sum -= slot[k - wide];
		best = later(best, sum);
	}
	return best;
}

struct flood
flood_measure(const struct heard *h, const struct subject *s, bool host, flood_part *part)
{
	struct each all = each_of(h, s, host, part), e = all;
	struct flood f = { .first_ns = UINT64_MAX };
	struct pair_key before = { 0 };
	const struct contact *c;

	while ((c = next_call(&e)) != NULL) {
		f.up += c->up_pkts;
		f.down += c->down_pkts;
		f.bytes += c->up;
		f.calls++;
		f.first_ns = earlier(f.first_ns, c->start_ns);
		f.last_ns = later(f.last_ns, c->last_ns);
		f.callers += f.calls == 1 || !ip_equal(&e.key.host, &before.host);
		f.ports += f.calls == 1 || e.key.port != before.port;
		f.protos += f.calls == 1 || e.key.proto != before.proto;
		before = e.key;
	}
	if (f.up < FLOOD_PACKETS || f.up / FLOOD_RATIO < f.down)
		return f;
	f.proto = f.protos == 1 ? before.proto : 0;
	f.port = f.ports == 1 ? before.port : 0;
	f.peak = densest(&all, f.first_ns, f.last_ns);
	return f;
}

bool
flood_stands_out(const struct flood *f)
{
	return f->up >= FLOOD_PACKETS && f->up / FLOOD_RATIO >= f->down &&
	       flood_pps(f) >= FLOOD_PPS;
}

uint64_t
flood_pps(const struct flood *f)
{
	return f->peak / (FLOOD_WINDOW_NS / UINT64_C(1000000000));
}

/*
 * log10 of Poisson at the measured rate over Poisson at the null's, for the densest
 * window: n log10(n / m) - (n - m) log10(e), rounded down.
 */
int64_t
flood_llr_mb(const struct flood *f)
{
	const uint64_t m = FLOOD_NULL_PPS * (FLOOD_WINDOW_NS / UINT64_C(1000000000));
	uint64_t n = f->peak < UINT64_C(1) << 40 ? f->peak : UINT64_C(1) << 40;
	int64_t ratio_mb;

	if (n <= m)
		return 0;
	ratio_mb = (int64_t)(((__int128)(log10_q58(n) - log10_q58(m)) * 1000) >> 58);
	return (int64_t)n * ratio_mb - (int64_t)(n - m) * 435;
}
