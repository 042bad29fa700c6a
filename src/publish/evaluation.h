/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evaluation.h - a score for people and machines.
 *
 * JSON is a promise: docs/formats/evaluation.schema.json; shares are in parts
 * per million. The page asks nothing of the network.
 */
#ifndef PUBLISH_EVALUATION_H
#define PUBLISH_EVALUATION_H

#include "base/buf.h"
#include "evaluate/score.h"

void publish_evaluation_table(const struct score *, struct buf *out);
void publish_evaluation_json(const struct score *, struct buf *out);
void publish_evaluation_html(const struct score *, struct buf *out);

#endif
