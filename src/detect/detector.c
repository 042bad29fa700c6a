/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/detector.h"

#include <string.h>

#include "detect/detectors.h"
#include "profile/domain.h"

static const struct detector *const DETECTORS[] = {
	&detector_brute_force,
	&detector_clockless,
	&detector_deviation,
	&detector_dos_source,
	&detector_dos_victim,
	&detector_exfiltration,
	&detector_dga,
	&detector_dns_tunnel,
	&detector_dropoff,
	&detector_failed_reconnect,
	&detector_fast_flux,
	&detector_group,
	&detector_icmp_tunnel,
	&detector_indicator,
	&detector_lateral,
	&detector_long_connection,
	&detector_nameless_tls,
	&detector_p2p,
	&detector_rare_fingerprint,
	&detector_rotation,
	&detector_scan,
	&detector_tunnel,
};

#define DETECTORS_N (sizeof DETECTORS / sizeof *DETECTORS)

size_t
detectors_count(void)
{
	return DETECTORS_N;
}

const struct detector *
detector_each(size_t i)
{
	CHECK(i < DETECTORS_N);
	return DETECTORS[i];
}

const struct detector *
detector_find(enum finding_kind kind)
{
	for (size_t i = 0; i < DETECTORS_N; i++)
		if (DETECTORS[i]->kind == kind)
			return DETECTORS[i];
	return NULL;
}

static bool
has_ports(uint8_t proto)
{
	return proto == PROTO_TCP || proto == PROTO_UDP || proto == PROTO_SCTP;
}

enum scope
scope_of(const struct finding *f)
{
	const struct detector *d = detector_find(f->kind);
	static const struct ip none;

	if (d == NULL)
		return SCOPE_SERVICE;
	if (d->scope == SCOPE_TARGET && f->proto != 0)
		return SCOPE_PORT;
	if (d->scope != SCOPE_NAMED)
		return d->scope;
	if (ip_equal(&f->peer, &none))
		return f->proto == 0 ? SCOPE_HOST : SCOPE_PORT;
	return has_ports(f->proto) && f->port == 0 ? SCOPE_PEER : SCOPE_SERVICE;
}

static bool
same_service(const struct finding *f, uint16_t port, uint8_t proto)
{
	return f->proto == proto && (!has_ports(proto) || f->port == port);
}

bool
scope_has(enum scope scope, const struct finding *f, const struct ip *orig,
    const struct ip *resp, uint16_t resp_port, uint8_t proto)
{
	switch (scope) {
	case SCOPE_SERVICE:
		return ip_equal(orig, &f->host) && ip_equal(resp, &f->peer) &&
		       same_service(f, resp_port, proto);
	case SCOPE_PEER:
		return ip_equal(orig, &f->host) && ip_equal(resp, &f->peer);
	case SCOPE_PORT:
		return ip_equal(orig, &f->host) && same_service(f, resp_port, proto);
	case SCOPE_HOST:
		return ip_equal(orig, &f->host);
	case SCOPE_SERVER:
		return ip_equal(resp, &f->peer) && same_service(f, resp_port, proto);
	case SCOPE_TARGET:
		return ip_equal(resp, &f->host);
	case SCOPE_AROUND:
		return ip_equal(orig, &f->host) || ip_equal(resp, &f->host);
	case SCOPE_NAME:
	case SCOPE_LOOKUPS: /* rest on look-ups alone */
	case SCOPE_CARRIED: /* on who carried: scope_has_flow knows */
	case SCOPE_NAMED:   /* scope_of has said which */
		break;
	}
	return false;
}

bool
scope_has_flow(enum scope scope, const struct finding *f, const struct flow *flow)
{
	const struct ip *a = &flow->carrier[0], *b = &flow->carrier[1];

	if (scope == SCOPE_CARRIED)
		return flow_has_carrier(flow) &&
		       ((ip_equal(a, &f->host) && ip_equal(b, &f->peer)) ||
			   (ip_equal(a, &f->peer) && ip_equal(b, &f->host)));
	return scope_has(scope, f, &flow->orig, &flow->resp, flow->resp_port, flow->proto);
}

bool
scope_has_trait(enum scope scope, const struct finding *f, const struct trait *t)
{
	char domain[NAME_TEXT];

	if (!scope_is_names(scope))
		return scope_has(scope, f, &t->orig, &t->resp, t->resp_port, t->proto);
	if (t->kind != TRAIT_DNS || !ip_equal(&t->orig, &f->host))
		return false;
	lookups_domain(t, domain);
	return domain[0] && (scope == SCOPE_LOOKUPS || strcmp(domain, f->name) == 0);
}

const struct lookups *
heard_lookups(const struct heard *h, const struct ip *host)
{
	for (size_t i = 0; h->lookups && i < h->shards; i++) {
		size_t first, end;

		lookups_of(h->lookups[i], host, &first, &end);
		if (first < end)
			return h->lookups[i];
	}
	return NULL;
}

static size_t
host_end(const struct pairs *pairs, size_t first, const struct ip *host)
{
	size_t low = first, high = pairs_count(pairs), step = 1;

	/* Most hosts have few pairs, some very many. */
	while (low + step < high) {
		struct ip there = pairs_key(pairs, low + step).host;

		if (!ip_equal(&there, host)) {
			high = low + step;
			break;
		}
		low += step;
		step *= 2;
	}
	while (low + 1 < high) {
		size_t mid = low + (high - low) / 2;
		struct ip there = pairs_key(pairs, mid).host;

		if (ip_equal(&there, host))
			low = mid;
		else
			high = mid;
	}
	return low + 1;
}

bool
calls_next(const struct heard *h, struct calls_walk *at, struct calls *out)
{
	while (at->shard < h->shards) {
		const struct pairs *pairs = h->shard[at->shard];

		if (at->pair < pairs_count(pairs)) {
			struct ip host = pairs_key(pairs, at->pair).host;

			*out = (struct calls){ host, pairs, at->pair,
				host_end(pairs, at->pair, &host) };
			at->pair = out->end;
			return true;
		}
		at->shard++;
		at->pair = 0;
	}
	return false;
}

bool
calls_of(const struct heard *h, const struct ip *host, struct calls *out)
{
	if (h->at && h->at->services > 0 && ip_equal(&h->at->calls.host, host)) {
		*out = h->at->calls;
		return true;
	}
	for (size_t s = 0; s < h->shards; s++) {
		const struct pairs *pairs = h->shard[s];
		size_t low = 0, high = pairs_count(pairs);

		while (low < high) {
			size_t mid = low + (high - low) / 2;
			struct ip there = pairs_key(pairs, mid).host;

			if (ip_compare(&there, host) < 0)
				low = mid + 1;
			else
				high = mid;
		}
		if (low < pairs_count(pairs)) {
			struct ip there = pairs_key(pairs, low).host;

			if (!ip_equal(&there, host))
				continue;
			*out =
			    (struct calls){ *host, pairs, low, host_end(pairs, low, host) };
			return true;
		}
	}
	*out = (struct calls){ .host = *host };
	return false;
}

/* As pairs are ordered: peer, port, protocol. */
static int
service_order(const struct pair_key *k, const struct subject *s)
{
	int c = ip_compare(&k->peer, &s->peer);

	if (c == 0)
		c = (k->port > s->port) - (k->port < s->port);
	return c ? c : (k->proto > s->proto) - (k->proto < s->proto);
}

const struct contact *
calls_service(const struct calls *calls, const struct subject *s, size_t *pair, size_t *n)
{
	size_t low = calls->first, high = calls->end;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		struct pair_key k = pairs_key(calls->pairs, mid);

		if (service_order(&k, s) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	*n = 0;
	if (low < calls->end) {
		struct pair_key k = pairs_key(calls->pairs, low);

		if (service_order(&k, s) == 0) {
			*pair = low;
			return pairs_contacts(calls->pairs, low, n);
		}
	}
	return NULL;
}

struct volume
volume_of(const struct contact *c, size_t n)
{
	struct volume v = { .first_ns = c[0].start_ns, .calls = n };

	for (size_t i = 0; i < n; i++) {
		v.up += c[i].up;
		v.down += c[i].down;
		v.last_ns = c[i].last_ns > v.last_ns ? c[i].last_ns : v.last_ns;
	}
	return v;
}

enum side
heard_side(const struct heard *h, const struct ip *ip)
{
	return h->hosts && hosts_is_internal(h->hosts, ip) ? SIDE_INTERNAL : SIDE_EXTERNAL;
}

enum side
heard_side_in_pair(const struct heard *h, const struct ip *ip)
{
	return h->hosts && hosts_is_internal_in_pair(h->hosts, ip) ? SIDE_INTERNAL
								   : SIDE_EXTERNAL;
}

enum side
heard_peer_side(const struct heard *h, const struct ip *ip)
{
	return h->hosts && hosts_is_apart(h->hosts, ip) ? SIDE_APART : heard_side(h, ip);
}

bool
detector_judge(const struct detector *d, const struct heard *h, const struct subject *s,
    const struct context *c, const struct params *params, struct finding *out)
{
	*out = (struct finding){ .kind = d->kind,
		.host = s->host,
		.peer = s->peer,
		.port = s->port,
		.proto = s->proto,
		.limits = c->limits };
	memcpy(out->name, s->name, sizeof out->name);
	return d->judge(h, s, c, params, out) &&
	       (h->explained || d->explained || out->severity > SEVERITY_INFO);
}
