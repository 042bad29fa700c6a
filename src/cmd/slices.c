/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/slices.h"

#include <stdlib.h>

#include "cmd/cmd.h"
#include "cmd/hear.h"
#include "cmd/origins.h"
#include "cmd/records.h"
#include "cmd/replay.h"
#include "cmd/wants.h"
#include "collect/zeek.h"
#include "record/trait.h"

struct cutter {
	struct wants wants;
	struct meters *meters;
	struct zeek_join *join;
	struct replay *replay;
	struct slices *slices;
	struct origins *origins;
	struct filter *filter;

	/* Which input's lines `where` counts, in what is told now; 0: of none. */
	unsigned zeek, text;
	const struct flow *flow; /* the record at hand, or `trait` */
	const struct trait *trait;
	unsigned line_source;
	uint64_t line_where;
	struct buf line;

	struct error *err;
	enum status st; /* of what was heard or told so far */
};

struct replay_into {
	struct cutter *c;
	const struct replayed *packet;
};

static bool
into_slice(void *state, unsigned slice)
{
	const struct replay_into *into = state;
	struct cutter *c = into->c;
	const struct replayed *r = into->packet;

	for (unsigned i = 0; c->st == OK && i < r->frames; i++)
		c->st = slice_put_frame(
		    &c->slices->slice[slice], &r->frame[i], r->clock_ns[i], c->err);
	return c->st == OK;
}

static bool
keep_packet(void *state, const struct replayed *r)
{
	struct cutter *c = state;
	const struct packet *p = r->packet;
	struct replay_into into = { c, r };

	wants_ask_ends(
	    &c->wants, &p->src, &p->dst, p->proto, p->dst_port, into_slice, &into);
	wants_ask_ends(
	    &c->wants, &p->dst, &p->src, p->proto, p->src_port, into_slice, &into);
	if (c->st == OK && cmd_stopped)
		c->st = error_set(c->err, E_STOPPED, "stopped while keeping evidence");
	return c->st == OK;
}

/* The record at hand as a line, made when the first slice wants it. */
static void
make_line(struct cutter *c)
{
	if (c->line.len > 0)
		return;
	if (c->flow)
		flow_encode(c->flow, &c->line);
	else
		trait_encode(c->trait, &c->line);
}

static bool
line_into_slice(void *state, unsigned slice)
{
	struct cutter *c = state;
	struct slice_origin from = { c->line_source, c->line_where };

	make_line(c);
	origins_want(c->origins, from.source, from.line);
	c->st = buf_state(&c->line, "a record", c->err);
	if (c->st == OK)
		c->st = slice_put_line(
		    &c->slices->slice[slice], from, buf_span(&c->line), c->err);
	return c->st == OK;
}

/* Records of a log come while it is read; those of a meter later, and know from where. */
static void
turn_to_flow(struct cutter *c, const struct flow *f)
{
	buf_reset(&c->line);
	c->flow = f;
	c->trait = NULL;
	c->line_where = f->where;
	c->line_source = f->source ? f->source : c->zeek;
}

static void
turn_to_trait(struct cutter *c, const struct trait *t)
{
	buf_reset(&c->line);
	c->flow = NULL;
	c->trait = t;
	c->line_where = t->where;
	c->line_source = c->text;
}

static void
keep_flow(void *state, const struct flow *f)
{
	struct cutter *c = state;

	if (c->st != OK || !filter_in_time(c->filter, f->first_ns))
		return;
	turn_to_flow(c, f);
	wants_ask_flow(&c->wants, f, line_into_slice, c);
}

static void
keep_flow_wide(void *state, const struct flow *f)
{
	struct cutter *c = state;

	if (c->st != OK)
		return;
	turn_to_flow(c, f);
	wants_ask_flow_wide(&c->wants, f, line_into_slice, c);
}

static void
keep_trait(void *state, const struct trait *t)
{
	struct cutter *c = state;

	if (c->st != OK || !filter_in_time(c->filter, t->time_ns))
		return;
	turn_to_trait(c, t);
	wants_ask_trait(&c->wants, t, line_into_slice, c);
}

static void
keep_trait_wide(void *state, const struct trait *t)
{
	struct cutter *c = state;

	if (c->st != OK)
		return;
	turn_to_trait(c, t);
	wants_ask_trait_wide(&c->wants, t, line_into_slice, c);
}

/* Which input's lines `where` counts, of what is told while it is read. */
static void
turn_to(struct cutter *c, const struct inputs *inputs, unsigned i)
{
	enum source_kind kind = inputs->source[i].kind;

	c->zeek = kind == SOURCE_ZEEK ? i + 1 : 0;
	c->text = kind == SOURCE_EVE ? i + 1 : c->zeek;
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
	o.flow_tap = keep_flow_wide;
	o.trait_tap = keep_trait_wide;
	o.tap_state = c;
	st = hear_new(&h, &o, said_already, NULL, c->err);
	for (unsigned i = 0; st == OK && i < inputs->n; i++) {
		turn_to(c, inputs, i);
		st = hear_read(h, &inputs->source[i], i, c->err);
		if (st == OK)
			st = c->st;
	}
	c->zeek = c->text = 0;
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

	if (zeek_open(&z, in, c->err) != OK)
		return OK; /* said already when it was first read */
	zeek_traits(z, keep_trait, c);
	zeek_share(z, c->join);
	while (c->st == OK && !zeek_ended(z)) {
		struct error ended;

		if (zeek_next(z, flows, NULL, 256, &n, &ended) != OK)
			break;
		for (unsigned i = 0; c->st == OK && i < n; i++)
			keep_flow(c, &flows[i]);
		if (c->st == OK && cmd_stopped)
			c->st =
			    error_set(c->err, E_STOPPED, "stopped while keeping evidence");
	}
	zeek_close(z);
	return c->st;
}

static enum status
cut_records(
    struct cutter *c, const struct source *source, unsigned number, struct input *in)
{
	struct records *r;
	struct error ended;
	bool more = true;

	if (records_open(&r, c->meters, source->kind, number, in, &ended) != OK)
		return OK; /* said already when it was first read */
	c->st = records_traits(r, keep_trait, c, c->err);
	while (c->st == OK && more && records_step(r, &more, &ended) == OK)
		if (cmd_stopped)
			c->st =
			    error_set(c->err, E_STOPPED, "stopped while keeping evidence");
	records_close(r);
	return c->st;
}

static enum status
keep_kept(void *state, unsigned slice, struct span line)
{
	struct cutter *c = state;

	return slice_put_line(
	    &c->slices->slice[slice], (struct slice_origin){ 0 }, line, c->err);
}

/* What findings rest on besides the inputs: contacts that runs before kept. */
static enum status
cut_kept(
    struct cutter *c, const struct state *state, const struct finding *findings, unsigned n)
{
	const struct finding *f[SLICES_MAX];

	for (unsigned i = 0; i < n; i++)
		f[i] = &findings[i];
	return state_tell(state, f, n, keep_kept, c, c->err);
}

static enum status
cut_narrow(struct cutter *c, const struct inputs *inputs)
{
	enum status st = OK;

	for (unsigned i = 0; st == OK && i < inputs->n; i++) {
		const struct source *source = &inputs->source[i];
		struct error gone;
		struct input *in;

		if (source_open(&in, source, &gone) != OK)
			continue; /* the recomputation will tell that something is missing */
		turn_to(c, inputs, i);
		if (source->kind == SOURCE_CAPTURE)
			st = cut_capture(c, in, source->next_ns);
		else if (source->kind == SOURCE_ZEEK)
			st = cut_zeek(c, in);
		else
			st = cut_records(c, source, i + 1, in);
	}
	c->zeek = c->text = 0;
	if (st == OK) {
		meters_finish(c->meters);
		st = c->st;
	}
	return st;
}

static enum status
cut_all(struct cutter *c, const struct inputs *inputs, const struct hear_options *heard,
    uint64_t dropped)
{
	enum status st = OK;

	if (c->wants.narrows > 0)
		st = cut_narrow(c, inputs);
	if (st == OK && c->wants.wides > 0)
		st = cut_wide(c, inputs, heard);
	if (st == OK)
		st = origins_read(c->origins, inputs, c->err);
	for (unsigned i = 0; st == OK && i < c->slices->n; i++)
		st = slice_finish(&c->slices->slice[i], c->origins, dropped, c->err);
	return st;
}

enum status
slices_cut(struct slices *slices, const struct inputs *inputs,
    const struct hear_options *heard, const struct state *state,
    const struct finding *findings, unsigned n, uint64_t dropped, struct error *err)
{
	struct cutter *c = calloc(1, sizeof *c);
	enum status st = OK;

	if (c == NULL)
		return error_set(err, E_NOMEM, "no memory for slices");
	*slices = (struct slices){ .n = n };
	c->slices = slices;
	c->filter = heard->filter;
	c->err = err;
	buf_init(&c->line, (size_t)1 << 20);
	wants_init(&c->wants, findings, n);
	st = zeek_join_new(&c->join, ZEEK_JOIN_MEMORY, err);
	if (st == OK)
		st = meters_new(&c->meters, keep_flow, c, err);
	if (st == OK)
		st = replay_new(&c->replay, c->filter, hear_fragments(heard->memory),
		    keep_packet, c, err);
	if (st == OK)
		st = origins_new(&c->origins, heard->memory / 4, err);
	if (st == OK && state)
		st = cut_kept(c, state, findings, n);
	if (st == OK)
		st = cut_all(c, inputs, heard, dropped);
	replay_free(c->replay);
	meters_free(c->meters);
	zeek_join_free(c->join);
	origins_free(c->origins);
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
