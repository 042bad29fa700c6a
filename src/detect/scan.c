/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host that tries addresses or ports to find out what is there.
 *
 * The sequential test of Jung, Paxson, Berger and Balakrishnan (2004): who knows
 * where he wants to go gets an answer from most places at his first call, who
 * searches from few. Only the first call to each address and port counts. The
 * walk adds the likelihood ratio of each in the order of time and starts anew
 * at zero, so that hours of harmless calls before it hide nothing; it has no
 * timer, so that a slow scan is found as a fast one, only later.
 *
 * Under the null each start of the walk is a martingale, and it can start at
 * each first call: at most (first calls of the run) / ratio walks get so far. The
 * order is that of TIME_SLOTS equal parts of the host's time, so that nothing
 * has to be sorted; a part that mixes both can only make the walk lower.
 *
 * A finding names what was tried: a port of many addresses, or many ports of
 * one address, or when that is too much to list, neither.
 */
#include "detect/detectors.h"
#include "detect/odds.h"
#include "detect/phrase.h"
#include "detect/port_use.h"

#include <string.h>

#include "base/stamp.h"
#include "profile/names.h"
#include "record/flow.h"

enum {
	TIME_SLOTS = 2048,
	FEWEST_TRIED = 12, /* distinct, within the walk */
	FEWEST_PINGS = 8,  /* who pings an address again and again counts once */
	FEWEST_SILENT = 4, /* of the pings; of others all */
	NEAR = 64,         /* addresses */
	WAYS = 3,          /* to look at one first call: its port, its peer, its host */
	MOST_NAMED = 4,    /* more ports and peers than that: the host as a whole */
	SILENT_PACKETS =
	    3, /* to which nothing came back: no exchange, whatever the state */

	TRACEROUTE = 33434, /* and 190 above it: hops, counted in ports */
	TRACEROUTE_LAST = 33624,
};

/* P(no answer) of one who searches over that of one who knows, and of an answer. */
struct step {
	int32_t failed_mb, served_mb;
	const char *null;
};

static struct step
step_of(uint8_t proto)
{
	if (proto == PROTO_UDP) /* 0.9 against 0.5: much is not meant to be answered */
		return (struct step){ 255, -699, "every second" };
	if (proto == PROTO_ICMP || proto == PROTO_ICMP6) /* 0.5 against 0.05 */
		return (struct step){ 1000, -279, "nineteen of twenty" };
	return (struct step){ 602, -602, "four of five" }; /* 0.8 against 0.2 */
}

static bool
is_ping(uint8_t proto)
{
	return proto == PROTO_ICMP || proto == PROTO_ICMP6;
}

static size_t
fewest_failed(uint8_t proto)
{
	return is_ping(proto) ? FEWEST_SILENT : FEWEST_TRIED;
}

static size_t
fewest_tried(uint8_t proto)
{
	return is_ping(proto) ? FEWEST_PINGS : FEWEST_TRIED;
}

enum outcome { NO_CALL, FAILED, SERVED };

/* What came of the first call of a pair. */
static enum outcome
outcome_of(const struct pair_key *k, const struct contact *c)
{
	if (name_is_key(&k->peer) || (c->flags & CONTACT_ASKED))
		return NO_CALL;
	if (c->up_pkts == 0 && c->down_pkts > 0) /* an answer that nobody asked for */
		return NO_CALL;
	if (k->proto == PROTO_UDP && k->port >= TRACEROUTE && k->port <= TRACEROUTE_LAST)
		return NO_CALL;
	/* From a service to somebody's high port: a late answer. */
	if (k->proto == PROTO_UDP && c->host_port > 0 && c->host_port < 1024 &&
	    k->port >= 1024)
		return NO_CALL;
	if (c->flags & CONTACT_FAILED)
		return FAILED;
	if (k->proto == PROTO_TCP && c->down_pkts == 0 && c->down == 0 && c->up_pkts > 0 &&
	    c->up_pkts <= SILENT_PACKETS)
		return FAILED;
	return SERVED;
}

/* What a subject tried; zero: any. */
static bool
is_tried(const struct subject *s, const struct pair_key *k)
{
	static const struct ip none;

	if (s->proto != 0 && s->proto != k->proto)
		return false;
	if (!ip_equal(&s->peer, &none))
		return ip_equal(&s->peer, &k->peer);
	return s->proto == 0 || s->port == k->port;
}

/* First calls one after the other, in the order of peers: what a subject tried. */
struct tries {
	const struct subject *subject;
	const struct calls *calls;   /* look through these */
	const struct caller *caller; /* or, not NULL, through its services */
	const uint32_t *list;        /* ... of which these; NULL: as they stand */
	size_t first, end;
};

struct
try {
	struct ip peer;
	uint64_t at_ns;
	uint8_t proto;
	enum outcome outcome;
};

static bool
next_try(const struct tries *t, size_t *at, struct try *out)
{
	while (*at < t->end) {
		size_t i = (*at)++, n;
		struct pair_key k;
		const struct contact *c;

		if (t->caller) {
			const struct called *s =
			    &t->caller->service[t->list ? t->list[i] : i];

			k = s->key;
			c = s->call;
		} else {
			k = pairs_key(t->calls->pairs, i);
			c = pairs_contacts(t->calls->pairs, i, &n);
		}
		if (!is_tried(t->subject, &k) || name_is_key(&k.peer))
			continue;
		*out = (struct try){ k.peer, c->start_ns, k.proto, outcome_of(&k, c) };
		return true;
	}
	return false;
}

/* A slice is no caller; what is laid out already is found sooner. */
static struct tries
tries_of(const struct heard *h, const struct calls *calls, const struct subject *s)
{
	static const struct ip none;
	const struct caller *at = h->at;
	struct tries t = { s, calls, NULL, NULL, calls->first, calls->end };

	if (at == NULL || !ip_equal(&at->calls.host, &calls->host))
		return t;
	t.caller = at;
	t.first = 0;
	t.end = at->services;
	if (s->proto != 0 && ip_equal(&s->peer, &none)) {
		size_t port = caller_port(at, s->proto, s->port);

		t.list = at->by_port;
		t.first = port < at->ports ? at->port[port].from : 0;
		t.end = port < at->ports ? at->port[port + 1].from : 0;
	}
	return t;
}

struct walk {
	int64_t llr_mb; /* the highest it got */
	uint64_t first_ns, last_ns;
	size_t failed, served; /* first calls of the part that got there */
	size_t peers, ports;   /* that failed in it, distinct in a row of the order */
	size_t near;           /* failed peers within NEAR addresses of the one before */
};

/* The walk's steps by time; most slots of most walks are empty. */
struct slots {
	uint64_t first_ns, each_ns;
	uint64_t used[TIME_SLOTS / 64];
	int32_t mb[TIME_SLOTS];
};

static unsigned
slot_of(const struct slots *t, uint64_t at_ns)
{
	return (unsigned)((at_ns - t->first_ns) / t->each_ns);
}

static bool
span_of(const struct tries *tries, struct slots *t)
{
	uint64_t first = UINT64_MAX, last = 0;
	size_t at = tries->first;
	struct try one;

	while (next_try(tries, &at, &one)) {
		first = one.at_ns < first ? one.at_ns : first;
		last = one.at_ns > last ? one.at_ns : last;
	}
	if (first > last)
		return false;
	memset(t->used, 0, sizeof t->used);
	t->first_ns = first;
	t->each_ns = (last - first) / TIME_SLOTS + 1;
	return true;
}

static void
add_steps(const struct tries *tries, struct slots *t)
{
	size_t at = tries->first;
	struct try one;

	while (next_try(tries, &at, &one)) {
		struct step step = step_of(one.proto);
		unsigned slot = slot_of(t, one.at_ns);
		uint64_t bit = UINT64_C(1) << (slot % 64);

		if (one.outcome == NO_CALL)
			continue;
		if (!(t->used[slot / 64] & bit))
			t->mb[slot] = 0;
		t->used[slot / 64] |= bit;
		t->mb[slot] += one.outcome == FAILED ? step.failed_mb : step.served_mb;
	}
}

/* The highest point of the walk, and from which slot to which it led there. */
static int64_t
highest(const struct slots *t, unsigned *from, unsigned *to)
{
	int64_t sum = 0, top = 0;
	unsigned start = 0;

	*from = *to = 0;
	for (unsigned word = 0; word < TIME_SLOTS / 64; word++)
		for (uint64_t left = t->used[word]; left; left &= left - 1) {
			unsigned i = word * 64 + (unsigned)__builtin_ctzll(left);

			if (sum <= 0) {
				sum = 0;
				start = i;
			}
			sum += t->mb[i];
			if (sum > top) {
				top = sum;
				*from = start;
				*to = i;
			}
		}
	return top;
}

/* Close to each other: of the same family and network. */
static bool
is_near(const struct ip *a, const struct ip *b)
{
	unsigned x = (unsigned)a->b[14] << 8 | a->b[15];
	unsigned y = (unsigned)b->b[14] << 8 | b->b[15];

	return memcmp(a->b, b->b, 14) == 0 && (x > y ? x - y : y - x) <= NEAR;
}

/* The figures of the part that led to the highest point. */
static void
count_part(const struct tries *tries, const struct slots *t, unsigned from, unsigned to,
    struct walk *w)
{
	struct ip before = { 0 };
	size_t at = tries->first;
	struct try one;

	w->first_ns = UINT64_MAX;
	while (next_try(tries, &at, &one)) {
		unsigned slot = slot_of(t, one.at_ns);

		if (slot < from || slot > to)
			continue;
		w->served += one.outcome == SERVED;
		if (one.outcome != FAILED)
			continue;
		w->failed++;
		w->first_ns = one.at_ns < w->first_ns ? one.at_ns : w->first_ns;
		w->last_ns = one.at_ns > w->last_ns ? one.at_ns : w->last_ns;
		w->ports++; /* pairs are in the order of peers */
		if (ip_equal(&one.peer, &before))
			continue;
		w->near += is_near(&one.peer, &before);
		w->peers++;
		before = one.peer;
	}
}

static struct walk
walk(const struct tries *tries)
{
	struct slots t;
	struct walk w = { 0 };
	unsigned from, to;

	if (!span_of(tries, &t))
		return w;
	add_steps(tries, &t);
	w.llr_mb = highest(&t, &from, &to);
	if (w.llr_mb > 0)
		count_part(tries, &t, from, to, &w);
	return w;
}

/* Wald's boundary for errors of one in a hundred, times all who could have started. */
static bool
stands_out(const struct walk *w, uint8_t proto)
{
	return w->llr_mb >= 1996 && w->failed + w->served >= fewest_tried(proto) &&
	       w->failed >= fewest_failed(proto);
}

struct suspects {
	struct subject s[MOST_NAMED];
	unsigned n; /* MOST_NAMED + 1: too many */
};

static void
suspect(struct suspects *to, const struct tries *tries)
{
	struct walk w = walk(tries);

	if (!stands_out(&w, tries->subject->proto))
		return;
	if (to->n < MOST_NAMED)
		to->s[to->n] = *tries->subject;
	to->n++;
}

static size_t
count_failed(const struct caller *caller, const uint32_t *list, size_t first, size_t end)
{
	size_t failed = 0;

	for (size_t i = first; i < end; i++) {
		const struct called *s = &caller->service[list ? list[i] : i];

		failed += outcome_of(&s->key, s->call) == FAILED;
	}
	return failed;
}

/* Peers of which many ports failed. */
static void
survey_peers(const struct caller *caller, struct suspects *to)
{
	for (size_t p = 0; p < caller->peers && to->n <= MOST_NAMED; p++) {
		size_t i = caller->peer[p], end = caller->peer[p + 1];
		struct subject s;
		struct tries tries = { &s, NULL, caller, NULL, i, end };

		if (end - i < FEWEST_TRIED ||
		    count_failed(caller, NULL, i, end) < FEWEST_TRIED)
			continue;
		s = (struct subject){ .kind = FINDING_SCAN,
			.host = caller->calls.host,
			.peer = caller->service[i].key.peer,
			.proto = PROTO_TCP };
		suspect(to, &tries);
		s.proto = PROTO_UDP;
		if (to->n <= MOST_NAMED)
			suspect(to, &tries);
	}
}

/* Ports that failed at many peers. */
static void
survey_ports(const struct caller *caller, struct suspects *to)
{
	for (size_t p = 0; p < caller->ports && to->n <= MOST_NAMED; p++) {
		const struct port_run *run = &caller->port[p];
		size_t i = run->from, end = run[1].from;
		struct subject s;
		struct tries tries = { &s, NULL, caller, caller->by_port, i, end };

		if (end - i < fewest_failed(run->proto) ||
		    count_failed(caller, caller->by_port, i, end) <
			fewest_failed(run->proto))
			continue;
		s = (struct subject){ .kind = FINDING_SCAN,
			.host = caller->calls.host,
			.port = run->port,
			.proto = run->proto };
		suspect(to, &tries);
	}
}

static bool
survey_host(struct survey *v, const struct caller *caller)
{
	struct suspects found = { 0 };
	bool room = true;

	if (caller->services < FEWEST_PINGS)
		return true;
	survey_peers(caller, &found);
	survey_ports(caller, &found);
	if (found.n > MOST_NAMED) {
		found.s[0] =
		    (struct subject){ .kind = FINDING_SCAN, .host = caller->calls.host };
		found.n = 1;
	}
	for (unsigned i = 0; room && i < found.n; i++)
		room = survey_suspect(v, &found.s[i]);
	return room;
}

static bool
is_worm_port(uint8_t proto, uint16_t port)
{
	static const uint16_t tcp[] = { 21, 22, 23, 81, 135, 139, 445, 1433, 2222, 2323,
		3306, 3389, 5038, 5432, 5500, 5555, 5900, 5985, 6379, 7547, 8291, 9200,
		11211, 23231, 27017, 37215, 49152, 52869, 60001 };

	for (size_t i = 0; proto == PROTO_TCP && i < sizeof tcp / sizeof *tcp; i++)
		if (tcp[i] == port)
			return true;
	return false;
}

/* Whole two decades above the fewest; a doubling is 0.3 of one, and needs no logarithm. */
static int32_t
many_mb(size_t failed)
{
	const int32_t whole = weight_mb[WEIGHT_SCAN_MANY];
	int32_t mb = 0;

	for (size_t least = 2 * FEWEST_TRIED; failed >= least && mb < whole; least *= 2)
		mb += whole * 3 / 20;
	return mb < whole ? mb : whole;
}

static bool
names_peer(const struct finding *f)
{
	static const struct ip none;

	return !ip_equal(&f->peer, &none);
}

static void
weigh(struct finding *f, const struct context *c, const struct walk *w, bool abroad)
{
	const struct port_use *use = port_use_find(f->proto, f->port);
	char port[PHRASE_ENDPOINT], n[PHRASE_COUNT], peers[PHRASE_COUNT];

	(void)phrase_count(w->failed, n);
	(void)phrase_count(w->peers, peers);
	(void)phrase_port(f->port, f->proto, port);
	odds_weight(
	    f, "prior", WEIGHT_SCAN_PRIOR, "most who search a network look after it");
	odds_part(f, "many", WEIGHT_SCAN_MANY, many_mb(w->failed),
	    "%s different tries failed", n);
	if (abroad)
		odds_weight(
		    f, "abroad", WEIGHT_SCAN_ABROAD, "it searched addresses outside");
	if (names_peer(f) || (f->proto == 0 && w->ports >= 4 * w->peers))
		odds_weight(
		    f, "ports", WEIGHT_SCAN_PORTS, "it tried many ports of each address");
	else if (is_worm_port(f->proto, f->port))
		odds_weight(f, "port", WEIGHT_SCAN_WORM_PORT,
		    "port %s is one that worms and intruders try", port);
	else if (use && !is_ping(f->proto) && use->mb < 0)
		odds_term(f, "port", use->mb, "port %s is usually %s", port, use->words);
	if (w->peers >= fewest_failed(f->proto) && w->near * 2 >= w->peers)
		odds_weight(f, "row", WEIGHT_SCAN_ROW,
		    "most of the %s addresses stand in a row", peers);
	odds_benign(f, "an inventory or a test of the network",
	    c->host_side == SIDE_INTERNAL, "who looks after a network searches it as well");
	odds_benign(f, "a broken line", w->served == 0 && w->near * 2 < w->peers,
	    "%zu first calls were answered meanwhile", w->served);
}

static void
say(struct finding *f, const struct walk *w)
{
	char host[IP_TEXT], peer[IP_TEXT], n[PHRASE_COUNT], of[PHRASE_COUNT],
	    all[PHRASE_COUNT], span[STAMP_TEXT], port[PHRASE_ENDPOINT];
	struct buf b = { .at = f->why, .cap = sizeof f->why, .max = sizeof f->why - 1 };

	(void)ip_text(&f->host, host);
	(void)phrase_count(w->failed, n);
	(void)phrase_count(w->failed + w->served, all);
	(void)stamp_period(w->last_ns - w->first_ns, span);
	if (names_peer(f))
		buf_printf(&b, "%s tried %s ports of %s over %s, and %s gave no service",
		    host, all, ip_text(&f->peer, peer), span, n);
	else if (f->proto != 0)
		buf_printf(&b,
		    "%s tried %s at %s addresses over %s, and %s gave no service", host,
		    is_ping(f->proto) ? "pings" : phrase_port(f->port, f->proto, port), all,
		    span, n);
	else
		buf_printf(&b,
		    "%s tried %s ports and addresses over %s, and %s of them, of %s "
		    "addresses, gave no service",
		    host, all, span, n, phrase_count(w->peers, of));
	buf_printf(
	    &b, "; who knows where to call is answered by %s", step_of(f->proto).null);
	CHECK(!b.bad);
}

static bool
judge(const struct heard *h, const struct subject *s, const struct context *ctx,
    const struct params *params, struct finding *f)
{
	struct calls calls;
	struct tries tries;
	struct walk w;
	bool abroad;

	(void)params;
	if (!calls_of(h, &s->host, &calls))
		return false;
	tries = tries_of(h, &calls, s);
	w = walk(&tries);
	if (!stands_out(&w, s->proto))
		return false;
	abroad = ctx->tried_outside * 2 > ctx->tried;
	f->first_ns = w.first_ns;
	f->last_ns = w.last_ns;
	f->contacts = w.failed + w.served;
	f->llr_mb = w.llr_mb;
	f->fdr_ppm = odds_fdr_ppm(w.llr_mb, WAYS * ctx->pairs);
	odds_measure(f, "failed_first_calls", w.failed);
	odds_measure(f, "answered_first_calls", w.served);
	odds_measure(f, "failed_addresses", w.peers);
	odds_measure(f, "neighbouring_addresses", w.near);
	weigh(f, ctx, &w, abroad);
	odds_severity(f, ctx, SEVERITY_HIGH);
	f->technique = ctx->host_side == SIDE_INTERNAL && !abroad ? "T1046" : "T1595";
	say(f, &w);
	return true;
}

/* How many of what the subject tried is outside: a slice does not know. */
static void
look_around(const struct heard *h, const struct caller *host, const struct subject *s,
    struct context *c)
{
	(void)h;
	for (size_t i = 0; i < host->services; i++) {
		if (!is_tried(s, &host->service[i].key))
			continue;
		c->tried++;
		c->tried_outside += called_side(host, &host->service[i]) == SIDE_EXTERNAL;
	}
}

const struct detector detector_scan = {
	.kind = FINDING_SCAN,
	.scope = SCOPE_NAMED,
	.survey_host = survey_host,
	.look_around = look_around,
	.judge = judge,
};
