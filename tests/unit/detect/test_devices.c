/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What rules of a device allow: a row is a rule, a call, and the answer; and what
 * calls that no rule allows are worth.
 */
#include "table.h"

#include "detect/devices.h"
#include "detect/stage.h"

#define DEVICE "10.0.0.9"

static struct ip
ip(const char *text)
{
	struct ip out;

	assert_true(ip_parse(text_span(text), &out));
	return out;
}

static struct ip_net
net(const char *text)
{
	struct ip_net out;

	assert_true(ip_net_parse(text_span(text), &out));
	return out;
}

enum {
	GIVEN = PERMISSION_GIVEN,
	UNSURE = PERMISSION_UNSURE,
	NONE = PERMISSION_NONE,
	CLAIMED = PERMISSION_CLAIMED
};

#define HEARD   true
#define UNHEARD false

static const struct row {
	const char *what;
	enum permit_peer rule;
	const char *text; /* of the rule: name, URI, network */
	const char *peer;
	bool local, heard;
	const char *looked_up, *asked;
	uint16_t port; /* called; the rule is for 443/tcp */
	int answer;
} rows[] = {
	{ "anybody", PERMIT_ANYBODY, "", "192.0.2.1", false, HEARD, NULL, NULL, 443,
	    GIVEN },
	{ "another port", PERMIT_ANYBODY, "", "192.0.2.1", false, HEARD, NULL, NULL, 80,
	    NONE },
	{ "a look-up gave it", PERMIT_NAME, "a.example", "192.0.2.1", false, HEARD,
	    "a.example", NULL, 443, GIVEN },
	{ "of another name", PERMIT_NAME, "a.example", "192.0.2.1", false, HEARD,
	    "b.example", NULL, 443, NONE },
	{ "the name at a stranger's", PERMIT_NAME, "a.example", "192.0.2.1", false, HEARD,
	    "b.example", "a.example", 443, CLAIMED },
	{ "no look-ups are heard, the name is", PERMIT_NAME, "a.example", "192.0.2.1",
	    false, UNHEARD, NULL, "a.example", 443, GIVEN },
	{ "another name is", PERMIT_NAME, "a.example", "192.0.2.1", false, UNHEARD, NULL,
	    "b.example", 443, NONE },
	{ "nothing is heard of names", PERMIT_NAME, "a.example", "192.0.2.1", false,
	    UNHEARD, NULL, NULL, 443, UNSURE },
	{ "ours", PERMIT_LOCAL, "", "10.0.0.1", true, HEARD, NULL, NULL, 443, GIVEN },
	{ "not ours", PERMIT_LOCAL, "", "192.0.2.1", false, HEARD, NULL, NULL, 443, NONE },
	{ "its network", PERMIT_NET, "192.0.2.0/24", "192.0.2.1", false, HEARD, NULL, NULL,
	    443, GIVEN },
	{ "beside it", PERMIT_NET, "192.0.2.0/24", "192.0.3.1", false, HEARD, NULL, NULL,
	    443, NONE },
	{ "a hub that was named", PERMIT_CONTROLLER, "urn:hub", "10.0.0.2", true, HEARD,
	    NULL, NULL, 443, GIVEN },
	{ "and another", PERMIT_CONTROLLER, "urn:hub", "10.0.0.3", true, HEARD, NULL, NULL,
	    443, NONE },
	{ "a class nobody named", PERMIT_CONTROLLER, "urn:other", "10.0.0.3", true, HEARD,
	    NULL, NULL, 443, UNSURE },
	{ "who controls it", PERMIT_MY_CONTROLLER, "", "10.0.0.4", true, HEARD, NULL, NULL,
	    443, GIVEN },
	{ "who does not", PERMIT_MY_CONTROLLER, "", "10.0.0.5", true, HEARD, NULL, NULL,
	    443, NONE },
	{ "a device of the same maker", PERMIT_SAME_MAKER, "", "10.0.0.8", true, HEARD,
	    NULL, NULL, 443, GIVEN },
	{ "of another", PERMIT_SAME_MAKER, "", "10.0.0.7", true, HEARD, NULL, NULL, 443,
	    NONE },
	{ "of a maker by name", PERMIT_MANUFACTURER, "other.example", "10.0.0.7", true,
	    HEARD, NULL, NULL, 443, GIVEN },
	{ "local look-ups need no rule", PERMIT_NET, "192.0.2.9", "10.0.0.1", true, HEARD,
	    NULL, NULL, 53, GIVEN },
	{ "look-ups abroad do", PERMIT_NET, "192.0.2.9", "192.0.2.1", false, HEARD, NULL,
	    NULL, 53, NONE },
};

static struct permit
rule_of(const struct row *r)
{
	struct permit p = { .peer = r->rule,
		.from_device = true,
		.accept = true,
		.device_opens = true,
		.proto = PROTO_TCP,
		.low = 443,
		.high = 443 };

	if (r->rule == PERMIT_NET)
		p.net = net(r->text);
	else
		p.text = text_span(r->text);
	return p;
}

/* The device with the rules, and two others of makers. */
static struct devices *
make(const struct permit *p, size_t n)
{
	struct device_file file = { .name = "a.json" };
	struct ip_net at[] = { net(DEVICE), net("10.0.0.8"), net("10.0.0.7"),
		net("10.0.0.2"), net("10.0.0.4") };
	static const char *const url[] = { "https://maker.example/a",
		"https://maker.example:443/b", "https://other.example/c" };
	struct devices *d;
	struct error err;
	unsigned number;

	assert_int_equal(devices_new(&d, &err), OK);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(devices_begin(d, &file, &number, &err), OK);
		for (size_t k = 0; i == 0 && k < n; k++)
			assert_true(devices_permit(d, &p[k]));
		assert_int_equal(devices_end(d, url[i], &err), OK);
		assert_int_equal(devices_bind(d, &at[i], number, &err), OK);
	}
	assert_int_equal(devices_class(d, PERMIT_CONTROLLER, "urn:hub", &at[3], &err), OK);
	assert_int_equal(devices_controls(d, &at[0], &at[4], &err), OK);
	return d;
}

static enum permission
ask(const struct devices *d, const struct row *r, bool from_device)
{
	const char *looked_up[] = { r->looked_up }, *asked[] = { r->asked };
	struct device_peer peer = { .ip = ip(r->peer),
		.local = r->local,
		.lookups_heard = r->heard,
		.looked_up = looked_up,
		.looked_ups = r->looked_up != NULL,
		.asked = asked,
		.askeds = r->asked != NULL };
	struct ip device = ip(DEVICE);

	return devices_ask(
	    d, &device, &peer, from_device, r->port, r->port == 53 ? PROTO_UDP : PROTO_TCP);
}

static void
who_may_be_called(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct permit p[2] = { rule_of(&rows[i]) };
		struct devices *d = make(p, 1);

		ROW(i, rows[i].what);
		assert_int_equal(ask(d, &rows[i], true), rows[i].answer);
		if (rows[i].port == 443)
			assert_int_equal(ask(d, &rows[i], false), NONE);
		devices_free(d);

		/* What is forbidden before is not allowed after; unsure forbids nothing. */
		p[1] = p[0];
		p[0].accept = false;
		d = make(p, 2);
		if (rows[i].port == 443)
			assert_int_equal(ask(d, &rows[i], true),
			    rows[i].answer == GIVEN ? NONE : rows[i].answer);
		devices_free(d);
	}
}

static void
the_narrowest_decides(void **state)
{
	static const char *const nets[] = { "10.0.0.0/8", "10.0.0.9", "10.0.0.0/24",
		"0.0.0.0/0", "10.0.0.1" };
	static const struct {
		const char *ip;
		char file;
	} asked[] = { { "10.0.0.9", '1' }, { "10.0.0.1", '4' }, { "10.0.0.2", '2' },
		{ "10.9.0.2", '0' }, { "192.0.2.1", '3' } };
	struct devices *d;
	struct error err;
	unsigned number;

	(void)state;
	assert_int_equal(devices_new(&d, &err), OK);
	for (unsigned i = 0; i < COUNT(nets); i++) {
		struct device_file f = { .name = { (char)('0' + i) } };
		struct ip_net at = net(nets[i]);

		assert_int_equal(devices_begin(d, &f, &number, &err), OK);
		assert_int_equal(devices_bind(d, &at, number, &err), OK);
	}
	for (size_t i = 0; i < COUNT(asked); i++) {
		struct ip at = ip(asked[i].ip);

		assert_int_equal(devices_find(d, &at)->name[0], asked[i].file);
	}
	devices_free(d);
}

static const struct {
	const char *what;
	bool to_device, outside, failed;
	uint16_t port;
	uint64_t up;
	enum severity severity; /* SEVERITY_INFO: no finding */
} calls[] = {
	{ "what is allowed", false, true, false, 443, 100, SEVERITY_INFO },
	{ "a page", false, true, false, 80, 100, SEVERITY_MEDIUM },
	{ "an odd port", false, true, false, 4444, 100, SEVERITY_HIGH },
	{ "in vain", false, true, true, 4444, 100, SEVERITY_HIGH },
	{ "a colleague", false, false, false, 80, 100, SEVERITY_MEDIUM },
	{ "time from abroad", false, true, false, 123, 100, SEVERITY_LOW },
	{ "who calls it from outside", true, true, false, 23, 100, SEVERITY_LOW },
	{ "and in vain", true, true, true, 23, 100, SEVERITY_INFO },
	{ "who calls it inside", true, false, false, 23, 100, SEVERITY_MEDIUM },
};

static void
what_it_is_worth(void **state)
{
	struct permit p = { .from_device = true,
		.accept = true,
		.device_opens = true,
		.proto = PROTO_TCP,
		.low = 443,
		.high = 443 };

	(void)state;
	for (size_t i = 0; i < COUNT(calls); i++) {
		struct scenery s = scenery_new(3);
		struct ip device = inside(9),
			  other = calls[i].outside ? outside(1, 1) : inside(20);
		struct ip_net at = { device, 128 };
		const struct finding *f = NULL;
		struct devices *d = make(&p, 1);
		struct flow *flow;
		struct stage t;
		struct error err;

		ROW(i, calls[i].what);
		assert_int_equal(devices_bind(d, &at, 0, &err), OK);
		for (unsigned k = 0; k < 20; k++)
			add(&s, k * 100, inside(20 + k), outside(2, 1), 443, PROTO_TCP);
		flow = add(&s, 5000, calls[i].to_device ? other : device,
		    calls[i].to_device ? device : other, calls[i].port,
		    calls[i].port == 123 ? PROTO_UDP : PROTO_TCP);
		flow->orig_bytes = calls[i].up;
		if (calls[i].failed) {
			flow->resp_bytes = 0;
			flow->state = CONN_S0;
		}
		stage_open_with(&t, &s, d);
		for (size_t k = 0; k < t.found.n; k++)
			if (t.found.at[k].finding.kind == FINDING_DEVIATION)
				f = &t.found.at[k].finding;
		assert_int_equal(f ? f->severity : SEVERITY_INFO, calls[i].severity);
		stage_all_again(&t, &s);
		stage_close(&t);
		devices_free(d);
		free(s.flow);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_may_be_called),
		cmocka_unit_test(the_narrowest_decides),
		cmocka_unit_test(what_it_is_worth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
