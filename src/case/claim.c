/* SPDX-License-Identifier: Apache-2.0 */
#include "case/claim.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "case/numeral.h"

static size_t
step(struct span s)
{
	size_t n = utf8_length(s.at, s.len);

	return n ? n : 1;
}

bool
claim_characters(struct span text, uint64_t from, uint64_t to, struct span *out)
{
	struct cursor c = cursor_of(text);
	const uint8_t *begin = c.at;

	if (to < from)
		return false;
	for (uint64_t i = 0; i < to; i++) {
		if (c.left == 0)
			return false;
		if (i == from)
			begin = c.at;
		cursor_skip(&c, step(cursor_rest(&c)));
	}
	if (from == to)
		begin = c.at;
	*out = (struct span){ begin, (size_t)(c.at - begin) };
	return true;
}

static uint64_t
count_characters(struct span s)
{
	struct cursor c = cursor_of(s);
	uint64_t n = 0;

	for (; c.left > 0; n++)
		cursor_skip(&c, step(cursor_rest(&c)));
	return n;
}

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

/* The one place where the text stands, as characters. */
static enum status
find_quote(struct span doc, const char *text, json_t *quote, struct error *err)
{
	size_t n = strlen(text);
	const uint8_t *at = memmem(doc.at, doc.len, text, n), *again;
	uint64_t from;

	if (at == NULL)
		return error_set(err, E_FORMAT, "the quote does not stand in the document");
	again = memmem(at + 1, doc.len - (size_t)(at + 1 - doc.at), text, n);
	if (again)
		return error_set(err, E_FORMAT,
		    "the quote stands in the document more than once: say where with from "
		    "and to, or quote more");
	from = count_characters((struct span){ doc.at, (size_t)(at - doc.at) });
	(void)json_object_set_new(quote, "from", json_integer((json_int_t)from));
	(void)json_object_set_new(quote, "to",
	    json_integer((json_int_t)(from + count_characters((struct span){ at, n }))));
	return OK;
}

static enum status
compare_quote(struct span doc, const json_t *quote, struct error *err)
{
	const char *text = text_of(quote, "text");
	json_int_t from = json_integer_value(json_object_get(quote, "from"));
	json_int_t to = json_integer_value(json_object_get(quote, "to"));
	struct span s;

	if (!claim_characters(doc, (uint64_t)from, (uint64_t)to, &s) ||
	    s.len != strlen(text) || memcmp(s.at, text, s.len) != 0)
		return error_set(err, E_DIFFERS,
		    "characters %" PRIu64 " to %" PRIu64
		    " of document %.16s... are not the quote",
		    (uint64_t)from, (uint64_t)to, text_of(quote, "document"));
	return OK;
}

enum status
claim_check_quote(struct casebook *cb, const json_t *quote, struct error *err)
{
	const char *id = text_of(quote, "document");
	struct buf doc = { .max = CASEBOOK_DOCUMENT_MAX };
	enum status st = must_have(cb, "document", id, err);

	if (st == OK)
		st = casebook_read_document(cb, id, &doc, err);
	if (st == OK)
		st = compare_quote(buf_span(&doc), quote, err);
	buf_release(&doc);
	return st;
}

static enum status
settle_quote(struct casebook *cb, json_t *quote, struct error *err)
{
	const char *id = text_of(quote, "document");
	bool from = json_object_get(quote, "from") != NULL;
	bool to = json_object_get(quote, "to") != NULL;
	struct buf doc = { .max = CASEBOOK_DOCUMENT_MAX };
	enum status st = must_have(cb, "document", id, err);

	if (st == OK && from != to)
		st = error_set(err, E_FORMAT, "from and to go together");
	if (st == OK)
		st = casebook_read_document(cb, id, &doc, err);
	if (st == OK)
		st = from ? compare_quote(buf_span(&doc), quote, err)
			  : find_quote(buf_span(&doc), text_of(quote, "text"), quote, err);
	buf_release(&doc);
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
