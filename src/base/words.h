/* SPDX-License-Identifier: Apache-2.0 */
/*
 * words.h - lines of words with blanks between them, as people write them.
 */
#ifndef BASE_WORDS_H
#define BASE_WORDS_H

#include "base/cursor.h"

static inline bool
words_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The next word of the line, and what follows stays; empty at the end. */
static inline struct span
words_next(struct span *line)
{
	struct span w;

	while (line->len > 0 && words_blank(*line->at)) {
		line->at++;
		line->len--;
	}
	w = (struct span){ line->at, 0 };
	while (line->len > 0 && !words_blank(*line->at)) {
		line->at++;
		line->len--;
		w.len++;
	}
	return w;
}

/* All that is left, without the blanks around it. */
static inline struct span
words_rest(struct span line)
{
	while (line.len > 0 && words_blank(*line.at)) {
		line.at++;
		line.len--;
	}
	while (line.len > 0 && words_blank(line.at[line.len - 1]))
		line.len--;
	return line;
}

#endif
