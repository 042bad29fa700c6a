/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Truths as people write them, units made of contacts, and their counts.
 */
#include "table.h"

#include "evaluate/score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DAY_NS UINT64_C(86400000000000)

static struct span
text(const char *s)
{
	return (struct span){ (const uint8_t *)s, strlen(s) };
}

static struct ip
ip(const char *s)
{
	struct ip out;

	assert_true(ip_parse(text(s), &out));
	return out;
}

static const struct {
	const char *line;
	enum truth_class class;
} labels[] = {
	{ "1545403816.9\tC1\t10.0.0.1\t(empty)\tMalicious\tC&C", TRUTH_MALICIOUS },
	{ "1545403816.9\tC1\t10.0.0.1\t(empty)\tBenign\tMicrosoft", TRUTH_BENIGN },
	{ "1545403816.9\tC1\t10.0.0.1\t-   Malicious   PartOfAHorizontalPortScan",
	    TRUTH_MALICIOUS },
	{ "1545403816.9\tC1\t10.0.0.1\t-   benign   -", TRUTH_BENIGN },
	{ "2011/08/10,3.1,tcp,10.0.0.1,1,->,2.2.2.2,80,flow=From-Botnet-V42-TCP",
	    TRUTH_MALICIOUS },
	{ "2011/08/10,3.1,tcp,10.0.0.1,1,->,2.2.2.2,80,flow=From-Normal-V42",
	    TRUTH_BENIGN },
	{ "2011/08/10,3.1,tcp,10.0.0.1,1,->,2.2.2.2,80,flow=Background", TRUTH_UNKNOWN },
	{ "2011/08/10,3.1,tcp,10.0.0.1,1,->,2.2.2.2,80,", TRUTH_UNKNOWN },
	{ "{\"label\": \"Malicious\", \"uid\":\"benign\"}", TRUTH_MALICIOUS },
	{ "{\"uid\":\"malicious\"}", TRUTH_UNKNOWN },
	{ "malicious.example\tC1\t10.0.0.1\t-\t-", TRUTH_UNKNOWN },
	{ "", TRUTH_UNKNOWN },
};

static void
labels_of_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(labels); i++)
		if (label_of(text(labels[i].line)) != labels[i].class)
			fail_msg("%s", labels[i].line);
}

static const struct {
	const char *name, *yaml, *wrong; /* NULL: read */
	size_t marks;
	enum truth_class rest;
} truths[] = {
	{ "a scenario",
	    "format: geophone-scenario/1\nname: x\nrest: benign\ninputs: [a.pcap]\n"
	    "malicious:\n  - host: 10.0.0.1\n    peer: 192.0.2.1\n    from: "
	    "2026-01-01T00:00:00Z\n",
	    NULL, 1, TRUTH_BENIGN },
	{ "what simulate writes",
	    "{\"benign\":[{\"class\":\"ntp\",\"host\":\"10.0.0.2\",\"inbound\":false,"
	    "\"peer\":\"192.0.2.9\"}],\"format\":\"geophone-truth/"
	    "1\",\"hosts\":[{\"address\":"
	    "\"10.0.0.1\"}],\"malicious\":[{\"host\":\"10.0.0.1\",\"inbound\":true},{"
	    "\"host\":"
	    "\"10.0.0.3\"}]}",
	    NULL, 2, TRUTH_BENIGN },
	{ "no format", "malicious: []\n", "no format", 0, TRUTH_UNKNOWN },
	{ "another format", "format: x\n", "line 1: not a format", 0, TRUTH_UNKNOWN },
	{ "no address", "format: geophone-scenario/1\nmalicious:\n  - host: ten\n",
	    "line 3: not an address: ten", 0, TRUTH_UNKNOWN },
	{ "no host", "format: geophone-scenario/1\nmalicious:\n  - peer: 10.0.0.1\n",
	    "an entry without its: host", 0, TRUTH_UNKNOWN },
	{ "no time",
	    "format: geophone-scenario/1\nbenign:\n  - host: 10.0.0.1\n    to: noon\n",
	    "line 4: not a time", 0, TRUTH_UNKNOWN },
	{ "a list for ever", "format: geophone-scenario/1\nx: [[[[[[[[[[[]]]]]]]]]]]\n",
	    "nested too deeply", 0, TRUTH_UNKNOWN },
	{ "no YAML", "format: [geophone", "line", 0, TRUTH_UNKNOWN },
};

static void
truths_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(truths); i++) {
		struct truth t;
		struct error err;
		enum status st;

		truth_init(&t);
		st = truth_read(&t, text(truths[i].yaml), &err);
		if ((st == OK) != (truths[i].wrong == NULL) ||
		    (st != OK && strstr(err.text, truths[i].wrong) == NULL))
			fail_msg("%s: %s", truths[i].name, st ? err.text : "read");
		if (st == OK && (t.n != truths[i].marks || t.rest != truths[i].rest))
			fail_msg("%s: %zu marks", truths[i].name, t.n);
		truth_release(&t);
	}
}

/* Three pairs over two days; one is controlled on the second day, one is of unknown truth. */
static void
scene(struct units *u, struct truth *t)
{
	struct sample s[] = {
		{ .host = ip("10.0.0.1"), .peer = ip("192.0.2.1"), .t_ns = DAY_NS },
		{ .host = ip("10.0.0.1"), .peer = ip("192.0.2.1"), .t_ns = 2 * DAY_NS + 5 },
		{ .host = ip("10.0.0.2"), .peer = ip("192.0.2.2"), .t_ns = DAY_NS + 9 },
		{ .host = ip("10.0.0.3"), .peer = ip("192.0.2.3"), .t_ns = DAY_NS + 9 },
	};
	struct mark bad = { .host = ip("10.0.0.1"),
		.peer = ip("192.0.2.1"),
		.from_ns = 2 * DAY_NS,
		.to_ns = UINT64_MAX,
		.class = TRUTH_MALICIOUS };
	struct mark good = { .host = ip("10.0.0.2"),
		.peer = ip("192.0.2.2"),
		.to_ns = UINT64_MAX,
		.class = TRUTH_BENIGN };
	struct error err;

	truth_init(t);
	assert_true(truth_mark(t, &bad) && truth_mark(t, &good));
	assert_int_equal(units_new(u, s, COUNT(s), t, &err), OK);
	assert_int_equal(u->pairs, 4);
	assert_int_equal(u->hosts, 4);
}

static void
units_and_alerts(void **state)
{
	struct finding f = { .kind = FINDING_BEACON,
		.severity = SEVERITY_HIGH,
		.host = ip("10.0.0.1"),
		.peer = ip("192.0.2.1"),
		.first_ns = 2 * DAY_NS,
		.last_ns = 2 * DAY_NS + 7 };
	struct score score = { 0 };
	const struct confusion *c;
	struct error err;
	struct units u;
	struct truth t;

	(void)state;
	scene(&u, &t);
	assert_int_equal(units_find(&u, &f, &f.peer, 1), TRUTH_MALICIOUS);
	f.host = ip("10.0.0.3");
	f.peer = ip("192.0.2.3");
	f.first_ns = DAY_NS;
	assert_int_equal(units_find(&u, &f, &f.peer, 1), TRUTH_UNKNOWN);
	/* Of a host as such, which is told for it alone: what is said of the host holds. */
	assert_int_equal(units_find(&u, &f, NULL, 0), TRUTH_UNKNOWN);
	for (size_t i = 0; i < u.hosts; i++)
		if (ip_equal(&u.host[i].host, &f.host))
			u.host[i].truth = TRUTH_MALICIOUS;
	assert_int_equal(units_find(&u, &f, &f.peer, 1), TRUTH_UNKNOWN);
	assert_int_equal(units_find(&u, &f, &f.peer, 0), TRUTH_MALICIOUS);
	for (size_t i = 0; i < u.hosts; i++)
		if (ip_equal(&u.host[i].host, &f.host))
			u.host[i].truth = TRUTH_UNKNOWN;
	f.host = ip("10.0.0.2");
	f.severity = SEVERITY_LOW; /* no alert, but a clock */
	assert_int_equal(units_find(&u, &f, &f.peer, 0), TRUTH_BENIGN);
	assert_true(score_add(&score, "scene", NULL, &u, NULL, 0));
	assert_int_equal(score_finish(&score, &err), OK);
	c = &score.measure[LEVEL_PAIR][JUDGE_UNION].c;
	assert_int_equal(c->found, 1);
	assert_int_equal(c->missed, 0);
	assert_int_equal(c->false_, 0);
	assert_int_equal(c->clean, 1);
	assert_int_equal(c->unknown, 1);
	assert_int_equal(c->unjudged, 1);
	c = &score.measure[LEVEL_HOST][JUDGE_CLOCK].c;
	assert_int_equal(c->false_, 1);
	assert_true(score.measure[LEVEL_PAIR][JUDGE_UNION].precision == 1);
	assert_true(score.measure[LEVEL_PAIR][JUDGE_UNION].precision_worst == 0.5);
	score_release(&score);
	units_release(&u);
	truth_release(&t);
}

/* Something of `odds_mb` was judged in a capture. */
/* A family for each capture. */
static const size_t each[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };

static void
judge(struct calibration *c, size_t capture, int32_t odds_mb, bool bad)
{
	struct said s = { .capture = capture,
		.odds_mb = odds_mb,
		.kind = FINDING_BEACON,
		.alert = odds_mb >= 0,
		.bad = bad };

	assert_true(calibration_add(c, &s));
}

/*
 * One in ten captures has something controlled in it, as is supposed: two captures of
 * nine harmless clocks and of one implant weigh nine to one, however many clocks there are.
 */
static void
calibration(void **state)
{
	static const bool infected[] = { false, true }, all[] = { true, true };
	struct calibration c = { 0 };
	struct reliability r = { 0 }, same = { 0 };
	struct error err;

	(void)state;
	for (int i = 0; i < 900; i++)
		judge(&c, 0, -955, false);
	judge(&c, 1, -955, true);
	assert_int_equal(calibration_finish(&c, each, 2, infected, 2, &r, &err), OK);
	assert_true(r.at_prior && fabs(r.ece) < 0.001);
	assert_true(fabs(r.brier - 0.09) < 0.001);
	assert_int_equal(r.bin[0].n + r.bin[1].n, 901);
	assert_int_equal(r.promise[JUDGE_UNION].alerts, 0);
	/* Captures of one truth: the error is not told. */
	assert_int_equal(calibration_finish(&c, each, 2, all, 2, &same, &err), OK);
	assert_true(!same.at_prior && same.ece_captures.low < 0);
	/* A wrong alert of 9 to 1 in the harmless capture, a right one in the other. */
	judge(&c, 0, 955, false);
	judge(&c, 1, 955, true);
	memset(&r, 0, sizeof r);
	assert_int_equal(calibration_finish(&c, each, 2, infected, 2, &r, &err), OK);
	assert_int_equal(r.promise[JUDGE_UNION].alerts, 2);
	assert_int_equal(r.promise[JUDGE_UNION].false_, 1);
	assert_int_equal(r.promise[FINDING_BEACON].false_, 1);
	assert_true(fabs(r.promise[JUDGE_UNION].expected - 0.2) < 0.01);
	assert_true(fabs(r.promise[JUDGE_UNION].false_captures.low + 0.2) < 0.01);
	assert_true(fabs(r.promise[JUDGE_UNION].false_captures.high - 1.8) < 0.01);
	/* The harmless capture weighs nine times the other, and both say 0.1. */
	assert_true(fabs(r.false_alerts.said - 0.1) < 0.001);
	assert_true(fabs(r.false_alerts.is - 0.9) < 0.001);
	assert_true(fabs(r.false_alerts.next - 0.9) < 0.001);
	calibration_release(&c);
}

/* All that is said at 9 to 1 is wrong: an error of 0.9. */
/* Ten captures of one laboratory say as much as one does. */
static void
families(void **state)
{
	static const size_t family[] = { 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 };
	static const bool infected[] = { true, false };
	struct calibration c = { 0 };
	struct reliability r = { 0 };
	struct error err;

	(void)state;
	judge(&c, 0, 955, true);
	for (size_t i = 1; i < 11; i++)
		judge(&c, i, i == 1 ? 955 : -2000, false);
	assert_int_equal(calibration_finish(&c, family, 11, infected, 2, &r, &err), OK);
	/* 0.9 of the harmless family is of ten captures, and one of them was wrong. */
	assert_true(fabs(r.bin[9].is - 0.1 / (0.1 + 0.09)) < 0.001);
	assert_true(fabs(r.false_alerts.is - 0.9) < 0.001);
	assert_true(fabs(r.bin[9].captures.low - r.bin[9].captures.high) < 0.001);
	calibration_release(&c);
}

/* Nothing false was seen in nine harmless captures: it does not follow that nothing is. */
static void
one_more(void **state)
{
	static const bool infected[] = { true, false, false, false, false, false, false,
		false, false, false, false };
	struct calibration c = { 0 };
	struct reliability r = { 0 };
	struct error err;

	(void)state;
	for (int i = 0; i < 5; i++)
		judge(&c, 0, 602, true); /* 4 to 1 */
	for (size_t i = 1; i < 10; i++)
		judge(&c, i, -2000, false);
	/* In the last capture nothing was judged, and it does not count. */
	assert_int_equal(calibration_finish(&c, each, 11, infected, 11, &r, &err), OK);
	assert_true(fabs(r.false_alerts.said - 0.2) < 0.001);
	assert_true(fabs(r.false_alerts.is) < 0.001);
	assert_true(fabs(r.false_alerts.next - 0.09 / 0.19) < 0.001);
	assert_true(r.false_alerts.captures.low == 0 && r.false_alerts.captures.high == 0);
	calibration_release(&c);
}

/* An interval is over captures: what one harmless capture says ten times is said once. */
static void
other_captures(void **state)
{
	static const bool infected[] = { false, false, true }, clean[3] = { false };
	struct calibration c = { 0 };
	struct reliability r = { 0 };
	struct error err;

	(void)state;
	for (int i = 0; i < 10; i++)
		judge(&c, 0, 955, false); /* 9 to 1 in the first capture, and wrong */
	judge(&c, 1, -2000, false);
	judge(&c, 2, 955, true);
	assert_int_equal(calibration_finish(&c, each, 3, infected, 3, &r, &err), OK);
	assert_true(r.at_prior && r.bin[9].n == 11 && r.bin[9].true_ == 1);
	/* 0.1 of the infected one against 0.45 of the first: 0.18; alone, 1; against 0.9, 0.1. */
	assert_true(fabs(r.bin[9].is - 0.1 / 0.55) < 0.001);
	assert_true(fabs(r.bin[9].captures.low - 0.1) < 0.001);
	assert_true(fabs(r.bin[9].captures.high - 1) < 0.001);
	assert_true(r.bin[9].wilson.high < 0.4);
	/* An empty bin has none, and of one truth nothing is drawn. */
	assert_true(r.bin[5].captures.low < 0);
	assert_int_equal(calibration_finish(&c, each, 3, clean, 3, &r, &err), OK);
	assert_true(!r.at_prior && r.bin[9].captures.low < 0);
	calibration_release(&c);
}

static void
all_wrong(void **state)
{
	static const bool infected[] = { false, true };
	struct calibration c = { 0 };
	struct reliability r = { 0 };
	struct error err;

	(void)state;
	judge(&c, 0, 955, false);
	judge(&c, 1, 955, false);
	assert_int_equal(calibration_finish(&c, each, 2, infected, 2, &r, &err), OK);
	assert_true(fabs(r.ece - 0.9) < 0.001);
	calibration_release(&c);
}

/* Agresti and Coull's textbook figures. */
static void
intervals(void **state)
{
	struct interval i = wilson(0, 10), j = wilson(5, 10), k = wilson(10, 10);

	(void)state;
	assert_true(i.low == 0 && fabs(i.high - 0.2775) < 0.0001);
	assert_true(fabs(j.low - 0.2366) < 0.0001 && fabs(j.high - 0.7634) < 0.0001);
	assert_true(fabs(k.low - 0.7225) < 0.0001 && k.high == 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(labels_of_lines),
		cmocka_unit_test(truths_are_read),
		cmocka_unit_test(units_and_alerts),
		cmocka_unit_test(other_captures),
		cmocka_unit_test(families),
		cmocka_unit_test(one_more),
		cmocka_unit_test(calibration),
		cmocka_unit_test(all_wrong),
		cmocka_unit_test(intervals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
