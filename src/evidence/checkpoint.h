/* SPDX-License-Identifier: Apache-2.0 */
/*
 * checkpoint.h - the state of a log at one moment (C2SP tlog-checkpoint).
 *
 * The text of a signed note: origin, size and root, a line each. Extension
 * lines of others are taken and mean nothing here; we write none.
 */
#ifndef EVIDENCE_CHECKPOINT_H
#define EVIDENCE_CHECKPOINT_H

#include "evidence/merkle.h"
#include "evidence/note.h"

struct checkpoint {
	char origin[NOTE_NAME];
	uint64_t size;
	struct digest root;
};

void checkpoint_text(const struct checkpoint *, struct buf *out);
/* E_FORMAT; also when the size is past MERKLE_SIZE_MAX. */
enum status checkpoint_parse(
    struct span text, struct checkpoint *out, struct error *) MUST_USE;

/* The whole note, signed by the log under the name of its origin. */
enum status checkpoint_sign(const struct checkpoint *, const struct key *, struct buf *out,
    struct error *) MUST_USE;

#endif
