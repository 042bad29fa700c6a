/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who searches a network, and who only has bad luck; made again from slices.
 */
#include "table.h"

#include "detect/stage.h"

static struct flow *
call(struct scenery *s, double at, struct ip host, struct ip peer, uint16_t port,
    uint8_t proto, bool served)
{
	struct flow *f = add(s, at, host, peer, port, proto);

	f->orig_pkts = 1;
	if (served) {
		f->resp_pkts = 4;
		return f;
	}
	f->state = proto == PROTO_ICMP ? CONN_OTH : CONN_S0;
	f->orig_bytes = f->resp_bytes = 0;
	return f;
}

#define NEVER false, SEVERITY_INFO, SEVERITY_INFO

enum target { ONE, ROW, WORLD };

struct row {
	const char *what;
	bool from_outside;
	enum target target;
	uint8_t proto;
	uint16_t port;               /* of the first; ONE: as many after it */
	unsigned tried, served_each; /* every so many-th is served; 0: none */
	double gap;                  /* seconds between them */
	unsigned before;             /* calls before it that were all served */
	bool found;
	enum severity least, most;
};

static const struct row rows[] = {
	{ "11 addresses are bad luck", false, WORLD, PROTO_TCP, 23, 11, 0, 1, 0, NEVER },
	{ "Mirai", false, WORLD, PROTO_TCP, 23, 60, 0, 2, 0, true, SEVERITY_MEDIUM,
	    SEVERITY_HIGH },
	{ "the same, one an hour", false, WORLD, PROTO_TCP, 23, 60, 0, 3600, 0, true,
	    SEVERITY_MEDIUM, SEVERITY_HIGH },
	{ "the same after a morning of answers", false, WORLD, PROTO_TCP, 23, 60, 0, 2, 900,
	    true, SEVERITY_MEDIUM, SEVERITY_HIGH },
	{ "every third answers", false, WORLD, PROTO_TCP, 23, 90, 3, 2, 0, true,
	    SEVERITY_MEDIUM, SEVERITY_HIGH },
	{ "every second answers", false, WORLD, PROTO_TCP, 23, 200, 2, 2, 0, NEVER },
	{ "the web is down for an hour", false, WORLD, PROTO_TCP, 443, 40, 0, 60, 0, true,
	    SEVERITY_LOW, SEVERITY_LOW },
	{ "all ports of one", false, ONE, PROTO_TCP, 1, 1000, 0, 0.01, 0, true,
	    SEVERITY_MEDIUM, SEVERITY_HIGH },
	{ "from outside, at most low", true, ONE, PROTO_TCP, 1, 1000, 0, 0.01, 0, true,
	    SEVERITY_LOW, SEVERITY_LOW },
	{ "shares in a row", false, ROW, PROTO_TCP, 445, 200, 0, 0.1, 0, true,
	    SEVERITY_MEDIUM, SEVERITY_HIGH },
	{ "pings in a row, half answer", false, ROW, PROTO_ICMP, 8, 40, 2, 0.1, 0, true,
	    SEVERITY_LOW, SEVERITY_MEDIUM },
	{ "a monitor's pings answer", false, ROW, PROTO_ICMP, 8, 200, 1, 0.1, 0, NEVER },
	{ "a traceroute", false, ONE, PROTO_UDP, 33434, 90, 0, 0.1, 0, NEVER },
	{ "games half of which answer", false, WORLD, PROTO_UDP, 27015, 100, 2, 1, 0,
	    NEVER },
	{ "silent printers over SNMP", false, ROW, PROTO_UDP, 161, 60, 0, 1, 0, NEVER },
};

static void
make(struct scenery *s, const struct row *r)
{
	struct ip host = r->from_outside ? outside(7, 7) : inside(5);

	for (unsigned i = 0; i < r->before; i++)
		call(s, 20000 + i, host, outside(120, i % 250), r->port, r->proto, true)
		    ->resp.b[14] = (uint8_t)(i / 250);
	for (unsigned i = 0; i < r->tried; i++) {
		bool served = r->served_each && i % r->served_each == 0;
		struct ip peer = r->target == ONE   ? inside(9)
				 : r->target == ROW ? inside(512 + i)
						    : outside(i % 83, i);
		uint16_t port = r->target == ONE ? (uint16_t)(r->port + i) : r->port;
		struct flow *f =
		    call(s, 30000 + i * r->gap, host, peer, port, r->proto, served);

		if (r->proto == PROTO_ICMP) {
			f->orig_port = 8;
			f->resp_port = 0;
		}
	}
}

static void
who_searches(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct scenery s = scenery_new(3);
		struct ip host = rows[i].from_outside ? outside(7, 7) : inside(5);
		const struct finding *f;
		struct stage t;

		ROW(i, rows[i].what);
		for (unsigned desk = 100; desk < 120; desk++)
			add_desk(&s, desk, 0);
		make(&s, &rows[i]);
		shuffle(&s);
		stage_open(&t, &s);
		f = stage_find(&t, FINDING_SCAN, &host);
		assert_int_equal(f != NULL, rows[i].found);
		if (f)
			assert_in_range(f->severity, rows[i].least, rows[i].most);
		for (unsigned desk = 100; desk < 120; desk++) {
			struct ip quiet = inside(desk);

			assert_null(stage_find(&t, FINDING_SCAN, &quiet));
		}
		stage_all_again(&t, &s);
		stage_close(&t);
		free(s.flow);
	}
}

/* A grid of ports and addresses is one finding, about the host. */
static void
too_much_to_list_is_one_finding(void **state)
{
	struct scenery s = scenery_new(3);
	struct ip host = inside(5), none = { 0 };
	size_t scans = 0;
	struct stage t;

	(void)state;
	for (unsigned i = 0; i < 900; i++)
		call(&s, 100 + i, host, inside(300 + i / 30), (uint16_t)(i % 30), PROTO_TCP,
		    false);
	stage_open(&t, &s);
	for (size_t i = 0; i < t.found.n; i++) {
		const struct finding *f = &t.found.at[i].finding;

		if (f->kind != FINDING_SCAN)
			continue;
		scans++;
		assert_true(ip_equal(&f->peer, &none));
		assert_int_equal(f->proto, 0);
		assert_int_equal(f->contacts, 900);
	}
	assert_int_equal(scans, 1);
	stage_all_again(&t, &s);
	stage_close(&t);
	free(s.flow);
}

/*
 * Under the null, four of five answer: the share of hosts that are called
 * scanners is under what the bound says of all of them together.
 */
static void
errors_keep_the_bound(void **state)
{
	struct scenery s = scenery_new(11);
	size_t found = 0;
	struct stage t;

	(void)state;
	for (unsigned host = 0; host < 2000; host++)
		for (unsigned i = 0; i < 100; i++)
			call(&s, 100 + i, inside(host), outside(i % 100, i), 23, PROTO_TCP,
			    rng_below(&s.r, 5) != 0);
	stage_open(&t, &s);
	for (size_t i = 0; i < t.found.n; i++)
		found += t.found.at[i].finding.kind == FINDING_SCAN;
	assert_int_equal(found, 0);
	stage_close(&t);
	free(s.flow);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_searches),
		cmocka_unit_test(too_much_to_list_is_one_finding),
		cmocka_unit_test(errors_keep_the_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
