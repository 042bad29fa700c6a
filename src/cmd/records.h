/* SPDX-License-Identifier: Apache-2.0 */
/*
 * records.h - the flow records of other tools, whatever they come in.
 *
 * Captures of an exporter's datagrams, Suricata's events, columns of Argus and
 * nfdump. Each tells the meters (meters.h), from which the flows come. Read twice, the
 * same inputs give the same flows in the same order.
 */
#ifndef CMD_RECORDS_H
#define CMD_RECORDS_H

#include "base/error.h"
#include "capture/capture.h"
#include "cmd/inputs.h"
#include "cmd/meters.h"
#include "collect/eve.h"
#include "collect/eve_alert.h"
#include "collect/eve_trait.h"
#include "collect/nfdump.h"
#include "decode/packet.h"

struct records;

struct records_counts {
	struct capture_stats capture; /* that the datagrams were in */
	uint64_t verdict[DECODE_VERDICT_COUNT];
	struct nfdump_counters nfdump;
	uint64_t lines, lines_bad, lines_other; /* of text: flows, broken, no flows */
	uint64_t bad_line;                      /* the first broken one */
	char bad_why[80];
	uint64_t event[EVE_TYPE_COUNT];
	uint64_t repeated;  /* events that tell of a flow again */
	uint64_t alerts;    /* events that told what a rule said */
	uint64_t traits;    /* events that told of what flows carried */
	uint64_t zoneless;  /* times without a zone, taken for UTC */
	uint64_t strangers; /* packets that are no export datagrams */
};

/* Kinds that show in their first bytes, captures apart. */
bool records_recognise(struct span first, enum source_kind *);

/*
 * Takes `in` over, also on failure. `number`: the input's, from 1; flows that were read
 * from a line of text have it as their `source`, and the line in `where`.
 */
enum status records_open(struct records **out, struct meters *, enum source_kind,
    unsigned number, struct input *in, struct error *) MUST_USE;

/* Before the first step: who wants what the flows carried; only events of Suricata's tell. */
enum status records_traits(
    struct records *, trait_sink *, void *state, struct error *) MUST_USE;

/* Likewise, what rules said. */
void records_alerts(struct records *, alert_sink *, void *state);

/* A piece of the input; its flows go to the meters' sink. Errors: the stream broke. */
enum status records_step(struct records *, bool *more, struct error *) MUST_USE;

const struct records_counts *records_counts(struct records *);
const struct input *records_input(const struct records *);
void records_close(struct records *); /* takes NULL */

/* Captures alone: its first packets are an exporter's datagrams, all of them. */
bool records_are_exports(const struct frame_batch *);

#endif
