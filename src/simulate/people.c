/* SPDX-License-Identifier: Apache-2.0 */
#include "simulate/people.h"

#include <stdio.h>

#include "base/stamp.h"
#include "simulate/chance.h"

#define MICRO UINT64_C(1000)
#define MILLI UINT64_C(1000000)

/* Streams of chance, so that one table does not move the other. */
enum {
	STREAM_HOST = 0x100000,
	STREAM_PLACE = 0x200000,
	STREAM_DAY = 0x300000,
	STREAM_POOL = 0x500000,
};

static void
host(struct world *w, struct host *h, const struct crew *c, unsigned i)
{
	unsigned n = (unsigned)(h - w->hosts);
	struct rng r = rng_of(w->seed, STREAM_HOST + n);
	const uint8_t v4[4] = { w->scenario->net[0], w->scenario->net[1], c->block,
		(uint8_t)(c->from + i) };

	(void)snprintf(
	    h->name, sizeof h->name, c->count > 1 ? "%s-%u" : "%s", c->name, i + 1);
	h->ip = ip_from_v4(v4);
	h->roles = c->roles;
	h->stack = c->stack;
	h->ports = (uint32_t)rng_below(&r, 16384);
	h->turn_ns = rng_between(&r, 60, 400) * MICRO;
	if (c->stack == STACK_DEVICE)
		h->turn_ns *= 3;
	memcpy(h->mac, "\x02\x00\x5e", 3); /* locally administered */
	h->mac[3] = c->block;
	h->mac[4] = (uint8_t)rng_next(&r);
	h->mac[5] = (uint8_t)(c->from + i);
	h->has_six = rng_below(&r, 100) < c->six;
	h->six = (struct ip){ { 0x20, 0x01, 0x0d, 0xb8, 0x00, 0x10, 0, c->block } };
	rng_fill(&r, h->six.b + 8, 8);
	h->presence = (struct presence){
		.seed = rng_mix(w->seed, STREAM_DAY + n),
		.zone_ns = w->scenario->zone_s * (int64_t)SECOND_NS,
		.hours = c->hours,
		.workday = w->scenario->workday,
		.weekend = w->scenario->weekend,
	};
	for (size_t k = 0; k < w->scenario->n_extras; k++)
		if (strcmp(w->scenario->extras[k].host, h->name) == 0)
			h->roles |= w->scenario->extras[k].roles;
	if (h->roles & ROLE_DUTY)
		h->presence.hours = HOURS_SHIFT;
}

bool
people_hosts(struct world *w)
{
	const struct scenario *sc = w->scenario;
	struct host *h;

	for (size_t i = 0; i < sc->n_crews; i++)
		w->n_hosts += sc->crews[i].count;
	h = w->hosts = arena_array(&w->arena, w->n_hosts, struct host);
	if (h == NULL)
		return false;
	for (size_t i = 0; i < sc->n_crews; i++)
		for (unsigned k = 0; k < sc->crews[i].count; k++, h++)
			host(w, h, &sc->crews[i], k);
	for (unsigned i = w->n_hosts; i-- > 0;) {
		if (w->hosts[i].roles & ROLE_GATEWAY)
			w->gateway = i;
		if (w->hosts[i].roles & ROLE_RESOLVER)
			w->resolver = i;
	}
	return true;
}

/* A word that nobody has registered: two to four syllables. */
static void
word(struct rng *r, char *to, size_t room)
{
	static const char first[][4] = { "b", "br", "d", "g", "gr", "h", "k", "l", "m", "n",
		"p", "pl", "r", "s", "st", "t", "tr", "v", "w", "z" };
	static const char vowel[][3] = { "a", "e", "i", "o", "u", "ea", "io", "ou" };
	static const char last[][3] = { "", "", "", "n", "r", "s", "l", "x", "nd", "lm" };
	unsigned syllables = (unsigned)rng_between(r, 2, 3);
	size_t n = 0;

	to[0] = '\0';
	for (unsigned i = 0; i < syllables && n + 12 < room; i++) {
		const char *a = first[rng_below(r, 20)], *b = vowel[rng_below(r, 8)];
		const char *c = last[rng_below(r, i + 1 == syllables ? 10 : 4)];

		n += (size_t)snprintf(to + n, room - n, "%s%s%s", a, b, c);
	}
}

/*
 * Address number n outside: most from the range that is set aside for
 * benchmarks (RFC 2544), some from those for documentation (RFC 5737). An odd
 * factor makes a permutation of the range, so no two are alike.
 */
static struct ip
address(uint32_t n, uint64_t seed)
{
	static const uint8_t documentation[][3] = { { 203, 0, 113 }, { 198, 51, 100 },
		{ 192, 0, 2 } };
	uint32_t bits = (n * 48271u + (uint32_t)seed * 65537u) & 0x1ffff;
	uint8_t v4[4] = { 198, (uint8_t)(18 + (bits >> 16)), (uint8_t)(bits >> 8),
		(uint8_t)bits };

	if (n % 11 == 5 && n / 11 < 3 * 230) {
		memcpy(v4, documentation[n / 11 % 3], 3);
		v4[3] = (uint8_t)(12 + n / 33);
	}
	return ip_from_v4(v4);
}

static void
name(struct place *p, const struct quarter *q, unsigned i, struct rng *r)
{
	char made_up[40];

	if (q->name == NULL)
		return;
	word(r, made_up, sizeof made_up);
	if (strstr(q->name, "%s"))
		(void)snprintf(p->name, sizeof p->name, q->name, made_up);
	else
		(void)snprintf(p->name, sizeof p->name, q->name, i + 1);
}

static void
place(struct world *w, struct place *p, const struct quarter *q, unsigned i, uint32_t *n)
{
	struct rng r = rng_of(w->seed, STREAM_PLACE + (uint64_t)q->group * 4096 + i);

	name(p, q, i, &r);
	p->group = (uint8_t)q->group;
	p->n = q->addresses;
	for (unsigned k = 0; k < q->addresses; k++)
		p->ip[k] = address((*n)++, w->seed);
	p->has_six = rng_below(&r, 100) < q->six;
	p->six = (struct ip){ { 0x20, 0x01, 0x0d, 0xb8, (uint8_t)(0x40 + q->group) } };
	rng_fill(&r, p->six.b + 5, 3);
	p->six.b[15] = (uint8_t)rng_between(&r, 1, 200);
	p->tls13 = rng_below(&r, 100) < q->tls13;
	p->rtt_ns = chance_lognormal(&r, q->rtt_ms * MILLI, 350) + 3 * MILLI;
	p->hops = (uint8_t)rng_between(&r, 7, 19);
	p->stack = STACK_SERVER;
	p->ttl_s = q->ttl_s;
	p->flight = (uint32_t)rng_between(&r, 2600, 4700);
	if (q->group == GROUP_CONTROL)
		p->flight = 1130; /* one self-signed certificate */
}

/* First octets of addresses that may be anywhere in the world. */
static unsigned
first_octets(uint8_t out[static 224])
{
	static const uint8_t others[] = { 10, 100, 127, 169, 172, 192, 198, 203 };
	unsigned n = 0;

	for (unsigned octet = 1; octet < 224; octet++)
		if (memchr(others, (int)octet, sizeof others) == NULL)
			out[n++] = (uint8_t)octet;
	return n;
}

/*
 * Machines all over the world. The ranges that are set aside have three first octets, and
 * are no world: these are drawn by chance, and nobody is meant.
 */
static void
scatter(struct ip *ip, unsigned n, unsigned octets, struct rng *r)
{
	uint8_t octet[224];
	unsigned left = first_octets(octet);

	octets = octets < left ? octets : left;
	for (unsigned i = 0; i < octets; i++) {
		unsigned k = i + (unsigned)rng_below(r, left - i);
		uint8_t was = octet[i];

		octet[i] = octet[k];
		octet[k] = was;
	}
	for (unsigned i = 0; i < n; i++) {
		uint8_t v4[4] = { octet[rng_below(r, octets)], (uint8_t)rng_next(r),
			(uint8_t)rng_next(r), (uint8_t)rng_between(r, 1, 254) };

		ip[i] = ip_from_v4(v4);
	}
}

/* False: no memory. */
static bool
give_pool(
    struct world *w, struct place *p, const struct pool *pool, unsigned i, uint32_t *n)
{
	struct rng r = rng_of(w->seed, STREAM_POOL + (uint64_t)pool->group * 4096 + i);
	struct ip *ip =
	    arena_array(&w->arena, (size_t)pool->addresses + pool->shown, struct ip);

	if (ip == NULL)
		return false;
	if (pool->octets > 0)
		scatter(ip, pool->addresses, pool->octets, &r);
	for (unsigned k = 0; pool->octets == 0 && k < pool->addresses; k++)
		ip[k] = address((*n)++, w->seed);
	memcpy(ip + pool->addresses, ip, pool->shown * sizeof *ip);
	p->pool = ip;
	p->pools = pool->addresses;
	p->shown = pool->shown;
	return true;
}

static const struct pool *
pool_of(const struct scenario *sc, enum group group)
{
	for (size_t i = 0; i < sc->n_pools; i++)
		if (sc->pools[i].group == group)
			return &sc->pools[i];
	return NULL;
}

bool
people_places(struct world *w)
{
	const struct scenario *sc = w->scenario;
	uint32_t addresses = 1;
	struct place *p;

	for (size_t i = 0; i < sc->n_quarters; i++)
		w->n_places += sc->quarters[i].count;
	p = w->places = arena_array(&w->arena, w->n_places, struct place);
	if (p == NULL)
		return false;
	for (size_t i = 0; i < sc->n_quarters; i++) {
		const struct quarter *q = &sc->quarters[i];

		w->first_of[q->group] = (unsigned)(p - w->places);
		w->n_of[q->group] = q->count;
		for (unsigned k = 0; k < q->count; k++, p++) {
			const struct pool *pool = pool_of(sc, q->group);

			place(w, p, q, k, &addresses);
			if (pool && !give_pool(w, p, pool, k, &addresses))
				return false;
		}
	}
	return true;
}
