/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Somebody who is being flooded, seen in one of three ways.
 *
 *  - flood: packet after packet to one address, from one host or from many, and
 *    next to nothing comes back (flood.h has the null).
 *  - amplification: answers of services that can be made to shout, from ten of
 *    them and more, to a host that never asked. It names the port.
 *  - backscatter (Moore, Voelker and Savage 2001): one address answers many of
 *    ours that never asked. Somebody floods it in our name.
 *
 * For the latter two the null is that an answer without a question is a question
 * that was not heard: at most every second call. It is no sign of control.
 */
#include "detect/callers.h"
#include "detect/detectors.h"
#include "detect/flood.h"
#include "detect/odds.h"
#include "detect/phrase.h"
#include "detect/port_use.h"

#include <stdlib.h>
#include <string.h>

#include "base/stamp.h"
#include "record/flow.h"

enum {
	BUCKETS = 1 << 15, /* of what addresses receive, to find those that get much */
	FEWEST_ANSWERS = 25,
	SCATTERED = 10,  /* packets at most that try to answer one SYN */
	FEWEST_OURS = 8, /* addresses of ours that are answered */
	FEWEST_REFLECTORS = 10,
	AMPLIFIED = 400, /* bytes of payload in a packet, on average */
	AMPLIFIED_PACKETS = 1000,
	UNASKED_MB = 279, /* log10(0.95 / 0.5) */
	ASKED_MB = -1000, /* log10(0.05 / 0.5) */

	MANY_CALLERS = 100,
	FAST_PPS = 1000,
};

#define SCATTER_NS UINT64_C(60000000000)

/* Services that answer more than they are asked, to whom they are told. */
static bool
is_reflector(uint16_t port)
{
	static const uint16_t ports[] = { 17, 19, 53, 69, 111, 123, 137, 161, 389, 427, 520,
		1900, 3283, 3702, 5353, 5683, 10001, 11211, 37810 };

	for (size_t i = 0; i < sizeof ports / sizeof *ports; i++)
		if (ports[i] == port)
			return true;
	return false;
}

enum way { FLOOD, AMPLIFICATION, BACKSCATTER, NO_WAY };

struct attack {
	enum way way;
	struct flood flood;
	uint64_t answers, asked; /* calls that were unasked, and those that were not */
	uint64_t packets, bytes,
	    others; /* of the unasked; distinct addresses they concern */
	uint64_t first_ns, last_ns;
};

static bool
is_towards(const struct subject *s, const struct pair_key *k, const struct contact *c)
{
	return ip_equal(&k->peer, &s->host) && !(c->flags & CONTACT_ASKED);
}

static void
add_answer(struct attack *a, const struct contact *c)
{
	/* Half a connection that was heard is an answer, too, but not to nobody. */
	bool whole = a->way == BACKSCATTER && (c->down > 0 || c->down_pkts > SCATTERED);

	if (c->flags & CONTACT_ASKED)
		return;
	if (c->up_pkts > 0 || whole) {
		a->asked++;
		return;
	}
	a->first_ns =
	    a->answers == 0 || c->start_ns < a->first_ns ? c->start_ns : a->first_ns;
	a->last_ns = c->last_ns > a->last_ns ? c->last_ns : a->last_ns;
	a->answers++;
	a->packets += c->down_pkts;
	a->bytes += c->down;
}

static int64_t
answers_llr_mb(const struct attack *a)
{
	return (int64_t)a->answers * UNASKED_MB + (int64_t)a->asked * ASKED_MB;
}

/* The answers of the services on a port that a host got. */
static struct attack
amplified(const struct heard *h, const struct ip *host, uint16_t port)
{
	struct attack a = { .way = AMPLIFICATION };
	struct calls calls;

	if (!calls_of(h, host, &calls))
		return (struct attack){ .way = NO_WAY };
	for (size_t i = calls.first; i < calls.end; i++) {
		struct pair_key k = pairs_key(calls.pairs, i);
		uint64_t before = a.answers;
		const struct contact *c;
		size_t n;

		if (k.proto != PROTO_UDP || k.port != port)
			continue;
		c = pairs_contacts(calls.pairs, i, &n);
		for (size_t j = 0; j < n; j++)
			add_answer(&a, &c[j]);
		a.others += a.answers > before;
	}
	if (a.others < FEWEST_REFLECTORS || a.packets < AMPLIFIED_PACKETS ||
	    a.bytes / a.packets < AMPLIFIED || answers_llr_mb(&a) < 1996)
		a.way = NO_WAY;
	return a;
}

/* What an address answered to hosts that never asked. */
static struct attack
scattered(const struct heard *h, const struct ip *host)
{
	struct attack a = { .way = BACKSCATTER };
	struct calls_walk at = { 0 };
	struct calls calls;

	while (callers_next(h, host, &at, &calls)) {
		uint64_t before = a.answers;

		for (size_t i = calls.first; i < calls.end; i++) {
			struct pair_key k = pairs_key(calls.pairs, i);
			const struct contact *c;
			size_t n;

			if (k.proto != PROTO_TCP)
				continue;
			c = pairs_contacts(calls.pairs, i, &n);
			for (size_t j = 0; j < n; j++)
				add_answer(&a, &c[j]);
		}
		a.others += a.answers > before;
	}
	if (a.packets < FEWEST_ANSWERS || a.others < FEWEST_OURS ||
	    a.last_ns - a.first_ns < SCATTER_NS || answers_llr_mb(&a) < 1996)
		a.way = NO_WAY;
	return a;
}

static struct attack
attack_of(const struct heard *h, const struct subject *s)
{
	struct attack a;

	if (s->proto != 0)
		return amplified(h, &s->host, s->port);
	a = (struct attack){ .way = FLOOD,
		.flood = flood_measure(h, s, false, is_towards) };
	if (flood_stands_out(&a.flood) && a.flood.callers > 1) {
		a.first_ns = a.flood.first_ns;
		a.last_ns = a.flood.last_ns;
		return a;
	}
	return scattered(h, &s->host);
}

/* What one address gets and answers unasked, exactly. */
struct target {
	struct ip ip;
	uint64_t up, down, unasked;
};

/* What addresses get and answer unasked, in buckets: few are worth a closer look. */
struct own {
	struct bucket {
		uint64_t up, down, unasked;
	} bucket[BUCKETS];
	struct target *at;
	size_t n, room;
};

static int
compare_targets(const void *a, const void *b)
{
	return ip_compare(&((const struct target *)a)->ip, &((const struct target *)b)->ip);
}

/* One entry for each address. */
static void
join_targets(struct own *to)
{
	size_t kept = 0;

	if (to->n > 1)
		qsort(to->at, to->n, sizeof *to->at, compare_targets);
	for (size_t i = 0; i < to->n; i++) {
		struct target *last = kept ? &to->at[kept - 1] : NULL;

		if (last == NULL || !ip_equal(&to->at[i].ip, &last->ip)) {
			to->at[kept++] = to->at[i];
			continue;
		}
		last->up += to->at[i].up;
		last->down += to->at[i].down;
		last->unasked += to->at[i].unasked;
	}
	to->n = kept;
}

static bool
gets_much(uint64_t up, uint64_t down, uint64_t unasked)
{
	return (up >= FLOOD_PACKETS && up / FLOOD_RATIO >= down) ||
	       unasked >= FEWEST_ANSWERS;
}

static bool
is_full(const struct bucket *b)
{
	return gets_much(b->up, b->down, b->unasked);
}

static unsigned
bucket_of(const struct ip *ip)
{
	uint64_t a, b;

	memcpy(&a, ip->b, 8);
	memcpy(&b, ip->b + 8, 8);
	return (unsigned)(((a ^ b * UINT64_C(0x9e3779b97f4a7c15)) *
			      UINT64_C(0xff51afd7ed558ccd)) >>
			  49);
}

/* A service that can be made to shout, and whether ten and more of them did. */
static bool
may_be_amplified(const struct caller *caller, const struct port_run *run)
{
	size_t unasked = 0;

	if (run->proto != PROTO_UDP || !is_reflector(run->port))
		return false;
	for (size_t i = run->from; i < run[1].from; i++)
		unasked += caller->service[caller->by_port[i]].unasked > 0;
	return unasked >= FEWEST_REFLECTORS;
}

static bool
survey_host(struct survey *v, const struct caller *caller)
{
	struct own *own = v->own;

	for (size_t i = 0; i < caller->services; i++) {
		const struct called *s = &caller->service[i];
		struct bucket *b = &own->bucket[bucket_of(&s->key.peer)];

		b->up += s->up_pkts;
		b->down += s->down_pkts;
		b->unasked += s->unasked_pkts;
	}
	for (size_t p = 0; p < caller->ports; p++) {
		const struct port_run *run = &caller->port[p];
		struct subject s;

		if (run[1].from - run->from < FEWEST_REFLECTORS ||
		    !may_be_amplified(caller, run))
			continue;
		s = (struct subject){ .kind = FINDING_DOS_VICTIM,
			.host = caller->calls.host,
			.port = run->port,
			.proto = PROTO_UDP };
		if (amplified(v->heard, &s.host, s.port).way != NO_WAY &&
		    !survey_suspect(v, &s))
			return false;
	}
	return true;
}

/* What a host sends a peer, if the peer's bucket is worth a closer look. */
static bool
add_target(struct survey *v, const struct pairs *pairs, size_t i)
{
	struct own *own = v->own;
	struct ip peer = pairs_key(pairs, i).peer;
	const struct contact *c;
	struct target *t;
	size_t n;

	if (!is_full(&own->bucket[bucket_of(&peer)]) || name_is_key(&peer))
		return true;
	own->at = arena_more(&v->arena, own->at, own->n, &own->room, sizeof *own->at);
	if (own->at == NULL)
		return false;
	t = &own->at[own->n++];
	*t = (struct target){ .ip = peer };
	c = pairs_contacts(pairs, i, &n);
	for (size_t j = 0; j < n; j++) {
		t->up += c[j].up_pkts;
		t->down += c[j].up_pkts ? c[j].down_pkts : 0;
		t->unasked += c[j].up_pkts ? 0 : c[j].down_pkts;
	}
	return true;
}

static bool
survey_end(struct survey *v)
{
	struct own *own = v->own;
	bool any = false;

	for (size_t b = 0; !any && b < BUCKETS; b++)
		any = is_full(&own->bucket[b]);
	if (!any)
		return true;
	for (size_t s = 0; s < v->heard->shards; s++)
		for (size_t i = 0; i < pairs_count(v->heard->shard[s]); i++)
			if (!add_target(v, v->heard->shard[s], i))
				return false;
	join_targets(own);
	for (size_t i = 0; i < own->n; i++)
		if (gets_much(own->at[i].up, own->at[i].down, own->at[i].unasked))
			callers_want(v->heard->callers, &own->at[i].ip);
	for (size_t i = 0; i < own->n; i++) {
		const struct target *t = &own->at[i];
		struct subject s = { .kind = FINDING_DOS_VICTIM, .host = t->ip };

		if (gets_much(t->up, t->down, t->unasked) &&
		    attack_of(v->heard, &s).way != NO_WAY && !survey_suspect(v, &s))
			return false;
	}
	return true;
}

static void
say(struct finding *f, const struct attack *a)
{
	struct buf b = { .at = f->why, .cap = sizeof f->why, .max = sizeof f->why - 1 };
	char host[IP_TEXT], n[PHRASE_COUNT], more[PHRASE_COUNT], pps[PHRASE_COUNT],
	    span[STAMP_TEXT], port[PHRASE_ENDPOINT];

	(void)ip_text(&f->host, host);
	(void)stamp_period(a->last_ns - a->first_ns, span);
	if (a->way == FLOOD)
		buf_printf(&b,
		    "%s was sent %s packets by %s hosts over %s, up to %s a second, and "
		    "hardly answered",
		    host, phrase_count(a->flood.up, n),
		    phrase_count(a->flood.callers, more), span,
		    phrase_count(flood_pps(&a->flood), pps));
	else if (a->way == AMPLIFICATION)
		buf_printf(&b,
		    "%s got %s packets, %s bytes each, from %s servers of %s over %s, and "
		    "had asked none of them",
		    host, phrase_count(a->packets, n),
		    phrase_count(a->bytes / a->packets, pps), phrase_count(a->others, more),
		    phrase_port(f->port, f->proto, port), span);
	else
		buf_printf(&b,
		    "%s answered %s of our addresses with %s packets over %s, and none "
		    "had asked: somebody floods it in their name",
		    host, phrase_count(a->others, more), phrase_count(a->packets, n), span);
	CHECK(!b.bad);
}

static void
weigh(struct finding *f, const struct attack *a)
{
	uint64_t hosts = a->way == FLOOD ? a->flood.callers : a->others;
	const struct port_use *use = port_use_find(a->flood.proto, a->flood.port);
	char n[PHRASE_COUNT], port[PHRASE_ENDPOINT];

	odds_weight(f, "prior", WEIGHT_DOS_VICTIM_PRIOR, "a busy server is not flooded");
	if (hosts >= MANY_CALLERS)
		odds_weight(f, "many", WEIGHT_DOS_VICTIM_MANY, "%s addresses take part",
		    phrase_count(hosts, n));
	if (a->way == FLOOD && a->flood.port != 0 && use && use->mb < 0)
		odds_term(f, "port", use->mb, "port %s is usually %s",
		    phrase_port(a->flood.port, a->flood.proto, port), use->words);
	if (a->way == FLOOD && flood_pps(&a->flood) >= FAST_PPS)
		odds_weight(f, "fast", WEIGHT_DOS_VICTIM_FAST, "up to %s packets a second",
		    phrase_count(flood_pps(&a->flood), n));
	odds_benign(f, "a capture that sees one direction alone",
	    a->way != FLOOD && a->asked == 0,
	    "%s calls that were asked for were heard as well", phrase_count(a->asked, n));
	odds_benign(f, "a server that collects what others stream", a->way == FLOOD,
	    "it would answer as little");
}

static bool
judge(const struct heard *h, const struct subject *s, const struct context *ctx,
    const struct params *params, struct finding *f)
{
	struct attack a = attack_of(h, s);

	(void)params;
	if (a.way == NO_WAY)
		return false;
	f->first_ns = a.first_ns;
	f->last_ns = a.last_ns;
	f->contacts = a.way == FLOOD ? a.flood.calls : a.answers;
	f->llr_mb = a.way == FLOOD ? flood_llr_mb(&a.flood) : answers_llr_mb(&a);
	f->fdr_ppm = odds_fdr_ppm(f->llr_mb, 2 * ctx->pairs);
	if (a.way == FLOOD) {
		odds_measure(f, "up_packets", a.flood.up);
		odds_measure(f, "down_packets", a.flood.down);
		odds_measure(f, "densest_10_s_packets", a.flood.peak);
		odds_measure(f, "callers", a.flood.callers);
	} else {
		odds_measure(f, "unasked_packets", a.packets);
		odds_measure(f, "unasked_bytes", a.bytes);
		odds_measure(f, "asked_calls", a.asked);
		odds_measure(f, "addresses", a.others);
	}
	weigh(f, &a);
	odds_severity(f, ctx, SEVERITY_LOW); /* who is attacked is not controlled */
	f->technique = "T1498";
	say(f, &a);
	return true;
}

const struct detector detector_dos_victim = {
	.kind = FINDING_DOS_VICTIM,
	.scope = SCOPE_TARGET,
	.own = sizeof(struct own),
	.survey_host = survey_host,
	.survey_end = survey_end,
	.judge = judge,
};
