/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include "base/stamp.h"
#include "collect/netflow.h"

struct got {
	struct half half[8];
	unsigned n;
};

static void
take(void *state, const struct half *h)
{
	struct got *g = state;

	assert_true(g->n < COUNT(g->half));
	g->half[g->n++] = *h;
}

static const struct ip EXPORTER = { { [10] = 0xff, [11] = 0xff, 192, 0, 2, 1 } };

/* 2020-01-01T00:00:00Z = 0x5e0be100 */
#define SECONDS   "\x5e\x0b\xe1\x00"
#define EXPORT_NS (UINT64_C(1577836800) * SECOND_NS)

/* v5: uptime 100,000 ms, one record of 10.0.0.1:80 to 10.0.0.2:4096. */
#define V5(n, interval, first, last)                                      \
	"\0\5\0" n "\0\1\x86\xa0" SECONDS "\0\0\0\0"                      \
	"\0\0\0\7\0\0" interval                                           \
	"\x0a\0\0\1\x0a\0\0\2\0\0\0\0\0\0\0\0\0\0\0\5\0\0\1\0" first last \
	"\0\x50\x10\0\0\x12\6\0\0\0\0\0\0\0\0\0"

/* v9 and IPFIX heads: uptime 100,000 ms; number 7; domain 1. */
#define V9         "\0\x09\0\1\0\1\x86\xa0" SECONDS "\0\0\0\7\0\0\0\1"
#define IPFIX(len) "\0\x0a\0" len SECONDS "\0\0\0\7\0\0\0\1"

/* Template 256: both addresses of IPv4 and what is added. */
#define TEMPLATE(set, len, n, more) "\0" set "\0" len "\1\0\0" n "\0\x08\0\4\0\x0c\0\4" more
#define DATA(len, more)             "\1\0\0" len "\x0a\0\0\1\x0a\0\0\2" more

static const struct {
	const char *name;
	struct span datagram;
	bool good;
	unsigned halves;
	uint64_t first_ns, last_ns, pkts;
	uint64_t untimed, no_template, addressless;
	uint32_t resolution_ns, sampling;
} ROWS[] = {
	{ "v5, a second before its export",
	    BYTES(V5("\1", "\0\0", "\0\1\x82\xb8", "\0\1\x82\xb8")), true, 1,
	    EXPORT_NS - SECOND_NS, EXPORT_NS - SECOND_NS, 5, 0, 0, 0, 1000000, 1 },
	{ "v5, begun before the uptime went round",
	    BYTES(V5("\1", "\0\0", "\xff\xff\xfc\x18", "\0\0\0\0")), true, 1,
	    EXPORT_NS - 101 * SECOND_NS, EXPORT_NS - 100 * SECOND_NS, 5, 0, 0, 0, 1000000,
	    1 },
	{ "v5, 1 in 100; how they were chosen is told above",
	    BYTES(V5("\1", "\x40\x64", "\0\0\0\0", "\0\0\0\0")), true, 1,
	    EXPORT_NS - 100 * SECOND_NS, EXPORT_NS - 100 * SECOND_NS, 500, 0, 0, 0, 1000000,
	    100 },
	{ "v5 that promises two records", BYTES(V5("\2", "\0\0", "\0\0\0\0", "\0\0\0\0")),
	    false, 0, 0, 0, 0, 0, 0, 0, 0, 0 },
	{ "v9, since boot",
	    BYTES(V9 TEMPLATE("\0", "\x18", "\4", "\0\x16\0\4\0\x15\0\4")
		    DATA("\x14", "\0\1\x82\xb8\0\1\x86\xa0")),
	    true, 1, EXPORT_NS - SECOND_NS, EXPORT_NS, 0, 0, 0, 0, 1000000, 1 },
	{ "v9 without a time is no flow, and not of 1970",
	    BYTES(V9 TEMPLATE("\0", "\x14", "\3", "\0\2\0\1") DATA("\x0d", "\5")), true, 0,
	    0, 0, 0, 1, 0, 0, 0, 0 },
	{ "v9 without its template", BYTES(V9 DATA("\x0d", "\5")), true, 0, 0, 0, 0, 0, 1,
	    0, 0, 0 },
	{ "v9 with one address",
	    BYTES(V9 "\0\0\0\x0c\1\0\0\1\0\x08\0\4"
		     "\1\0\0\x08\x0a\0\0\1"),
	    true, 0, 0, 0, 0, 0, 0, 1, 0, 0 },
	{ "v9, a set longer than the datagram", BYTES(V9 "\0\0\0\x40\1\0\0\1\0\x08\0\4"),
	    false, 0, 0, 0, 0, 0, 0, 0, 0, 0 },
	{ "v9 filled with zeros",
	    BYTES(V9 TEMPLATE("\0", "\x18", "\4", "\0\x16\0\4\0\x15\0\4")
		    DATA("\x14", "\0\1\x82\xb8\0\1\x86\xa0") "\0\0\0\0\0\0\0\0"),
	    true, 1, EXPORT_NS - SECOND_NS, EXPORT_NS, 0, 0, 0, 0, 1000000, 1 },
	{ "IPFIX, seconds",
	    BYTES(IPFIX("\x3c") TEMPLATE("\2", "\x18", "\4", "\0\x96\0\4\0\x97\0\4")
		    DATA("\x14", SECONDS "\x5e\x0b\xe1\x05")),
	    true, 1, EXPORT_NS, EXPORT_NS + 5 * SECOND_NS, 0, 0, 0, 0, 1000000000, 1 },
	{ "IPFIX, milliseconds and how long it lasted",
	    BYTES(IPFIX("\x40") TEMPLATE("\2", "\x18", "\4", "\0\x98\0\x08\0\xa1\0\4")
		    DATA("\x18", "\0\0\1\x6f\x5e\x66\xe8\0\0\0\0\x0a")),
	    true, 1, EXPORT_NS, EXPORT_NS + 10000000, 0, 0, 0, 0, 1000000, 1 },
	{ "IPFIX, microseconds are NTP's",
	    BYTES(IPFIX("\x38") TEMPLATE("\2", "\x14", "\3", "\0\x9a\0\x08")
		    DATA("\x14", "\xe1\xb6\x5f\x80\x80\0\0\0")),
	    true, 1, EXPORT_NS + SECOND_NS / 2, EXPORT_NS + SECOND_NS / 2, 0, 0, 0, 0, 1000,
	    1 },
	{ "IPFIX, microseconds since 1970 from who misread it",
	    BYTES(IPFIX("\x38") TEMPLATE("\2", "\x14", "\3", "\0\x9a\0\x08")
		    DATA("\x14", "\0\x05\x9b\x08\xc1\xfa\x40\0")),
	    true, 1, EXPORT_NS, EXPORT_NS, 0, 0, 0, 0, 1000, 1 },
	{ "IPFIX, microseconds before the export",
	    BYTES(IPFIX("\x34") TEMPLATE("\2", "\x14", "\3", "\0\x9e\0\4")
		    DATA("\x10", "\0\x0f\x42\x40")),
	    true, 1, EXPORT_NS - SECOND_NS, EXPORT_NS - SECOND_NS, 0, 0, 0, 0, 1000000000,
	    1 },
	{ "IPFIX, a field of any length is stepped over",
	    BYTES(IPFIX("\x3c") TEMPLATE("\2", "\x18", "\4", "\0\x52\xff\xff\0\x96\0\4")
		    DATA("\x14", "\3abc" SECONDS)),
	    true, 1, EXPORT_NS, EXPORT_NS, 0, 0, 0, 0, 1000000000, 1 },
	{ "IPFIX, and one longer than its set is not",
	    BYTES(IPFIX("\x3c") TEMPLATE("\2", "\x18", "\4", "\0\x52\xff\xff\0\x96\0\4")
		    DATA("\x14", "\x09"
				 "abc" SECONDS)),
	    false, 0, 0, 0, 0, 0, 0, 0, 0, 0 },
	{ "IPFIX shorter than it says", BYTES(IPFIX("\x80")), false, 0, 0, 0, 0, 0, 0, 0, 0,
	    0 },
	{ "another version", BYTES("\0\7\0\1"), false, 0, 0, 0, 0, 0, 0, 0, 0, 0 },
	{ "nothing", BYTES(""), false, 0, 0, 0, 0, 0, 0, 0, 0, 0 },
};

static void
datagrams_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		const struct netflow_counters *c;
		struct got g = { .n = 0 };
		struct netflow *nf;
		struct error err;

		ROW(i, ROWS[i].name);
		assert_int_equal(netflow_new(&nf, take, &g, &err), OK);
		c = netflow_counters(nf);
		assert_int_equal(
		    netflow_see(nf, &EXPORTER, 0, ROWS[i].datagram), ROWS[i].good);
		assert_int_equal(g.n, ROWS[i].halves);
		assert_int_equal(c->malformed, !ROWS[i].good);
		assert_int_equal(c->untimed, ROWS[i].untimed);
		assert_int_equal(c->no_template, ROWS[i].no_template);
		assert_int_equal(c->addressless, ROWS[i].addressless);
		if (ROWS[i].halves > 0) {
			const struct flow *f = &g.half[0].flow;

			assert_int_equal(f->first_ns, ROWS[i].first_ns);
			assert_int_equal(f->last_ns, ROWS[i].last_ns);
			assert_int_equal(f->orig_pkts, ROWS[i].pkts);
			assert_int_equal(f->resolution_ns, ROWS[i].resolution_ns);
			assert_int_equal(f->sampling, ROWS[i].sampling);
			assert_int_equal(f->orig.b[15], 1);
			assert_int_equal(f->resp.b[15], 2);
		}
		netflow_free(nf);
	}
}

/* What comes in one datagram counts for the next; of another exporter it does not. */
static void
templates_and_samplers_stay(void **state)
{
	static const struct {
		const char *name;
		struct span datagram;
		uint8_t exporter;
		unsigned halves;
		uint32_t sampling;
	} rows[] = {
		{ "a template",
		    BYTES(V9 TEMPLATE("\0", "\x18", "\4", "\0\x16\0\4\0\2\0\4")), 1, 0, 0 },
		{ "data of another exporter", BYTES(V9 DATA("\x14", "\0\0\0\0\0\0\0\1")), 2,
		    0, 0 },
		{ "data", BYTES(V9 DATA("\x14", "\0\0\0\0\0\0\0\1")), 1, 1, 1 },
		{ "options: the system samples 1 in 16",
		    BYTES(V9 "\0\1\0\x12\1\1\0\4\0\4\0\1\0\4\0\x22\0\4"
			     "\1\1\0\x0c\0\0\0\0\0\0\0\x10"),
		    1, 0, 0 },
		{ "data, sampled now", BYTES(V9 DATA("\x14", "\0\0\0\0\0\0\0\1")), 1, 1,
		    16 },
	};
	struct got g = { .n = 0 };
	struct netflow *nf;
	struct error err;

	(void)state;
	assert_int_equal(netflow_new(&nf, take, &g, &err), OK);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ip from = EXPORTER;

		ROW(i, rows[i].name);
		from.b[15] = rows[i].exporter;
		g.n = 0;
		assert_true(netflow_see(nf, &from, 0, rows[i].datagram));
		assert_int_equal(g.n, rows[i].halves);
		if (g.n > 0) {
			assert_int_equal(g.half[0].flow.sampling, rows[i].sampling);
			assert_int_equal(g.half[0].flow.orig_pkts, rows[i].sampling);
		}
	}
	netflow_free(nf);
}

static void
only_whole_datagrams_are_recognised(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct span s = ROWS[i].datagram;

		ROW(i, ROWS[i].name);
		if (!ROWS[i].good) /* one field that is too long shows only when read */
			assert_int_equal(netflow_recognise(s), i == 16);
		else
			assert_true(netflow_recognise(s));
		if (s.len > 0)
			s.len--;
		if (s.len > 0 && s.at[1] != 9)
			assert_false(netflow_recognise(s));
	}
	assert_false(netflow_recognise(BYTES("\0\x0a\0\x10" SECONDS "\0\0\0\7\0\0\0\1")));
}

/* Numbers of v5 count flows: the second datagram is 9 after the end of the first. */
static void
gaps_are_counted(void **state)
{
	uint8_t bytes[sizeof(V5("\1", "\0\0", "\0\0\0\0", "\0\0\0\0")) - 1];
	struct got g = { .n = 0 };
	struct netflow *nf;
	struct error err;

	(void)state;
	memcpy(bytes, V5("\1", "\0\0", "\0\0\0\0", "\0\0\0\0"), sizeof bytes);
	assert_int_equal(netflow_new(&nf, take, &g, &err), OK);
	for (unsigned i = 0; i < 4; i++) {
		static const uint8_t number[] = { 7, 8, 18, 3 }; /* the last restarted */

		bytes[19] = number[i];
		assert_true(
		    netflow_see(nf, &EXPORTER, 0, (struct span){ bytes, sizeof bytes }));
	}
	assert_int_equal(netflow_counters(nf)->lost, 9);
	netflow_free(nf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(datagrams_are_read),
		cmocka_unit_test(templates_and_samplers_stay),
		cmocka_unit_test(only_whole_datagrams_are_recognised),
		cmocka_unit_test(gaps_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
