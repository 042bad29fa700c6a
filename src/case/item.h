/* SPDX-License-Identifier: Apache-2.0 */
/*
 * item.h - evidence items and hypotheses, looked at before they are added.
 */
#ifndef CASE_ITEM_H
#define CASE_ITEM_H

#include "case/casebook.h"

/*
 * An item rests on something that is in the case; a CC on a base rate is borne
 * out by it; geography is rated N and nothing else.
 */
enum status item_settle(struct casebook *, json_t *item, struct error *) MUST_USE;

/*
 * Actors are labels for clusters of activity. A label that is the name or the
 * code of a country is refused: who stands behind a cluster is a claim, quoted.
 */
enum status item_settle_hypotheses(struct casebook *, json_t *, struct error *) MUST_USE;

/* Does this name a country to somebody who reads English? */
bool item_names_country(const char *label);
/* Does a sentence, case folded, name one, in English or Chinese? */
bool item_country_within(const char *folded);

#endif
