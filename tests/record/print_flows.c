/* SPDX-License-Identifier: Apache-2.0 */
/* Some thousand flows, of every state, service and flag, as lines. */
#include <stdio.h>
#include <stdlib.h>

#include "record/flow.h"

static struct flow
random_flow(void)
{
	static const uint8_t protos[] = { PROTO_ICMP, PROTO_TCP, PROTO_UDP, PROTO_ICMP6,
		PROTO_SCTP, 0, 47, 255 };
	static const uint8_t flags[] = { 0, FLOW_CONTINUES, FLOW_TO_CONTINUE,
		FLOW_ORIG_LOCAL, FLOW_ORIG_REMOTE, FLOW_RESP_LOCAL, FLOW_RESP_REMOTE,
		FLOW_NO_BYTES };
	struct flow f = { .orig_pkts = 1, .history = "ShAD^daFfRrTW" };

	f.first_ns = (uint64_t)random() << 32;
	f.last_ns = f.first_ns + (uint64_t)random();
	for (int i = random() % 2 ? 0 : 12; i < 16; i++)
		f.orig.b[i] = (uint8_t)random();
	f.resp = ip_from_v4((const uint8_t[4]){ 192, 0, 2, (uint8_t)random() });
	f.flags = flags[(size_t)random() % sizeof flags];
	if (!(f.flags & FLOW_NO_BYTES))
		f.orig_bytes = (uint64_t)random() << random() % 40;
	f.resp_port = (uint16_t)random();
	f.proto = protos[(size_t)random() % sizeof protos];
	f.state = (uint8_t)(random() % (CONN_OTH + 1));
	f.service = (uint8_t)(random() % (SERVICE_OTHER + 1));
	f.vlan = (uint16_t)(random() % 4096);
	f.tunnel = (uint8_t)(random() % (2 * TUNNEL_COUNT));
	if (f.tunnel >= TUNNEL_COUNT)
		f.tunnel = TUNNEL_NONE; /* half of them */
	else if (f.tunnel != TUNNEL_NONE)
		f.tunnel_id = (uint32_t)random();
	if (f.tunnel != TUNNEL_NONE && random() % 2) {
		f.carrier[0] = f.resp;
		f.carrier[1] = ip_from_v4((const uint8_t[4]){ 198, 51, 100, 7 });
		f.carried = (uint8_t)(random() % (CARRIED_MIRRORED + 1));
	}
	f.history[random() % 14] = '\0';
	return f;
}

int
main(void)
{
	struct buf line;

	srandom(1);
	buf_init(&line, 4096);
	for (int i = 0; i < 3000; i++) {
		struct flow f = random_flow();

		buf_reset(&line);
		flow_encode(&f, &line);
		puts(line.at);
	}
	buf_release(&line);
	return 0;
}
