/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include "collect/zeek.h"

#define SEP    "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n"
#define ID     "ts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p"
#define ROW_ID "1500000000.5\tCx\t10.0.0.1\t50000\t192.0.2.1\t80\t"
#define J_ID                                                                           \
	"\"ts\":1500000000.5,\"uid\":\"Cx\",\"id.orig_h\":\"10.0.0.1\",\"id.orig_p\":" \
	"50000,\"id.resp_h\":\"192.0.2.1\",\"id.resp_p\":80"
#define J_ID_2                                                                         \
	"\"ts\":\"2017-07-14T02:40:00.5Z\",\"uid\":\"Cx\",\"id_orig_h\":\"10.0.0.1\"," \
	"\"id_orig_p\":50000,\"id_resp_h\":\"192.0.2.1\",\"id_resp_p\":80"
#define HTTP SEP "#path\thttp\n#fields\t" ID "\tmethod\thost\turi\n" ROW_ID

struct told {
	struct buf lines;
	unsigned n;
};

static void
on_trait(void *state, const struct trait *t)
{
	struct told *x = state;
	struct trait plain = *t;

	plain.where = plain.uid = 0;
	trait_encode(&plain, &x->lines);
	buf_putc(&x->lines, '\n');
	x->n++;
}

static struct zeek_stats
read_log(struct span log, struct told *x)
{
	struct zeek_stats stats;
	struct flow flow[4];
	struct error err;
	struct input *in;
	struct zeek *z;
	unsigned n;

	buf_init(&x->lines, 1 << 20);
	x->n = 0;
	assert_int_equal(input_open_bytes(&in, log, "test.log", &err), OK);
	assert_int_equal(zeek_open(&z, in, &err), OK);
	zeek_traits(z, on_trait, x);
	while (!zeek_ended(z))
		assert_int_equal(zeek_next(z, flow, NULL, 4, &n, &err), OK);
	stats = *zeek_stats(z);
	zeek_close(z);
	return stats;
}

/* Each row is read, and its line holds these pieces. */
static const struct {
	const char *name;
	struct span log;
	const char *has[4];
} SAYS[] = {
	{ "a name in lower case, its port apart",
	    BYTES(HTTP "GET\tWWW.Example.org:8080\t/\n"),
	    { "\"host\":\"www.example.org\",\"host_p\":8080", "\"proxied\":false",
		"\"ts_ns\":1500000000500000000" } },
	{ "CONNECT names the peer in its target",
	    BYTES(HTTP "CONNECT\t-\tc2.example:8443\n"),
	    { "\"host\":\"c2.example\",\"host_p\":8443", "\"proxied\":true" } },
	{ "an absolute target is asked of a proxy, and Host does not count",
	    BYTES(HTTP "GET\tcover.example\thttp://u@c2.example/x\n"),
	    { "\"host\":\"c2.example\",\"host_p\":80", "\"proxied\":true" } },
	{ "an absolute target that names the server is no proxy's",
	    BYTES(HTTP "POST\t192.0.2.1\thttp://192.0.2.1/x\n"),
	    { "\"host\":\"192.0.2.1\",\"host_p\":80", "\"proxied\":false" } },
	{ "an IPv6 address in brackets", BYTES(HTTP "GET\t[2001:db8::1]:81\t/\n"),
	    { "\"host\":\"2001:db8::1\",\"host_p\":81" } },
	{ "an IPv6 address without", BYTES(HTTP "GET\t2001:db8::1\t/\n"),
	    { "\"host\":\"2001:db8::1\",\"host_p\":0" } },
	{ "Zeek's escapes are the bytes they stand for",
	    BYTES(HTTP "GET\tx\t/\\x09\\\\\\xff\n"),
	    { "\"uri\":\"/\\t\\\\\\\\\\\\xff\"" } },
	{ "answers with a comma in one",
	    BYTES(SEP
		"#path\tdns\n#fields\t" ID "\tproto\tquery\trcode\tanswers\tTTLs\n" ROW_ID
		"udp\tC2.Example.\t0\ta.example,192.0.2.7,TXT 3 a\\x2cb\t60.0,5.0,1.5\n"),
	    { "\"query\":\"c2.example\"", "\"data\":\"192.0.2.7\",\"ttl\":5",
		"\"data\":\"TXT 3 a,b\",\"ttl\":1", "\"answered\":true" } },
	{ "JSON: the same answers",
	    BYTES("{\"_path\":\"dns\"," J_ID
		  ",\"proto\":\"udp\",\"query\":\"C2.example\",\"rcode\":0,\"answers\":"
		  "[\"a.example\", \"192.0.2.7\",\"TXT 3 a,b\"],\"TTLs\":[60.0,5,1.5]}\n"),
	    { "\"query\":\"c2.example\"", "\"data\":\"192.0.2.7\",\"ttl\":5",
		"\"data\":\"TXT 3 a,b\",\"ttl\":1", "\"answered\":true" } },
	{ "JSON with a stream's name and other keys",
	    BYTES("{\"@stream\":\"ssl\"," J_ID_2
		  ",\"server_name\":\"C2.example\",\"version\":\"TLSv12\"}\n"),
	    { "\"server_name\":\"c2.example\"", "\"version\":771",
		"\"ts_ns\":1500000000500000000", "\"proto\":\"tcp\"" } },
	{ "JSON that names no log is told by its fields",
	    BYTES("{" J_ID ",\"trans_depth\":1,\"host\":\"a.example\"}\n"),
	    { "\"_path\":\"http\"", "\"host\":\"a.example\"" } },
	{ "a list that is empty",
	    BYTES("{\"_path\":\"ssl\"," J_ID
		  ",\"cert_chain_fps\":[],\"established\":true}\n"),
	    { "\"cert_sha256\":\"\"", "\"established\":true" } },
	{ "a chain told by SHA-1",
	    BYTES("{\"_path\":\"ssl\"," J_ID ",\"cert_chain_fps\":["
		  "\"00112233445566778899aabbccddeeff01234567\"]}\n"),
	    { "\"cert_sha256\":\"\"",
		"\"cert_sha1\":\"00112233445566778899aabbccddeeff01234567\"" } },
	{ "DTLS is over UDP",
	    BYTES(SEP "#path\tssl\n#fields\t" ID "\tversion\n" ROW_ID "DTLSv12\n"),
	    { "\"proto\":\"udp\"", "\"version\":65277" } },
	{ "logins of ssh",
	    BYTES(
		"{\"_path\":\"ssh\"," J_ID
		",\"auth_success\":false,\"auth_attempts\":3,\"client\":\"SSH-2.0-x\"}\n"),
	    { "\"auth_success\":false", "\"auth_attempts\":3",
		"\"client\":\"SSH-2.0-x\"" } },
	{ "a file of which the ends of its flow are known",
	    BYTES(SEP "#path\tfiles\n#fields\t" ID
		      "\tfuid\tsource\tmime_type\tseen_bytes\tsha1\n" ROW_ID
		      "Fa\tHTTP\tapplication/x-dosexec\t77\t"
		      "0102030405060708090a0b0c0d0e0f1011121314\n"),
	    { "\"_path\":\"files\"", "\"id.orig_p\":50000",
		"\"mime_type\":\"application/"
		"x-dosexec\",\"missing_bytes\":0,\"proto\":\"tcp\","
		"\"seen_bytes\":77,\"sha1\":"
		"\"0102030405060708090a0b0c0d0e0f1011121314\"" } },
	{ "an older one: who sent it is who answered",
	    BYTES("{\"ts\":5,\"fuid\":\"Fa\",\"tx_hosts\":[\"192.0.2.1\"],\"rx_hosts\":"
		  "[\"10.0.0.1\"],\"conn_uids\":[\"Cx\"],\"is_orig\":false,"
		  "\"seen_bytes\":9,\"md5\":\"tooshort\"}\n"),
	    { "\"id.orig_h\":\"10.0.0.1\",\"id.orig_p\":0,\"id.resp_h\":\"192.0.2.1\"",
		"\"is_orig\":false,\"md5\":\"\"", "\"proto\":\"0\"" } },
	{ "and a file of the originator's",
	    BYTES(SEP "#path\tfiles\n#fields\tts\tfuid\ttx_hosts\trx_hosts\tis_orig\n"
		      "5\tFa\t10.0.0.1\t192.0.2.1,192.0.2.9\tT\n"),
	    { "\"id.orig_h\":\"10.0.0.1\",\"id.orig_p\":0,\"id.resp_h\":\"192.0.2.1\"" } },
	{ "a clock's question",
	    BYTES(SEP "#path\tntp\n#fields\t" ID "\tversion\tmode\tstratum\tref_id\n" ROW_ID
		      "4\t3\t0\t192.0.2.77\n"),
	    { "\"_path\":\"ntp\"", "\"mode\":3,\"proto\":\"udp\",\"ref_id\":\"192.0.2.77\"",
		"\"stratum\":0", "\"version\":4" } },
	{ "a lease",
	    BYTES("{\"ts\":5,\"uids\":[\"Cx\",\"Cy\"],\"client_addr\":\"10.0.0.1\","
		  "\"server_addr\":\"10.0.0.254\",\"host_name\":\"PC-7\",\"mac\":\"02:00\","
		  "\"assigned_addr\":\"10.0.0.9\",\"msg_types\":[\"REQUEST\",\"ACK\"]}\n"),
	    { "\"id.orig_h\":\"10.0.0.1\",\"id.orig_p\":68,\"id.resp_h\":\"10.0.0.254\","
	      "\"id.resp_p\":67",
		"\"msg_types\":\"REQUEST ACK\",\"proto\":\"udp\"", "\"host_name\":\"pc-7\"",
		"\"assigned_addr\":\"10.0.0.9\"" } },
	{ "who has no address yet asks from the one he gets",
	    BYTES(SEP "#path\tdhcp\n#fields\tts\tclient_addr\tserver_addr\tassigned_addr"
		      "\tmsg_types\n5\t-\t10.0.0.254\t10.0.0.9\tDISCOVER,OFFER\n"),
	    { "\"id.orig_h\":\"10.0.0.9\"", "\"msg_types\":\"DISCOVER OFFER\"" } },
	{ "a fingerprint of 40 digits is a SHA-1",
	    BYTES("{\"_path\":\"ssl\"," J_ID ",\"cert_chain_fps\":"
		  "[\"0102030405060708090a0b0c0d0e0f1011121314\"]}\n"),
	    { "\"cert_sha1\":\"0102030405060708090a0b0c0d0e0f1011121314\",\"cert_sha256\":"
	      "\"\"" } },
	{ "the last line may have no end", BYTES(HTTP "GET\ta.example\t/"),
	    { "\"host\":\"a.example\"" } },
};

static void
lines_become_traits(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(SAYS); i++) {
		struct told x;
		struct zeek_stats stats;

		ROW(i, SAYS[i].name);
		stats = read_log(SAYS[i].log, &x);
		assert_int_equal(x.n, 1);
		assert_int_equal(stats.traits, 1);
		assert_int_equal(stats.bad, 0);
		for (int k = 0; k < 4 && SAYS[i].has[k]; k++)
			if (strstr(x.lines.at, SAYS[i].has[k]) == NULL)
				fail_msg("no %s in %s", SAYS[i].has[k], x.lines.at);
		buf_release(&x.lines);
	}
}

static const struct {
	const char *name;
	struct span log;
	uint64_t bad, other;
	const char *why;
} WRONG[] = {
	{ "a cut line", BYTES(HTTP "GET\n"), 1, 0, "too few fields" },
	{ "two lines in one", BYTES(HTTP "GET\ta\t/\t1\n"), 1, 0, "too many fields" },
	{ "no time",
	    BYTES(SEP "#path\thttp\n#fields\t" ID "\n-\tC\t1.1.1.1\t1\t2.2.2.2\t2\n"), 1, 0,
	    "ts: missing" },
	{ "an address that is none",
	    BYTES(SEP "#path\thttp\n#fields\t" ID "\n1\tC\t1.1.1\t1\t2.2.2.2\t2\n"), 1, 0,
	    "id.orig_h: not an address: \"1.1.1\"" },
	{ "a port too large",
	    BYTES(SEP "#path\thttp\n#fields\t" ID "\n1\tC\t1.1.1.1\t65536\t2.2.2.2\t2\n"),
	    1, 0, "id.orig_p: not a whole number in its range: \"65536\"" },
	{ "JSON cut", BYTES("{\"_path\":\"http\"," J_ID ",\"host\":\"a.exa"), 1, 0, NULL },
	{ "a key twice",
	    BYTES("{\"_path\":\"http\"," J_ID ",\"host\":\"a\",\"host\":\"b\"}\n"), 1, 0,
	    "host: given twice: \"b\"" },
	{ "a log that tells nothing", BYTES("{\"_path\":\"weird\"," J_ID "}\n"), 0, 1,
	    NULL },
	{ "and as columns", BYTES(SEP "#path\tnotice\n#fields\tts\tid\n1\tF\n"), 0, 1,
	    NULL },
	{ "a file between nobody",
	    BYTES("{\"_path\":\"files\",\"ts\":1,\"fuid\":\"F\",\"seen_bytes\":1}\n"), 0, 1,
	    NULL },
	{ "a DISCOVER that nobody answered",
	    BYTES("{\"ts\":1,\"client_addr\":\"10.0.0.1\",\"msg_types\":[\"DISCOVER\"]}\n"),
	    0, 1, NULL },
	{ "a lease of no address",
	    BYTES("{\"ts\":1,\"client_addr\":\"10.0.0\",\"server_addr\":\"10.0.0.2\","
		  "\"msg_types\":[\"ACK\"]}\n"),
	    1, 0, "client_addr: not an address: \"10.0.0\"" },
	{ "JSON of somebody else", BYTES("{\"ts\":1,\"id\":\"F\"}\n"), 1, 0,
	    "not a record of Zeek's" },
	{ "a certificate that holds from no time",
	    BYTES("{\"_path\":\"x509\",\"ts\":1,\"id\":\"F\","
		  "\"certificate.not_valid_before\":\"soon\"}\n"),
	    1, 0, "certificate.not_valid_before: not a number: \"soon\"" },
};

static void
what_is_no_trait_is_counted(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(WRONG); i++) {
		struct told x;
		struct zeek_stats stats;

		ROW(i, WRONG[i].name);
		stats = read_log(WRONG[i].log, &x);
		assert_int_equal(x.n, 0);
		assert_int_equal(stats.bad, WRONG[i].bad);
		assert_int_equal(stats.other, WRONG[i].other);
		if (WRONG[i].why)
			assert_string_equal(stats.bad_why, WRONG[i].why);
		buf_release(&x.lines);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_become_traits),
		cmocka_unit_test(what_is_no_trait_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
