/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_log.h - steps V3 to V5: what a log says of the findings of a bag
 * (private to verify*.c).
 */
#ifndef EVIDENCE_VERIFY_LOG_H
#define EVIDENCE_VERIFY_LOG_H

#include "evidence/bag_walk.h"
#include "evidence/policy.h"

/* What was found of all findings so far. */
struct logged {
	const struct policy *policy;  /* NULL: none was given */
	unsigned proofs;              /* findings with a proof beside them */
	unsigned rebuilt;             /* of them, the leaf could be made again */
	unsigned included;            /* of them, the path leads to the checkpoint */
	unsigned trusted;             /* of them, the policy accepts the checkpoint */
	unsigned cosigned, witnesses; /* fewest cosignatures, of how many known */
	uint64_t latest;    /* Unix seconds: when all were cosigned; 0: not all are */
	bool unwitnessed;   /* one of them has no cosignature */
	struct digest text; /* of the checkpoint of the first that is included */
	bool mixed;         /* another has another */
};

/* One finding or record: its envelope, signed by `key`, and the bytes of its proof. True: trusted. */
bool logged_see(struct logged *, const struct key *key, struct span envelope,
    const char *path, struct span proof, struct faults *);

#endif
