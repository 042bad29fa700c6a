/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever a stranger is called, what we print of it is UTF-8 on one line that
 * cannot move a cursor, open a tag or end an attribute; and wrapping it keeps
 * every character and every width.
 */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "publish/escape.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_plain(const struct buf *b)
{
	size_t n;

	for (size_t i = 0; i < b->len; i += n) {
		const uint8_t *at = (const uint8_t *)b->at + i;

		n = utf8_length(at, b->len - i);
		CHECK(n > 0);
		CHECK(n > 1 || (*at >= 0x20 && *at != 0x7f));
		CHECK(n != 2 || at[0] != 0xc2 || at[1] >= 0xa0); /* C1 */
		/* U+2028 to U+202E, U+2066 to U+2069, U+200B to U+200F */
		CHECK(n != 3 || at[0] != 0xe2 || at[1] != 0x80 ||
		      !((at[2] >= 0xa8 && at[2] <= 0xae) ||
			  (at[2] >= 0x8b && at[2] <= 0x8f)));
		CHECK(n != 3 || at[0] != 0xe2 || at[1] != 0x81 || at[2] < 0xa6 ||
		      at[2] > 0xa9);
	}
}

static void
check_html(const struct buf *b)
{
	static const char *const known[] = { "&amp;", "&lt;", "&gt;", "&quot;", "&#39;" };

	for (size_t i = 0; i < b->len; i++) {
		bool ok = b->at[i] != '&';

		CHECK(strchr("<>\"'", b->at[i]) == NULL);
		for (size_t k = 0; k < sizeof known / sizeof *known; k++)
			ok |= strncmp(b->at + i, known[k], strlen(known[k])) == 0;
		CHECK(ok);
	}
}

/* Lines keep their width, and without line ends and blanks nothing is lost. */
static void
check_wrap(
    const struct buf *text, const struct buf *wrapped, unsigned indent, unsigned width)
{
	size_t line = 0, t = 0;

	for (size_t i = 0; i <= wrapped->len; i++) {
		char c = i < wrapped->len ? wrapped->at[i] : '\n';

		if (c == '\n') {
			unsigned columns = escape_columns(
			    (struct span){ (const uint8_t *)wrapped->at + line, i - line });

			CHECK(columns <= width || columns <= indent + 2);
			CHECK(i == line || wrapped->at[i - 1] != ' ');
			line = i + 1;
		}
		if (c == '\n' || c == ' ')
			continue;
		while (text->at[t] == ' ')
			t++;
		CHECK(text->at[t++] == c);
	}
	while (text->at[t] == ' ')
		t++;
	CHECK(t == text->len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf text = { .max = 1 << 20 }, html = { .max = 1 << 20 };
	struct buf wrapped = { .max = 4 << 20 };
	unsigned width, indent;

	if (size < 2 || size > 4096)
		return 0;
	width = 1 + data[0];
	indent = data[1] % 40;
	buf_puts(&text, "");
	escape_span(&text, ESCAPE_TEXT, (struct span){ data + 2, size - 2 });
	escape_span(&html, ESCAPE_HTML, (struct span){ data + 2, size - 2 });
	CHECK(!text.bad && !html.bad);
	check_plain(&text);
	check_plain(&html);
	check_html(&html);
	buf_puts(&wrapped, "");
	escape_wrap(&wrapped, buf_span(&text), 0, indent, width);
	CHECK(!wrapped.bad);
	check_wrap(&text, &wrapped, indent, width);
	buf_release(&text);
	buf_release(&html);
	buf_release(&wrapped);
	return 0;
}
