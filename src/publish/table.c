/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The findings for somebody at a terminal: alerts at length, the rest one
 * line each, those that need no action by service, then what the whole rests on. That a clock drives a pair and
 * that somebody controls it from outside are two statements on two lines.
 */
#include "publish/publish.h"

#include <string.h>

#include "publish/escape.h"
#include "publish/group.h"
#include "publish/page.h"
#include "publish/words.h"

#define INDENT 10 /* "CRITICAL" and two spaces */

static void
put_numbers(struct page *p, const struct finding *f)
{
	page_rhythm(p, f);
	buf_puts(&p->line, ", ");
	words_count(&p->line, f->contacts);
	buf_puts(&p->line, f->contacts == 1 ? " contact" : " contacts");
	page_flush(p, "", PAINT_NONE, INDENT);
	words_stamp(&p->line, f->first_ns);
	buf_puts(&p->line, " to ");
	words_stamp(&p->line, f->last_ns);
	buf_puts(&p->line, " UTC");
	page_flush(p, "", PAINT_NONE, INDENT);

	if (f->kind == FINDING_BEACON) {
		buf_puts(&p->line, "clock-driven: expected false among such findings ");
		words_share(&p->line, f->fdr_ppm);
		buf_puts(&p->line, ", chance without a clock <= ");
		words_chance(&p->line, f->beacon.log10_p_ud);
		page_flush(p, "", PAINT_NONE, INDENT);
	}
	buf_puts(&p->line, "controlled from outside: ");
	words_odds(&p->line, f->odds_mb);
	page_flush(p, "", PAINT_NONE, INDENT);
}

static void
put_alert(struct page *p, const struct finding *f)
{
	char head[16];
	size_t n = 0;

	for (const char *s = severity_text(f->severity); *s && n + 1 < sizeof head; s++)
		head[n++] = (char)(*s >= 'a' && *s <= 'z' ? *s - 'a' + 'A' : *s);
	head[n] = '\0';
	page_blank(p);
	page_endpoints(p, f);
	page_flush(p, head, page_severity(f->severity), INDENT);
	put_numbers(p, f);
	escape_str(&p->line, ESCAPE_TEXT, f->why);
	page_flush(p, "", PAINT_NONE, INDENT);
	page_benign(p, f);
	if (p->line.len > 0)
		page_flush(p, "", PAINT_NONE, INDENT);
}

/* Columns of the short list; the name comes last because it may be long. */
struct columns {
	unsigned ends, rhythm;
};

static void
pad(struct page *p, unsigned from, unsigned to)
{
	for (; from < to; from++)
		buf_putc(&p->line, ' ');
}

static bool
has_peer(const struct finding *f)
{
	static const struct ip none;

	return !ip_equal(&f->peer, &none);
}

/* What a line of the short list is about: a finding, or a group of several. */
struct line {
	const struct finding *finding;
	const struct group *group; /* NULL: the finding alone */
};

static void
put_ends(struct page *p, const struct line *l)
{
	char ip[IP_TEXT];

	if (l->group) {
		group_name(&p->line, l->group);
		return;
	}
	buf_puts(&p->line, ip_text(&l->finding->host, ip));
	words_arrow(&p->line, l->finding);
	if (has_peer(l->finding))
		words_service(&p->line, l->finding);
	else
		escape_str(&p->line, ESCAPE_TEXT, l->finding->name);
}

static void
put_short_rhythm(struct page *p, const struct line *l)
{
	if (l->group)
		group_rhythm(&p->line, l->group);
	else if (l->finding->kind == FINDING_BEACON)
		words_period(&p->line, l->finding->beacon.period_ns);
	else
		buf_puts(&p->line, words_kind(l->finding->kind));
}

/* Columns that `put` takes; the paragraph is as before. */
static unsigned
columns_of(
    struct page *p, void (*put)(struct page *, const struct line *), const struct line *l)
{
	unsigned columns;

	put(p, l);
	columns = escape_columns(buf_span(&p->line));
	p->out->bad |= p->line.bad;
	buf_reset(&p->line);
	return columns;
}

static void
put_line(struct page *p, const struct line *l, const struct columns *c)
{
	const char *benign = l->group ? group_benign(l->group) : NULL;
	unsigned ends = columns_of(p, put_ends, l),
		 rhythm = columns_of(p, put_short_rhythm, l);

	put_ends(p, l);
	pad(p, ends, c->ends);
	buf_puts(&p->line, "  ");
	put_short_rhythm(p, l);
	pad(p, rhythm, c->rhythm);
	buf_puts(&p->line, "  ");
	words_odds_short(&p->line, l->group ? l->group->odds_mb : l->finding->odds_mb);
	if (!l->group && l->finding->name[0] && has_peer(l->finding)) {
		buf_puts(&p->line, "  ");
		escape_str(&p->line, ESCAPE_TEXT, l->finding->name);
	}
	if (benign)
		buf_printf(&p->line, "  (%s)", benign);
	page_flush(
	    p, severity_text(l->finding->severity), page_severity(l->finding->severity), 6);
	if (l->group == NULL && l->finding->kind == FINDING_CLOCKLESS) {
		/* What it is not is as much of it as what it is. */
		escape_str(&p->line, ESCAPE_TEXT, l->finding->why);
		page_flush(p, "", PAINT_NONE, 6);
	}
}

/* The line a finding has: its own, its group's if it is the first there, or none. */
static bool
line_of(const struct groups *g, const struct finding *f, struct line *out)
{
	*out = (struct line){ .finding = f };
	if (f->severity >= SEVERITY_MEDIUM)
		return false;
	if (f->severity == SEVERITY_INFO) {
		const struct group *in = &g->at[groups_find(g, f)];

		if (in->n > 1)
			out->group = in;
		return in->first == f;
	}
	return true;
}

/* One long address does not push all others to the right. */
#define ENDS_MOST   46
#define RHYTHM_MOST 26

static void
put_others(struct page *p, const struct finding *f, size_t n)
{
	struct columns c = { 0 };
	struct groups g;
	struct line l;

	groups_make(&g, f, n);
	for (size_t i = 0; i < n; i++) {
		unsigned ends, rhythm;

		if (!line_of(&g, &f[i], &l))
			continue;
		ends = columns_of(p, put_ends, &l);
		rhythm = columns_of(p, put_short_rhythm, &l);
		if (ends > c.ends && ends <= ENDS_MOST)
			c.ends = ends;
		if (rhythm > c.rhythm && rhythm <= RHYTHM_MOST)
			c.rhythm = rhythm;
	}
	buf_puts(&p->line, "(who calls, how often, highest odds of control from outside)");
	page_flush(p, "FOUND, BUT NO ALERT ", PAINT_BOLD, 0);
	page_blank(p);
	for (size_t i = 0; i < n; i++)
		if (line_of(&g, &f[i], &l))
			put_line(p, &l, &c);
	page_blank(p);
}

void
publish_table(const struct finding *f, size_t n, const struct summary *s, unsigned width,
    bool colour, struct buf *out)
{
	size_t others = 0;
	struct page p;

	page_begin(&p, out, width, colour);
	for (size_t i = 0; i < n; i++)
		others += f[i].severity < SEVERITY_MEDIUM;
	page_flush(&p, others == n ? "No alert." : "ALERTS", PAINT_BOLD, 0);
	for (size_t i = 0; i < n; i++)
		if (f[i].severity >= SEVERITY_MEDIUM)
			put_alert(&p, &f[i]);
	page_blank(&p);
	if (others > 0)
		put_others(&p, f, n);
	page_summary(&p, f, n, s);
	page_end(&p);
}
