/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tell_tunnels.h - what was read inside packets of others, as sentences of a report.
 */
#ifndef CMD_TELL_TUNNELS_H
#define CMD_TELL_TUNNELS_H

#include "base/error.h"
#include "cmd/tell.h"
#include "profile/tunnels.h"

/* Those that carried most, in that order, and that there are others. */
enum status tell_tunnels(struct tunnels *const *part, size_t parts, tell_fact *,
    void *state, struct error *) MUST_USE;

#endif
