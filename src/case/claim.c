/* SPDX-License-Identifier: Apache-2.0 */
#include "case/claim.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "case/numeral.h"
#include "document/document.h"

static const char *
text_of(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

static enum status
must_have(struct casebook *cb, const char *kind, const char *id, struct error *err)
{
	json_t *body = id ? casebook_get(cb, kind, id) : NULL;

	if (id && body == NULL)
		return error_set(err, E_FORMAT, "there is no %s %s in this case", kind, id);
	json_decref(body);
	return OK;
}

/* A document as it is quoted from; all of it in the arena. */
static enum status
read_text(struct casebook *cb, const json_t *quote, struct arena *a, struct document *d,
    struct error *err)
{
	const char *id = text_of(quote, "document");
	struct buf bytes = { .max = DOCUMENT_MAX };
	json_t *body = casebook_get(cb, "document", id);
	const char *name = text_of(body, "name");
	enum status st = OK;

	if (body == NULL)
		st = error_set(err, E_FORMAT, "there is no document %s in this case", id);
	if (st == OK)
		st = casebook_read_document(cb, id, &bytes, err);
	if (st == OK)
		st = document_read(d, buf_span(&bytes), name ? name : "", a, err);
	buf_release(&bytes);
	json_decref(body);
	return st;
}

/* The character that begins at byte `at`, or the text's end. */
static uint32_t
character_at(const struct document *d, size_t at)
{
	uint32_t low = 0, high = d->n;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (d->at[mid] < at)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* The one place where the text stands, as characters. */
static enum status
find_quote(const struct document *d, json_t *quote, struct error *err)
{
	const char *text = text_of(quote, "text"), *at, *again;
	size_t n = strlen(text);

	at = memmem(d->utf8, d->bytes, text, n);
	if (at == NULL)
		return error_set(err, E_FORMAT, "the quote does not stand in the document");
	again = memmem(at + 1, d->bytes - (size_t)(at + 1 - d->utf8), text, n);
	if (again)
		return error_set(err, E_FORMAT,
		    "the quote stands in the document more than once: say where with from "
		    "and to, or quote more");
	(void)json_object_set_new(
	    quote, "from", json_integer(character_at(d, (size_t)(at - d->utf8))));
	(void)json_object_set_new(
	    quote, "to", json_integer(character_at(d, (size_t)(at - d->utf8) + n)));
	return OK;
}

static enum status
compare_quote(const struct document *d, const json_t *quote, struct error *err)
{
	const char *text = text_of(quote, "text");
	json_int_t from = json_integer_value(json_object_get(quote, "from"));
	json_int_t to = json_integer_value(json_object_get(quote, "to"));
	struct span s = { 0 };

	if (from <= to && to <= d->n)
		s = document_range(d, (uint32_t)from, (uint32_t)to);
	if (s.len == 0 || s.len != strlen(text) || memcmp(s.at, text, s.len) != 0)
		return error_set(err, E_DIFFERS,
		    "characters %" PRIu64 " to %" PRIu64
		    " of document %.16s... are not the quote",
		    (uint64_t)from, (uint64_t)to, text_of(quote, "document"));
	return OK;
}

enum status
claim_check_quote(struct casebook *cb, const json_t *quote, struct error *err)
{
	json_int_t rule = json_integer_value(json_object_get(quote, "rule"));
	struct document d;
	struct arena a;
	enum status st;

	if (rule != DOCUMENT_RULE)
		return error_set(err, E_LIMIT,
		    "the quote counts characters by edition %" PRIu64
		    " of the rule, and this program by %d",
		    (uint64_t)rule, DOCUMENT_RULE);
	arena_init(&a, DOCUMENT_TEXT * 4);
	st = read_text(cb, quote, &a, &d, err);
	if (st == OK)
		st = compare_quote(&d, quote, err);
	arena_release(&a);
	return st;
}

static enum status
settle_quote(struct casebook *cb, json_t *quote, struct error *err)
{
	bool from = json_object_get(quote, "from") != NULL;
	bool to = json_object_get(quote, "to") != NULL;
	struct document d;
	struct arena a;
	enum status st;

	if (from != to)
		return error_set(err, E_FORMAT, "from and to go together");
	arena_init(&a, DOCUMENT_TEXT * 4);
	st = read_text(cb, quote, &a, &d, err);
	if (st == OK)
		st = from ? compare_quote(&d, quote, err) : find_quote(&d, quote, err);
	if (st == OK)
		(void)json_object_set_new(quote, "rule", json_integer(DOCUMENT_RULE));
	arena_release(&a);
	return st;
}

json_t *
claim_next_quote(json_t *claim, size_t *at)
{
	json_t *quotes = json_object_get(claim, "quotes");
	json_t *figures = json_object_get(claim, "figures");
	size_t own = json_array_size(quotes), n = own + json_array_size(figures);

	while (*at < n) {
		size_t i = (*at)++;
		json_t *q =
		    i < own ? json_array_get(quotes, i)
			    : json_object_get(json_array_get(figures, i - own), "quote");

		if (q)
			return q;
	}
	return NULL;
}

static enum status
settle_figure(json_t *figure, struct error *err)
{
	const char *stated = text_of(figure, "value"), *unit = text_of(figure, "unit");
	struct buf value = { .max = 64 };
	struct numeral v;
	enum status st = numeral_read(text_of(figure, "as_stated"), &v, err);

	if (st == OK && v.percent && strncmp(unit, "percent", 7) != 0)
		st = error_set(err, E_FORMAT,
		    "it is a percentage: its unit begins with percent (percent of hosts)");
	if (st == OK) {
		numeral_put(v.millionths, &value);
		st = buf_state(&value, "the value", err);
	}
	if (st == OK && stated && strcmp(stated, value.at) != 0)
		st = error_set(err, E_FORMAT, "\"%s\" is %s and not %s",
		    text_of(figure, "as_stated"), value.at, stated);
	if (st == OK) {
		(void)json_object_set_new(figure, "value", json_string(value.at));
		if (v.bound != BOUND_NONE && text_of(figure, "bound") == NULL)
			(void)json_object_set_new(
			    figure, "bound", json_string(numeral_bound_text(v.bound)));
	}
	buf_release(&value);
	return st;
}

static enum status
settle_figures(json_t *figures, struct error *err)
{
	for (size_t i = 0; i < json_array_size(figures); i++) {
		json_t *f = json_array_get(figures, i);
		enum status st = settle_figure(f, err);

		for (size_t k = 0; st == OK && k < i; k++)
			if (strcmp(text_of(json_array_get(figures, k), "id"),
				text_of(f, "id")) == 0)
				st = error_set(err, E_FORMAT, "two figures have that id");
		if (st != OK) {
			error_wrap(err, "figure %s", text_of(f, "id"));
			return st;
		}
	}
	return OK;
}

enum status
claim_settle(struct casebook *cb, json_t *claim, struct error *err)
{
	size_t at = 0;
	json_t *q;
	enum status st = must_have(cb, "party", text_of(claim, "by"), err);

	if (st == OK)
		st = must_have(cb, "incident", text_of(claim, "about"), err);
	if (st == OK && json_array_size(json_object_get(claim, "quotes")) == 0)
		st = error_set(
		    err, E_FORMAT, "a claim without a quote is hearsay: quotes is empty");
	while (st == OK && (q = claim_next_quote(claim, &at)) != NULL) {
		st = settle_quote(cb, q, err);
		if (st != OK)
			error_wrap(err, "quote %zu", at);
	}
	if (st == OK)
		st = settle_figures(json_object_get(claim, "figures"), err);
	return st;
}
