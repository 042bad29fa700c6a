/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.h - the names that a shard's hosts asked for.
 *
 * Beside an address a peer may have names: those whose look-up gave the address,
 * and those asked for there (Host of HTTP, the server name of TLS). A name is a
 * peer of its own, too: behind a proxy it is the only one. So that it fits where
 * addresses do, a name is an address in 0100::/8, of which nothing is routed
 * (RFC 6666 has the discard prefix there): a byte 1 and 15 bytes of SHA-256 of
 * the name. A pair of such a peer whose name is not known here is no pair.
 *
 * Memory is bounded: when it is full, the names whose hash begins with another
 * zero bit stay, so that what is kept depends on the set of traits alone.
 */
#ifndef PROFILE_NAMES_H
#define PROFILE_NAMES_H

#include "base/error.h"
#include "profile/mention.h"
#include "profile/pairs.h"

/* Of a name that is clean. */
struct ip name_key(struct span clean);

static inline bool
name_is_key(const struct ip *ip)
{
	return ip->b[0] == 1;
}

enum name_how {
	NAME_LOOKED_UP = 1, /* an answer of DNS gave the address */
	NAME_HTTP = 2,      /* asked for there, or nothing was named */
	NAME_TLS = 4,
	NAME_PROXIED = 8, /* asked of a proxy at the address */
};

/* One name of one address to one host. */
struct name_link {
	struct ip host, address;
	uint32_t name;      /* 0: a request that named nobody, or an address */
	uint32_t n;         /* how often, saturating */
	uint16_t port;      /* of the address; looked up: 0 */
	uint16_t name_port; /* of the pair by name */
	uint8_t proto;      /* looked up: 0 */
	uint8_t how;        /* enum name_how */
	uint8_t zero[2];
};
static_assert(sizeof(struct name_link) == 48, "name_link has a hole in it");

/* The port of whom a trait asks for: of a proxy it is not that of the flow. */
uint16_t names_port(const struct trait *);

struct names;

enum status names_new(struct names **out, size_t memory, struct error *) MUST_USE;

/*
 * What a trait says: to the names, which may be NULL, and as contacts to the
 * pairs: one with the address, and one with the name if there is one.
 */
void names_see(struct names *, struct pairs *, const struct trait *);

/*
 * What an earlier run knew of a name: `name` and `n` of the link are not read, `text` is
 * the name, "" when nobody was named. Before the seal.
 */
void names_learn(struct names *, const struct name_link *, const char *text);

/* The same of one of many traits: fetched in all steps, then taken (mention.h). */
void names_fetch(
    const struct names *, const struct pairs *, struct mention *, unsigned step);
void names_take(struct names *, struct pairs *, const struct mention *);

/* After the last trait; what the functions below return is valid until names_free. */
void names_seal(struct names *);

/* The text of a name's number or key, terminated; NULL: none of ours. */
const char *names_text(const struct names *, uint32_t name);
const char *names_text_of(const struct names *, const struct ip *key);

/* All links of a host to an address, or to a name: in one order whatever came first. */
const struct name_link *names_at(
    const struct names *, const struct ip *host, const struct ip *address, size_t *n);
/* `link[i]` numbers; resolve with names_link. */
const uint32_t *names_by(
    const struct names *, const struct ip *host, const struct ip *key, size_t *n);
const struct name_link *names_link(const struct names *, uint32_t i);

/* How many names the host looked up and got an address for. */
uint64_t names_lookups(const struct names *, const struct ip *host);

struct names_counters {
	uint64_t seen; /* sightings of a name with an address */
	uint64_t shed; /* of them forgotten for want of memory */
};
const struct names_counters *names_counters(const struct names *);
void names_free(struct names *); /* takes NULL */

#endif
