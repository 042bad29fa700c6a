/* SPDX-License-Identifier: Apache-2.0 */
#include "simulate/world.h"

#include "simulate/actor.h"
#include "simulate/people.h"

void
world_release(struct world *w)
{
	arena_release(&w->arena);
}

/* Sessions, the free list and the heap: one event for each habit and session. */
static bool
room(struct world *w)
{
	unsigned events = w->n_actors + w->n_sessions;

	w->known = arena_array(&w->arena, (size_t)w->n_hosts * w->n_places, struct known);
	w->sessions = arena_array(&w->arena, w->n_sessions, struct session);
	w->idle = arena_array(&w->arena, w->n_sessions, uint16_t);
	w->heap.at = arena_array(&w->arena, events, struct event);
	w->heap.room = events;
	if (!w->known || !w->sessions || !w->idle || !w->heap.at)
		return false;
	for (unsigned i = 0; i < w->n_sessions; i++)
		w->idle[i] = (uint16_t)(w->n_sessions - 1 - i);
	w->n_idle = w->n_sessions;
	return true;
}

enum status
world_build(
    struct world *w, const struct world_plan *plan, struct sink *k, struct error *err)
{
	*w = (struct world){
		.scenario = plan->scenario,
		.sink = k,
		.seed = plan->seed,
		.start_ns = plan->start_ns,
		.now_ns = plan->start_ns,
		.end_ns = plan->end_ns,
		.no_clock = plan->no_clock,
		.n_sessions = plan->sessions ? plan->sessions : WORLD_SESSIONS,
	};
	arena_init(&w->arena, plan->memory ? plan->memory : WORLD_MEMORY);
	if (!people_hosts(w) || !people_places(w) || !actor_make_all(w) || !room(w)) {
		world_release(w);
		return error_set(
		    err, E_NOMEM, "the scenario needs more than %zu bytes", w->arena.limit);
	}
	actor_begin_all(w);
	return OK;
}

struct known *
world_known(struct world *w, unsigned host, unsigned place)
{
	return &w->known[(size_t)host * w->n_places + place];
}

static void
end_inside(struct world *w, struct endpoint *e, unsigned i, bool six)
{
	struct host *h = &w->hosts[i];

	*e = (struct endpoint){
		.ip = six ? h->six : h->ip,
		.turn_ns = h->turn_ns,
		.self = h->name,
		.stack = h->stack,
	};
	memcpy(e->mac, h->mac, 6);
}

static void
end_outside(struct world *w, struct endpoint *e, struct place *p, const struct ip *ip)
{
	*e = (struct endpoint){
		.ip = *ip,
		.turn_ns = p->rtt_ns,
		.self = p->name,
		.stack = p->stack,
		.hops = p->hops,
	};
	memcpy(e->mac, w->hosts[w->gateway].mac, 6);
}

/* Multicast (RFC 1112 section 6.4) and broadcast. */
static void
end_cast(struct endpoint *e, unsigned group)
{
	static const uint8_t mdns[4] = { 224, 0, 0, 251 }, ssdp[4] = { 239, 255, 255, 250 },
			     all[4] = { 255, 255, 255, 255 };
	const uint8_t *ip = group == GROUP_MDNS ? mdns : group == GROUP_SSDP ? ssdp : all;

	*e = (struct endpoint){ .ip = ip_from_v4(ip), .self = "" };
	if (group == GROUP_BROADCAST) {
		memset(e->mac, 0xff, 6);
		return;
	}
	memcpy(e->mac, "\x01\x00\x5e", 3);
	memcpy(e->mac + 3, ip + 1, 3);
	e->mac[3] &= 0x7f;
}

static uint16_t
new_port(struct host *h)
{
	uint32_t n = h->ports++;

	/* 7919 shares no factor with the size of the range, so none repeats early */
	if (h->stack == STACK_SERVER)
		return (uint16_t)(32768 + (h->mac[5] * 977u + n * 7919u) % 28232);
	return (uint16_t)(49152 + (h->mac[5] * 131u + n) % 16384);
}

static struct session *
take(struct world *w, uint8_t proto, uint64_t seed, uint64_t at)
{
	struct session *s;

	if (w->n_idle == 0) {
		w->crowded = true;
		return NULL;
	}
	s = &w->sessions[w->idle[--w->n_idle]];
	session_begin(s, proto, seed, at);
	CHECK(heap_push(&w->heap, at, w->n_actors + (uint32_t)(s - w->sessions)));
	return s;
}

struct session *
world_open_between(struct world *w, unsigned host, struct peer peer, uint8_t proto,
    uint16_t port, uint64_t seed, uint64_t at)
{
	struct session *s = take(w, proto, seed, at);
	struct place *p = world_place(w, peer);
	bool six = p && p->has_six && w->hosts[host].has_six;

	if (s == NULL)
		return NULL;
	end_inside(w, &s->end[0], host, six);
	if (p) {
		const struct ip *ip = place_ip(p, world_known(w, host, peer.index)->which);

		end_outside(w, &s->end[1], p, six ? &p->six : ip);
		s->name = p->name[0] ? p->name : NULL;
		s->tls13 = p->tls13;
		s->loss_ppm = 600;
	} else if (peer.kind == PEER_HOST) {
		end_inside(w, &s->end[1], peer.index, false);
		s->name = w->hosts[peer.index].name;
	} else {
		end_cast(&s->end[1], peer.index);
	}
	s->end[0].port = new_port(&w->hosts[host]);
	s->end[1].port = port;
	return s;
}

static void
remember(struct actor *a, const struct ip *ip, uint64_t at)
{
	for (unsigned i = 0; i < WORLD_MET; i++) {
		struct met *m = &a->met[i];

		if (m->times > 0 && !ip_equal(&m->ip, ip))
			continue;
		if (m->times == 0) {
			m->ip = *ip;
			m->first_ns = at;
		}
		m->last_ns = at;
		m->times++;
		return;
	}
}

struct session *
world_open(struct world *w, struct actor *a, struct peer peer, uint8_t proto, uint64_t at)
{
	const struct habit *h = a->habit;
	struct session *s =
	    world_open_between(w, a->host, peer, proto, h->port, rng_next(&a->rng), at);

	if (s == NULL)
		return NULL;
	remember(a, &s->end[1].ip, at);
	if (h->from_port)
		s->end[0].port = h->from_port;
	if (h->nameless)
		s->name = NULL;
	if (h->inbound) {
		struct endpoint host = s->end[0];

		s->end[0] = s->end[1];
		s->end[1] = host;
		s->end[0].port = (uint16_t)rng_between(&a->rng, 32768, 60999);
		s->end[1].port = h->port;
	}
	s->service = h->service;
	s->client = h->client;
	return s;
}

static void
tick(struct world *w, unsigned slot, uint64_t now)
{
	struct session *s = &w->sessions[slot];
	enum session_next next = session_tick(s, w->sink, now);

	if (next == SESSION_WANTS_MORE) {
		if (actor_more(w, s, now))
			session_go_on(s, now);
		else
			session_close(s, now);
		next = SESSION_GOES_ON;
	}
	if (next == SESSION_GOES_ON) {
		CHECK(heap_push(&w->heap, s->next_ns, w->n_actors + slot));
		return;
	}
	session_settle(s, w->sink);
	w->idle[w->n_idle++] = (uint16_t)slot;
	if (s->owner >= 0)
		actor_session_over(w, (unsigned)s->owner, now);
}

enum status
world_run(struct world *w, uint64_t until_ns, struct error *err)
{
	if (until_ns > w->end_ns)
		until_ns = w->end_ns;
	while (w->heap.n > 0 && w->heap.at[0].at_ns < until_ns) {
		struct event e = heap_pop(&w->heap);

		CHECK(e.at_ns >= w->now_ns);
		w->now_ns = e.at_ns;
		if (e.what < w->n_actors)
			actor_wake(w, e.what, e.at_ns);
		else
			tick(w, e.what - w->n_actors, e.at_ns);
		if (w->crowded)
			return error_set(err, E_LIMIT,
			    "more than %u conversations at a time", w->n_sessions);
	}
	w->now_ns = until_ns;
	return OK;
}

void
world_settle(struct world *w)
{
	for (unsigned i = 0; i < w->n_sessions; i++)
		if (w->sessions[i].open)
			session_settle(&w->sessions[i], w->sink);
}
