/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever is published: its text is well-formed and has no control characters,
 * every sign that is compared came from characters that are there and in order,
 * comparing what is compared changes nothing, and a text shares itself with itself.
 */
#include <string.h>

#include "base/utf8.h"
#include "document/notice.h"
#include "document/passage.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_text(const struct document *d)
{
	CHECK(d->at[0] == 0 && d->at[d->n] == d->bytes);
	CHECK(d->utf8[d->bytes] == '\0' && strlen(d->utf8) == d->bytes);
	for (uint32_t i = 0; i < d->n; i++) {
		const uint8_t *at = (const uint8_t *)d->utf8 + d->at[i];
		size_t n = d->at[i + 1] - d->at[i];
		uint8_t again[4];

		CHECK(utf8_length(at, d->bytes - d->at[i]) == n);
		CHECK(*at >= ' ' || *at == '\n' || *at == '\t');
		CHECK(utf8_put(utf8_get(at, n), again) == n && memcmp(again, at, n) == 0);
	}
}

static void
check_signs(const struct normal *t, const struct document *d)
{
	for (uint32_t i = 0; i < t->n; i++) {
		CHECK(t->from[i] < t->to[i] && t->to[i] <= d->n);
		CHECK(i == 0 ||
		      (t->from[i] >= t->to[i - 1] ||
			  (t->from[i] == t->from[i - 1] && t->to[i] == t->to[i - 1])));
	}
}

static void
check_again(struct normaliser *nm, const struct normal *t, struct arena *a)
{
	struct buf text = { .max = 1 << 20 };
	struct document d;
	struct normal again;
	struct error err;

	buf_puts(&text, "");
	for (uint32_t i = 0; i < t->n; i++) {
		uint8_t bytes[4];

		buf_put(&text, bytes, utf8_put(t->sign[i], bytes));
	}
	CHECK(document_read(&d, buf_span(&text), "again.txt", a, &err) == OK);
	/* Few signs may look like another encoding: then there is nothing to compare. */
	if (d.kind == DOCUMENT_PLAIN && d.bytes == text.len &&
	    memcmp(d.utf8, text.at, text.len) == 0) {
		CHECK(normal_make(&again, nm, NORMAL_COMPARE, &d, a, &err) == OK);
		CHECK(again.n == t->n);
		CHECK(memcmp(again.sign, t->sign, t->n * sizeof *t->sign) == 0);
	}
	buf_release(&text);
}

static void
check_passages(const struct normal *t, struct arena *a)
{
	struct prints p;
	struct passages got;
	struct error err;

	CHECK(prints_make(&p, t, a, &err) == OK);
	CHECK(passages_find(&got, t, &p, t, &p, a, &err) == OK);
	for (uint32_t i = 0; i < got.n; i++) {
		const struct passage *g = &got.at[i];

		CHECK(g->n >= PASSAGE_LEAST && g->a + g->n <= t->n && g->b + g->n <= t->n);
		CHECK(memcmp(t->sign + g->a, t->sign + g->b, g->n * sizeof *t->sign) == 0);
	}
	CHECK(got.cut || t->n < PASSAGE_LEAST || (got.n == 1 && got.at[0].n == t->n));
}

static void
check_range(struct range r, const struct document *d)
{
	CHECK(r.from <= r.to && r.to <= d->n);
}

static void
check_notice(struct noticer *nt, const struct document *d, struct arena *a)
{
	struct notice n;
	struct error err;
	enum status st = notice_read(&n, nt, d, NULL, a, &err);

	CHECK(st == OK || st == E_LIMIT);
	if (st != OK)
		return;
	check_range(n.published_at, d);
	for (uint32_t i = 0; i < n.speakers; i++) {
		check_range(n.speaker[i].at, d);
		check_range(n.speaker[i].day_at, d);
		CHECK(n.speaker[i].name[0] && speaker_equal(&n.speaker[i], &n.speaker[i]));
	}
	for (uint32_t i = 0; i < n.origins; i++)
		check_range(n.origin[i].at, d);
	for (uint32_t i = 0; i < n.parties; i++) {
		check_range(n.quoted[i].at, d);
		CHECK(n.quoted[i].times > 0);
		CHECK(i == 0 || strcmp(n.quoted[i - 1].party, n.quoted[i].party) < 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "a.txt", "a.html", "a.md" };
	static struct normaliser *nm; /* opened once; they hold no state of a text */
	static struct noticer *nt;
	struct arena a;
	struct document d;
	struct normal t;
	struct error err;

	if (size < 1 || size > 16384)
		return 0;
	if (nm == NULL) {
		CHECK(normaliser_open(&nm, &err) == OK);
		CHECK(noticer_open(&nt, nm, &err) == OK);
	}
	arena_init(&a, (size_t)64 << 20);
	CHECK(document_read(&d, (struct span){ data + 1, size - 1 }, names[data[0] % 3], &a,
		  &err) == OK);
	check_text(&d);
	check_notice(nt, &d, &a);
	for (int mode = NORMAL_COMPARE; mode <= NORMAL_READ; mode++) {
		enum status st = normal_make(&t, nm, (enum normal_mode)mode, &d, &a, &err);

		CHECK(st == OK || st == E_LIMIT);
		if (st != OK)
			continue;
		check_signs(&t, &d);
		if (mode == NORMAL_COMPARE) {
			check_again(nm, &t, &a);
			check_passages(&t, &a);
		}
	}
	arena_release(&a);
	return 0;
}
