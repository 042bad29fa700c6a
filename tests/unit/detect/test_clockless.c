/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What remains of who calls a rare service without a clock.
 */
#include "table.h"

#include "detect/beacon.h"
#include "detect/stage.h"

enum law { MEMORYLESS, CLOCK };

struct row {
	const char *what;
	double mean, hours;
	enum law law;
	unsigned spread; /* bytes that calls differ by */
	unsigned callers;
	uint16_t port;
	uint8_t proto;
	enum conn_state state;
	enum { THEIRS, OURS, APART } whose; /* the peer */
	bool found;
	enum severity severity;
};

/* Twenty desks, so that it is known what is common. */
static struct scenery
network(const struct row *row)
{
	struct scenery s = scenery_new(11);
	struct ip apart = ip_from_v4((const uint8_t[]){ 172, 30, 1, 9 });
	struct ip peer = row->whose == OURS    ? inside(700)
			 : row->whose == APART ? apart
					       : outside(90, 1);

	add_office(&s, 20, 1);
	for (unsigned who = 0; who < row->callers; who++)
		for (double t = 0; t < row->hours * 3600;) {
			struct flow *f =
			    add(&s, t, inside(200 + who), peer, row->port, row->proto);

			f->orig_bytes = 500 + rng_below(&s.r, row->spread);
			f->resp_bytes = row->state == CONN_SF ? 900 : 0;
			f->state = (uint8_t)row->state;
			t += row->law == CLOCK ? row->mean : exponential(&s.r, row->mean);
		}
	return s;
}

static void
what_remains(void **state)
{
	static const struct row rows[] = {
		{ "a day of sleeps without memory, 5 min", 300, 24, MEMORYLESS, 20, 1, 443,
		    PROTO_TCP, CONN_SF, THEIRS, true, SEVERITY_LOW },
		{ "eight hours of it: somebody may sit there", 300, 8, MEMORYLESS, 20, 1,
		    443, PROTO_TCP, CONN_SF, THEIRS, true, SEVERITY_INFO },
		{ "a day, where no usual service is", 300, 24, MEMORYLESS, 20, 1, 5511,
		    PROTO_TCP, CONN_SF, THEIRS, true, SEVERITY_LOW },
		{ "over UDP", 300, 24, MEMORYLESS, 20, 1, 5511, PROTO_UDP, CONN_SF, false,
		    true, SEVERITY_LOW },
		{ "half an hour", 1800, 24, MEMORYLESS, 20, 1, 5511, PROTO_TCP, CONN_SF,
		    THEIRS, true, SEVERITY_LOW },
		{ "two hosts", 300, 24, MEMORYLESS, 20, 2, 5511, PROTO_TCP, CONN_SF, false,
		    true, SEVERITY_LOW },
		{ "three hosts: it is known here", 300, 24, MEMORYLESS, 20, 3, 5511,
		    PROTO_TCP, CONN_SF, THEIRS, false, 0 },
		{ "a clock is the beacon's", 300, 24, CLOCK, 20, 1, 5511, PROTO_TCP,
		    CONN_SF, THEIRS, false, 0 },
		{ "what is said differs", 300, 24, MEMORYLESS, 5000, 1, 5511, PROTO_TCP,
		    CONN_SF, THEIRS, false, 0 },
		{ "four hours", 300, 4, MEMORYLESS, 20, 1, 5511, PROTO_TCP, CONN_SF, false,
		    false, 0 },
		{ "a few calls", 7200, 24, MEMORYLESS, 20, 1, 5511, PROTO_TCP, CONN_SF,
		    THEIRS, false, 0 },
		{ "no answer", 300, 24, MEMORYLESS, 20, 1, 5511, PROTO_TCP, CONN_S0, false,
		    false, 0 },
		{ "look-ups", 300, 24, MEMORYLESS, 20, 1, 53, PROTO_UDP, CONN_SF, false,
		    false, 0 },
		{ "a server of ours", 300, 24, MEMORYLESS, 20, 1, 5511, PROTO_TCP, CONN_SF,
		    OURS, false, 0 },
		{ "a private server where nobody lives", 300, 24, MEMORYLESS, 20, 1, 5511,
		    PROTO_TCP, CONN_SF, APART, true, SEVERITY_INFO },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct scenery s = network(&rows[i]);
		struct ip host = inside(200);
		const struct finding *f;
		struct stage t;

		ROW(i, rows[i].what);
		shuffle(&s);
		stage_open(&t, &s);
		f = stage_find(&t, FINDING_CLOCKLESS, &host);
		assert_int_equal(f != NULL, rows[i].found);
		if (f) {
			assert_int_equal(f->severity, rows[i].severity);
			assert_non_null(strstr(f->why, "no clock found (p "));
			assert_non_null(strstr(f->why, "not called a beacon"));
		}
		stage_all_again(&t, &s);
		stage_close(&t);
		free(s.flow);
	}
}

/* All that may be heard besides does not make it an alert. */
static void
it_is_never_an_alert(void **state)
{
	static const struct row row = { "", 300, 24, MEMORYLESS, 20, 1, 5511, PROTO_TCP,
		CONN_SF, THEIRS, true, SEVERITY_LOW };
	struct scenery s = network(&row);
	struct subject who = { .kind = FINDING_CLOCKLESS,
		.host = inside(200),
		.peer = outside(90, 1),
		.port = row.port,
		.proto = row.proto };
	struct context c = { .hosts = 5000,
		.peer_hosts = 1,
		.peer_side = SIDE_EXTERNAL,
		.looks = 1,
		.lookups = 100,
		.unnamed = 100,
		.own_address = "api.ipify.org",
		.own_address_ns = START - 1,
		.cert_traits = CERT_SHOWN | CERT_OWN_ISSUER,
		.print = "t10i060500_4dc025c38c38_1a3805c3aa63",
		.print_hosts = 1,
		.print_speakers = 5000,
		.print_servers = 1,
		.print_others = 9 };
	struct finding made;
	struct stage t;

	(void)state;
	stage_open(&t, &s);
	assert_true(detector_judge(
	    detector_find(FINDING_CLOCKLESS), &t.heard, &who, &c, &t.params, &made));
	assert_true(made.odds_mb > 2000);
	assert_int_equal(made.severity, SEVERITY_LOW);
	assert_non_null(strstr(made.why, "no name"));
	assert_non_null(strstr(made.why, "a fingerprint of its own"));
	assert_non_null(strstr(made.why, "a certificate unlike"));
	c.host_side = SIDE_EXTERNAL;
	assert_false(detector_judge(
	    detector_find(FINDING_CLOCKLESS), &t.heard, &who, &c, &t.params, &made));
	stage_close(&t);
	free(s.flow);
}

/* Nobody is called a beacon and said to have no clock at once, whatever his sleep. */
static void
it_and_the_beacon_exclude_each_other(void **state)
{
	unsigned clocks = 0, none = 0;

	(void)state;
	for (unsigned k = 0; k < 24; k++) {
		struct row row = { "", 300, 12, MEMORYLESS, 20, 0, 5511, PROTO_TCP, CONN_SF,
			THEIRS, false, 0 };
		struct scenery s = network(&row);
		struct ip host = inside(200);
		const struct finding *f;
		struct stage t;
		struct calls calls;
		struct pair p;

		ROW(k, "shape");
		/* From no memory to a clock: the share k/23 of the gap is fixed. */
		for (double at = 0; at < 12 * 3600;
		     at += 300 * k / 23.0 + exponential(&s.r, 300 * (23.5 - k) / 23.5)) {
			struct flow *g = add(&s, at, host, outside(90, 1), 5511, PROTO_TCP);

			g->orig_bytes = 500;
			g->resp_bytes = 900;
		}
		stage_open(&t, &s);
		f = stage_find(&t, FINDING_CLOCKLESS, &host);
		assert_true(calls_of(&t.heard, &host, &calls));
		p = pairs_pair(calls.pairs, calls.first);
		/* log10 of the rate wanted, a hundredth, in micro-decades. */
		assert_int_equal(t.params.q_ppm, 10000);
		if (f)
			assert_true(beacon_test(&p, t.params.candidate_kappa_percent, 1)
					.log10_p_ud > -2000000);
		none += f != NULL;
		clocks += f == NULL;
		stage_close(&t);
		free(s.flow);
	}
	assert_true(none >= 4 && clocks >= 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_remains),
		cmocka_unit_test(it_is_never_an_alert),
		cmocka_unit_test(it_and_the_beacon_exclude_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
