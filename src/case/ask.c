/* SPDX-License-Identifier: Apache-2.0 */
#include "case/ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"

/* What there is to ask for, and what it costs to forge at best. */
static const struct ask_kind {
	const char *kind;
	enum weigh_forge forge;
	const char *wanted[3]; /* words of a request */
	const char *what;
} ask_kinds[] = {
	{ "dns", FORGE_CHEAP, { "flows" },
	    "passive DNS and registration history of the controller's names, from a "
	    "provider "
	    "who has not reported yet" },
	{ "flow", FORGE_COSTLY, { "flows", "absence" },
	    "flow records of the controller's other peers in the same window, with the "
	    "sensor's coverage" },
	{ "host", FORGE_COSTLY, { "sample" },
	    "an image of a controlled host, taken by somebody else than who reported" },
	{ "malware", FORGE_COSTLY, { "sample" },
	    "a sample of what runs on the host, with its hash, for comparison of code" },
	{ "payload", FORGE_NONE, { "slice" },
	    "packets of the control channel itself, sealed by the sensor that saw them" },
	{ "report", FORGE_COSTLY, { "document" },
	    "an account by a party that is no part of those quoted so far, with its "
	    "evidence" },
	{ "tls", FORGE_CHEAP, { "flows" },
	    "certificates and TLS fingerprints of the controller over time" },
};

enum { KINDS = sizeof ask_kinds / sizeof *ask_kinds };

/* In what way one more item may speak. */
static const struct stance {
	const char *name;
	enum weigh_rating actor, twin;
	bool twin_rated;
} stances[] = {
	{ "speaks for it", RATING_CC, RATING_N, false },
	{ "speaks against it", RATING_II, RATING_N, false },
	{ "tells that it was imitated", RATING_II, RATING_CC, true },
};

enum { STANCES = sizeof stances / sizeof *stances };

struct trial {
	struct weigh_case c; /* with room for two items more */
	struct weigh_result out;
	unsigned actor; /* hypothesis of the actor that is asked about */
};

/* The leading actor: genuine or imitated; if none leads, the best placed one. */
static unsigned
actor_in_question(const struct weigh_case *c, const struct weigh_result *r)
{
	unsigned best = 0;

	if (r->leader < 2 * c->actors)
		return r->leader & ~1u;
	for (unsigned h = 2; h < 2 * c->actors; h += 2)
		if (r->score[h] > r->score[best])
			best = h;
	return best;
}

static void
add_item(struct trial *t, const struct ask_kind *k, const struct stance *s, unsigned nth)
{
	struct weigh_item *e = &t->c.item[t->c.items++];

	*e = (struct weigh_item){ .source = 'B', .credibility = '2', .forge = k->forge };
	(void)snprintf(e->id, sizeof e->id, "?%u", nth);
	(void)snprintf(e->group, sizeof e->group, "?%u", nth);
	(void)snprintf(e->kind, sizeof e->kind, "%s", k->kind);
	e->rating[t->actor] = (uint8_t)s->actor;
	e->rated[t->actor] = true;
	if (s->twin_rated) {
		e->rating[t->actor + 1] = (uint8_t)s->twin;
		e->rated[t->actor + 1] = true;
	}
}

/* {"if":..,"leader":..,"status":..} when the outcome changes, else NULL. */
static json_t *
outcome(struct trial *t, const struct weigh_result *now, const char *stance)
{
	char name[WEIGH_NAME + 4];

	memset(&t->out, 0, sizeof t->out);
	weigh(&t->c, &t->out);
	/* One refusal is as good as another, whoever is ahead in it. */
	if (t->out.status == now->status &&
	    (t->out.leader == now->leader || now->status == WEIGH_INSUFFICIENT))
		return NULL;
	return json_pack("{s:s, s:s, s:s}", "if", stance, "leader",
	    weigh_hypothesis(&t->c, t->out.leader, name), "status",
	    weigh_status_text(t->out.status));
}

static json_t *
describe(const struct ask_kind *a, const struct ask_kind *b, json_t *would)
{
	json_t *wanted = json_array(), *ask;
	char says[512];

	for (size_t i = 0; i < 3 && a->wanted[i]; i++)
		(void)json_array_append_new(wanted, json_string(a->wanted[i]));
	(void)snprintf(says, sizeof says, "%s%s%s", a->what, b ? "; together with " : "",
	    b ? b->what : "");
	ask = json_pack("{s:s, s:s*, s:s, s:o, s:O}", "kind", a->kind, "pair",
	    b ? b->kind : NULL, "says", says, "wanted", wanted, "would", would);
	return ask;
}

static void
try_kinds(struct trial *t, const struct weigh_result *now, const struct ask_kind *a,
    const struct ask_kind *b, json_t *list)
{
	json_t *would = json_array();
	unsigned items = t->c.items;

	for (unsigned s = 0; s < STANCES; s++) {
		json_t *o;

		add_item(t, a, &stances[s], 1);
		if (b)
			add_item(t, b, &stances[s], 2);
		o = outcome(t, now, stances[s].name);
		if (o)
			(void)json_array_append_new(would, o);
		t->c.items = items;
	}
	if (json_array_size(would) > 0)
		(void)json_array_append_new(list, describe(a, b, would));
	json_decref(would);
}

json_t *
ask_next(const struct weigh_case *c, const struct weigh_result *r)
{
	struct trial *t = calloc(1, sizeof *t);
	struct weigh_item *item = calloc(c->items + 2, sizeof *item);
	json_t *list = json_array();

	if (t && item && c->items + 2 <= WEIGH_ITEMS && r->group_n + 2 <= WEIGH_GROUPS) {
		t->c = *c;
		t->c.item = item;
		if (c->items > 0)
			memcpy(item, c->item, c->items * sizeof *item);
		t->actor = actor_in_question(c, r);
		for (unsigned i = 0; i < KINDS; i++)
			try_kinds(t, r, &ask_kinds[i], NULL, list);
		for (unsigned i = 0; json_array_size(list) == 0 && i < KINDS; i++)
			for (unsigned k = i + 1; k < KINDS; k++)
				try_kinds(t, r, &ask_kinds[i], &ask_kinds[k], list);
	}
	free(item);
	free(t);
	return list;
}

/* One number, used once, that both sides can name the request by. */
static void
make_nonce(const char *assessment, const char *id, char hex[static DIGEST_HEX])
{
	struct digest_stream s;
	struct digest d;

	digest_stream_begin(&s);
	digest_stream_add(&s, (struct span){ (const uint8_t *)"geophone/ask/v1\0", 16 });
	digest_stream_add(
	    &s, (struct span){ (const uint8_t *)assessment, strlen(assessment) });
	digest_stream_add(&s, (struct span){ (const uint8_t *)id, strlen(id) });
	d = digest_stream_end(&s);
	(void)digest_hex(&d, hex);
}

static json_t *
request_of(const json_t *ask, const char *assessment, const json_t *selectors)
{
	const char *kind = json_string_value(json_object_get(ask, "kind"));
	const char *pair = json_string_value(json_object_get(ask, "pair"));
	json_t *would = json_object_get(ask, "would"), *w, *r;
	char id[160], nonce[DIGEST_HEX], text[1024], purpose[1024];
	size_t n = 0, i;

	(void)snprintf(id, sizeof id, "ask-%.8s-%s%s%s", assessment, kind, pair ? "-" : "",
	    pair ? pair : "");
	make_nonce(assessment, id, nonce);
	text[0] = '\0';
	json_array_foreach(would, i, w)
	{
		n += (size_t)snprintf(text + n, sizeof text - n, "%sif it %s: %s (%s)",
		    i ? "; " : "", json_string_value(json_object_get(w, "if")),
		    json_string_value(json_object_get(w, "status")),
		    json_string_value(json_object_get(w, "leader")));
		if (n >= sizeof text)
			break;
	}
	(void)snprintf(purpose, sizeof purpose, "to tell competing explanations apart: %s",
	    json_string_value(json_object_get(ask, "says")));
	r = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:O, s:s, s:s}", "id", id,
	    "kind", kind, "nonce", nonce, "pap", "AMBER", "purpose", purpose, "state",
	    "drafted", "tlp", "AMBER", "wanted", json_object_get(ask, "wanted"),
	    "would_change", text, "max_retention", "until the case is closed");
	if (r && selectors && json_array_size(selectors) > 0)
		(void)json_object_set(r, "selectors", (json_t *)selectors);
	return r;
}

json_t *
ask_requests(const json_t *asks, const char *id, const json_t *selectors)
{
	json_t *list = json_array(), *ask;
	size_t i;

	json_array_foreach(asks, i, ask)(void)
	    json_array_append_new(list, request_of(ask, id, selectors));
	return list;
}
