/* SPDX-License-Identifier: Apache-2.0 */
#include "evaluate/units.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/stamp.h"
#include "evaluate/rita.h"

#define DAY_NS UINT64_C(86400000000000)

static const struct ip nobody;

const char *
judge_text(unsigned judge)
{
	static const unsigned kinds = 0
#define X(name, text) +1
	    FINDING_KINDS(X)
#undef X
	    ;

	switch (judge) {
	case JUDGE_UNION:
		return "union";
	case JUDGE_CLOCK:
		return "clock-driven";
	case JUDGE_RITA_7:
		return "rita 0.7";
	case JUDGE_RITA_9:
		return "rita 0.9";
	default:
		return judge < kinds ? finding_kind_text((enum finding_kind)judge) : NULL;
	}
}

static int
order_samples(const void *a, const void *b)
{
	const struct sample *x = a, *y = b;
	int c = ip_compare(&x->host, &y->host);

	if (c == 0)
		c = ip_compare(&x->peer, &y->peer);
	if (c == 0)
		c = (x->t_ns > y->t_ns) - (x->t_ns < y->t_ns);
	return c ? c : ip_compare(&x->key, &y->key);
}

static int
order_keys(const void *a, const void *b)
{
	const struct sample *x = a, *y = b;
	int c = ip_compare(&x->host, &y->host);

	if (c == 0)
		c = ip_compare(&x->key, &y->key);
	if (c == 0)
		c = (x->t_ns > y->t_ns) - (x->t_ns < y->t_ns);
	return c ? c : (x->bytes > y->bytes) - (x->bytes < y->bytes);
}

static int
order_units(const void *a, const void *b)
{
	const struct unit *x = a, *y = b;
	int c = ip_compare(&x->host, &y->host);

	if (c == 0)
		c = ip_compare(&x->peer, &y->peer);
	return c ? c : (x->day > y->day) - (x->day < y->day);
}

static struct unit *
find(
    struct unit *unit, size_t n, const struct ip *host, const struct ip *peer, uint32_t day)
{
	struct unit key = { .host = *host, .peer = *peer, .day = day };

	return n ? bsearch(&key, unit, n, sizeof *unit, order_units) : NULL;
}

/* The first unit of a host that is not before this peer. */
static size_t
first_of(const struct unit *unit, size_t n, const struct ip *host, const struct ip *peer)
{
	struct unit key = { .host = *host, .peer = *peer };
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (order_units(&unit[mid], &key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static uint32_t
day_of(const struct units *u, uint64_t t_ns)
{
	return t_ns <= u->first_ns ? 0 : (uint32_t)((t_ns - u->first_ns) / DAY_NS);
}

/* Units in order with their doubles taken out. */
static size_t
unique(struct unit *unit, size_t n)
{
	size_t kept = 0;

	qsort(unit, n, sizeof *unit, order_units);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || order_units(&unit[kept - 1], &unit[i]) != 0)
			unit[kept++] = unit[i];
	return kept;
}

static void
raise_truth(struct unit *unit, enum truth_class class)
{
	if (unit && class > unit->truth)
		unit->truth = (uint8_t) class;
}

/* What a mark says holds for each day it touches on which there was anything. */
static void
apply(struct units *u, const struct mark *m)
{
	bool any = ip_equal(&m->peer, &nobody);
	struct unit *unit = any ? u->host : u->pair;
	size_t n = any ? u->hosts : u->pairs;
	uint32_t from = day_of(u, m->from_ns), to = day_of(u, m->to_ns);

	if (m->to_ns < u->first_ns || m->from_ns > u->last_ns)
		return;
	for (size_t i = first_of(unit, n, &m->host, &m->peer);
	     i < n && ip_equal(&unit[i].host, &m->host) &&
	     ip_equal(&unit[i].peer, &m->peer) && unit[i].day <= to;
	     i++)
		if (unit[i].day >= from)
			raise_truth(&unit[i], m->class);
}

enum status
units_new(struct units *out, struct sample *s, size_t n, const struct truth *truth,
    struct error *err)
{
	struct units u = { .pair = calloc(n + 1, sizeof *u.pair),
		.host = calloc(n + 1, sizeof *u.host),
		.first_ns = UINT64_MAX };

	if (u.pair == NULL || u.host == NULL) {
		units_release(&u);
		return error_set(err, E_NOMEM, "no memory for %zu contacts", n);
	}
	qsort(s, n, sizeof *s, order_samples);
	for (size_t i = 0; i < n; i++) {
		u.first_ns = s[i].t_ns < u.first_ns ? s[i].t_ns : u.first_ns;
		u.last_ns = s[i].t_ns > u.last_ns ? s[i].t_ns : u.last_ns;
	}
	for (size_t i = 0; i < n; i++) {
		struct unit unit = { .host = s[i].host,
			.peer = s[i].peer,
			.day = day_of(&u, s[i].t_ns),
			.truth = (uint8_t)truth->rest,
			.odds_mb = INT32_MIN };

		if (u.pairs > 0 && order_units(&u.pair[u.pairs - 1], &unit) == 0)
			continue;
		u.pair[u.pairs++] = unit;
		unit.peer = nobody;
		u.host[u.hosts++] = unit;
	}
	u.hosts = unique(u.host, u.hosts);
	for (size_t i = 0; i < truth->n; i++)
		apply(&u, &truth->mark[i]);
	for (size_t i = 0; i < u.pairs; i++)
		raise_truth(find(u.host, u.hosts, &u.pair[i].host, &nobody, u.pair[i].day),
		    (enum truth_class)u.pair[i].truth);
	*out = u;
	return OK;
}

void
units_release(struct units *u)
{
	free(u->pair);
	free(u->host);
	*u = (struct units){ 0 };
}

static void
note(struct unit *unit, uint64_t judges, int32_t odds_mb)
{
	if (unit == NULL)
		return;
	unit->judges |= judges;
	if (odds_mb > unit->odds_mb)
		unit->odds_mb = odds_mb;
}

bool
units_alert(const struct finding *f)
{
	return f->severity >= SEVERITY_MEDIUM && f->kind != FINDING_DOS_VICTIM;
}

static uint64_t
judges_of(const struct finding *f)
{
	uint64_t judges = 0;

	if (f->severity >= SEVERITY_MEDIUM)
		judges |= UINT64_C(1) << f->kind;
	if (units_alert(f))
		judges |= UINT64_C(1) << JUDGE_UNION;
	if (f->kind == FINDING_BEACON)
		judges |= UINT64_C(1) << JUDGE_CLOCK;
	return judges;
}

static bool
among(const struct ip *peer, const struct ip *peers, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (ip_equal(peer, &peers[i]))
			return true;
	return false;
}

static enum truth_class
worse(enum truth_class a, const struct unit *u)
{
	return (int)u->truth > (int)a ? (enum truth_class)u->truth : a;
}

/* A finding without a host is of a server: everybody's who called it. */
enum truth_class
units_find(struct units *u, const struct finding *f, const struct ip *peers, size_t n)
{
	uint64_t judges = judges_of(f);
	uint32_t from = day_of(u, f->first_ns), to = day_of(u, f->last_ns);
	bool all_hosts = ip_equal(&f->host, &nobody);
	enum truth_class truth = TRUTH_UNKNOWN;

	for (size_t i = all_hosts ? 0 : first_of(u->pair, u->pairs, &f->host, &nobody);
	     i < u->pairs && (all_hosts || ip_equal(&u->pair[i].host, &f->host)); i++) {
		struct unit *unit = &u->pair[i];
		struct unit *host =
		    find(u->host, u->hosts, &unit->host, &nobody, unit->day);
		bool pair = peers && (n == 0 || among(&unit->peer, peers, n));

		if (unit->day < from || unit->day > to || (peers && !pair))
			continue;
		if (pair)
			note(unit, judges, f->odds_mb);
		note(host, judges, f->odds_mb);
		/* Of all that the host did it is true what is of the host as such. */
		if (pair)
			truth = worse(truth, unit);
		if (host && (!pair || n == 0))
			truth = worse(truth, host);
	}
	return truth;
}

static void
rate(struct units *u, const struct sample *s, size_t n, double *second, double *bytes)
{
	uint32_t day = day_of(u, s[0].t_ns);
	double from = (double)(u->first_ns / SECOND_NS) + 86400.0 * day, to;
	struct rita r;
	uint64_t judges = 0;

	to = from + 86400;
	if (to > (double)(u->last_ns / SECOND_NS))
		to = (double)(u->last_ns / SECOND_NS);
	for (size_t i = 0; i < n; i++) {
		second[i] = (double)s[i].t_ns / 1e9;
		bytes[i] = s[i].bytes;
	}
	if (!rita_score(second, bytes, n, from, to, &r))
		return;
	u->rated++;
	u->rita_7 += r.score >= RITA_MEDIUM;
	u->rita_9 += r.score >= RITA_HIGH;
	if (r.score >= RITA_MEDIUM)
		judges |= UINT64_C(1) << JUDGE_RITA_7;
	if (r.score >= RITA_HIGH)
		judges |= UINT64_C(1) << JUDGE_RITA_9;
	for (size_t i = 0; i < n; i++) {
		struct unit *pair = find(u->pair, u->pairs, &s[i].host, &s[i].peer, day);
		struct unit *host = find(u->host, u->hosts, &s[i].host, &nobody, day);

		if (i > 0 && ip_equal(&s[i].peer, &s[i - 1].peer))
			continue;
		note(pair, judges, INT32_MIN);
		note(host, judges, INT32_MIN);
		if (pair && r.score > pair->rita)
			pair->rita = r.score;
		if (host && r.score > host->rita)
			host->rita = r.score;
	}
}

enum status
units_rate(struct units *u, struct sample *s, size_t n, struct error *err)
{
	double *second = calloc(n + 1, sizeof *second),
	       *bytes = calloc(n + 1, sizeof *bytes);
	enum status st = OK;

	if (second == NULL || bytes == NULL)
		st = error_set(err, E_NOMEM, "no memory for %zu contacts", n);
	if (st == OK)
		qsort(s, n, sizeof *s, order_keys);
	for (size_t i = 0, end; st == OK && i < n; i = end) {
		for (end = i + 1; end < n && ip_equal(&s[end].host, &s[i].host) &&
				  ip_equal(&s[end].key, &s[i].key) &&
				  day_of(u, s[end].t_ns) == day_of(u, s[i].t_ns);
		     end++)
			;
		if (s[i].rated)
			rate(u, s + i, end - i, second, bytes);
	}
	free(second);
	free(bytes);
	return st;
}
