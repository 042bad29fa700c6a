/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "publish/bulletin.h"
#include "publish/escape.h"

extern const char bulletin_style[]; /* bulletin.css, embedded when built */

static const char *const opens[] = { "<p>", "<li>", "<p class=\"note\">", "" };
static const char *const closes[] = { "</p>\n", "</li>\n", "</p>\n", "\n" };

static void
put_tlp(const struct bulletin *b, struct buf *out)
{
	const char *colour = strcmp(b->tlp, "CLEAR") == 0   ? "clear"
			     : strcmp(b->tlp, "GREEN") == 0 ? "green"
			     : strcmp(b->tlp, "RED") == 0   ? "red"
							    : "amber";

	buf_printf(out, "<p><span class=\"tlp %s\">TLP:%s</span></p>\n", colour, b->tlp);
}

static void
put_head(const struct bulletin *b, struct buf *out)
{
	buf_printf(out,
	    "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n"
	    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	    "style-src 'unsafe-inline'\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	    "<title>TLP:%s ",
	    b->lang == BULLETIN_ZH ? "zh-Hans" : "en", b->tlp);
	escape_str(out, ESCAPE_HTML, b->title);
	buf_puts(out, "</title>\n<style>\n");
	buf_puts(out, bulletin_style);
	buf_puts(out, "</style>\n</head>\n<body>\n<main>\n");
	put_tlp(b, out);
	buf_puts(out, "<h1>");
	escape_str(out, ESCAPE_HTML, b->title);
	buf_puts(out, "</h1>\n");
}

/* Items in a row are a list, commands one block. */
static void
change_form(int from, int to, struct buf *out)
{
	if (from == to)
		return;
	if (from == BULLETIN_ITEM)
		buf_puts(out, "</ul>\n");
	if (from == BULLETIN_COMMAND)
		buf_puts(out, "</pre>\n");
	if (to == BULLETIN_ITEM)
		buf_puts(out, "<ul>\n");
	if (to == BULLETIN_COMMAND)
		buf_puts(out, "<pre>");
}

void
bulletin_html(const struct bulletin *b, struct buf *out)
{
	enum bulletin_place place = PLACE_TITLE;
	int form = -1;

	put_head(b, out);
	for (unsigned i = 0; i < b->blocks; i++) {
		const struct bulletin_block *x = &b->block[i];

		if (x->place != place) {
			change_form(form, -1, out);
			form = -1;
			place = x->place;
			buf_printf(out, "<h2>%s</h2>\n", bulletin_heading(place, b->lang));
		}
		change_form(form, (int)x->form, out);
		form = (int)x->form;
		buf_puts(out, place == PLACE_TITLE ? "<p class=\"soft\">" : opens[form]);
		escape_str(out, ESCAPE_HTML, x->text);
		buf_puts(out, closes[form]);
	}
	change_form(form, -1, out);
	put_tlp(b, out);
	buf_puts(out, "</main>\n</body>\n</html>\n");
}
