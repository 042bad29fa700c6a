/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/manner.h"
#include "detect/run.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "detect/run_own.h"

/* Four gaps need five contacts. */
#define FEWEST_CONTACTS 5

/* Pairs a worker takes at a time: large against the cost of taking. */
#define CHUNK 4096

/* Work in chunks, numbered from 0, for any worker; `make` handles one. */
struct job {
	struct run *run;
	size_t chunks;
	atomic_size_t next;
	atomic_bool failed; /* a chunk found no memory */
	bool (*make)(struct job *, struct arena *, size_t chunk);
	struct part *part; /* what each chunk made */
};

struct part {
	struct hit *hit;
	size_t hits, tested, sampled, coarse;
};

struct worker {
	struct job *job;
	struct arena arena;
	pthread_t thread;
};

static void *
work(void *arg)
{
	struct worker *w = arg;
	struct job *job = w->job;

	for (;;) {
		size_t chunk = atomic_fetch_add(&job->next, 1);

		if (chunk >= job->chunks || atomic_load(&job->failed))
			return NULL;
		if (!job->make(job, &w->arena, chunk))
			atomic_store(&job->failed, true);
	}
}

#define WORKERS_MOST 64

/* The caller works too; threads that cannot be had are done without. */
static void
job_run(struct job *job, struct worker worker[static WORKERS_MOST], unsigned workers)
{
	unsigned started = 1;

	for (unsigned i = 0; i < workers; i++)
		worker[i].job = job;
	while (started < workers &&
	       pthread_create(&worker[started].thread, NULL, work, &worker[started]) == 0)
		started++;
	(void)work(&worker[0]);
	for (unsigned i = 1; i < started; i++)
		(void)pthread_join(worker[i].thread, NULL);
}

/* The shard of chunk c and the first pair of it. */
static size_t
chunk_at(const struct run *run, size_t chunk, size_t *first)
{
	size_t s = 0;

	for (;; s++) {
		size_t here = (pairs_count(run->input->shard[s]) + CHUNK - 1) / CHUNK;

		if (chunk < here)
			break;
		chunk -= here;
	}
	*first = chunk * CHUNK;
	return s;
}

static bool
is_sampled(const struct contact *c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (c[i].flags & CONTACT_SAMPLED)
			return true;
	return false;
}

/*
 * Times that are told in steps put gaps onto multiples of the step. A window
 * that holds one multiple and not two looks full of gaps where any process
 * would put them.
 */
static bool
is_coarse(const struct run *run, const struct beacon_test *t)
{
	uint64_t low = pair_bin_low(t->first_bin);

	return pair_bin_low(t->first_bin + t->width) - low <
	       2 * run->input->limits.resolution_ns;
}

/* Pairs of several runs were looked at in each of them. */
static uint32_t
looks_of(const struct run *run, const struct pairs *pairs, size_t i)
{
	return run->input->looks - 1 + pairs_looks(pairs, i);
}

static bool
test_chunk(struct job *job, struct arena *arena, size_t chunk)
{
	const struct run *run = job->run;
	struct part *part = &job->part[chunk];
	size_t first, end, n;
	size_t shard = chunk_at(run, chunk, &first);
	const struct pairs *pairs = run->input->shard[shard];
	struct beacon_nulls candidate = { .kappa_percent =
					      run->params.candidate_kappa_percent };
	struct beacon_nulls alert = { .kappa_percent = run->params.alert_kappa_percent };

	end = first + CHUNK < pairs_count(pairs) ? first + CHUNK : pairs_count(pairs);
	for (size_t i = first; i < end; i++) {
		(void)pairs_contacts(pairs, i, &n);
		part->tested += n >= FEWEST_CONTACTS;
	}
	if (part->tested == 0)
		return true;
	part->hit = arena_array(arena, part->tested, struct hit);
	if (!part->hit)
		return false;
	for (size_t i = first; i < end; i++) {
		struct hit *h = &part->hit[part->hits];
		struct beacon_test t;
		struct pair p;

		const struct contact *c = pairs_contacts(pairs, i, &n);

		if (n < FEWEST_CONTACTS)
			continue;
		if (is_sampled(c, n)) {
			part->sampled++;
			continue;
		}
		p = pairs_pair(pairs, i);
		t = beacon_test_with(&candidate, &p, looks_of(run, pairs, i));
		if (t.log10_p_ud == 0)
			continue;
		if (is_coarse(run, &t)) {
			part->coarse++;
			continue;
		}
		*h = (struct hit){
			.pair = i,
			.shard = (uint32_t)shard,
			.log10_p_ud = { t.log10_p_ud,
			    beacon_test_with(&alert, &p, looks_of(run, pairs, i))
				.log10_p_ud },
		};
		beacon_gaps(c, n, &t, h->gap_ns);
		part->hits++;
	}
	return true;
}

static int
p_order(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static enum status
rank(struct run *run, struct error *err)
{
	for (int level = 0; level < 2; level++) {
		int64_t *p = arena_array(&run->arena, run->hits + 1, int64_t);
		struct by_step *step =
		    arena_array(&run->arena, run->hits + 1, struct by_step);
		size_t n = 0;

		if (!p || !step)
			return error_set(
			    err, E_NOMEM, "no memory to rank %zu pairs", run->hits);
		for (size_t i = 0; i < run->hits; i++)
			if (run->hit[i].log10_p_ud[level] < 0)
				p[n++] = run->hit[i].log10_p_ud[level];
		if (n > 0)
			qsort(p, n, sizeof *p, p_order);
		by_steps(p, n, step);
		run->p[level] = p;
		run->ps[level] = n;
		run->step[level] = step;
	}
	return OK;
}

struct by_step
run_step(const struct run *run, int level, int64_t log10_p_ud)
{
	const int64_t *found = NULL;

	if (log10_p_ud < 0)
		found = bsearch(
		    &log10_p_ud, run->p[level], run->ps[level], sizeof log10_p_ud, p_order);
	/* Equal p have equal steps, so any of them will do. */
	return found ? run->step[level][found - run->p[level]] : (struct by_step){ 0, 1 };
}

/* Gather the parts in the order of the chunks, which is that of the pairs. */
static enum status
gather(struct run *run, const struct job *job, struct error *err)
{
	for (size_t c = 0; c < job->chunks; c++) {
		run->hits += job->part[c].hits;
		run->totals.tested += job->part[c].tested;
		run->totals.sampled += job->part[c].sampled;
		run->totals.coarse += job->part[c].coarse;
	}
	if (run->hits > UINT32_MAX)
		return error_set(err, E_LIMIT, "%zu pairs with a rhythm", run->hits);
	run->hit = arena_array(&run->arena, run->hits + 1, struct hit);
	if (!run->hit)
		return error_set(
		    err, E_NOMEM, "no memory for %zu pairs with a rhythm", run->hits);
	size_t at = 0;

	for (size_t c = 0; c < job->chunks; c++)
		for (size_t i = 0; i < job->part[c].hits; i++)
			run->hit[at++] = job->part[c].hit[i];
	return OK;
}

static void
context_of(const struct run *run, const struct hit *h, const struct pair_key *key,
    struct context *c)
{
	const struct host *host = hosts_find(run->input->hosts, &key->host);
	const struct host *peer = hosts_find(run->input->hosts, &key->peer);
	size_t n;
	const struct contact *contact =
	    pairs_contacts(run->input->shard[h->shard], h->pair, &n);

	CHECK(host && peer);
	*c = (struct context){ .pairs = run->totals.pairs,
		.hosts = hosts_callers(run->input->hosts),
		.peer_hosts = peer->callers,
		.host_peers = host->peers,
		.host_scanned = run->host[h->host].scanned,
		.host_first_ns = run->host[h->host].first_ns,
		.port_hosts = h->port_hosts,
		.siblings = h->siblings,
		.span_first_ns = run->span_first_ns,
		.span_last_ns = run->span_last_ns,
		.gap_ns = { h->gap_ns[0], h->gap_ns[1], h->gap_ns[2] },
		.unheard_ns = beacon_unheard(contact, n),
		.looks = looks_of(run, run->input->shard[h->shard], h->pair),
		.host_side = run_side(run, &key->host),
		.peer_side = hosts_is_apart(run->input->hosts, &key->peer)
				 ? SIDE_APART
				 : run_side(run, &key->peer),
		.limits = run->input->limits };
	run_name(run, h->shard, key, c);
	if (contact[n - 1].start_ns >= run->input->manners_from_ns)
		manner_look(run->input->manners, run->input->shards, key, c);
	if (sightings_of(run->input->sightings, &key->host, &key->peer, c->name, key->port,
		key->proto, c->span_first_ns, c) &&
	    ((c->listed_how == SIGHTING_RESOLVED && c->named > 0) ||
		c->listed_how == SIGHTING_LOOKED_UP)) {
		memset(c->listed, 0, sizeof c->listed);
		memset(c->listed_in, 0, sizeof c->listed_in);
		c->listed_mb = c->listed_until_ns = c->listed_how = 0;
	}
	for (int level = 0; level < 2; level++) {
		struct by_step step = run_step(run, level, h->log10_p_ud[level]);

		c->by_log10_p_ud[level] = step.log10_p_ud;
		c->by_rank[level] = step.rank;
	}
}

static bool
judge_hit(const struct run *run, const struct hit *h, struct finding *f, struct context *c)
{
	const struct pairs *pairs = run->input->shard[h->shard];
	struct pair_key key = pairs_key(pairs, h->pair);
	struct pair p = pairs_pair(pairs, h->pair);

	context_of(run, h, &key, c);
	return beacon_judge(&key, &p, c, &run->params, f);
}

/* Hits a worker judges at a time. */
#define JUDGE_CHUNK 16

static bool
judge_chunk(struct job *job, struct arena *arena, size_t chunk)
{
	struct run *run = job->run;
	size_t end = (chunk + 1) * JUDGE_CHUNK;

	(void)arena;
	end = end < run->hits ? end : run->hits;
	for (size_t i = chunk * JUDGE_CHUNK; i < end; i++) {
		const struct hit *h = &run->hit[i];
		struct context c;
		struct finding f;

		run->verdict[i].called = judge_hit(run, h, &f, &c);
		if (!run->verdict[i].called)
			continue;
		run->verdict[i].hit = (uint32_t)i;
		run->verdict[i].llr_mb = f.llr_mb;
		run->verdict[i].odds_mb = f.odds_mb;
		run->verdict[i].severity = f.severity;
	}
	return true;
}

/* A finding about a name has no peer. */
static struct ip
shown_peer(const struct pair_key *key)
{
	return name_is_key(&key->peer) ? (struct ip){ { 0 } } : key->peer;
}

/* As finding_compare orders; hits are by shard and pair, so keys are compared only across. */
static int
verdict_order(const void *a, const void *b, void *arg)
{
	const struct verdict *x = a, *y = b;
	const struct run *run = arg;

	if (x->severity != y->severity)
		return x->severity > y->severity ? -1 : 1;
	if (x->odds_mb != y->odds_mb)
		return x->odds_mb > y->odds_mb ? -1 : 1;
	if (x->llr_mb != y->llr_mb)
		return x->llr_mb > y->llr_mb ? -1 : 1;
	const struct hit *g = &run->hit[x->hit], *h = &run->hit[y->hit];
	struct pair_key k = pairs_key(run->input->shard[g->shard], g->pair);
	struct pair_key l = pairs_key(run->input->shard[h->shard], h->pair);
	struct ip k_peer = shown_peer(&k), l_peer = shown_peer(&l);
	int order = ip_compare(&k.host, &l.host);

	if (order == 0)
		order = ip_compare(&k_peer, &l_peer);
	if (order == 0)
		order = (k.port > l.port) - (k.port < l.port);
	if (order == 0)
		order = (k.proto > l.proto) - (k.proto < l.proto);
	if (order != 0 || !name_is_key(&k.peer) || !name_is_key(&l.peer))
		return order;
	return strcmp(names_text_of(run->input->names[g->shard], &k.peer),
	    names_text_of(run->input->names[h->shard], &l.peer));
}

static void
list_verdicts(struct run *run)
{
	for (size_t i = 0; i < run->hits; i++)
		if (run->verdict[i].called)
			run->verdict[run->verdicts++] = run->verdict[i];
	if (run->verdicts > 0)
		qsort_r(
		    run->verdict, run->verdicts, sizeof *run->verdict, verdict_order, run);
}

static enum status
detect(struct run *run, struct worker *worker, unsigned workers, struct error *err)
{
	struct job tests = { .run = run, .make = test_chunk },
		   judge = { .run = run, .make = judge_chunk };
	enum status st;

	for (size_t s = 0; s < run->input->shards; s++) {
		size_t n = pairs_count(run->input->shard[s]);

		run->totals.pairs += n;
		tests.chunks += (n + CHUNK - 1) / CHUNK;
	}
	tests.part = arena_array(&run->arena, tests.chunks + 1, struct part);
	if (!tests.part)
		return error_set(err, E_NOMEM, "no memory to test pairs");
	job_run(&tests, worker, workers);
	if (atomic_load(&tests.failed))
		return error_set(err, E_NOMEM, "no memory to test pairs");
	st = gather(run, &tests, err);
	if (st == OK)
		st = run_names(run, err);
	if (st == OK)
		st = rank(run, err);
	if (st == OK)
		st = run_survey(run, err);
	if (st == OK)
		st = run_siblings(run, err);
	if (st != OK)
		return st;
	run->verdict = arena_array(&run->arena, run->hits + 1, struct verdict);
	if (!run->verdict)
		return error_set(err, E_NOMEM, "no memory for findings");
	judge.chunks = (run->hits + JUDGE_CHUNK - 1) / JUDGE_CHUNK;
	job_run(&judge, worker, workers);
	list_verdicts(run);
	return OK;
}

enum status
run_detect(struct run **out, const struct run_input *input, const struct params *params,
    struct error *err)
{
	struct worker worker[WORKERS_MOST] = { 0 };
	unsigned workers = input->workers < WORKERS_MOST ? input->workers : WORKERS_MOST;
	struct run *run = calloc(1, sizeof *run);
	enum status st;

	CHECK(workers > 0 && input->looks > 0);
	if (!run)
		return error_set(err, E_NOMEM, "no memory for a run");
	run->input = input;
	run->params = *params;
	/* The tests' half of the memory is given back when the hits are gathered. */
	arena_init(&run->arena, input->memory / 2);
	for (unsigned i = 0; i < workers; i++)
		arena_init(&worker[i].arena, input->memory / 2 / workers);
	st = detect(run, worker, workers, err);
	for (unsigned i = 0; i < workers; i++)
		arena_release(&worker[i].arena);
	if (st != OK) {
		run_free(run);
		return st;
	}
	*out = run;
	return OK;
}

size_t
run_count(const struct run *run)
{
	return run->verdicts;
}

void
run_finding(const struct run *run, size_t i, struct finding *f, struct context *c)
{
	CHECK(i < run->verdicts);
	CHECK(judge_hit(run, &run->hit[run->verdict[i].hit], f, c));
}

void
run_where(const struct run *run, size_t i, size_t *shard, size_t *pair)
{
	CHECK(i < run->verdicts);
	*shard = run->hit[run->verdict[i].hit].shard;
	*pair = run->hit[run->verdict[i].hit].pair;
}

const struct run_totals *
run_totals(const struct run *run)
{
	return &run->totals;
}

void
run_free(struct run *run)
{
	if (!run)
		return;
	arena_release(&run->arena);
	free(run);
}
