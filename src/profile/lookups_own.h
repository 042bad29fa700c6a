/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lookups_own.h - what lookups.c, which keeps them, lookups_take.c, which hears of them,
 * and lookups_find.c, which is asked, know of a shard's look-ups.
 */
#ifndef PROFILE_LOOKUPS_OWN_H
#define PROFILE_LOOKUPS_OWN_H

#include "profile/lookups.h"
#include "profile/slots.h"

#define LOOKUPS_LEVELS 63

struct domain {
	uint64_t hash; /* of host and text */
	struct ip host;
	uint32_t text, first; /* of its names; once sealed, in the order */
	uint32_t n;
	uint8_t len, suffix, level;
	bool listed;
};

struct lookups {
	struct lookup *name;
	uint32_t names, names_most, names_touched;
	uint32_t free; /* first of those given back, number + 1, by `next` */
	uint32_t live;
	struct lookup_address *address; /* numbers are from 1 */
	uint32_t addresses, addresses_most, addresses_touched;
	uint32_t address_free; /* first of those given back, by `next` */
	uint32_t address_live;
	struct domain *domain;
	uint32_t domains, domains_most, domains_touched;
	char *text;
	size_t used, used_most;
	struct slots name_slot, domain_slot;
	struct lookup *moved; /* where a rebuild or the seal lays the names out */
	unsigned level;
	bool sealed;
	bool only;
	char only_domain[NAME_TEXT];
	size_t only_len;
	struct lookups_counters counters;
	struct reserve reserve;
};

static inline bool
lookups_stays(unsigned level, uint64_t hash)
{
	return level == 0 || hash >> (64 - level) == 0;
}

/* The slot where what has this hash is, or would be. */
size_t lookups_name_place(const struct lookups *, uint64_t hash);
size_t lookups_domain_place(const struct lookups *, uint64_t hash);
void lookups_place_name(struct lookups *, uint32_t number);

/* Twice the places, once names or domains have filled half of theirs. */
void lookups_make_places(struct lookups *);

/* One host's names under one domain are too many: half of them go. */
void lookups_thin_domain(struct lookups *, struct domain *);

/* The shard is full: another zero bit; what stays moves together. */
void lookups_thin_all(struct lookups *);

#endif
