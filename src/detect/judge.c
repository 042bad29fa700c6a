/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/beacon.h"

#include <string.h>

#include "base/error.h"
#include "detect/control.h"
#include "detect/phrase.h"
#include "profile/names.h"

__extension__ typedef unsigned __int128 uwide;

#define PPM UINT64_C(1000000)

static uint32_t
ppm_of(uint64_t part, uint64_t whole)
{
	uwide ppm = whole ? (uwide)part * PPM / whole : 0;

	return ppm < PPM ? (uint32_t)ppm : (uint32_t)PPM;
}

/* Where half of the window's gaps are shorter, on the straight line through its bin. */
static uint64_t
median_ns(const struct pair *p, const struct beacon_test *t)
{
	uint32_t before = 0;

	for (int i = t->first_bin; i < t->first_bin + t->width; i++) {
		uint64_t low = pair_bin_low(i), high = pair_bin_low(i + 1);

		if (p->gap[i] > 0 && 2 * (before + p->gap[i]) >= t->gaps_in)
			return low + (high - low) * (t->gaps_in - 2 * before) /
					 (2 * (uint64_t)p->gap[i]);
		before += p->gap[i];
	}
	return pair_bin_low(t->first_bin);
}

static uint32_t
counted_gaps(const struct pair *p)
{
	uint32_t n = 0;

	for (int i = 0; i < PAIR_BINS; i++)
		n += p->gap[i];
	return n;
}

/*
 * Halved counters keep the share of the window, not the number: scale it to all gaps. Of
 * the time that was heard.
 */
static uint32_t
coverage_ppm(const struct pair *p, const struct beacon_test *t, uint64_t period_ns,
    uint64_t unheard_ns)
{
	uint64_t kept = counted_gaps(p), span = p->last_ns - p->first_ns;
	uwide busy;

	span -= unheard_ns < span ? unheard_ns : span;
	if (kept == 0 || span == 0)
		return 0;
	busy = (uwide)t->gaps_in * p->gaps / kept * period_ns;
	return busy < span ? ppm_of((uint64_t)busy, span) : (uint32_t)PPM;
}

static struct beacon_shape
shape_of(const struct pair *p, const struct context *c, const struct beacon_test *t,
    uint32_t kappa_percent)
{
	uint64_t low = pair_bin_low(t->first_bin),
		 high = pair_bin_low(t->first_bin + t->width);
	uint64_t period = c->gap_ns[1];

	/* The alert's window may be another one than the candidate's. */
	if (period < low || period >= high)
		period = median_ns(p, t);

	return (struct beacon_shape){
		.period_ns = period,
		.low_ns = low,
		.high_ns = high,
		.gaps = t->gaps,
		.gaps_in = t->gaps_in,
		.null_ppm = t->null_ppm,
		.coverage_ppm = coverage_ppm(p, t, period, c->unheard_ns),
		.hours = (uint32_t)__builtin_popcount(p->hours),
		.same_size_ppm = ppm_of(p->size_n[0], p->contacts),
		.failed_ppm = ppm_of(p->failed, p->contacts),
		.kappa_percent = kappa_percent,
		.log10_p_ud = t->log10_p_ud,
	};
}

/* The test at one kappa, and its q-value; false: not within the wanted rate. */
static bool
holds(const struct pair *p, const struct context *c, int level, uint32_t kappa_percent,
    uint32_t q_ppm, struct beacon_test *test, uint32_t *fdr_ppm)
{
	struct by_step step = { c->by_log10_p_ud[level], c->by_rank[level] };

	*test = beacon_test(p, kappa_percent, c->looks);
	/* A step below the pair's own p is not of this run. */
	if (test->log10_p_ud == 0 || step.rank == 0 || step.log10_p_ud < test->log10_p_ud)
		return false;
	*fdr_ppm = by_fdr_ppm(step, c->pairs);
	return *fdr_ppm <= q_ppm;
}

bool
beacon_judge(const struct pair_key *key, const struct pair *pair, const struct context *ctx,
    const struct params *params, struct finding *out)
{
	uint32_t kappa = params->candidate_kappa_percent, alert_fdr;
	struct beacon_test test, alert;
	struct finding f = { .kind = FINDING_BEACON };
	bool alert_holds;

	if (!holds(pair, ctx, 0, kappa, params->q_ppm, &test, &f.fdr_ppm))
		return false;
	alert_holds = holds(
	    pair, ctx, 1, params->alert_kappa_percent, params->q_ppm, &alert, &alert_fdr);
	if (alert_holds) {
		test = alert;
		kappa = params->alert_kappa_percent;
		f.fdr_ppm = alert_fdr;
	}
	f.host = key->host;
	/* A name is the peer where it is not at one address. */
	if (!name_is_key(&key->peer))
		f.peer = key->peer;
	memcpy(f.name, ctx->name, sizeof f.name);
	f.port = key->port;
	f.proto = key->proto;
	f.first_ns = pair->first_ns;
	f.last_ns = pair->last_ns;
	f.contacts = pair->contacts;
	f.llr_mb = test.llr_mb;
	f.beacon = shape_of(pair, ctx, &test, kappa);
	f.limits = ctx->limits;
	control_weigh(pair, ctx, alert_holds, &f);
	phrase_beacon(&f, counted_gaps(pair), pair_bin_low(test.first_trial));
	*out = f;
	return true;
}
