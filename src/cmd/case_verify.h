/* SPDX-License-Identifier: Apache-2.0 */
/*
 * case_verify.h - geophone verify, of a case.
 */
#ifndef CMD_CASE_VERIFY_H
#define CMD_CASE_VERIFY_H

#include <stdbool.h>

#include "evidence/key.h"

/* Is there a case at `dir`? */
bool case_is_at(const char *dir);

/* The exit status. `pinned` may be NULL. */
int case_verify(const char *dir, const struct key *pinned, bool json, bool quiet);

#endif
