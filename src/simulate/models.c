/* SPDX-License-Identifier: Apache-2.0 */
#include "simulate/models.h"

#include "base/stamp.h"
#include "simulate/actor.h"
#include "simulate/chance.h"
#include "simulate/script.h"

#define MILLI UINT64_C(1000000)

/* Most questions of one connection that fit into a script. */
#define MOST_TURNS 8

/* When the name of the peer is known. */
static uint64_t
found(struct world *w, struct actor *a, struct peer p, uint64_t now)
{
	if (p.kind != PEER_PLACE || a->habit->nameless || a->habit->inbound)
		return now;
	return world_resolve(w, a->host, p.index, now);
}

static uint64_t
act_tls(struct world *w, struct actor *a, uint64_t now)
{
	const struct habit *h = a->habit;
	struct peer p = actor_peer(w, a);
	struct place *place = world_place(w, p);
	struct session *s = world_open(w, a, p, PROTO_TCP, found(w, a, p, now));
	unsigned turns = h->turns ? h->turns : 1;

	if (s == NULL)
		return 0;
	if (rng_chance(&a->rng, h->fail_ppm)) {
		s->ending = END_SILENT;
		return 0;
	}
	script_tls(s, &a->rng, place ? place->flight : 1400);
	for (unsigned i = 0; i < turns && i < MOST_TURNS; i++) {
		uint32_t up = script_size(&a->rng, h->up, h->sigma);
		uint32_t down = script_size(&a->rng, h->down, h->sigma);

		if (rng_chance(&a->rng, h->bulk_ppm))
			down += (uint32_t)chance_pareto(&a->rng, 4000, 1100, 300000);
		script_exchange(s, &a->rng, up, down, rng_below(&a->rng, 5 * MILLI));
	}
	script_tls_end(s, &a->rng, rng_below(&a->rng, 2 * MILLI));
	return 0;
}

static uint64_t
act_http(struct world *w, struct actor *a, uint64_t now)
{
	const struct habit *h = a->habit;
	struct peer p = actor_peer(w, a);
	struct session *s = world_open(w, a, p, PROTO_TCP, found(w, a, p, now));
	uint32_t bytes;

	if (s == NULL)
		return 0;
	if (rng_chance(&a->rng, h->fail_ppm)) {
		s->ending = END_SILENT;
		return 0;
	}
	session_say(s, 0, SAY_HTTP_GET, 0, h->arg, rng_below(&a->rng, MILLI));
	bytes = 200 + script_size(&a->rng, h->down, h->sigma);
	session_say(
	    s, 1, SAY_HTTP_REPLY, bytes, 0, chance_lognormal(&a->rng, 8 * MILLI, 800));
	s->ending = END_FIN_RESP;
	return 0;
}

static uint64_t
act_ask(struct world *w, struct actor *a, uint64_t now)
{
	const struct habit *h = a->habit;
	struct peer p = actor_peer(w, a);
	uint8_t proto = h->say == SAY_PING ? PROTO_ICMP : PROTO_UDP;
	struct session *s = world_open(w, a, p, proto, found(w, a, p, now));
	unsigned asks = h->turns ? h->turns : 1;

	if (s == NULL)
		return 0;
	s->address = &w->hosts[a->host].ip;
	s->ttl_s = 86400;
	for (unsigned i = 0; i < asks && i < MOST_TURNS; i++) {
		uint32_t up = script_size(&a->rng, h->up, h->sigma);
		uint32_t down = script_size(&a->rng, h->down, h->sigma);

		session_say(s, 0, h->say, up, h->arg, i ? SECOND_NS : 0);
		if (h->answer != SAY_NOTHING && !rng_chance(&a->rng, h->fail_ppm))
			session_say(
			    s, 1, h->answer, down, h->arg, rng_below(&a->rng, MILLI));
	}
	return 0;
}

/* Is the port open, and what does it say? */
static uint64_t
act_knock(struct world *w, struct actor *a, uint64_t now)
{
	const struct habit *h = a->habit;
	struct peer p = actor_peer(w, a);
	struct session *s = world_open(w, a, p, PROTO_TCP, now);

	if (s == NULL)
		return 0;
	s->ending = END_FIN_ORIG;
	if (rng_chance(&a->rng, h->fail_ppm))
		s->ending = END_REFUSED;
	else if (h->say != SAY_NOTHING)
		session_say(
		    s, 1, h->say, h->down, 0, 2 * MILLI + rng_below(&a->rng, 9 * MILLI));
	return 0;
}

/* A machine asks who has an address, and is answered in its next turn. */
static uint64_t
act_arp(struct world *w, struct actor *a, uint64_t now)
{
	struct host *me = &w->hosts[a->host], *you = &w->hosts[a->peer.index];
	bool reply = a->state++ % 2;
	struct host *from = reply ? you : me, *to = reply ? me : you;
	struct wire_path path = { .src = from->ip, .dst = to->ip };
	struct wire_frame f;

	memcpy(path.src_mac, from->mac, 6);
	memcpy(path.dst_mac, to->mac, 6);
	wire_arp(&f, &path, reply);
	sink_frame(w->sink, now, &f);
	return reply ? 0 : now + you->turn_ns;
}

/* What the search list of a desktop asks for, again and again. */
static uint64_t
act_lookup(struct world *w, struct actor *a, uint64_t now)
{
	static const char *const vain[] = { "wpad.site.example", "wpad.site.example",
		"isatap.site.example", "oldserver.site.example", "_ldap._tcp.site.example",
		"printer-3.site.example" };
	const char *name = vain[rng_below(&a->rng, sizeof vain / sizeof *vain)];

	world_ask_in_vain(w, a->host, name, rng_next(&a->rng), now);
	return 0;
}

uint64_t
model_act(struct world *w, struct actor *a, uint64_t now)
{
	switch (a->habit->model) {
	case MODEL_TLS:
		return act_tls(w, a, now);
	case MODEL_HTTP:
		return act_http(w, a, now);
	case MODEL_ASK:
		return act_ask(w, a, now);
	case MODEL_KNOCK:
		return act_knock(w, a, now);
	case MODEL_ARP:
		return act_arp(w, a, now);
	case MODEL_LOOKUP:
		return act_lookup(w, a, now);
	case MODEL_STREAM:
		return model_stream(w, a, now);
	case MODEL_DRIP:
		return model_drip(w, a, now);
	case MODEL_CALL:
		return model_call(w, a, now);
	case MODEL_BROWSE:
		return model_browse(w, a, now);
	case MODEL_SHELL:
		return model_shell(w, a, now);
	}
	return 0;
}

bool
model_more(struct world *w, struct actor *a, struct session *s, uint64_t now)
{
	switch (a->habit->model) {
	case MODEL_STREAM:
		return model_stream_more(w, a, s, now);
	case MODEL_DRIP:
		return model_drip_more(w, a, s, now);
	case MODEL_CALL:
		return model_call_more(w, a, s, now);
	case MODEL_SHELL:
		return model_shell_more(w, a, s, now);
	default:
		return false;
	}
}

bool
model_is_endless(enum model m)
{
	return m == MODEL_STREAM || m == MODEL_DRIP;
}
