/* SPDX-License-Identifier: Apache-2.0 */
#include "document/notice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "document/cues.h"
#include "document/day.h"
#include "document/utf16.h"

#define SENTENCE 600 /* units that a sentence may have on either side */
#define NEAR     400 /* units from a speaker to the word for a briefing */
#define WORD     128

struct noticer {
	struct normaliser *nm;
	struct cues *cues;
};

/* The text in which is looked: UTF-16, and from each unit to its sign. */
struct view {
	const struct document *d;
	struct normal signs;
	UChar *unit;
	uint32_t *sign;
	int32_t n;
};

enum status
noticer_open(struct noticer **out, struct normaliser *nm, struct error *err)
{
	struct noticer *nt = calloc(1, sizeof *nt);
	enum status st;

	if (nt == NULL)
		return error_set(err, E_NOMEM, "no memory for noticing");
	nt->nm = nm;
	st = cues_open(&nt->cues, err);
	if (st != OK) {
		free(nt);
		return st;
	}
	*out = nt;
	return OK;
}

void
noticer_close(struct noticer *nt)
{
	if (nt != NULL)
		cues_close(nt->cues);
	free(nt);
}

static enum status
view_make(struct view *v, struct noticer *nt, const struct document *d, struct arena *a,
    struct error *err)
{
	enum status st = normal_make(&v->signs, nt->nm, NORMAL_READ, d, a, err);
	uint32_t n = v->signs.n < NOTICE_TEXT ? v->signs.n : NOTICE_TEXT;

	if (st != OK)
		return st;
	v->d = d;
	v->unit = arena_array(a, 2 * (size_t)n + 1, UChar);
	v->sign = arena_array(a, 2 * (size_t)n + 1, uint32_t);
	if (v->unit == NULL || v->sign == NULL)
		return error_set(err, E_NOMEM, "no room to read %u characters", n);
	for (uint32_t i = 0; i < n; i++) {
		int32_t at = v->n;

		v->n = utf16_put(v->signs.sign[i], v->unit, v->n);
		for (; at < v->n; at++)
			v->sign[at] = i;
	}
	return OK;
}

static struct range
range_of(const struct view *v, int32_t from, int32_t to)
{
	if (from >= to)
		return (struct range){ 0 };
	return (struct range){ v->signs.from[v->sign[from]], v->signs.to[v->sign[to - 1]] };
}

/* Units [from, to) as UTF-8, as far as it fits. */
static const char *
text_of(const struct view *v, int32_t from, int32_t to, char *out, size_t room)
{
	size_t n = 0;

	while (from >= 0 && from < to && n + 4 < room) {
		uint32_t c = utf16_get(v->unit, &from, to);

		if (c < 0xd800 || c >= 0xe000)
			n += utf8_put(c, (uint8_t *)out + n);
	}
	out[n] = '\0';
	return out;
}

static bool
is_end(const struct view *v, int32_t i)
{
	switch (v->unit[i]) {
	case '\n':
	case '!':
	case '?':
	case ';':
	case 0x3002: /* 。 */
		return true;
	case '.': /* not after an initial or an abbreviation like "U.S." */
		return i + 1 < v->n && (v->unit[i + 1] == ' ' || v->unit[i + 1] == '\n') &&
		       i >= 3 && v->unit[i - 2] != '.' && v->unit[i - 2] != ' ' &&
		       v->unit[i - 3] != ' ';
	default:
		return false;
	}
}

static void
sentence_of(const struct view *v, int32_t at, int32_t *from, int32_t *to)
{
	int32_t a = at, b = at;

	while (a > 0 && at - a < SENTENCE && !is_end(v, a - 1))
		a--;
	while (b < v->n && b - at < SENTENCE && !is_end(v, b))
		b++;
	*from = a;
	*to = b;
}

static int
number_of(const struct view *v, const int32_t group[2])
{
	char text[WORD];

	return (int)strtol(text_of(v, group[0], group[1], text, sizeof text), NULL, 10);
}

/* What a match of a cue for days says. */
static struct day
day_of(const struct view *v, enum cue cue, const struct match *m, struct day published)
{
	char word[WORD];
	struct day d = { 0 };
	bool year_last = m->group[2][0] >= 0;
	int month;

	switch (cue) {
	case CUE_DATE_HAN:
	case CUE_DATE_ISO:
		d = (struct day){ number_of(v, m->group[0]), number_of(v, m->group[1]),
			number_of(v, m->group[2]) };
		break;
	case CUE_MONTH_HAN:
		return day_complete(
		    number_of(v, m->group[0]), number_of(v, m->group[1]), published);
	case CUE_MONTH_DAY:
	case CUE_DAY_MONTH: {
		const int32_t *name = m->group[cue == CUE_DAY_MONTH];
		const int32_t *day = m->group[cue == CUE_MONTH_DAY];

		month = cues_month(text_of(v, name[0], name[1], word, sizeof word));
		if (!year_last)
			return day_complete(month, number_of(v, day), published);
		d = (struct day){ number_of(v, m->group[2]), month, number_of(v, day) };
		break;
	}
	case CUE_DAY_HAN:
		return day_in_month(number_of(v, m->group[0]), published);
	case CUE_WEEKDAY:
		month = cues_weekday(text_of(v, m->from, m->to, word, sizeof word));
		return month < 0 ? d : day_on_weekday(month, published);
	case CUE_RELATIVE_DAY:
		month = cues_days_ago(text_of(v, m->from, m->to, word, sizeof word));
		return month < 0 ? d : day_before(published, month);
	default:
		break;
	}
	return day_is(d) ? d : (struct day){ 0 };
}

/* Within [from, to): the day before `at` that is nearest to it, else the first after. */
static bool
find_day(struct noticer *nt, const struct view *v, enum cue cue, int32_t from, int32_t to,
    int32_t at, struct day published, struct day *day, struct range *where)
{
	struct match m;
	bool found = false;

	for (int32_t i = from; cues_find(nt->cues, cue, i, to, &m); i = m.to) {
		struct day d = day_of(v, cue, &m, published);

		if (d.month == 0)
			continue;
		if (m.from > at && found)
			break;
		*day = d;
		*where = range_of(v, m.from, m.to);
		found = true;
	}
	return found;
}

/* The fullest kind of date wins; what the sentence does not say, publication does. */
static void
date_speaker(struct noticer *nt, const struct view *v, int32_t at, struct day published,
    struct speaker *s)
{
	static const enum cue order[] = { CUE_DATE_HAN, CUE_DATE_ISO, CUE_MONTH_HAN,
		CUE_MONTH_DAY, CUE_DAY_MONTH, CUE_DAY_HAN, CUE_WEEKDAY, CUE_RELATIVE_DAY };
	int32_t from, to;

	sentence_of(v, at, &from, &to);
	for (size_t i = 0; i < sizeof order / sizeof *order; i++)
		if (find_day(nt, v, order[i], from, to, at, published, &s->day, &s->day_at))
			return;
	s->day = published;
}

bool
name_equal(const char *a, const char *b)
{
	char flat[2][NORMAL_NAME], turned[NORMAL_NAME];
	const char *in[2] = { a, b };
	size_t n[2] = { 0, 0 };

	for (int k = 0; k < 2; k++) {
		for (const char *c = in[k]; *c && n[k] + 1 < NORMAL_NAME; c++)
			if (*c != ' ')
				flat[k][n[k]++] = *c;
		flat[k][n[k]] = '\0';
	}
	if (n[0] != n[1] || n[0] == 0)
		return false;
	if (strcmp(flat[0], flat[1]) == 0)
		return true;
	for (size_t i = 0, head = 0; a[i]; i++) { /* each place where a name may turn */
		if (a[i] != ' ') {
			head++;
			continue;
		}
		memcpy(turned, flat[0] + head, n[0] - head);
		memcpy(turned + n[0] - head, flat[0], head);
		if (memcmp(turned, flat[1], n[1]) == 0)
			return true;
	}
	return false;
}

bool
speaker_equal(const struct speaker *a, const struct speaker *b)
{
	if (a->han[0] && b->han[0])
		return strcmp(a->han, b->han) == 0;
	return name_equal(a->name, b->name);
}

/* Step over words that come before names; false: no name is left. */
static bool
trim_name(const struct view *v, int32_t *from, int32_t to)
{
	int32_t at = *from, words = 0;

	while (at < to) {
		char word[WORD];
		int32_t end = at;

		while (end < to && v->unit[end] != ' ')
			end++;
		text_of(v, at, end, word, sizeof word);
		if (cues_no_name(word))
			return false;
		if (cues_leading(word) && words == 0)
			*from = end < to ? end + 1 : end;
		else
			words++;
		at = end + 1;
	}
	return words >= 2;
}

/* Chinese: a known surname first, and no word that is grammar. */
static bool
is_chinese_name(const struct view *v, int32_t from, int32_t to)
{
	static const char grammar[] = "的是在就对和与等说称年月日时会上中下也还所此其该们";
	char text[WORD], one[8];

	if (!cues_is_surname(text_of(v, from, from + 1, one, sizeof one)))
		return false;
	for (int32_t i = from + 1; i < to; i++)
		if (strstr(grammar, text_of(v, i, i + 1, one, sizeof one)))
			return false;
	return text_of(v, from, to, text, sizeof text)[0] != '\0';
}

static bool
near_briefing(struct noticer *nt, const struct view *v, int32_t at)
{
	struct match m;
	int32_t from = at > NEAR ? at - NEAR : 0, to = at + NEAR < v->n ? at + NEAR : v->n;

	return cues_find(nt->cues, CUE_AT_BRIEFING, from, to, &m);
}

static void
add_speaker(struct notice *n, struct noticer *nt, const struct view *v, int32_t from,
    int32_t to, bool han)
{
	struct speaker s = { .at = range_of(v, from, to) };
	uint32_t first = v->sign[from], last = v->sign[to - 1];

	if (normal_name(nt->nm, v->signs.sign + first, last - first + 1, s.name) == 0)
		return;
	if (han)
		text_of(v, from, to, s.han, sizeof s.han);
	s.briefing = near_briefing(nt, v, from);
	for (uint32_t i = 0; i < n->speakers; i++)
		if (speaker_equal(&n->speaker[i], &s)) {
			n->speaker[i].briefing |= s.briefing;
			return;
		}
	if (n->speakers == NOTICE_SPEAKERS) {
		n->cut = true;
		return;
	}
	date_speaker(nt, v, from, n->published, &s);
	n->speaker[n->speakers++] = s;
}

static void
read_speakers(struct notice *n, struct noticer *nt, const struct view *v)
{
	static const enum cue latin[] = { CUE_TITLE_NAME, CUE_NAME_TITLE, CUE_NAME_SAID,
		CUE_SAID_NAME, CUE_FAR_NAME };
	struct match m;

	for (int32_t i = 0; cues_find(nt->cues, CUE_SPEAKER_HAN, i, v->n, &m); i = m.to)
		if (is_chinese_name(v, m.group[0][0], m.group[0][1]))
			add_speaker(n, nt, v, m.group[0][0], m.group[0][1], true);
	for (int32_t i = 0; cues_find(nt->cues, CUE_NAME_HANGUL, i, v->n, &m); i = m.to)
		add_speaker(n, nt, v, m.group[0][0], m.group[0][1], false);
	for (size_t k = 0; k < sizeof latin / sizeof *latin; k++)
		for (int32_t i = 0; cues_find(nt->cues, latin[k], i, v->n, &m); i = m.to) {
			int32_t from = m.group[0][0];

			if (trim_name(v, &from, m.group[0][1]))
				add_speaker(n, nt, v, from, m.group[0][1], false);
		}
}

static void
read_origins(struct notice *n, struct noticer *nt, const struct view *v)
{
	static const enum cue cues[] = { CUE_ORIGIN_HAN, CUE_ORIGIN_LINE, CUE_ORIGIN_WORDS,
		CUE_ORIGIN_BY };
	struct match m;

	for (size_t k = 0; k < sizeof cues / sizeof *cues; k++)
		for (int32_t i = 0; cues_find(nt->cues, cues[k], i, v->n, &m); i = m.to) {
			struct origin *o = &n->origin[n->origins];

			if (n->origins == NOTICE_ORIGINS) {
				n->cut = true;
				return;
			}
			o->at = range_of(v, m.group[0][0], m.group[0][1]);
			text_of(v, m.group[0][0], m.group[0][1], o->key, sizeof o->key);
			n->origins++;
		}
}

static void
add_party(struct notice *n, struct noticer *nt, const struct view *v, const struct match *m,
    const char *party)
{
	int32_t from, to;
	struct match says;
	uint32_t at = 0;

	if (party == NULL)
		return;
	sentence_of(v, m->from, &from, &to);
	if (!cues_find(nt->cues, CUE_SAYS, from, to, &says))
		return;
	while (at < n->parties && strcmp(n->quoted[at].party, party) < 0)
		at++;
	if (at < n->parties && strcmp(n->quoted[at].party, party) == 0) {
		n->quoted[at].times++;
		return;
	}
	if (n->parties == NOTICE_PARTIES) {
		n->cut = true;
		return;
	}
	memmove(&n->quoted[at + 1], &n->quoted[at], (n->parties - at) * sizeof *n->quoted);
	n->quoted[at] = (struct quoted){ .times = 1, .at = range_of(v, m->from, m->to) };
	(void)snprintf(n->quoted[at].party, sizeof n->quoted[at].party, "%s", party);
	n->parties++;
}

static void
read_parties(struct notice *n, struct noticer *nt, const struct view *v)
{
	static const enum cue cues[] = { CUE_PARTY_HAN, CUE_PARTY_WORDS, CUE_PARTY_OF,
		CUE_PARTY_NAMED };
	struct match m;
	char text[WORD];

	for (size_t k = 0; k < sizeof cues / sizeof *cues; k++)
		for (int32_t i = 0; cues_find(nt->cues, cues[k], i, v->n, &m); i = m.to) {
			text_of(v, m.group[0][0], m.group[0][1], text, sizeof text);
			add_party(n, nt, v, &m,
			    cues[k] == CUE_PARTY_NAMED ? cues_named(text)
						       : cues_party(text));
		}
}

/* By script, and in Latin letters by common words. */
static const char *
language_of(const struct view *v)
{
	enum { HAN, KANA, HANGUL, CYRILLIC, ARABIC, LATIN, SCRIPTS };
	static const char *const names[SCRIPTS] = { "zh", "ja", "ko", "ru", "ar", "" };
	static const char *const latin[] = { "en", "fr", "es", "de", "pt", "it" };
	uint32_t count[SCRIPTS] = { 0 }, words[6] = { 0 }, best = LATIN, top = 0;
	int32_t word = 0;

	for (int32_t i = 0; i <= v->n; i++) {
		uint32_t c = i < v->n ? v->unit[i] : ' ';
		bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';

		letter |= c >= 0xc0 && c < 0x250;
		count[LATIN] += letter;
		count[HAN] += c >= 0x3400 && c < 0xa000;
		count[KANA] += c >= 0x3041 && c < 0x3100;
		count[HANGUL] += c >= 0xac00 && c < 0xd7a4;
		count[CYRILLIC] += c >= 0x400 && c < 0x530;
		count[ARABIC] += c >= 0x620 && c < 0x6d4;
		if (!letter) {
			char text[WORD];
			const char *l =
			    i > word && i - word < 12
				? cues_language(text_of(v, word, i, text, sizeof text))
				: NULL;

			for (size_t k = 0; l && k < 6; k++)
				words[k] += strcmp(latin[k], l) == 0;
			word = i + 1;
		}
	}
	count[KANA] = count[KANA] * 8 > count[HAN] ? count[KANA] + count[HAN] : 0;
	/* A word of letters says about what two Chinese characters do. */
	count[LATIN] /= 3;
	count[CYRILLIC] /= 3;
	count[ARABIC] /= 3;
	for (uint32_t i = 0; i < SCRIPTS; i++)
		if (count[i] > count[best])
			best = i;
	for (size_t k = 1; k < 6; k++)
		if (words[k] > words[top])
			top = (uint32_t)k;
	return best != LATIN ? names[best] : words[top] > 0 ? latin[top] : "";
}

/* When was it published: the user, the document, or the first whole date in its text. */
static void
read_published(struct notice *n, struct noticer *nt, const struct view *v)
{
	static const enum cue order[] = { CUE_DATE_ISO, CUE_DATE_HAN, CUE_MONTH_DAY,
		CUE_DAY_MONTH };
	struct day d, none = { 0 };
	struct range at;
	int32_t end = v->n < 4096 ? v->n : 4096;
	struct match m;

	for (size_t k = 0; k < sizeof order / sizeof *order; k++)
		for (int32_t i = 0; cues_find(nt->cues, order[k], i, end, &m); i = m.to) {
			d = day_of(v, order[k], &m, none);
			if (d.year == 0)
				continue;
			at = range_of(v, m.from, m.to);
			if (n->published.year == 0 || at.from < n->published_at.from) {
				n->published = d;
				n->published_at = at;
			}
			break;
		}
}

/* A date that stands alone, as a fact or an option has it. */
static enum status
day_of_text(struct day *out, struct noticer *nt, const char *text, struct arena *a,
    struct error *err)
{
	struct span s = { (const uint8_t *)text, strlen(text) };
	struct document d;
	struct view v = { 0 };
	struct notice n = { 0 };
	enum status st = document_read(&d, s, "date.txt", a, err);

	if (st == OK)
		st = view_make(&v, nt, &d, a, err);
	if (st != OK)
		return st;
	cues_text(nt->cues, v.unit, v.n);
	read_published(&n, nt, &v);
	*out = n.published;
	return OK;
}

enum status
notice_read(struct notice *out, struct noticer *nt, const struct document *d,
    const char *published, struct arena *a, struct error *err)
{
	struct notice n = { 0 };
	struct view v = { 0 };
	struct match m;
	enum status st = OK;

	if (published == NULL)
		published = d->says[FACT_PUBLISHED].value;
	if (published != NULL)
		st = day_of_text(&n.published, nt, published, a, err);
	if (st == OK)
		st = view_make(&v, nt, d, a, err);
	if (st != OK)
		return st;
	cues_text(nt->cues, v.unit, v.n);
	if (n.published.year == 0)
		read_published(&n, nt, &v);
	(void)snprintf(n.language, sizeof n.language, "%s", language_of(&v));
	read_speakers(&n, nt, &v);
	read_origins(&n, nt, &v);
	read_parties(&n, nt, &v);
	n.translated = cues_find(nt->cues, CUE_TRANSLATED, 0, v.n, &m);
	n.cut |= v.signs.n > NOTICE_TEXT || cues_cut(nt->cues);
	*out = n;
	return OK;
}
