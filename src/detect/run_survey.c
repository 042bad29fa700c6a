/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/run_own.h"

#include <stdlib.h>

#include "record/flow.h"

#define PORTS 65536

/*
 * Pairs come by host, so a host is a run of them, and so is each of its peers.
 * A survey goes over all pairs once and keeps only counts.
 */
struct survey {
	struct run *run;
	uint32_t *port_host;  /* last host that called the port outside, from 1; TCP, UDP */
	uint32_t *port_hosts; /* internal hosts that call it */
	uint32_t *port_mute;  /* addresses that never answered this host there */
	uint8_t *maybe;       /* a bit for each hash of the servers we look for */
	uint32_t hosts;       /* so far, of both sides */
	size_t hit;           /* next */
};

/* Index of a port among those counted, or -1. */
static int
port_index(const struct pair_key *key)
{
	if (key->proto == PROTO_TCP)
		return key->port;
	return key->proto == PROTO_UDP ? PORTS + key->port : -1;
}

static unsigned
address_bit(const struct ip *ip)
{
	uint64_t low;

	/* Anybody may collide here: it costs a search, no more. */
	memcpy(&low, ip->b + 8, sizeof low);
	return (unsigned)((low ^ ip->b[3]) * UINT64_C(0x9e3779b97f4a7c15) >> 48);
}

static struct server *
server_find(const struct run *run, const struct ip *ip)
{
	size_t low = 0, high = run->servers;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (ip_compare(&run->server[middle].ip, ip) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < run->servers && ip_equal(&run->server[low].ip, ip) ? &run->server[low]
									: NULL;
}

static void
see_peer(struct survey *v, const struct ip *peer)
{
	unsigned bit = address_bit(peer);
	struct server *s;

	if (!(v->maybe[bit / 8] & 1U << bit % 8))
		return;
	s = server_find(v->run, peer);
	if (s)
		s->hosts++;
}

static bool
all_failed(const struct contact *c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!(c[i].flags & CONTACT_FAILED))
			return false;
	return true;
}

static void
see_span(struct run *run, const struct contact *c, size_t n)
{
	if (c[0].start_ns < run->span_first_ns)
		run->span_first_ns = c[0].start_ns;
	if (c[n - 1].start_ns > run->span_last_ns)
		run->span_last_ns = c[n - 1].start_ns;
}

/* Take the counts of silent addresses back, and return the largest. */
static uint32_t
most_mute(struct survey *v, const struct pairs *pairs, size_t from, size_t to)
{
	uint32_t most = 0;

	for (size_t i = from; i < to; i++) {
		struct pair_key key = pairs_key(pairs, i);
		int port = port_index(&key);

		if (port < 0)
			continue;
		if (v->port_mute[port] > most)
			most = v->port_mute[port];
		v->port_mute[port] = 0;
	}
	return most;
}

/* All pairs of one host, from the first; returns where the next host begins. */
static size_t
survey_host(struct survey *v, unsigned shard, size_t from)
{
	struct run *run = v->run;
	const struct pairs *pairs = run->input->shard[shard];
	struct pair_key first = pairs_key(pairs, from), before = first;
	struct host_facts facts = { .first_ns = UINT64_MAX, .side = SIDE_EXTERNAL };
	size_t i, n, count = pairs_count(pairs);
	bool mute = false;

	v->hosts++;
	for (i = from; i < count; i++) {
		struct pair_key key = pairs_key(pairs, i);
		const struct contact *c = pairs_contacts(pairs, i, &n);
		bool new_peer = i == from || !ip_equal(&key.peer, &before.peer);
		int port = port_index(&key);

		if (!ip_equal(&key.host, &first.host))
			break;
		see_span(run, c, n);
		if (c[0].start_ns < facts.first_ns)
			facts.first_ns = c[0].start_ns;
		if (sides_host(&run->sides, &key, c[0].flags) == SIDE_INTERNAL)
			facts.side = SIDE_INTERNAL;
		if (new_peer && facts.side == SIDE_INTERNAL)
			see_peer(v, &key.peer);
		before = key;
		if (sides_peer(&run->sides, &key, c[0].flags) != SIDE_EXTERNAL)
			continue;
		facts.peers += new_peer;
		if (port < 0)
			continue;
		if (v->port_host[port] != v->hosts && facts.side == SIDE_INTERNAL) {
			v->port_host[port] = v->hosts;
			v->port_hosts[port]++;
		}
		if (all_failed(c, n)) {
			v->port_mute[port]++;
			mute = true;
		}
	}
	if (mute)
		facts.scanned = most_mute(v, pairs, from, i);
	run->totals.hosts += facts.side == SIDE_INTERNAL;
	if (v->hit < run->hits && run->hit[v->hit].shard == shard &&
	    run->hit[v->hit].pair < i) {
		run->host[run->hosts] = facts;
		while (v->hit < run->hits && run->hit[v->hit].shard == shard &&
		       run->hit[v->hit].pair < i)
			run->hit[v->hit++].host = (uint32_t)run->hosts;
		run->hosts++;
	}
	return i;
}

static int
server_order(const void *a, const void *b)
{
	return ip_compare(&((const struct server *)a)->ip, &((const struct server *)b)->ip);
}

/* The addresses that hits call, once each. */
static void
list_servers(struct survey *v)
{
	struct run *run = v->run;
	size_t kept = 0;

	for (size_t i = 0; i < run->hits; i++) {
		const struct hit *h = &run->hit[i];

		run->server[i].ip = pairs_key(run->input->shard[h->shard], h->pair).peer;
	}
	if (run->hits > 0)
		qsort(run->server, run->hits, sizeof *run->server, server_order);
	for (size_t i = 0; i < run->hits; i++) {
		unsigned bit = address_bit(&run->server[i].ip);

		if (kept > 0 && ip_equal(&run->server[kept - 1].ip, &run->server[i].ip))
			continue;
		run->server[kept++].ip = run->server[i].ip;
		v->maybe[bit / 8] |= (uint8_t)(1U << bit % 8);
	}
	run->servers = kept;
}

enum status
run_survey(struct run *run, struct error *err)
{
	struct survey v = { .run = run,
		.port_host = arena_array(&run->arena, 2 * PORTS, uint32_t),
		.port_hosts = arena_array(&run->arena, 2 * PORTS, uint32_t),
		.port_mute = arena_array(&run->arena, 2 * PORTS, uint32_t),
		.maybe = arena_array(&run->arena, PORTS / 8, uint8_t) };

	run->host = arena_array(&run->arena, run->hits + 1, struct host_facts);
	run->server = arena_array(&run->arena, run->hits + 1, struct server);
	if (!v.port_host || !v.port_hosts || !v.port_mute || !v.maybe || !run->host ||
	    !run->server)
		return error_set(
		    err, E_NOMEM, "no memory for what %zu pairs have in common", run->hits);
	run->span_first_ns = UINT64_MAX;
	list_servers(&v);
	for (unsigned s = 0; s < run->input->shards; s++)
		for (size_t i = 0; i < pairs_count(run->input->shard[s]);)
			i = survey_host(&v, s, i);
	for (size_t i = 0; i < run->hits; i++) {
		struct hit *h = &run->hit[i];
		struct pair_key key = pairs_key(run->input->shard[h->shard], h->pair);
		int port = port_index(&key);

		h->server = (uint32_t)(server_find(run, &key.peer) - run->server);
		h->port_hosts = port < 0 ? 0 : v.port_hosts[port];
	}
	if (run->span_first_ns == UINT64_MAX)
		run->span_first_ns = 0;
	return OK;
}
