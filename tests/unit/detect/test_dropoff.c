/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is handed over outside by who takes nothing.
 */
#include "table.h"

#include "detect/stage.h"

#define MINUTE UINT64_C(60000000000)

static struct flow *
call(struct scenery *s, double at, uint16_t port, enum service service, uint64_t up,
    uint64_t down)
{
	struct flow *f = add(s, at, inside(5), outside(6, 6), port, PROTO_TCP);

	f->service = (uint8_t)service;
	f->orig_bytes = up;
	f->resp_bytes = down;
	return f;
}

/* The surveys find it, and it comes out again from its slice. */
static void
what_is_found(void **state)
{
	static const struct {
		const char *what;
		struct {
			uint16_t port;
			enum service service;
			uint64_t up, down;
		} call[3];
		bool reads_mail, fails;
		unsigned servers;
		bool found;
	} rows[] = {
		{ "mail in clear text, and none is read",
		    { { 587, SERVICE_SMTP, 900, 500 } }, false, false, 1, true },
		{ "mail in clear text by who reads mail",
		    { { 587, SERVICE_SMTP, 900, 500 } }, true, false, 1, false },
		{ "encrypted mail, as a copier's", { { 587, SERVICE_TLS, 900, 500 } },
		    false, false, 1, false },
		{ "a server that never answered", { { 587, SERVICE_SMTP, 0, 0 } }, false,
		    true, 1, false },
		{ "to as many servers as a mail server has",
		    { { 25, SERVICE_SMTP, 900, 500 } }, false, false, 9, false },
		{ "files are put",
		    { { 21, SERVICE_FTP, 100, 500 }, { 44523, SERVICE_FTP_DATA, 600, 0 } },
		    false, false, 0, false },
		{ "files are put, but something was looked at",
		    { { 21, SERVICE_FTP, 100, 500 }, { 44523, SERVICE_FTP_DATA, 600, 0 },
			{ 44524, SERVICE_FTP_DATA, 0, 900 } },
		    false, false, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct scenery s = scenery_new(3);
		struct ip host = inside(5);
		struct stage t;

		ROW(i, rows[i].what);
		for (unsigned k = 0; k < 3 && rows[i].call[k].port != 0; k++) {
			struct flow *f = call(&s, 1000 + k, rows[i].call[k].port,
			    rows[i].call[k].service, rows[i].call[k].up,
			    rows[i].call[k].down);

			f->state = rows[i].fails ? CONN_S0 : CONN_SF;
		}
		if (rows[i].reads_mail)
			(void)add(&s, 50, host, outside(7, 7), 993, PROTO_TCP);
		for (unsigned k = 1; k < rows[i].servers; k++)
			(void)add(&s, 60, host, outside(8, k), 25, PROTO_TCP);
		stage_open(&t, &s);
		assert_int_equal(
		    stage_find(&t, FINDING_DROPOFF, &host) != NULL, rows[i].found);
		stage_all_again(&t, &s);
		stage_close(&t);
		free(s.flow);
	}
}

/* What else was heard of the host stands in the context. */
static void
what_speaks_for_it(void **state)
{
	static const struct {
		const char *what;
		uint16_t port;
		enum service service;
		const char *own_address, *name;
		uint64_t before_ns;
		uint64_t posts, requests, page_traits;
		bool found;
		enum severity severity;
	} rows[] = {
		{ "mail, just after asking for the own address", 587, SERVICE_SMTP,
		    "api.ipify.org", "mail.example.net", MINUTE, 0, 0, 0, true,
		    SEVERITY_MEDIUM },
		{ "an hour after", 587, SERVICE_SMTP, "api.ipify.org", "mail.example.net",
		    60 * MINUTE, 0, 0, 0, true, SEVERITY_LOW },
		{ "a form to a script at a name of a day", 80, SERVICE_HTTP, "",
		    "gate.duckdns.org", 0, 2, 2, 3, true, SEVERITY_LOW },
		{ "the same, and the own address was asked for", 80, SERVICE_HTTP,
		    "ip-api.com", "gate.duckdns.org", MINUTE, 2, 2, 3, true,
		    SEVERITY_MEDIUM },
		{ "a form to a maker's service", 80, SERVICE_HTTP, "", "report.example.net",
		    0, 2, 2, 0, false, 0 },
		{ "a page was looked at, too", 80, SERVICE_HTTP, "ip-api.com",
		    "gate.duckdns.org", MINUTE, 2, 3, 3, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct scenery s = scenery_new(3);
		struct flow *f = call(&s, 9000, rows[i].port, rows[i].service, 900, 500);
		struct subject who = { .kind = FINDING_DROPOFF,
			.host = f->orig,
			.peer = f->resp,
			.port = rows[i].port,
			.proto = PROTO_TCP };
		struct context c = { .peer_side = SIDE_EXTERNAL,
			.own_address_ns = f->first_ns - rows[i].before_ns,
			.posts = rows[i].posts,
			.requests = rows[i].requests,
			.page_traits = rows[i].page_traits,
			.mail_servers = 1 };
		struct finding made;
		struct stage t;

		ROW(i, rows[i].what);
		(void)snprintf(
		    c.own_address, sizeof c.own_address, "%s", rows[i].own_address);
		(void)snprintf(c.name, sizeof c.name, "%s", rows[i].name);
		stage_open(&t, &s);
		assert_int_equal(detector_judge(detector_find(FINDING_DROPOFF), &t.heard,
				     &who, &c, &t.params, &made),
		    rows[i].found);
		if (rows[i].found)
			assert_int_equal(made.severity, rows[i].severity);
		stage_close(&t);
		free(s.flow);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_found),
		cmocka_unit_test(what_speaks_for_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
