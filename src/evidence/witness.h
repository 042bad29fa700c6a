/* SPDX-License-Identifier: Apache-2.0 */
/*
 * witness.h - cosign the states of other people's logs (C2SP tlog-witness).
 *
 * A witness signs a checkpoint when the log's own key signed it and when it
 * follows from the last one this witness signed for that log: so whoever has its
 * cosignature knows that everybody else who has it sees the same history. What it
 * signed is on the disk before the signature leaves, and the next decision is
 * made against that, so it never signs a fork, whenever it is killed.
 *
 * A directory: `lock`, and for each log a folder named by the hex SHA-256 of its
 * origin with `checkpoint` in it, the note as last cosigned.
 */
#ifndef EVIDENCE_WITNESS_H
#define EVIDENCE_WITNESS_H

#include "evidence/disk.h"
#include "evidence/merkle.h"
#include "evidence/policy.h"

#define WITNESS_PROOF   63 /* hashes in a request, at most */
#define WITNESS_REQUEST (NOTE_MAX + ((size_t)8 << 10))

/* A request taken apart: `old N`, hashes, an empty line, a checkpoint. Borrows. */
struct witness_request {
	uint64_t old;
	struct merkle_path path;
	struct span note;
};
enum status witness_request_parse(
    struct span bytes, struct witness_request *out, struct error *) MUST_USE;
void witness_request_encode(const struct witness_request *, struct buf *out);

struct witness;

/*
 * The logs are those of `policy`, which is borrowed until witness_close, as is
 * `key`. E_MISUSE: another process has `dir`. E_DIFFERS: what it finds there is
 * not what this witness signed.
 */
enum status witness_open(struct witness **out, const char *dir, const char *name,
    const struct key *key, const struct policy *policy, const struct disk *disk,
    struct error *) MUST_USE;
void witness_close(struct witness *); /* takes NULL */

struct witness_reply {
	unsigned status; /* of HTTP: 200, 400, 403, 404, 409, 422, 500 */
	struct buf body; /* 200: cosignature lines; 409: the size we hold; else why */
};

/* Decide, remember, and sign for `now` (Unix seconds). The caller releases the body. */
void witness_add(
    struct witness *, struct span request, uint64_t now, struct witness_reply *);

/* What was last cosigned for the log with this hex name; empty: nothing. Borrowed. */
struct span witness_latest(const struct witness *, const char *hex);

#endif
