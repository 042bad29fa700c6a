/* SPDX-License-Identifier: Apache-2.0 */
/*
 * normal.h - a text as it is compared, with the way back.
 *
 * Two spellings of the same words must be equal: full and half width,
 * traditional and simplified Chinese, upper and lower case, with and without
 * blanks. So a text is turned into *signs*, code points each of which remembers
 * the characters [from, to) of the text that it came from. Signs are only for
 * comparing; what is shown is always cut from the text itself.
 *
 *	NORMAL_COMPARE	glosses out; NFKC case folding (ICU); traditional to
 *			simplified (OpenCC t2s), a character at a time, so that a
 *			character reads the same wherever it stands; only letters and
 *			digits are kept.
 *	NORMAL_READ	glosses out; NFKC; traditional to simplified; everything
 *			is kept, case too: for finding names, dates, institutions.
 *
 * A gloss is a reading that was set beside a Chinese character and got into the
 * text: 網(wǎng), 網（ㄨㄤˇ）, 東京（とうきょう）. In brackets right after a Han
 * character: one pinyin syllable with its tone mark, or without one when it is
 * that character's own reading; Bopomofo; Hiragana.
 *
 * NORMAL_COMPARE is idempotent: its signs, as a text, give the same signs.
 */
#ifndef DOCUMENT_NORMAL_H
#define DOCUMENT_NORMAL_H

#include "base/arena.h"
#include "document/document.h"

enum normal_mode { NORMAL_COMPARE, NORMAL_READ };

struct normal {
	uint32_t *sign;
	uint32_t *from,
	    *to; /* characters of the text; ascending, may be equal for several */
	/*
	 * What a sign weighs: a character of a script without blanks between words
	 * and a digit 1, the first letter of a word of another script 2, its other
	 * letters 0. So twelve Han characters weigh as much as six English words.
	 */
	uint8_t *weight;
	uint32_t n;
};

/* ICU and OpenCC opened once; for one thread. */
struct normaliser;

enum status normaliser_open(struct normaliser **out, struct error *) MUST_USE;
void normaliser_close(struct normaliser *); /* takes NULL */

/* In the arena. E_NOMEM when its limit is reached. */
enum status normal_make(struct normal *out, struct normaliser *, enum normal_mode,
    const struct document *, struct arena *, struct error *) MUST_USE;

#define NORMAL_NAME 64

/*
 * A person's name as Latin letters in lower case, blanks between its parts,
 * Chinese by its usual reading of names: "毛宁" and "Mao Ning" are "mao ning".
 * Returns its length, 0 when nothing is left.
 */
size_t normal_name(
    struct normaliser *, const uint32_t *signs, size_t n, char out[static NORMAL_NAME]);

#endif
