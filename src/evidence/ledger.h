/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger.h - a log of signed statements, as the verbs use it.
 *
 *	ledger_open(&l, "/var/lib/geophone/log", key, &err)
 *	account_salt(a.salt, &err); a.kind = ACCOUNT_EXPORT; a.body = ...;
 *	ledger_append(l, key, &a, &envelope, &index, &err)
 *	ledger_commit(l, &err)                 now it is there, and only now
 *	ledger_proof(l, index, &proof, &err)   the bytes of a .tlog-proof
 *
 * The log (log.h) gets the hash of each statement (leaf.h); the envelope that
 * holds the statement itself is handed back and is the caller's to keep: without
 * it an entry says nothing to anybody. Write it where it belongs before
 * ledger_commit; an envelope whose entry never came about is harmless.
 *
 * The checkpoint is signed by the log's key; a statement by whoever says it. They
 * may be the same key: what is signed begins differently, so that neither can be
 * taken for the other.
 */
#ifndef EVIDENCE_LEDGER_H
#define EVIDENCE_LEDGER_H

#include "evidence/account.h"
#include "evidence/log.h"

struct ledger;

/* A new, empty log at `dir`. E_MISUSE when there is one. */
enum status ledger_create(
    const char *dir, const char *origin, const struct key *, struct error *) MUST_USE;

/*
 * Open for appending; takes the log's lock. Its name is the one in its
 * checkpoint. `key` is the log's and borrowed until ledger_close. E_MISUSE: there
 * is no log at `dir`, or somebody else writes it. E_DIFFERS: another key's, or
 * broken.
 */
enum status ledger_open(
    struct ledger **out, const char *dir, const struct key *key, struct error *) MUST_USE;
void ledger_close(struct ledger *); /* takes NULL; what was not committed is forgotten */

/*
 * Sign an account as `by` (whose id becomes its key_id) and append it. The
 * envelope goes to `envelope`, which may be NULL for who does not need it; *index
 * is its place once ledger_commit says OK.
 */
enum status ledger_append(struct ledger *, const struct key *by, const struct account *,
    struct buf *envelope, uint64_t *index, struct error *) MUST_USE;

/*
 * The same in two steps, because the first is nearly all of the work and takes any
 * thread: sign on as many as there are, each with an entry of its own, and append
 * on one. An entry may be made anew again and again; the envelope is in `envelope`
 * when that is asked for.
 */
struct ledger_entry {
	struct buf body, pae, leaf, envelope;
};
void ledger_entry_init(struct ledger_entry *);
void ledger_entry_release(struct ledger_entry *);
enum status ledger_make(struct ledger_entry *, const struct key *by, const struct account *,
    bool envelope, struct error *) MUST_USE;
enum status ledger_append_made(
    struct ledger *, const struct ledger_entry *, uint64_t *index, struct error *) MUST_USE;

/* Append what is signed already: any in-toto statement of `by` in a DSSE envelope. */
enum status ledger_append_envelope(struct ledger *, const struct key *by,
    struct span envelope, uint64_t *index, struct error *) MUST_USE;

/* Make all of it durable, and sign the new state. */
enum status ledger_commit(struct ledger *, struct error *) MUST_USE;

/* The bytes of a .tlog-proof of a committed entry, with the present checkpoint. */
enum status ledger_proof(
    struct ledger *, uint64_t index, struct buf *out, struct error *) MUST_USE;

/* The same, and the entry is in it as extra data, for who has no envelope. */
enum status ledger_proof_with_entry(
    struct ledger *, uint64_t index, struct buf *out, struct error *) MUST_USE;

/* The log below, for its state and its checkpoint. Borrowed until ledger_close. */
struct log *ledger_log(struct ledger *);

#endif
