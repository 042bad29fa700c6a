/* SPDX-License-Identifier: Apache-2.0 */
#include "packets.h"

#include "flow/entry.h"

/*
 * The slow twin: a list of flows, searched from the front, ended only when a
 * packet finds them dead or at the very end. It shares with the table what one
 * packet does to one flow, and nothing of finding, ageing and shedding.
 */
#define TWIN_MAX 20000

struct twin {
	struct flow_limits limits;
	struct caught caught;
	struct entry *entry;
	bool *ended;
	size_t n;
};

static void
twin_emit(struct twin *w, const struct entry *e, uint8_t flags)
{
	struct flow f;

	entry_record(e, &f);
	f.flags |= flags;
	catch_flow(&w->caught, &f);
}

static uint64_t
twin_limit(const struct twin *w, const struct entry *e)
{
	switch ((enum entry_class)e->class) {
	case CLASS_ATTEMPT:
		return w->limits.tcp_attempt_ns;
	case CLASS_CLOSED:
		return w->limits.tcp_closed_ns;
	case CLASS_IDLE:
		return w->limits.tcp_idle_ns;
	case CLASS_QUERY:
		return w->limits.query_idle_ns;
	default:
		return w->limits.udp_idle_ns;
	}
}

static void
twin_see(struct twin *w, const struct packet *p)
{
	struct entry *e = NULL;
	unsigned dir = 0;

	for (size_t i = 0; i < w->n; i++) {
		if (w->ended[i])
			continue;
		dir = entry_match(&w->entry[i], p);
		if (dir == NO_MATCH)
			continue;
		e = &w->entry[i];
		if (p->clock_ns - e->since <= twin_limit(w, e) && !entry_is_reused(e, p))
			break;
		twin_emit(w, e, 0);
		w->ended[i] = true;
		e = NULL;
		break;
	}
	if (e == NULL) {
		assert_true(w->n < TWIN_MAX);
		e = &w->entry[w->n++];
		dir = entry_begin(e, p);
	} else if (w->limits.active_ns && p->clock_ns - e->cut_from > w->limits.active_ns) {
		twin_emit(w, e, FLOW_TO_CONTINUE);
		entry_cut(e, p);
	}
	(void)entry_see(e, p, dir);
}

static void
twin_finish(struct twin *w)
{
	for (size_t i = 0; i < w->n; i++)
		if (!w->ended[i])
			twin_emit(w, &w->entry[i], 0);
}

static void
twin_init(struct twin *w, const struct flow_limits *limits)
{
	*w = (struct twin){ .limits = *limits };
	w->entry = aligned_alloc(64, TWIN_MAX * sizeof *w->entry);
	w->ended = calloc(TWIN_MAX, sizeof *w->ended);
	assert_true(w->entry && w->ended);
}

static void
twin_release(struct twin *w)
{
	free(w->entry);
	free(w->ended);
	release_caught(&w->caught);
}

/* Flows as sorted lines, which is how two multisets are compared. */
static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static char **
lines_of(const struct caught *c)
{
	char **lines = calloc(c->n + 1, sizeof *lines);

	assert_non_null(lines);
	for (size_t i = 0; i < c->n; i++) {
		lines[i] = malloc(1024);
		assert_non_null(lines[i]);
		line_of(&c->flow[i], lines[i], 1024);
	}
	qsort(lines, c->n, sizeof *lines, by_text);
	return lines;
}

static void
assert_same_flows(const struct caught *a, const struct caught *b, const char *what)
{
	char **x = lines_of(a), **y = lines_of(b);

	for (size_t i = 0; i < a->n && i < b->n; i++)
		if (strcmp(x[i], y[i]) != 0)
			fail_msg("%s: flow %zu of %zu and %zu:\n%s\n%s", what, i, a->n,
			    b->n, x[i], y[i]);
	assert_int_equal(a->n, b->n);
	for (size_t i = 0; i < a->n; i++)
		free(x[i]), free(y[i]);
	free(x);
	free(y);
}

static void
assert_same_order(const struct caught *a, const struct caught *b)
{
	assert_int_equal(a->n, b->n);
	for (size_t i = 0; i < a->n; i++) {
		char x[1024], y[1024];

		line_of(&a->flow[i], x, sizeof x);
		line_of(&b->flow[i], y, sizeof y);
		assert_string_equal(x, y);
	}
}

/* How restless a random capture is. */
struct weather {
	const char *name;
	unsigned hosts, ports;
	uint64_t step_ns;     /* most between two packets, as a rule */
	unsigned jump_in;     /* one packet in so many comes much later; 0: none */
	uint64_t jump_ns;     /* at most */
	uint64_t backward_ns; /* a packet's own time may lag by this */
	uint64_t active_ns;
};

static const struct weather WEATHERS[] = {
	{ "busy", 3, 3, SECOND / 100, 0, 0, 0, 0 },
	{ "slow", 3, 2, 20 * SECOND, 0, 0, 0, 0 },
	{ "pauses", 4, 4, SECOND / 4, 50, 400 * SECOND, 0, 0 },
	{ "nights", 4, 4, SECOND, 200, 40000 * SECOND, 0, 0 },
	{ "late packets", 3, 3, SECOND, 0, 0, 5 * SECOND, 0 },
	{ "slices", 2, 2, SECOND, 100, 200 * SECOND, 0, 30 * SECOND },
	{ "one moment", 4, 8, 0, 0, 0, 0, 0 },
	{ "many", 30, 60, SECOND / 50, 500, 100 * SECOND, 0, 0 },
};

static struct packet
random_packet(const struct weather *w, uint64_t *clock)
{
	static const uint8_t protos[] = { PROTO_TCP, PROTO_TCP, PROTO_TCP, PROTO_TCP,
		PROTO_UDP, PROTO_UDP, PROTO_ICMP, PROTO_ICMP6, PROTO_SCTP, 47 };
	static const uint8_t flags[] = { TCP_SYN, TCP_SYN | TCP_ACK, TCP_ACK, TCP_ACK,
		TCP_ACK, TCP_ACK | TCP_PSH, TCP_FIN | TCP_ACK, TCP_RST, TCP_RST | TCP_ACK,
		0, TCP_SYN | TCP_FIN, TCP_FIN | TCP_RST };
	static const uint16_t icmp[][2] = { { 0, 8 }, { 8, 0 }, { 3, 3 }, { 3, 1 },
		{ 11, 0 }, { 13, 14 }, { 14, 13 }, { 128, 129 }, { 129, 128 }, { 1, 1 } };
	static const uint16_t ports[] = { 53, 80, 443, 40000, 40001, 40002 };
	uint8_t proto = protos[(size_t)random() % COUNT(protos)];
	unsigned src = (unsigned)random() % w->hosts, dst = (unsigned)random() % w->hosts;
	struct packet p = packet_of(proto, src, ports[(unsigned)random() % COUNT(ports)],
	    dst, (uint16_t)(50000 + (unsigned)random() % w->ports), 0);

	if (random() % 2) {
		uint16_t port = p.src_port;

		p.src_port = p.dst_port;
		p.dst_port = port;
	}
	if (proto == PROTO_ICMP || proto == PROTO_ICMP6) {
		size_t kind = (size_t)random() % COUNT(icmp);

		p.src_port = icmp[kind][0];
		p.dst_port = icmp[kind][1];
	}
	if (proto == PROTO_TCP) {
		p.tcp_flags = flags[(size_t)random() % COUNT(flags)];
		p.seq = (uint32_t)(random() % 8) * 100 - 300;
		p.ack = (uint32_t)(random() % 8) * 100 - 300;
		p.tcp_window = (uint16_t)(random() % 5);
	}
	if (random() % 2)
		give_payload(&p, (uint32_t)(random() % 300));
	if (w->step_ns)
		*clock += (uint64_t)random() % w->step_ns;
	if (w->jump_in && random() % w->jump_in == 0)
		*clock += (uint64_t)random() * 1000 % w->jump_ns;
	p.clock_ns = p.time_ns = *clock;
	if (w->backward_ns)
		p.time_ns -= (uint64_t)random() % w->backward_ns;
	p.vlan = (uint16_t)(random() % 3);
	return p;
}

static void
see_in_batches(struct flow_table *t, const struct packet *p, size_t n, unsigned batch)
{
	const struct packet *order[256];

	for (size_t from = 0; from < n; from += batch) {
		unsigned k = 0;

		for (; k < batch && from + k < n; k++)
			order[k] = &p[from + k];
		flow_table_see(t, order, k);
	}
	flow_table_finish(t);
}

#define STEPS 4000

static void
compare_with_twin(const struct weather *weather, unsigned seed, const struct packet *p)
{
	static const unsigned batches[] = { 1, 7, 256 };
	struct flow_limits limits = flow_limits_default();
	struct caught first = { 0 };
	struct twin twin;
	char what[64];

	(void)snprintf(what, sizeof what, "%s, seed %u", weather->name, seed);
	limits.active_ns = weather->active_ns;
	twin_init(&twin, &limits);
	for (size_t i = 0; i < STEPS; i++)
		twin_see(&twin, &p[i]);
	twin_finish(&twin);
	for (size_t b = 0; b < COUNT(batches); b++) {
		struct caught caught = { 0 };
		struct flow_table *t;

		limits.secret = seed * batches[b];
		t = table_with(&limits, &caught);
		see_in_batches(t, p, STEPS, batches[b]);
		assert_int_equal(flow_table_counters(t)->packets, STEPS);
		assert_int_equal(flow_table_counters(t)->shed, 0);
		assert_int_equal(
		    flow_table_counters(t)->flows + flow_table_counters(t)->slices,
		    caught.n);
		flow_table_free(t);
		assert_same_flows(&twin.caught, &caught, what);
		if (b == 0) {
			first = caught;
			continue;
		}
		assert_same_order(&first, &caught);
		release_caught(&caught);
	}
	release_caught(&first);
	twin_release(&twin);
}

static void
the_table_and_its_slow_twin_agree(void **state)
{
	struct packet *p = calloc(STEPS, sizeof *p);

	(void)state;
	assert_non_null(p);
	for (size_t w = 0; w < COUNT(WEATHERS); w++) {
		ROW(w, WEATHERS[w].name);
		for (unsigned seed = 1; seed <= 3; seed++) {
			uint64_t clock = START;

			srandom(seed * 1000 + (unsigned)w);
			for (size_t i = 0; i < STEPS; i++)
				p[i] = random_packet(&WEATHERS[w], &clock);
			compare_with_twin(&WEATHERS[w], seed, p);
		}
	}
	free(p);
}

/* Other flows make the wheel turn; what they sweep away changes nothing for the rest. */
static void
sweeping_is_invisible(void **state)
{
	struct flow_limits limits = flow_limits_default();
	struct caught quiet = { 0 }, restless = { 0 };
	struct flow_table *a = table_with(&limits, &quiet);
	struct flow_table *b = table_with(&limits, &restless);
	uint64_t clock = START;

	(void)state;
	srandom(7);
	for (size_t i = 0; i < STEPS; i++) {
		struct packet p = random_packet(&WEATHERS[2], &clock);
		struct packet other = packet_of(PROTO_UDP, 200, 1000, 201, 2000, 0);

		see(a, &p);
		see(b, &p);
		other.time_ns = other.clock_ns = clock;
		see(b, &other);
	}
	flow_table_finish(a);
	flow_table_finish(b);
	flow_table_free(a);
	flow_table_free(b);
	for (size_t i = 0; i < restless.n;) {
		if (restless.flow[i].orig_port == 1000)
			restless.flow[i] = restless.flow[--restless.n];
		else
			i++;
	}
	assert_same_flows(&quiet, &restless, "quiet and restless");
	release_caught(&quiet);
	release_caught(&restless);
}

/* Shards have the same flows, and each pair of hosts in the same order. */
static void
shards_do_not_show(void **state)
{
	(void)state;
	for (unsigned shards = 2; shards <= 5; shards++) {
		struct flow_limits limits = flow_limits_default();
		struct caught one = { 0 }, many = { 0 };
		struct flow_table *whole = table_with(&limits, &one), *part[5];
		uint64_t clock = START;
		unsigned used = 0;

		for (unsigned s = 0; s < shards; s++)
			part[s] = table_with(&limits, &many);
		srandom(shards);
		for (size_t i = 0; i < STEPS; i++) {
			struct packet p = random_packet(&WEATHERS[7], &clock);
			unsigned s = flow_shard(&p.src, &p.dst, shards);

			assert_true(s < shards);
			assert_int_equal(s, flow_shard(&p.dst, &p.src, shards));
			used |= 1u << s;
			see(whole, &p);
			see(part[s], &p);
		}
		assert_int_equal(used, (1u << shards) - 1);
		flow_table_finish(whole);
		flow_table_free(whole);
		for (unsigned s = 0; s < shards; s++) {
			flow_table_finish(part[s]);
			flow_table_free(part[s]);
		}
		assert_same_flows(&one, &many, "shards");
		release_caught(&one);
		release_caught(&many);
	}
}

/* The limits to the nanosecond: alive at it, dead one past it. */
static void
limits_to_the_nanosecond(void **state)
{
	static const struct {
		const char *name;
		uint8_t proto;
		uint16_t port;
		const char *story; /* flags by turns: upper case from host 1; . is an ACK */
		unsigned from;     /* the packet from which the limit counts */
		uint64_t limit;
	} rows[] = {
		{ "attempt", PROTO_TCP, 60000, "S", 0, 5 * SECOND },
		{ "attempt, tried again", PROTO_TCP, 60000, "SSS", 0, 5 * SECOND },
		{ "established", PROTO_TCP, 60000, "Sh.", 2, 300 * SECOND },
		{ "midstream", PROTO_TCP, 60000, "..", 1, 300 * SECOND },
		{ "half closed", PROTO_TCP, 60000, "ShF.", 3, 300 * SECOND },
		{ "closed", PROTO_TCP, 60000, "ShFf", 3, 5 * SECOND },
		{ "closed, with stragglers", PROTO_TCP, 60000, "ShFf..", 3, 5 * SECOND },
		{ "refused", PROTO_TCP, 60000, "Sr", 1, 5 * SECOND },
		{ "aborted, with stragglers", PROTO_TCP, 60000, "ShR..", 2, 5 * SECOND },
		{ "udp", PROTO_UDP, 60000, "..", 1, 60 * SECOND },
		{ "dns", PROTO_UDP, 53, "..", 1, 10 * SECOND },
		{ "dns over tcp", PROTO_TCP, 53, "Sh.", 2, 300 * SECOND },
		{ "other", 47, 0, "..", 1, 60 * SECOND },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		ROW(i, rows[i].name);
		for (uint64_t past = 0; past < 2; past++) {
			struct flow_limits limits = flow_limits_default();
			struct caught c = { 0 };
			struct flow_table *t = table_with(&limits, &c);
			uint16_t port = rows[i].port;
			struct packet p;

			for (unsigned k = 0; rows[i].story[k]; k++) {
				char word = rows[i].story[k];

				p = word >= 'a'
					? packet_of(rows[i].proto, 2, port, 1, 50000, k)
					: packet_of(rows[i].proto, 1, 50000, 2, port, k);
				p.tcp_flags = word == '.'             ? TCP_ACK
					      : word == 'S'           ? TCP_SYN
					      : word == 'h'           ? TCP_SYN | TCP_ACK
					      : (word & ~0x20) == 'F' ? TCP_FIN | TCP_ACK
								      : TCP_RST | TCP_ACK;
				see(t, &p);
			}
			p = packet_of(rows[i].proto, 1, 50000, 2, port,
			    rows[i].from + rows[i].limit + past);
			p.tcp_flags = TCP_ACK;
			see(t, &p);
			flow_table_finish(t);
			flow_table_free(t);
			assert_int_equal(c.n, 1 + past);
			release_caught(&c);
		}
	}
}

/* What is closed does not lie about until the idle limit: memory would not last. */
static void
closed_flows_leave_soon(void **state)
{
	struct flow_limits limits = flow_limits_default();
	struct caught c = { 0 };
	struct flow_table *t = table_with(&limits, &c);
	struct packet p = packet_of(PROTO_TCP, 1, 50000, 2, 60000, 0);

	(void)state;
	p.tcp_flags = TCP_ACK;
	see(t, &p);
	p.tcp_flags = TCP_RST;
	see(t, &p);
	p = packet_of(PROTO_TCP, 1, 50001, 2, 60000, 8 * SECOND);
	see(t, &p);
	assert_int_equal(c.n, 1);
	flow_table_free(t);
	release_caught(&c);
}

static void
slices_add_up(void **state)
{
	struct flow_limits limits = flow_limits_default();
	struct caught c = { 0 };
	uint64_t pkts = 0, bytes = 0;
	struct flow_table *t;

	(void)state;
	limits.active_ns = 10 * SECOND;
	t = table_with(&limits, &c);
	for (unsigned i = 0; i < 100; i++) {
		struct packet p = packet_of(PROTO_TCP, 1, 50000, 2, 60000, i * SECOND);

		p.tcp_flags = TCP_ACK;
		p.seq = 1 + i * 7;
		give_payload(&p, 7);
		see(t, &p);
	}
	flow_table_finish(t);
	assert_int_equal(flow_table_counters(t)->flows, 1);
	assert_int_equal(flow_table_counters(t)->slices, c.n - 1);
	flow_table_free(t);
	assert_int_equal(c.n, 10); /* 0..10 s, 11..21 s, ..., 99 s */
	for (size_t i = 0; i < c.n; i++) {
		const struct flow *f = &c.flow[i];

		pkts += f->orig_pkts;
		bytes += f->orig_bytes;
		assert_int_equal(f->first_ns, START + i * 11 * SECOND);
		assert_int_equal(f->flags,
		    (i > 0 ? FLOW_CONTINUES : 0) | (i + 1 < c.n ? FLOW_TO_CONTINUE : 0));
	}
	assert_int_equal(pkts, 100);
	assert_int_equal(bytes, 700);
	release_caught(&c);
}

/* With little memory flows are cut short, but every packet stays in some flow. */
static void
shortage_sheds_and_counts(void **state)
{
	struct packet *p = calloc(STEPS, sizeof *p);
	uint64_t clock = START;
	bool worked = false, shed = false;

	(void)state;
	assert_non_null(p);
	srandom(99);
	for (size_t i = 0; i < STEPS; i++)
		p[i] = random_packet(&WEATHERS[7], &clock);
	for (size_t memory = 0; memory < 1 << 20; memory = memory * 9 / 8 + 512) {
		struct flow_limits limits = flow_limits_default();
		struct caught one = { 0 }, two = { 0 };
		struct flow_table *t = NULL;
		struct error err = { "" };
		uint64_t pkts = 0;

		limits.memory = memory;
		if (flow_table_new(&t, &limits, catch_flow, &one, &err) != OK) {
			assert_false(worked);
			assert_null(t);
			assert_true(err.text[0] != '\0');
			continue;
		}
		worked = true;
		see_in_batches(t, p, STEPS, 256);
		shed |= flow_table_counters(t)->shed > 0;
		assert_int_equal(flow_table_counters(t)->flows, one.n);
		flow_table_free(t);
		for (size_t i = 0; i < one.n; i++)
			pkts += one.flow[i].orig_pkts + one.flow[i].resp_pkts;
		assert_int_equal(pkts, STEPS);
		t = table_with(&limits, &two);
		see_in_batches(t, p, STEPS, 1);
		flow_table_free(t);
		assert_same_order(&one, &two);
		release_caught(&one);
		release_caught(&two);
	}
	assert_true(worked && shed);
	free(p);
}

/* What is shed first is what would have died first. */
static void
the_nearest_to_death_is_shed(void **state)
{
	struct flow_limits limits = flow_limits_default();
	struct caught c = { 0 };
	struct flow_table *t;
	unsigned n = 0;

	(void)state;
	limits.memory = 64 << 10;
	t = table_with(&limits, &c);
	for (; c.n == 0; n++) {
		uint16_t port = (uint16_t)(10000 + n);
		struct packet p = packet_of(PROTO_UDP, 1, 50000, 2, port, n * SECOND / 8);

		assert_true(n < 60000);
		see(t, &p);
		/* The first flow goes on speaking and must outlive the second. */
		p = packet_of(PROTO_UDP, 1, 50000, 2, 10000, n * SECOND / 8);
		see(t, &p);
	}
	assert_int_equal(flow_table_counters(t)->shed, 1);
	assert_int_equal(c.flow[0].resp_port, 10001);
	flow_table_free(t);
	release_caught(&c);
}

static void
finish_gives_the_oldest_first_and_starts_afresh(void **state)
{
	struct flow_limits limits = flow_limits_default();
	struct caught c = { 0 };
	struct flow_table *t = table_with(&limits, &c);

	(void)state;
	for (unsigned round = 0; round < 2; round++) {
		c.n = 0;
		for (unsigned i = 0; i < 50; i++) {
			struct packet p = packet_of(PROTO_UDP, 1, (uint16_t)(i * 37 % 50),
			    2, 9, 1000 + round * SECOND + i / 2);

			see(t, &p);
		}
		flow_table_finish(t);
		assert_int_equal(c.n, 50);
		for (size_t i = 1; i < c.n; i++) {
			assert_true(c.flow[i - 1].first_ns <= c.flow[i].first_ns);
			if (c.flow[i - 1].first_ns == c.flow[i].first_ns)
				assert_true(c.flow[i - 1].orig_port < c.flow[i].orig_port);
		}
	}
	flow_table_finish(t);
	assert_int_equal(c.n, 50);
	flow_table_free(t);
	flow_table_free(NULL);
	release_caught(&c);
}

struct heard {
	uint64_t at[8];
	unsigned n, ended;
	uint32_t slot;
	unsigned enough; /* payloads after which nothing more is wanted */
};

static bool
hear_payload(void *state, const struct flow_payload *p)
{
	struct heard *h = state;

	assert_true(h->n < COUNT(h->at));
	h->at[h->n++] = p->at << 1 | p->from_resp;
	h->slot = p->slot;
	assert_int_equal(p->length, p->in->data_bytes);
	assert_true(*p->mine == (h->n == 1 ? NULL : h));
	*p->mine = h;
	*p->service = SERVICE_SSH;
	return h->n < h->enough;
}

static void
hear_end(void *state, uint32_t slot, void *mine, struct flow *f)
{
	struct heard *h = state;

	assert_ptr_equal(mine, h);
	assert_int_equal(slot, h->slot);
	assert_int_equal(f->service, SERVICE_SSH);
	h->ended++;
	f->service = SERVICE_HTTP;
}

/* A watch that has had enough after as many payloads. */
static void
watch_streams(unsigned enough)
{
	static const struct {
		uint32_t seq, ack;
		uint8_t flags;
		uint32_t bytes;
	} rows[] = {
		{ 100, 0, TCP_SYN, 0 }, { 500, 101, TCP_SYN | TCP_ACK, 0 },
		{ 101, 501, TCP_ACK, 10 }, /* 0 of the originator's stream */
		{ 501, 111, TCP_ACK, 20 }, /* 0 of the responder's */
		{ 131, 521, TCP_ACK, 10 }, /* 30: a hole before it */
		{ 521, 111, TCP_ACK, 20 }, /* 20 */
		{ 111, 541, TCP_ACK, 10 }, /* 10: late */
	};
	static const uint64_t want[] = { 0 << 1, 0 << 1 | 1, 30 << 1, 20 << 1 | 1,
		10 << 1 };
	struct flow_limits limits = flow_limits_default();
	struct heard heard = { .enough = enough };
	struct flow_watch watch = { &heard, hear_payload, hear_end };
	struct caught c = { 0 };
	struct flow_table *t = table_with(&limits, &c);

	flow_table_watch(t, &watch);
	for (unsigned i = 0; i < COUNT(rows); i++) {
		struct packet p = i % 2 ? packet_of(PROTO_TCP, 2, 80, 1, 50000, i)
					: packet_of(PROTO_TCP, 1, 50000, 2, 80, i);

		p.seq = rows[i].seq;
		p.ack = rows[i].ack;
		p.tcp_flags = rows[i].flags;
		give_payload(&p, rows[i].bytes);
		see(t, &p);
	}
	flow_table_finish(t);
	flow_table_free(t);
	assert_int_equal(heard.n, enough < COUNT(want) ? enough : COUNT(want));
	assert_memory_equal(heard.at, want, heard.n * sizeof *want);
	assert_int_equal(heard.ended, enough > COUNT(want));
	assert_int_equal(
	    c.flow[0].service, enough > COUNT(want) ? SERVICE_HTTP : SERVICE_SSH);
	release_caught(&c);
}

static void
who_watches_sees_the_streams(void **state)
{
	(void)state;
	for (unsigned enough = 1; enough <= 6; enough++)
		watch_streams(enough);
}

static bool
hear_opened(void *state, const struct flow_payload *p)
{
	uint64_t **at = state;

	*(*at)++ = p->opened_ns;
	return true;
}

static void
hear_nothing(void *state, uint32_t slot, void *mine, struct flow *f)
{
	(void)state, (void)slot, (void)mine, (void)f;
}

/* Nobody relies on who began before both ends have opened it. */
static void
a_connection_is_opened_by_both(void **state)
{
	enum { FIRST = 7 };
	static const struct {
		const char *name;
		unsigned from; /* the row that is heard first */
		uint64_t opened;
	} starts[] = {
		{ "from the SYN on", 0, 0 },
		{ "from the answer on, which tells who asked", 1, 0 },
		{ "no opening was heard", 2, UINT64_MAX },
	};
	static const struct {
		uint32_t seq, ack;
		uint8_t flags;
		uint32_t bytes;
	} rows[] = {
		{ 100, 0, TCP_SYN, 0 },
		{ 500, 101, TCP_SYN | TCP_ACK, 0 },
		{ 101, 501, TCP_ACK, 10 },
	};

	(void)state;
	for (size_t s = 0; s < COUNT(starts); s++) {
		struct flow_limits limits = flow_limits_default();
		struct caught c = { 0 };
		struct flow_table *t = table_with(&limits, &c);
		uint64_t opened[COUNT(rows)], *at = opened;
		struct flow_watch watch = { &at, hear_opened, hear_nothing };
		uint64_t first = 0;

		ROW(s, starts[s].name);
		flow_table_watch(t, &watch);
		for (unsigned i = starts[s].from; i < COUNT(rows); i++) {
			struct packet p =
			    i % 2 ? packet_of(PROTO_TCP, 2, 80, 1, 50000, FIRST + i)
				  : packet_of(PROTO_TCP, 1, 50000, 2, 80, FIRST + i);

			p.seq = rows[i].seq;
			p.ack = rows[i].ack;
			p.tcp_flags = rows[i].flags;
			give_payload(&p, rows[i].bytes);
			first = i == starts[s].from ? p.time_ns : first;
			see(t, &p);
		}
		assert_int_equal(at - opened, 1);
		assert_true(opened[0] == (starts[s].opened ? UINT64_MAX : first));
		flow_table_finish(t);
		flow_table_free(t);
		release_caught(&c);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_and_its_slow_twin_agree),
		cmocka_unit_test(sweeping_is_invisible),
		cmocka_unit_test(shards_do_not_show),
		cmocka_unit_test(limits_to_the_nanosecond),
		cmocka_unit_test(closed_flows_leave_soon),
		cmocka_unit_test(slices_add_up),
		cmocka_unit_test(shortage_sheds_and_counts),
		cmocka_unit_test(the_nearest_to_death_is_shed),
		cmocka_unit_test(finish_gives_the_oldest_first_and_starts_afresh),
		cmocka_unit_test(who_watches_sees_the_streams),
		cmocka_unit_test(a_connection_is_opened_by_both),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
