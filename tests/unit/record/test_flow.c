/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <stdlib.h>

#include "record/flow.h"

static const char LINE[] =
    "{\"bytes_guessed\":false,\"bytes_known\":true,\"clock\":\"uptime\","
    "\"conn_state\":\"SF\",\"continues\":false,"
    "\"history\":\"ShADadFf\",\"id.orig_h\":\"10.0.0.5\",\"id.orig_p\":49152,"
    "\"id.resp_h\":\"2001:db8::1\",\"id.resp_p\":443,\"last_ns\":2000000001,"
    "\"local_orig\":true,\"local_resp\":null,\"orig_bytes\":517,"
    "\"orig_ip_bytes\":900,\"orig_pkts\":7,\"proto\":\"tcp\",\"resolution_ns\":1000000,"
    "\"resp_bytes\":4000,"
    "\"resp_ip_bytes\":4400,\"resp_pkts\":8,\"sampling\":100,\"service\":\"ssl\","
    "\"to_continue\":false,\"ts_ns\":1000000000,\"vlan\":7,\"where\":3}";

static struct flow
example(void)
{
	struct flow f = {
		.first_ns = 1000000000,
		.last_ns = 2000000001,
		.orig = { { [10] = 0xff, [11] = 0xff, [12] = 10, [15] = 5 } },
		.resp = { { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 } },
		.orig_bytes = 517,
		.resp_bytes = 4000,
		.orig_ip_bytes = 900,
		.resp_ip_bytes = 4400,
		.orig_pkts = 7,
		.resp_pkts = 8,
		.orig_port = 49152,
		.resp_port = 443,
		.vlan = 7,
		.proto = PROTO_TCP,
		.state = CONN_SF,
		.service = SERVICE_TLS,
		.flags = FLOW_ORIG_LOCAL,
		.where = 3,
		.resolution_ns = 1000000,
		.sampling = 100,
		.clock = FLOW_CLOCK_UPTIME,
		.history = "ShADadFf",
	};

	return f;
}

static void
the_line_is_canonical(void **state)
{
	struct flow f = example();
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	flow_encode(&f, &b);
	assert_string_equal(b.at, LINE);
	buf_release(&b);
}

static uint64_t
big(void)
{
	uint64_t v = (uint64_t)random() << 32 ^ (uint64_t)random() << 1;

	return (v & (uint64_t)INT64_MAX) >> (random() % 63);
}

static struct flow
random_flow(void)
{
	static const char letters[] = "SsHhAaDdFfRrGgTtWwCc^";
	static const uint8_t where[] = { 0, FLOW_ORIG_LOCAL, FLOW_ORIG_REMOTE,
		FLOW_RESP_LOCAL, FLOW_ORIG_LOCAL | FLOW_RESP_REMOTE, FLOW_CONTINUES,
		FLOW_TO_CONTINUE | FLOW_CONTINUES, FLOW_NO_BYTES };
	struct flow f = example();
	size_t n = (size_t)random() % FLOW_HISTORY;

	f.first_ns = big() / 2;
	f.last_ns = f.first_ns + big() / 2;
	for (size_t i = random() % 2 ? 12 : 0; i < 16; i++) {
		f.orig.b[i] = (uint8_t)random();
		f.resp.b[i] = (uint8_t)(random() % 3);
	}
	f.flags = where[(size_t)random() % COUNT(where)];
	if (!(f.flags & FLOW_NO_BYTES))
		f.orig_bytes = big(), f.resp_bytes = big();
	else
		f.orig_bytes = f.resp_bytes = 0;
	f.orig_ip_bytes = big(), f.resp_ip_bytes = big();
	f.orig_pkts = big(), f.resp_pkts = big();
	f.orig_port = (uint16_t)random(), f.resp_port = (uint16_t)random();
	f.vlan = (uint16_t)(random() % 4096);
	f.proto = (uint8_t)random();
	f.state = (uint8_t)(random() % (CONN_OTH + 1));
	f.service = (uint8_t)(random() % (SERVICE_OTHER + 1));
	f.where = big();
	if (random() % 2) {
		f.tunnel = (uint8_t)(1 + random() % (TUNNEL_COUNT - 1));
		f.tunnel_id = (uint32_t)random();
	}
	if (f.tunnel && random() % 2) {
		f.carrier[0] = f.resp;
		f.carrier[0].b[0] = 1;
		f.carrier[1] = f.orig;
		f.carried = (uint8_t)(random() % (CARRIED_MIRRORED + 1));
	}
	memset(f.history, 0, sizeof f.history);
	for (size_t i = 0; i < n; i++)
		f.history[i] = letters[(size_t)random() % (sizeof letters - 1)];
	return f;
}

static void
assert_flows_equal(const struct flow *a, const struct flow *b)
{
	assert_int_equal(a->first_ns, b->first_ns);
	assert_int_equal(a->last_ns, b->last_ns);
	assert_memory_equal(&a->orig, &b->orig, sizeof a->orig);
	assert_memory_equal(&a->resp, &b->resp, sizeof a->resp);
	assert_int_equal(a->tunnel, b->tunnel);
	assert_int_equal(a->tunnel_id, b->tunnel_id);
	assert_memory_equal(a->carrier, b->carrier, sizeof a->carrier);
	assert_int_equal(a->carried, b->carried);
	assert_int_equal(a->orig_bytes, b->orig_bytes);
	assert_int_equal(a->resp_bytes, b->resp_bytes);
	assert_int_equal(a->orig_ip_bytes, b->orig_ip_bytes);
	assert_int_equal(a->resp_ip_bytes, b->resp_ip_bytes);
	assert_int_equal(a->orig_pkts, b->orig_pkts);
	assert_int_equal(a->resp_pkts, b->resp_pkts);
	assert_int_equal(a->orig_port, b->orig_port);
	assert_int_equal(a->resp_port, b->resp_port);
	assert_int_equal(a->vlan, b->vlan);
	assert_int_equal(a->proto, b->proto);
	assert_int_equal(a->state, b->state);
	assert_int_equal(a->service, b->service);
	assert_int_equal(a->flags, b->flags);
	assert_int_equal(a->where, b->where);
	assert_string_equal(a->history, b->history);
}

static void
what_is_encoded_decodes_to_itself(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	for (unsigned seed = 1; seed <= 20; seed++) {
		srandom(seed);
		for (int i = 0; i < 200; i++) {
			struct flow f = random_flow(), back;
			struct error err = { "" };

			buf_reset(&b);
			flow_encode(&f, &b);
			if (flow_decode(buf_span(&b), &back, &err) != OK)
				fail_msg("seed %u: %s: %s", seed, err.text, b.at);
			assert_flows_equal(&f, &back);
			assert_int_equal(back.source, 0);
		}
	}
	buf_release(&b);
}

/* A number too large for readers of JSON is written as the largest they take. */
static void
huge_counts_are_written_as_the_largest(void **state)
{
	struct flow f = example(), back;
	struct error err;
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	f.orig_bytes = UINT64_MAX;
	flow_encode(&f, &b);
	assert_int_equal(flow_decode(buf_span(&b), &back, &err), OK);
	assert_int_equal(back.orig_bytes, INT64_MAX);
	buf_release(&b);
}

/* The example with the first `from` replaced by `to`. */
static void
edit(char *out, size_t size, const char *from, const char *to)
{
	const char *at = strstr(LINE, from);

	assert_non_null(at);
	(void)snprintf(
	    out, size, "%.*s%s%s", (int)(at - LINE), LINE, to, at + strlen(from));
}

static void
strict_lines(void **state)
{
	static const struct {
		const char *from, *to;
		const char *why; /* NULL: still decodes */
	} rows[] = {
		{ "{", " {", NULL },
		{ "2001:db8::1", "2001:DB8:0::1", NULL },
		{ "\"vlan\":7,", "", "\"vlan\" is missing" },
		{ "\"vlan\":7", "\"vlan\":7,\"vlan\":7", "not JSON" },
		{ "\"vlan\":7", "\"vlan\":7.0", "\"vlan\" is not an integer" },
		{ "\"vlan\":7", "\"vlan\":4096", "\"vlan\" is out of range: 4096" },
		{ "\"vlan\":7", "\"vlan\":-1", "\"vlan\" is out of range" },
		{ "\"vlan\":7", "\"vlan\":\"7\"", "\"vlan\" is not an integer" },
		{ "\"vlan\":7", "\"vlan\":7,\"vlam\":7", "\"vlam\" is none" },
		{ "49152", "65536", "\"id.orig_p\" is out of range" },
		{ "\"orig_pkts\":7", "\"orig_pkts\":9223372036854775807", NULL },
		{ "\"orig_pkts\":7", "\"orig_pkts\":9223372036854775808", "not JSON" },
		{ "2000000001", "999999999", "\"last_ns\" is before" },
		{ "2000000001", "1000000000", NULL },
		{ "10.0.0.5", "10.0.0.256", "\"id.orig_h\" cannot be" },
		{ "10.0.0.5", "", "\"id.orig_h\" cannot be" },
		{ "\"SF\"", "\"SX\"", "\"conn_state\" cannot be \"SX\"" },
		{ "\"SF\"", "\"\"", "\"conn_state\" cannot be" },
		{ "\"SF\"", "\"-\"", NULL },
		{ "\"SF\"", "5", "\"conn_state\" is not a string" },
		{ "\"ssl\"", "\"tls\"", "\"service\" cannot be \"tls\"" },
		{ "\"ssl\"", "\"quic,ssl\"", "\"service\" cannot be" },
		{ "\"ssl\"", "\"\"", "\"service\" cannot be" },
		{ "\"tcp\"", "\"6\"", "\"proto\" cannot be \"6\"" },
		{ "\"tcp\"", "\"256\"", "\"proto\" cannot be" },
		{ "\"tcp\"", "\"047\"", "\"proto\" cannot be" },
		{ "\"tcp\"", "\"47\"", NULL },
		{ "ShADadFf", "ShADadFf ", "\"history\" cannot be" },
		{ "ShADadFf", "ShADadFfShADadFfShADadFfShADadFfShADadFfShADadFfShADadF",
		    NULL },
		{ "ShADadFf", "ShADadFfShADadFfShADadFfShADadFfShADadFfShADadFfShADadFf",
		    "\"history\" cannot be" },
		{ "\"local_orig\":true", "\"local_orig\":1", "\"local_orig\" is neither" },
		{ "\"continues\":false", "\"continues\":null", "\"continues\" is not" },
		{ "\"bytes_known\":true", "\"bytes_known\":false",
		    "\"bytes_known\" is false, but" },
		{ "\"uptime\"", "\"sun\"", "\"clock\" cannot be \"sun\"" },
		{ "\"sampling\":100", "\"sampling\":4294967296", "out of range" },
		{ "\"vlan\":7", "\"tunnel\":\"gre\",\"tunnel_id\":1,\"vlan\":7", NULL },
		{ "\"vlan\":7", "\"tunnel\":\"gre\",\"vlan\":7",
		    "\"tunnel_id\" is missing" },
		{ "\"vlan\":7",
		    "\"tunnel\":\"gre\",\"tunnel_answers\":\"back\",\"tunnel_id\":1,"
		    "\"tunnel_orig\":\"10.0.0.1\",\"tunnel_resp\":\"192.0.2.1\",\"vlan\":7",
		    NULL },
		{ "\"vlan\":7",
		    "\"tunnel\":\"gre\",\"tunnel_answers\":\"both\",\"tunnel_id\":1,"
		    "\"tunnel_orig\":\"10.0.0.1\",\"tunnel_resp\":\"192.0.2.1\",\"vlan\":7",
		    "\"tunnel_answers\" cannot be" },
		{ "\"vlan\":7",
		    "\"tunnel\":\"gre\",\"tunnel_answers\":\"back\",\"tunnel_id\":1,"
		    "\"tunnel_orig\":\"10.0.0.1\",\"vlan\":7",
		    "\"tunnel_resp\" is missing" },
		{ "\"vlan\":7",
		    "\"tunnel_answers\":\"back\",\"tunnel_orig\":\"10.0.0.1\","
		    "\"tunnel_resp\":\"192.0.2.1\",\"vlan\":7",
		    "\"tunnel_orig\" tells nothing" },
		{ "\"where\":3}", "\"where\":3} x", "not JSON" },
		{ "\"where\":3}", "\"where\":3", "not JSON" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct flow f = { .where = 99 };
		struct error err = { "" };
		char line[2048];
		enum status st;

		ROW(i, rows[i].to);
		edit(line, sizeof line, rows[i].from, rows[i].to);
		st = flow_decode(text_span(line), &f, &err);
		assert_int_equal(st, rows[i].why ? E_FORMAT : OK);
		if (rows[i].why && strstr(err.text, rows[i].why) == NULL)
			fail_msg("\"%s\" does not say \"%s\"", err.text, rows[i].why);
		assert_int_equal(f.where, rows[i].why ? 99 : 3);
	}
}

static void
lines_that_are_no_objects(void **state)
{
	static const char *const rows[] = { "", "[]", "7", "null", "{}", "{", "\"x\"" };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct error err;
		struct flow f;

		ROW(i, rows[i]);
		assert_int_equal(flow_decode(text_span(rows[i]), &f, &err), E_FORMAT);
	}
}

static void
words(void **state)
{
	static const struct {
		const char *in;
		enum service want;
	} services[] = {
		{ "", SERVICE_NONE },
		{ "-", SERVICE_NONE },
		{ "dns", SERVICE_DNS },
		{ "ssl", SERVICE_TLS },
		{ "ftp-data", SERVICE_FTP_DATA },
		{ "gssapi,smb", SERVICE_SMB },
		{ "quic,ssl", SERVICE_QUIC },
		{ "gopher", SERVICE_OTHER },
		{ "gopher,", SERVICE_OTHER },
		{ ",", SERVICE_OTHER },
		{ "DNS", SERVICE_OTHER },
	};
	static const struct {
		const char *in;
		enum conn_state want;
		bool failed;
	} states[] = {
		{ "S0", CONN_S0, true },
		{ "REJ", CONN_REJ, true },
		{ "RSTOS0", CONN_RSTOS0, true },
		{ "SH", CONN_SH, true },
		{ "SF", CONN_SF, false },
		{ "S1", CONN_S1, false },
		{ "RSTO", CONN_RSTO, false },
		{ "RSTR", CONN_RSTR, false },
		{ "SHR", CONN_SHR, false },
		{ "OTH", CONN_OTH, false },
		{ "-", CONN_UNKNOWN, false },
		{ "sf", CONN_UNKNOWN, false },
		{ "", CONN_UNKNOWN, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(services); i++) {
		ROW(i, services[i].in);
		assert_int_equal(
		    service_parse(text_span(services[i].in)), services[i].want);
	}
	for (size_t i = 0; i < COUNT(states); i++) {
		ROW(i, states[i].in);
		assert_int_equal(conn_state_parse(text_span(states[i].in)), states[i].want);
		assert_int_equal(conn_state_failed(states[i].want), states[i].failed);
	}
	for (enum conn_state s = CONN_S0; s <= CONN_OTH; s++)
		assert_int_equal(conn_state_parse(text_span(conn_state_text(s))), s);
	for (enum service s = SERVICE_DNS; s <= SERVICE_OTHER; s++)
		assert_int_equal(service_parse(text_span(service_text(s))), s);
}

static void
a_short_buffer_goes_bad_and_nothing_worse(void **state)
{
	struct flow f = example();

	(void)state;
	for (size_t max = 0; max < sizeof LINE; max += 7) {
		struct buf b;

		buf_init(&b, max);
		flow_encode(&f, &b);
		assert_int_equal(b.bad, max < sizeof LINE - 1);
		buf_release(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_line_is_canonical),
		cmocka_unit_test(what_is_encoded_decodes_to_itself),
		cmocka_unit_test(huge_counts_are_written_as_the_largest),
		cmocka_unit_test(strict_lines),
		cmocka_unit_test(lines_that_are_no_objects),
		cmocka_unit_test(words),
		cmocka_unit_test(a_short_buffer_goes_bad_and_nothing_worse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
