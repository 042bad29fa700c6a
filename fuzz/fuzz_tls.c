/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as what a client and a server say on a TCP connection: a byte that
 * seeds the cuts, two for the length of the client's part, then both parts. In
 * one piece each and cut anywhere, they tell the same TLS handshakes.
 */
#include <stdlib.h>

#include "protocol/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PART_MAX 20000

struct told {
	struct buf lines;
	unsigned n;
};

static void
take(void *state, const struct trait *t)
{
	struct told *d = state;

	if (t->kind != TRAIT_TLS)
		return;
	CHECK(t->tls.server_name.len <= TRAIT_NAME && t->tls.alpn.len <= TRAIT_NAME);
	CHECK(t->tls.subject.len <= TRAIT_TEXT && t->tls.issuer.len <= TRAIT_TEXT);
	CHECK(t->tls.ja4[0] == '\0' || strlen(t->tls.ja4) == TRAIT_JA4);
	trait_encode(t, &d->lines);
	d->n++;
}

static void
ignore(void *state, const struct flow *f)
{
	(void)state;
	(void)f;
}

static void
send_piece(struct flow_table *t, bool from_resp, uint32_t seq, struct span piece)
{
	struct packet p = {
		.time_ns = 1,
		.clock_ns = 1,
		.src = ip_from_v4((const uint8_t[4]){ 192, 0, 2, from_resp ? 2 : 1 }),
		.dst = ip_from_v4((const uint8_t[4]){ 192, 0, 2, from_resp ? 1 : 2 }),
		.src_port = from_resp ? 443 : 40000,
		.dst_port = from_resp ? 40000 : 443,
		.proto = PROTO_TCP,
		.tcp_flags = TCP_ACK,
		.seq = seq,
		.tcp_window = 1000,
		.ip_bytes = (uint32_t)(piece.len + 40),
		.data_bytes = (uint32_t)piece.len,
		.data = piece,
	};
	const struct packet *one = &p;

	flow_table_see(t, &one, 1);
}

/* `seed` 0: in one piece. */
static void
send_part(struct flow_table *t, bool from_resp, struct span part, uint32_t seed)
{
	uint32_t seq = 1000;

	while (part.len > 0) {
		size_t n = part.len;

		if (seed > 0) {
			seed = seed * 1664525 + 1013904223;
			n = 1 + (seed >> 8) % (seed >> 24 & 1 ? 8 : 700);
			n = n < part.len ? n : part.len;
		}
		send_piece(t, from_resp, seq, (struct span){ part.at, n });
		seq += (uint32_t)n;
		part = (struct span){ part.at + n, part.len - n };
	}
}

static void
hear(struct span client, struct span server, uint32_t seed, struct told *out)
{
	struct flow_limits limits = flow_limits_default();
	struct flow_table *table;
	struct flow_watch watch;
	struct reader *r;
	struct error err;

	limits.memory = 1 << 20;
	CHECK(reader_new(&r, 1 << 20, take, out, &err) == OK);
	CHECK(flow_table_new(&table, &limits, ignore, NULL, &err) == OK);
	watch = reader_watch(r);
	flow_table_watch(table, &watch);
	send_part(table, false, client, seed);
	send_part(table, true, server, seed);
	flow_table_finish(table);
	flow_table_free(table);
	reader_free(r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_of((struct span){ data, size });
	struct told whole = { .n = 0 }, cut = { .n = 0 };
	uint32_t seed = (uint32_t)cursor_u8(&c) + 1;
	uint16_t n = cursor_be16(&c);
	struct span client, server;

	if (c.bad)
		return 0;
	client = cursor_take(&c, n < c.left ? n : c.left);
	server = cursor_rest(&c);
	if (client.len > PART_MAX || server.len > PART_MAX)
		return 0;
	buf_init(&whole.lines, 1 << 16);
	buf_init(&cut.lines, 1 << 16);
	hear(client, server, 0, &whole);
	hear(client, server, seed, &cut);
	CHECK(whole.n == cut.n && whole.n <= 2);
	CHECK(whole.lines.len == cut.lines.len);
	CHECK(whole.n == 0 || memcmp(whole.lines.at, cut.lines.at, whole.lines.len) == 0);
	buf_release(&whole.lines);
	buf_release(&cut.lines);
	return 0;
}
