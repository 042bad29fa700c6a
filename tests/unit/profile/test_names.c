/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <stdlib.h>

#include "profile/names.h"

#define MEMORY ((size_t)8 << 20)

static struct ip
v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	return ip_from_v4((const uint8_t[4]){ a, b, c, d });
}

static struct ip
key_of(const char *name)
{
	return name_key(text_span(name));
}

static struct trait
asked(enum trait_kind kind, const char *name, uint64_t time_s)
{
	struct trait t = { .time_ns = time_s * UINT64_C(1000000000),
		.orig = v4(10, 0, 0, 1),
		.resp = v4(192, 0, 2, 1),
		.orig_port = 50000,
		.resp_port = 443,
		.proto = PROTO_TCP,
		.kind = (uint8_t)kind };

	if (kind == TRAIT_TLS)
		t.tls.server_name = text_span(name);
	if (kind == TRAIT_HTTP)
		t.http.host = text_span(name);
	return t;
}

static struct trait
looked_up(const char *name, struct ip address)
{
	struct trait t = asked(TRAIT_DNS, "", 1);

	t.resp_port = 53;
	t.proto = PROTO_UDP;
	t.dns.query = text_span(name);
	t.dns.answered = true;
	t.dns.answer[0] = (struct trait_answer){ .is_address = true, .address = address };
	t.dns.answers = 1;
	return t;
}

/* What the pairs of a trait are: its address, and the name that it asks for. */
static void
a_name_is_a_pair_of_its_own(void **state)
{
	static const struct {
		const char *name;
		struct trait_http http;
		const char *by_name; /* NULL: none */
		uint16_t port;
		unsigned pairs;
	} rows[] = {
		{ "asked for a name", { .host = { (const uint8_t *)"A.example.", 10 } },
		    "a.example", 443, 2 },
		{ "asked for an address", { .host = { (const uint8_t *)"192.0.2.1", 9 } },
		    NULL, 0, 1 },
		{ "asked for nobody", { .method = { (const uint8_t *)"GET", 3 } }, NULL, 0,
		    1 },
		{ "asked of a proxy: the port is the peer's",
		    { .host = { (const uint8_t *)"a.example", 9 },
			.proxied = true,
			.port = 80 },
		    "a.example", 80, 2 },
		{ "an address asked of a proxy is a peer",
		    { .host = { (const uint8_t *)"198.51.100.7", 12 },
			.proxied = true,
			.port = 80 },
		    NULL, 0, 2 },
		{ "bytes that are no name are shown as ?",
		    { .host = { (const uint8_t *)"a\xff\n", 3 } }, "a??", 443, 2 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct trait t = asked(TRAIT_HTTP, "", 5);
		struct names *ns;
		struct pairs *ps;
		struct error err;
		bool found = false;

		ROW(i, rows[i].name);
		t.http = rows[i].http;
		assert_int_equal(names_new(&ns, MEMORY, &err), OK);
		assert_int_equal(pairs_new(&ps, MEMORY, &err), OK);
		names_see(ns, ps, &t);
		names_seal(ns);
		assert_int_equal(pairs_seal(ps, &err), OK);
		assert_int_equal(pairs_count(ps), rows[i].pairs);
		for (size_t k = 0; k < pairs_count(ps); k++) {
			struct pair_key key = pairs_key(ps, k);

			if (!name_is_key(&key.peer))
				continue;
			found = true;
			assert_string_equal(names_text_of(ns, &key.peer), rows[i].by_name);
			assert_int_equal(key.port, rows[i].port);
		}
		assert_int_equal(found, rows[i].by_name != NULL);
		names_free(ns);
		pairs_free(ps);
	}
}

/* All that can be asked of the names, as text. */
static void
describe(const struct names *ns, struct buf *out)
{
	struct ip host = v4(10, 0, 0, 1);

	buf_reset(out);
	for (unsigned a = 0; a < 256; a++) {
		struct ip address = v4(192, 0, 2, (uint8_t)a);
		size_t n;
		const struct name_link *l = names_at(ns, &host, &address, &n);

		for (size_t i = 0; i < n; i++)
			buf_printf(out, "%u %s %u %u %u\n", a,
			    l[i].name ? names_text(ns, l[i].name) : "-", l[i].n, l[i].how,
			    l[i].port);
	}
	buf_printf(out, "%llu look-ups, %llu shed\n",
	    (unsigned long long)names_lookups(ns, &host),
	    (unsigned long long)names_counters(ns)->shed);
}

/* As one of many. */
static void
see_fetched(struct names *ns, struct pairs *ps, const struct trait *t, struct known *known)
{
	struct mention m;

	mention_make(&m, t, known);
	for (unsigned step = 0; step < MENTION_STEPS; step++)
		names_fetch(ns, ps, &m, step);
	names_take(ns, ps, &m);
}

static void
see_all(struct names *ns, const unsigned *order, unsigned n, bool fetched)
{
	struct known *known = known_new();
	struct pairs *ps;
	struct error err;

	assert_int_equal(pairs_new(&ps, (size_t)64 << 20, &err), OK);
	for (unsigned i = 0; i < n; i++) {
		char name[32];
		struct trait t;

		(void)snprintf(name, sizeof name, "n%u.example", order[i] / 2);
		if (order[i] % 2)
			t = looked_up(name, v4(192, 0, 2, (uint8_t)(order[i] / 3)));
		else
			t = asked(order[i] % 4 ? TRAIT_TLS : TRAIT_HTTP, name, order[i]);
		t.resp = t.kind == TRAIT_DNS ? t.resp : v4(192, 0, 2, (uint8_t)order[i]);
		if (fetched)
			see_fetched(ns, ps, &t, known);
		else
			names_see(ns, ps, &t);
	}
	known_free(known);
	names_seal(ns);
	pairs_free(ps);
}

/* With much memory and with little: the order in which traits come is no matter. */
static void
the_set_decides(void **state)
{
	static const size_t memory[] = { MEMORY, 65536, 8192, 256, 0 };
	enum { N = 2000 };
	unsigned *order = malloc(N * sizeof *order);
	struct buf first, other;
	uint64_t shed = 0;

	(void)state;
	assert_non_null(order);
	buf_init(&first, 1 << 20);
	buf_init(&other, 1 << 20);
	for (size_t m = 0; m < COUNT(memory); m++)
		for (unsigned seed = 0; seed < 5; seed++) {
			struct names *ns;
			struct error err;

			srandom(seed);
			for (unsigned i = 0; i < N; i++)
				order[i] = i;
			for (unsigned i = N - 1; seed > 0 && i > 0; i--) {
				unsigned k = (unsigned)random() % (i + 1), swap = order[i];

				order[i] = order[k];
				order[k] = swap;
			}
			assert_int_equal(names_new(&ns, memory[m], &err), OK);
			see_all(ns, order, N, seed % 2 == 1);
			describe(ns, seed ? &other : &first);
			if (seed > 0)
				assert_string_equal(first.at, other.at);
			if (seed == 0 && m > 0)
				assert_true(names_counters(ns)->shed >= shed);
			shed = names_counters(ns)->shed;
			assert_int_equal(names_counters(ns)->seen, N);
			if (m == 0)
				assert_int_equal(shed, 0);
			else
				assert_true(shed > 0);
			names_free(ns);
		}
	assert_int_equal(shed, N); /* nothing fits into nothing */
	free(order);
	buf_release(&first);
	buf_release(&other);
}

static void
look_ups_name_addresses(void **state)
{
	struct trait one = looked_up("A.example", v4(192, 0, 2, 9));
	struct trait same = looked_up("a.example", v4(192, 0, 2, 10));
	struct trait failed = looked_up("b.example", v4(192, 0, 2, 9));
	struct trait neighbour = looked_up("c.local", v4(192, 0, 2, 9));
	struct ip host = v4(10, 0, 0, 1), address = v4(192, 0, 2, 9), name;
	const struct name_link *l;
	struct names *ns;
	struct pairs *ps;
	struct error err;
	size_t n;

	(void)state;
	failed.dns.rcode = 3;
	neighbour.resp_port = 5353;
	assert_int_equal(names_new(&ns, MEMORY, &err), OK);
	assert_int_equal(pairs_new(&ps, MEMORY, &err), OK);
	names_see(ns, ps, &one);
	names_see(ns, ps, &same);
	names_see(ns, ps, &failed);
	names_see(ns, ps, &neighbour);
	names_seal(ns);
	l = names_at(ns, &host, &address, &n);
	assert_int_equal(n, 1);
	assert_string_equal(names_text(ns, l->name), "a.example");
	assert_int_equal(l->how, NAME_LOOKED_UP);
	assert_int_equal(names_lookups(ns, &host), 1);
	name = key_of("a.example");
	(void)names_by(ns, &host, &name, &n);
	assert_int_equal(n, 2);
	name = key_of("nobody.example");
	assert_null(names_text_of(ns, &name));
	names_free(ns);
	pairs_free(ps);
}

/* Connections with requests in them, told as what they are, or as requests on their own. */
static struct pairs *
connections(bool within, struct pairs_counters *counters)
{
	struct pairs *ps;
	struct error err;
	uint32_t seed = 17;

	assert_int_equal(pairs_new(&ps, MEMORY, &err), OK);
	for (unsigned i = 0; i < 3000; i++) {
		struct trait t = asked(i % 4 ? TRAIT_TLS : TRAIT_SSH, "", 1 + i / 3);
		struct flow f = { .first_ns = t.time_ns - 1 - i % 7,
			.last_ns = t.time_ns + i % 5 * UINT64_C(700000000),
			.orig_bytes = i,
			.orig_pkts = 3,
			.resp_pkts = i % 6,
			.state = i % 6 ? CONN_SF : CONN_S0,
			.proto = PROTO_TCP,
			.service = i % 4 ? SERVICE_TLS : SERVICE_SSH };

		seed = seed * 1103515245 + 12345;
		t.orig = f.orig = v4(10, 0, 0, (uint8_t)(seed >> 16 & 3));
		t.resp = f.resp = v4(192, 0, 2, (uint8_t)(seed >> 20 & 3));
		t.orig_port = f.orig_port = (uint16_t)(50000 + i); /* none has two */
		f.resp_port = t.resp_port;
		t.within = within;
		names_see(NULL, ps, &t);
		pairs_see(ps, &f);
	}
	for (unsigned i = 0; i < 3000; i++) {
		struct trait t = asked(TRAIT_DNS, "", 1 + i / 3);
		bool begins = i % 3 > 0;                          /* with the question */
		struct flow f = { .first_ns = t.time_ns += 2 * i, /* none the same */
			.last_ns = t.time_ns + i % 4 * UINT64_C(20000000),
			.orig_bytes = 20 + i % 7,
			.orig_pkts =
			    begins ? i % 5 : 1 + i % 5, /* 0: only its answer was heard */
			.resp_pkts = i % 4,
			.state = i % 4 ? CONN_SF : CONN_S0,
			.proto = PROTO_UDP,
			.service = SERVICE_DNS };

		seed = seed * 1103515245 + 12345;
		t.proto = PROTO_UDP;
		t.time_ns += !begins;
		t.orig = f.orig = v4(10, 0, 0, (uint8_t)(seed >> 16 & 3));
		t.resp = f.resp =
		    i % 10 ? v4(192, 0, 2, (uint8_t)(seed >> 20 & 3)) : v4(224, 0, 0, 251);
		t.orig_port = f.orig_port = (uint16_t)(40000 + i);
		t.resp_port = f.resp_port = 53;
		t.within = within;
		f.asked = within && begins;
		names_see(NULL, ps, &t);
		pairs_see(ps, &f);
	}
	assert_int_equal(pairs_seal(ps, &err), OK);
	*counters = *pairs_counters(ps);
	return ps;
}

/* What is left out is what stitching would have come to. */
static void
a_request_within_is_its_connection(void **state)
{
	struct pairs_counters a, b;
	struct pairs *apart = connections(false, &a), *within = connections(true, &b);

	(void)state;
	assert_int_equal(a.joined, 3000 + 2700);
	assert_int_equal(b.joined, a.joined);
	assert_int_equal(a.contacts, 2 * a.joined);
	assert_int_equal(b.contacts, a.contacts);
	assert_int_equal(a.stitched, b.stitched);
	assert_int_equal(a.apart, 2 * 300);
	assert_int_equal(b.apart, a.apart);
	assert_int_equal(pairs_count(apart), 32);
	assert_int_equal(pairs_count(within), 32);
	for (size_t i = 0; i < pairs_count(apart); i++) {
		size_t n, m;
		const struct contact *x = pairs_contacts(apart, i, &n);
		const struct contact *y = pairs_contacts(within, i, &m);

		assert_int_equal(n, m);
		assert_memory_equal(x, y, n * sizeof *x);
	}
	pairs_free(apart);
	pairs_free(within);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_a_pair_of_its_own),
		cmocka_unit_test(the_set_decides),
		cmocka_unit_test(look_ups_name_addresses),
		cmocka_unit_test(a_request_within_is_its_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
