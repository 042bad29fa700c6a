/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/state_own.h"
#include "detect/beacon.h"
#include "flow/table.h"
#include "profile/kept_line.h"
#include "profile/names.h"
#include "profile/timeline.h"

/* Four gaps need five contacts; with fewer there is nothing to test. */
#define FEWEST 5

static enum status
hold(struct state *s, struct error *err)
{
	const char *dir = s->options.dir;

	if (mkdir(dir, 0700) == -1 && errno != EEXIST)
		return error_sys(err, "make the directory %s", dir);
	s->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->dir == -1)
		return error_sys(err, "open the directory %s", dir);
	if (flock(s->dir, LOCK_EX | LOCK_NB) == 0)
		return OK;
	if (errno == EWOULDBLOCK)
		return error_set(err, E_IO, "%s is in use by another run", dir);
	return error_sys(err, "lock %s", dir);
}

enum status
state_open(struct state **out, const struct state_options *options, struct error *err)
{
	struct state *s = calloc(1, sizeof *s);
	struct state_walk w;
	enum status st;

	if (s == NULL)
		return error_set(err, E_NOMEM, "no memory for the state");
	s->options = *options;
	s->dir = -1;
	if (snprintf(s->path, sizeof s->path, "%s/state", options->dir) >= PATH_MAX ||
	    snprintf(s->beside, sizeof s->beside, "%s/state.new", options->dir) >= PATH_MAX)
		st = error_set(err, E_MISUSE, "%s: the path is too long", options->dir);
	else
		st = hold(s, err);
	if (st == OK)
		st = listening_new(&s->listening, err);
	s->old = st == OK && access(s->path, F_OK) == 0;
	if (st == OK && s->old) {
		struct input *in;

		st = input_open(&in, s->path, err);
		if (st == OK)
			st = kept_open(&w.reader, in, &s->listening, err);
		if (st == OK)
			kept_close(&w.reader);
	}
	if (st != OK) {
		state_close(s);
		return st;
	}
	*out = s;
	return OK;
}

void
state_close(struct state *s)
{
	if (s == NULL)
		return;
	for (unsigned i = 0; i < HEAR_SHARDS; i++)
		pairs_free(s->pairs[i]);
	listening_free(&s->listening);
	if (s->written)
		(void)unlink(s->beside);
	if (s->dir != -1)
		(void)close(s->dir);
	free(s);
}

enum status
state_learn(struct state *s, const struct hear *hear, struct error *err)
{
	struct kept_reader r;
	struct input *in;
	enum status st;
	bool more;

	if (!s->old)
		return OK;
	st = input_open(&in, s->path, err);
	if (st != OK)
		return st;
	st = kept_open(&r, in, NULL, err);
	if (st != OK)
		return st;
	while ((st = kept_next(&r, &s->kept, &more, err)) == OK && more) {
		const struct ip *host = &s->kept.key.host;
		unsigned shard = flow_shard(host, host, HEAR_SHARDS);

		for (unsigned i = 0; i < s->kept.links; i++) {
			const struct kept_link *l = &s->kept.link[i];
			struct name_link link = { .host = *host,
				.address = l->address,
				.port = l->port,
				.name_port = l->name_port,
				.proto = l->proto,
				.how = l->how };

			names_learn(hear_names(hear)[shard], &link, l->text);
		}
	}
	kept_close(&r);
	return st;
}

/*
 * ---- both in one order
 */

static void
head(struct state_walk *w, unsigned shard)
{
	const struct pairs *ps = hear_pairs(w->state->heard)[shard];

	w->left[shard] = w->at[shard] < pairs_count(ps);
	if (w->left[shard])
		w->head[shard] = pairs_key(ps, w->at[shard]);
}

enum status
state_walk_begin(struct state *s, struct state_walk *w, struct error *err)
{
	struct input *in;
	enum status st = OK;

	*w = (struct state_walk){ .state = s };
	for (unsigned i = 0; i < HEAR_SHARDS; i++)
		head(w, i);
	if (!s->old)
		return OK;
	st = input_open(&in, s->path, err);
	if (st == OK)
		st = kept_open(&w->reader, in, NULL, err);
	if (st == OK)
		st = kept_next(&w->reader, &s->kept, &w->more, err);
	if (st != OK)
		state_walk_end(w);
	return st;
}

void
state_walk_end(struct state_walk *w)
{
	kept_close(&w->reader);
}

/* The shard with the first pair of all, or HEAR_SHARDS. */
static unsigned
first_head(const struct state_walk *w)
{
	unsigned first = HEAR_SHARDS;

	for (unsigned i = 0; i < HEAR_SHARDS; i++)
		if (w->left[i] &&
		    (first == HEAR_SHARDS || kept_order(&w->head[i], &w->head[first]) < 0))
			first = i;
	return first;
}

bool
state_walk_step(
    struct state_walk *w, struct state_step *out, enum status *st, struct error *err)
{
	struct state *s = w->state;
	unsigned shard = first_head(w);
	bool heard = shard < HEAR_SHARDS;
	int order;

	if (w->spent)
		*st = kept_next(&w->reader, &s->kept, &w->more, err);
	w->spent = false;
	if (*st != OK || (!w->more && !heard))
		return false;
	order = !heard ? -1 : !w->more ? 1 : kept_order(&s->kept.key, &w->head[shard]);
	*out = (struct state_step){ .shard = shard };
	if (order >= 0) {
		out->key = w->head[shard];
		out->contact =
		    pairs_contacts(hear_pairs(s->heard)[shard], w->at[shard]++, &out->n);
		head(w, shard);
	}
	if (order <= 0) {
		out->key = s->kept.key;
		out->kept = &s->kept;
		w->spent = true;
		out->shard = flow_shard(&out->key.host, &out->key.host, HEAR_SHARDS);
	}
	return true;
}

bool
state_merge_next(
    const struct state_step *s, struct state_merge *m, struct contact *out, bool *kept)
{
	const struct contact *k = NULL, *h = NULL;
	int order;

	if (s->kept && m->kept < s->kept->n)
		k = &s->kept->contact[m->kept];
	if (m->heard < s->n)
		h = &s->contact[m->heard];
	if (k == NULL && h == NULL)
		return false;
	order = h == NULL ? -1 : k == NULL ? 1 : timeline_compare(k, h);
	*kept = order < 0;
	*out = order < 0 ? *k : *h;
	if (order == 0)
		out->service |= k->service & CONTACT_RESUMES;
	m->kept += order <= 0;
	m->heard += order >= 0;
	return true;
}

/*
 * ---- this run
 */

#define HOUR_NS    UINT64_C(3600000000000)
#define HOURS_MOST 65536
/* A time a week from all others that a thousandth of the contacts tell is a mistake. */
#define ASTRAY_HOURS 168
#define ASTRAY_SHARE 1000

struct hours {
	struct hour {
		uint64_t hour, n;
	} * at;
	size_t n, last;
	uint64_t all;
};

static void
see_hour(struct hours *h, uint64_t hour)
{
	size_t low = 0, high = h->n;

	h->all++;
	if (h->last < h->n && h->at[h->last].hour == hour) {
		h->at[h->last].n++;
		return;
	}
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (h->at[mid].hour < hour)
			low = mid + 1;
		else
			high = mid;
	}
	h->last = low;
	if (low < h->n && h->at[low].hour == hour) {
		h->at[low].n++;
		return;
	}
	if (h->n == HOURS_MOST)
		return;
	memmove(h->at + low + 1, h->at + low, (h->n++ - low) * sizeof *h->at);
	h->at[low] = (struct hour){ hour, 1 };
}

/* The hours without those astray at both ends: [*from, *to) of them. */
static void
trim_hours(const struct hours *h, size_t *from, size_t *to)
{
	uint64_t before = 0, after = 0;

	*from = 0;
	*to = h->n;
	for (size_t i = 0; i + 1 < h->n; i++) {
		before += h->at[i].n;
		if (before * ASTRAY_SHARE >= h->all)
			break;
		if (h->at[i + 1].hour - h->at[i].hour > ASTRAY_HOURS)
			*from = i + 1;
	}
	for (size_t i = h->n; i-- > *from + 1;) {
		after += h->at[i].n;
		if (after * ASTRAY_SHARE >= h->all)
			break;
		if (h->at[i].hour - h->at[i - 1].hour > ASTRAY_HOURS)
			*to = i;
	}
}

static void
hash_pair(
    struct digest_stream *d, const struct pair_key *key, const struct contact *c, size_t n)
{
	digest_stream_add(d, (struct span){ (const uint8_t *)key, sizeof *key });
	for (size_t i = 0; i < n; i++) {
		struct contact one = c[i];

		one.pair = 0;
		digest_stream_add(d, (struct span){ (const uint8_t *)&one, sizeof one });
	}
}

/* When we listened, and a name for the run that says what was heard in it. */
static enum status
know_run(struct state *s, struct error *err)
{
	struct hours hours = { .at = calloc(HOURS_MOST, sizeof *hours.at) };
	struct pairs *const *shard = hear_pairs(s->heard);
	struct digest_stream d;
	size_t from, to, n;

	if (hours.at == NULL)
		return error_set(err, E_NOMEM, "no memory for the hours of the run");
	digest_stream_begin(&d);
	for (unsigned i = 0; i < HEAR_SHARDS; i++)
		for (size_t k = 0; k < pairs_count(shard[i]); k++) {
			struct pair_key key = pairs_key(shard[i], k);
			const struct contact *c = pairs_contacts(shard[i], k, &n);

			hash_pair(&d, &key, c, n);
			for (size_t j = 0; j < n; j++)
				see_hour(&hours, c[j].start_ns / HOUR_NS);
		}
	s->run = (struct listening_run){ .id = digest_stream_end(&d),
		.first_ns = UINT64_MAX,
		.contacts = hear_counts(s->heard)->pairs.contacts,
		.shed = hear_counts(s->heard)->pairs.shed };
	trim_hours(&hours, &from, &to);
	for (unsigned i = 0; hours.n > 0 && i < HEAR_SHARDS; i++)
		for (size_t k = 0; k < pairs_count(shard[i]); k++) {
			const struct contact *c = pairs_contacts(shard[i], k, &n);

			for (size_t j = 0; j < n; j++) {
				uint64_t ns = c[j].start_ns, hour = ns / HOUR_NS;

				if (hour < hours.at[from].hour ||
				    hour > hours.at[to - 1].hour)
					continue;
				if (ns < s->run.first_ns)
					s->run.first_ns = ns;
				if (ns > s->run.last_ns)
					s->run.last_ns = ns;
			}
		}
	free(hours.at);
	if (s->options.from_ns > 0)
		s->run.first_ns = s->options.from_ns;
	if (s->options.to_ns < UINT64_MAX)
		s->run.last_ns = s->options.to_ns - 1;
	return OK;
}

/*
 * ---- recalling
 */

/* Could its contacts be those of a clock? By the most lenient test that will be made. */
static bool
has_rhythm(const struct state *s, const struct state_step *step)
{
	struct params params = params_default();
	struct state_merge m = { 0 };
	struct pair p = { 0 };
	struct contact c;
	uint64_t before_ns = 0;
	bool kept;

	while (state_merge_next(step, &m, &c, &kept)) {
		if (p.contacts > 0 && !listening_gap(&s->listening, before_ns, c.start_ns))
			c.service |= CONTACT_RESUMES;
		before_ns = c.start_ns;
		pair_see(&p, &c);
	}
	return p.contacts >= FEWEST &&
	       beacon_test(&p, params.candidate_kappa_percent, 1).log10_p_ud != 0;
}

/*
 * A pair without a rhythm stands for others to be compared with: of its contacts the
 * first, the last and one that was answered say all that is asked.
 */
static void
recall_few(struct state *s, const struct state_step *step)
{
	struct pairs *to = s->pairs[step->shard];
	struct contact c, first = { 0 }, last = { 0 }, answered = { 0 };
	bool kept, any = false, some = false;
	struct state_merge m = { 0 };

	for (; state_merge_next(step, &m, &c, &kept); any = true) {
		if (!any)
			first = c;
		if (!some && !(c.flags & CONTACT_FAILED)) {
			answered = c;
			some = true;
		}
		last = c;
	}
	pairs_keep(to, &step->key, &first);
	if (some && timeline_compare(&answered, &first) != 0 &&
	    timeline_compare(&answered, &last) != 0)
		pairs_keep(to, &step->key, &answered);
	if (timeline_compare(&first, &last) != 0)
		pairs_keep(to, &step->key, &last);
	s->counts.quiet++;
}

static void
recall_pair(struct state *s, const struct state_step *step)
{
	size_t n = step->n + (step->kept ? step->kept->n : 0);
	struct state_merge m = { 0 };
	struct contact c;
	bool kept;

	if (n < FEWEST || !has_rhythm(s, step)) {
		recall_few(s, step);
		return;
	}
	while (state_merge_next(step, &m, &c, &kept)) {
		pairs_keep(s->pairs[step->shard], &step->key, &c);
		s->counts.recalled += kept;
	}
}

static enum status
seal(struct state *s, struct error *err)
{
	enum status st = OK;

	for (unsigned i = 0; st == OK && i < HEAR_SHARDS; i++) {
		pairs_listened(s->pairs[i], &s->listening);
		st = pairs_seal(s->pairs[i], err);
		s->counts.lost += pairs_counters(s->pairs[i])->shed;
	}
	return st;
}

enum status
state_recall(struct state *s, const struct hear *heard, struct error *err)
{
	struct state_step step;
	struct state_walk w;
	enum status st;

	s->heard = heard;
	st = know_run(s, err);
	if (st != OK)
		return st;
	s->counts.again =
	    s->run.first_ns > s->run.last_ns || !listening_add(&s->listening, &s->run);
	listening_done(&s->listening);
	s->counts.run_ns = s->run.first_ns;
	s->counts.runs = s->listening.runs;
	s->counts.since_ns = s->listening.runs ? s->listening.run[0].first_ns : 0;
	for (unsigned i = 0; st == OK && i < HEAR_SHARDS; i++)
		st = pairs_new(&s->pairs[i], s->options.memory / HEAR_SHARDS, err);
	if (st == OK)
		st = state_walk_begin(s, &w, err);
	if (st != OK)
		return st;
	while (state_walk_step(&w, &step, &st, err))
		recall_pair(s, &step);
	state_walk_end(&w);
	return st == OK ? seal(s, err) : st;
}

struct pairs *const *
state_pairs(const struct state *s)
{
	return s->pairs;
}

const struct state_counts *
state_counts(const struct state *s)
{
	return &s->counts;
}

void
state_limits(const struct state *s, struct finding_limits *l)
{
	const struct listening *h = &s->listening;

	l->contacts_shed = s->counts.lost;
	for (unsigned i = 0; i < h->runs; i++) {
		l->contacts_shed += h->run[i].shed;
		if (h->run[i].resolution_ns > l->resolution_ns)
			l->resolution_ns = h->run[i].resolution_ns;
	}
}
