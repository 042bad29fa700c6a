/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <stdlib.h>

#include "decode/bare.h"
#include "record/flow.h"

static struct packet
some_packet(int i)
{
	static const uint8_t protos[] = { PROTO_TCP, PROTO_UDP, PROTO_ICMP, 47 };
	struct packet p = { .proto = protos[i % 4] };
	bool v4 = i % 8 < 4;

	if (!v4 && p.proto == PROTO_ICMP)
		p.proto = PROTO_ICMP6;
	for (int k = 0; k < 16; k++) {
		p.src.b[k] = (uint8_t)random();
		p.dst.b[k] = (uint8_t)random();
	}
	if (v4) {
		p.src = ip_from_v4(p.src.b);
		p.dst = ip_from_v4(p.dst.b);
	}
	p.src_port = (uint16_t)random();
	p.dst_port = (uint16_t)random();
	if (p.proto == PROTO_ICMP)
		p.src_port = 8, p.dst_port = 0;
	if (p.proto == PROTO_ICMP6)
		p.src_port = 128, p.dst_port = 129;
	p.tcp_flags = (uint8_t)(random() & 0x3f);
	p.seq = (uint32_t)random();
	p.ack = (uint32_t)random();
	p.tcp_window = (uint16_t)random();
	p.icmp_id = (uint16_t)random();
	p.data_bytes = (uint32_t)random() % 1400;
	p.ip_bytes = p.data_bytes + 60;
	return p;
}

/* What is decoded again from a bare frame is the packet, without what it carried. */
static void
again(void **state)
{
	(void)state;
	srandom(11);
	for (int i = 0; i < 400; i++) {
		uint8_t bytes[BARE_MAX];
		struct frame f = { .link = LINK_RAW };
		struct packet p = some_packet(i), q;

		f.bytes = (struct span){ bytes, bare_frame(&p, bytes, &f.wire_length) };
		assert_int_equal(decode_frame(&f, &q), DECODE_OK);
		assert_memory_equal(&q.src, &p.src, sizeof p.src);
		assert_memory_equal(&q.dst, &p.dst, sizeof p.dst);
		assert_int_equal(q.proto, p.proto);
		assert_int_equal(q.data.len, 0);
		if (p.proto == 47)
			continue;
		assert_int_equal(q.src_port, p.src_port);
		assert_int_equal(q.dst_port, p.dst_port);
		assert_int_equal(q.data_bytes, p.data_bytes);
		if (p.proto != PROTO_TCP)
			continue;
		assert_int_equal(q.tcp_flags, p.tcp_flags);
		assert_int_equal(q.seq, p.seq);
		assert_int_equal(q.ack, p.ack);
		assert_int_equal(q.tcp_window, p.tcp_window);
	}
}

static void
limits(void **state)
{
	struct packet p = some_packet(0);
	uint8_t bytes[BARE_MAX];
	uint32_t wire;

	(void)state;
	p.data_bytes = 200000; /* a card's segmentation offload */
	assert_int_equal(bare_frame(&p, bytes, &wire), 40);
	assert_int_equal(wire, 200040);
	assert_int_equal(bytes[2] | bytes[3], 0);
	p.fragment = true;
	assert_int_equal(bare_frame(&p, bytes, &wire), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(again),
		cmocka_unit_test(limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
