/* SPDX-License-Identifier: Apache-2.0 */
/*
 * allowed.h - which findings of an analysis the user's rules hide.
 */
#ifndef CMD_ALLOWED_H
#define CMD_ALLOWED_H

#include "detect/detector.h"

/* Says for each rule what it did. */
typedef void allowed_say(void *state, const char *sentence);

/*
 * hidden[i] of each finding, by the rules in `path`. `show`: they are only
 * counted.
 */
enum status allowed_apply(const char *path, const char *asn_path, bool show,
    const struct finding *, const struct context *, size_t n, const struct heard *,
    bool *hidden, allowed_say *, void *state, struct error *) MUST_USE;

#endif
