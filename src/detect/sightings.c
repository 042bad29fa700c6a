/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/sightings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "detect/weights.h"
#include "profile/names.h"

struct sighting {
	struct ip host, peer;
	uint16_t port; /* RESOLVED: 0, any */
	uint8_t proto; /* RESOLVED: 0 */
	uint8_t how;
	int32_t weight_mb;
	uint64_t until_ns;
	const struct indicator_list *list;
	char text[INDICATOR_KEY + 24];
};

struct sightings {
	const struct indicators *set;
	struct sighting *at;
	size_t n, room, most;
	bool sealed;
	uint64_t shed;
};

enum status
sightings_new(
    struct sightings **out, const struct indicators *set, size_t memory, struct error *err)
{
	struct sightings *s = calloc(1, sizeof *s);

	if (s == NULL)
		return error_set(err, E_NOMEM, "no memory for sightings");
	s->set = set;
	s->most = memory / sizeof *s->at;
	*out = s;
	return OK;
}

void
sightings_free(struct sightings *s)
{
	if (s == NULL)
		return;
	free(s->at);
	free(s);
}

uint64_t
sightings_shed(const struct sightings *s)
{
	return s->shed;
}

static int
order_place(const struct sighting *x, const struct sighting *y)
{
	int c = ip_compare(&x->host, &y->host);

	if (c == 0)
		c = ip_compare(&x->peer, &y->peer);
	if (c == 0)
		c = (x->port > y->port) - (x->port < y->port);
	return c ? c : (x->proto > y->proto) - (x->proto < y->proto);
}

/* By place; there contact before look-up, the weightiest first. A total order. */
static int
order(const void *a, const void *b)
{
	const struct sighting *x = a, *y = b;
	int c = order_place(x, y);

	if (c == 0)
		c = (x->how > y->how) - (x->how < y->how);
	if (c == 0)
		c = (x->weight_mb < y->weight_mb) - (x->weight_mb > y->weight_mb);
	return c ? c : strcmp(x->text, y->text);
}

/* The first of each place stays: what was seen a thousand times is there once. */
static void
compact(struct sightings *s)
{
	size_t kept = 0;

	if (s->n > 1)
		qsort(s->at, s->n, sizeof *s->at, order);
	for (size_t i = 0; i < s->n; i++)
		if (kept == 0 || order_place(&s->at[kept - 1], &s->at[i]) != 0)
			s->at[kept++] = s->at[i];
	s->n = kept;
}

static bool
make_room(struct sightings *s)
{
	size_t room = s->room ? 2 * s->room : 256;
	struct sighting *more;

	if (s->n < s->room)
		return true;
	compact(s);
	if (s->n < s->room / 2)
		return true;
	if (room > s->most || (more = realloc(s->at, room * sizeof *more)) == NULL)
		return s->n < s->room;
	s->at = more;
	s->room = room;
	return true;
}

static void
keep(struct sightings *s, const struct trait *t, const struct ip *peer, uint16_t port,
    enum sighting_how how, const struct listed *l)
{
	struct sighting *at;

	if (!make_room(s)) {
		s->shed++;
		return;
	}
	at = &s->at[s->n++];
	*at = (struct sighting){ .host = t->orig,
		.peer = *peer,
		.port = port,
		.proto = how == SIGHTING_RESOLVED ? 0 : t->proto,
		.how = (uint8_t)how,
		.weight_mb = l->weight_mb,
		.until_ns = l->until_ns,
		.list = l->list };
	memcpy(at->text, l->text, sizeof at->text);
}

static bool
listed_name(
    const struct sightings *s, const struct trait *t, struct span heard, struct listed *l)
{
	char text[NAME_TEXT];
	size_t n = name_clean(heard, text);

	return n > 0 && indicators_name(s->set, (struct span){ (const uint8_t *)text, n },
			    t->time_ns, l);
}

static void
see_dns(struct sightings *s, const struct trait *t)
{
	const struct trait_dns *d = &t->dns;
	struct listed l;

	if (!listed_name(s, t, d->query, &l))
		return;
	keep(s, t, &t->resp, t->resp_port, SIGHTING_LOOKED_UP, &l);
	for (unsigned i = 0; i < d->answers; i++)
		if (d->answer[i].is_address)
			keep(s, t, &d->answer[i].address, 0, SIGHTING_RESOLVED, &l);
}

/* With its query and without. */
static bool
listed_url(const struct sightings *s, const struct trait *t, struct listed *l)
{
	const struct trait_http *h = &t->http;
	char text[INDICATOR_KEY + 1];
	size_t n = h->host.len + h->uri.len;
	struct span all = { (const uint8_t *)text, n };
	const uint8_t *query;

	if (h->host.len == 0 || h->uri.len == 0 || n > INDICATOR_KEY)
		return false;
	memcpy(text, h->host.at, h->host.len);
	memcpy(text + h->host.len, h->uri.at, h->uri.len);
	for (size_t i = 0; i < n; i++)
		if (text[i] >= 'A' && text[i] <= 'Z')
			text[i] = (char)(text[i] | 32);
	text[n] = '\0';
	if (indicators_text(s->set, INDICATOR_URL, all, t->time_ns, l))
		return true;
	query = memchr(text, '?', n);
	if (query == NULL)
		return false;
	all.len = (size_t)(query - all.at);
	return indicators_text(s->set, INDICATOR_URL, all, t->time_ns, l);
}

static void
see_asked(struct sightings *s, const struct trait *t, struct span name)
{
	struct listed l;

	if (listed_name(s, t, name, &l))
		keep(s, t, &t->resp, t->resp_port, SIGHTING_ASKED, &l);
}

static void
see_text(
    struct sightings *s, const struct trait *t, enum indicator_type type, const char *text)
{
	struct span key = { (const uint8_t *)text, strlen(text) };
	struct listed l;

	if (indicators_text(s->set, type, key, t->time_ns, &l))
		keep(s, t, &t->resp, t->resp_port, SIGHTING_ASKED, &l);
}

static bool
is_zero(const uint8_t *b, size_t n)
{
	while (n > 0 && b[n - 1] == 0)
		n--;
	return n == 0;
}

static const char *
hex_of(const uint8_t *b, size_t n, char out[static DIGEST_HEX])
{
	for (size_t i = 0; i < n; i++)
		(void)snprintf(out + 2 * i, 3, "%02x", b[i]);
	return out;
}

static void
see_tls(struct sightings *s, const struct trait *t)
{
	const struct trait_tls *tls = &t->tls;
	char hex[DIGEST_HEX];

	see_asked(s, t, tls->server_name);
	if (tls->ja4[0])
		see_text(s, t, INDICATOR_JA4, tls->ja4);
	if (!is_zero(tls->cert_sha256.b, sizeof tls->cert_sha256.b))
		see_text(s, t, INDICATOR_CERTIFICATE, digest_hex(&tls->cert_sha256, hex));
	if (!is_zero(tls->cert_sha1, sizeof tls->cert_sha1))
		see_text(s, t, INDICATOR_CERTIFICATE,
		    hex_of(tls->cert_sha1, sizeof tls->cert_sha1, hex));
	if (!(tls->flags & TRAIT_TLS_JA3))
		return;
	see_text(s, t, INDICATOR_JA3, hex_of(tls->ja3, sizeof tls->ja3, hex));
}

void
sightings_see(void *state, const struct trait *t)
{
	struct sightings *s = state;
	struct listed l;

	if (s->set == NULL)
		return;
	if (t->kind == TRAIT_DNS)
		see_dns(s, t);
	if (t->kind == TRAIT_TLS)
		see_tls(s, t);
	if (t->kind != TRAIT_HTTP)
		return;
	if (listed_url(s, t, &l))
		keep(s, t, &t->resp, t->resp_port, SIGHTING_ASKED, &l);
	see_asked(s, t, t->http.host);
}

/* What a rule of this severity is worth; never more than a list is. */
static int32_t
rule_mb(uint8_t severity)
{
	static const enum weight weight[] = { WEIGHT_INDICATOR_RULE_3,
		WEIGHT_INDICATOR_RULE_1, WEIGHT_INDICATOR_RULE_2 };
	size_t n = sizeof weight / sizeof *weight;
	int32_t mb = weight_mb[severity < n ? weight[severity] : WEIGHT_INDICATOR_RULE_3];

	return mb < INDICATOR_WEIGHT_MB ? mb : INDICATOR_WEIGHT_MB;
}

void
sightings_alert(void *state, const struct alert *a)
{
	struct trait t = { .orig = a->src, .resp = a->dst, .proto = a->proto };
	struct listed l = { .weight_mb = rule_mb(a->severity) };
	bool ports = a->proto == PROTO_TCP || a->proto == PROTO_UDP;

	(void)snprintf(l.text, sizeof l.text, "rule %llu:%llu:%llu, severity %u, %s",
	    (unsigned long long)a->gid, (unsigned long long)a->sid,
	    (unsigned long long)a->rev, a->severity, a->signature);
	keep(state, &t, &a->dst, ports ? a->dst_port : 0, SIGHTING_RULE, &l);
	t.orig = a->dst;
	keep(state, &t, &a->src, ports ? a->src_port : 0, SIGHTING_RULE, &l);
}

void
sightings_seal(struct sightings *s)
{
	compact(s);
	s->sealed = true;
}

static int
order_places(const void *a, const void *b)
{
	return order_place(a, b);
}

static const struct sighting *
find(const struct sightings *s, const struct sighting *key)
{
	return s->n ? bsearch(key, s->at, s->n, sizeof *s->at, order_places) : NULL;
}

bool
sightings_any(const struct sightings *s, const struct ip *host)
{
	size_t low = 0, high = s->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (ip_compare(&s->at[mid].host, host) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low < s->n && ip_equal(&s->at[low].host, host);
}

static void
put(struct context *c, const char *text, const struct indicator_list *list, int32_t mb,
    uint64_t until_ns, unsigned how)
{
	char hex[DIGEST_HEX];

	(void)snprintf(c->listed, sizeof c->listed, "%.250s", text);
	if (list == NULL)
		(void)snprintf(c->listed_in, sizeof c->listed_in, "Suricata's rules");
	else
		(void)snprintf(c->listed_in, sizeof c->listed_in, "%.127s sha256:%s",
		    list->name, digest_hex(&list->digest, hex));
	c->listed_mb = (uint64_t)mb;
	c->listed_until_ns = until_ns;
	c->listed_how = how;
}

bool
sightings_of(const struct sightings *s, const struct ip *host, const struct ip *peer,
    const char *name, uint16_t port, uint8_t proto, uint64_t first_ns, struct context *c)
{
	struct sighting key = {
		.host = *host, .peer = *peer, .port = port, .proto = proto
	};
	const struct sighting *seen;
	struct listed l;

	if (s == NULL)
		return false;
	CHECK(s->sealed);
	if (name_is_key(peer)) {
		if (s->set == NULL || name[0] == '\0' ||
		    !indicators_name(s->set,
			(struct span){ (const uint8_t *)name, strlen(name) }, first_ns, &l))
			return false;
		put(c, l.text, l.list, l.weight_mb, l.until_ns, SIGHTING_ASKED);
		return true;
	}
	/* Lists hold private addresses by mistake. */
	if (s->set && ip_scope(peer) == IP_GLOBAL &&
	    indicators_address(s->set, peer, port, first_ns, &l)) {
		put(c, l.text, l.list, l.weight_mb, l.until_ns, 0);
		return true;
	}
	seen = find(s, &key);
	if (seen == NULL) {
		key.port = 0;
		key.proto = 0;
		seen = find(s, &key);
	}
	if (seen == NULL)
		return false;
	put(c, seen->text, seen->list, seen->weight_mb, seen->until_ns, seen->how);
	return true;
}
