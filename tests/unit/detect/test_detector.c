/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all detectors share: the calls of a host are found, scopes hold what
 * they say, findings come out again from their slices; and the two that need
 * nothing but one service.
 */
#include "table.h"

#include "detect/callers.h"
#include "detect/odds.h"
#include "detect/stage.h"

static void
office(struct scenery *s)
{
	for (unsigned host = 1; host <= 20; host++)
		add_desk(s, host, 0);
}

/* Every host's range against a walk over all pairs. */
static void
calls_are_those_of_the_host(void **state)
{
	struct scenery s = scenery_new(1);
	struct calls_walk at = { 0 };
	size_t pairs = 0, hosts = 0;
	struct calls c, again;
	struct stage t;

	(void)state;
	office(&s);
	stage_open(&t, &s);
	while (calls_next(&t.heard, &at, &c)) {
		hosts++;
		pairs += c.end - c.first;
		for (size_t i = 0; i < pairs_count(c.pairs); i++) {
			struct ip host = pairs_key(c.pairs, i).host;

			assert_int_equal(
			    ip_equal(&host, &c.host), i >= c.first && i < c.end);
		}
		assert_true(calls_of(&t.heard, &c.host, &again));
		assert_ptr_equal(again.pairs, c.pairs);
		assert_int_equal(again.first, c.first);
		assert_int_equal(again.end, c.end);
		for (size_t i = c.first; i < c.end; i++) {
			struct pair_key k = pairs_key(c.pairs, i);
			struct subject who = { .host = k.host,
				.peer = k.peer,
				.port = k.port,
				.proto = k.proto };
			size_t pair, n;

			assert_non_null(calls_service(&c, &who, &pair, &n));
			assert_int_equal(pair, i);
			who.port++;
			if (calls_service(&c, &who, &pair, &n))
				assert_int_not_equal(pair, i);
		}
	}
	assert_int_equal(hosts, 20);
	assert_int_equal(pairs,
	    pairs_count(t.shard[0]) + pairs_count(t.shard[1]) + pairs_count(t.shard[2]));
	c.host = inside(99);
	assert_false(calls_of(&t.heard, &c.host, &again));
	assert_int_equal(again.first, again.end);
	stage_close(&t);
	free(s.flow);
}

/* Who called a peer, with the buckets and by a look through all pairs. */
static void
callers_are_those_of_the_peer(void **state)
{
	struct scenery s = scenery_new(1);
	struct heard with;
	struct stage t;

	(void)state;
	office(&s);
	stage_open(&t, &s);
	with = t.heard;
	with.callers = callers_new(t.shard, STAGE_SHARDS);
	assert_non_null(with.callers);
	for (size_t i = 0; i < s.n; i++) {
		struct calls_walk at = { 0 }, again = { 0 };
		struct calls slow, fast;
		size_t calls = 0;

		while (callers_next(&t.heard, &s.flow[i].resp, &at, &slow)) {
			assert_true(callers_next(&with, &s.flow[i].resp, &again, &fast));
			assert_ptr_equal(slow.pairs, fast.pairs);
			assert_true(ip_equal(&slow.host, &fast.host));
			assert_int_equal(slow.first, fast.first);
			assert_int_equal(slow.end, fast.end);
			calls += slow.end - slow.first;
		}
		assert_false(callers_next(&with, &s.flow[i].resp, &again, &fast));
		assert_true(calls > 0);
	}
	callers_free(with.callers);
	stage_close(&t);
	free(s.flow);
}

static void
scopes_hold_what_they_say(void **state)
{
	struct ip a = inside(1), b = outside(1, 1), x = outside(2, 2);
	struct finding f = { .host = a, .peer = b, .port = 80, .proto = PROTO_TCP };
	const struct {
		const char *what;
		struct ip orig, resp;
		uint16_t port;
		uint8_t proto;
		const char *in; /* a digit per scope */
	} rows[] = {
		{ "the service itself", a, b, 80, PROTO_TCP, "111110" },
		{ "another port of the peer", a, b, 81, PROTO_TCP, "010100" },
		{ "the port, of another", a, x, 80, PROTO_TCP, "001100" },
		{ "the port over UDP", a, b, 80, PROTO_UDP, "010100" },
		{ "another host's call", x, b, 80, PROTO_TCP, "000010" },
		{ "a call to the host", x, a, 22, PROTO_TCP, "000001" },
		{ "the peer calls back", b, a, 80, PROTO_TCP, "000001" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		ROW(i, rows[i].what);
		for (int scope = SCOPE_SERVICE; scope <= SCOPE_TARGET; scope++)
			assert_int_equal(scope_has((enum scope)scope, &f, &rows[i].orig,
					     &rows[i].resp, rows[i].port, rows[i].proto),
			    rows[i].in[scope] == '1');
	}
	f.proto = PROTO_ICMP;
	f.port = 0;
	assert_true(scope_has(SCOPE_SERVICE, &f, &a, &b, 8, PROTO_ICMP));
}

/* What a finding of a scan names is what its slice holds. */
static void
what_is_named_is_the_scope(void **state)
{
	static const struct {
		bool peer;
		uint8_t proto;
		uint16_t port;
		enum scope scope;
	} rows[] = {
		{ true, PROTO_TCP, 22, SCOPE_SERVICE },
		{ true, PROTO_ICMP, 0, SCOPE_SERVICE },
		{ true, PROTO_TCP, 0, SCOPE_PEER },
		{ false, PROTO_TCP, 22, SCOPE_PORT },
		{ false, PROTO_ICMP, 0, SCOPE_PORT },
		{ false, 0, 0, SCOPE_HOST },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct finding f = { .kind = FINDING_SCAN,
			.host = inside(1),
			.port = rows[i].port,
			.proto = rows[i].proto };

		if (rows[i].peer)
			f.peer = outside(1, 1);
		assert_int_equal(scope_of(&f), rows[i].scope);
	}
}

/* n calls every `gap` seconds, of which every k-th gets service (0: none). */
static void
add_vain(struct scenery *s, unsigned host, uint16_t port, size_t n, double gap, size_t k)
{
	for (size_t i = 0; i < n; i++) {
		struct flow *f = add(s, 30000 + (double)i * gap, inside(host),
		    outside(5, host), port, PROTO_TCP);

		if (k > 0 && i % k == 0)
			continue;
		f->state = CONN_S0;
		f->orig_bytes = f->resp_bytes = 0;
	}
}

static void
who_calls_in_vain(void **state)
{
	static const struct {
		const char *what;
		size_t n;
		double gap;
		size_t served;
		uint16_t port;
		bool found;
		enum severity least, most;
	} rows[] = {
		{ "19 calls are an outage", 19, 400, 0, 1177, false, 0, 0 },
		{ "20 calls within five minutes", 20, 3, 0, 1177, false, 0, 0 },
		{ "20 calls over hours", 20, 400, 0, 1177, true, SEVERITY_LOW,
		    SEVERITY_LOW },
		{ "one in three was served", 60, 400, 3, 1177, false, 0, 0 },
		{ "one in ten was served", 200, 400, 10, 1177, true, SEVERITY_LOW,
		    SEVERITY_LOW },
		{ "700 calls in 8 min", 700, 0.7, 0, 5552, true, SEVERITY_MEDIUM,
		    SEVERITY_HIGH },
		{ "the same to port 443", 700, 0.7, 0, 443, true, SEVERITY_LOW,
		    SEVERITY_LOW },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct scenery s = scenery_new(7);
		struct ip host = inside(3);
		const struct finding *f;
		struct stage t;

		ROW(i, rows[i].what);
		office(&s);
		add_vain(&s, 3, rows[i].port, rows[i].n, rows[i].gap, rows[i].served);
		stage_open(&t, &s);
		f = stage_find(&t, FINDING_FAILED_RECONNECT, &host);
		assert_int_equal(f != NULL, rows[i].found);
		if (f)
			assert_in_range(f->severity, rows[i].least, rows[i].most);
		stage_all_again(&t, &s);
		stage_close(&t);
		free(s.flow);
	}
}

static void
who_holds_a_connection(void **state)
{
	static const struct {
		const char *what;
		double seconds;
		uint64_t up, down;
		uint16_t port;
		bool found;
		enum severity least, most;
	} rows[] = {
		{ "24 min", 1440, 20000000, 56, 1337, false, 0, 0 },
		{ "39 min, gives all", 2362, 19000000, 56, 1337, true, SEVERITY_MEDIUM,
		    SEVERITY_HIGH },
		{ "39 min, takes", 2362, 56, 19000000, 1337, false, 0, 0 },
		{ "a night of mail", 40000, 200000, 900000, 993, false, 0, 0 },
		{ "a backup over ssh", 9000, 4000000000, 2000000, 22, true, SEVERITY_LOW,
		    SEVERITY_LOW },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct scenery s = scenery_new(9);
		struct ip host = inside(4);
		const struct finding *f;
		struct flow *long_one;
		struct stage t;

		ROW(i, rows[i].what);
		office(&s);
		long_one = add(&s, 30000, host, outside(6, 6), rows[i].port, PROTO_TCP);
		long_one->last_ns = long_one->first_ns + (uint64_t)(rows[i].seconds * 1e9);
		long_one->orig_bytes = rows[i].up;
		long_one->resp_bytes = rows[i].down;
		stage_open(&t, &s);
		f = stage_find(&t, FINDING_LONG_CONNECTION, &host);
		assert_int_equal(f != NULL, rows[i].found);
		if (f)
			assert_in_range(f->severity, rows[i].least, rows[i].most);
		stage_all_again(&t, &s);
		stage_close(&t);
		free(s.flow);
	}
}

/* 10^-llr times what was tested, never less. */
static void
markov_bound_is_not_below_the_truth(void **state)
{
	(void)state;
	assert_int_equal(odds_fdr_ppm(0, 1), 1000000);
	assert_int_equal(odds_fdr_ppm(-50, 1), 1000000);
	assert_int_equal(odds_fdr_ppm(6000, 1), 1);
	assert_int_equal(odds_fdr_ppm(INT64_MAX / 32, 1), 1);
	for (int64_t mb = 0; mb < 12000; mb += 7)
		for (uint64_t tested = 1; tested <= 1000000; tested *= 10) {
			long double exact =
			    1e6L * (long double)tested * powl(10, -(long double)mb / 1000);
			uint32_t ppm = odds_fdr_ppm(mb, tested);

			assert_true(ppm >= 1 && ppm <= 1000000);
			assert_true(ppm >= fminl(exact, 999999.0L) - 1);
			assert_true(ppm <= exact * 1.17L + 12);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_are_those_of_the_host),
		cmocka_unit_test(callers_are_those_of_the_peer),
		cmocka_unit_test(scopes_hold_what_they_say),
		cmocka_unit_test(what_is_named_is_the_scope),
		cmocka_unit_test(who_calls_in_vain),
		cmocka_unit_test(who_holds_a_connection),
		cmocka_unit_test(markov_bound_is_not_below_the_truth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
