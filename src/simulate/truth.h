/* SPDX-License-Identifier: Apache-2.0 */
/*
 * truth.h - what was really going on, as canonical JSON.
 *
 * docs/formats/truth.schema.json describes it: every malicious pair, and every
 * benign pair that a clock drives, by class.
 */
#ifndef SIMULATE_TRUTH_H
#define SIMULATE_TRUTH_H

#include "base/buf.h"
#include "simulate/world.h"

void truth_write(const struct world *, struct buf *out);

#endif
