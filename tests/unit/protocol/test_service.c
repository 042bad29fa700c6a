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
	{ "nothing known", PROTO_TCP, 80, { CLIENT("\1\2\3\4"), SERVER("\5\6\7") },
	    SERVICE_NONE },
};

static void
first_bytes_tell(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		for (size_t most = 1; most < 30; most += 4) {
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_bytes_tell),
		cmocka_unit_test(both_hasshes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
