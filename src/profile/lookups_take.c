/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lookups_take.c - what a look-up says of a name.
 */
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "profile/lookups_own.h"

#define BITS_MOST 1280 /* 160 octets: no name carries more */

enum {
	TYPE_CNAME = 5,
	TYPE_NULL = 10,
	TYPE_MX = 15,
	TYPE_TXT = 16,
	TYPE_KEY = 25,
	TYPE_SRV = 33,
	TYPE_PRIVATE = 65280
};

static uint32_t
add(uint32_t a, uint32_t b)
{
	return a > UINT32_MAX - b ? UINT32_MAX : a + b;
}

/* Of the host and a text, so that hosts are thinned independently. */
static uint64_t
hash_of(const struct ip *host, const void *text, size_t len)
{
	uint8_t b[sizeof *host + TRAIT_NAME];

	memcpy(b, host, sizeof *host);
	memcpy(b + sizeof *host, text, len);
	return XXH3_64bits(b, sizeof *host + len);
}

/* 16 * log2 of 1 .. 40, rounded down: the letters a name may have. */
static const uint8_t LOG2_16[41] = { 0, 0, 16, 25, 32, 37, 41, 44, 48, 50, 53, 55, 57, 59,
	60, 62, 64, 65, 66, 67, 69, 70, 71, 72, 73, 74, 75, 76, 76, 77, 78, 79, 80, 80, 81,
	82, 82, 83, 83, 84, 85 };

/* What the labels can tell: their length times the logarithm of the letters they use. */
static uint16_t
bits_of(struct span s, uint8_t *octets)
{
	uint64_t used[4] = { 0 };
	unsigned kinds = 0, bits;
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = s.at[i];

		if (c == '.')
			continue;
		n++;
		if (!(used[c / 64] >> c % 64 & 1)) {
			used[c / 64] |= UINT64_C(1) << c % 64;
			kinds++;
		}
	}
	bits = (unsigned)n * LOG2_16[kinds < 40 ? kinds : 40] / 16;
	*octets = (uint8_t)n;
	return (uint16_t)(bits < BITS_MOST ? bits : BITS_MOST);
}

/* 4.3.2.1, or the 32 nibbles of RFC 5782: what is asked of lists of addresses. */
static bool
is_reversed_address(struct span s)
{
	unsigned labels = 1, digits = 0, longest = 0, letters = 0;

	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = s.at[i];

		if (c == '.') {
			labels++;
			digits = 0;
			continue;
		}
		if (c < '0' || c > '9') {
			if (c < 'a' || c > 'f')
				return false;
			letters++;
		}
		digits++;
		longest = digits > longest ? digits : longest;
	}
	return (labels == 4 && letters == 0 && longest <= 3) ||
	       (labels == 32 && longest == 1);
}

/* Multicast DNS, LLMNR and NetBIOS are neighbours shouting; addresses have no secret names. */
static bool
is_ours(const struct mention *m)
{
	const struct trait *t = m->trait;
	struct span name = m->name;

	return t->kind == TRAIT_DNS && name.len > 0 && t->resp_port != 5353 &&
	       t->resp_port != 5355 && t->resp_port != 137 &&
	       !(name.len > 5 && memcmp(name.at + name.len - 5, ".arpa", 5) == 0);
}

/* False: a name that is not wanted. */
static bool
split(const struct lookups *l, struct mention *m)
{
	const uint8_t *at = m->name.at;
	size_t len = m->name.len;

	if (!l->only) {
		m->split = known_split(m->known, m->name, m->hash);
	} else {
		if (len < l->only_len ||
		    memcmp(at + len - l->only_len, l->only_domain, l->only_len) != 0 ||
		    (len > l->only_len && at[len - l->only_len - 1] != '.'))
			return false;
		m->split =
		    (struct domain_split){ .domain = len - l->only_len, .suffix = len };
	}
	m->domain = hash_of(&m->trait->orig, at + m->split.domain, len - m->split.domain);
	m->is_split = true;
	return true;
}

void
lookups_domain(const struct trait *t, char out[static NAME_TEXT])
{
	struct domain_split s;
	struct mention m;

	out[0] = '\0';
	mention_make(&m, t, NULL);
	if (!is_ours(&m))
		return;
	s = known_split(NULL, m.name, m.hash);
	memcpy(out, m.name.at + s.domain, m.name.len - s.domain);
	out[m.name.len - s.domain] = '\0';
}

/* The number of a domain that there is room for. */
static uint32_t
domain_number(struct lookups *l, const struct mention *m)
{
	size_t slot = lookups_domain_place(l, m->domain);
	struct span text = { m->name.at + m->split.domain, m->name.len - m->split.domain };
	struct domain *d;

	if (l->domain_slot.at[slot] != 0)
		return slots_number(l->domain_slot.at[slot]);
	reserve_ahead(
	    l->domain, sizeof *l->domain, l->domains, l->domains_most, &l->domains_touched);
	d = &l->domain[l->domains];
	*d = (struct domain){ .hash = m->domain,
		.host = m->trait->orig,
		.text = (uint32_t)l->used,
		.len = (uint8_t)text.len,
		.suffix = (uint8_t)(m->split.suffix - m->split.domain),
		.listed = m->split.listed };
	memcpy(l->text + l->used, text.at, text.len);
	l->text[l->used + text.len] = '\0';
	l->used += text.len + 1;
	l->domain_slot.at[slot] = slots_of(m->domain, l->domains);
	return l->domains++;
}

static bool
is_full(const struct lookups *l)
{
	return l->live == l->names_most || l->domains == l->domains_most ||
	       l->used + NAME_TEXT > l->used_most;
}

/* A name seen for the first time, and split; NULL: it is one of those that go. */
static struct lookup *
name_new(struct lookups *l, const struct mention *m)
{
	uint64_t hash = m->lookup;
	struct domain *d;
	struct lookup *n;
	uint32_t number, at;

	while (is_full(l))
		lookups_thin_all(l);
	if (!lookups_stays(l->level, hash))
		return NULL;
	number = domain_number(l, m);
	d = &l->domain[number];
	while (d->n >= LOOKUPS_MOST && lookups_stays(d->level, hash))
		lookups_thin_domain(l, d);
	if (!lookups_stays(d->level, hash))
		return NULL;
	at = l->free;
	if (at != 0)
		l->free = l->name[at - 1].next;
	else
		at = ++l->names;
	reserve_ahead(l->name, sizeof *l->name, at - 1, l->names_most, &l->names_touched);
	n = &l->name[at - 1];
	*n = (struct lookup){
		.hash = hash, .first_ns = UINT64_MAX, .domain = number, .next = d->first
	};
	if (m->split.domain > 0) {
		struct span label = { m->name.at, m->split.domain - 1 };

		n->bits = bits_of(label, &n->label);
		if (is_reversed_address(label))
			n->flags = LOOKUP_ADDRESS;
	}
	d->first = at;
	d->n++;
	l->live++;
	lookups_place_name(l, at - 1);
	lookups_make_places(l);
	return n;
}

static void
count(struct lookup *n, const struct trait *t)
{
	const struct trait_dns *d = &t->dns;
	size_t told = 0;

	n->first_ns = t->time_ns < n->first_ns ? t->time_ns : n->first_ns;
	n->last_ns = t->time_ns > n->last_ns ? t->time_ns : n->last_ns;
	n->asked = add(n->asked, 1);
	n->raw = add(n->raw, d->qtype == TYPE_NULL || d->qtype == TYPE_KEY ||
				 (d->qtype >= TYPE_PRIVATE && d->qtype < UINT16_MAX));
	n->rich = add(n->rich, d->qtype == TYPE_TXT || d->qtype == TYPE_CNAME ||
				   d->qtype == TYPE_MX || d->qtype == TYPE_SRV);
	if (!d->answered)
		return;
	n->failed = add(n->failed, d->rcode == 3);
	n->found = add(n->found, d->rcode == 0 && d->answers > 0);
	for (unsigned i = 0; i < d->answers; i++)
		if (!d->answer[i].is_address)
			told += d->answer[i].text.len;
	n->told = add(n->told, (uint32_t)told);
}

/* Which of a name's addresses stay does not depend on the order they came in. */
static uint64_t
address_hash(const struct ip *ip)
{
	return XXH3_64bits(ip, sizeof *ip);
}

/* Of a name that has as many as may stay: the one that goes for the next. */
static struct lookup_address *
last_address(const struct lookups *l, const struct lookup *n, uint64_t *hash)
{
	struct lookup_address *last = NULL;

	*hash = 0;
	for (uint32_t at = n->address; at != 0; at = l->address[at - 1].next) {
		uint64_t h = address_hash(&l->address[at - 1].ip);

		if (h >= *hash) {
			*hash = h;
			last = &l->address[at - 1];
		}
	}
	return last;
}

static void
add_address(
    struct lookups *l, struct lookup *n, const struct trait_answer *a, uint64_t t_ns)
{
	struct lookup_address *one;
	unsigned count = 0;
	uint64_t most;
	uint32_t at;

	for (at = n->address; at != 0; at = one->next) {
		one = &l->address[at - 1];
		if (ip_equal(&one->ip, &a->address)) {
			one->first_ns = t_ns < one->first_ns ? t_ns : one->first_ns;
			one->ttl = a->ttl > one->ttl ? a->ttl : one->ttl;
			return;
		}
		count++;
	}
	if (count == LOOKUPS_ADDRESSES) {
		one = last_address(l, n, &most);
		if (address_hash(&a->address) > most)
			return;
		*one = (struct lookup_address){ a->address, t_ns, a->ttl, one->next };
		return;
	}
	at = l->address_free;
	if (at != 0)
		l->address_free = l->address[at - 1].next;
	else
		at = ++l->addresses;
	reserve_ahead(l->address, sizeof *l->address, at - 1, l->addresses_most,
	    &l->addresses_touched);
	l->address[at - 1] =
	    (struct lookup_address){ a->address, t_ns, a->ttl, n->address };
	n->address = at;
	l->address_live++;
}

static void
take_addresses(struct lookups *l, struct lookup *n, const struct trait *t)
{
	const struct trait_dns *d = &t->dns;

	if (!d->answered || d->rcode != 0)
		return;
	for (unsigned i = 0; i < d->answers; i++)
		if (d->answer[i].is_address && ip_scope(&d->answer[i].address) == IP_GLOBAL)
			add_address(l, n, &d->answer[i], t->time_ns);
}

void
lookups_take(struct lookups *l, struct mention *m)
{
	const struct trait *t = m->trait;
	struct lookup *n;
	size_t slot;

	if (!is_ours(m))
		return;
	l->counters.seen++;
	while (l->address_live + TRAIT_ANSWERS > l->addresses_most)
		lookups_thin_all(l);
	if (!lookups_stays(l->level, m->lookup))
		return;
	slot = lookups_name_place(l, m->lookup);
	if (l->name_slot.at[slot] != 0)
		n = &l->name[slots_number(l->name_slot.at[slot])];
	else if (m->is_split || split(l, m))
		n = name_new(l, m);
	else
		n = NULL;
	if (n == NULL)
		return;
	count(n, t);
	take_addresses(l, n, t);
}

/* The domain of a name that is not there yet, else the first of its addresses. */
static void
fetch_deep(const struct lookups *l, const struct mention *m)
{
	uint32_t number;

	if (m->is_split) {
		number = slots_guess(&l->domain_slot, m->domain, l->domains);
		__builtin_prefetch(&l->domain[number], 1);
		return;
	}
	number = slots_guess(&l->name_slot, m->lookup, 0);
	if (l->name[number].address != 0)
		__builtin_prefetch(&l->address[l->name[number].address - 1]);
}

void
lookups_fetch(const struct lookups *l, struct mention *m, unsigned step)
{
	const struct slots *s = &l->name_slot;
	uint32_t number;

	if (!is_ours(m))
		return;
	if (step == 0) {
		struct span asked = m->trait->dns.query;

		/* As it was asked: bytes that cannot be shown are bytes, too. */
		m->lookup = hash_of(&m->trait->orig, asked.at,
		    asked.len < TRAIT_NAME ? asked.len : TRAIT_NAME);
		__builtin_prefetch(&s->at[m->lookup & s->mask]);
		return;
	}
	if (step == 2)
		fetch_deep(l, m);
	if (step >= 2)
		return;
	number = slots_guess(s, m->lookup, UINT32_MAX);
	if (number != UINT32_MAX)
		__builtin_prefetch(&l->name[number], 1);
	else if (split(l, m))
		__builtin_prefetch(&l->domain_slot.at[m->domain & l->domain_slot.mask]);
}

void
lookups_see(struct lookups *l, const struct trait *t)
{
	struct mention m;

	mention_make(&m, t, NULL);
	lookups_fetch(l, &m, 0);
	lookups_take(l, &m);
}
