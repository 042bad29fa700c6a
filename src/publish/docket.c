/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/docket.h"

#include <inttypes.h>

#include "publish/escape.h"

static const char *
text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

/* A line of the list: a label in a column of its own, then strangers' text. */
static void
line(struct buf *out, unsigned width, const char *label, struct buf *text)
{
	buf_printf(out, "  %-10s", label);
	escape_wrap(out, buf_span(text), 12, 12, width);
	buf_putc(out, '\n');
	out->bad |= text->bad;
	buf_reset(text);
}

static void
put_figure(const json_t *f, struct buf *t)
{
	escape_str(t, ESCAPE_TEXT, text_of(f, "as_stated"));
	buf_puts(t, " = ");
	if (text_of(f, "bound")[0])
		buf_printf(t, "%s ", text_of(f, "bound"));
	escape_str(t, ESCAPE_TEXT, text_of(f, "value"));
	buf_putc(t, ' ');
	escape_str(t, ESCAPE_TEXT, text_of(f, "unit"));
	if (text_of(f, "what")[0]) {
		buf_puts(t, ", ");
		escape_str(t, ESCAPE_TEXT, text_of(f, "what"));
	}
	buf_puts(t, "; period ");
	escape_str(t, ESCAPE_TEXT, text_of(f, "period"));
	buf_puts(t, "; population ");
	escape_str(t, ESCAPE_TEXT, text_of(f, "population"));
	buf_puts(t, "; method ");
	escape_str(t, ESCAPE_TEXT, text_of(f, "method"));
}

static void
put_place(const json_t *q, struct buf *t)
{
	buf_printf(t, "document %.16s..., characters %" PRId64 " to %" PRId64,
	    text_of(q, "document"), (int64_t)json_integer_value(json_object_get(q, "from")),
	    (int64_t)json_integer_value(json_object_get(q, "to")));
}

static void
put_who(const json_t *c, enum escape how, struct buf *t)
{
	escape_str(t, how, text_of(c, text_of(c, "by_name")[0] ? "by_name" : "by"));
}

static void
put_claim(const json_t *c, unsigned width, struct buf *out)
{
	struct buf t = { .max = 1 << 20 };
	json_t *x;
	size_t i;

	buf_putc(out, '\n');
	escape_str(out, ESCAPE_TEXT, text_of(c, "id"));
	buf_puts(out, "  ");
	put_who(c, ESCAPE_TEXT, out);
	buf_puts(out, ", ");
	escape_str(out, ESCAPE_TEXT, text_of(c, "on"));
	buf_printf(out, "  [%s]\n", text_of(c, "status"));
	escape_str(&t, ESCAPE_TEXT, text_of(c, "text"));
	line(out, width, "says", &t);
	escape_str(&t, ESCAPE_TEXT, text_of(c, "about"));
	line(out, width, "about", &t);
	escape_str(&t, ESCAPE_TEXT, text_of(c, "evidence_stated"));
	line(out, width, "evidence", &t);
	if (text_of(c, "status_reason")[0]) {
		escape_str(&t, ESCAPE_TEXT, text_of(c, "status_reason"));
		line(out, width, "status", &t);
	}
	json_array_foreach(json_object_get(c, "quotes"), i, x)
	{
		buf_puts(&t, "\"");
		escape_str(&t, ESCAPE_TEXT, text_of(x, "text"));
		buf_puts(&t, "\" - ");
		put_place(x, &t);
		line(out, width, "quote", &t);
	}
	json_array_foreach(json_object_get(c, "figures"), i, x)
	{
		put_figure(x, &t);
		line(out, width, "figure", &t);
	}
	buf_release(&t);
}

void
publish_docket(const json_t *docket, unsigned width, struct buf *out)
{
	json_t *claims = json_object_get(docket, "claims");
	json_t *implied = json_object_get(docket, "implications"), *x;
	struct buf t = { .max = 1 << 16 };
	size_t i;

	escape_str(out, ESCAPE_TEXT, text_of(docket, "title"));
	buf_printf(out, ": %zu claim%s, each somebody's and none of ours\n",
	    json_array_size(claims), json_array_size(claims) == 1 ? "" : "s");
	json_array_foreach(claims, i, x) put_claim(x, width, out);
	if (json_array_size(implied) > 0)
		buf_puts(out, "\nWhat follows from the figures by arithmetic alone\n");
	json_array_foreach(implied, i, x)
	{
		escape_str(&t, ESCAPE_TEXT, text_of(x, "says"));
		escape_str(&t, ESCAPE_TEXT, "");
		line(out, width, text_of(x, "implies"), &t);
	}
	buf_release(&t);
}

static void
cell(struct buf *out, const char *tag, const char *text)
{
	buf_printf(out, "<%s>", tag);
	escape_str(out, ESCAPE_HTML, text);
	buf_printf(out, "</%s>", tag);
}

static void
html_figure(const json_t *f, struct buf *out)
{
	static const char *const keys[] = { "as_stated", "bound", "value", "unit", "period",
		"population", "method" };

	buf_puts(out, "<tr>");
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		cell(out, "td", text_of(f, keys[i]));
	buf_puts(out, "</tr>\n");
}

static void
html_claim(const json_t *c, struct buf *out)
{
	json_t *figures = json_object_get(c, "figures"), *x;
	size_t i;

	buf_puts(out, "<section>\n<h2>");
	escape_str(out, ESCAPE_HTML, text_of(c, "id"));
	buf_puts(out, " <small>");
	put_who(c, ESCAPE_HTML, out);
	buf_puts(out, ", ");
	escape_str(out, ESCAPE_HTML, text_of(c, "on"));
	buf_puts(out, "</small></h2>\n");
	cell(out, "p", text_of(c, "text"));
	buf_puts(out, "\n<dl>");
	cell(out, "dt", "Status");
	cell(out, "dd", text_of(c, "status"));
	if (text_of(c, "status_reason")[0])
		cell(out, "dd", text_of(c, "status_reason"));
	cell(out, "dt", "About");
	cell(out, "dd", text_of(c, "about"));
	cell(out, "dt", "Evidence stated");
	cell(out, "dd", text_of(c, "evidence_stated"));
	buf_puts(out, "</dl>\n");
	json_array_foreach(json_object_get(c, "quotes"), i, x)
	{
		buf_puts(out, "<figure>");
		cell(out, "blockquote", text_of(x, "text"));
		buf_puts(out, "<figcaption>");
		put_place(x, out);
		buf_puts(out, "</figcaption></figure>\n");
	}
	if (json_array_size(figures) > 0)
		buf_puts(out, "<table>\n<tr><th>As stated</th><th>Bound</th><th>Value</th>"
			      "<th>Unit</th><th>Period</th><th>Population</th>"
			      "<th>Method</th></tr>\n");
	json_array_foreach(figures, i, x) html_figure(x, out);
	buf_puts(
	    out, json_array_size(figures) > 0 ? "</table>\n</section>\n" : "</section>\n");
}

void
publish_docket_html(const json_t *docket, struct buf *out)
{
	json_t *implied = json_object_get(docket, "implications"), *x;
	size_t i;

	buf_puts(out,
	    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\" />\n"
	    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	    "style-src 'unsafe-inline'\" />\n"
	    "<meta name=\"viewport\" content=\"width=device-width\" />\n<title>");
	escape_str(out, ESCAPE_HTML, text_of(docket, "title"));
	buf_puts(out,
	    "</title>\n<style>\n"
	    "body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; "
	    "font: 1rem/1.5 system-ui, \"Noto Sans\", sans-serif; "
	    "color: #1a1f24; background: #ffffff; }\n"
	    "section { border-top: 1px solid #d8dcdf; }\n"
	    "small, figcaption { color: #56606a; }\n"
	    "dt { font-weight: 600; } blockquote { margin: 0 0 0 1rem; "
	    "padding-left: 1rem; border-left: 3px solid #0a6478; }\n"
	    "table { border-collapse: collapse; } th, td { text-align: left; "
	    "padding: .25rem .75rem .25rem 0; border-bottom: 1px solid #d8dcdf; }\n"
	    "</style>\n</head>\n<body>\n<h1>");
	escape_str(out, ESCAPE_HTML, text_of(docket, "title"));
	buf_puts(out, "</h1>\n<p>Each claim is somebody's and none of ours. What is not "
		      "stated is said to be not stated.</p>\n");
	json_array_foreach(json_object_get(docket, "claims"), i, x) html_claim(x, out);
	if (json_array_size(implied) > 0)
		buf_puts(
		    out, "<h2>What follows from the figures by arithmetic alone</h2>\n");
	json_array_foreach(implied, i, x) cell(out, "p", text_of(x, "says"));
	buf_puts(out, "\n</body>\n</html>\n");
}
