/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/run_own.h"

#include "record/flow.h"

#define PORTS 65536

/*
 * What no table of profile keeps, counted in one walk over all pairs. They
 * come by host in each shard, so the shards are walked side by side, host by
 * host.
 */
struct survey {
	struct run *run;
	size_t *at;           /* next pair of each shard */
	struct ip *next;      /* its host, where there is one */
	size_t *hit, *end;    /* next hit of each shard, and the end of its hits */
	uint8_t *wanted;      /* 1: a port of a hit; TCP, then UDP */
	uint32_t *port_host;  /* last host that called the port outside, from 1 */
	uint32_t *port_hosts; /* internal hosts that call it */
	uint32_t *port_mute;  /* addresses that never answered this host there */
	uint32_t hosts;       /* so far */
};

enum side
run_side(const struct run *run, const struct ip *ip)
{
	return hosts_is_internal(run->input->hosts, ip) ? SIDE_INTERNAL : SIDE_EXTERNAL;
}

/* Index of a port among those counted, or -1. */
static int
port_index(const struct pair_key *key)
{
	if (key->proto == PROTO_TCP)
		return key->port;
	return key->proto == PROTO_UDP ? PORTS + key->port : -1;
}

static bool
all_failed(const struct contact *c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!(c[i].flags & CONTACT_FAILED))
			return false;
	return true;
}

/* The pairs of one host in one shard: span, first contact, ports we look for. */
static size_t
see_pairs(struct survey *v, size_t shard, const struct ip *host, bool ours,
    struct host_facts *facts)
{
	struct run *run = v->run;
	const struct pairs *pairs = run->input->shard[shard];
	size_t i = v->at[shard];

	for (; i < pairs_count(pairs); i++) {
		struct pair_key key = pairs_key(pairs, i);
		size_t n;
		const struct contact *c;
		int port = port_index(&key);

		if (!ip_equal(&key.host, host))
			break;
		c = pairs_contacts(pairs, i, &n);
		if (c[0].start_ns < facts->first_ns)
			facts->first_ns = c[0].start_ns;
		if (c[n - 1].start_ns > run->span_last_ns)
			run->span_last_ns = c[n - 1].start_ns;
		if (!ours || port < 0 || !v->wanted[port] ||
		    v->port_host[port] == v->hosts ||
		    run_side(run, &key.peer) == SIDE_INTERNAL)
			continue;
		v->port_host[port] = v->hosts;
		v->port_hosts[port]++;
	}
	if (facts->first_ns < run->span_first_ns)
		run->span_first_ns = facts->first_ns;
	return i;
}

/* Count, or with `back` take back, the silent outside addresses of a host by port. */
static uint32_t
see_mute(struct survey *v, size_t shard, size_t end, bool back)
{
	const struct pairs *pairs = v->run->input->shard[shard];
	uint32_t most = 0;

	for (size_t i = v->at[shard]; i < end; i++) {
		struct pair_key key = pairs_key(pairs, i);
		size_t n;
		const struct contact *c = pairs_contacts(pairs, i, &n);
		int port = port_index(&key);

		if (port < 0)
			continue;
		if (back)
			v->port_mute[port] = 0;
		else if (all_failed(c, n) && run_side(v->run, &key.peer) == SIDE_EXTERNAL &&
			 ++v->port_mute[port] > most)
			most = v->port_mute[port];
	}
	return most;
}

static void
go_to(struct survey *v, size_t shard, size_t pair)
{
	const struct pairs *pairs = v->run->input->shard[shard];

	v->at[shard] = pair;
	if (pair < pairs_count(pairs))
		v->next[shard] = pairs_key(pairs, pair).host;
}

/* The shard whose next host is the first of all, or `shards`. */
static size_t
first_shard(const struct survey *v, struct ip *host)
{
	const struct run_input *in = v->run->input;
	size_t first = in->shards;

	for (size_t s = 0; s < in->shards; s++) {
		if (v->at[s] == pairs_count(in->shard[s]) ||
		    (first < in->shards && ip_compare(&v->next[s], host) >= 0))
			continue;
		first = s;
		*host = v->next[s];
	}
	return first;
}

static void
survey_host(struct survey *v, size_t *end, const struct ip *host)
{
	struct run *run = v->run;
	struct host_facts facts = { .first_ns = UINT64_MAX };
	bool ours = run_side(run, host) == SIDE_INTERNAL, hit = false;

	v->hosts++;
	for (size_t s = 0; s < run->input->shards; s++) {
		bool has = v->at[s] < pairs_count(run->input->shard[s]) &&
			   ip_equal(&v->next[s], host);

		end[s] = has ? see_pairs(v, s, host, ours, &facts) : v->at[s];
		for (; v->hit[s] < v->end[s] && run->hit[v->hit[s]].pair < end[s];
		     v->hit[s]++) {
			run->hit[v->hit[s]].host = (uint32_t)run->hosts;
			hit = true;
		}
	}
	/* Only where somebody will ask: scanners have many pairs. */
	for (size_t s = 0; hit && s < run->input->shards; s++) {
		uint32_t most = see_mute(v, s, end[s], false);

		facts.scanned = most > facts.scanned ? most : facts.scanned;
	}
	for (size_t s = 0; hit && s < run->input->shards; s++)
		(void)see_mute(v, s, end[s], true);
	if (hit)
		run->host[run->hosts++] = facts;
	for (size_t s = 0; s < run->input->shards; s++)
		if (end[s] != v->at[s])
			go_to(v, s, end[s]);
}

static void
want_ports(struct survey *v)
{
	struct run *run = v->run;

	for (size_t i = 0; i < run->hits; i++) {
		const struct hit *h = &run->hit[i];
		struct pair_key key = pairs_key(run->input->shard[h->shard], h->pair);
		int port = port_index(&key);

		if (port >= 0)
			v->wanted[port] = 1;
		v->end[h->shard] = i + 1;
	}
	for (size_t s = 0; s < run->input->shards; s++) {
		v->hit[s] = s > 0 ? v->end[s - 1] : 0;
		if (v->end[s] < v->hit[s]) /* it has none */
			v->end[s] = v->hit[s];
	}
}

enum status
run_survey(struct run *run, struct error *err)
{
	size_t shards = run->input->shards;
	size_t *end = arena_array(&run->arena, shards + 1, size_t);
	struct survey v = { .run = run,
		.at = arena_array(&run->arena, shards + 1, size_t),
		.next = arena_array(&run->arena, shards + 1, struct ip),
		.hit = arena_array(&run->arena, shards + 1, size_t),
		.end = arena_array(&run->arena, shards + 1, size_t),
		.wanted = arena_array(&run->arena, 2 * PORTS, uint8_t),
		.port_host = arena_array(&run->arena, 2 * PORTS, uint32_t),
		.port_hosts = arena_array(&run->arena, 2 * PORTS, uint32_t),
		.port_mute = arena_array(&run->arena, 2 * PORTS, uint32_t) };
	struct ip host;

	run->host = arena_array(&run->arena, run->hits + 1, struct host_facts);
	if (!end || !v.at || !v.next || !v.hit || !v.end || !v.wanted || !v.port_host ||
	    !v.port_hosts || !v.port_mute || !run->host)
		return error_set(
		    err, E_NOMEM, "no memory for what %zu pairs have in common", run->hits);
	run->span_first_ns = UINT64_MAX;
	want_ports(&v);
	for (size_t s = 0; s < shards; s++)
		go_to(&v, s, 0);
	while (first_shard(&v, &host) < shards)
		survey_host(&v, end, &host);
	for (size_t i = 0; i < run->hits; i++) {
		struct hit *h = &run->hit[i];
		struct pair_key key = pairs_key(run->input->shard[h->shard], h->pair);
		int port = port_index(&key);

		h->port_hosts = port < 0 ? 0 : v.port_hosts[port];
	}
	if (run->span_first_ns == UINT64_MAX)
		run->span_first_ns = 0;
	run->totals.span_first_ns = run->span_first_ns;
	run->totals.span_last_ns = run->span_last_ns;
	return OK;
}
