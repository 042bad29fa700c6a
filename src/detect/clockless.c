/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host that calls one rare outside service again and again, with no clock.
 *
 * Who sleeps for times without memory cannot be told from chance by timing: the
 * test of beacon.h says nothing of him, and rightly so. What remains is that few
 * hosts of ours know the service, that it is called in most hours there are and
 * not while somebody sits there, that calls and answers are equally long, and
 * whether anybody named it. None of that is proof, nor is all of it together: a
 * program of one's own looks the same. So it is low at most, and says what was
 * tried and what was not found.
 *
 * It is about pairs whose p is above the wanted rate of false discoveries: no
 * step of Benjamini-Yekutieli reaches them, so none of them is a beacon, too.
 */
#include "detect/detectors.h"
#include "detect/beacon.h"
#include "detect/manner.h"
#include "detect/odds.h"
#include "detect/phrase.h"
#include "detect/port_use.h"

#include <stdio.h>

#include "base/stamp.h"
#include "record/flow.h"

enum {
	FEWEST_VISITS = 24, /* calls within 2 s are one */
	FEWEST_HOURS = 6,   /* of the clock, with a call in them */
	MOST_HOSTS = 2,     /* of ours call it: more, and it is known here */
	FLAT_PPM = 800000,  /* of the calls are equally long */
	ROUND_HOURS = 12,   /* longer than somebody sits there */

	SIZE_BINS = 4 * 32, /* four to the octave */
};

#define HOUR_NS UINT64_C(3600000000000)

struct visits {
	uint32_t visits;
	uint64_t first_ns, last_ns;
	uint64_t hours, of_hours;
	uint32_t up_ppm, down_ppm; /* that are within a factor of 1.41 of each other */
	uint64_t up, down;
	int64_t log10_p_ud;
};

/* floor(4 log2(n)) of n > 0. */
static unsigned
size_bin(uint32_t n)
{
	unsigned octave = 31U - (unsigned)__builtin_clz(n);
	uint64_t part = ((uint64_t)n << 32) >> octave; /* 2^32 to 2^33 */

	return 4 * octave + (part >= UINT64_C(5107605667)) +
	       (part >= UINT64_C(6074001000)) + (part >= UINT64_C(7223364788));
}

/* The share of all that the two fullest neighbours hold. */
static uint32_t
flat_ppm(const uint32_t bin[static SIZE_BINS], size_t n)
{
	uint32_t most = 0;

	for (unsigned i = 0; i + 1 < SIZE_BINS; i++)
		if (bin[i] + bin[i + 1] > most)
			most = bin[i] + bin[i + 1];
	return n > 0 ? (uint32_t)((uint64_t)most * 1000000 / n) : 0;
}

/* Everything but the test, which takes longer than all the rest. */
static struct visits
measure(const struct contact *c, size_t n)
{
	struct visits v = { .first_ns = c[0].start_ns, .last_ns = c[n - 1].start_ns };
	uint32_t up[SIZE_BINS] = { 0 }, down[SIZE_BINS] = { 0 };
	uint64_t hour = UINT64_MAX, before = 0;
	size_t served = 0;

	for (size_t i = 0; i < n; i++) {
		if (v.visits == 0 || c[i].start_ns - before >= PAIR_BIN_FIRST_NS)
			v.visits++;
		before = c[i].start_ns;
		if (before / HOUR_NS != hour)
			v.hours++;
		hour = before / HOUR_NS;
		if (c[i].flags & CONTACT_FAILED)
			continue;
		served++;
		v.up += c[i].up;
		v.down += c[i].down;
		if (c[i].up > 0)
			up[size_bin(c[i].up)]++;
		if (c[i].down > 0)
			down[size_bin(c[i].down)]++;
	}
	v.of_hours = v.last_ns / HOUR_NS - v.first_ns / HOUR_NS + 1;
	v.up_ppm = flat_ppm(up, served);
	v.down_ppm = flat_ppm(down, served);
	return v;
}

static bool
stands_out(const struct visits *v)
{
	return v->visits >= FEWEST_VISITS && v->hours >= FEWEST_HOURS &&
	       v->up_ppm >= FLAT_PPM && v->down_ppm >= FLAT_PPM;
}

static bool
worth(const struct caller *caller, const struct called *s)
{
	const struct port_use *use;
	struct visits v;

	if (s->calls < FEWEST_VISITS || caller->side != SIDE_INTERNAL || s->up == 0 ||
	    s->down == 0 || s->failed * 2 > s->calls || name_is_key(&s->key.peer) ||
	    (s->key.proto != PROTO_TCP && s->key.proto != PROTO_UDP))
		return false;
	/* The machinery of a network is called without a clock, too, and is no secret. */
	use = port_use_find(s->key.proto, s->key.port);
	if (use && use->mb < 0)
		return false;
	v = measure(s->call, s->calls);
	return stands_out(&v) && called_may_be_out(caller, s);
}

static void
weigh(struct finding *f, const struct context *c, const struct visits *v)
{
	char up[PHRASE_COUNT], down[PHRASE_COUNT];

	odds_weight(f, "prior", WEIGHT_CLOCKLESS_PRIOR,
	    "programs of one's own call without a clock, too");
	if (v->hours >= ROUND_HOURS && v->hours * 2 >= v->of_hours)
		odds_weight(f, "hours", WEIGHT_CLOCKLESS_HOURS,
		    "it is called in %llu of %llu hours, when nobody sits there as well",
		    (unsigned long long)v->hours, (unsigned long long)v->of_hours);
	odds_weight(f, "sizes", WEIGHT_CLOCKLESS_FLAT,
	    "%s of the calls are equally long, and %s of the answers",
	    phrase_share(v->up_ppm, up), phrase_share(v->down_ppm, down));
	(void)odds_port(f, WEIGHT_CLOCKLESS_PORT_ODD);
	(void)manner_certificate(c, f);
	(void)manner_print(c, f);
	odds_apart(f, c);
	odds_own_address(f, c, v->first_ns);
	odds_prevalence(f, c);
	odds_name(f, c);
	odds_benign(f, "a program that calls when there is something to tell", true,
	    "it has no clock either");
	odds_benign(f, "software that others have too",
	    c->hosts < (uint64_t)FEWEST_VISITS || c->peer_hosts > 1,
	    "%llu of %llu internal hosts call this server",
	    (unsigned long long)c->peer_hosts, (unsigned long long)c->hosts);
}

/* What was tried and said nothing, and what is left. */
static void
say(struct finding *f, const struct context *c, const struct visits *v)
{
	struct buf b = { .at = f->why, .cap = sizeof f->why, .max = sizeof f->why - 1 };
	char host[IP_TEXT], peer[PHRASE_ENDPOINT], n[PHRASE_COUNT], span[STAMP_TEXT],
	    share[PHRASE_COUNT];
	/* Rounded up to the next sixteenth of a decade. */
	uint32_t p = (odds_fdr_ppm(-v->log10_p_ud / 1000, 1) + 9999) / 10000;
	char chance[16] = "= 1";

	if (p < 100)
		(void)snprintf(chance, sizeof chance, "<= 0.%02u", p);
	buf_printf(&b,
	    "%s called %s %s times over %s; timing: no clock found (p %s), so it is not "
	    "called a beacon; what remains: ",
	    ip_text(&f->host, host), phrase_endpoint(&f->peer, f->port, f->proto, peer),
	    phrase_count(f->contacts, n), stamp_period(v->last_ns - v->first_ns, span),
	    chance);
	if (c->hosts > 1)
		buf_printf(&b, "called by %llu of %llu internal hosts, ",
		    (unsigned long long)c->peer_hosts, (unsigned long long)c->hosts);
	buf_printf(&b, "in %llu of %llu hours, %s of the calls equally long",
	    (unsigned long long)v->hours, (unsigned long long)v->of_hours,
	    phrase_share(v->up_ppm, share));
	if (c->name[0] == '\0' && (c->unnamed > 0 || c->lookups > 0))
		buf_puts(&b, ", no name");
	if (manner_print(c, NULL) > 0)
		buf_puts(&b, ", a fingerprint of its own");
	if (manner_certificate(c, NULL) > 0)
		buf_puts(&b, ", a certificate unlike those of public services");
	CHECK(!b.bad);
}

static bool
judge(const struct heard *h, const struct subject *s, const struct context *ctx,
    const struct params *params, struct finding *f)
{
	const struct port_use *use = port_use_find(s->proto, s->port);
	const struct contact *c;
	struct calls calls;
	struct visits v;
	struct pair p;
	size_t pair, n;

	if (ctx->peer_side == SIDE_INTERNAL || ctx->host_side != SIDE_INTERNAL ||
	    ctx->peer_hosts > MOST_HOSTS || !calls_of(h, &s->host, &calls))
		return false;
	c = calls_service(&calls, s, &pair, &n);
	if (c == NULL)
		return false;
	for (size_t i = 0; i < n; i++)
		if (c[i].flags & CONTACT_SAMPLED)
			return false;
	v = measure(c, n);
	if (!stands_out(&v))
		return false;
	p = pairs_pair(calls.pairs, pair);
	v.log10_p_ud =
	    beacon_test(&p, params->candidate_kappa_percent, ctx->looks).log10_p_ud;
	/* log10 of q, rounded up: what is above it is no beacon whatever else there is. */
	if (v.log10_p_ud < 0 &&
	    odds_fdr_ppm(-v.log10_p_ud / 1000, 1) <= params->q_ppm + params->q_ppm / 4)
		return false;
	f->first_ns = v.first_ns;
	f->last_ns = v.last_ns;
	f->contacts = n;
	f->fdr_ppm = 1; /* it is measured; nothing is inferred */
	odds_measure(f, "visits", v.visits);
	odds_measure(f, "hours", v.hours);
	odds_measure(f, "of_hours", v.of_hours);
	odds_measure(f, "same_up_ppm", v.up_ppm);
	odds_measure(f, "same_down_ppm", v.down_ppm);
	odds_measure(f, "up_bytes", v.up);
	odds_measure(f, "down_bytes", v.down);
	weigh(f, ctx, &v);
	odds_severity(f, ctx, SEVERITY_LOW);
	f->technique = f->severity >= SEVERITY_LOW
			   ? port_class_technique(use ? use->class : PORT_OTHER)
			   : NULL;
	say(f, ctx, &v);
	return true;
}

const struct detector detector_clockless = {
	.kind = FINDING_CLOCKLESS,
	.scope = SCOPE_SERVICE,
	.explained = true, /* that there is no clock is worth knowing, as a clock is */
	.worth = worth,
	.judge = judge,
};
