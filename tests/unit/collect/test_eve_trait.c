/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include "collect/eve_trait.h"

#define ENDS(type, port)                                                                   \
	"{\"timestamp\":\"2017-07-14T04:40:00.500000+0200\",\"flow_id\":7,\"event_type\":" \
	"\"" type                                                                          \
	"\",\"src_ip\":\"10.0.0.1\",\"src_port\":50000,\"dest_ip\":\"192.0.2.1\","         \
	"\"dest_port\":" port ",\"proto\":\"TCP\","
#define TURNED                                                                       \
	"{\"timestamp\":\"2017-07-14T04:40:00.600000+0200\",\"event_type\":\"dns\"," \
	"\"src_ip\":\"192.0.2.1\",\"src_port\":53,\"dest_ip\":\"10.0.0.1\","         \
	"\"dest_port\":50000,\"proto\":\"TCP\","
#define ASKED "\"type\":\"query\",\"id\":9,\"rrname\":\"A.Example.\",\"rrtype\":\"A\"}}"

/* Lines of one file; what is told of them, in order, has these pieces. */
static const struct {
	const char *name;
	const char *line[4];
	unsigned told;
	const char *has[4];
} rows[] = {
	{ "a question that nobody answered", { ENDS("dns", "53") "\"dns\":{" ASKED }, 1,
	    { "\"query\":\"a.example\"", "\"answered\":false",
		"\"ts_ns\":1500000000500000000", "\"qtype\":1" } },
	{ "asked twice is one question",
	    { ENDS("dns", "53") "\"dns\":{" ASKED, ENDS("dns", "53") "\"dns\":{" ASKED }, 1,
	    { "\"answered\":false" } },
	{ "version 1: an event for each answer",
	    { ENDS("dns", "53") "\"dns\":{" ASKED,
		ENDS("dns",
		    "53") "\"dns\":{\"type\":\"answer\",\"id\":9,\"rcode\":\"NOERROR\","
			  "\"rrname\":\"a.example\",\"rrtype\":\"A\",\"ttl\":60,"
			  "\"rdata\":\"192.0.2.7\"}}",
		ENDS("dns",
		    "53") "\"dns\":{\"type\":\"answer\",\"id\":9,\"rcode\":\"NOERROR\","
			  "\"rrname\":\"a.example\",\"rrtype\":\"A\",\"ttl\":60,"
			  "\"rdata\":\"192.0.2.8\"}}" },
	    1, { "\"answered\":true", "192.0.2.7", "192.0.2.8", "\"ttl\":60" } },
	{ "version 2: all in one",
	    { ENDS("dns", "53") "\"dns\":{" ASKED,
		ENDS("dns",
		    "53") "\"dns\":{\"version\":2,\"type\":\"answer\",\"id\":9,"
			  "\"rcode\":\"NXDOMAIN\",\"rrname\":\"a.example\","
			  "\"rrtype\":\"A\",\"answers\":[{\"rrtype\":\"CNAME\","
			  "\"ttl\":5,\"rdata\":\"b}].example\"},{\"rrtype\":\"AAAA\","
			  "\"ttl\":6,\"rdata\":\"2001:db8::1\"}]}}" },
	    1, { "\"rcode\":3", "b}].example", "2001:db8::1", "\"type\":28" } },
	{ "version 3: the ends turned round, the question apart",
	    { ENDS("dns",
		  "53") "\"dns\":{\"version\":3,\"type\":\"request\",\"id\":9,"
			"\"queries\":[{\"rrname\":\"a.example\",\"rrtype\":\"TXT\"}]}}",
		TURNED
		"\"dns\":{\"version\":3,\"type\":\"response\",\"id\":9,\"rcode\":"
		"\"NOERROR\",\"queries\":[{\"rrname\":\"a.example\",\"rrtype\":\"TXT\"}],"
		"\"answers\":[{\"rrtype\":\"TXT\",\"rdata\":\"x\\\"y\"}]}}" },
	    1,
	    { "\"id.orig_h\":\"10.0.0.1\"", "\"rtt_ns\":100000000", "\"qtype\":16",
		"x\\\"y" } },
	{ "an answer alone",
	    { TURNED "\"dns\":{\"version\":2,\"type\":\"answer\",\"id\":9,"
		     "\"rcode\":\"REFUSED\",\"rrname\":\"a.example\","
		     "\"rrtype\":\"HTTPS\"}}" },
	    1, { "\"id.resp_p\":53", "\"rcode\":5", "\"qtype\":65", "\"rtt_ns\":0" } },
	{ "two questions at once",
	    { ENDS("dns", "53") "\"dns\":{" ASKED,
		ENDS("dns", "53") "\"dns\":{\"type\":\"query\",\"id\":10,\"rrname\":\"b\","
				  "\"rrtype\":\"A\"}}" },
	    2, { "\"query\":\"a.example\"", "\"query\":\"b\"" } },
	{ "a request",
	    { ENDS("http",
		"80") "\"tx_id\":1,\"http\":{\"hostname\":\"A.Example\",\"url\":"
		      "\"/x\",\"http_user_agent\":\"u\\u00e9\",\"http_method\":\"GET\","
		      "\"protocol\":\"HTTP/1.1\",\"status\":200,\"length\":5}}" },
	    1,
	    { "\"host\":\"a.example\"", "\"trans_depth\":2", "\"response_body_len\":5",
		"\"version\":\"1.1\"" } },
	{ "asked of a proxy",
	    { ENDS("http", "3128") "\"http\":{\"hostname\":\"p\",\"url\":"
				   "\"http://a.example:81/x\",\"http_method\":\"GET\"}}" },
	    1, { "\"host\":\"a.example\"", "\"host_p\":81", "\"proxied\":true" } },
	{ "a tunnel",
	    { ENDS("http", "3128") "\"http\":{\"hostname\":\"a.example\",\"url\":"
				   "\"a.example:444\",\"http_method\":\"CONNECT\"}}" },
	    1, { "\"host\":\"a.example\"", "\"host_p\":444", "\"proxied\":true" } },
	{ "a handshake",
	    { ENDS("tls",
		"443") "\"tls\":{\"sni\":\"A.Example\",\"version\":\"TLS 1.2\","
		       "\"subject\":\"CN=a\",\"issuerdn\":\"CN=b\",\"ja3\":{\"hash\":"
		       "\"00112233445566778899aabbccddeeff\",\"string\":\"x\"},\"ja4\":"
		       "\"t13d1516h2_8daaf6152771_e5627efa2ab1\"}}" },
	    1,
	    { "\"server_name\":\"a.example\"", "\"version\":771",
		"\"ja3\":\"00112233445566778899aabbccddeeff\"", "\"ja4\":\"t13d1516h2_" } },
	{ "a certificate",
	    { ENDS("tls",
		"443") "\"tls\":{\"subject\":\"CN=a\",\"issuerdn\":\"CN=a\","
		       "\"fingerprint\":\"00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:"
		       "ff:01:23:45:67\",\"notbefore\":\"2017-07-14T02:40:00\","
		       "\"notafter\":\"2017-07-14T02:40:01\"}}" },
	    1,
	    { "\"cert_sha1\":\"00112233445566778899aabbccddeeff01234567\"",
		"\"certificate\":true", "\"not_before_ns\":1500000000000000000",
		"\"not_after_ns\":1500000001000000000" } },
	{ "a fingerprint of a certificate that is none",
	    { ENDS("tls", "443") "\"tls\":{\"fingerprint\":\"00:11:22-33:44:55:66:77:"
				 "88:99:aa:bb:cc:dd:ee:ff:01:23:45:67\"}}" },
	    1, { "\"cert_sha1\":\"\"", "\"certificate\":false" } },
	{ "a fingerprint that is none",
	    { ENDS("tls", "443") "\"tls\":{\"ja4\":\"t13d1516h2_8daaf6152771_"
				 "e5627efa2a\xc3\xa9\"}}" },
	    1, { "\"ja4\":\"\"" } },
	{ "a handshake of QUIC",
	    { ENDS("quic", "443") "\"quic\":{\"sni\":\"a.example\"}}" }, 1,
	    { "\"server_name\":\"a.example\"", "\"quic\":true" } },
	{ "a shell",
	    { ENDS("ssh", "22") "\"ssh\":{\"client\":{\"proto_version\":\"2.0\","
				"\"software_version\":\"x_1\",\"hassh\":{\"hash\":"
				"\"00112233445566778899aabbccddeeff\"}},\"server\":{}}}" },
	    1,
	    { "\"client\":\"SSH-2.0-x_1\"",
		"\"hassh\":\"00112233445566778899aabbccddeeff\"", "\"server\":\"\"" } },
	{ "another type", { ENDS("alert", "80") "\"alert\":{\"signature\":\"x\"}}" }, 0,
	    { NULL } },
	{ "nothing in it", { ENDS("tls", "80") "\"x\":1}" }, 0, { NULL } },
};

static void
on_trait(void *state, const struct trait *t)
{
	struct buf *lines = state;

	trait_encode(t, lines);
	buf_putc(lines, '\n');
}

static unsigned
count(const char *text)
{
	unsigned n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static void
events_are_traits(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct eve_traits *e;
		struct buf lines;
		struct error err;

		buf_init(&lines, 1 << 20);
		assert_int_equal(eve_traits_new(&e, on_trait, &lines, &err), OK);
		for (unsigned k = 0; k < 4 && rows[i].line[k]; k++) {
			struct span line = { (const uint8_t *)rows[i].line[k],
				strlen(rows[i].line[k]) };
			const char *why;
			enum told told = eve_traits_line(e, line, k + 1, &why);

			if (told != (rows[i].told ? TOLD_NOTHING : TOLD_OTHER))
				fail_msg("%s: line %u: %d %s", rows[i].name, k + 1, told,
				    why ? why : "");
		}
		eve_traits_finish(e);
		eve_traits_finish(e); /* tells nothing again */
		eve_traits_free(e);
		buf_putc(&lines, '\0');
		if (count(lines.at) != rows[i].told)
			fail_msg("%s: %s", rows[i].name, lines.at);
		for (unsigned k = 0; k < 4 && rows[i].has[k]; k++)
			if (strstr(lines.at, rows[i].has[k]) == NULL)
				fail_msg("%s: no %s in %s", rows[i].name, rows[i].has[k],
				    lines.at);
		buf_release(&lines);
	}
}

/* Well-formed lines that are none of Suricata's. */
static void
what_cannot_be_is_bad(void **state)
{
	static const char *const lines[] = {
		"{\"event_type\":\"dns\",\"dns\":{}}",
		ENDS("dns", "53") "\"dns\":{\"type\":\"reply\",\"id\":1}}",
		"{\"event_type\":\"tls\"",
		"{\"timestamp\":\"yesterday\",\"event_type\":\"tls\",\"src_ip\":\"10.0.0."
		"1\","
		"\"dest_ip\":\"10.0.0.2\",\"proto\":\"TCP\",\"tls\":{}}",
	};
	struct eve_traits *e;
	struct error err;

	(void)state;
	assert_int_equal(eve_traits_new(&e, on_trait, NULL, &err), OK);
	for (size_t i = 0; i < COUNT(lines); i++) {
		struct span line = { (const uint8_t *)lines[i], strlen(lines[i]) };
		const char *why;

		assert_int_equal(eve_traits_line(e, line, 1, &why), TOLD_BAD);
		assert_non_null(why);
	}
	eve_traits_free(e);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_are_traits),
		cmocka_unit_test(what_cannot_be_is_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
