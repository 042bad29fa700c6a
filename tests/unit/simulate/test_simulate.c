/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>

#include "base/stamp.h"
#include "decode/packet.h"
#include "simulate/simulate.h"
#include "simulate/world.h"

#define HOUR_NS (3600 * SECOND_NS)
#define START   (UINT64_C(1772409600) * SECOND_NS) /* 2026-03-02T00:00:00Z */

/* What a run has written. */
struct made {
	char *pcap, *conn, *dns;
	size_t pcap_n, conn_n, dns_n;
	struct buf truth;
};

static void
make(struct made *m, const struct scenario *sc, uint64_t seed, uint64_t from_h,
    uint64_t hours, bool with_pcap)
{
	struct simulate_outputs to = { 0 };
	struct world_plan plan = {
		.scenario = sc,
		.seed = seed,
		.start_ns = START + from_h * HOUR_NS,
		.end_ns = START + (from_h + hours) * HOUR_NS,
	};
	struct simulate *sim;
	struct error err;

	*m = (struct made){ 0 };
	buf_init(&m->truth, (size_t)8 << 20);
	if (with_pcap)
		to.pcap = open_memstream(&m->pcap, &m->pcap_n);
	to.conn = open_memstream(&m->conn, &m->conn_n);
	to.dns = open_memstream(&m->dns, &m->dns_n);
	assert_int_equal(simulate_new(&sim, &plan, &to, &err), OK);
	for (uint64_t h = 1; h <= hours; h++)
		assert_int_equal(simulate_run(sim, plan.start_ns + h * HOUR_NS, &err), OK);
	assert_int_equal(simulate_end(sim, &m->truth, &err), OK);
	simulate_free(sim);
	if (with_pcap)
		fclose(to.pcap);
	fclose(to.conn);
	fclose(to.dns);
}

static void
discard(struct made *m)
{
	free(m->pcap);
	free(m->conn);
	free(m->dns);
	buf_release(&m->truth);
}

static void
same_seed_same_bytes(void **state)
{
	const struct scenario *sc;

	(void)state;
	for (size_t i = 0; (sc = scenario_at(i)) != NULL; i++) {
		struct made a, b, other;

		ROW(i, sc->name);
		make(&a, sc, 4, 6, 2, true);
		make(&b, sc, 4, 6, 2,
		    false); /* and the log is the same without the capture */
		assert_int_equal(a.conn_n, b.conn_n);
		assert_memory_equal(a.conn, b.conn, a.conn_n);
		assert_memory_equal(a.dns, b.dns, a.dns_n);
		assert_string_equal(a.truth.at, b.truth.at);
		discard(&b);
		make(&b, sc, 4, 6, 2, true);
		assert_int_equal(a.pcap_n, b.pcap_n);
		assert_memory_equal(a.pcap, b.pcap, a.pcap_n);
		make(&other, sc, 5, 6, 2, true);
		assert_true(
		    other.pcap_n != a.pcap_n || memcmp(other.pcap, a.pcap, a.pcap_n) != 0);
		discard(&a);
		discard(&b);
		discard(&other);
	}
}

/* A flow as a slow meter finds it in the frames. */
struct slow_flow {
	struct ip ip[2];
	uint16_t port[2];
	uint8_t proto, fins;
	uint64_t first_ns, last_ns;
	uint64_t pkts[2], ip_bytes[2], bytes[2];
	uint32_t next[2];       /* sequence number after the last new byte */
	bool known[2], attempt; /* nothing but SYNs */
};

static uint16_t
le16(const char *p)
{
	return (uint16_t)((uint8_t)p[0] | (uint8_t)p[1] << 8);
}

static uint32_t
le32(const char *p)
{
	return le16(p) | (uint32_t)le16(p + 2) << 16;
}

static bool
same_flow(const struct slow_flow *f, const struct packet *p, uint64_t now, unsigned *dir)
{
	uint64_t idle = (p->proto == PROTO_TCP ? 300 : 60) * SECOND_NS;
	bool ports = p->proto == PROTO_TCP || p->proto == PROTO_UDP;

	if (p->proto == PROTO_UDP && (p->dst_port == 53 || p->src_port == 53 ||
					 p->dst_port == 5353 || p->dst_port == 137))
		idle = 10 * SECOND_NS;
	if (f->proto != p->proto || now - f->last_ns > idle ||
	    (f->attempt && now - f->first_ns > 5 * SECOND_NS))
		return false;
	for (*dir = 0; *dir < 2; ++*dir)
		if (ip_equal(&f->ip[*dir], &p->src) && ip_equal(&f->ip[!*dir], &p->dst) &&
		    (!ports ||
			(f->port[*dir] == p->src_port && f->port[!*dir] == p->dst_port)))
			return true;
	return false;
}

static void
slow_count(struct slow_flow *f, const struct packet *p, unsigned d)
{
	uint32_t end = p->seq + p->data_bytes;

	/* TCP: nothing is skipped, and nobody acknowledges what was not sent */
	if (p->proto == PROTO_TCP && f->known[d] && !(p->tcp_flags & TCP_SYN))
		assert_true(p->seq == f->next[d] || end == f->next[d]);
	if (p->proto == PROTO_TCP && p->tcp_flags & TCP_ACK && f->known[!d])
		assert_true((int32_t)(f->next[!d] - p->ack) >= 0);
	f->attempt =
	    p->tcp_flags == TCP_SYN && (f->pkts[0] + f->pkts[1] == 0 || f->attempt);
	f->pkts[d]++;
	f->ip_bytes[d] += p->ip_bytes;
	if (p->proto != PROTO_TCP || !f->known[d] || (int32_t)(end - f->next[d]) > 0)
		f->bytes[d] += p->data_bytes;
	if (p->proto == PROTO_TCP && (!f->known[d] || (int32_t)(end - f->next[d]) > 0)) {
		f->next[d] = end;
		f->known[d] = true;
	}
	if (p->proto == PROTO_TCP && p->tcp_flags & (TCP_SYN | TCP_FIN))
		f->next[d] = end + 1;
	if (f->fins != 3)
		f->last_ns = p->time_ns;
	if (p->proto == PROTO_TCP && p->tcp_flags & TCP_FIN)
		f->fins |= (uint8_t)(1u << d);
}

/* RFC 1071 over everything that is covered; what was not kept counts as zeros. */
static void
checksums_hold(const struct frame *f, const struct packet *p)
{
	bool v4 = ip_is_v4(&p->src);
	const uint8_t *ip = f->bytes.at + 14;
	size_t head = v4 ? 20 : 40, above = p->ip_bytes - head;
	size_t have = f->bytes.len - 14 - head < above ? f->bytes.len - 14 - head : above;
	uint64_t sum = 0, outer = 0;

	for (size_t i = 0; v4 && i < head; i += 2)
		outer += (uint64_t)ip[i] << 8 | ip[i + 1];
	for (size_t i = 0; i < have; i++)
		sum += i % 2 ? ip[head + i] : (uint64_t)ip[head + i] << 8;
	if (p->proto != PROTO_ICMP) {
		for (size_t i = v4 ? 12 : 0; i < 16; i += 2)
			sum += ((uint64_t)p->src.b[i] << 8 | p->src.b[i + 1]) +
			       ((uint64_t)p->dst.b[i] << 8 | p->dst.b[i + 1]);
		sum += p->proto + above;
	}
	assert_int_equal(sum % 0xffff, 0);
	if (v4)
		assert_int_equal(outer % 0xffff, 0);
}

struct slow_meter {
	struct slow_flow *flow;
	size_t n, room;
	uint64_t frames, cut;
};

static void
slow_see(struct slow_meter *m, const struct packet *p)
{
	struct slow_flow *f;
	unsigned dir = 0;

	for (size_t i = m->n; i-- > 0;) {
		if (same_flow(&m->flow[i], p, p->time_ns, &dir)) {
			slow_count(&m->flow[i], p, dir);
			return;
		}
	}
	if (m->n == m->room) {
		m->room = m->room ? 2 * m->room : 1024;
		m->flow = realloc(m->flow, m->room * sizeof *m->flow);
		assert_non_null(m->flow);
	}
	f = &m->flow[m->n++];
	*f = (struct slow_flow){ .ip = { p->src, p->dst },
		.port = { p->src_port, p->dst_port },
		.proto = p->proto,
		.first_ns = p->time_ns };
	slow_count(f, p, 0);
}

static void
slow_meter(struct slow_meter *m, const struct made *made)
{
	uint64_t before = 0;

	assert_int_equal(le32(made->pcap), 0xa1b23c4d);
	for (size_t at = 24; at < made->pcap_n;) {
		const char *head = made->pcap + at;
		struct frame f = { .link = LINK_ETHERNET };
		struct packet p;
		enum decode_verdict v;

		assert_true(made->pcap_n - at >= 16);
		f.time_ns = le32(head) * SECOND_NS + le32(head + 4);
		f.bytes = (struct span){ (const uint8_t *)head + 16, le32(head + 8) };
		f.wire_length = le32(head + 12);
		at += 16 + f.bytes.len;
		assert_true(at <= made->pcap_n && f.bytes.len <= f.wire_length);
		assert_true(
		    f.bytes.len <= le32(made->pcap + 16)); /* the snap length is honest */
		assert_true(f.time_ns >= before);
		before = f.time_ns;
		m->frames++;
		m->cut += f.bytes.len < f.wire_length;
		v = decode_frame(&f, &p);
		if (v == DECODE_NOT_IP)
			continue;
		assert_int_equal(v, DECODE_OK);
		assert_true(f.wire_length == 14 + p.ip_bytes || f.wire_length == 60);
		checksums_hold(&f, &p);
		slow_see(m, &p);
	}
}

#define LINE 320

/* Both ends in the order of their addresses, so that it does not matter who was first. */
static void
line_of(char to[static LINE], const char *times, const char *proto, const char *a,
    const char *b)
{
	bool turn = strcmp(a, b) > 0;

	assert_true(snprintf(to, LINE, "%s %s %s %s", times, proto, turn ? b : a,
			turn ? a : b) < LINE);
}

static char (*lines_of_meter(const struct slow_meter *m))[LINE]
{
	char(*out)[LINE] = calloc(m->n, LINE);

	assert_non_null(out);
	for (size_t i = 0; i < m->n; i++) {
		const struct slow_flow *f = &m->flow[i];
		char side[2][128], times[64], text[IP_TEXT];
		uint64_t us = f->last_ns / 1000 - f->first_ns / 1000;

		for (int d = 0; d < 2; d++) {
			bool ports = f->proto == PROTO_TCP || f->proto == PROTO_UDP;
			int n = snprintf(side[d], sizeof side[d],
			    "%s %u %" PRIu64 " %" PRIu64, ip_text(&f->ip[d], text),
			    ports ? f->port[d]
			    : d   ? 0
				  : 8,
			    f->pkts[d], f->ip_bytes[d]);

			if (us > 0)
				(void)snprintf(side[d] + n, sizeof side[d] - (size_t)n,
				    " %" PRIu64, f->bytes[d]);
		}
		(void)snprintf(times, sizeof times, "%" PRIu64 ".%06u %u.%06u",
		    f->first_ns / SECOND_NS, (unsigned)(f->first_ns % SECOND_NS / 1000),
		    (unsigned)(us / 1000000), (unsigned)(us % 1000000));
		line_of(out[i], times,
		    f->proto == PROTO_TCP   ? "tcp"
		    : f->proto == PROTO_UDP ? "udp"
					    : "icmp",
		    side[0], side[1]);
	}
	return out;
}

enum {
	F_TS,
	F_UID,
	F_ORIG,
	F_ORIG_P,
	F_RESP,
	F_RESP_P,
	F_PROTO,
	F_SERVICE,
	F_DURATION,
	F_ORIG_BYTES,
	F_RESP_BYTES,
	F_STATE,
	F_ORIG_PKTS = 16,
	F_ORIG_IP,
	F_RESP_PKTS,
	F_RESP_IP,
	F_COUNT = 21
};

/* The next row of a log, split; false at the end. */
static bool
row(char **at, const char *field[static F_COUNT])
{
	for (;;) {
		char *line = *at, *end = strchr(line, '\n');
		size_t n = 0;

		if (end == NULL)
			return false;
		*end = '\0';
		*at = end + 1;
		if (*line == '#')
			continue;
		for (char *tab = line; tab && n < F_COUNT; n++) {
			field[n] = line;
			tab = strchr(line, '\t');
			if (tab)
				*tab = '\0', line = tab + 1;
		}
		assert_int_equal(n, F_COUNT);
		return true;
	}
}

static char (*lines_of_log(char *log, size_t *count))[LINE]
{
	const char *f[F_COUNT];
	char(*out)[LINE] = NULL;
	size_t room = 0;

	for (*count = 0; row(&log, f); ++*count) {
		char side[2][128], times[64];
		bool timed = strcmp(f[F_DURATION], "-") != 0;

		if (*count == room) {
			room = room ? 2 * room : 1024;
			out = realloc(out, room * LINE);
			assert_non_null(out);
		}
		(void)snprintf(side[0], sizeof side[0], "%s %s %s %s%s%s", f[F_ORIG],
		    f[F_ORIG_P], f[F_ORIG_PKTS], f[F_ORIG_IP], timed ? " " : "",
		    timed ? f[F_ORIG_BYTES] : "");
		(void)snprintf(side[1], sizeof side[1], "%s %s %s %s%s%s", f[F_RESP],
		    f[F_RESP_P], f[F_RESP_PKTS], f[F_RESP_IP], timed ? " " : "",
		    timed ? f[F_RESP_BYTES] : "");
		(void)snprintf(times, sizeof times, "%s %s", f[F_TS],
		    timed ? f[F_DURATION] : "0.000000");
		line_of(out[*count], times, f[F_PROTO], side[0], side[1]);
	}
	return out;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* The capture, metered by somebody else, has exactly the flows of the log. */
static void
capture_and_log_agree(void **state)
{
	const struct scenario *sc;

	(void)state;
	for (size_t i = 0; (sc = scenario_at(i)) != NULL; i++) {
		struct slow_meter m = { 0 };
		struct made made;
		char(*a)[LINE], (*b)[LINE];
		size_t n;

		ROW(i, sc->name);
		make(&made, sc, 1, i == 0 ? 2 : 9, 2, true);
		slow_meter(&m, &made);
		a = lines_of_meter(&m);
		b = lines_of_log(made.conn, &n);
		assert_int_equal(m.n, n);
		qsort(a, n, LINE, by_text);
		qsort(b, n, LINE, by_text);
		for (size_t k = 0; k < n; k++)
			assert_string_equal(a[k], b[k]);
		assert_true(n > 1000 && m.frames > 20000 && m.cut > 1000);
		free(a);
		free(b);
		free(m.flow);
		discard(&made);
	}
}

static const char *
text_of(json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	assert_non_null(s);
	return s;
}

/*
 * Every contact of the implant is in the log, and every gap is k sleeps of T(1-J)
 * to T, k being 1 but where it was silent.
 */
static void
beacon_is_as_the_truth_says(struct made *m, json_t *pair)
{
	const char *f[F_COUNT];
	char *log = m->conn;
	uint64_t t =
	    (uint64_t)json_integer_value(json_object_get(pair, "period_ms")) * 1000;
	uint64_t j = (uint64_t)json_integer_value(json_object_get(pair, "jitter_ppm"));
	uint64_t last = 0, times = 0, more = 0;
	char port[16] = "";

	assert_string_equal(text_of(pair, "jitter_law"), "uniform_below");
	while (row(&log, f)) {
		uint64_t us, gap, k;

		if (strcmp(f[F_ORIG], text_of(pair, "host")) != 0 ||
		    strcmp(f[F_RESP], text_of(pair, "peer")) != 0)
			continue;
		/* what goes out at night goes to the same server */
		if (strcmp(f[F_ORIG_BYTES], "-") != 0 &&
		    strtol(f[F_ORIG_BYTES], NULL, 10) > 10 << 20)
			continue;
		/* an attempt that goes on after five seconds has a row more */
		if (strcmp(f[F_ORIG_P], port) == 0)
			continue;
		(void)snprintf(port, sizeof port, "%s", f[F_ORIG_P]);
		assert_int_equal(strtol(f[F_RESP_P], NULL, 10),
		    json_integer_value(json_object_get(pair, "port")));
		us = (uint64_t)strtoull(f[F_TS], NULL, 10) * 1000000 +
		     strtoull(strchr(f[F_TS], '.') + 1, NULL, 10);
		gap = us - last;
		k = (gap + t - 1) / t;
		if (times++ > 0) {
			more += k > 1;
			/* a timer may fire 15 ms late */
			assert_true(
			    gap >= k * (t - t / 1000000 * j) && gap <= k * (t + 15000));
		}
		last = us;
	}
	assert_int_equal(times, json_integer_value(json_object_get(pair, "connections")));
	assert_in_range(times, 300, 350); /* 86400 / 255, less some */
	assert_in_range(more, 0, 20);
}

static void
truth_is_in_the_log(void **state)
{
	struct made m;
	json_t *truth, *bad;

	(void)state;
	make(&m, scenario_find("seismic-station"), 1, 0, 24, false);
	truth = json_loads(m.truth.at, 0, NULL);
	assert_non_null(truth);
	bad = json_object_get(truth, "malicious");
	assert_int_equal(json_array_size(bad), 2);
	for (size_t i = 0; i < 2; i++) {
		json_t *pair = json_array_get(bad, i);

		if (strcmp(text_of(pair, "kind"), "beacon") == 0)
			beacon_is_as_the_truth_says(&m, pair);
		else
			assert_string_equal(text_of(pair, "kind"), "exfiltration");
	}
	json_decref(truth);
	discard(&m);

	make(&m, scenario_find("office"), 1, 0, 24, false);
	truth = json_loads(m.truth.at, 0, NULL);
	assert_non_null(truth);
	assert_int_equal(json_array_size(json_object_get(truth, "malicious")), 0);
	assert_true(json_array_size(json_object_get(truth, "benign")) > 100);
	json_decref(truth);
	discard(&m);
}

/* What goes out at night goes out between one and four, local time, and once. */
static void
the_nights_work_is_done_at_night(void **state)
{
	struct made m;
	const char *f[F_COUNT];
	unsigned nights = 0;
	char *log;

	(void)state;
	make(&m, scenario_find("seismic-station"), 3, 0, 5 * 24, false);
	log = m.conn;
	while (row(&log, f)) {
		uint64_t local;

		if (strcmp(f[F_ORIG_BYTES], "-") == 0 ||
		    strtol(f[F_ORIG_BYTES], NULL, 10) < 10 << 20 ||
		    strcmp(f[F_SERVICE], "ssl") != 0) /* the streams are as large */
			continue;
		local = (strtoull(f[F_TS], NULL, 10) + 8 * 3600) % 86400;
		assert_in_range(local, 3600, 4 * 3600);
		assert_string_equal(f[F_ORIG], "10.20.3.16");
		nights++;
	}
	assert_int_equal(nights, 5);
	discard(&m);
}

/* Every shortage is said: memory for the world, room for conversations. */
static void
shortages_are_survived(void **state)
{
	struct world_plan plan = {
		.scenario = scenario_find("office"),
		.seed = 1,
		.start_ns = START,
		.end_ns = START + 12 * HOUR_NS,
	};
	struct simulate_outputs to = { 0 };
	struct simulate *sim = NULL;
	enum status st = E_NOMEM;
	struct error err;

	(void)state;
	for (plan.memory = 1; st != OK && plan.memory < 64 << 20; plan.memory += 65537) {
		st = simulate_new(&sim, &plan, &to, &err);
		assert_true(st == OK || st == E_NOMEM);
		assert_true((st == OK) == (sim != NULL));
	}
	assert_int_equal(st, OK);
	simulate_free(sim);
	for (plan.sessions = 1, st = E_LIMIT; st == E_LIMIT; plan.sessions *= 2) {
		struct buf truth;

		assert_int_equal(simulate_new(&sim, &plan, &to, &err), OK);
		st = simulate_run(sim, plan.end_ns, &err);
		assert_true(st == OK || st == E_LIMIT);
		buf_init(&truth, 64);
		if (st == OK) /* and the truth has a limit too */
			assert_int_equal(simulate_end(sim, &truth, &err), E_NOMEM);
		buf_release(&truth);
		simulate_free(sim);
	}
	assert_in_range(plan.sessions, 128, 2 * WORLD_SESSIONS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_seed_same_bytes),
		cmocka_unit_test(capture_and_log_agree),
		cmocka_unit_test(truth_is_in_the_log),
		cmocka_unit_test(the_nights_work_is_done_at_night),
		cmocka_unit_test(shortages_are_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
