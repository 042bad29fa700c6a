/* SPDX-License-Identifier: Apache-2.0 */
#include "document/document.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cmark.h>

#include "base/utf8.h"
#include "document/page.h"

#define SAYS_MAX 300 /* bytes of a fact that are kept */

const char *
document_kind_text(enum document_kind kind)
{
	static const char *const text[] = { "plain text", "Markdown", "HTML" };

	return text[kind];
}

const char *
document_fact_text(enum document_fact fact)
{
	static const char *const text[] = { "title", "publisher", "published", "author",
		"address", "language", "source" };

	return text[fact];
}

void
page_says(struct document *d, struct arena *a, enum document_fact fact, struct span v,
    const char *where)
{
	char *text;
	size_t n = 0, step;

	if (d->says[fact].value != NULL)
		return;
	while (v.len > 0 && v.at[0] <= ' ')
		v.at++, v.len--;
	while (v.len > 0 && v.at[v.len - 1] <= ' ')
		v.len--;
	while (n < v.len && (step = utf8_length(v.at + n, v.len - n)) > 0 &&
	       n + step <= SAYS_MAX)
		n += step;
	if (n == 0 || (text = arena_text(a, (const char *)v.at, n)) == NULL)
		return;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)text[i] < ' ')
			text[i] = ' ';
	d->says[fact] = (struct document_says){ text, where };
}

static bool
ends_in(const char *name, const char *end)
{
	size_t n = strlen(name), e = strlen(end);

	return n >= e && strcasecmp(name + n - e, end) == 0;
}

static bool
starts_with(struct span s, const char *word)
{
	size_t n = strlen(word);

	return s.len >= n && strncasecmp((const char *)s.at, word, n) == 0;
}

static enum document_kind
kind_of(struct span s, const char *name)
{
	static const char *const page[] = { "<!doctype html", "<html", "<head", "<body",
		"<?xml", "<article", "<main", "<meta", "<title" };

	while (s.len > 0 && s.at[0] <= ' ')
		s.at++, s.len--;
	while (starts_with(s, "<!--")) {
		const uint8_t *end = memmem(s.at, s.len, "-->", 3);

		if (end == NULL)
			break;
		s.len -= (size_t)(end + 3 - s.at);
		s.at = end + 3;
		while (s.len > 0 && s.at[0] <= ' ')
			s.at++, s.len--;
	}
	for (size_t i = 0; i < sizeof page / sizeof *page; i++)
		if (starts_with(s, page[i]))
			return DOCUMENT_HTML;
	if (ends_in(name, ".html") || ends_in(name, ".htm") || ends_in(name, ".xhtml"))
		return DOCUMENT_HTML;
	if (ends_in(name, ".md") || ends_in(name, ".markdown"))
		return DOCUMENT_MARKDOWN_TEXT;
	return DOCUMENT_PLAIN;
}

/* Markdown becomes HTML first, so that there is one rule for what is main text. */
static enum status
read_markdown(struct document *d, struct span body, struct buf *text, struct arena *a,
    struct error *err)
{
	enum status st;
	char *html;

	if (body.len > DOCUMENT_MARKDOWN)
		return error_set(err, E_LIMIT, "%zu bytes of Markdown; the limit is %zu",
		    body.len, (size_t)DOCUMENT_MARKDOWN);
	html = cmark_markdown_to_html(
	    (const char *)body.at, body.len, CMARK_OPT_UNSAFE | CMARK_OPT_VALIDATE_UTF8);
	if (html == NULL)
		return error_set(err, E_NOMEM, "no memory for Markdown");
	st = page_html(
	    d, (struct span){ (const uint8_t *)html, strlen(html) }, text, a, err);
	free(html);
	return st;
}

static enum status
index_characters(
    struct document *d, const struct buf *text, struct arena *a, struct error *err)
{
	size_t n = 0, i = 0;
	char *utf8 = arena_text(a, text->at ? text->at : "", text->len);

	for (size_t b = 0; b < text->len; b++)
		n += ((uint8_t)text->at[b] & 0xc0) != 0x80;
	d->at = arena_array(a, n + 1, uint32_t);
	if (utf8 == NULL || d->at == NULL)
		return error_set(err, E_NOMEM, "no room for %zu characters", n);
	for (size_t b = 0; b < text->len; b++)
		if (((uint8_t)text->at[b] & 0xc0) != 0x80)
			d->at[i++] = (uint32_t)b;
	d->at[n] = (uint32_t)text->len;
	d->utf8 = utf8;
	d->bytes = text->len;
	d->n = (uint32_t)n;
	return OK;
}

enum status
document_read(struct document *out, struct span bytes, const char *name, struct arena *a,
    struct error *err)
{
	struct document d = { .hash = digest_of(bytes) };
	struct buf utf8 = { .max = 4 * DOCUMENT_MAX }, text = { .max = DOCUMENT_TEXT };
	struct span body;
	enum status st;
	size_t front;

	if (bytes.len > DOCUMENT_MAX)
		return error_set(err, E_LIMIT, "%zu bytes; the limit of a document is %zu",
		    bytes.len, (size_t)DOCUMENT_MAX);
	st = charset_decode(bytes, &utf8, &d.charset, err);
	if (st != OK)
		goto out;
	body = buf_span(&utf8);
	front = page_front(&d, body, a);
	if (front > 0) {
		body = (struct span){ body.at + front, body.len - front };
		d.kind = DOCUMENT_MARKDOWN_TEXT;
	} else {
		d.kind = kind_of(body, name);
	}
	if (d.kind == DOCUMENT_HTML)
		st = page_html(&d, body, &text, a, err);
	else if (d.kind == DOCUMENT_MARKDOWN_TEXT)
		st = read_markdown(&d, body, &text, a, err);
	else
		buf_put(&text, body.at, body.len);
	if (st == OK)
		st = buf_state(&text, "the extracted text", err);
	if (st == OK)
		st = index_characters(&d, &text, a, err);
	if (st == OK)
		*out = d;
out:
	buf_release(&utf8);
	buf_release(&text);
	return st;
}

struct span
document_range(const struct document *d, uint32_t from, uint32_t to)
{
	if (from > to || to > d->n)
		return (struct span){ 0 };
	return (
	    struct span){ (const uint8_t *)d->utf8 + d->at[from], d->at[to] - d->at[from] };
}
