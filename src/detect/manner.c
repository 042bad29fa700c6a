/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/manner.h"

#include <stdio.h>
#include <string.h>

#include "base/stamp.h"
#include "detect/limits.h"
#include "detect/odds.h"
#include "detect/phrase.h"
#include "record/flow.h"

static void
count_print(
    struct manners *const *all, size_t shards, uint64_t print, struct print_use *use)
{
	*use = (struct print_use){ .print = print };
	for (size_t i = 0; i < shards; i++) {
		use->hosts += manners_print_hosts(all[i], print);
		use->speakers += manners_speakers(all[i]);
	}
}

static bool
is_rare(uint64_t hosts, uint64_t speakers)
{
	return (1 + hosts) * 1000000 <= (1 + speakers) * (uint64_t)LIMIT_PRINT_RARE_PPM;
}

/* Said to one server alone, and something else to many. */
static bool
is_apart(uint64_t servers, uint64_t others)
{
	return servers == 1 && others >= (uint64_t)LIMIT_PRINT_OTHERS;
}

/* The fingerprint of what is said over TCP; 0: none, or of several it is not known which is whose. */
static uint64_t
print_of(const struct manner *m)
{
	return m->proto == PROTO_UDP || (m->flags & MANNER_PRINTS) ? 0 : m->print;
}

bool
manner_hello_tells(struct manners *const *all, size_t shards, size_t home,
    const struct manner *m, struct print_asked *asked)
{
	uint64_t print = print_of(m), servers, others;

	if (m->kind != MANNER_HELLO || m->proto == PROTO_UDP)
		return false;
	if (m->flags & MANNER_CERT)
		return true;
	if (print == 0)
		return false;
	if (asked->use.print != print)
		count_print(all, shards, print, &asked->use);
	if (is_rare(asked->use.hosts, asked->use.speakers))
		return true;
	if (asked->print != print || !ip_equal(&asked->host, &m->host)) {
		manners_print_servers(all[home], &m->host, print, &servers, &others);
		asked->host = m->host;
		asked->print = print;
		asked->apart = is_apart(servers, others);
	}
	return asked->apart;
}

static void
look_at_hello(struct manners *const *all, size_t shards, size_t home,
    const struct manner *m, struct context *c)
{
	struct print_use use;

	c->hellos = m->n;
	/*
	 * Whoever calls by DTLS makes a certificate for the call (RFC 8827 section 6.5),
	 * and that of QUIC cannot be read: of datagrams it says nothing.
	 */
	if (m->proto == PROTO_UDP)
		return;
	if (m->flags & MANNER_CERT) {
		c->cert_traits = CERT_SHOWN;
		c->cert_traits |= m->flags & MANNER_SELF_SIGNED ? CERT_OWN_ISSUER : 0;
		(void)snprintf(c->cert, sizeof c->cert, "%s", m->subject);
	}
	if (m->flags & MANNER_VALIDITY) {
		c->cert_traits |= CERT_VALIDITY;
		c->cert_from_ns = m->from_ns;
		c->cert_until_ns = m->until_ns;
	}
	if (print_of(m) == 0)
		return;
	(void)snprintf(c->print, sizeof c->print, "%s", m->print_text);
	count_print(all, shards, m->print, &use);
	c->print_hosts += use.hosts;
	c->print_speakers += use.speakers;
	manners_print_servers(
	    all[home], &m->host, m->print, &c->print_servers, &c->print_others);
}

static void
look_at_pages(const struct manner *m, struct context *c)
{
	c->requests = m->n;
	c->posts = m->posts;
	c->page_traits |= m->flags & MANNER_BROWSER ? PAGES_BROWSER : 0;
	c->page_traits |= m->flags & MANNER_SCRIPT ? PAGES_SCRIPT : 0;
	for (int i = 0; i < MANNER_PAGES; i++) {
		if (m->flags & MANNER_MANY_PAGES)
			break;
		c->pages += m->page_n[i] != 0;
		if (m->page_n[i] > c->page_most)
			c->page_most = m->page_n[i];
	}
	for (int i = 0; i < MANNER_PAGES; i++)
		if (!(m->flags & MANNER_MANY_ANSWERS) && m->answer[i] != 0 &&
		    m->answer_n[i] > c->answer_most)
			c->answer_most = m->answer_n[i];
}

void
manner_look_at(struct manners *const *all, size_t shards, size_t home,
    const struct pair_key *k, struct context *c)
{
	static const struct ip none;
	const struct manners *m = all[home];
	const struct manner *hello =
	    manners_of(m, MANNER_HELLO, &k->host, &k->peer, k->port, k->proto);
	const struct manner *pages =
	    manners_of(m, MANNER_PAGES_ASKED, &k->host, &k->peer, k->port, k->proto);
	const struct manner *echo =
	    k->proto == PROTO_ICMP || k->proto == PROTO_ICMP6
		? manners_of(m, MANNER_ECHO, &k->host, &k->peer, 0, k->proto)
		: NULL;
	const struct manner *own = manners_of(m, MANNER_OWN_ADDRESS, &k->host, &none, 0, 0);

	if (hello)
		look_at_hello(all, shards, home, hello, c);
	if (pages)
		look_at_pages(pages, c);
	if (echo) {
		c->echo_requests = echo->echo.requests;
		c->echo_replies = echo->echo.replies;
		c->echo_changes = echo->echo.request_changes;
		c->echo_differ_changes = echo->echo.differ_changes;
		c->echo_differ = echo->echo.differ;
		c->echo_differ_bytes = echo->echo.differ_bytes;
	}
	if (own) {
		(void)snprintf(c->own_address, sizeof c->own_address, "%s", own->name);
		c->own_address_ns = own->first_ns;
	}
}

void
manner_look(
    struct manners *const *all, size_t shards, const struct pair_key *k, struct context *c)
{
	for (size_t i = 0; all && i < shards; i++)
		manner_look_at(all, shards, i, k, c);
}

/* What its dates say, in a term of their own; WEIGHT_NONE: what public services' do. */
static enum weight
weigh_validity(const struct context *c)
{
	bool own = c->cert_traits & CERT_OWN_ISSUER;
	uint64_t valid =
	    c->cert_until_ns > c->cert_from_ns ? c->cert_until_ns - c->cert_from_ns : 0;

	if (!(c->cert_traits & CERT_VALIDITY))
		return WEIGHT_NONE;
	if (c->cert_until_ns >= (uint64_t)LIMIT_CERT_FOREVER_NS)
		return WEIGHT_PEER_CERT_FOREVER;
	if (valid >= (uint64_t)LIMIT_CERT_LONG_NS)
		return own ? WEIGHT_PEER_CERT_OWN_LONG : WEIGHT_PEER_CERT_LONG;
	if (valid < (uint64_t)LIMIT_CERT_SHORT_NS)
		return WEIGHT_PEER_CERT_SHORT;
	/* Clocks that begin near 1970 tell nothing of it. */
	if (c->span_first_ns > UINT64_C(946684800000000000) &&
	    (c->span_last_ns < c->cert_from_ns || c->span_first_ns > c->cert_until_ns))
		return WEIGHT_PEER_CERT_STALE;
	return WEIGHT_NONE;
}

int32_t
manner_certificate(const struct context *c, struct finding *f)
{
	bool own = c->cert_traits & CERT_OWN_ISSUER;
	enum weight validity = weigh_validity(c);
	char from[STAMP_TEXT], until[STAMP_TEXT];

	if (!(c->cert_traits & CERT_SHOWN) || c->peer_side == SIDE_INTERNAL)
		return 0;
	if (own && f)
		odds_weight(f, "certificate", WEIGHT_PEER_CERT_OWN,
		    "its certificate, %.60s, is signed by itself",
		    c->cert[0] ? c->cert : "nameless");
	if (validity != WEIGHT_NONE && f)
		odds_weight(f, "validity", validity,
		    "its certificate, %.60s, is valid from %.10s to %.10s",
		    c->cert[0] ? c->cert : "nameless", stamp_text(c->cert_from_ns, from),
		    stamp_text(c->cert_until_ns, until));
	return (own ? weight_mb[WEIGHT_PEER_CERT_OWN] : 0) + weight_mb[validity];
}

int32_t
manner_print(const struct context *c, struct finding *f)
{
	char n[PHRASE_COUNT], of[PHRASE_COUNT];

	if (c->print[0] == '\0' || c->peer_side == SIDE_INTERNAL)
		return 0;
	if (is_rare(c->print_hosts, c->print_speakers)) {
		if (f)
			odds_weight(f, "fingerprint", WEIGHT_PEER_PRINT_RARE,
			    "%s of %s hosts say hello as %.60s does",
			    phrase_count(c->print_hosts, n),
			    phrase_count(c->print_speakers, of), c->print);
		return weight_mb[WEIGHT_PEER_PRINT_RARE];
	}
	if (!is_apart(c->print_servers, c->print_others))
		return 0;
	if (f)
		odds_weight(f, "fingerprint", WEIGHT_PEER_PRINT_APART,
		    "the host says hello as %.60s to this server alone, and otherwise to "
		    "%s",
		    c->print, phrase_count(c->print_others, n));
	return weight_mb[WEIGHT_PEER_PRINT_APART];
}

void
manner_pages(const struct context *c, bool alone, struct finding *f)
{
	char n[PHRASE_COUNT], of[PHRASE_COUNT];

	if (c->peer_side == SIDE_INTERNAL || c->pages < 2 ||
	    c->requests < (uint64_t)LIMIT_PAGES_REQUESTS)
		return;
	(void)phrase_count(c->requests, of);
	/* No page has the lead, and there is one request at each tick. */
	if (alone && c->page_most * 4 <= c->requests * 3)
		odds_weight(f, "pages", WEIGHT_BEACON_PAGES,
		    "%s requests for %llu pages, one at a time and none of them leading",
		    of, (unsigned long long)c->pages);
	if (alone && (c->page_traits & PAGES_BROWSER) && (c->page_traits & PAGES_SCRIPT))
		odds_weight(f, "browser", WEIGHT_BEACON_BROWSER,
		    "what calls itself a browser asks for scripts, and for nothing that "
		    "pages are made of");
	if (c->answer_most > c->page_most + c->page_most / 4)
		odds_weight(f, "answers", WEIGHT_BEACON_ANSWERS,
		    "%s of %s answers are equally long, whichever page was asked for",
		    phrase_count(c->answer_most, n), of);
}
