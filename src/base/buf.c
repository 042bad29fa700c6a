/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){ .max = max };
}

void
buf_reset(struct buf *b)
{
	b->len = 0;
	b->bad = false;
	if (b->at)
		b->at[0] = '\0';
}

void
buf_release(struct buf *b)
{
	free(b->at);
	*b = (struct buf){ .max = b->max };
}

/* Room for n more bytes and the NUL. */
static bool
buf_room(struct buf *b, size_t n)
{
	size_t cap;
	char *at;

	if (b->bad || n > b->max - b->len) {
		b->bad = true;
		return false;
	}
	if (b->len + n < b->cap)
		return true;
	cap = b->cap ? b->cap : 256;
	while (cap <= b->len + n)
		cap *= 2;
	if (cap > b->max + 1)
		cap = b->max + 1;
	at = realloc(b->at, cap);
	if (at == NULL) {
		b->bad = true;
		return false;
	}
	b->at = at;
	b->cap = cap;
	return true;
}

void
buf_put(struct buf *b, const void *bytes, size_t n)
{
	if (!buf_room(b, n))
		return;
	if (n > 0)
		memcpy(b->at + b->len, bytes, n);
	b->len += n;
	b->at[b->len] = '\0';
}

void
buf_puts(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

void
buf_putc(struct buf *b, char c)
{
	buf_put(b, &c, 1);
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	char small[256];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(small, sizeof small, fmt, ap);
	va_end(ap);
	if (n < 0) {
		b->bad = true;
		return;
	}
	if ((size_t)n < sizeof small) {
		buf_put(b, small, (size_t)n);
		return;
	}
	if (!buf_room(b, (size_t)n))
		return;
	va_start(ap, fmt);
	(void)vsnprintf(b->at + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
}

struct span
buf_span(const struct buf *b)
{
	if (b->bad)
		return (struct span){ 0 };
	return (struct span){ .at = (const uint8_t *)b->at, .len = b->len };
}

enum status
buf_state(const struct buf *b, const char *what, struct error *err)
{
	if (b->bad)
		return error_set(
		    err, E_NOMEM, "%s would be larger than %zu bytes", what, b->max);
	return OK;
}
