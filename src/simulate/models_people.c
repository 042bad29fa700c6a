/* SPDX-License-Identifier: Apache-2.0 */
/* People: sittings of browsing with pauses of every length, and command lines. */
#include "simulate/models.h"

#include "base/stamp.h"
#include "simulate/actor.h"
#include "simulate/chance.h"
#include "simulate/script.h"

#define MILLI     UINT64_C(1000000)
#define MINUTE_NS (60 * SECOND_NS)
#define OPEN_S    75 /* how long a browser's connection waits to be used again */

/* How many pages a sitting has: as heavy a tail as the pauses between them. */
static uint32_t
pages(struct actor *a)
{
	return (uint32_t)chance_pareto(&a->rng, 2, 1150, 40);
}

/* A few places are asked for most: Zipf by halving a logarithmic scale. */
static unsigned
popular(struct world *w, struct actor *a, enum group g)
{
	unsigned n = w->n_of[g];
	uint64_t span = chance_log2(n), x = rng_below(&a->rng, span);
	unsigned rank = (unsigned)(chance_exp2(x) - 1);

	/* half of the visits are to what this person likes */
	if (rng_chance(&a->rng, 500000))
		rank = (unsigned)((rank / 2 + (uint64_t)a->host * 37) % n);
	return w->first_of[g] + (rank < n ? rank : n - 1);
}

/* One connection of a page, unless an earlier one can be used again. */
static void
fetch(struct world *w, struct actor *a, unsigned place, uint64_t at, unsigned most)
{
	struct known *k = world_known(w, a->host, place);
	struct peer p = { PEER_PLACE, (uint16_t)place };
	unsigned turns = (unsigned)chance_pareto(&a->rng, 1, 1300, most);
	struct session *s;
	uint64_t ready;

	if (k->open_s > at / SECOND_NS)
		return;
	ready = world_resolve(w, a->host, place, at);
	s = world_open(w, a, p, PROTO_TCP, ready);
	if (s == NULL)
		return;
	k->open_s = (uint32_t)(ready / SECOND_NS) + OPEN_S;
	script_tls(s, &a->rng, w->places[place].flight);
	for (unsigned i = 0; i < turns; i++) {
		uint32_t up = script_size(&a->rng, 620, 500);
		uint32_t down = (uint32_t)chance_pareto(&a->rng, 900, 1200, 500000);
		uint64_t wait = i ? chance_exponential(&a->rng, 150 * MILLI) : 0;

		script_exchange(s, &a->rng, up, down, wait);
	}
	script_tls_end(s, &a->rng, OPEN_S * SECOND_NS - rng_below(&a->rng, 15 * SECOND_NS));
	if (rng_chance(&a->rng, 150000))
		s->ending = END_RST_ORIG;
}

uint64_t
model_browse(struct world *w, struct actor *a, uint64_t now)
{
	static const uint8_t groups[] = { GROUP_EDGE, GROUP_EDGE, GROUP_TRACK };
	unsigned also = (unsigned)chance_pareto(&a->rng, 1, 1100, 5);
	uint64_t at = now;

	if (a->state == 0)
		a->state = pages(a);
	a->state--;
	fetch(w, a, popular(w, a, GROUP_WEB), at, 6);
	at += 120 * MILLI + rng_below(&a->rng, 300 * MILLI);
	for (unsigned i = 0; i < also; i++) {
		unsigned g = groups[rng_below(&a->rng, sizeof groups)];

		fetch(w, a, popular(w, a, g), at, 4);
		at += rng_below(&a->rng, 200 * MILLI);
	}
	if (a->state > 0) /* the next page, after reading this one */
		return now + SECOND_NS + chance_lognormal(&a->rng, 22 * SECOND_NS, 1200);
	/* the next sitting: work that is not on the web */
	return now + chance_pareto(&a->rng, 6 * MINUTE_NS, 1200, 300 * MINUTE_NS);
}

uint64_t
model_shell(struct world *w, struct actor *a, uint64_t now)
{
	struct peer p = a->peer;
	struct session *s;
	unsigned program;

	s = world_open(w, a, p, PROTO_TCP, now);
	if (s == NULL)
		return 0;
	program = p.kind == PEER_HOST && w->hosts[p.index].stack == STACK_DEVICE;
	session_say(s, 0, SAY_SSH_BANNER, 0, 0, MILLI);
	session_say(s, 1, SAY_SSH_BANNER, 0, program, 4 * MILLI);
	session_say(s, 0, SAY_SSH_KEXINIT, 0, 0, MILLI);
	session_say(s, 1, SAY_SSH_KEXINIT, 0, program, MILLI);
	session_say(s, 0, SAY_SSH_KEX_ASK, 0, 0, 2 * MILLI);
	session_say(s, 1, SAY_SSH_KEX_REPLY, 0, 0, 9 * MILLI);
	session_say(s, 0, SAY_SSH_NEWKEYS, 0, 0, MILLI);
	for (unsigned i = 0; i < 4; i++) { /* service, user, key, channel */
		session_say(s, 0, SAY_NOISE, i == 2 ? 660 : 60 + 12 * i, 0, 6 * MILLI);
		session_say(s, 1, SAY_NOISE, 44 + 40 * i, 0, 5 * MILLI);
	}
	s->owner = (int32_t)(a - w->actors);
	s->more = true;
	s->ending = END_FIN_ORIG;
	a->until_ns = now + chance_lognormal(&a->rng, 4 * MINUTE_NS, 900);
	return 0;
}

/* A key and its echo; now and then a command's output. */
bool
model_shell_more(struct world *w, struct actor *a, struct session *s, uint64_t now)
{
	uint64_t wait = chance_lognormal(&a->rng, 260 * MILLI, 900);

	(void)w;
	if (now > a->until_ns)
		return false;
	if (rng_chance(&a->rng, 40000))
		wait += chance_lognormal(&a->rng, 9 * SECOND_NS, 1300);
	session_say(s, 0, SAY_NOISE, 36, 0, wait);
	session_say(s, 1, SAY_NOISE, 36, 0, MILLI);
	if (rng_chance(&a->rng, 90000))
		session_say(s, 1, SAY_NOISE,
		    (uint32_t)chance_pareto(&a->rng, 120, 1100, 40000), 0, 30 * MILLI);
	return true;
}
