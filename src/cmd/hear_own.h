/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hear_own.h - what the files of hear share.
 *
 * hear.c makes the parts and seals them, hear_packets.c brings frames to the
 * shards of flows, hear_shard.c takes what these end and tell to the shards of
 * hosts, hear_logs.c brings there what logs and records hold.
 */
#ifndef CMD_HEAR_OWN_H
#define CMD_HEAR_OWN_H

#include <assert.h>

#include "base/arena.h"
#include "cmd/crew.h"
#include "cmd/hear.h"
#include "decode/clock.h"
#include "flow/fragment.h"
#include "record/trait_queue.h"

#define HEAR_UNIT  2048 /* packets between two hand-overs: enough to pay for the barrier */
#define HEAR_FLOWS 256  /* of logs, likewise */

/*
 * Packets on their way from the reader to the shards. There are two: the crew
 * works on one while the reader fills the other.
 */
struct unit {
	_Alignas(64) struct packet packet[HEAR_UNIT]; /* of two lines of cache */
	const struct packet *order[HEAR_UNIT];        /* by shard */
	uint8_t shard[HEAR_UNIT];                     /* of each packet */
	unsigned n;
	unsigned start[HEAR_SHARDS + 1];
	struct arena bytes; /* copies of frames whose input is a moving window */
};

/* A flow that is over, on its way to the shard of its originator. */
struct ended {
	struct flow flow;
	uint32_t next; /* of those that go there: number + 1; 0: none */
};

/*
 * A shard of flows is by pair of addresses, so that both directions meet. A
 * shard of pairs is by host, so that all a host does meets. Flows that ended and
 * traits that were told wait until the unit is done, in a lane for each shard of
 * pairs. Then each of these takes its own from all of them, in order: who took
 * which does not depend on workers.
 */
struct shard {
	struct hear *hear;
	struct flow_table *flows;
	struct ended *ended;
	uint32_t n, room;
	uint32_t first[HEAR_SHARDS], last[HEAR_SHARDS]; /* of each lane: number + 1 */
	uint64_t lost; /* ended flows for which there was no memory */

	struct reader *reader;
	struct trait_queue traits; /* of this unit */
	uint64_t traits_lost;

	struct pairs *pairs;
	struct names *names;
	struct lookups *lookups;
	struct manners *manners;
	struct tunnels *tunnels;
	enum status sealed;
	struct error why;
};
static_assert(HEAR_SHARDS <= TRAIT_LANES, "a lane for each shard");

/* Flows of records on their way to the pairs. */
struct gather {
	struct hear *hear;
	unsigned n;
	struct flow flow[HEAR_FLOWS];
};

struct hear {
	struct hear_options options;
	struct hear_counts counts;
	hear_note *note;
	void *note_state;
	struct crew *crew;
	struct unit *unit[2];
	unsigned filling;
	struct unit *working; /* what the crew is at */
	/*
	 * Pieces are put together before the shards: what is inside a tunnel has
	 * other addresses than the pieces it came in.
	 */
	struct fragments *fragments;
	bool unsettled; /* the packet behind those of the unit that is being filled */
	struct clock clock;
	uint64_t bytes_before; /* of the sources already read, for progress */
	unsigned source;
	struct shard shard[HEAR_SHARDS];
	struct pairs *pairs[HEAR_SHARDS];
	struct meters *meters; /* NULL until there are records of them */
	struct gather gather;
	struct zeek_join *join;           /* NULL until there is a log of Zeek's */
	struct known *known[HEAR_SHARDS]; /* of each worker; NULL: not yet */
	struct names *names[HEAR_SHARDS];
	struct lookups *lookups[HEAR_SHARDS];
	struct manners *manners[HEAR_SHARDS];
	struct tunnels *tunnels[HEAR_SHARDS];
};

/* The shard of pairs of an originator. */
static inline unsigned
hear_home(const struct ip *host)
{
	return flow_shard(host, host, HEAR_SHARDS);
}

/* hear_shard.c */

/* `part`: bytes for all of its tables. */
enum status hear_shard_new(struct hear *, struct shard *, size_t part, struct error *);

/* What the shards ended and told goes to the pairs; the crew is idle before and after. */
void hear_sum_up(struct hear *);

/* All its open flows end; what it held for flows is given back. */
void hear_shard_finish(struct hear *, struct shard *);
void hear_shard_free(struct shard *);

/* A trait to what is kept of its originator. */
void hear_keep_trait(struct shard *, const struct trait *);

/* hear_packets.c and hear_logs.c: read to the end, which is a note if it comes early. */
enum status hear_capture(
    struct hear *, struct input *, uint64_t next_ns, struct error *) MUST_USE;
enum status hear_zeek(struct hear *, struct input *, struct error *) MUST_USE;
enum status hear_records(
    struct hear *, enum source_kind, struct input *, struct error *) MUST_USE;

/* The flows that waited for their other direction to the end. */
void hear_meters_end(struct hear *);

void hear_count_capture(struct hear_counts *, const struct capture_stats *);

/* An input that ended early, and what of it was kept. */
void hear_note_end(struct hear *, const struct error *, uint64_t kept, const char *what);

#endif
