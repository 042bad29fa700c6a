/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes an alert and what does not: scenes in one row each, and what
 * each single circumstance is worth.
 */
#include "table.h"

#include "base/stamp.h"
#include "detect/beacon.h"
#include "detect/control.h"
#include "detect/weights.h"
#include "detect/phrase.h"
#include "detect/series.h"
#include "record/flow.h"

#define HOUR  3600.0
#define MB    UINT64_C(1000000)
#define START (UINT64_C(1700000000) * SECOND_NS)

/* A pair and what surrounds it. Zeros are the plain case. */
struct scene {
	const char *name;
	double period; /* s */
	double jitter; /* sleeps are T(1-J) to T(1+J) */
	double hours;  /* how long it goes on */
	double begins; /* h into the run */
	double run;    /* h, 0: as long as the pair */
	uint8_t proto; /* 0: TCP */
	uint16_t port;
	unsigned failed_percent;
	uint64_t up, down; /* 0: 500 bytes each way per contact */
	uint64_t hosts, peer_hosts, host_peers, scanned, siblings, port_hosts;
	bool host_outside, peer_inside, peer_apart;
	const char *peer;
	enum severity least, most;
};

/* clang-format off */
static const struct scene scenes[] = {
	/* Controlled. */
	{ "a remote access trojan calls a dead server", .period = 11, .jitter = 0.3, .hours = 0.8,
	  .port = 1177, .failed_percent = 100, .hosts = 7, .peer_hosts = 1,
	  .least = SEVERITY_MEDIUM, .most = SEVERITY_CRITICAL },
	{ "a bot calls its chat server, which mostly refuses", .period = 7, .hours = 24,
	  .port = 6667, .failed_percent = 75, .hosts = 2, .peer_hosts = 1,
	  .least = SEVERITY_MEDIUM, .most = SEVERITY_CRITICAL },
	{ "a digitizer's implant over TLS, which sends data out at night",
	  .period = 300, .jitter = 0.3, .hours = 24, .port = 443, .up = 120 * MB, .down = 2 * MB,
	  .hosts = 25, .peer_hosts = 1, .host_peers = 2,
	  .least = SEVERITY_MEDIUM, .most = SEVERITY_CRITICAL },
	{ "the same for a month", .period = 300, .jitter = 0.3, .hours = 720, .port = 443,
	  .up = 3600 * MB, .down = 60 * MB, .hosts = 25, .peer_hosts = 1, .host_peers = 2,
	  .least = SEVERITY_MEDIUM, .most = SEVERITY_CRITICAL },
	{ "eight unrelated servers with one clock", .period = 120, .hours = 6, .begins = 10,
	  .run = 24, .port = 443, .hosts = 1, .peer_hosts = 1, .siblings = 7,
	  .least = SEVERITY_MEDIUM, .most = SEVERITY_CRITICAL },
	{ "a bot that scans, on a port of its own", .period = 60, .hours = 20, .port = 4321,
	  .hosts = 1, .peer_hosts = 1, .scanned = 3000, .host_peers = 3100,
	  .least = SEVERITY_MEDIUM, .most = SEVERITY_CRITICAL },
	{ "a bot whose server is gone, over a port of the web", .period = 20, .jitter = 0.2,
	  .hours = 12, .port = 8080, .failed_percent = 98, .hosts = 1, .peer_hosts = 1,
	  .least = SEVERITY_MEDIUM, .most = SEVERITY_CRITICAL },
	{ "an odd port, all day, with jitter, by nobody else", .period = 60, .jitter = 0.4,
	  .hours = 24, .port = 49211, .hosts = 40, .peer_hosts = 1, .host_peers = 60,
	  .least = SEVERITY_MEDIUM, .most = SEVERITY_CRITICAL },

	/* Not. */
	{ "time", .period = 64, .hours = 24, .proto = PROTO_UDP, .port = 123, .hosts = 1,
	  .peer_hosts = 1, .least = SEVERITY_INFO, .most = SEVERITY_INFO },
	{ "time whose server is gone, on a bot", .period = 1040, .hours = 24, .proto = PROTO_UDP,
	  .port = 123, .failed_percent = 92, .hosts = 2, .peer_hosts = 1, .scanned = 5000,
	  .siblings = 9, .least = SEVERITY_INFO, .most = SEVERITY_INFO },
	{ "a light bridge and its cloud", .period = 900, .hours = 22, .port = 443, .hosts = 1,
	  .peer_hosts = 1, .host_peers = 8, .least = SEVERITY_INFO, .most = SEVERITY_LOW },
	{ "the same by plain HTTP once an hour", .period = 3600, .hours = 22, .port = 80,
	  .hosts = 1, .peer_hosts = 1, .host_peers = 8, .least = SEVERITY_INFO,
	  .most = SEVERITY_LOW },
	{ "virus protection waits for messages", .period = 301.6, .hours = 24, .port = 8883,
	  .hosts = 1, .peer_hosts = 1, .host_peers = 60, .least = SEVERITY_INFO,
	  .most = SEVERITY_INFO },
	{ "an update check nobody else makes", .period = 1680, .hours = 24, .port = 443,
	  .hosts = 30, .peer_hosts = 1, .host_peers = 80, .least = SEVERITY_INFO,
	  .most = SEVERITY_LOW },
	{ "a page that polls, with jitter", .period = 30, .jitter = 0.3, .hours = 3, .run = 24,
	  .begins = 9, .port = 443, .hosts = 30, .peer_hosts = 1, .host_peers = 80,
	  .least = SEVERITY_INFO, .most = SEVERITY_LOW },
	{ "a backup of a desk", .period = 3600, .hours = 24, .port = 443, .up = 5000 * MB,
	  .down = 20 * MB, .hosts = 30, .peer_hosts = 1, .host_peers = 80,
	  .least = SEVERITY_INFO, .most = SEVERITY_LOW },
	{ "a store of files that synchronises on the beat and is backed up at night",
	  .period = 300, .jitter = 0.01, .hours = 48, .port = 443, .up = 900 * MB,
	  .down = 8 * MB, .hosts = 60, .peer_hosts = 1, .host_peers = 1,
	  .least = SEVERITY_INFO, .most = SEVERITY_LOW },
	{ "mail", .period = 300, .hours = 9, .port = 993, .hosts = 30, .peer_hosts = 28,
	  .host_peers = 40, .least = SEVERITY_INFO, .most = SEVERITY_INFO },
	{ "an instrument reports to a data centre", .period = 60, .hours = 24, .port = 18000,
	  .up = 500 * MB, .down = 1 * MB, .hosts = 25, .peer_hosts = 1, .host_peers = 2,
	  .least = SEVERITY_INFO, .most = SEVERITY_LOW },
	{ "what the whole office calls, on any port", .period = 60, .jitter = 0.3, .hours = 24,
	  .port = 49211, .hosts = 40, .peer_hosts = 30, .host_peers = 60, .port_hosts = 30,
	  .least = SEVERITY_INFO, .most = SEVERITY_LOW },
	{ "a poll between machines of ours", .period = 10, .jitter = 0.3, .hours = 24,
	  .port = 49211, .failed_percent = 100, .hosts = 30, .peer_hosts = 1,
	  .peer_inside = true, .peer = "10.0.0.9", .least = SEVERITY_INFO,
	  .most = SEVERITY_LOW },
	{ "an odd port, all day, with jitter, in a private network where nobody lives", .period = 60,
	  .jitter = 0.4, .hours = 24, .port = 49211, .hosts = 40, .peer_hosts = 1, .host_peers = 60,
	  .peer_apart = true, .peer = "172.30.1.9", .least = SEVERITY_LOW, .most = SEVERITY_LOW },
	{ "a poll of an instrument there", .period = 60, .hours = 24, .port = 18000, .hosts = 25,
	  .peer_hosts = 1, .host_peers = 2, .peer_apart = true, .peer = "172.30.1.9",
	  .least = SEVERITY_INFO, .most = SEVERITY_INFO },
	{ "a copier there that takes what is sent to it", .period = 300, .hours = 24, .port = 443,
	  .up = 900 * MB, .down = 8 * MB, .hosts = 60, .peer_hosts = 1, .host_peers = 1,
	  .peer_apart = true, .peer = "172.30.1.9", .least = SEVERITY_INFO, .most = SEVERITY_INFO },
	{ "an outside host knocks on schedule", .period = 8, .jitter = 0.2, .hours = 24,
	  .port = 4444, .failed_percent = 100, .hosts = 1, .host_outside = true,
	  .peer_inside = true, .peer = "10.0.0.9", .least = SEVERITY_INFO,
	  .most = SEVERITY_LOW },
	{ "a ping", .period = 60, .hours = 24, .proto = PROTO_ICMP, .port = 0, .hosts = 30,
	  .peer_hosts = 1, .least = SEVERITY_INFO, .most = SEVERITY_INFO },
	{ "odd timing alone is no alert: the null with half as much again explains it",
	  .period = 300, .jitter = 0.72, .hours = 9, .port = 6667, .failed_percent = 100,
	  .hosts = 50, .peer_hosts = 1, .least = SEVERITY_LOW, .most = SEVERITY_LOW },
};
/* clang-format on */

static struct ip
address(const char *text)
{
	struct ip ip;

	assert_true(ip_parse(text_span(text), &ip));
	return ip;
}

static struct pair
scene_pair(const struct scene *s)
{
	struct rng r = rng_seed(11);
	struct pair p = { 0 };
	uint64_t n = 0, at = START + (uint64_t)(s->begins * HOUR * 1e9);
	uint64_t end = at + (uint64_t)(s->hours * HOUR * 1e9);

	while (at < end) {
		struct contact c = { .start_ns = at, .last_ns = at };
		double off = s->jitter * (2 * uniform(&r) - 1);

		if (n++ % 100 < s->failed_percent)
			c.flags = CONTACT_FAILED;
		else
			c.up = c.down = 500;
		pair_see(&p, &c);
		at += (uint64_t)(s->period * (1 + off) * 1e9);
	}
	if (s->up > 0)
		p.up = s->up;
	if (s->down > 0)
		p.down = s->down;
	return p;
}

static struct context
scene_context(const struct scene *s, const struct pair *p)
{
	struct context c = { .pairs = 1000,
		.hosts = s->hosts,
		.peer_hosts = s->peer_hosts,
		.host_peers = s->host_peers,
		.host_scanned = s->scanned,
		.siblings = s->siblings,
		.port_hosts = s->port_hosts,
		.host_first_ns = START,
		.span_first_ns = START,
		.span_last_ns =
		    s->run > 0 ? START + (uint64_t)(s->run * HOUR * 1e9) : p->last_ns,
		.looks = 1,
		.by_rank = { 1, 1 },
		.host_side = s->host_outside ? SIDE_EXTERNAL : SIDE_INTERNAL,
		.peer_side = s->peer_inside  ? SIDE_INTERNAL
			     : s->peer_apart ? SIDE_APART
					     : SIDE_EXTERNAL,
		.limits = { .sampling = 1, .frames_dropped = UINT64_MAX } };

	/* As a run measures them, of an even spread. */
	for (int i = 0; i < 3; i++)
		c.gap_ns[i] = (uint64_t)(s->period * (1 + 0.8 * s->jitter * (i - 1)) * 1e9);
	c.by_log10_p_ud[0] = beacon_test(p, 125, 1).log10_p_ud;
	c.by_log10_p_ud[1] = beacon_test(p, 150, 1).log10_p_ud;
	return c;
}

static bool
judge(const struct scene *s, struct finding *f)
{
	struct pair p = scene_pair(s);
	struct context c = scene_context(s, &p);
	struct params params = params_default();
	struct pair_key key = { .host =
				    address(s->host_outside ? "203.0.113.5" : "10.0.0.5"),
		.peer = address(s->peer ? s->peer : "198.51.100.7"),
		.port = s->port,
		.proto = s->proto ? s->proto : PROTO_TCP };

	return beacon_judge(&key, &p, &c, &params, f);
}

static const struct finding_term *
term_named(const struct finding *f, const char *name)
{
	for (unsigned i = 0; i < f->terms; i++)
		if (strcmp(f->term[i].name, name) == 0)
			return &f->term[i];
	return NULL;
}

static void
alerts_and_others(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(scenes); i++) {
		const struct scene *s = &scenes[i];
		struct finding f;
		int64_t sum = 0;

		ROW(i, s->name);
		assert_true(judge(s, &f));
		for (unsigned t = 0; t < f.terms; t++) {
			sum += f.term[t].mb;
			assert_true(f.term[t].why[0] != '\0');
		}
		print_message(
		    "    %s at %d: %s\n", severity_text(f.severity), (int)f.odds_mb, f.why);
		assert_in_range(f.severity, s->least, s->most);
		assert_int_equal(sum, f.odds_mb);
		assert_true(f.benigns > 0);
		assert_true(f.fdr_ppm >= 1 && f.fdr_ppm <= 10000);
		assert_true(f.llr_mb * 1000 <= -f.beacon.log10_p_ud);
		if (f.severity >= SEVERITY_MEDIUM)
			assert_non_null(f.technique);
	}
}

/* One circumstance in the plain case of a day, and the one term that answers it. */
static struct scene
plain_but(const struct scene *but)
{
	struct scene s = *but;

	s.period = s.period > 0 ? s.period : 300;
	s.hours = s.hours > 0 ? s.hours : 24;
	s.port = s.port || s.proto == PROTO_ICMP ? s.port : 443;
	s.hosts = s.hosts ? s.hosts : 8;
	s.peer_hosts = s.peer_hosts ? s.peer_hosts : 1;
	s.host_peers = s.host_peers ? s.host_peers : 50;
	return s;
}

static void
circumstances(void **state)
{
	/* clang-format off */
	static const struct {
		struct scene s;
		const char *term;
		enum weight weight;
		int part; /* the weight is divided by it */
	} rows[] = {
		{ { .name = "a day of it" }, "coverage", WEIGHT_BEACON_COVERAGE, 1 },
		{ { .name = "spread sleep", .jitter = 0.4 }, "jitter", WEIGHT_BEACON_JITTER, 1 },
		{ { .name = "a host that scans", .scanned = 50 }, "scans", WEIGHT_BEACON_SCANS, 1 },
		{ { .name = "three networks alike", .siblings = 3 }, "siblings", WEIGHT_BEACON_SIBLINGS, 1 },
		{ { .name = "six networks alike", .siblings = 6 }, "siblings", WEIGHT_BEACON_SIBLINGS_MANY, 1 },
		{ { .name = "alone among fifty", .hosts = 50 }, "prevalence", WEIGHT_PEER_ALONE, 1 },
		{ { .name = "alone among a thousand: no more", .hosts = 1000 }, "prevalence", WEIGHT_PEER_ALONE, 1 },
		{ { .name = "one of twenty", .hosts = 100, .peer_hosts = 5 }, "prevalence", WEIGHT_PEER_COMMON, 1 },
		{ { .name = "one of five", .hosts = 100, .peer_hosts = 20 }, "prevalence", WEIGHT_PEER_EVERYWHERE, 1 },
		{ { .name = "one of five, on an odd port: may be an outbreak", .hosts = 100, .peer_hosts = 20, .port = 4321 },
		  "prevalence", WEIGHT_PEER_EVERYWHERE, 2 },
		{ { .name = "an odd port", .port = 4321 }, "port", WEIGHT_BEACON_PORT_ODD_TCP, 1 },
		{ { .name = "an odd port of UDP", .port = 4321, .proto = PROTO_UDP }, "port", WEIGHT_BEACON_PORT_ODD_UDP, 1 },
		{ { .name = "ICMP", .port = 0, .proto = PROTO_ICMP }, "port", WEIGHT_BEACON_PING, 1 },
		{ { .name = "two of five failed", .failed_percent = 40 }, "failed", WEIGHT_BEACON_FAILED, 1 },
		{ { .name = "most failed", .failed_percent = 90 }, "failed", WEIGHT_BEACON_FAILED_MOST, 1 },
		{ { .name = "most failed, every ten seconds", .failed_percent = 90, .period = 10 }, "failed", WEIGHT_BEACON_FAILED_FAST, 1 },
		{ { .name = "most datagrams unanswered", .failed_percent = 90, .proto = PROTO_UDP }, "failed", WEIGHT_BEACON_FAILED_UDP, 1 },
		{ { .name = "much sent, little back", .up = 20 * MB }, "upload", WEIGHT_BEACON_UPLOAD, 1 },
		{ { .name = "the same of a device", .up = 20 * MB, .host_peers = 10, .hosts = 10 }, "upload", WEIGHT_BEACON_UPLOAD_DEVICE, 1 },
		{ { .name = "the same where one cannot compare", .up = 20 * MB, .host_peers = 10 }, "upload", WEIGHT_BEACON_UPLOAD, 1 },
		{ { .name = "it began at noon", .hours = 12, .begins = 12, .run = 24 }, "first_seen", WEIGHT_BEACON_NEW, 1 },
		{ { .name = "it began on the second day of four", .begins = 30, .run = 96 }, "first_seen", WEIGHT_BEACON_NEW_LONG, 1 },
		{ { .name = "it began four days before the end of twenty", .hours = 96, .begins = 384, .run = 480 }, "first_seen", WEIGHT_BEACON_NEW_WEEK, 1 },
		{ { .name = "it began ten days before the end of twenty", .hours = 240, .begins = 240, .run = 480 }, "first_seen", WEIGHT_BEACON_NEW_LONG, 1 },
		{ { .name = "it is known for 31 days of 60", .hours = 744, .begins = 696, .run = 1440 }, "first_seen", WEIGHT_BEACON_OLD_MONTH, 1 },
		{ { .name = "it was called for ten days, seven weeks before the end", .hours = 240, .begins = 240, .run = 1440 }, "first_seen", WEIGHT_BEACON_NEW_LONG, 1 },
		{ { .name = "it was there from the first day of eight", .run = 192 }, "first_seen", WEIGHT_BEACON_OLD, 1 },
		{ { .name = "between ours", .peer_inside = true, .peer = "10.9.9.9" }, "sides", WEIGHT_BEACON_INTERNAL, 1 },
		{ { .name = "to another block of ours", .peer_inside = true, .peer = "192.168.9.9" }, "sides", WEIGHT_BEACON_INTERNAL_FAR, 1 },
		{ { .name = "to a private network where nobody lives", .peer_apart = true, .peer = "192.168.9.9" }, "apart", WEIGHT_PEER_APART, 1 },
		{ { .name = "the same, and half of it in vain: a server of ours that is out of reach", .peer_apart = true, .peer = "192.168.9.9", .failed_percent = 50 }, "sides", WEIGHT_BEACON_INTERNAL_FAR, 1 },
		{ { .name = "the same from outside", .peer_apart = true, .peer = "192.168.9.9", .host_outside = true }, "sides", WEIGHT_BEACON_INBOUND, 1 },
		{ { .name = "inbound", .peer_inside = true, .host_outside = true }, "sides", WEIGHT_BEACON_INBOUND, 1 },
		{ { .name = "between strangers", .host_outside = true }, "sides", WEIGHT_BEACON_SIDES_UNKNOWN, 1 },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct scene scene = plain_but(&rows[i].s);
		const struct finding_term *t;
		struct finding f;

		ROW(i, scene.name);
		assert_true(judge(&scene, &f));
		t = term_named(&f, rows[i].term);
		assert_non_null(t);
		assert_int_equal(t->mb, weight_mb[rows[i].weight] / rows[i].part);
	}
}

/* Just below where a weight begins there is none. */
static void
thresholds(void **state)
{
	static const struct {
		struct scene s;
		const char *absent;
	} rows[] = {
		{ { .name = "nine hosts tell nothing of custom",
		      .hosts = 9,
		      .peer_hosts = 1,
		      .period = 300,
		      .hours = 24,
		      .port = 443 },
		    "prevalence" },
		{ { .name = "two callers are no crowd",
		      .hosts = 10,
		      .peer_hosts = 2,
		      .period = 300,
		      .hours = 24,
		      .port = 443 },
		    "prevalence" },
		{ { .name = "49 silent strangers",
		      .scanned = 49,
		      .period = 300,
		      .hours = 24,
		      .port = 443 },
		    "scans" },
		{ { .name = "one in four failed",
		      .failed_percent = 25,
		      .period = 300,
		      .hours = 24,
		      .port = 443 },
		    "failed" },
		{ { .name = "three hours", .period = 60, .hours = 3, .port = 443 },
		    "coverage" },
		{ { .name = "a strict clock", .period = 300, .hours = 24, .port = 443 },
		    "jitter" },
		{ { .name =
			  "a clock on the edge of two bins, and what a network does to it",
		      .period = 304.4,
		      .jitter = 0.05,
		      .hours = 24,
		      .port = 443 },
		    "jitter" },
		{ { .name = "an odd port that many use here",
		      .hosts = 20,
		      .port_hosts = 5,
		      .period = 300,
		      .hours = 24,
		      .port = 4321 },
		    "port" },
		{ { .name = "it began late, and so did the host's day",
		      .run = 4,
		      .begins = 2,
		      .period = 60,
		      .hours = 2,
		      .port = 443 },
		    "first_seen" },
		{ { .name = "time servers come in lists",
		      .siblings = 9,
		      .period = 64,
		      .hours = 24,
		      .proto = PROTO_UDP,
		      .port = 123 },
		    "siblings" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct scene scene = plain_but(&rows[i].s);
		const struct finding_term *t;
		struct finding f;

		ROW(i, rows[i].s.name);
		assert_true(judge(&scene, &f));
		t = term_named(&f, rows[i].absent);
		assert_true(t == NULL || t->mb == 0); /* zero: said, and without weight */
	}
}

/* Alone among hosts: nothing below ten, then growing with their logarithm. */
static void
company_grows_with_the_network(void **state)
{
	int32_t last = 0;

	(void)state;
	for (uint64_t hosts = 1; hosts < 200; hosts++) {
		struct scene s = { .period = 300,
			.hours = 24,
			.port = 443,
			.hosts = hosts,
			.peer_hosts = 1 };
		struct finding f;
		const struct finding_term *t;
		int32_t mb;

		assert_true(judge(&s, &f));
		t = term_named(&f, "prevalence");
		mb = t ? t->mb : 0;
		assert_true(mb >= last && mb <= weight_mb[WEIGHT_PEER_ALONE]);
		assert_int_equal(mb > 0, hosts >= 10);
		last = mb;
		if (t) {
			double want = weight_mb[WEIGHT_PEER_ALONE] *
				      fmin(1, log10((double)hosts / 5));

			assert_true(fabs(mb - want) <= 1);
		}
	}
}

/* A context whose steps are not of this pair, or whose q is too large, calls nothing. */
static void
what_is_not_called(void **state)
{
	struct scene s = { .period = 300, .hours = 24, .port = 443, .hosts = 1 };
	struct pair p = scene_pair(&s), few = { 0 };
	struct context c = scene_context(&s, &p), wrong = c, crowd = c;
	struct params params = params_default();
	struct pair_key key = { .host = address("10.0.0.5"),
		.peer = address("198.51.100.7"),
		.port = 443,
		.proto = PROTO_TCP };
	struct finding f = { .contacts = 77 };

	(void)state;
	assert_true(beacon_judge(&key, &p, &c, &params, &f));
	f.contacts = 77;
	wrong.by_log10_p_ud[0]--;
	assert_false(beacon_judge(&key, &p, &wrong, &params, &f));
	crowd.by_log10_p_ud[0] = 0;
	assert_false(beacon_judge(&key, &p, &crowd, &params, &f));
	assert_false(beacon_judge(&key, &few, &c, &params, &f));
	assert_int_equal(f.contacts, 77);
}

static void
shapes(void **state)
{
	struct scene s = {
		.period = 400, .hours = 24, .port = 443, .hosts = 1, .failed_percent = 25
	};
	struct finding f;

	(void)state;
	assert_true(judge(&s, &f));
	assert_int_equal(f.contacts, 216);
	assert_int_equal(f.beacon.period_ns, 400 * SECOND_NS);
	assert_true(
	    f.beacon.low_ns <= 400 * SECOND_NS && f.beacon.high_ns > 400 * SECOND_NS);
	assert_int_equal(f.beacon.gaps_in, 215);
	assert_in_range(f.beacon.coverage_ppm, 850000, 1000000);
	assert_int_equal(f.beacon.hours, 24);
	assert_in_range(f.beacon.failed_ppm, 300000, 310000);
	assert_in_range(f.beacon.same_size_ppm, 690000, 700000);
	assert_int_equal(f.beacon.kappa_percent, 150);
	assert_non_null(
	    strstr(f.why, "10.0.0.5 opened 216 connections to 198.51.100.7:443/tcp"));
	assert_non_null(strstr(f.why, "most of them every 6 min 2 s to 7 min 11 s"));
	assert_non_null(strstr(f.why, "31 % of them got no service"));

	/* Counters are halved after 255; what is said of all gaps is not. */
	s.period = 60;
	s.hours = 12;
	assert_true(judge(&s, &f));
	assert_true(f.beacon.gaps < 300 && f.contacts == 720);
	assert_in_range(f.beacon.coverage_ppm, 940000, 1000000);
}

static void
phrases(void **state)
{
	char text[PHRASE_COUNT], end[PHRASE_ENDPOINT];
	struct ip v4 = address("192.0.2.1"), v6 = address("2001:db8::1");

	(void)state;
	assert_string_equal(phrase_count(0, text), "0");
	assert_string_equal(phrase_count(999, text), "999");
	assert_string_equal(phrase_count(1000, text), "1,000");
	assert_string_equal(phrase_count(UINT64_MAX, text), "18,446,744,073,709,551,615");
	assert_string_equal(phrase_share(0, text), "0 %");
	assert_string_equal(phrase_share(1, text), "under 1 %");
	assert_string_equal(phrase_share(125000, text), "13 %");
	assert_string_equal(phrase_share(999999, text), "over 99 %");
	assert_string_equal(phrase_share(1000000, text), "100 %");
	assert_string_equal(phrase_bytes(999, text), "999 B");
	assert_string_equal(phrase_bytes(1999, text), "1.9 kB");
	assert_string_equal(phrase_bytes(120 * MB, text), "120 MB");
	assert_string_equal(phrase_bytes(UINT64_MAX, text), "18 EB");
	assert_string_equal(phrase_endpoint(&v4, 443, 6, end), "192.0.2.1:443/tcp");
	assert_string_equal(phrase_endpoint(&v6, 53, 17, end), "[2001:db8::1]:53/udp");
	assert_string_equal(phrase_endpoint(&v4, 0, 1, end), "192.0.2.1 (icmp)");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(alerts_and_others),
		cmocka_unit_test(circumstances),
		cmocka_unit_test(thresholds),
		cmocka_unit_test(company_grows_with_the_network),
		cmocka_unit_test(what_is_not_called),
		cmocka_unit_test(shapes),
		cmocka_unit_test(phrases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
