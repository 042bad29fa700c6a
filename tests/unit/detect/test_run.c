/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole run: networks of hosts made here, what becomes an alert in them,
 * and that nothing but the set of flows decides.
 */
#include "table.h"

#include "base/json.h"
#include "base/stamp.h"
#include "detect/beacon.h"
#include "detect/run.h"
#include "detect/scenery.h"

#define SHARDS 3

struct judged {
	struct pairs *shard[SHARDS];
	struct hosts *hosts;
	struct run_input input;
	struct run *run;
};

/* All calls of a host to a peer in one shard, of any host in any. */
static void
run_on(struct judged *j, const struct scenery *s, unsigned workers, size_t shards)
{
	struct params params = params_default();
	struct error err;

	assert_true(shards <= SHARDS);
	*j = (struct judged){ 0 };
	for (size_t i = 0; i < shards; i++)
		assert_int_equal(pairs_new(&j->shard[i], (size_t)256 << 20, &err), OK);
	for (size_t i = 0; i < s->n; i++) {
		const struct flow *f = &s->flow[i];

		pairs_see(j->shard[(f->orig.b[15] + f->resp.b[12] * 7U) % shards], f);
	}
	for (size_t i = 0; i < shards; i++)
		assert_int_equal(pairs_seal(j->shard[i], &err), OK);
	assert_int_equal(hosts_new(&j->hosts, j->shard, shards, NULL, &err), OK);
	j->input = (struct run_input){ .shard = j->shard,
		.shards = shards,
		.hosts = j->hosts,
		.limits = { .sampling = 1, .frames_dropped = UINT64_MAX },
		.looks = 1,
		.workers = workers,
		.memory = (size_t)256 << 20 };
	if (run_detect(&j->run, &j->input, &params, &err) != OK)
		fail_msg("%s", err.text);
}

static void
run_it(struct judged *j, const struct scenery *s)
{
	run_on(j, s, 2, 1);
}

static void
run_done(struct judged *j)
{
	run_free(j->run);
	hosts_free(j->hosts);
	for (size_t i = 0; i < SHARDS; i++)
		pairs_free(j->shard[i]);
}

/* All findings and their contexts as bytes. */
static void
spell(const struct run *run, struct buf *b)
{
	for (size_t i = 0; i < run_count(run); i++) {
		struct finding f;
		struct context c;

		run_finding(run, i, &f, &c);
		finding_encode(&f, b);
		context_encode(&c, b);
		buf_putc(b, '\n');
	}
	assert_false(b->bad);
}

static void
the_implant_is_the_only_alert(void **state)
{
	static const double days[] = { 1, 3 };

	(void)state;
	for (size_t i = 0; i < COUNT(days); i++) {
		struct scenery s = scenery_new(21 + i);
		struct judged j;

		add_station(&s, true, days[i]);
		run_it(&j, &s);
		assert_true(run_count(j.run) > 20);
		for (size_t k = 0; k < run_count(j.run); k++) {
			struct ip host = inside(203), peer = outside(90, 1);
			struct finding f;
			struct context c;

			run_finding(j.run, k, &f, &c);
			if (k < 2)
				print_message("  %s %d: %s\n", severity_text(f.severity),
				    (int)f.odds_mb, f.why);
			assert_int_equal(f.severity >= SEVERITY_MEDIUM, k == 0);
			if (k > 0)
				continue;
			assert_memory_equal(&f.host, &host, sizeof host);
			assert_memory_equal(&f.peer, &peer, sizeof peer);
			assert_string_equal(f.technique, "T1041");
		}
		run_done(&j);
		free(s.flow);
	}
}

/* Ten days of thirty desks. One alert in ten host-days would be borne; there is none. */
static void
an_office_has_no_alerts(void **state)
{
	struct scenery s = scenery_new(31);
	struct judged j;
	struct finding f;
	struct context c;

	(void)state;
	add_office(&s, 30, 10);
	run_it(&j, &s);
	assert_true(run_count(j.run) > 60); /* of clocks there are plenty */
	run_finding(j.run, 0, &f, &c);
	print_message("  %zu flows, %zu clocks, at worst %d: %s\n", s.n, run_count(j.run),
	    (int)f.odds_mb, f.why);
	assert_true(f.severity < SEVERITY_MEDIUM);
	assert_int_equal(c.hosts, 30);
	run_done(&j);
	free(s.flow);
}

static void
order_workers_and_shards_change_nothing(void **state)
{
	struct scenery s = scenery_new(41);
	struct buf first, other;

	(void)state;
	add_station(&s, true, 1);
	buf_init(&first, (size_t)64 << 20);
	buf_init(&other, (size_t)64 << 20);
	for (unsigned round = 0; round < 4; round++) {
		struct judged j;

		run_on(&j, &s, 1 + 2 * round, 1 + round % SHARDS);
		buf_reset(&other);
		spell(j.run, round == 0 ? &first : &other);
		if (round > 0) {
			assert_int_equal(first.len, other.len);
			assert_memory_equal(first.at, other.at, first.len);
		}
		run_done(&j);
		shuffle(&s);
	}
	buf_release(&first);
	buf_release(&other);
	free(s.flow);
}

static void
findings_come_in_order(void **state)
{
	struct scenery s = scenery_new(42);
	struct finding before = { 0 }, f;
	struct context c;
	struct judged j;

	(void)state;
	add_station(&s, true, 1);
	run_it(&j, &s);
	for (size_t i = 0; i < run_count(j.run); i++) {
		size_t shard, pair;
		struct pair_key key;

		run_finding(j.run, i, &f, &c);
		run_where(j.run, i, &shard, &pair);
		key = pairs_key(j.input.shard[shard], pair);
		assert_memory_equal(&key.peer, &f.peer, sizeof f.peer);
		if (i > 0)
			assert_true(finding_compare(&before, &f) < 0);
		before = f;
	}
	run_done(&j);
	free(s.flow);
}

static bool
is_inside(const struct ip *ip)
{
	return ip_scope(ip) == IP_PRIVATE;
}

static bool
same_pair(const struct flow *a, const struct flow *b)
{
	return ip_equal(&a->orig, &b->orig) && ip_equal(&a->resp, &b->resp) &&
	       a->resp_port == b->resp_port && a->proto == b->proto;
}

/* The pairs of a scenery, one flow of each, and whether any was served. */
struct slow {
	struct flow pair[4096];
	bool served[4096];
	size_t n;
};

static void
slow_pairs(const struct scenery *s, struct slow *slow)
{
	slow->n = 0;
	for (size_t i = 0; i < s->n; i++) {
		size_t k = 0;

		while (k < slow->n && !same_pair(&slow->pair[k], &s->flow[i]))
			k++;
		if (k == slow->n) {
			assert_true(slow->n < COUNT(slow->pair));
			slow->pair[slow->n] = s->flow[i];
			slow->served[slow->n++] = false;
		}
		if (!conn_state_failed((enum conn_state)s->flow[i].state))
			slow->served[k] = true;
		if (s->flow[i].first_ns < slow->pair[k].first_ns)
			slow->pair[k].first_ns = s->flow[i].first_ns;
	}
}

/* First pair before `i` that `same` as it? Then it was counted already. */
#define SEEN_BEFORE(slow, i, same)                                                       \
	({                                                                               \
		bool seen = false;                                                       \
		for (size_t k_ = 0; k_ < (i); k_++) {                                    \
			const struct flow *a = &(slow)->pair[k_], *b = &(slow)->pair[i]; \
			seen |= (same);                                                  \
		}                                                                        \
		seen;                                                                    \
	})

static struct context
slow_context(const struct slow *slow, const struct finding *f)
{
	struct context c = { .pairs = slow->n, .host_first_ns = UINT64_MAX };

	for (size_t i = 0; i < slow->n; i++) {
		const struct flow *p = &slow->pair[i];
		bool of_host = ip_equal(&p->orig, &f->host);
		uint64_t mute = 0;

		if (of_host && p->first_ns < c.host_first_ns)
			c.host_first_ns = p->first_ns;
		if (is_inside(&p->orig) &&
		    !SEEN_BEFORE(slow, i, ip_equal(&a->orig, &b->orig)))
			c.hosts++;
		if (is_inside(&p->orig) && ip_equal(&p->resp, &f->peer) &&
		    !SEEN_BEFORE(slow, i,
			ip_equal(&a->orig, &b->orig) && ip_equal(&a->resp, &b->resp)))
			c.peer_hosts++;
		if (is_inside(&p->resp))
			continue;
		if (of_host &&
		    !SEEN_BEFORE(slow, i,
			ip_equal(&a->orig, &b->orig) && ip_equal(&a->resp, &b->resp)))
			c.host_peers++;
		if (is_inside(&p->orig) && p->resp_port == f->port &&
		    p->proto == f->proto &&
		    !SEEN_BEFORE(slow, i,
			ip_equal(&a->orig, &b->orig) && a->resp_port == b->resp_port &&
			    a->proto == b->proto && !is_inside(&a->resp)))
			c.port_hosts++;
		for (size_t k = 0; of_host && k < slow->n; k++) {
			const struct flow *q = &slow->pair[k];

			mute += ip_equal(&q->orig, &f->host) && !is_inside(&q->resp) &&
				!slow->served[k] && q->resp_port == p->resp_port &&
				q->proto == p->proto;
		}
		if (mute > c.host_scanned)
			c.host_scanned = mute;
	}
	return c;
}

static int
by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The gaps of the window, sorted; the one that a tenth, half, nine tenths reach. */
static void
check_gaps(const struct pairs *pairs, size_t pair, const struct context *c)
{
	static uint64_t gap[FLOWS_MAX];
	struct pair p = pairs_pair(pairs, pair);
	struct beacon_test t = beacon_test(&p, 125, 1);
	uint64_t low = pair_bin_low(t.first_bin),
		 high = pair_bin_low(t.first_bin + t.width);
	size_t n, in = 0;
	const struct contact *contact = pairs_contacts(pairs, pair, &n);

	for (size_t i = 1; i < n; i++) {
		uint64_t g = contact[i].start_ns - contact[i - 1].start_ns;

		if (g >= low && g < high)
			gap[in++] = g;
	}
	assert_true(in >= 4);
	qsort(gap, in, sizeof *gap, by_size);
	for (int i = 0; i < 3; i++) {
		static const double share[] = { 0.1, 0.5, 0.9 };
		uint64_t want = gap[(size_t)ceil(share[i] * (double)in - 1e-9) - 1];

		assert_true(fabs((double)c->gap_ns[i] - (double)want) <=
			    (double)(high - low) / 256);
	}
}

/* Small networks at random, and all that is counted over them counted again. */
static void
contexts_are_their_slow_twins(void **state)
{
	static struct slow slow;
	size_t compared = 0;

	(void)state;
	for (uint64_t seed = 50; seed < 70; seed++) {
		struct scenery s = scenery_new(seed);
		unsigned hosts = 1 + (unsigned)rng_below(&s.r, 14);
		struct judged j;

		for (unsigned h = 0; h < hosts; h++)
			for (unsigned k = (unsigned)rng_below(&s.r, 4); k > 0; k--) {
				bool local = rng_below(&s.r, 5) == 0;
				size_t from = s.n;

				add_clock(&s, 1000 * uniform(&s.r), 20000,
				    100 + 100 * (double)rng_below(&s.r, 3), 0.1, inside(h),
				    local ? inside((unsigned)rng_below(&s.r, 9) + 100)
					  : outside(1 + (unsigned)rng_below(&s.r, 5), 1),
				    (uint16_t)(443 + rng_below(&s.r, 2)),
				    rng_below(&s.r, 3) ? PROTO_TCP : PROTO_UDP);
				for (size_t i = from; rng_below(&s.r, 3) == 0 && i < s.n;
				     i++)
					s.flow[i].state = CONN_S0;
			}
		for (unsigned i = (unsigned)rng_below(&s.r, 300); i > 0; i--) {
			struct flow *f = add(&s, 20000 * uniform(&s.r),
			    inside((unsigned)rng_below(&s.r, hosts)),
			    outside(1 + (unsigned)rng_below(&s.r, 99), 1),
			    (uint16_t)(22 + rng_below(&s.r, 3)), PROTO_TCP);

			f->state = rng_below(&s.r, 3) ? CONN_S0 : CONN_SF;
		}
		if (s.n == 0)
			continue;
		slow_pairs(&s, &slow);
		run_it(&j, &s);
		for (size_t i = 0; i < run_count(j.run); i++) {
			struct finding f;
			struct context c, want;
			size_t shard, pair;

			run_finding(j.run, i, &f, &c);
			run_where(j.run, i, &shard, &pair);
			check_gaps(j.shard[shard], pair, &c);
			want = slow_context(&slow, &f);
			assert_int_equal(c.pairs, want.pairs);
			assert_int_equal(c.hosts, want.hosts);
			assert_int_equal(c.peer_hosts, want.peer_hosts);
			assert_int_equal(c.host_peers, want.host_peers);
			assert_int_equal(c.host_scanned, want.host_scanned);
			assert_int_equal(c.host_first_ns, want.host_first_ns);
			assert_int_equal(c.port_hosts, want.port_hosts);
			assert_int_equal(c.peer_side == SIDE_INTERNAL, is_inside(&f.peer));
			assert_int_equal(c.host_side, SIDE_INTERNAL);
			compared++;
		}
		run_done(&j);
		free(s.flow);
	}
	assert_true(compared > 100);
}

/* Siblings are other /16s at the same period within a sixteenth, whatever bin it falls into. */
static void
siblings(void **state)
{
	static const struct {
		unsigned a, b; /* network */
		double period;
		uint64_t siblings;
	} rows[] = {
		{ 1, 1, 126, 3 },
		{ 1, 1, 126.5, 3 }, /* the same network again: counted once */
		{ 1, 2, 127, 3 }, { 2, 1, 130, 3 }, /* the next bin begins at 128 s */
		{ 3, 1, 125, 3 }, { 4, 1, 400, 0 }, { 5, 1, 60, 0 },
		{ 6, 1, 140, 0 }, /* an eighth away, in the bin of 130 */
	};
	struct scenery s = scenery_new(71);
	struct judged j;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ip peer = outside(rows[i].a, rows[i].b);

		peer.b[15] = (uint8_t)i;
		add_clock(&s, 0, 80000, rows[i].period, 0, inside(1), peer,
		    (uint16_t)(7000 + i), PROTO_TCP);
	}
	run_it(&j, &s);
	assert_int_equal(run_count(j.run), COUNT(rows));
	for (size_t i = 0; i < run_count(j.run); i++) {
		struct finding f;
		struct context c;

		run_finding(j.run, i, &f, &c);
		assert_int_equal(c.siblings, rows[f.port - 7000].siblings);
	}
	run_done(&j);
	free(s.flow);
}

/* A capture at one public address, with strangers knocking: whose side is whose. */
static void
a_public_address_is_ours(void **state)
{
	struct ip us = outside(100, 100), c2 = outside(1, 1), knocker = outside(2, 2);
	struct scenery s = scenery_new(81);
	struct judged j;
	bool seen[2] = { false };

	(void)state;
	for (unsigned i = 0; i < 100; i++)
		add(&s, i * 100, outside(3 + i / 50, i), us, 23, PROTO_TCP)->state =
		    CONN_S0;
	add_clock(&s, 0, 20000, 20, 0.3, us, c2, 6667, PROTO_TCP);
	add_clock(&s, 0, 20000, 20, 0.3, knocker, us, 6667, PROTO_TCP);
	for (size_t i = 100; i < s.n; i++)
		s.flow[i].state = CONN_S0;
	run_it(&j, &s);
	for (size_t i = 0; i < run_count(j.run); i++) {
		struct finding f;
		struct context c;

		run_finding(j.run, i, &f, &c);
		seen[ip_equal(&f.host, &us)] = true;
		assert_int_equal(c.host_side == SIDE_INTERNAL, ip_equal(&f.host, &us));
		assert_int_equal(f.severity >= SEVERITY_MEDIUM, ip_equal(&f.host, &us));
	}
	assert_true(seen[0] && seen[1]);
	run_done(&j);
	free(s.flow);
}

/* Whatever memory there is, the answer is the same or that there is too little. */
static void
every_shortage_is_survived(void **state)
{
	struct scenery s = scenery_new(91);
	struct params params = params_default();
	struct judged j;
	enum status st = E_NOMEM;
	size_t whole;

	(void)state;
	add_station(&s, true, 1);
	run_it(&j, &s);
	whole = run_count(j.run);
	for (size_t memory = 0; st != OK; memory += memory / 8 + 16) {
		struct run_input input = j.input;
		struct run *run = NULL;
		struct error err;

		assert_true(memory < j.input.memory);
		input.memory = memory;
		st = run_detect(&run, &input, &params, &err);
		assert_true(st == OK || (st == E_NOMEM && run == NULL && err.text[0]));
		if (st == OK)
			assert_int_equal(run_count(run), whole);
		run_free(run);
	}
	run_done(&j);
	free(s.flow);
}

static void
nothing_gives_nothing(void **state)
{
	struct scenery s = scenery_new(92);
	struct judged j;

	(void)state;
	run_it(&j, &s);
	assert_int_equal(run_count(j.run), 0);
	run_done(&j);
	free(s.flow);
	run_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_implant_is_the_only_alert),
		cmocka_unit_test(an_office_has_no_alerts),
		cmocka_unit_test(order_workers_and_shards_change_nothing),
		cmocka_unit_test(findings_come_in_order),
		cmocka_unit_test(contexts_are_their_slow_twins),
		cmocka_unit_test(siblings),
		cmocka_unit_test(a_public_address_is_ours),
		cmocka_unit_test(every_shortage_is_survived),
		cmocka_unit_test(nothing_gives_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
