/* SPDX-License-Identifier: Apache-2.0 */
#include "twin.h"

#include "profile/hosts.h"

#define MANY    ((size_t)64 << 20)
#define FLOWS   16
#define SHARDS  3
#define LOCAL   FLOW_ORIG_LOCAL
#define REMOTE  FLOW_ORIG_REMOTE
#define TO_US   FLOW_RESP_LOCAL
#define TO_THEM FLOW_RESP_REMOTE

/* A flow of a row; with `times`, as many: the last byte of `many` counts up. */
struct line {
	const char *orig, *resp;
	uint8_t flags;
	uint8_t times;
	enum { NEITHER, ORIG, RESP, PORT } many;
};

struct want {
	const char *ip;
	enum host_side side;
	unsigned callers, peers;
};

static void
add_line_to(struct pairs *ps, const struct line *l, uint16_t port)
{
	struct flow f = { .orig = ip_at(l->orig),
		.resp = ip_at(l->resp),
		.proto = PROTO_TCP,
		.resp_port = port ? port : 443,
		.flags = l->flags };

	for (int i = 0; i == 0 || i < l->times; i++) {
		pairs_see(ps, &f);
		f.orig.b[15] = (uint8_t)(f.orig.b[15] + (l->many == ORIG));
		f.resp.b[15] = (uint8_t)(f.resp.b[15] + (l->many == RESP));
		f.resp_port = (uint16_t)(f.resp_port + (l->many == PORT));
	}
}

static void
add_line(struct pairs *ps, const struct line *l)
{
	add_line_to(ps, l, 0);
}

static const struct {
	const char *name;
	const char *internal;
	struct line flows[FLOWS];
	struct want want[6];
	unsigned callers;
} SIDES[] = {
	{ "nobody", NULL, { { 0 } }, { { 0 } }, 0 },
	{ "private hosts call out", NULL,
	    { { "10.0.0.1", "8.8.8.8", 0, 0, 0 }, { "10.0.0.1", "8.8.8.8", 0, 9, PORT },
		{ "10.0.0.2", "8.8.8.8", 0, 0, 0 }, { "10.0.0.2", "10.0.0.1", 0, 0, 0 },
		{ "10.0.0.2", "9.9.9.9", 0, 0, 0 } },
	    { { "10.0.0.1", HOST_PRIVATE, 1, 1 }, { "10.0.0.2", HOST_PRIVATE, 0, 2 },
		{ "8.8.8.8", HOST_EXTERNAL, 2, 0 }, { "9.9.9.9", HOST_EXTERNAL, 1, 0 } },
	    2 },
	{ "who calls in is not ours, and does not count as a caller", NULL,
	    { { "10.0.0.1", "8.8.8.8", 0, 0, 0 }, { "6.6.6.6", "10.0.0.1", 0, 0, 0 } },
	    { { "10.0.0.1", HOST_PRIVATE, 0, 1 }, { "6.6.6.6", HOST_EXTERNAL, 0, 0 } }, 1 },
	{ "named networks", "147.32.0.0/16",
	    { { "147.32.81.167", "8.8.8.8", 0, 0, 0 },
		{ "147.32.81.168", "8.8.8.8", 0, 0, 0 } },
	    { { "147.32.81.167", HOST_NAMED, 0, 1 }, { "147.32.81.168", HOST_NAMED, 0, 1 },
		{ "8.8.8.8", HOST_EXTERNAL, 2, 0 } },
	    2 },
	{ "the source's word, whichever end", NULL,
	    { { "147.32.81.167", "8.8.8.8", LOCAL | TO_THEM, 0, 0 },
		{ "147.32.81.167", "147.32.3.96", LOCAL | TO_US, 0, 0 },
		{ "6.6.6.6", "147.32.3.97", REMOTE | TO_US, 0, 0 } },
	    { { "147.32.81.167", HOST_TOLD, 0, 1 }, { "147.32.3.96", HOST_TOLD, 1, 0 },
		{ "147.32.3.97", HOST_TOLD, 0, 0 }, { "6.6.6.6", HOST_EXTERNAL, 0, 0 } },
	    1 },
	{ "one wrong word against two", NULL,
	    { { "147.32.81.167", "8.8.8.8", LOCAL, 0, 0 },
		{ "8.8.8.8", "147.32.81.167", LOCAL | TO_US, 0, 0 },
		{ "147.32.81.168", "8.8.8.8", LOCAL | TO_THEM, 2, ORIG } },
	    { { "147.32.81.167", HOST_TOLD, 0, 1 }, { "8.8.8.8", HOST_EXTERNAL, 3, 0 } },
	    3 },
	{ "one public host: it calls few, and many call it", NULL,
	    { { "147.32.81.167", "40.74.108.1", 0, 5, RESP },
		{ "193.201.9.1", "147.32.81.167", 0, 200, ORIG } },
	    { { "147.32.81.167", HOST_INFERRED, 0, 5 },
		{ "40.74.108.3", HOST_EXTERNAL, 1, 0 },
		{ "193.201.9.7", HOST_EXTERNAL, 0, 0 } },
	    1 },
	{ "the same, with a source that was not told its networks", NULL,
	    { { "147.32.81.167", "40.74.108.1", REMOTE | TO_THEM, 5, RESP },
		{ "193.201.9.1", "147.32.81.167", REMOTE | TO_THEM, 200, ORIG } },
	    { { "147.32.81.167", HOST_INFERRED, 0, 5 },
		{ "193.201.9.7", HOST_EXTERNAL, 0, 0 } },
	    1 },
	{ "one host, one peer, all its ports: who calls is ours", NULL,
	    { { "147.32.81.167", "6.6.6.6", 0, 200, PORT } },
	    { { "147.32.81.167", HOST_INFERRED, 0, 1 },
		{ "6.6.6.6", HOST_EXTERNAL, 1, 0 } },
	    1 },
	{ "a public network, one of its hosts much busier", NULL,
	    { { "192.0.2.1", "40.74.108.1", 0, 60, RESP },
		{ "192.0.2.2", "40.74.108.1", 0, 20, RESP },
		{ "192.0.2.3", "41.74.108.1", 0, 20, RESP } },
	    { { "192.0.2.1", HOST_INFERRED, 0, 60 }, { "192.0.2.3", HOST_INFERRED, 0, 20 },
		{ "40.74.108.1", HOST_EXTERNAL, 2, 0 } },
	    3 },
	{ "a public network of 16 bits", NULL,
	    { { "198.18.1.1", "40.74.108.1", 0, 20, RESP },
		{ "198.18.2.1", "41.74.108.1", 0, 20, RESP },
		{ "198.18.3.1", "42.74.108.1", 0, 20, RESP } },
	    { { "198.18.1.1", HOST_INFERRED, 0, 20 },
		{ "198.18.3.1", HOST_INFERRED, 0, 20 },
		{ "42.74.108.1", HOST_EXTERNAL, 1, 0 } },
	    3 },
	{ "a busy host among others' noise", NULL,
	    { { "147.32.81.167", "40.74.108.1", 0, 70, RESP },
		{ "5.5.5.5", "6.6.6.6", 0, 0, 0 }, { "7.7.7.7", "9.6.6.6", 0, 30, RESP } },
	    { { "147.32.81.167", HOST_INFERRED, 0, 70 },
		{ "7.7.7.7", HOST_EXTERNAL, 0, 30 } },
	    1 },
	{ "no common place at all: who calls is ours", NULL,
	    { { "1.1.1.1", "2.2.2.2", 0, 0, 0 }, { "3.1.1.1", "4.2.2.2", 0, 0, 0 },
		{ "5.1.1.1", "6.2.2.2", 0, 0, 0 } },
	    { { "1.1.1.1", HOST_INFERRED, 0, 1 }, { "6.2.2.2", HOST_EXTERNAL, 1, 0 } }, 3 },
	{ "half of the pairs are within a network, half are all over the world", NULL,
	    { { "5.5.5.1", "5.5.5.100", 0, 20, RESP }, { "1.1.1.1", "2.2.2.2", 0, 0, 0 },
		{ "3.1.1.1", "4.2.2.2", 0, 0, 0 }, { "6.1.1.1", "7.2.2.2", 0, 0, 0 },
		{ "8.1.1.1", "9.9.2.2", 0, 18, RESP } },
	    { { "5.5.5.1", HOST_INFERRED, 0, 20 }, { "8.1.1.1", HOST_INFERRED, 0, 18 },
		{ "5.5.5.100", HOST_EXTERNAL, 1, 0 } },
	    5 },
	{ "addresses on both sides of the edge of IPv4", NULL,
	    { { "10.0.0.1", "::5", 0, 0, 0 }, { "10.0.0.1", "0.0.0.0", 0, 0, 0 } },
	    { { "10.0.0.1", HOST_PRIVATE, 0, 1 }, { "::5", HOST_EXTERNAL, 1, 0 },
		{ "0.0.0.0", HOST_PRIVATE, 1, 0 } },
	    1 },
	{ "a home: private IPv4, global IPv6 in one network", NULL,
	    { { "192.168.1.2", "8.8.8.8", 0, 200, RESP },
		{ "2001:db8:7:1::a1", "2a00:1450::1", 0, 20, RESP },
		{ "2001:db8:7:1::b7", "2a01:1450::1", 0, 20, RESP },
		{ "fe80::1", "fe80::2", 0, 0, 0 } },
	    { { "192.168.1.2", HOST_PRIVATE, 0, 200 },
		{ "2001:db8:7:1::b7", HOST_INFERRED, 0, 20 },
		{ "2a00:1450::1", HOST_EXTERNAL, 1, 0 },
		{ "fe80::1", HOST_PRIVATE, 0, 0 } },
	    4 },
	{ "stray public pairs on a private network are nobody's", NULL,
	    { { "192.168.1.2", "8.8.8.1", 0, 20, RESP },
		{ "5.5.5.5", "6.6.6.6", 0, 9, RESP } },
	    { { "5.5.5.5", HOST_EXTERNAL, 0, 9 }, { "6.6.6.6", HOST_EXTERNAL, 0, 0 } }, 1 },
};

static void
sides_and_counts(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(SIDES); i++) {
		struct ip_net net = { 0 };
		struct host_nets nets = { .ours = &net };
		struct pairs *ps;
		struct hosts *hs;
		struct error err;

		ROW(i, SIDES[i].name);
		assert_int_equal(pairs_new(&ps, MANY, &err), OK);
		for (size_t k = 0; SIDES[i].flows[k].orig; k++)
			add_line(ps, &SIDES[i].flows[k]);
		assert_int_equal(pairs_seal(ps, &err), OK);
		if (SIDES[i].internal)
			assert_true(ip_net_parse(text_span(SIDES[i].internal), &net));
		nets.n_ours = SIDES[i].internal != NULL;
		assert_int_equal(hosts_new(&hs, &ps, 1, &nets, &err), OK);
		assert_int_equal(hosts_callers(hs), SIDES[i].callers);
		for (size_t k = 0; SIDES[i].want[k].ip; k++) {
			struct ip ip = ip_at(SIDES[i].want[k].ip);
			const struct host *h = hosts_find(hs, &ip);

			print_message("    %s\n", SIDES[i].want[k].ip);
			assert_non_null(h);
			assert_int_equal(h->side, SIDES[i].want[k].side);
			assert_int_equal(
			    hosts_is_internal(hs, &ip), h->side != HOST_EXTERNAL);
			assert_int_equal(
			    hosts_is_internal_in_pair(hs, &ip), h->side != HOST_EXTERNAL);
			assert_int_equal(h->callers, SIDES[i].want[k].callers);
			assert_int_equal(h->peers, SIDES[i].want[k].peers);
		}
		assert_null(hosts_find(hs, &(struct ip){ { 1, 2, 3 } }));
		hosts_free(hs);
		pairs_free(ps);
	}
}

static void
what_was_inferred_is_told(void **state)
{
	static const struct line one = { "147.32.81.167", "40.74.108.1", 0, 5, RESP };
	struct ip_net net[HOSTS_INFERRED];
	struct ip ip = ip_at(one.orig);
	uint64_t originators;
	struct pairs *ps;
	struct hosts *hs;
	struct error err;

	(void)state;
	assert_int_equal(pairs_new(&ps, MANY, &err), OK);
	add_line(ps, &one);
	assert_int_equal(pairs_seal(ps, &err), OK);
	assert_int_equal(hosts_new(&hs, &ps, 1, NULL, &err), OK);
	assert_int_equal(hosts_inferred(hs, net, &originators), 1);
	assert_int_equal(originators, 0);
	assert_true(ip_equal(&net[0].ip, &ip) && net[0].bits == 128);
	hosts_free(hs);
	hosts_free(NULL);
	pairs_free(ps);
}

/* Counts of distinct ends, by looking at every flow for every address. */
static void
slow_counts(const struct flow *f, unsigned n, const struct hosts *hs, const struct ip *who,
    unsigned *callers, unsigned *peers)
{
	*callers = *peers = 0;
	for (unsigned i = 0; i < n; i++) {
		bool calls = ip_equal(&f[i].orig, who), called = ip_equal(&f[i].resp, who);
		bool before = ip_scope(&f[i].resp) == IP_MULTICAST;

		for (unsigned k = 0; k < i && (calls || called) && !before; k++)
			before = ip_equal(&f[k].orig, &f[i].orig) &&
				 ip_equal(&f[k].resp, &f[i].resp);
		if (before)
			continue;
		*callers += called && hosts_find(hs, &f[i].orig)->side != HOST_EXTERNAL;
		*peers += calls && hosts_find(hs, &f[i].resp)->side == HOST_EXTERNAL;
	}
}

static void
counts_are_those_of_the_slow_twin(void **state)
{
	static const struct recipe recipe = { "", 3000, 30, 90, 9, 4, 86400, 1, 3 };
	uint64_t seed = 81167;
	struct flow *f = draw_flows(&recipe, &seed);
	struct pairs *ps[SHARDS];
	struct hosts *hs;
	struct error err;

	(void)state;
	for (int s = 0; s < SHARDS; s++)
		assert_int_equal(pairs_new(&ps[s], MANY, &err), OK);
	for (unsigned i = 0; i < recipe.n; i++)
		pairs_see(ps[(f[i].orig.b[15] ^ f[i].resp.b[15]) % SHARDS], &f[i]);
	for (int s = 0; s < SHARDS; s++)
		assert_int_equal(pairs_seal(ps[s], &err), OK);
	assert_int_equal(hosts_new(&hs, ps, SHARDS, NULL, &err), OK);
	for (unsigned i = 0; i < recipe.n; i += 3) {
		const struct ip *who = i % 2 ? &f[i].orig : &f[i].resp;
		const struct host *h = hosts_find(hs, who);
		unsigned callers, peers;

		if (h == NULL)
			continue;
		slow_counts(f, recipe.n, hs, who, &callers, &peers);
		assert_int_equal(h->callers, callers);
		assert_int_equal(h->peers, peers);
	}
	hosts_free(hs);
	for (int s = 0; s < SHARDS; s++)
		pairs_free(ps[s]);
	free(f);
}

/* What is named as others' is not ours, private or not, whatever else is said of it. */
static void
named_as_others(void **state)
{
	static const struct line flows[] = {
		{ "10.0.0.1", "192.168.5.5", REMOTE | TO_US, 9, 0 },
		{ "192.168.5.5", "10.0.0.2", 0, 0, 0 },
		{ "192.168.5.6", "192.168.5.5", 0, 9, PORT },
	};
	static const struct want want[] = { { "10.0.0.1", HOST_PRIVATE, 0, 1 },
		{ "192.168.5.5", HOST_EXTERNAL, 1, 0 },
		{ "192.168.5.6", HOST_EXTERNAL, 0, 1 } };
	struct ip_net ours, others;
	struct host_nets nets = {
		.ours = &ours, .n_ours = 1, .others = &others, .n_others = 1
	};
	struct pairs *ps;
	struct hosts *hs;
	struct error err;

	(void)state;
	assert_true(ip_net_parse(text_span("192.168.5.0/24"), &ours));
	assert_true(ip_net_parse(text_span("192.168.0.0/16"), &others));
	assert_int_equal(pairs_new(&ps, MANY, &err), OK);
	for (size_t i = 0; i < COUNT(flows); i++)
		add_line(ps, &flows[i]);
	assert_int_equal(pairs_seal(ps, &err), OK);
	assert_int_equal(hosts_new(&hs, &ps, 1, &nets, &err), OK);
	for (size_t i = 0; i < COUNT(want); i++) {
		struct ip ip = ip_at(want[i].ip);
		const struct host *h = hosts_find(hs, &ip);

		assert_non_null(h);
		assert_int_equal(h->side, want[i].side);
		assert_int_equal(
		    hosts_is_internal_in_pair(hs, &ip), h->side != HOST_EXTERNAL);
		assert_int_equal(h->callers, want[i].callers);
		assert_int_equal(h->peers, want[i].peers);
	}
	hosts_free(hs);
	pairs_free(ps);
}

/* Private networks where nobody was seen to live, of a host at 10.20.1.1. */
static void
who_is_apart(void **state)
{
	static const struct {
		const char *name;
		const char *ours; /* a network that the user named; NULL: none */
		struct line flows[5];
		uint16_t port; /* of all of them; 0: 443 */
		const char *who;
		bool apart;
	} rows[] = {
		{ "a lone server of another block", NULL,
		    { { "10.20.1.1", "192.168.0.4", 0, 0, 0 } }, 0, "192.168.0.4", true },
		{ "two servers", NULL, { { "10.20.1.1", "192.168.0.4", 0, 2, RESP } }, 0,
		    "192.168.0.5", true },
		{ "three servers: somebody built a network", NULL,
		    { { "10.20.1.1", "192.168.0.4", 0, 3, RESP } }, 0, "192.168.0.4",
		    false },
		{ "three servers, each alone in its network", NULL,
		    { { "10.20.1.1", "192.168.0.4", 0, 0, 0 },
			{ "10.20.1.1", "192.168.1.4", 0, 0, 0 },
			{ "10.20.1.1", "192.168.2.4", 0, 0, 0 } },
		    0, "192.168.1.4", true },
		{ "other 16 bits of one's own block", NULL,
		    { { "10.20.1.1", "10.21.0.4", 0, 0, 0 } }, 0, "10.21.0.4", true },
		{ "the same 16 bits", NULL, { { "10.20.1.1", "10.20.9.4", 0, 0, 0 } }, 0,
		    "10.20.9.4", false },
		{ "172.16/12 and the carriers' block", NULL,
		    { { "10.20.1.1", "172.30.0.4", 0, 0, 0 },
			{ "10.20.1.1", "100.66.0.4", 0, 0, 0 } },
		    0, "100.66.0.4", true },
		{ "a neighbour of it calls", NULL,
		    { { "10.20.1.1", "172.30.0.4", 0, 0, 0 },
			{ "172.30.7.7", "8.8.8.8", 0, 0, 0 } },
		    0, "172.30.0.4", false },
		{ "it calls by itself", NULL,
		    { { "10.20.1.1", "172.30.0.4", 0, 0, 0 },
			{ "172.30.0.4", "10.20.1.1", 0, 0, 0 } },
		    0, "172.30.0.4", false },
		{ "two of ours call it", NULL,
		    { { "10.20.1.1", "172.30.0.4", 0, 2, ORIG } }, 0, "172.30.0.4", true },
		{ "three of ours call it", NULL,
		    { { "10.20.1.1", "172.30.0.4", 0, 3, ORIG } }, 0, "172.30.0.4", false },
		{ "it is called from outside", NULL,
		    { { "10.20.1.1", "172.30.0.4", 0, 0, 0 },
			{ "8.8.8.8", "172.30.0.4", 0, 0, 0 } },
		    0, "172.30.0.4", false },
		{ "it is asked for names", NULL, { { "10.20.1.1", "172.30.0.4", 0, 0, 0 } },
		    53, "172.30.0.4", false },
		{ "it lets people in", NULL, { { "10.20.1.1", "172.30.0.4", 0, 0, 0 } }, 88,
		    "172.30.0.4", false },
		{ "the user says it is ours", "172.30.0.0/16",
		    { { "10.20.1.1", "172.30.0.4", 0, 0, 0 } }, 0, "172.30.0.4", false },
		{ "not private", NULL, { { "10.20.1.1", "8.8.8.8", 0, 0, 0 } }, 0,
		    "8.8.8.8", false },
		{ "private of IPv6: nothing is said", NULL,
		    { { "10.20.1.1", "fd00::4", 0, 0, 0 } }, 0, "fd00::4", false },
		{ "who was never heard", NULL, { { "10.20.1.1", "172.30.0.4", 0, 0, 0 } },
		    0, "172.30.0.9", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ip who = ip_at(rows[i].who);
		struct host_nets nets = { 0 };
		struct ip_net ours;
		struct pairs *ps;
		struct hosts *hs;
		struct error err;

		ROW(i, rows[i].name);
		if (rows[i].ours) {
			assert_true(ip_net_parse(text_span(rows[i].ours), &ours));
			nets = (struct host_nets){ .ours = &ours, .n_ours = 1 };
		}
		assert_int_equal(pairs_new(&ps, MANY, &err), OK);
		for (size_t k = 0; rows[i].flows[k].orig; k++)
			add_line_to(ps, &rows[i].flows[k], rows[i].port);
		assert_int_equal(pairs_seal(ps, &err), OK);
		assert_int_equal(hosts_new(&hs, &ps, 1, &nets, &err), OK);
		assert_int_equal(hosts_is_apart(hs, &who), rows[i].apart);
		hosts_free(hs);
		pairs_free(ps);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(named_as_others),
		cmocka_unit_test(who_is_apart),
		cmocka_unit_test(sides_and_counts),
		cmocka_unit_test(what_was_inferred_is_told),
		cmocka_unit_test(counts_are_those_of_the_slow_twin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
