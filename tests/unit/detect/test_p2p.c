/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who keeps in touch with peers, who shares files with them, who only calls servers.
 */
#include "table.h"

#include "detect/stage.h"

#define NEVER false, SEVERITY_INFO, SEVERITY_INFO

static const struct row {
	const char *what;
	unsigned peers, answer_each; /* every so many-th answers */
	unsigned nets, ports;
	uint64_t bytes;
	double hours;
	unsigned others; /* hosts that know the same */
	bool found;
	enum severity least, most;
} rows[] = {
	{ "a bot's old list", 24, 4, 20, 24, 300, 72, 0, true, SEVERITY_MEDIUM,
	    SEVERITY_HIGH },
	{ "of two bots", 24, 4, 20, 24, 300, 72, 1, true, SEVERITY_MEDIUM, SEVERITY_HIGH },
	{ "14 peers", 14, 4, 14, 14, 300, 72, 0, NEVER },
	{ "all of one network", 24, 4, 1, 24, 300, 72, 0, NEVER },
	{ "all at one port: a search", 24, 0, 20, 1, 300, 72, 0, NEVER },
	{ "nearly all answer: servers", 60, 1, 50, 60, 300, 72, 0, NEVER },
	{ "files", 60, 2, 50, 60, 900000, 5, 0, NEVER },
	{ "files in an evening, of a list half old", 200, 3, 80, 200, 900000, 9, 0, true,
	    SEVERITY_LOW, SEVERITY_LOW },
};

static void
who_has_peers(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *r = &rows[i];
		struct scenery s = scenery_new(3);
		struct ip host = inside(5);
		const struct finding *f;
		struct stage t;

		ROW(i, r->what);
		for (unsigned desk = 100; desk < 120; desk++)
			add_desk(&s, desk, 0);
		for (unsigned o = 0; o <= r->others; o++)
			for (unsigned k = 0; k < 4 * r->peers; k++) {
				unsigned peer = k % r->peers;
				struct flow *x =
				    add(&s, 1000 + k * r->hours * 900 / r->peers,
					inside(5 + o), outside(70, peer % r->nets),
					(uint16_t)(20000 + peer % r->ports), PROTO_UDP);

				x->resp.b[14] = (uint8_t)peer;
				x->orig_bytes = r->bytes;
				x->resp_bytes = r->bytes;
				if (r->answer_each && peer % r->answer_each == 0)
					continue;
				x->state = CONN_S0;
				x->resp_bytes = 0;
			}
		shuffle(&s);
		stage_open(&t, &s);
		f = stage_find(&t, FINDING_P2P, &host);
		assert_int_equal(f != NULL, r->found);
		if (f)
			assert_in_range(f->severity, r->least, r->most);
		for (size_t k = 0; f && k < f->measures; k++)
			if (strcmp(f->measure[k].name, "mutual_hosts") == 0)
				assert_int_equal(f->measure[k].value, r->others);
		stage_all_again(&t, &s);
		stage_close(&t);
		free(s.flow);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_has_peers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
