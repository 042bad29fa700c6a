/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a datagram of sFlow. Frames lie inside it and are no longer than
 * on the wire; each is counted; what is recognised has lengths that add up.
 */
#include "base/error.h"
#include "collect/sflow.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
	struct span all;
	uint64_t n;
};

static void
on_frame(void *state, const struct frame *f, uint32_t sampling)
{
	struct seen *s = state;

	CHECK(sampling > 0 && f->bytes.len <= f->wire_length);
	CHECK(
	    f->bytes.len == 0 || (f->bytes.at >= s->all.at &&
				     f->bytes.at + f->bytes.len <= s->all.at + s->all.len));
	s->n++;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen s = { .all = { data, size } };
	struct sflow_counters c = { 0 };

	(void)sflow_recognise(s.all);
	CHECK(sflow_see(s.all, 1, &c, on_frame, &s) == (c.malformed == 0));
	CHECK(c.samples == s.n && c.datagrams == 1);
	return 0;
}
