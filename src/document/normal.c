/* SPDX-License-Identifier: Apache-2.0 */
#include "document/normal.h"

#include <stdlib.h>
#include <string.h>
#include <uchar.h>

#include <opencc/opencc.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>
#include <unicode/ustring.h>
#include <unicode/utrans.h>

#include "base/utf8.h"
#include "document/utf16.h"

#define HAN_LIMIT 0x30000 /* planes 0 to 2; rarer characters are left as they are */
#define CLUSTER   32      /* code points that ICU may compose with one another */
#define EXPANDED  (18 * 2 * CLUSTER) /* UTF-16 units; one code point gives 18 at most */

struct normaliser {
	opencc_t t2s;
	const UNormalizer2 *fold, *plain;
	UTransliterator *latin;
	uint32_t simple[HAN_LIMIT]; /* 0: not asked yet */
};

enum status
normaliser_open(struct normaliser **out, struct error *err)
{
	static const UChar id[] = u"Han-Latin/Names; Any-Latin; Latin-ASCII; Lower";
	struct normaliser *nm = calloc(1, sizeof *nm);
	UErrorCode u = U_ZERO_ERROR;
	UParseError where;

	if (nm == NULL)
		return error_set(err, E_NOMEM, "no memory for comparing texts");
	nm->t2s = opencc_open("t2s.json");
	if (nm->t2s == (opencc_t)-1) {
		nm->t2s = NULL;
		normaliser_close(nm);
		return error_set(err, E_IO, "OpenCC has no t2s.json: %s", opencc_error());
	}
	nm->fold = unorm2_getNFKCCasefoldInstance(&u);
	nm->plain = unorm2_getNFKCInstance(&u);
	nm->latin = utrans_openU(id, -1, UTRANS_FORWARD, NULL, 0, &where, &u);
	if (U_FAILURE(u)) {
		normaliser_close(nm);
		return error_set(err, E_IO, "ICU: %s", u_errorName(u));
	}
	*out = nm;
	return OK;
}

void
normaliser_close(struct normaliser *nm)
{
	if (nm == NULL)
		return;
	if (nm->t2s != NULL)
		(void)opencc_close(nm->t2s);
	if (nm->latin != NULL)
		utrans_close(nm->latin);
	free(nm);
}

static bool
is_han(uint32_t c)
{
	return (c >= 0x3400 && c < 0xa000) || (c >= 0xf900 && c < 0xfb00) ||
	       (c >= 0x20000 && c < HAN_LIMIT);
}

/* Of OpenCC's answer only a single character that is its own answer is used. */
static uint32_t
ask_simple(struct normaliser *nm, uint32_t c)
{
	uint8_t in[4];
	size_t n = utf8_put(c, in);
	char *answer = opencc_convert_utf8(nm->t2s, (const char *)in, n);
	uint32_t got = c;

	if (answer == NULL)
		return c;
	n = utf8_length((const uint8_t *)answer, strlen(answer));
	if (n > 0 && answer[n] == '\0')
		got = utf8_get((const uint8_t *)answer, n);
	opencc_convert_utf8_free(answer);
	return is_han(got) ? got : c;
}

static uint32_t
simple_of(struct normaliser *nm, uint32_t c)
{
	if (c < 0x3400 || c >= HAN_LIMIT || !is_han(c))
		return c;
	if (nm->simple[c] == 0) {
		uint32_t got = c;

		/* Until nothing changes, which makes comparing idempotent. */
		for (int i = 0; i < 4; i++) {
			uint32_t next = ask_simple(nm, got);

			if (next == got)
				break;
			got = next;
		}
		nm->simple[c] = ask_simple(nm, got) == got ? got : c;
	}
	return nm->simple[c];
}

static uint32_t
character(const struct document *d, uint32_t i)
{
	if (i >= d->n)
		return 0;
	return utf8_get((const uint8_t *)d->utf8 + d->at[i], d->at[i + 1] - d->at[i]);
}

/* Letters without marks, and whether one carried a tone's. */
static char
letter_of(uint32_t c, bool *tone)
{
	static const struct {
		const char32_t *marked;
		char plain;
	} vowels[] = { { U"āáǎàă", 'a' }, { U"ēéěè", 'e' }, { U"īíǐì", 'i' },
		{ U"ōóǒò", 'o' }, { U"ūúǔùǖǘǚǜ", 'u' }, { U"ńňǹ", 'n' }, { U"ḿ", 'm' } };

	if (c >= 'a' && c <= 'z')
		return (char)c;
	if (c == 0xfc)
		return 'u';
	for (size_t i = 0; i < sizeof vowels / sizeof *vowels; i++)
		for (const char32_t *m = vowels[i].marked; *m; m++)
			if (*m == (char32_t)c) {
				*tone = true;
				return vowels[i].plain;
			}
	return '\0';
}

static bool
is_syllable(const char *s)
{
	static const char *const initials[] = { "zh", "ch", "sh", "b", "p", "m", "f", "d",
		"t", "n", "l", "g", "k", "h", "j", "q", "x", "r", "z", "c", "s", "y", "w",
		"" };
	static const char *const finals[] = { "a", "o", "e", "ai", "ei", "ao", "ou", "an",
		"en", "ang", "eng", "ong", "er", "i", "ia", "ie", "iao", "iu", "ian", "in",
		"iang", "ing", "iong", "u", "ua", "uo", "uai", "ui", "uan", "un", "uang",
		"ue", "n", "ng", "m" };

	for (size_t i = 0; i < sizeof initials / sizeof *initials; i++) {
		size_t n = strlen(initials[i]);

		if (strncmp(s, initials[i], n) != 0)
			continue;
		for (size_t f = 0; f < sizeof finals / sizeof *finals; f++)
			if (strcmp(s + n, finals[f]) == 0)
				return true;
	}
	return false;
}

/* Is this, without tones, how the character is read? */
static bool
is_reading(struct normaliser *nm, uint32_t han, const char *syllable)
{
	char name[NORMAL_NAME];
	uint32_t sign = han;

	return normal_name(nm, &sign, 1, name) > 0 && strcmp(name, syllable) == 0;
}

#define GLOSS_MAX 12 /* characters between the brackets */

/* Characters of the gloss that begins at `i`, brackets and all; 0: none does. */
static uint32_t
gloss_at(struct normaliser *nm, const struct document *d, uint32_t i)
{
	uint32_t open = character(d, i), c;
	char syllable[GLOSS_MAX + 1];
	uint32_t n = 0, latin = 0, kana = 0, bopomofo = 0;
	bool tone = false;

	if (i == 0 || (open != '(' && open != 0xff08) || !is_han(character(d, i - 1)))
		return 0;
	for (; n < GLOSS_MAX; n++) {
		c = character(d, i + 1 + n);
		if (c == ')' || c == 0xff09)
			break;
		syllable[latin] = letter_of(c, &tone);
		latin += syllable[latin] != '\0';
		kana += (c >= 0x3041 && c <= 0x3096) || c == 0x30fc;
		bopomofo += (c >= 0x3105 && c <= 0x312f) || c == 0x2c7 || c == 0x2ca ||
			    c == 0x2cb || c == 0x2d9;
	}
	if (n == 0 || n == GLOSS_MAX)
		return 0;
	syllable[latin] = '\0';
	if (kana == n || bopomofo == n)
		return n + 2;
	if (latin != n || n > 6 || !is_syllable(syllable))
		return 0;
	return tone || is_reading(nm, character(d, i - 1), syllable) ? n + 2 : 0;
}

/* Written without blanks between words, or a digit: each sign counts. */
static bool
stands_alone(uint32_t c)
{
	UErrorCode u = U_ZERO_ERROR;

	if (c < 0x80)
		return c >= '0' && c <= '9';
	if (is_han(c) || u_isdigit((UChar32)c))
		return true;
	switch (uscript_getScript((UChar32)c, &u)) {
	case USCRIPT_HAN:
	case USCRIPT_HIRAGANA:
	case USCRIPT_KATAKANA:
	case USCRIPT_HANGUL:
	case USCRIPT_BOPOMOFO:
	case USCRIPT_THAI:
	case USCRIPT_LAO:
	case USCRIPT_KHMER:
	case USCRIPT_MYANMAR:
	case USCRIPT_TIBETAN:
		return true;
	default:
		return false;
	}
}

static bool
is_mark(uint32_t c)
{
	return (U_MASK((uint32_t)u_charType((UChar32)c)) & (uint32_t)U_GC_M_MASK) != 0;
}

/* Half a Hangul syllable. Kept, it might meet its other half once what stands between goes. */
static bool
is_jamo(uint32_t c)
{
	return (c >= 0x1100 && c < 0x1200) || (c >= 0xa960 && c < 0xa980) ||
	       (c >= 0xd7b0 && c < 0xd800);
}

struct maker {
	struct normaliser *nm;
	const struct document *d;
	struct normal *out;
	enum normal_mode mode;
	uint32_t room;
	bool in_word; /* the last character was a letter of a word */
};

static bool
put_sign(struct maker *m, uint32_t c, uint32_t from, uint32_t to)
{
	struct normal *o = m->out;
	bool alone = stands_alone(c);
	bool letter = u_isalnum((UChar32)c) || alone;

	if (m->mode == NORMAL_COMPARE && (!letter || is_jamo(c))) {
		/* A combining mark does not end the word that it stands in. */
		m->in_word &= is_mark(c);
		return true;
	}
	if (o->n == m->room)
		return false;
	o->sign[o->n] = simple_of(m->nm, c);
	o->from[o->n] = from;
	o->to[o->n] = to;
	o->weight[o->n] = alone ? 1 : letter && !m->in_word ? 2 : 0;
	m->in_word = letter && !alone;
	o->n++;
	return true;
}

/* Characters [from, to) belong together: normalise them as one. */
static bool
put_cluster(struct maker *m, uint32_t from, uint32_t to)
{
	const UNormalizer2 *norm = m->mode == NORMAL_COMPARE ? m->nm->fold : m->nm->plain;
	UErrorCode u = U_ZERO_ERROR;
	UChar in[2 * CLUSTER], out[EXPANDED];
	int32_t n = 0, got;
	uint32_t c = character(m->d, from);

	if (to == from + 1 && c < 0x80) {
		if (m->mode == NORMAL_COMPARE && c >= 'A' && c <= 'Z')
			c += 'a' - 'A';
		return put_sign(m, c, from, to);
	}
	for (uint32_t i = from; i < to; i++)
		n = utf16_put(character(m->d, i), in, n);
	got = unorm2_normalize(norm, in, n, out, EXPANDED, &u);
	for (int32_t i = 0; U_SUCCESS(u) && i < got;) {
		if (!put_sign(m, utf16_get(out, &i, got), from, to))
			return false;
	}
	return true;
}

enum status
normal_make(struct normal *out, struct normaliser *nm, enum normal_mode mode,
    const struct document *d, struct arena *a, struct error *err)
{
	struct normal got = { 0 };
	struct maker m = { .nm = nm, .d = d, .out = &got, .mode = mode };
	const UNormalizer2 *norm = mode == NORMAL_COMPARE ? nm->fold : nm->plain;

	/* A few characters make many (U+FDFA: 18), most make one; text made of those is cut. */
	m.room = d->n + d->n / 4 + 64;
	got.sign = arena_array(a, m.room, uint32_t);
	got.from = arena_array(a, m.room, uint32_t);
	got.to = arena_array(a, m.room, uint32_t);
	got.weight = arena_array(a, m.room, uint8_t);
	if (!got.sign || !got.from || !got.to || !got.weight)
		return error_set(err, E_NOMEM, "no room to compare %u characters", d->n);
	for (uint32_t i = 0, end; i < d->n; i = end) {
		uint32_t gloss = gloss_at(nm, d, i);

		end = i + gloss;
		if (gloss > 0)
			continue;
		for (end = i + 1; end < d->n && end - i < CLUSTER; end++)
			if (character(d, end) < 0x300 ||
			    unorm2_hasBoundaryBefore(norm, (UChar32)character(d, end)))
				break;
		if (!put_cluster(&m, i, end))
			return error_set(err, E_LIMIT,
			    "the text grows by more than a quarter when compared");
	}
	*out = got;
	return OK;
}

size_t
normal_name(
    struct normaliser *nm, const uint32_t *signs, size_t n, char out[static NORMAL_NAME])
{
	UChar text[8 * NORMAL_NAME];
	UErrorCode u = U_ZERO_ERROR;
	int32_t len = 0, end;
	size_t got = 0;

	for (size_t i = 0; i < n && len < NORMAL_NAME; i++)
		len = utf16_put(signs[i], text, len);
	end = len;
	utrans_transUChars(nm->latin, text, &len, sizeof text / sizeof *text, 0, &end, &u);
	for (int32_t i = 0; U_SUCCESS(u) && i < len && got + 1 < NORMAL_NAME; i++) {
		if (text[i] >= 'a' && text[i] <= 'z')
			out[got++] = (char)text[i];
		else if (text[i] != '\'' && got > 0 && out[got - 1] != ' ')
			out[got++] = ' ';
	}
	while (got > 0 && out[got - 1] == ' ')
		got--;
	out[got] = '\0';
	return got;
}
