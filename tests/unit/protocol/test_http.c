/* SPDX-License-Identifier: Apache-2.0 */
#include "talks.h"

#define GET(path) \
	"GET " path " HTTP/1.1\r\nHost: www.Example.org.\r\nUser-Agent: t/1\r\n\r\n"
#define OK5  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
#define LONG "0123456789012345678901234567890123456789012345678901234567890123456789"

static const struct row {
	const char *what;
	struct said said[SAID_MAX];
	const char *lines;
} rows[] = {
	{ "a request and its response", { CLIENT(GET("/a")), SERVER(OK5) },
	    "1 GET www.example.org /a t/1 200 0+5\n" },
	{ "two on one connection",
	    { CLIENT(GET("/a")), SERVER(OK5), CLIENT(GET("/b")), SERVER(OK5) },
	    "1 GET www.example.org /a t/1 200 0+5\n2 GET www.example.org /b t/1 200 "
	    "0+5\n" },
	{ "pipelined", { CLIENT(GET("/a") GET("/b")), SERVER(OK5 OK5) },
	    "1 GET www.example.org /a t/1 200 0+5\n2 GET www.example.org /b t/1 200 "
	    "0+5\n" },
	{ "no response", { CLIENT(GET("/a")) }, "1 GET www.example.org /a t/1 0 0+0\n" },
	{ "what is asked last waits", { CLIENT(GET("/a") GET("/b")), SERVER(OK5) },
	    "1 GET www.example.org /a t/1 200 0+5\n2 GET www.example.org /b t/1 0 0+0\n" },
	{ "a body that ends early",
	    { CLIENT(GET("/a")),
		SERVER("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello") },
	    "1 GET www.example.org /a t/1 200 0+5\n" },
	{ "chunks",
	    { CLIENT(GET("/a")),
		SERVER("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		       "5\r\nhello\r\n0A;x=y\r\n0123456789\r\n0\r\nT: u\r\n\r\n" OK5) },
	    "1 GET www.example.org /a t/1 200 0+15\n2 - - - - 200 0+5\n" },
	{ "until the end of the connection",
	    { CLIENT(GET("/a")), SERVER("HTTP/1.0 200 OK\n\n" LONG LONG) },
	    "1 GET www.example.org /a t/1 200 0+140\n" },
	{ "HEAD has lengths and no body",
	    { CLIENT("HEAD / HTTP/1.1\r\n\r\n"),
		SERVER("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"), CLIENT(GET("/b")),
		SERVER(OK5) },
	    "1 HEAD - / - 200 0+0\n2 GET www.example.org /b t/1 200 0+5\n" },
	{ "304 has none either",
	    { CLIENT(GET("/a")),
		SERVER("HTTP/1.1 304 N\r\nContent-Length: 9\r\n\r\n" OK5) },
	    "1 GET www.example.org /a t/1 304 0+0\n2 - - - - 200 0+5\n" },
	{ "a body on the way up, after 100",
	    { CLIENT("POST /p HTTP/1.1\r\nContent-Length: 7\r\nHost: h:8080\r\n\r\n"),
		SERVER("HTTP/1.1 100 Continue\r\n\r\n"), CLIENT("1234567"), SERVER(OK5) },
	    "1 POST h :8080 /p - 200 7+5\n" },
	{ "asked of a proxy",
	    { CLIENT("GET http://a.example:81/x HTTP/1.1\r\nHost: b.example\r\n\r\n"),
		SERVER(OK5) },
	    "1 GET a.example :81 http://a.example:81/x - 200 0+5 proxied\n" },
	{ "asked of a proxy, with a password",
	    { CLIENT("GET https://u:p@a.example/x HTTP/1.1\r\n\r\n"), SERVER(OK5) },
	    "1 GET a.example :443 https://u:p@a.example/x - 200 0+5 proxied\n" },
	{ "who names the server itself asks no proxy",
	    { CLIENT("GET http://192.0.2.2/x HTTP/1.1\r\n\r\n"), SERVER(OK5) },
	    "1 GET 192.0.2.2 :80 http://192.0.2.2/x - 200 0+5\n" },
	{ "version 0.9 answers with the body",
	    { CLIENT("GET /x\r\n"), SERVER("<p>hello\n"), SERVER("there") },
	    "1 GET - /x - 0 0+14\n" },
	{ "a short question and a long answer", { CLIENT("GET /x\r\n"), SERVER(OK5) },
	    "1 GET - /x - 200 0+5\n" },
	{ "a tunnel, and what is in it",
	    { CLIENT("CONNECT a.example:443 HTTP/1.1\r\n\r\n"),
		SERVER("HTTP/1.1 200 Fine\r\n\r\n"), CLIENT(GET("/in")), SERVER(OK5) },
	    "1 CONNECT a.example :443 a.example:443 - 200 0+0 proxied\n"
	    "1 GET www.example.org /in t/1 200 0+5\n" },
	{ "a tunnel refused",
	    { CLIENT("CONNECT a.example:443 HTTP/1.1\r\n\r\n"),
		SERVER("HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno"), CLIENT(GET("/b")),
		SERVER(OK5) },
	    "1 CONNECT a.example :443 a.example:443 - 403 0+2 proxied\n"
	    "2 GET www.example.org /b t/1 200 0+5\n" },
	{ "[::1] is a host",
	    { CLIENT("GET / HTTP/1.1\r\nHost: [::1]:8000\r\n\r\n"), SERVER(OK5) },
	    "1 GET ::1 :8000 / - 200 0+5\n" },
	{ "digits that are none: all that follows is body",
	    { CLIENT(GET("/a")),
		SERVER(
		    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n" OK5) },
	    "1 GET www.example.org /a t/1 200 0+43\n" },
	{ "not HTTP at all", { CLIENT("HALO there\r\n"), SERVER("HTP/1.1 200\r\n") }, "" },
};

static void
check(const struct row *r, const struct way *way)
{
	struct listener l = listen_to(r->said, SAID_MAX, way);

	if (strcmp(l.lines.at, r->lines) != 0)
		fail_msg("%s, %zu bytes at a time%s:\n%swanted:\n%s", r->what, way->most,
		    way->disordered ? ", disordered" : "", l.lines.at, r->lines);
	assert_int_equal(l.service, *r->lines ? SERVICE_HTTP : SERVICE_NONE);
	buf_release(&l.lines);
}

static void
requests_and_responses(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		check(&rows[i], &(struct way){ .proto = PROTO_TCP, .port = 8000 });
}

/* However the bytes are cut and whatever their order, the traits are the same. */
static void
segments_do_not_show(void **state)
{
	(void)state;
	srandom(3);
	for (size_t i = 0; i < COUNT(rows); i++)
		for (size_t most = 1; most < 40; most++) {
			struct way way = { PROTO_TCP, 80, most, false, 0 };

			check(&rows[i], &way);
			way.disordered = true;
			check(&rows[i], &way);
		}
}

/* A line of which 5000 letters are left out here; what follows is heard all the same. */
static const struct {
	const char *what;
	bool from_resp;
	const char *before, *behind;
	const char *lines; /* what they contain */
} long_lines[] = {
	{ "a header", false, "GET /x HTTP/1.1\r\nX: ", "\r\nHost: h\r\n\r\n",
	    "2 GET h /x - 0 0+0\n" },
	{ "a target", false, "GET /", " HTTP/1.1\r\nHost: h\r\n\r\n", "2 GET h /aaaa" },
	{ "what is no request", false, "GOT ", " HTTP/1.1\r\nHost: h\r\n\r\n",
	    "1 GET first /first - 0 " },
	{ "a header of a response", true, "HTTP/1.1 200 OK\r\nX: ",
	    "\r\nContent-Length: 2\r\n\r\nok", "1 GET first /first - 200 0+2\n" },
	{ "nothing but blanks is no end of headers", true, "HTTP/1.1 200 OK\r\n ",
	    "\r\nContent-Length: 2\r\n\r\nok", "1 GET first /first - 200 0+2\n" },
	{ "a trailer", true,
	    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX: ",
	    "\r\n\r\nHTTP/1.1 404 No\r\n", "1 GET first /first - 200 0+2\n" },
	{ "the length of a chunk", true,
	    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;",
	    "\r\nok\r\n0\r\n\r\n", "1 GET first /first - 200 0+" },
};

static void
lines_that_are_too_long(void **state)
{
	static const size_t cuts[] = { 1, 7, 1000, 3999, 4000, 4001, 4999 };
	struct way way = { .proto = PROTO_TCP, .port = 80 };

	(void)state;
	for (size_t i = 0; i < COUNT(long_lines); i++) {
		char text[6000], fill[5001];
		struct said said[2] = { CLIENT(
		    "GET /first HTTP/1.1\r\nHost: first\r\n\r\n") };
		struct listener whole;

		ROW(i, long_lines[i].what);
		memset(fill, strstr(long_lines[i].what, "blanks") ? ' ' : 'a', 5000);
		fill[5000] = '\0';
		said[1] = (struct said){ long_lines[i].from_resp, text,
			(size_t)snprintf(text, sizeof text, "%s%s%s", long_lines[i].before,
			    fill, long_lines[i].behind) };
		way.most = 0;
		whole = listen_to(said, 2, &way);
		assert_non_null(strstr(whole.lines.at, long_lines[i].lines));
		for (size_t k = 0; k < COUNT(cuts); k++) {
			struct listener parts;

			way.most = cuts[k];
			parts = listen_to(said, 2, &way);
			assert_string_equal(parts.lines.at, whole.lines.at);
			buf_release(&parts.lines);
		}
		buf_release(&whole.lines);
	}
}

static void
memory_may_run_out(void **state)
{
	(void)state;
	for (size_t memory = 0; memory < 64 << 10; memory += 1 << 10) {
		struct way way = { PROTO_TCP, 80, 9, true, memory ? memory : 1 };
		struct listener l = listen_to(rows[1].said, SAID_MAX, &way);

		if (memory < 1 << 10)
			assert_true(l.counters.unread > 0);
		if (memory > 48 << 10)
			assert_string_equal(l.lines.at, rows[1].lines);
		buf_release(&l.lines);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_and_responses),
		cmocka_unit_test(segments_do_not_show),
		cmocka_unit_test(lines_that_are_too_long),
		cmocka_unit_test(memory_may_run_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
