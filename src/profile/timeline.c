/* SPDX-License-Identifier: Apache-2.0 */
#include "profile/timeline.h"

#include <string.h>

#include "record/flow.h"

#define X(name, text) +1
static_assert(SERVICES(X) < CONTACT_RESUMES, "a service has no room beside its bits");
#undef X

/* How far contacts are moved by insertion before merging takes over. */
#define MOVES_EACH 8

static bool
before_tied(const struct contact *a, const struct contact *b)
{
	if (a->last_ns != b->last_ns)
		return a->last_ns < b->last_ns;
	if (a->up != b->up)
		return a->up < b->up;
	if (a->down != b->down)
		return a->down < b->down;
	if (a->up_pkts != b->up_pkts)
		return a->up_pkts < b->up_pkts;
	if (a->down_pkts != b->down_pkts)
		return a->down_pkts < b->down_pkts;
	if (a->host_port != b->host_port)
		return a->host_port < b->host_port;
	if (a->flags != b->flags)
		return a->flags < b->flags;
	return a->service < b->service;
}

static inline bool
before(const struct contact *a, const struct contact *b)
{
	if (a->start_ns != b->start_ns)
		return a->start_ns < b->start_ns;
	return before_tied(a, b);
}

/* False when they are too far from sorted; what was done so far is kept. */
static bool
insert(struct contact *c, size_t n)
{
	size_t moves = MOVES_EACH * n + MOVES_EACH;

	for (size_t i = 1; i < n; i++) {
		struct contact in;
		size_t k = i;

		if (!before(&c[i], &c[i - 1]))
			continue;
		in = c[i];
		for (; k > 0 && before(&in, &c[k - 1]); k--)
			c[k] = c[k - 1];
		c[k] = in;
		if (moves < i - k)
			return false;
		moves -= i - k;
	}
	return true;
}

/* The end of the run that starts at i. */
static size_t
run_end(const struct contact *c, size_t i, size_t n)
{
	for (i++; i < n && !before(&c[i], &c[i - 1]);)
		i++;
	return i;
}

/* One round: neighbouring runs of `from` are merged into `to`. True: it was one run. */
static bool
merge_round(const struct contact *from, struct contact *to, size_t n)
{
	size_t out = 0;

	for (size_t i = 0; i < n;) {
		size_t mid = run_end(from, i, n);
		size_t end = mid < n ? run_end(from, mid, n) : n;
		size_t a = i, b = mid;

		if (mid == n && i == 0)
			return true;
		while (a < mid && b < end)
			to[out++] = before(&from[b], &from[a]) ? from[b++] : from[a++];
		while (a < mid)
			to[out++] = from[a++];
		while (b < end)
			to[out++] = from[b++];
		i = end;
	}
	return false;
}

void
timeline_order(struct contact *c, size_t n, struct contact *scratch)
{
	struct contact *from = c, *to = scratch;

	if (n < 2 || insert(c, n))
		return;
	while (!merge_round(from, to, n)) {
		struct contact *swap = from;

		from = to;
		to = swap;
	}
	if (from != c)
		memcpy(c, from, n * sizeof *c);
}

int
timeline_compare(const struct contact *a, const struct contact *b)
{
	struct contact x = *a, y = *b;

	x.service &= (uint8_t)~CONTACT_RESUMES;
	y.service &= (uint8_t)~CONTACT_RESUMES;
	return before(&x, &y) ? -1 : before(&y, &x);
}

size_t
timeline_unique(struct contact *c, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (kept == 0 || timeline_compare(&c[i], &c[kept - 1]) != 0)
			c[kept++] = c[i];
	return kept;
}

static bool
is_slice(const struct contact *c, const struct contact *of, uint8_t proto)
{
	if (c->flags & CONTACT_CONTINUES)
		return true;
	if ((proto != PROTO_TCP && proto != PROTO_UDP) || c->host_port == 0)
		return false;
	if (c->start_ns > of->last_ns && c->start_ns - of->last_ns > TIMELINE_ABUT_NS)
		return false;
	return proto == PROTO_UDP || ((c->flags | of->flags) & CONTACT_FAILED) == 0;
}

static uint32_t
add_saturating(uint32_t a, uint32_t b)
{
	return a > UINT32_MAX - b ? UINT32_MAX : a + b;
}

static inline int
service_of(const struct contact *c)
{
	return c->service & ~(CONTACT_TAKEN | CONTACT_RESUMES);
}

/*
 * Of a request whose connection is told of only now: its bytes and packets are the
 * connection's. Who asked has sent a packet, if only its answer was seen.
 */
static void
whole(struct contact *to, const struct contact *slice)
{
	if (to->flags & CONTACT_ASKED) {
		to->up = to->down = 0;
		if (slice->up_pkts > 0)
			to->up_pkts = 0;
		to->service |= service_of(to) == SERVICE_HTTP ? CONTACT_TAKEN : 0;
	}
	to->flags &= (uint8_t)~CONTACT_ASKED;
}

static void
join(struct contact *to, const struct contact *slice)
{
	uint8_t failed = to->flags & slice->flags & CONTACT_FAILED;

	whole(to, slice);
	if (slice->last_ns > to->last_ns)
		to->last_ns = slice->last_ns;
	to->up = add_saturating(to->up, slice->up);
	to->down = add_saturating(to->down, slice->down);
	to->up_pkts = add_saturating(to->up_pkts, slice->up_pkts);
	to->down_pkts = add_saturating(to->down_pkts, slice->down_pkts);
	to->flags = (uint8_t)(((to->flags | slice->flags) &
				  ~(CONTACT_FAILED | CONTACT_CONTINUES | CONTACT_ASKED)) |
			      failed);
	if (service_of(to) == SERVICE_NONE)
		to->service |= (uint8_t)service_of(slice);
	to->service |= slice->service & CONTACT_TAKEN; /* of one put together before */
}

enum place { APART, WITHIN, PART };

/*
 * What a request is to the contact of the same host_port before it: a part of
 * it, within the same connection but a contact of its own, or neither.
 */
static enum place
place_of(const struct contact *c, const struct contact *of)
{
	if (c->start_ns > of->last_ns && c->start_ns - of->last_ns > TIMELINE_ABUT_NS)
		return APART;
	if (service_of(c) != SERVICE_HTTP)
		return PART;
	if (of->flags & CONTACT_ASKED)
		return APART;
	return of->service & CONTACT_TAKEN ? WITHIN : PART;
}

/* The bytes of a connection are those of its requests already. */
static void
join_request(struct contact *to, const struct contact *request)
{
	if (service_of(to) == SERVICE_NONE)
		to->service |= (uint8_t)service_of(request);
	if (service_of(request) == SERVICE_HTTP)
		to->service |= CONTACT_TAKEN;
}

size_t
timeline_stitch(struct contact *c, size_t n, uint8_t proto, uint32_t *last, uint32_t base)
{
	size_t kept = 0;

	if (n == 1) {
		c->flags &= (uint8_t)~CONTACT_CONTINUES;
		return 1;
	}
	for (size_t i = 0; i < n; i++) {
		uint32_t *of = &last[c[i].host_port];
		enum place place = APART;

		if (*of > base && (c[i].flags & CONTACT_ASKED))
			place = place_of(&c[i], &c[*of - base - 1]);
		if (place == PART) {
			join_request(&c[*of - base - 1], &c[i]);
			continue;
		}
		if (*of > base && !(c[i].flags & CONTACT_ASKED) &&
		    is_slice(&c[i], &c[*of - base - 1], proto)) {
			join(&c[*of - base - 1], &c[i]);
			continue;
		}
		if (kept != i)
			c[kept] = c[i];
		c[kept++].flags &= (uint8_t)~CONTACT_CONTINUES;
		if (place != WITHIN)
			*of = base + (uint32_t)kept;
	}
	return kept;
}
