/* SPDX-License-Identifier: Apache-2.0 */
#include "profile/pairs.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "profile/pairs_own.h"
#include "profile/timeline.h"

/* How far ahead of its turn a contact is fetched: memory takes as long as some 30 of them. */
#define AHEAD 32

/* Huge pages from here on: small shards must not round up to them. */
#define HUGE_FROM ((size_t)8 << 20)

static_assert((int)CONTACT_HOST_LOCAL == (int)FLOW_ORIG_LOCAL, "taken over as they are");
static_assert((int)CONTACT_HOST_REMOTE == (int)FLOW_ORIG_REMOTE, "taken over as they are");
static_assert((int)CONTACT_PEER_LOCAL == (int)FLOW_RESP_LOCAL, "taken over as they are");
static_assert((int)CONTACT_PEER_REMOTE == (int)FLOW_RESP_REMOTE, "taken over as they are");
#define SIDES                                                            \
	(CONTACT_HOST_LOCAL | CONTACT_HOST_REMOTE | CONTACT_PEER_LOCAL | \
	    CONTACT_PEER_REMOTE)

/* The next `bytes` of the reservation; NULL while it is only measured. */
static void *
area(struct pairs *ps, size_t *at, size_t bytes)
{
	static const size_t page = 4096;
	uint8_t *p = ps->map ? (uint8_t *)ps->map + *at : NULL;

	bytes = (bytes + page - 1) / page * page;
	*at += bytes;
	if (p && bytes > HUGE_FROM)
		(void)madvise(p + HUGE_FROM, bytes - HUGE_FROM, MADV_HUGEPAGE);
	return p;
}

static size_t
lay_out(struct pairs *ps, size_t memory)
{
	struct addresses *a = &ps->addresses;
	size_t contacts = memory / CONTACT_COST, addresses = memory / ADDRESS_COST;
	size_t at = 0;

	ps->call = area(ps, &at, contacts * sizeof *ps->call);
	ps->log = area(ps, &at, contacts * sizeof *ps->log);
	ps->ordered = area(ps, &at, contacts * sizeof *ps->ordered);
	ps->last = area(ps, &at, PAIRS_PORTS * sizeof *ps->last);
	a->ip = area(ps, &at, addresses * sizeof *a->ip);
	a->sorted = area(ps, &at, addresses * sizeof *a->sorted);
	a->rank = area(ps, &at, addresses * sizeof *a->rank);
	a->by_rank = area(ps, &at, addresses * sizeof *a->by_rank);
	a->slot = area(ps, &at, sizeof *a->slot << addresses_bits(addresses));
	a->spare = area(ps, &at, sizeof *a->spare << addresses_bits(addresses));
	return at;
}

enum status
pairs_new(struct pairs **out, size_t memory, struct error *err)
{
	/* Numbers of contacts are 32 bits. */
	static const size_t most = (size_t)(UINT32_MAX - 1) * ADDRESS_COST;
	struct pairs *ps;

	if (memory < PAIRS_MEMORY_LEAST)
		return error_set(err, E_LIMIT,
		    "%zu bytes are too few for pairs, %zu are needed", memory,
		    PAIRS_MEMORY_LEAST);
	if (memory > most)
		memory = most;
	ps = calloc(1, sizeof *ps);
	if (ps == NULL)
		return error_set(err, E_NOMEM, "no memory for pairs");
	ps->mapped = lay_out(ps, memory);
	ps->map = mmap(NULL, ps->mapped, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (ps->map == MAP_FAILED) {
		enum status st = error_set(
		    err, E_NOMEM, "no %zu bytes of address space for pairs", ps->mapped);

		free(ps);
		return st;
	}
	(void)lay_out(ps, memory);
	ps->addresses.bits = addresses_bits(0);
	ps->memory = memory;
	ps->used = pairs_cost(0, 0);
	for (int s = CONN_UNKNOWN; s <= CONN_OTH; s++)
		ps->failed_states |= (uint32_t)conn_state_failed((enum conn_state)s) << s;
	*out = ps;
	return OK;
}

void
pairs_free(struct pairs *ps)
{
	if (ps == NULL)
		return;
	(void)munmap(ps->map, ps->mapped);
	free(ps);
}

void
pairs_seed(struct pairs *ps, uint64_t seed)
{
	CHECK(ps->seen == 0);
	ps->addresses.seed = seed;
}

/* As ip_scope says, in a few instructions. */
static inline bool
is_multicast(const struct ip *ip)
{
	static const uint8_t broadcast[4] = { 255, 255, 255, 255 };

	if (ip->b[0] == 0xff)
		return true;
	return ip_is_v4(ip) &&
	       ((ip->b[12] & 0xf0) == 0xe0 || memcmp(ip->b + 12, broadcast, 4) == 0);
}

static inline uint32_t
v4_of(const struct ip *ip)
{
	return (uint32_t)ip->b[12] << 24 | (uint32_t)ip->b[13] << 16 |
	       (uint32_t)ip->b[14] << 8 | ip->b[15];
}

static enum call_family
family_of(const struct ip *ip)
{
	static const uint8_t block[12] = { [10] = 0xff, [11] = 0xff };
	int c = memcmp(ip->b, block, sizeof block);

	return c < 0 ? CALL_BELOW : c > 0 ? CALL_ABOVE : CALL_V4;
}

/* Room for `more` contacts or addresses that cost `bytes`. */
static inline void
make_room(struct pairs *ps, size_t bytes)
{
	if (ps->used + bytes > ps->memory)
		pairs_shed(ps);
}

static uint32_t
number_of(struct pairs *ps, const struct ip *ip)
{
	return family_of(ip) == CALL_V4 ? v4_of(ip) : addresses_number(&ps->addresses, ip);
}

/*
 * The call of a flow with an address that is not IPv4. Whether there is room
 * must be known before the first of two addresses is numbered, and exactly.
 */
static struct call
wide_call(struct pairs *ps, const struct flow *f)
{
	const struct addresses *a = &ps->addresses;
	struct call c;

	for (int again = 0; again < 2; again++) {
		uint32_t more = 0;

		more += family_of(&f->orig) != CALL_V4 &&
			addresses_find(a, &f->orig) == ADDRESS_NONE;
		more += family_of(&f->resp) != CALL_V4 && !ip_equal(&f->orig, &f->resp) &&
			addresses_find(a, &f->resp) == ADDRESS_NONE;
		make_room(ps, pairs_cost(1, a->n + more) - pairs_cost(0, a->n));
	}
	c.host = number_of(ps, &f->orig);
	c.peer = number_of(ps, &f->resp);
	c.family = (uint8_t)(family_of(&f->orig) << 4 | family_of(&f->resp));
	ps->used = pairs_cost(ps->contacts, a->n);
	return c;
}

static inline uint32_t
low32(uint64_t v)
{
	return v > UINT32_MAX ? UINT32_MAX : (uint32_t)v;
}

static inline struct contact
contact_of(const struct pairs *ps, const struct flow *f)
{
	uint8_t flags = f->flags & SIDES;

	if (f->flags & FLOW_CONTINUES)
		flags |= CONTACT_CONTINUES;
	if ((ps->failed_states >> (f->state & 31)) & 1)
		flags |= CONTACT_FAILED;
	return (struct contact){ .start_ns = f->first_ns,
		.last_ns = f->last_ns,
		.up = low32(f->orig_bytes),
		.down = low32(f->resp_bytes),
		.host_port = f->orig_port,
		.flags = flags,
		.service = f->service };
}

static inline void
see(struct pairs *ps, const struct flow *f)
{
	struct call c;

	if (is_multicast(&f->resp)) {
		ps->counters.apart++;
		return;
	}
	if (ip_is_v4(&f->orig) && ip_is_v4(&f->resp)) {
		make_room(ps, CONTACT_COST);
		c.host = v4_of(&f->orig);
		c.peer = v4_of(&f->resp);
		c.family = CALL_V4 << 4 | CALL_V4;
	} else {
		c = wide_call(ps, f);
	}
	c.proto = f->proto;
	c.port = f->proto == PROTO_ICMP || f->proto == PROTO_ICMP6 ? 0 : f->resp_port;
	c.contact = ps->contacts;
	ps->call[ps->contacts] = c;
	ps->log[ps->contacts++] = contact_of(ps, f);
	ps->used += CONTACT_COST;
	ps->seen++;
}

void
pairs_see_batch(struct pairs *ps, const struct flow *flows, unsigned n)
{
	CHECK(!ps->sealed);
	for (unsigned i = 0; i < n; i++)
		see(ps, &flows[i]);
}

void
pairs_see(struct pairs *ps, const struct flow *flow)
{
	pairs_see_batch(ps, flow, 1);
}

/* From here on addresses that are not IPv4 are known by rank. */
static void
rank_addresses(struct pairs *ps)
{
	const uint32_t *rank = ps->addresses.rank;

	if (ps->addresses.n == 0)
		return;
	/* At most two addresses a contact, so two calls' room in `ordered` is enough. */
	addresses_rank(&ps->addresses, (struct call *)ps->ordered);
	for (uint32_t i = 0; i < ps->contacts; i++) {
		struct call *c = &ps->call[i];

		if (c->family >> 4 != CALL_V4)
			c->host = rank[c->host];
		if ((c->family & 15) != CALL_V4)
			c->peer = rank[c->peer];
	}
}

void
pairs_group(struct pairs *ps)
{
	struct call *call = ps->call;
	uint32_t pairs = 0;

	calls_sort(call, (struct call *)ps->ordered, ps->contacts);
	for (uint32_t i = 0; i < ps->contacts; i++) {
		struct call c = call[i];

		if (ps->contacts - i > AHEAD)
			__builtin_prefetch(&ps->log[call[i + AHEAD].contact]);
		ps->ordered[i] = ps->log[c.contact];
		if (pairs == 0 || !call_same_pair(&c, &call[pairs - 1])) {
			c.contact = i;
			call[pairs++] = c;
		}
	}
	ps->pairs = pairs;
}

/* Each pair's contacts in order, stitched, moved up against the pair before. */
static void
make_timelines(struct pairs *ps)
{
	uint32_t to = 0;

	for (uint32_t i = 0; i < ps->pairs; i++) {
		struct contact *c = ps->ordered + ps->call[i].contact;
		size_t n = pairs_size(ps, i);

		if (n > 1)
			timeline_order(c, n, ps->log);
		n = timeline_stitch(c, n, ps->call[i].proto, ps->last, to);
		if (ps->ordered + to != c)
			memmove(ps->ordered + to, c, n * sizeof *c);
		ps->call[i].contact = to;
		for (size_t k = 0; k < n; k++)
			ps->ordered[to + k].pair = i;
		to += (uint32_t)n;
	}
	ps->contacts = to;
}

enum status
pairs_seal(struct pairs *ps, struct error *err)
{
	(void)err; /* all memory was counted while contacts came in */
	CHECK(!ps->sealed);
	if (ps->level > 0)
		pairs_shed(ps);
	ps->counters.contacts = ps->contacts;
	ps->counters.shed = ps->seen - ps->contacts;
	rank_addresses(ps);
	pairs_group(ps);
	make_timelines(ps);
	ps->counters.stitched = ps->counters.contacts - ps->contacts;
	ps->sealed = true;
	return OK;
}

size_t
pairs_count(const struct pairs *ps)
{
	return ps->sealed ? ps->pairs : 0;
}

static struct ip
ip_of(const struct pairs *ps, uint32_t number, int family, bool ranked)
{
	const struct addresses *a = &ps->addresses;

	if (family == CALL_V4)
		return ip_from_v4((uint8_t[4]){ (uint8_t)(number >> 24),
		    (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number });
	return a->ip[ranked ? a->by_rank[number] : number];
}

struct pair_key
pairs_key_of(const struct pairs *ps, const struct call *c, bool ranked)
{
	return (struct pair_key){ .host = ip_of(ps, c->host, c->family >> 4, ranked),
		.peer = ip_of(ps, c->peer, c->family & 15, ranked),
		.port = c->port,
		.proto = c->proto };
}

struct pair_key
pairs_key(const struct pairs *ps, size_t i)
{
	CHECK(ps->sealed && i < ps->pairs);
	return pairs_key_of(ps, &ps->call[i], true);
}

const struct contact *
pairs_contacts(const struct pairs *ps, size_t i, size_t *n)
{
	CHECK(ps->sealed && i < ps->pairs);
	*n = pairs_size(ps, (uint32_t)i);
	return ps->ordered + ps->call[i].contact;
}

struct pair
pairs_pair(const struct pairs *ps, size_t i)
{
	struct pair p = { 0 };
	size_t n;
	const struct contact *c = pairs_contacts(ps, i, &n);

	pair_see_all(&p, c, n);
	return p;
}

const struct pairs_counters *
pairs_counters(const struct pairs *ps)
{
	return &ps->counters;
}
