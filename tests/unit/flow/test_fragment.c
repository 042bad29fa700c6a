/* SPDX-License-Identifier: Apache-2.0 */
#include "packets.h"

#include "flow/fragment.h"

#define WHOLE 4096

/* A UDP datagram of `bytes` payload, as it lies behind the IP header. */
static void
make_datagram(uint8_t out[WHOLE], unsigned bytes)
{
	uint16_t length = (uint16_t)(bytes + 8);

	for (unsigned i = 0; i < WHOLE; i++)
		out[i] = (uint8_t)(i * 7 + i / 256);
	memcpy(out, "\x9c\x40\x00\x35", 4); /* 40000 to 53 */
	out[4] = (uint8_t)(length >> 8);
	out[5] = (uint8_t)length;
	out[6] = out[7] = 0;
}

static struct packet
piece_of(const uint8_t *datagram, unsigned at, unsigned bytes, bool more, uint64_t when)
{
	struct packet p = packet_of(PROTO_UDP, 1, 0, 2, 0, when);

	p.fragment = true;
	p.more_fragments = more;
	p.fragment_at = (uint16_t)at;
	p.fragment_id = 77;
	p.fragment_data = (struct span){ datagram + at, bytes };
	p.ip_bytes = 20 + bytes;
	return p;
}

struct row {
	const char *name;
	struct {
		unsigned at, bytes, total; /* in units of 8, of a datagram of `total` */
		unsigned seconds;
	} piece[8];
	unsigned count;
	bool whole;
	unsigned lost;
};

static const struct row ROWS[] = {
	{ "in order", { { 0, 10, 30, 0 }, { 10, 10, 30, 0 }, { 20, 10, 30, 0 } }, 3, true,
	    0 },
	{ "backwards", { { 20, 10, 30, 0 }, { 10, 10, 30, 0 }, { 0, 10, 30, 0 } }, 3, true,
	    0 },
	{ "the middle last", { { 0, 10, 30, 0 }, { 20, 10, 30, 0 }, { 10, 10, 30, 0 } }, 3,
	    true, 0 },
	{ "a piece is missing", { { 0, 10, 30, 0 }, { 20, 10, 30, 0 } }, 2, false, 2 },
	{ "the end is missing", { { 0, 10, 30, 0 }, { 10, 10, 30, 0 } }, 2, false, 2 },
	{ "one piece that is all", { { 0, 30, 30, 0 } }, 1, true, 0 },
	{ "seen twice by a mirror port",
	    { { 0, 10, 20, 0 }, { 0, 10, 20, 0 }, { 10, 10, 20, 0 } }, 3, true, 1 },
	{ "overlap drops all, also what follows",
	    { { 0, 10, 30, 0 }, { 9, 11, 30, 0 }, { 10, 10, 30, 0 }, { 20, 10, 30, 0 } }, 4,
	    false, 4 },
	{ "overlap from behind", { { 10, 10, 30, 0 }, { 0, 11, 30, 0 }, { 20, 10, 30, 0 } },
	    3, false, 3 },
	{ "a piece inside another",
	    { { 0, 20, 30, 0 }, { 5, 5, 30, 0 }, { 20, 10, 30, 0 } }, 3, false, 3 },
	{ "a piece around another",
	    { { 5, 5, 30, 0 }, { 0, 20, 30, 0 }, { 20, 10, 30, 0 } }, 3, false, 3 },
	{ "two ends", { { 20, 10, 30, 0 }, { 20, 20, 40, 0 }, { 0, 20, 30, 0 } }, 3, false,
	    3 },
	{ "an end before the end",
	    { { 20, 10, 40, 0 }, { 10, 10, 20, 0 }, { 0, 10, 30, 0 } }, 3, false, 3 },
	{ "half a minute", { { 0, 10, 20, 0 }, { 10, 10, 20, 30 } }, 2, true, 0 },
	{ "more than half a minute", { { 0, 10, 20, 0 }, { 10, 10, 20, 31 } }, 2, false,
	    2 },
	{ "a new one under an old name",
	    { { 0, 10, 20, 0 }, { 0, 10, 20, 31 }, { 10, 10, 20, 31 } }, 3, true, 1 },
	{ "after an overlap the name is free again",
	    { { 0, 10, 30, 0 }, { 5, 10, 30, 0 }, { 0, 10, 20, 31 }, { 10, 10, 20, 31 } },
	    4, true, 2 },
};

static void
pieces(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		const struct row *r = &ROWS[i];
		struct flow_limits limits = flow_limits_default();
		struct caught c = { 0 };
		struct flow_table *t = table_with(&limits, &c);

		ROW(i, r->name);
		for (unsigned k = 0; k < r->count; k++) {
			unsigned at = r->piece[k].at * 8, bytes = r->piece[k].bytes * 8;
			uint8_t datagram[WHOLE];
			struct packet p;

			make_datagram(datagram, r->piece[k].total * 8 - 8);
			p = piece_of(datagram, at, bytes,
			    at + bytes < r->piece[k].total * 8,
			    r->piece[k].seconds * SECOND);
			see(t, &p);
		}
		flow_table_finish(t);
		assert_int_equal(flow_table_counters(t)->fragments, r->count);
		assert_int_equal(flow_table_counters(t)->packets, r->count);
		assert_int_equal(flow_table_counters(t)->fragments_lost, r->lost);
		assert_int_equal(flow_table_counters(t)->reassembled, r->whole);
		flow_table_free(t);
		assert_int_equal(c.n, r->whole);
		if (c.n) {
			unsigned payload = r->piece[r->count - 1].total * 8 - 8;

			assert_int_equal(c.flow[0].orig_pkts, 1);
			assert_int_equal(c.flow[0].orig_bytes, payload);
			assert_int_equal(c.flow[0].orig_ip_bytes, 20 + 8 + payload);
			assert_int_equal(c.flow[0].orig_port, 40000);
			assert_int_equal(c.flow[0].resp_port, 53);
		}
		release_caught(&c);
	}
}

/* Datagrams that differ in one thing are different datagrams. */
static void
names(void **state)
{
	static const char *const what[] = { "id", "source", "destination", "protocol" };

	(void)state;
	for (unsigned i = 0; i < COUNT(what); i++) {
		struct flow_limits limits = flow_limits_default();
		struct caught c = { 0 };
		struct flow_table *t = table_with(&limits, &c);
		uint8_t datagram[WHOLE];
		struct packet p;

		ROW(i, what[i]);
		make_datagram(datagram, 152);
		p = piece_of(datagram, 0, 80, true, 0);
		see(t, &p);
		p = piece_of(datagram, 80, 80, false, 0);
		if (i == 0)
			p.fragment_id++;
		else if (i == 1)
			p.src.b[15]++;
		else if (i == 2)
			p.dst.b[15]++;
		else
			p.proto = PROTO_TCP;
		see(t, &p);
		flow_table_finish(t);
		assert_int_equal(c.n, 0);
		assert_int_equal(flow_table_counters(t)->fragments_lost, 2);
		flow_table_free(t);
		release_caught(&c);
	}
}

static void
sizes_that_cannot_be(void **state)
{
	static const struct {
		const char *name;
		unsigned at, bytes;
		bool more;
	} rows[] = {
		{ "empty", 0, 0, true },
		{ "not a multiple of eight", 0, 81, true },
		{ "past 65535", 65528, 8, false },
		{ "cut by the capture", 0, 0, false },
	};
	static const uint8_t datagram[65536];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct flow_limits limits = flow_limits_default();
		struct caught c = { 0 };
		struct flow_table *t = table_with(&limits, &c);
		struct packet p =
		    piece_of(datagram, rows[i].at, rows[i].bytes, rows[i].more, 0);

		ROW(i, rows[i].name);
		see(t, &p);
		assert_int_equal(flow_table_counters(t)->fragments_lost, 1);
		flow_table_finish(t);
		assert_int_equal(flow_table_counters(t)->fragments_lost, 1);
		flow_table_free(t);
		assert_int_equal(c.n, 0);
		release_caught(&c);
	}
}

/* The bytes themselves come back, whatever the order and the size of the pieces. */
static void
bytes_come_back(void **state)
{
	static uint8_t datagram[65535];
	struct error err;

	(void)state;
	for (unsigned seed = 1; seed <= 200; seed++) {
		struct fragments *f = NULL;
		struct flow_counters counters = { 0 };
		struct packet p[256], whole;
		unsigned total, n = 0;
		bool out = false;

		srandom(seed);
		total = 8 + (unsigned)random() % (sizeof datagram - 8);
		for (unsigned i = 0; i < total; i++)
			datagram[i] = (uint8_t)random();
		for (unsigned at = 0, bytes; at < total; at += bytes) {
			bytes = (unsigned)(1 + random() % 500) * 8 + total / 250 / 8 * 8;
			if (bytes > total - at)
				bytes = total - at;
			p[n++] = piece_of(datagram, at, bytes, at + bytes < total, 0);
			p[n - 1].proto = 99; /* nothing to decode behind it */
		}
		for (unsigned i = n - 1; i > 0; i--) {
			unsigned k = (unsigned)random() % (i + 1);
			struct packet swap = p[i];

			p[i] = p[k];
			p[k] = swap;
		}
		assert_int_equal(fragments_new(&f, 1 << 20, &err), OK);
		assert_non_null(f);
		for (unsigned i = 0; i < n; i++) {
			assert_false(out);
			out = fragments_add(f, &p[i], &whole, &counters);
		}
		assert_true(out);
		assert_int_equal(whole.ip_bytes, 20 + total);
		assert_int_equal(counters.fragments_lost, 0);
		assert_int_equal(whole.data_bytes, total);
		assert_int_equal(whole.data.len, total);
		assert_memory_equal(whole.data.at, datagram, total);
		assert_false(whole.fragment);
		fragments_free(f);
	}
}

/* Little memory: the oldest go, every piece is accounted for. */
static void
shortage(void **state)
{
	static const uint8_t datagram[65536];
	struct error err;
	bool kept = false;

	(void)state;
	for (size_t memory = 0; memory < 400000; memory += 7777) {
		struct fragments *f = NULL;
		struct flow_counters c = { 0 };
		struct packet whole;
		unsigned out = 0;

		assert_int_equal(fragments_new(&f, memory, &err), OK);
		srandom((unsigned)memory);
		for (unsigned i = 0; i < 2000; i++) {
			bool more = random() % 3;
			struct packet p = piece_of(
			    datagram, (unsigned)random() % 3 * 4000, 4000, more, i);

			p.fragment_id = (uint32_t)random() % 20;
			p.proto = 99;
			if (fragments_add(f, &p, &whole, &c))
				out += whole.data_bytes / 4000;
		}
		fragments_finish(f, &c);
		assert_int_equal(c.fragments, 2000);
		assert_int_equal(c.fragments_lost + out, 2000);
		assert_true(f || out == 0);
		kept |= out > 0;
		fragments_free(f);
	}
	assert_true(kept);
}

/* What a slice of evidence holds on to: the pieces of a packet alone give it again. */
static void
calls_give_it_again(void **state)
{
	enum { CALLS = 6000, NAMES = 3, PIECES = 5 };
	static struct packet seen[CALLS];
	static uint8_t datagram[2][WHOLE];
	struct flow_counters c = { 0 };
	struct fragments *f, *again;
	unsigned wholes = 0, n;
	struct packet whole;
	struct error err;

	(void)state;
	srandom(11);
	make_datagram(datagram[0], 8 * 40 - 8);
	make_datagram(datagram[1], 8 * 40 - 8);
	memset(datagram[1] + 100, 'x', 50); /* overlaps it when pieces of both come */
	assert_int_equal(fragments_new(&f, (size_t)1 << 17, &err), OK);
	for (unsigned k = 0; k < CALLS; k++) {
		unsigned which = random() % 60 == 0, unit = (unsigned)random() % PIECES;
		unsigned from = unit * 64 - (random() % 60 == 0 && unit ? 8 : 0);
		unsigned end = unit == PIECES - 1 ? 320 : unit * 64 + 64;
		const uint32_t *calls;

		end = end > 320 ? 320 : end;
		from = from >= end ? 0 : from;
		seen[k] = piece_of(
		    datagram[which], from, end - from, end < 320, k * (SECOND / 2));
		seen[k].fragment_id = (uint32_t)random() % NAMES;
		if (!fragments_add(f, &seen[k], &whole, &c))
			continue;
		wholes++;
		calls = fragments_calls(f, &n);
		assert_in_range(n, 1, 64);
		assert_int_equal(fragments_new(&again, (size_t)1 << 17, &err), OK);
		/* In the order they came; fragments_calls gives that of their places. */
		for (unsigned call = 0, fed = 0; call <= k; call++) {
			struct packet back;
			bool used = false;

			for (unsigned i = 0; i < n; i++)
				used |= calls[i] == call;
			if (!used)
				continue;
			fed++;
			assert_int_equal(
			    fragments_add(again, &seen[call], &back, &c), fed == n);
			if (fed < n)
				continue;
			assert_int_equal(back.ip_bytes, whole.ip_bytes);
			assert_int_equal(back.data.len, whole.data.len);
			assert_memory_equal(back.data.at, whole.data.at, whole.data.len);
		}
		fragments_free(again);
	}
	fragments_free(f);
	assert_true(wholes > 50);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces),
		cmocka_unit_test(names),
		cmocka_unit_test(sizes_that_cannot_be),
		cmocka_unit_test(bytes_come_back),
		cmocka_unit_test(shortage),
		cmocka_unit_test(calls_give_it_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
