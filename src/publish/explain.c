/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One finding at length for a terminal: what the report shows of it, in text.
 */
#include "publish/publish.h"

#include <inttypes.h>
#include <string.h>

#include "base/stamp.h"
#include "publish/chart.h"
#include "publish/escape.h"
#include "publish/page.h"
#include "publish/words.h"

#define INDENT     2
#define DEFAULT    80
#define COLUMN     19
#define BINS_SHOWN 24

/* From nothing to full, eighths of a line's height. */
static const char *const LEVEL[] = { " ", "\xe2\x96\x81", "\xe2\x96\x82", "\xe2\x96\x83",
	"\xe2\x96\x84", "\xe2\x96\x85", "\xe2\x96\x86", "\xe2\x96\x87", "\xe2\x96\x88" };

static void
line(struct page *p)
{
	page_flush(p, "  ", PAINT_NONE, INDENT);
}

static void
heading(struct page *p, const char *text)
{
	page_blank(p);
	buf_puts(&p->line, text);
	page_flush(p, "", PAINT_NONE, 0);
}

static void
put_claims(struct page *p, const struct finding *f)
{
	const struct beacon_shape *s = &f->beacon;

	if (f->kind == FINDING_BEACON) {
		heading(p, "Is there a clock behind it?");
		words_count(&p->line, s->gaps_in);
		buf_puts(&p->line, " of ");
		words_count(&p->line, s->gaps);
		buf_puts(&p->line, " gaps lie from ");
		words_period(&p->line, s->low_ns);
		buf_puts(&p->line, " to ");
		words_period(&p->line, s->high_ns);
		buf_puts(&p->line, "; without a clock at most ");
		words_share(&p->line, s->null_ppm);
		buf_puts(&p->line, " can. The chance of that is at most ");
		words_chance(&p->line, s->log10_p_ud);
		buf_puts(&p->line,
		    ", corrected for everything that was tried. Of findings as "
		    "strong as this one ");
		words_share(&p->line, f->fdr_ppm);
		buf_puts(&p->line, " are expected to be false.");
		line(p);
	}
	heading(p, "Is it controlled from outside?");
	buf_puts(&p->line, "The odds are ");
	words_odds(&p->line, f->odds_mb);
	buf_puts(
	    &p->line, ", by the reasons below. They are no proof, and do not say who.");
	line(p);
}

static void
put_strip(struct page *p, const struct finding *f, const struct trace *t)
{
	unsigned room =
	    (p->width ? p->width : DEFAULT) - INDENT /* page_begin allows 40 and more */;
	struct chart_columns c;

	if (room > CHART_COLUMNS_MAX)
		room = CHART_COLUMNS_MAX;
	chart_count(&c, t, f->first_ns, f->last_ns, room);
	heading(p, "When it called");
	buf_puts(p->out, "  ");
	for (unsigned i = 0; i < c.n; i++) {
		uint64_t level =
		    c.most ? ((uint64_t)c.count[i] * 8 + c.most - 1) / c.most : 0;

		buf_puts(p->out, LEVEL[level]);
	}
	page_blank(p);
	words_stamp(&p->line, f->first_ns);
	buf_puts(&p->line, " to ");
	words_stamp(&p->line, f->last_ns);
	buf_puts(&p->line, " UTC, ");
	words_count(&p->line, f->contacts);
	buf_puts(&p->line, f->contacts == 1 ? " contact; one character is "
					    : " contacts; one character is ");
	words_period(&p->line, c.step_ns);
	line(p);
}

/* "   48 s to 57 s   ####################  412 *" */
static void
put_bin(struct page *p, const struct finding *f, const struct chart_bins *b, int bin)
{
	unsigned cells = (unsigned)((uint64_t)b->count[bin] * 40 / b->most);
	uint64_t low = chart_bin_low(bin), high = chart_bin_low(bin + 1);
	uint64_t middle = (low + high) / 2;
	size_t at = p->line.len;

	words_period(&p->line, low);
	buf_puts(&p->line, " to ");
	words_period(&p->line, high);
	for (size_t n = p->line.len - at; n < 26; n++)
		buf_putc(&p->line, ' ');
	if (p->width == 0 || p->width >= DEFAULT) {
		for (unsigned i = 0; i < 40; i++)
			buf_putc(&p->line, i < cells ? '#' : ' ');
		buf_putc(&p->line, ' ');
	}
	words_count(&p->line, b->count[bin]);
	if (f->kind == FINDING_BEACON && middle >= f->beacon.low_ns &&
	    middle < f->beacon.high_ns)
		buf_puts(&p->line, " *");
	line(p);
}

static void
put_gaps(struct page *p, const struct finding *f, const struct trace *t)
{
	struct chart_bins b;
	int shown = 0;

	chart_bin(&b, t);
	if (b.first > b.last)
		return;
	heading(p, f->kind == FINDING_BEACON ? "How long it waited (* in the window)"
					     : "How long it waited");
	for (int bin = b.first; bin <= b.last; bin++) {
		if (b.count[bin] == 0)
			continue;
		if (shown++ == BINS_SHOWN) {
			buf_puts(&p->line, "and longer ones");
			line(p);
			break;
		}
		put_bin(p, f, &b, bin);
	}
	if (b.shorter) {
		words_count(&p->line, b.shorter);
		buf_puts(&p->line, " gaps under 2 s left out: they belong to one check-in");
		line(p);
	}
}

static void
put_terms(struct page *p, const struct finding *f)
{
	if (f->terms == 0)
		return;
	heading(p, "What speaks for control from outside, and what against");
	for (unsigned i = 0; i < f->terms; i++) {
		struct buf odds = { .max = 64 };

		buf_puts(&odds, "  ");
		words_odds_short(&odds, f->term[i].mb);
		p->out->bad |= odds.bad;
		words_term(&p->line, f->term[i].name);
		buf_puts(&p->line, ": ");
		escape_str(&p->line, ESCAPE_TEXT, f->term[i].why);
		page_flush(p, odds.bad ? "" : odds.at, PAINT_NONE, COLUMN);
		buf_release(&odds);
	}
}

static void
put_benign(struct page *p, const struct finding *f)
{
	if (f->benigns == 0)
		return;
	heading(p, "Harmless explanations that were considered");
	for (unsigned i = 0; i < f->benigns; i++) {
		escape_str(&p->line, ESCAPE_TEXT, f->benign[i].what);
		buf_puts(&p->line, ": ");
		escape_str(&p->line, ESCAPE_TEXT, f->benign[i].because);
		page_flush(p, f->benign[i].stands ? "  possible" : "  does not fit",
		    PAINT_NONE, INDENT + 16);
	}
}

static void
put_limits(struct page *p, const struct finding_limits *l)
{
	heading(p, "What was not seen");
	if (l->frames_dropped == UINT64_MAX) {
		buf_puts(&p->line, "the capture does not say what it dropped");
	} else {
		words_count(&p->line, l->frames_dropped);
		buf_puts(&p->line, " frames dropped by the capture");
	}
	buf_puts(&p->line, ", ");
	words_count(&p->line, l->frames_cut);
	buf_puts(&p->line, " frames cut short, ");
	words_count(&p->line, l->records_skipped);
	buf_puts(&p->line, " records unreadable, ");
	words_count(&p->line, l->contacts_shed);
	buf_puts(&p->line, " contacts forgotten for want of memory");
	if (l->sampling > 1)
		buf_printf(&p->line, "; 1 packet in %" PRIu32 " was seen", l->sampling);
	line(p);
}

static void
put_names(struct page *p, const struct finding *f)
{
	struct digest id = finding_id(f);
	char hex[DIGEST_HEX];

	page_blank(p);
	buf_puts(&p->line, digest_hex(&id, hex));
	page_flush(p, "finding", PAINT_DIM, 11);
	for (unsigned i = 0; i < f->slices; i++) {
		buf_puts(&p->line, digest_hex(&f->slice[i], hex));
		page_flush(p, "slice", PAINT_DIM, 11);
	}
	if (f->technique) {
		const char *name = words_technique(f->technique);

		escape_str(&p->line, ESCAPE_TEXT, f->technique);
		buf_printf(&p->line, "%s%s", name ? ", " : "", name ? name : "");
		page_flush(p, "ATT&CK", PAINT_DIM, 11);
	}
	if (f->input && f->input[0]) {
		escape_str(&p->line, ESCAPE_TEXT, f->input);
		page_flush(p, "read from", PAINT_DIM, 11);
	}
}

void
publish_explain(
    const struct finding *f, const struct trace *t, unsigned width, struct buf *out)
{
	struct page p;

	page_begin(&p, out, width, false);
	page_endpoints(&p, f);
	page_flush(&p, severity_text(f->severity), PAINT_NONE, 10);
	if (f->kind == FINDING_BEACON) {
		buf_puts(&p.line, "calls out on a timer, about every ");
		words_period(&p.line, chart_period(f, t));
	} else {
		buf_puts(&p.line, words_kind(f->kind));
	}
	page_flush(&p, "", PAINT_NONE, 10);
	escape_str(&p.line, ESCAPE_TEXT, f->why);
	page_flush(&p, "", PAINT_NONE, 10);
	put_claims(&p, f);
	if (t && t->n > 0) {
		put_strip(&p, f, t);
		put_gaps(&p, f, t);
	}
	put_terms(&p, f);
	put_benign(&p, f);
	put_limits(&p, &f->limits);
	put_names(&p, f);
	page_end(&p);
}
