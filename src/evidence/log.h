/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log.h - append to a transparency log, and never take anything back.
 *
 * A log is a directory as tiles.h says, with a file `lock` beside. Entries are
 * appended in memory and become part of the log at log_commit: entries and
 * tiles are written and synced first, then the checkpoint is replaced by a
 * rename. So the checkpoint is the truth. What lies beyond it after a crash is
 * of nobody's concern: nothing that was acknowledged depends on it, and it is
 * written over. One thing is not: a state that was signed and not yet put in its
 * place. Opening the log puts it there, for a signature cannot be taken back.
 *
 * Opening takes the lock, so that two writers cannot make two futures, checks
 * our signature on the checkpoint and computes its root again from the tiles
 * at the right edge, and refuses when they contradict each other. A directory
 * with tiles and without a checkpoint is refused too: to begin anew would be to
 * sign a second history under the same name.
 *
 * After an error the log is closed to writing until it is opened again.
 */
#ifndef EVIDENCE_LOG_H
#define EVIDENCE_LOG_H

#include "evidence/checkpoint.h"
#include "evidence/disk.h"
#include "evidence/tiles.h"

struct log;

/*
 * Open `dir` or make it (its parent must exist). `origin` names the log and
 * its key; `key` is borrowed until log_close. `disk` is &disk_real but in tests.
 * E_MISUSE: somebody else has it open, or it is another log. E_DIFFERS: its
 * files contradict each other.
 */
enum status log_open(struct log **out, const char *dir, const char *origin,
    const struct key *key, const struct disk *disk, struct error *) MUST_USE;
void log_close(struct log *); /* takes NULL; what was not committed is forgotten */

/*
 * Append one entry of at most ENTRY_MAX bytes; *index is where it will be once
 * log_commit says OK. E_LIMIT leaves the log as it was.
 */
enum status log_append(
    struct log *, struct span entry, uint64_t *index, struct error *) MUST_USE;

/* Make all that was appended durable, and sign it. */
enum status log_commit(struct log *, struct error *) MUST_USE;

/* The state as last committed. Borrowed until the next call on the log. */
const struct checkpoint *log_state(const struct log *);
struct span log_note(const struct log *); /* with all its signatures */

/* What this log signs with, for the line of a policy. Borrowed until log_close. */
const struct note_key *log_signer(const struct log *);

/*
 * Take over the checkpoint with signatures of others on it: `note` must have the
 * text of the last commit and our signature. E_DIFFERS when not.
 */
enum status log_adopt(struct log *, struct span note, struct error *) MUST_USE;

/* For proofs of the state as last committed. Borrowed until the next commit. */
struct tiles *log_tiles(struct log *);

/* Read every entry and every tile below `dirfd` against this checkpoint. */
enum status log_audit(int dirfd, const struct checkpoint *, struct error *) MUST_USE;

#endif
