/* SPDX-License-Identifier: Apache-2.0 */
/*
 * assessment.h - a weighed case in words.
 *
 * Likelihood and confidence never stand in one sentence (ICD 203). What would
 * change the conclusion is always said; an organisation or a state never is.
 */
#ifndef PUBLISH_ASSESSMENT_H
#define PUBLISH_ASSESSMENT_H

#include "base/buf.h"
#include "case/weigh.h"

void publish_assessment(
    const struct weigh_case *, const struct weigh_result *, struct buf *out);

#endif
