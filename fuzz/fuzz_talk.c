/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A conversation: the first two bytes are its port and transport, then each
 * message is a byte of direction and length, and its bytes. However the same bytes
 * of a stream are cut into packets, and when these come late and twice, the traits
 * and the service are the same. Datagrams
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

struct way {
	size_t most; /* bytes to a packet */
	bool untidy; /* each second packet comes before the first, and then again */
};

struct speech {
	const uint8_t *bytes;
	size_t n;
	uint32_t at; /* of a stream: where it begins */
	uint16_t port;
	bool tcp, resp;
};

static void
send(struct flow_table *t, const struct speech *s, size_t from, size_t n)
{
	struct ip client = { { [10] = 0xff, [11] = 0xff, [15] = 1 } };
	struct ip server = { { [10] = 0xff, [11] = 0xff, [15] = 2 } };
	struct packet p = {
		.time_ns = 1000,
		.clock_ns = 1000,
		.src = s->resp ? server : client,
		.dst = s->resp ? client : server,
		.src_port = s->resp ? s->port : 50000,
		.dst_port = s->resp ? 50000 : s->port,
		.proto = s->tcp ? PROTO_TCP : PROTO_UDP,
		.tcp_flags = TCP_ACK,
		.seq = s->at + (uint32_t)from,
		.ip_bytes = (uint32_t)n + 40,
		.data_bytes = (uint32_t)n,
		.data = { s->bytes + from, n },
	};
	const struct packet *one = &p;

	flow_table_see(t, &one, 1);
}

static void
say(struct flow_table *t, const struct speech *s, const struct way *way)
{
	size_t most = s->tcp && way->most < s->n ? way->most : s->n;

	for (size_t from = 0; from < s->n; from += most) {
		size_t left = s->n - from, next = left - (left < most ? left : most);

		/* Where a stream begins is where its first packet does. */
		if (way->untidy && next > 0 && s->at + from > 1) {
			next = next < most ? next : most;
			send(t, s, from + most, next);
			send(t, s, from, most);
			send(t, s, from + most, next);
			from += most;
		} else {
			send(t, s, from, left < most ? left : most);
		}
	}
}

/* Offsets go on for both sides. */
static void
say_all(struct flow_table *t, const uint8_t *data, size_t size, const struct way *way)
{
	struct speech s = { .port = ports[data[0] % (sizeof ports / sizeof *ports)],
		.tcp = data[1] & 1 };
	uint32_t at[2] = { 1, 1 };

	for (size_t i = 2; i < size; i += s.n) {
		s.resp = data[i] & 1;
		s.n = data[i] >> 1 ? data[i] >> 1 : 1;
		i++;
		s.n = s.n < size - i ? s.n : size - i;
		s.bytes = data + i;
		s.at = at[s.resp];
		say(t, &s, way);
		at[s.resp] += (uint32_t)s.n;
	}
}

static struct listener
listen_to(const uint8_t *data, size_t size, const struct way *way)
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
	say_all(t, data, size, way);
	flow_table_finish(t);
	flow_table_free(t);
	reader_free(r);
	return l;
}

static void
compare(const struct listener *a, const struct listener *b)
{
	CHECK(a->lines.len == b->lines.len);
	CHECK(a->lines.len == 0 || memcmp(a->lines.at, b->lines.at, a->lines.len) == 0);
	CHECK(a->service == b->service);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct listener whole, parts, untidy;
	size_t most;

	if (size < 3 || size > 8192)
		return 0;
	most = 1 + data[2] % 7;
	whole = listen_to(data, size, &(struct way){ SIZE_MAX, false });
	parts = listen_to(data, size, &(struct way){ most, false });
	untidy = listen_to(data, size, &(struct way){ most, true });
	compare(&whole, &parts);
	compare(&whole, &untidy);
	buf_release(&whole.lines);
	buf_release(&parts.lines);
	buf_release(&untidy.lines);
	return 0;
}
