/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host that talks to what somebody listed as bad.
 *
 * That the two match was seen and is no inference; what it is worth is what the
 * list is worth, which the list says itself or the user, in millibans: 3,000 is
 * one wrong entry in a thousand. What was matched, in which list and its digest
 * stand in the context, so that the judgement can be made again without the
 * list. A fingerprint of a client alone is never an alert: libraries share it.
 */
#include "detect/detectors.h"
#include "detect/odds.h"
#include "detect/phrase.h"
#include "detect/sightings.h"

#include <stdio.h>
#include <string.h>

#include "base/stamp.h"

static bool
begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* Asked there for names, and none of them is what was listed. */
static bool
has_other_names(const struct heard *h, const struct pair_key *k)
{
	size_t n;
	const struct name_link *l;

	for (size_t s = 0; h->names && s < h->shards; s++) {
		if (h->names[s] == NULL)
			continue;
		l = names_at(h->names[s], &k->host, &k->peer, &n);
		for (size_t i = 0; i < n; i++)
			if (l[i].name != 0 && l[i].port == k->port &&
			    l[i].proto == k->proto && !(l[i].how & NAME_LOOKED_UP))
				return true;
	}
	return false;
}

static bool
listed_pair(
    const struct heard *h, const struct pair_key *k, uint64_t first_ns, struct context *c)
{
	if (name_is_key(&k->peer) || !sightings_of(h->sightings, &k->host, &k->peer, "",
					 k->port, k->proto, first_ns, c))
		return false;
	/* What is said of who calls us says nothing of ours being controlled. */
	if (c->listed_how == SIGHTING_RULE && heard_side(h, &k->host) != SIDE_INTERNAL)
		return false;
	return c->listed_how != SIGHTING_RESOLVED || !has_other_names(h, k);
}

static bool
survey_host(struct survey *v, const struct caller *caller)
{
	for (size_t i = 0; v->heard->sightings && i < caller->services; i++) {
		const struct called *service = &caller->service[i];
		struct subject s = survey_subject(FINDING_INDICATOR, &service->key);
		struct context c = { 0 };

		if (!listed_pair(v->heard, &service->key, service->call->start_ns, &c))
			continue;
		if (begins(c.listed, "domain "))
			(void)snprintf(
			    s.name, sizeof s.name, "%.200s", c.listed + strlen("domain "));
		if (!survey_suspect(v, &s))
			return false;
	}
	return true;
}

static void
look_around(const struct heard *h, const struct caller *host, const struct subject *s,
    struct context *c)
{
	struct pair_key k = { .host = s->host, .peer = s->peer, .port = s->port };
	const struct contact *contact;
	size_t pair, n;

	k.proto = s->proto;
	contact = calls_service(&host->calls, s, &pair, &n);
	if (contact)
		(void)listed_pair(h, &k, contact->start_ns, c);
}

/* What the context says was matched fits the subject, as far as it can be told. */
static bool
matches(const struct subject *s, const struct context *c)
{
	const char *text = strchr(c->listed, ' ');
	char address[IP_TEXT + 10], with_port[IP_TEXT + 10], ip[IP_TEXT];
	struct ip_net net;

	if (text == NULL || c->listed_mb == 0)
		return false;
	text++;
	(void)ip_text(&s->peer, ip);
	(void)snprintf(address, sizeof address, "%.*s", IP_TEXT, ip);
	(void)snprintf(with_port, sizeof with_port,
	    ip_is_v4(&s->peer) ? "%s:%u" : "[%s]:%u", ip, s->port);
	if (begins(c->listed, "address "))
		return strcmp(text, address) == 0 || strcmp(text, with_port) == 0;
	if (begins(c->listed, "network "))
		return ip_net_parse(
			   (struct span){ (const uint8_t *)text, strlen(text) }, &net) &&
		       ip_net_has(&net, &s->peer);
	if (begins(c->listed, "domain "))
		return strcmp(text, s->name) == 0;
	return true;
}

static void
weigh(struct finding *f, const struct context *c, uint64_t failed)
{
	char n[PHRASE_COUNT];

	odds_weight(f, "prior", WEIGHT_INDICATOR_PRIOR,
	    "few that meet what is listed are controlled");
	odds_term(f, "listed", (int32_t)c->listed_mb, "%.200s is in %.40s", c->listed,
	    c->listed_in);
	if (begins(c->listed, "address "))
		odds_weight(f, "kind", WEIGHT_INDICATOR_ADDRESS,
		    "addresses change hands and house many");
	if (begins(c->listed, "network "))
		odds_weight(
		    f, "kind", WEIGHT_INDICATOR_NETWORK, "a network is many addresses");
	if (begins(c->listed, "ja"))
		odds_weight(f, "kind", WEIGHT_INDICATOR_PRINT,
		    "harmless programs may have the fingerprint");
	if (c->listed_how == SIGHTING_LOOKED_UP)
		odds_weight(f, "looked_up", WEIGHT_INDICATOR_LOOKED_UP,
		    "it was asked for, no more is known");
	if (failed == f->contacts)
		odds_weight(f, "failed", WEIGHT_INDICATOR_SERVED_NOT,
		    "none of %s calls got service", phrase_count(f->contacts, n));
	if (c->listed_how != SIGHTING_LOOKED_UP)
		odds_prevalence(f, c);
	if (c->listed_how == SIGHTING_RULE)
		odds_benign(f, "harmless traffic that the rule fits, too", true,
		    "rules are made to miss little");
	else
		odds_benign(f, "an entry that is wrong or old", true,
		    "nothing but the list speaks of it here");
	if (begins(c->listed, "address ") || begins(c->listed, "network ") ||
	    c->listed_how == SIGHTING_RESOLVED)
		odds_benign(f, "somebody else at the same address", true,
		    "addresses are shared, and no name was heard");
}

static void
say(struct finding *f, const struct context *c)
{
	char host[IP_TEXT], peer[PHRASE_ENDPOINT], n[PHRASE_COUNT];
	const char *name = c->listed_in, *end = strstr(name, " sha256:");
	struct buf b = { .at = f->why, .cap = sizeof f->why, .max = sizeof f->why - 1 };

	buf_printf(&b,
	    c->listed_how == SIGHTING_RULE
		? "%s called %s, and of that speaks %.200s, of %.*s (%s contacts)"
	    : c->listed_how == SIGHTING_LOOKED_UP
		? "%s asked %s for what is listed: %.200s, in %.*s (%s contacts)"
		: "%s called %s, which is listed: %.200s, in %.*s (%s contacts)",
	    ip_text(&f->host, host), phrase_endpoint(&f->peer, f->port, f->proto, peer),
	    c->listed, (int)(end && end - name < 60 ? end - name : 60), name,
	    phrase_count(f->contacts, n));
	CHECK(!b.bad);
}

static bool
judge(const struct heard *h, const struct subject *s, const struct context *ctx,
    const struct params *params, struct finding *f)
{
	const struct contact *c;
	struct calls calls;
	uint64_t failed = 0;
	size_t pair, n;

	(void)params;
	if (ctx->listed[0] == '\0' || !matches(s, ctx) || !calls_of(h, &s->host, &calls))
		return false;
	c = calls_service(&calls, s, &pair, &n);
	if (c == NULL || (ctx->listed_until_ns && c[0].start_ns > ctx->listed_until_ns))
		return false;
	for (size_t i = 0; i < n; i++)
		failed += (c[i].flags & CONTACT_FAILED) != 0;
	f->first_ns = c[0].start_ns;
	f->last_ns = c[n - 1].start_ns;
	f->contacts = n;
	f->llr_mb = (int64_t)ctx->listed_mb;
	f->fdr_ppm = odds_fdr_ppm(f->llr_mb, 1);
	odds_measure(f, "failed_calls", failed);
	odds_measure(f, "list_mb", ctx->listed_mb);
	weigh(f, ctx, failed);
	odds_severity(f, ctx, SEVERITY_HIGH);
	f->technique = f->severity >= SEVERITY_LOW ? "T1071" : NULL;
	say(f, ctx);
	return true;
}

const struct detector detector_indicator = {
	.kind = FINDING_INDICATOR,
	.scope = SCOPE_SERVICE,
	.survey_host = survey_host,
	.look_around = look_around,
	.judge = judge,
};
