/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lineage.h - which documents have one origin, for people and machines.
 *
 * Passages are cut from the documents as they are, and escaped: what a stranger
 * wrote moves no cursor and opens no tag. docs/formats/lineage.md has the JSON.
 */
#ifndef PUBLISH_LINEAGE_H
#define PUBLISH_LINEAGE_H

#include "base/buf.h"
#include "document/lineage.h"

/* `dir` is for the command lines that are proposed. */
void publish_lineage_text(const struct lineage *, const char *dir, struct buf *out);
void publish_lineage_json(const struct lineage *, struct buf *out);

/* Why the pair is linked, in one sentence; nothing when it is not. */
void publish_link_reason(
    const struct lineage *, const struct lineage_pair *, struct buf *out);

/* The basis that a group of a case has for these links: "passages", "translation", ... */
const char *publish_link_basis(uint32_t links);

#endif
