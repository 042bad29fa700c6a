/* SPDX-License-Identifier: Apache-2.0 */
#include "case/coverage.h"

#include <stdlib.h>
#include <string.h>

#define GAP (COVERAGE_GAP_S * UINT64_C(1000000000))

bool
coverage_init(struct coverage *c)
{
	*c = (struct coverage){ .span = calloc(COVERAGE_SPANS, sizeof *c->span) };
	return c->span != NULL;
}

void
coverage_release(struct coverage *c)
{
	free(c->span);
	*c = (struct coverage){ 0 };
}

/* The first span that does not end more than the gap before t. */
static size_t
find(const struct coverage *c, uint64_t t)
{
	size_t low = 0, high = c->n;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (c->span[mid].to_ns < t && t - c->span[mid].to_ns > GAP)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static void
remove_at(struct coverage *c, size_t i)
{
	c->n--;
	memmove(&c->span[i], &c->span[i + 1], (c->n - i) * sizeof *c->span);
}

void
coverage_add(struct coverage *c, uint64_t t)
{
	size_t i = find(c, t);
	struct coverage_span *s = &c->span[i];

	if (i == c->n || (s->from_ns > t && s->from_ns - t > GAP)) {
		if (c->n == COVERAGE_SPANS) {
			c->unplaced++;
			return;
		}
		memmove(s + 1, s, (c->n - i) * sizeof *s);
		*s = (struct coverage_span){ t, t };
		c->n++;
		return;
	}
	if (t < s->from_ns)
		s->from_ns = t;
	if (t > s->to_ns)
		s->to_ns = t;
	/* It may have come near the next one; the one before is too far, or found. */
	if (i + 1 < c->n && c->span[i + 1].from_ns - s->to_ns <= GAP) {
		s->to_ns = c->span[i + 1].to_ns;
		remove_at(c, i + 1);
	}
}

uint64_t
coverage_of(const struct coverage *c, uint64_t from_ns, uint64_t to_ns)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < c->n; i++) {
		uint64_t a = c->span[i].from_ns, b = c->span[i].to_ns;

		a = a > from_ns ? a : from_ns;
		b = b < to_ns ? b : to_ns;
		if (a < b)
			sum += b - a;
	}
	return sum;
}

bool
coverage_touches(const struct coverage *c, uint64_t from_ns, uint64_t to_ns)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->span[i].from_ns <= to_ns && c->span[i].to_ns >= from_ns)
			return true;
	return false;
}
