/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
mark_cut(char *text, size_t size, int wanted)
{
	if (wanted >= 0 && (size_t)wanted >= size)
		memcpy(text + size - 4, "...", 4);
}

static void
say(struct error *e, const char *fmt, va_list ap)
{
	mark_cut(e->text, sizeof e->text, vsnprintf(e->text, sizeof e->text, fmt, ap));
}

enum status
error_set(struct error *e, enum status st, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(e, fmt, ap);
	va_end(ap);
	return st;
}

enum status
error_sys(struct error *e, const char *fmt, ...)
{
	char what[ERROR_TEXT];
	int saved = errno;
	va_list ap;

	va_start(ap, fmt);
	mark_cut(what, sizeof what, vsnprintf(what, sizeof what, fmt, ap));
	va_end(ap);
	return error_set(e, E_IO, "%s: %s", what, strerror(saved));
}

void
error_wrap(struct error *e, const char *fmt, ...)
{
	char context[ERROR_TEXT], was[ERROR_TEXT];
	va_list ap;

	va_start(ap, fmt);
	mark_cut(context, sizeof context, vsnprintf(context, sizeof context, fmt, ap));
	va_end(ap);
	memcpy(was, e->text, sizeof was);
	(void)error_set(e, OK, "%s: %s", context, was);
}

_Noreturn void
check_failed(const char *cond, const char *file, int line)
{
	fprintf(stderr, "geophone: broken invariant at %s:%d: %s\n", file, line, cond);
	abort();
}
