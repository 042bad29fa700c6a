/* SPDX-License-Identifier: Apache-2.0 */
#include "profile/hosts.h"

#include <stdlib.h>

#include "profile/addresses.h"
#include "profile/pairs_own.h"
#include "profile/reserve.h"

/* How far ahead addresses are looked up. */
#define GROUP 64

/* The calls of one host within one shard: its peers are `from` to the next run's. */
struct run {
	uint32_t host;
	uint32_t from;
};

struct hosts {
	struct addresses addresses;
	struct host *host; /* by number of the address */
	int32_t *votes;    /* local less remote */
	struct run *run;   /* one more at the end */
	uint32_t *peer;    /* number of the peer, one for each host-peer pair */
	uint32_t runs, peers;
	uint64_t callers, originators;
	struct ip_net inferred[HOSTS_INFERRED];
	unsigned nets;
	struct reserve reserve;
};

/* A host-peer pair, as it comes from a shard. */
struct edge {
	struct ip host, peer;
	uint32_t host_tag, peer_tag;
	uint8_t sides;  /* enum contact_flags, of any contact of any port */
	bool same_host; /* as the one before */
};

static void
lay_out(struct hosts *hs, size_t pairs)
{
	struct addresses *a = &hs->addresses;
	struct reserve *r = &hs->reserve;
	size_t most = 2 * pairs;

	a->ip = reserve_take(r, most, sizeof *a->ip);
	a->slot = reserve_take(r, (size_t)1 << addresses_bits(most), sizeof *a->slot);
	a->spare = reserve_take(r, (size_t)1 << addresses_bits(most), sizeof *a->spare);
	hs->host = reserve_take(r, most, sizeof *hs->host);
	hs->votes = reserve_take(r, most, sizeof *hs->votes);
	hs->run = reserve_take(r, pairs + 1, sizeof *hs->run);
	hs->peer = reserve_take(r, pairs, sizeof *hs->peer);
}

static uint32_t
number_of(struct hosts *hs, uint32_t tag, const struct ip *ip)
{
	uint32_t number = addresses_find(&hs->addresses, tag, ip);

	return number == ADDRESS_NONE ? addresses_add(&hs->addresses, tag, ip) : number;
}

static void
add_edges(struct hosts *hs, const struct edge *e, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		addresses_fetch(&hs->addresses, e[i].peer_tag);
	for (unsigned i = 0; i < n; i++, e++) {
		uint32_t host, peer;

		if (!e->same_host) {
			host = number_of(hs, e->host_tag, &e->host);
			hs->host[host].opened = true;
			hs->run[hs->runs++] = (struct run){ host, hs->peers };
		}
		host = hs->run[hs->runs - 1].host;
		peer = number_of(hs, e->peer_tag, &e->peer);
		hs->peer[hs->peers++] = peer;
		hs->votes[host] +=
		    !!(e->sides & CONTACT_HOST_LOCAL) - !!(e->sides & CONTACT_HOST_REMOTE);
		hs->votes[peer] +=
		    !!(e->sides & CONTACT_PEER_LOCAL) - !!(e->sides & CONTACT_PEER_REMOTE);
	}
}

/* What the sources said of the sides of pair i. */
static uint8_t
sides_of(const struct pairs *ps, uint32_t i)
{
	const struct contact *c = ps->ordered + ps->call[i].contact;
	uint32_t n = pairs_size(ps, i);
	uint8_t sides = 0;

	for (uint32_t k = 0; k < n; k++)
		sides |= c[k].flags;
	return sides;
}

/* Pairs are in order of host, then peer, so the ports of a peer are together. */
static void
add_shard(struct hosts *hs, const struct pairs *ps)
{
	struct edge e[GROUP];
	unsigned n = 0;

	for (uint32_t i = 0; i < ps->pairs; i++) {
		const struct call *c = &ps->call[i], *before = i ? c - 1 : NULL;
		bool same_host = before && call_same_host(c, before);
		struct pair_key key;

		if (same_host && c->peer == before->peer && c->family == before->family) {
			if (ps->sides)
				e[n - 1].sides |= sides_of(ps, i);
			continue;
		}
		if (n == GROUP) {
			add_edges(hs, e, n);
			n = 0;
		}
		key = pairs_key_of(ps, c, true);
		e[n] = (struct edge){ .host = key.host,
			.peer = key.peer,
			.peer_tag = addresses_tag(&hs->addresses, &key.peer),
			.sides = ps->sides ? sides_of(ps, i) : 0,
			.same_host = same_host };
		if (!same_host)
			e[n].host_tag = addresses_tag(&hs->addresses, &key.host);
		addresses_fetch_slot(&hs->addresses, e[n++].peer_tag);
	}
	add_edges(hs, e, n);
}

static bool
is_internal(const struct hosts *hs, uint32_t number)
{
	return hs->host[number].side != HOST_EXTERNAL;
}

/* Rules 1 to 3. */
static void
take_sides(struct hosts *hs, const struct ip_net *internal, unsigned nets)
{
	for (uint32_t i = 0; i < hs->addresses.n; i++) {
		const struct ip *ip = &hs->addresses.ip[i];
		enum ip_scope scope = ip_scope(ip);

		if (scope == IP_PRIVATE || scope == IP_LINK)
			hs->host[i].side = HOST_PRIVATE;
		else if (hs->votes[i] > 0)
			hs->host[i].side = HOST_TOLD;
		for (unsigned k = 0; k < nets; k++)
			if (hs->host[i].side != HOST_PRIVATE &&
			    ip_net_has(&internal[k], ip))
				hs->host[i].side = HOST_NAMED;
	}
}

/* --- rule 4 --- */

/* A network that takes part in host-peer pairs without an internal end. */
struct part {
	uint32_t edges, opened;
};

/* The search for a place to listen at, in one family. */
struct search {
	struct hosts *hs;
	bool v4;
	uint64_t edges; /* without an internal end */
	struct addresses nets;
	struct part *part; /* by number of the net */
	struct reserve reserve;
};

static bool
is_open(const struct search *s, uint32_t host, uint32_t peer)
{
	const struct hosts *hs = s->hs;

	return !is_internal(hs, host) && !is_internal(hs, peer) &&
	       ip_is_v4(&hs->addresses.ip[host]) == s->v4;
}

/* How many there are; true when that is more than half of those it could be. */
static bool
is_needed(struct search *s)
{
	const struct hosts *hs = s->hs;
	uint64_t all = 0;

	s->edges = 0;
	for (uint32_t r = 0; r < hs->runs; r++)
		for (uint32_t i = hs->run[r].from; i < hs->run[r + 1].from; i++) {
			uint32_t host = hs->run[r].host, peer = hs->peer[i];

			if (ip_is_v4(&hs->addresses.ip[host]) != s->v4)
				continue;
			all += hs->host[host].side != HOST_PRIVATE ||
			       hs->host[peer].side != HOST_PRIVATE;
			s->edges += is_open(s, host, peer);
		}
	return 2 * s->edges > all;
}

static struct ip
network_of(const struct ip *ip, unsigned bits)
{
	struct ip net = *ip;

	memset(net.b + bits / 8, 0, sizeof net.b - bits / 8);
	return net;
}

static struct part *
part_of(struct search *s, const struct ip *net)
{
	uint32_t tag = addresses_tag(&s->nets, net);
	uint32_t number = addresses_find(&s->nets, tag, net);

	if (number == ADDRESS_NONE) {
		number = addresses_add(&s->nets, tag, net);
		s->part[number] = (struct part){ 0, 0 };
	}
	return &s->part[number];
}

static void
count_parts(struct search *s, unsigned bits)
{
	const struct hosts *hs = s->hs;

	addresses_rebuild(&s->nets, 0);
	for (uint32_t r = 0; r < hs->runs; r++)
		for (uint32_t i = hs->run[r].from; i < hs->run[r + 1].from; i++) {
			uint32_t host = hs->run[r].host, peer = hs->peer[i];
			struct ip from, to;

			if (!is_open(s, host, peer))
				continue;
			from = network_of(&hs->addresses.ip[host], bits);
			to = network_of(&hs->addresses.ip[peer], bits);
			part_of(s, &from)->edges++;
			part_of(s, &from)->opened++;
			if (!ip_equal(&from, &to))
				part_of(s, &to)->edges++;
		}
}

/* Of the networks in at least so many tenths, those that opened most. */
static unsigned
choose(const struct search *s, unsigned tenths, unsigned bits,
    struct ip_net out[static HOSTS_INFERRED / 2])
{
	uint32_t most = 0;
	unsigned n = 0;

	for (uint32_t i = 0; i < s->nets.n; i++) {
		const struct part *p = &s->part[i];

		if (10 * (uint64_t)p->edges < tenths * s->edges || p->opened < most)
			continue;
		if (p->opened > most)
			n = 0;
		most = p->opened;
		if (n < HOSTS_INFERRED / 2)
			out[n++] = (struct ip_net){ s->nets.ip[i], (uint8_t)bits };
	}
	return n;
}

static void
mark_inferred(struct search *s, const struct ip_net *net, unsigned nets)
{
	struct hosts *hs = s->hs;

	for (uint32_t i = 0; i < hs->addresses.n; i++)
		for (unsigned k = 0; k < nets; k++)
			if (!is_internal(hs, i) &&
			    ip_net_has(&net[k], &hs->addresses.ip[i]))
				hs->host[i].side = HOST_INFERRED;
	for (unsigned k = 0; k < nets; k++)
		hs->inferred[hs->nets++] = net[k];
}

static void
mark_originators(struct search *s)
{
	struct hosts *hs = s->hs;

	for (uint32_t i = 0; i < hs->addresses.n; i++)
		if (!is_internal(hs, i) && hs->host[i].opened &&
		    ip_is_v4(&hs->addresses.ip[i]) == s->v4) {
			hs->host[i].side = HOST_INFERRED;
			hs->originators++;
		}
}

static void
lay_out_search(struct search *s)
{
	size_t most = s->hs->addresses.n;

	s->nets.ip = reserve_take(&s->reserve, most, sizeof *s->nets.ip);
	s->nets.slot = reserve_take(
	    &s->reserve, (size_t)1 << addresses_bits(most), sizeof *s->nets.slot);
	s->nets.spare = reserve_take(
	    &s->reserve, (size_t)1 << addresses_bits(most), sizeof *s->nets.spare);
	s->part = reserve_take(&s->reserve, most, sizeof *s->part);
}

static enum status
infer(struct hosts *hs, bool v4, struct error *err)
{
	static const unsigned tenths[] = { 9, 5 };
	static const unsigned bits[2][3] = { { 64, 56, 48 },
		{ 96 + 32, 96 + 24, 96 + 16 } };
	struct search s = { .hs = hs, .v4 = v4 };
	struct ip_net net[HOSTS_INFERRED / 2];
	unsigned nets = 0;

	if (!is_needed(&s))
		return OK;
	lay_out_search(&s);
	if (!reserve_open(&s.reserve))
		return error_set(err, E_NOMEM, "no memory to find the monitored side");
	lay_out_search(&s);
	for (int i = 0; i < 6 && nets == 0; i++) {
		count_parts(&s, bits[v4][i % 3]);
		nets = choose(&s, tenths[i / 3], bits[v4][i % 3], net);
	}
	if (nets > 0)
		mark_inferred(&s, net, nets);
	else
		mark_originators(&s);
	reserve_close(&s.reserve);
	return OK;
}

/* --- what is asked for --- */

static void
count_all(struct hosts *hs)
{
	for (uint32_t r = 0; r < hs->runs; r++) {
		struct host *host = &hs->host[hs->run[r].host];
		bool ours = host->side != HOST_EXTERNAL;

		for (uint32_t i = hs->run[r].from; i < hs->run[r + 1].from; i++) {
			struct host *peer = &hs->host[hs->peer[i]];

			peer->callers += ours;
			host->peers += peer->side == HOST_EXTERNAL;
		}
	}
	for (uint32_t i = 0; i < hs->addresses.n; i++)
		hs->callers += hs->host[i].opened && is_internal(hs, i);
}

enum status
hosts_new(struct hosts **out, struct pairs *const *shards, size_t n,
    const struct ip_net *internal, unsigned nets, struct error *err)
{
	struct hosts *hs = calloc(1, sizeof *hs);
	enum status st = OK;
	size_t pairs = 0;

	if (hs == NULL)
		return error_set(err, E_NOMEM, "no memory for hosts");
	for (size_t i = 0; i < n; i++)
		pairs += pairs_count(shards[i]);
	lay_out(hs, pairs);
	if (pairs > INT32_MAX || !reserve_open(&hs->reserve)) {
		free(hs);
		return error_set(
		    err, E_NOMEM, "no memory for the hosts of %zu pairs", pairs);
	}
	lay_out(hs, pairs);
	hs->addresses.bits = addresses_bits(0);
	for (size_t i = 0; i < n; i++)
		add_shard(hs, shards[i]);
	hs->run[hs->runs].from = hs->peers;
	take_sides(hs, internal, nets);
	st = infer(hs, true, err);
	if (st == OK)
		st = infer(hs, false, err);
	if (st != OK) {
		hosts_free(hs);
		return st;
	}
	count_all(hs);
	*out = hs;
	return OK;
}

const struct host *
hosts_find(const struct hosts *hs, const struct ip *ip)
{
	uint32_t number =
	    addresses_find(&hs->addresses, addresses_tag(&hs->addresses, ip), ip);

	return number == ADDRESS_NONE ? NULL : &hs->host[number];
}

uint64_t
hosts_callers(const struct hosts *hs)
{
	return hs->callers;
}

unsigned
hosts_inferred(
    const struct hosts *hs, struct ip_net out[static HOSTS_INFERRED], uint64_t *originators)
{
	memcpy(out, hs->inferred, hs->nets * sizeof *out);
	*originators = hs->originators;
	return hs->nets;
}

void
hosts_free(struct hosts *hs)
{
	if (hs == NULL)
		return;
	reserve_close(&hs->reserve);
	free(hs);
}
