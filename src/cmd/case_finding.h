/* SPDX-License-Identifier: Apache-2.0 */
/*
 * case_finding.h - findings, and the bag that bears them out, into a case.
 */
#ifndef CMD_CASE_FINDING_H
#define CMD_CASE_FINDING_H

#include "case/casebook.h"

/*
 * `what` is a bag, every finding of which is added, or the id of a finding that is
 * elsewhere. `copy`: the bag itself goes into the case. `id` gets the hash of the
 * bag (of its tagmanifest-sha256.txt), or the finding's. A bag with a fault is
 * refused.
 */
enum status case_add_finding(struct casebook *, const struct casebook_hand *,
    const char *what, bool copy, char id[static DIGEST_HEX], struct error *) MUST_USE;

#endif
