/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several hosts of ours, one rare server, one period.
 *
 * Each of them may call too seldom to be found alone. Under the null of the
 * beacon test (beacon.h) no window holds more than its share of the gaps of any
 * host, so it holds no more of the gaps of all of them together: their counters
 * are added, and the test is the same. It is the server that is told of; the
 * finding names the host that called it most.
 */
#include "detect/beacon.h"
#include "detect/callers.h"
#include "detect/control.h"
#include "detect/detectors.h"
#include "detect/odds.h"
#include "detect/phrase.h"
#include "detect/port_use.h"

#include <stdlib.h>
#include <string.h>

#include "base/stamp.h"
#include "record/flow.h"

enum {
	FEWEST_HOSTS = 3, /* with FEWEST_GAPS each in the window */
	FEWEST_GAPS = 2,
	MOST_PPM = 200000, /* of our hosts: else everybody calls it */
	KAPPA_PERCENT = 150,

};

/* What one window says of the hosts that call a server. */
struct band {
	struct pair sum;
	struct beacon_test test;
	struct ip host; /* who called most */
	uint64_t hosts, callers;
	uint64_t first_ns, last_ns, contacts, failed;
};

/* Calls of one server, in the order of shards and hosts. */
static bool
next_call(const struct heard *h, const struct subject *s, struct calls_walk *at,
    struct calls *calls, size_t *pair)
{
	size_t n;

	while (callers_next(h, &s->peer, at, calls))
		if (calls_service(calls, s, pair, &n) != NULL)
			return true;
	return false;
}

/* Counters are bytes: when one is full all are halved, of everybody alike. */
static void
add_gaps(uint32_t all[static PAIR_BINS], const struct pair *p)
{
	for (int i = 0; i < PAIR_BINS; i++)
		all[i] += p->gap[i];
}

static void
fit(const uint32_t all[static PAIR_BINS], struct pair *sum)
{
	uint32_t top = 0;
	unsigned shift = 0;

	for (int i = 0; i < PAIR_BINS; i++)
		top = all[i] > top ? all[i] : top;
	while (top >> shift > 255)
		shift++;
	for (int i = 0; i < PAIR_BINS; i++) {
		sum->gap[i] = (uint8_t)(all[i] >> shift);
		sum->gaps += sum->gap[i];
	}
}

static struct band
listen(const struct heard *h, const struct subject *s)
{
	struct band b = { .first_ns = UINT64_MAX };
	struct calls_walk at = { 0 }, again = { 0 };
	uint32_t all[PAIR_BINS] = { 0 }, most = 0;
	struct calls calls;
	size_t i;

	while (next_call(h, s, &at, &calls, &i)) {
		struct pair p = pairs_pair(calls.pairs, i);

		add_gaps(all, &p);
		b.callers++;
		b.contacts += p.contacts;
		b.failed += p.failed;
		b.first_ns = p.first_ns < b.first_ns ? p.first_ns : b.first_ns;
		b.last_ns = p.last_ns > b.last_ns ? p.last_ns : b.last_ns;
		/* A slice is one shard: of equals the lowest address, whatever the order. */
		if (p.contacts > most ||
		    (p.contacts == most && ip_compare(&calls.host, &b.host) < 0)) {
			most = p.contacts;
			b.host = calls.host;
		}
	}
	fit(all, &b.sum);
	b.test = beacon_test(&b.sum, KAPPA_PERCENT, 1);
	while (b.test.log10_p_ud != 0 && next_call(h, s, &again, &calls, &i)) {
		struct pair p = pairs_pair(calls.pairs, i);
		uint32_t in = 0;

		for (int k = b.test.first_bin; k < b.test.first_bin + b.test.width; k++)
			in += p.gap[k];
		b.hosts += in >= FEWEST_GAPS;
	}
	return b;
}

static bool
stands_out(const struct band *b, const struct params *params, uint64_t pairs)
{
	return b->hosts >= FEWEST_HOSTS &&
	       odds_fdr_ppm(b->test.llr_mb, pairs) <= params->q_ppm;
}

struct own {
	struct pair_key *at; /* services outside that a few of our hosts call */
	size_t n, room;
};

static int
compare_services(const void *va, const void *vb)
{
	const struct pair_key *a = va, *b = vb;
	int c = ip_compare(&a->peer, &b->peer);

	c = c ? c : (a->port > b->port) - (a->port < b->port);
	c = c ? c : (a->proto > b->proto) - (a->proto < b->proto);
	return c ? c : ip_compare(&a->host, &b->host);
}

static bool
same_service(const struct pair_key *a, const struct pair_key *b)
{
	return a->port == b->port && a->proto == b->proto && ip_equal(&a->peer, &b->peer);
}

static bool
survey_host(struct survey *v, const struct caller *caller)
{
	uint64_t hosts = hosts_callers(v->heard->hosts);
	struct own *own = v->own;

	if (caller->side != SIDE_INTERNAL)
		return true;
	for (size_t i = 0; i < caller->services; i++) {
		const struct called *s = &caller->service[i];
		const struct host *peer;

		if (s->calls <= FEWEST_GAPS || name_is_key(&s->key.peer))
			continue;
		peer = hosts_find(v->heard->hosts, &s->key.peer);
		if (peer == NULL || peer->side != HOST_EXTERNAL ||
		    peer->callers < FEWEST_HOSTS ||
		    (uint64_t)peer->callers * 1000000 > hosts * MOST_PPM)
			continue;
		own->at =
		    arena_more(&v->arena, own->at, own->n, &own->room, sizeof *own->at);
		if (own->at == NULL)
			return false;
		own->at[own->n++] = s->key;
		callers_want(v->heard->callers, &s->key.peer);
	}
	return true;
}

static bool
survey_end(struct survey *v)
{
	const struct own *own = v->own;

	if (own->n > 1)
		qsort(own->at, own->n, sizeof *own->at, compare_services);
	for (size_t i = 0, end; i < own->n; i = end) {
		struct subject s = survey_subject(FINDING_GROUP, &own->at[i]);
		struct band b;

		for (end = i + 1; end < own->n && same_service(&own->at[i], &own->at[end]);)
			end++;
		if (end - i < FEWEST_HOSTS)
			continue;
		b = listen(v->heard, &s);
		if (!stands_out(&b, v->params, v->pairs))
			continue;
		s.host = b.host;
		if (!survey_suspect(v, &s))
			return false;
	}
	return true;
}

static void
weigh(struct finding *f, const struct context *c, const struct band *b)
{
	const struct port_use *use = port_use_find(f->proto, f->port);
	char port[PHRASE_ENDPOINT], n[PHRASE_COUNT];

	(void)phrase_port(f->port, f->proto, port);
	odds_weight(f, "prior", WEIGHT_GROUP_PRIOR, "few clocks are control channels");
	odds_weight(
	    f, "timing", WEIGHT_GROUP_CLOCK, "a clock even if the null is widened by half");
	odds_weight(f, "company", WEIGHT_GROUP_COMPANY,
	    "%llu hosts keep the same time, and %llu of %llu internal hosts call the "
	    "server",
	    (unsigned long long)b->hosts, (unsigned long long)c->peer_hosts,
	    (unsigned long long)c->hosts);
	if (use)
		odds_term(f, "port", use->mb, "port %s is usually %s", port, use->words);
	else
		odds_weight(
		    f, "port", WEIGHT_GROUP_PORT_ODD, "port %s has no usual service", port);
	if (b->failed * 3 >= b->contacts)
		odds_weight(f, "failed", WEIGHT_GROUP_FAILED, "%s calls got no service",
		    phrase_count(b->failed, n));
	odds_name(f, c);
	odds_benign(f, "a program that these hosts have", true,
	    "programs of one maker call one server with one period");
}

static bool
judge(const struct heard *h, const struct subject *s, const struct context *ctx,
    const struct params *params, struct finding *f)
{
	struct buf b = { .at = f->why, .cap = sizeof f->why, .max = sizeof f->why - 1 };
	char peer[PHRASE_ENDPOINT], low[STAMP_TEXT], high[STAMP_TEXT], share[PHRASE_COUNT];
	struct band m = listen(h, s);

	if (!stands_out(&m, params, ctx->pairs) || !ip_equal(&m.host, &s->host))
		return false;
	f->first_ns = m.first_ns;
	f->last_ns = m.last_ns;
	f->contacts = m.contacts;
	f->llr_mb = m.test.llr_mb;
	f->fdr_ppm = odds_fdr_ppm(f->llr_mb, ctx->pairs);
	odds_measure(f, "hosts", m.hosts);
	odds_measure(f, "callers", m.callers);
	odds_measure(f, "gaps", m.test.gaps);
	odds_measure(f, "gaps_in", m.test.gaps_in);
	odds_measure(f, "window_low_ns", pair_bin_low(m.test.first_bin));
	odds_measure(f, "window_high_ns", pair_bin_low(m.test.first_bin + m.test.width));
	weigh(f, ctx, &m);
	odds_severity(f, ctx, SEVERITY_HIGH);
	f->technique = "T1071";
	buf_printf(&b,
	    "%llu hosts call %s, each every %s to %s; irregular traffic puts at most %s of "
	    "their gaps there, and %lu of %lu are",
	    (unsigned long long)m.hosts, phrase_endpoint(&f->peer, f->port, f->proto, peer),
	    stamp_period(pair_bin_low(m.test.first_bin), low),
	    stamp_period(pair_bin_low(m.test.first_bin + m.test.width), high),
	    phrase_share(m.test.null_ppm, share), (unsigned long)m.test.gaps_in,
	    (unsigned long)m.test.gaps);
	CHECK(!b.bad);
	return true;
}

const struct detector detector_group = {
	.kind = FINDING_GROUP,
	.scope = SCOPE_SERVER,
	.own = sizeof(struct own),
	.survey_host = survey_host,
	.survey_end = survey_end,
	.judge = judge,
};
