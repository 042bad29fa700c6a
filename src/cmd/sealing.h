/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sealing.h - statements on their way into a log, for the verbs that put some there.
 *
 * Appends to a ledger and remembers under which name, so that when the log has
 * committed, each can get its proof. Nothing is committed before sealing_commit.
 */
#ifndef CMD_SEALING_H
#define CMD_SEALING_H

#include "evidence/ledger.h"

#define SEALING_NAME 96

struct sealed {
	char name[SEALING_NAME]; /* file names begin with it: "gap-17", a finding's id */
	const char *what;        /* "gap", "finding" */
	uint64_t index;
};

struct sealing {
	struct ledger *ledger;
	const struct key *by;
	uint64_t now_ns;
	struct sealed *sealed;
	size_t n, cap;
};

/* Opens the log. `log_key` and `by` are borrowed until sealing_close. */
enum status sealing_open(struct sealing *, const char *log, const struct key *log_key,
    const struct key *by, struct error *) MUST_USE;
void sealing_close(struct sealing *); /* takes zeroed ones */

/* An account with a new salt and the time of opening. Names itself KIND-INDEX. */
enum status sealing_account(struct sealing *, enum account_kind, struct span body,
    const struct statement_subject *, unsigned subjects, struct buf *envelope,
    struct error *) MUST_USE;

/* What is signed already, by `by`. */
enum status sealing_envelope(struct sealing *, const char *what, const char *name,
    struct span envelope, struct error *) MUST_USE;

/* What somebody else signed: `by` is their public key. NULL: named WHAT-INDEX. */
enum status sealing_received(struct sealing *, const struct key *by, const char *what,
    const char *name, struct span envelope, struct error *) MUST_USE;

/* A folder for what is signed, made if it is not there. NULL: *fd stays -1. */
enum status sealing_folder(const char *path, int *fd, struct error *) MUST_USE;

/* A new file NAME ENDING in it, synced; what is there already stays. fd -1: OK. */
enum status sealing_keep(int fd, const char *folder, const char *name, const char *ending,
    struct span, struct error *) MUST_USE;

/* After the commit: a line on stdout for each entry, and its proof in the folder. */
enum status sealing_tell(
    struct sealing *, int fd, const char *folder, bool quiet, struct error *) MUST_USE;

/* The body of a sensor's enrolment: its key, and what the system says of its clock. */
void sealing_sensor_body(const struct key *, struct buf *out);

#endif
