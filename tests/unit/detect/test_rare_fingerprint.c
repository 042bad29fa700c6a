/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates and fingerprints: what they weigh, and when they are a finding.
 */
#include "table.h"

#include "detect/manner.h"
#include "detect/stage.h"

#define DAYS UINT64_C(86400000000000)
#define NOW  (UINT64_C(20000) * DAYS)

static void
what_a_certificate_weighs(void **state)
{
	static const struct {
		const char *what;
		uint64_t traits, from_ns, until_ns;
		enum side side;
		int32_t mb;
	} rows[] = {
		{ "none was shown", 0, 0, 0, SIDE_EXTERNAL, 0 },
		{ "an authority's, for a year", 5, NOW - DAYS, NOW + 364 * DAYS,
		    SIDE_EXTERNAL, 0 },
		{ "its own", 3, 0, 0, SIDE_EXTERNAL, 800 },
		{ "its own, for a year", 7, NOW - DAYS, NOW + 364 * DAYS, SIDE_EXTERNAL,
		    800 },
		{ "its own, for ten", 7, NOW - DAYS, NOW + 3650 * DAYS, SIDE_EXTERNAL,
		    1000 },
		{ "its own, for ever", 7, NOW - DAYS, INT64_MAX, SIDE_EXTERNAL, 1300 },
		{ "another's, for ten years", 5, NOW - DAYS, NOW + 3650 * DAYS,
		    SIDE_EXTERNAL, 500 },
		{ "for six days", 5, NOW - DAYS, NOW + 5 * DAYS, SIDE_EXTERNAL, 300 },
		{ "over", 5, NOW - 300 * DAYS, NOW - 2 * DAYS, SIDE_EXTERNAL, 200 },
		{ "not yet", 5, NOW + 2 * DAYS, NOW + 300 * DAYS, SIDE_EXTERNAL, 200 },
		{ "a machine of ours", 3, 0, 0, SIDE_INTERNAL, 0 },
		{ "a private one where nobody lives", 3, 0, 0, SIDE_APART, 800 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct context c = { .cert_traits = rows[i].traits,
			.cert_from_ns = rows[i].from_ns,
			.cert_until_ns = rows[i].until_ns,
			.span_first_ns = NOW,
			.span_last_ns = NOW + DAYS,
			.peer_side = rows[i].side };

		ROW(i, rows[i].what);
		assert_int_equal(manner_certificate(&c, NULL), rows[i].mb);
	}
}

static void
what_a_fingerprint_weighs(void **state)
{
	static const struct {
		const char *what, *print;
		uint64_t hosts, speakers, servers, others;
		int32_t mb;
	} rows[] = {
		{ "unknown", "", 1, 5000, 1, 50, 0 },
		{ "one of two thousand hosts", "t13", 1, 1999, 3, 50, 700 },
		{ "with few hosts nothing is said of rarity", "t13", 1, 1000, 3, 50, 0 },
		{ "two of two thousand", "t13", 2, 1999, 3, 50, 0 },
		{ "one server, and others are met otherwise", "t13", 1, 1, 1, 5, 300 },
		{ "but only few others", "t13", 1, 1, 1, 4, 0 },
		{ "a browser's", "t13", 1, 1, 12, 5, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct context c = { .peer_side = SIDE_EXTERNAL,
			.print_hosts = rows[i].hosts,
			.print_speakers = rows[i].speakers,
			.print_servers = rows[i].servers,
			.print_others = rows[i].others };

		ROW(i, rows[i].what);
		(void)snprintf(c.print, sizeof c.print, "%s", rows[i].print);
		assert_int_equal(manner_print(&c, NULL), rows[i].mb);
	}
}

static void
what_is_found(void **state)
{
	static const struct {
		const char *what;
		uint16_t port;
		uint8_t service;
		uint64_t traits, unnamed, named, hosts;
		unsigned calls;
		bool found;
		enum severity severity;
	} rows[] = {
		{ "its own certificate, nobody named, alone in a large network", 443,
		    SERVICE_TLS, 3, 8, 0, 100, 8, true, SEVERITY_MEDIUM },
		{ "the same in a small one", 443, SERVICE_TLS, 3, 8, 0, 3, 8, true,
		    SEVERITY_LOW },
		{ "and asked again and again", 443, SERVICE_TLS, 3, 120, 0, 3, 120, true,
		    SEVERITY_LOW },
		{ "its own certificate, named", 443, SERVICE_TLS, 3, 0, 8, 3, 8, false, 0 },
		{ "an authority's", 443, SERVICE_TLS, 1, 8, 0, 100, 8, false, 0 },
		{ "an odd port and nobody named is another's to find", 4444, SERVICE_TLS, 3,
		    8, 0, 100, 8, false, 0 },
		{ "an odd port, named", 4444, SERVICE_TLS, 3, 0, 8, 100, 8, true,
		    SEVERITY_MEDIUM },
		{ "not a handshake", 443, SERVICE_HTTP, 3, 8, 0, 100, 8, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct scenery s = scenery_new(3);
		struct subject who = { .kind = FINDING_RARE_FINGERPRINT,
			.host = inside(5),
			.peer = outside(6, 6),
			.port = rows[i].port,
			.proto = PROTO_TCP };
		struct context c = { .peer_side = SIDE_EXTERNAL,
			.pairs = 30,
			.hosts = rows[i].hosts,
			.peer_hosts = 1,
			.hellos = rows[i].calls,
			.cert_traits = rows[i].traits,
			.unnamed = rows[i].unnamed,
			.named = rows[i].named };
		struct finding f;
		struct stage t;

		ROW(i, rows[i].what);
		for (unsigned k = 0; k < rows[i].calls; k++)
			add(&s, 1000 + 7 * k * k, who.host, who.peer, who.port, PROTO_TCP)
			    ->service = rows[i].service;
		stage_open(&t, &s);
		assert_int_equal(detector_judge(detector_find(FINDING_RARE_FINGERPRINT),
				     &t.heard, &who, &c, &t.params, &f),
		    rows[i].found);
		if (rows[i].found)
			assert_int_equal(f.severity, rows[i].severity);
		stage_close(&t);
		free(s.flow);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_certificate_weighs),
		cmocka_unit_test(what_a_fingerprint_weighs),
		cmocka_unit_test(what_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
