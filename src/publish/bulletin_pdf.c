/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bulletin as PDF: A4, one column, one font for both scripts. The dates in the
 * file are the case's, so that the same case gives the same bytes with the same
 * fonts and libraries. What the libraries keep for a next document stays until the
 * process ends: cairo's own way of taking it back aborts when a font is still held.
 */
#include <cairo-pdf.h>
#include <pango/pangocairo.h>
#include <stdio.h>
#include <string.h>

#include "publish/bulletin.h"

/* Points. */
#define PAGE_W 595
#define PAGE_H 842
#define MARGIN 56
#define BODY_W (PAGE_W - 2 * MARGIN)
#define BOTTOM (PAGE_H - MARGIN - 24)
/*
 * A font of TrueType outlines for Chinese: cairo 1.16 leaves characters out of subsets
 * of CFF fonts such as Noto Sans CJK.
 */
#define FAMILY "Noto Sans, WenQuanYi Micro Hei, sans-serif"
#define MONO   "Noto Sans Mono, WenQuanYi Micro Hei Mono, monospace"

struct sheet {
	const struct bulletin *b;
	cairo_t *cr;
	PangoLayout *layout;
	int y, page;
	bool lacking; /* a character that no font here has */
};

static cairo_status_t
take(void *state, const unsigned char *bytes, unsigned n)
{
	struct buf *out = state;

	buf_put(out, bytes, n);
	return out->bad ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

static void
set_text(
    struct sheet *s, const char *text, const char *family, int tenths, bool bold, int width)
{
	PangoFontDescription *font = pango_font_description_from_string(family);

	pango_font_description_set_absolute_size(font, tenths * PANGO_SCALE / 10);
	pango_font_description_set_weight(
	    font, bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
	pango_layout_set_font_description(s->layout, font);
	pango_font_description_free(font);
	pango_layout_set_width(s->layout, width * PANGO_SCALE);
	pango_layout_set_text(s->layout, text, -1);
	s->lacking |= pango_layout_get_unknown_glyphs_count(s->layout) > 0;
}

/* The footer: marking and page, so that a loose sheet says how it may travel. */
static void
end_page(struct sheet *s)
{
	char text[64];

	s->page++;
	(void)snprintf(text, sizeof text, "TLP:%s    %d", s->b->tlp, s->page);
	set_text(s, text, MONO, 80, true, BODY_W);
	cairo_move_to(s->cr, MARGIN, PAGE_H - MARGIN);
	cairo_set_source_rgb(s->cr, 0, 0, 0);
	pango_cairo_show_layout(s->cr, s->layout);
	cairo_show_page(s->cr);
	s->y = MARGIN;
}

/* Line by line, so that a paragraph may go on over the page. */
static void
show(struct sheet *s, int indent, double grey)
{
	PangoLayoutIter *it = pango_layout_get_iter(s->layout);
	struct sheet now = *s;

	do {
		PangoLayoutLine *line = pango_layout_iter_get_line_readonly(it);
		PangoRectangle box;
		int height;

		pango_layout_line_get_extents(line, NULL, &box);
		height = PANGO_PIXELS(box.height) + 2;
		if (s->y + height > BOTTOM) {
			/* The footer needs the layout: give it one of its own. */
			s->layout = pango_cairo_create_layout(s->cr);
			end_page(s);
			g_object_unref(s->layout);
			s->layout = now.layout;
		}
		cairo_set_source_rgb(s->cr, grey, grey, grey);
		cairo_move_to(s->cr, MARGIN + indent, s->y + PANGO_PIXELS(-box.y));
		pango_cairo_show_layout_line(s->cr, line);
		s->y += height;
	} while (pango_layout_iter_next_line(it));
	pango_layout_iter_free(it);
}

static void
put_tlp(struct sheet *s)
{
	static const struct {
		const char *tlp;
		double r, g, b;
	} colours[] = { { "CLEAR", 1, 1, 1 }, { "GREEN", .2, 1, 0 },
		{ "AMBER", 1, .753, 0 }, { "AMBER+STRICT", 1, .753, 0 },
		{ "RED", 1, .169, .169 } };
	char text[32];
	int w, h;

	(void)snprintf(text, sizeof text, "TLP:%s", s->b->tlp);
	set_text(s, text, MONO, 110, true, -1);
	pango_layout_get_pixel_size(s->layout, &w, &h);
	cairo_set_source_rgb(s->cr, 0, 0, 0);
	cairo_rectangle(s->cr, MARGIN, s->y, w + 12, h + 4);
	cairo_fill(s->cr);
	for (size_t i = 0; i < sizeof colours / sizeof *colours; i++)
		if (strcmp(colours[i].tlp, s->b->tlp) == 0)
			cairo_set_source_rgb(
			    s->cr, colours[i].r, colours[i].g, colours[i].b);
	cairo_move_to(s->cr, MARGIN + 6, s->y + 2);
	pango_cairo_show_layout(s->cr, s->layout);
	s->y += h + 16;
}

static void
put_block(struct sheet *s, const struct bulletin_block *x)
{
	bool item = x->form == BULLETIN_ITEM, command = x->form == BULLETIN_COMMAND;
	int indent = item || command ? 14 : 0;
	int top;

	if (s->y + 16 > BOTTOM)
		end_page(s);
	if (item) {
		set_text(s, "•", FAMILY, 100, false, BODY_W);
		top = s->y;
		show(s, 2, .1);
		s->y = top;
	}
	set_text(s, x->text, command ? MONO : FAMILY, command ? 80 : 100, false,
	    BODY_W - indent);
	show(s, indent, x->place == PLACE_TITLE ? .35 : .1);
	s->y += command ? 1 : 4;
}

static void
draw(struct sheet *s)
{
	enum bulletin_place place = PLACE_TITLE;

	s->y = MARGIN;
	put_tlp(s);
	set_text(s, s->b->title, FAMILY, 200, true, BODY_W);
	show(s, 0, 0);
	s->y += 6;
	for (unsigned i = 0; i < s->b->blocks; i++) {
		if (s->b->block[i].place != place) {
			place = s->b->block[i].place;
			s->y += 10;
			if (s->y + 48 > BOTTOM) /* a heading is not left alone */
				end_page(s);
			set_text(s, bulletin_heading(place, s->b->lang), FAMILY, 125, true,
			    BODY_W);
			show(s, 0, 0);
			s->y += 4;
		}
		put_block(s, &s->b->block[i]);
	}
	end_page(s);
}

static void
set_metadata(const struct bulletin *b, cairo_surface_t *pdf)
{
	char when[STAMP_TEXT];

	(void)stamp_text(b->as_of_ns, when);
	(void)snprintf(when + 19, sizeof when - 19, "Z"); /* whole seconds */
	cairo_pdf_surface_set_metadata(pdf, CAIRO_PDF_METADATA_CREATE_DATE, when);
	cairo_pdf_surface_set_metadata(pdf, CAIRO_PDF_METADATA_MOD_DATE, when);
	cairo_pdf_surface_set_metadata(pdf, CAIRO_PDF_METADATA_TITLE, b->title);
	cairo_pdf_surface_set_metadata(
	    pdf, CAIRO_PDF_METADATA_CREATOR, "Geophone " GEOPHONE_VERSION);
}

enum status
bulletin_pdf(const struct bulletin *b, struct buf *out, struct error *err)
{
	cairo_surface_t *pdf =
	    cairo_pdf_surface_create_for_stream(take, out, PAGE_W, PAGE_H);
	struct sheet s = { .b = b, .cr = cairo_create(pdf) };
	cairo_font_options_t *options = cairo_font_options_create();
	cairo_status_t cs;

	set_metadata(b, pdf);
	s.layout = pango_cairo_create_layout(s.cr);
	pango_context_set_language(pango_layout_get_context(s.layout),
	    pango_language_from_string(b->lang == BULLETIN_ZH ? "zh-cn" : "en"));
	pango_layout_set_wrap(s.layout, PANGO_WRAP_WORD_CHAR);
	cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
	pango_cairo_context_set_font_options(pango_layout_get_context(s.layout), options);
	pango_layout_context_changed(s.layout);
	cairo_font_options_destroy(options);
	draw(&s);
	g_object_unref(s.layout);
	cairo_surface_finish(pdf);
	cs = cairo_surface_status(pdf);
	cairo_destroy(s.cr);
	cairo_surface_destroy(pdf);
	if (s.lacking)
		return error_set(err, E_LIMIT,
		    "no font on this machine has all the characters of the bulletin; "
		    "fonts-wqy-microhei has the Chinese ones");
	if (cs != CAIRO_STATUS_SUCCESS)
		return error_set(err, E_NOMEM, "the PDF: %s", cairo_status_to_string(cs));
	return buf_state(out, "the PDF", err);
}
