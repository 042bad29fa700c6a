/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bulletin is drawn up section by section: facts into slots, then sentences.
 */
#include "publish/bulletin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "case/docket.h"
#include "publish/bulletin_facts.h"
#include "publish/escape.h"

#define LISTED 20 /* alerts, hosts and claims that are written out */

struct maker {
	struct casebook *cb;
	struct bulletin *b;
	struct bulletin_facts *f;
	struct bulletin_findings found;
	json_t *docket;      /* claims with what became of them */
	json_t *body;        /* the analysts' own words, or NULL */
	struct assay *assay; /* NULL: nothing was weighed */
	enum bulletin_place place;
	enum status st;
	struct error *err;
};

static const char *
text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

static void
put_block(struct maker *m, enum bulletin_form form, const char *text)
{
	struct bulletin *b = m->b;

	if (m->st != OK)
		return;
	if (b->blocks == BULLETIN_BLOCKS) {
		m->st = error_set(m->err, E_LIMIT, "the bulletin would be too long");
		return;
	}
	b->block[b->blocks] = (struct bulletin_block){
		.place = m->place, .form = form, .text = strdup(text)
	};
	if (b->block[b->blocks].text == NULL)
		m->st = error_set(m->err, E_NOMEM, "no memory");
	else
		b->blocks++;
}

static void
put_template(struct maker *m, enum bulletin_form form, const char *template)
{
	struct buf text = { .max = 1 << 16 };

	if (m->st == OK)
		m->st = bulletin_fill(m->f, template, &text, m->err);
	if (m->st == E_FORMAT) /* a sentence that cannot be said of this case */
		m->st = E_DIFFERS;
	if (m->st == OK)
		put_block(m, form, text.at ? text.at : "");
	else
		error_wrap(m->err, "\"%.120s\"", template);
	buf_release(&text);
}

static void
say(struct maker *m, enum bulletin_say s)
{
	put_template(m, BULLETIN_SENTENCE, bulletin_template(s, m->b->lang));
}

static void
item(struct maker *m, enum bulletin_say s)
{
	put_template(m, BULLETIN_ITEM, bulletin_template(s, m->b->lang));
}

static void
command(struct maker *m, const char *template)
{
	put_template(m, BULLETIN_COMMAND, template);
}

/* What the analysts wrote for this place, in this language. How many there were. */
static unsigned
notes(struct maker *m)
{
	const char *place = bulletin_place_id(m->place);
	const char *lang = m->b->lang == BULLETIN_ZH ? "zh" : "en";
	unsigned n = 0;
	json_t *x;
	size_t i;

	json_array_foreach(json_object_get(m->body, "say"), i, x)
	{
		struct buf shown = { .max = 1 << 16 };

		if (strcmp(text_of(x, "at"), place) != 0 ||
		    strcmp(text_of(x, "lang"), lang) != 0)
			continue;
		/* A numeral that is no name's own has to come through a slot. */
		escape_str(&shown, ESCAPE_TEXT, text_of(x, "text"));
		if (m->st == OK)
			m->st = bulletin_only_slots(m->f, shown.at, m->err);
		put_template(m, BULLETIN_NOTE, shown.at ? shown.at : "");
		buf_release(&shown);
		n++;
	}
	return n;
}

static void
seen(struct maker *m)
{
	const struct bulletin_findings *a = &m->found;

	if (a->alerts == 0)
		say(m, SAY_SEEN_NONE);
	else
		say(m, SAY_SEEN);
	for (size_t i = 0; i < a->alerts && i < LISTED; i++) {
		bulletin_set_finding(m->f, &a->alert[i], m->b->lang);
		item(m, a->alert[i].low_ns ? SAY_SEEN_BEAT : SAY_SEEN_OTHER);
	}
	if (a->alerts > LISTED) {
		bulletin_set_n(m->f, "more", a->alerts - LISTED);
		say(m, SAY_SEEN_MORE);
	}
	if (a->others > 0)
		say(m, SAY_SEEN_QUIET);
	(void)notes(m);
}

static void
since(struct maker *m)
{
	const char *first = NULL, *last = NULL;
	unsigned n;

	bulletin_incident_dates(m->cb, m->f, &first, &last);
	if (m->found.alerts > 0) {
		say(m, SAY_SINCE);
		say(m, SAY_SINCE_BEFORE);
	}
	if (first)
		say(m, SAY_SINCE_INCIDENT);
	if (last)
		say(m, SAY_SINCE_UNTIL);
	n = notes(m);
	if (n == 0 && first == NULL && m->found.alerts == 0)
		say(m, SAY_SINCE_NONE);
}

static void
systems(struct maker *m)
{
	if (notes(m) == 0)
		say(m, SAY_SYSTEM_NONE);
}

static void
affected(struct maker *m)
{
	const struct bulletin_findings *a = &m->found;
	unsigned n;

	if (a->hosts > 0) {
		struct buf list = { .max = 1 << 16 };

		for (size_t i = 0; i < a->hosts && i < LISTED; i++) {
			buf_puts(&list, i == 0                      ? ""
					: m->b->lang == BULLETIN_ZH ? "、"
								    : ", ");
			buf_puts(&list, a->host[i]);
			bulletin_set(m->f, "host", a->host[i]);
		}
		bulletin_set(m->f, "host_list", list.at ? list.at : "");
		buf_release(&list);
		say(m, SAY_AFFECTED);
	}
	if (a->hosts > LISTED) {
		bulletin_set_n(m->f, "more", a->hosts - LISTED);
		say(m, SAY_AFFECTED_MORE);
	}
	n = notes(m);
	if (a->hosts > 0)
		say(m, SAY_AFFECTED_LIMIT);
	else if (n == 0)
		say(m, SAY_AFFECTED_NONE);
}

static void
todo(struct maker *m)
{
	unsigned n;

	if (m->found.alerts > 0) {
		item(m, SAY_DO_KEEP);
		item(m, SAY_DO_ASK);
		item(m, SAY_DO_BLOCK);
		item(m, SAY_DO_LOOK);
	}
	n = notes(m);
	if (text_of(m->body, "contact")[0])
		say(m, SAY_DO_TELL);
	else if (m->found.alerts == 0 && n == 0)
		say(m, SAY_DO_NONE);
}

static void
outcome(struct maker *m, const struct weigh_result *r)
{
	static const enum bulletin_say says[] = {
		[WEIGH_INSUFFICIENT] = SAY_REFUSED,
		[WEIGH_ACTOR_OR_IMITATOR] = SAY_PAIR,
		[WEIGH_NOT_ATTRIBUTED] = SAY_NOT_ATTRIBUTED,
		[WEIGH_NOT_A_FINDING] = SAY_NOT_A_FINDING,
		[WEIGH_FALSE_FLAG] = SAY_FALSE_FLAG,
		[WEIGH_ATTRIBUTED] = SAY_ATTRIBUTED,
	};

	say(m, says[r->status]);
	if (r->status == WEIGH_INSUFFICIENT)
		return;
	say(m, SAY_PRIORS);
	if (r->confidence != CONFIDENCE_NONE)
		say(m, SAY_CONFIDENCE);
	say(m, SAY_SUPPORT);
	if (json_object_get(m->f->now, "flips"))
		say(m, SAY_FLIPS);
	if (m->f->leader[0])
		say(m, SAY_CLUSTER);
}

static void
known(struct maker *m)
{
	const struct bulletin_findings *a = &m->found;

	if (json_object_get(m->f->now, "fdr"))
		say(m, SAY_KNOWN_FDR);
	for (size_t i = 0; i < a->alerts && i < LISTED; i++) {
		bulletin_set_finding(m->f, &a->alert[i], m->b->lang);
		item(m, a->alert[i].favours > 0   ? SAY_KNOWN_FOR
			: a->alert[i].favours < 0 ? SAY_KNOWN_AGAINST
						  : SAY_KNOWN_EVEN);
	}
	if (m->assay)
		outcome(m, m->assay->result);
	else
		say(m, SAY_NOT_WEIGHED);
	(void)notes(m);
}

static void
claimed(struct maker *m)
{
	json_t *claims = json_object_get(m->docket, "claims"), *c;
	size_t n = json_array_size(claims), i;

	json_array_foreach(claims, i, c)
	{
		if (i >= LISTED)
			break;
		bulletin_set_claim(m->f, c, m->b->lang);
		item(m, SAY_CLAIMED);
	}
	if (n > LISTED) {
		bulletin_set_n(m->f, "more", n - LISTED);
		say(m, SAY_CLAIMED_MORE);
	}
	if (n > 0)
		say(m, SAY_CLAIMED_NOTE);
	(void)notes(m);
}

static void
unknown(struct maker *m)
{
	const struct bulletin_findings *a = &m->found;

	item(m, SAY_U_WHO);
	if (a->alerts > 0)
		item(m, SAY_U_CONTENT);
	if (a->standing > 0)
		item(m, SAY_U_STANDING);
	if (a->uncounted)
		item(m, SAY_U_UNCOUNTED);
	if (a->dropped > 0)
		item(m, SAY_U_DROPPED);
	if (a->cut > 0)
		item(m, SAY_U_CUT);
	if (a->sampling > 1)
		item(m, SAY_U_SAMPLED);
	if (bulletin_count_claims(m->docket, m->f))
		item(m, SAY_U_CLAIMS);
	if (bulletin_count_requests(m->cb, m->f))
		item(m, SAY_U_REQUESTS);
	if (m->assay && json_array_size(m->assay->asks) > 0) {
		bulletin_set_n(m->f, "asks", json_array_size(m->assay->asks));
		item(m, SAY_U_ASKS);
	}
	(void)notes(m);
}

static void
indicators(struct maker *m)
{
	const struct bulletin_findings *a = &m->found;
	unsigned n = 0;

	for (size_t i = 0; i < a->alerts && i < LISTED; i++) {
		bulletin_set_finding(m->f, &a->alert[i], m->b->lang);
		item(m, SAY_INDICATOR);
		n++;
	}
	if (notes(m) + n == 0)
		say(m, SAY_INDICATOR_NONE);
}

static void
verify(struct maker *m)
{
	struct error unimportant;
	json_t *bags = NULL, *bag;
	size_t i;

	say(m, SAY_V_CASE);
	say(m, SAY_V_KEY);
	if (m->assay)
		say(m, SAY_V_ASSESSMENT);
	say(m, SAY_V_AGAIN);
	command(m, "geophone verify CASE");
	if (casebook_list(m->cb, "bag", NULL, &bags, &unimportant) == OK)
		json_array_foreach(bags, i, bag)
		{
			if (i >= LISTED || !json_is_true(json_object_get(
					       json_object_get(bag, "body"), "held")))
				continue;
			bulletin_set(m->f, "bag", text_of(bag, "id"));
			command(m, "geophone verify CASE/" CASEBOOK_BAGS "/{bag}");
		}
	json_decref(bags);
	if (m->assay)
		command(m, "geophone assess --dry-run CASE");
	command(m, m->b->lang == BULLETIN_ZH
		       ? "geophone bulletin --lang zh --format text CASE"
		       : "geophone bulletin --lang en --format text CASE");
	(void)notes(m);
}

/* The analysts' headline, or the title of the case. */
static void
title(struct maker *m)
{
	struct buf text = { .max = 1 << 16 };

	bulletin_set(m->f, "title", casebook_title(m->cb));
	(void)notes(m);
	if (m->st == OK && m->b->blocks > 0) {
		m->b->title = m->b->block[0].text;
		m->b->block[0].text = NULL;
		for (unsigned i = 1; i < m->b->blocks; i++)
			free(m->b->block[i].text);
		m->b->blocks = 0;
		return;
	}
	escape_str(&text, ESCAPE_TEXT, casebook_title(m->cb));
	m->b->title = strdup(text.at ? text.at : "");
	buf_release(&text);
}

static void
tlp(struct maker *m)
{
	static const struct {
		const char *tlp;
		enum bulletin_say say;
	} tlps[] = { { "CLEAR", SAY_TLP_CLEAR }, { "GREEN", SAY_TLP_GREEN },
		{ "AMBER", SAY_TLP_AMBER }, { "AMBER+STRICT", SAY_TLP_STRICT },
		{ "RED", SAY_TLP_RED } };
	const char *t = text_of(m->body, "tlp");

	(void)snprintf(m->b->tlp, sizeof m->b->tlp, "%s", t[0] ? t : "AMBER");
	for (size_t i = 0; i < sizeof tlps / sizeof *tlps; i++)
		if (strcmp(tlps[i].tlp, m->b->tlp) == 0)
			say(m, tlps[i].say);
	say(m, SAY_AS_OF);
}

static void (*const sections[PLACES])(struct maker *) = {
	[PLACE_SEEN] = seen,
	[PLACE_SINCE] = since,
	[PLACE_SYSTEM] = systems,
	[PLACE_AFFECTED] = affected,
	[PLACE_DO] = todo,
	[PLACE_KNOWN] = known,
	[PLACE_CLAIMED] = claimed,
	[PLACE_UNKNOWN] = unknown,
	[PLACE_INDICATORS] = indicators,
	[PLACE_VERIFY] = verify,
};

static void
draw_up(struct maker *m)
{
	if (text_of(m->body, "contact")[0])
		bulletin_set(m->f, "contact", text_of(m->body, "contact"));
	title(m);
	tlp(m);
	for (m->place = PLACE_TITLE + 1; m->st == OK && m->place < PLACES; m->place++)
		if (m->place != PLACE_CLAIMED ||
		    json_array_size(json_object_get(m->docket, "claims")) > 0)
			sections[m->place](m);
}

enum status
bulletin_make(
    struct casebook *cb, enum bulletin_lang lang, struct bulletin *out, struct error *err)
{
	struct maker m = { .cb = cb, .b = out, .f = &out->facts, .err = err };
	struct assay assay = { 0 };
	bool weighed = false;

	out->lang = lang;
	if (!bulletin_facts_begin(&out->facts))
		return error_set(err, E_NOMEM, "no memory");
	m.st = bulletin_gather_head(cb, &out->facts, &out->as_of_ns, err);
	if (m.st == OK)
		m.st = bulletin_gather_findings(cb, &out->facts, lang, &m.found, err);
	if (m.st == OK)
		m.st = docket_make(cb, &m.docket, err);
	if (m.st == OK)
		m.st = bulletin_gather_assessment(
		    cb, &out->facts, lang, &assay, &weighed, err);
	if (m.st == OK)
		m.st = bulletin_gather_names(cb, &out->facts, err);
	m.assay = weighed ? &assay : NULL;
	m.body = casebook_get(cb, "bulletin", "bulletin");
	if (m.st == OK)
		draw_up(&m);
	json_decref(m.body);
	json_decref(m.docket);
	assay_release(&assay);
	bulletin_findings_release(&m.found);
	return m.st;
}

void
bulletin_release(struct bulletin *b)
{
	for (unsigned i = 0; i < b->blocks; i++)
		free(b->block[i].text);
	free(b->title);
	bulletin_facts_release(&b->facts);
}
