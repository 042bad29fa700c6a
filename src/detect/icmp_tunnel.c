/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pings that carry something: ptunnel, icmpsh, Hans and their like.
 *
 * The null is what programs that ping do: they send a time or a counter and then the
 * same each time, and what they are sent hosts send back (RFC 792). So a single ping
 * is never looked at, nor how large one is; only replies that bring something else
 * than was sent, and data that is another in every ping. A device that answers with
 * data of its own does so in the same way each time, and that is not taken for more.
 * Some programs send what lay in memory (a bridge for lamps that measures its path to
 * the gateway): data that is new in each ping and is answered as it ought to be is
 * looked at only where it goes outside, and is never more than low.
 * What the pings said is not kept but counted (trait.h), and stands in the context.
 */
#include "detect/detectors.h"
#include "detect/manner.h"
#include "detect/odds.h"
#include "detect/phrase.h"

#include "base/stamp.h"

enum {
	FEWEST_DIFFER = 4,
	FEWEST_CHANGES = 16,
	HANDFUL_BYTES = 1000,
	MUCH_BYTES = 64000,
};

/* Replies that bring something else, and not always the same. */
static bool
answers_vary(const struct context *c)
{
	return c->echo_differ >= FEWEST_DIFFER && c->echo_differ_changes >= FEWEST_DIFFER;
}

/* At least every second one says something new. */
static bool
requests_vary(const struct context *c)
{
	return c->echo_changes >= FEWEST_CHANGES && c->echo_changes * 2 >= c->echo_requests;
}

static bool
stands_out(const struct context *c)
{
	return c->echo_differ >= FEWEST_DIFFER ||
	       (requests_vary(c) && c->peer_side == SIDE_EXTERNAL);
}

static bool
is_ping(uint8_t proto)
{
	return proto == PROTO_ICMP || proto == PROTO_ICMP6;
}

static bool
worth(const struct caller *caller, const struct called *called)
{
	const struct pair_key *k = &called->key;
	struct context c;

	if (!is_ping(k->proto) || caller->heard->manners == NULL)
		return false;
	c = (struct context){ .hosts = 0 }; /* it is large, and most calls are no pings */
	manner_look_at(caller->heard->manners, caller->heard->shards, caller->shard, k, &c);
	if (c.echo_requests + c.echo_differ > 0)
		c.peer_side = called_side(caller, called);
	return stands_out(&c);
}

static void
weigh(struct finding *f, const struct context *c, const struct volume *p)
{
	char n[PHRASE_COUNT], m[PHRASE_COUNT];

	odds_weight(f, "prior", WEIGHT_ICMP_TUNNEL_PRIOR,
	    "probes and devices that answer wrongly have odd pings, too");
	if (answers_vary(c))
		odds_weight(f, "replies", WEIGHT_ICMP_TUNNEL_DIFFER,
		    "%s of %s replies bring something else than was sent, and each time "
		    "another",
		    phrase_count(c->echo_differ, n), phrase_count(c->echo_replies, m));
	else if (c->echo_differ >= FEWEST_DIFFER)
		odds_weight(f, "replies", WEIGHT_ICMP_TUNNEL_ANSWER,
		    "%s of %s replies bring something else than was sent",
		    phrase_count(c->echo_differ, n), phrase_count(c->echo_replies, m));
	if (requests_vary(c))
		odds_weight(f, "changes", WEIGHT_ICMP_TUNNEL_CHANGES,
		    "the data of %s of %s requests was new; programs that ping send the "
		    "same again",
		    phrase_count(c->echo_changes, n), phrase_count(c->echo_requests, m));
	if (p->up + p->down >= MUCH_BYTES)
		odds_weight(f, "volume", WEIGHT_ICMP_TUNNEL_MUCH, "they carried %s",
		    phrase_bytes(p->up + p->down, n));
	else if (p->up + p->down < HANDFUL_BYTES)
		odds_weight(f, "volume", WEIGHT_ICMP_TUNNEL_HANDFUL,
		    "they carried %s in all", phrase_bytes(p->up + p->down, n));
	odds_prevalence(f, c);
	odds_name(f, c);
	odds_benign(f, "a probe that measures sizes or delay", c->echo_differ == 0,
	    c->echo_differ == 0 ? "what was sent came back"
				: "what was sent did not come back");
	odds_benign(f, "a device that answers wrongly", !answers_vary(c),
	    answers_vary(c) ? "it would answer alike each time"
			    : "the replies are alike, or as they ought to be");
}

static void
say(struct finding *f, const struct context *c, const struct volume *p)
{
	struct buf b = { .at = f->why, .cap = sizeof f->why, .max = sizeof f->why - 1 };
	char host[IP_TEXT], peer[IP_TEXT], up[PHRASE_COUNT], down[PHRASE_COUNT],
	    n[PHRASE_COUNT], span[STAMP_TEXT];

	buf_printf(&b, "%s sent %s in pings to %s in %s and got %s back; ",
	    ip_text(&f->host, host), phrase_bytes(p->up, up), ip_text(&f->peer, peer),
	    stamp_period(p->last_ns - p->first_ns, span), phrase_bytes(p->down, down));
	if (c->echo_differ >= FEWEST_DIFFER)
		buf_printf(&b, "%s replies were not what was sent",
		    phrase_count(c->echo_differ, n));
	else
		buf_printf(
		    &b, "%s times the data was new", phrase_count(c->echo_changes, n));
	CHECK(!b.bad);
}

static bool
judge(const struct heard *h, const struct subject *s, const struct context *ctx,
    const struct params *params, struct finding *f)
{
	const struct contact *c;
	struct calls calls;
	struct volume p;
	size_t pair, n;

	(void)params;
	if (!is_ping(s->proto) || !stands_out(ctx) || !calls_of(h, &s->host, &calls))
		return false;
	c = calls_service(&calls, s, &pair, &n);
	if (c == NULL)
		return false;
	p = volume_of(c, n);
	f->first_ns = p.first_ns;
	f->last_ns = p.last_ns;
	f->contacts = n;
	f->fdr_ppm = 1; /* it is measured; nothing is inferred */
	odds_measure(f, "up_bytes", p.up);
	odds_measure(f, "down_bytes", p.down);
	odds_measure(f, "requests", ctx->echo_requests);
	odds_measure(f, "new_requests", ctx->echo_changes);
	odds_measure(f, "replies", ctx->echo_replies);
	odds_measure(f, "other_replies", ctx->echo_differ);
	odds_measure(f, "new_other_replies", ctx->echo_differ_changes);
	odds_measure(f, "other_reply_bytes", ctx->echo_differ_bytes);
	weigh(f, ctx, &p);
	odds_severity(f, ctx,
	    p.up + p.down < HANDFUL_BYTES || !answers_vary(ctx) ? SEVERITY_LOW
								: SEVERITY_CRITICAL);
	f->technique = "T1095";
	say(f, ctx, &p);
	return true;
}

const struct detector detector_icmp_tunnel = {
	.kind = FINDING_ICMP_TUNNEL,
	.scope = SCOPE_SERVICE,
	.worth = worth,
	.judge = judge,
};
