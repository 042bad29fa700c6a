/* SPDX-License-Identifier: Apache-2.0 */
/*
 * handout_own.h - between the files of handout.h (private to them).
 */
#ifndef PUBLISH_HANDOUT_OWN_H
#define PUBLISH_HANDOUT_OWN_H

#include "base/json.h"
#include "publish/handout.h"
#include "publish/uuid.h"

enum status handout_stix(const struct handout *, struct buf *out, struct error *) MUST_USE;
void handout_misp(const struct handout *, struct buf *out);
void handout_iodef(const struct handout *, struct buf *out);
enum status handout_suricata(
    const struct handout *, struct buf *out, struct error *) MUST_USE;
enum status handout_sigma(const struct handout *, struct buf *out, struct error *) MUST_USE;
void handout_events(const struct handout *, struct buf *out);

/* "calls out on a timer: 203.0.113.9:443/tcp"; ASCII, without quotes and semicolons. */
void handout_title(const struct handout_item *, struct buf *out);
/* The other end: "203.0.113.9:443/tcp", "c2.example.net"; "" when it is many. */
void handout_peer(const struct handout_item *, struct buf *out);
/* "finding HEX", or "statement HEX"; and ", entry N of ORIGIN, leaf HEX" when logged. */
void handout_pointer(const struct handout *, const struct handout_item *, struct buf *out);

/* Does `a` point at something else than `b`: name, or address, port and protocol? */
int handout_target_compare(const struct handout_item *a, const struct handout_item *b);
/*
 * The items that indicate, one for each target, in the order of their targets; the
 * caller frees it. NULL: no memory.
 */
const struct handout_item **handout_targets(const struct handout *, size_t *n);

/* Until the end of the last day, or of the last thousandth of a second. */
void handout_stamp(uint64_t t_ns, unsigned decimals, const char *zone, struct buf *out);

#endif
