/* SPDX-License-Identifier: Apache-2.0 */
/*
 * html.c - the main text of a page.
 *
 * libxml2 reads the page as a stream of events, so that no tree of a stranger's
 * making ever stands in memory, and with no network and no entities but HTML's
 * own characters (there is no DTD to declare others). We keep the text of what
 * is an article and leave out what is furniture; docs/formats/document.md has
 * the rule in words and this file is its only other copy.
 */
#include <string.h>
#include <strings.h>

#include <libxml/HTMLparser.h>

#include "document/page.h"

#define PIECE      ((size_t)1 << 20) /* bytes given to the parser at a time */
#define MAIN_LEAST 200               /* bytes of text that make <main> or <article> count */
#define META_TEXT  1024

enum element {
	INLINE,
	BLOCK,   /* its text stands on lines of its own */
	HEADING, /* a block that is text even when all of it is a link */
	ARTICLE, /* a block that is main text: <article>, <main> */
	GONE,    /* not text: left out with all that is in it */
	BREAK,   /* <br> */
	TITLE,
	SCRIPT, /* left out, but JSON-LD is read */
};

/* clang-format off */
static const struct {
	const char *name;
	enum element what;
} elements[] = {
	{ "address", BLOCK }, { "article", ARTICLE }, { "aside", GONE }, { "audio", GONE },
	{ "blockquote", BLOCK }, { "br", BREAK }, { "button", GONE }, { "canvas", GONE },
	{ "caption", BLOCK }, { "center", BLOCK }, { "dd", BLOCK }, { "details", BLOCK },
	{ "dialog", GONE }, { "div", BLOCK }, { "dl", BLOCK }, { "dt", BLOCK },
	{ "fieldset", GONE }, { "figcaption", BLOCK }, { "figure", BLOCK },
	{ "footer", GONE }, { "form", GONE }, { "frameset", GONE }, { "h1", HEADING },
	{ "h2", HEADING }, { "h3", HEADING }, { "h4", HEADING }, { "h5", HEADING },
	{ "h6", HEADING }, { "header", BLOCK }, { "hr", BLOCK }, { "iframe", GONE },
	{ "li", BLOCK }, { "main", ARTICLE }, { "math", GONE }, { "menu", GONE },
	{ "nav", GONE }, { "noscript", GONE }, { "object", GONE }, { "ol", BLOCK },
	{ "option", GONE }, { "p", BLOCK }, { "pre", BLOCK }, { "rp", GONE }, { "rt", GONE },
	{ "script", SCRIPT }, { "section", BLOCK }, { "select", GONE }, { "style", GONE },
	{ "summary", BLOCK }, { "svg", GONE }, { "table", BLOCK }, { "tbody", BLOCK },
	{ "td", BLOCK }, { "template", GONE }, { "textarea", GONE }, { "th", BLOCK },
	{ "thead", BLOCK }, { "time", INLINE }, { "title", TITLE }, { "tr", BLOCK },
	{ "ul", BLOCK }, { "video", GONE },
};

/* What <meta name= or property=> says, best first within a fact. */
static const struct {
	const char *name, *where;
	enum document_fact fact;
} metas[] = {
	{ "og:title", "<meta og:title>", FACT_TITLE },
	{ "article:published_time", "<meta article:published_time>", FACT_PUBLISHED },
	{ "datepublished", "<meta datePublished>", FACT_PUBLISHED },
	{ "pubdate", "<meta pubdate>", FACT_PUBLISHED },
	{ "publishdate", "<meta publishdate>", FACT_PUBLISHED },
	{ "dc.date", "<meta dc.date>", FACT_PUBLISHED },
	{ "dcterms.issued", "<meta dcterms.issued>", FACT_PUBLISHED },
	{ "date", "<meta date>", FACT_PUBLISHED },
	{ "og:site_name", "<meta og:site_name>", FACT_PUBLISHER },
	{ "publisher", "<meta publisher>", FACT_PUBLISHER },
	{ "dc.publisher", "<meta dc.publisher>", FACT_PUBLISHER },
	{ "author", "<meta author>", FACT_AUTHOR },
	{ "og:url", "<meta og:url>", FACT_ADDRESS },
	{ "source", "<meta source>", FACT_SOURCE },
};

static const char *const gone_roles[] = { "navigation", "complementary", "contentinfo",
	"banner", "search", "dialog", "alert", "menu" };
/* clang-format on */

struct reader {
	struct document *d;
	struct arena *a;
	htmlParserCtxtPtr parser;
	struct buf all, main; /* text of the page; of its <main> and <article> */
	struct buf block;     /* the line that is being written */
	struct buf title, script;
	size_t linked; /* bytes of the block that stand in links */
	unsigned depth;
	unsigned gone;     /* depth at which something left out began, 0: none */
	unsigned article;  /* depth of the outermost article */
	unsigned link;     /* depth of <a> */
	unsigned heading;  /* depth of h1 to h6 */
	unsigned in_title; /* depth */
	unsigned in_script;
	bool heading_block; /* the block has a heading's text */
	bool blank;         /* a blank is due before the next character */
	bool prose;         /* the block has a sentence's end */
};

static enum element
element_of(const char *name)
{
	for (size_t i = 0; i < sizeof elements / sizeof *elements; i++)
		if (strcasecmp(elements[i].name, name) == 0)
			return elements[i].what;
	return INLINE;
}

/* A line that is links and no sentence is a menu. */
static void
end_block(struct reader *r)
{
	bool menu = r->linked * 5 >= r->block.len * 4 && !r->prose && !r->heading_block;

	if (r->block.len > 0 && !menu) {
		struct buf *to[] = { &r->all, r->article ? &r->main : NULL };

		for (size_t i = 0; i < 2 && to[i] != NULL; i++) {
			buf_put(to[i], r->block.at, r->block.len);
			buf_putc(to[i], '\n');
		}
	}
	buf_reset(&r->block);
	r->linked = 0;
	r->blank = r->heading_block = r->prose = false;
}

static bool
ends_sentence(const xmlChar *s, size_t left)
{
	static const char *const ends[] = { "。", "！", "？", "；", ". ", "! ", "? ",
		".\"" };

	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		if (left >= strlen(ends[i]) && memcmp(s, ends[i], strlen(ends[i])) == 0)
			return true;
	return left == 1 && *s == '.';
}

static void
on_text(void *user, const xmlChar *s, int len)
{
	struct reader *r = user;

	if (r->in_title > 0 && r->gone == 0)
		buf_put(&r->title, s, (size_t)len);
	if (r->in_script > 0)
		buf_put(&r->script, s, (size_t)len);
	if (r->gone > 0 || r->in_title > 0 || r->in_script > 0)
		return;
	for (int i = 0; i < len; i++) {
		if (s[i] <= ' ') {
			r->blank = r->block.len > 0;
			continue;
		}
		if (r->blank)
			buf_putc(&r->block, ' ');
		r->blank = false;
		buf_putc(&r->block, (char)s[i]);
		r->linked += r->link > 0;
		r->heading_block |= r->heading > 0;
		r->prose |= ends_sentence(s + i, (size_t)(len - i));
	}
}

static const char *
attribute(const xmlChar **attrs, const char *name)
{
	for (; attrs != NULL && attrs[0] != NULL; attrs += 2)
		if (strcasecmp((const char *)attrs[0], name) == 0)
			return attrs[1] ? (const char *)attrs[1] : "";
	return NULL;
}

static bool
is_hidden(const xmlChar **attrs)
{
	const char *role = attribute(attrs, "role");
	const char *style = attribute(attrs, "style");
	const char *aria = attribute(attrs, "aria-hidden");

	if (attribute(attrs, "hidden") || (aria && strcasecmp(aria, "true") == 0))
		return true;
	if (style &&
	    (strcasestr(style, "display:none") || strcasestr(style, "display: none")))
		return true;
	for (size_t i = 0; role && i < sizeof gone_roles / sizeof *gone_roles; i++)
		if (strcasecmp(role, gone_roles[i]) == 0)
			return true;
	return false;
}

static void
says_text(struct reader *r, enum document_fact fact, const char *text, const char *where)
{
	page_says(r->d, r->a, fact,
	    (struct span){ (const uint8_t *)text, strnlen(text, META_TEXT) }, where);
}

/* Elements that speak of the page without being text of it. */
static void
read_facts(struct reader *r, const char *name, const xmlChar **attrs)
{
	const char *key = attribute(attrs, "property"), *text = attribute(attrs, "content");
	const char *rel = attribute(attrs, "rel"), *href = attribute(attrs, "href");
	const char *lang = attribute(attrs, "lang"), *time = attribute(attrs, "datetime");

	if (key == NULL)
		key = attribute(attrs, "name");
	if (strcasecmp(name, "html") == 0 && lang)
		says_text(r, FACT_LANGUAGE, lang, "<html lang>");
	if (strcasecmp(name, "link") == 0 && rel && href &&
	    strcasecmp(rel, "canonical") == 0)
		says_text(r, FACT_ADDRESS, href, "<link canonical>");
	if (strcasecmp(name, "time") == 0 && time && r->gone == 0)
		says_text(r, FACT_PUBLISHED, time, "<time datetime>");
	if (strcasecmp(name, "meta") != 0 || key == NULL || text == NULL)
		return;
	for (size_t i = 0; i < sizeof metas / sizeof *metas; i++)
		if (strcasecmp(metas[i].name, key) == 0)
			says_text(r, metas[i].fact, text, metas[i].where);
}

static void
set_depth(unsigned *at, unsigned depth)
{
	if (*at == 0)
		*at = depth;
}

static void
on_start(void *user, const xmlChar *name, const xmlChar **attrs)
{
	struct reader *r = user;
	const char *n = (const char *)name;
	enum element what = element_of(n);
	const char *role = attribute(attrs, "role"), *type = attribute(attrs, "type");

	r->depth++;
	if (r->depth > DOCUMENT_DEPTH) {
		r->d->shallow = true;
		xmlStopParser(r->parser);
		return;
	}
	read_facts(r, n, attrs);
	if (what == INLINE && role && strcasecmp(role, "main") == 0)
		what = ARTICLE;
	if (what != INLINE && what != GONE && what != SCRIPT && what != TITLE &&
	    r->gone == 0)
		end_block(r);
	if (role && strcasecmp(role, "main") == 0)
		set_depth(&r->article, r->depth);
	if (what == GONE || what == SCRIPT || (is_hidden(attrs) && what != TITLE))
		set_depth(&r->gone, r->depth);
	if (what == ARTICLE && r->gone == 0)
		set_depth(&r->article, r->depth);
	if (what == HEADING)
		set_depth(&r->heading, r->depth);
	if (what == TITLE)
		set_depth(&r->in_title, r->depth);
	if (strcasecmp(n, "a") == 0)
		set_depth(&r->link, r->depth);
	if (what == SCRIPT && type && strcasestr(type, "ld+json")) {
		set_depth(&r->in_script, r->depth);
		buf_reset(&r->script);
	}
}

static void
unset_depth(unsigned *at, unsigned depth)
{
	if (*at == depth)
		*at = 0;
}

static void
on_end(void *user, const xmlChar *name)
{
	struct reader *r = user;
	enum element what = element_of((const char *)name);

	if (what != INLINE && what != GONE && what != SCRIPT && what != TITLE &&
	    r->gone == 0)
		end_block(r);
	if (r->in_script == r->depth && r->depth > 0)
		page_json_ld(r->d, buf_span(&r->script), r->a);
	if (r->article == r->depth && r->gone == 0)
		end_block(r);
	unset_depth(&r->gone, r->depth);
	unset_depth(&r->article, r->depth);
	unset_depth(&r->heading, r->depth);
	unset_depth(&r->in_title, r->depth);
	unset_depth(&r->in_script, r->depth);
	unset_depth(&r->link, r->depth);
	if (r->depth > 0)
		r->depth--;
}

/* `s` is terminated, as what a buf holds is. */
static void
parse(struct reader *r, struct span s)
{
	htmlSAXHandler sax = {
		.startElement = on_start,
		.endElement = on_end,
		.characters = on_text,
		.cdataBlock = on_text,
		.ignorableWhitespace = on_text,
	};

	r->parser =
	    htmlCreatePushParserCtxt(&sax, r, NULL, 0, NULL, XML_CHAR_ENCODING_UTF8);
	if (r->parser == NULL)
		return;
	(void)htmlCtxtUseOptions(r->parser, HTML_PARSE_RECOVER | HTML_PARSE_NONET |
						HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
						HTML_PARSE_IGNORE_ENC);
	/* libxml2 gives up on what does not begin with an element; many pieces of pages do not. */
	if (strcasestr((const char *)s.at, "<html") == NULL)
		(void)htmlParseChunk(r->parser, "<html>", 6, 0);
	while (s.len > 0 && !r->d->shallow) {
		size_t n = s.len < PIECE ? s.len : PIECE;

		(void)htmlParseChunk(r->parser, (const char *)s.at, (int)n, 0);
		s.at += n;
		s.len -= n;
	}
	if (!r->d->shallow)
		(void)htmlParseChunk(r->parser, NULL, 0, 1);
	htmlFreeParserCtxt(r->parser);
}

enum status
page_html(struct document *d, struct span utf8, struct buf *text, struct arena *a,
    struct error *err)
{
	struct reader r = { .d = d, .a = a };
	struct buf *all[] = { &r.all, &r.main, &r.block, &r.title, &r.script };
	enum status st = OK;
	const struct buf *best;

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		all[i]->max = DOCUMENT_TEXT;
	if (utf8.len > 0)
		parse(&r, utf8);
	end_block(&r);
	page_says(d, a, FACT_TITLE, buf_span(&r.title), "<title>");
	best = r.main.len >= MAIN_LEAST || r.main.len * 2 >= r.all.len ? &r.main : &r.all;
	buf_put(text, best->at, best->len);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		if (st == OK)
			st = buf_state(all[i], "the page", err);
		buf_release(all[i]);
	}
	return st;
}
