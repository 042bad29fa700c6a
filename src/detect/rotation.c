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
#include "detect/odds.h"
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

	PRIOR_MB = -4000, /* as for a clock */
	CLOCK_MB = 2000,
	MANY_MB = 800, /* servers of unrelated networks, each for a call or two */
	FAILED_MB = 800,
	PORT_ODD_MB = 1200,
	NETS = 6, /* of 16 bits (IPv6: 32) */
};

struct line {
	struct beacon_test test;
	uint64_t servers, nets, calls, failed;
	uint64_t first_ns, last_ns;
};

static bool
in_line(const struct subject *s, const struct pair_key *k, size_t n)
{
	return k->port == s->port && k->proto == s->proto && n <= MOST_CALLS &&
	       !name_is_key(&k->peer) && ip_scope(&k->peer) == IP_GLOBAL;
}

static int
compare_times(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* False: no memory. */
static bool
put_in_line(const struct calls *calls, const struct subject *s, struct line *out)
{
	struct line l = { .first_ns = UINT64_MAX };
	struct pair sum = { 0 };
	struct ip before = { 0 };
	uint64_t *at;

	*out = l;
	for (size_t i = calls->first; i < calls->end; i++) {
		struct pair_key k = pairs_key(calls->pairs, i);
		size_t n;

		(void)pairs_contacts(calls->pairs, i, &n);
		if (!in_line(s, &k, n))
			continue;
		l.calls += n;
		l.nets += l.servers == 0 ||
			  memcmp(k.peer.b, before.b, ip_is_v4(&k.peer) ? 14 : 4) != 0;
		l.servers++;
		before = k.peer;
	}
	if (l.servers < FEWEST_SERVERS || l.calls < FEWEST_CALLS)
		return true;
	at = malloc(l.calls * sizeof *at);
	if (at == NULL)
		return false;
	l.calls = 0;
	for (size_t i = calls->first; i < calls->end; i++) {
		struct pair_key k = pairs_key(calls->pairs, i);
		size_t n;
		const struct contact *c = pairs_contacts(calls->pairs, i, &n);

		for (size_t j = 0; in_line(s, &k, n) && j < n; j++) {
			at[l.calls++] = c[j].start_ns;
			l.failed += (c[j].flags & CONTACT_FAILED) != 0;
		}
	}
	qsort(at, l.calls, sizeof *at, compare_times);
	for (size_t i = 0; i < l.calls; i++) {
		struct contact c = { .start_ns = at[i], .last_ns = at[i] };

		pair_see(&sum, &c);
	}
	l.first_ns = at[0];
	l.last_ns = at[l.calls - 1];
	l.test = beacon_test(&sum, KAPPA_PERCENT, 1);
	free(at);
	*out = l;
	return true;
}

static bool
stands_out(const struct line *l, const struct params *params, uint64_t pairs)
{
	return l->servers >= FEWEST_SERVERS &&
	       odds_fdr_ppm(l->test.llr_mb, pairs) <= params->q_ppm;
}

/* How many servers of each port a host called a few times; zeros between hosts. */
struct tally {
	uint32_t tcp[65536], udp[65536];
};

static uint32_t *
tally_of(struct tally *t, const struct pair_key *k)
{
	return k->proto == PROTO_TCP   ? &t->tcp[k->port]
	       : k->proto == PROTO_UDP ? &t->udp[k->port]
				       : NULL;
}

enum pass { COUNT, JUDGE, CLEAR };

static bool
survey_host(const struct calls *calls, const struct params *params, uint64_t pairs,
    struct tally *tally, suspect_sink *sink, void *state)
{
	bool room = true;

	for (enum pass pass = COUNT; pass <= CLEAR; pass++)
		for (size_t i = calls->first; i < calls->end; i++) {
			struct pair_key k = pairs_key(calls->pairs, i);
			struct subject s = { .kind = FINDING_ROTATION,
				.host = k.host,
				.port = k.port,
				.proto = k.proto };
			uint32_t *servers = tally_of(tally, &k);
			struct line l;
			size_t n;

			(void)pairs_contacts(calls->pairs, i, &n);
			if (servers == NULL || !in_line(&s, &k, n))
				continue;
			if (pass == COUNT)
				++*servers;
			else if (pass == CLEAR)
				*servers = 0;
			if (pass != JUDGE || *servers < FEWEST_SERVERS || !room)
				continue;
			*servers = 0; /* once for each port */
			room = put_in_line(calls, &s, &l) &&
			       (!stands_out(&l, params, pairs) || sink(state, &s));
		}
	return room;
}

static enum status
survey(const struct heard *h, const struct params *params, suspect_sink *sink, void *state,
    struct error *err)
{
	struct tally *tally = calloc(1, sizeof *tally);
	struct calls_walk at = { 0 };
	bool room = tally != NULL;
	struct calls calls;
	uint64_t pairs = 0;

	for (size_t i = 0; i < h->shards; i++)
		pairs += pairs_count(h->shard[i]);
	while (room && calls_next(h, &at, &calls))
		if (calls.end - calls.first >= FEWEST_SERVERS &&
		    heard_side(h, &calls.host) == SIDE_INTERNAL)
			room = survey_host(&calls, params, pairs, tally, sink, state);
	free(tally);
	return room ? OK : error_set(err, E_NOMEM, "no memory for findings");
}

static void
weigh(struct finding *f, const struct line *l)
{
	const struct port_use *use = port_use_find(f->proto, f->port);
	char port[PHRASE_ENDPOINT], n[PHRASE_COUNT];

	(void)phrase_port(f->port, f->proto, port);
	odds_term(f, "prior", PRIOR_MB, "few clocks are control channels");
	odds_term(f, "timing", CLOCK_MB, "a clock even if the null is widened by half");
	if (l->nets >= NETS)
		odds_term(f, "many", MANY_MB, "%s servers of %llu networks take turns",
		    phrase_count(l->servers, n), (unsigned long long)l->nets);
	if (use)
		odds_term(f, "port", use->mb, "port %s is usually %s", port, use->words);
	else
		odds_term(f, "port", PORT_ODD_MB, "port %s has no usual service", port);
	if (l->failed * 3 >= l->calls)
		odds_term(f, "failed", FAILED_MB, "%s calls got no service",
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

	if (!calls_of(h, &s->host, &calls) || !put_in_line(&calls, s, &l) ||
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
	.survey = survey,
	.judge = judge,
};
