/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection, written as TSV and as JSON, with one field changed in each
 * row: both must make the same flow of it, or refuse it for the same field.
 */
#include "table.h"

#include "collect/zeek_read.h"

static const struct {
	const char *name, *type, *tsv, *json;
} EVENT[] = {
	{ "ts", "time", "1545403816.962094", "1545403816.962094" },
	{ "uid", "string", "CrDn63WjJEmrWGjqf", "\"CrDn63WjJEmrWGjqf\"" },
	{ "id.orig_h", "addr", "192.168.1.195", "\"192.168.1.195\"" },
	{ "id.orig_p", "port", "41040", "41040" },
	{ "id.resp_h", "addr", "185.244.25.235", "\"185.244.25.235\"" },
	{ "id.resp_p", "port", "80", "80" },
	{ "proto", "enum", "tcp", "\"tcp\"" },
	{ "service", "string", "http", "\"http\"" },
	{ "duration", "interval", "3.139211", "3.139211" },
	{ "orig_bytes", "count", "100", "100" },
	{ "resp_bytes", "count", "200", "200" },
	{ "conn_state", "string", "SF", "\"SF\"" },
	{ "local_orig", "bool", "T", "true" },
	{ "local_resp", "bool", "F", "false" },
	{ "missed_bytes", "count", "0", "0" },
	{ "history", "string", "ShADadFf", "\"ShADadFf\"" },
	{ "orig_pkts", "count", "3", "3" },
	{ "orig_ip_bytes", "count", "180", "180" },
	{ "resp_pkts", "count", "4", "4" },
	{ "resp_ip_bytes", "count", "280", "280" },
	{ "tunnel_parents", "set[string]", "(empty)", "[]" },
	{ "vlan", "int", "7", "7" },
	{ "ip_proto", "count", "6", "6" },
	{ "label", "string", "Malicious", "\"Malicious\"" },
	{ "detailedlabel", "string", "C&C", "\"C&C\"" },
};

/* Written out once by hand from EVENT. */
#define WHOLE                                                                   \
	"1545403816962094000+3139211000 192.168.1.195:41040>185.244.25.235:80 " \
	"proto=6 http SF bytes=100/200 pkts=3/4 ip=180/280 flags=36 "           \
	"history=ShADadFf vlan=7 source=0"

#define GONE "(gone)" /* no such field; in TSV a column with no value */

/* clang-format off */
static const struct {
	const char *says, *field, *tsv, *json;
	const char *shows; /* in the summary of the flow; NULL: there is none */
	const char *why;   /* then the reason begins so */
} ROWS[] = {
	{ "nothing changed", "uid", "C1", "\"C1\"", WHOLE, NULL },
	{ "no uid", "uid", "-", GONE, WHOLE, NULL },
	{ "clock that starts in 1970", "ts", "8.176495", "8.176495", "8176495000+", NULL },
	{ "the beginning", "ts", "0.000000", "0", "0+3139211000 ", NULL },
	{ "exponent", "ts", "1.545403816962094e9", "1.545403816962094E+09", "1545403816962094000+", NULL },
	{ "more digits than a double has", "ts", "1545403816.9620940001", "1545403816.9620940001", "1545403816962094000+", NULL },
	{ "time as text", "ts", "2018-12-21T14:50:16.962094Z", "\"2018-12-21T14:50:16.962094Z\"", "1545403816962094000+", NULL },
	{ "time as text, east", "ts", "2018-12-21T15:50:16.962094+0100", "\"2018-12-21T15:50:16.962094+01:00\"", "1545403816962094000+", NULL },
	{ "before 1970", "ts", "-1.5", "-1.5", NULL, "ts: before 1970: \"-1.5\"" },
	{ "before 1970 as text", "ts", "1969-12-31T23:59:59Z", "\"1969-12-31T23:59:59Z\"", NULL, "ts: not a time" },
	{ "milliseconds taken for seconds", "ts", "1545403816962", "1545403816962", NULL, "ts: past the year 2200" },
	{ "past 2200 as text", "ts", "2200-01-01T00:00:00Z", "\"2200-01-01T00:00:00Z\"", NULL, "ts: past the year 2200" },
	{ "overflow", "ts", "1e300", "1e300", NULL, "ts: past the year 2200" },
	{ "no time", "ts", "-", "null", NULL, "ts: missing" },
	{ "time of letters", "ts", "XXXXXXXXXX.XXXXXX", "\"XXXXXXXXXX.XXXXXX\"", NULL, "ts: not a time: \"XXXXXXXXXX.XXXXXX\"" },
	{ "time cut", "ts", "1545403816.", "\"1545403816.\"", NULL, "ts: not a time" },

	{ "IPv6", "id.orig_h", "fe80::6dd3:1409:3456:8562", "\"fe80::6dd3:1409:3456:8562\"", " fe80::6dd3:1409:3456:8562:41040>", NULL },
	{ "IPv4 in IPv6", "id.resp_h", "::ffff:1.2.3.4", "\"::ffff:1.2.3.4\"", ">1.2.3.4:80 ", NULL },
	{ "address cut", "id.resp_h", "185.244.25", "\"185.244.25\"", NULL, "id.resp_h: not an address: \"185.244.25\"" },
	{ "a name", "id.orig_h", "host.example", "\"host.example\"", NULL, "id.orig_h: not an address" },
	{ "no address", "id.orig_h", "-", GONE, NULL, "id.orig_h: missing" },

	{ "largest port", "id.orig_p", "65535", "65535", ":65535>", NULL },
	{ "port 0", "id.resp_p", "0", "0", ":0 proto", NULL },
	{ "port too large", "id.orig_p", "65536", "65536", NULL, "id.orig_p: too large: \"65536\"" },
	{ "far too large", "id.orig_p", "93145000000000000000000", "93145000000000000000000", NULL, "id.orig_p: not a whole number" },
	{ "negative port", "id.resp_p", "-1", "-1", NULL, "id.resp_p: not a whole number" },
	{ "half a port", "id.resp_p", "80.5", "80.5", NULL, "id.resp_p: not a whole number" },
	{ "a whole port with decimals", "id.resp_p", "443.0", "443.0", ":443 proto", NULL },
	{ "port and protocol", "id.resp_p", "80/tcp", "\"80/tcp\"", NULL, "id.resp_p: " },
	{ "no port", "id.orig_p", "-", "null", NULL, "id.orig_p: missing" },

	{ "udp", "proto", "udp", "\"udp\"", " proto=17 ", NULL },
	{ "icmp", "proto", "icmp", "\"icmp\"", " proto=1 ", NULL },
	{ "not one that Zeek follows", "proto", "unknown_transport", "\"unknown_transport\"", " proto=6 ", NULL },
	{ "not a protocol", "proto", "tcpp", "\"tcpp\"", NULL, "proto: not a protocol we know: \"tcpp\"" },
	{ "long word", "proto", "transmission", "\"transmission\"", NULL, "proto: " },
	{ "protocol as a number", "proto", "6", "6", NULL, "proto: " },
	{ "no protocol", "proto", "-", GONE, NULL, "proto: missing" },
	{ "protocol number too large", "ip_proto", "256", "256", NULL, "ip_proto: too large" },

	{ "first word known", "service", "http,ssl", "\"http,ssl\"", " http SF ", NULL },
	{ "second word known", "service", "gssapi,smb,krb", "\"gssapi,smb,krb\"", " smb SF ", NULL },
	{ "word with a dash", "service", "ftp-data", "\"ftp-data\"", " ftp-data SF ", NULL },
	{ "unknown word", "service", "gopher", "\"gopher\"", " other SF ", NULL },
	{ "no service", "service", "-", GONE, " - SF ", NULL },
	{ "empty service", "service", "(empty)", "\"\"", " - SF ", NULL },
	{ "null service", "service", "-", "null", " - SF ", NULL },
	{ "service is a number", "service", "7", "\"7\"", " other SF ", NULL },

	{ "no duration", "duration", "-", GONE, "000+0 ", NULL },
	{ "duration of nothing", "duration", "0.000000", "0.0", "000+0 ", NULL },
	{ "a difference of doubles", "duration", "0.279642", "0.27964200000000083", "000+279642000 ", NULL },
	{ "tiny", "duration", "0.000001", "1e-06", "000+1000 ", NULL },
	{ "negative duration", "duration", "-0.000001", "-1e-06", NULL, "duration: negative" },
	{ "negative nothing", "duration", "-0.000000", "-0.0", "000+0 ", NULL },
	{ "a thousand years", "duration", "31556952000", "31556952000", NULL, "duration: too long" },
	{ "duration of letters", "duration", "short", "\"short\"", NULL, "duration: " },

	{ "no bytes from one side", "orig_bytes", "-", GONE, " bytes=0/200 pkts=3/4 ip=180/280 flags=36 ", NULL },
	{ "many bytes", "resp_bytes", "9999999999999999999", "9999999999999999999", " bytes=100/9999999999999999999 ", NULL },
	{ "bytes of letters", "resp_bytes", "1k", "\"1k\"", NULL, "resp_bytes: " },
	{ "leading zero", "resp_bytes", "007", "\"007\"", NULL, "resp_bytes: " },
	{ "packets", "orig_pkts", "262", "262", " pkts=262/4 ", NULL },
	{ "more packets", "resp_pkts", "12345678", "12345678", " pkts=3/12345678 ", NULL },
	{ "IP bytes", "orig_ip_bytes", "0", "0", " ip=0/280 ", NULL },
	{ "more IP bytes", "resp_ip_bytes", "123456789", "123456789", " ip=180/123456789 ", NULL },

	{ "reset before an answer", "conn_state", "RSTOS0", "\"RSTOS0\"", " http RSTOS0 ", NULL },
	{ "unknown state", "conn_state", "S9", "\"S9\"", " http - ", NULL },
	{ "no state", "conn_state", "-", GONE, " http - ", NULL },
	{ "truth as a number", "local_orig", "1", "1", NULL, "local_orig: " },

	{ "remote originator", "local_orig", "F", "false", " flags=40 ", NULL },
	{ "local responder", "local_resp", "T", "true", " flags=20 ", NULL },
	{ "not said who is local", "local_orig", "-", GONE, " flags=32 ", NULL },
	{ "half true", "local_orig", "true", "\"T\"", NULL, "local_orig: " },

	{ "no history", "history", "-", GONE, " history= vlan", NULL },
	{ "reversed", "history", "^dADa", "\"^dADa\"", " history=^dADa ", NULL },
	{ "long history", "history", "ShADadFfShADadFfShADadFfShADadFfShADadFfShADadFfShADadFfShADadFf", "\"ShADadFfShADadFfShADadFfShADadFfShADadFfShADadFfShADadFfShADadFf\"", " history=ShADadFfShADadFfShADadFfShADadFfShADadFfShADadFfShADadF vlan", NULL },
	{ "history of digits", "history", "Sh1", "\"Sh1\"", NULL, "history: not letters: \"Sh1\"" },

	{ "largest VLAN", "vlan", "4095", "4095", " vlan=4095 ", NULL },
	{ "VLAN too large", "vlan", "4096", "4096", NULL, "vlan: too large" },
	{ "no VLAN", "vlan", "-", GONE, " vlan=0 ", NULL },
	{ "no label", "label", "-", GONE, WHOLE, NULL },
	{ "a label that is not a word", "label", "1", "[1,{}]", WHOLE, NULL },
	{ "other letters", "detailedlabel", "\xe4\xb8\xad", "\"\\u4e2d\"", WHOLE, NULL },
};
/* clang-format on */

#define TEXT 2048

static void
put_tsv(char *text, const char *field, const char *value)
{
	int n = snprintf(text, TEXT,
	    "#separator \\x09\n#set_separator\t,\n"
	    "#empty_field\t(empty)\n#unset_field\t-\n"
	    "#path\tconn\n#fields");

	for (size_t i = 0; i < COUNT(EVENT); i++)
		n += snprintf(text + n, TEXT - (size_t)n, "\t%s", EVENT[i].name);
	n += snprintf(text + n, TEXT - (size_t)n, "\n#types");
	for (size_t i = 0; i < COUNT(EVENT); i++)
		n += snprintf(text + n, TEXT - (size_t)n, "\t%s", EVENT[i].type);
	for (size_t i = 0; i < COUNT(EVENT); i++)
		n += snprintf(text + n, TEXT - (size_t)n, "%c%s", i ? '\t' : '\n',
		    strcmp(EVENT[i].name, field) == 0 ? value : EVENT[i].tsv);
	(void)snprintf(text + n, TEXT - (size_t)n, "\n#close\t2018-12-22\n");
}

static void
put_json(char *text, const char *field, const char *value, bool corelight)
{
	int n = snprintf(text, TEXT, "%s", corelight ? "{\"@stream\":\"conn\"" : "{");

	for (size_t i = 0; i < COUNT(EVENT); i++) {
		const char *v = strcmp(EVENT[i].name, field) == 0 ? value : EVENT[i].json;
		char name[32];

		if (strcmp(v, GONE) == 0)
			continue;
		(void)snprintf(name, sizeof name, "%s", EVENT[i].name);
		for (char *c = name; corelight && *c != '\0'; c++)
			if (*c == '.')
				*c = '_';
		n += snprintf(text + n, TEXT - (size_t)n,
		    corelight ? "%s \"%s\" : %s" : "%s\"%s\":%s", n > 1 ? "," : "", name,
		    v);
	}
	(void)snprintf(text + n, TEXT - (size_t)n, "}\n");
}

static void
expect(size_t row, const char *text)
{
	struct zeek_result r = zeek_read(text_span(text), 8, NULL);
	char summary[400];

	assert_int_equal(r.st, OK);
	assert_int_equal(r.stats.other, 0);
	if (ROWS[row].shows != NULL) {
		if (r.n != 1)
			fail_msg("no flow: %s", r.stats.bad_why);
		if (strstr(zeek_summary(r.flow, summary), ROWS[row].shows) == NULL)
			fail_msg("not in \"%s\"", summary);
		assert_int_equal(r.stats.bad, 0);
	} else {
		assert_int_equal(r.n, 0);
		assert_int_equal(r.stats.bad, 1);
		if (strncmp(r.stats.bad_why, ROWS[row].why, strlen(ROWS[row].why)) != 0)
			fail_msg("refused, but: %s", r.stats.bad_why);
	}
	free(r.flow);
}

static void
every_field(void **state)
{
	char text[TEXT];

	(void)state;
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		ROW(i, ROWS[i].says);
		put_tsv(text, ROWS[i].field, ROWS[i].tsv);
		expect(i, text);
		put_json(text, ROWS[i].field, ROWS[i].json, false);
		expect(i, text);
		put_json(text, ROWS[i].field, ROWS[i].json, true);
		expect(i, text);
	}
}

/* Any order of the columns and of the members gives the same flow. */
static void
any_order(void **state)
{
	size_t order[COUNT(EVENT)];
	unsigned seed = 1970;

	(void)state;
	for (size_t i = 0; i < COUNT(order); i++)
		order[i] = i;
	for (int round = 0; round < 200; round++) {
		char tsv[TEXT], types[TEXT], values[TEXT], json[TEXT], summary[400];
		int n = snprintf(tsv, sizeof tsv, "#separator \\x7c\n#fields");
		int t = snprintf(types, sizeof types, "#types"), v = 0;
		int j = snprintf(json, sizeof json, "{");
		struct zeek_result a, b;

		for (size_t i = COUNT(order) - 1; i > 0; i--) {
			size_t k = (size_t)rand_r(&seed) % (i + 1), was = order[i];

			order[i] = order[k];
			order[k] = was;
		}
		for (size_t i = 0; i < COUNT(order); i++) {
			size_t e = order[i];

			n +=
			    snprintf(tsv + n, sizeof tsv - (size_t)n, "|%s", EVENT[e].name);
			t += snprintf(
			    types + t, sizeof types - (size_t)t, "|%s", EVENT[e].type);
			v += snprintf(values + v, sizeof values - (size_t)v, "%s%s",
			    i ? "|" : "", EVENT[e].tsv);
			j += snprintf(json + j, sizeof json - (size_t)j, "%s\"%s\":%s",
			    i ? "," : "", EVENT[e].name, EVENT[e].json);
		}
		(void)snprintf(
		    tsv + n, sizeof tsv - (size_t)n, "\n%s\n%s\n", types, values);
		(void)snprintf(json + j, sizeof json - (size_t)j, "}");
		a = zeek_read(text_span(tsv), 1, NULL);
		b = zeek_read(text_span(json), 1, NULL);
		assert_int_equal(a.n, 1);
		assert_int_equal(b.n, 1);
		assert_string_equal(zeek_summary(a.flow, summary), WHOLE);
		assert_string_equal(zeek_summary(b.flow, summary), WHOLE);
		free(a.flow);
		free(b.flow);
	}
}

static void
bytes_of_neither(void **state)
{
	static const char tsv[] =
	    "#fields\tts\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\torig_bytes"
	    "\tresp_bytes\tip_proto\n1\tff02::1\t135\tff02::2\t136\ticmp\t-\t-\t-\n"
	    "1\t1.1.1.1\t0\t2.2.2.2\t0\tunknown_transport\t-\t-\t132\n";
	static const char json[] =
	    "{\"ts\":1,\"id.orig_h\":\"ff02::1\",\"id.orig_p\":135,\"id.resp_h\":\"ff02::"
	    "2\","
	    "\"id.resp_p\":136,\"proto\":\"icmp\",\"missed_bytes\":0}\n"
	    "{\"ts\":1,\"id.orig_h\":\"1.1.1.1\",\"id.orig_p\":0,\"id.resp_h\":\"2.2.2.2\","
	    "\"id.resp_p\":0,\"proto\":\"unknown_transport\",\"ip_proto\":132,"
	    "\"conn_state\":null}\n";

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct zeek_result r = zeek_read(i ? BYTES(json) : BYTES(tsv), 4, NULL);

		assert_int_equal(r.n, 2);
		assert_int_equal(r.flow[0].flags, FLOW_NO_BYTES);
		assert_int_equal(r.flow[0].proto, PROTO_ICMP6); /* its addresses say so */
		assert_int_equal(r.flow[1].proto, PROTO_SCTP);
		free(r.flow);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field),
		cmocka_unit_test(any_order),
		cmocka_unit_test(bytes_of_neither),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
