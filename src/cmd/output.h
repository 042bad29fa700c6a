/* SPDX-License-Identifier: Apache-2.0 */
/*
 * output.h - a file that is there whole or not at all.
 */
#ifndef CMD_OUTPUT_H
#define CMD_OUTPUT_H

#include "base/cursor.h"
#include "base/error.h"

/* Written beside, synced and renamed to `path`; what was there is replaced. */
enum status output_write(const char *path, struct span bytes, struct error *) MUST_USE;

#endif
