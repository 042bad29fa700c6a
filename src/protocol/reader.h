/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reader.h - what the flows of a table carry, as traits.
 *
 * A reader watches one flow table. It reads of each flow as much as the flow's
 * protocol needs and no more. Memory is bounded: when it is used up, further
 * flows are not read and are counted in `unread`. The same packets give the same
 * traits in the same order, in batches of any size.
 */
#ifndef PROTOCOL_READER_H
#define PROTOCOL_READER_H

#include "flow/table.h"
#include "record/trait.h"

#define READER_COUNTERS(X)                                    \
	X(talks, "flows with content that was looked at")     \
	X(known, "of them, in a protocol we read")            \
	X(traits, "traits told")                              \
	X(unread, "flows not read for want of memory")        \
	X(lost, "streams given up: holes, or too long lines") \
	X(lies, "messages that contradict themselves")

struct reader_counters {
#define X(name, why) uint64_t name;
	READER_COUNTERS(X)
#undef X
};

struct reader;

/* `sink` gets each trait with its ends and time; source, where and uid are 0. */
enum status reader_new(struct reader **out, size_t memory, trait_sink *sink, void *state,
    struct error *) MUST_USE;

/* To be given to flow_table_watch; the reader must live as long as the table. */
struct flow_watch reader_watch(struct reader *);

const struct reader_counters *reader_counters(const struct reader *);
void reader_free(struct reader *); /* takes NULL */

#endif
