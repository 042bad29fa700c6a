/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a file of nfdump's. Each flow record ends in one counter, halves
 * have times in order, and a file whose header is refused gives none. A file
 * that is cut is an error and loses nothing that came before.
 */
#include "collect/nfdump.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
on_half(void *state, const struct half *h)
{
	CHECK(h->flow.first_ns <= h->flow.last_ns && h->flow.first_ns > 0);
	CHECK(h->flow.orig_pkts <= FLOW_INT_MAX && h->flow.resp_ip_bytes <= FLOW_INT_MAX);
	CHECK(h->flow.sampling > 0 && h->flow.vlan < 4096);
	++*(uint64_t *)state;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct nfdump_counters *c;
	uint64_t halves = 0;
	struct nfdump *nd;
	struct error err;
	struct input *in;
	bool more = true;

	(void)nfdump_recognise((struct span){ data, size });
	if (input_open_bytes(&in, (struct span){ data, size }, "fuzz", &err) != OK)
		return 0;
	if (nfdump_open(&nd, in, on_half, &halves, &err) != OK) {
		CHECK(halves == 0);
		return 0;
	}
	while (more && nfdump_step(nd, &more, &err) == OK)
		;
	c = nfdump_counters(nd);
	CHECK(c->records >= halves && c->records <= halves + c->addressless + c->bad);
	nfdump_close(nd);
	return 0;
}
