/* SPDX-License-Identifier: Apache-2.0 */
#include "profile/timeline.h"

#include <string.h>

#include "record/flow.h"

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

static void
join(struct contact *to, const struct contact *slice)
{
	uint8_t failed = to->flags & slice->flags & CONTACT_FAILED;

	if (slice->last_ns > to->last_ns)
		to->last_ns = slice->last_ns;
	to->up = add_saturating(to->up, slice->up);
	to->down = add_saturating(to->down, slice->down);
	to->flags =
	    (uint8_t)(((to->flags | slice->flags) & ~(CONTACT_FAILED | CONTACT_CONTINUES)) |
		      failed);
	if (to->service == SERVICE_NONE)
		to->service = slice->service;
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

		if (*of > base && is_slice(&c[i], &c[*of - base - 1], proto)) {
			join(&c[*of - base - 1], &c[i]);
			continue;
		}
		if (kept != i)
			c[kept] = c[i];
		c[kept++].flags &= (uint8_t)~CONTACT_CONTINUES;
		*of = base + (uint32_t)kept;
	}
	return kept;
}
