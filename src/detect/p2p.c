/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host that is part of a network of peers.
 *
 * Peers are other people's machines: many networks, ports of no usual service,
 * and a good part of them switched off, for the list is old. Bots that keep in
 * touch so say little, and keep on for days (Zhang et al., TIFS 2014); hosts of
 * one botnet know some of the same peers (PeerHunter). The null is that four of
 * five services at such ports answer at the first call, each on its own; the
 * walk is over all of them at once, so that their order does not matter.
 */
#include "detect/detectors.h"
#include "detect/odds.h"
#include "detect/phrase.h"
#include "detect/port_use.h"

#include <string.h>

#include "base/stamp.h"
#include "record/flow.h"

enum {
	FEWEST_PEERS = 15,
	FEWEST_NETS = 10, /* of 16 bits (IPv6: 32) */
	FEWEST_PORTS = 8, /* else they are servers of one kind */
	LEAST_FAILED_PPM = 200000,
	MOST_FAILED_PPM = 950000, /* more is a search, not a conversation */
	FEWEST_MUTUAL = 5,

	FAILED_MB = 397,    /* log10(0.5 / 0.2) */
	ANSWERED_MB = -205, /* log10(0.5 / 0.8) */

	LITTLE_BYTES = 4000, /* both ways, a call */
	STALE_PPM = 500000,
	LONG_HOURS = 8,
};

#define HOUR_NS UINT64_C(3600000000000)

struct overlay {
	uint64_t peers, nets, ports, failed; /* failed: at the first call */
	uint64_t calls, bytes;
	uint64_t first_ns, last_ns;
	unsigned hours; /* of the day in which there was a call */
};

/* A service on a port that only peers have. Slices know no sides: what is private is ours. */
static bool
is_peer(const struct pair_key *k)
{
	const struct port_use *use = port_use_find(k->proto, k->port);

	return !name_is_key(&k->peer) && k->port >= 1024 && use == NULL &&
	       (k->proto == PROTO_UDP || k->proto == PROTO_TCP) &&
	       ip_scope(&k->peer) == IP_GLOBAL;
}

static bool
same_net(const struct ip *a, const struct ip *b)
{
	return memcmp(a->b, b->b, ip_is_v4(a) ? 14 : 4) == 0;
}

static struct overlay
measure(const struct calls *calls)
{
	struct overlay o = { .first_ns = UINT64_MAX };
	uint64_t seen[65536 / 64] = { 0 };
	struct ip before = { 0 };
	uint32_t hours = 0;

	for (size_t i = calls->first; i < calls->end; i++) {
		struct pair_key k = pairs_key(calls->pairs, i);
		const struct contact *c;
		size_t n;

		if (!is_peer(&k))
			continue;
		c = pairs_contacts(calls->pairs, i, &n);
		if (c[0].up_pkts == 0 && c[0].down_pkts > 0)
			continue;
		o.ports += !(seen[k.port / 64] >> (k.port % 64) & 1);
		seen[k.port / 64] |= UINT64_C(1) << (k.port % 64);
		o.nets += o.peers == 0 || !same_net(&k.peer, &before);
		if (o.peers == 0 || !ip_equal(&k.peer, &before)) {
			o.peers++;
			o.failed += (c[0].flags & CONTACT_FAILED) != 0;
		}
		before = k.peer;
		o.calls += n;
		for (size_t j = 0; j < n; j++) {
			o.bytes += (uint64_t)c[j].up + c[j].down;
			hours |= UINT32_C(1) << (c[j].start_ns / HOUR_NS % 24);
		}
		o.first_ns = c[0].start_ns < o.first_ns ? c[0].start_ns : o.first_ns;
		o.last_ns = c[n - 1].start_ns > o.last_ns ? c[n - 1].start_ns : o.last_ns;
	}
	o.hours = (unsigned)__builtin_popcount(hours);
	return o;
}

static int64_t
llr_mb(const struct overlay *o)
{
	return (int64_t)o->failed * FAILED_MB +
	       (int64_t)(o->peers - o->failed) * ANSWERED_MB;
}

static bool
stands_out(const struct overlay *o)
{
	uint64_t failed_ppm = o->peers ? o->failed * 1000000 / o->peers : 0;

	return o->peers >= FEWEST_PEERS && o->nets >= FEWEST_NETS &&
	       o->ports >= FEWEST_PORTS && failed_ppm >= LEAST_FAILED_PPM &&
	       failed_ppm <= MOST_FAILED_PPM && llr_mb(o) >= 1996;
}

static bool
survey_host(struct survey *v, const struct caller *caller)
{
	struct subject s = { .kind = FINDING_P2P, .host = caller->calls.host };
	struct overlay o;
	size_t high = 0; /* at ports that peers may have */

	if (caller->services < FEWEST_PEERS || caller->side != SIDE_INTERNAL)
		return true;
	for (size_t i = 0; i < caller->services; i++)
		high += caller->service[i].key.port >= 1024;
	if (high < FEWEST_PEERS)
		return true;
	o = measure(&caller->calls);
	return !stands_out(&o) || survey_suspect(v, &s);
}

/* How many peers two hosts share; both are in the order of peers. */
static unsigned
shared(const struct calls *a, const struct calls *b)
{
	unsigned n = 0;

	for (size_t i = a->first, j = b->first; i < a->end && j < b->end;) {
		struct pair_key x = pairs_key(a->pairs, i), y = pairs_key(b->pairs, j);
		int c = ip_compare(&x.peer, &y.peer);

		if (c == 0) {
			n += is_peer(&x) && is_peer(&y);
			i++;
		}
		i += c < 0;
		j += c > 0;
	}
	return n;
}

static void
look_around(const struct heard *h, const struct caller *host, const struct subject *s,
    struct context *c)
{
	struct calls_walk at = { 0 };
	struct calls other;

	while (calls_next(h, &at, &other))
		if (!ip_equal(&other.host, &s->host) &&
		    other.end - other.first >= FEWEST_MUTUAL)
			c->mutual_hosts += shared(&host->calls, &other) >= FEWEST_MUTUAL;
}

static void
weigh(struct finding *f, const struct context *c, const struct overlay *o)
{
	char n[PHRASE_COUNT];
	bool little = o->bytes / o->calls <= LITTLE_BYTES;

	odds_weight(f, "prior", WEIGHT_P2P_PRIOR, "most peers share files or voices");
	if (o->hours >= LONG_HOURS)
		odds_weight(
		    f, "hours", WEIGHT_P2P_LONG, "in %u hours of the day", o->hours);
	if (little)
		odds_weight(f, "little", WEIGHT_P2P_LITTLE,
		    "a call carries %s: too little to share",
		    phrase_bytes(o->bytes / o->calls, n));
	if (o->failed * 1000000 / o->peers >= STALE_PPM)
		odds_weight(f, "stale", WEIGHT_P2P_STALE,
		    "%llu of %llu peers never answered at first",
		    (unsigned long long)o->failed, (unsigned long long)o->peers);
	if (c->mutual_hosts > 0)
		odds_weight(f, "mutual", WEIGHT_P2P_MUTUAL,
		    "%llu other hosts call five and more of the same peers",
		    (unsigned long long)c->mutual_hosts);
	odds_benign(f, "sharing files with peers", !little, "a call carries %s",
	    phrase_bytes(o->bytes / o->calls, n));
	odds_benign(f, "games, voice or a private network of somebody's own", true,
	    "they keep in touch with peers as well");
}

static bool
judge(const struct heard *h, const struct subject *s, const struct context *ctx,
    const struct params *params, struct finding *f)
{
	struct buf b = { .at = f->why, .cap = sizeof f->why, .max = sizeof f->why - 1 };
	char host[IP_TEXT], span[STAMP_TEXT];
	struct calls calls;
	struct overlay o;

	(void)params;
	if (!calls_of(h, &s->host, &calls))
		return false;
	o = measure(&calls);
	if (!stands_out(&o))
		return false;
	f->first_ns = o.first_ns;
	f->last_ns = o.last_ns;
	f->contacts = o.calls;
	f->llr_mb = llr_mb(&o);
	f->fdr_ppm = odds_fdr_ppm(f->llr_mb, ctx->hosts);
	odds_measure(f, "peers", o.peers);
	odds_measure(f, "networks", o.nets);
	odds_measure(f, "ports", o.ports);
	odds_measure(f, "failed_peers", o.failed);
	odds_measure(f, "bytes", o.bytes);
	odds_measure(f, "mutual_hosts", ctx->mutual_hosts);
	weigh(f, ctx, &o);
	odds_severity(f, ctx, SEVERITY_HIGH);
	f->technique = "T1095";
	buf_printf(&b,
	    "%s kept in touch with %llu peers of %llu networks at %llu ports of no usual "
	    "service over %s; %llu did not answer at first, where servers do that one "
	    "time in five",
	    ip_text(&s->host, host), (unsigned long long)o.peers,
	    (unsigned long long)o.nets, (unsigned long long)o.ports,
	    stamp_period(o.last_ns - o.first_ns, span), (unsigned long long)o.failed);
	CHECK(!b.bad);
	return true;
}

const struct detector detector_p2p = {
	.kind = FINDING_P2P,
	.scope = SCOPE_HOST,
	.survey_host = survey_host,
	.look_around = look_around,
	.judge = judge,
};
