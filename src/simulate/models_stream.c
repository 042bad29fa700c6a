/* SPDX-License-Identifier: Apache-2.0 */
/* Conversations that live for minutes, hours or days. */
#include "simulate/models.h"

#include "base/stamp.h"
#include "simulate/actor.h"
#include "simulate/chance.h"
#include "simulate/script.h"

#define MILLI     UINT64_C(1000000)
#define MINUTE_NS (60 * SECOND_NS)

static void
own(struct world *w, struct actor *a, struct session *s)
{
	s->owner = (int32_t)(a - w->actors);
	s->more = true;
}

/* How long until the next beat; 0 when the machine will be off by then. */
static uint64_t
pause(struct world *w, struct actor *a, uint64_t now)
{
	struct presence *p = &w->hosts[a->host].presence;
	uint64_t at;

	a->past.midnight_ns = presence_midnight(p, now);
	at = beat_next(&a->beat, &a->rng, now, &a->past);
	a->past.count++;
	return presence_from(p, a->habit->when, at) == at ? at - now : 0;
}

static void
seedlink_opening(struct session *s)
{
	static const uint8_t lines[] = { SAY_SL_HELLO, SAY_SL_VERSION, SAY_SL_STATION,
		SAY_SL_OK, SAY_SL_SELECT, SAY_SL_OK, SAY_SL_DATA, SAY_SL_OK, SAY_SL_END };

	for (unsigned i = 0; i < sizeof lines; i++)
		session_say(s, i % 2, lines[i], 0, 0, 3 * MILLI);
}

static void
opening(struct world *w, struct actor *a, struct session *s, struct peer p)
{
	struct place *place = world_place(w, p);

	switch (a->habit->dialect) {
	case DIALECT_SEEDLINK:
		seedlink_opening(s);
		break;
	case DIALECT_TLS:
		script_tls(s, &a->rng, place ? place->flight : 1400);
		script_exchange(s, &a->rng, 420, 180, MILLI);
		break;
	case DIALECT_MQTT:
		session_say(s, 0, SAY_MQTT_CONNECT, 0, 0, MILLI);
		session_say(s, 1, SAY_MQTT_CONNACK, 0, 0, 2 * MILLI);
		break;
	default:
		session_say(s, 0, SAY_NOISE, 220, 0, MILLI);
		session_say(s, 1, SAY_NOISE, 140, 0, 2 * MILLI);
		break;
	}
}

uint64_t
model_stream(struct world *w, struct actor *a, uint64_t now)
{
	const struct habit *h = a->habit;
	struct peer p = actor_peer(w, a);
	bool by_name = p.kind == PEER_PLACE && !h->nameless && !h->inbound;
	uint64_t at = by_name ? world_resolve(w, a->host, p.index, now) : now;
	struct session *s = world_open(w, a, p, PROTO_TCP, at);

	if (s == NULL)
		return 0;
	own(w, a, s);
	if (h->dialect == DIALECT_SEEDLINK)
		s->name = s->end[1].self; /* the station */
	a->until_ns = at + chance_lognormal(&a->rng, h->life_min * MINUTE_NS, 700);
	s->ending = rng_chance(&a->rng, 500000) ? END_FIN_RESP : END_FIN_ORIG;
	if (rng_chance(&a->rng, h->fail_ppm)) {
		s->ending = END_SILENT;
		s->more = false;
		return UINT64_MAX;
	}
	/* most of what lives for long was there before the capture began */
	if (!a->begun && h->when == WHEN_EVER && rng_chance(&a->rng, 800000))
		s->midstream = true;
	else
		opening(w, a, s, p);
	a->begun = true;
	return UINT64_MAX;
}

bool
model_stream_more(struct world *w, struct actor *a, struct session *s, uint64_t now)
{
	const struct habit *h = a->habit;
	enum speech_kind data = h->dialect == DIALECT_TLS ? SAY_TLS_DATA : SAY_NOISE;
	uint64_t wait = pause(w, a, now);

	if (wait == 0 || now + wait > a->until_ns) {
		if (wait == 0 && rng_chance(&a->rng, 400000))
			s->ending = END_LOST;
		return false;
	}
	switch (h->dialect) {
	case DIALECT_SEEDLINK:
		session_say(s, 1, SAY_SL_PACKET, 0, a->state++, wait);
		break;
	case DIALECT_MQTT:
		session_say(s, 0, SAY_MQTT_PING, 0, 0, wait);
		session_say(s, 1, SAY_MQTT_PONG, 0, 0, MILLI);
		break;
	default: {
		uint32_t up = script_size(&a->rng, h->up, h->sigma);
		uint32_t down = script_size(&a->rng, h->down, h->sigma);

		session_say(s, 0, data, up, 0, wait);
		session_say(s, 1, data, down, 0, MILLI);
		break;
	}
	}
	if (rng_chance(&a->rng, h->bulk_ppm)) {
		uint32_t bytes = (uint32_t)chance_pareto(&a->rng, 600, 1200, 60000);

		session_say(s, 1, data, bytes, 0, rng_below(&a->rng, 3 * SECOND_NS));
	}
	return true;
}

uint64_t
model_drip(struct world *w, struct actor *a, uint64_t now)
{
	const struct habit *h = a->habit;
	struct peer p = actor_peer(w, a);
	uint64_t at = p.kind == PEER_PLACE && !h->nameless
			  ? world_resolve(w, a->host, p.index, now)
			  : now;
	struct session *s = world_open(w, a, p, PROTO_UDP, at);

	if (s == NULL)
		return 0;
	own(w, a, s);
	return UINT64_MAX;
}

bool
model_drip_more(struct world *w, struct actor *a, struct session *s, uint64_t now)
{
	const struct habit *h = a->habit;
	uint64_t wait = pause(w, a, now);
	bool tunnel = h->say == SAY_WG_KEEP;
	unsigned arg;

	if (wait == 0)
		return false;
	a->state++;
	if (rng_chance(&a->rng, h->miss_ppm))
		wait *= 2;
	arg = h->arg ? a->state : (unsigned)rng_below(&a->rng, 24);
	session_say(s, 0, h->say, script_size(&a->rng, h->up, h->sigma), arg, wait);
	if (h->answer != SAY_NOTHING && !rng_chance(&a->rng, h->fail_ppm))
		session_say(s, 1, h->answer, script_size(&a->rng, h->down, h->sigma),
		    a->state, MILLI);
	if (tunnel && a->state % 5 == 0) {
		session_say(s, 0, SAY_WG_HELLO, 0, 0, 200 * MILLI);
		session_say(s, 1, SAY_WG_REPLY, 0, 0, MILLI);
		session_say(s, 0, SAY_WG_KEEP, 0, 0, MILLI);
	}
	return true;
}

/* A packet each way every 40 ms until somebody hangs up. */
uint64_t
model_call(struct world *w, struct actor *a, uint64_t now)
{
	struct peer p = actor_peer(w, a);
	struct session *s = world_open(w, a, p, PROTO_UDP, now);

	if (s == NULL)
		return 0;
	own(w, a, s);
	s->end[1].port = (uint16_t)(16384 + 2 * rng_below(&a->rng, 8000));
	a->until_ns = now + chance_lognormal(&a->rng, 50 * SECOND_NS, 900);
	a->state = 0;
	return 0;
}

bool
model_call_more(struct world *w, struct actor *a, struct session *s, uint64_t now)
{
	(void)w;
	if (now > a->until_ns)
		return false;
	a->state++;
	session_say(s, 0, SAY_RTP, 0, a->state, 20 * MILLI);
	session_say(s, 1, SAY_RTP, 0, a->state,
	    s->end[1].turn_ns < 18 * MILLI ? 20 * MILLI - s->end[1].turn_ns : 0);
	return true;
}
