/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/lines.h"

#include <string.h>

#define PEEK ((size_t)64 << 10)

void
lines_init(struct lines *l, struct input *in)
{
	*l = (struct lines){ .in = in };
}

void
lines_close(struct lines *l)
{
	input_close(l->in);
	l->in = NULL;
}

static void
use(struct lines *l, size_t n)
{
	l->used += n;
	l->rest.at += n;
	l->rest.len -= n;
}

/* What was handed out before is gone. */
static void
refill(struct lines *l)
{
	size_t want = l->rest.len < PEEK / 2 ? PEEK : 2 * l->rest.len;

	input_skip(l->in, l->used);
	l->used = 0;
	l->rest = input_peek(l->in, want);
	l->last = l->rest.len < want;
}

static void
trim(struct span *line, bool first)
{
	if (line->len > 0 && line->at[line->len - 1] == '\r')
		line->len--;
	if (first && line->len >= 3 && memcmp(line->at, "\xef\xbb\xbf", 3) == 0) {
		line->at += 3;
		line->len -= 3;
	}
}

/* Of a line that is too long, as much as the window holds. */
static void
step_over(struct lines *l)
{
	const uint8_t *end = memchr(l->rest.at, '\n', l->rest.len);

	l->inside = end == NULL;
	use(l, end ? (size_t)(end - l->rest.at) + 1 : l->rest.len);
}

bool
lines_next(struct lines *l, struct span *line)
{
	for (;;) {
		const uint8_t *end = NULL;

		if (l->inside && l->rest.len > 0)
			step_over(l);
		if (!l->inside && l->rest.len > 0)
			end = memchr(l->rest.at, '\n',
			    l->rest.len < LINES_LONGEST + 1 ? l->rest.len
							    : LINES_LONGEST + 1);
		if (end == NULL && !l->inside && l->rest.len > LINES_LONGEST) {
			l->number++;
			if (l->too_long++ == 0)
				l->too_long_first = l->number;
			l->inside = true;
			continue;
		}
		if (end != NULL || (l->last && !l->inside && l->rest.len > 0)) {
			line->at = l->rest.at;
			line->len = end ? (size_t)(end - line->at) : l->rest.len;
			use(l, line->len + (end != NULL));
			trim(line, l->number++ == 0);
			return true;
		}
		if (l->last)
			return false;
		refill(l);
	}
}

bool
lines_cut(struct span *text, struct span *line)
{
	const uint8_t *end;

	if (text->len == 0)
		return false;
	end = memchr(text->at, '\n', text->len);
	line->at = text->at;
	line->len = end ? (size_t)(end - text->at) : text->len;
	text->at += line->len + (end != NULL);
	text->len -= line->len + (end != NULL);
	trim(line, false);
	return true;
}
