/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/analysis.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/stamp.h"
#include "cmd/allowed.h"
#include "cmd/cmd.h"
#include "cmd/progress.h"
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

static void
tally(struct tally *t, unsigned *n, const char *what, uint64_t count)
{
	if (count > 0)
		t[(*n)++] = (struct tally){ .what = what, .n = count };
}

/* Suricata's events that are no flows: counted by kind, not read. */
static const char *const EVENTS[EVE_TYPE_COUNT] = {
#define X(name, text) [EVE_##name] = "Suricata events of the kind " text,
	EVE_TYPES(X)
#undef X
	    [EVE_OTHER] = "Suricata events of other kinds",
};

/* Counters of what was read, and of what was not understood or never came. */
static void
sum_up_records(
    struct summary *s, const struct records_counts *r, const struct meters_counts *m)
{
	const struct netflow_counters *n = &m->netflow;

	tally(s->read, &s->reads, "export datagrams", n->datagrams);
	tally(s->read, &s->reads, "flow records of exporters", n->records);
	tally(s->read, &s->reads, "sFlow datagrams", m->sflow.datagrams);
	tally(s->read, &s->reads, "packets sampled by sFlow", m->sflow.samples);
	tally(s->lost, &s->losts, "sFlow samples and records of kinds not read",
	    m->sflow.others);
	tally(s->lost, &s->losts, "sFlow datagrams cut or contradicting themselves",
	    m->sflow.malformed);
	tally(s->read, &s->reads, "flow records of nfdump", r->nfdump.records);
	tally(s->read, &s->reads, "flows made of both directions", m->halves.paired);
	tally(s->read, &s->reads, "flows told of one direction alone", m->halves.single);
	tally(s->read, &s->reads, "flow records of sampled packets", n->sampled);
	tally(s->lost, &s->losts, "records of nfdump that contradict themselves",
	    r->nfdump.bad);
	tally(s->lost, &s->losts, "records of nfdump without two addresses",
	    r->nfdump.addressless);
	tally(s->lost, &s->losts, "blocks of nfdump's files that could not be read",
	    r->nfdump.blocks_skipped);
	tally(s->lost, &s->losts, "events that tell of a flow again", r->repeated);
	for (int i = EVE_ALERT; i < EVE_TYPE_COUNT; i++)
		tally(s->lost, &s->losts, EVENTS[i], r->event[i]);
	tally(s->lost, &s->losts, "export datagrams cut or contradicting themselves",
	    n->malformed);
	tally(s->lost, &s->losts, "sets of records that came before their template",
	    n->no_template);
	tally(s->lost, &s->losts, "templates and exporters past our limits", n->refused);
	tally(s->lost, &s->losts, "flow records without a time that we know", n->untimed);
	tally(s->lost, &s->losts, "export records that are no flow between two addresses",
	    n->addressless);
	tally(s->lost, &s->losts, "flow records or datagrams that never arrived", n->lost);
	tally(s->lost, &s->losts, "directions that could not wait for the other one",
	    m->halves.early);
	tally(
	    s->lost, &s->losts, "packets between export datagrams, not read", r->strangers);
}

static void
sum_up_lost(struct summary *s, const struct hear_counts *c)
{
	struct tally *t = s->lost;
	unsigned *n = &s->losts;

	tally(t, n, "frames the capturing kernel dropped", c->capture.dropped);
	tally(t, n, "frames shorter than on the wire (snap length)", c->capture.frames_cut);
	tally(t, n, "malformed records in capture files", c->capture.records_bad);
	tally(
	    t, n, "frames with a time before 1970 or past 2554", c->capture.times_clamped);
	tally(t, n, "frames without a time (simple packet blocks)",
	    c->capture.frames_untimed);
	tally(t, n, "capture blocks of kinds not read", c->capture.blocks_skipped);
	for (int v = DECODE_OK + 1; v < DECODE_VERDICT_COUNT; v++)
		tally(t, n, decode_verdict_text((enum decode_verdict)v), c->verdict[v]);
	tally(t, n, "packets with a wrong checksum", c->bad_sums);
	tally(t, n, "of them left out, their sender knows better", c->flow.bad_sums);
	for (int i = TROUBLE_NONE + 1; i < TROUBLE_COUNT; i++)
		tally(t, n, tunnel_trouble_text((enum tunnel_trouble)i), c->trouble[i]);
	tally(t, n, "frames left out by the filter (-f)", c->capture.unwanted);
	tally(t, n, "frames outside of --from and --to", c->capture.outside);
	tally(t, n, "log records outside of --from and --to", c->records_outside);
	tally(t, n, "log lines stepped over", c->lines_bad);
	tally(t, n, "log lines that tell neither flow nor request", c->lines_other);
	tally(t, n, "IP fragments that never became a packet", c->flow.fragments_lost);
	tally(t, n, "flows ended early for want of memory", c->flow.shed);
	tally(
	    t, n, "flows whose content was not read for want of memory", c->reader.unread);
	tally(t, n, "contacts forgotten for want of memory", c->pairs.shed);
	tally(t, n, "names forgotten for want of memory", c->names.shed);
	tally(t, n, "look-ups not kept one by one", c->lookups.shed);
	tally(t, n, "certificates of logs forgotten for want of memory",
	    c->certificates_shed);
	tally(t, n, "handshakes and requests of services not kept", c->manners.shed);
	tally(t, n, "flows whose carriers were forgotten", c->tunnels_shed);
	tally(t, n, "inputs that ended before their end", c->inputs_broken);
}

static void
tally_protocols(struct summary *s, const struct hear_counts *c)
{
	static const struct {
		uint8_t proto;
		const char *what;
	} known[] = { { PROTO_TCP, "TCP packets" }, { PROTO_UDP, "UDP packets" },
		{ PROTO_ICMP, "ICMP packets" }, { PROTO_ICMP6, "ICMPv6 packets" },
		{ PROTO_SCTP, "SCTP packets" } };
	uint64_t other = 0;

	for (size_t i = 0; i < sizeof c->proto / sizeof *c->proto; i++)
		other += c->proto[i];
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		tally(s->read, &s->reads, known[i].what, c->proto[known[i].proto]);
		other -= c->proto[known[i].proto];
	}
	tally(s->read, &s->reads, "packets of other IP protocols", other);
	tally(s->read, &s->reads, "of them in tunnels, counted as what is inside",
	    c->tunnelled);
}

/* By name, so that the order of the inputs does not show. */
static bool
tally_odds(struct analysis *a, const struct zeek_odds *o)
{
	struct summary *s = &a->summary;
	const char *before = "";

	for (unsigned i = 0; i < o->n; i++) {
		char text[ZEEK_ODD_NAME + 32];
		const char *what;
		unsigned next = ZEEK_ODDS;
		int len;

		for (unsigned k = 0; k < o->n; k++)
			if (strcmp(o->odd[k].name, before) > 0 &&
			    (next == ZEEK_ODDS ||
				strcmp(o->odd[k].name, o->odd[next].name) < 0))
				next = k;
		if (next == ZEEK_ODDS)
			break;
		before = o->odd[next].name;
		len = snprintf(text, sizeof text, "what Zeek found odd: %s", before);
		what = arena_text(&a->memory, text, (size_t)len);
		if (what == NULL)
			return false;
		tally(s->lost, &s->losts, what, o->odd[next].count);
	}
	tally(s->lost, &s->losts, "what Zeek found odd, under other names", o->more);
	return true;
}

static enum status
sum_up(struct work *w, const struct run *run, const struct hosts *hosts)
{
	struct analysis *a = w->a;
	const struct hear_counts *c = hear_counts(a->hear);
	struct summary *s = &a->summary;
	const char **paths = arena_array(&a->memory, a->inputs.n + 1, const char *);
	unsigned *n = &s->reads;

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
	tally(s->read, n, "frames", c->capture.frames);
	tally(s->read, n, "bytes in frames", c->capture.bytes);
	tally_protocols(s, c);
	tally(s->read, n, "log records", c->lines);
	tally(s->read, n, "of them, certificates in x509 logs", c->certificates);
	tally(s->read, n, "look-ups, requests and handshakes", c->traits);
	tally(s->read, n, "of them, those of a connection seen itself", c->pairs.joined);
	tally(s->read, n, "flows from frames", c->flow.flows);
	tally(s->read, n, "contacts", c->pairs.contacts);
	tally(s->read, n, "slices stitched to their connection", c->pairs.stitched);
	tally(s->read, n, "flows to groups (multicast, broadcast), not judged",
	    c->pairs.apart);
	sum_up_records(s, &c->records, &c->meters);
	sum_up_lost(s, c);
	return tally_odds(a, &c->odd) ? OK
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

/* What was taken for ours because nobody said: a reader must be able to object. */
static void
tell_inferred(struct work *w, const struct hosts *hosts)
{
	struct ip_net net[HOSTS_INFERRED];
	uint64_t originators;
	unsigned n = hosts_inferred(hosts, net, &originators);
	char ip[IP_TEXT];
	struct error text;

	for (unsigned i = 0; i < n; i++) {
		unsigned bits = net[i].bits - (ip_is_v4(&net[i].ip) ? 96u : 0u);

		(void)error_set(&text, OK,
		    "%s/%u is taken for ours, since most of what was heard touches it; "
		    "say what is with --internal",
		    ip_text(&net[i].ip, ip), bits);
		say(w, false, text.text);
	}
	if (originators == 0)
		return;
	(void)error_set(&text, OK,
	    "nobody said which addresses are ours: %llu that opened connections are taken "
	    "for ours; say what is with --internal",
	    (unsigned long long)originators);
	say(w, false, text.text);
}

/* What was not judged, since the input cannot tell. */
static void
tell_refused(struct work *w, const struct run_totals *t, const struct finding_limits *l)
{
	char step[STAMP_TEXT];
	struct error text;

	if (t->sampled > 0) {
		(void)error_set(&text, OK,
		    "%llu pairs were not judged by their timing: only 1 in %u packets was "
		    "looked at, and when a contact is seen is a matter of luck",
		    (unsigned long long)t->sampled, l->sampling);
		say(w, false, text.text);
	}
	if (t->coarse > 0) {
		(void)error_set(&text, OK,
		    "%llu pairs were not judged by their timing: the times are told in "
		    "steps "
		    "of %s, too coarse for their period",
		    (unsigned long long)t->coarse, stamp_period(l->resolution_ns, step));
		say(w, false, text.text);
	}
}

static void
on_rule(void *state, const char *sentence)
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
	tell_refused(w, run_totals(run), &in.limits);
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
			    &heard, a->hidden, on_rule, w, w->err);
		if (st == OK)
			st = sum_up(w, run, hosts);
		tally(a->summary.lost, &a->summary.losts,
		    "findings left out of a very long list", others.shed);
		detections_release(&others);
	}
	if (st == OK)
		take_span(a);
	run_free(run);
	return st;
}

/* A finding of a part of the input must not pass for one of the whole. */
static void
tell_filter(struct work *w)
{
	const struct filter *f = w->options->hear.filter;
	char from[STAMP_TEXT], to[STAMP_TEXT];
	struct error text;

	if (filter_text(f)) {
		(void)error_set(&text, OK,
		    "only frames that match the filter \"%s\" were looked at",
		    filter_text(f));
		say(w, false, text.text);
	}
	if (filter_from(f) == 0 && filter_to(f) == UINT64_MAX)
		return;
	(void)error_set(&text, OK, "only what began %s%s%s%s was looked at",
	    filter_from(f) ? "at or after " : "",
	    filter_from(f) ? stamp_text(filter_from(f), from) : "",
	    filter_to(f) == UINT64_MAX ? ""
	    : filter_from(f)           ? " and before "
				       : "before ",
	    filter_to(f) == UINT64_MAX ? "" : stamp_text(filter_to(f), to));
	say(w, false, text.text);
}

/* What the state holds and what it could not. */
static void
tell_state(struct work *w)
{
	const struct state_counts *c = state_counts(w->a->state);
	struct summary *s = &w->a->summary;
	char since[STAMP_TEXT];
	struct error text;

	(void)error_set(&text, OK,
	    "%s: %llu contacts of %llu pairs are kept for the next run; clocks were judged "
	    "on %llu runs since %s%s",
	    w->options->state.dir, (unsigned long long)c->contacts,
	    (unsigned long long)c->pairs, (unsigned long long)c->runs,
	    stamp_text(c->since_ns, since),
	    c->again ? "; what was heard now was heard before" : "");
	say(w, false, text.text);
	tally(s->read, &s->reads, "contacts recalled from runs before", c->recalled);
	tally(s->lost, &s->losts, "pairs forgotten for their age", c->expired);
	tally(s->lost, &s->losts, "pairs forgotten for want of room in the state", c->shed);
	tally(s->lost, &s->losts, "contacts not recalled for want of memory", c->lost);
}

static void
on_tunnel(void *state, const char *sentence)
{
	say(state, false, sentence);
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
	if (st == OK)
		tell_state(w);
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
	tell_filter(w);
	tell_inferred(w, hosts);
	st = tell_tunnels(hear_tunnels(w->a->hear), HEAR_SHARDS, on_tunnel, w, w->err);
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
