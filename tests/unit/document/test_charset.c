/* SPDX-License-Identifier: Apache-2.0 */
/* Texts are put into their encodings by the C library, which shares nothing with ours. */
#include "table.h"

#include <iconv.h>

#include "document/charset.h"

#define CHINESE                                                                                                                    \
	"外交部发言人在例行记者会上说，网络安全是各国面临的共同挑战，需要国际社会共同维护" \
	"。"                                                                                                                      \
	"中方愿同各方加强对话合作，共同应对这一挑战，并要求有关方面提供证据。\n"
#define TRADITIONAL                                                                                                                \
	"外交部發言人在例行記者會上說，網路安全是各國面臨的共同挑戰，需要國際社會共同維護" \
	"。"                                                                                                                      \
	"該部並表示，將與各方加強對話與合作，以便及早查清事實真相。\n"
#define JAPANESE                                                                                                                   \
	"外務省の報道官は記者会見で、サイバー攻撃についての質問に答え、証拠を示すように求" \
	"めた。"                                                                                                                \
	"政府はこの問題を引き続き調べるとしている。\n"
#define KOREAN                                                                                                    \
	"외교부 대변인은 정례 브리핑에서 사이버 안보는 모든 나라가 직면한 공동의 " \
	"도전이라고 말했다.\n"
#define RUSSIAN                                                                                                                            \
	"Официальный представитель министерства заявил, что доказательств не " \
	"представлено.\n"
#define FRENCH \
	"Le porte-parole a déclaré que la sécurité n'était assurée par aucune preuve.\n"

static size_t
encode(const char *text, const char *to, char *out, size_t room)
{
	iconv_t cd = iconv_open(to, "UTF-8");
	char *in = (char *)(uintptr_t)text, *at = out;
	size_t left = strlen(text), size = room;

	assert_true(cd != (iconv_t)-1);
	assert_true(iconv(cd, &in, &left, &at, &size) != (size_t)-1);
	(void)iconv(cd, NULL, NULL, &at, &size); /* back to the first shift state */
	(void)iconv_close(cd);
	return room - size;
}

static void
reads(void **state)
{
	static const struct {
		const char *name, *encoding, *before, *text;
		enum charset_by by;
	} rows[] = {
		{ "UTF-8", "UTF-8", "", CHINESE, CHARSET_IS_UTF8 },
		{ "plain ASCII", "UTF-8", "", "No evidence was offered.\n", CHARSET_ASCII },
		{ "UTF-8 with a mark", "UTF-8", "\xef\xbb\xbf", CHINESE, CHARSET_BOM },
		{ "UTF-16 with a mark", "UTF-16LE", "\xff\xfe", CHINESE, CHARSET_BOM },
		{ "UTF-16 the other way", "UTF-16BE", "\xfe\xff", CHINESE, CHARSET_BOM },
		{ "UTF-16 without a mark", "UTF-16LE", "", FRENCH, CHARSET_ZEROES },
		{ "big-endian without one", "UTF-16BE", "", FRENCH, CHARSET_ZEROES },
		{ "GB18030 guessed", "GB18030", "", CHINESE, CHARSET_GUESSED },
		{ "Big5 guessed", "BIG5", "", TRADITIONAL, CHARSET_GUESSED },
		{ "Shift_JIS guessed", "SHIFT_JIS", "", JAPANESE, CHARSET_GUESSED },
		{ "EUC-JP guessed", "EUC-JP", "", JAPANESE, CHARSET_GUESSED },
		{ "ISO-2022-JP guessed", "ISO-2022-JP", "", JAPANESE, CHARSET_GUESSED },
		{ "EUC-KR guessed", "EUC-KR", "", KOREAN, CHARSET_GUESSED },
		{ "windows-1251 guessed", "CP1251", "", RUSSIAN, CHARSET_GUESSED },
		{ "KOI8-R guessed", "KOI8-R", "", RUSSIAN, CHARSET_GUESSED },
		{ "GB18030 declared as gb2312", "GB18030", "<meta charset=\"gb2312\">",
		    CHINESE, CHARSET_DECLARED },
		{ "Big5 declared the old way", "BIG5",
		    "<meta content='text/html; charset=big5'>", TRADITIONAL,
		    CHARSET_DECLARED },
		{ "latin1 declared", "CP1252", "<meta charset=iso-8859-1>", FRENCH,
		    CHARSET_DECLARED },
		{ "converted since it was declared", "UTF-8", "<meta charset=gbk>", CHINESE,
		    CHARSET_IS_UTF8 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf got = { .max = 1 << 16 };
		char bytes[4096];
		size_t head = strlen(rows[i].before), n, skip;
		struct charset cs;
		struct error err;

		ROW(i, rows[i].name);
		memcpy(bytes, rows[i].before, head);
		n = encode(
		    rows[i].text, rows[i].encoding, bytes + head, sizeof bytes - head);
		assert_int_equal(charset_decode((struct span){ (uint8_t *)bytes, head + n },
				     &got, &cs, &err),
		    OK);
		skip = rows[i].before[0] == '<' ? head : 0;
		assert_string_equal(got.at + skip, rows[i].text);
		assert_int_equal(cs.by, rows[i].by);
		assert_int_equal(cs.replaced, 0);
		buf_release(&got);
	}
}

static void
repairs(void **state)
{
	static const struct {
		const char *name;
		struct span in;
		const char *out;
		unsigned replaced;
	} rows[] = {
		{ "nothing", BYTES(""), "", 0 },
		{ "a NUL", BYTES("a\0b"),
		    "a\xef\xbf\xbd"
		    "b",
		    1 },
		{ "line ends of three kinds", BYTES("a\r\nb\rc\n"), "a\nb\nc\n", 0 },
		{ "an escape for a terminal", BYTES("\x1b[2Jx"), "\xef\xbf\xbd[2Jx", 1 },
		{ "broken UTF-8 among good",
		    BYTES("\xe5\xa4\x96\xe4\xba\xa4\xe9\x83\xa8"
			  "\xe5\x8f\x91\xff\xe8\xa8"),
		    "\xe5\xa4\x96\xe4\xba\xa4\xe9\x83\xa8\xe5\x8f\x91"
		    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd",
		    3 },
		{ "a noncharacter", BYTES("\xef\xbf\xbf, \xc3\xa9"),
		    "\xef\xbf\xbd, \xc3\xa9", 1 },
		{ "a surrogate in UTF-16", BYTES("\xff\xfe\x00\xd8x\0"), "\xef\xbf\xbdx",
		    1 },
		{ "an order of reading stays", BYTES("\xe2\x80\xae txt"),
		    "\xe2\x80\xae txt", 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf got = { .max = 1 << 16 };
		struct charset cs;
		struct error err;

		ROW(i, rows[i].name);
		buf_puts(&got, "");
		assert_int_equal(charset_decode(rows[i].in, &got, &cs, &err), OK);
		assert_string_equal(got.at, rows[i].out);
		assert_int_equal(cs.replaced, rows[i].replaced);
		buf_release(&got);
	}
}

/* Characters on the border of a piece of conversion, pairs of surrogates too. */
static void
long_text(void **state)
{
	static char utf8[60000], bytes[60000];
	size_t n = 0, len;

	(void)state;
	for (int lead = 0; lead < 4; lead++) {
		struct buf got = { .max = 1 << 20 };
		struct charset cs;
		struct error err;

		n = 0;
		for (int i = 0; i < lead; i++)
			utf8[n++] = 'x';
		while (n + 8 < sizeof utf8 - 4096) {
			memcpy(utf8 + n, "\xf0\xa0\x80\x80\xe4\xb8\xad", 7);
			n += 7;
		}
		utf8[n] = '\0';
		memcpy(bytes, "\xff\xfe", 2);
		len = encode(utf8, "UTF-16LE", bytes + 2, sizeof bytes - 2) + 2;
		assert_int_equal(
		    charset_decode((struct span){ (uint8_t *)bytes, len }, &got, &cs, &err),
		    OK);
		assert_string_equal(got.at, utf8);
		assert_int_equal(cs.replaced, 0);
		buf_release(&got);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads),
		cmocka_unit_test(repairs),
		cmocka_unit_test(long_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
