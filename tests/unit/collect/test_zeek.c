/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <zlib.h>

#include "collect/zeek_read.h"

#define SEP     "#separator \\x09\n"
#define MARKERS "#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n"
#define CONN    "#path\tconn\n"
#define HTTP    "#path\thttp\n"
#define FIELDS                                                                       \
	"#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tconn_" \
	"state\n"
#define TYPES  "#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\n"
#define HEADER SEP MARKERS CONN FIELDS TYPES
#define LINE   "1.5\tC1\t10.0.0.1\t1025\t10.0.0.2\t80\ttcp\tSF\n"
#define LINE_2 "2.5\tC2\t10.0.0.3\t1026\t10.0.0.4\t443\ttcp\tS0\n"
#define CUT    "3.5\tC3\t10.0.0.5\t10"

#define J_HEAD "\"ts\":1.5,\"uid\":\"C1\",\"id.orig_h\":\"10.0.0.1\",\"id.orig_p\":1025,"
#define J_TAIL "\"id.resp_h\":\"10.0.0.2\",\"id.resp_p\":80,\"proto\":\"tcp\""
#define J_CONN "{" J_HEAD J_TAIL ",\"conn_state\":\"SF\"}\n"
#define J_DNS  "{" J_HEAD J_TAIL ",\"query\":\"example.org\",\"rtt\":0.5}\n"
#define J_EVE                                                               \
	"{\"timestamp\":\"2018-12-21T14:50:16.962094+0000\",\"flow_id\":1," \
	"\"event_type\":\"flow\",\"src_ip\":\"10.0.0.1\",\"proto\":\"TCP\"}\n"

/* clang-format off */
static const struct {
	const char *name;
	struct span text;
	unsigned flows;
	uint64_t bad, other, bad_line;
	const char *why; /* of the first bad line */
} ROWS[] = {
	{ "nothing", BYTES(""), 0, 0, 0, 0, "" },
	{ "a header alone", BYTES(HEADER), 0, 0, 0, 0, "" },
	{ "two lines and the end", BYTES(HEADER LINE LINE_2 "#close\t2018\n"), 2, 0, 0, 0, "" },
	{ "blank lines", BYTES("\n" HEADER "\n" LINE "\n\n" LINE "\n"), 2, 0, 0, 0, "" },
	{ "no newline at the end", BYTES(HEADER LINE "2.5\tC2\t10.0.0.3\t1\t10.0.0.4\t2\ttcp\tS0"), 2, 0, 0, 0, "" },
	{ "cut at the end", BYTES(HEADER LINE LINE_2 CUT), 2, 1, 0, 10, "too few fields" },
	{ "cut in the middle", BYTES(HEADER LINE CUT "\n" LINE_2), 2, 1, 0, 9, "too few fields" },
	{ "cut, and the next one behind it", BYTES(HEADER CUT LINE LINE_2), 1, 1, 0, 8, "too many fields" },
	{ "the first bad line is told", BYTES(HEADER LINE "x\tC\t1.1.1.1\t1\t2.2.2.2\t2\ttcp\tS0\n" CUT "\n" LINE), 2, 2, 0, 9, "ts: not a time: \"x\"" },
	{ "head cut off", BYTES(LINE LINE), 0, 2, 0, 1, "no #fields line before it" },
	{ "no header but a path", BYTES(CONN LINE), 0, 1, 0, 2, "no #fields line before it" },
	{ "header without #separator", BYTES(FIELDS LINE), 1, 0, 0, 0, "" },
	{ "header without #types", BYTES(SEP CONN FIELDS LINE), 1, 0, 0, 0, "" },
	{ "lines that end in CR LF", BYTES("#separator \\x09\r\n#path\tconn\r\n#fields\tts\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tconn_state\r\n1\t1.1.1.1\t1\t2.2.2.2\t2\tudp\tSF\r\n"), 1, 0, 0, 0, "" },
	{ "byte order mark", BYTES("\xef\xbb\xbf" HEADER LINE), 1, 0, 0, 0, "" },
	{ "two logs, one behind the other", BYTES(HEADER LINE "#close\t2018\n" HEADER LINE_2 "#close\t2018\n"), 2, 0, 0, 0, "" },
	{ "the second has other columns", BYTES(HEADER LINE SEP CONN "#fields\tproto\tid.resp_p\tid.resp_h\tid.orig_p\tid.orig_h\tts\thistory\n" "udp\t53\t8.8.8.8\t999\t10.0.0.1\t7.25\tDd\n"), 2, 0, 0, 0, "" },
	{ "the second has another separator", BYTES(HEADER LINE "#separator ,\n#path,conn\n#fields,ts,id.orig_h,id.orig_p,id.resp_h,id.resp_p,proto,conn_state\n1,1.1.1.1,1,2.2.2.2,2,udp,SF\n"), 2, 0, 0, 0, "" },
	{ "the second is of another path", BYTES(HEADER LINE SEP HTTP FIELDS LINE LINE HEADER LINE), 2, 0, 2, 0, "" },
	{ "other names for no value", BYTES(SEP "#unset_field\tNULL\n#empty_field\t()\n" CONN "#fields\tts\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tduration\thistory\n" "1\t1.1.1.1\t1\t2.2.2.2\t2\tudp\tNULL\t()\n" "1\t1.1.1.1\t1\t2.2.2.2\t2\tudp\t-\t()\n"), 1, 1, 0, 7, "duration: not a number: \"-\"" },
	{ "not UTF-8", BYTES(HEADER "1.5\tC\xff\t10.0.0.1\t1025\t10.0.0.2\t80\ttcp\tSF\n" LINE), 1, 1, 0, 8, "not UTF-8" },
	{ "UTF-8", BYTES(HEADER "1.5\tC\xe4\xb8\xad\t10.0.0.1\t1025\t10.0.0.2\t80\ttcp\tSF\n"), 1, 0, 0, 0, "" },
	{ "NULs where the machine went down", BYTES(HEADER LINE "\0\0\0\0\0\0\0\0\n" LINE), 2, 1, 0, 9, "too few fields" },
	{ "a reason that cannot be printed", BYTES(HEADER "1\x1b[31m\tC\t1.1.1.1\t1\t2.2.2.2\t2\ttcp\tSF\n"), 0, 1, 0, 8, "ts: not a time: \"1?[31m\"" },
	{ "a needed column is missing", BYTES(SEP CONN "#fields\tts\tid.orig_h\tid.resp_h\tid.resp_p\tproto\tconn_state\n1\t1.1.1.1\t2.2.2.2\t2\tudp\tSF\n"), 0, 1, 0, 4, "id.orig_p: the #fields line does not name it" },
	{ "a column twice", BYTES(SEP CONN "#fields\tts\tts\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\n1\t1\t1.1.1.1\t1\t2.2.2.2\t2\tudp\n"), 0, 1, 0, 4, "ts: the #fields line names it twice" },
	{ "types of another header", BYTES(SEP CONN FIELDS "#types\tstring\ttime\taddr\taddr\tport\tport\tenum\tstring\n" LINE), 0, 1, 0, 5, "id.orig_p: the #types line gives it another type" },
	{ "fewer types than fields", BYTES(SEP CONN FIELDS "#types\ttime\tstring\taddr\tport\taddr\tport\tenum\n" LINE), 0, 1, 0, 5, "#fields and #types differ in length" },
	{ "a separator of two bytes", BYTES("#separator \\x09\\x09\n" CONN FIELDS LINE), 0, 1, 0, 4, "the #separator line names no single byte that can be one" },
	{ "a separator that is in numbers", BYTES("#separator .\n" CONN FIELDS LINE), 0, 1, 0, 4, "the #separator line names no single byte that can be one" },
	{ "a bad header and a good one", BYTES("#separator \\x09\\x09\n" CONN FIELDS LINE HEADER LINE), 1, 1, 0, 4, "the #separator line names no single byte that can be one" },
	{ "IoT-23 labels in the last column", BYTES(SEP CONN "#fields\tts\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tconn_state\ttunnel_parents   label   detailed-label\n#types\ttime\taddr\tport\taddr\tport\tenum\tstring\tset[string]   string   string\n1\t1.1.1.1\t1\t2.2.2.2\t2\ttcp\tS3\t-   Malicious   C&C\n1\t1.1.1.1\t1\t2.2.2.2\t2\ttcp\tS3\t(empty)   Benign   -\n#close\t2019-12-05-15-46-36   benign   -\n"), 2, 0, 0, 0, "" },

	{ "JSON", BYTES(J_CONN J_CONN), 2, 0, 0, 0, "" },
	{ "JSON that ends without newline", BYTES(J_CONN "{" J_HEAD J_TAIL ",\"conn_state\":\"SF\"}"), 2, 0, 0, 0, "" },
	{ "JSON cut at the end", BYTES(J_CONN "{" J_HEAD "\"id.res"), 1, 1, 0, 2, "cut inside a string" },
	{ "JSON cut in the middle", BYTES(J_CONN "{" J_HEAD J_TAIL "\n" J_CONN), 2, 1, 0, 2, "cut" },
	{ "JSON with CR LF and space", BYTES("  {" J_HEAD J_TAIL ",\"conn_state\":\"SF\"} \r\n"), 1, 0, 0, 0, "" },
	{ "a key twice", BYTES("{" J_HEAD J_TAIL ",\"conn_state\":\"SF\",\"ts\":2}\n"), 0, 1, 0, 1, "ts: given twice: \"2\"" },
	{ "a key twice, once with an escape", BYTES("{" J_HEAD J_TAIL ",\"conn_state\":\"SF\",\"\\u0074s\":2}\n"), 0, 1, 0, 1, "ts: given twice: \"2\"" },
	{ "a key twice, once as Corelight has it", BYTES("{" J_HEAD J_TAIL ",\"conn_state\":\"SF\",\"id_orig_p\":2}\n"), 0, 1, 0, 1, "id.orig_p: given twice: \"2\"" },
	{ "a key of no interest twice", BYTES("{" J_HEAD J_TAIL ",\"conn_state\":\"SF\",\"x\":2,\"x\":3}\n"), 1, 0, 0, 0, "" },
	{ "keys that are near ours", BYTES("{" J_HEAD J_TAIL ",\"conn_state\":\"SF\",\"\":1,\"t\":2,\"ts \":3,\"tsts\":4,\"\\u0000\":5,\"ts\\u0000\":6,\"orig_ip_bytes_and_more\":7}\n"), 1, 0, 0, 0, "" },
	{ "value with escapes", BYTES("{" J_HEAD J_TAIL ",\"conn_state\":\"\\u0053\\u0046\"}\n"), 1, 0, 0, 0, "" },
	{ "all logs in one file", BYTES("{\"_path\":\"dns\"," J_HEAD J_TAIL "}\n{\"_path\":\"conn\"," J_HEAD J_TAIL "}\n{" J_HEAD J_TAIL ",\"@stream\":\"ssl\"}\n"), 1, 0, 2, 0, "" },
	{ "another log with other types", BYTES("{" J_HEAD J_TAIL ",\"history\":[1],\"vlan\":\"x\",\"_path\":\"odd\"}\n" J_CONN), 1, 0, 1, 0, "" },
	{ "dns.log without a path", BYTES(J_DNS J_CONN), 1, 0, 1, 0, "" },
	{ "Suricata between", BYTES(J_CONN J_EVE J_CONN), 2, 1, 0, 2, "not a record of Zeek's" },
	{ "an object of nobody's", BYTES("{}\n" J_CONN), 1, 1, 0, 1, "not a record of Zeek's" },
	{ "JSON behind TSV", BYTES(HEADER LINE J_CONN), 2, 0, 0, 0, "" },
	{ "not a log", BYTES("Lorem ipsum dolor sit amet\n\nconsectetur adipiscing elit\n"), 0, 2, 0, 1, "no #fields line before it" },
};
/* clang-format on */

static void
files(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct zeek_result r;

		ROW(i, ROWS[i].name);
		r = zeek_read(ROWS[i].text, 1 + (unsigned)i % 3, NULL);
		assert_int_equal(r.st, OK);
		assert_int_equal(r.n, ROWS[i].flows);
		assert_int_equal(r.stats.bad, ROWS[i].bad);
		assert_int_equal(r.stats.other, ROWS[i].other);
		assert_int_equal(r.stats.bad_line, ROWS[i].bad_line);
		assert_string_equal(r.stats.bad_why, ROWS[i].why);
		free(r.flow);
	}
}

/* clang-format off */
static const struct {
	const char *name;
	struct span first;
	enum zeek_kind kind;
	const char *path;
} KINDS[] = {
	{ "nothing", BYTES(""), ZEEK_NO, "" },
	{ "conn.log", BYTES(HEADER LINE), ZEEK_CONN, "conn" },
	{ "conn.log without lines", BYTES(HEADER), ZEEK_CONN, "conn" },
	{ "conn.log that does not name itself", BYTES(SEP FIELDS LINE), ZEEK_CONN, "" },
	{ "cut in the header, after the path", BYTES(SEP MARKERS CONN "#fiel"), ZEEK_CONN, "conn" },
	{ "cut in the header, before the path", BYTES(SEP MARKERS), ZEEK_OTHER, "" },
	{ "a remark first", BYTES("### a remark\n\n" HEADER), ZEEK_CONN, "conn" },
	{ "byte order mark", BYTES("\xef\xbb\xbf" HEADER), ZEEK_CONN, "conn" },
	{ "CR LF", BYTES("#separator \\x09\r\n#path\tconn\r\n"), ZEEK_CONN, "conn" },
	{ "http.log", BYTES(SEP HTTP "#fields\tts\tuid\thost\n1\tC\texample.org\n"), ZEEK_OTHER, "http" },
	{ "http.log with the fields of a connection", BYTES(SEP HTTP FIELDS LINE), ZEEK_OTHER, "http" },
	{ "connections told again and again", BYTES(SEP "#path\tconn_long\n" FIELDS LINE), ZEEK_OTHER, "conn_long" },
	{ "http.log, and conn.log behind it", BYTES(SEP HTTP FIELDS LINE HEADER LINE), ZEEK_CONN, "conn" },
	{ "http.log, and JSON among its lines", BYTES(SEP HTTP FIELDS LINE J_CONN), ZEEK_CONN, "" },
	{ "no path, and not the fields", BYTES(SEP "#fields\tts\tuid\thost\n"), ZEEK_OTHER, "" },
	{ "a long path", BYTES(SEP "#path\tthe_path_of_this_log_is_longer_than_we_keep\n"), ZEEK_OTHER, "the_path_of_this_log_is_longer_" },
	{ "TSV without its head", BYTES(LINE LINE), ZEEK_NO, "" },
	{ "text", BYTES("Lorem ipsum dolor sit amet,\nconsectetur\n"), ZEEK_NO, "" },
	{ "a script", BYTES("#!/bin/sh\n# fields\necho\n"), ZEEK_NO, "" },
	{ "a web server's log", BYTES("#Version: 1.0\n#Fields: date time c-ip\n"), ZEEK_NO, "" },
	{ "a pcap file", BYTES("\xd4\xc3\xb2\xa1\2\0\4\0\0\0\0\0\0\0\0\0\0\0\4\0\1\0\0\0"), ZEEK_NO, "" },
	{ "JSON conn", BYTES(J_CONN), ZEEK_CONN, "" },
	{ "JSON conn, cut in its second line", BYTES(J_CONN "{\"ts\":"), ZEEK_CONN, "" },
	{ "JSON conn by its path", BYTES("{\"_path\":\"conn\",\"ts\":1}\n"), ZEEK_CONN, "conn" },
	{ "JSON conn by Corelight's path", BYTES("{\"@stream\":\"conn\",\"ts\":1}\n"), ZEEK_CONN, "conn" },
	{ "JSON conn with only bad values", BYTES("{" J_HEAD "\"id.resp_p\":99999,\"conn_state\":\"SF\"}\n"), ZEEK_CONN, "" },
	{ "JSON cut at its head", BYTES("0.0.2\",\"id.resp_p\":80}\n" J_CONN), ZEEK_CONN, "" },
	{ "JSON dns, by its fields", BYTES(J_DNS), ZEEK_OTHER, "dns" },
	{ "JSON x509", BYTES("{\"ts\":1,\"id\":\"F1\",\"certificate.issuer\":\"CN=a\"}\n"), ZEEK_OTHER, "x509" },
	{ "JSON dhcp", BYTES("{\"ts\":1,\"uids\":[\"C1\"],\"msg_types\":[\"ACK\"]}\n"), ZEEK_OTHER, "dhcp" },
	{ "JSON weird", BYTES("{\"ts\":1,\"name\":\"a_b\",\"notice\":false}\n"), ZEEK_OTHER, "weird" },
	{ "JSON of programs that somebody has", BYTES("{\"ts\":1,\"name\":\"a_b\",\"id\":7}\n"), ZEEK_NO, "" },
	{ "JSON dns by its path", BYTES("{\"_path\":\"dns\"," J_HEAD J_TAIL "}\n"), ZEEK_OTHER, "dns" },
	{ "JSON dns, then conn", BYTES("{\"_path\":\"dns\",\"ts\":1}\n{\"_path\":\"conn\",\"ts\":1}\n"), ZEEK_CONN, "conn" },
	{ "JSON files with a duration", BYTES("{\"ts\":1,\"fuid\":\"F1\",\"uid\":\"C1\",\"id.orig_h\":\"10.0.0.1\",\"duration\":0.5}\n"), ZEEK_OTHER, "" },
	{ "Suricata", BYTES(J_EVE), ZEEK_NO, "" },
	{ "Suricata with a path", BYTES("{\"event_type\":\"flow\",\"_path\":\"conn\",\"ts\":1}\n"), ZEEK_NO, "" },
	{ "JSON of somebody else", BYTES("{\"time\":1,\"message\":\"hello\"}\n"), ZEEK_NO, "" },
	{ "one JSON document over lines", BYTES("{\n  \"ts\": 1,\n  \"uid\": \"C1\"\n}\n"), ZEEK_NO, "" },
};
/* clang-format on */

static void
kinds(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(KINDS); i++) {
		char path[32];

		ROW(i, KINDS[i].name);
		assert_int_equal(zeek_recognise(KINDS[i].first, path), KINDS[i].kind);
		assert_string_equal(path, KINDS[i].path);
	}
}

struct text {
	char *at;
	size_t len;
	struct span *line; /* by number, from 1 */
	size_t lines;
};

static void
add(struct text *t, const char *line, size_t n)
{
	static const size_t most = (size_t)1 << 25;

	if (t->at == NULL) {
		t->at = malloc(most);
		t->line = calloc(1 << 16, sizeof *t->line);
	}
	assert_true(t->at && t->line && t->len + n < most && t->lines + 1 < 1 << 16);
	memcpy(t->at + t->len, line, n);
	t->line[++t->lines] = (struct span){ (uint8_t *)t->at + t->len, n - 1 };
	t->len += n;
}

/*
 * Many windows' worth: lines of all lengths, bad ones, and three that are
 * longer than we take, one of which is larger than any window.
 */
static struct text
long_log(unsigned seed)
{
	static const char *const header[] = { SEP, CONN, FIELDS, TYPES };
	char *huge = malloc((size_t)9 << 20);
	struct text t = { 0 };

	assert_non_null(huge);
	memset(huge, 'x', (size_t)9 << 20);
	for (size_t i = 0; i < COUNT(header); i++)
		add(&t, header[i], strlen(header[i]));
	for (int i = 0; i < 30000; i++) {
		char line[4096];
		int n = snprintf(line, sizeof line,
		    "%d.%06d\tC%0*d\t10.0.%d.%d\t%d\t192.0.2.%d\t443\ttcp\tSF\n", i,
		    rand_r(&seed) % 1000000, 1 + rand_r(&seed) % (i % 500 ? 30 : 3000), i,
		    i / 250, i % 250, rand_r(&seed) % 65536, rand_r(&seed) % 256);

		add(&t, line, (size_t)n);
		if (i % 977 == 0)
			add(&t, "cut\tC1\t10.\n", 11);
		if (i % 10000 == 5000) {
			size_t len =
			    ((size_t)1 << 20) + 1 + ((size_t)4 << 20) * (i == 15000);

			huge[len] = '\n';
			add(&t, huge, len + 1);
			huge[len] = 'x';
		}
	}
	free(huge);
	return t;
}

static struct span
packed(struct span plain)
{
	z_stream z = { 0 };
	size_t room = plain.len + (1 << 16);
	uint8_t *out = malloc(room);

	assert_non_null(out);
	assert_int_equal(
	    deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = (Bytef *)(uintptr_t)plain.at;
	z.avail_in = (uInt)plain.len;
	z.next_out = out;
	z.avail_out = (uInt)room;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	(void)deflateEnd(&z);
	return (struct span){ out, z.total_out };
}

static void
same_flows(const struct zeek_result *a, const struct zeek_result *b)
{
	char ta[400], tb[400];

	assert_int_equal(a->n, b->n);
	assert_int_equal(a->stats.bad, b->stats.bad);
	assert_int_equal(a->stats.bad_line, b->stats.bad_line);
	assert_string_equal(a->stats.bad_why, b->stats.bad_why);
	for (unsigned i = 0; i < a->n; i++) {
		assert_int_equal(a->flow[i].where, b->flow[i].where);
		assert_string_equal(
		    zeek_summary(&a->flow[i], ta), zeek_summary(&b->flow[i], tb));
	}
}

/* Mapped or through a window, in batches of any size: the same flows and lines. */
static void
windows(void **state)
{
	static const unsigned batches[] = { 1, 7, 256, 100000 };
	struct text t = long_log(42);
	struct span plain = { (uint8_t *)t.at, t.len }, gz = packed(plain);
	struct zeek_result first = zeek_read(plain, 64, t.line);

	(void)state;
	assert_int_equal(first.n, 30000);
	assert_int_equal(first.stats.bad, 31 + 3);
	assert_int_equal(first.stats.bad_line, 6);
	for (size_t i = 0; i < COUNT(batches); i++) {
		struct zeek_result a = zeek_read(plain, batches[i], t.line);
		struct zeek_result b = zeek_read(gz, batches[i], t.line);

		assert_int_equal(a.st, OK);
		assert_int_equal(b.st, OK);
		same_flows(&first, &a);
		same_flows(&first, &b);
		free(a.flow);
		free(b.flow);
	}
	free(first.flow);
	free((void *)(uintptr_t)gz.at);
	free(t.line);
	free(t.at);
}

/* A line of 1 MiB is taken, one byte more is not. */
static void
the_longest_line(void **state)
{
	const size_t most = (size_t)1 << 20;
	static const char rest[] = "\t10.0.0.1\t1025\t10.0.0.2\t80\ttcp\tSF";

	(void)state;
	for (size_t over = 0; over < 4; over++) {
		bool newline = over < 2;
		size_t len = most + over % 2, head = sizeof HEADER - 1;
		char *text = malloc(head + len + 1);
		struct zeek_result r;

		assert_non_null(text);
		memcpy(text, HEADER, head);
		memset(text + head, 'C', len);
		memcpy(text + head, "1.5\t", 4);
		memcpy(text + head + len - (sizeof rest - 1), rest, sizeof rest - 1);
		text[head + len] = '\n';
		r = zeek_read(
		    (struct span){ (uint8_t *)text, head + len + newline }, 4, NULL);
		assert_int_equal(r.n, over % 2 == 0);
		assert_int_equal(r.stats.bad, over % 2);
		assert_string_equal(r.stats.bad_why, over % 2 ? "longer than 1 MiB" : "");
		free(r.flow);
		free(text);
	}
}

/* A stream that breaks: what was read before is kept, and the error says where. */
static void
broken_stream(void **state)
{
	struct text t = long_log(7);
	struct span gz = packed((struct span){ (uint8_t *)t.at, t.len });
	unsigned before = 0;

	(void)state;
	for (size_t cut = 20; cut < gz.len; cut += gz.len / 7) {
		struct zeek_result r = zeek_read((struct span){ gz.at, cut }, 256, NULL);

		assert_int_equal(r.st, E_FORMAT);
		assert_non_null(strstr(r.err.text, "after line "));
		assert_non_null(strstr(r.err.text, "test.log"));
		assert_true(r.n >= before && r.n < 30000);
		before = r.n;
		free(r.flow);
	}
	assert_true(before > 20000);
	free((void *)(uintptr_t)gz.at);
	free(t.line);
	free(t.at);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files),
		cmocka_unit_test(kinds),
		cmocka_unit_test(windows),
		cmocka_unit_test(the_longest_line),
		cmocka_unit_test(broken_stream),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
