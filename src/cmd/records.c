/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/records.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/stamp.h"
#include "collect/lines.h"
#include "collect/table.h"

#define STEP_LINES 1024

struct records {
	enum source_kind kind;
	uint16_t number; /* of the input, from 1 */
	struct meters *meters;
	struct capture *capture;
	struct frame_batch batch;
	struct nfdump *nfdump;
	struct lines lines;
	struct eve eve;
	struct eve_traits *traits; /* NULL: nobody wants them */
	alert_sink *alerts;        /* likewise */
	void *alerts_state;
	struct table table;
	struct records_counts counts;
};

enum status
records_traits(struct records *r, trait_sink *sink, void *state, struct error *err)
{
	return r->kind == SOURCE_EVE ? eve_traits_new(&r->traits, sink, state, err) : OK;
}

void
records_alerts(struct records *r, alert_sink *sink, void *state)
{
	r->alerts = sink;
	r->alerts_state = state;
}

/* An event that is neither flow nor trait. */
static enum told
see_alert(struct records *r, struct span line, const char **why)
{
	struct alert alert;
	enum told told = eve_alert_line(line, &alert, why);

	if (told == TOLD_NOTHING) {
		r->counts.alerts++;
		r->alerts(r->alerts_state, &alert);
	}
	return told;
}

static enum status
open_lines(struct records *r, struct input *in)
{
	bool flows;

	lines_init(&r->lines, in);
	if (r->kind == SOURCE_EVE &&
	    eve_recognise(input_peek(in, (size_t)64 << 10), &flows) && flows)
		r->eve.flows = true;
	return OK;
}

enum status
records_open(struct records **out, struct meters *meters, enum source_kind kind,
    unsigned number, struct input *in, struct error *err)
{
	struct records *r = calloc(1, sizeof *r);
	enum status st;

	if (r == NULL) {
		input_close(in);
		return error_set(err, E_NOMEM, "no memory to read flow records");
	}
	r->meters = meters;
	r->kind = kind;
	r->number = (uint16_t)number;
	if (kind == SOURCE_EXPORTS)
		st = capture_open(&r->capture, in, err);
	else if (kind == SOURCE_NFDUMP)
		st = nfdump_open(&r->nfdump, in, meters_half, meters, err);
	else
		st = open_lines(r, in);
	if (st != OK) {
		records_close(r);
		return st;
	}
	*out = r;
	return OK;
}

void
records_close(struct records *r)
{
	if (r == NULL)
		return;
	capture_close(r->capture);
	lines_close(&r->lines);
	nfdump_close(r->nfdump);
	eve_traits_free(r->traits);
	free(r);
}

const struct input *
records_input(const struct records *r)
{
	if (r->nfdump)
		return nfdump_input(r->nfdump);
	return r->capture ? capture_input(r->capture) : r->lines.in;
}

const struct records_counts *
records_counts(struct records *r)
{
	struct records_counts *c = &r->counts;

	if (r->nfdump)
		c->nfdump = *nfdump_counters(r->nfdump);
	if (r->capture)
		c->capture = *capture_stats(r->capture);
	memcpy(c->event, r->eve.events, sizeof c->event);
	c->repeated = r->eve.repeated;
	c->zoneless = r->table.zoneless;
	return c;
}

static bool
is_export(const struct packet *p)
{
	return p->proto == PROTO_UDP && !p->fragment &&
	       (netflow_recognise(p->data) || sflow_recognise(p->data));
}

static void
see_frame(struct records *r, const struct frame *f)
{
	struct packet p;
	enum decode_verdict v = decode_frame(f, &p);

	r->counts.verdict[v]++;
	if (v != DECODE_OK)
		return;
	if (!is_export(&p)) {
		r->counts.strangers++;
		return;
	}
	meters_datagram(r->meters, &p);
}

static void
count_bad(struct records_counts *c, uint64_t line, const char *why)
{
	if (c->lines_bad++ > 0)
		return;
	c->bad_line = line;
	(void)snprintf(c->bad_why, sizeof c->bad_why, "%s", why);
}

static void
see_line(struct records *r, struct span line)
{
	struct records_counts *c = &r->counts;
	const char *why = NULL;
	struct half half;
	enum told told = r->kind == SOURCE_EVE ? eve_line(&r->eve, line, &half, &why)
					       : table_line(&r->table, line, &half, &why);

	if (told == TOLD_OTHER && r->traits) {
		told = eve_traits_line(r->traits, line, r->lines.number, &why);
		c->traits += told == TOLD_NOTHING;
	}
	if (told == TOLD_OTHER && r->alerts && r->kind == SOURCE_EVE)
		told = see_alert(r, line, &why);
	c->lines += told == TOLD_FLOW;
	c->lines_other += told == TOLD_OTHER && r->kind != SOURCE_EVE; /* those by kind */
	if (told == TOLD_BAD)
		count_bad(c, r->lines.number, why);
	if (told != TOLD_FLOW)
		return;
	half.flow.where = r->lines.number;
	half.flow.source = r->number;
	meters_half(r->meters, &half);
}

static enum status
step_lines(struct records *r, bool *more, struct error *err)
{
	uint64_t too_long = r->lines.too_long;
	struct span line;
	unsigned n = 0;

	while (n < STEP_LINES && lines_next(&r->lines, &line)) {
		see_line(r, line);
		n++;
	}
	for (; too_long < r->lines.too_long; too_long++)
		count_bad(&r->counts, r->lines.too_long_first, "longer than 1 MiB");
	*more = n == STEP_LINES;
	if (!*more)
		eve_traits_finish(r->traits);
	return *more ? OK : input_state(r->lines.in, err);
}

static enum status
step_exports(struct records *r, bool *more, struct error *err)
{
	enum status st = capture_next(r->capture, &r->batch, err);

	if (st != OK)
		return st;
	for (unsigned i = 0; i < r->batch.n; i++)
		see_frame(r, &r->batch.frame[i]);
	*more = r->batch.n > 0;
	return OK;
}

enum status
records_step(struct records *r, bool *more, struct error *err)
{
	if (r->kind == SOURCE_EXPORTS)
		return step_exports(r, more, err);
	return r->nfdump ? nfdump_step(r->nfdump, more, err) : step_lines(r, more, err);
}

bool
records_recognise(struct span first, enum source_kind *kind)
{
	bool flows;

	if (nfdump_recognise(first))
		*kind = SOURCE_NFDUMP;
	else if (eve_recognise(first, &flows))
		*kind = SOURCE_EVE;
	else if (table_recognise(first) != TABLE_NO)
		*kind = SOURCE_TABLE;
	else
		return false;
	return true;
}

bool
records_are_exports(const struct frame_batch *batch)
{
	unsigned exports = 0;

	for (unsigned i = 0; i < batch->n; i++) {
		struct packet p;

		if (decode_frame(&batch->frame[i], &p) != DECODE_OK ||
		    p.proto == PROTO_ICMP || p.proto == PROTO_ICMP6)
			continue;
		if (!is_export(&p))
			return false;
		exports++;
	}
	return exports > 0;
}
