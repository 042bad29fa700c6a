/* SPDX-License-Identifier: Apache-2.0 */
/*
 * derive_records.h - records of a slice for others, as derive.h does packets.
 *
 * Who called whom, when, how long and how much stays. Of what was carried only names
 * stay, as names of other names; a URI becomes a word that is the same for the same
 * URI; all other texts, fingerprints, certificates and ids are left out, and so is
 * which line of which log a record came from. Without pseudonyms addresses and names
 * are as they were, and the rest is left out all the same.
 */
#ifndef CMD_DERIVE_RECORDS_H
#define CMD_DERIVE_RECORDS_H

#include <stdio.h>

#include "evidence/pseudonym.h"

/*
 * `from`: the lines of a slice; `to` gets as many. `hide` may be NULL. E_FORMAT names
 * the line that is none of ours.
 */
enum status derive_records(const struct pseudonym *hide, struct span from, FILE *to,
    uint64_t *records, struct error *) MUST_USE;

#endif
