/* SPDX-License-Identifier: Apache-2.0 */
#include "case/matrix.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "case/shape.h"
#include "case/shape.h"
#include "case/weigh.h"

#define PART_OF_MAX 16 /* storeys of parties within parties */
#define REASONS_MAX 16 /* said per group */

/* Items that share a token are one group: disjoint sets, the least item at the root. */
struct builder {
	struct casebook *cb;
	json_t *items;  /* rows, in order of id */
	json_t *token;  /* name -> first item that had it */
	json_t *origin; /* document -> the group entry that an analyst confirmed */
	json_t *why[WEIGH_ITEMS]; /* by item: tokens that joined it to another */
	unsigned root[WEIGH_ITEMS];
	unsigned n;
};

static const char *
text_of(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

static json_t *
item_of(const struct builder *b, size_t i)
{
	return json_object_get(json_array_get(b->items, i), "body");
}

static unsigned
find(struct builder *b, unsigned i)
{
	while (b->root[i] != i) {
		b->root[i] = b->root[b->root[i]];
		i = b->root[i];
	}
	return i;
}

static void
join(struct builder *b, unsigned i, const char *kind, const char *name)
{
	char key[128];
	json_t *first;
	unsigned x, y;

	(void)snprintf(key, sizeof key, "%s %.80s", kind, name);
	first = json_object_get(b->token, key);
	if (first == NULL) {
		(void)json_object_set_new(b->token, key, json_integer(i));
		return;
	}
	x = find(b, i);
	y = find(b, (unsigned)json_integer_value(first));
	if ((unsigned)json_integer_value(first) == i)
		return;
	if (x != y)
		b->root[x > y ? x : y] = x > y ? y : x;
	(void)json_array_append_new(b->why[i], json_string(key));
}

/* An institution stands for the party it is part of. */
static void
join_party(struct builder *b, unsigned i, const char *party)
{
	char id[DIGEST_HEX];

	(void)snprintf(id, sizeof id, "%s", party);
	for (int storey = 0; storey < PART_OF_MAX; storey++) {
		json_t *body = casebook_get(b->cb, "party", id);
		const char *above = text_of(body, "part_of");

		if (above)
			(void)snprintf(id, sizeof id, "%s", above);
		json_decref(body);
		if (above == NULL)
			break;
	}
	join(b, i, "party", id);
}

static void
join_document(struct builder *b, unsigned i, const char *id, bool provider)
{
	json_t *body = casebook_get(b->cb, "document", id), *origins, *o;
	const char *party = text_of(body, "party");
	size_t k;

	join(b, i, "document", id);
	origins = json_object_get(b->origin, id);
	json_array_foreach(origins, k, o) join(b, i, "origin", json_string_value(o));
	if (party && provider)
		join_party(b, i, party);
	json_decref(body);
}

static void
join_claim(struct builder *b, unsigned i, const char *id, bool provider)
{
	json_t *body = casebook_get(b->cb, "claim", id), *q;
	size_t k;

	join(b, i, "claim", id);
	json_array_foreach(json_object_get(body, "quotes"), k, q)
	    join_document(b, i, text_of(q, "document"), provider);
	if (provider && text_of(body, "by"))
		join_party(b, i, text_of(body, "by"));
	json_decref(body);
}

static void
join_finding(struct builder *b, unsigned i, const char *id)
{
	json_t *body = casebook_get(b->cb, "finding", id), *slice;
	size_t k;

	join(b, i, "finding", id);
	json_array_foreach(json_object_get(body, "slices"), k, slice)
	    join(b, i, "slice", json_string_value(slice));
	json_decref(body);
}

static void
join_item(struct builder *b, unsigned i)
{
	json_t *item = item_of(b, i), *rests = json_object_get(item, "rests_on"), *x;
	bool provider = json_object_get(item, "independent") == NULL;
	size_t k;

	json_array_foreach(json_object_get(rests, "documents"), k, x)
	    join_document(b, i, json_string_value(x), provider);
	json_array_foreach(json_object_get(rests, "claims"), k, x)
	    join_claim(b, i, json_string_value(x), provider);
	json_array_foreach(json_object_get(rests, "findings"), k, x)
	    join_finding(b, i, json_string_value(x));
	json_array_foreach(json_object_get(rests, "artefacts"), k, x)
	    join(b, i, "artefact", json_string_value(x));
	if (text_of(item, "group"))
		join(b, i, "group", text_of(item, "group"));
	if (provider && text_of(item, "provider"))
		join_party(b, i, text_of(item, "provider"));
}

/* Only what an analyst confirmed counts; a proposal changes nothing. */
static enum status
read_origins(struct builder *b, struct error *err)
{
	json_t *rows, *row, *member;
	enum status st = casebook_list(b->cb, "group", NULL, &rows, err);
	size_t i, k;

	if (st != OK)
		return st;
	json_array_foreach(rows, i, row)
	{
		json_t *body = json_object_get(row, "body");

		if (!json_is_true(json_object_get(body, "confirmed")))
			continue;
		json_array_foreach(json_object_get(body, "members"), k, member)
		{
			const char *doc = json_string_value(member);
			json_t *list = json_object_get(b->origin, doc);

			if (list == NULL) {
				list = json_array();
				(void)json_object_set_new(b->origin, doc, list);
			}
			(void)json_array_append(list, json_object_get(body, "id"));
		}
	}
	json_decref(rows);
	return OK;
}

static void
put_ratings(struct json *j, const json_t *item)
{
	json_t *sorted = json_object(), *r;
	struct buf text = { .max = MATRIX_MAX };
	size_t i;

	json_array_foreach(json_object_get(item, "ratings"), i, r)(void)
	    json_object_set(sorted, text_of(r, "hypothesis"), json_object_get(r, "rating"));
	shape_put(sorted, &text);
	json_key(j, "r");
	json_raw(j, buf_span(&text));
	j->out->bad |= text.bad;
	buf_release(&text);
	json_decref(sorted);
}

static void
put_item(struct builder *b, struct json *j, unsigned i)
{
	json_t *item = item_of(b, i);
	const char *forge = text_of(item, "forge");

	json_open(j, '{');
	json_key(j, "forge"), json_str(j, forge ? forge : "cheap");
	json_key(j, "g"), json_str(j, text_of(item_of(b, find(b, i)), "id"));
	json_key(j, "id"), json_str(j, text_of(item, "id"));
	json_key(j, "k"), json_str(j, text_of(item, "kind"));
	json_key(j, "measured");
	json_bool(j, json_object_get(item, "base_rate") != NULL);
	put_ratings(j, item);
	json_key(j, "src"), json_str(j, text_of(item, "source"));
	json_close(j, '}');
}

static int
compare_ids(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
put_matrix(struct builder *b, json_t *hypotheses, struct buf *out)
{
	json_t *actors = json_object_get(hypotheses, "actors"), *a;
	const char *sorted[WEIGH_ACTORS];
	struct json j;
	size_t i, n = 0;

	json_array_foreach(actors, i, a) if (n < WEIGH_ACTORS) sorted[n++] =
	    text_of(a, "id");
	qsort(sorted, n, sizeof *sorted, compare_ids);
	json_init(&j, out);
	json_open(&j, '{');
	json_key(&j, "actors"), json_open(&j, '[');
	for (i = 0; i < n; i++)
		json_str(&j, sorted[i]);
	json_close(&j, ']');
	json_key(&j, "items"), json_open(&j, '[');
	for (unsigned k = 0; k < b->n; k++)
		put_item(b, &j, k);
	json_close(&j, ']');
	json_key(&j, "null");
	json_bool(&j, json_is_true(json_object_get(hypotheses, "null")));
	json_close(&j, '}');
}

static void
tell_once(json_t *list, json_t *what)
{
	json_t *x;
	size_t i;

	json_array_foreach(list, i, x) if (json_equal(x, what)) return;
	if (i < REASONS_MAX)
		(void)json_array_append(list, what);
}

static json_t *
tell_groups(struct builder *b)
{
	json_t *list = json_array();

	for (unsigned g = 0; g < b->n; g++) {
		json_t *members = json_array(), *why = json_array(), *w;
		size_t k;

		for (unsigned i = 0; i < b->n; i++) {
			if (find(b, i) != g)
				continue;
			(void)json_array_append(
			    members, json_object_get(item_of(b, i), "id"));
			json_array_foreach(b->why[i], k, w) tell_once(why, w);
		}
		if (json_array_size(members) > 1)
			(void)json_array_append_new(
			    list, json_pack("{s:O, s:s, s:O}", "because", why, "group",
				      text_of(item_of(b, g), "id"), "items", members));
		json_decref(members);
		json_decref(why);
	}
	return list;
}

static enum status
build(struct builder *b, struct buf *json, json_t **groups, struct error *err)
{
	json_t *hypotheses = casebook_get(b->cb, "hypotheses", "hypotheses");
	enum status st = OK;

	if (hypotheses == NULL)
		return error_set(err, E_FORMAT,
		    "the case considers nobody yet: geophone case add DIR hypotheses FILE");
	if (json_array_size(b->items) > WEIGH_ITEMS)
		st = error_set(err, E_LIMIT, "more than %d items", WEIGH_ITEMS);
	if (st == OK)
		st = read_origins(b, err);
	if (st == OK) {
		b->n = (unsigned)json_array_size(b->items);
		for (unsigned i = 0; i < b->n; i++) {
			b->root[i] = i;
			b->why[i] = json_array();
		}
		for (unsigned i = 0; i < b->n; i++)
			join_item(b, i);
		put_matrix(b, hypotheses, json);
		st = buf_state(json, "the matrix", err);
	}
	if (st == OK)
		*groups = tell_groups(b);
	for (unsigned i = 0; i < b->n; i++)
		json_decref(b->why[i]);
	json_decref(hypotheses);
	return st;
}

enum status
matrix_make(struct casebook *cb, struct buf *json, json_t **groups, struct error *err)
{
	struct builder *b = calloc(1, sizeof *b);
	enum status st;

	if (b == NULL)
		return error_set(err, E_NOMEM, "no memory");
	b->cb = cb;
	b->token = json_object();
	b->origin = json_object();
	st = casebook_list(cb, "item", NULL, &b->items, err);
	if (st == OK) {
		st = build(b, json, groups, err);
		json_decref(b->items);
	}
	json_decref(b->token);
	json_decref(b->origin);
	free(b);
	return st;
}
