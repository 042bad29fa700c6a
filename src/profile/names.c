/* SPDX-License-Identifier: Apache-2.0 */
#include "profile/names.h"

#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/digest.h"
#include "profile/slots.h"

/* What one name is counted to take, with its text and two links. */
#define NAME_COST 288
#define TEXT_EACH 40
#define LEVELS    64

struct name {
	uint64_t hash; /* XXH3 of the text */
	struct ip key;
	uint32_t text; /* where it begins */
	uint32_t len;
};

struct names {
	struct name *name; /* 0: nobody */
	uint32_t names, names_most;
	char *text;
	size_t used, used_most;
	struct name_link *link;
	uint32_t links, links_most;
	struct slots name_slot, link_slot;
	unsigned level;    /* of shedding: so many leading zero bits */
	uint32_t *by_key;  /* sealed: names in order of key */
	uint32_t *by_name; /* sealed: links by host, key of the name, and the rest */
	bool sealed;
	struct names_counters counters;
	struct reserve reserve;
};

size_t
name_clean(struct span s, char out[static NAME_TEXT])
{
	size_t n = s.len < TRAIT_NAME ? s.len : TRAIT_NAME;

	while (n > 0 && s.at[n - 1] == '.')
		n--;
	for (size_t i = 0; i < n; i++) {
		uint8_t c = s.at[i];

		if (c >= 'A' && c <= 'Z')
			c |= 0x20;
		out[i] = c > ' ' && c < 0x7f ? (char)c : '?';
	}
	out[n] = '\0';
	return n;
}

struct ip
name_key(struct span clean)
{
	struct digest d = digest_of(clean);
	struct ip key = { .b = { 1 } };

	memcpy(key.b + 1, d.b, sizeof key.b - 1);
	return key;
}

static void
lay_out(struct names *ns)
{
	struct reserve *r = &ns->reserve;

	ns->name = reserve_take(r, ns->names_most + 1, sizeof *ns->name);
	ns->text = reserve_take(r, ns->used_most, 1);
	ns->link = reserve_take(r, ns->links_most, sizeof *ns->link);
	slots_take(&ns->name_slot, r, ns->names_most + 1);
	slots_take(&ns->link_slot, r, ns->links_most);
	ns->by_key = reserve_take(r, ns->names_most + 1, sizeof *ns->by_key);
	ns->by_name = reserve_take(r, ns->links_most, sizeof *ns->by_name);
}

enum status
names_new(struct names **out, size_t memory, struct error *err)
{
	struct names *ns = calloc(1, sizeof *ns);
	size_t most = memory / NAME_COST;

	if (ns == NULL)
		return error_set(err, E_NOMEM, "no memory for names");
	most = most < UINT32_MAX / 4 ? most : UINT32_MAX / 4;
	ns->names_most = (uint32_t)most;
	ns->links_most = 2 * ns->names_most;
	ns->used_most = most * TEXT_EACH;
	lay_out(ns);
	if (!reserve_open(&ns->reserve)) {
		free(ns);
		return error_set(err, E_NOMEM, "no address space for names");
	}
	lay_out(ns);
	ns->names = 1; /* number 0 is nobody */
	*out = ns;
	return OK;
}

void
names_free(struct names *ns)
{
	if (ns == NULL)
		return;
	reserve_close(&ns->reserve);
	free(ns);
}

static bool
stays(const struct names *ns, uint64_t hash)
{
	return ns->level == 0 || (ns->level < LEVELS && hash >> (64 - ns->level) == 0);
}

static uint32_t
find_name(const struct names *ns, uint64_t hash, const char *text, size_t len, size_t *slot)
{
	const struct slots *s = &ns->name_slot;
	size_t i = hash & s->mask;

	for (; s->at[i] != 0; i = (i + 1) & s->mask) {
		const struct name *n = &ns->name[slots_number(s->at[i])];

		if (slots_alike(s->at[i], hash) && n->hash == hash && n->len == len &&
		    memcmp(ns->text + n->text, text, len) == 0)
			break;
	}
	*slot = i;
	return s->at[i] ? slots_number(s->at[i]) : 0;
}

static uint64_t
link_hash(const struct name_link *l, uint64_t name_hash)
{
	uint8_t b[48] = { 0 };

	memcpy(b, l->host.b, 16);
	memcpy(b + 16, l->address.b, 16);
	memcpy(b + 32, &name_hash, sizeof name_hash);
	b[40] = (uint8_t)(l->port >> 8);
	b[41] = (uint8_t)l->port;
	b[42] = (uint8_t)(l->name_port >> 8);
	b[43] = (uint8_t)l->name_port;
	b[44] = l->proto;
	return XXH3_64bits(b, sizeof b);
}

static bool
same_link(const struct name_link *a, const struct name_link *b)
{
	return a->name == b->name && a->port == b->port && a->proto == b->proto &&
	       a->name_port == b->name_port && ip_equal(&a->host, &b->host) &&
	       ip_equal(&a->address, &b->address);
}

static size_t
link_place(const struct names *ns, const struct name_link *l, uint64_t hash)
{
	const struct slots *s = &ns->link_slot;
	size_t i = hash & s->mask;

	while (s->at[i] != 0 && !(slots_alike(s->at[i], hash) &&
				    same_link(&ns->link[slots_number(s->at[i])], l)))
		i = (i + 1) & s->mask;
	return i;
}

static void
place_link(struct names *ns, uint32_t i)
{
	const struct name_link *l = &ns->link[i];
	uint64_t hash = link_hash(l, ns->name[l->name].hash);

	ns->link_slot.at[link_place(ns, l, hash)] = slots_of(hash, i);
}

/* Twice the places, once names or links have filled half of theirs. */
static void
make_places(struct names *ns)
{
	if (slots_crowded(&ns->name_slot, ns->names)) {
		slots_double(&ns->name_slot);
		for (uint32_t i = 1; i < ns->names; i++) {
			const struct name *n = &ns->name[i];
			size_t slot;

			(void)find_name(ns, n->hash, ns->text + n->text, n->len, &slot);
			ns->name_slot.at[slot] = slots_of(n->hash, i);
		}
	}
	if (slots_crowded(&ns->link_slot, ns->links)) {
		slots_double(&ns->link_slot);
		for (uint32_t i = 0; i < ns->links; i++)
			place_link(ns, i);
	}
}

/* Links to nobody go by their own hash, as else they would never go. */
static bool
link_stays(const struct names *ns, const struct name_link *l)
{
	if (l->name != 0)
		return stays(ns, ns->name[l->name].hash);
	return stays(ns, link_hash(l, 0));
}

/* One more zero bit: what does not stay goes, the rest moves up. */
static void
raise_level(struct names *ns)
{
	uint32_t names = 1, links = 0;
	uint32_t *moved = ns->by_key;
	size_t used = 0;

	ns->level++;
	moved[0] = 0;
	slots_clear(&ns->name_slot);
	slots_clear(&ns->link_slot);
	for (uint32_t i = 0; i < ns->links; i++)
		if (link_stays(ns, &ns->link[i]))
			ns->link[links++] = ns->link[i];
	for (uint32_t i = 1; i < ns->names; i++) {
		struct name n = ns->name[i];
		size_t slot;

		moved[i] = 0;
		if (!stays(ns, n.hash))
			continue;
		memmove(ns->text + used, ns->text + n.text, n.len + 1);
		n.text = (uint32_t)used;
		used += n.len + 1;
		(void)find_name(ns, n.hash, ns->text + n.text, n.len, &slot);
		moved[i] = names;
		ns->name_slot.at[slot] = slots_of(n.hash, names);
		ns->name[names++] = n;
	}
	ns->names = names;
	ns->used = used;
	ns->links = links;
	for (uint32_t i = 0; i < links; i++) {
		ns->link[i].name = moved[ns->link[i].name];
		place_link(ns, i);
	}
}

/* A name as it is compared and shown, "": nobody was named. */
struct clean {
	uint64_t hash;
	size_t len;
	char text[NAME_TEXT];
};

static void
clean(struct clean *c, struct span name)
{
	c->len = name_clean(name, c->text);
	c->hash = XXH3_64bits(c->text, c->len);
}

/* The number of a name, 0 when it is one of those that go. */
static uint32_t
number_of(struct names *ns, const struct clean *c)
{
	struct name *n;
	size_t slot;
	uint32_t at;

	for (;;) {
		if (!stays(ns, c->hash))
			return 0;
		at = find_name(ns, c->hash, c->text, c->len, &slot);
		if (at != 0)
			return at;
		if (ns->names <= ns->names_most && ns->used + c->len + 1 <= ns->used_most)
			break;
		raise_level(ns);
	}
	at = ns->names++;
	n = &ns->name[at];
	n->hash = c->hash;
	n->key = name_key((struct span){ (const uint8_t *)c->text, c->len });
	n->text = (uint32_t)ns->used;
	n->len = (uint32_t)c->len;
	memcpy(ns->text + ns->used, c->text, c->len + 1);
	ns->used += c->len + 1;
	ns->name_slot.at[slot] = slots_of(c->hash, at);
	return at;
}

static void
add_link(struct names *ns, struct name_link *l, const struct clean *c)
{
	struct name_link *kept;
	uint64_t hash;
	size_t slot;

	ns->counters.seen++;
	for (;;) {
		l->name = c->len > 0 ? number_of(ns, c) : 0;
		if ((c->len > 0 && l->name == 0) || !link_stays(ns, l))
			return;
		hash = link_hash(l, ns->name[l->name].hash);
		slot = link_place(ns, l, hash);
		if (ns->link_slot.at[slot] != 0 || ns->links < ns->links_most)
			break;
		raise_level(ns);
	}
	if (ns->link_slot.at[slot] == 0) {
		ns->link_slot.at[slot] = slots_of(hash, ns->links);
		ns->link[ns->links++] = *l;
	}
	kept = &ns->link[slots_number(ns->link_slot.at[slot])];
	kept->how |= l->how;
	kept->n += kept->n != UINT32_MAX;
	make_places(ns);
}

void
names_learn(struct names *ns, const struct name_link *link, const char *text)
{
	struct name_link l = *link;
	struct clean c;

	CHECK(!ns->sealed);
	l.n = 0;
	clean(&c, (struct span){ (const uint8_t *)text, strlen(text) });
	add_link(ns, &l, &c);
}

static enum service
service_of(const struct trait *t)
{
	switch ((enum trait_kind)t->kind) {
	case TRAIT_DNS:
		return SERVICE_DNS;
	case TRAIT_HTTP:
		return SERVICE_HTTP;
	case TRAIT_TLS:
		return t->tls.flags & TRAIT_TLS_QUIC ? SERVICE_QUIC : SERVICE_TLS;
	case TRAIT_SSH:
		return SERVICE_SSH;
	case TRAIT_NTP:
		return SERVICE_NTP;
	case TRAIT_DHCP:
		return SERVICE_DHCP;
	case TRAIT_FILE:
	case TRAIT_ECHO:
	case TRAIT_KIND_COUNT:
		break;
	}
	return SERVICE_NONE;
}

/* The contact that a request is. */
static struct flow
request_of(const struct trait *t)
{
	struct flow f = { .first_ns = t->time_ns,
		.last_ns = t->time_ns,
		.orig = t->orig,
		.resp = t->resp,
		.orig_port = t->orig_port,
		.resp_port = t->resp_port,
		.proto = t->proto,
		.service = (uint8_t)service_of(t),
		.source = t->source,
		.where = t->where };

	if (t->kind == TRAIT_HTTP) {
		f.orig_bytes = t->http.request_len;
		f.resp_bytes = t->http.response_len;
	}
	if (t->kind == TRAIT_SSH && t->ssh.auth == TRAIT_NO)
		f.state = CONN_REJ; /* asked, and not let in */
	return f;
}

/* Multicast DNS, LLMNR and NetBIOS: neighbours shouting their own names. */
static bool
is_shouting(const struct trait *t)
{
	return t->resp_port == 5353 || t->resp_port == 5355 || t->resp_port == 137;
}

static void
see_dns(struct names *ns, const struct trait *t)
{
	const struct trait_dns *d = &t->dns;
	struct clean name;

	if (ns == NULL || is_shouting(t) || !d->answered || d->rcode != 0)
		return;
	clean(&name, d->query);
	if (name.len == 0)
		return;
	for (unsigned i = 0; i < d->answers; i++) {
		struct name_link l = { .host = t->orig,
			.address = d->answer[i].address,
			.how = NAME_LOOKED_UP };

		if (d->answer[i].is_address)
			add_link(ns, &l, &name);
	}
}

/* Asked for a name, a bare address, or nothing. */
static void
see_asked(struct names *ns, struct pairs *ps, const struct trait *t, struct span name,
    enum name_how how)
{
	struct name_link l = { .host = t->orig,
		.address = t->resp,
		.port = t->resp_port,
		.name_port = names_port(t),
		.proto = t->proto,
		.how = (uint8_t)how };
	struct flow f = request_of(t);
	struct clean c;
	struct ip literal;

	clean(&c, name);
	f.resp_port = l.name_port;
	if (ip_parse((struct span){ (const uint8_t *)c.text, c.len }, &literal)) {
		c.len = 0;
		if ((how & NAME_PROXIED) &&
		    (!ip_equal(&literal, &t->resp) || l.name_port != t->resp_port)) {
			/* The address asked for is the peer. */
			f.resp = literal;
			pairs_ask(ps, &f);
		}
	}
	if (ns != NULL)
		add_link(ns, &l, &c);
	if (c.len > 0) {
		/* A name that is kept has its key, which is dear to make. */
		f.resp = l.name != 0
			     ? ns->name[l.name].key
			     : name_key((struct span){ (const uint8_t *)c.text, c.len });
		pairs_ask(ps, &f);
	}
}

/* The parts of the tables where a link and its name would be. */
static void
warm_link(const struct names *ns, const struct name_link *l, uint64_t hash, bool deep)
{
	uint64_t of_link = link_hash(l, hash);

	if (!deep) {
		__builtin_prefetch(&ns->name_slot.at[hash & ns->name_slot.mask]);
		__builtin_prefetch(&ns->link_slot.at[of_link & ns->link_slot.mask]);
		return;
	}
	__builtin_prefetch(&ns->name[slots_guess(&ns->name_slot, hash, 0)]);
	__builtin_prefetch(&ns->link[slots_guess(&ns->link_slot, of_link, ns->links)], 1);
}

void
names_warm(const struct names *ns, const struct trait *t, bool deep)
{
	struct name_link l = { .host = t->orig };
	struct span name = { 0 };
	struct clean c;

	if (t->kind == TRAIT_DNS)
		name = t->dns.query;
	else if (t->kind == TRAIT_TLS)
		name = t->tls.server_name;
	else if (t->kind == TRAIT_HTTP)
		name = t->http.host;
	clean(&c, name);
	if (c.len == 0)
		return;
	if (t->kind == TRAIT_DNS) {
		for (unsigned i = 0; i < t->dns.answers; i++) {
			l.address = t->dns.answer[i].address;
			if (t->dns.answer[i].is_address)
				warm_link(ns, &l, c.hash, deep);
		}
		return;
	}
	l.address = t->resp;
	l.port = t->resp_port;
	l.name_port = names_port(t);
	l.proto = t->proto;
	warm_link(ns, &l, c.hash, deep);
}

uint16_t
names_port(const struct trait *t)
{
	if (t->kind == TRAIT_HTTP && t->http.proxied && t->http.port != 0)
		return t->http.port;
	return t->resp_port;
}

/* A file goes through what was asked for already; a clock's answer and a ping ask nobody. */
static bool
is_asking(const struct trait *t)
{
	if (t->kind == TRAIT_NTP)
		return t->ntp.mode == TRAIT_NTP_CLIENT || t->ntp.mode == TRAIT_NTP_ACTIVE ||
		       t->ntp.mode == 0;
	return t->kind != TRAIT_FILE && t->kind != TRAIT_ECHO;
}

void
names_see(struct names *ns, struct pairs *ps, const struct trait *t)
{
	struct flow f = request_of(t);
	const struct trait_http *h = &t->http;

	if (!is_asking(t))
		return;
	pairs_ask(ps, &f);
	if (t->kind == TRAIT_DNS)
		see_dns(ns, t);
	if (t->kind == TRAIT_TLS)
		see_asked(ns, ps, t, t->tls.server_name, NAME_TLS);
	if (t->kind == TRAIT_HTTP)
		see_asked(
		    ns, ps, t, h->host, h->proxied ? NAME_HTTP | NAME_PROXIED : NAME_HTTP);
}

static int
order_ports(const struct name_link *a, const struct name_link *b)
{
	if (a->port != b->port)
		return a->port < b->port ? -1 : 1;
	if (a->proto != b->proto)
		return a->proto < b->proto ? -1 : 1;
	return (a->name_port > b->name_port) - (a->name_port < b->name_port);
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

static int
compare_key(const void *a, const void *b, void *state)
{
	const struct names *ns = state;

	return ip_compare(
	    &ns->name[*(const uint32_t *)a].key, &ns->name[*(const uint32_t *)b].key);
}

void
names_seal(struct names *ns)
{
	uint64_t kept = 0;

	CHECK(!ns->sealed);
	ns->sealed = true;
	for (uint32_t i = 0; i < ns->links; i++) {
		kept += ns->link[i].n;
		ns->by_name[i] = i;
	}
	ns->counters.shed = ns->counters.seen > kept ? ns->counters.seen - kept : 0;
	for (uint32_t i = 0; i < ns->names; i++)
		ns->by_key[i] = i;
	qsort_r(ns->by_key, ns->names, sizeof *ns->by_key, compare_key, ns);
	if (ns->links == 0)
		return;
	qsort_r(ns->link, ns->links, sizeof *ns->link, compare_at, ns);
	qsort_r(ns->by_name, ns->links, sizeof *ns->by_name, compare_by, ns);
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
	uint32_t low = 1, high = ns->names; /* nobody's key is all zeros, the first */

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		int c = ip_compare(key, &ns->name[ns->by_key[mid]].key);

		if (c == 0)
			return names_text(ns, ns->by_key[mid]);
		if (c < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

/* Where (host, end) would come among the links, after them all if `after`. */
static uint32_t
bound(const struct names *ns, const struct ip *host, const struct ip *end, bool by_name,
    bool after)
{
	uint32_t low = 0, high = ns->links;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		const struct name_link *l = &ns->link[by_name ? ns->by_name[mid] : mid];
		int c = ip_compare(&l->host, host);

		if (c == 0)
			c = ip_compare(by_name ? &ns->name[l->name].key : &l->address, end);
		if (c < 0 || (c == 0 && after))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const struct name_link *
names_at(const struct names *ns, const struct ip *host, const struct ip *address, size_t *n)
{
	uint32_t first = bound(ns, host, address, false, false);

	CHECK(ns->sealed);
	*n = bound(ns, host, address, false, true) - first;
	return ns->link + first;
}

const uint32_t *
names_by(const struct names *ns, const struct ip *host, const struct ip *key, size_t *n)
{
	uint32_t first = bound(ns, host, key, true, false);

	CHECK(ns->sealed);
	*n = bound(ns, host, key, true, true) - first;
	return ns->by_name + first;
}

const struct name_link *
names_link(const struct names *ns, uint32_t i)
{
	CHECK(i < ns->links);
	return &ns->link[i];
}

uint64_t
names_lookups(const struct names *ns, const struct ip *host)
{
	static const struct ip none, most = { { 255, 255, 255, 255, 255, 255, 255, 255, 255,
					 255, 255, 255, 255, 255, 255, 255 } };
	uint32_t end = bound(ns, host, &most, true, true), before = 0;
	uint64_t n = 0;

	for (uint32_t i = bound(ns, host, &none, true, false); i < end; i++) {
		const struct name_link *l = &ns->link[ns->by_name[i]];

		if (!(l->how & NAME_LOOKED_UP) || l->name == before)
			continue;
		before = l->name;
		n++;
	}
	return n;
}

const struct names_counters *
names_counters(const struct names *ns)
{
	return &ns->counters;
}
