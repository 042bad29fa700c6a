/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notice.h - whom a text names as its source: speakers, origins, institutions.
 *
 * Read off the surface of the language, by the tables of cues.def: a title
 * beside a name, a date beside a speaker, "来源：", "according to". It proposes
 * and shows where it stands; it proves nothing, and who names nobody is not
 * noticed. Chinese and English best; French, Spanish, German, Russian and
 * Korean for speakers and dates. Each notice has the range of characters of the
 * document that it was read from.
 *
 * An institution counts as quoted when the sentence that names it has a word of
 * saying. Its party is the country or body that it is named with ("中国驻挪威使馆",
 * "Chinese foreign ministry"), as a code of ISO 3166-1 or EU, NATO, UN. That is
 * whose voice is quoted, not who did anything.
 */
#ifndef DOCUMENT_NOTICE_H
#define DOCUMENT_NOTICE_H

#include "document/normal.h"

#define NOTICE_TEXT     ((uint32_t)262144) /* characters that are looked at */
#define NOTICE_SPEAKERS 16
#define NOTICE_ORIGINS  8
#define NOTICE_PARTIES  24
#define NOTICE_KEY      96

struct day {
	int year;       /* 0: not known */
	int month, day; /* month 0: no day at all */
};

struct range {
	uint32_t from, to; /* characters of the document; equal: nowhere in the text */
};

struct speaker {
	char name[NORMAL_NAME]; /* as normal_name writes it */
	char han[32];           /* in Chinese characters, if it is; else "" */
	struct range at;
	struct day day;      /* on which it was said, as far as stated */
	struct range day_at; /* nowhere: taken from when it was published */
	bool briefing;       /* at a briefing or press conference */
};

struct origin {               /* whom the document names as where it comes from */
	char key[NOTICE_KEY]; /* compared: folded, letters only */
	struct range at;
};

struct quoted {
	char party[8];
	uint32_t times;
	struct range at; /* the first of them */
};

struct notice {
	char language[4]; /* "zh", "ja", "ko", "ru", "en", "fr", ...; "" not known */
	struct day published;
	struct range published_at; /* where, when the text alone says it */
	struct speaker speaker[NOTICE_SPEAKERS];
	struct origin origin[NOTICE_ORIGINS];
	struct quoted quoted[NOTICE_PARTIES]; /* in order of party */
	uint32_t speakers, origins, parties;
	bool translated; /* the text says of itself that it is a translation */
	bool cut;        /* there was more text, or more to notice, than the limits */
};

struct noticer; /* the compiled tables; for one thread */

enum status noticer_open(
    struct noticer **out, struct normaliser *, struct error *) MUST_USE;
void noticer_close(struct noticer *); /* takes NULL */

/* `published`: what the user says, or NULL. */
enum status notice_read(struct notice *out, struct noticer *, const struct document *,
    const char *published, struct arena *, struct error *) MUST_USE;

/* Equal as far as both state it; false when either has no day. */
bool day_equal(struct day, struct day);

/* "2023-07-26", "--07-26" without its year. */
#define DAY_TEXT 16
const char *day_text(struct day, char text[static DAY_TEXT]);

/* The same, in either order of its parts: "mao ning", "ning mao", "maoning". */
bool name_equal(const char *, const char *);

/* Two in Chinese characters are compared in those; else by how they are read. */
bool speaker_equal(const struct speaker *, const struct speaker *);

#endif
