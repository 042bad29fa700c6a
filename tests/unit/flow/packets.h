/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packets.h - packets made by hand, and the flows that come out.
 */
#ifndef TESTS_FLOW_PACKETS_H
#define TESTS_FLOW_PACKETS_H

#include "table.h"

#include <stdlib.h>

#include "flow/table.h"

#define SECOND UINT64_C(1000000000)
#define START  (1700000000 * SECOND)

static inline struct ip
host(unsigned n)
{
	return ip_from_v4((const uint8_t[4]){ 10, 0, (uint8_t)(n >> 8), (uint8_t)n });
}

/* A packet of no payload from host `src` to host `dst`, `at` ns after the start. */
static inline struct packet
packet_of(uint8_t proto, unsigned src, uint16_t src_port, unsigned dst, uint16_t dst_port,
    uint64_t at)
{
	return (struct packet){
		.time_ns = START + at,
		.clock_ns = START + at,
		.src = host(src),
		.dst = host(dst),
		.src_port = src_port,
		.dst_port = dst_port,
		.proto = proto,
		.tcp_window = 1000,
		.ip_bytes = proto == PROTO_TCP ? 40 : 28,
	};
}

static inline void
give_payload(struct packet *p, uint32_t bytes)
{
	static const uint8_t payload[2048];

	p->data_bytes = bytes;
	p->ip_bytes += bytes;
	p->data = (struct span){ payload, bytes };
}

#define CAUGHT_MAX 65536

/* A sink that keeps what it is given. */
struct caught {
	struct flow *flow;
	size_t n;
};

static inline void
catch_flow(void *state, const struct flow *f)
{
	struct caught *c = state;

	if (c->flow == NULL)
		c->flow = calloc(CAUGHT_MAX, sizeof *c->flow);
	assert_non_null(c->flow);
	assert_true(c->n < CAUGHT_MAX);
	c->flow[c->n++] = *f;
}

static inline void
release_caught(struct caught *c)
{
	free(c->flow);
	*c = (struct caught){ 0 };
}

static inline struct flow_table *
table_with(const struct flow_limits *limits, struct caught *caught)
{
	struct flow_table *t = NULL;
	struct error err = { "" };

	if (flow_table_new(&t, limits, catch_flow, caught, &err) != OK)
		fail_msg("%s", err.text);
	return t;
}

static inline void
see(struct flow_table *t, const struct packet *p)
{
	flow_table_see(t, &p, 1);
}

/* One line of canonical JSON: everything a flow holds. */
static inline void
line_of(const struct flow *f, char *line, size_t size)
{
	struct buf b;

	buf_init(&b, size - 1);
	flow_encode(f, &b);
	assert_false(b.bad);
	memcpy(line, b.at, b.len + 1);
	buf_release(&b);
}

#endif
