/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who carried a flow, and from which end its answers came. A row is packets: a letter
 * for who sends inside (q asks, a answers), and one for the outer packet: > from the
 * near end to the far one, < back, . for none at all, @ for one that came in pieces, so
 * that its ends are not known, = for a machine that carries to itself.
 */
#include "table.h"

#include "flow/table.h"

static struct flow last;

static void
on_flow(void *state, const struct flow *f)
{
	(void)state;
	last = *f;
}

static const uint8_t NEAR[4] = { 10, 0, 0, 1 }, FAR[4] = { 203, 0, 113, 9 };

/* The head of a packet that carries. */
static void
outer(uint8_t head[static 20], const uint8_t *src, const uint8_t *dst)
{
	memset(head, 0, 20);
	head[0] = 0x45;
	memcpy(head + 12, src, 4);
	memcpy(head + 16, dst, 4);
}

static void
send_packet(struct flow_table *t, char who, char how, unsigned k)
{
	struct ip ends[2] = { ip_from_v4((const uint8_t[4]){ 172, 16, 0, 5 }),
		ip_from_v4((const uint8_t[4]){ 192, 0, 2, 7 }) };
	bool answers = who == 'a';
	uint8_t head[20];
	struct packet p = { .time_ns = (k + 1) * UINT64_C(1000000000),
		.src = ends[answers],
		.dst = ends[!answers],
		.src_port = answers ? 4242 : 40000,
		.dst_port = answers ? 40000 : 4242,
		.proto = PROTO_UDP,
		.ip_bytes = 60,
		.data_bytes = 32,
		.tunnel = how == '.' ? TUNNEL_NONE : TUNNEL_GRE };
	const struct packet *one = &p;

	p.clock_ns = p.time_ns;
	outer(head, how == '<' ? FAR : NEAR, how == '<' || how == '=' ? NEAR : FAR);
	if (how != '.' && how != '@')
		p.carrier = (struct span){ head, sizeof head };
	flow_table_see(t, &one, 1);
}

static void
from_which_end(void **state)
{
	static const struct {
		const char *what, *packets;
		const uint8_t *orig, *resp; /* NULL: not known */
		enum flow_carried carried;
	} rows[] = {
		{ "no tunnel", "q.a.q.", NULL, NULL, CARRIED_ONE_WAY },
		{ "questions alone", "q>q>", NEAR, FAR, CARRIED_ONE_WAY },
		{ "answers alone", "a>a>", FAR, NEAR, CARRIED_ONE_WAY },
		{ "both ways", "q>a<q>", NEAR, FAR, CARRIED_BACK },
		{ "both ways, the far end asks", "q<a>", FAR, NEAR, CARRIED_BACK },
		{ "a tap", "q>a>q>", NEAR, FAR, CARRIED_MIRRORED },
		{ "a tap at the far end", "q<a<", FAR, NEAR, CARRIED_MIRRORED },
		{ "both ways, and once as from a tap", "q>a<a>", NEAR, FAR,
		    CARRIED_MIRRORED },
		{ "answers travel outside of it", "q>a.q>", NEAR, FAR, CARRIED_ONE_WAY },
		{ "the first came in pieces", "q@a<q>", NEAR, FAR, CARRIED_BACK },
		{ "a machine with itself", "q=a=", NEAR, NEAR, CARRIED_ONE_WAY },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct flow_limits limits = flow_limits_default();
		struct flow_table *t;
		struct error err;

		ROW(i, rows[i].what);
		limits.memory = (size_t)1 << 20;
		assert_int_equal(flow_table_new(&t, &limits, on_flow, NULL, &err), OK);
		for (unsigned k = 0; rows[i].packets[2 * k]; k++)
			send_packet(
			    t, rows[i].packets[2 * k], rows[i].packets[2 * k + 1], k);
		flow_table_finish(t);
		flow_table_free(t);
		assert_int_equal(flow_has_carrier(&last), rows[i].orig != NULL);
		assert_int_equal(last.carried, rows[i].carried);
		if (rows[i].orig == NULL)
			continue;
		/* Of answers alone the one who answers is taken for the one who asks. */
		if (rows[i].packets[0] == 'a') {
			assert_memory_equal(last.carrier[0].b + 12, rows[i].resp, 4);
			assert_memory_equal(last.carrier[1].b + 12, rows[i].orig, 4);
			continue;
		}
		assert_memory_equal(last.carrier[0].b + 12, rows[i].orig, 4);
		assert_memory_equal(last.carrier[1].b + 12, rows[i].resp, 4);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(from_which_end) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
