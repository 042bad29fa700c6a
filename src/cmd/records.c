/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/records.h"

#include <stdlib.h>

#include "record/flow.h"

struct records {
	records_sink *sink;
	void *state;
	struct capture *capture;
	struct netflow *netflow;
	struct halves *halves;
	struct frame_batch batch;
	struct records_counts counts;
};

static void
on_flow(void *state, const struct flow *flow)
{
	struct records *r = state;

	r->counts.flows++;
	if (flow->resolution_ns > r->counts.resolution_ns)
		r->counts.resolution_ns = flow->resolution_ns;
	if (flow->sampling > r->counts.sampling)
		r->counts.sampling = flow->sampling;
	r->sink(r->state, flow);
}

static void
on_half(void *state, const struct half *half)
{
	struct records *r = state;

	halves_see(r->halves, half);
}

enum status
records_open(struct records **out, enum source_kind kind, struct input *in,
    records_sink *sink, void *state, struct error *err)
{
	struct records *r = calloc(1, sizeof *r);
	enum status st;

	CHECK(kind == SOURCE_EXPORTS);
	if (r == NULL) {
		input_close(in);
		return error_set(err, E_NOMEM, "no memory to read flow records");
	}
	r->sink = sink;
	r->state = state;
	st = capture_open(&r->capture, in, err);
	if (st == OK)
		st = halves_new(&r->halves, RECORDS_MEMORY, on_flow, r, err);
	if (st == OK)
		st = netflow_new(&r->netflow, on_half, r, err);
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
	netflow_free(r->netflow);
	halves_free(r->halves);
	free(r);
}

const struct input *
records_input(const struct records *r)
{
	return capture_input(r->capture);
}

const struct records_counts *
records_counts(struct records *r)
{
	r->counts.netflow = *netflow_counters(r->netflow);
	r->counts.halves = *halves_counters(r->halves);
	r->counts.capture = *capture_stats(r->capture);
	return &r->counts;
}

static void
see_frame(struct records *r, const struct frame *f)
{
	struct packet p;
	enum decode_verdict v = decode_frame(f, &p);

	r->counts.verdict[v]++;
	if (v != DECODE_OK)
		return;
	if (p.proto != PROTO_UDP || p.fragment || !netflow_recognise(p.data)) {
		r->counts.strangers++;
		return;
	}
	(void)netflow_see(r->netflow, &p.src, p.time_ns, p.data);
}

enum status
records_step(struct records *r, bool *more, struct error *err)
{
	enum status st = capture_next(r->capture, &r->batch, err);

	if (st != OK)
		return st;
	for (unsigned i = 0; i < r->batch.n; i++)
		see_frame(r, &r->batch.frame[i]);
	*more = r->batch.n > 0;
	return OK;
}

void
records_finish(struct records *r)
{
	halves_finish(r->halves);
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
		if (p.proto != PROTO_UDP || p.fragment || !netflow_recognise(p.data))
			return false;
		exports++;
	}
	return exports > 0;
}
