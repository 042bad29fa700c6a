/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS to a port that no usual service has, which asks for nobody.
 *
 * Clients say whose certificate they want to see (RFC 6066 section 3); tools that
 * bring their own server and their own certificate have no need to. The null is
 * that nineteen of twenty handshakes name a server, each on its own. Few of them
 * are seen before it is too late, so the port has to be odd as well.
 */
#include "detect/detectors.h"
#include "detect/manner.h"
#include "detect/odds.h"
#include "detect/phrase.h"
#include "detect/port_use.h"
#include "detect/survey.h"

#include "base/stamp.h"
#include "record/flow.h"

enum {
	NAMELESS_MB = 1000, /* log10(0.5 / 0.05) */
	NAMED_MB = -279,    /* log10(0.5 / 0.95) */

	AGAIN = 3,
};

struct handshakes {
	size_t tls;
	uint64_t up, down, first_ns, last_ns;
};

static struct handshakes
measure(const struct contact *c, size_t n)
{
	struct handshakes h = { 0 };

	for (size_t i = 0; i < n; i++) {
		if (c[i].service != SERVICE_TLS || (c[i].flags & CONTACT_FAILED))
			continue;
		h.first_ns = h.tls == 0 ? c[i].start_ns : h.first_ns;
		h.last_ns = c[i].start_ns;
		h.tls++;
		h.up += c[i].up;
		h.down += c[i].down;
	}
	return h;
}

static bool
is_odd(const struct pair_key *k)
{
	return k->proto == PROTO_TCP && !name_is_key(&k->peer) &&
	       port_is_odd(k->proto, k->port);
}

/*
 * Zeek's ssl.log does not say that a handshake came in datagrams when it did not get
 * as far as a version. Voice and video shake hands so (RFC 8827), and name nobody;
 * then no flow of TCP tells of the handshake, and one of UDP is there.
 */
static bool
is_datagrams(const struct caller *caller, const struct called *s)
{
	const struct called *end = caller->service + caller->services;

	for (size_t i = 0; i < s->calls; i++)
		if (!(s->call[i].flags & CONTACT_ASKED))
			return false;
	/* Services are in the order of peer, port, protocol: UDP comes behind TCP. */
	for (s++; s < end && s->key.port == s[-1].key.port &&
		  ip_equal(&s->key.peer, &s[-1].key.peer);
	     s++)
		if (s->key.proto == PROTO_UDP)
			return true;
	return false;
}

static bool
survey_host(struct survey *v, const struct caller *caller)
{
	bool room = true;

	for (size_t p = 0; caller->side == SIDE_INTERNAL && p < caller->ports; p++) {
		const struct port_run *run = &caller->port[p];

		if (run->proto != PROTO_TCP || !port_is_odd(run->proto, run->port))
			continue;
		for (size_t i = run->from; room && i < run[1].from; i++) {
			const struct called *s = &caller->service[caller->by_port[i]];
			struct subject suspect;

			if (!(s->spoken >> SERVICE_TLS & 1) || !is_odd(&s->key) ||
			    !called_may_be_out(caller, s) || is_datagrams(caller, s))
				continue;
			suspect = survey_subject(FINDING_NAMELESS_TLS, &s->key);
			room = survey_suspect(v, &suspect);
		}
	}
	return room;
}

static bool
judge(const struct heard *h, const struct subject *s, const struct context *ctx,
    const struct params *params, struct finding *f)
{
	struct buf b = { .at = f->why, .cap = sizeof f->why, .max = sizeof f->why - 1 };
	struct pair_key key = { .peer = s->peer, .port = s->port, .proto = s->proto };
	char host[IP_TEXT], peer[PHRASE_ENDPOINT], n_text[PHRASE_COUNT];
	const struct contact *c;
	struct handshakes m;
	struct calls calls;
	size_t pair, n;

	(void)params;
	if (!is_odd(&key) || ctx->peer_side == SIDE_INTERNAL ||
	    !calls_of(h, &s->host, &calls))
		return false;
	c = calls_service(&calls, s, &pair, &n);
	if (c == NULL)
		return false;
	m = measure(c, n);
	if (m.tls == 0 || ctx->unnamed == 0 || ctx->unnamed <= ctx->named)
		return false;
	f->first_ns = m.first_ns;
	f->last_ns = m.last_ns;
	f->contacts = m.tls;
	f->llr_mb = (int64_t)(ctx->unnamed < 1000 ? ctx->unnamed : 1000) * NAMELESS_MB +
		    (int64_t)(ctx->named < 1000 ? ctx->named : 1000) * NAMED_MB;
	f->fdr_ppm = odds_fdr_ppm(f->llr_mb, ctx->pairs);
	odds_measure(f, "tls_calls", m.tls);
	odds_measure(f, "nameless_handshakes", ctx->unnamed);
	odds_measure(f, "named_handshakes", ctx->named);
	odds_measure(f, "up_bytes", m.up);
	odds_measure(f, "down_bytes", m.down);
	odds_weight(
	    f, "prior", WEIGHT_NAMELESS_TLS_PRIOR, "games, phones and things do so, too");
	(void)odds_port(f, WEIGHT_NAMELESS_TLS_PORT_ODD);
	if (ctx->named == 0)
		odds_weight(f, "nobody", WEIGHT_NAMELESS_TLS_NOBODY,
		    "no handshake with it named anybody");
	if (ctx->unnamed >= AGAIN)
		odds_weight(f, "again", WEIGHT_NAMELESS_TLS_AGAIN, "%s handshakes",
		    phrase_count(ctx->unnamed, n_text));
	(void)manner_certificate(ctx, f);
	(void)manner_print(ctx, f);
	odds_apart(f, ctx);
	odds_own_address(f, ctx, m.first_ns);
	odds_prevalence(f, ctx);
	odds_benign(f, "a program with a server of its own", true,
	    "it knows the certificate that it wants to see");
	odds_severity(f, ctx, SEVERITY_HIGH);
	f->technique = "T1573";
	buf_printf(&b,
	    "%s spoke TLS with %s, where no usual service is, and %s of its handshakes "
	    "named no server, where nineteen of twenty do",
	    ip_text(&s->host, host), phrase_endpoint(&s->peer, s->port, s->proto, peer),
	    phrase_count(ctx->unnamed, n_text));
	CHECK(!b.bad);
	return true;
}

const struct detector detector_nameless_tls = {
	.kind = FINDING_NAMELESS_TLS,
	.scope = SCOPE_SERVICE,
	.survey_host = survey_host,
	.judge = judge,
};
