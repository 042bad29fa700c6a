/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which pings are told of: those whose replies, or whose data, are not what pings' are.
 */
#include "table.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/reader.h"

#define PINGS 40
#define MOST  1500

struct told {
	struct trait_echo echo;
	unsigned traits;
	struct trait trait;
};

static void
on_trait(void *state, const struct trait *t)
{
	struct told *told = state;

	told->traits++;
	told->trait = *t;
	if (t->kind == TRAIT_ECHO)
		told->echo = t->echo;
}

static void
on_flow(void *state, const struct flow *f)
{
	(void)state;
	(void)f;
}

/* How a program fills the data of its pings. */
enum fill {
	SAME,       /* as Windows does */
	STAMPED,    /* 16 octets of time, then the same */
	RANDOM,     /* as a tunnel does */
	GROWING,    /* one octet more each time */
	IN_TURN,    /* two programs, each in its own way */
	LATE_STAMP, /* the time stands at 40 */
	NUMBERLESS, /* as RANDOM, and all have one number */
	NOTHING,
};

/* What comes back. */
enum back { ECHOED, CUT, RESTAMPED, OTHER, OTHER_SAME, LONGER, SILENCE };

static size_t
fill(enum fill how, unsigned k, size_t n, uint8_t out[static MOST])
{
	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)('a' + i % 23);
	if (how == STAMPED)
		for (size_t i = 0; i < 16 && i < n; i++)
			out[i] = (uint8_t)random();
	if (how == LATE_STAMP)
		for (size_t i = 40; i < 48 && i < n; i++)
			out[i] = (uint8_t)random();
	if (how == RANDOM || how == NUMBERLESS)
		for (size_t i = 0; i < n; i++)
			out[i] = (uint8_t)random();
	if (how == IN_TURN && k % 2)
		memset(out, 'x', n);
	if (how == GROWING)
		n += k;
	return how == NOTHING ? 0 : n;
}

static size_t
answer(enum back how, const uint8_t *sent, size_t n, uint8_t out[static MOST])
{
	memcpy(out, sent, n);
	if (how == CUT && n > 64)
		n = 64;
	if (how == RESTAMPED)
		for (size_t i = 0; i < 16 && i < n; i++)
			out[i] = (uint8_t)random();
	if (how == OTHER)
		for (size_t i = 0; i < n; i++)
			out[i] = (uint8_t)random();
	if (how == OTHER_SAME)
		memset(out, 0, n);
	if (how == LONGER)
		for (unsigned k = 0; k < 20; k++)
			out[n++] = (uint8_t)random();
	return n;
}

static void
send_packet(struct flow_table *t, bool back, bool six, unsigned k, unsigned number,
    const uint8_t *data, size_t n, size_t captured)
{
	struct ip ends[2] = { ip_from_v4((uint8_t[4]){ 10, 0, 0, 5 }),
		ip_from_v4((uint8_t[4]){ 192, 0, 2, 7 }) };
	uint16_t asks = six ? 128 : 8, answers = six ? 129 : 0;
	struct packet p = { .time_ns = (k + 1) * UINT64_C(1000000000) + back,
		.src = ends[back],
		.dst = ends[!back],
		.src_port = back ? answers : asks,
		.dst_port = back ? asks : answers,
		.proto = six ? PROTO_ICMP6 : PROTO_ICMP,
		.icmp_id = 77,
		.seq = number,
		.ip_bytes = (uint32_t)(28 + n),
		.data_bytes = (uint32_t)n,
		.data = { data, captured < n ? captured : n } };
	const struct packet *one = &p;

	p.clock_ns = p.time_ns;
	flow_table_see(t, &one, 1);
}

static struct told
ping(enum fill how, size_t size, enum back back, unsigned pings, bool six,
    bool begins_with_reply, size_t captured)
{
	struct flow_limits limits = flow_limits_default();
	struct flow_table *table;
	struct reader *reader;
	struct told told = { .traits = 0 };
	struct flow_watch watch;
	struct error err;

	srandom(5);
	limits.memory = (size_t)1 << 20;
	assert_int_equal(flow_table_new(&table, &limits, on_flow, NULL, &err), OK);
	assert_int_equal(reader_new(&reader, (size_t)1 << 20, on_trait, &told, &err), OK);
	watch = reader_watch(reader);
	flow_table_watch(table, &watch);
	for (unsigned k = 0; k < pings; k++) {
		uint8_t data[MOST], reply[MOST];
		size_t n = fill(how, k, size, data), m;

		if (k > 0 || !begins_with_reply)
			send_packet(table, false, six, k, how == NUMBERLESS ? 0 : k, data,
			    n, captured);
		m = answer(back, data, n, reply);
		if (back != SILENCE)
			send_packet(table, true, six, k, how == NUMBERLESS ? 0 : k, reply,
			    m, captured);
	}
	flow_table_finish(table);
	flow_table_free(table);
	reader_free(reader);
	return told;
}

static void
what_is_told(void **state)
{
	/* What is told of 40 pings, the first of which is not looked at; least, most. */
	static const struct {
		const char *what;
		enum fill fill;
		size_t size;
		enum back back;
		bool six, begins_with_reply;
		size_t captured;
		bool told;
		unsigned differ, changes, differ_changes;
	} rows[] = {
		{ "Windows", SAME, 32, ECHOED, false, false, MOST, false, 0, 0, 0 },
		{ "Linux", STAMPED, 56, ECHOED, false, false, MOST, false, 0, 0, 0 },
		{ "large ones", STAMPED, 1400, ECHOED, true, false, MOST, false, 0, 0, 0 },
		{ "nobody answers", STAMPED, 56, SILENCE, false, false, MOST, false, 0, 0,
		    0 },
		{ "a resolver returns 64 octets", STAMPED, 1400, CUT, false, false, MOST,
		    false, 0, 0, 0 },
		{ "the other side writes its times", STAMPED, 56, RESTAMPED, false, false,
		    MOST, false, 0, 0, 0 },
		{ "two programs in turn", IN_TURN, 56, ECHOED, false, false, MOST, true, 0,
		    1, 0 },
		{ "a probe of sizes", GROWING, 56, ECHOED, false, false, MOST, true, 0, 7,
		    0 },
		{ "a tunnel both ways", RANDOM, 200, OTHER, false, false, MOST, true, 39,
		    38, 38 },
		{ "the same over IPv6", RANDOM, 200, OTHER, true, false, MOST, true, 39, 38,
		    38 },
		{ "seen from a reply on", RANDOM, 200, OTHER, false, true, MOST, true, 38,
		    37, 37 },
		{ "data goes out in pings that are answered as they ought to be", RANDOM,
		    200, ECHOED, false, false, MOST, true, 0, 38, 0 },
		{ "what lay in memory, and all have one number", NUMBERLESS, 200, ECHOED,
		    false, false, MOST, true, 0, 38, 0 },
		{ "a time that stands late", LATE_STAMP, 56, ECHOED, false, false, MOST,
		    true, 0, 38, 0 },
		{ "commands come back to empty pings, of which the first two are not "
		  "looked at",
		    NOTHING, 0, LONGER, false, false, MOST, true, 38, 0, 37 },
		{ "a device returns zeros", STAMPED, 56, OTHER_SAME, false, false, MOST,
		    true, 39, 0, 0 },
		{ "a tunnel of which the capture has no data", RANDOM, 200, OTHER, false,
		    false, 0, false, 0, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct told t = ping(rows[i].fill, rows[i].size, rows[i].back, PINGS,
		    rows[i].six, rows[i].begins_with_reply, rows[i].captured);

		ROW(i, rows[i].what);
		assert_int_equal(t.traits, rows[i].told);
		assert_int_equal(t.echo.differ, rows[i].differ);
		assert_in_range(
		    t.echo.request_changes, rows[i].changes, rows[i].changes + 1);
		assert_in_range(t.echo.differ_changes, rows[i].differ_changes,
		    rows[i].differ_changes + 1);
		if (!rows[i].told)
			continue;
		assert_int_equal(t.trait.kind, TRAIT_ECHO);
		assert_int_equal(t.trait.proto, rows[i].six ? PROTO_ICMP6 : PROTO_ICMP);
	}
}

/* A search of a network is many pings, and no talk. */
static void
one_ping_is_none(void **state)
{
	(void)state;
	assert_int_equal(ping(RANDOM, 200, OTHER, 1, false, false, MOST).traits, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_told),
		cmocka_unit_test(one_ping_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
