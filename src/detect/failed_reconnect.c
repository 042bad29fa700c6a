/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host that calls one outside service again and again and gets none.
 *
 * Control servers die, are taken down or sinkholed; what they controlled calls
 * on. That the calls failed was seen and is no inference; the null that gives
 * the likelihood ratio is a service that answers every second call at least,
 * each call on its own. An outage is the harmless explanation, and is named.
 */
#include "detect/detectors.h"
#include "detect/odds.h"
#include "detect/phrase.h"
#include "detect/port_use.h"

#include "base/stamp.h"
#include "record/flow.h"

enum {
	FEWEST_FAILED = 20,
	LEAST_FAILED_PPM = 800000,
	FEWEST_SLOTS = 3,       /* of five minutes, or */
	IMPATIENT = 100,        /* failures within ten minutes */
	MOST_HOSTS_PPM = 20000, /* of our hosts call it: else it is known here */

	FAILED_IF_DEAD_MB = 279,   /* log10(0.95 / 0.5) */
	SERVED_IF_DEAD_MB = -1000, /* log10(0.05 / 0.5) */
};

#define SLOT_NS   UINT64_C(300000000000)
#define WINDOW_NS UINT64_C(600000000000)
#define LONG_NS   UINT64_C(21600000000000)

struct failures {
	size_t failed, slots;
	size_t densest; /* most within WINDOW_NS */
	uint64_t first_ns, last_ns;
};

static struct failures
count_failures(const struct contact *c, size_t n)
{
	struct failures f = { .first_ns = c[0].start_ns, .last_ns = c[n - 1].start_ns };
	uint64_t slot = UINT64_MAX;
	size_t oldest = 0, inside = 0;

	for (size_t i = 0; i < n; i++) {
		if (!(c[i].flags & CONTACT_FAILED))
			continue;
		f.failed++;
		inside++;
		for (; c[i].start_ns - c[oldest].start_ns >= WINDOW_NS; oldest++)
			inside -= (c[oldest].flags & CONTACT_FAILED) != 0;
		f.densest = inside > f.densest ? inside : f.densest;
		if (c[i].start_ns / SLOT_NS != slot) {
			slot = c[i].start_ns / SLOT_NS;
			f.slots++;
		}
	}
	return f;
}

static bool
stands_out(const struct failures *f, size_t n)
{
	return f->failed >= FEWEST_FAILED && f->failed * 1000000 / n >= LEAST_FAILED_PPM &&
	       (f->slots >= FEWEST_SLOTS || f->densest >= IMPATIENT);
}

static bool
worth(const struct caller *caller, const struct called *s)
{
	struct failures f;

	/* Datagrams without an answer are often how it is meant. */
	if (s->failed < FEWEST_FAILED || s->key.proto != PROTO_TCP)
		return false;
	f = count_failures(s->call, s->calls);
	return stands_out(&f, s->calls) && called_side(caller, s) == SIDE_EXTERNAL;
}

static void
say(struct finding *f, const struct failures *s)
{
	char host[IP_TEXT], peer[PHRASE_ENDPOINT], failed[PHRASE_COUNT], all[PHRASE_COUNT],
	    span[STAMP_TEXT];
	struct buf b = { .at = f->why, .cap = sizeof f->why, .max = sizeof f->why - 1 };

	buf_printf(&b, "%s called %s %s times over %s and got no service %s times",
	    ip_text(&f->host, host), phrase_endpoint(&f->peer, f->port, f->proto, peer),
	    phrase_count(f->contacts, all), stamp_period(s->last_ns - s->first_ns, span),
	    phrase_count(s->failed, failed));
	CHECK(!b.bad);
}

static void
weigh(struct finding *f, const struct context *c, const struct failures *s)
{
	const struct port_use *use = port_use_find(f->proto, f->port);
	char port[PHRASE_ENDPOINT], n[PHRASE_COUNT], span[STAMP_TEXT];

	(void)phrase_port(f->port, f->proto, port);
	odds_weight(f, "prior", WEIGHT_FAILED_RECONNECT_PRIOR,
	    "of services that are gone few controlled anybody");
	if (s->densest >= IMPATIENT)
		odds_weight(f, "impatient", WEIGHT_FAILED_RECONNECT_IMPATIENT,
		    "%s failed calls within ten minutes", phrase_count(s->densest, n));
	if (s->last_ns - s->first_ns >= LONG_NS)
		odds_weight(f, "persistent", WEIGHT_FAILED_RECONNECT_PERSISTENT,
		    "it went on for %s", stamp_period(s->last_ns - s->first_ns, span));
	if (use)
		odds_term(f, "port", use->mb, "port %s is usually %s", port, use->words);
	else
		odds_weight(f, "port", WEIGHT_FAILED_RECONNECT_PORT_ODD,
		    "port %s has no usual service", port);
	odds_prevalence(f, c);
	odds_benign(f, "a program whose server is down", true,
	    "%s calls failed, and nobody here can see why", phrase_count(s->failed, n));
	odds_benign(f, "a firewall that blocks it",
	    c->peer_hosts <= 1 ? s->slots > 0 : true,
	    "a blocked service looks the same from inside");
}

static bool
judge(const struct heard *h, const struct subject *s, const struct context *ctx,
    const struct params *params, struct finding *f)
{
	struct failures fail;
	struct calls calls;
	const struct contact *c;
	size_t pair, n;

	(void)params;
	if (!calls_of(h, &s->host, &calls))
		return false;
	c = calls_service(&calls, s, &pair, &n);
	if (c == NULL)
		return false;
	fail = count_failures(c, n);
	if (!stands_out(&fail, n) || ctx->peer_side != SIDE_EXTERNAL)
		return false;
	if (ctx->hosts >= 50 && ctx->peer_hosts * 1000000 / ctx->hosts > MOST_HOSTS_PPM)
		return false;
	f->first_ns = fail.first_ns;
	f->last_ns = fail.last_ns;
	f->contacts = n;
	f->llr_mb = (int64_t)fail.failed * FAILED_IF_DEAD_MB +
		    (int64_t)(n - fail.failed) * SERVED_IF_DEAD_MB;
	f->fdr_ppm = odds_fdr_ppm(f->llr_mb, ctx->pairs);
	odds_measure(f, "failed_calls", fail.failed);
	odds_measure(f, "failed_ppm", fail.failed * 1000000 / n);
	odds_measure(f, "slots_of_5_min", fail.slots);
	odds_measure(f, "densest_10_min_calls", fail.densest);
	weigh(f, ctx, &fail);
	odds_severity(f, ctx, SEVERITY_HIGH);
	f->technique = f->severity >= SEVERITY_LOW ? "T1008" : NULL;
	say(f, &fail);
	return true;
}

const struct detector detector_failed_reconnect = {
	.kind = FINDING_FAILED_RECONNECT,
	.scope = SCOPE_SERVICE,
	.worth = worth,
	.judge = judge,
};
