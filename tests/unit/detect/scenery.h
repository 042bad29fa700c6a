/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scenery.h - small networks made of flows, for tests of whole runs.
 *
 * Desks with their pages, mail and updates; instruments; clocks of any kind.
 * Made from a seed, in the order in which somebody thought of them.
 */
#ifndef TESTS_DETECT_SCENERY_H
#define TESTS_DETECT_SCENERY_H

#include "table.h"

#include "base/stamp.h"
#include "detect/series.h"
#include "record/flow.h"

#define START     (UINT64_C(1700000000) / 86400 * 86400 * SECOND_NS)
#define FLOWS_MAX 400000
#define MB        1000000.0

/* Flows of a made network, in the order they were made. */
struct scenery {
	struct rng r;
	struct flow *flow;
	size_t n;
};

static inline struct scenery
scenery_new(uint64_t seed)
{
	return (struct scenery){ .r = rng_seed(seed),
		.flow = calloc(FLOWS_MAX, sizeof(struct flow)) };
}

static inline struct ip
inside(unsigned host)
{
	return ip_from_v4((const uint8_t[]){ 10, 0, (uint8_t)(host >> 8), (uint8_t)host });
}

static inline struct ip
outside(unsigned a, unsigned b)
{
	return ip_from_v4((const uint8_t[]){ (uint8_t)(a + 20), (uint8_t)b, 7, 9 });
}

static inline struct flow *
add(struct scenery *s, double at, struct ip host, struct ip peer, uint16_t port,
    uint8_t proto)
{
	struct flow *f = &s->flow[s->n];

	assert_true(s->n < FLOWS_MAX && at >= 0);
	*f = (struct flow){ .first_ns = START + (uint64_t)(at * 1e9),
		.orig = host,
		.resp = peer,
		.orig_port = (uint16_t)(1024 + s->n % 60000),
		.resp_port = port,
		.proto = proto,
		.state = CONN_SF,
		.orig_bytes = 400 + rng_below(&s->r, 300),
		.resp_bytes = 1500 + rng_below(&s->r, 40000) };
	f->last_ns = f->first_ns + 200000000;
	s->n++;
	return f;
}

/* T(1-J) to T(1+J), from `from` to `to`. */
static inline void
add_clock(struct scenery *s, double from, double to, double period, double jitter,
    struct ip host, struct ip peer, uint16_t port, uint8_t proto)
{
	for (double t = from + period * uniform(&s->r); t < to;
	     t += period * (1 + jitter * (2 * uniform(&s->r) - 1)))
		add(s, t + exponential(&s->r, 0.1), host, peer, port, proto);
}

/* One working day of somebody at a desk: pages, mail, push, time, updates. */
static inline void
add_desk(struct scenery *s, unsigned host, double midnight)
{
	struct rng *r = &s->r;
	double from = midnight + 8 * 3600 + 3600 * uniform(r);
	double to = from + 8 * 3600 + 3600 * uniform(r);

	add_clock(s, from, to, 1024, 0.02, inside(host), outside(1, 1), 123, PROTO_UDP);
	add_clock(s, from, to, 300, 0.01, inside(host), outside(1, 2), 993, PROTO_TCP);
	add_clock(s, from, to, 1680, 0.01, inside(host), outside(1, 3 + host % 3), 5228,
	    PROTO_TCP);
	add_clock(
	    s, from, to, 900, 0.01, inside(host), outside(1, 8 + host % 4), 443, PROTO_TCP);
	/* What only this desk has: half of them one program more, some with jitter. */
	if (host % 2)
		add_clock(s, from, to, 600, host % 4 == 1 ? 0.2 : 0.01, inside(host),
		    outside(3, host), 443, PROTO_TCP);
	for (double t = from; t < to; t += pareto(r, 200, 1.2)) {
		struct ip site =
		    outside(40 + (unsigned)rng_below(r, 60), (unsigned)rng_below(r, 200));
		double x = t;

		for (int page = 1 + (int)exponential(r, 6); page > 0 && x < to; page--) {
			for (int o = (int)fmin(8, pareto(r, 1, 1.3)); o > 0; o--)
				add(s, x + exponential(r, 0.8), inside(host), site, 443,
				    PROTO_TCP);
			x += lognormal(r, 25, 1.2);
		}
	}
}

static inline void
shuffle(struct scenery *s)
{
	for (size_t i = s->n; i > 1; i--) {
		size_t k = rng_below(&s->r, i);
		struct flow f = s->flow[i - 1];

		s->flow[i - 1] = s->flow[k];
		s->flow[k] = f;
	}
}

static inline void
add_office(struct scenery *s, unsigned desks, unsigned days)
{
	for (unsigned day = 0; day < days; day++)
		for (unsigned d = 0; d < desks; d++)
			if (day % 7 < 5)
				add_desk(s, 10 + d, day * DAY);
}

/* Twenty desks, nine digitizers, and what is behind one of them. */
static inline void
add_station(struct scenery *s, bool implant, double days)
{
	add_office(s, 20, (unsigned)days);
	for (unsigned d = 0; d < 9; d++) {
		struct ip box = inside(200 + d);

		add_clock(s, 0, days * DAY, 60, 0.01, box, inside(250), 18000, PROTO_TCP);
		add_clock(s, 0, days * DAY, 1024, 0.02, box, outside(1, 1), 123, PROTO_UDP);
	}
	if (!implant)
		return;
	add_clock(
	    s, 2 * 3600, days * DAY, 300, 0.3, inside(203), outside(90, 1), 443, PROTO_TCP);
	for (double night = 0; night < days; night++) {
		struct flow *f = add(s, night * DAY + 3 * 3600 + 100, inside(203),
		    outside(90, 1), 443, PROTO_TCP);

		f->orig_bytes = (uint64_t)(200 * MB);
	}
}

#endif
