/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host that hands something over outside and never comes for anything: mail to
 * a server it fetches none from, files to a store that it takes none out of, forms
 * to a page that it never looked at.
 *
 * What stole passwords hands them over in one of these ways, in a minute and once
 * a day at most, so there is no rhythm and no volume. The null is that whoever
 * sends mail reads some, that people look into a store before they put something
 * into it, and at a page before they fill in its form. Copiers, cameras and
 * instruments only give, too; what tells them apart is who else does so, and that
 * they have no reason to ask strangers for their own address just before.
 */
#include "detect/detectors.h"
#include "detect/odds.h"
#include "detect/phrase.h"
#include "detect/survey.h"

#include "base/stamp.h"
#include "record/flow.h"

enum {
	PORT_FTP = 21,
	PORT_DATA = 1024, /* the least that passive FTP uses */
	SERVERS = 4,      /* who gives mail to as many is a mail server, or floods */
};

enum way { WAY_MAIL, WAY_STORE, WAY_FORM };

/* What was handed over, and what was taken. */
struct handed {
	enum way way;
	uint64_t up, down, first_ns, last_ns;
	size_t calls; /* that gave */
	size_t taken; /* of a store: connections that brought something */
	bool in_clear;
};

static bool
is_mail_port(uint16_t port)
{
	return port == 25 || port == 465 || port == 587 || port == 2525;
}

static bool
is_mailbox_port(uint16_t port)
{
	return port == 110 || port == 143 || port == 993 || port == 995;
}

static bool
gave(const struct contact *c)
{
	return c->up > 0 && !(c->flags & CONTACT_FAILED);
}

static void
count(struct handed *h, const struct contact *c)
{
	h->first_ns =
	    h->calls == 0 || c->start_ns < h->first_ns ? c->start_ns : h->first_ns;
	h->last_ns = c->start_ns > h->last_ns ? c->start_ns : h->last_ns;
	h->calls++;
	h->up += c->up;
	h->down += c->down;
}

/* Of a store all the calls to it are looked at, since files come over others. */
static struct handed
measure_store(const struct calls *calls, const struct ip *peer)
{
	struct handed h = { .way = WAY_STORE, .in_clear = true };
	bool control = false;

	for (size_t i = calls->first; i < calls->end; i++) {
		struct pair_key k = pairs_key(calls->pairs, i);
		size_t n;
		const struct contact *c;

		if (!ip_equal(&k.peer, peer) || k.proto != PROTO_TCP)
			continue;
		c = pairs_contacts(calls->pairs, i, &n);
		for (size_t j = 0; j < n; j++) {
			control |= k.port == PORT_FTP && gave(&c[j]) && c[j].down > 0;
			if (k.port < PORT_DATA)
				continue;
			h.taken += c[j].down > 0;
			if (gave(&c[j]) && c[j].down == 0)
				count(&h, &c[j]);
		}
	}
	if (!control)
		h.calls = 0;
	return h;
}

static struct handed
measure_service(const struct contact *c, size_t n, enum way way)
{
	struct handed h = { .way = way, .in_clear = n > 0 };

	for (size_t i = 0; i < n; i++) {
		if (!gave(&c[i]) || (way == WAY_MAIL && c[i].down == 0))
			continue;
		h.in_clear &=
		    c[i].service == (way == WAY_MAIL ? SERVICE_SMTP : SERVICE_HTTP);
		count(&h, &c[i]);
	}
	return h;
}

/* Calls zero: it is none of the three. */
static struct handed
measure(const struct heard *h, const struct subject *s)
{
	struct handed none = { .calls = 0 };
	const struct contact *c;
	struct calls calls;
	size_t pair, n;

	if (!calls_of(h, &s->host, &calls) || s->proto != PROTO_TCP)
		return none;
	if (s->port == 0)
		return measure_store(&calls, &s->peer);
	c = calls_service(&calls, s, &pair, &n);
	if (c == NULL)
		return none;
	return measure_service(c, n, is_mail_port(s->port) ? WAY_MAIL : WAY_FORM);
}

static bool
gave_any(const struct called *s)
{
	for (size_t i = 0; i < s->calls; i++)
		if (gave(&s->call[i]))
			return true;
	return false;
}

/* Posts and nothing else, as far as the requests were heard. */
static bool
posts_only(const struct caller *c, const struct pair_key *k)
{
	const struct manner *m;

	if (c->heard->manners == NULL)
		return false;
	m = manners_of(c->heard->manners[c->shard], MANNER_PAGES_ASKED, &k->host, &k->peer,
	    k->port, k->proto);
	return m && m->posts > 0 && m->posts == m->n;
}

static bool
survey_host(struct survey *v, const struct caller *caller)
{
	size_t asked = 0; /* pages, by anybody: else nobody handed in a form */

	if (caller->side != SIDE_INTERNAL)
		return true;
	if (caller->heard->manners)
		(void)manners_all(caller->heard->manners[caller->shard], &asked);
	for (size_t i = 0; i < caller->services; i++) {
		const struct called *called = &caller->service[i];
		struct pair_key k = called->key;
		struct subject s;

		if (k.proto != PROTO_TCP || called->up == 0 || name_is_key(&k.peer))
			continue;
		/* The cheapest first: of a form it is known last whether it was one. */
		if (k.port != PORT_FTP && !is_mail_port(k.port) &&
		    (!asked || !gave_any(called) || !posts_only(caller, &k)))
			continue;
		s = survey_subject(FINDING_DROPOFF, &k);
		s.port = k.port == PORT_FTP ? 0 : k.port;
		if (measure(v->heard, &s).calls > 0 &&
		    called_side(caller, called) == SIDE_EXTERNAL && !survey_suspect(v, &s))
			return false;
	}
	return true;
}

/* Which mail the host fetched, and to how many servers it gives some. */
static void
look_around(const struct heard *h, const struct caller *host, const struct subject *s,
    struct context *c)
{
	struct ip before = { { 0 } };

	(void)h;
	(void)s;
	for (size_t i = 0; i < host->services; i++) {
		const struct called *called = &host->service[i];
		const struct pair_key *k = &called->key;

		if (k->proto != PROTO_TCP || name_is_key(&k->peer))
			continue;
		if (is_mailbox_port(k->port) && called->down > 0)
			c->mail_fetched += called->calls;
		if (is_mail_port(k->port) && !ip_equal(&before, &k->peer)) {
			c->mail_servers++;
			before = k->peer;
		}
	}
}

static void
weigh_form(struct finding *f, const struct context *c)
{
	odds_weight(f, "prior", WEIGHT_DROPOFF_FORM_PRIOR,
	    "programs report to their makers in forms, too");
	odds_weight(f, "form", WEIGHT_DROPOFF_FORM_ONLY,
	    "forms were handed in, and no page was looked at");
	if (c->page_traits & PAGES_BROWSER)
		odds_weight(f, "browser", WEIGHT_DROPOFF_BROWSER,
		    "it calls itself a browser, and browsers look at pages first");
	if (c->page_traits & PAGES_SCRIPT)
		odds_weight(f, "script", WEIGHT_DROPOFF_SCRIPT,
		    "a single script of a page takes them");
	odds_benign(f, "a program that reports to its maker", c->name[0] != '\0',
	    "they do so in forms");
}

static void
weigh(struct finding *f, const struct context *c, const struct handed *m)
{
	if (m->way == WAY_FORM) {
		weigh_form(f, c);
	} else {
		odds_weight(f, "prior", WEIGHT_DROPOFF_PRIOR,
		    "copiers, cameras and instruments hand over, too");
		odds_benign(f,
		    m->way == WAY_MAIL ? "a device that reports by mail"
				       : "an instrument or a camera that stores its data",
		    true, "they only give");
	}
	if (m->way == WAY_MAIL && c->mail_fetched == 0)
		odds_weight(f, "one_way", WEIGHT_DROPOFF_MAIL_ONLY,
		    "the host fetched no mail anywhere");
	if (m->way == WAY_MAIL && m->in_clear && c->hellos == 0)
		odds_weight(f, "in_clear", WEIGHT_DROPOFF_CLEAR,
		    "mail is handed over in clear text");
	if (m->way == WAY_STORE && m->taken == 0)
		odds_weight(f, "one_way", WEIGHT_DROPOFF_STORE_ONLY,
		    "files were put there, and nothing was looked at or taken");
	odds_own_address(f, c, m->first_ns);
	odds_prevalence(f, c);
	odds_name(f, c);
}

static void
say(struct finding *f, const struct handed *m)
{
	static const char *const what[][2] = {
		[WAY_MAIL] = { "connection that submits mail",
		    "connections that submit mail" },
		[WAY_STORE] = { "connection that stores a file",
		    "connections that store files" },
		[WAY_FORM] = { "call that hands in a form", "calls that hand in forms" },
	};
	struct buf b = { .at = f->why, .cap = sizeof f->why, .max = sizeof f->why - 1 };
	char host[IP_TEXT], peer[PHRASE_ENDPOINT], n[PHRASE_COUNT], up[PHRASE_COUNT];

	if (f->port == 0)
		(void)ip_text(&f->peer, peer);
	else
		(void)phrase_endpoint(&f->peer, f->port, f->proto, peer);
	buf_printf(&b, "%s handed %s to %s, in %s %s%s", ip_text(&f->host, host),
	    phrase_bytes(m->up, up), peer, phrase_count(m->calls, n),
	    what[m->way][m->calls != 1], m->taken > 0 ? "" : ", and took nothing");
	CHECK(!b.bad);
}

static bool
judge(const struct heard *h, const struct subject *s, const struct context *ctx,
    const struct params *params, struct finding *f)
{
	struct handed m = measure(h, s);

	(void)params;
	if (m.calls == 0 || ctx->peer_side != SIDE_EXTERNAL ||
	    (m.way == WAY_MAIL && ctx->mail_servers >= SERVERS) ||
	    (m.way == WAY_FORM && (ctx->posts == 0 || ctx->posts != ctx->requests)))
		return false;
	f->first_ns = m.first_ns;
	f->last_ns = m.last_ns;
	f->contacts = m.calls;
	f->fdr_ppm = 1; /* it is measured; nothing is inferred */
	odds_measure(f, "up_bytes", m.up);
	odds_measure(f, "down_bytes", m.down);
	odds_measure(f, "mail_fetched", ctx->mail_fetched);
	weigh(f, ctx, &m);
	odds_severity(f, ctx, SEVERITY_HIGH);
	f->technique = "T1048";
	say(f, &m);
	return true;
}

const struct detector detector_dropoff = {
	.kind = FINDING_DROPOFF,
	.scope = SCOPE_NAMED,
	.survey_host = survey_host,
	.look_around = look_around,
	.judge = judge,
};
