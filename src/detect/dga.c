/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host that looks for names that a machine made.
 *
 * Programs that make the names of their servers from the date try many that
 * nobody registered. One such name is weak evidence; what a host looked for in
 * vain within an hour is strong. Each registered label scores log2 of
 * P(drawn blindly) / P(named by people), and the scores are added.
 *
 * The null is a host whose failed names were named by people: the chance that
 * so many of their names reach the sum is a table (data/dga.tsv), made of names
 * that trained nothing. Several hours are tried and the best is taken, so the
 * chance is multiplied by how many. Names made of words are not found.
 */
#include "detect/dga_table.h"
#include "detect/detectors.h"
#include "detect/odds.h"
#include "detect/phrase.h"

#include <stdlib.h>
#include <string.h>

#include "base/stamp.h"
#include "detect/binomial.h"

enum {
	FEWEST_NAMES = 5,
	LEAST_SURPRISE = 3000, /* millidecades: one host in a thousand, at most */
	FAILED_MOST = 4096,    /* names of a host that are looked at */
	LABEL_LEAST = 5,
	LABEL_MOST = 40,
	PROBE_NAMES = 3, /* a browser asks for three that cannot be */
	PROBE_LEAST = 7,
	PROBE_MOST = 15,
	PROBES_MOST = 3, /* times that we believe it */
	MANY_NAMES = 20,
	SHARE_PPM = 300000,
	CROWD_PPM =
	    50000, /* fewer fail where somebody asks for others, or for all there is */

};

#define HOUR_NS  UINT64_C(3600000000000)
#define PROBE_NS UINT64_C(5000000000)

/* A registered domain of which nothing exists. */
struct failed {
	uint64_t at_ns;
	const char *text;
	uint32_t asked;
	int16_t score;
	uint8_t label;   /* octets of it */
	bool like_probe; /* letters alone, and nothing before the domain */
};

struct vain {
	struct failed at[FAILED_MOST];
	size_t n, domains, exempt;
	/* The hour that surprises most. */
	size_t first, end;
	int64_t sum, surprise;
	size_t beside; /* domains first looked up in that hour, these among them */
	uint64_t asked;
};

static int
failed_order(const void *a, const void *b)
{
	const struct failed *x = a, *y = b;

	if (x->at_ns != y->at_ns)
		return x->at_ns < y->at_ns ? -1 : 1;
	return strcmp(x->text, y->text);
}

static bool
is_failed(const struct lookup_domain *d, struct failed *f)
{
	size_t len = d->suffix > 0 ? d->suffix - 1U : 0;
	bool letters = true;

	if (!d->listed || len < LABEL_LEAST || len > LABEL_MOST ||
	    strncmp(d->text, "xn--", 4) == 0)
		return false;
	*f = (struct failed){ .at_ns = d->name[0].first_ns, .text = d->text };
	for (size_t i = 0; i < d->n; i++) {
		if (d->name[i].found > 0 || d->name[i].failed == 0)
			return false;
		f->asked += d->name[i].asked;
	}
	for (size_t i = 0; i < len; i++)
		letters &= d->text[i] >= 'a' && d->text[i] <= 'z';
	f->label = (uint8_t)len;
	f->like_probe = letters && len >= PROBE_LEAST && len <= PROBE_MOST && d->n == 1 &&
			d->name[0].label == 0;
	f->score = (int16_t)dga_score(d->text, len);
	return true;
}

static bool
is_probe(const struct vain *v, size_t i)
{
	const struct failed *f = &v->at[i];

	if (v->n - i < PROBE_NAMES || f[PROBE_NAMES - 1].at_ns - f->at_ns > PROBE_NS)
		return false;
	if ((i > 0 && f->at_ns - f[-1].at_ns <= PROBE_NS) ||
	    (i + PROBE_NAMES < v->n &&
		f[PROBE_NAMES].at_ns - f[PROBE_NAMES - 1].at_ns <= PROBE_NS))
		return false;
	for (size_t k = 0; k < PROBE_NAMES; k++)
		if (!f[k].like_probe ||
		    strcmp(f[k].text + f[k].label, f->text + f->label) != 0)
			return false;
	return true;
}

/* Three random names at once under one suffix, a few times: a browser asks who lies. */
static void
exempt_probes(struct vain *v)
{
	size_t kept = 0, probes = 0;

	for (size_t i = 0; i < v->n;) {
		if (probes < PROBES_MOST && is_probe(v, i)) {
			probes++;
			v->exempt += PROBE_NAMES;
			/* Keep the order readable for the next question. */
			memmove(v->at + i, v->at + i + PROBE_NAMES,
			    (v->n - i - PROBE_NAMES) * sizeof *v->at);
			v->n -= PROBE_NAMES;
			continue;
		}
		kept = ++i;
	}
	v->n = kept;
}

/* The hour whose names surprise most; the earliest of equals. */
static void
find_hour(struct vain *v)
{
	size_t oldest = 0;
	int64_t sum = 0, tried;

	for (size_t i = 0; i < v->n; i++) {
		int64_t surprise;

		sum += v->at[i].score;
		for (; v->at[i].at_ns - v->at[oldest].at_ns >= HOUR_NS; oldest++)
			sum -= v->at[oldest].score;
		surprise = dga_surprise(i + 1 - oldest, sum);
		if (i + 1 - oldest < FEWEST_NAMES || surprise <= v->surprise)
			continue;
		v->surprise = surprise;
		v->sum = sum;
		v->first = oldest;
		v->end = i + 1;
	}
	tried = ((int64_t)log10_q58(v->n ? v->n : 1) >> 28) * 1000 >> 30;
	v->surprise -= v->end - v->first < v->n ? tried + 1 : 0;
}

static void
look(const struct lookups *l, size_t first, size_t end, struct vain *v)
{
	v->n = v->domains = v->exempt = v->first = v->end = v->beside = 0;
	v->sum = v->surprise = 0;
	v->asked = 0;
	for (size_t i = first; i < end; i++) {
		struct lookup_domain d = lookups_at(l, i);

		v->domains += d.listed;
		v->n += v->n < FAILED_MOST && is_failed(&d, &v->at[v->n]);
	}
	if (v->n < FEWEST_NAMES)
		return;
	qsort(v->at, v->n, sizeof *v->at, failed_order);
	exempt_probes(v);
	find_hour(v);
	for (size_t i = v->first; i < v->end; i++)
		v->asked += v->at[i].asked;
	for (size_t i = first; v->end > 0 && i < end; i++) {
		uint64_t at_ns = lookups_at(l, i).name[0].first_ns;

		v->beside +=
		    at_ns >= v->at[v->first].at_ns && at_ns <= v->at[v->end - 1].at_ns;
	}
}

static bool
stands_out(const struct vain *v)
{
	return v->end - v->first >= FEWEST_NAMES && v->surprise >= LEAST_SURPRISE;
}

static bool
survey_end(struct survey *v)
{
	const struct heard *h = v->heard;

	for (size_t i = 0; h->lookups && i < h->shards; i++) {
		const struct lookups *l = h->lookups[i];
		size_t all = lookups_domains(l);

		for (size_t first = 0, end; first < all; first = end) {
			struct ip host = lookups_at(l, first).host;
			struct subject s = { .kind = FINDING_DGA, .host = host };
			struct vain vain;

			lookups_of(l, &host, &first, &end);
			if (end - first < FEWEST_NAMES)
				continue;
			look(l, first, end, &vain);
			if (stands_out(&vain) && !survey_suspect(v, &s))
				return false;
		}
	}
	return true;
}

static void
weigh(struct finding *f, const struct vain *v)
{
	size_t names = v->end - v->first;
	uint64_t share = names * 1000000 / v->beside;
	int32_t most = weight_mb[WEIGHT_DGA_NAMES_MOST];
	int64_t told = f->llr_mb < most ? f->llr_mb : most;
	char n[PHRASE_COUNT], m[PHRASE_COUNT];

	odds_weight(f, "prior", WEIGHT_DGA_PRIOR,
	    "of a thousand hosts that look for names in vain one is controlled");
	odds_part(f, "names", WEIGHT_DGA_NAMES_MOST, (int32_t)told,
	    "%s names score %lld bits together; names that people gave do so at most "
	    "once in 10^%lld",
	    phrase_count(names, n), (long long)v->sum, (long long)(v->surprise / 1000));
	if (names >= MANY_NAMES)
		odds_weight(f, "many", WEIGHT_DGA_MANY, "%s of them within an hour",
		    phrase_count(names, n));
	if (share >= SHARE_PPM || share < CROWD_PPM)
		odds_weight(f, "share",
		    share < CROWD_PPM ? WEIGHT_DGA_CROWD : WEIGHT_DGA_SHARE,
		    "of %s domains it looked up meanwhile %s do not exist",
		    phrase_count(v->beside, n), phrase_count(names, m));
	odds_benign(f, "a browser that asks for names that cannot be", false,
	    "%s such names were left out; these are more, or come otherwise",
	    phrase_count(v->exempt, n));
	odds_benign(f, "a resolver that denies the names of advertisers", true,
	    "some of them are made by machines, and only the resolver knows");
	odds_benign(f, "a resolver or a crawler, that asks for names of all kinds",
	    share < SHARE_PPM, "%s domains were looked up meanwhile, %s in vain",
	    phrase_count(v->beside, n), phrase_count(names, m));
	odds_benign(f, "a mail server that checks its senders", true,
	    "those who send unasked make names by machine, too");
}

static void
say(struct finding *f, const struct vain *v)
{
	char host[IP_TEXT], names[PHRASE_COUNT], span[STAMP_TEXT];
	struct buf b = { .at = f->why, .cap = sizeof f->why, .max = sizeof f->why - 1 };
	const struct failed *best[2] = { NULL, NULL };

	for (size_t i = v->first; i < v->end; i++) {
		const struct failed *one = &v->at[i];

		if (best[0] == NULL || one->score > best[0]->score) {
			best[1] = best[0];
			best[0] = one;
		} else if (best[1] == NULL || one->score > best[1]->score) {
			best[1] = one;
		}
	}
	buf_printf(&b,
	    "%s looked in vain for %s names in %s that nobody would give, as %.64s and "
	    "%.64s",
	    ip_text(&f->host, host), phrase_count(v->end - v->first, names),
	    stamp_period(f->last_ns - f->first_ns, span), best[0]->text, best[1]->text);
	CHECK(!b.bad);
}

static bool
judge(const struct heard *h, const struct subject *s, const struct context *ctx,
    const struct params *params, struct finding *f)
{
	const struct lookups *l = heard_lookups(h, &s->host);
	size_t first, end;
	struct vain v;
	int64_t bits;

	(void)params;
	if (l == NULL)
		return false;
	lookups_of(l, &s->host, &first, &end);
	look(l, first, end, &v);
	if (!stands_out(&v))
		return false;
	bits = v.sum * 301; /* a bit is 301 mb */
	f->first_ns = v.at[v.first].at_ns;
	f->last_ns = v.at[v.end - 1].at_ns;
	f->contacts = v.asked;
	f->llr_mb = bits < v.surprise ? bits : v.surprise;
	f->fdr_ppm = odds_fdr_ppm(f->llr_mb, ctx->hosts);
	odds_measure(f, "names", v.end - v.first);
	odds_measure(f, "bits", (uint64_t)v.sum);
	odds_measure(f, "failed_names", v.n);
	odds_measure(f, "domains_meanwhile", v.beside);
	odds_measure(f, "domains", v.domains);
	odds_measure(f, "exempt_names", v.exempt);
	weigh(f, &v);
	odds_severity(f, ctx, SEVERITY_CRITICAL);
	f->technique = f->severity >= SEVERITY_LOW ? "T1568.002" : NULL;
	say(f, &v);
	return true;
}

const struct detector detector_dga = {
	.kind = FINDING_DGA,
	.scope = SCOPE_LOOKUPS,
	.survey_end = survey_end,
	.judge = judge,
};
