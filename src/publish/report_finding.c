/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One finding, for somebody who has to decide what to do: what is called by
 * whom, the two claims kept apart, the pictures, the reasons for and against,
 * the harmless explanations, and last the numbers for who wants to check.
 */
#include "publish/report.h"

#include <inttypes.h>
#include <string.h>

#include "base/stamp.h"
#include "publish/chart.h"
#include "publish/escape.h"
#include "publish/words.h"

static void
put(struct buf *b, const char *ours)
{
	buf_puts(b, ours);
}

static void
put_html(struct buf *b, const char *theirs)
{
	escape_str(b, ESCAPE_HTML, theirs);
}

static void
one_line(struct buf *b, void (*write)(struct buf *, uint64_t), uint64_t v)
{
	put(b, "<span class=\"nb\">");
	write(b, v);
	put(b, "</span>");
}

void
report_share(struct buf *b, uint64_t ppm)
{
	one_line(b, words_share, ppm);
}

void
report_period(struct buf *b, uint64_t ns)
{
	one_line(b, words_period, ns);
}

void
report_stamp(struct buf *b, uint64_t t_ns)
{
	one_line(b, words_stamp, t_ns);
}

void
report_odds(struct buf *b, int64_t mb)
{
	struct buf text = { .max = 64 };

	words_odds_short(&text, mb);
	b->bad |= text.bad;
	escape_span(b, ESCAPE_HTML, buf_span(&text)); /* ">1,000,000:1 against" */
	buf_release(&text);
}

void
report_ends(struct buf *b, const struct finding *f)
{
	static const struct ip none;
	bool peer = !ip_equal(&f->peer, &none);
	char ip[IP_TEXT];

	buf_printf(b, "<span class=\"address\">%s</span>", ip_text(&f->host, ip));
	if (peer || f->name[0])
		put(b, "<span class=\"arrow\" aria-label=\"calls\"> \xe2\x86\x92 </span>");
	else
		words_arrow(b, f);
	if (peer) {
		put(b, "<span class=\"address\">");
		words_service(b, f);
		put(b, "</span>");
	}
	if (f->name[0]) {
		put(b, peer ? " <span class=\"name\">" : "<span class=\"name\">");
		put_html(b, f->name);
		put(b, "</span>");
	}
}

static bool
ends_sentence(const char *s)
{
	size_t n = strlen(s);

	return n > 0 && strchr(".!?", s[n - 1]) != NULL;
}

static void
put_headline(struct buf *b, const struct finding *f, const struct trace *t)
{
	char ip[IP_TEXT];

	buf_printf(b, "<span class=\"address\">%s</span> ", ip_text(&f->host, ip));
	put(b, words_kind(f->kind));
	if (f->kind == FINDING_BEACON) {
		put(b, ", about every ");
		report_period(b, chart_period(f, t));
	}
}

static void
put_bar(struct buf *b, uint32_t ppm)
{
	buf_printf(b, "<i style=\"--p:%u.%u%%\"></i>", ppm / 10000, ppm / 1000 % 10);
}

static void
put_versus(struct buf *b, const struct beacon_shape *s)
{
	uint32_t in_ppm =
	    s->gaps ? (uint32_t)((uint64_t)s->gaps_in * 1000000 / s->gaps) : 0;

	put(b, "<dl class=\"versus\"><div><dt>gaps from ");
	report_period(b, s->low_ns);
	put(b, " to ");
	report_period(b, s->high_ns);
	put(b, " among ");
	words_count(b, s->gaps);
	put(b, " tried</dt><dd>");
	report_share(b, in_ppm);
	put_bar(b, in_ppm);
	put(b, "</dd></div><div class=\"null\"><dt>possible without a clock</dt><dd>");
	put(b, "<span class=\"nb\">at most ");
	words_share(b, s->null_ppm);
	put(b, "</span>");
	put_bar(b, s->null_ppm);
	put(b, "</dd></div></dl>\n");
}

/* 1 in 10^212 with the power raised. */
static void
put_chance(struct buf *b, int64_t log10_ud)
{
	struct buf text = { .max = 64 };
	char *power;

	words_chance(&text, log10_ud);
	b->bad |= text.bad;
	power = text.bad ? NULL : strchr(text.at, '^');
	if (power)
		buf_printf(
		    b, "%.*s<sup>%s</sup>", (int)(power - text.at), text.at, power + 1);
	else
		put(b, text.bad ? "" : text.at);
	buf_release(&text);
}

static void
put_clock_claim(struct buf *b, const struct finding *f)
{
	put(b, "<section class=\"claim\"><h4>Is there a clock behind it?</h4>\n"
	       "<p class=\"answer\">");
	if (f->fdr_ppm <= 10000) /* the level the lists are cut at by default */
		put(b, "Yes. Expected to be wrong: ");
	else
		put(b, "Perhaps. Expected to be wrong: ");
	report_share(b, f->fdr_ppm);
	put(b, "</p>\n");
	put_versus(b, &f->beacon);
	put(b, "<p>The chance that this came about without a clock is at most ");
	put_chance(b, f->beacon.log10_p_ud);
	put(b,
	    ", corrected for everything that was tried. Of findings as strong as this one, "
	    "the expected share of false ones is ");
	report_share(b, f->fdr_ppm);
	put(b, ".</p>\n<p class=\"soft\">A clock alone is no crime: updates, time services "
	       "and "
	       "monitoring have one too.</p></section>\n");
}

static void
put_control_claim(struct buf *b, const struct finding *f)
{
	put(b, "<section class=\"claim\"><h4>Is it controlled from outside?</h4>\n"
	       "<p class=\"answer\">The odds are ");
	words_odds(b, f->odds_mb);
	put(b,
	    "</p>\n<p>This adds up everything else that was seen: how rare the peer is in "
	    "this network, what it speaks, how alike the calls are. Each reason and its "
	    "weight is listed below.</p>\n<p class=\"soft\">Most weights are judgement, "
	    "tried on captures whose truth is known, and suppose that one network in ten "
	    "that is looked at has something controlled in it. They do not say who is "
	    "behind "
	    "it, and are no proof on their own.</p></section>\n");
}

static int32_t
heaviest(const struct finding *f)
{
	int32_t most = 1;

	for (unsigned i = 0; i < f->terms; i++) {
		int32_t size = f->term[i].mb < 0 ? -f->term[i].mb : f->term[i].mb;

		if (size > most)
			most = size;
	}
	return most;
}

static void
put_term(struct buf *b, const struct finding_term *t, int32_t most)
{
	uint32_t size = (uint32_t)(t->mb < 0 ? -t->mb : t->mb);
	uint32_t milli = (uint32_t)((uint64_t)size * 1000 / (uint32_t)most);

	put(b, "<tr><th scope=\"row\">");
	words_term(b, t->name);
	put(b, "</th><td>");
	put_html(b, t->why);
	put(b, "</td><td class=\"weight\">");
	buf_printf(b, "<i class=\"%s\" style=\"--p:%u.%u%%\"></i>",
	    t->mb < 0 ? "against" : "for", milli / 10, milli % 10);
	put(b, "</td><td class=\"number\">");
	report_odds(b, t->mb);
	put(b, "</td></tr>\n");
}

static void
put_terms(struct buf *b, const struct finding *f)
{
	int32_t most = heaviest(f);

	if (f->terms == 0)
		return;
	put(b, "<h4>What speaks for control from outside, and what against</h4>\n"
	       "<div class=\"scroll\"><table>\n<thead><tr><th scope=\"col\">reason</th>"
	       "<th scope=\"col\">what was seen</th><th scope=\"col\" "
	       "class=\"weight\">against, "
	       "for</th><th scope=\"col\" "
	       "class=\"number\">weight</th></tr></thead>\n<tbody>\n");
	for (unsigned i = 0; i < f->terms; i++)
		put_term(b, &f->term[i], most);
	put(b, "</tbody>\n<tfoot><tr><th scope=\"row\" colspan=\"2\">all of them "
	       "multiplied</th>"
	       "<td class=\"weight\"></td><td class=\"number\">");
	report_odds(b, f->odds_mb);
	put(b, "</td></tr></tfoot></table></div>\n");
}

static void
put_benign(struct buf *b, const struct finding *f)
{
	if (f->benigns == 0)
		return;
	put(b,
	    "<h4>Harmless explanations that were considered</h4>\n<ul class=\"benign\">\n");
	for (int stands = 1; stands >= 0; stands--)
		for (unsigned i = 0; i < f->benigns; i++) {
			const struct finding_benign *n = &f->benign[i];

			if (n->stands != (stands == 1))
				continue;
			put(b, stands
				   ? "<li><span class=\"stands\">possible</span><span>"
				   : "<li><span class=\"ruled\">does not fit</span><span>");
			put(b, "<b>");
			put_html(b, n->what);
			put(b, "</b>: ");
			put_html(b, n->because);
			put(b, "</span></li>\n");
		}
	put(b, "</ul>\n");
}

static void
put_limits(struct buf *b, const struct finding_limits *l)
{
	put(b,
	    "<h4>What was not seen</h4>\n<dl class=\"facts\"><div><dt>frames the capture "
	    "dropped</dt><dd>");
	if (l->frames_dropped == UINT64_MAX)
		put(b, "it does not say");
	else
		words_count(b, l->frames_dropped);
	put(b, "</dd></div><div><dt>frames cut short</dt><dd>");
	words_count(b, l->frames_cut);
	put(b, "</dd></div><div><dt>records that could not be read</dt><dd>");
	words_count(b, l->records_skipped);
	put(b, "</dd></div><div><dt>contacts forgotten, memory full</dt><dd>");
	words_count(b, l->contacts_shed);
	put(b, "</dd></div><div><dt>packets seen</dt><dd>");
	if (l->sampling > 1)
		buf_printf(b, "1 in %u", l->sampling);
	else
		put(b, "all that were recorded");
	put(b, "</dd></div><div><dt>time stamps resolve</dt><dd>");
	if (l->resolution_ns == 0)
		put(b, "unknown");
	else if (l->resolution_ns >= SECOND_NS)
		report_period(b, l->resolution_ns);
	else
		buf_printf(b, "%" PRIu64 " ns", l->resolution_ns);
	put(b, "</dd></div></dl>\n");
}

static void
put_fact(struct buf *b, const char *what, const char *value)
{
	buf_printf(b, "<div class=\"wide\"><dt>%s</dt><dd><code>", what);
	put_html(b, value);
	put(b, "</code></dd></div>");
}

static void
put_share_fact(struct buf *b, const char *what, uint64_t ppm)
{
	buf_printf(b, "<div><dt>%s</dt><dd>", what);
	report_share(b, ppm);
	put(b, "</dd></div>");
}

static void
put_shape(struct buf *b, const struct beacon_shape *s)
{
	put_share_fact(b, "of the time covered", s->coverage_ppm);
	put_share_fact(b, "of calls the same size", s->same_size_ppm);
	put_share_fact(b, "of calls without service", s->failed_ppm);
	buf_printf(
	    b, "<div><dt>hours of the day active</dt><dd>%u of 24</dd></div>", s->hours);
	buf_printf(b, "<div><dt>margin of the test</dt><dd>%u.%02u times</dd></div>",
	    s->kappa_percent / 100, s->kappa_percent % 100);
	buf_printf(b,
	    "<div><dt>log10 p</dt><dd>\xe2\x88\x92%" PRIu64 ".%02" PRIu64 "</dd></div>",
	    (uint64_t)-s->log10_p_ud / 1000000, (uint64_t)-s->log10_p_ud / 10000 % 100);
}

static void
put_numbers(struct buf *b, const struct finding *f)
{
	struct digest id = finding_id(f);
	char hex[DIGEST_HEX], stamp[STAMP_TEXT];

	put(b, "<details><summary>Numbers, names and evidence</summary>\n<dl "
	       "class=\"facts\">");
	if (f->kind == FINDING_BEACON)
		put_shape(b, &f->beacon);
	buf_printf(b,
	    "<div><dt>log10 likelihood ratio</dt><dd>%s%" PRIu64 ".%02" PRIu64
	    "</dd></div>",
	    f->llr_mb < 0 ? "\xe2\x88\x92" : "",
	    (uint64_t)(f->llr_mb < 0 ? -f->llr_mb : f->llr_mb) / 1000,
	    (uint64_t)(f->llr_mb < 0 ? -f->llr_mb : f->llr_mb) / 10 % 100);
	put_fact(b, "first contact", stamp_text(f->first_ns, stamp));
	put_fact(b, "last contact", stamp_text(f->last_ns, stamp));
	if (f->technique) {
		const char *name = words_technique(f->technique);

		put(b, "<div class=\"wide\"><dt>ATT&amp;CK technique</dt><dd>");
		put_html(b, f->technique);
		if (name)
			buf_printf(b, ", %s", name);
		put(b, "</dd></div>");
	}
	if (f->input && f->input[0])
		put_fact(b, "read from", f->input);
	put_fact(b, "finding", digest_hex(&id, hex));
	for (unsigned i = 0; i < f->slices; i++)
		put_fact(b, "evidence slice", digest_hex(&f->slice[i], hex));
	put(b, "</dl></details>\n");
}

static void
put_eyebrow(struct buf *b, const struct finding *f)
{
	buf_printf(b,
	    "<p class=\"eyebrow\"><span class=\"severity %s\">%s</span>"
	    "<span class=\"soft\">",
	    severity_text(f->severity), severity_text(f->severity));
	words_count(b, f->contacts);
	put(b, f->contacts == 1 ? " contact, " : " contacts, ");
	report_stamp(b, f->first_ns);
	put(b, " to ");
	report_stamp(b, f->last_ns);
	put(b, " UTC</span></p>\n");
}

void
report_finding(struct buf *b, size_t number, const struct finding *f, const struct trace *t,
    const struct summary *s)
{
	bool alert = f->severity >= SEVERITY_MEDIUM;

	buf_printf(b, "<article id=\"finding-%zu\" aria-labelledby=\"head-%zu\"%s%s%s>\n",
	    number, number, alert ? " class=\"alert " : "",
	    alert ? severity_text(f->severity) : "", alert ? "\"" : "");
	put_eyebrow(b, f);
	buf_printf(b, "<h3 id=\"head-%zu\">", number);
	put_headline(b, f, t);
	put(b, "</h3>\n<p class=\"ends\">");
	report_ends(b, f);
	put(b, "</p>\n<p class=\"why\">");
	put_html(b, f->why);
	put(b, ends_sentence(f->why) ? "" : ".");
	put(b, "</p>\n<div class=\"claims\">\n");
	if (f->kind == FINDING_BEACON)
		put_clock_claim(b, f);
	put_control_claim(b, f);
	put(b, "</div>\n");
	if (t && t->n > 0) {
		chart_timeline(b, number, f, t, s);
		chart_gaps(b, number, f, t);
	}
	put_terms(b, f);
	put_benign(b, f);
	put_limits(b, &f->limits);
	put_numbers(b, f);
	put(b, "</article>\n");
}
