/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/origins.h"

#include <stdlib.h>
#include <string.h>

#include "base/input.h"
#include "cmd/cmd.h"

#define FIRST_ROOM 1024
#define PEEK       ((size_t)64 << 10)
#define STOP_EVERY 65536 /* lines between two looks at whether to stop */

struct note {
	uint64_t line;
	unsigned source;
	bool known;
	struct digest digest;
};

struct origins {
	struct note *note;
	size_t n, room, most;
	size_t distinct; /* in front of `note`, in order; all of it after origins_read */
};

enum status
origins_new(struct origins **out, size_t memory, struct error *err)
{
	*out = calloc(1, sizeof **out);
	if (*out == NULL)
		return error_set(err, E_NOMEM, "no memory for the lines of logs");
	(*out)->most = memory / sizeof(struct note);
	return OK;
}

void
origins_free(struct origins *o)
{
	if (o)
		free(o->note);
	free(o);
}

static int
compare_notes(const void *a, const void *b)
{
	const struct note *x = a, *y = b;

	if (x->source != y->source)
		return x->source < y->source ? -1 : 1;
	return x->line < y->line ? -1 : x->line > y->line;
}

static void
sort_out(struct origins *o)
{
	size_t kept = 0;

	if (o->n > 1)
		qsort(o->note, o->n, sizeof *o->note, compare_notes);
	for (size_t i = 0; i < o->n; i++)
		if (kept == 0 || compare_notes(&o->note[kept - 1], &o->note[i]) != 0)
			o->note[kept++] = o->note[i];
	o->n = o->distinct = kept;
}

/* Room for one more: several slices may want the same lines, and those count once. */
static bool
make_room(struct origins *o)
{
	size_t room = o->room ? 2 * o->room : FIRST_ROOM;
	struct note *note;

	if (o->n < o->room)
		return true;
	if (o->n > o->distinct + o->distinct / 2)
		sort_out(o);
	if (o->n < o->room / 4 * 3)
		return true;
	if (room > o->most)
		room = o->most;
	note = room > o->room ? realloc(o->note, room * sizeof *note) : NULL;
	if (note == NULL)
		return o->n < o->room;
	o->note = note;
	o->room = room;
	return true;
}

void
origins_want(struct origins *o, unsigned source, uint64_t line)
{
	if (source == 0 || line == 0 || !make_room(o))
		return;
	o->note[o->n++] = (struct note){ .line = line, .source = source };
}

/* How long the line at the front of the input is; 0: it is longer than any that is read. */
static size_t
line_length(struct input *in, struct span *s)
{
	for (size_t want = PEEK;; want *= 2) {
		const uint8_t *end;

		*s = input_peek(in, want);
		end = s->len ? memchr(s->at, '\n', s->len) : NULL;
		if (end)
			return (size_t)(end - s->at) + 1;
		if (s->len < want)
			return s->len; /* the last line, or none */
		if (want >= INPUT_WINDOW)
			return 0;
	}
}

/* Past a line that is longer than the window; false: the input is over. */
static bool
step_over(struct input *in)
{
	struct span s = input_peek(in, INPUT_WINDOW);
	const uint8_t *end = NULL;

	while (s.len > 0 && (end = memchr(s.at, '\n', s.len)) == NULL) {
		input_skip(in, s.len);
		s = input_peek(in, INPUT_WINDOW);
	}
	if (end)
		input_skip(in, (size_t)(end - s.at) + 1);
	return end != NULL;
}

/* The notes [from, to) are about this input, in order. */
static void
hash_lines(struct input *in, struct note *from, const struct note *to)
{
	for (uint64_t number = 1; from < to; number++) {
		struct span s;
		size_t n = line_length(in, &s);

		if (s.len == 0 || (number % STOP_EVERY == 0 && cmd_stopped))
			return;
		if (n == 0 && !step_over(in))
			return;
		if (from->line == number) {
			if (n > 0)
				from->digest = digest_of((struct span){ s.at, n });
			from++->known = n > 0;
		}
		if (n > 0)
			input_skip(in, n);
	}
}

enum status
origins_read(struct origins *o, const struct inputs *inputs, struct error *err)
{
	sort_out(o);
	for (size_t i = 0, end = 0; i < o->n; i = end) {
		unsigned source = o->note[i].source;
		struct error gone;
		struct input *in;

		while (end < o->n && o->note[end].source == source)
			end++;
		if (source > inputs->n ||
		    source_open(&in, &inputs->source[source - 1], &gone) != OK)
			continue;
		hash_lines(in, o->note + i, o->note + end);
		input_close(in);
		if (cmd_stopped)
			return error_set(err, E_STOPPED, "stopped while keeping evidence");
	}
	return OK;
}

const struct digest *
origins_find(const struct origins *o, unsigned source, uint64_t line)
{
	struct note key = { .line = line, .source = source };
	const struct note *found =
	    o->n ? bsearch(&key, o->note, o->n, sizeof key, compare_notes) : NULL;

	return found && found->known ? &found->digest : NULL;
}
