/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first two bytes are the weather: memory, slices. Then each eight bytes
 * are a packet. Whatever comes, every packet is in one flow or a lost fragment,
 * and every flow can be written and read again.
 */
#include <stdlib.h>
#include <string.h>

#include "flow/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct tally {
	uint64_t pkts, flows;
};

static void
tally_flow(void *state, const struct flow *f)
{
	struct tally *t = state;
	struct error err;
	struct flow back;
	struct buf b;

	t->pkts += f->orig_pkts + f->resp_pkts;
	t->flows++;
	CHECK(f->orig_pkts + f->resp_pkts > 0);
	CHECK(f->first_ns <= f->last_ns);
	CHECK(strlen(f->history) < FLOW_HISTORY);
	if (t->flows > 4)
		return; /* time is better spent on more packets */
	buf_init(&b, 4096);
	flow_encode(f, &b);
	CHECK(!b.bad && flow_decode(buf_span(&b), &back, &err) == OK);
	buf_release(&b);
}

static struct packet
packet_from(const uint8_t b[8], uint64_t *clock)
{
	static const uint8_t protos[] = { 6, 6, 6, 17, 1, 58, 132, 47 };
	static const uint8_t bytes[4096];
	struct packet p = {
		.src = { { [10] = 0xff, [11] = 0xff, [12] = 10, [15] = b[0] & 3 } },
		.dst = { { [10] = 0xff, [11] = 0xff, [12] = 10, [15] = b[0] >> 2 & 3 } },
		.proto = protos[b[1] & 7],
		.src_port = b[2] & 15,
		.dst_port = b[2] >> 4,
		.tcp_flags = b[3] & 63,
		.seq = (uint32_t)(int8_t)b[4] << (b[6] & 24),
		.ack = (uint32_t)(int8_t)b[5] << (b[6] & 24),
		.tcp_window = b[3] >> 6,
		.ip_bytes = 40 + b[6],
		.data_bytes = b[6],
		.data = { bytes, b[6] },
	};

	if (b[0] >> 4 == 5)
		p.src.b[0] = p.dst.b[0] = 0x20;
	*clock += (uint64_t)b[7] * b[7] * b[7] * 30000 >> (b[1] >> 6) * 8;
	p.clock_ns = p.time_ns = *clock;
	if (b[0] >> 4 == 6 && p.time_ns > 1000000000)
		p.time_ns -= 1000000000;
	if (b[0] >> 4 >= 12) {
		p.fragment = true;
		p.more_fragments = b[3] & 1;
		p.fragment_at = (uint16_t)((b[4] & 15) * 8);
		p.fragment_id = b[5] & 3;
		p.fragment_data = (struct span){ bytes, (size_t)(b[6] & 31) * 8 };
		p.data_bytes = 0;
		p.ip_bytes = 48 + (uint32_t)p.fragment_data.len;
	}
	return p;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct flow_limits limits = flow_limits_default();
	struct tally tally = { 0 };
	const struct flow_counters *c;
	struct flow_table *t;
	struct error err;
	uint64_t clock = 0;
	size_t n = 0;

	if (size < 2)
		return 0;
	limits.memory = ((size_t)data[0] + 16) << 10;
	limits.active_ns = data[1] * UINT64_C(300000000);
	if (flow_table_new(&t, &limits, tally_flow, &tally, &err) != OK)
		return 0;
	for (size_t at = 2; size - at >= 8; at += 8, n++) {
		struct packet p = packet_from(data + at, &clock);
		const struct packet *one = &p;

		flow_table_see(t, &one, 1);
	}
	flow_table_finish(t);
	c = flow_table_counters(t);
	CHECK(c->packets == n);
	CHECK(tally.pkts == n - c->fragments + c->reassembled);
	CHECK(c->fragments_lost + c->reassembled <= c->fragments);
	CHECK(tally.flows == c->flows + c->slices);
	flow_table_free(t);
	return 0;
}
