/* SPDX-License-Identifier: Apache-2.0 */
/*
 * passage.h - the words two texts have in common.
 *
 * Winnowing (Schleimer, Wilkerson, Aiken 2003): every run of PASSAGE_GRAM signs
 * is hashed, of every PASSAGE_WINDOW hashes in a row the least is kept, the
 * rightmost of equals. Two texts that share PASSAGE_LEAST signs therefore keep
 * a hash in common, and from there the passage is grown both ways to its full
 * length, so that every shared run of PASSAGE_LEAST signs is found, and only
 * those.
 *
 * A passage that lies, in either text, inside a longer one is left out: the
 * same words said twice are one passage. What is left is ordered by where it
 * stands in the first text.
 *
 * Workload: articles, a few thousand signs, tens of passages. A text that
 * repeats itself without end is followed only so far; `cut` says so.
 */
#ifndef DOCUMENT_PASSAGE_H
#define DOCUMENT_PASSAGE_H

#include "document/normal.h"

#define PASSAGE_LEAST  12
#define PASSAGE_GRAM   8
#define PASSAGE_WINDOW 5         /* = LEAST - GRAM + 1 */
#define PASSAGE_REPEAT 64        /* places of one hash that are followed */
#define PASSAGE_MAX    4096      /* grown passages that are judged */
#define PASSAGE_WORK   (1 << 24) /* signs compared while growing */

struct passage {
	uint32_t a, b, n; /* signs [a, a + n) of the first equal [b, b + n) of the second */
	uint32_t weight;  /* of the signs, see normal.h */
};

struct passages {
	struct passage *at;
	uint32_t n;
	bool cut; /* a limit was met: there may be more */
};

/* Of a text, to compare it with many: its kept hashes in order. */
struct prints {
	struct print {
		uint64_t hash;
		uint32_t sign;
	} * at;
	uint32_t n;
};

enum status prints_make(
    struct prints *out, const struct normal *, struct arena *, struct error *) MUST_USE;

enum status passages_find(struct passages *out, const struct normal *a,
    const struct prints *pa, const struct normal *b, const struct prints *pb,
    struct arena *, struct error *) MUST_USE;

#endif
