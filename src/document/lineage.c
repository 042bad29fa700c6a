/* SPDX-License-Identifier: Apache-2.0 */
#include "document/lineage.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "document/day.h"

#define DECLARED_DAYS 3    /* between a text and what it was taken from */
#define KEY_LEAST     4    /* bytes of a publisher's name that say anything */
#define LINE_LOOK     4096 /* characters of a line that are looked at on either side */

const char *
lineage_link_text(enum lineage_link link)
{
	switch (link) {
	case LINK_WORDS:
		return "words";
	case LINK_TRANSLATION:
		return "translation";
	case LINK_BRIEFING:
		return "briefing";
	case LINK_DECLARED:
		return "declared";
	case LINK_ADDRESS:
		return "address";
	}
	return "";
}

static struct range
range_in(const struct normal *t, uint32_t at, uint32_t n)
{
	return (struct range){ t->from[at], t->to[at + n - 1] };
}

struct range
lineage_range_a(const struct lineage *l, const struct lineage_pair *p, uint32_t i)
{
	return range_in(&l->document[p->a].signs, p->passages.at[i].a, p->passages.at[i].n);
}

struct range
lineage_range_b(const struct lineage *l, const struct lineage_pair *p, uint32_t i)
{
	return range_in(&l->document[p->b].signs, p->passages.at[i].b, p->passages.at[i].n);
}

static uint32_t
character(const struct document *d, uint32_t i)
{
	return utf8_get((const uint8_t *)d->utf8 + d->at[i], d->at[i + 1] - d->at[i]);
}

static bool
one_of(uint32_t c, const char *set)
{
	uint8_t bytes[5] = { 0 };

	if (c == 0)
		return false;
	(void)utf8_put(c, bytes);
	return strstr(set, (const char *)bytes) != NULL;
}

/* Lines [*from, *to) that hold the range. */
static void
lines_of(const struct document *d, struct range r, uint32_t *from, uint32_t *to)
{
	*from = r.from;
	*to = r.to;
	while (*from > 0 && r.from - *from < LINE_LOOK && character(d, *from - 1) != '\n')
		(*from)--;
	while (*to < d->n && *to - r.to < LINE_LOOK && character(d, *to) != '\n')
		(*to)++;
}

static bool
is_furniture(const struct document *d, struct range r)
{
	static const char *const words[] = { "版权", "版權", "copyright", "©", "许可证",
		"許可證", "all rights reserved", "备案", "cookie", "免责声明", "免責聲明",
		"disclaimer", "举报", "舉報", "newsletter", "subscribe",
		"tous droits réservés", "все права", "転載", "무단" };
	uint32_t from, to;
	bool ends = false, found = false;
	char *line;
	struct span s;

	lines_of(d, r, &from, &to);
	for (uint32_t i = from; i < to && !ends; i++) {
		uint32_t c = character(d, i);

		ends =
		    one_of(c, "。！？；!?") ||
		    (c == '.' && (i + 1 == to || one_of(character(d, i + 1), " \n\"”’")));
	}
	if (!ends)
		return true;
	s = document_range(d, from, to);
	line = strndup((const char *)s.at, s.len);
	for (size_t i = 0; line && i < sizeof words / sizeof *words; i++)
		found |= strcasestr(line, words[i]) != NULL;
	free(line);
	return found;
}

/* Does all of the range stand between one pair of quotation marks of its line? */
static bool
is_quoted(const struct document *d, struct range r)
{
	uint32_t from, to, open = 0;

	lines_of(d, r, &from, &to);
	for (uint32_t i = from; i < r.to; i++) {
		uint32_t c = character(d, i);

		if (c == '"' || c == 0xff02)
			open = open > 0 ? 0 : i + 1;
		else if (one_of(c, "“「『«《„"))
			open = open > 0 ? open : i + 1;
		else if (one_of(c, "”」』»》"))
			open = 0;
	}
	return open > 0 && open <= r.from;
}

static enum status
read_document(struct lineage_document *d, struct normaliser *nm, struct noticer *nt,
    uint32_t *nothing, struct arena *a, struct error *err)
{
	enum status st = document_read(&d->text, d->bytes, d->name ? d->name : "", a, err);

	if (st == OK)
		st = normal_make(&d->signs, nm, NORMAL_COMPARE, &d->text, a, err);
	if (st == OK)
		st = prints_make(&d->prints, &d->signs, a, err);
	if (st == OK)
		st = notice_read(&d->notice, nt, &d->text, d->published, a, err);
	if (d->publisher == NULL)
		d->publisher = d->text.says[FACT_PUBLISHER].value;
	if (d->address == NULL)
		d->address = d->text.says[FACT_ADDRESS].value;
	if (st != E_LIMIT && st != E_NOMEM)
		return st;
	/* The others are compared all the same; what is left of the arena is theirs. */
	d->refused = st == E_LIMIT ? arena_text(a, err->text, strlen(err->text)) : NULL;
	if (d->refused == NULL)
		d->refused = "comparing it needs more memory than there is a limit for";
	d->text = (struct document){ .utf8 = "", .at = nothing };
	d->signs = (struct normal){ 0 };
	d->prints = (struct prints){ 0 };
	d->notice = (struct notice){ 0 };
	return OK;
}

static bool
names_origin(const struct notice *n, const char *publisher)
{
	if (publisher == NULL || strlen(publisher) < KEY_LEAST)
		return false;
	for (uint32_t i = 0; i < n->origins; i++)
		if (strcasestr(n->origin[i].key, publisher) != NULL)
			return true;
	return false;
}

static bool
same_origin(const struct notice *a, const struct notice *b)
{
	for (uint32_t i = 0; i < a->origins; i++)
		for (uint32_t k = 0; k < b->origins; k++)
			if (strlen(a->origin[i].key) >= KEY_LEAST &&
			    strcasecmp(a->origin[i].key, b->origin[k].key) == 0)
				return true;
	return false;
}

static bool
days_near(struct day a, struct day b)
{
	int32_t apart;

	if (!day_is_whole(a) || !day_is_whole(b))
		return false;
	apart = day_number(a) - day_number(b);
	return apart <= DECLARED_DAYS && apart >= -DECLARED_DAYS;
}

/* Of one page, not of a site. */
static bool
same_address(const char *a, const char *b)
{
	const char *path = a ? strstr(a, "://") : NULL;

	path = path ? strchr(path + 3, '/') : NULL;
	return path && path[1] != '\0' && b && strcmp(a, b) == 0;
}

static void
link_by_speaker(const struct notice *a, const struct notice *b, struct lineage_pair *p)
{
	for (uint32_t i = 0; i < a->speakers; i++)
		for (uint32_t k = 0; k < b->speakers; k++) {
			const struct speaker *x = &a->speaker[i], *y = &b->speaker[k];
			uint32_t link = 0;

			if (!speaker_equal(x, y) || !day_equal(x->day, y->day))
				continue;
			if (a->language[0] && b->language[0] &&
			    strcmp(a->language, b->language) != 0)
				link |= LINK_TRANSLATION;
			if (x->briefing && y->briefing)
				link |= LINK_BRIEFING;
			if (same_origin(a, b))
				link |= LINK_DECLARED;
			if (link == 0 || (p->link & ~link) != 0)
				continue;
			p->link |= link;
			p->speaker_a = i;
			p->speaker_b = k;
			return;
		}
}

static void
judge(const struct lineage *l, struct lineage_pair *p)
{
	const struct lineage_document *a = &l->document[p->a], *b = &l->document[p->b];

	link_by_speaker(&a->notice, &b->notice, p);
	for (uint32_t i = 0; i < p->passages.n; i++) {
		struct range x = lineage_range_a(l, p, i), y = lineage_range_b(l, p, i);
		const struct passage *g = &p->passages.at[i];

		p->counts[i] = !is_furniture(&a->text, x) && !is_furniture(&b->text, y) &&
			       !(is_quoted(&a->text, x) && is_quoted(&b->text, y));
		if (!p->counts[i])
			continue;
		p->counted++;
		p->weight += g->weight;
		p->longest = g->n > p->longest ? g->n : p->longest;
		if (g->weight >= LINEAGE_LONG)
			p->link |= LINK_WORDS;
	}
	if (p->counted >= LINEAGE_MANY && p->weight >= LINEAGE_SUM)
		p->link |= LINK_WORDS;
	if (p->counted > 0 && days_near(a->notice.published, b->notice.published) &&
	    (names_origin(&a->notice, b->publisher) ||
		names_origin(&b->notice, a->publisher)))
		p->link |= LINK_DECLARED;
	if (same_address(a->address, b->address))
		p->link |= LINK_ADDRESS;
}

static enum status
compare(struct lineage *l, struct arena *a, struct error *err)
{
	enum status st = OK;

	for (uint32_t i = 0; i < l->documents; i++)
		for (uint32_t k = i + 1; st == OK && k < l->documents; k++) {
			struct lineage_document *x = &l->document[i], *y = &l->document[k];
			struct lineage_pair p = { .a = i, .b = k };

			st = passages_find(&p.passages, &x->signs, &x->prints, &y->signs,
			    &y->prints, a, err);
			p.counts = arena_array(a, p.passages.n + 1, bool);
			if (st == OK && p.counts == NULL)
				st = error_set(err, E_NOMEM, "no room for a pair");
			if (st != OK)
				return st;
			judge(l, &p);
			if (p.link != 0 || p.passages.n > 0)
				l->pair[l->pairs++] = p;
		}
	return st;
}

/* Groups are what links connect; each is called by its first document. */
static void
join(struct lineage *l)
{
	for (uint32_t i = 0; i < l->documents; i++)
		l->group[i] = i;
	for (uint32_t i = 0; i < l->pairs; i++) {
		const struct lineage_pair *p = &l->pair[i];
		uint32_t x = l->group[p->a], y = l->group[p->b];
		uint32_t low = x < y ? x : y, high = x < y ? y : x;

		for (uint32_t k = 0; p->link && k < l->documents; k++)
			if (l->group[k] == high)
				l->group[k] = low;
	}
}

static bool
quotes(const struct notice *n, const char *party)
{
	for (uint32_t i = 0; i < n->parties; i++)
		if (strcmp(n->quoted[i].party, party) == 0)
			return true;
	return false;
}

static void
find_common(struct lineage *l)
{
	const struct notice *first = l->documents ? &l->document[0].notice : NULL;

	for (uint32_t i = 0; first && l->documents > 1 && i < first->parties; i++) {
		bool all = true;

		for (uint32_t k = 1; k < l->documents; k++)
			all &= quotes(&l->document[k].notice, first->quoted[i].party);
		if (all)
			l->common[l->commons++] = first->quoted[i].party;
	}
}

enum status
lineage_make(struct lineage *out, struct lineage_document *d, uint32_t n, struct arena *a,
    struct error *err)
{
	struct lineage l = { .document = d, .documents = n };
	struct normaliser *nm = NULL;
	struct noticer *nt = NULL;
	uint32_t *nothing; /* where the characters of a refused document are */
	enum status st;

	if (n > LINEAGE_DOCUMENTS)
		return error_set(err, E_LIMIT, "%u documents; at most %d are compared", n,
		    LINEAGE_DOCUMENTS);
	l.pair = arena_array(a, (size_t)n * n / 2 + 1, struct lineage_pair);
	l.group = arena_array(a, n + 1, uint32_t);
	nothing = arena_new(a, uint32_t);
	if (l.pair == NULL || l.group == NULL || nothing == NULL)
		return error_set(err, E_NOMEM, "no room for %u documents", n);
	st = normaliser_open(&nm, err);
	if (st == OK)
		st = noticer_open(&nt, nm, err);
	for (uint32_t i = 0; st == OK && i < n; i++) {
		st = read_document(&d[i], nm, nt, nothing, a, err);
		if (st != OK)
			error_wrap(err, "%s", d[i].name ? d[i].name : d[i].id);
	}
	if (st == OK)
		st = compare(&l, a, err);
	noticer_close(nt);
	normaliser_close(nm);
	if (st != OK)
		return st;
	join(&l);
	find_common(&l);
	*out = l;
	return OK;
}
