/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_line.h - lines of HTTP/1 (RFC 9112), without their ends.
 */
#ifndef PROTOCOL_HTTP_LINE_H
#define PROTOCOL_HTTP_LINE_H

#include "base/cursor.h"

/* `word` is in lower case; letters of either case agree. */
bool http_is_word(struct span, const char *word);

/* The part before the first `mark`; the rest stays in `s`. All of it when there is none. */
struct span http_cut(struct span *s, uint8_t mark);
struct span http_trim(struct span);

/* Decimal digits; false when there is anything else, or too much. */
bool http_number(struct span, uint64_t *out);

bool http_is_method(struct span); /* one of those that are in use */
bool http_is_token(struct span);  /* may be a method */

/* "HTTP/1.1" -> "1.1" */
bool http_version(struct span, struct span *version);

/*
 * METHOD SP URI SP VERSION; the URI may hold spaces where nobody escaped them. Without a
 * version (HTTP/0.9) the method has to be a known one.
 */
bool http_request(
    struct span line, struct span *method, struct span *uri, struct span *version);

#endif
