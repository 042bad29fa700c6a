/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/evaluation.h"

#include <math.h>
#include <string.h>

#include "base/json.h"
#include "base/stamp.h"
#include "publish/escape.h"

static bool
worth_a_line(const struct score *s, enum level level, unsigned judge)
{
	const struct confusion *c = &s->measure[level][judge].c;

	return judge_text(judge) &&
	       (judge >= JUDGE_UNION || c->found + c->false_ + c->unknown > 0);
}

static void
put_share(struct buf *b, double x)
{
	if (x < 0)
		buf_puts(b, "     -");
	else
		buf_printf(b, " %5.3f", x);
}

static void
put_interval(struct buf *b, const struct interval *i, bool any)
{
	if (any && i->low >= 0)
		buf_printf(b, " [%.2f, %.2f]", i->low, i->high);
	else
		buf_printf(b, " %12s", "");
}

static void
put_level(const struct score *s, enum level level, struct buf *b)
{
	buf_printf(b, "%s\n  %-18s %7s %7s %7s %7s  precision%17srecall%15sfalse/benign\n",
	    level == LEVEL_HOST ? "By host and day" : "By pair and day", "", "found",
	    "missed", "false", "unsaid", "", "");
	for (unsigned j = 0; j < JUDGES; j++) {
		const struct measure *m = &s->measure[level][j];

		if (!worth_a_line(s, level, j))
			continue;
		buf_printf(b, "  %-18s %7llu %7llu %7llu %7llu ", judge_text(j),
		    (unsigned long long)m->c.found, (unsigned long long)m->c.missed,
		    (unsigned long long)m->c.false_, (unsigned long long)m->c.unknown);
		put_share(b, m->precision);
		put_interval(b, &m->precision_wilson, m->precision >= 0);
		put_share(b, m->recall);
		put_interval(b, &m->recall_wilson, m->recall >= 0);
		if (m->false_rate >= 0)
			buf_printf(b, "  %.4f", m->false_rate);
		buf_putc(b, '\n');
		if (m->precision_boot.low >= 0 || m->recall_boot.low >= 0) {
			buf_printf(b, "  %-50s       ", "    over families");
			put_interval(b, &m->precision_boot, true);
			buf_puts(b, "      ");
			put_interval(b, &m->recall_boot, true);
			buf_putc(b, '\n');
		}
	}
}

/* Its own pairs are by name where there is one, so that it is not counted by our units. */
static void
put_rita(const struct score *s, struct buf *b)
{
	uint64_t rated = 0, medium = 0, high = 0;

	for (size_t i = 0; i < s->captures; i++) {
		rated += s->capture[i].rated;
		medium += s->capture[i].rita_7;
		high += s->capture[i].rita_9;
	}
	buf_printf(b,
	    "\nRITA's own pairs, a host and a name or an address: %llu with contacts "
	    "enough "
	    "in a\nday, %llu at 0.7 or more, %llu at 0.9 or more\n",
	    (unsigned long long)rated, (unsigned long long)medium,
	    (unsigned long long)high);
}

static void
put_times(const struct score *s, struct buf *b)
{
	char ip[IP_TEXT], after[STAMP_TEXT];
	bool head = false;

	for (size_t i = 0; i < s->captures; i++)
		for (size_t k = 0; k < s->capture[i].times; k++) {
			const struct detection_time *t = &s->capture[i].time[k];

			if (!head)
				buf_puts(b, "\nTime to detection\n");
			head = true;
			buf_printf(b, "  %-40s ", ip_text(&t->host, ip));
			if (t->after_ns == UINT64_MAX)
				buf_puts(b, "not found");
			else
				buf_printf(
				    b, "within %s", stamp_period(t->after_ns, after));
			buf_puts(b, " (");
			escape_str(b, ESCAPE_TEXT, s->capture[i].name);
			buf_puts(b, ")\n");
		}
}

static void
put_calibration_lines(const struct reliability *r, struct buf *b)
{
	buf_printf(b,
	    "\nConfidence of %llu things that were judged (%llu on what nobody says "
	    "anything "
	    "about\nare left out)\n",
	    (unsigned long long)r->n, (unsigned long long)r->unknown);
	for (int i = 0; i < RELIABILITY_BINS && r->n > 0; i++) {
		if (r->bin[i].n == 0)
			continue;
		buf_printf(b, "  said %.3f   is %.3f", r->bin[i].said, r->bin[i].is);
		put_interval(b, &r->bin[i].captures, r->at_prior);
		buf_printf(b, "   %llu of %llu true [%.2f, %.2f]\n",
		    (unsigned long long)r->bin[i].true_, (unsigned long long)r->bin[i].n,
		    r->bin[i].wilson.low, r->bin[i].wilson.high);
	}
	if (r->at_prior && r->n > 0) {
		buf_printf(b,
		    "  where one capture in ten has something controlled in it, as is "
		    "supposed:\n  expected calibration error %.3f [%.3f, %.3f], Brier "
		    "score "
		    "%.3f\n",
		    r->ece, r->ece_captures.low, r->ece_captures.high, r->brier);
	} else if (r->n > 0) {
		buf_puts(b,
		    "  What is said supposes that one capture in ten has something "
		    "controlled in it:\n  families of both truths are needed to tell "
		    "its error\n");
	}
}

static void
put_promises(const struct score *s, struct buf *b)
{
	buf_printf(b, "\nWhat alerts promise\n  %-18s %7s %15s %7s %7s\n", "", "alerts",
	    "expected false", "false", "unsaid");
	for (unsigned j = 0; j < JUDGES; j++) {
		const struct promise *p = &s->reliability.promise[j];

		if (!judge_text(j) || (p->alerts + p->unknown == 0 && j != JUDGE_UNION))
			continue;
		buf_printf(b, "  %-18s %7llu        <= %5.1f %7llu %7llu\n", judge_text(j),
		    (unsigned long long)p->alerts, p->expected,
		    (unsigned long long)p->false_, (unsigned long long)p->unknown);
		if (j == JUDGE_UNION && p->false_captures.low != p->false_captures.high)
			buf_printf(b,
			    "    over families, false less expected [%.1f, %.1f]\n",
			    p->false_captures.low, p->false_captures.high);
	}
}

static void
put_false_alerts(const struct alert_share *a, struct buf *b)
{
	if (a->said < 0)
		return;
	buf_printf(b,
	    "  where one capture in ten has something controlled in it, of an alert:\n"
	    "  said %.3f false, is %.3f",
	    a->said, a->is);
	put_interval(b, &a->captures, true);
	buf_printf(b, ", and %.3f if one more harmless family had one\n", a->next);
}

void
publish_evaluation_table(const struct score *s, struct buf *b)
{
	buf_printf(b, "%zu capture%s", s->captures, s->captures == 1 ? "" : "s");
	if (s->families != s->captures)
		buf_printf(
		    b, " of %zu famil%s", s->families, s->families == 1 ? "y" : "ies");
	buf_putc(b, '\n');
	put_level(s, LEVEL_HOST, b);
	put_level(s, LEVEL_PAIR, b);
	put_rita(s, b);
	put_times(s, b);
	put_calibration_lines(&s->reliability, b);
	put_promises(s, b);
	put_false_alerts(&s->reliability.false_alerts, b);
}

static void
put_ppm(struct json *j, const char *key, double x)
{
	json_key(j, key);
	if (x < 0)
		json_none(j);
	else
		json_int(j, (int64_t)llround(x * 1000000));
}

static void
put_range(struct json *j, const char *key, const struct interval *i)
{
	json_key(j, key);
	json_open(j, '[');
	if (i->low >= 0) {
		json_int(j, (int64_t)llround(i->low * 1000000));
		json_int(j, (int64_t)llround(i->high * 1000000));
	}
	json_close(j, ']');
}

static void
put_count(struct json *j, const char *key, uint64_t n)
{
	json_key(j, key);
	json_uint(j, n);
}

static void
put_measure(struct json *j, const struct measure *m, enum level level, unsigned judge)
{
	json_open(j, '{');
	put_count(j, "clean", m->c.clean);
	put_count(j, "false", m->c.false_);
	put_ppm(j, "false_per_benign_ppm", m->false_rate);
	put_count(j, "found", m->c.found);
	json_key(j, "judge");
	json_str(j, judge_text(judge));
	json_key(j, "level");
	json_str(j, level_text(level));
	put_count(j, "missed", m->c.missed);
	put_range(j, "precision_captures_ppm", &m->precision_boot);
	put_ppm(j, "precision_if_unknown_false_ppm", m->precision_worst);
	put_ppm(j, "precision_ppm", m->precision);
	put_range(j, "precision_wilson_ppm", &m->precision_wilson);
	put_range(j, "recall_captures_ppm", &m->recall_boot);
	put_ppm(j, "recall_ppm", m->recall);
	put_range(j, "recall_wilson_ppm", &m->recall_wilson);
	put_count(j, "unknown_alerts", m->c.unknown);
	put_count(j, "unknown_quiet", m->c.unjudged);
	json_close(j, '}');
}

static void
put_milli(struct json *j, const char *key, double x)
{
	json_key(j, key);
	json_int(j, (int64_t)llround(x * 1000));
}

static void
put_promise(struct json *j, const struct promise *p, unsigned judge)
{
	json_open(j, '{');
	put_count(j, "alerts", p->alerts);
	put_milli(j, "expected_false_milli", p->expected);
	put_count(j, "false", p->false_);
	json_key(j, "judge");
	json_str(j, judge_text(judge));
	put_count(j, "unknown", p->unknown);
	json_close(j, '}');
}

static void
put_alerts_at_prior(struct json *j, const struct alert_share *a)
{
	json_open(j, '{');
	put_range(j, "false_captures_ppm", &a->captures);
	put_ppm(j, "false_if_one_more_ppm", a->next);
	put_ppm(j, "false_ppm", a->is);
	put_ppm(j, "said_false_ppm", a->said);
	json_close(j, '}');
}

static void
put_calibration(struct json *j, const struct reliability *r)
{
	bool told = r->n > 0 && r->at_prior;

	json_open(j, '{');
	json_key(j, "alerts");
	json_open(j, '[');
	for (unsigned i = 0; i < JUDGES; i++)
		if (judge_text(i) && (i == JUDGE_UNION || r->promise[i].alerts > 0 ||
					 r->promise[i].unknown > 0))
			put_promise(j, &r->promise[i], i);
	json_close(j, ']');
	json_key(j, "alerts_at_prior");
	put_alerts_at_prior(j, &r->false_alerts);
	json_key(j, "bins");
	json_open(j, '[');
	for (int i = 0; i < RELIABILITY_BINS; i++) {
		if (r->bin[i].n == 0)
			continue;
		json_open(j, '{');
		put_count(j, "findings", r->bin[i].n);
		put_range(j, "is_captures_ppm", &r->bin[i].captures);
		put_ppm(j, "is_ppm", r->bin[i].is);
		put_ppm(j, "said_ppm", r->bin[i].said);
		put_count(j, "true", r->bin[i].true_);
		put_range(j, "wilson_ppm", &r->bin[i].wilson);
		json_close(j, '}');
	}
	json_close(j, ']');
	put_ppm(j, "brier_ppm", told ? r->brier : -1);
	put_range(j, "ece_captures_ppm", &r->ece_captures);
	put_ppm(j, "ece_ppm", told ? r->ece : -1);
	put_count(j, "findings", r->n);
	put_count(j, "findings_unknown", r->unknown);
	put_ppm(j, "prior_ppm", CALIBRATION_PRIOR);
	json_close(j, '}');
}

static void
put_capture(struct json *j, const struct scored *c)
{
	char text[STAMP_TEXT], ip[IP_TEXT];

	json_open(j, '{');
	json_key(j, "name");
	json_str(j, c->name);
	put_count(j, "rita_0_7", c->rita_7);
	put_count(j, "rita_0_9", c->rita_9);
	put_count(j, "rita_rated", c->rated);
	json_key(j, "time_to_detection");
	json_open(j, '[');
	for (size_t i = 0; i < c->times; i++) {
		json_open(j, '{');
		json_key(j, "after_s");
		if (c->time[i].after_ns == UINT64_MAX)
			json_none(j);
		else
			json_uint(j, c->time[i].after_ns / SECOND_NS);
		json_key(j, "begins");
		json_str(j, stamp_text(c->time[i].first_ns, text));
		json_key(j, "host");
		json_str(j, ip_text(&c->time[i].host, ip));
		json_close(j, '}');
	}
	json_close(j, ']');
	json_close(j, '}');
}

static void
put_curve(struct json *j, const char *key, const struct curve *c)
{
	json_key(j, key);
	json_open(j, '[');
	for (unsigned i = 0; i < c->n; i++) {
		json_open(j, '{');
		put_ppm(j, "precision_ppm", c->at[i].precision);
		put_ppm(j, "recall_ppm", c->at[i].recall);
		json_close(j, '}');
	}
	json_close(j, ']');
}

void
publish_evaluation_json(const struct score *s, struct buf *out)
{
	struct json j;

	json_init(&j, out);
	json_open(&j, '{');
	json_key(&j, "calibration");
	put_calibration(&j, &s->reliability);
	json_key(&j, "captures");
	json_open(&j, '[');
	for (size_t i = 0; i < s->captures; i++)
		put_capture(&j, &s->capture[i]);
	json_close(&j, ']');
	put_curve(&j, "curve", &s->odds);
	put_curve(&j, "curve_rita", &s->rita);
	json_key(&j, "format");
	json_str(&j, "geophone-evaluation/1");
	json_key(&j, "measures");
	json_open(&j, '[');
	for (unsigned l = 0; l < LEVELS; l++)
		for (unsigned k = 0; k < JUDGES; k++)
			if (worth_a_line(s, (enum level)l, k))
				put_measure(&j, &s->measure[l][k], (enum level)l, k);
	json_close(&j, ']');
	json_close(&j, '}');
	buf_putc(out, '\n');
}

/* The frame of a picture of shares against shares: 0 to 1 both ways, 400 x 300. */
#define X(share) (50 + (int)lround((share)*400))
#define Y(share) (310 - (int)lround((share)*300))

static void
begin_picture(struct buf *b, const char *title, const char *across, const char *up)
{
	buf_printf(b,
	    "<h2>%s</h2>\n<svg viewBox=\"0 0 480 360\" role=\"img\" aria-label=\"%s: %s "
	    "against %s\">\n",
	    title, title, up, across);
	for (int i = 0; i <= 4; i++)
		buf_printf(b,
		    "<path class=\"grid\" d=\"M%d %dH%dM%d %dV%d\"/>"
		    "<text x=\"%d\" y=\"326\">%d %%</text>"
		    "<text x=\"4\" y=\"%d\">%d %%</text>\n",
		    X(0.0), Y(i / 4.0), X(1.0), X(i / 4.0), Y(0.0), Y(1.0), X(i / 4.0) - 14,
		    25 * i, Y(i / 4.0) + 4, 25 * i);
	buf_printf(b, "<text x=\"180\" y=\"350\">%s</text>\n", across);
}

static void
draw_curve(struct buf *b, const struct curve *c, const char *class)
{
	if (c->n == 0)
		return;
	buf_printf(b, "<path class=\"%s\" d=\"", class);
	for (unsigned i = 0; i < c->n; i++)
		buf_printf(
		    b, "%c%d %d", i ? 'L' : 'M', X(c->at[i].recall), Y(c->at[i].precision));
	buf_puts(b, "\"/>\n");
	for (unsigned i = 0; i < c->n; i++)
		buf_printf(b, "<circle class=\"%s\" cx=\"%d\" cy=\"%d\" r=\"2\"/>", class,
		    X(c->at[i].recall), Y(c->at[i].precision));
}

static void
draw_reliability(struct buf *b, const struct reliability *r)
{
	begin_picture(b, "Does the confidence hold?", "said", "is");
	buf_printf(b, "<path class=\"grid\" d=\"M%d %dL%d %d\"/>\n", X(0.0), Y(0.0), X(1.0),
	    Y(1.0));
	for (int i = 0; i < RELIABILITY_BINS; i++) {
		const struct interval *over =
		    r->at_prior ? &r->bin[i].captures : &r->bin[i].wilson;
		uint64_t n = r->bin[i].n;

		if (n == 0)
			continue;
		buf_printf(b,
		    "<path class=\"ours\" d=\"M%d %dV%d\"/>"
		    "<circle class=\"ours\" cx=\"%d\" cy=\"%d\" r=\"4\">"
		    "<title>%llu of %llu</title></circle>\n",
		    X(r->bin[i].said), Y(over->low), Y(over->high), X(r->bin[i].said),
		    Y(r->bin[i].is), (unsigned long long)r->bin[i].true_,
		    (unsigned long long)n);
	}
	buf_puts(b,
	    "</svg>\n<p>A dot on the diagonal says what is so, where one capture in ten "
	    "has something controlled in it; the stroke has the middle 95 of 100 draws "
	    "of whole families, or, where all families are of one truth, Wilson's "
	    "interval of those that are true.</p>\n");
}

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
    "style-src 'unsafe-inline'\"/>\n"
    "<meta name=\"viewport\" content=\"width=device-width\"/>\n"
    "<title>Geophone: evaluation</title>\n<style>\n"
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 "
    "1rem}\n"
    "pre{overflow-x:auto;font-size:.85rem}svg{max-width:36rem;width:100%}\n"
    ".grid{stroke:#bbb;fill:none}text{font-size:12px}\n"
    ".ours{stroke:#05a;fill:none;stroke-width:2}.rita{stroke:#c50;fill:none;stroke-width:2}"
    "\n"
    "circle.ours{fill:#05a}circle.rita{fill:#c50}\n"
    "</style></head><body>\n<h1>How good the findings are</h1>\n";

void
publish_evaluation_html(const struct score *s, struct buf *out)
{
	struct buf table;

	buf_init(&table, (size_t)1 << 24);
	publish_evaluation_table(s, &table);
	buf_puts(out, head);
	buf_puts(out, "<pre>");
	for (size_t i = 0, from = 0; i < table.len; i++)
		if (table.at[i] == '\n') {
			escape_span(out, ESCAPE_HTML,
			    (struct span){ (const uint8_t *)table.at + from, i - from });
			buf_putc(out, '\n');
			from = i + 1;
		}
	buf_puts(out, "</pre>\n");
	out->bad |= table.bad;
	buf_release(&table);
	begin_picture(out, "What is found, and what of it is true", "found of all",
	    "true of what is found");
	draw_curve(out, &s->odds, "ours");
	draw_curve(out, &s->rita, "rita");
	buf_puts(out, "</svg>\n<p>Pairs and days, from the surest down: blue by our odds, "
		      "orange by the formula of RITA.</p>\n");
	draw_reliability(out, &s->reliability);
	buf_puts(out, "</body></html>\n");
}
