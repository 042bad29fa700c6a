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

/* A number of at most ten digits, "AS" before it or not; false: none, or above `most`. */
static inline bool
words_number(struct span s, uint64_t most, uint64_t *out)
{
	uint64_t n = 0;

	if (s.len > 2 && (s.at[0] | 32) == 'a' && (s.at[1] | 32) == 's')
		s = (struct span){ s.at + 2, s.len - 2 };
	if (s.len == 0 || s.len > 10)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] < '0' || s.at[i] > '9')
			return false;
		n = n * 10 + (uint64_t)(s.at[i] - '0');
	}
	*out = n;
	return n <= most;
}

#endif
