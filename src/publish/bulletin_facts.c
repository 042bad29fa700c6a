/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/bulletin_facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "publish/escape.h"
#include "publish/words.h"

static const char *
text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

static int64_t
number_of(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

/* Seconds are enough: "2026-03-02 00:00:49". */
static void
set_time(struct bulletin_facts *f, const char *slot, const char *stamp)
{
	char text[STAMP_TEXT];

	(void)snprintf(text, sizeof text, "%.19s", stamp);
	if (strlen(text) > 10 && text[10] == 'T')
		text[10] = ' ';
	bulletin_set(f, slot, text);
}

/* "4 min 16 s", or "4分16秒". */
static void
set_period(struct bulletin_facts *f, const char *slot, uint64_t ns, enum bulletin_lang lang)
{
	static const struct {
		const char *en, *zh;
	} units[] = { { " min", "分" }, { " s", "秒" }, { " h", "小时" }, { " d", "天" } };
	char text[STAMP_TEXT];
	struct buf zh = { .max = 256 };

	(void)stamp_period(ns, text);
	for (const char *p = text; lang == BULLETIN_ZH && *p;) {
		size_t i = 0, n = 0;

		for (; i < 4; i++) {
			n = strlen(units[i].en);
			if (strncmp(p, units[i].en, n) == 0)
				break;
		}
		if (i < 4) {
			buf_puts(&zh, units[i].zh);
			p += n + (p[n] == ' ');
		} else
			buf_putc(&zh, *p++);
	}
	bulletin_set(f, slot, lang == BULLETIN_ZH && zh.at ? zh.at : text);
	buf_release(&zh);
}

enum status
bulletin_gather_head(
    struct casebook *cb, struct bulletin_facts *f, uint64_t *as_of_ns, struct error *err)
{
	struct journal_reader r;
	struct journal_entry e;
	struct digest line;
	char hex[DIGEST_HEX];
	bool more = true;
	enum status st = OK;

	bulletin_set_n(f, "entries", casebook_head(cb, &line));
	bulletin_set(f, "head", digest_hex(&line, hex));
	journal_read(&r, casebook_journal(cb));
	while (st == OK) {
		st = journal_next(&r, &e, &more, err);
		if (st != OK || !more)
			break;
		if (e.n == 1)
			bulletin_set(f, "key", e.key);
		set_time(f, "as_of", e.time);
		(void)stamp_parse(
		    (struct span){ (const uint8_t *)e.time, strlen(e.time) }, as_of_ns);
		journal_release(&e);
	}
	return st;
}

static void
service_of(const json_t *core, enum bulletin_lang lang, char *to, size_t size)
{
	const char *who =
	    text_of(core, "name")[0] ? text_of(core, "name") : text_of(core, "peer");
	int64_t port = number_of(core, "port");
	bool six = strchr(who, ':') != NULL;

	if (who[0] == '\0')
		(void)snprintf(
		    to, size, "%s", lang == BULLETIN_ZH ? "多个地址" : "many addresses");
	else if (port > 0)
		(void)snprintf(to, size, "%s%s%s:%d/%s", six ? "[" : "", who,
		    six ? "]" : "", (int)port, text_of(core, "proto"));
	else
		(void)snprintf(to, size, "%s", who);
}

static void
read_alert(const json_t *core, const char *id, enum bulletin_lang lang,
    struct bulletin_alert *a, struct bulletin_findings *all)
{
	const json_t *shape = json_object_get(core, "shape");
	const json_t *limits = json_object_get(core, "limits");
	const json_t *dropped = json_object_get(limits, "frames_dropped");
	const uint64_t said[] = { (uint64_t)json_integer_value(dropped),
		(uint64_t)number_of(limits, "frames_cut"),
		(uint64_t)number_of(limits, "sampling") };
	uint64_t *most[] = { &all->dropped, &all->cut, &all->sampling };
	bool stands = false;
	json_t *x;
	size_t i;

	(void)snprintf(a->id, sizeof a->id, "%s", id);
	(void)snprintf(a->host, sizeof a->host, "%s", text_of(core, "host"));
	(void)snprintf(a->kind, sizeof a->kind, "%s", text_of(core, "kind"));
	(void)snprintf(a->first, sizeof a->first, "%s", text_of(core, "first_seen"));
	(void)snprintf(a->last, sizeof a->last, "%s", text_of(core, "last_seen"));
	service_of(core, lang, a->peer, sizeof a->peer);
	a->contacts = (uint64_t)number_of(core, "contacts");
	a->low_ns = (uint64_t)number_of(shape, "low_ns");
	a->high_ns = (uint64_t)number_of(shape, "high_ns");
	a->odds_mb = number_of(json_object_get(core, "control"), "odds_mb");
	json_array_foreach(json_object_get(core, "benign"), i, x) stands |=
	    json_is_true(json_object_get(x, "stands"));
	all->standing += stands;
	all->uncounted |= !json_is_integer(dropped);
	for (i = 0; i < 3; i++)
		if (said[i] > *most[i])
			*most[i] = said[i];
}

static int
by_odds(const void *a, const void *b)
{
	const struct bulletin_alert *x = a, *y = b;

	if (x->odds_mb != y->odds_mb)
		return x->odds_mb < y->odds_mb ? 1 : -1;
	return strcmp(x->id, y->id);
}

static bool
is_alert(const json_t *core)
{
	const char *s = text_of(core, "severity");

	return strcmp(s, "medium") == 0 || strcmp(s, "high") == 0 ||
	       strcmp(s, "critical") == 0;
}

static void
set_all(struct bulletin_findings *all, struct bulletin_facts *f, enum bulletin_lang lang,
    uint64_t fdr_ppm)
{
	json_t *peers = json_object(), *hosts = json_object();
	const char *first = NULL, *last = NULL;

	for (size_t i = 0; i < all->alerts; i++) {
		struct bulletin_alert *a = &all->alert[i];

		if (json_object_get(hosts, a->host) == NULL)
			all->host[all->hosts++] = a->host;
		(void)json_object_set_new(hosts, a->host, json_true());
		(void)json_object_set_new(peers, a->peer, json_true());
		bulletin_set_finding(f, a, lang);
		if (first == NULL || strcmp(a->first, first) < 0)
			first = a->first;
		if (last == NULL || strcmp(a->last, last) > 0)
			last = a->last;
	}
	bulletin_set_n(f, "alerts", all->alerts);
	bulletin_set_n(f, "others", all->others);
	bulletin_set_n(f, "standing", all->standing);
	bulletin_set_n(f, "hosts", json_object_size(hosts));
	bulletin_set_n(f, "peers", json_object_size(peers));
	bulletin_set_n(f, "dropped", all->dropped);
	bulletin_set_n(f, "cut", all->cut);
	bulletin_set_n(f, "sampling", all->sampling);
	if (first) {
		set_time(f, "first", first);
		set_time(f, "last", last);
	}
	if (fdr_ppm > 0) {
		struct buf share = { .max = 64 };

		words_share(&share, fdr_ppm);
		if (lang == BULLETIN_ZH && share.len > 2) /* no space before the sign */
			(void)snprintf(share.at + share.len - 2, 2, "%%");
		bulletin_set(f, "fdr", share.at);
		buf_release(&share);
	}
	json_decref(peers), json_decref(hosts);
}

enum status
bulletin_gather_findings(struct casebook *cb, struct bulletin_facts *f,
    enum bulletin_lang lang, struct bulletin_findings *all, struct error *err)
{
	json_t *rows = NULL, *row;
	uint64_t fdr = 0;
	enum status st = casebook_list(cb, "finding", NULL, &rows, err);
	size_t i, n = json_array_size(rows);

	all->alert = calloc(n + 1, sizeof *all->alert);
	all->host = calloc(n + 1, sizeof *all->host);
	if (all->alert == NULL || all->host == NULL)
		st = error_set(err, E_NOMEM, "no memory");
	json_array_foreach(st == OK ? rows : NULL, i, row)
	{
		const char *text = text_of(json_object_get(row, "body"), "core");
		json_t *core = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
		uint64_t ppm = (uint64_t)number_of(core, "fdr_ppm");

		if (is_alert(core)) {
			read_alert(core, text_of(row, "id"), lang,
			    &all->alert[all->alerts++], all);
			if (json_object_get(core, "shape") && ppm > fdr)
				fdr = ppm;
		} else
			all->others++;
		json_decref(core);
	}
	if (st == OK) {
		qsort(all->alert, all->alerts, sizeof *all->alert, by_odds);
		set_all(all, f, lang, fdr);
	}
	json_decref(rows);
	return st;
}

void
bulletin_findings_release(struct bulletin_findings *all)
{
	free(all->alert);
	free(all->host);
}

/* "1.5" of "1.5:1 for"; empty when neither side is favoured. */
static int
put_odds(int64_t mb, struct buf *out)
{
	struct buf text = { .max = 64 };
	char *colon;

	words_odds_short(&text, mb);
	colon = strchr(text.at, ':');
	if (colon) {
		*colon = '\0';
		buf_puts(out, text.at[0] == '>' ? text.at + 1 : text.at);
	}
	buf_release(&text);
	return colon == NULL ? 0 : mb > 0 ? 1 : -1;
}

void
bulletin_set_finding(
    struct bulletin_facts *f, const struct bulletin_alert *a, enum bulletin_lang lang)
{
	struct bulletin_alert *mine = (struct bulletin_alert *)a;
	struct buf odds = { .max = 64 };

	bulletin_set(f, "finding", a->id);
	bulletin_set(f, "host", a->host);
	bulletin_set(f, "peer", a->peer);
	bulletin_set(f, "kind", bulletin_kind(a->kind, lang));
	bulletin_set_n(f, "contacts", a->contacts);
	set_time(f, "first", a->first);
	set_time(f, "last", a->last);
	if (a->low_ns) {
		set_period(f, "low", a->low_ns, lang);
		set_period(f, "high", a->high_ns, lang);
	}
	mine->favours = put_odds(a->odds_mb, &odds);
	if (mine->favours)
		bulletin_set(f, "odds", odds.at);
	buf_release(&odds);
}

void
bulletin_set_claim(struct bulletin_facts *f, const json_t *claim, enum bulletin_lang lang)
{
	const char *by = text_of(claim, text_of(claim, "by_name")[0] ? "by_name" : "by");
	const char *words =
	    text_of(json_array_get(json_object_get(claim, "quotes"), 0), "text");
	const char *shown;
	json_t *whose;

	bulletin_set(f, "party", by);
	bulletin_set(f, "claim", text_of(claim, "id"));
	bulletin_set(f, "quote", words);
	bulletin_set(
	    f, "claim_status", bulletin_claim_status(text_of(claim, "status"), lang));
	shown = text_of(f->now, "quote");
	whose = json_object_get(f->quotes, shown);
	if (whose == NULL) {
		whose = json_object();
		(void)json_object_set_new(f->quotes, shown, whose);
	}
	(void)json_object_set_new(whose, text_of(f->now, "party"), json_true());
}

bool
bulletin_count_claims(const json_t *docket, struct bulletin_facts *f)
{
	json_t *claims = json_object_get(docket, "claims"), *c;
	uint64_t bare = 0;
	size_t i;

	json_array_foreach(claims, i, c) bare +=
	    strcmp(text_of(c, "status"), "no evidence offered") == 0;
	bulletin_set_n(f, "claims", json_array_size(claims));
	bulletin_set_n(f, "bare", bare);
	return bare > 0;
}

bool
bulletin_count_requests(struct casebook *cb, struct bulletin_facts *f)
{
	json_t *rows = NULL, *row;
	struct error unimportant;
	uint64_t sent = 0, open = 0;
	size_t i;

	if (casebook_list(cb, "request", NULL, &rows, &unimportant) != OK)
		return false;
	json_array_foreach(rows, i, row)
	{
		const char *state = text_of(json_object_get(row, "body"), "state");

		if (state[0] == '\0' || strcmp(state, "drafted") == 0)
			continue;
		sent++;
		open += strcmp(state, "answered") != 0 && strcmp(state, "denied") != 0;
	}
	json_decref(rows);
	bulletin_set_n(f, "requests", sent);
	bulletin_set_n(f, "open", open);
	return open > 0;
}

void
bulletin_incident_dates(
    struct casebook *cb, struct bulletin_facts *f, const char **first, const char **last)
{
	json_t *rows = NULL, *row;
	struct error unimportant;
	size_t i;

	if (casebook_list(cb, "incident", NULL, &rows, &unimportant) != OK)
		return;
	json_array_foreach(rows, i, row)
	{
		const json_t *body = json_object_get(row, "body");
		const char *a = text_of(body, "first"), *z = text_of(body, "last");

		if (a[0] && (*first == NULL || strcmp(a, *first) < 0)) {
			set_time(f, "incident_first", a);
			*first = text_of(f->now, "incident_first");
		}
		if (z[0] && (*last == NULL || strcmp(z, *last) > 0)) {
			set_time(f, "incident_last", z);
			*last = text_of(f->now, "incident_last");
		}
	}
	json_decref(rows);
}

static const char *
newest_assessment(const json_t *rows)
{
	const char *id = NULL;
	json_int_t entry = 0;
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row) if (number_of(row, "entry") > entry)
	{
		entry = number_of(row, "entry");
		id = text_of(row, "id");
	}
	return id;
}

static void
set_permille(
    struct bulletin_facts *f, const char *slot, unsigned p, enum bulletin_lang lang)
{
	char text[32];

	(void)snprintf(text, sizeof text, lang == BULLETIN_ZH ? "%u.%u%%" : "%u.%u %%",
	    p / 10, p % 10);
	bulletin_set(f, slot, text);
}

static void
set_outcome(struct bulletin_facts *f, const struct assay *a, enum bulletin_lang lang)
{
	static const char *const levels[][2] = { [CONFIDENCE_LOW] = { "low", "低" },
		[CONFIDENCE_MODERATE] = { "moderate", "中等" },
		[CONFIDENCE_HIGH] = { "high", "高" } };
	const struct weigh_result *r = a->result;
	struct buf flips = { .max = 1 << 16 };

	bulletin_set(f, "assessment", a->id);
	bulletin_set(f, "reason", bulletin_reason(r->reason, lang));
	if (r->status == WEIGH_INSUFFICIENT)
		return;
	f->word = bulletin_word_of(r->word);
	f->confidence = r->confidence;
	CHECK(f->word >= 0);
	bulletin_set(f, "word", bulletin_word(f->word, lang));
	bulletin_set(f, "range", bulletin_range(f->word, lang));
	if (r->confidence != CONFIDENCE_NONE)
		bulletin_set(f, "confidence", levels[r->confidence][lang]);
	if (r->leader < 2 * a->matrix.actors && r->status != WEIGH_NOT_ATTRIBUTED) {
		(void)snprintf(
		    f->leader, sizeof f->leader, "%s", a->matrix.actor[r->leader / 2]);
		bulletin_set(f, "actor", f->leader);
	}
	set_permille(f, "p_low", r->low, lang);
	set_permille(f, "p_high", r->high, lang);
	bulletin_set_n(f, "support", r->support);
	for (unsigned i = 0; i < a->matrix.items; i++) {
		if (!r->flips[i])
			continue;
		buf_puts(&flips, flips.len == 0 ? "" : lang == BULLETIN_ZH ? "、" : ", ");
		buf_puts(&flips, a->matrix.item[i].id);
	}
	if (flips.len > 0)
		bulletin_set(f, "flips", flips.at);
	buf_release(&flips);
}

enum status
bulletin_gather_assessment(struct casebook *cb, struct bulletin_facts *f,
    enum bulletin_lang lang, struct assay *a, bool *weighed, struct error *err)
{
	json_t *rows = NULL;
	const char *newest;
	enum status st = casebook_list(cb, "assessment", NULL, &rows, err);

	newest = newest_assessment(rows);
	*weighed = false;
	if (st == OK && newest) {
		st = assay_make(cb, a, err);
		if (st == OK && strcmp(a->id, newest) != 0)
			st = error_set(err, E_DIFFERS,
			    "the newest assessment, %.16s..., is not of the evidence as it "
			    "stands now: geophone assess weighs it again",
			    newest);
		if (st == OK) {
			set_outcome(f, a, lang);
			*weighed = true;
		}
	}
	json_decref(rows);
	return st;
}

enum status
bulletin_gather_names(struct casebook *cb, struct bulletin_facts *f, struct error *err)
{
	json_t *h = casebook_get(cb, "hypotheses", "hypotheses"), *rows = NULL, *x;
	enum status st = casebook_list(cb, "party", NULL, &rows, err);
	size_t i;

	json_array_foreach(json_object_get(h, "actors"), i, x)(void)
	    json_object_set_new(f->actors, text_of(x, "id"), json_true());
	json_array_foreach(rows, i, x)
	{
		struct buf shown = { .max = 4096 };
		const json_t *body = json_object_get(x, "body");
		const char *kind = text_of(body, "kind");

		if (strcmp(kind, "person") == 0 || strcmp(kind, "service") == 0)
			continue;
		escape_str(&shown, ESCAPE_TEXT, text_of(body, "name"));
		if (shown.at)
			(void)json_object_set_new(f->states, shown.at, json_true());
		buf_release(&shown);
	}
	json_decref(h), json_decref(rows);
	return st;
}
