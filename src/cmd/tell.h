/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tell.h - what a reader must know of a run beside its findings, in sentences: what
 * was left out of it, what was supposed, and what could not be judged.
 */
#ifndef CMD_TELL_H
#define CMD_TELL_H

#include "capture/filter.h"
#include "cmd/state.h"
#include "detect/run.h"
#include "profile/hosts.h"
#include "record/finding.h"

/* `sentence` is valid during the call. */
typedef void tell_fact(void *state, const char *sentence);

/* Addresses that were taken for ours because nobody said. */
void tell_inferred(const struct hosts *, tell_fact *, void *state);

/* Pairs that were not judged by their timing, since the input cannot tell. */
void tell_refused(
    const struct run_totals *, const struct finding_limits *, tell_fact *, void *state);

/* The part of the input that was looked at; nothing when it was all of it. */
void tell_filter(const struct filter *, tell_fact *, void *state);

/* What the state in `dir` holds. */
void tell_state(const char *dir, const struct state_counts *, tell_fact *, void *state);

#endif
