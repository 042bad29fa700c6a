/* SPDX-License-Identifier: Apache-2.0 */
#include "evaluate/calibration.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "record/finding.h"

bool
calibration_add(struct calibration *c, const struct said *said)
{
	if (c->n == c->room) {
		size_t room = c->room ? 2 * c->room : 1024;
		struct said *more = realloc(c->said, room * sizeof *more);

		if (more == NULL)
			return false;
		c->said = more;
		c->room = room;
	}
	c->said[c->n++] = *said;
	return true;
}

void
calibration_release(struct calibration *c)
{
	free(c->said);
	*c = (struct calibration){ 0 };
}

struct interval
wilson(uint64_t k, uint64_t n)
{
	const double z = 1.959963985;
	double p, d, mid, half;

	if (n == 0)
		return (struct interval){ 0, 1 };
	p = (double)k / (double)n;
	d = 1 + z * z / (double)n;
	mid = (p + z * z / (2 * (double)n)) / d;
	half = z * sqrt(p * (1 - p) / (double)n + z * z / (4 * (double)n * (double)n)) / d;
	return (struct interval){ fmax(0, mid - half), fmin(1, mid + half) };
}

uint64_t
draw_next(uint64_t *state) /* splitmix64 */
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static int
ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

struct interval
draws_middle(double *v, size_t n)
{
	if (n == 0)
		return (struct interval){ -1, -1 };
	qsort(v, n, sizeof *v, ascending);
	return (struct interval){ v[n / 40], v[n - 1 - n / 40] };
}

static double
confidence(int32_t odds_mb)
{
	return 1 / (1 + pow(10, -odds_mb / 1000.0));
}

static int
bin_of(double said)
{
	int bin = (int)(said * RELIABILITY_BINS);

	return bin < RELIABILITY_BINS ? bin : RELIABILITY_BINS - 1;
}

/* Families as often as they were drawn, and what was judged in them. */
struct drawn {
	const size_t *family;   /* of each capture */
	const bool *infected;   /* each family */
	const uint32_t *judged; /* in each capture */
	const uint32_t *spoke;  /* captures of each family in which anything was judged */
	uint32_t *times;        /* each family */
	size_t families;
};

static void
draw_families(const struct drawn *d, uint64_t *state)
{
	memset(d->times, 0, d->families * sizeof *d->times);
	for (size_t k = 0; k < d->families; k++)
		d->times[draw_next(state) % d->families]++;
}

struct weighed {
	double weight[RELIABILITY_BINS], said[RELIABILITY_BINS], is[RELIABILITY_BINS];
	double square; /* of the error */
	bool at_prior;
};

/* What one thing that was judged in a capture weighs. */
static double
share_of(const struct drawn *d, size_t capture, double of_infected, double of_clean)
{
	size_t family = d->family[capture];
	double of = d->infected[family] ? of_infected : of_clean;

	return of * d->times[family] / d->spoke[family] / d->judged[capture];
}

static void
weigh(const struct calibration *c, const struct drawn *d, struct weighed *out)
{
	double infected = 0, clean = 0;

	*out = (struct weighed){ 0 };
	for (size_t i = 0; i < d->families; i++)
		if (d->spoke[i] > 0)
			*(d->infected[i] ? &infected : &clean) += d->times[i];
	out->at_prior = infected > 0 && clean > 0;
	/* Of one truth alone: by families. */
	infected = out->at_prior ? CALIBRATION_PRIOR / infected : 1;
	clean = out->at_prior ? (1 - CALIBRATION_PRIOR) / clean : 1;
	for (size_t i = 0; i < c->n; i++) {
		const struct said *s = &c->said[i];
		double p = confidence(s->odds_mb),
		       w = share_of(d, s->capture, infected, clean);
		int bin = bin_of(p);

		out->weight[bin] += w;
		out->said[bin] += w * p;
		out->is[bin] += s->bad ? w : 0;
		out->square += w * (p - s->bad) * (p - s->bad);
	}
}

static double
error_of(const struct weighed *w, double *brier)
{
	double sum = 0, error = 0;

	for (int i = 0; i < RELIABILITY_BINS; i++) {
		sum += w->weight[i];
		error += fabs(w->said[i] - w->is[i]);
	}
	*brier = sum > 0 ? w->square / sum : 0;
	return sum > 0 ? error / sum : 0;
}

static void
fill_bins(const struct calibration *c, const struct weighed *w, struct reliability *r)
{
	for (size_t i = 0; i < c->n; i++) {
		int bin = bin_of(confidence(c->said[i].odds_mb));

		r->bin[bin].n++;
		r->bin[bin].true_ += c->said[i].bad;
	}
	for (int i = 0; i < RELIABILITY_BINS; i++) {
		r->bin[i].wilson = wilson(r->bin[i].true_, r->bin[i].n);
		r->bin[i].captures = (struct interval){ -1, -1 };
		if (w->weight[i] > 0) {
			r->bin[i].said = w->said[i] / w->weight[i];
			r->bin[i].is = w->is[i] / w->weight[i];
		}
	}
}

static bool
promised(const struct said *s, unsigned judge)
{
	return s->alert &&
	       (judge == JUDGE_UNION ? s->kind != FINDING_DOS_VICTIM : s->kind == judge);
}

static void
add_promises(const struct calibration *c, const struct drawn *d, struct reliability *r)
{
	double *surplus = calloc(d->families + 1, sizeof *surplus), drawn[DRAWS];
	uint64_t state = DRAW_SEED;

	for (size_t i = 0; i < c->n; i++)
		for (unsigned j = 0; j < JUDGES; j++) {
			const struct said *s = &c->said[i];
			double open = 1 - confidence(s->odds_mb);

			if (!promised(s, j))
				continue;
			r->promise[j].alerts++;
			r->promise[j].false_ += !s->bad;
			r->promise[j].expected += open;
			if (j == JUDGE_UNION && surplus)
				surplus[d->family[s->capture]] += !s->bad - open;
		}
	for (size_t i = 0; surplus && d->families > 1 && i < DRAWS; i++) {
		drawn[i] = 0;
		for (size_t k = 0; k < d->families; k++)
			drawn[i] += surplus[draw_next(&state) % d->families];
	}
	r->promise[JUDGE_UNION].false_captures =
	    draws_middle(drawn, surplus && d->families > 1 ? DRAWS : 0);
	free(surplus);
}

/* The alerts of one family. */
struct alerted {
	uint32_t alerts, false_;
	double open; /* what they leave open, together */
};

/* `more` harmless families with one false alert each are added. False: it cannot be told. */
static bool
share_false(const struct drawn *d, const struct alerted *of, unsigned more, double *said,
    double *is)
{
	double infected = 0, clean = more, total = 0;

	*said = *is = 0;
	for (size_t i = 0; i < d->families; i++)
		if (d->infected[i])
			infected += d->times[i];
		else if (d->spoke[i] > 0)
			clean += d->times[i];
	if (infected <= 0 || clean <= 0)
		return false;
	total = *is = (1 - CALIBRATION_PRIOR) / clean * more;
	for (size_t i = 0; i < d->families; i++) {
		double w = d->infected[i] ? CALIBRATION_PRIOR / infected
					  : (1 - CALIBRATION_PRIOR) / clean;

		if (of[i].alerts == 0)
			continue;
		w *= d->times[i];
		total += w;
		*said += w * of[i].open / of[i].alerts;
		*is += w * of[i].false_ / of[i].alerts;
	}
	if (total <= 0)
		return false;
	*said /= total;
	*is /= total;
	return true;
}

/* Draws change d->times. */
static void
tell_false_alerts(const struct calibration *c, const struct drawn *d, struct alerted *of,
    double drawn[DRAWS], struct alert_share *out)
{
	uint64_t state = DRAW_SEED;
	double none;
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++) {
		const struct said *s = &c->said[i];

		if (!promised(s, JUDGE_UNION))
			continue;
		of[d->family[s->capture]].alerts++;
		of[d->family[s->capture]].false_ += !s->bad;
		of[d->family[s->capture]].open += 1 - confidence(s->odds_mb);
	}
	*out = (struct alert_share){ -1, -1, -1, { -1, -1 } };
	if (!share_false(d, of, 1, &none, &out->next) ||
	    !share_false(d, of, 0, &out->said, &out->is)) {
		*out = (struct alert_share){ -1, -1, -1, { -1, -1 } };
		return;
	}
	for (int i = 0; i < DRAWS; i++) {
		draw_families(d, &state);
		n += share_false(d, of, 0, &none, &drawn[n]);
	}
	out->captures = draws_middle(drawn, n);
}

/* What other families of the same kinds might have said. */
struct again {
	double error[DRAWS], is[RELIABILITY_BINS][DRAWS];
	size_t errors, in[RELIABILITY_BINS];
};

static void
draw_again(const struct calibration *c, const struct drawn *d, struct again *a,
    struct reliability *out)
{
	uint64_t state = DRAW_SEED;
	struct weighed w;
	double none;

	for (int i = 0; i < DRAWS; i++) {
		draw_families(d, &state);
		weigh(c, d, &w);
		if (!w.at_prior)
			continue;
		a->error[a->errors++] = error_of(&w, &none);
		for (int k = 0; k < RELIABILITY_BINS; k++)
			if (w.weight[k] > 0)
				a->is[k][a->in[k]++] = w.is[k] / w.weight[k];
	}
	out->ece_captures = draws_middle(a->error, a->errors);
	for (int k = 0; k < RELIABILITY_BINS; k++)
		out->bin[k].captures = draws_middle(a->is[k], a->in[k]);
}

static void
count_judged(const struct calibration *c, const size_t *family, size_t captures,
    uint32_t *judged, uint32_t *spoke)
{
	for (size_t i = 0; i < c->n; i++)
		judged[c->said[i].capture]++;
	for (size_t i = 0; i < captures; i++)
		spoke[family[i]] += judged[i] > 0;
}

enum status
calibration_finish(const struct calibration *c, const size_t *family, size_t captures,
    const bool *infected, size_t families, struct reliability *out, struct error *err)
{
	uint32_t *judged = calloc(captures + 1, sizeof *judged),
		 *spoke = calloc(families + 1, sizeof *spoke),
		 *times = calloc(families + 1, sizeof *times);
	struct alerted *alerted = calloc(families + 1, sizeof *alerted);
	struct again *again = calloc(1, sizeof *again);
	struct drawn d = { family, infected, judged, spoke, times, families };
	enum status st = OK;
	struct weighed w;

	if (!judged || !spoke || !times || !again || !alerted) {
		st = error_set(err, E_NOMEM, "no memory for %zu captures", captures);
		goto out;
	}
	count_judged(c, family, captures, judged, spoke);
	for (size_t i = 0; i < families; i++)
		times[i] = 1;
	weigh(c, &d, &w);
	out->n = c->n;
	out->at_prior = w.at_prior;
	out->ece = error_of(&w, &out->brier);
	fill_bins(c, &w, out);
	add_promises(c, &d, out);
	tell_false_alerts(c, &d, alerted, again->error, &out->false_alerts);
	out->ece_captures = (struct interval){ -1, -1 };
	if (w.at_prior)
		draw_again(c, &d, again, out);
out:
	free(judged);
	free(spoke);
	free(times);
	free(alerted);
	free(again);
	return st;
}
