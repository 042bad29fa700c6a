/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host that somebody came to, and that goes on to others from there.
 *
 * Who moves through a network logs in at a host and from there at the next. So
 * the host's first login at each other host falls into the time in which
 * somebody was logged in at it, or shortly after. The null is that it begins at
 * a time that has nothing to do with that: then as many fall into that time as
 * it is long. A server to which somebody is always logged in tells nothing.
 * Hosts that keep on calling each other tell nothing after the first time.
 */
#include "detect/binomial.h"
#include "detect/callers.h"
#include "detect/detectors.h"
#include "detect/odds.h"
#include "detect/phrase.h"

#include <string.h>

#include "base/stamp.h"
#include "record/flow.h"

enum {
	SLOTS = 4096,      /* of the time of the run */
	FEWEST_ONWARD = 2, /* other hosts */
	FLOOR_PPM = 20000, /* no time is so short that nothing falls into it */
	BOUNDARY_MB = 1996,

	FAN = 4,
};

#define EPSILON_NS UINT64_C(60000000000)
#define DAY_NS     UINT64_C(86400000000000)

static bool
is_login_port(uint8_t proto, uint16_t port)
{
	static const uint16_t ports[] = { 22, 23, 135, 139, 445, 3389, 5900, 5985, 5986 };

	for (size_t i = 0; proto == PROTO_TCP && i < sizeof ports / sizeof *ports; i++)
		if (ports[i] == port)
			return true;
	return false;
}

/* Where one logs in at another host. */
static bool
is_login(const struct pair_key *k)
{
	return is_login_port(k->proto, k->port) && ip_scope(&k->host) == IP_PRIVATE &&
	       ip_scope(&k->peer) == IP_PRIVATE;
}

static bool
is_served(const struct contact *c)
{
	return !(c->flags & (CONTACT_FAILED | CONTACT_ASKED)) && c->up > 0 && c->down > 0;
}

/* When somebody was logged in at the host, and for EPSILON_NS after. */
struct presence {
	uint64_t first_ns, each_ns;
	uint64_t bits[SLOTS / 64];
	unsigned busy;
};

static unsigned
slot_of(const struct presence *p, uint64_t at_ns)
{
	uint64_t slot = at_ns > p->first_ns ? (at_ns - p->first_ns) / p->each_ns : 0;

	return slot < SLOTS ? (unsigned)slot : SLOTS - 1;
}

static void
add_login(struct presence *p, const struct contact *c)
{
	unsigned to = slot_of(p, c->last_ns + EPSILON_NS);

	for (unsigned i = slot_of(p, c->start_ns); i <= to; i++) {
		p->busy += !(p->bits[i / 64] >> (i % 64) & 1);
		p->bits[i / 64] |= UINT64_C(1) << (i % 64);
	}
}

static bool
is_within(const struct presence *p, uint64_t at_ns)
{
	unsigned i = slot_of(p, at_ns);

	return p->bits[i / 64] >> (i % 64) & 1;
}

struct path {
	uint64_t entries, onward,
	    within; /* hosts that came; hosts gone to; of them in time */
	uint64_t busy_ppm, first_ns, last_ns;
	struct ip from, to; /* the last that came, the first that was gone to */
};

/* Somebody's logins at the host. */
static void
see_entries(
    const struct heard *h, const struct ip *host, struct presence *p, struct path *o)
{
	struct calls_walk at = { 0 };
	struct calls calls;

	while (callers_next(h, host, &at, &calls)) {
		bool came = false;

		for (size_t i = calls.first; i < calls.end; i++) {
			struct pair_key k = pairs_key(calls.pairs, i);
			const struct contact *c;
			size_t n;

			if (!is_login(&k))
				continue;
			c = pairs_contacts(calls.pairs, i, &n);
			for (size_t j = 0; j < n; j++) {
				if (!is_served(&c[j]))
					continue;
				add_login(p, &c[j]);
				came = true;
			}
		}
		o->entries += came;
		/* Of several the lowest, whatever the order of shards. */
		if (came && (o->entries == 1 || ip_compare(&calls.host, &o->from) < 0))
			o->from = calls.host;
	}
}

/* The first login at each other host: pairs are in the order of peers. */
static void
see_onward(const struct calls *calls, const struct presence *p, struct path *o)
{
	for (size_t i = calls->first; i < calls->end;) {
		struct ip peer = pairs_key(calls->pairs, i).peer;
		uint64_t first = UINT64_MAX;

		for (; i < calls->end; i++) {
			struct pair_key k = pairs_key(calls->pairs, i);
			const struct contact *c;
			size_t n;

			if (!ip_equal(&k.peer, &peer))
				break;
			c = pairs_contacts(calls->pairs, i, &n);
			if (is_login(&k) && is_served(&c[0]) && c[0].start_ns < first)
				first = c[0].start_ns;
		}
		if (first == UINT64_MAX)
			continue;
		o->onward++;
		if (!is_within(p, first))
			continue;
		if (o->within++ == 0)
			o->to = peer;
		o->first_ns = first < o->first_ns ? first : o->first_ns;
		o->last_ns = first > o->last_ns ? first : o->last_ns;
	}
}

static struct path
follow(const struct heard *h, const struct ip *host)
{
	struct presence p = { .first_ns = h->span_first_ns,
		.each_ns = (h->span_last_ns - h->span_first_ns) / SLOTS + 1 };
	struct path o = { .first_ns = UINT64_MAX };
	struct calls calls;

	if (!calls_of(h, host, &calls))
		return o;
	see_entries(h, host, &p, &o);
	if (o.entries == 0)
		return o;
	see_onward(&calls, &p, &o);
	o.busy_ppm = (uint64_t)p.busy * 1000000 / SLOTS + 1;
	return o;
}

static int64_t
log10_mb(uint64_t n)
{
	return (int64_t)(((__int128)log10_q58(n) * 1000) >> 58);
}

/* 0.9 against the share of the time, each host on its own. */
static int64_t
llr_mb(const struct path *o)
{
	uint64_t p = o->busy_ppm < FLOOR_PPM ? FLOOR_PPM : o->busy_ppm;

	if (p >= 900000)
		return 0;
	return (int64_t)o->within * (log10_mb(900000) - log10_mb(p) - 1) +
	       (int64_t)(o->onward - o->within) *
		   (log10_mb(100000) - log10_mb(1000000 - p) - 1);
}

static bool
stands_out(const struct path *o)
{
	return o->within >= FEWEST_ONWARD && llr_mb(o) >= BOUNDARY_MB;
}

struct own {
	struct ip *at; /* hosts that log in at a few others */
	size_t n, room;
};

/* FEWEST_ONWARD of them. */
static bool
logs_in_at_two(const struct caller *caller)
{
	const struct ip *first = NULL;

	static_assert(FEWEST_ONWARD == 2, "hosts would have to be counted");
	for (size_t p = 0; p < caller->ports; p++) {
		const struct port_run *run = &caller->port[p];

		if (!is_login_port(run->proto, run->port))
			continue;
		for (size_t i = run->from; i < run[1].from; i++) {
			const struct pair_key *k = &caller->service[caller->by_port[i]].key;

			if (!is_login(k))
				continue;
			if (first && !ip_equal(first, &k->peer))
				return true;
			first = &k->peer;
		}
	}
	return false;
}

static bool
survey_host(struct survey *v, const struct caller *caller)
{
	struct own *own = v->own;

	if (!logs_in_at_two(caller))
		return true;
	own->at = arena_more(&v->arena, own->at, own->n, &own->room, sizeof *own->at);
	if (own->at == NULL)
		return false;
	own->at[own->n++] = caller->calls.host;
	callers_want(v->heard->callers, &caller->calls.host);
	return true;
}

static bool
survey_end(struct survey *v)
{
	const struct own *own = v->own;

	for (size_t i = 0; i < own->n; i++) {
		struct subject s = { .kind = FINDING_LATERAL, .host = own->at[i] };
		struct path o = follow(v->heard, &s.host);

		if (stands_out(&o) && !survey_suspect(v, &s))
			return false;
	}
	return true;
}

static void
weigh(struct finding *f, const struct context *c, const struct path *o)
{
	odds_weight(f, "prior", WEIGHT_LATERAL_PRIOR,
	    "who looks after a network has a host to do it from");
	if (o->within >= FAN)
		odds_weight(f, "fan", WEIGHT_LATERAL_FAN, "it went on to %llu hosts",
		    (unsigned long long)o->within);
	if (o->within * 10 >= o->onward * 9)
		odds_weight(f, "most", WEIGHT_LATERAL_MOST,
		    "of %llu hosts it logged in at, %llu for the first time while "
		    "somebody was at it",
		    (unsigned long long)o->onward, (unsigned long long)o->within);
	if (c->host_first_ns > 0 && o->first_ns > c->host_first_ns + DAY_NS)
		odds_weight(f, "before", WEIGHT_LATERAL_LONG_SEEN,
		    "it was seen for a day before it went anywhere");
	odds_benign(f, "a host from which others are looked after", true,
	    "%llu hosts came to it", (unsigned long long)o->entries);
}

static bool
judge(const struct heard *h, const struct subject *s, const struct context *ctx,
    const struct params *params, struct finding *f)
{
	struct buf b = { .at = f->why, .cap = sizeof f->why, .max = sizeof f->why - 1 };
	char host[IP_TEXT], from[IP_TEXT], to[IP_TEXT], share[PHRASE_COUNT];
	struct path o = follow(h, &s->host);

	(void)params;
	if (!stands_out(&o))
		return false;
	f->first_ns = o.first_ns;
	f->last_ns = o.last_ns;
	f->contacts = o.within;
	f->llr_mb = llr_mb(&o);
	f->fdr_ppm = odds_fdr_ppm(f->llr_mb, ctx->hosts);
	odds_measure(f, "hosts_gone_to", o.onward);
	odds_measure(f, "hosts_gone_to_in_time", o.within);
	odds_measure(f, "hosts_that_came", o.entries);
	odds_measure(f, "busy_ppm", o.busy_ppm);
	weigh(f, ctx, &o);
	odds_severity(f, ctx, SEVERITY_HIGH);
	f->technique = "T1021";
	buf_printf(&b,
	    "while or shortly after %s was logged in at %s, that logged in at %llu other "
	    "hosts for the first time, %s among them; somebody was at it for %s of the "
	    "time",
	    ip_text(&o.from, from), ip_text(&s->host, host), (unsigned long long)o.within,
	    ip_text(&o.to, to), phrase_share((uint32_t)o.busy_ppm, share));
	CHECK(!b.bad);
	return true;
}

const struct detector detector_lateral = {
	.kind = FINDING_LATERAL,
	.scope = SCOPE_AROUND,
	.own = sizeof(struct own),
	.survey_host = survey_host,
	.survey_end = survey_end,
	.judge = judge,
};
