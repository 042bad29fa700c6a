/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sightings.h - where what is listed was heard: names, URLs, fingerprints.
 *
 * Addresses need none, the pairs have them. Traits are gone once they are heard,
 * so they are held against the lists as they come. Of each host, peer, port and
 * protocol the weightiest is kept; memory is bounded, what has no room is counted.
 */
#ifndef DETECT_SIGHTINGS_H
#define DETECT_SIGHTINGS_H

#include "detect/context.h"
#include "detect/indicators.h"
#include "record/alert.h"
#include "record/trait.h"

enum sighting_how {
	SIGHTING_ASKED = 1,     /* of the peer: Host of HTTP, server name or print of TLS */
	SIGHTING_RESOLVED = 2,  /* the look-up of the name gave the peer's address */
	SIGHTING_LOOKED_UP = 3, /* the peer was asked for the name */
	SIGHTING_RULE = 4,      /* a rule of another tool said it of the contact */
};

struct sightings;

/* `set` must outlive it; NULL: no lists, rules alone. */
enum status sightings_new(struct sightings **out, const struct indicators *set,
    size_t memory, struct error *) MUST_USE;

/* A trait_sink; `state` is the sightings. */
void sightings_see(void *state, const struct trait *);

/*
 * What a rule said: of who called whom is known no more than who sent the packet, so
 * both ways are kept, and one of them was never called. An alert_sink.
 */
void sightings_alert(void *state, const struct alert *);

/* After the last trait; before the first question. */
void sightings_seal(struct sightings *);

/*
 * What is listed of a pair, by its address or by what was heard of it, into the
 * context; false: nothing. A name's key as peer: by the name. NULL: no lists.
 */
bool sightings_of(const struct sightings *, const struct ip *host, const struct ip *peer,
    const char *name, uint16_t port, uint8_t proto, uint64_t first_ns, struct context *);

/* Anything at all of this host, besides addresses? To pass over most of them. */
bool sightings_any(const struct sightings *, const struct ip *host);

uint64_t sightings_shed(const struct sightings *);
void sightings_free(struct sightings *); /* takes NULL */

#endif
