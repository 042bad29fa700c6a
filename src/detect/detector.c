/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/detector.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "detect/detectors.h"
#include "detect/manner.h"
#include "profile/domain.h"

static const struct detector *const DETECTORS[] = {
	&detector_brute_force,
	&detector_deviation,
	&detector_dos_source,
	&detector_dos_victim,
	&detector_exfiltration,
	&detector_dga,
	&detector_dns_tunnel,
	&detector_failed_reconnect,
	&detector_group,
	&detector_indicator,
	&detector_lateral,
	&detector_long_connection,
	&detector_nameless_tls,
	&detector_p2p,
	&detector_rare_fingerprint,
	&detector_rotation,
	&detector_scan,
};

#define DETECTORS_N (sizeof DETECTORS / sizeof *DETECTORS)

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
	case SCOPE_NAMED:   /* scope_of has said which */
		break;
	}
	return false;
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
	if (h->host) {
		if (at->pair == h->host_count)
			return false;
		*out = h->host[at->pair++];
		return true;
	}
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

enum side
heard_side(const struct heard *h, const struct ip *ip)
{
	const struct host *host = h->hosts ? hosts_find(h->hosts, ip) : NULL;

	return host && host->side != HOST_EXTERNAL ? SIDE_INTERNAL : SIDE_EXTERNAL;
}

/* What the host calls a service: asked for there, else looked up. */
static void
look_for_names(const struct heard *h, const struct subject *s, struct context *c)
{
	const struct name_link *most = NULL;

	for (size_t i = 0; h->names && i < h->shards; i++) {
		const struct names *ns = h->names[i];
		size_t n;
		const struct name_link *l = names_at(ns, &s->host, &s->peer, &n);

		c->lookups += names_lookups(ns, &s->host);
		for (size_t k = 0; k < n; k++) {
			bool asked = l[k].how & (NAME_HTTP | NAME_TLS);

			if (asked && (l[k].port != s->port || l[k].proto != s->proto))
				continue;
			if (l[k].name == 0) {
				c->unnamed += l[k].n;
				continue;
			}
			c->names++;
			c->named += asked ? l[k].n : 0;
			if (most && (most->how & (NAME_HTTP | NAME_TLS)) && !asked)
				continue;
			if (most == NULL || l[k].n > most->n ||
			    (asked && !(most->how & (NAME_HTTP | NAME_TLS))))
				most = &l[k];
		}
		if (most && c->name[0] == '\0')
			(void)snprintf(
			    c->name, sizeof c->name, "%s", names_text(ns, most->name));
	}
}

/* What a judgement of look-ups rests on beside them. */
static void
look_at_names(const struct heard *h, const struct subject *s, struct context *c)
{
	const struct lookups *l = heard_lookups(h, &s->host);
	enum scope scope = detector_find(s->kind)->scope;

	if (l == NULL || !scope_is_names(scope))
		return;
	c->lookups_level = lookups_level(l);
	/* A slice about one domain is split already. */
	if (scope == SCOPE_LOOKUPS)
		(void)snprintf(c->suffixes, sizeof c->suffixes, "%s", domain_list());
	for (size_t i = 0; i < h->shards; i++)
		c->domains += lookups_domains(h->lookups[i]);
}

/* What every kind may ask of the rest of the network. */
static void
look_around(const struct heard *h, const struct subject *s, struct context *c)
{
	const struct host *host = hosts_find(h->hosts, &s->host);
	const struct host *peer = hosts_find(h->hosts, &s->peer);
	struct calls calls;

	*c = (struct context){ .hosts = hosts_callers(h->hosts),
		.peer_hosts = peer ? peer->callers : 0,
		.host_peers = host ? host->peers : 0,
		.span_first_ns = h->span_first_ns,
		.span_last_ns = h->span_last_ns,
		.looks = 1,
		.by_rank = { 1, 1 },
		.host_side = heard_side(h, &s->host),
		.peer_side = heard_side(h, &s->peer),
		.limits = h->limits };
	for (size_t i = 0; i < h->shards; i++)
		c->pairs += pairs_count(h->shard[i]);
	if (s->port != 0) {
		struct pair_key key = {
			.host = s->host, .peer = s->peer, .port = s->port, .proto = s->proto
		};

		look_for_names(h, s, c);
		manner_look(h->manners, h->shards, &key, c);
	}
	look_at_names(h, s, c);
	if (!calls_of(h, &s->host, &calls))
		return;
	c->host_first_ns = UINT64_MAX;
	for (size_t i = calls.first; i < calls.end; i++) {
		size_t n;
		uint64_t first = pairs_contacts(calls.pairs, i, &n)->start_ns;

		if (first < c->host_first_ns)
			c->host_first_ns = first;
	}
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
	/* A clock is worth knowing of even when it is explained; nothing else is. */
	return d->judge(h, s, c, params, out) && out->severity > SEVERITY_INFO;
}

struct collector {
	const struct detector *detector;
	const struct heard *heard;
	const struct params *params;
	struct detections *to;
	size_t room, first; /* of this kind */
	size_t most;        /* of a kind */
};

static int
detected_order(const void *a, const void *b)
{
	return finding_compare(
	    &((const struct detected *)a)->finding, &((const struct detected *)b)->finding);
}

/* Twice as many as may stay are held before the weaker half goes: which ones stay is exact. */
static void
keep_strongest(struct collector *k)
{
	size_t n = k->to->n - k->first;

	if (n > 1)
		qsort(k->to->at + k->first, n, sizeof *k->to->at, detected_order);
	if (n <= k->most)
		return;
	k->to->shed += n - k->most;
	k->to->n = k->first + k->most;
}

static bool
make_room(struct collector *k)
{
	size_t room;
	struct detected *at;

	if (k->to->n - k->first == 2 * k->most)
		keep_strongest(k);
	if (k->to->n < k->room)
		return true;
	room = k->room ? 2 * k->room : 16;
	at = realloc(k->to->at, room * sizeof *at);
	if (at == NULL)
		return false;
	k->to->at = at;
	k->room = room;
	return true;
}

static bool
take_suspect(void *state, const struct subject *s)
{
	struct collector *k = state;
	struct detected *d;

	if (!make_room(k))
		return false;
	d = &k->to->at[k->to->n];
	look_around(k->heard, s, &d->context);
	if (k->detector->look_around)
		k->detector->look_around(k->heard, s, &d->context);
	k->to->n +=
	    detector_judge(k->detector, k->heard, s, &d->context, k->params, &d->finding);
	return true;
}

/* A finding takes some 10 kB; all of a kind together no more than a 64th of the memory. */
static size_t
most_of_a_kind(size_t memory)
{
	size_t most = memory / 64 / sizeof(struct detected);

	return memory == 0 || most > DETECTIONS_MOST ? DETECTIONS_MOST : most;
}

/* Every detector walks all hosts; where each one's calls end is looked for once. */
static struct calls *
list_hosts(const struct heard *h, size_t *n)
{
	struct calls_walk at = { 0 };
	struct calls *list = NULL, next;
	size_t room = 0;

	for (*n = 0; calls_next(h, &at, &next); ++*n) {
		if (*n == room) {
			struct calls *more;

			room = room ? 2 * room : 1024;
			more = realloc(list, room * sizeof *list);
			if (more == NULL) {
				free(list);
				return NULL; /* each finds it for itself then */
			}
			list = more;
		}
		list[*n] = next;
	}
	return list;
}

enum status
detect_all(struct detections *out, const struct heard *h, const struct params *params,
    struct error *err)
{
	struct heard listed = *h;
	struct calls *list = list_hosts(h, &listed.host_count);
	struct collector k = { .heard = &listed,
		.params = params,
		.to = out,
		.most = most_of_a_kind(h->memory) };
	enum status st = OK;

	listed.host = list;
	*out = (struct detections){ 0 };
	for (size_t i = 0; st == OK && i < DETECTORS_N; i++) {
		k.detector = DETECTORS[i];
		k.first = out->n;
		st = k.detector->survey(&listed, params, take_suspect, &k, err);
		keep_strongest(&k);
	}
	free(list);
	if (st != OK) {
		detections_release(out);
		return st;
	}
	if (out->n > 1)
		qsort(out->at, out->n, sizeof *out->at, detected_order);
	return OK;
}

void
detections_release(struct detections *d)
{
	free(d->at);
	*d = (struct detections){ 0 };
}
