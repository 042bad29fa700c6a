/* SPDX-License-Identifier: Apache-2.0 */
/*
 * actor.h - one habit of one machine, alive.
 */
#ifndef SIMULATE_ACTOR_H
#define SIMULATE_ACTOR_H

#include "simulate/world.h"

/* Who has which habit; false when memory ran out. */
bool actor_make_all(struct world *);

/* Their first events. */
void actor_begin_all(struct world *);

void actor_wake(struct world *, unsigned actor, uint64_t now_ns);

/* A session of its own has no more script: add to it, or false to close it. */
bool actor_more(struct world *, struct session *, uint64_t now_ns);

/* A long-lived session is over: begin another one some time. */
void actor_session_over(struct world *, unsigned actor, uint64_t now_ns);

/* Peer for this occasion. */
struct peer actor_peer(struct world *, struct actor *);

#endif
