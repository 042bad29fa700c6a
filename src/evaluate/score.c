/* SPDX-License-Identifier: Apache-2.0 */
#include "evaluate/score.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

const char *
level_text(enum level level)
{
	return level == LEVEL_HOST ? "host_day" : "pair_day";
}

static double
share(uint64_t k, uint64_t n)
{
	return n ? (double)k / (double)n : -1;
}

static void
count(struct confusion *c, const struct unit *u, bool alert)
{
	if (u->truth == TRUTH_MALICIOUS)
		*(alert ? &c->found : &c->missed) += 1;
	else if (u->truth == TRUTH_BENIGN)
		*(alert ? &c->false_ : &c->clean) += 1;
	else
		*(alert ? &c->unknown : &c->unjudged) += 1;
}

static bool
grade(struct score *s, const struct unit *u)
{
	if (u->truth == TRUTH_UNKNOWN)
		return true;
	s->rated_bad += u->truth == TRUTH_MALICIOUS;
	if (u->odds_mb == INT32_MIN && u->rita <= 0)
		return true;
	if (s->gradeds == s->graded_room) {
		size_t room = s->graded_room ? 2 * s->graded_room : 1024;
		struct graded *more = realloc(s->graded, room * sizeof *more);

		if (more == NULL)
			return false;
		s->graded = more;
		s->graded_room = room;
	}
	s->graded[s->gradeds++] = (struct graded){
		.odds = u->odds_mb == INT32_MIN ? (double)-INFINITY : (double)u->odds_mb,
		.rita = u->rita > 0 ? u->rita : (double)-INFINITY,
		.bad = u->truth == TRUTH_MALICIOUS,
	};
	return true;
}

bool
score_add(struct score *s, const char *name, const char *family, const struct units *u,
    struct detection_time *time, size_t times)
{
	struct scored *c;

	if (s->captures == s->room) {
		size_t room = s->room ? 2 * s->room : 16;
		struct scored *more = realloc(s->capture, room * sizeof *more);

		if (more == NULL) {
			free(time);
			return false;
		}
		s->capture = more;
		s->room = room;
	}
	c = &s->capture[s->captures++];
	*c = (struct scored){ .name = name,
		.of = family ? XXH3_64bits(family, strlen(family)) : 0,
		.time = time,
		.times = times,
		.first_ns = u->first_ns,
		.last_ns = u->last_ns,
		.rated = u->rated,
		.rita_7 = u->rita_7,
		.rita_9 = u->rita_9 };
	for (unsigned j = 0; j < JUDGES; j++) {
		for (size_t i = 0; i < u->hosts; i++)
			count(
			    &c->c[LEVEL_HOST][j], &u->host[i], u->host[i].judges >> j & 1);
		for (size_t i = 0; i < u->pairs; i++)
			count(
			    &c->c[LEVEL_PAIR][j], &u->pair[i], u->pair[i].judges >> j & 1);
	}
	for (size_t i = 0; i < u->pairs; i++)
		if (!grade(s, &u->pair[i]))
			return false;
	return true;
}

bool
score_finding(struct score *s, const struct finding *f, enum truth_class truth)
{
	struct said said = { .capture = s->captures,
		.odds_mb = f->odds_mb,
		.kind = (uint8_t)f->kind,
		.alert = f->severity >= SEVERITY_MEDIUM,
		.bad = truth == TRUTH_MALICIOUS };

	if (truth != TRUTH_UNKNOWN)
		return calibration_add(&s->calibration, &said);
	s->reliability.unknown++;
	if (said.alert)
		s->reliability.promise[f->kind].unknown++;
	if (units_alert(f))
		s->reliability.promise[JUDGE_UNION].unknown++;
	return true;
}

static void
add(struct confusion *to, const struct confusion *c)
{
	to->found += c->found;
	to->missed += c->missed;
	to->false_ += c->false_;
	to->clean += c->clean;
	to->unknown += c->unknown;
	to->unjudged += c->unjudged;
}

static void
bootstrap(const struct score *s, enum level level, unsigned judge, struct confusion *family,
    struct measure *m)
{
	static const struct interval none = { -1, -1 };
	double precision[DRAWS], recall[DRAWS];
	size_t ps = 0, rs = 0;
	uint64_t state = DRAW_SEED;

	m->precision_boot = m->recall_boot = none;
	if (s->families < 2)
		return;
	memset(family, 0, s->families * sizeof *family);
	for (size_t i = 0; i < s->captures; i++)
		add(&family[s->capture[i].family], &s->capture[i].c[level][judge]);
	for (int i = 0; i < DRAWS; i++) {
		struct confusion c = { 0 };

		for (size_t k = 0; k < s->families; k++)
			add(&c, &family[draw_next(&state) % s->families]);
		if (c.found + c.false_ > 0)
			precision[ps++] = share(c.found, c.found + c.false_);
		if (c.found + c.missed > 0)
			recall[rs++] = share(c.found, c.found + c.missed);
	}
	m->precision_boot = draws_middle(precision, ps);
	m->recall_boot = draws_middle(recall, rs);
}

static void
measure(const struct score *s, enum level level, unsigned judge, struct confusion *family,
    struct measure *m)
{
	struct confusion *c = &m->c;

	for (size_t i = 0; i < s->captures; i++)
		add(c, &s->capture[i].c[level][judge]);
	m->precision = share(c->found, c->found + c->false_);
	m->precision_worst = share(c->found, c->found + c->false_ + c->unknown);
	m->recall = share(c->found, c->found + c->missed);
	m->false_rate = share(c->false_, c->false_ + c->clean);
	m->precision_wilson = wilson(c->found, c->found + c->false_);
	m->recall_wilson = wilson(c->found, c->found + c->missed);
	bootstrap(s, level, judge, family, m);
}

static int
by_odds(const void *a, const void *b)
{
	double x = ((const struct graded *)a)->odds, y = ((const struct graded *)b)->odds;

	return (x < y) - (x > y);
}

static int
by_rita(const void *a, const void *b)
{
	double x = ((const struct graded *)a)->rita, y = ((const struct graded *)b)->rita;

	return (x < y) - (x > y);
}

/* Down the list from the surest, a point at each step of what is found. */
static void
trace_curve(struct score *s, struct curve *out, bool rita)
{
	uint64_t found = 0, taken = 0;
	double last = -1;

	if (s->gradeds == 0 || s->rated_bad == 0)
		return;
	qsort(s->graded, s->gradeds, sizeof *s->graded, rita ? by_rita : by_odds);
	for (size_t i = 0; i < s->gradeds && out->n < CURVE_MAX; i++) {
		const struct graded *g = &s->graded[i];
		double x = rita ? g->rita : g->odds, recall;
		bool tied = i + 1 < s->gradeds &&
			    (rita ? s->graded[i + 1].rita : s->graded[i + 1].odds) >= x;

		if (isinf(x))
			break;
		taken++;
		found += g->bad;
		recall = share(found, s->rated_bad);
		if (tied || (recall - last < 1.0 / CURVE_MAX && recall < 1 && last >= 0))
			continue;
		out->at[out->n++] = (struct curve_point){ share(found, taken), recall };
		last = recall;
	}
}

/* Whether anything of each family was controlled, as far as anybody says. */
static enum status
finish_reliability(struct score *s, struct error *err)
{
	bool *infected = calloc(s->families + 1, sizeof *infected);
	size_t *family = calloc(s->captures + 1, sizeof *family);
	enum status st;

	if (infected == NULL || family == NULL) {
		free(infected);
		free(family);
		return error_set(err, E_NOMEM, "no memory for %zu captures", s->captures);
	}
	for (size_t i = 0; i < s->captures; i++) {
		const struct confusion *c = &s->capture[i].c[LEVEL_HOST][JUDGE_UNION];

		family[i] = s->capture[i].family;
		infected[family[i]] |= c->found + c->missed > 0;
	}
	st = calibration_finish(&s->calibration, family, s->captures, infected, s->families,
	    &s->reliability, err);
	free(infected);
	free(family);
	return st;
}

/* A few thousand captures at most: looking back through them is nothing. */
static void
number_families(struct score *s)
{
	s->families = 0;
	for (size_t i = 0; i < s->captures; i++) {
		struct scored *c = &s->capture[i];
		size_t k = 0;

		while (c->of != 0 && k < i && s->capture[k].of != c->of)
			k++;
		c->family = c->of != 0 && k < i ? s->capture[k].family : s->families++;
	}
}

enum status
score_finish(struct score *s, struct error *err)
{
	struct confusion *family;

	number_families(s);
	family = calloc(s->families + 1, sizeof *family);
	if (family == NULL)
		return error_set(err, E_NOMEM, "no memory for %zu families", s->families);
	for (unsigned j = 0; j < JUDGES; j++)
		for (unsigned l = 0; l < LEVELS && judge_text(j); l++)
			measure(s, (enum level)l, j, family, &s->measure[l][j]);
	free(family);
	trace_curve(s, &s->odds, false);
	trace_curve(s, &s->rita, true);
	return finish_reliability(s, err);
}

void
score_release(struct score *s)
{
	for (size_t i = 0; i < s->captures; i++)
		free(s->capture[i].time);
	free(s->capture);
	free(s->graded);
	calibration_release(&s->calibration);
	*s = (struct score){ 0 };
}
