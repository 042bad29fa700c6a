/* SPDX-License-Identifier: Apache-2.0 */
#include "document/passage.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

static_assert(
    PASSAGE_WINDOW == PASSAGE_LEAST - PASSAGE_GRAM + 1, "the guarantee of winnowing");

static int
by_hash(const void *x, const void *y)
{
	const struct print *a = x, *b = y;

	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	return (a->sign > b->sign) - (a->sign < b->sign);
}

static uint64_t
gram_hash(const struct normal *t, uint32_t at)
{
	return XXH3_64bits(t->sign + at, PASSAGE_GRAM * sizeof *t->sign);
}

/*
 * Write the kept hashes to `at` when it is there; returns how many there are.
 * The window's hashes stand in a ring; a new minimum is looked for only when
 * the old one leaves.
 */
static uint32_t
winnow(const struct normal *t, struct print *at)
{
	uint32_t grams = t->n < PASSAGE_LEAST ? 0 : t->n - PASSAGE_GRAM + 1, kept = 0;
	uint64_t ring[PASSAGE_WINDOW];
	uint32_t least = UINT32_MAX;

	for (uint32_t i = 0; i < grams; i++) {
		bool fresh = false;

		ring[i % PASSAGE_WINDOW] = gram_hash(t, i);
		if (i + 1 < PASSAGE_WINDOW)
			continue;
		if (least == UINT32_MAX || least + PASSAGE_WINDOW <= i) {
			least = i + 1 - PASSAGE_WINDOW;
			for (uint32_t k = least + 1; k <= i; k++)
				if (ring[k % PASSAGE_WINDOW] <=
				    ring[least % PASSAGE_WINDOW])
					least = k;
			fresh = true;
		} else if (ring[i % PASSAGE_WINDOW] <= ring[least % PASSAGE_WINDOW]) {
			least = i;
			fresh = true;
		}
		if (!fresh)
			continue;
		if (at != NULL)
			at[kept] = (struct print){ ring[least % PASSAGE_WINDOW], least };
		kept++;
	}
	return kept;
}

enum status
prints_make(struct prints *out, const struct normal *t, struct arena *a, struct error *err)
{
	struct prints p = { .n = winnow(t, NULL) };

	p.at = arena_array(a, p.n + 1, struct print);
	if (p.at == NULL)
		return error_set(err, E_NOMEM, "no room for %u fingerprints", p.n);
	(void)winnow(t, p.at);
	qsort(p.at, p.n, sizeof *p.at, by_hash);
	*out = p;
	return OK;
}

struct finder {
	const struct normal *a, *b;
	struct passage *got;
	uint32_t n;
	uint64_t work;
	bool cut;
};

static void
grow(struct finder *f, uint32_t a, uint32_t b)
{
	const uint32_t *x = f->a->sign, *y = f->b->sign;
	uint32_t back = 0, n = 0, weight = 0;

	while (back < a && back < b && x[a - back - 1] == y[b - back - 1])
		back++;
	while (a + n < f->a->n && b + n < f->b->n && x[a + n] == y[b + n])
		n++;
	f->work += back + n + 1;
	a -= back;
	b -= back;
	n += back;
	if (n < PASSAGE_LEAST) /* a hash in common is a promise only for the whole window */
		return;
	for (uint32_t i = 0; i < n; i++)
		weight += f->a->weight[a + i];
	f->got[f->n++] = (struct passage){ .a = a, .b = b, .n = n, .weight = weight };
}

/* Is there a passage on this diagonal already that holds the place? The newest few suffice. */
static bool
is_known(const struct finder *f, uint32_t a, uint32_t b)
{
	uint32_t look = f->n < 64 ? f->n : 64;

	for (uint32_t i = 0; i < look; i++) {
		const struct passage *p = &f->got[f->n - 1 - i];

		if (p->b - p->a == b - a && a >= p->a && a < p->a + p->n)
			return true;
	}
	return false;
}

static void
follow(struct finder *f, const struct print *a, uint32_t na, const struct print *b,
    uint32_t nb)
{
	if (na > PASSAGE_REPEAT || nb > PASSAGE_REPEAT)
		f->cut = true;
	for (uint32_t i = 0; i < na && i < PASSAGE_REPEAT; i++)
		for (uint32_t k = 0; k < nb && k < PASSAGE_REPEAT; k++) {
			if (f->n == PASSAGE_MAX || f->work > PASSAGE_WORK) {
				f->cut = true;
				return;
			}
			if (!is_known(f, a[i].sign, b[k].sign))
				grow(f, a[i].sign, b[k].sign);
		}
}

static int
longest_first(const void *x, const void *y)
{
	const struct passage *p = x, *q = y;

	if (p->n != q->n)
		return p->n > q->n ? -1 : 1;
	if (p->a != q->a)
		return p->a < q->a ? -1 : 1;
	return (p->b > q->b) - (p->b < q->b);
}

static int
by_place(const void *x, const void *y)
{
	const struct passage *p = x, *q = y;

	if (p->a != q->a)
		return p->a < q->a ? -1 : 1;
	return (p->b > q->b) - (p->b < q->b);
}

static bool
lies_inside(const struct passage *p, const struct passage *q)
{
	return (p->a >= q->a && p->a + p->n <= q->a + q->n) ||
	       (p->b >= q->b && p->b + p->n <= q->b + q->n);
}

static uint32_t
without_repeats(struct passage *p, uint32_t n)
{
	uint32_t kept = 0;

	qsort(p, n, sizeof *p, longest_first);
	for (uint32_t i = 0; i < n; i++) {
		bool inside = false;

		for (uint32_t k = 0; k < kept && !inside; k++)
			inside = lies_inside(&p[i], &p[k]);
		if (!inside)
			p[kept++] = p[i];
	}
	qsort(p, kept, sizeof *p, by_place);
	return kept;
}

static uint32_t
run_of(const struct prints *p, uint32_t at)
{
	uint32_t n = 1;

	while (at + n < p->n && p->at[at + n].hash == p->at[at].hash)
		n++;
	return n;
}

enum status
passages_find(struct passages *out, const struct normal *a, const struct prints *pa,
    const struct normal *b, const struct prints *pb, struct arena *arena, struct error *err)
{
	struct finder f = { .a = a, .b = b };
	uint32_t i = 0, k = 0;
	struct passages got = { 0 };

	f.got = calloc(PASSAGE_MAX, sizeof *f.got);
	if (f.got == NULL)
		return error_set(err, E_NOMEM, "no memory for passages");
	while (i < pa->n && k < pb->n) {
		uint32_t ni = run_of(pa, i), nk = run_of(pb, k);

		if (pa->at[i].hash == pb->at[k].hash)
			follow(&f, pa->at + i, ni, pb->at + k, nk);
		if (pa->at[i].hash <= pb->at[k].hash) {
			uint64_t hash = pa->at[i].hash;

			i += ni;
			if (hash == pb->at[k].hash)
				k += nk;
		} else {
			k += nk;
		}
	}
	got.n = without_repeats(f.got, f.n);
	got.cut = f.cut;
	got.at = arena_array(arena, got.n + 1, struct passage);
	if (got.at != NULL)
		memcpy(got.at, f.got, got.n * sizeof *got.at);
	free(f.got);
	if (got.at == NULL)
		return error_set(err, E_NOMEM, "no room for %u passages", got.n);
	*out = got;
	return OK;
}
