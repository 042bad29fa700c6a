/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who floods, who is flooded, and what only streams; made again from slices.
 */
#include "table.h"

#include "detect/flood.h"
#include "detect/stage.h"

#define NEVER 0, SEVERITY_INFO, SEVERITY_INFO

enum shape {
	TO_ONE,    /* from a host of ours to one outside */
	FROM_MANY, /* from everywhere to one of ours */
	ANSWERS,   /* unasked, from many servers to one of ours */
	SCATTER,   /* unasked, from one outside to many of ours */
};

static const struct row {
	const char *what;
	enum shape shape;
	uint8_t proto;
	uint16_t port;
	unsigned flows, pkts, back; /* packets of each, and what comes back */
	uint64_t bytes;             /* of each packet */
	double gap, lasts;
	enum finding_kind kind; /* 0: none */
	enum severity least, most;
} rows[] = {
	{ "a SYN flood", TO_ONE, PROTO_TCP, 80, 300, 100, 0, 0, 0.1, 0.1,
	    FINDING_DOS_SOURCE, SEVERITY_MEDIUM, SEVERITY_HIGH },
	{ "the same in one flow", TO_ONE, PROTO_TCP, 80, 1, 30000, 0, 0, 1, 30,
	    FINDING_DOS_SOURCE, SEVERITY_MEDIUM, SEVERITY_HIGH },
	{ "the same, spread over a day", TO_ONE, PROTO_TCP, 80, 300, 100, 0, 0, 280, 0.1,
	    NEVER },
	{ "an upload", TO_ONE, PROTO_TCP, 443, 1, 60000, 30000, 1400, 1, 30, NEVER },
	{ "an upload seen from one side", TO_ONE, PROTO_TCP, 443, 1, 60000, 0, 1400, 1, 30,
	    NEVER },
	{ "pictures over UDP", TO_ONE, PROTO_UDP, 5004, 1, 60000, 0, 1200, 1, 120, NEVER },
	{ "UDP as fast as it goes", TO_ONE, PROTO_UDP, 5376, 1, 60000, 0, 500, 1, 30,
	    FINDING_DOS_SOURCE, SEVERITY_LOW, SEVERITY_LOW },
	{ "logs to a collector", TO_ONE, PROTO_UDP, 514, 1, 60000, 0, 200, 1, 120, NEVER },
	{ "a SYN flood at us", FROM_MANY, PROTO_TCP, 80, 9000, 1, 0, 0, 0.004, 0,
	    FINDING_DOS_VICTIM, SEVERITY_LOW, SEVERITY_LOW },
	{ "a busy server", FROM_MANY, PROTO_TCP, 80, 9000, 9, 8, 100, 0.004, 0, NEVER },
	{ "time servers that nobody asked", ANSWERS, PROTO_UDP, 123, 60, 200, 0, 440, 0.5,
	    20, FINDING_DOS_VICTIM, SEVERITY_LOW, SEVERITY_LOW },
	{ "nine of them", ANSWERS, PROTO_UDP, 123, 9, 2000, 0, 440, 0.5, 20, NEVER },
	{ "small answers", ANSWERS, PROTO_UDP, 123, 60, 200, 0, 48, 0.5, 20, NEVER },
	{ "backscatter", SCATTER, PROTO_TCP, 80, 120, 2, 0, 0, 2, 1, FINDING_DOS_VICTIM,
	    SEVERITY_LOW, SEVERITY_LOW },
	{ "half of every connection", SCATTER, PROTO_TCP, 80, 120, 60, 0, 1000, 2, 1,
	    NEVER },
};

static struct ip
make(struct scenery *s, const struct row *r)
{
	for (unsigned i = 0; i < r->flows; i++) {
		struct ip ours = inside(5), theirs = outside(7, 7);
		bool turned = r->shape == ANSWERS || r->shape == SCATTER;
		struct flow *f;

		if (r->shape == FROM_MANY || r->shape == ANSWERS)
			theirs = outside(i % 100, i / 100);
		if (r->shape == SCATTER)
			ours = inside(600 + i);
		f = add(s, 30000 + i * r->gap, r->shape == FROM_MANY ? theirs : ours,
		    r->shape == FROM_MANY ? ours : theirs, r->port, r->proto);
		f->last_ns = f->first_ns + (uint64_t)(r->lasts * 1e9);
		f->orig_pkts = turned ? r->back : r->pkts;
		f->resp_pkts = turned ? r->pkts : r->back;
		f->orig_bytes = f->orig_pkts * r->bytes;
		f->resp_bytes = f->resp_pkts * r->bytes;
		f->state = turned ? CONN_SHR : r->back ? CONN_SF : CONN_S0;
	}
	return r->shape == SCATTER ? outside(7, 7) : inside(5);
}

static void
who_floods_whom(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct scenery s = scenery_new(3);
		struct ip host = make(&s, &rows[i]);
		struct stage t;

		ROW(i, rows[i].what);
		for (unsigned desk = 100; desk < 120; desk++)
			add_desk(&s, desk, 0);
		shuffle(&s);
		stage_open(&t, &s);
		for (int k = FINDING_BEACON + 1; k <= FINDING_ROTATION; k++) {
			enum finding_kind kind = (enum finding_kind)k;
			const struct finding *f = stage_find(&t, kind, &host);

			if (kind != FINDING_DOS_SOURCE && kind != FINDING_DOS_VICTIM)
				continue;
			assert_int_equal(f != NULL, kind == rows[i].kind);
			if (f)
				assert_in_range(f->severity, rows[i].least, rows[i].most);
		}
		stage_all_again(&t, &s);
		stage_close(&t);
		free(s.flow);
	}
}

/* The ratio is never more than the Poisson it stands for. */
static void
ratio_is_not_above_the_truth(void **state)
{
	(void)state;
	for (uint64_t n = 1; n < 100000000; n = n * 5 / 4 + 1) {
		struct flood f = { .peak = n };
		long double m = 10.0L * FLOOD_NULL_PPS;
		long double exact =
		    n > m ? 1000 * ((long double)n * log10l((long double)n / m) -
				       ((long double)n - m) * log10l(expl(1)))
			  : 0;

		assert_true((long double)flood_llr_mb(&f) <= exact + 1e-6L * exact);
		if (n > 2 * m)
			assert_true((long double)flood_llr_mb(&f) >=
				    exact * 0.98L - (long double)n * 2);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_floods_whom),
		cmocka_unit_test(ratio_is_not_above_the_truth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
