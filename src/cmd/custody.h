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

struct json;

#define CUSTODY_INPUTS 1024 /* listed; of more the number is said */

/* An event that goes into no log. `event` lacks only the id of the key. */
enum status custody_add(struct bag_writer *, const struct key *by, uint64_t number,
    struct account *event, struct error *) MUST_USE;

/*
 * What an acquisition says of itself: from which files, with their SHA-256 (they
 * are read once more for it; what is gone has none), on which date,
 * by which program.
 */
enum status custody_acquisition(const struct inputs *, const char *date, size_t findings,
    struct buf *body, struct error *) MUST_USE;

/* "tool": name, version and SHA-256 of the program that runs. */
void custody_tool(struct json *);

/*
 * The last event in a bag, the one of the highest number, as the next one names it,
 * and that number. False: there is none.
 */
bool custody_last(const struct bag *, struct digest *, uint64_t *number);

/* geophone bag custody */
int custody_main(int argc, char **argv);

#endif
