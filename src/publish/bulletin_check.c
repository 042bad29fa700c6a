/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does a sentence say more than the case bears?
 *
 * A sentence is folded (NFKC, case, what is invisible away), so that full-width
 * digits, capitals and zero-width joints do not hide a word. What the case itself
 * holds is then covered up, each text whole; a numeral that is left over has no
 * source. Words of grade are found longest first. Quotation marks protect a
 * stranger's words only if the case has them and the sentence says whose they are.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#include "case/item.h"
#include "publish/bulletin_facts.h"

#define SENTENCE_MAX 8192
#define COVER        '\x01'

struct word {
	const char *text;
	int grade;
};

/* clang-format off */
#define LIKELIHOOD(n, w) { w, n },
static const struct word likelihoods[] = {
#include "publish/graded.def"
};
#undef LIKELIHOOD
#define MORE(w) { w, 0 },
static const struct word mores[] = {
#include "publish/graded.def"
};
#undef MORE
#define LEVEL(n, w) { w, n },
static const struct word levels[] = {
#include "publish/graded.def"
};
#undef LEVEL
#define CONFIDENT(w) { w, 0 },
static const struct word confidents[] = {
#include "publish/graded.def"
};
#undef CONFIDENT
#define DEED(w) { w, 0 },
static const struct word deeds[] = {
#include "publish/graded.def"
};
#undef DEED
#define SPONSOR(w) { w, 0 },
static const struct word sponsors[] = {
#include "publish/graded.def"
};
#undef SPONSOR
#define CONTROL(w) { w, 0 },
static const struct word controls[] = {
#include "publish/graded.def"
};
#undef CONTROL
#define HEDGE(w) { w, 0 },
static const struct word hedges[] = {
#include "publish/graded.def"
};
#undef HEDGE
#define NOT(w) { w, 0 },
static const struct word nots[] = {
#include "publish/graded.def"
};
#undef NOT
#define NUMBER(w) { w, 0 },
static const struct word numbers[] = {
#include "publish/graded.def"
};
#undef NUMBER
/* clang-format on */

#define LIST(a) a, sizeof a / sizeof *a

/* False: it is too long or not UTF-8. */
static bool
fold(const char *text, char to[static SENTENCE_MAX])
{
	UChar a[SENTENCE_MAX], b[SENTENCE_MAX];
	UErrorCode e = U_ZERO_ERROR;
	const UNormalizer2 *n = unorm2_getNFKCCasefoldInstance(&e);
	int32_t len, out = 0;

	(void)u_strFromUTF8(a, SENTENCE_MAX, &len, text, -1, &e);
	if (U_FAILURE(e))
		return false;
	len = unorm2_normalize(n, a, len, b, SENTENCE_MAX, &e);
	if (U_FAILURE(e))
		return false;
	for (int32_t i = 0; i < len; i++) {
		bool space = u_isUWhiteSpace(b[i]);

		if (space && out > 0 && a[out - 1] == ' ')
			continue;
		a[out++] = space ? ' ' : b[i];
	}
	(void)u_strToUTF8(to, SENTENCE_MAX, NULL, a, out, &e);
	return U_SUCCESS(e) && e != U_STRING_NOT_TERMINATED_WARNING;
}

/* One character of text that fold() wrote, which is good UTF-8; COVER for COVER. */
static UChar32
next_char(const char **at)
{
	const uint8_t *p = (const uint8_t *)*at;
	int more = *p >= 0xf0 ? 3 : *p >= 0xe0 ? 2 : *p >= 0xc0 ? 1 : 0;
	UChar32 c = more ? *p & (0x3f >> more) : *p;

	for (int i = 1; i <= more; i++)
		c = c << 6 | (p[i] & 0x3f);
	*at += 1 + more;
	return c;
}

static bool
is_letter(char c)
{
	return isalnum((unsigned char)c) && (unsigned char)c < 0x80;
}

/* An ASCII word ends where letters end; a Chinese one anywhere. */
static bool
stands_alone(const char *text, const char *at, size_t len)
{
	bool ascii = (unsigned char)*at < 0x80;

	return !ascii || ((at == text || !is_letter(at[-1])) && !is_letter(at[len]));
}

/* The longest of the words that begins here; NULL: none. */
static const struct word *
word_at(const char *text, const char *at, const struct word *list, size_t n)
{
	const struct word *best = NULL;

	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(list[i].text);

		if (strncmp(at, list[i].text, len) == 0 && stands_alone(text, at, len) &&
		    (best == NULL || len > strlen(best->text)))
			best = &list[i];
	}
	return best;
}

static bool
has_word(const char *text, const struct word *list, size_t n)
{
	for (const char *p = text; *p; p++)
		if (word_at(text, p, list, n))
			return true;
	return false;
}

/* Does one of the words that deny stand directly before? */
static bool
denied(const char *text, const char *at)
{
	while (at > text && at[-1] == ' ')
		at--;
	for (size_t i = 0; i < sizeof nots / sizeof *nots; i++) {
		size_t len = strlen(nots[i].text);

		if ((size_t)(at - text) >= len &&
		    strncmp(at - len, nots[i].text, len) == 0 &&
		    stands_alone(text, at - len, len))
			return true;
	}
	return false;
}

/* Is this occurrence of a value whole, and not the beginning of a larger one? */
static bool
is_whole(const char *text, const char *at, size_t len, enum bulletin_type type)
{
	static const char *const larger[] = { "%", "percent", "per cent", "hundred",
		"thousand", "million", "billion", "dozen", "k ", "万", "亿", "千", "百",
		"十", "成", "倍", "times as" };
	const char *after = at + len;
	bool first = isdigit((unsigned char)*at), last = isdigit((unsigned char)after[-1]);

	if (at > text && first && (is_letter(at[-1]) || strchr(".,-", at[-1])))
		return false;
	if (last && is_letter(*after))
		return false;
	if (last && *after && strchr(".,:-/", *after) && isdigit((unsigned char)after[1]))
		return false;
	if (type != SLOT_COUNT)
		return stands_alone(text, at, len) && !(last && *after == '%');
	after += *after == ' ';
	for (size_t i = 0; i < sizeof larger / sizeof *larger; i++)
		if (strncmp(after, larger[i], strlen(larger[i])) == 0)
			return false;
	return true;
}

static void
cover_all(const char *text, char *covered, const char *value, enum bulletin_type type)
{
	size_t len = strlen(value);

	for (const char *p = text; len > 0 && (p = strstr(p, value)) != NULL; p++)
		if (is_whole(text, p, len, type))
			memset(covered + (p - text), COVER, len);
}

/* Every text that filled a slot; of a time also its day, month and year. */
static void
cover(const struct bulletin_facts *f, const char *text, char *covered, bool counts)
{
	static const size_t parts[] = { 19, 16, 10, 7, 4 };
	char value[SENTENCE_MAX];
	const char *key;
	json_t *x;

	for (int t = 0; t < SLOT_TYPES; t++) {
		if (t == SLOT_GRADE || t == SLOT_PROSE || t == SLOT_QUOTE)
			continue;
		if (!counts && (t == SLOT_COUNT || t == SLOT_SHARE || t == SLOT_PERIOD))
			continue;
		json_object_foreach(f->literal[t], key, x)
		{
			if (!fold(key, value))
				continue;
			cover_all(text, covered, value, (enum bulletin_type)t);
			for (size_t i = 0; t == SLOT_TIME && i < 5; i++)
				if (parts[i] < strlen(value)) {
					value[parts[i]] = '\0';
					cover_all(text, covered, value, SLOT_TIME);
				}
		}
	}
	json_object_foreach(f->actors, key, x) if (fold(key, value))
	    cover_all(text, covered, value, SLOT_NAME);
}

/* 一 is an article as often as a number; two of these in a row are a number. */
static bool
han_number(const char *at)
{
	static const char *const idioms[] = { "万一", "千万不", "一一", "三方" };
	static const char *const measures[] = { "台", "个", "次", "名", "家", "条", "份",
		"处", "起", "成", "倍", "组", "项", "种", "类", "天", "年", "月", "日",
		"时", "分", "秒", "国", "例", "款" };
	static const char numerals[] =
	    "〇零一二两三四五六七八九十百千万亿兆廿卅壹贰叁肆伍陆柒"
	    "捌玖拾佰仟萬億";
	int digits = 0;
	const char *first = NULL;

	for (size_t k = 0; k < sizeof idioms / sizeof *idioms; k++)
		if (strncmp(at, idioms[k], strlen(idioms[k])) == 0)
			return false;
	for (; *at; digits++, at += 3) {
		char one[4];
		const char *found;

		(void)snprintf(one, sizeof one, "%.3s", at);
		found = (unsigned char)*at >= 0xe0 && strlen(one) == 3
			    ? strstr(numerals, one)
			    : NULL;
		if (found == NULL || (found - numerals) % 3 != 0)
			break;
		first = first ? first : found;
	}
	if (digits >= 2)
		return true;
	if (digits == 0 || strncmp(first, "一", 3) == 0)
		return false;
	if (first >= strstr(numerals, "十"))
		return true;
	for (size_t k = 0; k < sizeof measures / sizeof *measures; k++)
		if (strncmp(at, measures[k], strlen(measures[k])) == 0)
			return true;
	return false;
}

/* A numeral in what is not covered up; `at` is where. */
static bool
find_number(const char *text, const char **at)
{
	for (const char *p = text; *p;) {
		UChar32 c;

		*at = p;
		if (word_at(text, p, LIST(numbers)))
			return true;
		c = next_char(&p);
		if (c < 0x80 ? isdigit(c) : (U_GET_GC_MASK(c) & U_GC_N_MASK) != 0)
			return true;
		if (c >= 0x3400 && han_number(*at))
			return true;
	}
	return false;
}

/* “..” goes, if the case has it and the sentence names one whose it is. */
static void
drop_quotes(const struct bulletin_facts *f, const char *sentence, char *to, size_t size)
{
	size_t n = 0;

	while (*sentence && n + 8 < size) {
		const char *key, *who;
		json_t *whose, *x;
		size_t skip = 0;

		if (strncmp(sentence, "“", 3) == 0)
			json_object_foreach(f->quotes, key, whose)
			{
				size_t len = strlen(key);

				if (strncmp(sentence + 3, key, len) != 0 ||
				    strncmp(sentence + 3 + len, "”", 3) != 0)
					continue;
				json_object_foreach(whose, who,
				    x) if (memmem(to, n, who, strlen(who))) skip = len + 6;
			}
		if (skip) {
			sentence += skip;
			continue;
		}
		to[n++] = *sentence++;
	}
	to[n] = '\0';
}

static bool
too_much(struct buf *why, const char *fmt, const char *what)
{
	buf_printf(why, fmt, what);
	return false;
}

static bool
bears_grades(const struct bulletin_facts *f, const char *text, struct buf *why)
{
	bool graded = false, confident = false;

	for (const char *p = text; *p;) {
		const struct word *w = word_at(text, p, LIST(likelihoods));

		if (w && f->word < 0)
			return too_much(why,
			    "it says \"%s\", and the case holds no conclusion", w->text);
		if (w && w->grade != f->word)
			return too_much(why,
			    "it says \"%s\", which is not the word of the assessment",
			    w->text);
		graded |= w != NULL;
		if (w == NULL && (w = word_at(text, p, LIST(mores))) != NULL &&
		    !denied(text, p))
			return too_much(
			    why, "it says \"%s\", which is more than any grade", w->text);
		confident |= word_at(text, p, LIST(confidents)) != NULL;
		p += w ? strlen(w->text) : 1;
	}
	if (graded && confident)
		return too_much(why, "likelihood and confidence are in one sentence%s", "");
	for (const char *p = text; confident && *p;) {
		const struct word *w = word_at(text, p, LIST(levels));

		if (w && w->grade != (int)f->confidence)
			return too_much(why,
			    "it says \"%s\" of a confidence that the assessment does not "
			    "have",
			    w->text);
		p += w ? strlen(w->text) : 1;
	}
	return true;
}

/* Is the name of a state or an organisation in it? */
static const char *
names_somebody(const struct bulletin_facts *f, const char *text)
{
	char value[SENTENCE_MAX];
	const char *key, *at;
	json_t *x;

	json_object_foreach(f->states, key,
	    x) if (fold(key, value) && value[0] && (at = strstr(text, value)) != NULL &&
		   stands_alone(text, at, strlen(value))) return key;
	return item_country_within(text) ? "a country" : NULL;
}

static bool
bears_names(const struct bulletin_facts *f, enum bulletin_place place, bool analyst,
    const char *text, struct buf *why)
{
	char value[SENTENCE_MAX];
	const char *key, *at;
	bool deed = has_word(text, LIST(deeds));
	bool strict = place == PLACE_SEEN || place == PLACE_KNOWN || place == PLACE_UNKNOWN;
	json_t *x;

	if (has_word(text, LIST(sponsors)))
		return too_much(why,
		    "a state or a service as the one who did it is never ours to say%s: "
		    "quote a claim",
		    "");
	if (!analyst)
		return true;
	key = deed || strict ? names_somebody(f, text) : NULL;
	if (key)
		return too_much(why,
		    "it names %s; a state or an organisation is never ours to name: quote "
		    "a "
		    "claim",
		    key);
	json_object_foreach(f->actors, key,
	    x) if (fold(key, value) && strcmp(key, f->leader) != 0 &&
		   (at = strstr(text, value)) != NULL &&
		   stands_alone(text, at, strlen(value))) return too_much(why,
	    "it names the cluster %s, and the assessment does not conclude on it", key);
	return true;
}

static bool
bears_control(const char *text, struct buf *why)
{
	for (const char *p = text; *p; p++) {
		const struct word *w = word_at(text, p, LIST(controls));

		if (w && !denied(text, p) && !has_word(text, LIST(hedges)))
			return too_much(why,
			    "it says \"%s\" as a fact; what was seen is traffic", w->text);
	}
	return true;
}

bool
bulletin_bears(const struct bulletin_facts *f, enum bulletin_place place, bool analyst,
    const char *sentence, struct buf *why)
{
	char bare[SENTENCE_MAX], text[SENTENCE_MAX], covered[SENTENCE_MAX];
	const char *at;

	drop_quotes(f, sentence, bare, sizeof bare);
	if (strlen(sentence) >= SENTENCE_MAX - 8 || !fold(bare, text))
		return too_much(why, "it is too long or no text%s", "");
	(void)snprintf(covered, sizeof covered, "%s", text);
	cover(f, text, covered, true);
	if (!bears_grades(f, covered, why) || !bears_names(f, place, analyst, text, why) ||
	    !bears_control(covered, why))
		return false;
	if (!find_number(covered, &at))
		return true;
	return too_much(why, "the number at \"%.24s\" is no value of the case", at);
}

/* Where the sentence at `text` ends: behind its full stop. */
static size_t
sentence_len(const char *text)
{
	static const char *const ends[] = { "。", "！", "？", "；" };
	size_t n = 0;

	if (strncmp(text, "“", 3) == 0) /* a quotation is one piece */
		n = strstr(text, "”") ? (size_t)(strstr(text, "”") - text) : 0;
	for (; text[n]; n++) {
		const char *close;

		if (n > 0 && strncmp(text + n, "“", 3) == 0 &&
		    (close = strstr(text + n, "”")) != NULL) {
			n = (size_t)(close - text) + 2;
			continue;
		}
		if (text[n] == '\n' ||
		    (strchr(".!?", text[n]) && (text[n + 1] == ' ' || !text[n + 1])))
			return n + 1;
		for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
			if (strncmp(text + n, ends[i], strlen(ends[i])) == 0)
				return n + strlen(ends[i]);
	}
	return n;
}

typedef bool judge(const struct bulletin_facts *, enum bulletin_place, bool analyst,
    const char *sentence, struct buf *why);

static enum status
each_sentence(const struct bulletin_facts *f, enum bulletin_place place, bool analyst,
    const char *text, judge *bears, struct error *err)
{
	struct buf why = { .max = 4096 }, one = { .max = 1 << 17 };
	enum status st = OK;

	while (st == OK && *text) {
		size_t n = sentence_len(text);

		buf_reset(&one);
		buf_put(&one, text, n);
		if (!one.bad && one.at && !bears(f, place, analyst, one.at, &why))
			st = error_set(err, E_DIFFERS,
			    "a sentence says more than the case: \"%.*s\": %s",
			    (int)(n < 300 ? n : 300), text, why.at ? why.at : "");
		text += n;
		text += strspn(text, " \n");
	}
	buf_release(&why), buf_release(&one);
	return st;
}

enum status
bulletin_check(const struct bulletin *b, struct error *err)
{
	enum status st =
	    each_sentence(&b->facts, PLACE_TITLE, true, b->title, bulletin_bears, err);

	for (unsigned i = 0; st == OK && i < b->blocks; i++)
		st = each_sentence(&b->facts, b->block[i].place,
		    b->block[i].form == BULLETIN_NOTE, b->block[i].text, bulletin_bears,
		    err);
	return st;
}

static bool
bears_no_number(const struct bulletin_facts *f, enum bulletin_place place, bool analyst,
    const char *sentence, struct buf *why)
{
	char bare[SENTENCE_MAX], text[SENTENCE_MAX], covered[SENTENCE_MAX];
	const char *at;

	(void)place, (void)analyst;
	drop_quotes(f, sentence, bare, sizeof bare);
	if (strlen(sentence) >= SENTENCE_MAX - 8 || !fold(bare, text))
		return too_much(why, "it is too long or no text%s", "");
	for (char *p = strchr(text, '{'); p; p = strchr(p, '{'))
		while (*p && *p != '}')
			*p++ = COVER;
	(void)snprintf(covered, sizeof covered, "%s", text);
	cover(f, text, covered, false);
	if (!find_number(covered, &at))
		return true;
	return too_much(
	    why, "a number is written {alerts}, {hosts} and so on, not as \"%.24s\"", at);
}

enum status
bulletin_only_slots(const struct bulletin_facts *f, const char *text, struct error *err)
{
	return each_sentence(f, PLACE_TITLE, true, text, bears_no_number, err);
}
