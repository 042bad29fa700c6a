/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exhibit_log.h - the evidence of a run goes into a log, and its proofs into the bag.
 *
 * Besides the findings are logged: the sensor with its clock, the parameters, the
 * slices, and what was not seen. The log commits before the bag does: a bag never
 * holds a proof of what is not there.
 */
#ifndef CMD_EXHIBIT_LOG_H
#define CMD_EXHIBIT_LOG_H

#include "cmd/sealing.h"
#include "cmd/vouch.h"
#include "evidence/account.h"
#include "evidence/bag.h"
#include "publish/publish.h"

struct exhibit_log {
	struct sealing sealing;
	const struct vouch *vouch;
	struct statement_subject *slice; /* sealed so far */
	size_t slices, slices_cap;
	char vouched[256]; /* out: one sentence on who vouches */
	unsigned lacking;  /* out: who was asked and did not */
};

/* Both do nothing when there is no log. */
enum status exhibit_log_slice(
    struct exhibit_log *, const struct statement_subject *, struct error *) MUST_USE;
enum status exhibit_log_finding(
    struct exhibit_log *, const char *hex, struct span envelope, struct error *) MUST_USE;

/* The record of custody, into the log and the bag; its time is that of the log. */
enum status exhibit_log_custody(struct exhibit_log *, struct bag_writer *,
    const struct account *, struct error *) MUST_USE;

/* Log the rest, commit, ask whom we were told to, and put it all into the bag. */
enum status exhibit_log_close(struct exhibit_log *, struct bag_writer *,
    const struct digest *params, const struct summary *, struct error *) MUST_USE;
void exhibit_log_release(struct exhibit_log *); /* takes zeroed ones */

#endif
