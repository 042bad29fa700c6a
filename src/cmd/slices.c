/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/slices.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/hear.h"
#include "cmd/records.h"
#include "collect/zeek.h"
#include "detect/detector.h"
#include "profile/names.h"
#include "record/trait.h"

/* Findings in order of (host, peer), to be found by bisection. */
struct wanted {
	const struct finding *finding;
	unsigned slice;
};

struct cutter;

struct keep {
	struct cutter *cutter;
	enum status st;
};

struct cutter {
	struct meters *meters;
	struct keep keep;
	struct slices *slices;
	struct filter *filter;
	struct wanted wanted[SLICES_MAX]; /* about one service */
	unsigned wanteds;
	struct wanted wide[SLICES_MAX]; /* about more */
	unsigned wides;
	struct replay *replay;
	struct buf line;
	struct error *err;
	enum status st; /* of what was heard or told so far */
};

static int
compare_ends(const struct ip *host, const struct ip *peer, const struct finding *f)
{
	int c = ip_compare(host, &f->host);

	return c ? c : ip_compare(peer, &f->peer);
}

static int
compare_wanted(const void *a, const void *b)
{
	const struct finding *x = ((const struct wanted *)a)->finding;
	int c = compare_ends(&x->host, &x->peer, ((const struct wanted *)b)->finding);

	if (c)
		return c;
	return ((const struct wanted *)a)->slice < ((const struct wanted *)b)->slice ? -1
										     : 1;
}

/* The first wanted entry that is not before (host, peer). */
static unsigned
first_wanted(const struct cutter *c, const struct ip *host, const struct ip *peer)
{
	unsigned low = 0, high = c->wanteds;

	while (low < high) {
		unsigned mid = low + (high - low) / 2;

		if (compare_ends(host, peer, c->wanted[mid].finding) > 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool
has_no_port(uint8_t proto)
{
	return proto != PROTO_TCP && proto != PROTO_UDP && proto != PROTO_SCTP;
}

static enum status
keep_frames(struct cutter *c, unsigned slice, const struct replayed *r)
{
	enum status st = OK;

	for (unsigned i = 0; st == OK && i < r->frames; i++)
		st = slice_put_frame(
		    &c->slices->slice[slice], &r->frame[i], r->clock_ns[i], c->err);
	return st;
}

static bool
keep_packet(void *state, const struct replayed *r)
{
	struct cutter *c = state;
	const struct packet *p = r->packet;
	const struct ip *end[2] = { &p->src, &p->dst };
	const uint16_t port[2] = { p->dst_port, p->src_port }; /* the peer's */

	for (int way = 0; way < 2; way++) {
		const struct ip *host = end[way], *peer = end[!way];
		unsigned i = first_wanted(c, host, peer);

		for (; c->st == OK && i < c->wanteds; i++) {
			const struct finding *want = c->wanted[i].finding;

			if (compare_ends(host, peer, want) != 0)
				break;
			if (want->proto == p->proto &&
			    (want->port == port[way] || has_no_port(p->proto)))
				c->st = keep_frames(c, c->wanted[i].slice, r);
		}
	}
	if (c->st == OK && cmd_stopped)
		c->st = error_set(c->err, E_STOPPED, "stopped while keeping evidence");
	return c->st == OK;
}

/* One record into the slice of one finding. */
static enum status
put_flow(struct cutter *c, const struct wanted *w, const struct flow *f)
{
	buf_reset(&c->line);
	flow_encode(f, &c->line);
	buf_putc(&c->line, '\n');
	return slice_put_line(&c->slices->slice[w->slice], &c->line, c->err);
}

/* A finding whose peer is a name has no flows of its own: its slice is what was asked. */
static bool
by_name(const struct finding *f)
{
	static const struct ip none;

	return ip_equal(&f->peer, &none) && scope_of(f) == SCOPE_SERVICE;
}

static enum status
keep_wide(struct cutter *c, const struct flow *f)
{
	enum status st = OK;

	for (unsigned i = 0; st == OK && i < c->wides; i++) {
		const struct finding *want = c->wide[i].finding;

		if (!by_name(want) && scope_has(scope_of(want), want, &f->orig, &f->resp,
					  f->resp_port, f->proto))
			st = put_flow(c, &c->wide[i], f);
	}
	return st;
}

static enum status
keep_flow(struct cutter *c, const struct flow *f)
{
	unsigned i = first_wanted(c, &f->orig, &f->resp);
	enum status st = OK;

	if (!filter_in_time(c->filter, f->first_ns))
		return OK;
	for (; st == OK && i < c->wanteds; i++) {
		const struct finding *want = c->wanted[i].finding;

		if (compare_ends(&f->orig, &f->resp, want) != 0)
			break;
		if (scope_has(
			SCOPE_SERVICE, want, &f->orig, &f->resp, f->resp_port, f->proto))
			st = put_flow(c, &c->wanted[i], f);
	}
	return st;
}

/* A trait bears on the pair of its flow, and on that of whom it asks for. */
struct bearing {
	struct ip peer; /* all zeros: by name */
	uint16_t port;
	char name[NAME_TEXT];
};

static unsigned
bearings_of(const struct trait *t, struct bearing b[static 2])
{
	struct span name = { 0 };
	struct span clean;

	b[0] = (struct bearing){ .peer = t->resp, .port = t->resp_port };
	b[1] = (struct bearing){ .port = names_port(t) };
	if (t->kind == TRAIT_HTTP)
		name = t->http.host;
	if (t->kind == TRAIT_TLS)
		name = t->tls.server_name;
	clean = (struct span){ (const uint8_t *)b[1].name, name_clean(name, b[1].name) };
	if (clean.len == 0)
		return 1;
	if (ip_parse(clean, &b[1].peer)) {
		b[1].name[0] = '\0';
		if (b[1].port == b[0].port && ip_equal(&b[0].peer, &b[1].peer))
			return 1;
	}
	return 2;
}

static void
put_trait(struct cutter *c, const struct wanted *w, const struct trait *t)
{
	buf_reset(&c->line);
	trait_encode(t, &c->line);
	buf_putc(&c->line, '\n');
	c->st = slice_put_line(&c->slices->slice[w->slice], &c->line, c->err);
}

/* Does the trait bear on the finding's service: at its address, or by its name? */
static bool
bears_on(const struct bearing *b, const struct trait *t, const struct finding *want)
{
	return ip_equal(&t->orig, &want->host) && ip_equal(&b->peer, &want->peer) &&
	       want->proto == t->proto && want->port == b->port &&
	       (b->name[0] == '\0' || strcmp(want->name, b->name) == 0);
}

static void
keep_trait_wide(void *state, const struct trait *t)
{
	struct cutter *c = state;
	struct bearing b[2];
	unsigned n = bearings_of(t, b);

	for (unsigned i = 0; c->st == OK && i < c->wides; i++) {
		const struct finding *want = c->wide[i].finding;

		if (by_name(want) ? bears_on(&b[n - 1], t, want)
				  : scope_has_trait(scope_of(want), want, t))
			put_trait(c, &c->wide[i], t);
	}
}

static void
keep_trait(void *state, const struct trait *t)
{
	struct cutter *c = state;
	struct bearing b[2];
	unsigned n = bearings_of(t, b);

	if (!filter_in_time(c->filter, t->time_ns))
		return;
	for (unsigned k = 0; k < n; k++) {
		unsigned i = first_wanted(c, &t->orig, &b[k].peer);

		for (; c->st == OK && i < c->wanteds; i++) {
			const struct finding *want = c->wanted[i].finding;

			if (compare_ends(&t->orig, &b[k].peer, want) != 0)
				break;
			if (bears_on(&b[k], t, want))
				put_trait(c, &c->wanted[i], t);
		}
	}
}

static void
keep_heard(void *state, const struct flow *f)
{
	struct cutter *c = state;

	if (c->st == OK)
		c->st = keep_wide(c, f);
}

/* What is wrong with an input was said when it was first read. */
static void
said_already(void *state, bool hard, const char *sentence)
{
	(void)state;
	(void)hard;
	(void)sentence;
}

/*
 * What findings about more than one service rest on are the flows that were
 * judged, so they are made as those were: fragments, clock and slices alike.
 */
static enum status
cut_wide(struct cutter *c, const struct inputs *inputs, const struct hear_options *options)
{
	struct hear_options o = *options;
	struct hear *h = NULL;
	enum status st;

	o.progress = false;
	o.flow_tap = keep_heard;
	o.trait_tap = keep_trait_wide;
	o.tap_state = c;
	c->st = OK;
	st = hear_new(&h, &o, said_already, NULL, c->err);
	for (unsigned i = 0; st == OK && i < inputs->n; i++) {
		st = hear_read(h, &inputs->source[i], i, c->err);
		if (st == OK)
			st = c->st;
	}
	if (st == OK)
		st = hear_seal(h, c->err);
	if (st == OK)
		st = c->st;
	hear_free(h);
	return st;
}

/* What is wrong with a capture was said when it was first read. */
static enum status
cut_capture(struct cutter *c, struct input *in, uint64_t next_ns)
{
	struct error ended;

	c->st = OK;
	if (replay_read(c->replay, in, next_ns, &ended) == E_NOMEM) {
		*c->err = ended;
		return E_NOMEM;
	}
	return c->st;
}

static enum status
cut_zeek(struct cutter *c, struct input *in)
{
	struct flow flows[256];
	struct zeek *z;
	unsigned n;
	enum status st = zeek_open(&z, in, c->err);

	if (st != OK)
		return OK;
	c->st = OK;
	zeek_traits(z, keep_trait, c);
	while (!zeek_ended(z)) {
		struct error ended;

		if (zeek_next(z, flows, NULL, 256, &n, &ended) != OK)
			break;
		st = c->st;
		for (unsigned i = 0; st == OK && i < n; i++)
			st = keep_flow(c, &flows[i]);
		if (st == OK && cmd_stopped)
			st = error_set(c->err, E_STOPPED, "stopped while keeping evidence");
		if (st != OK)
			break;
	}
	zeek_close(z);
	return st;
}

static void
keep_record(void *state, const struct flow *f)
{
	struct keep *k = state;

	if (k->st == OK)
		k->st = keep_flow(k->cutter, f);
}

static enum status
cut_records(struct cutter *c, enum source_kind kind, struct input *in)
{
	struct records *r;
	struct error ended;
	bool more = true;

	if (records_open(&r, c->meters, kind, in, &ended) != OK)
		return OK; /* said already when it was first read */
	c->keep.st = records_traits(r, keep_trait, c, c->err);
	while (c->keep.st == OK && more && records_step(r, &more, &ended) == OK)
		if (cmd_stopped)
			c->keep.st =
			    error_set(c->err, E_STOPPED, "stopped while keeping evidence");
	records_close(r);
	return c->keep.st;
}

/* Sort the findings by what their slices need. */
static void
want(struct cutter *c, const struct finding *findings, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct wanted w = { &findings[i], i };

		if (scope_of(&findings[i]) == SCOPE_SERVICE && !by_name(&findings[i]))
			c->wanted[c->wanteds++] = w;
		else
			c->wide[c->wides++] = w;
	}
	if (c->wanteds > 1)
		qsort(c->wanted, c->wanteds, sizeof *c->wanted, compare_wanted);
}

enum status
slices_cut(struct slices *slices, const struct inputs *inputs,
    const struct hear_options *heard, const struct finding *findings, unsigned n,
    uint64_t dropped, struct error *err)
{
	struct cutter *c = calloc(1, sizeof *c);
	enum status st = OK;

	CHECK(n <= SLICES_MAX);
	if (c == NULL)
		return error_set(err, E_NOMEM, "no memory for slices");
	*slices = (struct slices){ .n = n };
	c->slices = slices;
	c->filter = heard->filter;
	c->err = err;
	c->keep = (struct keep){ c, OK };
	buf_init(&c->line, (size_t)1 << 20);
	want(c, findings, n);
	st = meters_new(&c->meters, keep_record, &c->keep, err);
	if (st == OK)
		st = replay_new(&c->replay, c->filter, hear_fragments(heard->memory),
		    keep_packet, c, err);
	for (unsigned i = 0; st == OK && c->wanteds > 0 && i < inputs->n; i++) {
		struct error gone;
		struct input *in;

		if (input_open(&in, inputs->source[i].path, &gone) != OK)
			continue; /* the recomputation will tell that something is missing */
		if (inputs->source[i].kind == SOURCE_CAPTURE)
			st = cut_capture(c, in, inputs->source[i].next_ns);
		else if (inputs->source[i].kind == SOURCE_ZEEK)
			st = cut_zeek(c, in);
		else
			st = cut_records(c, inputs->source[i].kind, in);
	}
	if (st == OK && c->wides > 0)
		st = cut_wide(c, inputs, heard);
	if (st == OK) {
		meters_finish(c->meters);
		st = c->keep.st;
	}
	for (unsigned i = 0; st == OK && i < n; i++)
		st = slice_finish(&slices->slice[i], dropped, err);
	replay_free(c->replay);
	meters_free(c->meters);
	buf_release(&c->line);
	free(c);
	if (st != OK)
		slices_release(slices);
	return st;
}

void
slices_release(struct slices *slices)
{
	for (unsigned i = 0; i < slices->n; i++)
		slice_release(&slices->slice[i]);
	*slices = (struct slices){ 0 };
}
