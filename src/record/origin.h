/* SPDX-License-Identifier: Apache-2.0 */
/*
 * origin.h - which line of somebody's log a record of a slice was read from.
 *
 * Such a record, of a flow or of a trait (flow.h, trait.h), has the number of the line
 * in `where` and one member more than others, `line_sha256`: the SHA-256 of the line as
 * it lies in the file, its end included, so that `sed -n 17p conn.log | sha256sum` gives
 * it. It stands where canonical JSON wants it, and is all that is added: without it the
 * line is what flow_encode or trait_encode wrote.
 */
#ifndef RECORD_ORIGIN_H
#define RECORD_ORIGIN_H

#include "base/buf.h"
#include "base/digest.h"
#include "base/error.h"

/* The line, which has no such member yet, with it. No newline in `line`, none added. */
void origin_put(struct span line, const struct digest *, struct buf *out);

/*
 * The line without it, in `without`; `*has` when there was one. E_FORMAT: it is there but
 * not as origin_put writes it, or E_LIMIT: `without` has no room.
 */
enum status origin_take(struct span line, struct buf *without, struct digest *, bool *has,
    struct error *) MUST_USE;

#endif
