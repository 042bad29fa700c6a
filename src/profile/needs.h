/* SPDX-License-Identifier: Apache-2.0 */
/*
 * needs.h - rules that allow what a device was heard to do, and no more.
 *
 * For the file of a device of one purpose (RFC 8520), to be read by a person
 * before it is believed: what was heard may have been bad already.
 *
 * A peer of ours is allowed by its address, one outside by the name that the
 * device calls it, and by its address if it has none. Whom the device answered
 * is allowed to call it.
 */
#ifndef PROFILE_NEEDS_H
#define PROFILE_NEEDS_H

#include "profile/hosts.h"
#include "profile/names.h"
#include "profile/pairs.h"
#include "record/permit.h"

#define NEEDS_DEVICE 8    /* addresses of one device */
#define NEEDS_MOST   2048 /* rules; a device that needs more has no one purpose */

struct needs_input {
	struct ip device[NEEDS_DEVICE];
	unsigned devices;
	struct pairs *const *shard; /* sealed, and their names */
	struct names *const *names;
	size_t shards;
	const struct hosts *hosts;
};

struct needs {
	struct permit *rule; /* malloced; texts are the names' */
	size_t n;
	uint64_t first_ns, last_ns; /* first and last call of the device or to it */
	uint64_t nameless;          /* rules for an address outside: it may change */
	uint64_t strangers;         /* rules for callers from outside */
};

/* E_LIMIT: more than NEEDS_MOST. No rule at all: OK, n is 0. */
enum status needs_of(
    struct needs *out, const struct needs_input *, struct error *) MUST_USE;
void needs_release(struct needs *);

#endif
