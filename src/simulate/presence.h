/* SPDX-License-Identifier: Apache-2.0 */
/*
 * presence.h - when a machine is on, and when somebody uses it.
 *
 * A day of a machine is a function of the seed, the machine and the day alone,
 * so it can be asked for in any order.
 */
#ifndef SIMULATE_PRESENCE_H
#define SIMULATE_PRESENCE_H

#include "simulate/scenario.h"

struct presence {
	uint64_t seed; /* of this machine */
	int64_t zone_ns;
	uint8_t hours; /* enum hours */
	uint8_t workday, weekend;
	/* the day that was asked for last */
	uint64_t day; /* local, since 1970; 0: none yet */
	bool left_on, left_on_before, here;
	uint64_t on, off; /* since midnight */
	uint64_t come, pause, back, go;
};

/* Local midnight at or before t. */
uint64_t presence_midnight(const struct presence *, uint64_t t_ns);

/*
 * t itself if the machine is in that condition then, else when it will be
 * next; UINT64_MAX if not within a month.
 */
uint64_t presence_from(struct presence *, enum when, uint64_t t_ns);

#endif
