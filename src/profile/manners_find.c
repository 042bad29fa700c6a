/* SPDX-License-Identifier: Apache-2.0 */
/*
 * manners_find.c - a shard's manners in order, once there are no more to come.
 */
#include <stdlib.h>

#include "profile/manners_own.h"

static int
order_place(const struct manner *a, const struct manner *b)
{
	int c = ip_compare(&a->host, &b->host);

	if (c == 0)
		c = ip_compare(&a->peer, &b->peer);
	if (c == 0)
		c = (a->port > b->port) - (a->port < b->port);
	if (c == 0)
		c = (a->proto > b->proto) - (a->proto < b->proto);
	return c ? c : (a->kind > b->kind) - (a->kind < b->kind);
}

static int
by_host(const void *x, const void *y, void *state)
{
	const struct manners *m = state;

	return order_place(&m->at[*(const uint32_t *)x], &m->at[*(const uint32_t *)y]);
}

static struct call
call_of(const struct manner *m, uint32_t i)
{
	enum call_family host = call_family_of(&m->host), peer = call_family_of(&m->peer);

	return (struct call){ .host = call_word_of(&m->host, host),
		.peer = call_word_of(&m->peer, peer),
		.port = m->port,
		.proto = m->proto,
		.family = (uint8_t)(host << 4 | peer),
		.contact = i };
}

/* Does what calls tell leave open which of two manners comes first? */
static bool
is_open(const struct call *a, const struct call *b)
{
	if (!call_same_host(a, b))
		return false;
	if (a->family >> 4 != CALL_V4)
		return true;
	if (a->family != b->family || a->peer != b->peer)
		return false;
	return (a->family & 15) != CALL_V4 || call_same_pair(a, b);
}

static void
order_places(struct manners *m)
{
	const struct call *c = m->order;
	uint32_t end;

	for (uint32_t i = 0; i < m->n; i++)
		m->order[i] = call_of(&m->at[i], i);
	calls_sort(m->order, m->other, m->n);
	for (uint32_t i = 0; i < m->n; i++)
		m->by_host[i] = c[i].contact;
	for (uint32_t i = 0; i < m->n; i = end) {
		for (end = i + 1; end < m->n && is_open(&c[end - 1], &c[end]);)
			end++;
		if (end - i > 1)
			qsort_r(m->by_host + i, end - i, sizeof *m->by_host, by_host, m);
	}
}

/* In order of host: a fingerprint stands for host and peer, a host's number for the contact. */
static uint32_t
prints_of(struct manners *m, struct call *c)
{
	const struct manner *before = NULL;
	uint32_t n = 0;

	for (uint32_t i = 0; i < m->n; i++) {
		const struct manner *one = &m->at[m->by_host[i]];

		if (one->print == 0)
			continue;
		m->speakers += before == NULL || !ip_equal(&before->host, &one->host);
		before = one;
		c[n++] = (struct call){ .host = (uint32_t)(one->print >> 32),
			.peer = (uint32_t)one->print,
			.contact = (uint32_t)m->speakers };
	}
	return n;
}

static void
count_prints(struct manners *m)
{
	struct call *c = m->order;
	uint32_t all = prints_of(m, c), n = 0;

	calls_sort(c, m->other, all);
	for (uint32_t i = 0; i < all; i++) {
		if (i == 0 || !call_same_pair(&c[i - 1], &c[i]))
			m->print[n++] =
			    (struct print){ (uint64_t)c[i].host << 32 | c[i].peer, 1 };
		else
			m->print[n - 1].hosts += c[i - 1].contact != c[i].contact;
	}
	m->prints = n;
}

void
manners_seal(struct manners *m)
{
	CHECK(!m->sealed);
	m->sealed = true;
	order_places(m);
	count_prints(m);
}

const struct manner *
manners_of(const struct manners *m, enum manner_kind kind, const struct ip *host,
    const struct ip *peer, uint16_t port, uint8_t proto)
{
	struct manner key = { .host = *host,
		.peer = *peer,
		.port = port,
		.proto = proto,
		.kind = (uint8_t)kind };
	size_t i;

	if (m->n == 0) /* logs of flows alone tell nothing of manners */
		return NULL;
	i = manners_slot(m, &key, manners_hash(&key));
	return m->slot.at[i] ? &m->at[slots_number(m->slot.at[i])] : NULL;
}

const struct manner *
manners_at(const struct manners *m, uint32_t i)
{
	return &m->at[i];
}

const uint32_t *
manners_all(const struct manners *m, size_t *n)
{
	CHECK(m->sealed);
	*n = m->n;
	return m->by_host;
}

const uint32_t *
manners_host(const struct manners *m, const struct ip *host, size_t *n)
{
	size_t low = 0, high = m->n, end;

	CHECK(m->sealed);
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (ip_compare(&m->at[m->by_host[mid]].host, host) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	for (end = low; end < m->n && ip_equal(&m->at[m->by_host[end]].host, host);)
		end++;
	*n = end - low;
	return m->by_host + low;
}

uint64_t
manners_speakers(const struct manners *m)
{
	return m->speakers;
}

uint64_t
manners_print_hosts(const struct manners *m, uint64_t print)
{
	size_t low = 0, high = m->prints;

	CHECK(m->sealed);
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (m->print[mid].print < print)
			low = mid + 1;
		else
			high = mid;
	}
	return low < m->prints && m->print[low].print == print ? m->print[low].hosts : 0;
}

void
manners_print_servers(const struct manners *m, const struct ip *host, uint64_t print,
    uint64_t *with, uint64_t *others)
{
	const struct ip *before[2] = { NULL, NULL };
	uint64_t count[2] = { 0, 0 };
	size_t n;
	const uint32_t *at = manners_host(m, host, &n);

	for (size_t i = 0; i < n; i++) {
		const struct manner *one = &m->at[at[i]];
		int which = one->print == print ? 0 : 1;

		if (one->print == 0)
			continue;
		count[which] +=
		    before[which] == NULL || !ip_equal(before[which], &one->peer);
		before[which] = &one->peer;
	}
	*with = count[0];
	*others = count[1];
}
