/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host of ours that carries packets of others to a stranger, and brings back what
 * comes: GRE, IP in IP, VXLAN, GENEVE, EtherIP, Teredo, L2TP and their like, in clear.
 *
 * What was in them was looked into like everything else; this says between whom. The
 * null is that tunnels are set up by who looks after the network: brokers of IPv6,
 * providers, offices. Nothing tells them from others but the company they keep, so one
 * is low, and more only when it began while we looked. A tap carries too, but sends both
 * directions of a line from the same end: that is a fact about the capture and no
 * finding, and so is a tunnel between two of ours.
 */
#include "detect/detectors.h"
#include "detect/odds.h"
#include "detect/phrase.h"

#include "base/stamp.h"

#define HOUR_NS UINT64_C(3600000000000)

enum {
	MUCH_BYTES = 10000000,
	NEW_BYTES = 1000000, /* that something new must have carried to be more than low */
	NEW_HOURS = 6,
};

#define BIT(kind) (1U << TUNNEL_##kind)

/* clang-format off */
static const struct {
	uint32_t bit;
	const char *word;
} WORDS[] = {
	{ BIT(GRE),     "GRE" },
	{ BIT(IP),      "IP" },
	{ BIT(PPTP),    "PPTP" },
	{ BIT(ERSPAN),  "ERSPAN" },
	{ BIT(ETHERIP), "EtherIP" },
	{ BIT(TEREDO),  "Teredo" },
	{ BIT(AYIYA),   "AYIYA" },
	{ BIT(VXLAN),   "VXLAN" },
	{ BIT(GENEVE),  "GENEVE" },
	{ BIT(GTP),     "GTP" },
	{ BIT(L2TP),    "L2TP" },
	{ BIT(MPLS),    "MPLS" },
};
/* clang-format on */

#define FRAMES  (BIT(VXLAN) | BIT(GENEVE) | BIT(ETHERIP))
#define DIALLED (BIT(PPTP) | BIT(L2TP))

/* A tap's packets come from one end only. ERSPAN is for nothing else. */
static bool
is_tap(const struct tunnel_pair *t)
{
	return (t->mirrored > 0 && t->mirrored * 10 >= (t->mirrored + t->back) * 9) ||
	       (t->kinds & ~BIT(ERSPAN)) == 0;
}

/* Who sends packets to a host that sends none looks for tunnels, and found none. */
static bool
stands_out(const struct tunnel_pair *t, const struct ip *host)
{
	unsigned ours = ip_equal(&t->end[0].ip, host) ? 0 : 1;

	return t->end[ours].packets > 0 && !is_tap(t);
}

/*
 * Whose an end is. Who only carries may be in no pair, and then nobody has told: it is
 * ours if it was named so, or is in no part of the world, or in what was taken for ours.
 */
static bool
is_ours(const struct survey *v, const struct ip *ip)
{
	struct ip_net net[HOSTS_INFERRED];
	uint64_t originators;
	unsigned n;

	if (v->heard->hosts == NULL || hosts_find(v->heard->hosts, ip))
		return heard_side(v->heard, ip) == SIDE_INTERNAL;
	for (unsigned i = 0; i < v->params->externals; i++)
		if (ip_net_has(&v->params->external[i], ip))
			return false;
	for (unsigned i = 0; i < v->params->internals; i++)
		if (ip_net_has(&v->params->internal[i], ip))
			return true;
	if (ip_scope(ip) != IP_GLOBAL)
		return true;
	n = hosts_inferred(v->heard->hosts, net, &originators);
	for (unsigned i = 0; i < n; i++)
		if (ip_net_has(&net[i], ip))
			return true;
	return false;
}

static bool
survey_end(struct survey *v)
{
	const struct heard *h = v->heard;
	struct tunnel_pair t;

	for (size_t s = 0; h->tunnels && s < h->shards; s++) {
		for (size_t i = 0; i < tunnels_count(h->tunnels[s]); i++) {
			struct subject who = { .kind = FINDING_TUNNEL };
			bool second;

			if (!tunnels_at(h->tunnels, h->shards, s, i, &t))
				continue;
			second = is_ours(v, &t.end[1].ip);
			if (second == is_ours(v, &t.end[0].ip))
				continue;
			who.host = t.end[second].ip;
			who.peer = t.end[!second].ip;
			if (stands_out(&t, &who.host) && !survey_suspect(v, &who))
				return false;
		}
	}
	return true;
}

/* Who has a tunnel to the same stranger; whose the ends are was found out above. */
static void
look_around(const struct heard *h, const struct caller *host, const struct subject *s,
    struct context *c)
{
	struct tunnel_pair t;

	(void)host;
	c->host_side = SIDE_INTERNAL;
	c->peer_side = SIDE_EXTERNAL;
	c->peer_hosts = 0;
	for (size_t k = 0; h->tunnels && k < h->shards; k++)
		for (size_t i = 0; i < tunnels_count(h->tunnels[k]); i++)
			c->peer_hosts += tunnels_ends_at(h->tunnels[k], i, &s->peer) &&
					 tunnels_at(h->tunnels, h->shards, k, i, &t);
}

static void
put_words(struct buf *b, uint32_t kinds)
{
	const char *before = "";

	for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
		if (kinds & WORDS[i].bit) {
			buf_printf(b, "%s%s", before, WORDS[i].word);
			before = ", ";
		}
}

/* One host behind an end, and that there are others. */
static void
put_inner(struct buf *b, const char *where, const struct tunnel_end *e)
{
	char ip[IP_TEXT];

	buf_printf(b, "%s%s%s", where, ip_text(&e->inner[0], ip),
	    e->inners > 1 ? " and others" : "");
}

/* So much, and when we had listened for long enough to know that it is new. */
static bool
is_new(const struct tunnel_pair *t, const struct context *c)
{
	return t->end[0].bytes + t->end[1].bytes >= NEW_BYTES &&
	       t->first_ns >= c->span_first_ns + NEW_HOURS * HOUR_NS;
}

static void
weigh(struct finding *f, const struct context *c, const struct tunnel_pair *t)
{
	uint64_t bytes = t->end[0].bytes + t->end[1].bytes;
	char n[PHRASE_COUNT], span[STAMP_TEXT];

	odds_weight(f, "prior", WEIGHT_TUNNEL_PRIOR,
	    "brokers of IPv6, providers and offices far away are reached so, too");
	if (t->kinds & FRAMES)
		odds_weight(
		    f, "frames", WEIGHT_TUNNEL_FRAMES, "whole Ethernet frames are carried");
	if (t->kinds == BIT(TEREDO))
		odds_weight(f, "teredo", WEIGHT_TUNNEL_TEREDO,
		    "Windows and game consoles set up Teredo by themselves");
	if (t->kinds & DIALLED)
		odds_weight(f, "dialled", WEIGHT_TUNNEL_DIALLED,
		    "people with an account there dial in so");
	if (t->back == 0)
		odds_weight(f, "answers", WEIGHT_TUNNEL_UNANSWERED,
		    "nothing that came back was heard: it may end nowhere");
	if (bytes >= MUCH_BYTES)
		odds_weight(f, "volume", WEIGHT_TUNNEL_MUCH, "it carried %s",
		    phrase_bytes(bytes, n));
	if (is_new(t, c))
		odds_weight(f, "new", WEIGHT_TUNNEL_NEW,
		    "it began when we had listened for %s",
		    stamp_period(t->first_ns - c->span_first_ns, span));
	odds_prevalence(f, c);
	odds_name(f, c);
	odds_benign(f, "a broker of IPv6, a provider or an office of one's own", true,
	    "who looks after the network knows whether it is");
	odds_benign(f, "a tap that sends on what it sees", false,
	    "of %llu flows the answers came back through it", (unsigned long long)t->back);
}

static void
say(struct finding *f, const struct tunnel_pair *t, unsigned ours)
{
	struct buf b = { .at = f->why, .cap = sizeof f->why, .max = sizeof f->why - 1 };
	char host[IP_TEXT], peer[IP_TEXT], n[PHRASE_COUNT], up[PHRASE_COUNT],
	    down[PHRASE_COUNT];

	buf_printf(&b, "%s carried %s in %s flows to %s and %s back, inside ",
	    ip_text(&f->host, host), phrase_bytes(t->end[ours].bytes, up),
	    phrase_count(t->flows, n), ip_text(&f->peer, peer),
	    phrase_bytes(t->end[!ours].bytes, down));
	put_words(&b, t->kinds);
	if (b.len + 2 * IP_TEXT + 32 < b.max) { /* long addresses leave no room */
		put_inner(&b, "; behind it ", &t->end[ours]);
		put_inner(&b, ", there ", &t->end[!ours]);
	}
	CHECK(!b.bad);
}

static bool
judge(const struct heard *h, const struct subject *s, const struct context *ctx,
    const struct params *params, struct finding *f)
{
	struct tunnel_pair t;
	unsigned ours;

	(void)params;
	if (h->tunnels == NULL || ctx->host_side == ctx->peer_side ||
	    !tunnels_find(h->tunnels, h->shards, &s->host, &s->peer, &t) ||
	    !stands_out(&t, &s->host))
		return false;
	ours = ip_equal(&t.end[0].ip, &s->host) ? 0 : 1;
	f->first_ns = t.first_ns;
	f->last_ns = t.last_ns;
	f->contacts = t.flows;
	f->fdr_ppm = 1; /* it is measured; nothing is inferred */
	odds_measure(f, "up_bytes", t.end[ours].bytes);
	odds_measure(f, "down_bytes", t.end[!ours].bytes);
	odds_measure(f, "up_packets", t.end[ours].packets);
	odds_measure(f, "down_packets", t.end[!ours].packets);
	odds_measure(f, "flows", t.flows);
	odds_measure(f, "flows_answered", t.back);
	odds_measure(f, "flows_mirrored", t.mirrored);
	odds_measure(f, "hosts_behind_it", t.end[ours].inners + t.end[ours].more);
	odds_measure(f, "hosts_there", t.end[!ours].inners + t.end[!ours].more);
	weigh(f, ctx, &t);
	odds_severity(f, ctx, is_new(&t, ctx) ? SEVERITY_HIGH : SEVERITY_LOW);
	f->technique = "T1572";
	say(f, &t, ours);
	return true;
}

const struct detector detector_tunnel = {
	.kind = FINDING_TUNNEL,
	.scope = SCOPE_CARRIED,
	.survey_end = survey_end,
	.look_around = look_around,
	.judge = judge,
};
