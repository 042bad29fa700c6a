/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stamp.h - points in time as text and back.
 *
 * A time is `uint64_t x_ns`: nanoseconds since 1970-01-01T00:00:00Z. Text is
 * RFC 3339, UTC, always nine decimals: 2018-12-21T15:50:16.962094000Z. Nothing
 * here reads a clock.
 */
#ifndef BASE_STAMP_H
#define BASE_STAMP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cursor.h"

#define STAMP_TEXT 64 /* longer than any stamp, so that snprintf can prove it */
#define SECOND_NS  UINT64_C(1000000000)

/* Writes and returns `text`. Years past 9999 cannot occur: 2^64 ns end in 2554. */
const char *stamp_text(uint64_t t_ns, char text[static STAMP_TEXT]);

/* RFC 3339 with any offset and 0 to 9 decimals. */
bool stamp_parse(struct span, uint64_t *t_ns);

/* A length of time for people: "0.40 s", "59 s", "5 min", "2 h 10 min", "3 d 4 h". */
const char *stamp_period(uint64_t ns, char text[static STAMP_TEXT]);

#endif
