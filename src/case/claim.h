/* SPDX-License-Identifier: Apache-2.0 */
/*
 * claim.h - who says what, and whether it stands where it is said to stand.
 *
 * A quote is a stretch of a document: its hash, a range of characters of the
 * extracted text (document/document.h), the text itself, and the edition of the
 * rule by which characters are counted.
 */
#ifndef CASE_CLAIM_H
#define CASE_CLAIM_H

#include "case/casebook.h"

/*
 * Make a claim ready to be added: every quote is found in its document and gets
 * its range, every figure gets its value; what was given and does not agree is
 * refused. Party, incident and documents have to be in the case.
 */
enum status claim_settle(struct casebook *, json_t *claim, struct error *) MUST_USE;

/* A quote that stands in a claim still stands in its document. E_DIFFERS: it does not. */
enum status claim_check_quote(
    struct casebook *, const json_t *quote, struct error *) MUST_USE;

/*
 * Every quote of a claim, its own and its figures', in order. NULL after the
 * last; *at begins at 0.
 */
json_t *claim_next_quote(json_t *claim, size_t *at);

#endif
