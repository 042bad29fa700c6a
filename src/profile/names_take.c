/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names_take.c - what a trait says of names: to a shard of them, and to its pairs.
 */
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "profile/names_own.h"

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

/* A look-up that gave addresses to somebody other than those who hear it shouted. */
static bool
gives_addresses(const struct trait *t)
{
	return !is_shouting(t) && t->dns.answered && t->dns.rcode == 0;
}

static struct name_link
asked_link(const struct trait *t, enum name_how how)
{
	return (struct name_link){ .host = t->orig,
		.address = t->resp,
		.port = t->resp_port,
		.name_port = names_port(t),
		.proto = t->proto,
		.how = (uint8_t)how };
}

static void
see_dns(struct names *ns, const struct mention *m)
{
	const struct trait *t = m->trait;
	const struct trait_dns *d = &t->dns;

	if (ns == NULL || m->name.len == 0 || !gives_addresses(t))
		return;
	for (unsigned i = 0; i < d->answers; i++) {
		struct name_link l = { .host = t->orig,
			.address = d->answer[i].address,
			.how = NAME_LOOKED_UP };

		if (d->answer[i].is_address)
			names_add_link(ns, &l, m);
	}
}

/* Asked for a name, a bare address, or nothing. */
static void
see_asked(struct names *ns, struct pairs *ps, const struct mention *m, struct flow *f,
    enum name_how how)
{
	const struct trait *t = m->trait;
	struct name_link l = asked_link(t, how);

	f->resp_port = l.name_port;
	if (m->is_address && (how & NAME_PROXIED) &&
	    (!ip_equal(&m->address, &t->resp) || l.name_port != t->resp_port)) {
		/* The address asked for is the peer. */
		f->resp = m->address;
		pairs_ask(ps, f);
	}
	if (ns != NULL)
		names_add_link(ns, &l, m);
	if (m->name.len > 0) {
		/* A name that is kept has its key. */
		f->resp = l.name != 0 ? ns->name[l.name].key
				      : known_key(m->known, m->name, m->hash);
		pairs_ask(ps, f);
	}
}

void
names_take(struct names *ns, struct pairs *ps, const struct mention *m)
{
	const struct trait *t = m->trait;
	struct flow f;

	if (!is_asking(t))
		return;
	f = request_of(t);
	if (t->within && t->kind != TRAIT_HTTP)
		pairs_ask_within(ps, &f);
	else
		pairs_ask(ps, &f);
	if (t->kind == TRAIT_DNS)
		see_dns(ns, m);
	else if (t->kind == TRAIT_TLS)
		see_asked(ns, ps, m, &f, NAME_TLS);
	else if (t->kind == TRAIT_HTTP)
		see_asked(
		    ns, ps, m, &f, t->http.proxied ? NAME_HTTP | NAME_PROXIED : NAME_HTTP);
}

/* The parts of the tables where a link and its name would be. */
static void
fetch_link(const struct names *ns, uint64_t base, const struct ip *address, unsigned step)
{
	uint64_t hash = names_link_hash(base, address);

	if (step == 0)
		__builtin_prefetch(&ns->link_slot.at[hash & ns->link_slot.mask]);
	else
		__builtin_prefetch(
		    &ns->link[slots_guess(&ns->link_slot, hash, ns->links)], 1);
}

static void
fetch_name(const struct names *ns, uint64_t hash, unsigned step)
{
	uint32_t number;

	if (step == 0) {
		__builtin_prefetch(&ns->name_slot.at[hash & ns->name_slot.mask]);
		return;
	}
	number = slots_guess(&ns->name_slot, hash, 0);
	if (step == 1)
		__builtin_prefetch(&ns->name[number]);
	else if (step == 2)
		__builtin_prefetch(ns->text + ns->name[number].text);
}

static void
fetch_links(const struct names *ns, struct mention *m, unsigned step)
{
	const struct trait *t = m->trait;
	struct name_link l;

	if (t->kind == TRAIT_DNS) {
		l = (struct name_link){ .host = t->orig };
		if (step == 0)
			m->link = names_link_base(&l, m->hash);
		for (unsigned i = 0; i < t->dns.answers; i++)
			if (t->dns.answer[i].is_address)
				fetch_link(ns, m->link, &t->dns.answer[i].address, step);
	} else {
		l = asked_link(t, 0);
		if (step == 0)
			m->link = names_link_base(&l, m->name.len > 0 ? m->hash : 0);
		fetch_link(ns, m->link, &t->resp, step);
	}
}

/* The addresses of the contacts that it will be, the name's own among them. */
static void
fetch_pair(
    const struct names *ns, const struct pairs *ps, const struct mention *m, unsigned step)
{
	uint32_t number;

	pairs_fetch(ps, &m->trait->orig, step);
	pairs_fetch(ps, &m->trait->resp, step);
	if (m->trait->kind == TRAIT_DNS || m->name.len == 0)
		return;
	number = slots_guess(&ns->name_slot, m->hash, 0);
	if (number != 0)
		pairs_fetch(ps, &ns->name[number].key, step);
}

void
names_fetch(
    const struct names *ns, const struct pairs *ps, struct mention *m, unsigned step)
{
	const struct trait *t = m->trait;

	if (t->kind != TRAIT_DNS && t->kind != TRAIT_TLS && t->kind != TRAIT_HTTP)
		return;
	if (step >= 2)
		fetch_pair(ns, ps, m, step - 2);
	if (t->kind == TRAIT_DNS && (m->name.len == 0 || !gives_addresses(t)))
		return;
	if (step < 2)
		fetch_links(ns, m, step);
	if (m->name.len > 0)
		fetch_name(ns, m->hash, step);
}

void
names_see(struct names *ns, struct pairs *ps, const struct trait *t)
{
	struct mention m;

	mention_make(&m, t, NULL);
	if (ns != NULL)
		names_fetch(ns, ps, &m, 0);
	names_take(ns, ps, &m);
}
