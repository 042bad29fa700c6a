/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netflow_own.h - what the files of the NetFlow reader share.
 */
#ifndef COLLECT_NETFLOW_OWN_H
#define COLLECT_NETFLOW_OWN_H

#include <assert.h>

#include "collect/netflow.h"
#include "collect/told.h"

/*
 * What we read of a record: the name in the code, and the numbers of the
 * information elements (www.iana.org/assignments/ipfix) that give it. Where a
 * record holds several the first one of the line wins.
 */
/* clang-format off */
#define ELEMENTS(X) \
	X(OCTETS, 1) X(PACKETS, 2) X(PROTO, 4) X(TCP, 6) \
	X(SPORT, 7) X(SPORT_UDP, 180) X(SPORT_TCP, 182) \
	X(DPORT, 11) X(DPORT_UDP, 181) X(DPORT_TCP, 183) \
	X(SRC4, 8) X(DST4, 12) X(SRC6, 27) X(DST6, 28) \
	X(END_UP, 21) X(START_UP, 22) X(ICMP4, 32) X(ICMP6, 139) \
	X(INTERVAL, 34) X(SAMPLER, 48) X(SAMPLER_INTERVAL, 50) X(SELECTOR, 302) \
	X(VLAN, 58) X(VLAN_Q, 243) X(OCTETS_TOTAL, 85) X(PACKETS_TOTAL, 86) X(REASON, 136) \
	X(START_S, 150) X(END_S, 151) X(START_MS, 152) X(END_MS, 153) \
	X(START_US, 154) X(END_US, 155) X(START_NS, 156) X(END_NS, 157) \
	X(START_DELTA, 158) X(END_DELTA, 159) X(BOOT_MS, 160) \
	X(DURATION_MS, 161) X(DURATION_US, 162) \
	X(ICMP4_TYPE, 176) X(ICMP4_CODE, 177) X(ICMP6_TYPE, 178) X(ICMP6_CODE, 179) \
	X(INITIATOR_OCTETS, 231) X(RESPONDER_OCTETS, 232) \
	X(INITIATOR_PACKETS, 298) X(RESPONDER_PACKETS, 299) \
	X(BIFLOW, 239) X(SEEN_S, 322) X(SEEN_MS, 323) X(SEEN_US, 324) X(SEEN_NS, 325) \
	X(SPACE_TAKEN, 305) X(SPACE_LEFT, 306) \
	X(R_OCTETS, REVERSE + 1) X(R_PACKETS, REVERSE + 2) X(R_TCP, REVERSE + 6) \
	X(R_OCTETS_TOTAL, REVERSE + 85) X(R_PACKETS_TOTAL, REVERSE + 86) \
	X(FIRST_TCP, CERT + 14) X(UNION_TCP, CERT + 15) \
	X(R_FIRST_TCP, CERT + 16398) X(R_UNION_TCP, CERT + 16399)
/* clang-format on */

/* An enterprise's number is in front of its element's. */
#define REVERSE (UINT64_C(29305) << 16) /* RFC 5103 */
#define CERT    (UINT64_C(6871) << 16)  /* yaf's, the second bit: reverse */

enum element {
#define X(name, number) EL_##name,
	ELEMENTS(X)
#undef X
	    EL_COUNT,
	EL_SKIP = EL_COUNT, /* step over */
};
static_assert(EL_COUNT <= 64, "the elements of a record are bits of a uint64_t");

#define BIT(el) (UINT64_C(1) << EL_##el)

/* One step through a record: read or step over `len` bytes. */
struct step {
	uint8_t element;
	uint16_t len; /* STEP_VARIES: RFC 7011 section 7 */
};
#define STEP_VARIES UINT16_MAX

struct layout {
	uint32_t domain; /* index + 1; 0: the slot is free */
	uint16_t id;
	uint16_t steps;
	uint32_t least; /* shortest record */
	bool options;
	struct step step[NETFLOW_STEPS];
};

struct sampler {
	uint64_t id;
	uint32_t interval;
};

/* What is known of one observation domain of one exporter. */
struct domain {
	struct ip exporter;
	uint32_t id;
	uint16_t version; /* 0: the slot is free */
	bool timed, counted;
	bool guessed;         /* not timed, and boot_ns is an estimate */
	uint64_t boot_ns;     /* for times since boot */
	uint32_t next, ahead; /* number expected next, and what the last one added */
	uint32_t interval;
	struct sampler sampler[NETFLOW_SAMPLERS];
	unsigned samplers;
};

struct netflow {
	half_sink *sink;
	void *state;
	struct netflow_counters counters;
	struct domain domain[NETFLOW_DOMAINS];
	struct layout template[NETFLOW_TEMPLATES];
};

/* What the header of the datagram at hand says. */
struct heard {
	struct netflow *nf;
	struct domain *domain;
	uint64_t export_ns, clock_ns;
	uint32_t records; /* of data, for the count of lost ones */
};

/* The values of one record. */
struct draft {
	uint64_t met; /* bits of enum element */
	uint64_t v[EL_COUNT];
	struct ip src, dst;
};

/* EL_SKIP when we do not know it. */
enum element element_find(uint64_t number);

/* Take a value of `len` bytes; of a length that cannot be it is as if not there. */
void draft_take(struct draft *, enum element, struct span value);

/* What a record says becomes a half; sorted out by the counters. */
void draft_flow(struct heard *, const struct draft *);
void draft_options(struct heard *, const struct draft *);

/* The moment of the boot, from the uptime told at export. */
void domain_boot(struct domain *, uint64_t export_ns, uint32_t uptime_ms, uint64_t off_ns);

/* netflow_set.c: all sets of a v9 or IPFIX datagram. False when it is broken. */
bool sets_see(struct heard *, struct span sets);

#endif
