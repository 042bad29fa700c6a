/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <stdlib.h>

#include "profile/timeline.h"
#include "record/flow.h"

#define MS   UINT64_C(1000000)
#define MOST 8

/* start and last in ms; what is left out is 0. */
#define C(from, to, port, ...)                                                  \
	{                                                                       \
		.start_ns = (from)*MS, .last_ns = (to)*MS, .host_port = (port), \
		__VA_ARGS__                                                     \
	}
#define FAILED     .flags = CONTACT_FAILED
#define SLICE      .flags = CONTACT_CONTINUES
#define ASKED_HTTP .flags = CONTACT_ASKED, .service = SERVICE_HTTP
#define ASKED_DNS  .flags = CONTACT_ASKED, .service = SERVICE_DNS
#define ASKED_TLS  .flags = CONTACT_ASKED, .service = SERVICE_TLS

struct row {
	const char *name;
	uint8_t proto;
	struct contact in[MOST];
	unsigned n;
	struct contact want[MOST];
	unsigned left;
};

static void
check_rows(const struct row *row, size_t n)
{
	uint32_t *last = calloc(65536, sizeof *last), base = 0;

	assert_non_null(last);
	for (size_t i = 0; i < n; i++) {
		struct contact c[MOST];

		ROW(i, row[i].name);
		memcpy(c, row[i].in, sizeof c);
		/* `last` goes from pair to pair as it is, as it does in a shard. */
		assert_int_equal(
		    timeline_stitch(c, row[i].n, row[i].proto, last, base), row[i].left);
		assert_memory_equal(c, row[i].want, row[i].left * sizeof *c);
		base += row[i].left;
	}
	free(last);
}

static void
slices_are_stitched_and_nothing_else(void **state)
{
	static const struct row rows[] = {
		{ "one contact", PROTO_TCP, { C(1, 2, 9) }, 1, { C(1, 2, 9) }, 1 },
		{ "a minute's slices of a TCP connection, exported each", PROTO_TCP,
		    { C(0, 60000, 9, .up = 3, .down = 10),
			C(60001, 120000, 9, .up = 4, .down = 10, .service = SERVICE_TLS),
			C(120900, 180000, 9, .up = 5) },
		    3, { C(0, 180000, 9, .up = 12, .down = 20, .service = SERVICE_TLS) },
		    1 },
		{ "a second is near enough, more is not", PROTO_UDP,
		    { C(0, 1000, 9), C(2000, 3000, 9), C(4001, 4001, 9) }, 3,
		    { C(0, 3000, 9), C(4001, 4001, 9) }, 2 },
		{ "another port is another connection, though it abuts", PROTO_TCP,
		    { C(0, 1000, 9), C(1001, 2000, 10), C(2001, 3000, 9) }, 3,
		    { C(0, 1000, 9), C(1001, 2000, 10), C(2001, 3000, 9) }, 3 },
		{ "two connections sliced side by side", PROTO_TCP,
		    { C(0, 60000, 9), C(100, 60100, 10), C(60001, 90000, 9),
			C(60101, 70000, 10) },
		    4, { C(0, 90000, 9), C(100, 70000, 10) }, 2 },
		{ "Linux tries again from the same port: attempts stay apart", PROTO_TCP,
		    { C(0, 3139, 41040, FAILED), C(3500, 3500, 41040, FAILED),
			C(15379, 15379, 41040, FAILED), C(16000, 17477, 41040, .up = 149) },
		    4,
		    { C(0, 3139, 41040, FAILED), C(3500, 3500, 41040, FAILED),
			C(15379, 15379, 41040, FAILED), C(16000, 17477, 41040, .up = 149) },
		    4 },
		{ "a syslog sender never gets an answer, and is sliced all the same",
		    PROTO_UDP, { C(0, 60000, 514, FAILED), C(60500, 99000, 514, FAILED) },
		    2, { C(0, 99000, 514, FAILED) }, 1 },
		{ "an answer in any slice is an answer", PROTO_UDP,
		    { C(0, 60000, 514, FAILED), C(60500, 99000, 514, .down = 5) }, 2,
		    { C(0, 99000, 514, .down = 5) }, 1 },
		{ "told to continue: however late, whatever the protocol", PROTO_ICMP,
		    { C(0, 1000, 8), C(500000, 500100, 8, SLICE) }, 2, { C(0, 500100, 8) },
		    1 },
		{ "ICMP has no ports, so nothing abuts", PROTO_ICMP,
		    { C(0, 1000, 8), C(1001, 2000, 8) }, 2,
		    { C(0, 1000, 8), C(1001, 2000, 8) }, 2 },
		{ "a port of 0 is not known", PROTO_UDP,
		    { C(0, 1000, 0), C(1001, 2000, 0) }, 2,
		    { C(0, 1000, 0), C(1001, 2000, 0) }, 2 },
		{ "a slice whose beginning was not seen counts", PROTO_TCP,
		    { C(0, 1000, 9, SLICE), C(50000, 51000, 10, SLICE) }, 2,
		    { C(0, 1000, 9), C(50000, 51000, 10) }, 2 },
		{ "a slice within another does not shorten it", PROTO_TCP,
		    { C(0, 9000, 9), C(10, 20, 9), C(9900, 9950, 9) }, 3, { C(0, 9950, 9) },
		    1 },
		{ "bytes stay at the top", PROTO_TCP,
		    { C(0, 1, 9, .up = UINT32_MAX - 1, .down = 1),
			C(1, 2, 9, .up = 2, .down = UINT32_MAX) },
		    2, { C(0, 2, 9, .up = UINT32_MAX, .down = UINT32_MAX) }, 1 },
		{ "what the source said of the sides is kept", PROTO_TCP,
		    { C(0, 1, 9, .flags = CONTACT_HOST_LOCAL),
			C(1, 2, 9, .flags = CONTACT_PEER_REMOTE) },
		    2, { C(0, 2, 9, .flags = CONTACT_HOST_LOCAL | CONTACT_PEER_REMOTE) },
		    1 },
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

static void
requests_are_found_in_their_connections(void **state)
{
	static const struct row rows[] = {
		{ "the first request of a connection is the connection", PROTO_TCP,
		    { C(0, 90000, 9, .up = 700), C(20, 20, 9, ASKED_HTTP, .up = 3) }, 2,
		    { C(0, 90000, 9, .up = 700, .service = SERVICE_HTTP | CONTACT_TAKEN) },
		    1 },
		{ "later ones of a connection kept open are contacts", PROTO_TCP,
		    { C(0, 90000, 9, .up = 700), C(20, 20, 9, ASKED_HTTP),
			C(30000, 30000, 9, ASKED_HTTP), C(60000, 60000, 9, ASKED_HTTP) },
		    4,
		    { C(0, 90000, 9, .up = 700, .service = SERVICE_HTTP | CONTACT_TAKEN),
			C(30000, 30000, 9, ASKED_HTTP), C(60000, 60000, 9, ASKED_HTTP) },
		    3 },
		{ "a handshake is its connection, however late", PROTO_TCP,
		    { C(0, 90000, 9, .up = 700), C(60000, 60000, 9, ASKED_TLS) }, 2,
		    { C(0, 90000, 9, .up = 700, .service = SERVICE_TLS) }, 1 },
		{ "a request of another connection is not", PROTO_TCP,
		    { C(0, 9000, 9, .up = 700), C(60, 60, 10, ASKED_HTTP),
			C(10001, 10001, 9, ASKED_TLS) },
		    3,
		    { C(0, 9000, 9, .up = 700), C(60, 60, 10, ASKED_HTTP),
			C(10001, 10001, 9, ASKED_TLS) },
		    3 },
		{ "a proxy is asked, then comes the handshake: one contact", PROTO_TCP,
		    { C(0, 0, 9, ASKED_HTTP), C(30, 30, 9, ASKED_TLS) }, 2,
		    { C(0, 0, 9, ASKED_HTTP) }, 1 },
		{ "requests alone are contacts, however near", PROTO_TCP,
		    { C(0, 0, 9, ASKED_HTTP), C(300, 300, 9, ASKED_HTTP) }, 2,
		    { C(0, 0, 9, ASKED_HTTP), C(300, 300, 9, ASKED_HTTP) }, 2 },
		{ "a request that is told before its connection has its bytes", PROTO_TCP,
		    { C(0, 0, 9, ASKED_HTTP, .up = 3), C(0, 90000, 9, .up = 700),
			C(30000, 30000, 9, ASKED_HTTP) },
		    3,
		    { C(0, 90000, 9, .up = 700, .service = SERVICE_HTTP | CONTACT_TAKEN),
			C(30000, 30000, 9, ASKED_HTTP) },
		    2 },
		{ "and its packets, not one more", PROTO_UDP,
		    { C(0, 0, 9, ASKED_DNS, .up_pkts = 1),
			C(0, 40, 9, .up_pkts = 2, .down_pkts = 2) },
		    2,
		    { C(0, 40, 9, .up_pkts = 2, .down_pkts = 2, .service = SERVICE_DNS) },
		    1 },
		{ "who asked has sent a packet that was not seen", PROTO_UDP,
		    { C(0, 0, 9, ASKED_DNS, .up_pkts = 1), C(0, 0, 9, .down_pkts = 1) }, 2,
		    { C(0, 0, 9, .up_pkts = 1, .down_pkts = 1, .service = SERVICE_DNS) },
		    1 },
		{ "a slice that continues finds its connection behind the requests",
		    PROTO_TCP,
		    { C(0, 60000, 9, .up = 7), C(1, 1, 9, ASKED_HTTP),
			C(40000, 40000, 9, ASKED_HTTP),
			C(60001, 90000, 9, SLICE, .up = 2) },
		    4,
		    { C(0, 90000, 9, .up = 9, .service = SERVICE_HTTP | CONTACT_TAKEN),
			C(40000, 40000, 9, ASKED_HTTP) },
		    2 },
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

static uint64_t
next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed * UINT64_C(2685821657736338717);
}

static int
three_way(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int
compare(const void *va, const void *vb)
{
	const struct contact *a = va, *b = vb;
	int c = three_way(a->start_ns, b->start_ns);

	c = c ? c : three_way(a->last_ns, b->last_ns);
	c = c ? c : three_way(a->up, b->up);
	c = c ? c : three_way(a->down, b->down);
	c = c ? c : three_way(a->up_pkts, b->up_pkts);
	c = c ? c : three_way(a->down_pkts, b->down_pkts);
	c = c ? c : three_way(a->host_port, b->host_port);
	c = c ? c : three_way(a->flags, b->flags);
	return c ? c : three_way(a->service, b->service);
}

/* Sorted, reversed, sawtooth, a few far from their place, random: like qsort by all fields. */
static void
any_order_is_put_in_order(void **state)
{
	static const size_t sizes[] = { 0, 1, 2, 3, 17, 100, 1000, 20000 };
	uint64_t seed = 5, grain;

	(void)state;
	for (size_t i = 0; i < COUNT(sizes) * 10; i++) {
		size_t n = sizes[i / 10];
		struct contact *c = calloc(n + 1, sizeof *c), *want, *scratch;

		want = calloc(n + 1, sizeof *want);
		scratch = calloc(n + 1, sizeof *scratch);
		assert_true(c && want && scratch);
		grain = i % 2 ? 1 : n / 3 + 1; /* equal starts */
		for (size_t k = 0; k < n; k++) {
			uint64_t at[5] = { k, n - k, k % (n / 7 + 1),
				next(&seed) % 50 ? k : next(&seed) % n, next(&seed) % n };

			c[k].start_ns = at[i % 5] / grain;
			c[k].last_ns = c[k].start_ns + next(&seed) % 2;
			c[k].up = (uint32_t)(next(&seed) % 2);
			c[k].down = (uint32_t)(next(&seed) % 2);
			c[k].up_pkts = (uint32_t)(next(&seed) % 2);
			c[k].down_pkts = (uint32_t)(next(&seed) % 2);
			c[k].host_port = (uint16_t)(next(&seed) % 2);
			c[k].flags = next(&seed) % 2;
			c[k].service = next(&seed) % 2;
		}
		memcpy(want, c, n * sizeof *c);
		if (n)
			qsort(want, n, sizeof *want, compare);
		timeline_order(c, n, scratch);
		assert_memory_equal(c, want, n * sizeof *c);
		free(c);
		free(want);
		free(scratch);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slices_are_stitched_and_nothing_else),
		cmocka_unit_test(requests_are_found_in_their_connections),
		cmocka_unit_test(any_order_is_put_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
