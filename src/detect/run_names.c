/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_names.c - a server is known by its address and by its names; which of
 * them is the peer, and what is known of the name.
 *
 * Pairs by name lie beside pairs by address, and the same clock may drive both.
 * One of them is told:
 *  - a proxy is no peer: whoever is asked for through it is;
 *  - a name at one address that has no other name is that address;
 *  - else the name is the peer, and an address goes where nothing but the name
 *    is asked for, or where the name's period is its own.
 */
#include <string.h>

#include "detect/run_own.h"

/* An internal address asked for so many names stands for others. */
#define PROXY_NAMES 5
/* Through two names at the least a proxy is told from a server asked in a proxy's way. */
#define PROXY_NAMES_TOLD 2

/* Addresses of one name that are looked at. */
#define PLACES_MOST 256

static const struct names *
names_of(const struct run *run, size_t shard)
{
	return run->input->names ? run->input->names[shard] : NULL;
}

static bool
was_asked(const struct name_link *l)
{
	return (l->how & (NAME_HTTP | NAME_TLS)) != 0;
}

/* What was asked for at one service of an address. */
struct asked {
	uint64_t named, unnamed;
	uint32_t names, proxied_names; /* different ones */
	const struct name_link *most;  /* the name asked for most often; NULL: none */
};

static struct asked
asked_at(const struct names *ns, const struct ip *host, const struct ip *address,
    uint16_t port, uint8_t proto)
{
	size_t n;
	const struct name_link *l = names_at(ns, host, address, &n);
	struct asked a = { 0 };

	for (size_t i = 0; i < n; i++, l++) {
		if (!was_asked(l) || l->port != port || l->proto != proto)
			continue;
		if (l->name == 0) {
			a.unnamed += l->n;
			continue;
		}
		a.named += l->n;
		a.names++;
		a.proxied_names += (l->how & NAME_PROXIED) != 0;
		if (a.most == NULL || l->n > a.most->n)
			a.most = l;
	}
	return a;
}

static bool
is_proxy(const struct run *run, const struct names *ns, const struct ip *host,
    const struct ip *address, uint16_t port, uint8_t proto)
{
	struct asked a = asked_at(ns, host, address, port, proto);
	bool ours = run_side(run, address) == SIDE_INTERNAL;

	return a.proxied_names >= PROXY_NAMES_TOLD || (ours && a.proxied_names > 0) ||
	       (ours && a.names >= PROXY_NAMES);
}

static int
compare_keys(const struct pair_key *a, const struct pair_key *b)
{
	int c = ip_compare(&a->host, &b->host);

	if (c == 0)
		c = ip_compare(&a->peer, &b->peer);
	if (c == 0)
		c = (a->port > b->port) - (a->port < b->port);
	return c ? c : (a->proto > b->proto) - (a->proto < b->proto);
}

/* The hit of a pair, in the shard of hit `of`; NULL: it has no rhythm. */
static struct hit *
hit_of(const struct run *run, const struct hit *of, const struct pair_key *key)
{
	size_t low = 0, high = run->hits;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		struct hit *h = &run->hit[mid];
		struct pair_key k;
		int c = (h->shard > of->shard) - (h->shard < of->shard);

		if (c == 0) {
			k = pairs_key(run->input->shard[h->shard], h->pair);
			c = compare_keys(&k, key);
		}
		if (c == 0)
			return h;
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

static bool
near(const struct hit *a, const struct hit *b)
{
	uint64_t low = a->gap_ns[1] < b->gap_ns[1] ? a->gap_ns[1] : b->gap_ns[1];
	uint64_t high = a->gap_ns[1] < b->gap_ns[1] ? b->gap_ns[1] : a->gap_ns[1];

	return high - low <= low / 16;
}

/* One place where a name is asked for. */
struct place {
	struct pair_key key;
	bool proxy, told; /* told: asked in a proxy's way */
};

static size_t
places_of(const struct run *run, const struct names *ns, const struct pair_key *key,
    struct place place[static PLACES_MOST])
{
	size_t n, places = 0;
	const uint32_t *at = names_by(ns, &key->host, &key->peer, &n);

	for (size_t i = 0; i < n && places < PLACES_MOST; i++) {
		const struct name_link *l = names_link(ns, at[i]);
		struct place *p = &place[places];

		if (!was_asked(l) || l->name_port != key->port || l->proto != key->proto)
			continue;
		p->key = (struct pair_key){ .host = key->host,
			.peer = l->address,
			.port = l->port,
			.proto = l->proto };
		p->told = (l->how & NAME_PROXIED) != 0;
		p->proxy = is_proxy(run, ns, &key->host, &l->address, l->port, l->proto);
		places++;
	}
	return places;
}

/* The name, and the addresses where it is asked for. */
static void
weigh_name(struct run *run, const struct names *ns, size_t i, bool *drop)
{
	struct hit *h = &run->hit[i];
	struct pair_key key = pairs_key(run->input->shard[h->shard], h->pair);
	struct place place[PLACES_MOST];
	size_t n = places_of(run, ns, &key, place), through = 0;

	for (size_t k = 0; k < n; k++) /* handshakes within what a proxy was asked for */
		through +=
		    place[k].proxy && !place[k].told && place[k].key.port == key.port;
	if (names_text_of(ns, &key.peer) == NULL) {
		drop[i] = true;
		return;
	}
	if (n > 0 && through == n) {
		for (size_t k = 0; k < n; k++)
			drop[i] |= asked_at(ns, &key.host, &place[k].key.peer,
				       place[k].key.port, place[k].key.proto)
				       .proxied_names > 0;
		return;
	}
	for (size_t k = 0; k < n; k++) {
		struct hit *of = place[k].proxy ? NULL : hit_of(run, h, &place[k].key);
		struct asked a;

		if (of == NULL)
			continue;
		a = asked_at(ns, &key.host, &place[k].key.peer, place[k].key.port,
		    place[k].key.proto);
		if (n == 1 && a.names == 1 && a.unnamed == 0)
			drop[i] = true;
		else if ((a.names == 1 && a.unnamed == 0) || near(h, of))
			drop[of - run->hit] = true;
	}
}

enum status
run_names(struct run *run, struct error *err)
{
	bool *drop = arena_array(&run->arena, run->hits + 1, bool);
	size_t kept = 0;

	if (drop == NULL)
		return error_set(err, E_NOMEM, "no memory for %zu names", run->hits);
	memset(drop, 0, run->hits + 1);
	for (size_t i = 0; run->input->names && i < run->hits; i++) {
		const struct names *ns = run->input->names[run->hit[i].shard];
		struct pair_key key =
		    pairs_key(run->input->shard[run->hit[i].shard], run->hit[i].pair);

		if (name_is_key(&key.peer))
			weigh_name(run, ns, i, drop);
		else if (is_proxy(run, ns, &key.host, &key.peer, key.port, key.proto))
			drop[i] = true;
	}
	for (size_t i = 0; i < run->hits; i++)
		if (!drop[i])
			run->hit[kept++] = run->hit[i];
	run->hits = kept;
	return OK;
}

/* A name that only a network of one's own gives: one label, or a special one (RFC 6761, 6762, 8375). */
static bool
is_local_name(const char *name)
{
	static const char *const ends[] = { ".local", ".localhost", ".home.arpa",
		".internal", ".lan", ".intranet", ".corp", ".home", ".localdomain" };
	size_t len = strlen(name);

	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		size_t n = strlen(ends[i]);

		if (len > n && strcmp(name + len - n, ends[i]) == 0)
			return true;
	}
	return strchr(name, '.') == NULL;
}

/* Where the name is: at an address of ours, or one that a look-up gave is. */
static enum side
side_of_name(const struct run *run, const struct names *ns, const struct pair_key *key,
    const char *text)
{
	size_t n;
	const uint32_t *at = names_by(ns, &key->host, &key->peer, &n);

	for (size_t i = 0; i < n; i++) {
		const struct name_link *l = names_link(ns, at[i]);

		if (run_side(run, &l->address) == SIDE_INTERNAL &&
		    (!was_asked(l) ||
			!is_proxy(run, ns, &key->host, &l->address, l->port, l->proto)))
			return SIDE_INTERNAL;
	}
	return is_local_name(text) ? SIDE_INTERNAL : SIDE_EXTERNAL;
}

static void
set_name(struct context *c, const char *text)
{
	size_t n = strlen(text);

	CHECK(n < sizeof c->name);
	memcpy(c->name, text, n + 1);
}

static void
about_name(const struct run *run, const struct names *ns, const struct pair_key *key,
    struct context *c)
{
	size_t n;
	const uint32_t *at = names_by(ns, &key->host, &key->peer, &n);
	const char *text = names_text_of(ns, &key->peer);
	struct ip before = { 0 };

	CHECK(text != NULL);
	set_name(c, text);
	for (size_t i = 0; i < n; i++) {
		const struct name_link *l = names_link(ns, at[i]);

		if (!was_asked(l) || l->name_port != key->port || l->proto != key->proto)
			continue;
		c->names += !ip_equal(&before, &l->address);
		before = l->address;
		c->named += l->n;
		if (is_proxy(run, ns, &key->host, &l->address, l->port, l->proto))
			c->proxied += l->n;
	}
	c->peer_side = side_of_name(run, ns, key, text);
}

static void
about_address(const struct names *ns, const struct pair_key *key, struct context *c)
{
	size_t n;
	const struct name_link *l = names_at(ns, &key->host, &key->peer, &n);
	struct asked a = asked_at(ns, &key->host, &key->peer, key->port, key->proto);
	const struct name_link *best = a.most;

	c->names = a.names;
	c->named = a.named;
	c->unnamed = a.unnamed;
	for (size_t i = 0; a.names == 0 && i < n; i++) {
		if (!(l[i].how & NAME_LOOKED_UP))
			continue;
		c->names++;
		if (best == NULL || l[i].n > best->n)
			best = &l[i];
	}
	if (best)
		set_name(c, names_text(ns, best->name));
}

void
run_name(const struct run *run, size_t shard, const struct pair_key *key, struct context *c)
{
	const struct names *ns = names_of(run, shard);

	if (ns == NULL)
		return;
	c->lookups = names_lookups(ns, &key->host);
	if (name_is_key(&key->peer))
		about_name(run, ns, key, c);
	else
		about_address(ns, key, c);
}
