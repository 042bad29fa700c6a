/* SPDX-License-Identifier: Apache-2.0 */
/*
 * geophone case lineage, group: which documents have one origin is proposed by
 * the one and confirmed by the analyst with the other.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "case/kind.h"
#include "cmd/case.h"
#include "cmd/cmd.h"
#include "publish/lineage.h"

#define OUT_MAX    ((size_t)256 << 20)
#define MEMORY     ((size_t)1 << 30) /* texts, signs and passages of all documents */
#define GROUP_MAX  256
#define PREFIX_MIN 4 /* hex digits by which a document may be named */

static const char lineage_usage[] =
    "usage: geophone case lineage DIR [--json]\n"
    "Which documents of a case share words, speakers or a declared origin, with the\n"
    "passages side by side; which are proposed as one origin; whose institutions they\n"
    "quote. Confirm a proposal with geophone case group.\n\n"
    "      --json   docs/formats/lineage.md\n";
static const char group_usage[] =
    "usage: geophone case group DIR DOCUMENT DOCUMENT... --because TEXT [OPTION...]\n"
    "Confirm that documents have one origin: in assess they count once. A DOCUMENT is\n"
    "its hash, the beginning of it, or the name under which it was added.\n\n"
    "      --because TEXT  why; what geophone case lineage proposes, or better\n"
    "      --basis WORD    passages, briefing, translation, declared, party or other\n"
    "      --id ID         what the group is called; by default made from its "
    "members\n" CASE_PEN_USAGE;

/* The documents of a case with their bytes; what they point to lives in `list` and `bytes`. */
struct shelf {
	json_t *list;
	struct lineage_document *at;
	struct buf *bytes;
	uint32_t n;
};

static void
shelf_release(struct shelf *s)
{
	for (uint32_t i = 0; s->bytes && i < s->n; i++)
		buf_release(&s->bytes[i]);
	free(s->bytes);
	free(s->at);
	json_decref(s->list);
}

static const char *
text_at(const json_t *body, const char *key)
{
	return json_string_value(json_object_get(body, key));
}

static enum status
shelf_read(struct shelf *s, struct casebook *cb, struct error *err)
{
	enum status st = casebook_list(cb, "document", NULL, &s->list, err);
	size_t i;
	json_t *row;

	if (st != OK)
		return st;
	s->n = (uint32_t)json_array_size(s->list);
	s->at = calloc(s->n + 1, sizeof *s->at);
	s->bytes = calloc(s->n + 1, sizeof *s->bytes);
	if (s->at == NULL || s->bytes == NULL)
		return error_set(err, E_NOMEM, "no memory for %u documents", s->n);
	json_array_foreach(s->list, i, row)
	{
		const json_t *body = json_object_get(row, "body");
		struct lineage_document *d = &s->at[i];

		d->id = text_at(row, "id");
		d->name = text_at(body, "name");
		d->published = text_at(body, "published");
		d->publisher = text_at(body, "publisher");
		d->address = text_at(body, "url");
		s->bytes[i].max = CASEBOOK_DOCUMENT_MAX;
		st = casebook_read_document(cb, d->id, &s->bytes[i], err);
		if (st != OK)
			return st;
		d->bytes = buf_span(&s->bytes[i]);
	}
	return OK;
}

static int
by_name(const void *x, const void *y)
{
	const struct lineage_document *a = x, *b = y;
	int order = strcmp(a->name ? a->name : "", b->name ? b->name : "");

	return order ? order : strcmp(a->id, b->id);
}

int
case_lineage(int argc, char **argv)
{
	struct buf out = { .max = OUT_MAX };
	struct shelf shelf = { 0 };
	struct arena arena;
	struct lineage l;
	struct casebook *cb;
	struct error err;
	bool json = false;
	int done = case_simple_options(argc, argv, lineage_usage, &json);
	enum status st;

	if (done >= 0)
		return done;
	cb = case_open(argv[optind], NULL);
	if (cb == NULL)
		return EXIT_COULD_NOT;
	arena_init(&arena, MEMORY);
	st = shelf_read(&shelf, cb, &err);
	if (st == OK) {
		qsort(shelf.at, shelf.n, sizeof *shelf.at, by_name);
		st = lineage_make(&l, shelf.at, shelf.n, &arena, &err);
	}
	if (st == OK) {
		if (json)
			publish_lineage_json(&l, &out);
		else
			publish_lineage_text(&l, argv[optind], &out);
		st = buf_state(&out, "the lineage", &err);
	}
	if (st == OK)
		(void)fwrite(out.at, 1, out.len, stdout);
	buf_release(&out);
	arena_release(&arena);
	shelf_release(&shelf);
	casebook_close(cb);
	return case_result(st, &err);
}

/* The one document that a word names: NULL and a sentence when none or several do. */
static const char *
find_document(const json_t *list, const char *word, struct error *err)
{
	const char *found = NULL;
	size_t i, n = strlen(word);
	json_t *row;

	json_array_foreach(list, i, row)
	{
		const char *id = text_at(row, "id");
		const char *name = text_at(json_object_get(row, "body"), "name");
		bool named = name && strcmp(name, word) == 0;

		if (!named && (n < PREFIX_MIN || strncmp(id, word, n) != 0))
			continue;
		if (found != NULL) {
			(void)error_set(err, E_MISUSE, "%s names several documents", word);
			return NULL;
		}
		found = id;
	}
	if (found == NULL)
		(void)error_set(err, E_MISUSE, "the case has no document %s", word);
	return found;
}

static int
by_text(const void *x, const void *y)
{
	return strcmp(*(const char *const *)x, *(const char *const *)y);
}

struct grouping {
	struct case_pen pen;
	const char *because, *basis, *id;
	const char *member[GROUP_MAX];
	unsigned members;
	char made[DIGEST_HEX + 2];
};

/* Members in order and each once; the id is made of them unless there is one. */
static enum status
name_group(struct grouping *g, struct error *err)
{
	struct digest_stream ds;
	struct digest d;
	unsigned kept = 0;

	qsort(g->member, g->members, sizeof *g->member, by_text);
	for (unsigned i = 0; i < g->members; i++)
		if (i == 0 || strcmp(g->member[i], g->member[kept - 1]) != 0)
			g->member[kept++] = g->member[i];
	g->members = kept;
	if (kept < 2)
		return error_set(err, E_MISUSE, "a group has two documents or more");
	digest_stream_begin(&ds);
	for (unsigned i = 0; i < kept; i++)
		digest_stream_add(
		    &ds, (struct span){ (const uint8_t *)g->member[i], DIGEST_HEX - 1 });
	d = digest_stream_end(&ds);
	g->made[0] = 'g';
	(void)digest_hex(&d, g->made + 1);
	g->made[13] = '\0';
	if (g->id == NULL)
		g->id = g->made;
	return OK;
}

static enum status
write_group(struct grouping *g, struct casebook *cb, char **words, int n, struct error *err)
{
	json_t *list = NULL, *body = NULL, *members = json_array();
	enum status st = casebook_list(cb, "document", NULL, &list, err);

	for (int i = 0; st == OK && i < n; i++) {
		g->member[g->members] = find_document(list, words[i], err);
		if (g->member[g->members++] == NULL)
			st = E_MISUSE;
	}
	if (st == OK)
		st = name_group(g, err);
	for (unsigned i = 0; st == OK && i < g->members; i++)
		(void)json_array_append_new(members, json_string(g->member[i]));
	if (st == OK) {
		body = json_pack("{s:s, s:b, s:s, s:O, s:s}", "basis", g->basis,
		    "confirmed", 1, "id", g->id, "members", members, "reason", g->because);
		st = body ? casebook_add(cb, &g->pen.hand, "group", g->id, body, err)
			  : error_set(err, E_FORMAT, "an option is not UTF-8");
	}
	if (st == OK)
		printf("group %s\n", g->id);
	json_decref(body);
	json_decref(members);
	json_decref(list);
	return st;
}

static int
group(struct grouping *g, int argc, char **argv)
{
	struct casebook *cb;
	struct error err;
	enum status st = case_pen_open(&g->pen, &err);

	if (st != OK)
		return case_result(st, &err);
	cb = case_open(argv[0], &g->pen);
	if (cb == NULL)
		return EXIT_COULD_NOT;
	st = write_group(g, cb, argv + 1, argc - 1, &err);
	casebook_close(cb);
	if (st == E_MISUSE)
		return cmd_misused(CASE_VERB, "group: %s", err.text);
	return case_result(st, &err);
}

int
case_group(int argc, char **argv)
{
	static const struct option longs[] = { CASE_PEN_OPTIONS,
		{ "because", required_argument, NULL, 'b' },
		{ "basis", required_argument, NULL, 's' },
		{ "id", required_argument, NULL, 'i' }, { "help", no_argument, NULL, 'h' },
		{ 0 } };
	struct grouping g = { .basis = "other" };
	int c, status;

	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		if (case_pen_option(&g.pen, c, optarg))
			continue;
		switch (c) {
		case 'b':
			g.because = optarg;
			break;
		case 's':
			g.basis = optarg;
			break;
		case 'i':
			g.id = optarg;
			break;
		case 'h':
			fputs(group_usage, stdout);
			return EXIT_DONE;
		default:
			return cmd_misused(CASE_VERB, "see the line above");
		}
	}
	if (g.because == NULL || g.because[0] == '\0')
		return cmd_misused(CASE_VERB, "group: --because is needed");
	if (argc - optind < 3 || argc - optind > GROUP_MAX)
		return cmd_misused(CASE_VERB, "group: a case and two documents are needed");
	status = group(&g, argc - optind, argv + optind);
	case_pen_close(&g.pen);
	return status;
}
