/* SPDX-License-Identifier: Apache-2.0 */
/*
 * truths.h - find out what somebody says was going on in a capture.
 */
#ifndef CMD_TRUTHS_H
#define CMD_TRUTHS_H

#include "cmd/inputs.h"
#include "evaluate/truth.h"

/*
 * What is known of `path`: it is a scenario, or `path`.truth.json stands beside
 * it, or the flows in it have labels. The paths to read are in `inputs`, in the
 * truth's memory. OK also when nothing is known: truth->n is 0 then.
 */
enum status truths_find(
    struct truth *, const char *path, char ***inputs, unsigned *n, struct error *) MUST_USE;

#endif
