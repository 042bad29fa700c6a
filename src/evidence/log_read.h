/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_read.h - read a log that somebody else may be writing.
 *
 * Needs no key and takes no lock, only the directory (tiles.h). What is given
 * out was held against the root of the checkpoint that was read; who signed that
 * checkpoint is a policy's to judge.
 */
#ifndef EVIDENCE_LOG_READ_H
#define EVIDENCE_LOG_READ_H

#include "evidence/checkpoint.h"
#include "evidence/tiles.h"

/* The checkpoint of the log below `dirfd`. E_FORMAT; E_MISUSE: there is none. */
enum status log_read_checkpoint(
    int dirfd, struct buf *note, struct checkpoint *out, struct error *) MUST_USE;

/*
 * The proof (proof.h) of entry `index`, as a file, and the entry, which is also
 * its extra data: whoever checks holds it against the proof. Reads a tile of each level
 * and the bundle the entry lies in. E_MISUSE: there is no such entry;
 * E_DIFFERS: the tiles are not those of the checkpoint.
 */
enum status log_read_proof(
    int dirfd, uint64_t index, struct buf *entry, struct buf *out, struct error *) MUST_USE;

/* Where an entry with these bytes is, by reading all of them. E_MISUSE: nowhere. */
enum status log_read_find(
    int dirfd, struct span entry, uint64_t *index, struct error *) MUST_USE;

#endif
