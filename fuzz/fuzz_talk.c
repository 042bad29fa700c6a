/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A conversation: the first two bytes are its port and transport, then each
 * message is a byte of direction and length, and its bytes. However the same
 * bytes are cut into packets, the traits and the service are the same. Datagrams
 * and pings are not cut; those are numbered by their first byte.
 */
#include <stdlib.h>
#include <string.h>

#include "protocol/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct listener {
	struct buf lines;
	uint8_t service;
};

static void
listen_trait(void *state, const struct trait *t)
{
	struct listener *l = state;
	struct trait timeless = *t;

	timeless.time_ns = 0; /* cutting moves these */
	if (t->kind == TRAIT_DNS)
		timeless.dns.rtt_ns = 0;
	trait_encode(&timeless, &l->lines);
	buf_putc(&l->lines, '\n');
}

static void
listen_flow(void *state, const struct flow *f)
{
	struct listener *l = state;

	l->service = f->service;
}

static const uint16_t ports[] = { 80, 53, 22, 25, 21, 443, 4444, 5353, 123, 67, 137, 445 };

/* Offsets go on for both sides; `most` bytes to a packet. */
static void
say_all(struct flow_table *t, const uint8_t *data, size_t size, size_t most)
{
	uint16_t port = ports[data[0] % (sizeof ports / sizeof *ports)];
	bool tcp = data[1] & 1, ping = !tcp && (data[1] & 2);
	uint32_t at[2] = { 1, 1 };

	for (size_t i = 2; i < size;) {
		bool resp = data[i] & 1;
		size_t n = data[i] >> 1 ? data[i] >> 1 : 1;

		i++;
		n = n < size - i ? n : size - i;
		for (size_t k = 0; k < n;) {
			size_t part = !tcp || n - k < most ? n - k : most;
			struct packet p = {
				.time_ns = 1000,
				.clock_ns = 1000,
				.src = { { [10] = 0xff,
				    [11] = 0xff,
				    [15] = resp ? 2 : 1 } },
				.dst = { { [10] = 0xff,
				    [11] = 0xff,
				    [15] = resp ? 1 : 2 } },
				.src_port = resp ? port : 50000,
				.dst_port = resp ? 50000 : port,
				.proto = tcp ? PROTO_TCP : PROTO_UDP,
				.tcp_flags = TCP_ACK,
				.seq = at[resp],
				.ip_bytes = (uint32_t)part + 40,
				.data_bytes = (uint32_t)part,
				.data = { data + i + k, part },
			};
			const struct packet *one = &p;

			if (ping) {
				p.proto = PROTO_ICMP;
				p.src_port = resp ? 0 : 8;
				p.dst_port = resp ? 8 : 0;
				p.icmp_id = 1;
				p.seq = part > 0 ? data[i + k] : 0;
			}
			flow_table_see(t, &one, 1);
			at[resp] += (uint32_t)part;
			k += part;
		}
		i += n;
	}
}

static struct listener
listen_to(const uint8_t *data, size_t size, size_t most)
{
	struct listener l = { 0 };
	struct flow_limits limits = flow_limits_default();
	struct flow_watch watch;
	struct flow_table *t;
	struct reader *r;
	struct error err;

	limits.memory = 1 << 18;
	buf_init(&l.lines, 1 << 22);
	CHECK(reader_new(&r, 1 << 20, listen_trait, &l, &err) == OK);
	CHECK(flow_table_new(&t, &limits, listen_flow, &l, &err) == OK);
	watch = reader_watch(r);
	flow_table_watch(t, &watch);
	say_all(t, data, size, most);
	flow_table_finish(t);
	flow_table_free(t);
	reader_free(r);
	return l;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct listener whole, parts;

	if (size < 3 || size > 8192)
		return 0;
	whole = listen_to(data, size, SIZE_MAX);
	parts = listen_to(data, size, 1 + data[2] % 7);
	CHECK(whole.lines.len == parts.lines.len);
	CHECK(whole.lines.len == 0 ||
	      memcmp(whole.lines.at, parts.lines.at, whole.lines.len) == 0);
	CHECK(whole.service == parts.service);
	buf_release(&whole.lines);
	buf_release(&parts.lines);
	return 0;
}
