/* SPDX-License-Identifier: Apache-2.0 */
/*
 * canonical.h - is this JSON in its one spelling?
 *
 * What base/json.h writes: RFC 8785 with integers only and printable ASCII
 * keys. No white space, keys ascending and once each, the short escapes where
 * they exist, well-formed UTF-8. A verifier that takes nothing else needs no
 * JSON library between a signature and what it means.
 */
#ifndef EVIDENCE_CANONICAL_H
#define EVIDENCE_CANONICAL_H

#include "base/cursor.h"

#define CANONICAL_DEPTH 16

/* Step over one value and give its bytes. False: the cursor is bad. */
bool canonical_value(struct cursor *, struct span *value);

#endif
