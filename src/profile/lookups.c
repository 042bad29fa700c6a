/* SPDX-License-Identifier: Apache-2.0 */
#include "profile/lookups.h"

#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "profile/domain.h"
#include "profile/slots.h"

/* What a name is counted to take: with its slots, its place in the order, half a domain. */
#define NAME_COST 208
#define TEXT_EACH 20
#define LEVELS    63
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

struct domain {
	uint64_t hash; /* of host and text */
	struct ip host;
	uint32_t text, first; /* of its names; once sealed, in the order */
	uint32_t n;
	uint8_t len, suffix, level;
	bool listed;
};

struct lookups {
	struct lookup *name;
	uint32_t names, names_most;
	uint32_t free; /* first of those given back, number + 1, by `next` */
	uint32_t live;
	struct lookup_address *address; /* numbers are from 1 */
	uint32_t addresses, addresses_most;
	uint32_t address_free; /* first of those given back, by `next` */
	uint32_t address_live;
	struct domain *domain;
	uint32_t domains, domains_most;
	char *text;
	size_t used, used_most;
	struct slots name_slot, domain_slot;
	struct lookup *moved; /* where a rebuild or the seal lays the names out */
	unsigned level;
	bool sealed;
	bool only;
	char only_domain[NAME_TEXT];
	size_t only_len;
	struct lookups_counters counters;
	struct reserve reserve;
};

static void
lay_out(struct lookups *l)
{
	struct reserve *r = &l->reserve;

	l->name = reserve_take(r, l->names_most, sizeof *l->name);
	l->moved = reserve_take(r, l->names_most, sizeof *l->moved);
	l->address = reserve_take(r, l->addresses_most, sizeof *l->address);
	l->domain = reserve_take(r, l->domains_most, sizeof *l->domain);
	l->text = reserve_take(r, l->used_most, 1);
	slots_take(&l->name_slot, r, l->names_most);
	slots_take(&l->domain_slot, r, l->domains_most);
}

enum status
lookups_new(struct lookups **out, size_t memory, struct error *err)
{
	struct lookups *l = calloc(1, sizeof *l);
	size_t most = (memory < LOOKUPS_MEMORY ? memory : LOOKUPS_MEMORY) / NAME_COST;

	if (l == NULL)
		return error_set(err, E_NOMEM, "no memory for look-ups");
	most = most < 16 ? 16 : most;
	l->names_most = (uint32_t)most;
	l->domains_most = l->names_most;
	l->addresses_most = l->names_most + TRAIT_ANSWERS;
	l->used_most = most * TEXT_EACH + NAME_TEXT;
	lay_out(l);
	if (!reserve_open(&l->reserve)) {
		free(l);
		return error_set(err, E_NOMEM, "no address space for look-ups");
	}
	lay_out(l);
	*out = l;
	return OK;
}

void
lookups_free(struct lookups *l)
{
	if (l == NULL)
		return;
	reserve_close(&l->reserve);
	free(l);
}

void
lookups_only(struct lookups *l, const char *domain)
{
	l->only = true;
	l->only_len = name_clean(
	    (struct span){ (const uint8_t *)domain, strlen(domain) }, l->only_domain);
}

static bool
stays(unsigned level, uint64_t hash)
{
	return level == 0 || hash >> (64 - level) == 0;
}

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

/* A name is told by its hash: at 2^64, two names of a host are as good as never one. */
static size_t
name_place(const struct lookups *l, uint64_t hash)
{
	const struct slots *s = &l->name_slot;
	size_t i = hash & s->mask;

	while (s->at[i] != 0 && !(slots_alike(s->at[i], hash) &&
				    l->name[slots_number(s->at[i])].hash == hash))
		i = (i + 1) & s->mask;
	return i;
}

static size_t
domain_place(const struct lookups *l, uint64_t hash)
{
	const struct slots *s = &l->domain_slot;
	size_t i = hash & s->mask;

	while (s->at[i] != 0 && !(slots_alike(s->at[i], hash) &&
				    l->domain[slots_number(s->at[i])].hash == hash))
		i = (i + 1) & s->mask;
	return i;
}

static void
place_name(struct lookups *l, uint32_t number)
{
	uint64_t hash = l->name[number].hash;

	l->name_slot.at[name_place(l, hash)] = slots_of(hash, number);
}

static void
place_domain(struct lookups *l, uint32_t number)
{
	uint64_t hash = l->domain[number].hash;

	l->domain_slot.at[domain_place(l, hash)] = slots_of(hash, number);
}

/* All names that are held: what was given back hangs in no domain. */
static void
place_names(struct lookups *l)
{
	for (uint32_t i = 0; i < l->domains; i++)
		for (uint32_t at = l->domain[i].first; at != 0; at = l->name[at - 1].next)
			place_name(l, at - 1);
}

/* Twice the places, once names or domains have filled half of theirs. */
static void
make_places(struct lookups *l)
{
	if (slots_crowded(&l->name_slot, l->live)) {
		slots_double(&l->name_slot);
		place_names(l);
	}
	if (slots_crowded(&l->domain_slot, l->domains)) {
		slots_double(&l->domain_slot);
		for (uint32_t i = 0; i < l->domains; i++)
			place_domain(l, i);
	}
}

/* Take a name out of its slot; those that it had pushed on move back. */
static void
slot_clear(struct lookups *l, uint64_t hash)
{
	uint64_t *slot = l->name_slot.at;
	size_t mask = l->name_slot.mask, hole = name_place(l, hash);

	for (size_t i = (hole + 1) & mask; slot[i] != 0; i = (i + 1) & mask) {
		size_t home = l->name[slots_number(slot[i])].hash & mask;

		if (((i - home) & mask) < ((i - hole) & mask))
			continue;
		slot[hole] = slot[i];
		hole = i;
	}
	slot[hole] = 0;
}

/* The addresses of a name that goes. */
static void
give_back(struct lookups *l, const struct lookup *n)
{
	uint32_t at = n->address;

	while (at != 0) {
		struct lookup_address *a = &l->address[at - 1];
		uint32_t next = a->next;

		a->next = l->address_free;
		l->address_free = at;
		l->address_live--;
		at = next;
	}
}

/* One host's names under one domain are too many: half of them go. */
static void
thin_domain(struct lookups *l, struct domain *d)
{
	uint32_t *link = &d->first;

	d->level++;
	while (*link != 0) {
		uint32_t at = *link;
		struct lookup *n = &l->name[at - 1];

		if (stays(d->level, n->hash)) {
			link = &n->next;
			continue;
		}
		*link = n->next;
		slot_clear(l, n->hash);
		give_back(l, n);
		n->next = l->free;
		l->free = at;
		l->live--;
		d->n--;
	}
}

/* The shard is full: another zero bit; what stays moves together. */
static void
thin_all(struct lookups *l)
{
	uint32_t domains = 0, names = 0;
	size_t used = 0;

	l->level++;
	CHECK(l->level < LEVELS);
	slots_clear(&l->name_slot);
	slots_clear(&l->domain_slot);
	for (uint32_t i = 0; i < l->domains; i++) {
		struct domain d = l->domain[i];
		uint32_t next = d.first;

		d.first = 0;
		d.n = 0;
		while (next != 0) {
			struct lookup n = l->name[next - 1];

			next = n.next;
			if (!stays(l->level, n.hash)) {
				give_back(l, &n);
				continue;
			}
			n.domain = domains;
			n.next = d.first;
			l->moved[names++] = n;
			d.first = names;
			d.n++;
		}
		if (d.n == 0)
			continue;
		memmove(l->text + used, l->text + d.text, d.len + 1U);
		d.text = (uint32_t)used;
		used += d.len + 1U;
		l->domain[domains] = d;
		place_domain(l, domains++);
	}
	memcpy(l->name, l->moved, names * sizeof *l->name);
	l->names = names;
	l->live = names;
	l->free = 0;
	l->domains = domains;
	l->used = used;
	place_names(l);
}

void
lookups_thin(struct lookups *l, unsigned level)
{
	CHECK(!l->sealed);
	while (l->level < level && l->level + 1 < LEVELS)
		thin_all(l);
}

/* 16 * log2 of 1 .. 40, rounded down: the letters a name may have. */
static const uint8_t LOG2_16[41] = { 0, 0, 16, 25, 32, 37, 41, 44, 48, 50, 53, 55, 57, 59,
	60, 62, 64, 65, 66, 67, 69, 70, 71, 72, 73, 74, 75, 76, 76, 77, 78, 79, 80, 80, 81,
	82, 82, 83, 83, 84, 85 };

/* What the labels can tell: their length times the logarithm of the letters they use. */
static uint16_t
bits_of(const char *text, size_t len, uint8_t *octets)
{
	uint64_t used[4] = { 0 };
	unsigned kinds = 0, bits;
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		uint8_t c = (uint8_t)text[i];

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
is_reversed_address(const char *text, size_t len)
{
	unsigned labels = 1, digits = 0, longest = 0, letters = 0;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];

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
is_ours(const struct trait *t, const char *text, size_t len)
{
	return t->kind == TRAIT_DNS && len > 0 && t->resp_port != 5353 &&
	       t->resp_port != 5355 && t->resp_port != 137 &&
	       !(len > 5 && memcmp(text + len - 5, ".arpa", 5) == 0);
}

/* The split of a clean name; false: it is not wanted. */
static bool
split(const struct lookups *l, const char *text, size_t len, struct domain_split *s)
{
	if (l == NULL || !l->only) {
		*s = domain_split(text, len);
		return true;
	}
	if (len < l->only_len ||
	    memcmp(text + len - l->only_len, l->only_domain, l->only_len) != 0 ||
	    (len > l->only_len && text[len - l->only_len - 1] != '.'))
		return false;
	*s = (struct domain_split){ .domain = len - l->only_len, .suffix = len };
	return true;
}

void
lookups_domain(const struct trait *t, char out[static NAME_TEXT])
{
	char text[NAME_TEXT];
	struct domain_split s;
	size_t len = t->kind == TRAIT_DNS ? name_clean(t->dns.query, text) : 0;

	out[0] = '\0';
	if (!is_ours(t, text, len) || !split(NULL, text, len, &s))
		return;
	memcpy(out, text + s.domain, len - s.domain + 1);
}

/* The number of a domain that there is room for. */
static uint32_t
domain_number(struct lookups *l, const struct ip *host, const char *text, size_t len,
    const struct domain_split *s)
{
	uint64_t hash = hash_of(host, text + s->domain, len - s->domain);
	size_t slot = domain_place(l, hash);
	struct domain *d;

	if (l->domain_slot.at[slot] != 0)
		return slots_number(l->domain_slot.at[slot]);
	d = &l->domain[l->domains];
	*d = (struct domain){ .hash = hash,
		.host = *host,
		.text = (uint32_t)l->used,
		.len = (uint8_t)(len - s->domain),
		.suffix = (uint8_t)(s->suffix - s->domain),
		.listed = s->listed };
	memcpy(l->text + l->used, text + s->domain, d->len + 1U);
	l->used += d->len + 1U;
	l->domain_slot.at[slot] = slots_of(hash, l->domains);
	return l->domains++;
}

static bool
is_full(const struct lookups *l)
{
	return l->live == l->names_most || l->domains == l->domains_most ||
	       l->used + NAME_TEXT > l->used_most;
}

/* A name seen for the first time; NULL: it is one of those that go. */
static struct lookup *
name_new(struct lookups *l, const struct ip *host, uint64_t hash, const char *text,
    size_t len, const struct domain_split *s)
{
	struct domain *d;
	struct lookup *n;
	uint32_t number, at;

	while (is_full(l))
		thin_all(l);
	if (!stays(l->level, hash))
		return NULL;
	number = domain_number(l, host, text, len, s);
	d = &l->domain[number];
	while (d->n >= LOOKUPS_MOST && stays(d->level, hash))
		thin_domain(l, d);
	if (!stays(d->level, hash))
		return NULL;
	at = l->free;
	if (at != 0)
		l->free = l->name[at - 1].next;
	else
		at = ++l->names;
	n = &l->name[at - 1];
	*n = (struct lookup){
		.hash = hash, .first_ns = UINT64_MAX, .domain = number, .next = d->first
	};
	if (s->domain > 0) {
		n->bits = bits_of(text, s->domain - 1, &n->label);
		if (is_reversed_address(text, s->domain - 1))
			n->flags = LOOKUP_ADDRESS;
	}
	d->first = at;
	d->n++;
	l->live++;
	place_name(l, at - 1);
	make_places(l);
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
lookups_see(struct lookups *l, const struct trait *t)
{
	char text[NAME_TEXT];
	struct domain_split s;
	struct lookup *n;
	uint64_t hash;
	size_t len, slot;

	if (t->kind != TRAIT_DNS)
		return;
	len = name_clean(t->dns.query, text);
	if (!is_ours(t, text, len))
		return;
	/* As it was asked: bytes that cannot be shown are bytes, too. */
	hash = hash_of(&t->orig, t->dns.query.at,
	    t->dns.query.len < TRAIT_NAME ? t->dns.query.len : TRAIT_NAME);
	l->counters.seen++;
	while (l->address_live + TRAIT_ANSWERS > l->addresses_most)
		thin_all(l);
	if (!stays(l->level, hash))
		return;
	slot = name_place(l, hash);
	if (l->name_slot.at[slot] != 0)
		n = &l->name[slots_number(l->name_slot.at[slot])];
	else if (split(l, text, len, &s))
		n = name_new(l, &t->orig, hash, text, len, &s);
	else
		n = NULL;
	if (n == NULL)
		return;
	count(n, t);
	take_addresses(l, n, t);
}

static int
domain_order(const void *a, const void *b, void *arg)
{
	const struct lookups *l = arg;
	const struct domain *x = a, *y = b;
	int c = ip_compare(&x->host, &y->host);

	return c ? c : strcmp(l->text + x->text, l->text + y->text);
}

static int
name_order(const void *a, const void *b)
{
	const struct lookup *x = a, *y = b;

	if (x->first_ns != y->first_ns)
		return x->first_ns < y->first_ns ? -1 : 1;
	return (x->hash > y->hash) - (x->hash < y->hash);
}

void
lookups_seal(struct lookups *l)
{
	uint32_t at = 0;
	uint64_t kept = 0;

	CHECK(!l->sealed);
	l->sealed = true;
	if (l->domains > 0)
		qsort_r(l->domain, l->domains, sizeof *l->domain, domain_order, l);
	for (uint32_t i = 0; i < l->domains; i++) {
		struct domain *d = &l->domain[i];
		uint32_t first = at;

		for (uint32_t next = d->first; next != 0; next = l->name[next - 1].next) {
			l->moved[at] = l->name[next - 1];
			kept += l->moved[at++].asked;
		}
		d->first = first;
		if (d->n > 1)
			qsort(l->moved + first, d->n, sizeof *l->moved, name_order);
	}
	l->counters.shed = l->counters.seen > kept ? l->counters.seen - kept : 0;
}

size_t
lookups_domains(const struct lookups *l)
{
	CHECK(l->sealed);
	return l->domains;
}

struct lookup_domain
lookups_at(const struct lookups *l, size_t i)
{
	const struct domain *d = &l->domain[i];

	CHECK(l->sealed && i < l->domains);
	return (struct lookup_domain){ .host = d->host,
		.text = l->text + d->text,
		.name = l->moved + d->first,
		.n = d->n,
		.level = d->level > l->level ? d->level : l->level,
		.suffix = d->suffix,
		.listed = d->listed };
}

void
lookups_of(const struct lookups *l, const struct ip *host, size_t *first, size_t *end)
{
	size_t low = 0, high = l->domains;

	CHECK(l->sealed);
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (ip_compare(&l->domain[mid].host, host) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	*first = low;
	while (low < l->domains && ip_equal(&l->domain[low].host, host))
		low++;
	*end = low;
}

bool
lookups_find(const struct lookups *l, const struct ip *host, const char *domain,
    struct lookup_domain *out)
{
	size_t low, high;

	lookups_of(l, host, &low, &high);
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int c = strcmp(l->text + l->domain[mid].text, domain);

		if (c == 0) {
			*out = lookups_at(l, mid);
			return true;
		}
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return false;
}

const struct lookup_address *
lookups_address(const struct lookups *l, uint32_t *at)
{
	const struct lookup_address *a = *at ? &l->address[*at - 1] : NULL;

	CHECK(l->sealed);
	if (a)
		*at = a->next;
	return a;
}

unsigned
lookups_level(const struct lookups *l)
{
	return l->level;
}

const struct lookups_counters *
lookups_counters(const struct lookups *l)
{
	return &l->counters;
}
