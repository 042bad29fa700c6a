/* SPDX-License-Identifier: Apache-2.0 */
#include "document/cues.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <unicode/ustring.h>

#include "base/buf.h"

#define PATTERN_MAX 16384
#define STEPS       1000 /* ICU's unit of time for a match; about as many milliseconds */
#define STACK       (1 << 20)

struct cues {
	URegularExpression *rx[CUES_N];
	bool cut;
};

struct entry {
	const char *what, *words; /* '|' between them */
};

/* clang-format off */
static const struct entry parties[] = {
#define PARTY(code, han, words) { code, han "|" words },
#include "document/cues.def"
#undef PARTY
};
static const struct entry named[] = {
#define NAMED(code, words) { code, words },
#include "document/cues.def"
#undef NAMED
};
static const struct entry stopwords[] = {
#define STOPWORDS(language, words) { language, words },
#include "document/cues.def"
#undef STOPWORDS
};
static const struct { int what; const char *words; } months[] = {
#define MONTHS(n, words) { n, words },
#include "document/cues.def"
#undef MONTHS
}, weekdays[] = {
#define WEEKDAYS(n, words) { n, words },
#include "document/cues.def"
#undef WEEKDAYS
}, relatives[] = {
#define RELATIVE(n, words) { n, words },
#include "document/cues.def"
#undef RELATIVE
};
static const char countries_han[] = ""
#define PARTY(code, han, words) han "|"
#include "document/cues.def"
#undef PARTY
;
static const char countries_words[] = ""
#define PARTY(code, han, words) words "|"
#include "document/cues.def"
#undef PARTY
;
static const char all_named[] = ""
#define NAMED(code, words) words "|"
#include "document/cues.def"
#undef NAMED
;
static const char all_months[] = ""
#define MONTHS(n, words) words "|"
#include "document/cues.def"
#undef MONTHS
;
static const char all_weekdays[] = ""
#define WEEKDAYS(n, words) words "|"
#include "document/cues.def"
#undef WEEKDAYS
;
static const char all_relatives[] = ""
#define RELATIVE(n, words) words "|"
#include "document/cues.def"
#undef RELATIVE
;

#define LIST(name) static const char list_##name[] =
#define INSTITUTION_HAN   LIST(institution_han)
#define INSTITUTION_WORDS ; LIST(institution_words)
#define SAYING            ; LIST(saying)
#define TITLE_HAN         ; LIST(title_han)
#define TITLE_WORDS       ; LIST(title_words)
#define TITLE_FAR         ; LIST(title_far)
#define AFTER_NAME_HAN    ; LIST(after_name)
#define SURNAMES          ; LIST(surnames)
#define NO_NAME           ; LIST(no_name)
#define LEADING           ; LIST(leading)
#define BRIEFING          ; LIST(briefing)
#include "document/cues.def"
;

/*
 * %h countries in Chinese, %w in other words, %i and %I institutions of both,
 * %n named, %s saying, %t %T %F titles, %a after a Chinese name, %b briefing,
 * %m months, %d weekdays, %r relative days, %N a name in Latin or Cyrillic.
 */
static const char *const patterns[CUES_N] = {
	[CUE_DATE_HAN] = "((?:19|20)\\d\\d)\\s{0,8}年\\s{0,8}(\\d{1,2})\\s{0,8}月\\s{0,8}(\\d{1,2})\\s{0,8}[日号]",
	[CUE_MONTH_HAN] = "(?<![\\d年])(\\d{1,2})\\s{0,8}月\\s{0,8}(\\d{1,2})\\s{0,8}[日号]",
	[CUE_DATE_ISO] = "(?<!\\d)((?:19|20)\\d\\d)[-/.](\\d{1,2})[-/.](\\d{1,2})(?!\\d)",
	[CUE_MONTH_DAY] = "\\b(%m)\\.?\\s{1,8}(\\d{1,2})(?:st|nd|rd|th)?\\b(?:,?\\s{1,8}((?:19|20)\\d\\d)\\b)?",
	[CUE_DAY_MONTH] = "(?<![\\d:])(\\d{1,2})(?:st|nd|rd|th|er|\\.)?\\s{1,8}(?:de\\s{1,8}|of\\s{1,8})?(%m)\\b\\.?(?:,?\\s{1,8}(?:de\\s{1,8})?((?:19|20)\\d\\d)\\b)?",
	[CUE_DAY_HAN] = "(?<![\\d月年.])(\\d{1,2})\\s{0,8}[日号](?![\\p{Han}]?本)",
	[CUE_WEEKDAY] = "(?<!\\p{L})(%d)(?!\\p{L})|(星期[一二三四五六日天]|周[一二三四五六日])",
	[CUE_RELATIVE_DAY] = "(%r)",
	[CUE_SPEAKER_HAN] = "(?:%t)\\s{0,8}([\\p{Han}]{2,4}?)(?=%a)",
	[CUE_TITLE_NAME] = "(?i:\\b(?:%T))\\s{1,8}%N",
	[CUE_NAME_TITLE] = "%N,\\s{1,8}(?:[\\p{L}'’.-]{1,30}\\s{1,8}){0,7}?(?i:%T)\\b",
	[CUE_NAME_SAID] = "%N\\s{1,8}(?:also\\s{1,8})?(?:said|says|told|stated|added|noted|stressed|announced|warned|claimed|accused)\\b",
	[CUE_SAID_NAME] = "\\b(?:said|says)\\s{1,8}%N",
	[CUE_FAR_NAME] = "(?i:\\b(?:%F))(?:\\s{1,8}[\\p{L}'’-]{1,30}){0,7}?\\s{0,8},?\\s{1,8}%N",
	[CUE_NAME_HANGUL] = "([\\p{Hangul}]{2,5})\\s{1,8}(?:[\\p{Hangul}]{1,30}\\s{1,8}){0,3}?대변인",
	[CUE_PARTY_HAN] = "(?<!驻)(%h)(?:驻[\\p{Han}]{1,8}?)?(?:(?!%h)[\\p{Han}]){0,6}?(?:%i)",
	[CUE_PARTY_WORDS] = "(?<!\\p{L})(%w)(?!\\p{L})(?:['’]s)?\\s{1,8}(?:(?!%w)[\\p{L}-]{1,30}\\s{1,8}){0,4}?(?i:%I)",
	[CUE_PARTY_OF] = "(?i:%I)\\p{L}{0,3}\\s{1,8}(?:[\\p{L}-]{1,30}\\s{1,8}){0,5}?(?:of|de|du|von|für)?\\s{0,8}(?:the\\s{1,8}|la\\s{1,8}|People['’]s Republic of\\s{1,8})?(%w)(?!\\p{L})",
	[CUE_PARTY_NAMED] = "(%n)",
	[CUE_SAYS] = "(?i:%s)",
	[CUE_AT_BRIEFING] = "(?i:%b)",
	[CUE_ORIGIN_HAN] = "(?:来源|稿源|转自|转载自|原载|编译自|译自)\\s{0,8}:\\s{0,8}([^\\n。]{2,80})",
	[CUE_ORIGIN_LINE] = "(?im)^[^\\p{L}\\n]{0,30}(?:sources?|via|fuente|quelle|источник)\\s{0,8}:\\s{0,8}([^\\n]{2,80})",
	[CUE_ORIGIN_WORDS] = "(?i:(?:originally|first) published (?:by|in|on|at)|(?:republished|reprinted|translated) from)\\s{1,8}(?:the\\s{1,8})?([^\\n.,;]{2,60})",
	[CUE_ORIGIN_BY] = "据(?:%h)?([\\p{Han}]{2,12}?)(?:报道|消息)",
	[CUE_TRANSLATED] = "(?i:编译自|译自|翻译自|本文译|translated (?:from|by)|traduit d|traducido d|übersetzt aus|перевод с)",
};
/* clang-format on */

#define ONE_NAME                                                             \
	"(?<!\\p{L})(\\p{Lu}[\\p{Ll}][\\p{L}-]{0,30}(?: {1,3}(?:\\p{Lu}\\.|" \
	"(?:al|bin|de|der|di|la|van|von|el) \\p{L}{1,30}|"                   \
	"\\p{Lu}[\\p{Ll}][\\p{L}-]{0,30}(?:['’]\\p{Lu}\\p{Ll}{1,30})?)){1,3})"

/* A list as alternatives: a full stop in it is one, '*' some letters, an empty end none. */
static void
put_list(struct buf *b, const char *list)
{
	size_t n = strlen(list);

	while (n > 0 && list[n - 1] == '|')
		n--;
	for (size_t i = 0; i < n; i++) {
		if (list[i] == '*') {
			buf_puts(b, "\\p{L}{0,3}");
			continue;
		}
		if (list[i] == '.')
			buf_putc(b, '\\');
		buf_putc(b, list[i]);
	}
}

static void
put_pattern(struct buf *b, const char *pattern)
{
	static const struct {
		char key;
		const char *list;
	} lists[] = { { 'h', countries_han }, { 'w', countries_words },
		{ 'i', list_institution_han }, { 'I', list_institution_words },
		{ 'n', all_named }, { 's', list_saying }, { 't', list_title_han },
		{ 'T', list_title_words }, { 'F', list_title_far }, { 'b', list_briefing },
		{ 'm', all_months }, { 'd', all_weekdays }, { 'r', all_relatives } };

	for (; *pattern; pattern++) {
		if (*pattern != '%') {
			buf_putc(b, *pattern);
			continue;
		}
		pattern++;
		if (*pattern == 'N')
			buf_puts(b, ONE_NAME);
		if (*pattern == 'a')
			buf_puts(b, list_after_name);
		for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
			if (lists[i].key == *pattern)
				put_list(b, lists[i].list);
	}
}

static enum status
compile(struct cues *c, enum cue cue, struct error *err)
{
	static const char *const names[] = {
#define X(name) #name,
		CUES(X)
#undef X
	};
	struct buf b = { .max = PATTERN_MAX };
	UChar pattern[PATTERN_MAX];
	UErrorCode u = U_ZERO_ERROR;
	UParseError where;
	int32_t n = 0;

	put_pattern(&b, patterns[cue]);
	CHECK(!b.bad);
	(void)u_strFromUTF8(pattern, PATTERN_MAX, &n, b.at, (int32_t)b.len, &u);
	c->rx[cue] = uregex_open(pattern, n, 0, &where, &u);
	buf_release(&b);
	uregex_setTimeLimit(c->rx[cue], STEPS, &u);
	uregex_setStackLimit(c->rx[cue], STACK, &u);
	if (U_FAILURE(u))
		return error_set(err, E_IO, "ICU refuses the pattern %s at %d: %s",
		    names[cue], where.offset, u_errorName(u));
	return OK;
}

enum status
cues_open(struct cues **out, struct error *err)
{
	struct cues *c = calloc(1, sizeof *c);
	enum status st = OK;

	if (c == NULL)
		return error_set(err, E_NOMEM, "no memory for the tables of cues");
	for (int i = 0; st == OK && i < CUES_N; i++)
		st = compile(c, (enum cue)i, err);
	if (st != OK) {
		cues_close(c);
		return st;
	}
	*out = c;
	return OK;
}

void
cues_close(struct cues *c)
{
	if (c == NULL)
		return;
	for (int i = 0; i < CUES_N; i++)
		uregex_close(c->rx[i]);
	free(c);
}

void
cues_text(struct cues *c, const UChar *text, int32_t n)
{
	UErrorCode u = U_ZERO_ERROR;

	c->cut = false;
	for (int i = 0; i < CUES_N; i++)
		uregex_setText(c->rx[i], text, n, &u);
	CHECK(U_SUCCESS(u));
}

bool
cues_find(struct cues *c, enum cue cue, int32_t at, int32_t end, struct match *m)
{
	URegularExpression *rx = c->rx[cue];
	UErrorCode u = U_ZERO_ERROR;

	if (at >= end)
		return false;
	uregex_useTransparentBounds(rx, true, &u);
	uregex_useAnchoringBounds(rx, false, &u);
	uregex_setRegion(rx, at, end, &u);
	if (!uregex_findNext(rx, &u)) {
		c->cut |= U_FAILURE(u);
		return false;
	}
	*m = (struct match){ uregex_start(rx, 0, &u), uregex_end(rx, 0, &u),
		{ { -1, -1 }, { -1, -1 }, { -1, -1 } } };
	for (int32_t g = 0; g < 3 && g < uregex_groupCount(rx, &u); g++) {
		m->group[g][0] = uregex_start(rx, g + 1, &u);
		m->group[g][1] = uregex_end(rx, g + 1, &u);
	}
	return U_SUCCESS(u) && m->to > m->from;
}

bool
cues_cut(const struct cues *c)
{
	return c->cut;
}

static bool
has_word(const char *list, const char *word)
{
	size_t n = strlen(word), k;

	if (n == 0)
		return false;
	for (const char *at = list; at != NULL; at = strchr(at, '|')) {
		at += *at == '|';
		k = strcspn(at, "|*");
		if (at[k] == '*' ? k <= n && strncmp(at, word, k) == 0
				 : k == n && strncasecmp(at, word, n) == 0)
			return true;
	}
	return false;
}

int
cues_month(const char *word)
{
	for (size_t i = 0; i < sizeof months / sizeof *months; i++)
		if (has_word(months[i].words, word))
			return months[i].what;
	return -1;
}

int
cues_weekday(const char *word)
{
	for (size_t i = 0; i < sizeof weekdays / sizeof *weekdays; i++)
		if (has_word(weekdays[i].words, word))
			return weekdays[i].what;
	return -1;
}

int
cues_days_ago(const char *word)
{
	for (size_t i = 0; i < sizeof relatives / sizeof *relatives; i++)
		if (has_word(relatives[i].words, word))
			return relatives[i].what;
	return -1;
}

static const char *
entry_of(const struct entry *e, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++)
		if (has_word(e[i].words, word))
			return e[i].what;
	return NULL;
}

const char *
cues_party(const char *country)
{
	return entry_of(parties, sizeof parties / sizeof *parties, country);
}

const char *
cues_named(const char *institution)
{
	return entry_of(named, sizeof named / sizeof *named, institution);
}

const char *
cues_language(const char *word)
{
	return entry_of(stopwords, sizeof stopwords / sizeof *stopwords, word);
}

bool
cues_is_surname(const char *character)
{
	return strstr(list_surnames, character) != NULL;
}

bool
cues_no_name(const char *word)
{
	return has_word(list_no_name, word);
}

bool
cues_leading(const char *word)
{
	return has_word(list_leading, word);
}
