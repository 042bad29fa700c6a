/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "publish/bulletin.h"
#include "publish/escape.h"

static void
put_block(const struct bulletin_block *b, unsigned width, struct buf *out)
{
	struct span text = { (const uint8_t *)b->text, strlen(b->text) };

	switch (b->form) {
	case BULLETIN_ITEM:
		buf_puts(out, "  - ");
		escape_wrap(out, text, 4, 4, width);
		break;
	case BULLETIN_COMMAND:
		buf_puts(out, "    $ ");
		buf_puts(out, b->text);
		break;
	default:
		escape_wrap(out, text, 0, 0, width);
	}
	buf_putc(out, '\n');
}

void
bulletin_text(const struct bulletin *b, unsigned width, struct buf *out)
{
	enum bulletin_place place = PLACE_TITLE;

	if (b->lang ==
	    BULLETIN_ZH) /* Chinese breaks anywhere, as its reader's terminal does */
		width = 0;
	buf_printf(out, "TLP:%s\n\n%s\n\n", b->tlp, b->title);
	for (unsigned i = 0; i < b->blocks; i++) {
		if (b->block[i].place != place) {
			place = b->block[i].place;
			buf_printf(out, "\n%s\n\n", bulletin_heading(place, b->lang));
		}
		put_block(&b->block[i], width, out);
	}
	buf_printf(out, "\nTLP:%s\n", b->tlp);
}
