/* SPDX-License-Identifier: Apache-2.0 */
/*
 * charset.h - bytes in whatever encoding, as UTF-8.
 *
 * Who decides, in this order: a byte order mark; the bytes themselves when they
 * are UTF-8 with at least CHARSET_SURE characters beyond ASCII (a page that was
 * converted on its way often still declares its old encoding); what the document
 * declares (`<meta charset>`, `<?xml encoding>`) when it can be read so; UTF-16
 * without a mark, by its zero bytes; uchardet's guess; windows-1252, in which
 * nothing is impossible. Labels mean what the WHATWG Encoding Standard says:
 * gb2312 is GB18030, iso-8859-1 is windows-1252.
 *
 * What cannot be read becomes U+FFFD and is counted. So do NUL, the control
 * characters other than tab and line end, and noncharacters. CR LF and CR become
 * LF. A byte order mark is not part of the text.
 */
#ifndef DOCUMENT_CHARSET_H
#define DOCUMENT_CHARSET_H

#include "base/buf.h"

#define CHARSET_SURE 4
#define CHARSET_NAME 40

enum charset_by {
	CHARSET_ASCII,
	CHARSET_BOM,
	CHARSET_IS_UTF8,
	CHARSET_DECLARED,
	CHARSET_ZEROES, /* UTF-16 by its zero bytes */
	CHARSET_GUESSED,
	CHARSET_FALLBACK,
};

struct charset {
	char name[CHARSET_NAME]; /* ICU's name of the converter used */
	enum charset_by by;
	uint32_t
	    replaced; /* characters of the text that are U+FFFD in place of something */
};

const char *charset_by_text(enum charset_by);

/* `utf8` is appended to; E_NOMEM past its limit. */
enum status charset_decode(
    struct span bytes, struct buf *utf8, struct charset *out, struct error *) MUST_USE;

#endif
