/* SPDX-License-Identifier: Apache-2.0 */
#include "profile/pairs.h"

#include <stdlib.h>
#include <string.h>

#include "profile/pairs_own.h"
#include "profile/timeline.h"

/* Flows whose addresses are looked up together: memory is waited for once, not 64 times. */
#define GROUP 64

/* Contacts that memory is asked for at a time. */
#define TOUCH_LEAST 256
#define TOUCH_MOST  8192

/* How far ahead of its turn a contact is fetched: memory takes as long as some 30 of them. */
#define AHEAD 32

static_assert((int)CONTACT_HOST_LOCAL == (int)FLOW_ORIG_LOCAL, "taken over as they are");
static_assert((int)CONTACT_HOST_REMOTE == (int)FLOW_ORIG_REMOTE, "taken over as they are");
static_assert((int)CONTACT_PEER_LOCAL == (int)FLOW_RESP_LOCAL, "taken over as they are");
static_assert((int)CONTACT_PEER_REMOTE == (int)FLOW_RESP_REMOTE, "taken over as they are");
static void
lay_out(struct pairs *ps)
{
	struct addresses *a = &ps->addresses;
	struct reserve *r = &ps->reserve;
	size_t contacts = ps->memory / CONTACT_COST, addresses = ps->memory / ADDRESS_COST;

	ps->call = reserve_take(r, contacts, sizeof *ps->call);
	ps->log = reserve_take(r, contacts, sizeof *ps->log);
	ps->ordered = reserve_take(r, contacts, sizeof *ps->ordered);
	ps->last = reserve_take(r, PAIRS_PORTS, sizeof *ps->last);
	a->ip = reserve_take(r, addresses, sizeof *a->ip);
	a->sorted = reserve_take(r, addresses, sizeof *a->sorted);
	a->rank = reserve_take(r, addresses, sizeof *a->rank);
	a->by_rank = reserve_take(r, addresses, sizeof *a->by_rank);
	a->slot = reserve_take(r, (size_t)1 << addresses_bits(addresses), sizeof *a->slot);
	a->spare =
	    reserve_take(r, (size_t)1 << addresses_bits(addresses), sizeof *a->spare);
}

enum status
pairs_new(struct pairs **out, size_t memory, struct error *err)
{
	/* Numbers of contacts and addresses are 32 bits. */
	static const size_t most = (size_t)(UINT32_MAX - 1) * ADDRESS_COST;
	struct pairs *ps;

	if (memory < PAIRS_MEMORY_LEAST)
		return error_set(err, E_LIMIT,
		    "%zu bytes are too few for pairs, %zu are needed", memory,
		    PAIRS_MEMORY_LEAST);
	ps = calloc(1, sizeof *ps);
	if (ps == NULL)
		return error_set(err, E_NOMEM, "no memory for pairs");
	ps->memory = memory < most ? memory : most;
	ps->used = pairs_cost(0, 0);
	lay_out(ps);
	if (!reserve_open(&ps->reserve)) {
		enum status st = error_set(err, E_NOMEM,
		    "no %zu bytes of address space for pairs", ps->reserve.at);

		free(ps);
		return st;
	}
	lay_out(ps);
	ps->addresses.bits = addresses_bits(0);
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
	reserve_close(&ps->reserve);
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

static inline bool
is_wide(const struct flow *f)
{
	return !ip_is_v4(&f->orig) || !ip_is_v4(&f->resp);
}

/* What is known of an address before it is looked up; of IPv4 nothing is needed. */
struct hint {
	uint32_t tag;
	uint32_t number; /* that it may have, or ADDRESS_NONE */
};

static inline void
fetch_slot(const struct addresses *a, const struct ip *ip, struct hint *h)
{
	if (ip_is_v4(ip))
		return;
	h->tag = addresses_tag(a, ip);
	addresses_fetch_slot(a, h->tag);
}

static inline void
fetch_number(const struct addresses *a, const struct ip *ip, struct hint *h)
{
	if (!ip_is_v4(ip))
		h->number = addresses_fetch(a, h->tag);
}

static inline uint32_t
number_of(const struct pairs *ps, const struct ip *ip, const struct hint *h)
{
	const struct addresses *a = &ps->addresses;

	if (ip_is_v4(ip))
		return call_word(ip->b + 12);
	/* Shedding gives other numbers, and the last ones to none. */
	if (h->number < a->n && ip_equal(&a->ip[h->number], ip))
		return h->number;
	return addresses_find(a, h->tag, ip);
}

/* An IPv4 address may have any number, so the family has to be asked. */
static inline bool
is_new(const struct ip *ip, uint32_t number)
{
	return number == ADDRESS_NONE && !ip_is_v4(ip);
}

/*
 * The call of a flow with an address that is not IPv4. Whether there is room
 * must be known exactly, and before the first of two addresses is added.
 */
static struct call
wide_call(struct pairs *ps, const struct flow *f, const struct hint hint[static 2])
{
	struct addresses *a = &ps->addresses;
	struct call c;
	uint32_t more;
	size_t bytes;

	for (bool again = true; again;) {
		c.host = number_of(ps, &f->orig, &hint[0]);
		c.peer = number_of(ps, &f->resp, &hint[1]);
		more = (uint32_t)(is_new(&f->orig, c.host) + is_new(&f->resp, c.peer));
		if (more == 2 && ip_equal(&f->orig, &f->resp))
			more = 1;
		bytes = more ? pairs_cost(0, a->n + more) - pairs_cost(0, a->n) : 0;
		again = ps->used + bytes + CONTACT_COST > ps->memory;
		if (again)
			pairs_shed(ps); /* leaves a quarter free */
	}
	ps->used += bytes;
	if (is_new(&f->orig, c.host))
		c.host = addresses_add(a, hint[0].tag, &f->orig);
	if (more && is_new(&f->resp, c.peer))
		c.peer = ip_equal(&f->orig, &f->resp)
			     ? c.host
			     : addresses_add(a, hint[1].tag, &f->resp);
	c.family = (uint8_t)(call_family_of(&f->orig) << 4 | call_family_of(&f->resp));
	return c;
}

static inline uint32_t
low32(uint64_t v)
{
	return v > UINT32_MAX ? UINT32_MAX : (uint32_t)v;
}

/* Echo request without a reply. Meters that do not tell packets tell nothing here. */
static inline bool
is_silent_ping(const struct flow *f)
{
	return ((f->proto == PROTO_ICMP && f->orig_port == 8) ||
		   (f->proto == PROTO_ICMP6 && f->orig_port == 128)) &&
	       f->orig_pkts > 0 && f->resp_pkts == 0;
}

static inline struct contact
contact_of(const struct pairs *ps, const struct flow *f)
{
	uint8_t flags = f->flags & PAIRS_SIDES;
	bool silent;

	if (f->flags & FLOW_CONTINUES)
		flags |= CONTACT_CONTINUES;
	if (f->sampling > 1)
		flags |= CONTACT_SAMPLED;
	/* As timeline_stitch has it: a look-up that nobody answers is none that failed to call. */
	if (((ps->failed_states >> (f->state & 31)) & 1) && !f->asked)
		flags |= CONTACT_FAILED;
	if (is_silent_ping(f))
		flags |= CONTACT_FAILED;
	/* Who tells of a flow and not of its packets, or of what it asked, has seen one at least. */
	silent = f->orig_pkts == 0 && (f->resp_pkts == 0 || f->asked);
	return (struct contact){ .start_ns = f->first_ns,
		.last_ns = f->last_ns,
		.up = low32(f->orig_bytes),
		.down = low32(f->resp_bytes),
		.up_pkts = silent ? 1 : low32(f->orig_pkts),
		.down_pkts = low32(f->resp_pkts),
		.host_port = f->orig_port,
		.flags = flags,
		.service = f->service };
}

static inline void
see(struct pairs *ps, const struct flow *f, const struct hint *hint)
{
	struct call c;

	if (is_multicast(&f->resp)) {
		ps->counters.apart++;
		return;
	}
	if (hint && is_wide(f)) {
		c = wide_call(ps, f, hint);
	} else {
		if (ps->used + CONTACT_COST > ps->memory)
			pairs_shed(ps);
		c.host = call_word(f->orig.b + 12);
		c.peer = call_word(f->resp.b + 12);
		c.family = CALL_V4 << 4 | CALL_V4;
	}
	c.proto = f->proto;
	c.port = f->proto == PROTO_ICMP || f->proto == PROTO_ICMP6 ? 0 : f->resp_port;
	c.contact = ps->contacts;
	ps->call[ps->contacts] = c;
	ps->log[ps->contacts++] = contact_of(ps, f);
	ps->sides |= f->flags & PAIRS_SIDES;
	ps->used += CONTACT_COST;
	ps->seen++;
}

/* Addresses are waited for twice, where they may be and what is there, and together. */
static void
see_group(struct pairs *ps, const struct flow *flows, unsigned n)
{
	const struct addresses *a = &ps->addresses;
	struct hint hint[GROUP][2];
	uint8_t at[GROUP];
	unsigned wide = 0;

	for (unsigned i = 0; i < n; i++) {
		if (!is_wide(&flows[i]))
			continue;
		fetch_slot(a, &flows[i].orig, &hint[i][0]);
		fetch_slot(a, &flows[i].resp, &hint[i][1]);
		at[wide++] = (uint8_t)i;
	}
	for (unsigned k = 0; k < wide; k++) {
		unsigned i = at[k];

		fetch_number(a, &flows[i].orig, &hint[i][0]);
		fetch_number(a, &flows[i].resp, &hint[i][1]);
	}
	for (unsigned i = 0; i < n; i++)
		see(ps, &flows[i], wide ? hint[i] : NULL);
}

/* Ask for the memory of the next contacts: an eighth more than there are, within bounds. */
static void
touch(struct pairs *ps)
{
	size_t most = ps->memory / CONTACT_COST, n = ps->touched / 8;

	n = n < TOUCH_LEAST ? TOUCH_LEAST : n > TOUCH_MOST ? TOUCH_MOST : n;
	if (ps->contacts > ps->touched)
		ps->touched = ps->contacts;
	if (n > most - ps->touched)
		n = most - ps->touched;
	reserve_touch(ps->call + ps->touched, n * sizeof *ps->call);
	reserve_touch(ps->log + ps->touched, n * sizeof *ps->log);
	ps->touched += (uint32_t)n;
}

void
pairs_see_batch(struct pairs *ps, const struct flow *flows, unsigned n)
{
	CHECK(!ps->sealed);
	for (unsigned i = 0; i < n; i += GROUP) {
		if (ps->contacts + GROUP > ps->touched)
			touch(ps);
		see_group(ps, flows + i, n - i < GROUP ? n - i : GROUP);
	}
}

void
pairs_see(struct pairs *ps, const struct flow *flow)
{
	pairs_see_batch(ps, flow, 1);
}

void
pairs_ask(struct pairs *ps, const struct flow *request)
{
	uint32_t before = ps->contacts;
	uint64_t seen = ps->seen;

	pairs_see_batch(ps, request, 1);
	if (ps->seen == seen)
		return;
	CHECK(ps->contacts > 0 && ps->contacts <= before + 1);
	ps->log[ps->contacts - 1].flags |= CONTACT_ASKED;
	ps->asked = true;
}

void
pairs_ask_within(struct pairs *ps, const struct flow *request)
{
	CHECK(!ps->sealed);
	if (is_multicast(&request->resp))
		ps->counters.apart++;
	else
		ps->within++;
}

void
pairs_fetch(const struct pairs *ps, const struct ip *ip, unsigned step)
{
	uint32_t tag;

	if (ip_is_v4(ip))
		return;
	tag = addresses_tag(&ps->addresses, ip);
	if (step == 0)
		addresses_fetch_slot(&ps->addresses, tag);
	else
		addresses_fetch(&ps->addresses, tag);
}

void
pairs_keep(struct pairs *ps, const struct pair_key *key, const struct contact *c)
{
	struct flow f = { .orig = key->host,
		.resp = key->peer,
		.resp_port = key->port,
		.proto = key->proto };
	uint64_t seen = ps->seen;

	pairs_see_batch(ps, &f, 1);
	if (ps->seen == seen)
		return;
	ps->log[ps->contacts - 1] = *c;
	ps->sides |= c->flags & PAIRS_SIDES;
	ps->asked |= (c->flags & CONTACT_ASKED) != 0;
}

void
pairs_listened(struct pairs *ps, const struct listening *listening)
{
	ps->listening = listening;
}

uint32_t
pairs_looks(const struct pairs *ps, size_t i)
{
	CHECK(ps->sealed && i < ps->pairs);
	if (ps->listening == NULL)
		return 1;
	return listening_looks(ps->listening, ps->ordered[ps->call[i].contact].start_ns);
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

static uint64_t
count_asked(const struct contact *c, size_t n)
{
	uint64_t asked = 0;

	for (size_t i = 0; i < n; i++)
		asked += (c[i].flags & CONTACT_ASKED) != 0;
	return asked;
}

static void
mark_unheard(const struct listening *l, struct contact *c, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (!listening_gap(l, c[i - 1].start_ns, c[i].start_ns))
			c[i].service |= CONTACT_RESUMES;
}

/* Each pair's contacts in order, stitched, moved up against the pair before. */
static void
make_timelines(struct pairs *ps, uint32_t *last, uint32_t base)
{
	uint32_t to = 0;

	if (ps->asked)
		ps->counters.joined = count_asked(ps->ordered, ps->contacts);
	for (uint32_t i = 0; i < ps->pairs; i++) {
		struct contact *c = ps->ordered + ps->call[i].contact;
		size_t n = pairs_size(ps, i);

		if (n > 1)
			timeline_order(c, n, ps->log);
		n = timeline_stitch(c, n, ps->call[i].proto, last, base + to);
		if (ps->listening)
			mark_unheard(ps->listening, c, n);
		if (ps->ordered + to != c)
			memmove(ps->ordered + to, c, n * sizeof *c);
		ps->call[i].contact = to;
		for (size_t k = 0; k < n; k++)
			ps->ordered[to + k].pair = i;
		to += (uint32_t)n;
	}
	ps->contacts = to;
	if (ps->asked)
		ps->counters.joined -= count_asked(ps->ordered, ps->contacts);
}

enum status
pairs_seal_after(struct pairs *ps, struct pairs_spare *spare, struct error *err)
{
	size_t log, here;

	(void)err; /* all memory was counted while contacts came in */
	CHECK(!ps->sealed);
	if (ps->level > 0)
		pairs_shed(ps);
	log = ps->contacts * sizeof *ps->log;
	here = reserve_reuse(&spare->pages, ps->ordered, log);
	reserve_touch((uint8_t *)ps->ordered + here, log - here);
	ps->counters.contacts = ps->contacts;
	ps->counters.shed = ps->seen - ps->contacts;
	rank_addresses(ps);
	pairs_group(ps);
	if (spare->last == NULL || spare->base > UINT32_MAX - ps->contacts) {
		spare->last = ps->last;
		spare->base = 0;
	}
	make_timelines(ps, spare->last, spare->base);
	spare->base += ps->contacts;
	ps->counters.stitched = ps->counters.contacts - ps->contacts - ps->counters.joined;
	ps->counters.contacts += ps->within;
	ps->counters.joined += ps->within;
	ps->sealed = true;
	if (spare->pages.size < log)
		spare->pages = reserve_spare(ps->log, log);
	return OK;
}

enum status
pairs_seal(struct pairs *ps, struct error *err)
{
	struct pairs_spare none = { 0 };

	return pairs_seal_after(ps, &none, err);
}

size_t
pairs_count(const struct pairs *ps)
{
	return ps->sealed ? ps->pairs : 0;
}

static struct ip
ip_of(const struct pairs *ps, uint32_t number, int family)
{
	return family == CALL_V4 ? call_v4(number) : ps->addresses.ip[number];
}

struct pair_key
pairs_key_of(const struct pairs *ps, const struct call *c)
{
	return (struct pair_key){ .host = ip_of(ps, c->host, c->family >> 4),
		.peer = ip_of(ps, c->peer, c->family & 15),
		.port = c->port,
		.proto = c->proto };
}

struct pair_key
pairs_key(const struct pairs *ps, size_t i)
{
	CHECK(ps->sealed && i < ps->pairs);
	return pairs_key_of(ps, &ps->call[i]);
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
