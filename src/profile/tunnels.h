/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tunnels.h - between whom flows were carried inside packets of others.
 *
 * Of each two ends that carried something: what in, how much, which hosts were heard
 * behind either, and whether answers came back through it. Everything merges without
 * order. Memory is bounded: when it is full, those stay whose hash begins with another
 * zero bit, and the flows of the others are counted.
 */
#ifndef PROFILE_TUNNELS_H
#define PROFILE_TUNNELS_H

#include "base/error.h"
#include "record/flow.h"

#define TUNNEL_INNER 4 /* hosts behind an end that are kept: the least addresses */

struct tunnel_end {
	struct ip ip;
	struct ip inner[TUNNEL_INNER];
	uint8_t inners;
	bool more;               /* than are kept */
	uint64_t packets, bytes; /* of flows that it carried out, by IP; of a tap all */
};

struct tunnel_pair {
	struct tunnel_end end[2];       /* the lesser address first */
	uint32_t kinds;                 /* bits 1 << enum tunnel */
	uint64_t flows, back, mirrored; /* all; by enum flow_carried */
	uint64_t first_ns, last_ns;
};

struct tunnels;

enum status tunnels_new(struct tunnels **out, size_t memory, struct error *) MUST_USE;
void tunnels_see(
    struct tunnels *, const struct flow *); /* others than of tunnels are passed by */

/* What several have of the same two ends, as one. False: none has anything. */
bool tunnels_find(struct tunnels *const *, size_t n, const struct ip *a, const struct ip *b,
    struct tunnel_pair *out);

/*
 * Number i of what part `which` has, as one with what the others have of the same two
 * ends. False where an earlier part has them, too: so each is told once.
 */
size_t tunnels_count(const struct tunnels *);
bool tunnels_at(
    struct tunnels *const *, size_t n, size_t which, size_t i, struct tunnel_pair *out);

/* Is `ip` an end of number i? It asks this part alone, and is cheap. */
bool tunnels_ends_at(const struct tunnels *, size_t i, const struct ip *);

/* Flows that were forgotten for want of memory. */
uint64_t tunnels_shed(const struct tunnels *);
void tunnels_free(struct tunnels *); /* takes NULL */

#endif
