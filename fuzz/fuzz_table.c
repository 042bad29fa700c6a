/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as lines of table. What becomes a half has times in order, within the
 * years we take, and counts within their limit; what does not has a reason if
 * it is broken. Lines read one by one are those that lines_cut cuts.
 */
#include "collect/table.h"
#include "collect/lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
judge(enum told told, const struct half *h, const char *why)
{
	CHECK((told == TOLD_BAD) == (why != NULL));
	if (told != TOLD_FLOW)
		return;
	CHECK(h->flow.first_ns <= h->flow.last_ns);
	CHECK(h->flow.last_ns < 2 * TOLD_TIME_END);
	CHECK(h->flow.orig_pkts <= FLOW_INT_MAX && h->flow.resp_pkts <= FLOW_INT_MAX);
	CHECK(h->flow.resolution_ns > 0 && h->flow.vlan < 4096);
	CHECK(service_text(h->flow.service) && conn_state_text(h->flow.state));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = { data, size }, line, other;
	struct table state = { 0 };
	struct error err;
	struct lines l;
	struct input *in;
	bool mapped;

	(void)table_recognise(rest);
	if (input_open_bytes(&in, rest, "fuzz", &err) != OK)
		return 0;
	mapped = input_is_mapped(in);
	lines_init(&l, in);
	while (lines_next(&l, &line)) {
		const char *why;
		struct half h = { 0 };
		enum told told = table_line(&state, line, &h, &why);

		judge(told, &h, why);
		if (mapped && l.number > 1 && l.too_long == 0) {
			CHECK(lines_cut(&rest, &other));
			CHECK(other.at == line.at && other.len == line.len);
		} else if (mapped) {
			(void)lines_cut(&rest, &other);
		}
	}
	lines_close(&l);
	return 0;
}
