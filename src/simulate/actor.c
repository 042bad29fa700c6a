/* SPDX-License-Identifier: Apache-2.0 */
#include "simulate/actor.h"

#include "base/stamp.h"
#include "simulate/chance.h"
#include "simulate/models.h"

#define STREAM_ACTOR 0x400000

struct crowd {
	struct world *w;
	struct actor *at; /* NULL: only count */
	unsigned n;
};

/* Implants may be told to have no clock; they sleep as long, on average. */
static struct beat
beat_of(const struct world *w, const struct habit *h)
{
	if (w->no_clock && h->verdict == VERDICT_BEACON)
		return (struct beat){ BEAT_POISSON, h->beat.period_ms, 0 };
	return h->beat;
}

static void
add(struct crowd *c, const struct habit *h, unsigned serial, unsigned host,
    struct peer peer)
{
	if (c->at) {
		uint64_t who =
		    ((uint64_t)serial << 32 | host << 16 | peer.index) * 4 + peer.kind;

		c->at[c->n] = (struct actor){
			.habit = h,
			.beat = beat_of(c->w, h),
			.host = (uint16_t)host,
			.peer = peer,
			.rng = rng_of(rng_mix(c->w->seed, STREAM_ACTOR), who),
		};
	}
	c->n++;
}

static bool
has_role(const struct host *h, uint32_t any, uint32_t none)
{
	return h->roles & any && !(h->roles & none);
}

static bool
is_cast(unsigned group)
{
	return group == GROUP_MDNS || group == GROUP_SSDP || group == GROUP_BROADCAST;
}

static void
peers_inside(struct crowd *c, const struct habit *h, unsigned serial, unsigned host)
{
	for (unsigned i = 0; i < c->w->n_hosts; i++) {
		if (i == host || !has_role(&c->w->hosts[i], h->whom, 0))
			continue;
		add(c, h, serial, host, (struct peer){ PEER_HOST, (uint16_t)i });
		if (h->pick != PICK_EACH)
			return;
	}
}

static void
peers_outside(struct crowd *c, const struct habit *h, unsigned serial, unsigned host)
{
	unsigned first = c->w->first_of[h->group], n = c->w->n_of[h->group];
	uint64_t own = rng_mix(rng_mix(c->w->seed, h->group), host);
	struct peer p = { PEER_PLACE, (uint16_t)first };

	if (is_cast(h->group)) {
		add(c, h, serial, host, (struct peer){ PEER_CAST, h->group });
		return;
	}
	if (n == 0)
		return;
	switch (h->pick) {
	case PICK_EACH:
		for (unsigned i = 0; i < n; i++)
			add(c, h, serial, host,
			    (struct peer){ PEER_PLACE, (uint16_t)(first + i) });
		return;
	case PICK_TWO:
		p.index = (uint16_t)(first + (own + 1) % n);
		add(c, h, serial, host, p);
		p.index = (uint16_t)(first + own % n);
		break;
	case PICK_ONE:
		p.index = (uint16_t)(first + own % n);
		break;
	default:
		break;
	}
	add(c, h, serial, host, p);
}

/* Every habit of every machine: counted first, made the second time. */
static void
crowd(struct crowd *c)
{
	const struct scenario *sc = c->w->scenario;
	unsigned serial = 0;

	for (size_t list = 0; list < SCENARIO_LISTS; list++) {
		const struct habit *h = sc->habits[list];

		for (; h && h->class; h++, serial++) {
			for (unsigned host = 0; host < c->w->n_hosts; host++) {
				uint64_t lot = rng_mix(c->w->seed + serial, host) % 100;

				if (!has_role(&c->w->hosts[host], h->who, h->not_who) ||
				    (h->share && lot >= h->share))
					continue;
				if (h->whom)
					peers_inside(c, h, serial, host);
				else
					peers_outside(c, h, serial, host);
			}
		}
	}
}

bool
actor_make_all(struct world *w)
{
	struct crowd c = { .w = w };

	crowd(&c);
	w->n_actors = c.n;
	w->actors = c.at = arena_array(&w->arena, c.n, struct actor);
	c.n = 0;
	if (c.at)
		crowd(&c);
	return c.at != NULL;
}

static uint64_t
next_beat(struct world *w, struct actor *a, uint64_t now)
{
	struct host *h = &w->hosts[a->host];

	a->past.midnight_ns = presence_midnight(&h->presence, now);
	return beat_next(&a->beat, &a->rng, now, &a->past);
}

static void
sleep_until(struct world *w, unsigned i, uint64_t at)
{
	if (at < w->end_ns)
		CHECK(heap_push(&w->heap, at, i));
}

/*
 * Machines that are always on were started before the capture, each at its own
 * time; the others are found off and start when their people come.
 */
void
actor_begin_all(struct world *w)
{
	for (unsigned i = 0; i < w->n_actors; i++) {
		struct actor *a = &w->actors[i];
		const struct beat *b = &a->beat;
		uint64_t period = b->period_ms * UINT64_C(1000000), at;

		at = w->start_ns + rng_below(&a->rng, period);
		a->past.anchor_ns = at;
		a->past.count = (uint32_t)rng_below(&a->rng, 60);
		if (b->law == BEAT_NIGHTLY)
			at = next_beat(w, a, w->start_ns);
		sleep_until(w, i, at);
	}
}

/* Programs start some time after their machine, and not all at once. */
static uint64_t
settle(struct actor *a, uint64_t open)
{
	uint64_t mean = a->habit->when == WHEN_ON ? 25 * SECOND_NS : 100 * SECOND_NS;

	return open + SECOND_NS + chance_exponential(&a->rng, mean);
}

void
actor_wake(struct world *w, unsigned i, uint64_t now)
{
	struct actor *a = &w->actors[i];
	struct host *h = &w->hosts[a->host];
	uint64_t open = presence_from(&h->presence, a->habit->when, now), next = 0;

	if (open > now) {
		if (open == UINT64_MAX)
			return;
		a->past.anchor_ns = settle(a, open);
		a->past.count = 0;
		sleep_until(w, i, a->past.anchor_ns);
		return;
	}
	a->past.count++;
	if (!rng_chance(&a->rng, a->habit->miss_ppm))
		next = model_act(w, a, now);
	if (next == 0)
		next = next_beat(w, a, now);
	if (next != UINT64_MAX)
		sleep_until(w, i, next);
}

bool
actor_more(struct world *w, struct session *s, uint64_t now)
{
	return s->owner >= 0 && model_more(w, &w->actors[s->owner], s, now);
}

void
actor_session_over(struct world *w, unsigned i, uint64_t now)
{
	struct actor *a = &w->actors[i];

	if (model_is_endless(a->habit->model))
		sleep_until(
		    w, i, now + SECOND_NS + chance_exponential(&a->rng, 12 * SECOND_NS));
}

struct peer
actor_peer(struct world *w, struct actor *a)
{
	struct peer p = a->peer;

	if (a->habit->pick == PICK_ANY && p.kind == PEER_PLACE)
		p.index = (uint16_t)(w->first_of[a->habit->group] +
				     rng_below(&a->rng, w->n_of[a->habit->group]));
	return p;
}
