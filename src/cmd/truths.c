/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/truths.h"

#include <string.h>
#include <sys/stat.h>

#include "collect/lines.h"
#include "collect/table.h"
#include "collect/zeek.h"

#define FLOWS    64
#define SCENARIO (INPUT_WINDOW - 1) /* bytes of a scenario or a ground truth */
#define PEEK     65536

static enum status
read_text(struct truth *t, const char *path, struct error *err)
{
	struct input *in;
	struct span text;
	enum status st = input_open(&in, path, err);

	if (st != OK)
		return st;
	text = input_peek(in, SCENARIO + 1);
	if (text.len > SCENARIO && input_size(in) > SCENARIO)
		st = error_set(err, E_LIMIT, "longer than %zu bytes", SCENARIO);
	else
		st = truth_read(t, text, err);
	input_close(in);
	return st == OK ? OK : (error_wrap(err, "%s", path), st);
}

/* A path in a scenario, which is relative to it. */
static char *
beside(struct truth *t, const char *scenario, const char *path)
{
	const char *slash = strrchr(scenario, '/');
	struct buf b;
	char *out;

	if (path[0] == '/' || slash == NULL)
		return arena_text(&t->memory, path, strlen(path));
	buf_init(&b, 65536);
	buf_put(&b, scenario, (size_t)(slash + 1 - scenario));
	buf_puts(&b, path);
	out = b.bad ? NULL : arena_text(&t->memory, b.at, b.len);
	buf_release(&b);
	return out;
}

static enum status
label(struct truth *t, const struct flow *f, struct span line, struct error *err)
{
	struct mark m = { .host = f->orig,
		.peer = f->resp,
		.from_ns = f->first_ns,
		.to_ns = f->first_ns,
		.class = label_of(line) };

	if (m.class == TRUTH_UNKNOWN)
		return OK;
	return truth_mark(t, &m) ? OK : error_set(err, E_NOMEM, "no memory for labels");
}

static enum status
read_zeek(struct truth *t, struct input *in, struct error *err)
{
	struct flow flow[FLOWS];
	struct span line[FLOWS];
	struct zeek *z;
	unsigned n;
	enum status st = zeek_open(&z, in, err);

	if (st != OK)
		return st;
	do {
		st = zeek_next(z, flow, line, FLOWS, &n, err);
		for (unsigned i = 0; st == OK && i < n; i++)
			st = label(t, &flow[i], line[i], err);
	} while (st == OK && n > 0);
	zeek_close(z);
	return st;
}

static enum status
read_table(struct truth *t, struct input *in, struct error *err)
{
	struct table table = { 0 };
	struct lines lines;
	struct span line;
	enum status st = OK;

	lines_init(&lines, in);
	while (st == OK && lines_next(&lines, &line)) {
		const char *why;
		struct half h = { 0 };

		if (table_line(&table, line, &h, &why) == TOLD_FLOW)
			st = label(t, &h.flow, line, err);
	}
	lines_close(&lines);
	return st;
}

static void
ignore(void *state, bool hard, const char *sentence)
{
	(void)state, (void)hard, (void)sentence;
}

/* What cannot be read has no labels; the analysis says why. */
static enum status
read_labels(struct truth *t, char **paths, unsigned n, struct error *err)
{
	struct inputs in;
	enum status st = inputs_find(&in, paths, n, false, ignore, NULL, err);

	for (unsigned i = 0; st == OK && i < in.n; i++) {
		struct source *s = &in.source[i];
		struct input *file;
		struct error none;

		if ((s->kind != SOURCE_ZEEK && s->kind != SOURCE_TABLE) || s->pipe ||
		    input_open(&file, s->path, &none) != OK)
			continue;
		if ((s->kind == SOURCE_ZEEK ? read_zeek(t, file, &none)
					    : read_table(t, file, &none)) == E_NOMEM)
			st = error_set(err, E_NOMEM, "no memory for labels");
	}
	inputs_release(&in);
	return st;
}

static bool
is_scenario(const char *path)
{
	struct stat s;
	struct input *in;
	struct error err;
	bool yes;

	if (stat(path, &s) != 0 || !S_ISREG(s.st_mode) || input_open(&in, path, &err) != OK)
		return false;
	yes = truth_recognise(input_peek(in, PEEK));
	input_close(in);
	return yes;
}

static enum status
find_beside(struct truth *t, const char *path, bool *found, struct error *err)
{
	struct buf b;
	size_t n = strlen(path);
	enum status st;
	struct stat s;

	while (n > 1 && path[n - 1] == '/')
		n--;
	buf_init(&b, 65536);
	buf_put(&b, path, n);
	buf_puts(&b, ".truth.json");
	st = buf_state(&b, "a path", err);
	*found = st == OK && stat(b.at, &s) == 0;
	if (*found)
		st = read_text(t, b.at, err);
	buf_release(&b);
	return st;
}

enum status
truths_find(
    struct truth *t, const char *path, char ***inputs, unsigned *n, struct error *err)
{
	bool found = false;
	enum status st;

	if (!is_scenario(path)) {
		t->input = arena_array(&t->memory, 1, char *);
		if (t->input == NULL ||
		    (t->input[0] = arena_text(&t->memory, path, strlen(path))) == NULL)
			return error_set(err, E_NOMEM, "no memory for a path");
		t->inputs = 1;
		st = find_beside(t, path, &found, err);
		if (st == OK && !found)
			st = read_labels(t, t->input, t->inputs, err);
		*inputs = t->input;
		*n = t->inputs;
		return st;
	}
	st = read_text(t, path, err);
	if (st == OK && t->inputs == 0)
		return error_set(err, E_FORMAT, "%s names no inputs", path);
	for (unsigned i = 0; st == OK && i < t->inputs; i++)
		if ((t->input[i] = beside(t, path, t->input[i])) == NULL)
			st = error_set(err, E_NOMEM, "no memory for a path");
	*inputs = t->input;
	*n = t->inputs;
	if (st == OK && t->n == 0)
		st = read_labels(t, t->input, t->inputs, err);
	return st;
}
