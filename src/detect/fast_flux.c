/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A name that is served by one stranger's machine after another.
 *
 * Fast flux hides a server behind hosts that were taken over: the name's
 * addresses change within minutes, go on being new, and lie in networks that
 * have nothing to do with each other. Who serves a name on purpose does it from
 * the networks of a few owners, and from the same addresses again.
 *
 * The null is such an owner: the next address of the name lies in a block (an
 * eighth of an IPv4 address, 24 bits of IPv6) that had one of them before, with a
 * chance of one half or more. Clouds have many blocks and still come back to
 * them. Pools of volunteers (time servers, peers of a coin) are spread as flux
 * is: what the host then asks of the addresses tells, if it was heard.
 */
#include "detect/detectors.h"
#include "detect/odds.h"
#include "detect/phrase.h"
#include "detect/port_use.h"
#include "detect/survey.h"

#include <stdio.h>
#include <string.h>

#include "base/stamp.h"
#include "detect/binomial.h"

enum {
	FEWEST = 12,           /* addresses: eleven new blocks in a row are one in 2,048 */
	FEWEST_ANSWERS = 4,    /* of the name */
	LEAST_SURPRISE = 3000, /* millidecades */
	BLOCK_PPB = 500000000, /* the next address is in a new block */
	LATE_PPM = 250000,     /* of the addresses are new in the second half */
	SHORT_S = 600,         /* longest time to live that is short */
	FEWEST_HOSTS = 3,      /* fewer are no crowd */
};

#define LEAST_SPAN_NS UINT64_C(600000000000) /* 10 min: else it is one answer in pieces */

/* A name's addresses, whatever the order they came in. */
struct spread {
	const char *text;
	uint64_t first_ns, last_ns, found;
	uint32_t n, blocks, late, brief, networks;
	int64_t surprise; /* millidecades */
};

struct blocks {
	uint32_t at[LOOKUPS_ADDRESSES];
	uint32_t n;
};

/* False: it was there. */
static bool
add_block(struct blocks *b, uint32_t block)
{
	for (uint32_t i = 0; i < b->n; i++)
		if (b->at[i] == block)
			return false;
	b->at[b->n++] = block;
	return true;
}

/* The first octets, after those that say of which family it is. */
static uint32_t
octets(const struct ip *ip, unsigned v4, unsigned v6)
{
	const uint8_t *b = ip->b + (ip_is_v4(ip) ? 12 : 0);
	unsigned n = ip_is_v4(ip) ? v4 : v6;
	uint32_t block = 0;

	for (unsigned i = 0; i < n; i++)
		block = block << 8 | b[i];
	return block | (ip_is_v4(ip) ? UINT32_C(1) << 31 : 0);
}

/* Shed look-ups leave whole names, so a name that is there is complete. */
static bool
spread_of(const struct lookups *l, const struct lookup *n, struct spread *out)
{
	struct spread s = {
		.first_ns = n->first_ns, .last_ns = n->last_ns, .found = n->found
	};
	uint64_t middle = n->first_ns + (n->last_ns - n->first_ns) / 2;
	struct blocks blocks = { .n = 0 }, networks = { .n = 0 };
	const struct lookup_address *a;
	uint32_t at = n->address;

	/* Asked first: of most names that is enough, and their addresses lie far apart. */
	if (s.found < FEWEST_ANSWERS || s.last_ns - s.first_ns < LEAST_SPAN_NS)
		return false;
	while ((a = lookups_address(l, &at)) != NULL) {
		s.n++;
		s.late += a->first_ns > middle;
		s.brief += a->ttl <= SHORT_S;
		s.blocks += add_block(&blocks, octets(&a->ip, 1, 3));
		s.networks += add_block(&networks, octets(&a->ip, 2, 4) & 0x7fffffff);
	}
	if (s.n < FEWEST)
		return false;
	s.surprise = -binomial_tail_ud(s.n - 1, s.blocks - 1, BLOCK_PPB) / 1000;
	*out = s;
	return true;
}

static bool
stands_out(const struct spread *s)
{
	return s->surprise >= LEAST_SURPRISE &&
	       (uint64_t)s->late * 1000000 >= (uint64_t)s->n * LATE_PPM &&
	       2 * s->brief > s->n;
}

/* Of the domain's names the one that surprises most; the first of equals. */
static bool
look(const struct lookups *l, const struct lookup_domain *d, struct spread *out,
    const struct lookup **which)
{
	bool any = false;

	for (size_t i = 0; i < d->n; i++) {
		struct spread s;

		if (d->name[i].address == 0 || !spread_of(l, &d->name[i], &s) ||
		    !stands_out(&s) || (any && s.surprise <= out->surprise))
			continue;
		*out = s;
		*which = &d->name[i];
		any = true;
	}
	return any;
}

static bool
survey_end(struct survey *v)
{
	const struct heard *h = v->heard;

	for (size_t i = 0; h->lookups && i < h->shards; i++) {
		for (size_t k = 0; k < lookups_domains(h->lookups[i]); k++) {
			struct lookup_domain d = lookups_at(h->lookups[i], k);
			struct subject s = { .kind = FINDING_FAST_FLUX, .host = d.host };
			const struct lookup *which;
			struct spread spread;

			if (!look(h->lookups[i], &d, &spread, &which))
				continue;
			(void)snprintf(s.name, sizeof s.name, "%s", d.text);
			if (!survey_suspect(v, &s))
				return false;
		}
	}
	return true;
}

static bool
is_pool_port(const struct pair_key *k)
{
	const struct port_use *use = port_use_find(k->proto, k->port);

	return use == NULL || use->class == PORT_CLOCK || use->class == PORT_P2P ||
	       use->class == PORT_DNS;
}

/* What the host asked of the addresses: the time, or something else. */
static void
ask_calls(const struct heard *h, const struct calls *calls, const struct lookups *l,
    const struct lookup *n, struct context *c)
{
	const struct lookup_address *a;
	uint32_t at = n->address;

	(void)h;
	while ((a = lookups_address(l, &at)) != NULL) {
		bool called = false, pooled = false;
		struct calls to;

		if (!calls_to(calls, &a->ip, &to))
			continue;
		for (size_t i = to.first; i < to.end; i++) {
			struct pair_key k = pairs_key(to.pairs, i);

			called = true;
			pooled |= is_pool_port(&k);
		}
		c->tried += called;
		c->tried_outside += called && !pooled;
	}
}

/*
 * A resolver looks names up for others, who then call: what they asked of the addresses.
 * One walk over all calls, since many addresses are asked for.
 */
static void
ask_all_calls(const struct heard *h, const struct lookups *l, const struct lookup *n,
    struct context *c)
{
	struct ip ip[LOOKUPS_ADDRESSES];
	bool called[LOOKUPS_ADDRESSES] = { false }, pooled[LOOKUPS_ADDRESSES] = { false };
	const struct lookup_address *a;
	struct calls_walk walk = { 0 };
	struct calls calls;
	uint32_t at = n->address, addresses = 0;

	while ((a = lookups_address(l, &at)) != NULL)
		ip[addresses++] = a->ip;
	while (calls_next(h, &walk, &calls)) {
		bool any = false;

		for (uint32_t k = 0; k < addresses; k++) {
			struct calls to;

			if (!calls_to(&calls, &ip[k], &to))
				continue;
			any = called[k] = true;
			for (size_t i = to.first; i < to.end; i++) {
				struct pair_key key = pairs_key(to.pairs, i);

				pooled[k] |= is_pool_port(&key);
			}
		}
		c->mutual_hosts += any;
	}
	for (uint32_t k = 0; k < addresses; k++) {
		c->tried += called[k];
		c->tried_outside += called[k] && !pooled[k];
	}
}

static void
look_around(const struct heard *h, const struct caller *host, const struct subject *s,
    struct context *c)
{
	for (size_t i = 0; h->lookups && i < h->shards; i++) {
		const struct lookups *l = h->lookups[i];

		for (size_t k = 0; k < lookups_domains(l); k++) {
			struct lookup_domain d = lookups_at(l, k);
			const struct lookup *which;
			struct spread spread;

			if (strcmp(d.text, s->name) != 0)
				continue;
			c->domain_hosts++;
			if (!ip_equal(&d.host, &s->host) || !look(l, &d, &spread, &which))
				continue;
			ask_calls(h, &host->calls, l, which, c);
			if (c->tried == 0)
				ask_all_calls(h, l, which, c);
		}
	}
}

static void
weigh(struct finding *f, const struct context *c, const struct spread *s)
{
	bool known = c->domain_hosts >= FEWEST_HOSTS && c->hosts > 0 &&
		     c->domain_hosts * 20 >= c->hosts;
	bool pool = c->tried > 0 && 2 * c->tried_outside < c->tried;
	int64_t told = f->llr_mb < weight_mb[WEIGHT_FAST_FLUX_SPREAD_MOST]
			   ? f->llr_mb
			   : weight_mb[WEIGHT_FAST_FLUX_SPREAD_MOST];
	const char *who = c->mutual_hosts > 0 ? "other hosts" : "the host";
	char n[PHRASE_COUNT], m[PHRASE_COUNT], span[STAMP_TEXT];

	odds_weight(f, "prior", WEIGHT_FAST_FLUX_PRIOR,
	    "of a thousand names with many addresses one or fewer is of machines that were "
	    "taken over");
	odds_part(f, "spread", WEIGHT_FAST_FLUX_SPREAD_MOST, (int32_t)told,
	    "its addresses lie in %s blocks that have nothing to do with each other; those "
	    "of one owner do so at most once in 10^%lld",
	    phrase_count(s->blocks, n), (long long)(s->surprise / 1000));
	odds_weight(f, "late", WEIGHT_FAST_FLUX_LATE,
	    "%s of them were new in the second half of %s", phrase_count(s->late, n),
	    stamp_period(s->last_ns - s->first_ns, span));
	if (c->tried > 0 && !pool)
		odds_weight(f, "called",
		    c->mutual_hosts > 0 ? WEIGHT_FAST_FLUX_OTHERS : WEIGHT_FAST_FLUX_CALLED,
		    "%s called %s of them, %s for something that is no pool's", who,
		    phrase_count(c->tried, n), phrase_count(c->tried_outside, m));
	if (c->tried == 0)
		odds_weight(f, "called", WEIGHT_FAST_FLUX_UNHEARD,
		    "no call to the addresses was heard");
	if (c->tried == 0 && strstr(f->name, "ntp"))
		odds_weight(f, "pool", WEIGHT_FAST_FLUX_NTP,
		    "the name says that it is about the time");
	if (pool)
		odds_weight(f, "pool", WEIGHT_FAST_FLUX_POOL,
		    "what %s asked of %s of them is what pools of volunteers are for", who,
		    phrase_count(c->tried - c->tried_outside, n));
	if (known)
		odds_weight(f, "prevalence", WEIGHT_FAST_FLUX_COMMON,
		    "%s of our %s hosts look the domain up",
		    phrase_count(c->domain_hosts, n), phrase_count(c->hosts, m));
	odds_benign(f, "a pool of volunteers, as of time servers or of peers",
	    c->tried == 0 || pool,
	    c->tried == 0 ? "no call to the addresses was heard"
			  : "%s of %s of them were called for something else",
	    phrase_count(c->tried_outside, n), phrase_count(c->tried, m));
	odds_benign(f, "a network that delivers content from everywhere", false,
	    "it would come back to its networks, and to the addresses it had");
	odds_benign(f, "a provider of ways out, such as a VPN with servers everywhere",
	    true, "it rents them from many owners");
}

static void
say(struct finding *f, const struct spread *s)
{
	char host[IP_TEXT], n[PHRASE_COUNT], m[PHRASE_COUNT], span[STAMP_TEXT];
	struct buf b = { .at = f->why, .cap = sizeof f->why, .max = sizeof f->why - 1 };

	buf_printf(&b,
	    "%s looked up a name of %.128s that had %s%s addresses in %s unrelated "
	    "networks within %s",
	    ip_text(&f->host, host), f->name, phrase_count(s->n, n),
	    s->n == LOOKUPS_ADDRESSES ? " and more" : "", phrase_count(s->networks, m),
	    stamp_period(s->last_ns - s->first_ns, span));
	CHECK(!b.bad);
}

static bool
judge(const struct heard *h, const struct subject *s, const struct context *ctx,
    const struct params *params, struct finding *f)
{
	const struct lookups *l = heard_lookups(h, &s->host);
	const struct lookup *which;
	struct lookup_domain d;
	struct spread spread;
	int64_t tried;

	(void)params;
	if (l == NULL || !lookups_find(l, &s->host, s->name, &d) ||
	    !look(l, &d, &spread, &which))
		return false;
	/* Several names of the domain were tried. */
	tried = ((int64_t)log10_q58(d.n) >> 28) * 1000 >> 30;
	f->first_ns = spread.first_ns;
	f->last_ns = spread.last_ns;
	f->contacts = which->asked;
	f->llr_mb = spread.surprise > tried ? spread.surprise - tried : 0;
	f->fdr_ppm = odds_fdr_ppm(f->llr_mb, ctx->domains);
	odds_measure(f, "addresses", spread.n);
	odds_measure(f, "blocks", spread.blocks);
	odds_measure(f, "networks", spread.networks);
	odds_measure(f, "new_in_second_half", spread.late);
	odds_measure(f, "short_lived", spread.brief);
	odds_measure(f, "answers", spread.found);
	weigh(f, ctx, &spread);
	odds_severity(f, ctx, SEVERITY_HIGH);
	f->technique = f->severity >= SEVERITY_LOW ? "T1568.001" : NULL;
	say(f, &spread);
	return true;
}

const struct detector detector_fast_flux = {
	.kind = FINDING_FAST_FLUX,
	.scope = SCOPE_NAME,
	.survey_end = survey_end,
	.look_around = look_around,
	.judge = judge,
};
