/* SPDX-License-Identifier: Apache-2.0 */
/*
 * book.h - a case in a directory that goes away, written by a fixed hand: the
 * seed of RFC 8032's first test, a clock that advances a second a line, salts
 * that count.
 */
#ifndef TESTS_CASE_BOOK_H
#define TESTS_CASE_BOOK_H

#include "../evidence/scratch.h"

#include "case/casebook.h"
#include "case/shape.h"

struct book {
	char dir[SCRATCH + 8], scratch[SCRATCH];
	struct key *key;
	struct casebook_hand hand;
	struct casebook *cb;
	uint64_t lines;
};

static inline uint64_t
book_clock(void *state)
{
	struct book *b = state;

	return (UINT64_C(1690358400) + b->lines) * SECOND_NS;
}

static inline bool
book_salt(void *state, uint8_t salt[static JOURNAL_SALT])
{
	struct book *b = state;

	memset(salt, (int)(++b->lines & 0xff), JOURNAL_SALT);
	return true;
}

static inline void
book_begin(struct book *b)
{
	static const uint8_t seed[KEY_BYTES] = { 0x9d, 0x61, 0xb1, 0x9d, 0xef };
	struct error err;

	memset(b, 0, sizeof *b);
	scratch_make(b->scratch);
	(void)snprintf(b->dir, sizeof b->dir, "%s/case", b->scratch);
	assert_int_equal(key_from_seed(&b->key, seed, &err), OK);
	b->hand = (struct casebook_hand){
		.key = b->key, .now_ns = book_clock, .salt = book_salt, .state = b
	};
	assert_int_equal(
	    casebook_new(b->dir, "武汉市地震监测中心", "站长", &b->hand, NULL, &err), OK);
	assert_int_equal(casebook_open(&b->cb, b->dir, CASEBOOK_WRITE, NULL, &err), OK);
}

/* The JSON may use ' for ". */
static inline enum status
book_add(struct book *b, const char *kind, const char *json, struct error *err)
{
	char text[16384];
	const char *id;
	json_t *body;
	enum status st;

	(void)snprintf(text, sizeof text, "%s", json);
	for (char *p = text; *p; p++)
		if (*p == '\'')
			*p = '"';
	st = shape_load(text_span(text), &body, err);
	if (st != OK)
		return st;
	id = json_string_value(json_object_get(body, "id"));
	st = casebook_add(b->cb, &b->hand, kind, id ? id : kind, body, err);
	json_decref(body);
	return st;
}

static inline void
book_must_add(struct book *b, const char *kind, const char *json)
{
	struct error err = { "" };
	enum status st = book_add(b, kind, json, &err);

	if (st != OK)
		print_message("%s\n", err.text);
	assert_int_equal(st, OK);
}

static inline const char *
book_document(struct book *b, const char *text, char hex[static DIGEST_HEX])
{
	struct digest id;
	struct error err;
	char json[256];

	assert_int_equal(casebook_keep_document(b->cb, text_span(text), &id, &err), OK);
	(void)snprintf(json, sizeof json, "{'id':'%s','size':%zu}", digest_hex(&id, hex),
	    strlen(text));
	book_must_add(b, "document", json);
	return hex;
}

static inline void
book_reopen(struct book *b, enum casebook_mode mode)
{
	struct error err = { "" };
	enum status st;

	casebook_close(b->cb);
	st = casebook_open(&b->cb, b->dir, mode, NULL, &err);
	if (st != OK)
		print_message("%s\n", err.text);
	assert_int_equal(st, OK);
}

static inline void
book_path(const struct book *b, const char *name, char path[static 256])
{
	(void)snprintf(path, 256, "%s/%s", b->dir, name);
}

static inline void
book_end(struct book *b)
{
	casebook_close(b->cb);
	key_free(b->key);
	scratch_remove(b->scratch);
}

#endif
