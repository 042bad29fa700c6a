/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "case/weigh.h"

static const char *const RATINGS[] = { [RATING_N] = "N",
	[RATING_C] = "C",
	[RATING_CC] = "CC",
	[RATING_I] = "I",
	[RATING_II] = "II" };
static const char *const FORGES[] = {
	[FORGE_CHEAP] = "cheap", [FORGE_COSTLY] = "costly", [FORGE_NONE] = "none"
};

const char *
weigh_status_text(enum weigh_status s)
{
	static const char *const text[] = {
		[WEIGH_INSUFFICIENT] = "INSUFFICIENT",
		[WEIGH_ACTOR_OR_IMITATOR] = "ACTOR-OR-IMITATOR",
		[WEIGH_NOT_ATTRIBUTED] = "NOT-ATTRIBUTED",
		[WEIGH_NOT_A_FINDING] = "NOT-A-FINDING",
		[WEIGH_FALSE_FLAG] = "FALSE-FLAG",
		[WEIGH_ATTRIBUTED] = "ATTRIBUTED",
	};

	return text[s];
}

const char *
weigh_confidence_text(enum weigh_confidence c)
{
	static const char *const text[] = { [CONFIDENCE_LOW] = "low",
		[CONFIDENCE_MODERATE] = "moderate",
		[CONFIDENCE_HIGH] = "high" };

	return c == CONFIDENCE_NONE ? NULL : text[c];
}

/* A name that may become a key, a file name or a word of a bulletin. */
static enum status
read_name(json_t *j, const char *what, char out[static WEIGH_NAME], struct error *err)
{
	size_t n = json_string_length(j);

	if (!json_is_string(j) || n == 0 || n >= WEIGH_NAME)
		return error_set(err, E_FORMAT, "%s is not a text of 1 to %d bytes", what,
		    WEIGH_NAME - 1);
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)json_string_value(j)[i] < 0x20)
			return error_set(
			    err, E_FORMAT, "%s holds a control character", what);
	memcpy(out, json_string_value(j), n + 1);
	return OK;
}

static int
word_index(const char *const *words, unsigned n, json_t *j)
{
	for (unsigned i = 0; i < n; i++)
		if (json_is_string(j) && strcmp(words[i], json_string_value(j)) == 0)
			return (int)i;
	return -1;
}

static enum status
read_actors(struct weigh_case *c, json_t *list, struct error *err)
{
	size_t n = json_array_size(list);

	if (!json_is_array(list) || n == 0 || n > WEIGH_ACTORS)
		return error_set(
		    err, E_FORMAT, "actors is not a list of 1 to %d names", WEIGH_ACTORS);
	for (size_t i = 0; i < n; i++) {
		enum status st =
		    read_name(json_array_get(list, i), "an actor", c->actor[i], err);

		if (st != OK)
			return st;
		if (strcmp(c->actor[i], "unk") == 0 || strcmp(c->actor[i], "null") == 0 ||
		    strncmp(c->actor[i], "ff:", 3) == 0)
			return error_set(
			    err, E_FORMAT, "an actor may not be called %s", c->actor[i]);
		for (size_t k = 0; k < i; k++)
			if (strcmp(c->actor[i], c->actor[k]) == 0)
				return error_set(
				    err, E_FORMAT, "actor %s is named twice", c->actor[i]);
	}
	c->actors = (unsigned)n;
	return OK;
}

static enum status
read_ratings(const struct weigh_case *c, struct weigh_item *e, json_t *r, struct error *err)
{
	const char *key;
	json_t *value;

	if (!json_is_object(r))
		return error_set(err, E_FORMAT, "item %s: r is not an object", e->id);
	json_object_foreach(r, key, value)
	{
		int rating = word_index(RATINGS, 5, value);
		char name[WEIGH_NAME + 4];
		unsigned h = 0;

		while (h < weigh_hypotheses(c) &&
		       strcmp(weigh_hypothesis(c, h, name), key) != 0)
			h++;
		if (h == weigh_hypotheses(c) || strcmp(key, "unk") == 0)
			return error_set(err, E_FORMAT,
			    "item %s rates %s, which is no hypothesis that can be rated",
			    e->id, key);
		if (rating < 0)
			return error_set(err, E_FORMAT,
			    "item %s: the rating of %s is not CC, C, N, I or II", e->id,
			    key);
		e->rating[h] = (uint8_t)rating;
		e->rated[h] = true;
	}
	return OK;
}

static enum status
read_item(const struct weigh_case *c, struct weigh_item *e, json_t *j, struct error *err)
{
	json_t *src = json_object_get(j, "src"), *measured = json_object_get(j, "measured");
	json_t *forge_j = json_object_get(j, "forge");
	int forge = forge_j ? word_index(FORGES, 3, forge_j) : FORGE_CHEAP;
	const char *s = json_string_value(src);
	size_t known = 5 + (size_t)(measured != NULL) + (size_t)(forge_j != NULL);
	enum status st;

	st = read_name(json_object_get(j, "id"), "the id of an item", e->id, err);
	if (st == OK)
		st = read_name(
		    json_object_get(j, "g"), "the group g of an item", e->group, err);
	if (st == OK)
		st = read_name(
		    json_object_get(j, "k"), "the kind k of an item", e->kind, err);
	if (st != OK)
		return st;
	if (s == NULL || strlen(s) != 2 || s[0] < 'A' || s[0] > 'F' || s[1] < '1' ||
	    s[1] > '6')
		return error_set(
		    err, E_FORMAT, "item %s: src is not a grade from A1 to F6", e->id);
	if (forge < 0)
		return error_set(
		    err, E_FORMAT, "item %s: forge is not cheap, costly or none", e->id);
	if (measured && !json_is_boolean(measured))
		return error_set(
		    err, E_FORMAT, "item %s: measured is not true or false", e->id);
	e->source = s[0];
	e->credibility = s[1];
	e->forge = (enum weigh_forge)forge;
	e->measured = json_is_true(measured);
	st = read_ratings(c, e, json_object_get(j, "r"), err);
	if (st == OK && json_object_size(j) != known)
		st = error_set(
		    err, E_FORMAT, "item %s has a key that is not understood", e->id);
	return st;
}

/* Groups are few: the sets of up to three of them are all tried. */
static unsigned
count_groups(const struct weigh_case *c)
{
	unsigned n = 0;

	for (unsigned i = 0; i < c->items; i++) {
		bool seen = false;

		for (unsigned k = 0; k < i; k++)
			seen |= strcmp(c->item[i].group, c->item[k].group) == 0;
		n += !seen;
	}
	return n;
}

static enum status
read_items(struct weigh_case *c, json_t *list, struct arena *a, struct error *err)
{
	size_t n = json_array_size(list);

	if (!json_is_array(list) || n > WEIGH_ITEMS)
		return error_set(
		    err, E_FORMAT, "items is not a list of at most %d", WEIGH_ITEMS);
	c->item = arena_array(a, n + 1, struct weigh_item);
	if (c->item == NULL)
		return error_set(err, E_NOMEM, "no memory for %zu items", n);
	for (size_t i = 0; i < n; i++) {
		enum status st = read_item(c, &c->item[i], json_array_get(list, i), err);

		if (st != OK)
			return st;
		for (size_t k = 0; k < i; k++)
			if (strcmp(c->item[i].id, c->item[k].id) == 0)
				return error_set(err, E_FORMAT, "two items are called %s",
				    c->item[i].id);
		c->items++;
	}
	if (count_groups(c) > WEIGH_GROUPS)
		return error_set(
		    err, E_LIMIT, "more than %d groups of evidence", WEIGH_GROUPS);
	return OK;
}

enum status
weigh_read(struct weigh_case *out, struct span json, struct arena *a, struct error *err)
{
	struct weigh_case c = { 0 };
	json_error_t why;
	json_t *j =
	    json_loadb((const char *)json.at, json.len, JSON_REJECT_DUPLICATES, &why);
	json_t *null;
	enum status st;

	if (j == NULL)
		return error_set(err, E_FORMAT, "not JSON at line %d, column %d: %s",
		    why.line, why.column, why.text);
	null = json_object_get(j, "null");
	if (!json_is_object(j) || json_object_size(j) != (null ? 3u : 2u))
		st = error_set(
		    err, E_FORMAT, "a matrix has the keys actors, items and null");
	else if (null && !json_is_boolean(null))
		st = error_set(err, E_FORMAT, "null is not true or false");
	else
		st = read_actors(&c, json_object_get(j, "actors"), err);
	c.null = json_is_true(null);
	if (st == OK)
		st = read_items(&c, json_object_get(j, "items"), a, err);
	json_decref(j);
	if (st == OK)
		*out = c;
	return st;
}

/* Hypotheses as keys, in the byte order that canonical JSON wants. */
static void
put_scores(struct json *j, const char *key, const struct weigh_case *c, const int32_t *v)
{
	unsigned n = weigh_hypotheses(c), order[WEIGH_HYPS];
	char a[WEIGH_NAME + 4], b[WEIGH_NAME + 4];

	for (unsigned i = 0; i < n; i++) {
		unsigned at = i;

		for (; at > 0; at--) {
			if (strcmp(weigh_hypothesis(c, order[at - 1], a),
				weigh_hypothesis(c, i, b)) < 0)
				break;
			order[at] = order[at - 1];
		}
		order[at] = i;
	}
	json_key(j, key);
	json_open(j, '{');
	for (unsigned i = 0; i < n; i++) {
		json_key(j, weigh_hypothesis(c, order[i], a));
		json_int(j, v[order[i]]);
	}
	json_close(j, '}');
}

static void
put_breaking(struct json *j, const struct weigh_result *r)
{
	json_key(j, "breaking_group_sets");
	json_open(j, '[');
	for (unsigned i = 0; i < r->breakings; i++) {
		json_open(j, '[');
		for (unsigned k = 0; k < r->breaking[i].n; k++)
			json_str(j, r->group[r->breaking[i].group[k]]);
		json_close(j, ']');
	}
	json_close(j, ']');
}

static void
put_items(struct json *j, const char *key, const struct weigh_case *c, const bool *which)
{
	json_key(j, key);
	json_open(j, '[');
	for (unsigned i = 0; i < c->items; i++)
		if (which[i])
			json_str(j, c->item[i].id);
	json_close(j, ']');
}

static void
put_text(struct json *j, const char *key, const char *text)
{
	json_key(j, key);
	if (text)
		json_str(j, text);
	else
		json_none(j);
}

static void
put_number(struct json *j, const char *key, int64_t n)
{
	json_key(j, key);
	json_int(j, n);
}

void
weigh_encode(const struct weigh_case *c, const struct weigh_result *r, struct buf *out)
{
	char name[WEIGH_NAME + 4];
	struct json j;

	json_init(&j, out);
	json_open(&j, '{');
	put_scores(&j, "S", c, r->score);
	json_key(&j, "ach_agrees");
	json_bool(&j, r->ach_agrees);
	put_breaking(&j, r);
	put_text(&j, "confidence", weigh_confidence_text(r->confidence));
	json_key(&j, "disfavoured");
	json_open(&j, '[');
	for (unsigned h = 0; h < r->hyps; h++)
		if (r->disfavoured[h])
			json_str(&j, weigh_hypothesis(c, h, name));
	json_close(&j, ']');
	put_items(&j, "flip_items", c, r->flips);
	put_number(&j, "groups", r->groups);
	put_text(&j, "leader", weigh_hypothesis(c, r->leader, name));
	put_number(&j, "level", r->level);
	put_number(&j, "margin", r->margin);
	put_number(&j, "phigh", r->high);
	put_number(&j, "plow", r->low);
	put_text(&j, "reason", r->reason);
	put_text(&j, "runner", weigh_hypothesis(c, r->runner, name));
	put_text(&j, "status", weigh_status_text(r->status));
	put_number(&j, "support", r->support);
	put_items(&j, "weaken_items", c, r->weakens);
	put_scores(&j, "wis", c, r->wis);
	put_text(&j, "word", r->word);
	json_close(&j, '}');
}
