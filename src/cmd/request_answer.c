/* SPDX-License-Identifier: Apache-2.0 */
/*
 * geophone request answer: look in what was heard for what is asked.
 *
 * What was heard is gone through as analyze does it, whether anything matches or
 * not, and when there was anything to hear at all goes into the answer.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/stamp.h"
#include "case/coverage.h"
#include "case/selector.h"
#include "cmd/analysis.h"
#include "cmd/cmd.h"
#include "cmd/keys.h"
#include "cmd/request.h"
#include "evidence/bag.h"
#include "evidence/dsse.h"
#include "record/community.h"

static const char usage[] =
    "usage: geophone request answer -o DIR --peer FILE [OPTION...] LOG REQUEST [INPUT...]\n"
    "Look in INPUTS (captures, logs, flow records) for what is asked, and sign what came "
    "of\n"
    "it: match, no match, or not covered when nothing was heard in the time that was "
    "asked\n"
    "for. The answer says what was heard, from when to when, with which losses.\n\n"
    "      --peer FILE          the public key of who asks (PEM)\n"
    "      --selector-key FILE  the key of the request's selectors\n"
    "      --flows              hand over the flow records that match\n"
    "      --bag DIR            hand over this bag of evidence\n"
    "      --says TEXT          anything else\n" REQUEST_DESK_USAGE;

#define CACHE      4096
#define FLOWS_FILE "answer-flows"
#define RECORD_MAX ((size_t)1 << 16)

struct wanted {
	struct selector sel;
	uint64_t flows, names, first_ns, last_ns;
};

/* An address and its keyed hash: the same few come again and again. */
struct cached {
	struct ip ip;
	bool is;
	struct digest keyed;
};

struct ear {
	uint8_t key[SELECTOR_KEY];
	struct wanted want[SELECTORS_MAX];
	unsigned wants;
	bool has[SELECTOR_TYPES]; /* is any of this type asked for? */
	struct coverage heard, named;
	uint64_t flows, traits;
	struct cached *cache; /* CACHE of them */
	FILE *keep;           /* flow records that match; NULL: not asked to */
	struct digest_stream kept;
	struct buf line;
};

struct order {
	struct request_desk desk;
	const char *request, *selector_key, *bag, *says;
	bool flows;
	char *const *inputs;
	unsigned inputs_n;
	bool whole;
	struct ear ear;
	struct statement_subject subject[3];
	unsigned subjects;
};

static bool
is_in(const struct wanted *w, const struct digest *d, uint64_t from, uint64_t to)
{
	return memcmp(&w->sel.keyed, d, sizeof *d) == 0 && from <= w->sel.to_ns &&
	       to >= w->sel.from_ns;
}

/* How many wanted ones this is; each is told. */
static unsigned
match(struct ear *e, enum selector_type type, const struct digest *d, uint64_t from,
    uint64_t to, bool name)
{
	unsigned n = 0;

	for (unsigned i = 0; i < e->wants; i++) {
		struct wanted *w = &e->want[i];

		if (w->sel.type != type || !is_in(w, d, from, to))
			continue;
		if (w->flows + w->names == 0 || from < w->first_ns)
			w->first_ns = from;
		if (to > w->last_ns)
			w->last_ns = to;
		*(name ? &w->names : &w->flows) += 1;
		n++;
	}
	return n;
}

static const struct digest *
keyed_ip(struct ear *e, const struct ip *ip)
{
	uint32_t h = 0;
	struct cached *c;

	for (size_t i = 0; i < sizeof ip->b; i++)
		h = h * 31 + ip->b[i];
	c = &e->cache[h % CACHE];
	if (!c->is || !ip_equal(&c->ip, ip))
		*c = (struct cached){ *ip, true, selector_keyed_ip(ip, e->key) };
	return &c->keyed;
}

static void
keep_flow(struct ear *e, const struct flow *f)
{
	buf_reset(&e->line);
	flow_encode(f, &e->line);
	buf_putc(&e->line, '\n');
	digest_stream_add(&e->kept, buf_span(&e->line));
	(void)fwrite(e->line.at, 1, e->line.len, e->keep);
}

static void
on_flow(void *state, const struct flow *f)
{
	struct ear *e = state;
	char id[COMMUNITY_TEXT];
	unsigned n = 0;

	e->flows++;
	coverage_add(&e->heard, f->first_ns);
	coverage_add(&e->heard, f->last_ns);
	if (e->has[SELECTOR_ADDRESS]) {
		n += match(e, SELECTOR_ADDRESS, keyed_ip(e, &f->orig), f->first_ns,
		    f->last_ns, false);
		n += match(e, SELECTOR_ADDRESS, keyed_ip(e, &f->resp), f->first_ns,
		    f->last_ns, false);
	}
	if (e->has[SELECTOR_COMMUNITY]) {
		struct digest d;

		(void)community_of(f, 0, id);
		d = selector_keyed(SELECTOR_COMMUNITY,
		    (struct span){ (const uint8_t *)id, strlen(id) }, e->key);
		n += match(e, SELECTOR_COMMUNITY, &d, f->first_ns, f->last_ns, false);
	}
	if (n > 0 && e->keep)
		keep_flow(e, f);
}

static void
on_trait(void *state, const struct trait *t)
{
	struct ear *e = state;
	struct span name = t->kind == TRAIT_DNS    ? t->dns.query
			   : t->kind == TRAIT_HTTP ? t->http.host
			   : t->kind == TRAIT_TLS  ? t->tls.server_name
						   : (struct span){ 0 };
	struct digest d;

	e->traits++;
	if (name.len == 0)
		return;
	coverage_add(&e->heard, t->time_ns);
	coverage_add(&e->named, t->time_ns);
	if (!e->has[SELECTOR_NAME])
		return;
	d = selector_keyed(SELECTOR_NAME, name, e->key);
	(void)match(e, SELECTOR_NAME, &d, t->time_ns, t->time_ns, true);
}

static void
remark(void *state, bool hard, const char *sentence)
{
	struct order *o = state;

	if (hard)
		o->whole = false;
	if (hard || !o->desk.quiet)
		fprintf(stderr, "geophone: " REQUEST_VERB ": %s\n", sentence);
}

static enum status
read_key(const char *path, uint8_t key[static SELECTOR_KEY], struct error *err)
{
	static const char digits[] = "0123456789abcdef";
	struct buf text = { .max = 4096 };
	enum status st = keys_read_file(path, &text, err);

	if (st == OK &&
	    (text.len < 2 * SELECTOR_KEY || strspn(text.at, digits) != 2 * SELECTOR_KEY))
		st = error_set(
		    err, E_FORMAT, "%s is no key of selectors: 64 hex digits", path);
	for (size_t i = 0; st == OK && i < SELECTOR_KEY; i++)
		key[i] = (uint8_t)((strchr(digits, text.at[2 * i]) - digits) << 4 |
				   (strchr(digits, text.at[2 * i + 1]) - digits));
	buf_release(&text);
	return st;
}

/* With another key nothing matches, and that must not pass for an answer. */
static enum status
take_selectors(struct order *o, const struct exchange *x, struct error *err)
{
	const json_t *list = json_object_get(x->body, "selectors"), *s;
	struct ear *e = &o->ear;
	char hex[DIGEST_HEX];
	struct digest id;
	enum status st;
	size_t i;

	if (json_array_size(list) == 0)
		return error_set(err, E_MISUSE,
		    "the request has no selectors: there is nothing to look for in inputs");
	if (o->selector_key == NULL)
		return error_set(
		    err, E_MISUSE, "the key of its selectors is needed: --selector-key");
	st = read_key(o->selector_key, e->key, err);
	id = selector_key_id(e->key);
	if (st == OK && strcmp(digest_hex(&id, hex), exchange_text(x, "selector_key")) != 0)
		st = error_set(err, E_DIFFERS,
		    "%s is not the key of this request's selectors", o->selector_key);
	json_array_foreach(list, i, s)
	{
		if (st == OK)
			st = selector_read(s, &e->want[e->wants].sel, err);
		if (st == OK)
			e->has[e->want[e->wants++].sel.type] = true;
	}
	return st;
}

static json_t *
stamp_json(uint64_t ns)
{
	char text[STAMP_TEXT];

	return json_string(stamp_text(ns, text));
}

static json_t *
tallies(const struct tally *t, unsigned n)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < n; i++)
		(void)json_array_append_new(
		    list, json_pack("{s:I, s:s}", "count", (json_int_t)t[i].n, "what",
			      t[i].what));
	return list;
}

static json_t *
coverage_json(const struct order *o, const struct analysis *a)
{
	const struct ear *e = &o->ear;
	uint32_t sampling = hear_counts(a->hear)->meters.sampling;
	json_t *heard = json_array(), *c;

	for (size_t i = 0; i < e->heard.n; i++)
		(void)json_array_append_new(heard,
		    json_pack("{s:o, s:o}", "from", stamp_json(e->heard.span[i].from_ns),
			"to", stamp_json(e->heard.span[i].to_ns)));
	c = json_pack("{s:b, s:I, s:b, s:I, s:I, s:o, s:I, s:o, s:b, s:o, s:I, s:I}",
	    "addresses", e->flows > 0, "bytes", (json_int_t)a->inputs.bytes, "complete",
	    a->whole && o->whole, "flows", (json_int_t)e->flows, "gap_s",
	    (json_int_t)COVERAGE_GAP_S, "heard", heard, "inputs", (json_int_t)a->inputs.n,
	    "lost", tallies(a->summary.lost, a->summary.losts), "names", e->named.n > 0,
	    "read", tallies(a->summary.read, a->summary.reads), "sampling",
	    (json_int_t)(sampling > 1 ? sampling : 1), "traits", (json_int_t)e->traits);
	if (c && e->heard.unplaced > 0)
		(void)json_object_set_new(
		    c, "unplaced", json_integer((json_int_t)e->heard.unplaced));
	return c;
}

/* Could it have been heard at all? */
static bool
is_covered(const struct ear *e, const struct wanted *w)
{
	return coverage_touches(w->sel.type == SELECTOR_NAME ? &e->named : &e->heard,
	    w->sel.from_ns, w->sel.to_ns);
}

static json_t *
result_json(const struct ear *e, const struct wanted *w)
{
	const struct coverage *c = w->sel.type == SELECTOR_NAME ? &e->named : &e->heard;
	char hex[DIGEST_HEX];
	json_t *r =
	    json_pack("{s:s, s:I, s:I, s:I}", "hmac", digest_hex(&w->sel.keyed, hex),
		"flows", (json_int_t)w->flows, "names", (json_int_t)w->names, "heard_s",
		(json_int_t)(coverage_of(c, w->sel.from_ns, w->sel.to_ns) / SECOND_NS));

	if (w->sel.to_ns < UINT64_MAX)
		(void)json_object_set_new(r, "asked_s",
		    json_integer(
			(json_int_t)((w->sel.to_ns - w->sel.from_ns) / SECOND_NS)));
	if (w->flows + w->names > 0) {
		(void)json_object_set_new(r, "first", stamp_json(w->first_ns));
		(void)json_object_set_new(r, "last", stamp_json(w->last_ns));
	}
	return r;
}

/* A match is one match; "no match" needs that all could have been heard. */
static void
conclude(struct order *o, const struct analysis *a, json_t *body)
{
	const struct ear *e = &o->ear;
	json_t *results = json_array();
	bool any = false, covered = true;

	for (unsigned i = 0; i < e->wants; i++) {
		any = any || e->want[i].flows + e->want[i].names > 0;
		covered = covered && is_covered(e, &e->want[i]);
		(void)json_array_append_new(results, result_json(e, &e->want[i]));
	}
	(void)json_object_set_new(body, "results", results);
	(void)json_object_set_new(body, "coverage", coverage_json(o, a));
	(void)json_object_set_new(body, "outcome",
	    json_string(any || o->bag ? "match"
			: covered     ? "no match"
				      : "not covered"));
}

static enum status
begin_flows(struct order *o, struct error *err)
{
	int fd;

	if (!o->flows)
		return OK;
	fd = openat(o->desk.dirfd, FLOWS_FILE ".jsonl",
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (fd != -1)
		o->ear.keep = fdopen(fd, "w");
	if (o->ear.keep == NULL)
		return error_sys(err, "make %s/" FLOWS_FILE ".jsonl", o->desk.output);
	digest_stream_begin(&o->ear.kept);
	return OK;
}

static enum status
end_flows(struct order *o, json_t *body, enum status st, struct error *err)
{
	struct statement_subject *s = &o->subject[o->subjects];
	char hex[DIGEST_HEX];
	bool bad;

	if (o->ear.keep == NULL)
		return st;
	bad = fflush(o->ear.keep) != 0 || ferror(o->ear.keep) ||
	      fsync(fileno(o->ear.keep)) != 0;
	bad |= fclose(o->ear.keep) != 0;
	*s = (struct statement_subject){ .name = "flows" };
	s->digest = digest_stream_end(&o->ear.kept);
	if (st != OK || bad)
		return st != OK ? st
				: error_set(
				      err, E_IO, "the flow records were not written whole");
	o->subjects++;
	(void)json_object_set_new(body, "flows", json_string(digest_hex(&s->digest, hex)));
	return OK;
}

static enum status
listen_to(struct order *o, const struct exchange *x, json_t *body, struct error *err)
{
	struct analysis_options run = analysis_default();
	struct analysis *a = NULL;
	struct ear *e = &o->ear;
	enum status st = take_selectors(o, x, err);

	if (st != OK)
		return st;
	buf_init(&e->line, RECORD_MAX);
	e->cache = calloc(CACHE, sizeof *e->cache);
	if (e->cache == NULL || !coverage_init(&e->heard) || !coverage_init(&e->named))
		return error_set(err, E_NOMEM, "no memory to listen");
	run.hear.flow_tap = on_flow;
	run.hear.trait_tap = on_trait;
	run.hear.tap_state = e;
	st = begin_flows(o, err);
	if (st == OK)
		st = analysis_run(&a, &run, o->inputs, o->inputs_n, remark, o, err);
	st = end_flows(o, body, st, err);
	if (st == OK)
		conclude(o, a, body);
	analysis_free(a);
	return st;
}

static void
complain(void *state, const char *sentence)
{
	(void)state;
	fprintf(stderr, "geophone: " REQUEST_VERB ": %s\n", sentence);
}

enum status
request_bag(const char *dir, struct digest *out, struct error *err)
{
	const struct bag_file *tag;
	struct bag *bag;
	unsigned faults;
	enum status st = bag_open(&bag, dir, complain, NULL, &faults, err);

	if (st != OK)
		return st;
	tag = bag_find(bag, "tagmanifest-sha256.txt");
	if (faults > 0 || tag == NULL)
		st = error_set(err, E_DIFFERS, "the bag %s has %u faults", dir, faults);
	else
		*out = tag->digest;
	bag_close(bag);
	return st;
}

static enum status
add_bag(struct order *o, json_t *body, struct error *err)
{
	struct statement_subject *s = &o->subject[o->subjects];
	char hex[DIGEST_HEX];
	enum status st;

	if (o->bag == NULL)
		return OK;
	*s = (struct statement_subject){ .name = "tagmanifest-sha256.txt" };
	st = request_bag(o->bag, &s->digest, err);
	if (st != OK)
		return st;
	o->subjects++;
	(void)json_object_set_new(body, "bag", json_string(digest_hex(&s->digest, hex)));
	(void)json_object_set_new(body, "outcome", json_string("match"));
	return OK;
}

static void
release(struct order *o)
{
	coverage_release(&o->ear.heard), coverage_release(&o->ear.named);
	buf_release(&o->ear.line);
	free(o->ear.cache);
	request_desk_close(&o->desk);
}

static enum status
answer(struct order *o, struct error *err)
{
	struct buf envelope = { .max = DSSE_MAX };
	struct exchange x = { 0 };
	json_t *body = NULL;
	enum status st = request_desk_open(&o->desk, err);

	if (st == OK)
		st = request_load(
		    o->desk.other, o->request, ACCOUNT_REQUEST, &envelope, &x, err);
	if (st == OK) {
		body = request_reply(&x);
		o->subject[o->subjects++] =
		    (struct statement_subject){ .name = "request", .digest = x.statement };
		if (o->says)
			(void)json_object_set_new(body, "says", json_string(o->says));
		st = add_bag(o, body, err);
	}
	if (st == OK && o->inputs_n > 0)
		st = listen_to(o, &x, body, err);
	if (st == OK)
		st = request_received(
		    &o->desk, "received-request", buf_span(&envelope), err);
	if (st == OK)
		st = request_say(
		    &o->desk, ACCOUNT_ANSWER, body, o->subject, o->subjects, NULL, err);
	if (st == OK)
		st = request_close_log(&o->desk, err);
	if (st == OK && !o->desk.quiet)
		fprintf(stderr, "geophone: %s\n",
		    json_string_value(json_object_get(body, "outcome")));
	json_decref(body);
	exchange_release(&x);
	buf_release(&envelope);
	return st;
}

enum { OPT_SELECTOR_KEY = 256, OPT_BAG, OPT_FLOWS, OPT_SAYS };

/* -1: go on. */
static int
parse(struct order *o, int argc, char **argv)
{
	static const struct option longs[] = { REQUEST_DESK_OPTIONS,
		{ "peer", required_argument, NULL, REQUEST_OPT_PEER },
		{ "selector-key", required_argument, NULL, OPT_SELECTOR_KEY },
		{ "bag", required_argument, NULL, OPT_BAG },
		{ "flows", no_argument, NULL, OPT_FLOWS },
		{ "says", required_argument, NULL, OPT_SAYS },
		{ "help", no_argument, NULL, 'h' }, { 0 } };
	int c;

	while ((c = getopt_long(argc, argv, "o:qh", longs, NULL)) != -1) {
		if (request_desk_option(&o->desk, c, optarg))
			continue;
		if (c == 'h') {
			fputs(usage, stdout);
			return EXIT_DONE;
		}
		if (c == '?')
			return cmd_misused(REQUEST_VERB, "see the line above");
		if (c == OPT_FLOWS)
			o->flows = true;
		else
			*(c == OPT_BAG              ? &o->bag
			    : c == OPT_SELECTOR_KEY ? &o->selector_key
						    : &o->says) = optarg;
	}
	if (argc - optind < 2 || o->desk.peer == NULL)
		return cmd_misused(REQUEST_VERB,
		    "answer: --peer, a log, a request and what was heard are needed");
	o->desk.log = argv[optind];
	o->request = argv[optind + 1];
	o->inputs = argv + optind + 2;
	o->inputs_n = (unsigned)(argc - optind - 2);
	if (o->inputs_n == 0 && o->bag == NULL)
		return cmd_misused(
		    REQUEST_VERB, "answer: what was heard is needed, or --bag");
	return -1;
}

int
request_answer(int argc, char **argv)
{
	struct order *o = calloc(1, sizeof *o);
	struct error err;
	int status;

	if (o == NULL)
		return EXIT_COULD_NOT;
	o->desk.dirfd = -1;
	o->whole = true;
	status = parse(o, argc, argv);
	if (status == -1) {
		cmd_catch_signals();
		status = request_result(answer(o, &err), &err);
		if (status == EXIT_DONE && !o->whole)
			status = EXIT_COULD_NOT;
		release(o);
	}
	free(o);
	return status;
}
