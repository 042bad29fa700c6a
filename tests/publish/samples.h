/* SPDX-License-Identifier: Apache-2.0 */
/*
 * samples.h - made-up findings with the contacts behind them, for looking at
 * and for checking what publish/ writes. The same set every time.
 */
#ifndef TESTS_PUBLISH_SAMPLES_H
#define TESTS_PUBLISH_SAMPLES_H

#include "publish/publish.h"

#define SAMPLES_MAX 2000

struct samples {
	struct finding *finding;
	struct trace *trace;
	size_t n;
	struct summary summary;
};

/* Sets: "none", "one", "day", "forty", "many", "hostile", "other"; NULL name ends the list. */
extern const char *const SAMPLE_SETS[];

/* False: no such set. */
bool samples_make(struct samples *, const char *set);
void samples_free(struct samples *);

#endif
