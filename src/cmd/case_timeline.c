/* SPDX-License-Identifier: Apache-2.0 */
/*
 * geophone case timeline: what happened, was said and was done, in order.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "case/shape.h"
#include "cmd/case.h"
#include "cmd/cmd.h"
#include "publish/escape.h"

static const char usage[] =
    "usage: geophone case timeline DIR [--json]\n"
    "What happened, was found, said, asked and concluded, in the order of its own time;\n"
    "times are as they are stated.\n\n"
    "      --json   canonical JSON, a line an event\n";

/* What has a time of its own, and what that time means. */
static const struct source {
	const char *kind, *key, *what; /* key NULL: when it was written down */
} sources[] = {
	{ "incident", "first", "begins" },
	{ "incident", "last", "ends" },
	{ "document", "published", "is published" },
	{ "document", "retrieved", "is retrieved" },
	{ "claim", "on", "is said" },
	{ "custody", "at", "changes hands" },
	{ "request", NULL, "is written down" },
	{ "request", "deadline", "is due" },
	{ "status", NULL, "becomes known" },
	{ "assessment", NULL, "is weighed" },
	{ "finding", "first_seen", "is first seen" },
	{ "finding", "last_seen", "is last seen" },
};

static const char *
text_of(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

/* The words for an event: a title, a name, a sentence. */
static const char *
label_of(const json_t *body)
{
	static const char *const keys[] = { "title", "name", "text", "action", "status",
		"purpose", "why", "kind" };

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (text_of(body, keys[i]))
			return text_of(body, keys[i]);
	return "";
}

static void
take(const struct source *s, const json_t *row, json_t *events)
{
	json_t *body = json_object_get(row, "body"), *core = NULL;
	const char *time = text_of(row, "time");

	if (strcmp(s->kind, "finding") == 0 && text_of(body, "core")) {
		core = json_loads(text_of(body, "core"), JSON_REJECT_DUPLICATES, NULL);
		body = core;
	}
	if (s->key)
		time = text_of(body, s->key);
	if (time)
		(void)json_array_append_new(events,
		    json_pack("{s:s, s:s, s:s, s:s, s:s}", "id", text_of(row, "id"), "kind",
			s->kind, "says", label_of(body), "time", time, "what", s->what));
	json_decref(core);
}

static int
compare(const void *a, const void *b)
{
	static const char *const keys[] = { "time", "kind", "id", "what" };
	const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
	int c = 0;

	for (size_t i = 0; c == 0 && i < sizeof keys / sizeof *keys; i++)
		c = strcmp(text_of(x, keys[i]), text_of(y, keys[i]));
	return c;
}

static void
put_events(json_t *events, bool as_json, struct buf *out)
{
	size_t n = json_array_size(events);
	json_t **sorted = calloc(n + 1, sizeof(json_t *));

	for (size_t i = 0; sorted && i < n; i++)
		sorted[i] = json_array_get(events, i);
	if (sorted)
		qsort(sorted, n, sizeof *sorted, compare);
	for (size_t i = 0; sorted && i < n; i++) {
		if (as_json)
			shape_put(sorted[i], out);
		else {
			escape_str(out, ESCAPE_TEXT, text_of(sorted[i], "time"));
			buf_printf(out, "  %-10s %-14.14s ", text_of(sorted[i], "kind"),
			    text_of(sorted[i], "id"));
			escape_str(out, ESCAPE_TEXT, text_of(sorted[i], "what"));
			buf_puts(out, "  ");
			escape_str(out, ESCAPE_TEXT, text_of(sorted[i], "says"));
		}
		buf_putc(out, '\n');
	}
	out->bad |= sorted == NULL;
	free(sorted);
}

int
case_timeline(int argc, char **argv)
{
	struct buf out = { .max = (size_t)64 << 20 };
	json_t *events, *rows, *row;
	struct casebook *cb;
	struct error err;
	bool as_json = false;
	int done = case_simple_options(argc, argv, usage, &as_json);
	enum status st = OK;
	size_t i;

	if (done >= 0)
		return done;
	cb = case_open(argv[optind], NULL);
	if (cb == NULL)
		return EXIT_COULD_NOT;
	events = json_array();
	for (size_t s = 0; st == OK && s < sizeof sources / sizeof *sources; s++) {
		st = casebook_list(cb, sources[s].kind, NULL, &rows, &err);
		if (st != OK)
			break;
		json_array_foreach(rows, i, row) take(&sources[s], row, events);
		json_decref(rows);
	}
	if (st == OK) {
		put_events(events, as_json, &out);
		st = buf_state(&out, "the timeline", &err);
	}
	if (st == OK)
		(void)fwrite(out.at, 1, out.len, stdout);
	json_decref(events);
	buf_release(&out);
	casebook_close(cb);
	return case_result(st, &err);
}
