/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include "base/stamp.h"
#include "decode/packet.h"
#include "flow/halves.h"

enum { S = TCP_SYN, A = TCP_ACK, F = TCP_FIN, R = TCP_RST };

/* Client 10.0.0.1:cport, server 10.0.0.2:sport; `way` 'c' or 's' sent it. */
struct row {
	char way;
	uint16_t cport, sport;
	uint8_t proto;
	unsigned first_s, last_s;
	uint8_t tcp;
	uint8_t flags;
	unsigned pkts, bytes;
};

struct got {
	struct flow flow[64];
	unsigned n;
};

static void
take(void *state, const struct flow *f)
{
	struct got *g = state;

	assert_true(g->n < COUNT(g->flow));
	g->flow[g->n++] = *f;
}

static struct ip
host(uint8_t last)
{
	return ip_from_v4((uint8_t[4]){ 10, 0, 0, last });
}

static struct half
half_of(const struct row *r)
{
	bool c = r->way == 'c';
	struct half h = {
		.flow = { .first_ns = r->first_s * SECOND_NS,
		    .last_ns = r->last_s * SECOND_NS,
		    .orig = host(c ? 1 : 2),
		    .resp = host(c ? 2 : 1),
		    .orig_port = c ? r->cport : r->sport,
		    .resp_port = c ? r->sport : r->cport,
		    .proto = r->proto,
		    .orig_pkts = r->pkts,
		    .orig_ip_bytes = r->bytes,
		    .resolution_ns = 1000000 },
		.clock_ns = r->last_s * SECOND_NS,
		.orig_tcp = r->tcp,
		.flags = (uint8_t)(r->flags | (r->tcp ? HALF_FLAGS : 0)),
	};

	return h;
}

static void
run(const struct row *rows, size_t n, struct got *g)
{
	struct halves *h;
	struct error err;

	g->n = 0;
	assert_int_equal(halves_new(&h, HALVES_MEMORY_LEAST, take, g, &err), OK);
	for (size_t i = 0; i < n && rows[i].way; i++) {
		struct half x = half_of(&rows[i]);

		halves_see(h, &x);
	}
	halves_finish(h);
	halves_free(h);
}

/* How a pair of halves, or one, becomes a flow. */
static void
halves_become_flows(void **state)
{
	static const struct {
		const char *name;
		struct row row[2];
		unsigned flows;
		enum conn_state conn;
		uint64_t orig_pkts, resp_pkts, orig_bytes, first_s;
		bool from_client;
	} rows[] = {
		{ "question and answer are one flow",
		    { { 'c', 5000, 53, PROTO_UDP, 10, 10, 0, 0, 1, 60 },
			{ 's', 5000, 53, PROTO_UDP, 11, 11, 0, 0, 1, 160 } },
		    1, CONN_SF, 1, 1, 32, 10, true },
		{ "the answer may be told first",
		    { { 's', 5000, 53, PROTO_UDP, 11, 11, 0, 0, 1, 160 },
			{ 'c', 5000, 53, PROTO_UDP, 10, 10, 0, 0, 1, 60 } },
		    1, CONN_SF, 1, 1, 32, 10, true },
		{ "of equal times the server's port decides",
		    { { 's', 5000, 443, PROTO_TCP, 10, 20, S | A | F, 0, 4, 400 },
			{ 'c', 5000, 443, PROTO_TCP, 10, 20, S | A | F, 0, 5, 300 } },
		    1, CONN_SF, 5, 4, 100, 10, true },
		{ "too far apart is not one flow",
		    { { 'c', 5000, 53, PROTO_UDP, 10, 10, 0, 0, 1, 60 },
			{ 's', 5000, 53, PROTO_UDP, 30, 30, 0, 0, 1, 160 } },
		    2, CONN_S0, 1, 0, 32, 10, true },
		{ "an answer alone is still the server's",
		    { { 's', 5000, 53, PROTO_UDP, 11, 11, 0, 0, 1, 160 } }, 1, CONN_UNKNOWN,
		    0, 1, 0, 11, true },
		{ "a SYN alone is the client's, whatever the ports",
		    { { 'c', 443, 5000, PROTO_TCP, 11, 11, S, 0, 3, 180 } }, 1, CONN_S0, 3,
		    0, 60, 11, true },
		{ "refused",
		    { { 'c', 5000, 81, PROTO_TCP, 10, 10, S, 0, 1, 60 },
			{ 's', 5000, 81, PROTO_TCP, 10, 10, R | A, 0, 1, 40 } },
		    1, CONN_REJ, 1, 1, 20, 10, true },
		{ "a SYN and an ACK, and no other half: who knows",
		    { { 'c', 5000, 81, PROTO_TCP, 10, 10, S | A | F, 0, 5, 300 } }, 1,
		    CONN_UNKNOWN, 5, 0, 100, 10, true },
		{ "flags unknown are no state",
		    { { 'c', 5000, 81, PROTO_TCP, 10, 10, 0, 0, 5, 300 },
			{ 's', 5000, 81, PROTO_TCP, 10, 10, 0, 0, 5, 300 } },
		    1, CONN_UNKNOWN, 5, 5, 100, 10, true },
	};
	struct got g;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct flow *f = &g.flow[0];

		ROW(i, rows[i].name);
		run(rows[i].row, 2, &g);
		assert_int_equal(g.n, rows[i].flows);
		assert_int_equal(f->state, rows[i].conn);
		assert_int_equal(f->orig_pkts, rows[i].orig_pkts);
		assert_int_equal(f->resp_pkts, rows[i].resp_pkts);
		assert_int_equal(f->orig_bytes, rows[i].orig_bytes);
		assert_int_equal(f->first_ns / SECOND_NS, rows[i].first_s);
		assert_int_equal(f->orig.b[15], rows[i].from_client ? 1 : 2);
		assert_true(f->flags & FLOW_BYTES_GUESSED);
	}
}

/* Which of two records of one connection continues the other. */
static void
slices_are_marked(void **state)
{
	static const struct {
		const char *name;
		struct row row[2];
		bool continues;
	} rows[] = {
		{ "after a slice longer than the pause",
		    { { 'c', 9, 99, PROTO_UDP, 0, 300, 0, 0, 30, 3000 },
			{ 'c', 9, 99, PROTO_UDP, 310, 600, 0, 0, 30, 3000 } },
		    true },
		{ "after a pause longer than the slice it is a contact",
		    { { 'c', 9, 99, PROTO_UDP, 0, 40, 0, 0, 30, 3000 },
			{ 'c', 9, 99, PROTO_UDP, 100, 140, 0, 0, 30, 3000 } },
		    false },
		{ "a short one is no slice",
		    { { 'c', 9, 99, PROTO_UDP, 0, 20, 0, 0, 30, 3000 },
			{ 'c', 9, 99, PROTO_UDP, 30, 50, 0, 0, 30, 3000 } },
		    false },
		{ "unless the meter says that it cut it",
		    { { 'c', 9, 99, PROTO_UDP, 0, 20, 0, HALF_CUT, 30, 3000 },
			{ 'c', 9, 99, PROTO_UDP, 30, 50, 0, 0, 30, 3000 } },
		    true },
		{ "a SYN begins a connection",
		    { { 'c', 9, 99, PROTO_TCP, 0, 300, A, HALF_CUT, 30, 3000 },
			{ 'c', 9, 99, PROTO_TCP, 310, 320, S | A, 0, 30, 3000 } },
		    false },
		{ "TCP goes on without one",
		    { { 'c', 9, 99, PROTO_TCP, 0, 300, S | A, 0, 30, 3000 },
			{ 'c', 9, 99, PROTO_TCP, 310, 320, A, 0, 30, 3000 } },
		    true },
		{ "another port is another connection",
		    { { 'c', 9, 99, PROTO_UDP, 0, 300, 0, 0, 30, 3000 },
			{ 'c', 8, 99, PROTO_UDP, 310, 600, 0, 0, 30, 3000 } },
		    false },
	};
	struct got g;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		ROW(i, rows[i].name);
		run(rows[i].row, 2, &g);
		assert_int_equal(g.n, 2);
		assert_false(g.flow[0].flags & FLOW_CONTINUES);
		assert_int_equal(!!(g.flow[1].flags & FLOW_CONTINUES), rows[i].continues);
		assert_int_equal(!!(g.flow[0].flags & FLOW_TO_CONTINUE),
		    !!(rows[i].row[0].flags & HALF_CUT));
	}
}

/* Packets of a sample add up to a flow of both directions. */
static void
samples_add_up(void **state)
{
	static const struct row rows[] = {
		{ 'c', 5000, 443, PROTO_TCP, 10, 10, A, HALF_SAMPLE, 100, 5000 },
		{ 's', 5000, 443, PROTO_TCP, 12, 12, A, HALF_SAMPLE, 100, 150000 },
		{ 'c', 5000, 443, PROTO_TCP, 30, 30, A, HALF_SAMPLE, 100, 5000 },
	};
	struct got g;

	(void)state;
	run(rows, COUNT(rows), &g);
	assert_int_equal(g.n, 1);
	assert_int_equal(g.flow[0].orig_pkts, 200);
	assert_int_equal(g.flow[0].resp_ip_bytes, 150000);
	assert_int_equal(g.flow[0].last_ns / SECOND_NS, 30);
}

struct tally {
	uint64_t flows, pkts;
};

static void
add(void *state, const struct flow *f)
{
	struct tally *t = state;

	t->flows++;
	t->pkts += f->orig_pkts + f->resp_pkts;
}

/* Whatever memory there is, and however alike the five-tuples: nothing is lost. */
static void
nothing_is_lost(void **state)
{
	struct error err;
	struct halves *h;

	(void)state;
	for (unsigned kinds = 1; kinds < 100000; kinds *= 50) {
		struct tally t = { 0 };

		assert_int_equal(halves_new(&h, HALVES_MEMORY_LEAST, add, &t, &err), OK);
		for (unsigned i = 0; i < 40000; i++) {
			struct row r = { 'c', (uint16_t)(i % kinds), 99, PROTO_UDP, i * 20,
				i * 20, 0, 0, 1, 100 };
			struct half x = half_of(&r);

			x.clock_ns = 0; /* the clock stands still: only memory presses */
			halves_see(h, &x);
		}
		halves_finish(h);
		assert_int_equal(t.pkts, 40000);
		assert_int_equal(t.flows, 40000);
		assert_true(halves_counters(h)->early > 0);
		halves_free(h);
	}
	assert_int_equal(halves_new(&h, HALVES_MEMORY_LEAST - 1, add, NULL, &err), E_LIMIT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(halves_become_flows),
		cmocka_unit_test(slices_are_marked),
		cmocka_unit_test(samples_add_up),
		cmocka_unit_test(nothing_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
