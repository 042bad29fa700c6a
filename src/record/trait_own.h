/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trait_own.h - the fields of a trait's line, for its writer and its reader.
 *
 * One table for each kind and one for what all have, both in ascending order of
 * their keys; a line is the two merged.
 */
#ifndef RECORD_TRAIT_OWN_H
#define RECORD_TRAIT_OWN_H

#include <stddef.h>

#include "record/trait.h"

/* What jansson or a line can hold at most: all texts of 32 answers as \u00xx. */
#define TRAIT_LINE_MAX ((size_t)256 << 10)

enum trait_type {
	FIELD_UINT,    /* `size` bytes, at most `limit` */
	FIELD_TEXT,    /* struct span of at most `limit` bytes */
	FIELD_BOOL,    /* bool */
	FIELD_FLAG,    /* bit `limit` of trait.tls.flags */
	FIELD_IP,      /* struct ip */
	FIELD_PROTO,   /* uint8_t */
	FIELD_UID,     /* uint64_t in hex */
	FIELD_JA3,     /* 16 bytes; known when bit `limit` of trait.tls.flags is set */
	FIELD_HASSH,   /* 16 bytes; known when the bool at `limit` is set */
	FIELD_JA4,     /* text in the struct */
	FIELD_DIGEST,  /* struct digest or TRAIT_SHA1 bytes; "" when all zero */
	FIELD_OUTCOME, /* enum trait_outcome: null, false, true */
	FIELD_ANSWERS, /* trait.dns.answer */
};

struct trait_field {
	const char *key;
	enum trait_type type;
	size_t at; /* in struct trait */
	size_t size;
	uint64_t limit;
};

struct trait_fields {
	const struct trait_field *field;
	size_t n;
};

struct trait_fields trait_fields_common(void);
struct trait_fields trait_fields_of(enum trait_kind);

#endif
