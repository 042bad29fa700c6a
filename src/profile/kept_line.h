/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kept_line.h - what was kept, as a line of the evidence.
 *
 * A finding that rests on contacts of runs before has them in its slice, and
 * the runs with them: the packets of those days may be gone. One spelling, as
 * flows and traits have; "_path" is "kept" or "heard".
 */
#ifndef PROFILE_KEPT_LINE_H
#define PROFILE_KEPT_LINE_H

#include "base/buf.h"
#include "profile/listening.h"
#include "profile/pair.h"

void kept_line_contact(const struct pair_key *, const struct contact *, struct buf *out);
void kept_line_run(const struct listening_run *, struct buf *out);

enum kept_line { KEPT_LINE_NONE, KEPT_LINE_CONTACT, KEPT_LINE_RUN };

/* By how it begins; NONE: another kind of line. */
enum kept_line kept_line_kind(struct span);

/* Without the newline. E_FORMAT for any but the spelling above. */
enum status kept_line_take_contact(
    struct span, struct pair_key *, struct contact *, struct error *) MUST_USE;
enum status kept_line_take_run(
    struct span, struct listening_run *, struct error *) MUST_USE;

#endif
