/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host that says hello to a server outside as no other does, or to one that
 * nobody vouches for.
 *
 * A bare fingerprint is never a finding: libraries are shared by all sorts of
 * software. The null is that programs are met on many hosts and servers of
 * software are vouched for by public authorities for the times these give. What
 * does not fit is weighed (manner.h), and only the sum of several such reasons
 * reaches an alert. At ports of no usual service, nameless_tls does the same.
 */
#include "detect/detectors.h"
#include "detect/manner.h"
#include "detect/odds.h"
#include "detect/phrase.h"
#include "detect/port_use.h"

#include "base/stamp.h"
#include "record/flow.h"

enum {
	AGAIN = 3, /* handshakes */
	POLLS = 100,
};

struct talk {
	size_t calls, same; /* that said as much as the first one did */
	uint64_t up, down, first_ns, last_ns;
};

static bool
is_talk(const struct contact *c)
{
	return (c->service == SERVICE_TLS || c->service == SERVICE_QUIC ||
		   c->service == SERVICE_SSH) &&
	       !(c->flags & CONTACT_FAILED);
}

/* The most common of sizes by majority vote, and its count. */
static size_t
same_size(const struct contact *c, size_t n)
{
	uint32_t vote = 0;
	size_t lead = 0, same = 0;

	for (size_t i = 0; i < n; i++) {
		if (!is_talk(&c[i]) || c[i].up == 0)
			continue;
		if (lead == 0)
			vote = c[i].up;
		lead = c[i].up == vote ? lead + 1 : lead - 1;
	}
	for (size_t i = 0; i < n; i++)
		same += is_talk(&c[i]) && c[i].up == vote;
	return same;
}

static struct talk
measure(const struct contact *c, size_t n)
{
	struct talk t = { .same = same_size(c, n) };

	for (size_t i = 0; i < n; i++) {
		if (!is_talk(&c[i]))
			continue;
		t.first_ns = t.calls == 0 ? c[i].start_ns : t.first_ns;
		t.last_ns = c[i].start_ns;
		t.calls++;
		t.up += c[i].up;
		t.down += c[i].down;
	}
	return t;
}

static bool
survey_end(struct survey *v)
{
	const struct heard *h = v->heard;
	struct ip before = { { 0 } };
	struct print_asked asked = { .print = 0 };
	enum side side = SIDE_EXTERNAL;

	for (size_t i = 0; h->manners && i < h->shards; i++) {
		size_t n;
		const uint32_t *at = manners_all(h->manners[i], &n);

		for (size_t k = 0; k < n; k++) {
			const struct manner *m = manners_at(h->manners[i], at[k]);
			struct pair_key key;
			struct context c;
			struct subject s;

			if (!manner_hello_tells(h->manners, h->shards, i, m, &asked))
				continue;
			if (!ip_equal(&before, &m->host))
				side = heard_side(h, &m->host);
			before = m->host;
			if (side != SIDE_INTERNAL ||
			    heard_peer_side(h, &m->peer) == SIDE_INTERNAL)
				continue;
			c = (struct context){ .peer_side = SIDE_EXTERNAL };
			key = (struct pair_key){ .host = m->host,
				.peer = m->peer,
				.port = m->port,
				.proto = m->proto };
			manner_look_at(h->manners, h->shards, i, &key, &c);
			if (manner_certificate(&c, NULL) + manner_print(&c, NULL) <= 0)
				continue;
			s = survey_subject(FINDING_RARE_FINGERPRINT, &key);
			if (!survey_suspect(v, &s))
				return false;
		}
	}
	return true;
}

static void
weigh(struct finding *f, const struct context *c, const struct talk *t)
{
	char n[PHRASE_COUNT];

	odds_weight(f, "prior", WEIGHT_RARE_FINGERPRINT_PRIOR,
	    "devices, laboratories and servers of one's own do so, too");
	(void)manner_certificate(c, f);
	(void)manner_print(c, f);
	(void)odds_port(f, WEIGHT_RARE_FINGERPRINT_PORT_ODD);
	if (c->unnamed > 0 && c->named == 0)
		odds_weight(f, "nobody", WEIGHT_RARE_FINGERPRINT_NOBODY,
		    "%s handshakes with it name nobody", phrase_count(c->unnamed, n));
	if (c->hellos >= AGAIN)
		odds_weight(f, "again", WEIGHT_RARE_FINGERPRINT_AGAIN, "%s handshakes",
		    phrase_count(c->hellos, n));
	if (t->calls >= POLLS && t->same * 2 >= t->calls)
		odds_weight(f, "polls", WEIGHT_RARE_FINGERPRINT_POLLS,
		    "%s connections of their own say equally much",
		    phrase_count(t->same, n));
	odds_apart(f, c);
	odds_own_address(f, c, t->first_ns);
	odds_prevalence(f, c);
	odds_name(f, c);
	odds_benign(f, "a device or a server of one's own", true,
	    "they make their certificates themselves");
	odds_benign(f, "software that others have too", c->peer_hosts > 1,
	    "%llu of %llu internal hosts call this server",
	    (unsigned long long)c->peer_hosts, (unsigned long long)c->hosts);
}

static bool
judge(const struct heard *h, const struct subject *s, const struct context *ctx,
    const struct params *params, struct finding *f)
{
	struct buf b = { .at = f->why, .cap = sizeof f->why, .max = sizeof f->why - 1 };
	char host[IP_TEXT], peer[PHRASE_ENDPOINT], n_text[PHRASE_COUNT];
	int32_t cert = manner_certificate(ctx, NULL), print = manner_print(ctx, NULL);
	bool odd = s->proto == PROTO_TCP && port_is_odd(s->proto, s->port);
	const struct contact *c;
	struct calls calls;
	struct talk t;
	size_t pair, n;

	(void)params;
	if (cert + print <= 0 || ctx->peer_side == SIDE_INTERNAL ||
	    (odd && ctx->unnamed > ctx->named) || !calls_of(h, &s->host, &calls))
		return false;
	c = calls_service(&calls, s, &pair, &n);
	if (c == NULL)
		return false;
	t = measure(c, n);
	if (t.calls == 0)
		return false;
	f->first_ns = t.first_ns;
	f->last_ns = t.last_ns;
	f->contacts = t.calls;
	f->llr_mb = cert + print;
	f->fdr_ppm = odds_fdr_ppm(f->llr_mb, ctx->pairs);
	odds_measure(f, "calls", t.calls);
	odds_measure(f, "handshakes", ctx->hellos);
	odds_measure(f, "fingerprint_hosts", ctx->print_hosts);
	odds_measure(f, "fingerprint_of_hosts", ctx->print_speakers);
	odds_measure(f, "up_bytes", t.up);
	odds_measure(f, "down_bytes", t.down);
	weigh(f, ctx, &t);
	odds_severity(f, ctx, SEVERITY_HIGH);
	f->technique = "T1573";
	buf_printf(&b, "%s spoke %s times with %s, %s", ip_text(&s->host, host),
	    phrase_count(t.calls, n_text),
	    phrase_endpoint(&s->peer, s->port, s->proto, peer),
	    cert > 0 ? "whose certificate is not as public services have them"
		     : "and said hello as hardly anybody here does");
	CHECK(!b.bad);
	return true;
}

const struct detector detector_rare_fingerprint = {
	.kind = FINDING_RARE_FINGERPRINT,
	.scope = SCOPE_SERVICE,
	.survey_end = survey_end,
	.judge = judge,
};
