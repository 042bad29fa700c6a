/* SPDX-License-Identifier: Apache-2.0 */
/*
 * assay.h - a case weighed: its matrix, the outcome, what to ask for next.
 *
 * An assessment is a thing of the case like any other: signed, chained, a leaf.
 * It holds the matrix and the outcome, so anybody can do the sum again, and the
 * head of the journal that it rests on, so anybody can see from which items the
 * matrix was made. The same matrix is not written down twice in a row.
 */
#ifndef CASE_ASSAY_H
#define CASE_ASSAY_H

#include "case/casebook.h"
#include "case/weigh.h"

#define ASSAY_METHOD "gach-1"

struct assay {
	struct weigh_case matrix; /* lives in `arena` */
	struct weigh_result *result;
	struct arena arena;
	struct buf matrix_json, outcome_json;
	json_t *groups, *asks;
	char id[DIGEST_HEX];
};

/* Zeroed before; release also after an error. */
enum status assay_make(struct casebook *, struct assay *out, struct error *) MUST_USE;
void assay_release(struct assay *);

/*
 * Write it down, unless the case's newest assessment is this one. `written` tells.
 * Beside, for reading: assessments/<id>.json.
 */
enum status assay_keep(struct casebook *, const struct casebook_hand *,
    const struct assay *, bool *written, struct error *) MUST_USE;

/* An assessment's body: does its outcome come out of its matrix? E_DIFFERS: no. */
enum status assay_check(const json_t *body, struct error *) MUST_USE;

/* The whole as canonical JSON, what `assess DIR --json` prints. */
void assay_encode(const struct assay *, struct buf *out);

#endif
