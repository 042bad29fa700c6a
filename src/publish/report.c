/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report: one HTML file for the operator of a site, who has to decide what
 * to do. It begins with that. It runs no script, refers to nothing outside
 * itself, and its own policy forbids both. It is written as XML would be too,
 * so that a strict reader can check that every tag is closed.
 *
 * The lists are bounded, alerts first, and what is left out is said.
 */
#include "publish/report.h"

#include "publish/chart.h"
#include "publish/escape.h"
#include "publish/group.h"
#include "publish/words.h"

#define FULL_MAX 100  /* alerts at length, and as many others */
#define ROWS_MAX 1000 /* in short, besides */

struct counts {
	size_t alerts, others, alert_hosts;
	bool control; /* every alert is of a kind that speaks of control from outside */
};

static bool
speaks_of_control(enum finding_kind kind)
{
	return kind != FINDING_SCAN && kind != FINDING_BRUTE_FORCE &&
	       kind != FINDING_DOS_VICTIM;
}

/* Sorted by severity: the alerts come first, but their hosts come in any order. */
static struct counts
count(const struct finding *f, size_t n)
{
	struct counts c = { .control = true };

	for (size_t i = 0; i < n; i++) {
		bool seen = false;

		if (f[i].severity < SEVERITY_MEDIUM) {
			c.others++;
			continue;
		}
		c.alerts++;
		c.control &= speaks_of_control(f[i].kind);
		/* Quadratic, so only as far as anybody reads. */
		for (size_t k = 0; k < i && k < ROWS_MAX && !seen; k++)
			seen = f[k].severity >= SEVERITY_MEDIUM &&
			       ip_equal(&f[k].host, &f[i].host);
		c.alert_hosts += !seen;
	}
	return c;
}

static void
put(struct buf *b, const char *ours)
{
	buf_puts(b, ours);
}

static void
put_plural(struct buf *b, uint64_t n, const char *one, const char *many)
{
	words_count(b, n);
	buf_printf(b, " %s", n == 1 ? one : many);
}

static void
put_head(struct buf *b, const struct counts *c, size_t n)
{
	put(b,
	    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
	    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	    "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\"/>\n"
	    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
	    "<meta name=\"color-scheme\" content=\"light dark\"/>\n"
	    "<meta name=\"referrer\" content=\"no-referrer\"/>\n<title>Geophone report: ");
	put_plural(b, c->alerts, "alert", "alerts");
	put(b, ", ");
	put_plural(b, n, "finding", "findings");
	put(b, "</title>\n<style>\n");
	put(b, report_style);
	put(b, "</style>\n</head>\n<body>\n");
}

static void
put_headline(struct buf *b, const struct counts *c, const struct summary *s)
{
	put(b,
	    "<header>\n<p class=\"brand\"><svg viewBox=\"0 0 56 20\" aria-hidden=\"true\">"
	    "<path d=\"M0 10h14l2-3 3 6 3-11 4 16 3-12 3 7 2-3h22\"/></svg>"
	    "<span><b>Geophone</b> report</span></p>\n<h1>");
	if (s->contacts == 0 && c->alerts == 0) {
		put(b, "Nothing was heard");
	} else if (c->alerts == 0) {
		put(b, "No host was found that seems controlled from outside");
	} else if (c->control) {
		put_plural(b, c->alert_hosts, "host", "hosts");
		put(b, " here may be controlled from outside");
	} else {
		put_plural(b, c->alerts, "alert", "alerts");
		put(b, " on ");
		put_plural(b, c->alert_hosts, "host", "hosts");
	}
	put(b, "</h1>\n");
}

static void
put_lede(struct buf *b, const struct counts *c, const struct summary *s)
{
	put(b, "<p class=\"lede\">");
	if (s->contacts == 0 && c->alerts == 0)
		put(b, "What was read holds no contact between two hosts. Was it the right "
		       "file?");
	else if (c->alerts == 0)
		put(b, "Nothing below asks for action today. ");
	else
		put(b, "An alert is a reason to look, and not yet proof. ");
	if (s->first_ns != 0 || s->last_ns != 0) {
		put(b, "Heard: ");
		report_period(b, s->last_ns - s->first_ns);
		put(b, " of traffic, from ");
		report_stamp(b, s->first_ns);
		put(b, " to ");
		report_stamp(b, s->last_ns);
		put(b, " UTC.");
	}
	put(b, "</p>\n");
}

static void
put_figure(struct buf *b, const char *what, uint64_t n)
{
	put(b, "<div><dt>");
	put(b, what);
	put(b, "</dt><dd>");
	words_count(b, n);
	put(b, "</dd></div>\n");
}

static void
put_figures(struct buf *b, const struct finding *f, size_t n, const struct counts *c,
    const struct summary *s)
{
	put(b, "<dl class=\"figures\">\n");
	put_figure(b, c->alerts == 1 ? "alert" : "alerts", c->alerts);
	put_figure(b, c->others == 1 ? "other finding" : "other findings", c->others);
	put(b, "<div><dt>of them expected to be false</dt><dd>\xe2\x89\xa4 ");
	words_false(b, f, n);
	put(b, "</dd></div>\n");
	if (c->alerts > 0) {
		put(b,
		    "<div><dt>alerts expected not to be controlled</dt><dd>\xe2\x89\xa4 ");
		words_open(b, f, n);
		put(b, "</dd></div>\n");
	}
	put_figure(b, "hosts heard", s->hosts);
	put_figure(b, "contacts heard", s->contacts);
	put(b, "</dl>\n</header>\n<main>\n");
}

static void
put_todo(struct buf *b, const struct counts *c)
{
	put(b, "<section aria-labelledby=\"todo\">\n<h2 id=\"todo\">What to do now</h2>\n");
	if (c->alerts == 0) {
		put(b, "<ol class=\"todo\">\n<li>Read <a href=\"#unseen\">what was not "
		       "seen</a>: it "
		       "says how much this quiet is worth.</li>\n");
		if (c->others > 0)
			put(b,
			    "<li>Look through <a href=\"#others\">what was found but is no "
			    "alert</a> for connections that nobody here knows.</li>\n");
		put(b, "<li>Record again another day. A channel that calls once a day "
		       "needs weeks "
		       "to show.</li>\n</ol>\n</section>\n");
		return;
	}
	put(b,
	    "<ol class=\"todo\">\n"
	    "<li><b>Ask first.</b> For each alert: does anybody here, or the maker of the "
	    "equipment, know this connection? Remote support, monitoring and updates look "
	    "like this. If so, note who said it and you are done with that one.</li>\n"
	    "<li><b>If nobody knows it, cut the connection, not the power.</b> Block the "
	    "peer's "
	    "address at the firewall, or unplug the network cable. Leave the host running "
	    "and "
	    "do not reinstall it: what is in its memory is lost when it is switched off. "
	    "If the "
	    "host steers or protects something, agree it with whoever is responsible for "
	    "that "
	    "before you touch anything.</li>\n"
	    "<li><b>Keep what you have.</b> Copy the folder this report lies in, and the "
	    "original recordings, to a disk that you then take off the network. Write down "
	    "who "
	    "did it, when, and from where.</li>\n"
	    "<li><b>Tell your incident response team</b> (your CERT) and give them that "
	    "folder. "
	    "They can <a href=\"#verify\">check every finding</a> without trusting you or "
	    "this "
	    "program.</li>\n"
	    "<li><b>Look wider.</b> Search other logs for the same peers: the host in the "
	    "alert "
	    "may not be the only one.</li>\n</ol>\n</section>\n");
}

static void
put_alerts(struct buf *b, const struct finding *f, const struct trace *t,
    const struct counts *c, const struct summary *s)
{
	if (c->alerts == 0)
		return;
	put(b, "<section aria-labelledby=\"alerts\">\n<h2 id=\"alerts\">");
	put(b, c->alerts == 1 ? "The alert" : "The alerts");
	put(b, "</h2>\n");
	if (c->alerts > 1) {
		put(b, "<ol class=\"small\">\n");
		for (size_t i = 0; i < c->alerts && i < FULL_MAX; i++) {
			buf_printf(b,
			    "<li><span class=\"severity %s\">%s</span> "
			    "<a href=\"#finding-%zu\">",
			    severity_text(f[i].severity), severity_text(f[i].severity),
			    i + 1);
			report_ends(b, &f[i]);
			put(b, "</a></li>\n");
		}
		put(b, "</ol>\n");
	}
	for (size_t i = 0; i < c->alerts && i < FULL_MAX; i++)
		report_finding(b, i + 1, &f[i], t ? &t[i] : NULL, s);
	if (c->alerts > FULL_MAX) {
		put(b, "<p>");
		words_count(b, c->alerts - FULL_MAX);
		put(b, " more alerts are not shown here. All are in "
		       "<code>data/findings</code>.</p>\n");
	}
	put(b, "</section>\n");
}

/* every, contacts, control: the same in a row of the list and of the table. */
static void
put_cells(struct buf *b, const struct finding *f, const struct trace *t, const char *open,
    const char *close)
{
	put(b, open);
	if (f->kind == FINDING_BEACON)
		report_period(b, chart_period(f, t));
	put(b, close);
	put(b, open);
	words_count(b, f->contacts);
	put(b, close);
	put(b, open);
	report_odds(b, f->odds_mb);
	put(b, close);
}

static void
put_summary(struct buf *b, const struct finding *f, const struct trace *t)
{
	buf_printf(b, "<span class=\"severity %s\">%s</span> <span>",
	    severity_text(f->severity), severity_text(f->severity));
	report_ends(b, f);
	put(b, "</span> ");
	put_cells(b, f, t, "<span class=\"number\">", "</span> ");
}

/* What the list of those that are no alert may still show. */
struct room {
	size_t full, rows;
	size_t hidden; /* had no room */
};

static void
put_item(struct buf *b, struct room *room, size_t number, const struct finding *f,
    const struct trace *t, const struct summary *s)
{
	if (room->full > 0) {
		room->full--;
		put(b, "<details class=\"row\"><summary>");
		put_summary(b, f, t);
		put(b, "</summary>\n");
		report_finding(b, number, f, t, s);
		put(b, "</details>\n");
	} else if (room->rows > 0) {
		room->rows--;
		put(b, "<div class=\"row\">");
		put_summary(b, f, t);
		put(b, "</div>\n");
	} else {
		room->hidden++;
	}
}

/* Forty hosts that ask the time are one row, to be opened. */
static void
open_group(struct buf *b, const struct group *g)
{
	const char *benign = group_benign(g);

	put(b, "<details class=\"row group\"><summary><span class=\"severity "
	       "info\">info</span> "
	       "<span>");
	group_name(b, g);
	if (benign)
		buf_printf(b, " <span class=\"soft\">%s</span>", benign);
	put(b, "</span> <span class=\"number\">");
	group_rhythm(b, g);
	put(b, "</span> <span></span> <span class=\"number\">");
	report_odds(b, g->odds_mb);
	put(b, "</span></summary>\n");
}

static void
put_others(struct buf *b, const struct finding *f, const struct trace *t, size_t n,
    const struct counts *c, const struct summary *s)
{
	struct room room = { .full = FULL_MAX, .rows = ROWS_MAX };
	struct groups groups;

	if (c->others == 0)
		return;
	put(b,
	    "<section aria-labelledby=\"others\">\n<h2 id=\"others\">Found, but no "
	    "alert</h2>\n"
	    "<p>These were found as well, but what else was seen of them does not speak "
	    "for "
	    "control from outside, or not enough. Most networks have many such clocks. The "
	    "columns are: who calls whom, how often, contacts, odds of control. Open a row "
	    "to see more.</p>\n");
	groups_make(&groups, f, n);
	for (size_t i = c->alerts; i < n; i++) {
		const struct group *g = &groups.at[groups_find(&groups, &f[i])];

		if (f[i].severity != SEVERITY_INFO || g->n == 1) {
			put_item(b, &room, i + 1, &f[i], t ? &t[i] : NULL, s);
			continue;
		}
		if (g->first != &f[i])
			continue;
		open_group(b, g);
		for (size_t k = i; k < n; k++)
			if (f[k].severity == SEVERITY_INFO &&
			    &groups.at[groups_find(&groups, &f[k])] == g)
				put_item(b, &room, k + 1, &f[k], t ? &t[k] : NULL, s);
		put(b, "</details>\n");
	}
	if (room.hidden > 0) {
		put(b, "<p>");
		words_count(b, room.hidden);
		put(b, " more are not shown here. All are in "
		       "<code>findings.jsonl</code>.</p>\n");
	}
	put(b, "</section>\n");
}

void
publish_report(const struct finding *f, const struct trace *t, size_t n,
    const struct summary *s, struct buf *out)
{
	struct counts c = count(f, n);

	put_head(out, &c, n);
	put_headline(out, &c, s);
	put_lede(out, &c, s);
	put_figures(out, f, n, &c, s);
	put_todo(out, &c);
	put_alerts(out, f, t, &c, s);
	put_others(out, f, t, n, &c, s);
	report_basis(out, s);
	put(out, "</main>\n<footer>\n<p>Written by Geophone ");
	escape_str(out, ESCAPE_HTML, s->version ? s->version : "");
	put(out,
	    ". The same input gives the same report, byte for byte; it holds no time of "
	    "writing. It names no person, organisation or state: traffic cannot.</p>\n"
	    "</footer>\n</body>\n</html>\n");
}
