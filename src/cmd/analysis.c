/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/analysis.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/stamp.h"
#include "cmd/allowed.h"
#include "cmd/cmd.h"
#include "cmd/progress.h"
#include "cmd/tallies.h"
#include "cmd/tell.h"
#include "cmd/tell_tunnels.h"
#include "detect/detector.h"
#include "detect/run.h"
#include "profile/hosts.h"

#define NOTES_MAX 256 /* sentences kept for the report; the rest is only counted */

/* Bookkeeping of one analysis_run. */
struct work {
	struct analysis *a;
	const struct analysis_options *options;
	analysis_remark *remark;
	void *state;
	const char **notes;
	struct error *err;
};

struct analysis_options
analysis_default(void)
{
	return (struct analysis_options){
		.hear = { .workers = 1,
		    .memory = (size_t)1 << 30,
		    .flow = flow_limits_default(),
		    .progress = true },
		.params = params_default(),
		.state = { .keep_ns = STATE_KEEP_DAYS * UINT64_C(86400) * SECOND_NS,
		    .size = STATE_SIZE,
		    .to_ns = UINT64_MAX },
	};
}

static void
say(struct work *w, bool hard, const char *sentence)
{
	struct summary *s = &w->a->summary;

	progress_hide();
	w->remark(w->state, hard, sentence);
	if (hard)
		w->a->whole = false;
	if (s->notes_n < NOTES_MAX) {
		const char *kept = arena_text(&w->a->memory, sentence, strlen(sentence));

		if (kept)
			w->notes[s->notes_n++] = kept;
	}
}

static void
on_refusal(void *state, bool hard, const char *sentence)
{
	say(state, hard, sentence);
}

/* An input that ended early, or a log with lines that were stepped over. */
static void
on_note(void *state, bool hard, const char *sentence)
{
	say(state, hard, sentence);
}

/* Whoever else listens, and the lists. */
static void
pass_flow(void *state, const struct flow *f)
{
	const struct hear_options *o = &((const struct work *)state)->options->hear;

	o->flow_tap(o->tap_state, f);
}

static void
see_trait(void *state, const struct trait *t)
{
	const struct work *w = state;
	const struct hear_options *o = &w->options->hear;

	sightings_see(w->a->sightings, t);
	if (o->trait_tap)
		o->trait_tap(o->tap_state, t);
}

/* Are there inputs that tell what rules said? */
static bool
has_rules(const struct analysis *a)
{
	for (unsigned i = 0; i < a->inputs.n; i++)
		if (a->inputs.source[i].kind == SOURCE_EVE)
			return true;
	return false;
}

static void
see_alert(void *state, const struct alert *alert)
{
	sightings_alert(((const struct work *)state)->a->sightings, alert);
}

static enum status
read_lists(struct work *w)
{
	struct analysis *a = w->a;
	struct lists_counts n;
	struct error text;
	enum status st;

	if (w->options->indicators == 0 && !has_rules(a))
		return OK;
	st = w->options->indicators == 0 ? OK
					 : lists_read(&a->lists, w->options->indicator,
					       w->options->indicators, &n, w->err);
	if (st == OK)
		st = sightings_new(
		    &a->sightings, a->lists, w->options->hear.memory / 16, w->err);
	if (st != OK || a->lists == NULL)
		return st;
	(void)error_set(&text, OK,
	    "%llu indicators of %llu lists are looked for; %llu lines are none of the "
	    "kinds "
	    "that can be",
	    (unsigned long long)n.taken, (unsigned long long)n.lists,
	    (unsigned long long)n.unused);
	say(w, false, text.text);
	return OK;
}

static enum status
read_devices(struct work *w)
{
	struct analysis *a = w->a;
	struct devices_counts n;
	struct error text;
	enum status st;

	if (w->options->devices == 0)
		return OK;
	st = devices_read(&a->devices, w->options->device, w->options->devices, &n, w->err);
	if (st != OK)
		return st;
	(void)error_set(&text, OK,
	    "devices are held against %llu MUD files with %llu rules",
	    (unsigned long long)n.files, (unsigned long long)n.rules);
	say(w, false, text.text);
	if (n.odd == 0)
		return OK;
	(void)error_set(&text, OK,
	    "%llu rules of MUD files are not understood, and allow nothing; the first is "
	    "%.300s",
	    (unsigned long long)n.odd, n.odd_first);
	say(w, false, text.text);
	return OK;
}

static enum status
hear_all(struct work *w)
{
	struct analysis *a = w->a;
	struct hear_options options = w->options->hear;
	enum status st;

	if (a->sightings) {
		options.flow_tap = options.flow_tap ? pass_flow : NULL;
		options.trait_tap = see_trait;
		options.alert_tap = see_alert;
		options.tap_state = w;
	}
	st = hear_new(&a->hear, &options, on_note, w, w->err);

	if (st != OK)
		return st;
	if (a->state)
		st = state_learn(a->state, a->hear, w->err);
	if (st != OK)
		return st;
	if (w->options->hear.progress)
		progress_start("reading", a->inputs.bytes);
	for (unsigned i = 0; st == OK && i < a->inputs.n; i++)
		st = hear_read(a->hear, &a->inputs.source[i], i, w->err);
	if (st == OK)
		st = hear_seal(a->hear, w->err);
	if (a->sightings)
		sightings_seal(a->sightings);
	progress_stop();
	return st;
}

static uint64_t
frames_malformed(const struct hear_counts *c)
{
	return c->verdict[DECODE_SHORT] + c->verdict[DECODE_LIES] +
	       c->verdict[DECODE_VERSION] + c->verdict[DECODE_DEEP];
}

static struct finding_limits
limits_of(const struct hear_counts *c)
{
	struct finding_limits l = { .frames_dropped = UINT64_MAX, .sampling = 1 };

	if (c->capture.dropped_known)
		l.frames_dropped = c->capture.dropped;
	l.frames_cut = c->capture.frames_cut;
	l.records_skipped = c->capture.records_bad + c->lines_bad + frames_malformed(c) +
			    c->verdict[DECODE_LINK_UNKNOWN];
	l.contacts_shed = c->pairs.shed;
	l.resolution_ns = c->lines > 0 && c->capture.resolution_ns < 1000
			      ? 1000
			      : /* Zeek writes microseconds */
			      c->capture.resolution_ns;
	if (c->meters.resolution_ns > l.resolution_ns)
		l.resolution_ns = c->meters.resolution_ns;
	l.records_skipped += c->meters.netflow.malformed + c->meters.netflow.untimed +
			     c->meters.netflow.no_template + c->meters.netflow.lost;
	if (c->meters.sampling > 1)
		l.sampling = c->meters.sampling;
	return l;
}

/* What the findings were read from, in one line. */
static const char *
input_text(struct analysis *a)
{
	struct error text; /* as room for a text with an end */

	if (a->inputs.n == 0)
		return "";
	if (a->inputs.n == 1)
		return a->inputs.source[0].path;
	(void)error_set(
	    &text, OK, "%s and %u more", a->inputs.source[0].path, a->inputs.n - 1);
	return arena_text(&a->memory, text.text, strlen(text.text));
}

/* What clocks are looked for in: what was heard, and with it what was kept. */
static struct pairs *const *
clock_pairs(const struct analysis *a)
{
	return a->state ? state_pairs(a->state) : hear_pairs(a->hear);
}

/* Where the contacts behind a finding are; pairs NULL: they are no one pair's. */
struct entry {
	const struct pairs *pairs;
	size_t pair;
};

/* The starts of the contacts behind a finding, for the pictures. */
static enum status
take_trace(struct analysis *a, const struct entry *e, struct trace *out, struct error *err)
{
	const struct contact *contact;
	uint64_t *start;
	size_t n;

	*out = (struct trace){ 0 };
	if (e->pairs == NULL)
		return OK;
	contact = pairs_contacts(e->pairs, e->pair, &n);
	start = arena_get(&a->memory, n, sizeof *start);
	if (start == NULL)
		return error_set(err, E_NOMEM, "no memory for the timeline of a finding");
	for (size_t k = 0; k < n; k++)
		start[k] = contact[k].start_ns;
	*out = (struct trace){ .start_ns = start, .n = n };
	return OK;
}

static struct entry
entry_of(const struct heard *heard, const struct detected *d)
{
	const struct finding *f = &d->finding;
	struct subject s = {
		.host = f->host, .peer = f->peer, .port = f->port, .proto = f->proto
	};
	struct entry e = { 0 };
	struct calls calls;
	size_t n;

	if (scope_of(f) != SCOPE_SERVICE || !calls_of(heard, &f->host, &calls) ||
	    calls_service(&calls, &s, &e.pair, &n) == NULL)
		return e;
	e.pairs = calls.pairs;
	return e;
}

/* The findings of both in one list, as finding_compare orders. */
static enum status
take_findings(struct work *w, const struct run *run, const struct heard *heard,
    const struct detections *others)
{
	struct analysis *a = w->a;
	size_t clocks = run_count(run), n = clocks + others->n, at = 0;
	const char *input = input_text(a);
	enum status st = OK;

	a->finding = arena_array(&a->memory, n + 1, struct finding);
	a->context = arena_array(&a->memory, n + 1, struct context);
	a->trace = arena_array(&a->memory, n + 1, struct trace);
	a->hidden = arena_array(&a->memory, n + 1, bool);
	if (a->finding == NULL || a->context == NULL || a->trace == NULL ||
	    a->hidden == NULL || input == NULL)
		return error_set(w->err, E_NOMEM, "no memory for %zu findings", n);
	for (size_t i = 0, k = 0; st == OK && i < n; i++) {
		struct finding *f = &a->finding[i];
		struct entry e;
		size_t shard;

		if (at < clocks)
			run_finding(run, at, f, &a->context[i]);
		if (k < others->n &&
		    (at == clocks || finding_compare(&others->at[k].finding, f) < 0)) {
			*f = others->at[k].finding;
			a->context[i] = others->at[k].context;
			e = entry_of(heard, &others->at[k++]);
		} else {
			run_where(run, at++, &shard, &e.pair);
			e.pairs = clock_pairs(a)[shard];
		}
		f->input = input;
		st = take_trace(a, &e, &a->trace[i], w->err);
	}
	if (st == OK)
		a->findings = n;
	return st;
}

static enum status
sum_up(struct work *w, const struct run *run, const struct hosts *hosts)
{
	struct analysis *a = w->a;
	const struct hear_counts *c = hear_counts(a->hear);
	struct summary *s = &a->summary;
	const char **paths = arena_array(&a->memory, a->inputs.n + 1, const char *);

	if (paths == NULL)
		return error_set(w->err, E_NOMEM, "no memory for the list of inputs");
	for (unsigned i = 0; i < a->inputs.n; i++)
		paths[i] = a->inputs.source[i].path;
	s->inputs = paths;
	s->inputs_n = a->inputs.n;
	s->hosts = hosts_callers(hosts);
	s->pairs = run_totals(run)->pairs;
	s->contacts = c->pairs.contacts;
	s->q_ppm = w->options->params.q_ppm;
	s->version = GEOPHONE_VERSION;
	return tallies_take(s, c, &a->memory)
		   ? OK
		   : error_set(w->err, E_NOMEM, "no memory to sum up");
}

/* First and last contact of the run: every context knows it; without findings, nobody asks. */
static void
take_span(struct analysis *a)
{
	if (a->findings == 0)
		return;
	a->summary.first_ns = a->context[0].span_first_ns;
	a->summary.last_ns = a->context[0].span_last_ns;
	/* The last contact's start is not the end of what was heard of it. */
	for (size_t i = 0; i < a->findings; i++)
		if (a->finding[i].last_ns > a->summary.last_ns)
			a->summary.last_ns = a->finding[i].last_ns;
}

/* What is told beside the findings, and takes nothing from them. */
static void
on_fact(void *state, const char *sentence)
{
	say(state, false, sentence);
}

/* First and last contact of this run alone. */
static void
take_run_span(struct heard *heard)
{
	uint64_t first_ns = UINT64_MAX, last_ns = 0;

	for (size_t s = 0; s < heard->shards; s++)
		for (size_t i = 0; i < pairs_count(heard->shard[s]); i++) {
			size_t n;
			const struct contact *c = pairs_contacts(heard->shard[s], i, &n);

			first_ns = c[0].start_ns < first_ns ? c[0].start_ns : first_ns;
			last_ns = c[n - 1].start_ns > last_ns ? c[n - 1].start_ns : last_ns;
		}
	heard->span_first_ns = first_ns == UINT64_MAX ? 0 : first_ns;
	heard->span_last_ns = last_ns;
}

/* `hosts` are those of this run, `clock_hosts` those of clock_pairs. */
static enum status
judge_with(struct work *w, const struct hosts *hosts, const struct hosts *clock_hosts)
{
	struct analysis *a = w->a;
	struct run_input in = { .shard = clock_pairs(a),
		.shards = HEAR_SHARDS,
		.names = hear_names(a->hear),
		.manners = hear_manners(a->hear),
		.hosts = clock_hosts,
		.limits = limits_of(hear_counts(a->hear)),
		.sightings = a->sightings,
		.looks = 1,
		.workers = w->options->hear.workers,
		.memory = w->options->hear.memory };
	struct finding_limits limits = in.limits;
	struct detections others;
	struct heard heard;
	struct run *run;
	enum status st;

	if (a->state) {
		state_limits(a->state, &in.limits);
		in.manners_from_ns = state_counts(a->state)->run_ns;
	}
	st = run_detect(&run, &in, &w->options->params, w->err);
	if (st != OK)
		return st;
	a->frames_dropped = in.limits.frames_dropped;
	tell_refused(run_totals(run), &in.limits, on_fact, w);
	heard = (struct heard){ .shard = hear_pairs(a->hear),
		.shards = in.shards,
		.names = in.names,
		.manners = in.manners,
		.sightings = a->sightings,
		.devices = a->devices,
		.lookups = hear_lookups(a->hear),
		.tunnels = hear_tunnels(a->hear),
		.hosts = hosts,
		.span_first_ns = run_totals(run)->span_first_ns,
		.span_last_ns = run_totals(run)->span_last_ns,
		.limits = limits,
		.memory = w->options->hear.memory,
		.explained = w->options->explained };
	if (a->state)
		take_run_span(&heard);
	st = detect_all(&others, &heard, &w->options->params, w->err);
	if (st == OK) {
		st = take_findings(w, run, &heard, &others);
		if (st == OK && w->options->allow)
			st = allowed_apply(w->options->allow, w->options->asn,
			    w->options->show_allowed, a->finding, a->context, a->findings,
			    &heard, a->hidden, on_fact, w, w->err);
		if (st == OK)
			st = sum_up(w, run, hosts);
		tallies_left_out(&a->summary, others.shed);
		detections_release(&others);
	}
	if (st == OK)
		take_span(a);
	run_free(run);
	return st;
}

/* With what runs before kept; what will be is written beside it. */
static enum status
judge_with_state(struct work *w, const struct hosts *hosts)
{
	struct host_nets nets = params_nets(&w->options->params);
	struct state *s = w->a->state;
	struct hosts *both;
	enum status st = state_recall(s, w->a->hear, w->err);

	if (st != OK)
		return st;
	st = hosts_new(&both, state_pairs(s), HEAR_SHARDS, &nets, w->err);
	if (st != OK)
		return st;
	st = judge_with(w, hosts, both);
	if (st == OK)
		st = state_write(s, both, w->err);
	if (st == OK) {
		tell_state(w->options->state.dir, state_counts(s), on_fact, w);
		tallies_state(&w->a->summary, state_counts(s));
	}
	hosts_free(both);
	return st;
}

static enum status
judge(struct work *w)
{
	struct host_nets nets = params_nets(&w->options->params);
	struct hosts *hosts;
	enum status st =
	    hosts_new(&hosts, hear_pairs(w->a->hear), HEAR_SHARDS, &nets, w->err);

	if (st != OK)
		return st;
	tell_filter(w->options->hear.filter, on_fact, w);
	tell_inferred(hosts, on_fact, w);
	st = tell_tunnels(hear_tunnels(w->a->hear), HEAR_SHARDS, on_fact, w, w->err);
	if (st != OK) {
		hosts_free(hosts);
		return st;
	}
	st = w->a->state ? judge_with_state(w, hosts) : judge_with(w, hosts, hosts);
	hosts_free(hosts);
	return st;
}

enum status
analysis_run(struct analysis **out, const struct analysis_options *options,
    char *const *paths, unsigned n, analysis_remark *remark, void *state, struct error *err)
{
	struct analysis *a = calloc(1, sizeof *a);
	struct work w = { a, options, remark, state, NULL, err };
	enum status st = OK;

	if (a == NULL)
		return error_set(err, E_NOMEM, "no memory");
	a->whole = true;
	arena_init(&a->memory, SIZE_MAX / 4);
	w.notes = arena_array(&a->memory, NOTES_MAX, const char *);
	if (w.notes == NULL)
		st = error_set(err, E_NOMEM, "no memory");
	a->summary.notes = w.notes;
	if (st == OK)
		st = inputs_find(&a->inputs, paths, n, options->again, on_refusal, &w, err);
	if (st == OK && a->inputs.n == 0)
		st = error_set(err, E_FORMAT, "nothing could be read");
	if (st == OK && options->state.dir)
		st = state_open(&a->state, &options->state, err);
	if (st == OK)
		st = read_lists(&w);
	if (st == OK)
		st = read_devices(&w);
	if (st == OK)
		st = hear_all(&w);
	if (st == OK)
		st = judge(&w);
	if (st != OK) {
		analysis_free(a);
		return st;
	}
	*out = a;
	return OK;
}

enum status
analysis_shown(struct analysis *a, const struct finding **out, size_t *n, struct error *err)
{
	struct finding *copy;

	*n = 0;
	for (size_t i = 0; i < a->findings; i++)
		*n += !a->hidden[i];
	if (*n == a->findings) {
		*out = a->finding;
		return OK;
	}
	copy = arena_array(&a->memory, *n + 1, struct finding);
	if (copy == NULL)
		return error_set(err, E_NOMEM, "no memory for %zu findings", *n);
	*out = copy;
	for (size_t i = 0; i < a->findings; i++)
		if (!a->hidden[i])
			*copy++ = a->finding[i];
	return OK;
}

void
analysis_free(struct analysis *a)
{
	if (a == NULL)
		return;
	state_close(a->state);
	hear_free(a->hear);
	sightings_free(a->sightings);
	indicators_free(a->lists);
	devices_free(a->devices);
	inputs_release(&a->inputs);
	arena_release(&a->memory);
	free(a);
}
