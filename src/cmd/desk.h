/* SPDX-License-Identifier: Apache-2.0 */
/*
 * desk.h - where geophone-desk is, and how it is started.
 *
 * It lies beside the program that runs, as in a build, or else where it was installed.
 */
#ifndef CMD_DESK_H
#define CMD_DESK_H

#include "base/error.h"

/* Become the desk, with the same arguments. Returns only when it cannot be: E_IO. */
enum status desk_become(char **argv, struct error *);

/*
 * Start the desk, let it read `in` and write `out` (descriptors, which stay open) and
 * have no other file of ours but stderr, and wait for it. *exit_code is what it ended
 * with, 128 and the signal when one ended it.
 */
enum status desk_run(char **argv, int in, int out, int *exit_code, struct error *) MUST_USE;

#endif
