/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ask.h - what to ask for next.
 *
 * Not a list of good advice: for each kind of evidence one further item is put
 * into the matrix, from a source of grade B2 that depends on none of those there,
 * for the leading actor, against it, or telling that it was imitated; and the
 * whole is weighed again. What changes the outcome is worth asking for. When no
 * single item does, two are tried.
 */
#ifndef CASE_ASK_H
#define CASE_ASK_H

#include <jansson.h>

#include "case/weigh.h"

/*
 * [{"kind":"malware","pair":"host"?,"says":"..","wanted":["sample"],
 *   "would":[{"if":"supports","status":"ATTRIBUTED","leader":"x"},..]}]
 * in the order of the kinds. The caller decrefs. NULL: no memory.
 */
json_t *ask_next(const struct weigh_case *, const struct weigh_result *);

/*
 * The asks as evidence requests of the format (kind "request"), ready but for whom
 * they go to and on what legal basis. `id` is the assessment's; `selectors` may be
 * NULL.
 */
json_t *ask_requests(const json_t *asks, const char *id, const json_t *selectors);

#endif
