/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table.h - packets become flows.
 *
 * A table holds the open flows of one shard of host pairs. Everything is
 * driven by capture time: `packet.clock_ns`, the latest time of the run so
 * far, which is the same however the work is split and never runs back. A flow
 * is over when the clock has run past the clock at its last packet by more than
 * its idle limit; for an attempt its first SYN counts instead, and for a closed
 * connection the packet that closed it. Whether the table has already swept it
 * away or still holds it makes no difference to the result. A SYN that opens
 * another connection with the same addresses and ports ends the one before it.
 *
 * The five-tuple decides, as in Zeek: two VLANs with the same addresses are one.
 *
 * Fragments are put together here (RFC 815, RFC 8200 section 4.5; overlaps are
 * dropped as RFC 5722 asks), with a limit and a counter. What they become is one
 * packet with one IP header, as Zeek counts it, so that the packets of all flows
 * are packets - fragments + reassembled.
 */
#ifndef FLOW_TABLE_H
#define FLOW_TABLE_H

#include "base/error.h"
#include "decode/packet.h"
#include "record/flow.h"

/* Idle and active limits in ns, each at least 1. Zeek's values are the default. */
struct flow_limits {
	uint64_t tcp_idle_ns;    /* established: 5 min */
	uint64_t tcp_attempt_ns; /* SYN without any answer: 5 s from the first */
	uint64_t tcp_closed_ns;  /* after FINs both ways or a RST: 5 s from then */
	uint64_t udp_idle_ns;    /* 1 min; ICMP and all else too */
	uint64_t query_idle_ns;  /* UDP of DNS, mDNS, LLMNR, NetBIOS names: 10 s */
	uint64_t active_ns;      /* cut a slice after this long; 0: never */
	size_t memory;           /* bytes this table may use */
	bool whole;              /* no fragments will come: their memory is for flows */
	uint64_t
	    secret; /* against chosen collisions, where packets are hostile; changes no result */
};

struct flow_limits flow_limits_default(void);

#define FLOW_COUNTERS(X)                                                 \
	X(packets, "packets seen")                                       \
	X(flows, "flows finished")                                       \
	X(slices, "slices cut by the active timeout")                    \
	X(shed, "flows ended early for want of memory")                  \
	X(bad_sums, "packets with a wrong checksum, left out of a flow") \
	X(fragments, "IP fragments seen")                                \
	X(reassembled, "packets put together from fragments")            \
	X(fragments_lost, "fragments dropped: incomplete, overlapping or too many")

struct flow_counters {
#define X(name, why) uint64_t name;
	FLOW_COUNTERS(X)
#undef X
};

struct flow_table;

/* Called once for each flow or slice that ended. `flow` is valid during the call. */
typedef void flow_sink(void *state, const struct flow *flow);

/*
 * For those who read what flows carry. All calls come in the order of capture.
 * A flow is known by its slot, which is its own from the first call until
 * `ended` and then another's.
 */
struct flow_payload {
	uint32_t slot;
	bool from_resp;
	uint64_t at; /* TCP: offset in the stream of its direction; else bytes before */
	struct span data;        /* the captured part; valid during the call */
	uint32_t length;         /* what the headers say, >= data.len */
	const struct packet *in; /* valid during the call */
	/* UDP, and TCP once both ends have opened it: when it began. UINT64_MAX: it may turn yet. */
	uint64_t opened_ns;
	void **mine;      /* for the watch's own use, NULL until it sets it */
	uint8_t *service; /* enum service of the flow and its slices, the watch's to set */
};

struct flow_watch {
	void *state;
	/*
	 * A packet with payload, or a ping. TCP comes as captured: repeated, out of
	 * order, with holes.
	 */
	/* False: nothing more of this flow is wanted; the rest of it costs nothing. */
	bool (*payload)(void *state, const struct flow_payload *);
	/*
	 * A flow of which more was wanted is about to go to the sink and may be given
	 * its `service`. Not called for slices.
	 */
	void (*ended)(void *state, uint32_t slot, void *mine, struct flow *);
};

enum status flow_table_new(struct flow_table **out, const struct flow_limits *,
    flow_sink *sink, void *state, struct error *) MUST_USE;

/* Before the first packet. The watch is copied. */
void flow_table_watch(struct flow_table *, const struct flow_watch *);

/*
 * A batch of packets in order of capture. Looks all of them up with prefetching
 * before it touches any. Borrowed bytes are not kept past the call, except
 * fragments, which are copied.
 */
void flow_table_see(struct flow_table *, const struct packet *const *p, unsigned n);

/*
 * The end of the capture: everything still open goes to the sink, oldest first.
 * The table is empty then and may be used again.
 */
void flow_table_finish(struct flow_table *);

const struct flow_counters *flow_table_counters(const struct flow_table *);
void flow_table_free(struct flow_table *); /* takes NULL */

/* Which of `shards` a packet belongs to: by the unordered pair of addresses alone. */
unsigned flow_shard(const struct ip *a, const struct ip *b, unsigned shards);

#endif
