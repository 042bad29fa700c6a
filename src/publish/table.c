/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The findings for somebody at a terminal: alerts at length, the rest one
 * line each, then what the whole rests on. That a clock drives a pair and
 * that somebody controls it from outside are two statements on two lines.
 */
#include "publish/publish.h"

#include <string.h>

#include "publish/escape.h"
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

static unsigned
put_ends(struct page *p, const struct finding *f)
{
	size_t at = p->line.len;
	char ip[IP_TEXT];

	buf_printf(&p->line, "%s -> ", ip_text(&f->host, ip));
	if (has_peer(f))
		words_service(&p->line, f);
	else
		escape_str(&p->line, ESCAPE_TEXT, f->name);
	if (p->line.bad)
		return 0;
	return escape_columns((struct span){
	    (const uint8_t *)p->line.at + at,
	    p->line.len - at,
	});
}

static unsigned
put_short_rhythm(struct page *p, const struct finding *f)
{
	size_t at = p->line.len;

	if (f->kind == FINDING_BEACON)
		words_period(&p->line, f->beacon.period_ns);
	else
		buf_puts(&p->line, words_kind(f->kind));
	return (unsigned)(p->line.len - at);
}

static struct columns
measure(struct page *p, const struct finding *f, size_t n)
{
	struct columns c = { 0 };

	for (size_t i = 0; i < n; i++) {
		unsigned ends, rhythm;

		if (f[i].severity >= SEVERITY_MEDIUM)
			continue;
		ends = put_ends(p, &f[i]);
		rhythm = put_short_rhythm(p, &f[i]);
		buf_reset(&p->line);
		/* One long address does not push all others to the right. */
		if (ends > c.ends && ends <= 46)
			c.ends = ends;
		if (rhythm > c.rhythm && rhythm <= 20)
			c.rhythm = rhythm;
	}
	return c;
}

static void
put_other(struct page *p, const struct finding *f, const struct columns *c)
{
	pad(p, put_ends(p, f), c->ends);
	buf_puts(&p->line, "  ");
	pad(p, put_short_rhythm(p, f), c->rhythm);
	buf_puts(&p->line, "  ");
	words_odds_short(&p->line, f->odds_mb);
	if (f->name[0] && has_peer(f)) {
		buf_puts(&p->line, "  ");
		escape_str(&p->line, ESCAPE_TEXT, f->name);
	}
	page_flush(p, severity_text(f->severity), page_severity(f->severity), 6);
}

void
publish_table(const struct finding *f, size_t n, const struct summary *s, unsigned width,
    bool colour, struct buf *out)
{
	struct columns c;
	size_t others = 0;
	struct page p;

	page_begin(&p, out, width, colour);
	for (size_t i = 0; i < n; i++)
		others += f[i].severity < SEVERITY_MEDIUM;
	if (others == n)
		page_flush(&p, "No alert.", PAINT_BOLD, 0);
	else
		page_flush(&p, "ALERTS", PAINT_BOLD, 0);
	for (size_t i = 0; i < n; i++)
		if (f[i].severity >= SEVERITY_MEDIUM)
			put_alert(&p, &f[i]);
	page_blank(&p);
	if (others > 0) {
		buf_puts(&p.line, "(who calls, how often, odds of control from outside)");
		page_flush(&p, "FOUND, BUT NO ALERT ", PAINT_BOLD, 0);
		page_blank(&p);
		c = measure(&p, f, n);
		for (size_t i = 0; i < n; i++)
			if (f[i].severity < SEVERITY_MEDIUM)
				put_other(&p, &f[i], &c);
		page_blank(&p);
	}
	page_summary(&p, f, n, s);
	page_end(&p);
}
