/* SPDX-License-Identifier: Apache-2.0 */
/*
 * weigh.h - graded competing hypotheses.
 *
 * Heuer's analysis of competing hypotheses, made to refuse. Every named actor
 * has a twin, "somebody else imitating it"; an actor that is not on the list is
 * always a hypothesis. Evidence is rated relative to that unlisted actor,
 * weighed by the Admiralty grade of its source and by how cheaply it could be
 * forged; what depends on one another counts once. The outcome is a graded
 * conclusion or a reasoned refusal, under three declared priors, with the
 * evidence whose loss would change it.
 *
 * Scores are integers in millibans (mb): 1000 mb is a likelihood ratio of 10.
 * Probabilities are integers in permille, rounded half up. There is no floating
 * point, so the same matrix gives the same bytes everywhere.
 *
 * The numbers of the method (600, 300, -600, -1200; the priors; 500 mb) are
 * published choices, not measurements. docs/formats/assessment.md lists them.
 */
#ifndef CASE_WEIGH_H
#define CASE_WEIGH_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"

#define WEIGH_ACTORS 16
#define WEIGH_HYPS   (2 * WEIGH_ACTORS + 2)
#define WEIGH_ITEMS  256
#define WEIGH_NAME   64
#define WEIGH_GROUPS 64
#define WEIGH_SETS   4096 /* breaking sets listed; more are left out */

enum weigh_rating { RATING_N, RATING_C, RATING_CC, RATING_I, RATING_II };
enum weigh_forge { FORGE_CHEAP, FORGE_COSTLY, FORGE_NONE };

struct weigh_item {
	char id[WEIGH_NAME];
	char group[WEIGH_NAME]; /* items of one group depend on one another */
	char kind[WEIGH_NAME];  /* payload, tls, dns, malware, host, report, ... */
	char source;            /* Admiralty reliability A to F */
	char credibility;       /* Admiralty credibility '1' to '6' */
	enum weigh_forge forge;
	bool measured;              /* the rating rests on a measured base rate */
	uint8_t rating[WEIGH_HYPS]; /* enum weigh_rating by hypothesis */
	bool rated[WEIGH_HYPS];
};

/*
 * Hypotheses in order: a0, ff:a0, a1, ff:a1, ..., unk, and null when the case
 * has it ("no hostile control, or the detector is wrong").
 */
struct weigh_case {
	char actor[WEIGH_ACTORS][WEIGH_NAME];
	unsigned actors;
	bool null;
	struct weigh_item *item; /* in the arena it was read into */
	unsigned items;
};

enum weigh_status {
	WEIGH_INSUFFICIENT,
	WEIGH_ACTOR_OR_IMITATOR,
	WEIGH_NOT_ATTRIBUTED,
	WEIGH_NOT_A_FINDING,
	WEIGH_FALSE_FLAG, /* somebody imitates the actor */
	WEIGH_ATTRIBUTED,
};

enum weigh_confidence {
	CONFIDENCE_NONE, /* refused: nothing to be confident of */
	CONFIDENCE_LOW,
	CONFIDENCE_MODERATE,
	CONFIDENCE_HIGH,
};

struct weigh_set {
	unsigned n;
	unsigned group[3]; /* indices into weigh_result.group */
};

struct weigh_result {
	unsigned hyps;
	int32_t score[WEIGH_HYPS]; /* S, mb */
	int32_t wis[WEIGH_HYPS];   /* weighted inconsistency, the ACH cross-check, mb */
	uint16_t p_low[WEIGH_HYPS], p_high[WEIGH_HYPS]; /* permille over the priors */
	unsigned leader, runner;                        /* hypotheses */
	int32_t margin;                                 /* mb */
	unsigned groups;                                /* that say anything */
	unsigned support;                               /* that support the leader */
	uint16_t low, high; /* permille of the leader, or of the pair */
	enum weigh_status status;
	const char *reason; /* static; "" when it is a conclusion */
	const char *word;   /* ICD 203, static; NULL when refused */
	unsigned level;     /* 0 behaviour .. 3 named group; 4 never */
	enum weigh_confidence confidence;
	bool ach_agrees;
	bool disfavoured[WEIGH_HYPS];
	bool flips[WEIGH_ITEMS], weakens[WEIGH_ITEMS];
	const char *group[WEIGH_GROUPS]; /* distinct, sorted; borrowed from the case */
	unsigned group_n;
	struct weigh_set breaking[WEIGH_SETS];
	unsigned breakings;
};

/* "X", "ff:X", "unk", "null". */
const char *weigh_hypothesis(
    const struct weigh_case *, unsigned h, char text[static WEIGH_NAME + 4]);
unsigned weigh_hypotheses(const struct weigh_case *);
/*
 * Geography of addresses: "country", "geography", "registration". An item of
 * such a kind never moves a score, whatever it is rated.
 */
bool weigh_is_geography(const char *kind);

const char *weigh_status_text(enum weigh_status);
const char *weigh_confidence_text(enum weigh_confidence); /* NULL for CONFIDENCE_NONE */

/*
 * The matrix as JSON: {"actors": [..], "null": bool, "items": [{"id", "g", "k",
 * "src": "B2", "forge", "measured", "r": {hypothesis: "CC"|"C"|"N"|"I"|"II"}}]}.
 * Strict: unknown keys, unknown hypotheses, duplicates: E_FORMAT that names them.
 */
enum status weigh_read(
    struct weigh_case *out, struct span json, struct arena *, struct error *) MUST_USE;

/* Pure. The result borrows names from the case. */
void weigh(const struct weigh_case *, struct weigh_result *out);

/* Canonical JSON with the keys of the published vectors' `expect`. */
void weigh_encode(const struct weigh_case *, const struct weigh_result *, struct buf *out);

/*
 * Ten to the power mb/1000, for mb <= 0, in units of 2^-60; 0 when too small.
 */
uint64_t weigh_pow10(int32_t mb);

#endif
