/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lookups.h - what the hosts of a shard looked up, domain by domain.
 *
 * Of each distinct name that a host asked for we keep 64 bytes: when, how often,
 * of which kind, whether it exists, and how much it can tell. They hang under
 * the domain that somebody registered. All of it merges: counts add up, times
 * are the earliest and the latest, so that the order of traits does not matter.
 *
 * Memory is bounded twice. A domain with more than LOOKUPS_MOST names of one
 * host keeps those whose hash begins with another zero bit, again and again; so
 * does the whole shard when it is full. What is kept is a function of the set
 * of traits, and 2^level tells how many each of them stands for.
 */
#ifndef PROFILE_LOOKUPS_H
#define PROFILE_LOOKUPS_H

#include "base/error.h"
#include "profile/names.h"
#include "record/trait.h"

#define LOOKUPS_MOST 2048 /* names of one host under one domain */
#define LOOKUPS_ADDRESSES \
	64 /* that a name had for a host; of more, those with the smallest hash */

enum lookup_flags {
	LOOKUP_ADDRESS = 1, /* what is before the domain is an address, as of block lists */
};

/* One name, asked for by one host. */
struct lookup {
	uint64_t hash; /* of host and name */
	uint64_t first_ns, last_ns;
	uint32_t asked;  /* all of these saturate */
	uint32_t failed; /* there is no such name */
	uint32_t found;  /* it exists */
	uint32_t raw;    /* asked for NULL, KEY or a private type: bytes for programs */
	uint32_t rich;   /* asked for TXT, CNAME, MX or SRV: room for text */
	uint32_t told;   /* bytes of the texts that came back */
	uint32_t domain, next;
	uint16_t bits;    /* that the labels before the domain can tell, at most */
	uint8_t label;    /* octets of them */
	uint8_t flags;    /* enum lookup_flags */
	uint32_t address; /* the first of them, for lookups_address; 0: none */
};
static_assert(sizeof(struct lookup) == 64, "lookup has a hole in it");

/* An address in the world that a look-up of the name gave. */
struct lookup_address {
	struct ip ip;
	uint64_t first_ns;
	uint32_t ttl; /* the longest that was told, in seconds */
	uint32_t next;
};
static_assert(sizeof(struct lookup_address) == 32, "lookup_address has a hole in it");

struct lookups;

/* `memory`: bytes, more than LOOKUPS_MEMORY are not used, so that all can have as much. */
#define LOOKUPS_MEMORY ((size_t)256 << 20)
enum status lookups_new(struct lookups **out, size_t memory, struct error *) MUST_USE;

/* Only names under this domain, and it is their domain: a slice was split already. */
void lookups_only(struct lookups *, const char *domain);

/* Traits that are no look-ups of a resolver, and names of addresses, are passed by. */
void lookups_see(struct lookups *, const struct trait *);

/* The same of one of many traits: fetched in all steps, then taken (mention.h). */
void lookups_fetch(const struct lookups *, struct mention *, unsigned step);
void lookups_take(struct lookups *, struct mention *);

/* Keep no more than at this level: a slice is thinned as the whole was. */
void lookups_thin(struct lookups *, unsigned level);

/* The domain that a look-up would be filed under; "" none. */
void lookups_domain(const struct trait *, char out[static NAME_TEXT]);

/* After the last trait; what the functions below return is valid until lookups_free. */
void lookups_seal(struct lookups *);

/* A host's names under a domain, in the order of their first look-up. */
struct lookup_domain {
	struct ip host;
	const char *text;
	const struct lookup *name;
	size_t n;
	unsigned level; /* each name stands for 2^level */
	uint8_t suffix; /* where in the text the public suffix begins */
	bool listed;    /* it is a registry's */
};

/* In the order of host and text. */
size_t lookups_domains(const struct lookups *);
struct lookup_domain lookups_at(const struct lookups *, size_t i);

/* Those of a host: [first, end). */
void lookups_of(const struct lookups *, const struct ip *host, size_t *first, size_t *end);
bool lookups_find(const struct lookups *, const struct ip *host, const char *domain,
    struct lookup_domain *out);

/*
 * One of a name's addresses: `*at` is lookup.address to begin with and goes on to
 * the next. NULL: no more. In no order.
 */
const struct lookup_address *lookups_address(const struct lookups *, uint32_t *at);

unsigned lookups_level(const struct lookups *);

struct lookups_counters {
	uint64_t seen; /* look-ups */
	uint64_t shed; /* of them, of names that are not kept */
};
const struct lookups_counters *lookups_counters(const struct lookups *);
void lookups_free(struct lookups *); /* takes NULL */

#endif
