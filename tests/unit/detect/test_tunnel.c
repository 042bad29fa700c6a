/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who carries packets of others to a stranger, and what is no more than a tap.
 */
#include "table.h"

#include "detect/stage.h"

#define HOUR 3600.0

enum who { OURS, OURS_TOO, STRANGER, STRANGER_TOO };

static struct ip
end_of(enum who who)
{
	static const uint8_t at[][4] = { [OURS] = { 10, 9, 0, 1 },
		[OURS_TOO] = { 10, 9, 0, 2 },
		[STRANGER] = { 45, 1, 2, 3 },
		[STRANGER_TOO] = { 45, 1, 2, 4 } };

	return ip_from_v4(at[who]);
}

static struct tunnels *
carry(struct scenery *s)
{
	struct tunnels *t;
	struct error err;

	assert_int_equal(tunnels_new(&t, 1 << 20, &err), OK);
	for (size_t i = 0; i < s->n; i++)
		tunnels_see(t, &s->flow[i]);
	return t;
}

/* From the flows of its scope alone, as `verify` does. */
static void
again(const struct scenery *s, const struct stage *t, const struct detected *d)
{
	struct buf said = { .max = 1 << 20 }, made_text = { .max = 1 << 20 };
	const struct finding *f = &d->finding;
	struct subject who = { .kind = f->kind, .host = f->host, .peer = f->peer };
	struct heard heard = { .shard = t->shard, .shards = 1 };
	struct tunnels *slice;
	struct finding made;
	struct error err;

	assert_int_equal(tunnels_new(&slice, 1 << 20, &err), OK);
	for (size_t i = 0; i < s->n; i++)
		if (scope_has_flow(scope_of(f), f, &s->flow[i]))
			tunnels_see(slice, &s->flow[i]);
	heard.tunnels = &slice;
	assert_true(detector_judge(
	    detector_find(f->kind), &heard, &who, &d->context, &t->params, &made));
	finding_core(f, &said);
	finding_core(&made, &made_text);
	assert_string_equal(said.at, made_text.at);
	buf_release(&said);
	buf_release(&made_text);
	tunnels_free(slice);
}

static void
what_is_said(void **state)
{
	static const struct {
		const char *what;
		enum tunnel kind;
		enum who a, b; /* at the originator's side, at the responder's */
		enum flow_carried answers;
		double from;
		uint64_t bytes; /* of each of ten flows */
		bool found;
		enum severity severity;
	} rows[] = {
		{ "GRE to a stranger", TUNNEL_GRE, OURS, STRANGER, CARRIED_BACK, 0, 1000,
		    true, SEVERITY_LOW },
		{ "and from it", TUNNEL_GRE, STRANGER, OURS, CARRIED_BACK, 0, 1000, true,
		    SEVERITY_LOW },
		{ "much, from the first hour on", TUNNEL_VXLAN, OURS, STRANGER,
		    CARRIED_BACK, HOUR, 2000000, true, SEVERITY_LOW },
		{ "much, and new", TUNNEL_VXLAN, OURS, STRANGER, CARRIED_BACK, 9 * HOUR,
		    2000000, true, SEVERITY_HIGH },
		{ "little, and new", TUNNEL_VXLAN, OURS, STRANGER, CARRIED_BACK, 9 * HOUR,
		    1000, true, SEVERITY_LOW },
		{ "Teredo", TUNNEL_TEREDO, OURS, STRANGER, CARRIED_BACK, 0, 1000, true,
		    SEVERITY_LOW },
		{ "Teredo that nobody answers", TUNNEL_TEREDO, OURS, STRANGER,
		    CARRIED_ONE_WAY, 0, 1000, true, SEVERITY_LOW },
		{ "GRE that nobody answers", TUNNEL_GRE, OURS, STRANGER, CARRIED_ONE_WAY, 0,
		    1000, true, SEVERITY_LOW },
		{ "who tries whether we have a tunnel", TUNNEL_GRE, STRANGER, OURS,
		    CARRIED_ONE_WAY, 0, 0, false, 0 },
		{ "a tap", TUNNEL_VXLAN, OURS, STRANGER, CARRIED_MIRRORED, 0, 1000, false,
		    0 },
		{ "ERSPAN", TUNNEL_ERSPAN, OURS, STRANGER, CARRIED_ONE_WAY, 0, 1000, false,
		    0 },
		{ "between two of ours", TUNNEL_GRE, OURS, OURS_TOO, CARRIED_BACK, 0, 1000,
		    false, 0 },
		{ "between two strangers", TUNNEL_GTP, STRANGER, STRANGER_TOO, CARRIED_BACK,
		    0, 1000, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct scenery s = scenery_new(3);
		struct tunnels *part[STAGE_SHARDS];
		struct stage t;
		size_t n = 0;
		struct error err;

		ROW(i, rows[i].what);
		(void)add(&s, 0, inside(7), outside(1, 1), 443, PROTO_TCP);
		for (unsigned k = 0; k < 10; k++) {
			struct flow *f = add(
			    &s, rows[i].from + k, inside(k), outside(6, k), 443, PROTO_TCP);

			f->tunnel = (uint8_t)rows[i].kind;
			f->carrier[0] = end_of(rows[i].a);
			f->carrier[1] = end_of(rows[i].b);
			f->carried = (uint8_t)rows[i].answers;
			f->orig_ip_bytes = f->resp_ip_bytes = rows[i].bytes / 2;
			f->orig_pkts = 3;
			f->resp_pkts = rows[i].answers == CARRIED_ONE_WAY ? 0 : 3;
		}
		shuffle(&s);
		part[0] = carry(&s);
		for (size_t k = 1; k < STAGE_SHARDS; k++)
			assert_int_equal(tunnels_new(&part[k], 4096, &err), OK);
		stage_open(&t, &s);
		detections_release(&t.found);
		t.heard.tunnels = part;
		assert_int_equal(detect_all(&t.found, &t.heard, &t.params, &err), OK);
		for (size_t k = 0; k < t.found.n; k++) {
			const struct finding *f = &t.found.at[k].finding;

			if (f->kind != FINDING_TUNNEL)
				continue;
			n++;
			assert_int_equal(f->host.b[12], 10);
			assert_int_equal(f->severity, rows[i].severity);
			assert_int_equal(f->contacts, 10);
			again(&s, &t, &t.found.at[k]);
		}
		assert_int_equal(n, rows[i].found);
		for (size_t k = 0; k < STAGE_SHARDS; k++)
			tunnels_free(part[k]);
		stage_close(&t);
		free(s.flow);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(what_is_said) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
