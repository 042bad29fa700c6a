/* SPDX-License-Identifier: Apache-2.0 */
/*
 * geophone evaluate: how good the findings are on input that somebody labelled,
 * beside what RITA's formula says of the same input.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/analysis.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/progress.h"
#include "cmd/truths.h"
#include "detect/weights.h"
#include "evaluate/score.h"
#include "profile/hosts.h"
#include "profile/names.h"
#include "publish/evaluation.h"

#define VERB    "evaluate"
#define HOUR_NS UINT64_C(3600000000000)
#define STEPS   13
#define PEERS   256

struct order {
	struct analysis_options run;
	const char *html;
	const char *suspects;
	bool json, benign, quiet, times;
	bool whole;
	FILE *list; /* of suspects; NULL: not asked for */
};

/* What was heard of one capture. */
struct heard_samples {
	struct sample *at; /* malloced */
	size_t n, room;
	bool short_; /* no memory */
};

static const char usage[] =
    "usage: geophone evaluate [OPTION...] CAPTURE...\n"
    "Hold the findings against what is known of labelled captures: precision, recall,\n"
    "false alarms, time to detection and calibration, by host-day and pair-day, beside\n"
    "RITA's formula. A CAPTURE is a Zeek log with labels, an Argus binetflow, whatever\n"
    "has its truth beside it (INPUT.truth.json, as simulate writes it), or a scenario.\n\n"
    "      --json             docs/formats/evaluation.schema.json\n"
    "      --html FILE        also a page with curves\n"
    "      --suspects FILE    also a line for all that was judged, with what it was worth\n"
    "      --benign           what nobody says anything about is benign\n"
    "      --no-time          do not ask when the first alert would have come\n"
    "      --internal CIDR    this network is ours, besides the private ones; repeatable\n"
    "      --external CIDR    this one is not, though it may be private; repeatable\n"
    "      --workers N        threads, 1 to 16 (default 1)\n"
    "      --memory SIZE      for the tables (default 1G)\n"
    "  -q, --quiet            no progress bar and no remarks\n";

enum {
	OPT_JSON = 256,
	OPT_HTML,
	OPT_SUSPECTS,
	OPT_BENIGN,
	OPT_NO_TIME,
	OPT_INTERNAL,
	OPT_EXTERNAL,
	OPT_WORKERS,
	OPT_MEMORY
};

static int
take_option(struct order *o, int c, const char *arg)
{
	struct params *p = &o->run.params;
	uint64_t n;

	switch (c) {
	case OPT_JSON:
		o->json = true;
		return EXIT_DONE;
	case OPT_HTML:
		o->html = arg;
		return EXIT_DONE;
	case OPT_SUSPECTS:
		o->suspects = arg;
		return EXIT_DONE;
	case OPT_BENIGN:
		o->benign = true;
		return EXIT_DONE;
	case OPT_NO_TIME:
		o->times = false;
		return EXIT_DONE;
	case OPT_INTERNAL:
		if (p->internals == PARAMS_NETS ||
		    !ip_net_parse((struct span){ (const uint8_t *)arg, strlen(arg) },
			&p->internal[p->internals]))
			return cmd_misused(VERB, "--internal: %s is not a network", arg);
		p->internals++;
		return EXIT_DONE;
	case OPT_EXTERNAL:
		if (p->externals == PARAMS_NETS ||
		    !ip_net_parse((struct span){ (const uint8_t *)arg, strlen(arg) },
			&p->external[p->externals]))
			return cmd_misused(VERB, "--external: %s is not a network", arg);
		p->externals++;
		return EXIT_DONE;
	case OPT_WORKERS:
		if (!option_number(arg, 1, HEAR_SHARDS, &n))
			return cmd_misused(
			    VERB, "--workers: %s is not 1 to %d", arg, HEAR_SHARDS);
		o->run.hear.workers = (unsigned)n;
		return EXIT_DONE;
	case OPT_MEMORY:
		if (option_size(arg, &o->run.hear.memory) &&
		    o->run.hear.memory >= ANALYSIS_LEAST)
			return EXIT_DONE;
		return cmd_misused(VERB, "--memory: %s is not a size of 16M or more", arg);
	case 'q':
		o->quiet = true;
		return EXIT_DONE;
	default:
		return cmd_misused(VERB, "see the line above");
	}
}

static int
parse(struct order *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, OPT_JSON },
		{ "html", required_argument, NULL, OPT_HTML },
		{ "suspects", required_argument, NULL, OPT_SUSPECTS },
		{ "benign", no_argument, NULL, OPT_BENIGN },
		{ "no-time", no_argument, NULL, OPT_NO_TIME },
		{ "internal", required_argument, NULL, OPT_INTERNAL },
		{ "external", required_argument, NULL, OPT_EXTERNAL },
		{ "workers", required_argument, NULL, OPT_WORKERS },
		{ "memory", required_argument, NULL, OPT_MEMORY },
		{ "quiet", no_argument, NULL, 'q' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int c, bad = EXIT_DONE;

	while (bad == EXIT_DONE && (c = getopt_long(argc, argv, "qh", longs, NULL)) != -1) {
		if (c == 'h') {
			fputs(usage, stdout);
			return -1;
		}
		bad = take_option(o, c, optarg);
	}
	if (bad == EXIT_DONE && optind == argc)
		return cmd_misused(VERB, "no capture named");
	return bad;
}

static void
keep(struct heard_samples *h, const struct sample *s)
{
	if (ip_scope(&s->peer) == IP_MULTICAST)
		return;
	if (h->n == h->room) {
		size_t room = h->room ? 2 * h->room : 4096;
		struct sample *more = realloc(h->at, room * sizeof *more);

		if (more == NULL) {
			h->short_ = true;
			return;
		}
		h->at = more;
		h->room = room;
	}
	h->at[h->n++] = *s;
}

static void
on_flow(void *state, const struct flow *f)
{
	uint64_t bytes = f->orig_ip_bytes ? f->orig_ip_bytes : f->orig_bytes;
	struct sample s = { .host = f->orig,
		.peer = f->resp,
		.key = f->resp,
		.t_ns = f->first_ns,
		.bytes = bytes > UINT32_MAX ? UINT32_MAX : (uint32_t)bytes };

	keep(state, &s);
}

/* Of a request as much of its length as a log tells. */
static uint64_t
request_bytes(const struct trait *t)
{
	const struct trait_http *h = &t->http;

	if (t->kind != TRAIT_HTTP)
		return 0;
	return h->method.len + h->host.len + h->uri.len + h->user_agent.len +
	       h->request_len;
}

static void
on_trait(void *state, const struct trait *t)
{
	char text[NAME_TEXT];
	uint64_t bytes = request_bytes(t);
	struct span name = t->kind == TRAIT_HTTP  ? t->http.host
			   : t->kind == TRAIT_TLS ? t->tls.server_name
						  : (struct span){ NULL, 0 };
	struct sample s = { .host = t->orig,
		.peer = t->resp,
		.key = t->resp,
		.t_ns = t->time_ns,
		.bytes = bytes > UINT32_MAX ? UINT32_MAX : (uint32_t)bytes };

	if (name.len == 0)
		return;
	s.key = name_key((struct span){ (const uint8_t *)text, name_clean(name, text) });
	keep(state, &s);
}

static void
remark(void *state, bool hard, const char *sentence)
{
	struct order *o = state;

	if (hard)
		o->whole = false;
	if (hard || !o->quiet)
		fprintf(stderr, "geophone: " VERB ": %s\n", sentence);
}

static void
say_nothing(void *state, bool hard, const char *sentence)
{
	(void)state, (void)hard, (void)sentence;
}

/* Whose addresses the samples are; those of strangers go. */
static enum status
ours_only(const struct order *o, const struct analysis *a, struct heard_samples *h,
    struct error *err)
{
	struct host_nets nets = params_nets(&o->run.params);
	struct hosts *hosts;
	size_t kept = 0;
	enum status st = hosts_new(&hosts, hear_pairs(a->hear), HEAR_SHARDS, &nets, err);

	if (st != OK)
		return st;
	for (size_t i = 0; i < h->n; i++) {
		const struct host *host = hosts_find(hosts, &h->at[i].host);
		const struct host *peer = hosts_find(hosts, &h->at[i].peer);

		if (host == NULL || host->side == HOST_EXTERNAL)
			continue;
		h->at[i].rated = peer == NULL || peer->side == HOST_EXTERNAL ||
				 name_is_key(&h->at[i].key);
		h->at[kept++] = h->at[i];
	}
	h->n = kept;
	hosts_free(hosts);
	return OK;
}

/* The addresses at which a host asked for a name. */
static size_t
addresses_of(const struct heard_samples *h, const struct finding *f, struct ip peers[PEERS])
{
	struct span name = { (const uint8_t *)f->name, strlen(f->name) };
	struct ip key = name_key(name);
	size_t n = 0;

	for (size_t i = 0; i < h->n && n < PEERS; i++)
		if (ip_equal(&h->at[i].key, &key) && ip_equal(&h->at[i].host, &f->host) &&
		    (n == 0 || !ip_equal(&peers[n - 1], &h->at[i].peer)))
			peers[n++] = h->at[i].peer;
	return n;
}

/*
 * A line of --suspects: the capture, what was judged, what is true, whether timing
 * alone keeps it from an alert, and what it was worth by which line of weights.tsv.
 */
static void
list_suspect(FILE *list, const char *name, const struct finding *f, enum truth_class truth)
{
	static const char *const truths[] = { "unknown", "benign", "malicious" };

	fprintf(list, "%s\t%s\t%s\t%s\t%d\t", name, finding_kind_text(f->kind),
	    truths[truth], severity_text(f->severity), (int)f->odds_mb);
	for (unsigned i = 0; i < f->terms; i++) {
		const char *weight = weight_name(f->term[i].weight);

		fprintf(list, "%s%s:%d", i ? " " : "", weight[0] ? weight : f->term[i].name,
		    (int)f->term[i].mb);
	}
	putc('\n', list);
}

static bool
judge_finding(const struct order *o, const char *name, struct score *score, struct units *u,
    const struct heard_samples *h, const struct finding *f)
{
	static const struct ip nobody;
	struct ip peers[PEERS];
	enum truth_class truth;
	size_t n = 0;

	if (!ip_equal(&f->peer, &nobody))
		peers[n++] = f->peer;
	else if (f->name[0])
		n = addresses_of(h, f, peers);
	truth = units_find(u, f, n == 0 && f->name[0] ? NULL : peers, n);
	if (o->list)
		list_suspect(o->list, name, f, truth);
	return score_finding(score, f, truth);
}

static bool
is_alerted(const struct analysis *a, const struct ip *host)
{
	for (size_t i = 0; i < a->findings; i++)
		if (units_alert(&a->finding[i]) && ip_equal(&a->finding[i].host, host))
			return true;
	return false;
}

/* When what is malicious about each controlled host begins. */
static struct detection_time *
controlled(const struct units *u, const struct truth *t, size_t *n)
{
	struct detection_time *out = calloc(u->hosts + 1, sizeof *out);

	*n = 0;
	for (size_t i = 0; out && i < u->hosts; i++) {
		struct detection_time d = { .host = u->host[i].host,
			.first_ns = UINT64_MAX,
			.after_ns = UINT64_MAX };

		if (u->host[i].truth != TRUTH_MALICIOUS ||
		    (*n > 0 && ip_equal(&out[*n - 1].host, &d.host)))
			continue;
		for (size_t k = 0; k < t->n; k++) {
			const struct mark *m = &t->mark[k];

			if (m->class == TRUTH_MALICIOUS && ip_equal(&m->host, &d.host) &&
			    m->from_ns < d.first_ns)
				d.first_ns = m->from_ns;
		}
		if (d.first_ns < u->first_ns)
			d.first_ns = u->first_ns;
		out[(*n)++] = d;
	}
	return out;
}

/*
 * Had we stopped listening at `until`, would there be an alert? The input is read
 * again up to there. Answers are as fine as the steps.
 */
static enum status
ask_until(const struct order *o, char **inputs, unsigned n, uint64_t until_ns,
    struct detection_time *time, size_t times, struct error *err)
{
	struct analysis_options run = o->run;
	struct analysis *a;
	struct error none;
	enum status st;

	run.hear.progress = false;
	run.hear.flow_tap = NULL;
	run.hear.trait_tap = NULL;
	st = filter_new(&run.hear.filter, NULL, 0, until_ns, err);
	if (st != OK)
		return st;
	st = analysis_run(&a, &run, inputs, n, say_nothing, NULL, &none);
	filter_free(run.hear.filter);
	if (st != OK)
		return st == E_STOPPED ? error_set(err, st, "%s", none.text) : OK;
	for (size_t i = 0; i < times; i++)
		if (time[i].after_ns == UINT64_MAX && until_ns > time[i].first_ns &&
		    is_alerted(a, &time[i].host))
			time[i].after_ns = until_ns - time[i].first_ns;
	analysis_free(a);
	return OK;
}

static enum status
take_times(const struct order *o, const struct analysis *full, const struct units *u,
    char **inputs, unsigned n, struct detection_time *time, size_t times, struct error *err)
{
	/* In sixths of an hour. */
	static const unsigned step[STEPS] = { 1, 3, 6, 12, 24, 48, 96, 144, 288, 576, 1152,
		2304, 4608 };
	uint64_t from_ns = UINT64_MAX;
	size_t wanted = 0;
	enum status st = OK;

	for (size_t i = 0; i < times; i++) {
		if (!is_alerted(full, &time[i].host))
			continue;
		wanted++;
		from_ns = time[i].first_ns < from_ns ? time[i].first_ns : from_ns;
	}
	for (unsigned i = 0; st == OK && o->times && wanted > 0 && i < STEPS; i++) {
		uint64_t until_ns = from_ns + step[i] * (HOUR_NS / 6);
		size_t left = 0;

		for (size_t k = 0; k < times; k++)
			left += time[k].after_ns == UINT64_MAX &&
				is_alerted(full, &time[k].host);
		if (left == 0 || until_ns >= u->last_ns)
			break;
		st = ask_until(o, inputs, n, until_ns, time, times, err);
	}
	for (size_t i = 0; i < times; i++)
		if (time[i].after_ns == UINT64_MAX && is_alerted(full, &time[i].host))
			time[i].after_ns = u->last_ns > time[i].first_ns
					       ? u->last_ns - time[i].first_ns
					       : 0;
	return st;
}

static enum status
score_capture(struct order *o, struct score *score, const char *name, struct truth *truth,
    struct analysis *a, struct heard_samples *h, struct error *err)
{
	struct units u = { 0 };
	struct detection_time *time = NULL;
	size_t times = 0;
	enum status st = ours_only(o, a, h, err);

	if (st == OK)
		st = units_new(&u, h->at, h->n, truth, err);
	if (st == OK)
		st = units_rate(&u, h->at, h->n, err);
	for (size_t i = 0; st == OK && i < a->findings; i++)
		if (!judge_finding(o, name, score, &u, h, &a->finding[i]))
			st = error_set(err, E_NOMEM, "no memory for findings");
	if (st == OK && o->times && (time = controlled(&u, truth, &times)) == NULL)
		st = error_set(err, E_NOMEM, "no memory");
	if (st == OK && o->times)
		st = take_times(o, a, &u, truth->input, truth->inputs, time, times, err);
	if (st != OK)
		free(time);
	else if (!score_add(score, name, truth->family, &u, time, times))
		st = error_set(err, E_NOMEM, "no memory for a score");
	units_release(&u);
	return st;
}

static enum status
evaluate_one(struct order *o, struct score *score, const char *path, struct error *err)
{
	struct heard_samples h = { 0 };
	struct truth truth;
	struct analysis *a = NULL;
	char **inputs;
	unsigned n;
	struct error text;
	enum status st;

	truth_init(&truth);
	st = truths_find(&truth, path, &inputs, &n, err);
	if (o->benign)
		truth.rest = TRUTH_BENIGN;
	if (st == OK && truth.n == 0 && truth.rest == TRUTH_UNKNOWN) {
		(void)error_set(&text, OK,
		    "%s: nobody says what is in it: no labels, no truth beside it "
		    "(--benign: nothing malicious)",
		    path);
		remark(o, false, text.text);
	}
	o->run.hear.flow_tap = on_flow;
	o->run.hear.trait_tap = on_trait;
	o->run.hear.tap_state = &h;
	if (st == OK)
		st = analysis_run(&a, &o->run, inputs, n, remark, o, err);
	if (st == OK && h.short_)
		st = error_set(err, E_NOMEM, "no memory for the contacts of %s", path);
	if (st == OK)
		st = score_capture(o, score, path, &truth, a, &h, err);
	analysis_free(a);
	free(h.at);
	truth_release(&truth);
	return st;
}

static enum status
write_html(const struct order *o, const struct score *score, struct error *err)
{
	struct buf out;
	FILE *f = fopen(o->html, "wb");
	enum status st;
	bool bad;

	if (f == NULL)
		return error_sys(err, "write %s", o->html);
	buf_init(&out, (size_t)1 << 28);
	publish_evaluation_html(score, &out);
	st = buf_state(&out, "the page", err);
	bad = st == OK && fwrite(out.at, 1, out.len, f) != out.len;
	buf_release(&out);
	bad |= fclose(f) != 0;
	if (bad && st == OK)
		st = error_sys(err, "write %s", o->html);
	return st;
}

static enum status
print(const struct order *o, const struct score *score, struct error *err)
{
	struct buf out;
	enum status st;

	buf_init(&out, (size_t)1 << 28);
	if (o->json)
		publish_evaluation_json(score, &out);
	else
		publish_evaluation_table(score, &out);
	st = buf_state(&out, "the evaluation", err);
	if (st == OK)
		(void)fwrite(out.at, 1, out.len, stdout);
	buf_release(&out);
	return st == OK && o->html ? write_html(o, score, err) : st;
}

static int
evaluate(struct order *o, char *const *paths, unsigned n)
{
	struct score score = { 0 };
	struct error err;
	enum status st = OK;

	if (o->suspects && (o->list = fopen(o->suspects, "wb")) == NULL)
		st = error_sys(&err, "write %s", o->suspects);
	for (unsigned i = 0; st == OK && i < n; i++)
		st = evaluate_one(o, &score, paths[i], &err);
	if (o->list && fclose(o->list) != 0 && st == OK)
		st = error_sys(&err, "write %s", o->suspects);
	if (st == OK)
		st = score_finish(&score, &err);
	if (st == OK)
		st = print(o, &score, &err);
	if (st != OK)
		cmd_complain(VERB, &err, NULL);
	score_release(&score);
	return st == OK && o->whole ? EXIT_DONE : EXIT_COULD_NOT;
}

int
cmd_evaluate(int argc, char **argv)
{
	struct order o = { .run = analysis_default(), .times = true, .whole = true };
	int status = parse(&o, argc, argv);

	/* What was explained away was judged, too, and may be controlled. */
	o.run.explained = true;

	if (status == EXIT_DONE) {
		cmd_catch_signals();
		o.run.hear.progress = !o.quiet;
		status = evaluate(&o, argv + optind, (unsigned)(argc - optind));
	} else if (status == -1) {
		status = EXIT_DONE;
	}
	return cmd_finish_stdout(VERB, status);
}
