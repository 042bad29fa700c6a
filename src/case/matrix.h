/* SPDX-License-Identifier: Apache-2.0 */
/*
 * matrix.h - the matrix that the items of a case amount to.
 *
 * Items depend on one another, and get one group, when they rest on the same
 * document, or on documents that an analyst confirmed to have one origin (kind
 * "group"), on the same finding or findings of the same slice, on the same
 * artefact, on the same claim or on claims quoted from the same document; when
 * they name the same group; or when they have one provider: the party that an
 * item or a document names, or whose part that party is. Only the last rule can
 * be set aside, by an item that says why it is independent, in writing.
 */
#ifndef CASE_MATRIX_H
#define CASE_MATRIX_H

#include "case/casebook.h"

#define MATRIX_MAX ((size_t)1 << 20)

/*
 * `json` receives the matrix as weigh_read takes it, canonical. `groups`: for each
 * group of two or more, [{"because":[".."],"group":"..","items":[".."]}]; the caller
 * decrefs. E_FORMAT: the case has no hypotheses, or an item rates one that it has
 * not.
 */
enum status matrix_make(
    struct casebook *, struct buf *json, json_t **groups, struct error *) MUST_USE;

#endif
