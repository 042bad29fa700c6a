/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cues.h - the tables of cues.def, compiled; only this room uses it.
 *
 * ICU's regular expressions, with a limit on the steps of a match: a text that
 * needs more is as if it did not match there, and `cut` says so.
 */
#ifndef DOCUMENT_CUES_H
#define DOCUMENT_CUES_H

#include <unicode/uregex.h>

#include "document/notice.h"

/* clang-format off */
#define CUES(X) \
	X(DATE_HAN) X(MONTH_HAN) X(DATE_ISO) X(MONTH_DAY) X(DAY_MONTH) \
	X(DAY_HAN) X(WEEKDAY) X(RELATIVE_DAY) X(SPEAKER_HAN) X(TITLE_NAME) \
	X(NAME_TITLE) X(NAME_SAID) X(SAID_NAME) X(FAR_NAME) X(NAME_HANGUL) \
	X(PARTY_HAN) X(PARTY_WORDS) X(PARTY_OF) X(PARTY_NAMED) X(SAYS) \
	X(AT_BRIEFING) X(ORIGIN_HAN) X(ORIGIN_LINE) X(ORIGIN_WORDS) X(ORIGIN_BY) \
	X(TRANSLATED)
/* clang-format on */

enum cue {
#define X(name) CUE_##name,
	CUES(X)
#undef X
	    CUES_N
};

struct cues;

enum status cues_open(struct cues **out, struct error *) MUST_USE;
void cues_close(struct cues *); /* takes NULL */

/* The text that the cues are looked for in: borrowed until the next cues_text. */
void cues_text(struct cues *, const UChar *, int32_t n);

struct match {
	int32_t from, to;    /* units */
	int32_t group[3][2]; /* from, to of groups 1 to 3; -1: took no part */
};

/* The first match at or after `at` that ends by `end`; false: there is none. */
bool cues_find(struct cues *, enum cue, int32_t at, int32_t end, struct match *);
bool cues_cut(const struct cues *);

/* What a word of the tables stands for; -1 or NULL: nothing. */
int cues_month(const char *word);
int cues_weekday(const char *word);
int cues_days_ago(const char *word);
const char *cues_party(const char *country);
const char *cues_named(const char *institution);
bool cues_is_surname(const char *character);
bool cues_no_name(const char *word);
bool cues_leading(const char *word);
/* "en" and so on for a word that only it has; NULL. */
const char *cues_language(const char *word);

#endif
