/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/page.h"

#include <string.h>

#include "publish/escape.h"
#include "publish/words.h"

#define LINE_MAX_BYTES ((size_t)64 << 10)
#define INPUTS_SHOWN   3

void
page_begin(struct page *p, struct buf *out, unsigned width, bool colour)
{
	*p = (struct page){ .out = out, .width = width, .colour = colour && width > 0 };
	buf_init(&p->line, LINE_MAX_BYTES);
	/* Narrower than this, lines are cut by the indent alone. */
	if (width > 0 && width < 40)
		p->width = 40;
}

void
page_end(struct page *p)
{
	p->out->bad |= p->line.bad;
	buf_release(&p->line);
}

static const char *
paint_on(enum paint paint)
{
	static const char *const sgr[] = {
		[PAINT_NONE] = "",
		[PAINT_BOLD] = "\033[1m",
		[PAINT_DIM] = "\033[2m",
		[PAINT_RED] = "\033[1;31m",
		[PAINT_YELLOW] = "\033[33m",
		[PAINT_CYAN] = "\033[36m",
	};

	return sgr[paint];
}

void
page_flush(struct page *p, const char *head, enum paint paint, unsigned indent)
{
	unsigned from = (unsigned)strlen(head);

	if (p->colour && paint != PAINT_NONE)
		buf_printf(p->out, "%s%s\033[0m", paint_on(paint), head);
	else
		buf_puts(p->out, head);
	for (; p->line.len > 0 && from < indent; from++)
		buf_putc(p->out, ' ');
	escape_wrap(p->out, buf_span(&p->line), from, indent, p->width);
	buf_putc(p->out, '\n');
	p->out->bad |= p->line.bad;
	buf_reset(&p->line);
}

void
page_blank(struct page *p)
{
	buf_putc(p->out, '\n');
}

enum paint
page_severity(enum severity severity)
{
	if (severity >= SEVERITY_HIGH)
		return PAINT_RED;
	if (severity == SEVERITY_MEDIUM)
		return PAINT_YELLOW;
	return severity == SEVERITY_LOW ? PAINT_CYAN : PAINT_DIM;
}

void
page_endpoints(struct page *p, const struct finding *f)
{
	char ip[IP_TEXT];
	size_t at;
	bool peer;

	buf_puts(&p->line, ip_text(&f->host, ip));
	words_arrow(&p->line, f);
	at = p->line.len;
	words_service(&p->line, f);
	peer = p->line.len > at;
	if (f->name[0]) {
		buf_puts(&p->line, peer ? " (" : "");
		escape_str(&p->line, ESCAPE_TEXT, f->name);
		buf_puts(&p->line, peer ? ")" : "");
	}
}

void
page_rhythm(struct page *p, const struct finding *f)
{
	const struct beacon_shape *s = &f->beacon;

	if (f->kind != FINDING_BEACON) {
		buf_puts(&p->line, words_kind(f->kind));
		return;
	}
	buf_puts(&p->line, "about every ");
	words_period(&p->line, s->period_ns);
	buf_puts(&p->line, " (");
	words_period(&p->line, s->low_ns);
	buf_puts(&p->line, " to ");
	words_period(&p->line, s->high_ns);
	buf_puts(&p->line, ")");
}

/* Short: what stands, then what was ruled out. */
void
page_benign(struct page *p, const struct finding *f)
{
	for (int stands = 1; stands >= 0; stands--) {
		bool any = false;

		for (unsigned i = 0; i < f->benigns; i++) {
			if (f->benign[i].stands != (stands == 1))
				continue;
			if (!any && p->line.len > 0)
				buf_puts(&p->line, ". ");
			if (!any)
				buf_puts(&p->line,
				    stands ? "May also be " : "Does not look like ");
			else
				buf_puts(&p->line, ", ");
			any = true;
			escape_str(&p->line, ESCAPE_TEXT, f->benign[i].what);
		}
	}
	if (p->line.len > 0)
		buf_putc(&p->line, '.');
}

static void
put_tallies(struct page *p, const struct tally *t, unsigned n)
{
	bool any = false;

	for (unsigned i = 0; i < n; i++) {
		if (t[i].n == 0)
			continue;
		buf_puts(&p->line, any ? ", " : "");
		words_count(&p->line, t[i].n);
		buf_putc(&p->line, ' ');
		escape_str(&p->line, ESCAPE_TEXT, t[i].what);
		any = true;
	}
}

static void
put_read(struct page *p, const struct summary *s)
{
	for (unsigned i = 0; i < s->inputs_n && i < INPUTS_SHOWN; i++) {
		buf_puts(&p->line, i ? ", " : "");
		escape_str(&p->line, ESCAPE_TEXT, s->inputs[i]);
	}
	if (s->inputs_n > INPUTS_SHOWN)
		buf_printf(&p->line, " and %u more", s->inputs_n - INPUTS_SHOWN);
	page_flush(p, "read", PAINT_BOLD, 10);
	put_tallies(p, s->read, s->reads);
	buf_puts(&p->line, p->line.len ? "; " : "");
	words_count(&p->line, s->hosts);
	buf_puts(&p->line, s->hosts == 1 ? " host, " : " hosts, ");
	words_count(&p->line, s->pairs);
	buf_puts(&p->line,
	    s->pairs == 1 ? " pair of host and service" : " pairs of host and service");
	page_flush(p, "", PAINT_NONE, 10);
	if (s->first_ns != 0 || s->last_ns != 0) {
		words_stamp(&p->line, s->first_ns);
		buf_puts(&p->line, " to ");
		words_stamp(&p->line, s->last_ns);
		buf_puts(&p->line, " UTC");
		page_flush(p, "", PAINT_NONE, 10);
	}
}

static void
put_count(struct page *p, const struct finding *f, size_t n, const struct summary *s)
{
	size_t alerts = 0;

	for (size_t i = 0; i < n; i++)
		alerts += f[i].severity >= SEVERITY_MEDIUM;
	words_count(&p->line, n);
	buf_puts(&p->line, n == 1 ? " finding, " : " findings, ");
	words_count(&p->line, alerts);
	buf_puts(&p->line, alerts == 1 ? " alert; " : " alerts; ");
	buf_puts(&p->line, "expected false <= ");
	words_false(&p->line, f, n);
	buf_puts(&p->line,
	    " (of what they say was seen, each against its own null; clocks at q = ");
	words_share(&p->line, s->q_ppm);
	buf_puts(&p->line, ")");
	if (alerts > 0) {
		buf_puts(&p->line, "; of the alerts, expected not controlled <= ");
		words_open(&p->line, f, n);
		buf_puts(&p->line, " (by their odds)");
	}
	page_flush(p, "", PAINT_NONE, 0);
}

void
page_summary(struct page *p, const struct finding *f, size_t n, const struct summary *s)
{
	put_count(p, f, n, s);
	put_read(p, s);
	put_tallies(p, s->lost, s->losts);
	if (p->line.len == 0)
		buf_puts(&p->line, "the inputs tell of no loss");
	page_flush(p, "not seen", PAINT_BOLD, 10);
	for (unsigned i = 0; i < s->notes_n; i++) {
		escape_str(&p->line, ESCAPE_TEXT, s->notes[i]);
		page_flush(p, "note", PAINT_BOLD, 10);
	}
}
