/* SPDX-License-Identifier: Apache-2.0 */
/*
 * people.h - the machines and the places of a world, made from its tables.
 */
#ifndef SIMULATE_PEOPLE_H
#define SIMULATE_PEOPLE_H

#include "simulate/world.h"

/* Fill w->hosts and w->places; false when memory ran out. */
bool people_hosts(struct world *);
bool people_places(struct world *);

#endif
