/* SPDX-License-Identifier: Apache-2.0 */
/*
 * units.h - what is counted: host-days and pair-days of one capture.
 *
 * A day is 24 hours from the first contact of the capture on, so that a
 * capture over midnight is not two. A pair is a host of ours and an address
 * outside or inside that it called; a host-day is a day on which a host of
 * ours called anybody. Each has a truth, and who raised an alert on it.
 */
#ifndef EVALUATE_UNITS_H
#define EVALUATE_UNITS_H

#include "base/error.h"
#include "evaluate/truth.h"
#include "record/finding.h"

/* One contact as it was heard: of a flow, or of a request that named somebody. */
struct sample {
	struct ip host, peer;
	struct ip key; /* for RITA: the peer, or a name's */
	uint64_t t_ns;
	uint32_t bytes;
	bool rated; /* RITA looks at it: the peer is outside */
};

/* Who judges. Bits below are kinds of findings at medium or more. */
enum judge {
	JUDGE_UNION = 48, /* any of them that speaks of control */
	JUDGE_CLOCK,      /* a beacon of any severity: clock-driven */
	JUDGE_RITA_7,
	JUDGE_RITA_9,
	JUDGES
};

/* "union", or a kind of finding, or "rita 0.7"; NULL: no such kind. */
const char *judge_text(unsigned judge);

struct unit {
	struct ip host, peer; /* peer all zeros: a host-day */
	uint32_t day;
	uint8_t truth;   /* enum truth_class */
	uint64_t judges; /* bits */
	int32_t odds_mb; /* the best finding's; INT32_MIN: none */
	double rita;
};

struct units {
	struct unit *pair; /* by host, peer, day */
	size_t pairs;
	struct unit *host; /* by host, day */
	size_t hosts;
	uint64_t first_ns, last_ns;
	/* RITA's own pairs, a host and a name or an address, by day. */
	uint64_t rated, rita_7, rita_9;
};

/* Of samples whose host is ours, in any order; they are sorted. */
enum status units_new(
    struct units *out, struct sample *, size_t n, const struct truth *, struct error *);
void units_release(struct units *);

/*
 * A finding, with the addresses it is about: those of its name, if it has one.
 * None, but `peers`: it is about all that its host did; NULL: about the host
 * alone. Says what is true of the worst of the pairs, or of the host.
 */
enum truth_class units_find(
    struct units *, const struct finding *, const struct ip *peers, size_t n);

/* An alert on something that is controlled? Victims of attacks are not. */
bool units_alert(const struct finding *);

/* RITA's score of every pair and name and day. Samples as units_new left them. */
enum status units_rate(struct units *, struct sample *, size_t n, struct error *);

#endif
