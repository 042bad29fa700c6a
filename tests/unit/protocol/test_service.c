/* SPDX-License-Identifier: Apache-2.0 */
#include "talks.h"

#define KEX(list)                                                                        \
	"\0\0\0\x5c\4\x14"                                                               \
	"cookiecookiecook"                                                               \
	"\0\0\0\3" list "\0\0\0\2hk\0\0\0\3enc\0\0\0\3sen\0\0\0\3mac\0\0\0\3sam\0\0\0\4" \
	"none\0\0\0\4zlib\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"

static const struct {
	const char *what;
	uint8_t proto;
	uint16_t port;
	struct said said[SAID_MAX];
	enum service service;
} rows[] = {
	{ "mail", PROTO_TCP, 2525, { SERVER("220 mx.example ESMTP\r\n") }, SERVICE_SMTP },
	{ "mail by its client", PROTO_TCP, 2525, { CLIENT("EHLO a\r\n") }, SERVICE_SMTP },
	{ "files", PROTO_TCP, 2121, { SERVER("220 FTP server ready\r\n") }, SERVICE_FTP },
	{ "files by their port", PROTO_TCP, 21, { SERVER("220 hello\r\n") }, SERVICE_FTP },
	{ "a client that says 220", PROTO_TCP, 21, { CLIENT("220 ftp\r\n") },
	    SERVICE_NONE },
	{ "post", PROTO_TCP, 110, { SERVER("+OK ready\r\n") }, SERVICE_POP3 },
	{ "IMAP", PROTO_TCP, 143, { SERVER("* OK ready\r\n") }, SERVICE_IMAP },
	{ "chat", PROTO_TCP, 31337, { CLIENT("NICK a\r\nUSER b\r\n") }, SERVICE_IRC },
	{ "shares", PROTO_TCP, 445, { CLIENT("\0\0\0\x54\xfeSMBxx") }, SERVICE_SMB },
	{ "a desktop", PROTO_TCP, 3390, { CLIENT("\3\0\0\x13\x0e\xe0\0\0") }, SERVICE_RDP },
	{ "things", PROTO_TCP, 1883, { CLIENT("\x10\x10\0\4MQTT\4\2") }, SERVICE_MQTT },
	{ "a directory", PROTO_TCP, 3268,
	    { CLIENT("\x30\x0c\2\1\1\x60\7\2\1\3\4\0\x80\0") }, SERVICE_LDAP },
	{ "a directory of long lengths", PROTO_TCP, 3268,
	    { CLIENT("\x30\x84\0\0\0\x0c\2\1\1\x60\7\2\1\3\4\0\x80\0") }, SERVICE_LDAP },
	{ "management is no directory", PROTO_TCP, 3268,
	    { CLIENT("\x30\x0c\2\1\1\4\6public") }, SERVICE_NONE },
	{ "a machine", PROTO_TCP, 502, { CLIENT("\0\1\0\0\0\6\1\3\0\0\0\1") },
	    SERVICE_MODBUS },
	{ "a machine on a port of others", PROTO_TCP, 5020,
	    { CLIENT("\0\1\0\0\0\6\1\3\0\0\0\1") }, SERVICE_NONE },
	{ "a call of a procedure", PROTO_TCP, 49152,
	    { CLIENT("\5\0\x0b\3\x10\0\0\0\x48\0\0\0") }, SERVICE_DCE_RPC },
	{ "a call that binds nothing", PROTO_TCP, 49152,
	    { CLIENT("\5\0\0\3\x10\0\0\0\x48\0\0\0") }, SERVICE_NONE },
	{ "time", PROTO_UDP, 123,
	    { CLIENT("\x23"
		     "00000000000000000000000000000000000000000000000") },
	    SERVICE_NTP },
	{ "time on a wrong port", PROTO_UDP, 124,
	    { CLIENT("\x23"
		     "00000000000000000000000000000000000000000000000") },
	    SERVICE_NONE },
	{ "calls", PROTO_UDP, 5060, { CLIENT("INVITE sip:a@b SIP/2.0\r\n") }, SERVICE_SIP },
	{ "a shell", PROTO_TCP, 2222, { SERVER("SSH-2.0-x\r\n"), CLIENT("SSH-2.0-y\r\n") },
	    SERVICE_SSH },
	{ "post, in a word that is shorter than a message of DNS", PROTO_TCP, 110,
	    { SERVER("+OK\r\n") }, SERVICE_POP3 },
	{ "a directory's goodbye, and nothing else", PROTO_TCP, 389,
	    { CLIENT("\x30\5\2\1\1\x42\0") }, SERVICE_LDAP },
	{ "too much behind the question of a query", PROTO_TCP, 5000,
	    { CLIENT("\0\x20"
		     "ab\1\0\0\1\0\0\0\0\0\0\7example\3org\0\0\1\0\1"
		     "xyz") },
	    SERVICE_NONE },
	{ "the same, and a greeting", PROTO_TCP, 5000,
	    { CLIENT("\0\x20"
		     "ab\1\0\0\1\0\0\0\0\0\0\7example\3org\0\0\1\0\1"
		     "xyz"),
		SERVER("* OK ready\r\n") },
	    SERVICE_IMAP },
	{ "a proxy's first word is shorter than a message of DNS", PROTO_TCP, 1080,
	    { CLIENT("\5\1\0"), SERVER("\5\0"), CLIENT("\5\1\0\1\1\2\3\4\0\x16"),
		SERVER("\5\0\0\1\1\2\3\4\0\x16SSH-2.0-x\r\n") },
	    SERVICE_SSH },
	{ "through a proxy a hasty client speaks first", PROTO_TCP, 1080,
	    { CLIENT("\5\1\0"), SERVER("\5\0"), CLIENT("\5\1\0\1\1\2\3\4\0\x16NICK a\r\n"),
		SERVER("\5\0\0\1\1\2\3\4\0\x16SSH-2.0-x\r\n") },
	    SERVICE_IRC },
	{ "a hasty ClientHello of a client of FTP", PROTO_TCP, 21,
	    { SERVER("220 hello\r\n"), CLIENT("AUTH TLS\r\n\x16\3\1\0\5\1\0\0\1a") },
	    SERVICE_TLS },
	{ "nothing known", PROTO_TCP, 80, { CLIENT("\1\2\3\4"), SERVER("\5\6\7") },
	    SERVICE_NONE },
};

static void
first_bytes_tell(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		for (size_t most = 0; most < 30; most++) { /* 0: not cut */
			struct way way = { rows[i].proto, rows[i].port,
				rows[i].proto == PROTO_UDP ? 0 : most, false, 0 };
			struct listener l = listen_to(rows[i].said, SAID_MAX, &way);

			if (l.service != rows[i].service)
				fail_msg("%s, %zu bytes at a time: %s", rows[i].what, most,
				    service_text(l.service));
			buf_release(&l.lines);
		}
}

/* MD5 of "kex;enc;mac;none" and of "kes;sen;sam;zlib", by md5sum. */
static void
both_hasshes(void **state)
{
	static const struct said said[SAID_MAX] = { SERVER("SSH-2.0-s\r\n"),
		CLIENT("SSH-2.0-c\r\n"), SERVER(KEX("kes")), CLIENT(KEX("kex")),
		CLIENT("more") };

	(void)state;
	for (size_t most = 1; most < 50; most++) {
		struct way way = { PROTO_TCP, 22, most, most % 2, 0 };
		struct listener l = listen_to(said, SAID_MAX, &way);

		assert_non_null(strstr(l.lines.at, "\"client\":\"SSH-2.0-c\""));
		assert_non_null(strstr(l.lines.at, "\"server\":\"SSH-2.0-s\""));
		assert_non_null(
		    strstr(l.lines.at, "\"hassh\":\"bd56a7287cf9713a394b1c0481151e9b\""));
		assert_non_null(strstr(
		    l.lines.at, "\"hassh_server\":\"2eb11561d64d83c5824d4d0734b0ca37\""));
		buf_release(&l.lines);
	}
}

/* Of a line that is too long the beginning is kept, and the rest is no line of its own. */
static void
a_line_that_is_too_long(void **state)
{
	char line[700], want[300];
	const struct said said[SAID_MAX] = { { true, line, sizeof line },
		CLIENT("SSH-2.0-c\r\n"), SERVER(KEX("kes")), CLIENT(KEX("kex")) };

	(void)state;
	memset(line, 'a', sizeof line);
	memcpy(line, "SSH-2.0-", 8);
	memcpy(line + 400, "SSH-2.0-other\r", 14);
	line[sizeof line - 1] = '\n';
	(void)snprintf(want, sizeof want, "\"server\":\"%.255s\"", line);
	for (size_t most = 1; most < 400; most += 7) {
		struct way way = { PROTO_TCP, 22, most, most % 2, 0 };
		struct listener l = listen_to(said, SAID_MAX, &way);

		assert_non_null(strstr(l.lines.at, want));
		assert_non_null(strstr(
		    l.lines.at, "\"hassh_server\":\"2eb11561d64d83c5824d4d0734b0ca37\""));
		buf_release(&l.lines);
	}
}

/* The service of the connection for the file, which is the later one. */
static void
listen_last(void *state, const struct flow *f)
{
	struct listener *l = state;

	if (f->orig_bytes + f->resp_bytes == 3)
		l->service = f->service;
}

/* As listen_to, and then a second connection between the two, opened by either. */
static void
listen_in_turn(struct listener *l, const struct said *said, unsigned n,
    const struct way *way, const struct said *then, const struct way *second,
    bool from_resp)
{
	struct flow_limits limits = flow_limits_default();
	struct wire w = { .way = way, .seq = { 1000, 2000 }, .now = 1 };
	struct flow_watch watch;
	struct reader *r;
	struct error err;

	buf_init(&l->lines, 1 << 20);
	limits.memory = 1 << 20;
	assert_int_equal(reader_new(&r, 1 << 20, listen_trait, l, &err), OK);
	assert_int_equal(flow_table_new(&w.table, &limits, listen_last, l, &err), OK);
	watch = reader_watch(r);
	flow_table_watch(w.table, &watch);
	wire_send(&w, false, w.seq[0]++, NULL, 0, TCP_SYN);
	wire_send(&w, true, w.seq[1]++, NULL, 0, TCP_SYN | TCP_ACK);
	for (unsigned i = 0; i < n && said[i].bytes; i++)
		wire_say(&w, &said[i]);
	w.way = second;
	w.turned = from_resp;
	wire_send(&w, false, w.seq[0]++, NULL, 0, TCP_SYN);
	wire_send(&w, true, w.seq[1]++, NULL, 0, TCP_SYN | TCP_ACK);
	wire_say(&w, then);
	flow_table_finish(w.table);
	flow_table_free(w.table);
	reader_free(r);
	buf_release(&l->lines);
}

/* What a control connection says, and the port over which files then go, or do not. */
static const struct {
	const char *what;
	struct said said[3];
	bool from_resp; /* who opens the connection for the file */
	uint16_t port;
	enum service service;
} files[] = {
	{ "PASV", { SERVER("220 FTP\r\n"), SERVER("227 Entering (192,0,2,2,195,80)\r\n") },
	    false, 50000, SERVICE_FTP_DATA },
	{ "another port", { SERVER("220 FTP\r\n"), SERVER("227 (192,0,2,2,195,80)\r\n") },
	    false, 50001, SERVICE_NONE },
	{ "the other way", { SERVER("220 FTP\r\n"), SERVER("227 (192,0,2,2,195,80)\r\n") },
	    true, 50000, SERVICE_NONE },
	{ "behind a translator",
	    { SERVER("220 FTP\r\n"), SERVER("227 (10,0,0,1,195,80)\r\n") }, false, 50000,
	    SERVICE_FTP_DATA },
	{ "a number too large",
	    { SERVER("220 FTP\r\n"), SERVER("227 (10,0,0,1,256,80)\r\n") }, false, 80,
	    SERVICE_NONE },
	{ "EPSV", { SERVER("220 FTP\r\n"), SERVER("229 Extended (|||50000|)\r\n") }, false,
	    50000, SERVICE_FTP_DATA },
	{ "PORT", { SERVER("220 FTP\r\n"), CLIENT("port 192,0,2,1,195,80\r\n") }, true,
	    50000, SERVICE_FTP_DATA },
	{ "EPRT", { SERVER("220 FTP\r\n"), CLIENT("EPRT |1|192.0.2.1|50000|\r\n") }, true,
	    50000, SERVICE_FTP_DATA },
	{ "mail", { SERVER("220 mx\r\n"), SERVER("227 (192,0,2,2,195,80)\r\n") }, false,
	    50000, SERVICE_NONE },
};

static void
files_are_announced(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(files); i++)
		for (size_t most = 1; most < 60; most += 7) {
			struct way control = { PROTO_TCP, 2121, most, false, 0 };
			struct way data = { PROTO_TCP, files[i].port, 0, false, 0 };
			struct said file = SERVER("\1\2\3");
			struct listener l = { 0 };

			listen_in_turn(&l, files[i].said, 3, &control, &file, &data,
			    files[i].from_resp);
			if (l.service != files[i].service)
				fail_msg("%s, %zu bytes at a time: %s", files[i].what, most,
				    service_text(l.service));
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_bytes_tell),
		cmocka_unit_test(both_hasshes),
		cmocka_unit_test(a_line_that_is_too_long),
		cmocka_unit_test(files_are_announced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
