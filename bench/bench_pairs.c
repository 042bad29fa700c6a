/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_pairs [FLOWS [SEED [MEMORY_MB]]]: flow records to findings.
 *
 * A day of flows in the order in which they ended: 50,000 sources, square-law
 * skewed, 500,000 destinations, cubed, twelve common ports and a twentieth of
 * them anything; packets and bytes are heavy-tailed. In one line the
 * destination does not depend on the source, and of ten million flows nearly
 * all are the only one of their pair; in the others a source has some of its
 * own that it returns to, two million pairs in all, the last line in IPv6.
 *
 * The flows are made a few thousand at a time, outside the measurement, as a
 * reader would hand them over.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "detect/run.h"

#define BATCH 4096
#define S_NS  UINT64_C(1000000000)
#define DAY_S 86400
#define START UINT64_C(1700000000)

enum shape {
	SPREAD,
	RETURNING,
	RETURNING_V6,
	SHAPES,
};

static const char *const SHAPE_TEXT[] = { "spread", "returning", "returning, IPv6" };

struct maker {
	uint64_t state, made, flows;
	enum shape shape;
};

static uint64_t
draw(struct maker *m)
{
	m->state ^= m->state << 13;
	m->state ^= m->state >> 7;
	m->state ^= m->state << 17;
	return m->state * UINT64_C(2685821657736338717);
}

static double
draw_unit(struct maker *m)
{
	return (double)(draw(m) >> 11) / 9007199254740992.0;
}

static struct ip
v4(uint32_t a)
{
	return ip_from_v4((uint8_t[]){
	    (uint8_t)(a >> 24), (uint8_t)(a >> 16), (uint8_t)(a >> 8), (uint8_t)a });
}

/* The same host in a /64 of its network; hosts' own parts look random. */
static struct ip
v6(uint8_t net, uint32_t a)
{
	uint64_t own = (a + 1) * UINT64_C(0x9e3779b97f4a7c15);
	struct ip ip = { .b = { 0x20, 0x01, 0x0d, 0xb8, net } };

	memcpy(ip.b + 8, &own, sizeof own);
	return ip;
}

static void
make(struct maker *m, struct flow *f)
{
	static const uint16_t ports[] = { 443, 53, 80, 123, 8080, 22, 25, 993, 3389, 445,
		5228, 8443 };
	double a = draw_unit(m), b = draw_unit(m), c = draw_unit(m);
	uint32_t host = (uint32_t)(50000 * a * a), peer = (uint32_t)(500000 * b * b * b);
	uint64_t end = START + m->made * DAY_S / m->flows;
	double packets;

	if (m->shape != SPREAD)
		peer = (host * 2246822519u + (uint32_t)(5 * b * b * b)) % 500000;
	*f = (struct flow){ .orig = v4(0x0a000000u + host),
		.resp = v4(0x10000000u + (peer * 2654435761u) % 0x80000000u) };
	if (m->shape == RETURNING_V6) {
		f->orig = v6(1, host);
		f->resp = v6((uint8_t)peer, peer);
	}
	f->orig_port = (uint16_t)(1024 + draw(m) % 64000);
	f->resp_port = draw(m) % 20 ? ports[(int)(12 * c * c * c)] : (uint16_t)draw(m);
	f->proto = PROTO_TCP;
	if (f->resp_port == 53 || f->resp_port == 123 || draw(m) % 12 == 0)
		f->proto = PROTO_UDP;
	f->state = f->proto == PROTO_TCP && draw(m) % 10 == 0 ? CONN_S0 : CONN_SF;
	packets = fmin(1 + 3 / pow(1 - draw_unit(m), 0.6), 1e6);
	f->orig_pkts = (uint64_t)packets;
	f->orig_bytes = f->orig_pkts * (60 + draw(m) % 900);
	f->last_ns = end * S_NS;
	f->first_ns = f->last_ns;
	if (f->orig_pkts > 1)
		f->first_ns -= draw(m) % 60000 * 1000000;
	m->made++;
}

static double
cpu_s(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double
see_all(struct pairs *ps, struct maker *m, struct flow *batch)
{
	double spent = 0;

	while (m->made < m->flows) {
		uint64_t left = m->flows - m->made;
		unsigned n = left < BATCH ? (unsigned)left : BATCH;
		double from;

		for (unsigned i = 0; i < n; i++)
			make(m, &batch[i]);
		from = cpu_s();
		pairs_see_batch(ps, batch, n);
		spent += cpu_s() - from;
	}
	return spent;
}

/* What became of the flows of one shape, and the CPU seconds of each step. */
struct outcome {
	double see, seal, hosts, detect;
	size_t pairs, findings;
	uint64_t tested;
	struct pairs_counters counters;
};

static enum status
judge(struct pairs *ps, struct outcome *o, struct error *err)
{
	struct params params = params_default();
	struct run_input in = { .shard = &ps,
		.shards = 1,
		.looks = 1,
		.workers = 1,
		.memory = (size_t)4 << 30 };
	struct hosts *hosts = NULL;
	struct run *run = NULL;
	enum status st;

	o->hosts = -cpu_s();
	st = hosts_new(&hosts, &ps, 1, NULL, err);
	o->hosts += cpu_s();
	in.hosts = hosts;
	o->detect = -cpu_s();
	if (st == OK)
		st = run_detect(&run, &in, &params, err);
	o->detect += cpu_s();
	if (st == OK) {
		o->findings = run_count(run);
		o->tested = run_totals(run)->tested;
	}
	run_free(run);
	hosts_free(hosts);
	return st;
}

static enum status
run(struct maker *m, size_t memory, struct outcome *o, struct error *err)
{
	static struct flow batch[BATCH];
	struct pairs *ps;
	enum status st = pairs_new(&ps, memory, err);

	if (st != OK)
		return st;
	o->see = see_all(ps, m, batch);
	o->seal = -cpu_s();
	st = pairs_seal(ps, err);
	o->seal += cpu_s();
	if (st == OK)
		st = judge(ps, o, err);
	o->pairs = pairs_count(ps);
	o->counters = *pairs_counters(ps);
	pairs_free(ps);
	return st;
}

static void
print(const struct maker *m, const struct outcome *o)
{
	struct rusage use;

	(void)getrusage(RUSAGE_SELF, &use);
	printf("{\"bench\":\"pairs\",\"shape\":\"%s\",\"flows\":%llu,\"pairs\":%zu,"
	       "\"contacts\":%llu,\"shed\":%llu,\"stitched\":%llu,\"tested\":%llu,"
	       "\"findings\":%zu,\"see_s\":%.3f,\"seal_s\":%.3f,\"hosts_s\":%.3f,"
	       "\"detect_s\":%.3f,\"cpu_s\":%.3f,\"peak_mb\":%ld}\n",
	    SHAPE_TEXT[m->shape], (unsigned long long)m->flows, o->pairs,
	    (unsigned long long)o->counters.contacts, (unsigned long long)o->counters.shed,
	    (unsigned long long)o->counters.stitched, (unsigned long long)o->tested,
	    o->findings, o->see, o->seal, o->hosts, o->detect,
	    o->see + o->seal + o->hosts + o->detect, use.ru_maxrss / 1024);
}

static uint64_t
argument(int argc, char **argv, int i, uint64_t otherwise)
{
	return i < argc ? strtoull(argv[i], NULL, 10) : otherwise;
}

int
main(int argc, char **argv)
{
	uint64_t seed = argument(argc, argv, 2, 42);
	struct error err;

	for (int shape = SPREAD; shape < SHAPES; shape++) {
		struct maker m = { .flows = argument(argc, argv, 1, 10000000),
			.state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1,
			.shape = (enum shape)shape };

		struct outcome o = { 0 };

		if (run(&m, argument(argc, argv, 3, 4096) << 20, &o, &err) != OK) {
			fprintf(stderr, "bench_pairs: %s\n", err.text);
			return 1;
		}
		print(&m, &o);
	}
	return 0;
}
