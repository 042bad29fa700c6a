/* SPDX-License-Identifier: Apache-2.0 */
/*
 * docket.h - the register of claims: who says what, on what evidence, and what
 * became of it; their figures, and what follows from them by arithmetic alone.
 */
#ifndef CASE_DOCKET_H
#define CASE_DOCKET_H

#include "case/casebook.h"

/*
 * {"claims":[..],"implications":[..],"title":".."} as docs/formats/claim.md says.
 * What is not stated is the text DOCKET_NOT_STATED. The caller decrefs.
 */
#define DOCKET_NOT_STATED "not stated"
enum status docket_make(struct casebook *, json_t **out, struct error *) MUST_USE;

#endif
