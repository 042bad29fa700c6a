/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A frame of any bytes: whatever it decodes to lies inside it, no length is
 * larger than the one around it, and the short cut for frequent frames gives
 * what the steps give.
 * Byte 0 chooses the link type, byte 1 how much longer it was on the wire.
 */
#include "base/error.h"
#include "decode/packet.h"
#include "decode/steps.h"
#include "record/flow.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
inside(struct span s, struct span frame)
{
	if (s.len > 0)
		CHECK(s.at >= frame.at && s.at + s.len <= frame.at + frame.len);
}

static void
judge(const struct packet *p, struct span frame, size_t wire)
{
	inside(p->data, frame);
	inside(p->fragment_data, frame);
	CHECK(p->data.len <= p->data_bytes);
	CHECK(p->data_bytes <= p->ip_bytes);
	CHECK(p->ip_bytes <= wire);
	CHECK(p->vlan < 4096);
	CHECK(p->tunnel < TUNNEL_COUNT && p->trouble < TROUBLE_COUNT);
	CHECK(p->fragment ||
	      (p->fragment_at == 0 && (p->tunnel != 0 || p->fragment_data.len == 0)));
	CHECK(p->fragment_at == 0 || (p->src_port == 0 && p->dst_port == 0));
	CHECK(p->fragment_at + p->fragment_data.len <= 65535);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint16_t links[] = { LINK_ETHERNET, LINK_NULL, LINK_RAW, LINK_LOOP,
		LINK_LINUX_SLL, LINK_LINUX_SLL2, LINK_IPV4, LINK_IPV6, LINK_RAW_BSD,
		LINK_RAW_OPENBSD, LINK_PPP, LINK_C_HDLC, LINK_WIFI, LINK_FRELAY,
		LINK_WIFI_RADIOTAP, LINK_PPI, LINK_NFLOG, LINK_PPP_ETHER, LINK_MPLS };
	struct packet p, again;
	struct frame f = { .time_ns = 1 };
	enum decode_verdict v;

	if (size < 2)
		return 0;
	f.link = data[0] < sizeof links / sizeof *links ? links[data[0]] : data[0];
	f.bytes = (struct span){ data + 2, size - 2 };
	f.wire_length = (uint32_t)(size - 2) + data[1] * (data[1] & 1 ? 1U : 100U);
	memset(&p, 0, sizeof p);
	memset(&again, 0, sizeof again);
	v = decode_frame(&f, &p);
	CHECK(v < DECODE_VERDICT_COUNT);
	CHECK(decode_steps(&f, &again) == v);
	if (v != DECODE_OK)
		return 0;
	CHECK(memcmp(&p, &again, sizeof p) == 0);
	judge(&p, f.bytes, f.wire_length);
	if (p.fragment) { /* as if the piece were all of it */
		struct span piece = p.fragment_data;

		if (decode_transport(&p, piece) == DECODE_OK) {
			inside(p.data, f.bytes);
			CHECK(p.data.len <= p.data_bytes && p.data_bytes <= piece.len);
		}
	}
	return 0;
}
