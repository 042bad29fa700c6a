/* SPDX-License-Identifier: Apache-2.0 */
/*
 * custody.h - who held or touched an exhibit, said in its bag and signed.
 *
 * One format for all events: an account of kind `custody` whose subjects are the
 * files of the bag that it is about. An event names the one before it by the
 * SHA-256 of its envelope.
 */
#ifndef CMD_CUSTODY_H
#define CMD_CUSTODY_H

#include "cmd/inputs.h"
#include "evidence/account.h"
#include "evidence/bag.h"
#include "evidence/key.h"

#define CUSTODY_INPUTS 1024 /* listed; of more the number is said */

/* The first event of a bag that is in no log. `event` lacks only the id of the key. */
enum status custody_add(struct bag_writer *, const struct key *by, struct account *event,
    struct error *) MUST_USE;

/*
 * What an acquisition says of itself: from which files, with their SHA-256 (they
 * are read once more for it; what is gone has none), on which date,
 * by which program.
 */
enum status custody_acquisition(const struct inputs *, const char *date, size_t findings,
    struct buf *body, struct error *) MUST_USE;

/* The one event in a bag, as the next one names it. False: none, or more than one. */
bool custody_before(const struct bag *, struct digest *);

#endif
