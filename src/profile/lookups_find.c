/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lookups_find.c - a shard's look-ups in order, once there are no more to come.
 */
#include <stdlib.h>
#include <string.h>

#include "profile/call.h"
#include "profile/lookups_own.h"

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

/* The host, and the first letters of the domain instead of a peer. */
static struct call
call_of(const struct lookups *l, uint32_t i)
{
	const struct domain *d = &l->domain[i];
	enum call_family family = call_family_of(&d->host);
	uint8_t b[7] = { 0 };

	memcpy(b, l->text + d->text, d->len < sizeof b ? d->len : sizeof b);
	return (struct call){ .host = call_word_of(&d->host, family),
		.peer = call_word(b),
		.port = (uint16_t)(b[4] << 8 | b[5]),
		.proto = b[6],
		.family = (uint8_t)(family << 4),
		.contact = i };
}

/* Does what calls tell leave open which of two domains comes first? */
static bool
is_open(const struct call *a, const struct call *b)
{
	return call_same_host(a, b) && (a->family >> 4 != CALL_V4 || call_same_pair(a, b));
}

/* Before names are laid out there is room for two calls a domain, or for a call and it. */
static void
order_domains(struct lookups *l)
{
	struct call *c = (struct call *)l->moved;
	struct domain *ordered = (struct domain *)(c + l->domains);
	uint32_t end;

	static_assert(sizeof *c + sizeof *ordered <= sizeof *l->moved, "no such room");
	for (uint32_t i = 0; i < l->domains; i++)
		c[i] = call_of(l, i);
	calls_sort(c, c + l->domains, l->domains);
	for (uint32_t i = 0; i < l->domains; i++)
		ordered[i] = l->domain[c[i].contact];
	memcpy(l->domain, ordered, l->domains * sizeof *ordered);
	for (uint32_t i = 0; i < l->domains; i = end) {
		for (end = i + 1; end < l->domains && is_open(&c[end - 1], &c[end]);)
			end++;
		if (end - i > 1)
			qsort_r(l->domain + i, end - i, sizeof *l->domain, domain_order, l);
	}
}

void
lookups_seal(struct lookups *l)
{
	uint32_t at = 0;
	uint64_t kept = 0;

	CHECK(!l->sealed);
	l->sealed = true;
	order_domains(l);
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
