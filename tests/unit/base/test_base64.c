/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <stdlib.h>

#include <openssl/evp.h>

#include "base/base64.h"

/* RFC 4648 section 10, and every way of not being that. */
static void
base64_has_one_spelling(void **state)
{
	static const struct {
		const char *bytes, *text; /* bytes NULL: must be refused */
	} rows[] = {
		{ "", "" },
		{ "f", "Zg==" },
		{ "fo", "Zm8=" },
		{ "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" },
		{ "\xff\xef\xbf", "/++/" },
		{ NULL, "Zg" },       /* no padding */
		{ NULL, "Zg=" },      /* too little */
		{ NULL, "Zg===" },    /* too much */
		{ NULL, "Zh==" },     /* a bit behind the last byte */
		{ NULL, "Zm9=" },     /* two */
		{ NULL, "Zg==Zg==" }, /* padding inside */
		{ NULL, "Z===" },     /* not even a byte */
		{ NULL, "====" },
		{ NULL, "=m9v" },
		{ NULL, "Zm=v" },
		{ NULL, "Zm9v\n" },
		{ NULL, "Zm9\n" },
		{ NULL, " m9v" },
		{ NULL, "Zm-v" }, /* the URL-safe alphabet */
		{ NULL, "Zm_v" },
		{ NULL, "Zm\xc3\xa9" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t exact[16];
		struct buf b;

		ROW(i, rows[i].text);
		buf_init(&b, 64);
		if (rows[i].bytes == NULL) {
			assert_false(base64_decode(text_span(rows[i].text), &b));
			assert_int_equal(b.len, 0);
			for (size_t n = 0; n < 4; n++)
				assert_false(
				    base64_decode_exact(text_span(rows[i].text), exact, n));
			buf_release(&b);
			continue;
		}
		base64_encode(text_span(rows[i].bytes), &b);
		assert_int_equal(b.len, BASE64_CHARS(strlen(rows[i].bytes)));
		assert_string_equal(b.at ? b.at : "", rows[i].text);
		buf_reset(&b);
		assert_true(base64_decode(text_span(rows[i].text), &b));
		assert_string_equal(b.at ? b.at : "", rows[i].bytes);
		assert_true(base64_decode_exact(
		    text_span(rows[i].text), exact, strlen(rows[i].bytes)));
		assert_false(base64_decode_exact(
		    text_span(rows[i].text), exact, strlen(rows[i].bytes) + 1));
		buf_release(&b);
	}
}

/* OpenSSL's encoder is the twin. */
static void
base64_agrees_with_another(void **state)
{
	(void)state;
	srandom(1);
	for (size_t n = 0; n < 200; n++) {
		uint8_t bytes[200];
		unsigned char want[300];
		struct buf text, back;

		for (size_t i = 0; i < n; i++)
			bytes[i] = (uint8_t)random();
		(void)EVP_EncodeBlock(want, bytes, (int)n);
		buf_init(&text, 300), buf_init(&back, 300);
		base64_encode((struct span){ bytes, n }, &text);
		assert_string_equal(text.at ? text.at : "", (char *)want);
		assert_true(base64_decode(buf_span(&text), &back));
		assert_int_equal(back.len, n);
		if (n > 0)
			assert_memory_equal(back.at, bytes, n);
		buf_release(&text), buf_release(&back);
	}
}

static void
base64_survives_shortage(void **state)
{
	(void)state;
	for (size_t max = 0; max < 10; max++) {
		struct error err;
		struct buf b;

		buf_init(&b, max);
		base64_encode(BYTES("foob"), &b);
		assert_int_equal(buf_state(&b, "it", &err), max < 8 ? E_NOMEM : OK);
		buf_reset(&b);
		assert_true(base64_decode(BYTES("Zm9vYg=="), &b));
		assert_int_equal(buf_state(&b, "it", &err), max < 4 ? E_NOMEM : OK);
		buf_release(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(base64_has_one_spelling),
		cmocka_unit_test(base64_agrees_with_another),
		cmocka_unit_test(base64_survives_shortage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
