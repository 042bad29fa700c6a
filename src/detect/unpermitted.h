/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unpermitted.h - deviations from a MUD file, beside those from a habit.
 *
 * The part of detector_deviation that rests on what somebody wrote down. The
 * context holds which file does not allow the call, so that the judgement can be
 * made again without it.
 */
#ifndef DETECT_UNPERMITTED_H
#define DETECT_UNPERMITTED_H

#include "detect/detector.h"

/* `heard->devices` is there. Calls of devices, and calls to them; false: no memory. */
struct caller;
struct survey;

bool unpermitted_survey(struct survey *, const struct caller *);
void unpermitted_look_around(
    const struct heard *, const struct calls *, const struct subject *, struct context *);

/* Is this finding one of these? */
bool unpermitted_is(const struct context *);
bool unpermitted_judge(
    const struct heard *, const struct subject *, const struct context *, struct finding *);

#endif
