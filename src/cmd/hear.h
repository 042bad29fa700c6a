/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hear.h - from inputs to judged pairs, in one process.
 *
 *	read frames, decode -> [shard: flow table -> pairs] -> seal -> judge
 *
 * The work is always cut into HEAR_SHARDS parts by pair of addresses, and a
 * worker takes some of them, so that the result, what is shed for want of
 * memory included, is the same for one worker and for sixteen.
 */
#ifndef CMD_HEAR_H
#define CMD_HEAR_H

#include "base/error.h"
#include "capture/capture.h"
#include "cmd/inputs.h"
#include "cmd/records.h"
#include "collect/zeek.h"
#include "decode/packet.h"
#include "flow/table.h"
#include "profile/lookups.h"
#include "profile/manners.h"
#include "profile/names.h"
#include "profile/pairs.h"
#include "profile/tunnels.h"
#include "protocol/reader.h"

#define HEAR_SHARDS 16

struct hear_options {
	unsigned workers; /* 1 .. HEAR_SHARDS */
	size_t memory;    /* bytes for all tables together */
	struct flow_limits flow;
	struct filter *filter; /* what is wanted; NULL: all */
	bool progress;
	/*
	 * Who wants each flow and each trait as well, NULL if nobody does. Called from
	 * one thread, in an order that depends on the input alone.
	 */
	flow_sink *flow_tap;
	trait_sink *trait_tap;
	alert_sink *alert_tap; /* and what rules of other tools said */
	void *tap_state;
};

/* What of `memory` is for IP fragments on their way to become packets. */
static inline size_t
hear_fragments(size_t memory)
{
	size_t most = (size_t)4 << 20; /* Linux allows its fragments as much */

	return memory / 64 < most ? memory / 64 : most;
}

/* What was read, and what was not seen. */
struct hear_counts {
	uint64_t verdict[DECODE_VERDICT_COUNT];
	uint64_t trouble[TROUBLE_COUNT]; /* of tunnels that were not followed */
	uint64_t bad_sums;               /* packets with a wrong checksum */
	uint64_t tunnelled;              /* packets that came in a tunnel */
	uint64_t proto[256];             /* packets by IP protocol, the innermost */
	struct capture_stats capture;    /* sums; coarsest resolution */
	uint64_t lines, lines_bad, lines_other;
	uint64_t certificates, odds; /* of them, in x509 and weird logs */
	struct zeek_odds odd;
	uint64_t certificates_shed;
	struct records_counts records; /* sums */
	struct meters_counts meters;
	uint64_t records_outside; /* of logs: left out by the window of time */
	struct flow_counters flow;
	struct reader_counters reader;
	struct pairs_counters pairs;
	struct names_counters names;
	struct lookups_counters lookups;
	struct manners_counters manners;
	uint64_t tunnels_shed;  /* flows whose carriers were forgotten */
	uint64_t traits;        /* that names were told of; lines counts those of logs */
	unsigned inputs_broken; /* ended before their end */
};

struct hear;

/*
 * Each sentence about an input, with file and offset or line; `hard` when it
 * ended before its end.
 */
typedef void hear_note(void *state, bool hard, const char *sentence);

enum status hear_new(struct hear **out, const struct hear_options *, hear_note *,
    void *state, struct error *) MUST_USE;

/* Read one source to its end. A source that ends early is a note, and OK. */
enum status hear_read(
    struct hear *, struct source *, unsigned index, struct error *) MUST_USE;

/*
 * The seam through which every source gives what flows carried, from the thread
 * that reads; `t` is read before it returns. What comes of it depends on the set
 * of traits alone. A trait is at home in the shard of its originator, where the
 * flow is that carried it.
 */
void hear_traits(struct hear *, const struct trait *);

/* No more input: end the flows, seal the pairs. */
enum status hear_seal(struct hear *, struct error *) MUST_USE;

struct pairs *const *hear_pairs(const struct hear *); /* HEAR_SHARDS of them */
struct names *const *hear_names(const struct hear *); /* as many */
struct lookups *const *hear_lookups(const struct hear *);
struct manners *const *hear_manners(const struct hear *);
struct tunnels *const *hear_tunnels(const struct hear *);
const struct hear_counts *hear_counts(const struct hear *);
void hear_free(struct hear *); /* takes NULL */

#endif
