/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <stdlib.h>

#include "document/document.h"

static struct arena arena;
static struct error err;

static struct document
read_text(const char *name, const char *text)
{
	struct document d;

	arena_reset(&arena);
	assert_int_equal(document_read(&d, text_span(text), name, &arena, &err), OK);
	return d;
}

static void
main_text(void **state)
{
	static const struct {
		const char *name, *file, *in, *out;
	} rows[] = {
		{ "plain text as it is", "a.txt", "One.\n\n  Two.\n", "One.\n\n  Two.\n" },
		{ "a tag in plain text is text", "a.txt", "One</a>.", "One</a>." },
		{ "Markdown", "a.md", "# Head\n\nOne *two*\nthree.\n",
		    "Head\nOne two three.\n" },
		{ "front matter is not text", "a.txt", "\n---\ntitle: T\n---\n<p>One.</p>",
		    "One.\n" },
		{ "two rules are no front matter", "a.txt", "---\nOne.\n---\n",
		    "---\nOne.\n---\n" },
		{ "blocks and blanks", "a.html",
		    "<div><p>One\n <b>two</b>.<p>Three.</div>four",
		    "One two.\nThree.\nfour\n" },
		{ "script, style, comment", "a.html",
		    "<p>One.</p><script>var x = '</p>two';</script><style>p{}</style><!-- "
		    "three "
		    "-->",
		    "One.\n" },
		{ "furniture", "a.html",
		    "<html><nav>Home</nav><p>One.</p><aside>Two.</aside><footer>Three.</"
		    "footer>",
		    "One.\n" },
		{ "furniture by its role", "a.html",
		    "<html><div role=navigation><p>Home.</div><p>One.", "One.\n" },
		{ "hidden", "a.html",
		    "<html><p hidden>One.</p><p style='display:none'>Two.</p><p>Three.",
		    "Three.\n" },
		{ "readings in ruby", "a.html",
		    "<html><p><ruby>網<rp>(</rp><rt>wang</rt><rp>)</rp></ruby>路。",
		    "網路。\n" },
		{ "a menu of links", "a.html",
		    "<html><ul><li><a href=a>One</a><li><a href=b>Two</a></ul><p>Three.",
		    "Three.\n" },
		{ "a heading that is a link", "a.html",
		    "<html><h1><a href=a>One</a></h1><p>Two.", "One\nTwo.\n" },
		{ "a sentence that is a link", "a.html", "<html><p><a href=a>One two.</a>",
		    "One two.\n" },
		{ "characters by name", "a.html", "<html><p>a &amp; b &lt; c &#x4e2d;",
		    "a & b < c 中\n" },
		{ "no elements at all", "a.html", "One.", "One.\n" },
		{ "nothing", "a.html", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		ROW(i, rows[i].name);
		assert_string_equal(read_text(rows[i].file, rows[i].in).utf8, rows[i].out);
	}
}

/* The article is the text of the page only when there is enough of it to be one. */
static void
article(void **state)
{
	struct buf page = { .max = 1 << 16 };
	struct document d;

	(void)state;
	buf_puts(&page, "<html><p>Before.</p><article><p>Short.</p></article>");
	buf_puts(&page, "<p>The page's own text, outside of any element that says so.</p>");
	d = read_text("a.html", page.at);
	assert_non_null(strstr(d.utf8, "Before."));
	buf_puts(&page, "<main><div>");
	for (int i = 0; i < 40; i++)
		buf_puts(&page, "Words. ");
	buf_puts(&page, "</div></main><p>After.</p>");
	d = read_text("a.html", page.at);
	assert_null(strstr(d.utf8, "Before."));
	assert_null(strstr(d.utf8, "After."));
	assert_int_equal(strncmp(d.utf8, "Short.\nWords. Words.", 20), 0);
	buf_release(&page);
}

static void
facts(void **state)
{
	static const struct {
		const char *name, *in;
		enum document_fact fact;
		const char *value;
	} rows[] = {
		{ "front matter",
		    "---\ntitle: 'It: a'\ntags:\n - date: x\ndate: 2021-07-20\n---\n",
		    FACT_PUBLISHED, "2021-07-20" },
		{ "quoted scalar", "---\ntitle: 'It: a'\n---\n", FACT_TITLE, "It: a" },
		{ "alias bomb", "---\na: &a [x,x]\nb: &b [*a,*a]\ntitle: T\n---\n",
		    FACT_TITLE, "T" },
		{ "no value where there is none", "---\ntitle: T\n---\n", FACT_AUTHOR,
		    NULL },
		{ "title", "<html><title> A\nb </title>", FACT_TITLE, "A b" },
		{ "og:title before title",
		    "<html><title>A</title><meta property=og:title "
		    "content=B>",
		    FACT_TITLE, "B" },
		{ "site", "<html><meta property=og:site_name content=Daily>",
		    FACT_PUBLISHER, "Daily" },
		{ "canonical", "<html><link rel=canonical href=https://a.example/x>",
		    FACT_ADDRESS, "https://a.example/x" },
		{ "language", "<html lang=zh-Hant><p>a", FACT_LANGUAGE, "zh-Hant" },
		{ "time", "<html><time datetime='2023-07-26T08:00Z'>x</time>",
		    FACT_PUBLISHED, "2023-07-26T08:00Z" },
		{ "JSON-LD",
		    "<html><script "
		    "type='application/ld+json'>{\"@graph\":[{\"headline\":\"H\","
		    "\"datePublished\":\"2023-07-26\",\"publisher\":{\"name\":\"P\"}}]}</"
		    "script>",
		    FACT_PUBLISHER, "P" },
		{ "JSON-LD that is none",
		    "<html><script type='application/ld+json'>{\"head</script>", FACT_TITLE,
		    NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct document d = read_text("a.txt", rows[i].in);

		ROW(i, rows[i].name);
		if (rows[i].value == NULL)
			assert_null(d.says[rows[i].fact].value);
		else
			assert_string_equal(d.says[rows[i].fact].value, rows[i].value);
	}
}

static void
ranges(void **state)
{
	struct document d = read_text("a.txt", "a中𠀀b");

	(void)state;
	assert_int_equal(d.n, 4);
	assert_int_equal(document_range(&d, 1, 3).len, 7);
	assert_memory_equal(document_range(&d, 1, 3).at, "中𠀀", 7);
	assert_int_equal(document_range(&d, 4, 4).len, 0);
	assert_int_equal(document_range(&d, 3, 2).len, 0);
	assert_int_equal(document_range(&d, 0, 5).len, 0);
}

static void
repeat(struct buf *b, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_puts(b, s);
}

/* What a stranger may send: each is read, or refused by a limit that is named. */
static void
hostile(void **state)
{
	struct buf b = { .max = 64 << 20 };
	struct document d;

	(void)state;
	buf_puts(&b, "<html><p>Before.</p>");
	repeat(&b, "<div>", 100000);
	buf_puts(&b, "<p>Within.");
	d = read_text("a.html", b.at);
	assert_true(d.shallow);
	assert_string_equal(d.utf8, "Before.\n");

	buf_reset(&b);
	repeat(&b, "</p></div>", 100000);
	buf_puts(&b, "<p>After.");
	d = read_text("a.html", b.at);
	assert_non_null(strstr(d.utf8, "After."));

	d = read_text("a.html",
	    "<!DOCTYPE html [<!ENTITY a 'aaaa'><!ENTITY f SYSTEM 'file:///etc/passwd'>]>"
	    "<p>&a;&f;");
	assert_non_null(strstr(d.utf8, "&a;&f;"));
	assert_null(strstr(d.utf8, "root:"));
	assert_null(strstr(d.utf8, "aaaa"));

	buf_reset(&b);
	repeat(&b, "<p a=", 20000);
	d = read_text("a.html", b.at);

	buf_reset(&b);
	repeat(&b, "[", 50000);
	d = read_text("a.md", b.at);
	assert_int_equal(d.n, 50001);

	buf_reset(&b);
	repeat(&b, "> ", 20000);
	buf_puts(&b, "x");
	d = read_text("a.md", b.at);
	assert_true(d.shallow);
	assert_null(strchr(d.utf8, 'x'));

	buf_reset(&b);
	repeat(&b, "x", DOCUMENT_MARKDOWN + 1);
	assert_int_equal(document_read(&d, buf_span(&b), "a.md", &arena, &err), E_LIMIT);
	assert_non_null(strstr(err.text, "the limit is 2097152"));
	repeat(&b, "xxxxxxxx", DOCUMENT_MAX / 8);
	assert_int_equal(document_read(&d, buf_span(&b), "a.txt", &arena, &err), E_LIMIT);
	assert_non_null(strstr(err.text, "16777216"));
	buf_release(&b);
}

static void
shortage(void **state)
{
	const char *page =
	    "<html><title>T</title><meta name=author content=A><p>One. 中国。";
	enum status st = E_NOMEM;

	(void)state;
	for (size_t limit = 0; st != OK && limit < 1 << 20; limit += 64) {
		struct arena a;
		struct document d;

		arena_init(&a, limit);
		st = document_read(&d, text_span(page), "a.html", &a, &err);
		assert_true(st == OK || st == E_NOMEM);
		arena_release(&a);
	}
	assert_int_equal(st, OK);
}

static int
set_up(void **state)
{
	(void)state;
	arena_init(&arena, (size_t)1 << 30);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(main_text),
		cmocka_unit_test(article),
		cmocka_unit_test(facts),
		cmocka_unit_test(ranges),
		cmocka_unit_test(hostile),
		cmocka_unit_test(shortage),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
