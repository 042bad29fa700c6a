/* SPDX-License-Identifier: Apache-2.0 */
/* Names: machines ask the site's resolver, and the resolver asks the provider. */
#include "simulate/chance.h"
#include "simulate/world.h"

#include "base/stamp.h"

#define MILLI     UINT64_C(1000000)
#define DNS_PORT  53
#define TYPE_A    1
#define TYPE_AAAA 28

/* What is said of a name; no address: there is no such name. */
struct answer {
	const struct ip *ip;
	uint8_t n;
	uint32_t ttl_s;
};

/* A question and its answer; `wait` is what the answerer needs beyond the way. */
static void
ask(struct world *w, unsigned host, struct peer to, const char *name, unsigned type,
    struct answer answer, uint64_t seed, uint64_t at, uint64_t wait)
{
	struct session *s = world_open_between(w, host, to, PROTO_UDP, DNS_PORT, seed, at);

	if (s == NULL)
		return;
	s->name = name;
	s->address = answer.ip;
	s->addresses = answer.n;
	s->ttl_s = answer.ttl_s;
	s->service = SERVICE_DNS;
	session_say(s, 0, SAY_DNS_QUERY, 0, type, 0);
	session_say(s, 1, SAY_DNS_REPLY, 0, type, wait);
}

static struct peer
upstream(struct world *w, uint64_t seed)
{
	unsigned n = w->n_of[GROUP_NAMES];

	return (struct peer){ PEER_PLACE,
		(uint16_t)(w->first_of[GROUP_NAMES] + (seed % 8 == 0 ? seed / 8 % n : 0)) };
}

/* What the resolver adds: the way to the provider, when it has to go there. */
static uint64_t
far(struct world *w, const char *name, unsigned type, struct answer answer, uint64_t seed,
    uint64_t at)
{
	struct peer up = upstream(w, seed);
	uint64_t recursion = MILLI + seed % (30 * MILLI);

	ask(w, w->resolver, up, name, type, answer, seed + 1, at, recursion);
	return w->places[up.index].rtt_ns * 5 / 4 + recursion + MILLI;
}

uint64_t
world_resolve(struct world *w, unsigned host, unsigned place, uint64_t at)
{
	struct place *p = &w->places[place];
	struct known *mine = world_known(w, host, place);
	struct known *ours = world_known(w, w->resolver, place);
	uint32_t now_s = (uint32_t)(at / SECOND_NS);
	uint64_t seed = rng_mix(rng_mix(w->seed, at), (uint64_t)host << 16 | place);
	bool six = p->has_six && w->hosts[host].has_six;
	struct peer to = { PEER_HOST, (uint16_t)w->resolver };
	struct answer four = { .n = p->pool ? p->shown : 1 };
	struct answer other = { .ip = &p->six, .n = 1, .ttl_s = p->ttl_s };
	uint64_t wait = 0;

	if (p->name[0] == '\0' || mine->until_s > now_s)
		return at;
	if (ours->until_s <= now_s) {
		ours->which = (uint16_t)(seed % (p->pool ? p->pools : p->n));
		ours->until_s = now_s + p->ttl_s;
		four.ip = place_ip(p, ours->which);
		four.ttl_s = p->ttl_s;
		wait = far(w, p->name, TYPE_A, four, seed, at + MILLI / 2);
		if (six)
			far(w, p->name, TYPE_AAAA, other, seed + 7, at + MILLI * 3 / 4);
	}
	mine->until_s = ours->until_s;
	mine->which = ours->which;
	if (host == w->resolver)
		return at + wait + MILLI;
	four.ip = place_ip(p, mine->which);
	four.ttl_s = other.ttl_s = mine->until_s - now_s;
	ask(w, host, to, p->name, TYPE_A, four, seed + 2, at, wait);
	if (six)
		ask(w, host, to, p->name, TYPE_AAAA, other, seed + 3, at + MILLI / 5,
		    wait + 40 * MILLI * (wait > 0));
	return at + wait + (six && wait ? 40 * MILLI : 0) + 2 * MILLI;
}

void
world_ask_in_vain(
    struct world *w, unsigned host, const char *name, uint64_t seed, uint64_t at)
{
	struct peer to = { PEER_HOST, (uint16_t)w->resolver };
	struct answer none = { .ip = NULL };
	uint64_t wait = 0;

	if (seed % 3 == 0) /* else the resolver remembers that there is none */
		wait = far(w, name, TYPE_A, none, seed, at + MILLI / 2);
	ask(w, host, to, name, TYPE_A, none, seed + 2, at, wait);
}
