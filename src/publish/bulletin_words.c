/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a bulletin can say, as tables, and how a template is filled.
 */
#include "publish/bulletin.h"

#include <stdio.h>
#include <string.h>

#include "publish/escape.h"
#include "publish/words.h"

static const char *const says[SAYS][2] = {
#define SAY(name, en, zh) [SAY_##name] = { en, zh },
#include "publish/bulletin.def"
#undef SAY
};

static const struct {
	const char *id, *text[2];
} headings[PLACES] = {
	[PLACE_TITLE] = { "title", { "", "" } },
#define HEADING(name, id, en, zh) [PLACE_##name] = { id, { en, zh } },
#include "publish/bulletin.def"
#undef HEADING
};

static const struct {
	const char *word[2], *range[2];
} icd[] = {
#define ICD(en, zh, range_en, range_zh) { { en, zh }, { range_en, range_zh } },
#include "publish/bulletin.def"
#undef ICD
};

struct phrase {
	const char *key, *text[2];
};
static const struct phrase reasons[] = {
#define REASON(key, en, zh) { key, { en, zh } },
#include "publish/bulletin.def"
#undef REASON
};
static const struct phrase statuses[] = {
#define STATUS(en, zh) { en, { en, zh } },
#include "publish/bulletin.def"
#undef STATUS
};

static const struct {
	const char *name;
	enum bulletin_type type;
} slots[] = {
#define SLOT(name, type) { #name, SLOT_##type },
#include "publish/bulletin.def"
#undef SLOT
};

const char *
bulletin_template(enum bulletin_say say, enum bulletin_lang lang)
{
	return says[say][lang];
}

const char *
bulletin_heading(enum bulletin_place place, enum bulletin_lang lang)
{
	return headings[place].text[lang];
}

const char *
bulletin_place_id(enum bulletin_place place)
{
	return headings[place].id;
}

const char *
bulletin_range(int word, enum bulletin_lang lang)
{
	return icd[word].range[lang];
}

const char *
bulletin_word(int word, enum bulletin_lang lang)
{
	return icd[word].word[lang];
}

int
bulletin_word_of(const char *word)
{
	for (size_t i = 0; word && i < sizeof icd / sizeof *icd; i++)
		if (strcmp(icd[i].word[BULLETIN_EN], word) == 0)
			return (int)i;
	return -1;
}

static const char *
phrase(const struct phrase *list, size_t n, const char *key, enum bulletin_lang lang)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i].key, key) == 0)
			return list[i].text[lang];
	return key;
}

const char *
bulletin_reason(const char *reason, enum bulletin_lang lang)
{
	return phrase(reasons, sizeof reasons / sizeof *reasons, reason, lang);
}

const char *
bulletin_claim_status(const char *status, enum bulletin_lang lang)
{
	return phrase(statuses, sizeof statuses / sizeof *statuses, status, lang);
}

const char *
bulletin_kind(const char *kind, enum bulletin_lang lang)
{
	static const struct {
		enum finding_kind kind;
		const char *zh;
	} kinds[] = {
#define KIND(name, zh) { FINDING_##name, zh },
#include "publish/bulletin.def"
#undef KIND
	};

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(finding_kind_text(kinds[i].kind), kind) == 0)
			return lang == BULLETIN_ZH ? kinds[i].zh
						   : words_kind(kinds[i].kind);
	return kind;
}

bool
bulletin_facts_begin(struct bulletin_facts *f)
{
	bool whole;

	f->word = -1;
	f->now = json_object();
	f->actors = json_object();
	f->states = json_object();
	f->quotes = json_object();
	whole = f->now && f->actors && f->states && f->quotes;
	for (int i = 0; i < SLOT_TYPES; i++) {
		f->literal[i] = json_object();
		whole = whole && f->literal[i];
	}
	return whole;
}

void
bulletin_facts_release(struct bulletin_facts *f)
{
	json_decref(f->now);
	json_decref(f->actors);
	json_decref(f->states);
	json_decref(f->quotes);
	for (int i = 0; i < SLOT_TYPES; i++)
		json_decref(f->literal[i]);
}

void
bulletin_set(struct bulletin_facts *f, const char *slot, const char *text)
{
	struct buf shown = { .max = 1 << 16 };
	size_t i = 0;

	while (i < sizeof slots / sizeof *slots && strcmp(slots[i].name, slot) != 0)
		i++;
	CHECK(i < sizeof slots / sizeof *slots);
	escape_str(&shown, ESCAPE_TEXT, text);
	if (!shown.bad && shown.at) {
		(void)json_object_set_new(f->now, slot, json_string(shown.at));
		(void)json_object_set_new(f->literal[slots[i].type], shown.at, json_true());
	}
	buf_release(&shown);
}

void
bulletin_set_n(struct bulletin_facts *f, const char *slot, uint64_t n)
{
	struct buf text = { .max = 64 };

	words_count(&text, n);
	bulletin_set(f, slot, text.at);
	buf_release(&text);
}

/* {slot} or {slot|one|many}: from behind the brace to before the other. */
static enum status
fill_slot(const struct bulletin_facts *f, const char *at, size_t len, struct buf *out,
    struct error *err)
{
	const char *bar = memchr(at, '|', len), *mid;
	size_t n = bar ? (size_t)(bar - at) : len;
	char name[32];
	const char *text;

	(void)snprintf(name, sizeof name, "%.*s", (int)(n < 31 ? n : 31), at);
	text = json_string_value(json_object_get(f->now, name));
	if (text == NULL)
		return error_set(
		    err, E_FORMAT, "the case has no value for {%.*s}", (int)n, at);
	if (bar == NULL) {
		buf_puts(out, text);
		return OK;
	}
	mid = memchr(bar + 1, '|', len - n - 1);
	if (mid == NULL)
		return error_set(err, E_FORMAT,
		    "{%.*s} needs a word for one and a word for many", (int)len, at);
	if (strcmp(text, "1") == 0)
		buf_put(out, bar + 1, (size_t)(mid - bar - 1));
	else
		buf_put(out, mid + 1, len - (size_t)(mid + 1 - at));
	return OK;
}

enum status
bulletin_fill(const struct bulletin_facts *f, const char *template, struct buf *out,
    struct error *err)
{
	enum status st = OK;

	while (st == OK && *template) {
		const char *end = *template == '{' ? strchr(template, '}') : NULL;

		if (end == NULL) {
			buf_putc(out, *template ++);
			continue;
		}
		st = fill_slot(f, template + 1, (size_t)(end - template - 1), out, err);
		template = end + 1;
	}
	return st == OK ? buf_state(out, "a sentence", err) : st;
}
