/* SPDX-License-Identifier: Apache-2.0 */
#include "profile/listening.h"

#include <stdlib.h>
#include <string.h>

enum status
listening_new(struct listening *out, struct error *err)
{
	struct listening l = { .run = calloc(LISTENING_RUNS + 1, sizeof *l.run),
		.heard = calloc(LISTENING_RUNS + 1, sizeof *l.heard),
		.end_ns = calloc(LISTENING_RUNS + 1, sizeof *l.end_ns) };

	if (l.run == NULL || l.heard == NULL || l.end_ns == NULL) {
		listening_free(&l);
		return error_set(err, E_NOMEM, "no memory for the list of runs");
	}
	*out = l;
	return OK;
}

void
listening_free(struct listening *l)
{
	free(l->run);
	free(l->heard);
	free(l->end_ns);
	*l = (struct listening){ 0 };
}

static int
run_order(const struct listening_run *a, const struct listening_run *b)
{
	if (a->first_ns != b->first_ns)
		return a->first_ns < b->first_ns ? -1 : 1;
	if (a->last_ns != b->last_ns)
		return a->last_ns < b->last_ns ? -1 : 1;
	return memcmp(&a->id, &b->id, sizeof a->id);
}

bool
listening_add(struct listening *l, const struct listening_run *run)
{
	unsigned at = l->runs;

	for (unsigned i = 0; i < l->runs; i++)
		if (memcmp(&l->run[i].id, &run->id, sizeof run->id) == 0)
			return false;
	for (; at > 0 && run_order(run, &l->run[at - 1]) < 0; at--)
		l->run[at] = l->run[at - 1];
	l->run[at] = *run;
	if (l->runs++ == LISTENING_RUNS) {
		l->runs--;
		memmove(l->run, l->run + 1, l->runs * sizeof *l->run);
	}
	return true;
}

static int
end_order(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

void
listening_done(struct listening *l)
{
	uint64_t before = 0;

	l->heards = 0;
	for (unsigned i = 0; i < l->runs; i++) {
		const struct listening_run *r = &l->run[i];
		struct stretch *s = l->heards ? &l->heard[l->heards - 1] : NULL;

		l->end_ns[i] = r->last_ns;
		if (s && r->first_ns <= s->last_ns) {
			s->last_ns = r->last_ns > s->last_ns ? r->last_ns : s->last_ns;
			continue;
		}
		if (s)
			before += s->last_ns - s->first_ns;
		l->heard[l->heards++] = (struct stretch){ r->first_ns, r->last_ns, before };
	}
	if (l->runs > 0)
		qsort(l->end_ns, l->runs, sizeof *l->end_ns, end_order);
}

/* How much of the time before `ns` was listened to. */
static uint64_t
heard_until(const struct listening *l, uint64_t ns)
{
	unsigned low = 0, high = l->heards;
	const struct stretch *s;

	while (low < high) {
		unsigned mid = low + (high - low) / 2;

		if (l->heard[mid].first_ns <= ns)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == 0)
		return 0;
	s = &l->heard[low - 1];
	return s->before_ns + ((ns < s->last_ns ? ns : s->last_ns) - s->first_ns);
}

bool
listening_gap(const struct listening *l, uint64_t from_ns, uint64_t to_ns)
{
	if (to_ns <= from_ns)
		return true;
	return heard_until(l, to_ns) - heard_until(l, from_ns) >= (to_ns - from_ns) / 2;
}

uint32_t
listening_looks(const struct listening *l, uint64_t since_ns)
{
	unsigned low = 0, high = l->runs;

	while (low < high) {
		unsigned mid = low + (high - low) / 2;

		if (l->end_ns[mid] < since_ns)
			low = mid + 1;
		else
			high = mid;
	}
	return low < l->runs ? l->runs - low : 1;
}
