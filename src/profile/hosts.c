/* SPDX-License-Identifier: Apache-2.0 */
#include "profile/hosts.h"

#include <stdlib.h>
#include <string.h>

#include "profile/hosts_own.h"
#include "profile/names.h"
#include "profile/pairs_own.h"

/* Peers that are looked up together: memory is waited for once, not 64 times. */
#define GROUP 64

/* Numbers of addresses, two for a pair, are 31 bits. */
#define PAIRS_MOST (UINT32_C(1) << 30)

/* A host-peer pair, as it comes from a shard. */
struct edge {
	const struct call *call;
	uint32_t tag;   /* of the peer, if it is IPv4 */
	uint8_t sides;  /* enum contact_flags, of any contact of any port */
	bool houses;    /* one of the ports is what a network gives to its hosts */
	bool same_host; /* as the one before */
};

static void
lay_out(struct hosts *hs, size_t pairs, size_t wide, size_t widest)
{
	struct addresses *a = &hs->wide;
	struct reserve *r = &hs->reserve;
	size_t most = 2 * pairs;

	hs->ip = reserve_take(r, most, sizeof *hs->ip);
	hs->host = reserve_take(r, most, sizeof *hs->host);
	hs->votes = reserve_take(r, most, sizeof *hs->votes);
	hs->run = reserve_take(r, pairs + 1, sizeof *hs->run);
	hs->peer = reserve_take(r, pairs, sizeof *hs->peer);
	hs->v4.slot =
	    reserve_take(r, (size_t)1 << addresses_bits(most), sizeof *hs->v4.slot);
	hs->v4.spare =
	    reserve_take(r, (size_t)1 << addresses_bits(most), sizeof *hs->v4.spare);
	a->ip = reserve_take(r, wide, sizeof *a->ip);
	a->slot = reserve_take(r, (size_t)1 << addresses_bits(wide), sizeof *a->slot);
	a->spare = reserve_take(r, (size_t)1 << addresses_bits(wide), sizeof *a->spare);
	hs->number = reserve_take(r, wide, sizeof *hs->number);
	hs->here = reserve_take(r, widest, sizeof *hs->here);
}

/* Every step can be undone, so no two addresses have the same tag. */
static uint32_t
v4_tag(const struct v4_table *t, uint32_t v4)
{
	v4 = (v4 ^ (uint32_t)(t->seed >> 32)) * ((uint32_t)t->seed | 1);
	v4 ^= v4 >> 16;
	v4 *= 0x7feb352du;
	v4 ^= v4 >> 15;
	v4 *= 0x846ca68bu;
	return v4 ^ v4 >> 16;
}

static uint32_t
v4_find(const struct v4_table *t, uint32_t tag)
{
	size_t mask = ((size_t)1 << t->bits) - 1;

	for (size_t i = tag >> (32 - t->bits); t->slot[i] != 0; i = (i + 1) & mask)
		if (t->slot[i] >> 32 == tag)
			return (uint32_t)t->slot[i] - 1;
	return ADDRESS_NONE;
}

static void
v4_put(struct v4_table *t, uint64_t slot)
{
	size_t mask = ((size_t)1 << t->bits) - 1;
	size_t i = slot >> (64 - t->bits);

	while (t->slot[i] != 0)
		i = (i + 1) & mask;
	t->slot[i] = slot;
}

static void
v4_add(struct v4_table *t, uint32_t tag, uint32_t number)
{
	uint64_t *from = t->slot;

	v4_put(t, (uint64_t)tag << 32 | (number + 1));
	if (addresses_bits(++t->n) == t->bits)
		return;
	t->slot = t->spare;
	t->spare = from;
	memset(t->slot, 0, sizeof *t->slot << ++t->bits);
	for (size_t i = 0; i < (size_t)1 << (t->bits - 1); i++)
		if (from[i] != 0)
			v4_put(t, from[i]);
}

static uint32_t
number_v4(struct hosts *hs, uint32_t tag, uint32_t v4)
{
	uint32_t number = v4_find(&hs->v4, tag);

	if (number != ADDRESS_NONE)
		return number;
	number = hs->n++;
	hs->ip[number] = call_v4(v4);
	v4_add(&hs->v4, tag, number);
	return number;
}

static uint32_t
number_wide(struct hosts *hs, const struct ip *ip)
{
	uint32_t tag = addresses_tag(&hs->wide, ip);
	uint32_t wide = addresses_find(&hs->wide, tag, ip);

	if (wide != ADDRESS_NONE)
		return hs->number[wide];
	wide = addresses_add(&hs->wide, tag, ip);
	hs->ip[hs->n] = *ip;
	hs->number[wide] = hs->n;
	return hs->n++;
}

static void
add_edges(struct hosts *hs, const struct edge *e, unsigned n)
{
	for (unsigned i = 0; i < n; i++, e++) {
		const struct call *c = e->call;
		uint32_t host, peer;

		if (!e->same_host) {
			host = c->family >> 4 == CALL_V4
				   ? number_v4(hs, v4_tag(&hs->v4, c->host), c->host)
				   : hs->here[c->host];
			hs->host[host].opened = true;
			hs->run[hs->runs++] = (struct run){ host, hs->peers };
		}
		peer = (c->family & 15) == CALL_V4 ? number_v4(hs, e->tag, c->peer)
						   : hs->here[c->peer];
		hs->peer[hs->peers++] = peer;
		if (e->houses) /* else its line of memory need not be waited for */
			hs->host[peer].houses = true;
		if (e->sides == 0)
			continue;
		host = hs->run[hs->runs - 1].host;
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
		sides |= c[k].flags & PAIRS_SIDES;
	return sides;
}

/* Pairs are in order of host, then peer, so the ports of a peer are together. */
static void
add_shard(struct hosts *hs, const struct pairs *ps)
{
	const struct addresses *a = &ps->addresses;
	struct edge e[GROUP];
	unsigned n = 0;

	for (uint32_t r = 0; r < a->n; r++)
		hs->here[r] = number_wide(hs, &a->ip[r]);
	for (uint32_t i = 0; i < ps->pairs; i++) {
		const struct call *c = &ps->call[i], *before = i ? c - 1 : NULL;
		bool same_host = before && call_same_host(c, before);
		uint8_t sides = ps->sides ? sides_of(ps, i) : 0;
		bool houses = hosts_port_houses(c->proto, c->port);

		if (same_host && c->peer == before->peer && c->family == before->family) {
			e[n - 1].sides |= sides;
			e[n - 1].houses |= houses;
			continue;
		}
		if (n == GROUP) {
			add_edges(hs, e, n);
			n = 0;
		}
		e[n] =
		    (struct edge){ c, v4_tag(&hs->v4, c->peer), sides, houses, same_host };
		__builtin_prefetch(&hs->v4.slot[e[n++].tag >> (32 - hs->v4.bits)]);
	}
	add_edges(hs, e, n);
}

static bool
is_in(const struct ip_net *net, unsigned n, const struct ip *ip)
{
	for (unsigned i = 0; i < n; i++)
		if (ip_net_has(&net[i], ip))
			return true;
	return false;
}

/* Rule 1: of all others of ours public_ours tells. */
static bool
is_private(const struct ip *ip)
{
	enum ip_scope scope = ip_scope(ip);

	return scope == IP_PRIVATE || scope == IP_LINK;
}

/* Rules 1 to 3. */
static void
take_sides(struct hosts *hs, const struct host_nets *nets)
{
	for (uint32_t i = 0; i < hs->n; i++) {
		hs->host[i].others = is_in(nets->others, nets->n_others, &hs->ip[i]);
		if (hs->host[i].others)
			continue;
		hs->host[i].ours = is_in(nets->ours, nets->n_ours, &hs->ip[i]);
		if (is_private(&hs->ip[i]))
			hs->host[i].side = HOST_PRIVATE;
		else if (hs->host[i].ours)
			hs->host[i].side = HOST_NAMED;
		else if (hs->votes[i] > 0)
			hs->host[i].side = HOST_TOLD;
	}
}

static void
count_all(struct hosts *hs)
{
	for (uint32_t r = 0; r < hs->runs; r++) {
		struct host *host = &hs->host[hs->run[r].host];
		bool ours = host->side != HOST_EXTERNAL;

		for (uint32_t i = hs->run[r].from; i < hs->run[r + 1].from; i++) {
			struct host *peer = &hs->host[hs->peer[i]];

			peer->callers += ours;
			peer->houses |= !ours; /* those outside */
			host->peers += peer->side == HOST_EXTERNAL &&
				       !name_is_key(&hs->ip[hs->peer[i]]);
		}
	}
	for (uint32_t i = 0; i < hs->n; i++) {
		hs->callers += hs->host[i].opened && hosts_internal(hs, i);
		if (hs->host[i].side == HOST_PRIVATE)
			hosts_settle(hs, i);
		hs->public_ours[ip_is_v4(&hs->ip[i])] |= hs->host[i].side > HOST_PRIVATE;
	}
}

static enum status
make_room(struct hosts *hs, struct pairs *const *shards, size_t n, struct error *err)
{
	size_t pairs = 0, wide = 0, widest = 0;

	for (size_t i = 0; i < n; i++) {
		pairs += pairs_count(shards[i]);
		wide += shards[i]->addresses.n;
		if (shards[i]->addresses.n > widest)
			widest = shards[i]->addresses.n;
	}
	lay_out(hs, pairs, wide, widest);
	if (pairs > PAIRS_MOST || !reserve_open(&hs->reserve))
		return error_set(
		    err, E_NOMEM, "no memory for the hosts of %zu pairs", pairs);
	lay_out(hs, pairs, wide, widest);
	hs->v4.bits = addresses_bits(0);
	hs->wide.bits = addresses_bits(0);
	hs->v4.seed = hs->wide.seed = n > 0 ? shards[0]->addresses.seed : 0;
	return OK;
}

enum status
hosts_new(struct hosts **out, struct pairs *const *shards, size_t n,
    const struct host_nets *nets, struct error *err)
{
	static const struct host_nets none;
	struct hosts *hs = calloc(1, sizeof *hs);
	enum status st;

	if (hs == NULL)
		return error_set(err, E_NOMEM, "no memory for hosts");
	st = make_room(hs, shards, n, err);
	if (st != OK)
		goto fail;
	for (size_t i = 0; i < n; i++)
		add_shard(hs, shards[i]);
	hs->run[hs->runs].from = hs->peers;
	hs->others = nets && nets->n_others > 0;
	take_sides(hs, nets ? nets : &none);
	st = hosts_infer(hs, true, err);
	if (st == OK)
		st = hosts_infer(hs, false, err);
	if (st != OK)
		goto fail;
	count_all(hs);
	*out = hs;
	return OK;
fail:
	hosts_free(hs);
	return st;
}

const struct host *
hosts_find(const struct hosts *hs, const struct ip *ip)
{
	uint32_t number;

	if (ip_is_v4(ip)) {
		number = v4_find(&hs->v4, v4_tag(&hs->v4, call_word(ip->b + 12)));
	} else {
		number = addresses_find(&hs->wide, addresses_tag(&hs->wide, ip), ip);
		if (number != ADDRESS_NONE)
			number = hs->number[number];
	}
	return number == ADDRESS_NONE ? NULL : &hs->host[number];
}

bool
hosts_is_internal(const struct hosts *hs, const struct ip *ip)
{
	const struct host *h;

	/* Few networks have public addresses of their own, and most peers have one. */
	if (!hs->public_ours[ip_is_v4(ip)] && !is_private(ip))
		return false;
	h = hosts_find(hs, ip);
	return h && h->side != HOST_EXTERNAL;
}

bool
hosts_is_internal_in_pair(const struct hosts *hs, const struct ip *ip)
{
	return (!hs->others && is_private(ip)) || hosts_is_internal(hs, ip);
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
