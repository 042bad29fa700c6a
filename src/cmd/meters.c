/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/meters.h"

#include <stdlib.h>
#include <string.h>

#include "base/stamp.h"
#include "decode/packet.h"

struct meters {
	meters_sink *sink;
	void *state;
	struct netflow *netflow;
	struct halves *halves;
	struct meters_counts counts;
};

static void
on_flow(void *state, const struct flow *flow)
{
	struct meters *m = state;

	m->counts.flows++;
	if (flow->resolution_ns > m->counts.resolution_ns)
		m->counts.resolution_ns = flow->resolution_ns;
	if (flow->sampling > m->counts.sampling)
		m->counts.sampling = flow->sampling;
	m->sink(m->state, flow);
}

void
meters_half(void *state, const struct half *half)
{
	struct meters *m = state;

	halves_see(m->halves, half);
}

enum status
meters_new(struct meters **out, meters_sink *sink, void *state, struct error *err)
{
	struct meters *m = calloc(1, sizeof *m);
	enum status st;

	if (m == NULL)
		return error_set(err, E_NOMEM, "no memory to read flow records");
	m->sink = sink;
	m->state = state;
	st = halves_new(&m->halves, METERS_MEMORY, on_flow, m, err);
	if (st == OK)
		st = netflow_new(&m->netflow, meters_half, m, err);
	if (st != OK) {
		meters_free(m);
		return st;
	}
	*out = m;
	return OK;
}

void
meters_finish(struct meters *m)
{
	if (m)
		halves_finish(m->halves);
}

struct meters_counts
meters_counts(const struct meters *m)
{
	struct meters_counts c = m->counts;

	c.netflow = *netflow_counters(m->netflow);
	c.halves = *halves_counters(m->halves);
	return c;
}

void
meters_free(struct meters *m)
{
	if (m == NULL)
		return;
	netflow_free(m->netflow);
	halves_free(m->halves);
	free(m);
}

/* A sampled packet stands for so many of one direction. */
static void
on_sample(void *state, const struct frame *frame, uint32_t sampling)
{
	struct meters *m = state;
	struct half h = { .flags = HALF_SAMPLE, .clock_ns = frame->time_ns };
	struct flow *f = &h.flow;
	struct packet p;

	if (decode_frame(frame, &p) != DECODE_OK || (p.fragment && p.fragment_at > 0))
		return;
	f->first_ns = f->last_ns = frame->time_ns;
	f->orig = p.src;
	f->resp = p.dst;
	f->orig_port = p.src_port;
	f->resp_port = p.dst_port;
	f->proto = p.proto;
	f->vlan = p.vlan;
	f->orig_pkts = sampling;
	f->orig_ip_bytes = (uint64_t)p.ip_bytes * sampling;
	f->sampling = sampling;
	f->resolution_ns = (uint32_t)SECOND_NS; /* agents send within a second */
	f->clock = FLOW_CLOCK_EXPORT;
	f->where = m->counts.sflow.samples;
	h.orig_tcp = p.proto == PROTO_TCP ? p.tcp_flags : 0;
	if (p.proto == PROTO_TCP)
		h.flags |= HALF_FLAGS;
	halves_see(m->halves, &h);
}

void
meters_datagram(struct meters *m, const struct packet *p)
{
	if (sflow_recognise(p->data))
		(void)sflow_see(p->data, p->time_ns, &m->counts.sflow, on_sample, m);
	else
		(void)netflow_see(m->netflow, &p->src, p->time_ns, p->data);
}
