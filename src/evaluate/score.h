/* SPDX-License-Identifier: Apache-2.0 */
/*
 * score.h - how good the judges are, over captures.
 *
 * Of each judge at each level (host-day, pair-day): what was right, what was
 * wrong. A unit of unknown truth is neither: it is counted apart, and the
 * precision is given twice, the second time as if all of them were false.
 * Intervals: Wilson's of the share, and percentiles of 2,000 draws of whole
 * families of captures (bootstrap, fixed seed), where there are two or more. A
 * family is one source or laboratory; a capture of which none is told is one.
 */
#ifndef EVALUATE_SCORE_H
#define EVALUATE_SCORE_H

#include "evaluate/calibration.h"
#include "evaluate/units.h"

enum level { LEVEL_HOST, LEVEL_PAIR, LEVELS };

const char *level_text(enum level);

struct confusion {
	uint64_t found, missed; /* of the malicious */
	uint64_t false_, clean; /* of the benign */
	uint64_t unknown;       /* alerts on units nobody says anything about */
	uint64_t unjudged;      /* and such units without an alert */
};

struct measure {
	struct confusion c;
	double precision, precision_worst, recall; /* negative: nothing to divide by */
	double false_rate;                         /* false alerts by benign unit */
	struct interval precision_wilson, recall_wilson, precision_boot, recall_boot;
};

/* A point of the curve of what is found against what of it is true. */
struct curve_point {
	double precision, recall;
};
#define CURVE_MAX 200

struct curve {
	struct curve_point at[CURVE_MAX];
	unsigned n;
};

/* When the first alert on a controlled host would have come. */
struct detection_time {
	struct ip host;
	uint64_t first_ns; /* what is malicious begins */
	uint64_t
	    after_ns; /* of hearing after that; UINT64_MAX: no alert at the end, either */
};

struct scored { /* one capture */
	const char *name;
	uint64_t of;   /* digest of the family's name; 0: its own */
	size_t family; /* after score_finish: below score.families */
	struct confusion c[LEVELS][JUDGES];
	struct detection_time *time;
	size_t times;
	uint64_t first_ns, last_ns;
	uint64_t rated, rita_7, rita_9; /* as in struct units */
};

struct score {
	struct scored *capture;
	size_t captures, room, families;
	struct measure measure[LEVELS][JUDGES];
	struct calibration calibration;
	struct reliability reliability;
	struct curve odds, rita; /* over pair-days */
	/* every unit with a score and a truth, for the curves */
	struct graded {
		double odds, rita;
		bool bad;
	} * graded;
	size_t gradeds, graded_room;
	uint64_t rated_bad; /* malicious pair-days of all captures */
};

/*
 * Adds a capture's units; `time` is taken over. Findings are told by score_finding.
 * `family`: NULL where none is told.
 */
bool score_add(struct score *, const char *name, const char *family, const struct units *,
    struct detection_time *time, size_t times);

/*
 * Something was judged in the capture that score_add will add next; `truth` of its
 * worst unit. False: no memory.
 */
bool score_finding(struct score *, const struct finding *, enum truth_class truth);

/* After the last capture. */
enum status score_finish(struct score *, struct error *) MUST_USE;
void score_release(struct score *);

#endif
