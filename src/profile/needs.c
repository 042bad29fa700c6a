/* SPDX-License-Identifier: Apache-2.0 */
#include "profile/needs.h"

#include <stdlib.h>
#include <string.h>

#define EPHEMERAL 1024 /* a lower port is no caller's */

static bool
is_device(const struct needs_input *in, const struct ip *ip)
{
	for (unsigned i = 0; i < in->devices; i++)
		if (ip_equal(&in->device[i], ip))
			return true;
	return false;
}

static bool
is_ours(const struct needs_input *in, const struct ip *ip)
{
	const struct host *h = hosts_find(in->hosts, ip);

	return h && h->side != HOST_EXTERNAL;
}

static int
compare_text(const struct span *a, const struct span *b)
{
	size_t n = a->len < b->len ? a->len : b->len;
	int c = n ? memcmp(a->at, b->at, n) : 0;

	return c ? c : (a->len > b->len) - (a->len < b->len);
}

static int
rule_order(const void *x, const void *y)
{
	const struct permit *a = x, *b = y;
	int c;

	if (a->from_device != b->from_device)
		return a->from_device ? -1 : 1;
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	if (a->peer != b->peer)
		return a->peer < b->peer ? -1 : 1;
	c = compare_text(&a->text, &b->text);
	if (c == 0)
		c = ip_compare(&a->net.ip, &b->net.ip);
	if (c == 0)
		c = (a->proto > b->proto) - (a->proto < b->proto);
	return c ? c : (a->low > b->low) - (a->low < b->low);
}

/*
 * Of the names that the device has for the address, one that it asked for there,
 * else one whose look-up gave it; the most frequent, the first of equals.
 */
static struct span
name_of(const struct needs_input *in, const struct pair_key *k)
{
	const struct name_link *best = NULL;
	struct span text = { 0 };

	for (size_t s = 0; in->names && s < in->shards; s++) {
		const struct names *ns = in->names[s];
		size_t n;
		const struct name_link *l =
		    ns ? names_at(ns, &k->host, &k->peer, &n) : NULL;

		for (; l && n > 0; n--, l++) {
			bool asked = !(l->how & NAME_LOOKED_UP);
			const char *one = l->name ? names_text(ns, l->name) : NULL;

			if (one == NULL || (l->how & NAME_PROXIED) ||
			    (asked && (l->port != k->port || l->proto != k->proto)))
				continue;
			if (best && !(best->how & NAME_LOOKED_UP) && !asked)
				continue;
			if (best && (asked == !(best->how & NAME_LOOKED_UP)) &&
			    l->n <= best->n)
				continue;
			best = l;
			text = (struct span){ (const uint8_t *)one, strlen(one) };
		}
	}
	return text.len <= PERMIT_TEXT ? text : (struct span){ 0 };
}

static void
describe_peer(const struct needs_input *in, const struct pair_key *k, struct permit *p)
{
	static const char dns[] = "urn:ietf:params:mud:dns",
			  ntp[] = "urn:ietf:params:mud:ntp";
	const struct ip *other = p->from_device ? &k->peer : &k->host;
	bool ours = is_ours(in, other);

	p->family = ip_is_v4(other) ? 4 : 6;
	if (p->from_device && ours && (k->port == 53 || k->port == 123)) {
		p->peer = PERMIT_CONTROLLER;
		p->text = (struct span){ (const uint8_t *)(k->port == 53 ? dns : ntp),
			sizeof dns - 1 };
		return;
	}
	if (p->from_device && !ours)
		p->text = name_of(in, k);
	p->peer = p->text.len > 0 ? PERMIT_NAME : PERMIT_NET;
	if (p->peer == PERMIT_NET)
		p->net = (struct ip_net){ *other, 128 };
}

static int
key_order(const struct pair_key *a, const struct pair_key *b)
{
	int c = ip_compare(&a->host, &b->host);

	if (c == 0)
		c = ip_compare(&a->peer, &b->peer);
	if (c == 0)
		c = (a->port > b->port) - (a->port < b->port);
	return c ? c : (a->proto > b->proto) - (a->proto < b->proto);
}

static bool
is_pair(const struct needs_input *in, const struct pair_key *k)
{
	for (size_t s = 0; s < in->shards; s++) {
		size_t low = 0, high = pairs_count(in->shard[s]);

		while (low < high) {
			size_t mid = low + (high - low) / 2;
			struct pair_key there = pairs_key(in->shard[s], mid);
			int c = key_order(&there, k);

			if (c == 0)
				return true;
			if (c < 0)
				low = mid + 1;
			else
				high = mid;
		}
	}
	return false;
}

/* A flow heard from its middle may be told the wrong way round. */
static bool
is_reversed(const struct needs_input *in, const struct pair_key *k, const struct contact *c,
    size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct pair_key other = { .host = k->peer,
			.peer = k->host,
			.port = c[i].host_port,
			.proto = k->proto };

		if (k->port < EPHEMERAL || !is_pair(in, &other))
			return false;
	}
	return true;
}

static bool
answered(const struct contact *c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!(c[i].flags & CONTACT_FAILED) && (c[i].down > 0 || c[i].down_pkts > 0))
			return true;
	return false;
}

/* Was the pair a call of the device, or one that it answered? */
static bool
needs_pair(const struct needs_input *in, const struct pair_key *k, const struct contact *c,
    size_t n, struct permit *p)
{
	bool from = is_device(in, &k->host), to = is_device(in, &k->peer);

	if (from == to || name_is_key(&k->peer) || ip_scope(&k->peer) == IP_MULTICAST ||
	    (c[0].up_pkts == 0 && c[0].down_pkts > 0))
		return false;
	if ((to && !answered(c, n)) || is_reversed(in, k, c, n))
		return false;
	*p = (struct permit){ .from_device = from,
		.accept = true,
		.device_opens = from,
		.peer_opens = to,
		.proto = k->proto,
		.low = k->port,
		.high = k->port };
	describe_peer(in, k, p);
	return true;
}

static size_t
drop_doubles(struct permit *p, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (kept == 0 || rule_order(&p[kept - 1], &p[i]) != 0)
			p[kept++] = p[i];
	return kept;
}

static void
count_up(struct needs *out, const struct needs_input *in)
{
	for (size_t i = 0; i < out->n; i++) {
		const struct permit *p = &out->rule[i];
		bool outside = p->peer == PERMIT_NET && !is_ours(in, &p->net.ip);

		out->nameless += outside && p->from_device;
		out->strangers += outside && !p->from_device;
	}
}

static enum status
add(struct needs *out, const struct permit *p, struct error *err)
{
	if (out->n == NEEDS_MOST) {
		qsort(out->rule, out->n, sizeof *out->rule, rule_order);
		out->n = drop_doubles(out->rule, out->n);
	}
	if (out->n == NEEDS_MOST)
		return error_set(err, E_LIMIT,
		    "it would need more than %d rules: it has no one purpose", NEEDS_MOST);
	out->rule[out->n++] = *p;
	return OK;
}

enum status
needs_of(struct needs *out, const struct needs_input *in, struct error *err)
{
	struct needs made = { .first_ns = UINT64_MAX };
	enum status st = OK;

	made.rule = calloc(NEEDS_MOST, sizeof *made.rule);
	if (made.rule == NULL)
		return error_set(err, E_NOMEM, "no memory for rules");
	for (size_t s = 0; s < in->shards; s++) {
		const struct pairs *pairs = in->shard[s];

		for (size_t i = 0; st == OK && i < pairs_count(pairs); i++) {
			struct pair_key k = pairs_key(pairs, i);
			const struct contact *c;
			struct permit p;
			size_t n;

			if (!is_device(in, &k.host) && !is_device(in, &k.peer))
				continue;
			c = pairs_contacts(pairs, i, &n);
			if (!needs_pair(in, &k, c, n, &p))
				continue;
			if (c[0].start_ns < made.first_ns)
				made.first_ns = c[0].start_ns;
			if (c[n - 1].start_ns > made.last_ns)
				made.last_ns = c[n - 1].start_ns;
			st = add(&made, &p, err);
		}
	}
	if (st != OK) {
		needs_release(&made);
		return st;
	}
	qsort(made.rule, made.n, sizeof *made.rule, rule_order);
	made.n = drop_doubles(made.rule, made.n);
	count_up(&made, in);
	*out = made;
	return OK;
}

void
needs_release(struct needs *n)
{
	free(n->rule);
	*n = (struct needs){ 0 };
}
