/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/survey.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "detect/callers.h"
#include "detect/detectors.h"
#include "detect/manner.h"
#include "detect/order.h"
#include "profile/domain.h"

/* One detector's part: what it found so far, and what it may keep. */
struct part {
	struct survey survey; /* first: survey_suspect finds the part by it */
	const struct detector *detector;
	struct crowd *crowd;
	struct detections found;
	size_t room;
	size_t most; /* of a kind */
};

/* The host that is laid out, used again for the next. */
struct crowd {
	const struct heard *heard;
	struct caller caller;
	struct called *service;
	uint64_t *key, *spare; /* port << 32 | service, while they are sorted */
	uint32_t *by_port, *peer;
	struct port_run *port;
	size_t room;
	bool walking; /* suspects are of this host alone */
};

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
look_around(const struct survey *v, const struct caller *caller, const struct subject *s,
    struct context *c)
{
	const struct heard *h = v->heard;
	const struct host *host = hosts_find(h->hosts, &s->host);
	const struct host *peer = hosts_find(h->hosts, &s->peer);
	static const struct ip none;

	*c = (struct context){ .pairs = v->pairs,
		.hosts = hosts_callers(h->hosts),
		.peer_hosts = peer ? peer->callers : 0,
		.host_peers = host ? host->peers : 0,
		.host_first_ns = caller->services > 0 ? caller->first_ns : 0,
		.span_first_ns = h->span_first_ns,
		.span_last_ns = h->span_last_ns,
		.looks = 1,
		.by_rank = { 1, 1 },
		.host_side = caller->side,
		.peer_side = heard_peer_side(h, &s->peer),
		.limits = h->limits };
	if (!ip_equal(&s->peer, &none)) {
		struct pair_key key = {
			.host = s->host, .peer = s->peer, .port = s->port, .proto = s->proto
		};

		look_for_names(h, s, c);
		manner_look(h->manners, h->shards, &key, c);
	}
	look_at_names(h, s, c);
}

static int
detected_order(const void *a, const void *b)
{
	return finding_compare(
	    &((const struct detected *)a)->finding, &((const struct detected *)b)->finding);
}

/* A few more than may stay are held before the weakest go: which ones stay is exact. */
static void
keep_strongest(struct part *k)
{
	if (k->found.n > 1)
		qsort(k->found.at, k->found.n, sizeof *k->found.at, detected_order);
	if (k->found.n <= k->most)
		return;
	k->found.shed += k->found.n - k->most;
	k->found.n = k->most;
}

static bool
make_room(struct part *k)
{
	size_t room;
	struct detected *at;

	if (k->found.n == k->most + k->most / 4 + 1)
		keep_strongest(k);
	if (k->found.n < k->room)
		return true;
	room = k->room ? 2 * k->room : 16;
	at = realloc(k->found.at, room * sizeof *at);
	if (at == NULL)
		return false;
	k->found.at = at;
	k->room = room;
	return true;
}

static void
empty(struct crowd *c)
{
	free(c->service);
	free(c->key);
	free(c->by_port);
	free(c->port);
	c->service = NULL;
	c->key = c->spare = NULL;
	c->by_port = c->peer = NULL;
	c->port = NULL;
	c->room = 0;
}

/* Room for a host with n services; what was laid out is gone. */
static bool
make_way(struct crowd *c, size_t n)
{
	size_t room = 2 * c->room < n ? n : 2 * c->room;

	if (n <= c->room)
		return true;
	empty(c);
	c->service = malloc(room * sizeof *c->service);
	c->key = malloc(2 * room * sizeof *c->key);
	c->by_port = malloc((2 * room + 1) * sizeof *c->by_port);
	c->port = malloc((room + 1) * sizeof *c->port);
	if (!c->service || !c->key || !c->by_port || !c->port)
		return false;
	c->spare = c->key + room;
	c->peer = c->by_port + room;
	c->room = room;
	return true;
}

static void
add_up(struct called *s)
{
	for (size_t i = 0; i < s->calls; i++) {
		const struct contact *c = &s->call[i];
		uint64_t ns = c->last_ns - c->start_ns;

		bool failed = (c->flags & CONTACT_FAILED) != 0;

		s->failed += failed;
		s->spoken |= (uint64_t)(!failed && c->service < 64) << (c->service & 63);
		s->up += c->up;
		s->down += c->down;
		s->longest_ns = ns > s->longest_ns ? ns : s->longest_ns;
		s->up_pkts += c->up_pkts;
		if (c->up_pkts > 0) {
			s->down_pkts += c->down_pkts;
		} else {
			s->unasked_pkts += c->down_pkts;
			s->unasked++;
		}
	}
}

static uint32_t
port_of(const struct pair_key *k)
{
	return (uint32_t)k->proto << 16 | k->port;
}

/* The services in the order of ports, and where each port begins. */
static void
order_ports(struct crowd *c, size_t n)
{
	/* Below the ports stand the numbers of the services, in order already. */
	const uint64_t *key = order_words(c->key, c->spare, n, 32);
	struct caller *out = &c->caller;

	for (uint32_t i = 0; i < n; i++) {
		c->by_port[i] = (uint32_t)key[i];
		if (i == 0 || key[i] >> 32 != key[i - 1] >> 32)
			c->port[out->ports++] = (struct port_run){ i,
				(uint16_t)(key[i] >> 32), (uint8_t)(key[i] >> 48) };
	}
	c->port[out->ports] = (struct port_run){ .from = (uint32_t)n };
}

/* False: no memory. */
static bool
lay_out(struct crowd *c, const struct calls *calls)
{
	size_t n = calls->end - calls->first;
	struct caller *out = &c->caller;

	*out = (struct caller){ .heard = c->heard,
		.calls = *calls,
		.side = heard_side_in_pair(c->heard, &calls->host),
		.first_ns = UINT64_MAX };
	if (!make_way(c, n))
		return false;
	while (c->heard->shard[out->shard] != calls->pairs)
		out->shard++;
	for (uint32_t i = 0; i < n; i++) {
		struct called *s = &c->service[i];

		*s = (struct called){ .key = pairs_key(calls->pairs, calls->first + i) };
		s->call = pairs_contacts(calls->pairs, calls->first + i, &s->calls);
		add_up(s);
		if (s->call->start_ns < out->first_ns)
			out->first_ns = s->call->start_ns;
		if (i == 0 || !ip_equal(&s->key.peer, &s[-1].key.peer))
			c->peer[out->peers++] = i;
		c->key[i] = (uint64_t)port_of(&s->key) << 32 | i;
		out->up_pkts += s->up_pkts;
	}
	c->peer[out->peers] = (uint32_t)n;
	order_ports(c, n);
	out->service = c->service;
	out->services = n;
	out->by_port = c->by_port;
	out->peer = c->peer;
	out->port = c->port;
	return true;
}

static uint32_t
run_key(const struct port_run *r)
{
	return (uint32_t)r->proto << 16 | r->port;
}

size_t
caller_port(const struct caller *c, uint8_t proto, uint16_t port)
{
	uint32_t want = (uint32_t)proto << 16 | port;
	size_t low = 0, high = c->ports;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (run_key(&c->port[mid]) < want)
			low = mid + 1;
		else
			high = mid;
	}
	return low < c->ports && run_key(&c->port[low]) == want ? low : c->ports;
}

/* While hosts are walked it is the one at hand; afterwards any. */
static const struct caller *
caller_of(struct crowd *c, const struct ip *host)
{
	struct calls calls;

	if (ip_equal(&c->caller.calls.host, host))
		return &c->caller;
	CHECK(!c->walking);
	if (calls_of(c->heard, host, &calls))
		return lay_out(c, &calls) ? &c->caller : NULL;
	c->caller = (struct caller){
		.calls = calls, .side = heard_side(c->heard, host), .first_ns = UINT64_MAX
	};
	return &c->caller;
}

bool
survey_suspect(struct survey *v, const struct subject *s)
{
	struct part *k = (struct part *)v;
	const struct caller *host = caller_of(k->crowd, &s->host);
	struct detected *d;

	if (host == NULL || !make_room(k))
		return false;
	d = &k->found.at[k->found.n];
	look_around(v, host, s, &d->context);
	if (k->detector->look_around)
		k->detector->look_around(v->heard, host, s, &d->context);
	k->found.n +=
	    detector_judge(k->detector, v->heard, s, &d->context, v->params, &d->finding);
	return true;
}

struct subject
survey_subject(enum finding_kind kind, const struct pair_key *k)
{
	return (struct subject){ .kind = kind,
		.host = k->host,
		.peer = k->peer,
		.port = k->port,
		.proto = k->proto };
}

/* A finding takes some 10 kB; all of a kind together no more than a 64th of the memory. */
static size_t
most_of_a_kind(size_t memory)
{
	size_t most = memory / 64 / sizeof(struct detected);

	return memory == 0 || most > DETECTIONS_MOST ? DETECTIONS_MOST : most;
}

static bool
survey_services(struct part *k, const struct caller *c)
{
	for (size_t i = 0; k->detector->worth && i < c->services; i++) {
		struct subject s;

		if (!k->detector->worth(c, &c->service[i]))
			continue;
		s = survey_subject(k->detector->kind, &c->service[i].key);
		if (!survey_suspect(&k->survey, &s))
			return false;
	}
	return true;
}

/* False: no memory. */
static bool
walk_hosts(struct part *part, size_t parts, struct crowd *crowd)
{
	struct calls_walk at = { 0 };
	struct calls calls;
	bool room = true;

	crowd->walking = true;
	while (room && calls_next(crowd->heard, &at, &calls)) {
		room = lay_out(crowd, &calls);
		for (size_t i = 0; room && i < parts; i++) {
			struct part *k = &part[i];

			room = survey_services(k, &crowd->caller) &&
			       (!k->detector->survey_host ||
				   k->detector->survey_host(&k->survey, &crowd->caller));
		}
	}
	crowd->walking = false;
	for (size_t i = 0; room && i < parts; i++)
		room = !part[i].detector->survey_end ||
		       part[i].detector->survey_end(&part[i].survey);
	return room;
}

static bool
open_parts(struct part *part, size_t n, struct crowd *crowd, const struct params *params)
{
	uint64_t pairs = 0;
	bool room = true;

	for (size_t i = 0; i < crowd->heard->shards; i++)
		pairs += pairs_count(crowd->heard->shard[i]);
	for (size_t i = 0; i < n; i++) {
		struct part *k = &part[i];

		k->detector = detector_each(i);
		k->crowd = crowd;
		k->most = most_of_a_kind(crowd->heard->memory);
		k->survey = (struct survey){
			.heard = crowd->heard, .params = params, .pairs = pairs
		};
		arena_init(&k->survey.arena, SIZE_MAX);
		if (k->detector->own > 0)
			k->survey.own = arena_get(&k->survey.arena, 1, k->detector->own);
		room = room && (k->detector->own == 0 || k->survey.own != NULL);
	}
	return room;
}

/* All that the parts found, behind what the busiest of them did. */
static bool
gather(struct detections *out, struct part *part, size_t parts)
{
	size_t n = 0, busiest = 0;
	struct detected *at;

	for (size_t i = 0; i < parts; i++) {
		keep_strongest(&part[i]);
		n += part[i].found.n;
		out->shed += part[i].found.shed;
		if (part[i].found.n > part[busiest].found.n)
			busiest = i;
	}
	if (n == 0)
		return true;
	at = realloc(part[busiest].found.at, n * sizeof *at);
	if (at == NULL)
		return false;
	out->at = at;
	out->n = part[busiest].found.n;
	part[busiest].found = (struct detections){ 0 };
	for (size_t i = 0; i < parts; i++) {
		if (part[i].found.n > 0)
			memcpy(at + out->n, part[i].found.at, part[i].found.n * sizeof *at);
		out->n += part[i].found.n;
		detections_release(&part[i].found);
	}
	qsort(at, out->n, sizeof *at, detected_order);
	return true;
}

enum status
detect_all(struct detections *out, const struct heard *h, const struct params *params,
    struct error *err)
{
	struct heard heard = *h;
	struct crowd crowd = { .heard = &heard };
	size_t parts = detectors_count();
	struct part *part = calloc(parts, sizeof *part);
	bool room = part != NULL;

	*out = (struct detections){ 0 };
	heard.callers = callers_new(h->shard, h->shards);
	heard.at = &crowd.caller;
	room = room && heard.callers && open_parts(part, parts, &crowd, params) &&
	       walk_hosts(part, parts, &crowd) && gather(out, part, parts);
	for (size_t i = 0; part && i < parts; i++) {
		detections_release(&part[i].found);
		arena_release(&part[i].survey.arena);
	}
	callers_free(heard.callers);
	empty(&crowd);
	free(part);
	return room ? OK : error_set(err, E_NOMEM, "no memory for findings");
}

void
detections_release(struct detections *d)
{
	free(d->at);
	*d = (struct detections){ 0 };
}
