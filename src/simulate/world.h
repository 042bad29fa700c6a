/* SPDX-License-Identifier: Apache-2.0 */
/*
 * world.h - the machines of a site, the places outside, and time.
 *
 * Everything is made once from the scenario's tables and the seed, in an arena
 * with a limit. Then events are taken in the order of time: a habit that wakes
 * begins conversations, and a conversation that ticks emits a packet.
 */
#ifndef SIMULATE_WORLD_H
#define SIMULATE_WORLD_H

#include "base/arena.h"
#include "simulate/heap.h"
#include "simulate/presence.h"

#define WORLD_NAME      64
#define WORLD_ADDRESSES 4
#define WORLD_SESSIONS  4096 /* conversations open at a time, unless less is asked */
#define WORLD_MEMORY    ((size_t)64 << 20)
#define WORLD_MET       4

struct host {
	char name[24];
	struct ip ip, six;
	struct presence presence;
	uint64_t turn_ns;
	uint32_t roles, ports; /* how many new ports it has used */
	uint8_t mac[6];
	uint8_t stack;
	bool has_six;
};

struct place {
	char name[WORLD_NAME]; /* "" when it has none */
	struct ip ip[WORLD_ADDRESSES], six;
	struct ip *pool; /* instead of `ip`; NULL: none */
	uint64_t rtt_ns;
	uint32_t ttl_s, flight; /* bytes of a TLS server's first flight */
	uint16_t pools; /* addresses of the pool; behind them come the first again */
	uint8_t shown;  /* of the pool, in one answer */
	uint8_t group, n, hops, stack;
	bool has_six, tls13;
};

/* Somebody to talk to. */
struct peer {
	enum { PEER_NOBODY, PEER_PLACE, PEER_HOST, PEER_CAST } kind;
	uint16_t index;
};

/* An address that a habit has talked to, for the ground truth. */
struct met {
	struct ip ip;
	uint64_t first_ns, last_ns;
	uint32_t times;
};

/* One habit of one machine. */
struct actor {
	const struct habit *habit;
	struct beat beat; /* the habit's, unless the plan has another for it */
	struct rng rng;
	struct beat_past past;
	uint64_t until_ns; /* the models': when what they do is over */
	uint32_t state;    /* the models' */
	uint16_t host;
	struct peer peer;
	bool begun;
	struct met met[WORLD_MET];
};

/* What a machine remembers of a place, in seconds since 1970. */
struct known {
	uint32_t until_s; /* its DNS record */
	uint32_t open_s;  /* a browser's connection that can be used again */
	uint16_t which;   /* of its addresses */
};

struct world {
	const struct scenario *scenario;
	struct sink *sink; /* borrowed */
	uint64_t seed, start_ns, end_ns, now_ns;
	bool no_clock;
	struct arena arena;
	struct heap heap;
	struct host *hosts;
	struct place *places;
	struct known *known; /* [host][place] */
	struct actor *actors;
	struct session *sessions;
	uint16_t *idle; /* sessions not in use */
	unsigned n_hosts, n_places, n_actors, n_sessions, n_idle;
	unsigned gateway, resolver;
	unsigned first_of[GROUP_COUNT], n_of[GROUP_COUNT]; /* places by group */
	bool crowded; /* more than n_sessions were wanted */
};

/* All but the scenario, the seed and the times may be 0: WORLD_SESSIONS, WORLD_MEMORY. */
struct world_plan {
	const struct scenario *scenario;
	uint64_t seed, start_ns, end_ns;
	size_t memory;
	uint16_t sessions;
	bool no_clock; /* what is controlled sleeps for times without memory */
};

enum status world_build(
    struct world *, const struct world_plan *, struct sink *, struct error *) MUST_USE;
void world_release(struct world *);

/* Take events until `until_ns`; E_LIMIT when too many things happen at a time. */
enum status world_run(struct world *, uint64_t until_ns, struct error *) MUST_USE;

/* What is still open is counted as it stands. */
void world_settle(struct world *);

/* The place outside, or NULL for somebody inside. */
static inline struct place *
world_place(const struct world *w, struct peer p)
{
	return p.kind == PEER_PLACE ? &w->places[p.index] : NULL;
}

/* Its addresses from that one on, as one answer shows them. */
static inline const struct ip *
place_ip(const struct place *p, unsigned which)
{
	return p->pool ? &p->pool[which] : &p->ip[which];
}

/*
 * A conversation of the actor with `peer` that begins at `at_ns`: ends, ports,
 * names and service are set, the script is empty. NULL, and the world crowded,
 * when there is no room.
 */
struct session *world_open(
    struct world *, struct actor *, struct peer peer, uint8_t proto, uint64_t at_ns);

/* Without an actor: for what machines do for each other, as DNS. */
struct session *world_open_between(struct world *, unsigned host, struct peer peer,
    uint8_t proto, uint16_t port, uint64_t seed, uint64_t at_ns);

/*
 * The machine wants to know the address of a place; DNS is asked if it does
 * not remember. Returns when it knows.
 */
uint64_t world_resolve(struct world *, unsigned host, unsigned place, uint64_t at_ns);

/* A name that does not exist. */
void world_ask_in_vain(
    struct world *, unsigned host, const char *name, uint64_t seed, uint64_t at_ns);

struct known *world_known(struct world *, unsigned host, unsigned place);

#endif
