/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names_own.h - what names.c, which keeps them, names_take.c, which hears of them, and
 * names_find.c, which is asked, know of a shard's names.
 */
#ifndef PROFILE_NAMES_OWN_H
#define PROFILE_NAMES_OWN_H

#include "profile/call.h"
#include "profile/mention.h"
#include "profile/names.h"
#include "profile/slots.h"

struct name {
	uint64_t hash; /* XXH3 of the text */
	struct ip key;
	uint32_t text; /* where it begins */
	uint32_t len;
};

struct names {
	struct name *name; /* 0: nobody */
	uint32_t names, names_most, names_touched;
	char *text;
	size_t used, used_most;
	struct name_link *link;
	uint32_t links, links_most, links_touched;
	struct slots name_slot; /* by text; sealed: by key */
	struct slots link_slot;
	unsigned level;    /* of shedding: so many leading zero bits */
	uint32_t *moved;   /* where names go when others are shed */
	uint32_t *by_name; /* sealed: links by host, key of the name, and the rest */
	/*
	 * Sealed: for each link its host and address, and for each of by_name its host
	 * and name, as numbers to search in. They lie in `sorted`, one behind the other.
	 */
	uint64_t *at_place, *by_place;
	struct call *sorted; /* room for sorting, one for each link */
	bool sealed;
	struct names_counters counters;
	struct reserve reserve;
};

/* Of a link to this name, but for the address; name_port and the rest as in the link. */
uint64_t names_link_base(const struct name_link *, uint64_t name_hash);

/* Peers choose addresses: what they could make collide is hidden behind who asked for what. */
static inline uint64_t
names_link_hash(uint64_t base, const struct ip *address)
{
	unsigned __int128 m;
	uint64_t w[2];

	memcpy(w, address, sizeof w);
	m = (unsigned __int128)(w[0] ^ base) * (w[1] ^ UINT64_C(0xbf58476d1ce4e5b9));
	return ((uint64_t)m ^ (uint64_t)(m >> 64)) ^ base;
}

/* One more sighting of what is mentioned, and the number that its name has into the link. */
void names_add_link(struct names *, struct name_link *, const struct mention *);

#endif
