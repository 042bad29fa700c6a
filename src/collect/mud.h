/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mud.h - what a device may do, as its maker or its keeper wrote it down.
 *
 * A Manufacturer Usage Description (RFC 8520): one JSON document of access
 * lists (RFC 8519), some of which are named as the policy from and to the
 * device. docs/formats/mud.md says what of it is understood. A rule that asks
 * for what we cannot see (a flag, a DSCP, a frame's type) is not used, and
 * counted: it would allow more than it says.
 */
#ifndef COLLECT_MUD_H
#define COLLECT_MUD_H

#include "base/error.h"
#include "record/permit.h"

#define MUD_BYTES ((size_t)1 << 20)
#define MUD_RULES 4096 /* of a file, over all policies that name them */

struct mud {
	char url[PERMIT_TEXT + 1]; /* of the file, as it says */
	char info[64];             /* systeminfo, printable, cut */
	uint64_t rules;            /* handed over */
	uint64_t odd;              /* not understood, and not used */
	char odd_first[160];       /* "LIST RULE: WHY" of the first of them; "" none */
};

/*
 * E_FORMAT: no MUD file, with what is wrong; E_LIMIT: larger than we take;
 * E_NOMEM: the sink said so. Rules may have been handed over before.
 */
enum status mud_read(
    struct span json, struct mud *out, permit_sink *, void *state, struct error *) MUST_USE;

#endif
