/* SPDX-License-Identifier: Apache-2.0 */
/*
 * assessment.h - a weighed case in words.
 *
 * Likelihood and confidence never stand in one sentence (ICD 203). What would
 * change the conclusion is always said; an organisation or a state never is.
 */
#ifndef PUBLISH_ASSESSMENT_H
#define PUBLISH_ASSESSMENT_H

#include <jansson.h>

#include "base/buf.h"
#include "case/weigh.h"

void publish_assessment(
    const struct weigh_case *, const struct weigh_result *, struct buf *out);

/* Of a case: which items depend on one another, and by what (assay.h, groups). */
void publish_assessment_groups(const json_t *groups, struct buf *out);
/* What would change the outcome (ask.h). */
void publish_assessment_asks(const json_t *asks, struct buf *out);
/* [{"actor","by","claim","text"}]: who says who is behind an actor. */
void publish_assessment_claims(const json_t *said, struct buf *out);

#endif
