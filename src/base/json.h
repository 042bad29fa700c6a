/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json.h - write JSON that has only one spelling.
 *
 * Writes into a struct buf, compact, escaped as RFC 8785 (JSON
 * Canonicalization Scheme) says: two-letter escapes where they exist,
 * lower-case \u00xx for the other control characters, UTF-8 as it is. Numbers
 * are integers only. Object keys must be given in ascending byte order, which
 * for the ASCII keys we use is RFC 8785's order; CHECK enforces it, so what is
 * written is canonical by construction. Strings may come from strangers:
 * bytes that are not UTF-8 become U+FFFD.
 *
 *	json_open(&j, '{');
 *	json_key(&j, "host"), json_str(&j, "10.0.0.1");
 *	json_close(&j, '}');
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

#define JSON_DEPTH 16
#define JSON_KEY   72

struct json {
	struct buf *out;
	int depth;
	bool comma;                      /* a value was written at this depth */
	bool keyed;                      /* a key waits for its value */
	char last[JSON_DEPTH][JSON_KEY]; /* last key at each depth */
};

void json_init(struct json *, struct buf *out);
void json_open(struct json *, char bracket);  /* '{' or '[' */
void json_close(struct json *, char bracket); /* '}' or ']' */
void json_key(struct json *, const char *key);
void json_str(struct json *, const char *);
void json_bytes(struct json *, struct span); /* a string, may hold NUL */
void json_int(struct json *, int64_t);
void json_uint(struct json *, uint64_t);
void json_bool(struct json *, bool);
void json_none(struct json *);             /* null; json_null is taken by jansson */
void json_raw(struct json *, struct span); /* one value that is canonical already */

#endif
