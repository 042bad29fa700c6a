/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bulletin.h - what a case lets one say in public, in English or Chinese.
 *
 * A bulletin is made of sentences whose slots are filled from the case
 * (bulletin.def), of the analysts' own words (kind "bulletin"), and of quoted
 * claims. When it is finished, every sentence is looked at again as a reader
 * sees it: a number that is not a value of the case, a graded word that is not
 * the assessment's, likelihood and confidence in one sentence, a state or an
 * organisation as the one who did it: such a sentence fails the whole.
 *
 * No clock and no locale: the same case gives the same bytes.
 */
#ifndef PUBLISH_BULLETIN_H
#define PUBLISH_BULLETIN_H

#include <jansson.h>

#include "base/buf.h"
#include "base/stamp.h"
#include "case/casebook.h"
#include "case/weigh.h"

enum bulletin_lang { BULLETIN_EN, BULLETIN_ZH };

/* How the checker treats what fills a slot. */
enum bulletin_type {
	SLOT_COUNT,  /* a number: may not be followed by what makes it larger */
	SLOT_SHARE,  /* "55 to 80 %": whole or not at all */
	SLOT_TIME,   /* a point in time; its day, month and year may stand alone */
	SLOT_PERIOD, /* "4 min 16 s" */
	SLOT_NAME,   /* addresses, hashes, labels: the numerals in them are theirs */
	SLOT_GRADE,  /* words of likelihood and confidence */
	SLOT_PROSE,  /* our own words: looked at like the rest of the sentence */
	SLOT_QUOTE,  /* a stranger's words, in quotation marks, with whose they are */
	SLOT_TYPES,
};

enum bulletin_place {
	PLACE_TITLE,
#define HEADING(name, id, en, zh) PLACE_##name,
#include "publish/bulletin.def"
#undef HEADING
	PLACES,
};

/* What the case lets one say. Texts are escaped and fit for a terminal. */
struct bulletin_facts {
	json_t *now;                 /* slot -> text, as it is now */
	json_t *literal[SLOT_TYPES]; /* every text that ever filled a slot of the type */
	json_t *actors, *states; /* sets: labels of clusters; states and organisations */
	json_t *quotes;          /* quoted text -> the names of those whose it is */
	int word;                /* ICD 203, 0 to 6; -1: nothing was concluded */
	enum weigh_confidence confidence;
	char leader[WEIGH_NAME]; /* the cluster of the conclusion, or "" */
};

enum bulletin_form { BULLETIN_SENTENCE, BULLETIN_ITEM, BULLETIN_NOTE, BULLETIN_COMMAND };

struct bulletin_block {
	enum bulletin_place place;
	enum bulletin_form form;
	char *text;
};

#define BULLETIN_BLOCKS 512

struct bulletin {
	enum bulletin_lang lang;
	struct bulletin_facts facts;
	struct bulletin_block block[BULLETIN_BLOCKS]; /* in order of their places */
	unsigned blocks;
	char *title;
	char tlp[16];
	uint64_t as_of_ns; /* of the newest line of the journal */
};

/*
 * Draw it up, unchecked. Zeroed before; release also after an error.
 * E_FORMAT names the sentence of an analyst that has a slot we do not know.
 */
enum status bulletin_make(
    struct casebook *, enum bulletin_lang, struct bulletin *out, struct error *) MUST_USE;
void bulletin_release(struct bulletin *);

/* Does any sentence say more than the case? E_DIFFERS names the first and says why. */
enum status bulletin_check(const struct bulletin *, struct error *) MUST_USE;

/*
 * One sentence as it is read, by us or by an analyst. False, with the reason in
 * `why`: it says more.
 */
bool bulletin_bears(const struct bulletin_facts *, enum bulletin_place, bool analyst,
    const char *sentence, struct buf *why);

void bulletin_text(const struct bulletin *, unsigned width, struct buf *out);
void bulletin_html(const struct bulletin *, struct buf *out);
/* E_LIMIT: no font here has all the characters; the package that has them is named. */
enum status bulletin_pdf(const struct bulletin *, struct buf *out, struct error *) MUST_USE;

/* For those who make and draw. */
const char *bulletin_heading(enum bulletin_place, enum bulletin_lang);
const char *bulletin_place_id(enum bulletin_place); /* "seen", as analysts write it */
bool bulletin_facts_begin(struct bulletin_facts *);
void bulletin_facts_release(struct bulletin_facts *);
/* Fill a slot from here on; the text is escaped. */
void bulletin_set(struct bulletin_facts *, const char *slot, const char *text);
void bulletin_set_n(struct bulletin_facts *, const char *slot, uint64_t n);
/* A template with its slots filled. E_FORMAT: it has one that has no value. */
enum status bulletin_fill(const struct bulletin_facts *, const char *template,
    struct buf *out, struct error *) MUST_USE;

enum bulletin_say {
#define SAY(name, en, zh) SAY_##name,
#include "publish/bulletin.def"
#undef SAY
	SAYS,
};
const char *bulletin_template(enum bulletin_say, enum bulletin_lang);
const char *bulletin_range(int word, enum bulletin_lang);
const char *bulletin_word(int word, enum bulletin_lang);
int bulletin_word_of(const char *icd); /* -1: none */
const char *bulletin_reason(const char *reason, enum bulletin_lang);
const char *bulletin_claim_status(const char *status, enum bulletin_lang);
const char *bulletin_kind(const char *kind, enum bulletin_lang);

#endif
