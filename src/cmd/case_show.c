/* SPDX-License-Identifier: Apache-2.0 */
/*
 * geophone case show, export: what is in a case.
 */
#include <getopt.h>
#include <stdio.h>

#include "base/json.h"
#include "case/kind.h"
#include "cmd/case.h"
#include "cmd/cmd.h"
#include "publish/escape.h"

#define OUT_MAX ((size_t)512 << 20)

static const char show_usage[] = "usage: geophone case show DIR [--json]\n"
				 "What is in a case, by kind.\n\n"
				 "      --json   canonical JSON\n";
static const char export_usage[] =
    "usage: geophone case export DIR\n"
    "Everything in a case as canonical JSON, a line a thing; the entries of the journal\n"
    "first.\n";

/* The words that say best what a thing is. */
static void
put_label(json_t *body, struct buf *out)
{
	static const char *const keys[] = { "title", "name", "text", "action", "status",
		"reason", "purpose", "as_stated" };

	const char *text = json_string_value(json_object_get(body, "core"));
	json_t *core = text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;

	if (json_is_string(json_object_get(core, "why")))
		escape_str(
		    out, ESCAPE_TEXT, json_string_value(json_object_get(core, "why")));
	json_decref(core);
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		const char *s = json_string_value(json_object_get(body, keys[i]));

		if (s) {
			escape_str(out, ESCAPE_TEXT, s);
			return;
		}
	}
}

static void
put_things(const char *kind, json_t *list, struct buf *out)
{
	json_t *row;
	size_t i;

	if (json_array_size(list) == 0)
		return;
	buf_printf(out, "\n%s (%zu)\n", kind, json_array_size(list));
	json_array_foreach(list, i, row)
	{
		const char *id = json_string_value(json_object_get(row, "id"));

		buf_printf(out, "  %-16.16s  ", id);
		put_label(json_object_get(row, "body"), out);
		buf_putc(out, '\n');
	}
}

static enum status
show(struct casebook *cb, bool as_json, struct buf *out, struct error *err)
{
	struct digest head;
	uint64_t n = casebook_head(cb, &head);
	json_t *all = json_object();
	char hex[DIGEST_HEX];
	enum status st = OK;

	if (!as_json) {
		escape_str(out, ESCAPE_TEXT, casebook_title(cb));
		buf_printf(out, "\n%llu entries, the last is %.16s...\n",
		    (unsigned long long)n, digest_hex(&head, hex));
	}
	for (unsigned i = 1; st == OK && i < kinds_n; i++) {
		json_t *list;

		st = casebook_list(cb, kinds[i].name, NULL, &list, err);
		if (st != OK)
			break;
		if (as_json)
			(void)json_object_set(all, kinds[i].name, list);
		else
			put_things(kinds[i].name, list, out);
		json_decref(list);
	}
	if (st == OK && as_json) {
		(void)json_object_set_new(all, "title", json_string(casebook_title(cb)));
		(void)json_object_set_new(all, "entries", json_integer((json_int_t)n));
		(void)json_object_set_new(all, "head", json_string(digest_hex(&head, hex)));
		shape_put(all, out);
		buf_putc(out, '\n');
	}
	json_decref(all);
	return st == OK ? buf_state(out, "the list", err) : st;
}

static int
finish(enum status st, struct buf *out, struct casebook *cb, const struct error *err)
{
	if (st == OK)
		(void)fwrite(out->at, 1, out->len, stdout);
	buf_release(out);
	casebook_close(cb);
	return case_result(st, err);
}

int
case_show(int argc, char **argv)
{
	struct buf out = { .max = OUT_MAX };
	struct casebook *cb;
	struct error err;
	bool json = false;
	int done = case_simple_options(argc, argv, show_usage, &json);

	if (done >= 0)
		return done;
	cb = case_open(argv[optind], NULL);
	if (cb == NULL)
		return EXIT_COULD_NOT;
	return finish(show(cb, json, &out, &err), &out, cb, &err);
}

int
case_export(int argc, char **argv)
{
	struct buf out = { .max = OUT_MAX };
	struct casebook *cb;
	struct error err;
	bool json = false;
	int done = case_simple_options(argc, argv, export_usage, &json);

	if (done >= 0)
		return done;
	cb = case_open(argv[optind], NULL);
	if (cb == NULL)
		return EXIT_COULD_NOT;
	return finish(db_dump(casebook_db(cb), &out, &err), &out, cb, &err);
}

static const char schema_usage[] =
    "usage: geophone case schema KIND\n"
    "What a thing of that kind must look like, as JSON Schema 2020-12.\n";

int
case_schema(int argc, char **argv)
{
	struct buf out = { .max = 1 << 20 };
	const struct kind *k;
	json_t *schema;
	int done = case_simple_options(argc, argv, schema_usage, NULL);

	if (done >= 0)
		return done;
	k = kind_find(argv[optind]);
	if (k == NULL)
		return cmd_misused(CASE_VERB, "schema: there is no kind %s", argv[optind]);
	schema = shape_schema(k->shape, k->name);
	shape_put(schema, &out);
	buf_putc(&out, '\n');
	(void)fwrite(out.at, 1, out.len, stdout);
	json_decref(schema);
	buf_release(&out);
	return EXIT_DONE;
}
