/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host that sends data out inside the names it looks up.
 *
 * Who controls a domain's server reads every name that is asked of it. What a
 * look-up can tell is its labels: their length times the logarithm of the
 * letters they use (information-weighted distinct counting, after ibHH). A name
 * asked twice tells nothing the second time. So we add up what the distinct
 * names of one host under one registered domain can tell.
 *
 * The null is the domains that ordinary software looks names up under. Of them
 * the mean square of that sum over a day is taken to be at most RMS_OCTETS^2,
 * which is judgement and not measured. If so, the square of sum / RMS_OCTETS has
 * a mean of at most one: it is a likelihood ratio in the sense that it reaches x
 * with a chance of at most 1/x (Markov).
 */
#include "detect/detectors.h"

#include <stdio.h>
#include <string.h>

#include "detect/odds.h"
#include "detect/phrase.h"

#include "base/stamp.h"
#include "detect/binomial.h"

enum {
	RMS_OCTETS = 128,
	LEAST_OCTETS = 4000,    /* in a day: Paxson et al. 2013 */
	FEWEST_RAW = 20,        /* questions of types that no resolver asks by itself */
	FEWEST_NAMES = 10,      /* of them, distinct */
	LEAST_NEW_PPM = 500000, /* names per look-up: tunnels do not repeat themselves */
	RATE_OCTETS = 2520,     /* in an hour: 0.7 octets a second */
	BULK_OCTETS = 64000,    /* in an hour */
	MOST_HOSTS_PPM = 50000, /* of our hosts use it so: a service */
	FEWEST_HOSTS = 3,
	ADDRESSES_PPM = 800000,
	LONG_OCTETS = 30,

};

#define HOUR_NS UINT64_C(3600000000000)
#define DAY_NS  (24 * HOUR_NS)

struct told {
	uint64_t names, asked, raw, rich, back, addresses, octets;
	uint64_t day, hour; /* octets in the fullest */
	uint64_t all;
	uint64_t first_ns, last_ns;
};

/* Most octets that names first asked for within `window` can tell. */
static uint64_t
fullest(const struct lookup_domain *d, uint64_t window)
{
	uint64_t bits = 0, most = 0;
	size_t oldest = 0;

	for (size_t i = 0; i < d->n; i++) {
		bits += d->name[i].bits;
		for (; d->name[i].first_ns - d->name[oldest].first_ns >= window; oldest++)
			bits -= d->name[oldest].bits;
		most = bits > most ? bits : most;
	}
	return (most << d->level) / 8;
}

static struct told
add_up(const struct lookup_domain *d)
{
	struct told t = { .first_ns = UINT64_MAX };

	for (size_t i = 0; i < d->n; i++) {
		const struct lookup *n = &d->name[i];

		t.asked += n->asked;
		t.raw += n->raw;
		t.rich += n->rich;
		t.back += n->told;
		t.octets += n->label;
		t.addresses += (n->flags & LOOKUP_ADDRESS) != 0;
		t.all += n->bits;
		t.first_ns = n->first_ns < t.first_ns ? n->first_ns : t.first_ns;
		t.last_ns = n->last_ns > t.last_ns ? n->last_ns : t.last_ns;
	}
	t.names = (uint64_t)d->n << d->level;
	t.asked <<= d->level;
	t.raw <<= d->level;
	t.rich <<= d->level;
	t.back <<= d->level;
	t.octets <<= d->level;
	t.addresses <<= d->level;
	t.all = (t.all << d->level) / 8;
	t.day = fullest(d, DAY_NS);
	t.hour = fullest(d, HOUR_NS);
	return t;
}

static bool
is_raw(const struct told *t)
{
	return t->raw >= FEWEST_RAW && t->names >= FEWEST_NAMES;
}

static bool
stands_out(const struct told *t)
{
	return is_raw(t) ||
	       (t->day >= LEAST_OCTETS && t->names * 1000000 / t->asked >= LEAST_NEW_PPM);
}

static bool
survey_end(struct survey *v)
{
	const struct heard *h = v->heard;

	for (size_t i = 0; h->lookups && i < h->shards; i++) {
		for (size_t k = 0; k < lookups_domains(h->lookups[i]); k++) {
			struct lookup_domain d = lookups_at(h->lookups[i], k);
			struct subject s = { .kind = FINDING_DNS_TUNNEL, .host = d.host };
			struct told t;

			if (d.n < FEWEST_NAMES)
				continue;
			t = add_up(&d);
			if (!stands_out(&t))
				continue;
			(void)snprintf(s.name, sizeof s.name, "%s", d.text);
			if (!survey_suspect(v, &s))
				return false;
		}
	}
	return true;
}

/* How many of our hosts use the domain so. */
static void
look_around(const struct heard *h, const struct caller *host, const struct subject *s,
    struct context *c)
{
	(void)host;
	for (size_t i = 0; h->lookups && i < h->shards; i++) {
		for (size_t k = 0; k < lookups_domains(h->lookups[i]); k++) {
			struct lookup_domain d = lookups_at(h->lookups[i], k);
			struct told t;

			if (d.n < FEWEST_NAMES || strcmp(d.text, s->name) != 0)
				continue;
			t = add_up(&d);
			c->domain_hosts += stands_out(&t);
		}
	}
}

/* Twice the logarithm of octets / RMS_OCTETS, rounded down. */
static int64_t
llr_of(uint64_t octets)
{
	int64_t q58 = 2 * ((int64_t)log10_q58(octets) - (int64_t)log10_q58(RMS_OCTETS));

	return octets <= RMS_OCTETS ? 0 : (q58 >> 28) * 1000 >> 30;
}

static void
weigh(struct finding *f, const struct context *c, const struct told *t)
{
	char n[PHRASE_COUNT], m[PHRASE_COUNT];
	/* Where the types say that the names are data, their length says it again. */
	enum weight most =
	    is_raw(t) ? WEIGHT_DNS_TUNNEL_TOLD_RAW : WEIGHT_DNS_TUNNEL_TOLD_MOST;
	int64_t told = f->llr_mb < weight_mb[most] ? f->llr_mb : weight_mb[most];
	bool known = c->domain_hosts >= FEWEST_HOSTS && c->hosts > 0 &&
		     c->domain_hosts * 1000000 / c->hosts >= MOST_HOSTS_PPM;
	bool addresses = t->addresses * 1000000 / t->names >= ADDRESSES_PPM;

	odds_weight(
	    f, "prior", WEIGHT_DNS_TUNNEL_PRIOR, "of ten thousand domains one is a tunnel");
	odds_part(f, "information", most, (int32_t)told,
	    "its names can tell %s within a day; of ordinary domains at most one in ten "
	    "can "
	    "tell %s",
	    phrase_bytes(t->day, n), phrase_bytes((uint64_t)RMS_OCTETS * 316 / 100, m));
	if (t->hour >= RATE_OCTETS)
		odds_weight(f, "rate", WEIGHT_DNS_TUNNEL_RATE, "%s of it within an hour",
		    phrase_bytes(t->hour, n));
	if (t->hour >= BULK_OCTETS)
		odds_weight(f, "bulk", WEIGHT_DNS_TUNNEL_BULK,
		    "%s within an hour is more than signs of life",
		    phrase_bytes(t->hour, n));
	if (is_raw(t))
		odds_weight(f, "type", WEIGHT_DNS_TUNNEL_RAW,
		    "%s questions were for types that only programs of one's own ask for",
		    phrase_count(t->raw, n));
	else if (t->rich * 2 >= t->asked)
		odds_weight(f, "type", WEIGHT_DNS_TUNNEL_RICH,
		    "%s of %s questions were for types whose answers hold text",
		    phrase_count(t->rich, n), phrase_count(t->asked, m));
	if (t->back >= LEAST_OCTETS)
		odds_weight(f, "both_ways", WEIGHT_DNS_TUNNEL_BOTH_WAYS,
		    "and %s of text came back", phrase_bytes(t->back, n));
	if (t->octets / t->names >= LONG_OCTETS)
		odds_weight(f, "length", WEIGHT_DNS_TUNNEL_LONG,
		    "a name has %llu octets before the domain on average",
		    (unsigned long long)(t->octets / t->names));
	if (addresses)
		odds_weight(f, "addresses", WEIGHT_DNS_TUNNEL_ADDRESSES,
		    "the names are addresses turned round, as lists of senders are asked");
	if (known)
		odds_weight(f, "prevalence", WEIGHT_DNS_TUNNEL_EVERYWHERE,
		    "%s of our %s hosts use the domain so",
		    phrase_count(c->domain_hosts, n), phrase_count(c->hosts, m));
	odds_benign(f, "a list of addresses or of hashes asked by DNS", addresses,
	    addresses ? "the names are addresses"
		      : "the names are no addresses; a list of hashes looks the same");
	odds_benign(f, "a service that everybody uses", known || c->hosts < 20,
	    "%llu of our %llu hosts use the domain so", (unsigned long long)c->domain_hosts,
	    (unsigned long long)c->hosts);
	odds_benign(f, "a resolver that asks for others", true,
	    "what many hosts ask in a resolver's name cannot be told apart here");
}

static void
say(struct finding *f, const struct told *t)
{
	char host[IP_TEXT], names[PHRASE_COUNT], told[PHRASE_COUNT], span[STAMP_TEXT];
	struct buf b = { .at = f->why, .cap = sizeof f->why, .max = sizeof f->why - 1 };

	buf_printf(&b,
	    "%s looked up %s different names under %.*s in %s, which can tell %s",
	    ip_text(&f->host, host), phrase_count(t->names, names), 128, f->name,
	    stamp_period(t->last_ns - t->first_ns, span), phrase_bytes(t->all, told));
	CHECK(!b.bad);
}

static bool
judge(const struct heard *h, const struct subject *s, const struct context *ctx,
    const struct params *params, struct finding *f)
{
	const struct lookups *l = heard_lookups(h, &s->host);
	struct lookup_domain d;
	struct told t;

	(void)params;
	if (l == NULL || !lookups_find(l, &s->host, s->name, &d) || d.n < FEWEST_NAMES)
		return false;
	t = add_up(&d);
	if (!stands_out(&t))
		return false;
	f->first_ns = t.first_ns;
	f->last_ns = t.last_ns;
	f->contacts = t.asked;
	f->llr_mb = llr_of(t.day);
	f->fdr_ppm = odds_fdr_ppm(f->llr_mb, ctx->domains);
	odds_measure(f, "names", t.names);
	odds_measure(f, "lookups", t.asked);
	odds_measure(f, "told_bytes", t.all);
	odds_measure(f, "fullest_day_bytes", t.day);
	odds_measure(f, "fullest_hour_bytes", t.hour);
	odds_measure(f, "text_back_bytes", t.back);
	odds_measure(f, "odd_type_lookups", t.raw);
	odds_measure(f, "text_type_lookups", t.rich);
	weigh(f, ctx, &t);
	odds_severity(f, ctx, SEVERITY_CRITICAL);
	f->technique = f->severity >= SEVERITY_LOW ? "T1071.004" : NULL;
	say(f, &t);
	return true;
}

const struct detector detector_dns_tunnel = {
	.kind = FINDING_DNS_TUNNEL,
	.scope = SCOPE_NAME,
	.survey_end = survey_end,
	.look_around = look_around,
	.judge = judge,
};
