/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host that calls one server after the other, on a timer.
 *
 * Whoever has many servers, or moves them, calls none of them often enough to be
 * found. So the calls of a host to one port of all the servers outside that it
 * called a few times at most are put in one line, and tested as one pair's
 * (beacon.h). Which servers those are does not depend on when they were called,
 * so the null and its bound are the same.
 */
#include "detect/beacon.h"
#include "detect/detectors.h"
#include "detect/limits.h"
#include "detect/odds.h"
#include "detect/order.h"
#include "detect/phrase.h"
#include "detect/port_use.h"

#include <stdlib.h>
#include <string.h>

#include "base/stamp.h"
#include "record/flow.h"

enum {
	MOST_CALLS = 4, /* to one server: more have a line of their own */
	FEWEST_SERVERS = 6,
	FEWEST_CALLS = 12,
	KAPPA_PERCENT = 150,

	NETS = 6, /* of 16 bits (IPv6: 32) */
};

struct line {
	struct beacon_test test;
	uint64_t servers, nets, calls, failed;
	uint64_t first_ns, last_ns;
};

/* A server that is called a few times, whatever its port. */
static bool
takes_turns(const struct pair_key *k, size_t n)
{
	return (k->proto == PROTO_TCP || k->proto == PROTO_UDP) && n <= MOST_CALLS &&
	       !name_is_key(&k->peer) && ip_scope(&k->peer) == IP_GLOBAL;
}

/* Of 16 bits (IPv6: 32). */
static bool
same_net(const struct ip *a, const struct ip *b)
{
	uint64_t x[2], y[2];

	if (!ip_is_v4(a))
		return memcmp(a->b, b->b, 4) == 0;
	memcpy(&x[0], a->b, 8);
	memcpy(&x[1], a->b + 6, 8);
	memcpy(&y[0], b->b, 8);
	memcpy(&y[1], b->b + 6, 8);
	return x[0] == y[0] && x[1] == y[1];
}

/* Of the pairs of one line, in their order. False: no memory. */
static bool
put_in_line(const struct pairs *pairs, const size_t *pair, size_t n,
    struct beacon_nulls *nulls, struct line *out)
{
	struct line l = { .servers = n, .first_ns = UINT64_MAX };
	struct pair sum = { 0 };
	struct ip before = { 0 };
	size_t calls;
	uint64_t *at, *sorted;

	*out = (struct line){ .first_ns = UINT64_MAX };
	for (size_t i = 0; i < n; i++) {
		struct ip peer = pairs_key(pairs, pair[i]).peer;

		(void)pairs_contacts(pairs, pair[i], &calls);
		l.calls += calls;
		l.nets += i == 0 || !same_net(&peer, &before);
		before = peer;
	}
	if (l.servers < FEWEST_SERVERS || l.calls < FEWEST_CALLS)
		return true;
	at = malloc(2 * l.calls * sizeof *at);
	if (at == NULL)
		return false;
	l.calls = 0;
	for (size_t i = 0; i < n; i++) {
		const struct contact *c = pairs_contacts(pairs, pair[i], &calls);

		for (size_t j = 0; j < calls; j++) {
			at[l.calls++] = c[j].start_ns;
			l.failed += (c[j].flags & CONTACT_FAILED) != 0;
		}
	}
	sorted = order_words(at, at + l.calls, l.calls, 0);
	for (size_t i = 0; i < l.calls; i++) {
		struct contact c = { .start_ns = sorted[i], .last_ns = sorted[i] };

		pair_see(&sum, &c);
	}
	l.first_ns = sorted[0];
	l.last_ns = sorted[l.calls - 1];
	l.test = beacon_test_with(nulls, &sum, 1);
	free(at);
	*out = l;
	return true;
}

/* The line of one subject. False: no memory. */
static bool
line_of(const struct calls *calls, const struct subject *s, struct line *out)
{
	size_t *pair = malloc((calls->end - calls->first) * sizeof *pair);
	struct beacon_nulls nulls = { .kappa_percent = KAPPA_PERCENT };
	size_t n = 0, contacts;
	bool room;

	if (pair == NULL)
		return false;
	for (size_t i = calls->first; i < calls->end; i++) {
		struct pair_key k = pairs_key(calls->pairs, i);

		(void)pairs_contacts(calls->pairs, i, &contacts);
		if (k.port == s->port && k.proto == s->proto && takes_turns(&k, contacts))
			pair[n++] = i;
	}
	room = put_in_line(calls->pairs, pair, n, &nulls, out);
	free(pair);
	return room;
}

static bool
stands_out(const struct line *l, const struct params *params, uint64_t pairs)
{
	return l->servers >= FEWEST_SERVERS &&
	       odds_fdr_ppm(l->test.llr_mb, pairs) <= params->q_ppm;
}

/* Do all reasons of `weigh` together make up for the port? Else nobody has to look. */
static bool
may_matter(uint8_t proto, uint16_t port)
{
	const struct port_use *use = port_use_find(proto, port);

	return weight_mb[WEIGHT_ROTATION_PRIOR] + weight_mb[WEIGHT_ROTATION_CLOCK] +
		   weight_mb[WEIGHT_ROTATION_MANY] + weight_mb[WEIGHT_ROTATION_FAILED] +
		   (use ? use->mb : weight_mb[WEIGHT_ROTATION_PORT_ODD]) >=
	       LIMIT_ODDS_LOW;
}

static bool
survey_host(struct survey *v, const struct caller *caller)
{
	struct subject s = { .kind = FINDING_ROTATION, .host = caller->calls.host };
	struct beacon_nulls *nulls = v->own;
	size_t *pair;
	bool room = true;

	if (caller->services < FEWEST_SERVERS || caller->side != SIDE_INTERNAL)
		return true;
	nulls->kappa_percent = KAPPA_PERCENT;
	pair = malloc(caller->services * sizeof *pair);
	if (pair == NULL)
		return false;
	for (size_t p = 0; room && p < caller->ports; p++) {
		const struct port_run *run = &caller->port[p];
		struct line l;
		size_t n = 0;

		if (run[1].from - run->from < FEWEST_SERVERS ||
		    !may_matter(run->proto, run->port))
			continue;
		for (size_t i = run->from; i < run[1].from; i++) {
			const struct called *at = &caller->service[caller->by_port[i]];

			if (takes_turns(&at->key, at->calls))
				pair[n++] = caller->calls.first + caller->by_port[i];
		}
		if (n < FEWEST_SERVERS)
			continue;
		s.port = run->port;
		s.proto = run->proto;
		room = put_in_line(caller->calls.pairs, pair, n, nulls, &l) &&
		       (!stands_out(&l, v->params, v->pairs) || survey_suspect(v, &s));
	}
	free(pair);
	return room;
}

static void
weigh(struct finding *f, const struct line *l)
{
	const struct port_use *use = port_use_find(f->proto, f->port);
	char port[PHRASE_ENDPOINT], n[PHRASE_COUNT];

	(void)phrase_port(f->port, f->proto, port);
	odds_weight(f, "prior", WEIGHT_ROTATION_PRIOR, "few clocks are control channels");
	odds_weight(f, "timing", WEIGHT_ROTATION_CLOCK,
	    "a clock even if the null is widened by half");
	if (l->nets >= NETS)
		odds_weight(f, "many", WEIGHT_ROTATION_MANY,
		    "%s servers of %llu networks take turns", phrase_count(l->servers, n),
		    (unsigned long long)l->nets);
	if (use)
		odds_term(f, "port", use->mb, "port %s is usually %s", port, use->words);
	else
		odds_weight(f, "port", WEIGHT_ROTATION_PORT_ODD,
		    "port %s has no usual service", port);
	if (l->failed * 3 >= l->calls)
		odds_weight(f, "failed", WEIGHT_ROTATION_FAILED, "%s calls got no service",
		    phrase_count(l->failed, n));
	odds_benign(f, "one name that has many addresses", !use || use->mb <= 0,
	    "large services answer from wherever there is room");
	odds_benign(
	    f, "a pool of time servers", f->port == 123, "they take turns by design");
}

static bool
judge(const struct heard *h, const struct subject *s, const struct context *ctx,
    const struct params *params, struct finding *f)
{
	struct buf b = { .at = f->why, .cap = sizeof f->why, .max = sizeof f->why - 1 };
	char host[IP_TEXT], port[PHRASE_ENDPOINT], low[STAMP_TEXT], high[STAMP_TEXT],
	    share[PHRASE_COUNT], n[PHRASE_COUNT], servers[PHRASE_COUNT];
	struct calls calls;
	struct line l;

	if (!calls_of(h, &s->host, &calls) || !line_of(&calls, s, &l) ||
	    !stands_out(&l, params, ctx->pairs))
		return false;
	f->first_ns = l.first_ns;
	f->last_ns = l.last_ns;
	f->contacts = l.calls;
	f->llr_mb = l.test.llr_mb;
	f->fdr_ppm = odds_fdr_ppm(f->llr_mb, ctx->pairs);
	odds_measure(f, "servers", l.servers);
	odds_measure(f, "networks", l.nets);
	odds_measure(f, "gaps", l.test.gaps);
	odds_measure(f, "gaps_in", l.test.gaps_in);
	odds_measure(f, "window_low_ns", pair_bin_low(l.test.first_bin));
	odds_measure(f, "window_high_ns", pair_bin_low(l.test.first_bin + l.test.width));
	odds_measure(f, "failed_calls", l.failed);
	weigh(f, &l);
	odds_severity(f, ctx, SEVERITY_HIGH);
	f->technique = "T1008";
	buf_printf(&b,
	    "%s called %s servers at %s in turn, %s times, most of them every %s to %s; "
	    "irregular traffic puts at most %s there",
	    ip_text(&s->host, host), phrase_count(l.servers, servers),
	    phrase_port(s->port, s->proto, port), phrase_count(l.calls, n),
	    stamp_period(pair_bin_low(l.test.first_bin), low),
	    stamp_period(pair_bin_low(l.test.first_bin + l.test.width), high),
	    phrase_share(l.test.null_ppm, share));
	CHECK(!b.bad);
	return true;
}

const struct detector detector_rotation = {
	.kind = FINDING_ROTATION,
	.scope = SCOPE_PORT,
	.own = sizeof(struct beacon_nulls),
	.survey_host = survey_host,
	.judge = judge,
};
