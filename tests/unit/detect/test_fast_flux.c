/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names with many addresses: a row is who serves the name, from how many blocks
 * of addresses, whether they stay the same, and what the host then asks of them.
 */
#include "table.h"

#include "detect/name_stage.h"
#include "detect/series.h"

#define HOUR 3600.0

static const struct row {
	const char *what;
	const char *name;
	unsigned pool;   /* machines that serve it in all */
	unsigned blocks; /* that their addresses are drawn from */
	unsigned each;   /* in one answer */
	bool fresh;      /* the pool goes on to other machines */
	uint32_t ttl;
	double every_s, hours;
	uint16_t port; /* that the host calls; 0: it calls nobody */
	uint8_t proto;
	enum severity least; /* SEVERITY_INFO: no finding */
	bool for_others;     /* another host calls */
} rows[] = {
	{ "machines that were taken over", "a.flux.example", 2000, 190, 5, true, 180, 300,
	    12, 80, PROTO_TCP, SEVERITY_HIGH, false },
	{ "a few of them, for an hour", "a.flux.example", 2000, 190, 3, true, 60, 300, 1,
	    443, PROTO_TCP, SEVERITY_MEDIUM, false },
	{ "and no call is heard", "a.flux.example", 2000, 190, 5, true, 180, 300, 12, 0, 0,
	    SEVERITY_MEDIUM, false },
	{ "a content network", "www.cdn.example", 400, 6, 4, true, 60, 300, 24, 443,
	    PROTO_TCP, SEVERITY_INFO, false },
	{ "a cloud with many blocks", "api.cloud.example", 4000, 16, 8, true, 60, 300, 24,
	    443, PROTO_TCP, SEVERITY_INFO, false },
	{ "a list of servers everywhere that stays", "x.round.example", 48, 190, 4, false,
	    60, 300, 24, 443, PROTO_TCP, SEVERITY_INFO, false },
	{ "such a list, for a day at a time", "x.slow.example", 2000, 190, 4, true, 86400,
	    300, 24, 443, PROTO_TCP, SEVERITY_INFO, false },
	{ "a pool of time servers", "2.pool.ntp.example", 3000, 190, 4, true, 150, 600, 24,
	    123, PROTO_UDP, SEVERITY_INFO, false },
	{ "the same, look-ups alone", "2.pool.ntp-x.example", 3000, 190, 4, true, 150, 600,
	    24, 0, 0, SEVERITY_INFO, false },
	{ "one long answer", "a.flux.example", 2000, 190, 30, true, 180, 300, 0.05, 80,
	    PROTO_TCP, SEVERITY_INFO, false },
	{ "machines of one office", "a.flux.example", 60, 1, 5, true, 180, 300, 12, 80,
	    PROTO_TCP, SEVERITY_INFO, false },
	{ "a resolver that asks for who calls", "a.flux.example", 2000, 190, 5, true, 180,
	    300, 12, 80, PROTO_TCP, SEVERITY_INFO, true },
	{ "and for who asks a pool for the time", "2.pool.x.example", 3000, 190, 4, true,
	    150, 600, 24, 123, PROTO_UDP, SEVERITY_INFO, true },
	{ "the same pool, look-ups alone: nothing tells it from flux", "2.pool.x.example",
	    3000, 190, 4, true, 150, 600, 24, 0, 0, SEVERITY_MEDIUM, false },
};

/* The k-th machine of a pool: blocks are taken in turn. */
static struct ip
machine(const struct row *r, uint64_t k)
{
	struct rng one = rng_seed(1000 + k);
	unsigned block = 20 + (unsigned)(rng_below(&one, r->blocks)) % 200;

	return ip_from_v4((const uint8_t[4]){ (uint8_t)(block == 127 ? 128 : block),
	    (uint8_t)rng_below(&one, 256), (uint8_t)rng_below(&one, 256),
	    (uint8_t)(1 + rng_below(&one, 250)) });
}

static void
answer(struct name_stage *s, const struct row *r, struct rng *rng, double at)
{
	/* Of a pool that goes on, a twentieth is up at a time. */
	uint64_t up = r->fresh ? r->pool / 20 + 1 : r->pool;
	uint64_t from = r->fresh ? (uint64_t)(at / HOUR * (double)up) : 0;
	struct trait *t = name_ask(s, 7, r->name, at, 1, 0);

	for (unsigned i = 0; i < r->each; i++)
		t->dns.answer[t->dns.answers++] = (struct trait_answer){ .type = 1,
			.ttl = r->ttl,
			.is_address = true,
			.address = machine(r, (from + rng_below(rng, up)) % r->pool) };
}

static void
who_serves_a_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *r = &rows[i];
		struct name_stage s = name_stage_new();
		struct rng rng = rng_seed(5 + i);
		const struct finding *f;

		ROW(i, r->what);
		for (double at = 0; at < r->hours * HOUR; at += r->every_s)
			answer(&s, r, &rng, at);
		for (unsigned k = 0; k < 300; k++)
			name_ask(&s, 7 + k % 30, "www.other.example", k, 1, 0);
		s.port = r->port;
		s.proto = r->proto;
		s.caller = r->for_others ? 8 : 0;
		name_stage_run(&s);
		f = name_stage_find(&s, FINDING_FAST_FLUX, 7);
		if (f)
			print_message("    %s, %d: %s\n", severity_text(f->severity),
			    (int)f->odds_mb, f->why);
		if (r->least == SEVERITY_INFO)
			assert_true(f == NULL || f->severity < SEVERITY_MEDIUM);
		else
			assert_true(f && f->severity >= r->least);
		name_stage_close(&s);
	}
}

/* In which order traits come changes nothing: the addresses that stay are the same. */
static void
order_does_not_matter(void **state)
{
	struct name_stage s = name_stage_new();
	struct rng rng = rng_seed(3);
	struct lookups *l[2];
	struct error err;
	uint64_t sum[2] = { 0 };
	unsigned n[2] = { 0 };

	(void)state;
	for (double at = 0; at < 12 * HOUR; at += 300)
		answer(&s, &rows[0], &rng, at);
	for (int k = 0; k < 2; k++) {
		const struct lookup_address *a;
		struct lookup_domain d;
		uint32_t at;

		assert_int_equal(lookups_new(&l[k], (size_t)1 << 20, &err), OK);
		for (size_t i = 0; i < s.n; i++)
			lookups_see(l[k], &s.trait[k ? s.n - 1 - i : i]);
		lookups_seal(l[k]);
		d = lookups_at(l[k], 0);
		at = d.name[0].address;
		while ((a = lookups_address(l[k], &at)) != NULL) {
			n[k]++;
			sum[k] += a->first_ns ^ (uint64_t)a->ip.b[12] << 40 ^
				  (uint64_t)a->ip.b[15] << 8 ^ a->ttl;
		}
		lookups_free(l[k]);
	}
	assert_int_equal(n[0], LOOKUPS_ADDRESSES);
	assert_int_equal(n[0], n[1]);
	assert_int_equal(sum[0], sum[1]);
	free(s.trait);
	free(s.text);
}

/* Far more addresses than there is room for: half the names go, and it comes to an end. */
static void
shortage_is_survived(void **state)
{
	struct name_stage s = name_stage_new();
	char name[32];
	struct rng rng = rng_seed(4);
	struct row r = rows[0];

	(void)state;
	for (unsigned i = 0; i < 2000; i++) {
		struct trait *t;

		(void)snprintf(name, sizeof name, "n%u.d%u.example", i, i / 3);
		r.name = name;
		answer(&s, &r, &rng, i);
		t = &s.trait[s.n - 1];
		t->dns.query = text_span(s.text[s.n - 1]);
	}
	for (size_t memory = 1; memory < 2000000; memory *= 3) {
		struct lookups *l;
		struct error err;
		size_t kept = 0, all = 0;

		assert_int_equal(lookups_new(&l, memory, &err), OK);
		for (size_t i = 0; i < s.n; i++)
			lookups_see(l, &s.trait[i]);
		lookups_seal(l);
		for (size_t i = 0; i < lookups_domains(l); i++) {
			struct lookup_domain d = lookups_at(l, i);

			for (size_t k = 0; k < d.n; k++) {
				uint32_t at = d.name[k].address;

				all++;
				while (lookups_address(l, &at))
					kept++;
			}
		}
		/* What stays, stays with all its addresses. */
		assert_in_range(kept, 4 * all, 5 * all);
		lookups_free(l);
	}
	free(s.trait);
	free(s.text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_serves_a_name),
		cmocka_unit_test(order_does_not_matter),
		cmocka_unit_test(shortage_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
