/* SPDX-License-Identifier: Apache-2.0 */
/*
 * group.h - findings of severity info that are about the same service, told
 * as one: forty hosts that ask the time are one line and not forty.
 */
#ifndef PUBLISH_GROUP_H
#define PUBLISH_GROUP_H

#include "record/finding.h"

#define GROUPS_MAX 64

struct group {
	const struct finding
	    *first; /* borrowed; its kind, port and proto are the group's */
	size_t n;
	uint64_t shortest_ns, longest_ns; /* periods; 0 for kinds without */
	int32_t odds_mb;                  /* the highest */
	bool rest; /* all services that had no room: the last group */
};

struct groups {
	struct group at[GROUPS_MAX];
	unsigned n;
};

/* In the order in which each is first met. Findings of other severities are no matter. */
void groups_make(struct groups *, const struct finding *, size_t n);

/* The group a finding of severity info is in. */
unsigned groups_find(const struct groups *, const struct finding *);

/* "40 pairs on 123/udp", "12 pairs on other services" */
void group_name(struct buf *, const struct group *);

/* "17 min", "16 min to 17 min"; what it does for kinds without a period. */
void group_rhythm(struct buf *, const struct group *);

/* The first harmless explanation that stands, or NULL. Static text of ours. */
const char *group_benign(const struct group *);

#endif
