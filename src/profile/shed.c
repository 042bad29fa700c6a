/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shed.c - forgetting, by the rule in pairs.h.
 */
#include <string.h>
#include <xxhash.h>

#include "profile/pairs_own.h"
#include "profile/timeline.h"

#define K_STEPS 9                        /* 65,536 to 256 */
#define Q_STEPS 13                       /* 65,536 to 16 */
#define LEVELS  (K_STEPS + Q_STEPS + 64) /* at the last one no host is left */

struct bounds {
	uint32_t contacts; /* of a pair */
	uint32_t pairs;    /* of a host */
	unsigned hosts;    /* leading bits of its hash that must be zero */
};

static struct bounds
bounds_at(unsigned level)
{
	static const uint32_t most = 65536;
	struct bounds b = { UINT32_MAX, UINT32_MAX, 0 };
	unsigned k = (level + 1) / 2, q = level / 2;

	if (level > 2 * K_STEPS) {
		k = K_STEPS;
		q = level - K_STEPS;
	}
	if (q > Q_STEPS) {
		b.hosts = q - Q_STEPS;
		q = Q_STEPS;
	}
	if (k > 0)
		b.contacts = most >> (k - 1);
	if (q > 0)
		b.pairs = most >> (q - 1);
	return b;
}

/*
 * The smaller the sooner kept: most contacts first, and where they are as many,
 * by a hash that is not seeded and the same on every machine.
 */
static uint64_t
worth(const struct pair_key *k, uint32_t contacts)
{
	uint8_t b[sizeof k->peer + 3];

	memcpy(b, k->peer.b, sizeof k->peer);
	b[sizeof k->peer] = (uint8_t)(k->port >> 8);
	b[sizeof k->peer + 1] = (uint8_t)k->port;
	b[sizeof k->peer + 2] = k->proto;
	return (uint64_t)~contacts << 32 | XXH3_64bits(b, sizeof b) >> 32;
}

static bool
host_stays(const struct ip *host, unsigned bits)
{
	return bits == 0 ||
	       (bits < 64 && XXH3_64bits(host, sizeof *host) >> (64 - bits) == 0);
}

/* The largest bound that at most `want` of them are below. */
static uint64_t
bound_of(const uint64_t *of, uint32_t n, uint32_t want)
{
	uint64_t bound = 0;

	for (int bit = 63; bit >= 0; bit--) {
		uint64_t higher = bound | UINT64_C(1) << bit;
		uint32_t below = 0;

		for (uint32_t i = 0; i < n; i++)
			below += of[i] < higher;
		if (below <= want)
			bound = higher;
	}
	return bound;
}

/* In the place of a family: this pair is to go. */
#define GONE 0xff

/* Of the n pairs of a host, from i on. `room` is for as many. */
static void
mark_host(struct pairs *ps, uint32_t i, uint32_t n, const struct bounds *b, uint64_t *room)
{
	struct pair_key key = pairs_key_of(ps, &ps->call[i]);
	bool stays = host_stays(&key.host, b->hosts);
	uint64_t bound = 0;

	if (stays && n <= b->pairs)
		return;
	for (uint32_t k = 0; k < n; k++) {
		key = pairs_key_of(ps, &ps->call[i + k]);
		room[k] = worth(&key, pairs_size(ps, i + k));
	}
	if (stays)
		bound = bound_of(room, n, b->pairs);
	for (uint32_t k = 0; k < n; k++)
		if (room[k] >= bound)
			ps->call[i + k].family = GONE;
}

static void
mark_pairs(struct pairs *ps, const struct bounds *b)
{
	for (uint32_t i = 0, end; i < ps->pairs; i = end) {
		for (end = i + 1; end < ps->pairs;)
			if (call_same_host(&ps->call[i], &ps->call[end]))
				end++;
			else
				break;
		/* The log has been copied into `ordered`, so its memory is free. */
		mark_host(ps, i, end - i, b, (uint64_t *)ps->log);
	}
}

/* The pairs that stay, each with its earliest contacts, move up. */
static void
keep_earliest(struct pairs *ps, uint32_t most)
{
	uint32_t to = 0, pairs = 0;

	for (uint32_t i = 0; i < ps->pairs; i++) {
		struct contact *c = ps->ordered + ps->call[i].contact;
		uint32_t n = pairs_size(ps, i);

		if (ps->call[i].family == GONE)
			continue;
		if (n > most) {
			timeline_order(c, n, ps->log);
			n = most;
		}
		memmove(ps->ordered + to, c, n * sizeof *c);
		ps->call[pairs] = ps->call[i];
		ps->call[pairs++].contact = to;
		to += n;
	}
	ps->pairs = pairs;
	ps->contacts = to;
}

static uint32_t
renumber(uint32_t *new_number, struct addresses *a, uint32_t number, uint32_t *n)
{
	if (new_number[number] == ADDRESS_NONE) {
		new_number[number] = *n;
		a->by_rank[(*n)++] = number;
	}
	return new_number[number];
}

/* Addresses of which no pair is left go as well. */
static void
keep_addresses(struct pairs *ps)
{
	struct addresses *a = &ps->addresses;
	struct ip *moved = (struct ip *)a->sorted;
	uint32_t n = 0;

	if (a->n == 0)
		return;
	memset(a->rank, 0xff, a->n * sizeof *a->rank);
	for (uint32_t i = 0; i < ps->pairs; i++) {
		struct call *c = &ps->call[i];

		if (c->family >> 4 != CALL_V4)
			c->host = renumber(a->rank, a, c->host, &n);
		if ((c->family & 15) != CALL_V4)
			c->peer = renumber(a->rank, a, c->peer, &n);
	}
	for (uint32_t i = 0; i < n; i++)
		moved[i] = a->ip[a->by_rank[i]];
	memcpy(a->ip, moved, n * sizeof *a->ip);
	addresses_rebuild(a, n);
}

/* A call for each contact again, from the end, as there are no fewer of them. */
static void
ungroup(struct pairs *ps)
{
	struct contact *swap = ps->log;
	uint32_t to = ps->contacts;

	for (uint32_t i = ps->pairs; i-- > 0;) {
		struct call c = ps->call[i];
		uint32_t first = c.contact;

		while (to > first) {
			c.contact = --to;
			ps->call[to] = c;
		}
	}
	ps->log = ps->ordered;
	ps->ordered = swap;
}

static void
trim(struct pairs *ps)
{
	struct bounds b = bounds_at(ps->level);

	pairs_group(ps);
	if (b.pairs != UINT32_MAX)
		mark_pairs(ps, &b);
	keep_earliest(ps, b.contacts);
	keep_addresses(ps);
	ungroup(ps);
	ps->used = pairs_cost(ps->contacts, ps->addresses.n);
}

void
pairs_shed(struct pairs *ps)
{
	if (ps->level > 0)
		trim(ps);
	while (ps->used > ps->memory / 4 * 3) {
		CHECK(ps->level < LEVELS);
		ps->level++;
		trim(ps);
	}
}
