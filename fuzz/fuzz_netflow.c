/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as datagrams of one exporter, each with two bytes of length before
 * it. Every half has times in order and a clock; no counter is left out; and
 * what is recognised as a datagram is not malformed unless a record in it is.
 * The flows made of the halves keep every packet.
 */
#include "collect/netflow.h"
#include "flow/halves.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
	struct halves *halves;
	uint64_t n, in, out;
	bool full;
};

static void
on_flow(void *state, const struct flow *f)
{
	struct seen *s = state;

	CHECK(f->first_ns <= f->last_ns && f->first_ns > 0);
	CHECK(f->orig_bytes <= f->orig_ip_bytes && f->resp_bytes <= f->resp_ip_bytes);
	CHECK(conn_state_text(f->state) != NULL);
	s->out += f->orig_pkts + f->resp_pkts;
}

static void
on_half(void *state, const struct half *h)
{
	struct seen *s = state;

	CHECK(h->flow.first_ns <= h->flow.last_ns && h->flow.first_ns > 0);
	CHECK(h->flow.resolution_ns > 0 && h->flow.sampling > 0);
	CHECK(flow_clock_text(h->flow.clock) != NULL);
	CHECK(h->flow.orig_pkts <= FLOW_INT_MAX && h->flow.resp_pkts <= FLOW_INT_MAX);
	s->n++;
	s->full |= h->flow.orig_pkts > 1000000 || h->flow.resp_pkts > 1000000;
	s->in += h->flow.orig_pkts + h->flow.resp_pkts;
	halves_see(s->halves, h);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct ip exporter = { { [10] = 0xff, [11] = 0xff, 192, 0, 2, 1 } };
	struct cursor c = cursor_of((struct span){ data, size });
	const struct netflow_counters *n;
	struct seen s = { 0 };
	struct netflow *nf;
	struct error err;

	if (netflow_new(&nf, on_half, &s, &err) != OK)
		return 0;
	if (halves_new(&s.halves, HALVES_MEMORY_LEAST, on_flow, &s, &err) != OK)
		return 0;
	while (c.left > 2) {
		uint16_t len = cursor_be16(&c);
		struct span d = cursor_take(&c, len < c.left ? len : c.left);

		(void)netflow_recognise(d);
		(void)netflow_see(nf, &exporter, 0, d);
	}
	halves_finish(s.halves);
	n = netflow_counters(nf);
	CHECK(n->records == s.n + n->addressless + n->untimed);
	CHECK(s.full || s.in == s.out);
	halves_free(s.halves);
	netflow_free(nf);
	return 0;
}
