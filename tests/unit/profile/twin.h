/* SPDX-License-Identifier: Apache-2.0 */
/*
 * twin.h - seeded flows, and what becomes of them said slowly: one array, qsort
 * and a search backwards.
 */
#ifndef TESTS_PROFILE_TWIN_H
#define TESTS_PROFILE_TWIN_H

#include "table.h"

#include <stdlib.h>

#include "profile/pairs_own.h"

#define S UINT64_C(1000000000)

static inline uint64_t
next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed * UINT64_C(2685821657736338717);
}

static inline struct ip
ip_at(const char *text)
{
	struct ip ip;

	assert_true(ip_parse(text_span(text), &ip));
	return ip;
}

struct seen {
	struct pair_key key;
	struct contact c;
};

struct twin {
	struct seen *at; /* in order, stitched */
	size_t n;
	uint64_t kept, stitched;
};

static inline struct pair_key
key_of(const struct flow *f)
{
	return (struct pair_key){ .host = f->orig,
		.peer = f->resp,
		.port =
		    f->proto == PROTO_ICMP || f->proto == PROTO_ICMP6 ? 0 : f->resp_port,
		.proto = f->proto };
}

static inline struct seen
seen_of(const struct flow *f)
{
	struct seen s = { .key = key_of(f) };

	s.c.start_ns = f->first_ns;
	s.c.last_ns = f->last_ns;
	s.c.up = f->orig_bytes > UINT32_MAX ? UINT32_MAX : (uint32_t)f->orig_bytes;
	s.c.down = f->resp_bytes > UINT32_MAX ? UINT32_MAX : (uint32_t)f->resp_bytes;
	s.c.up_pkts = f->orig_pkts > UINT32_MAX ? UINT32_MAX : (uint32_t)f->orig_pkts;
	s.c.down_pkts = f->resp_pkts > UINT32_MAX ? UINT32_MAX : (uint32_t)f->resp_pkts;
	if (f->orig_pkts == 0 && f->resp_pkts == 0)
		s.c.up_pkts = 1;
	s.c.host_port = f->orig_port;
	s.c.service = f->service;
	if (conn_state_failed((enum conn_state)f->state))
		s.c.flags |= CONTACT_FAILED;
	if ((f->proto == PROTO_ICMP && f->orig_port == 8 && f->orig_pkts &&
		!f->resp_pkts) ||
	    (f->proto == PROTO_ICMP6 && f->orig_port == 128 && f->orig_pkts &&
		!f->resp_pkts))
		s.c.flags |= CONTACT_FAILED;
	if (f->flags & FLOW_CONTINUES)
		s.c.flags |= CONTACT_CONTINUES;
	if (f->flags & FLOW_ORIG_LOCAL)
		s.c.flags |= CONTACT_HOST_LOCAL;
	if (f->flags & FLOW_ORIG_REMOTE)
		s.c.flags |= CONTACT_HOST_REMOTE;
	if (f->flags & FLOW_RESP_LOCAL)
		s.c.flags |= CONTACT_PEER_LOCAL;
	if (f->flags & FLOW_RESP_REMOTE)
		s.c.flags |= CONTACT_PEER_REMOTE;
	return s;
}

static inline int
three_way(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static inline int
compare_keys(const struct pair_key *a, const struct pair_key *b)
{
	int c = ip_compare(&a->host, &b->host);

	c = c ? c : ip_compare(&a->peer, &b->peer);
	c = c ? c : three_way(a->port, b->port);
	return c ? c : three_way(a->proto, b->proto);
}

static inline int
compare_seen(const void *va, const void *vb)
{
	const struct seen *a = va, *b = vb;
	int c = compare_keys(&a->key, &b->key);

	c = c ? c : three_way(a->c.start_ns, b->c.start_ns);
	c = c ? c : three_way(a->c.last_ns, b->c.last_ns);
	c = c ? c : three_way(a->c.up, b->c.up);
	c = c ? c : three_way(a->c.down, b->c.down);
	c = c ? c : three_way(a->c.up_pkts, b->c.up_pkts);
	c = c ? c : three_way(a->c.down_pkts, b->c.down_pkts);
	c = c ? c : three_way(a->c.host_port, b->c.host_port);
	c = c ? c : three_way(a->c.flags, b->c.flags);
	return c ? c : three_way(a->c.service, b->c.service);
}

/* The rules of timeline.h, one by one. */
static inline bool
slice_of(const struct seen *s, const struct seen *of)
{
	bool told = s->c.flags & CONTACT_CONTINUES;
	bool abuts = s->c.start_ns <= of->c.last_ns + 1 * S;
	bool tcp = s->key.proto == PROTO_TCP, udp = s->key.proto == PROTO_UDP;
	bool failed = (s->c.flags & CONTACT_FAILED) || (of->c.flags & CONTACT_FAILED);

	return told || (udp && abuts && s->c.host_port) ||
	       (tcp && abuts && s->c.host_port && !failed);
}

static inline void
twin_join(struct contact *to, const struct contact *s)
{
	bool failed = (to->flags & CONTACT_FAILED) && (s->flags & CONTACT_FAILED);
	uint64_t up_pkts = (uint64_t)to->up_pkts + s->up_pkts;
	uint64_t down_pkts = (uint64_t)to->down_pkts + s->down_pkts;
	uint64_t up = (uint64_t)to->up + s->up, down = (uint64_t)to->down + s->down;

	to->last_ns = s->last_ns > to->last_ns ? s->last_ns : to->last_ns;
	to->up = up > UINT32_MAX ? UINT32_MAX : (uint32_t)up;
	to->down = down > UINT32_MAX ? UINT32_MAX : (uint32_t)down;
	to->up_pkts = up_pkts > UINT32_MAX ? UINT32_MAX : (uint32_t)up_pkts;
	to->down_pkts = down_pkts > UINT32_MAX ? UINT32_MAX : (uint32_t)down_pkts;
	to->flags |= s->flags;
	to->flags &= (uint8_t) ~(CONTACT_FAILED | CONTACT_CONTINUES);
	to->flags |= failed ? CONTACT_FAILED : 0;
	to->service = to->service ? to->service : s->service;
}

static inline void
twin_stitch(struct twin *t)
{
	size_t kept = 0;

	for (size_t i = 0; i < t->n; i++) {
		struct seen s = t->at[i];
		size_t of = kept;

		while (of > 0 && compare_keys(&t->at[of - 1].key, &s.key) == 0 &&
		       t->at[of - 1].c.host_port != s.c.host_port)
			of--;
		if (of > 0 && compare_keys(&t->at[of - 1].key, &s.key) == 0 &&
		    slice_of(&s, &t->at[of - 1])) {
			twin_join(&t->at[of - 1].c, &s.c);
			t->stitched++;
			continue;
		}
		s.c.flags &= (uint8_t)~CONTACT_CONTINUES;
		t->at[kept++] = s;
	}
	t->n = kept;
}

static inline struct twin
twin_of(const struct flow *flows, size_t n)
{
	struct twin t = { .at = calloc(n + 1, sizeof *t.at) };

	assert_non_null(t.at);
	for (size_t i = 0; i < n; i++)
		if (ip_scope(&flows[i].resp) != IP_MULTICAST)
			t.at[t.n++] = seen_of(&flows[i]);
	t.kept = t.n;
	qsort(t.at, t.n, sizeof *t.at, compare_seen);
	return t;
}

static inline void
same_as_twin(const struct pairs *ps, const struct twin *t)
{
	size_t at = 0;

	for (size_t i = 0; i < pairs_count(ps); i++) {
		struct pair_key key = pairs_key(ps, i);
		struct pair want = { 0 }, got = pairs_pair(ps, i);
		size_t n;
		const struct contact *c = pairs_contacts(ps, i, &n);

		assert_true(n > 0);
		assert_true(at + n <= t->n);
		for (size_t k = 0; k < n; k++, at++) {
			struct contact twin = t->at[at].c;

			twin.pair = (uint32_t)i;
			assert_memory_equal(&key, &t->at[at].key, sizeof key);
			assert_memory_equal(&c[k], &twin, sizeof twin);
			pair_see(&want, &t->at[at].c);
		}
		assert_memory_equal(&got, &want, sizeof want);
		assert_true(at == t->n || compare_keys(&key, &t->at[at].key) < 0);
	}
	assert_int_equal(at, t->n);
	assert_int_equal(pairs_counters(ps)->contacts, t->kept);
	assert_int_equal(pairs_counters(ps)->stitched, t->stitched);
}

/* How the flows of a round are drawn. */
struct recipe {
	const char *name;
	unsigned n, hosts, peers, ports, protos;
	uint64_t span_s;   /* they start within it */
	uint64_t grain;    /* and on multiples of it */
	unsigned families; /* 1: IPv4, 2: IPv6 as well, 3: around its block as well */
};

static inline struct ip
draw_ip(uint64_t *seed, unsigned many, unsigned families, uint8_t net)
{
	uint64_t r = next(seed), who = r % many, kind = (who * 7) % families;
	struct ip ip = ip_from_v4(
	    (uint8_t[]){ net, (uint8_t)(who >> 16), (uint8_t)(who >> 8), (uint8_t)who });

	if (kind == 1) {
		uint64_t own = (who + net) * UINT64_C(0x9e3779b97f4a7c15);

		ip = ip_at("2001:db8::");
		ip.b[4] = who % 3 ? net : (uint8_t)own;
		memcpy(ip.b + 8, &own, sizeof own);
	}
	if (kind == 2) {
		ip = ip_at(who % 2 ? "::fffe:0:0" : "::");
		ip.b[14] = (uint8_t)(who >> 8);
		ip.b[15] = (uint8_t)who;
	}
	return ip;
}

static inline struct flow *
draw_flows(const struct recipe *r, uint64_t *seed)
{
	static const uint8_t protos[] = { PROTO_TCP, PROTO_UDP, PROTO_ICMP, PROTO_SCTP };
	static const uint8_t flags[] = { 0, 0, 0, FLOW_ORIG_LOCAL, FLOW_ORIG_REMOTE,
		FLOW_CONTINUES, FLOW_RESP_LOCAL | FLOW_TO_CONTINUE,
		FLOW_RESP_REMOTE | FLOW_NO_BYTES };
	struct flow *flows = calloc(r->n, sizeof *flows);

	assert_non_null(flows);
	for (unsigned i = 0; i < r->n; i++) {
		struct flow *f = &flows[i];

		f->orig = draw_ip(seed, r->hosts, r->families, 10);
		f->resp = draw_ip(seed, r->peers, r->families, next(seed) % 50 ? 99 : 224);
		f->resp_port = (uint16_t)(next(seed) % r->ports * 257);
		f->orig_port = (uint16_t)(next(seed) % (i % 2 ? 5 : 65536));
		f->proto = protos[next(seed) % r->protos];
		f->first_ns = next(seed) % (r->span_s * S) / r->grain * r->grain;
		f->last_ns = f->first_ns + (next(seed) % 3 ? 0 : next(seed) % (90 * S));
		f->orig_bytes = next(seed) % 4 ? next(seed) % 3 : next(seed) >> 30;
		f->resp_bytes = next(seed) % 4 ? next(seed) % 3 : next(seed) >> 30;
		f->orig_pkts = f->resp_bytes;
		f->resp_pkts = f->orig_bytes / 2;
		f->state = (uint8_t)(next(seed) % (CONN_OTH + 1));
		f->flags = flags[next(seed) % COUNT(flags)];
		f->service = (uint8_t)(next(seed) % 3);
	}
	return flows;
}

enum arrangement {
	AS_DRAWN,
	BY_START,
	BACKWARDS,
	TWO_LOGS, /* the later half first, as when files are named out of order */
	ARRANGEMENTS,
};

static inline int
compare_start(const void *va, const void *vb)
{
	const struct flow *a = va, *b = vb;

	return three_way(a->first_ns, b->first_ns);
}

static inline void
arrange(struct flow *f, unsigned n, enum arrangement how, uint64_t *seed)
{
	for (unsigned i = n; i > 1; i--) {
		unsigned k = (unsigned)(next(seed) % i);
		struct flow swap = f[k];

		f[k] = f[i - 1];
		f[i - 1] = swap;
	}
	if (how != AS_DRAWN)
		qsort(f, n, sizeof *f, compare_start);
	for (unsigned i = 0; i < n / 2 && how != AS_DRAWN && how != BY_START; i++) {
		unsigned k = how == BACKWARDS ? n - 1 - i : n - n / 2 + i;
		struct flow swap = f[k];

		f[k] = f[i];
		f[i] = swap;
	}
}

static inline struct pairs *
unsealed(const struct flow *f, unsigned n, unsigned batch, size_t memory)
{
	struct pairs *ps;
	struct error err;

	assert_int_equal(pairs_new(&ps, memory, &err), OK);
	pairs_seed(ps, n * 31 + batch);
	for (unsigned i = 0; i < n; i += batch)
		pairs_see_batch(ps, f + i, n - i < batch ? n - i : batch);
	assert_int_equal(ps->used, pairs_cost(ps->contacts, ps->addresses.n));
	return ps;
}

static inline struct pairs *
sealed(const struct flow *f, unsigned n, unsigned batch, size_t memory)
{
	struct pairs *ps = unsealed(f, n, batch, memory);
	struct error err;

	assert_int_equal(pairs_seal(ps, &err), OK);
	return ps;
}

#endif
