/* SPDX-License-Identifier: Apache-2.0 */
/*
 * note.h - a signed note (C2SP signed-note), and who may sign one.
 *
 * A note is text that ends in a newline, an empty line, and one line for each
 * signature: em dash, space, name, space, base64 of a four-byte key id and the
 * signature. What is signed is the text with its last newline.
 *
 * Two kinds of signature are made and checked: Ed25519 over the text (a log),
 * and cosignature/v1 (C2SP tlog-cosignature), a witness's, which carries its
 * time and signs that too. Lines of other kinds are somebody else's affair.
 */
#ifndef EVIDENCE_NOTE_H
#define EVIDENCE_NOTE_H

#include "evidence/key.h"

#define NOTE_NAME       256 /* with the NUL */
#define NOTE_KEY_ID     4
#define NOTE_MAX        ((size_t)1 << 20)
#define NOTE_SIGNATURES 100 /* lines in one note; the standard asks for 16 at least */
#define NOTE_VKEY_MAX   (NOTE_NAME + 4096)

enum note_type {
	NOTE_ED25519 = 0x01,
	NOTE_COSIGNATURE = 0x04,
};

/* A verifier key. `key` is NULL for a type that we cannot check. */
struct note_key {
	char name[NOTE_NAME];
	uint8_t type;
	uint8_t id[NOTE_KEY_ID];
	struct key *key;
};

/* Not empty, UTF-8, without Unicode spaces and "+". */
bool note_name_is_sound(struct span name);

/* `name+hex id+base64(type || key)`. The base64 may hold "+" too. E_FORMAT. */
enum status note_key_parse(struct span vkey, struct note_key *out, struct error *) MUST_USE;
/* For a key we hold; copies the public half. */
enum status note_key_make(const char *name, enum note_type, const struct key *,
    struct note_key *out, struct error *) MUST_USE;
void note_key_text(const struct note_key *, struct buf *out);
void note_key_release(struct note_key *); /* takes zeroed ones */

/* A note taken apart; borrows the bytes. */
struct note {
	struct span text; /* with its newline */
	struct span lines;
};
/* E_FORMAT: not a note. E_LIMIT: larger, or with more signatures, than we take. */
enum status note_parse(struct span bytes, struct note *out, struct error *) MUST_USE;

enum note_verdict {
	NOTE_ABSENT, /* no signature of this key */
	NOTE_GOOD,
	NOTE_WRONG, /* a line claims to be this key's and is not: the note is to be refused */
};

/* `time` (may be NULL): when, for a cosignature that is NOTE_GOOD; seconds. */
enum note_verdict note_check(const struct note *, const struct note_key *, uint64_t *time);

/* All signature lines but those of this key, as they stand. */
void note_lines_without(const struct note *, const struct note_key *, struct buf *out);
/* Those of this key. */
void note_lines_of(const struct note *, const struct note_key *, struct buf *out);

/* Append one signature line over `text`. */
enum status note_sign(const char *name, const struct key *, struct span text,
    struct buf *out, struct error *) MUST_USE;
enum status note_cosign(const char *name, const struct key *, uint64_t time,
    struct span text, struct buf *out, struct error *) MUST_USE;

#endif
