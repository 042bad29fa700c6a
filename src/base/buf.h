/* SPDX-License-Identifier: Apache-2.0 */
/*
 * buf.h - bytes we write, up to a limit.
 *
 * A growing buffer with a maximum. Running out, of the limit or of memory,
 * marks it `bad` and it stays bad: write a whole document, ask once. The
 * content is always NUL-terminated beyond `len` so that it can be printed.
 * Release with buf_release; a zeroed struct with `max` set is ready to use.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/error.h"

struct buf {
	char *at;
	size_t len;
	size_t cap;
	size_t max; /* most bytes it may ever hold, without the NUL */
	bool bad;
};

void buf_init(struct buf *, size_t max);

/* A buffer over `room`, which must outlive it: never grows, is never released. */
static inline struct buf
buf_over(char *room, size_t size)
{
	return (struct buf){ .at = room, .cap = size, .max = size - 1 };
}

void buf_reset(struct buf *);   /* forget content and `bad`, keep the memory */
void buf_release(struct buf *); /* takes zeroed and released ones */

void buf_put(struct buf *, const void *bytes, size_t n);
void buf_puts(struct buf *, const char *);
void buf_putc(struct buf *, char);
void buf_printf(struct buf *, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Borrowed: valid until the next write. Empty when bad. */
struct span buf_span(const struct buf *);

/* OK, or E_NOMEM with a sentence that names `what`. */
enum status buf_state(const struct buf *, const char *what, struct error *) MUST_USE;

#endif
