/* SPDX-License-Identifier: Apache-2.0 */
/*
 * origins.h - the lines of logs that records of slices were read from.
 *
 * While slices are cut it is noted which lines they want; then the logs are walked once
 * more, line by line without reading what they say, and the wanted ones are hashed
 * (record/origin.h). So nobody who only listens pays for it.
 */
#ifndef CMD_ORIGINS_H
#define CMD_ORIGINS_H

#include "base/digest.h"
#include "base/error.h"
#include "cmd/inputs.h"

struct origins;

/* `memory`: what the notes may take. Lines for which there is no room have no hash. */
enum status origins_new(struct origins **out, size_t memory, struct error *) MUST_USE;
void origins_free(struct origins *); /* takes NULL */

/* A line that is wanted: `source` is struct flow's, the input's number from 1. */
void origins_want(struct origins *, unsigned source, uint64_t line);

/*
 * All were named: read the inputs. OK also when one is gone or ends early: its lines
 * have no hash. E_STOPPED.
 */
enum status origins_read(struct origins *, const struct inputs *, struct error *) MUST_USE;

/* NULL: not known. */
const struct digest *origins_find(const struct origins *, unsigned source, uint64_t line);

#endif
