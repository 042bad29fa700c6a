/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who tries passwords, who only logs in often, and whether it worked.
 */
#include "table.h"

#include "detect/stage.h"

#define NEVER false, SEVERITY_INFO, SEVERITY_INFO, false

static const struct row {
	const char *what;
	uint16_t port;
	unsigned tries;
	double gap, lasts; /* seconds */
	unsigned spread;   /* sizes are 1400 and up to this more */
	double then;       /* a session of so many seconds follows; 0: none */
	uint64_t then_bytes;
	bool abroad, from_outside, found;
	enum severity least, most;
	bool worked;
} rows[] = {
	{ "29 tries", 22, 29, 2, 1.5, 200, 0, 0, true, false, NEVER },
	{ "60 tries in two minutes", 22, 60, 2, 1.5, 200, 0, 0, true, false, true,
	    SEVERITY_MEDIUM, SEVERITY_HIGH, false },
	{ "and then it worked", 22, 60, 2, 1.5, 200, 300, 90000, false, false, true,
	    SEVERITY_MEDIUM, SEVERITY_HIGH, true },
	{ "one more that was longer, but no larger", 22, 60, 2, 1.5, 200, 300, 900, true,
	    false, true, SEVERITY_MEDIUM, SEVERITY_HIGH, false },
	{ "from outside, and it worked", 22, 60, 2, 1.5, 200, 300, 90000, false, true, true,
	    SEVERITY_LOW, SEVERITY_LOW, true },
	{ "a job each five minutes", 22, 288, 300, 1.5, 200, 0, 0, true, false, NEVER },
	{ "sessions of every size", 22, 200, 2, 1.5, 15000, 0, 0, true, false, NEVER },
	{ "sessions of minutes", 22, 200, 2, 200, 200, 0, 0, true, false, NEVER },
	{ "RDP, slowly", 3389, 200, 20, 2, 100, 0, 0, true, false, true, SEVERITY_LOW,
	    SEVERITY_LOW, false },
	{ "a mail program and all its folders", 993, 60, 2, 1.5, 200, 0, 0, false, false,
	    NEVER },
	{ "pages", 443, 300, 1, 1, 100, 0, 0, true, false, NEVER },
};

static void
who_tries_passwords(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *r = &rows[i];
		struct scenery s = scenery_new(3);
		struct ip host = r->from_outside ? outside(7, 7) : inside(5);
		struct ip peer = r->abroad ? outside(8, 8) : inside(6);
		const struct finding *f;
		struct stage t;

		ROW(i, r->what);
		for (unsigned desk = 100; desk < 120; desk++)
			add_desk(&s, desk, 0);
		for (unsigned k = 0; k < r->tries; k++) {
			struct flow *x =
			    add(&s, 30000 + k * r->gap, host, peer, r->port, PROTO_TCP);

			x->orig_bytes = 1400 + rng_below(&s.r, r->spread);
			x->resp_bytes = 1800;
			x->last_ns = x->first_ns + (uint64_t)(r->lasts * 1e9);
		}
		if (r->then > 0) {
			struct flow *x = add(
			    &s, 30000 + r->tries * r->gap, host, peer, r->port, PROTO_TCP);

			x->orig_bytes = x->resp_bytes = r->then_bytes / 2;
			x->last_ns = x->first_ns + (uint64_t)(r->then * 1e9);
		}
		shuffle(&s);
		stage_open(&t, &s);
		f = stage_find(&t, FINDING_BRUTE_FORCE, &host);
		assert_int_equal(f != NULL, r->found);
		if (f) {
			assert_in_range(f->severity, r->least, r->most);
			assert_int_equal(
			    strstr(f->why, "may have worked") != NULL, r->worked);
		}
		stage_all_again(&t, &s);
		stage_close(&t);
		free(s.flow);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_tries_passwords),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
