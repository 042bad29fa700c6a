/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names_find.c - a shard's names in order, once there are no more to come.
 */
#include <stdlib.h>
#include <string.h>

#include "profile/names_own.h"

static int
order_ports(const struct name_link *a, const struct name_link *b)
{
	if (a->port != b->port)
		return a->port < b->port ? -1 : 1;
	if (a->proto != b->proto)
		return a->proto < b->proto ? -1 : 1;
	return (a->name_port > b->name_port) - (a->name_port < b->name_port);
}

/* The addresses and names of a host are found by these 64 bits, half of them the host's. */
static uint32_t
half(const struct ip *ip)
{
	uint64_t w[2];

	memcpy(w, ip, sizeof w);
	w[0] = (w[0] ^ w[1] * UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xbf58476d1ce4e5b9);
	return (uint32_t)(w[0] >> 32);
}

static uint64_t
place_of(const struct ip *host, const struct ip *end)
{
	return (uint64_t)half(host) << 32 | half(end);
}

static int
compare_at(const void *a, const void *b, void *state)
{
	const struct name_link *x = a, *y = b;
	const struct names *ns = state;
	int c = ip_compare(&x->host, &y->host);

	if (c == 0)
		c = ip_compare(&x->address, &y->address);
	if (c == 0)
		c = order_ports(x, y);
	return c ? c : ip_compare(&ns->name[x->name].key, &ns->name[y->name].key);
}

static int
compare_by(const void *a, const void *b, void *state)
{
	const struct names *ns = state;
	const struct name_link *x = &ns->link[*(const uint32_t *)a];
	const struct name_link *y = &ns->link[*(const uint32_t *)b];
	int c = ip_compare(&x->host, &y->host);

	if (c == 0)
		c = ip_compare(&ns->name[x->name].key, &ns->name[y->name].key);
	if (c == 0)
		c = ip_compare(&x->address, &y->address);
	return c ? c : order_ports(x, y);
}

static const struct ip *
end_of(const struct names *ns, const struct name_link *l, bool by_name)
{
	return by_name ? &ns->name[l->name].key : &l->address;
}

/*
 * The numbers of links in order of host and address. The table of links, of no use any
 * more, is the room for it: two of its places are as large as one call.
 */
static void
sort_by_address(struct names *ns)
{
	struct call *c = ns->sorted;
	uint64_t kept = 0;

	for (uint32_t i = 0; i < ns->links; i++) {
		const struct name_link *l = &ns->link[i];

		kept += l->n;
		c[i] = (struct call){ .host = half(&l->host),
			.peer = half(&l->address),
			.port = l->port,
			.proto = l->proto,
			.contact = i };
	}
	ns->counters.shed = ns->counters.seen > kept ? ns->counters.seen - kept : 0;
	calls_sort(c, (struct call *)ns->link_slot.at, ns->links);
}

/* The links of each host, which are together already, in order of name. */
static void
sort_by_name(struct names *ns)
{
	struct call *c = ns->sorted, *other = (struct call *)ns->link_slot.at;
	uint32_t end;

	for (uint32_t i = 0; i < ns->links; i = end) {
		uint32_t host = c[i].host;

		for (end = i; end < ns->links && c[end].host == host; end++)
			c[end] = (struct call){ .host = host,
				.peer = half(&ns->name[ns->link[end].name].key),
				.contact = end };
		calls_sort(c + i, other, end - i);
	}
}

/* Link sorted[i].contact goes to i, round by round: each is moved once. */
static void
move_links(struct names *ns)
{
	for (uint32_t i = 0; i < ns->links; i++) {
		struct name_link first = ns->link[i];
		uint32_t to = i;

		while (ns->sorted[to].contact != i) {
			uint32_t from = ns->sorted[to].contact;

			ns->link[to] = ns->link[from];
			ns->sorted[to].contact = to;
			to = from;
		}
		ns->link[to] = first;
		ns->sorted[to].contact = to;
	}
}

/* What has one place is put in order whatever came first. */
static void
order_links(struct names *ns)
{
	uint32_t end;

	for (uint32_t i = 0; i < ns->links; i = end) {
		bool ordered = true;

		for (end = i + 1;
		     end < ns->links && ns->sorted[end].host == ns->sorted[i].host &&
		     ns->sorted[end].peer == ns->sorted[i].peer;
		     end++)
			ordered &= compare_at(&ns->link[end - 1], &ns->link[end], ns) <= 0;
		if (!ordered)
			qsort_r(ns->link + i, end - i, sizeof *ns->link, compare_at, ns);
	}
}

static void
order_names(struct names *ns)
{
	const uint64_t *place = ns->by_place;
	uint32_t end;

	for (uint32_t i = 0; i < ns->links; i = end) {
		bool ordered = true;

		for (end = i + 1; end < ns->links && place[end] == place[i]; end++)
			ordered &=
			    compare_by(&ns->by_name[end - 1], &ns->by_name[end], ns) <= 0;
		if (!ordered)
			qsort_r(
			    ns->by_name + i, end - i, sizeof *ns->by_name, compare_by, ns);
	}
}

/* From here on names are found by key and no longer by text. */
static void
place_keys(struct names *ns)
{
	slots_clear(&ns->name_slot);
	for (uint32_t n = 1; n < ns->names; n++) {
		uint64_t hash = ip_half(&ns->name[n].key, 1);
		size_t i = hash & ns->name_slot.mask;

		while (ns->name_slot.at[i] != 0)
			i = (i + 1) & ns->name_slot.mask;
		ns->name_slot.at[i] = slots_of(hash, n);
	}
}

void
names_seal(struct names *ns)
{
	CHECK(!ns->sealed);
	ns->sealed = true;
	place_keys(ns);
	sort_by_address(ns);
	move_links(ns);
	order_links(ns);
	sort_by_name(ns);
	ns->by_place = (uint64_t *)ns->sorted;
	ns->at_place = ns->by_place + ns->links;
	for (uint32_t i = 0; i < ns->links; i++) {
		struct call c = ns->sorted[i];

		ns->by_name[i] = c.contact;
		ns->by_place[i] = (uint64_t)c.host << 32 | c.peer;
	}
	for (uint32_t i = 0; i < ns->links; i++)
		ns->at_place[i] = place_of(&ns->link[i].host, &ns->link[i].address);
	order_names(ns);
}

const char *
names_text(const struct names *ns, uint32_t name)
{
	CHECK(name < ns->names);
	return ns->text + ns->name[name].text;
}

const char *
names_text_of(const struct names *ns, const struct ip *key)
{
	uint64_t hash = ip_half(key, 1);
	const struct slots *s = &ns->name_slot;

	CHECK(ns->sealed);
	for (size_t i = hash & s->mask; s->at[i] != 0; i = (i + 1) & s->mask) {
		uint32_t n = slots_number(s->at[i]);

		if (slots_alike(s->at[i], hash) && ip_equal(&ns->name[n].key, key))
			return names_text(ns, n);
	}
	return NULL;
}

/* Where (host, end) would come among the links, after them all if `after`. */
static uint32_t
bound(const struct names *ns, const struct ip *host, const struct ip *end, bool by_name,
    bool after)
{
	const uint64_t *places = by_name ? ns->by_place : ns->at_place;
	uint64_t place = place_of(host, end);
	uint32_t low = 0, high = ns->links;

	CHECK(ns->sealed);
	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		int c = (places[mid] > place) - (places[mid] < place);

		if (c == 0) {
			const struct name_link *l =
			    &ns->link[by_name ? ns->by_name[mid] : mid];

			c = ip_compare(&l->host, host);
			if (c == 0)
				c = ip_compare(end_of(ns, l, by_name), end);
		}
		if (c < 0 || (c == 0 && after))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* How many there are from `first` on: mostly none. */
static size_t
run(const struct names *ns, const struct ip *host, const struct ip *end, bool by_name,
    uint32_t first)
{
	const uint64_t *places = by_name ? ns->by_place : ns->at_place;

	if (first == ns->links || places[first] != place_of(host, end))
		return 0;
	return bound(ns, host, end, by_name, true) - first;
}

const struct name_link *
names_at(const struct names *ns, const struct ip *host, const struct ip *address, size_t *n)
{
	uint32_t first = bound(ns, host, address, false, false);

	*n = run(ns, host, address, false, first);
	return ns->link + first;
}

const uint32_t *
names_by(const struct names *ns, const struct ip *host, const struct ip *key, size_t *n)
{
	uint32_t first = bound(ns, host, key, true, false);

	*n = run(ns, host, key, true, first);
	return ns->by_name + first;
}

const struct name_link *
names_link(const struct names *ns, uint32_t i)
{
	CHECK(i < ns->links);
	return &ns->link[i];
}

/* The first of a host's links by name, or of one's whose place is the same. */
static uint32_t
first_of(const struct names *ns, uint32_t host)
{
	uint32_t low = 0, high = ns->links;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (ns->by_place[mid] >> 32 < host)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

uint64_t
names_lookups(const struct names *ns, const struct ip *host)
{
	uint32_t place = half(host), before = 0;
	uint64_t n = 0;

	CHECK(ns->sealed);
	for (uint32_t i = first_of(ns, place);
	     i < ns->links && ns->by_place[i] >> 32 == place; i++) {
		const struct name_link *l = &ns->link[ns->by_name[i]];

		if (!(l->how & NAME_LOOKED_UP) || l->name == before ||
		    !ip_equal(&l->host, host))
			continue;
		before = l->name;
		n++;
	}
	return n;
}
