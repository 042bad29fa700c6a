/* SPDX-License-Identifier: Apache-2.0 */
/*
 * manners_own.h - what manners.c, which hears of them, and manners_find.c, which is asked,
 * know of a shard's manners.
 */
#ifndef PROFILE_MANNERS_OWN_H
#define PROFILE_MANNERS_OWN_H

#include "profile/call.h"
#include "profile/manners.h"
#include "profile/own_address.h"
#include "profile/slots.h"

/* How many hosts of the shard have it: asked of every pair, and common ones have many. */
struct print {
	uint64_t print;
	uint64_t hosts;
};

struct manners {
	struct manner *at;
	uint32_t n, most, touched;
	struct slots slot;
	unsigned level;
	uint32_t *by_host;  /* sealed: in order of host and place */
	struct call *order; /* room of the seal */
	union {
		struct call *other;  /* as well */
		struct print *print; /* sealed: each fingerprint once, in order */
	};
	uint32_t prints;
	uint64_t speakers;
	bool sealed;
	struct own_address_filter own_address;
	struct manners_counters counters;
	struct reserve reserve;
};

/* Host, peer, port, protocol and kind of it. */
uint64_t manners_hash(const struct manner *);

/* The slot of what has the same, or where it would be. */
size_t manners_slot(const struct manners *, const struct manner *, uint64_t hash);

#endif
