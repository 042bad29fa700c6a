/* SPDX-License-Identifier: Apache-2.0 */
#include "scratch.h"

#include "base/base64.h"
#include "evidence/note.h"

/* Published: C2SP signed-note.md, and the documentation of golang.org/x/mod/sumdb/note. */
#define FOO_KEY  "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
#define FOO_TEXT "This is an example message.\n"
#define FOO_LINE                                                                           \
	"\xe2\x80\x94 example.com/foo "                                                    \
	"Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1" \
	"Yu72"                                                                             \
	"IneyaQM=\n"
#define PETER_KEY "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
#define PETER_SEED \
	"AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz" /* a type byte, then the seed */
#define PETER_TEXT                                                   \
	"If you think cryptography is the answer to your problem,\n" \
	"then you don't know what your problem is.\n"
#define PETER_LINE                                                             \
	"\xe2\x80\x94 PeterNeumann "                                           \
	"x08go/ZJkuBS9UG/"                                                     \
	"SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6Ry" \
	"yBwJnAM=\n"
/* The key of Tessera's test log: its base64 holds a plus. */
#define PLUS_KEY \
	"example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"

static void
published_notes_verify(void **state)
{
	static const struct {
		const char *name, *key, *note;
		enum note_verdict want;
	} rows[] = {
		{ "the example of the standard", FOO_KEY, FOO_TEXT "\n" FOO_LINE,
		    NOTE_GOOD },
		{ "the example of Go", PETER_KEY, PETER_TEXT "\n" PETER_LINE, NOTE_GOOD },
		{ "among others", PETER_KEY, PETER_TEXT "\n" FOO_LINE PETER_LINE,
		    NOTE_GOOD },
		{ "twice", PETER_KEY, PETER_TEXT "\n" PETER_LINE PETER_LINE, NOTE_GOOD },
		{ "somebody else's", FOO_KEY, PETER_TEXT "\n" PETER_LINE, NOTE_ABSENT },
		{ "over another text", FOO_KEY, PETER_TEXT "\n" FOO_LINE, NOTE_WRONG },
		{ "right and then wrong", FOO_KEY,
		    FOO_TEXT "\n" FOO_LINE "\xe2\x80\x94 example.com/foo Uw2QOkn8srV1\n",
		    NOTE_WRONG },
		{ "the same id under another name", FOO_KEY,
		    FOO_TEXT "\n\xe2\x80\x94 example.com/fop Uw2QOkn8srV1\n", NOTE_ABSENT },
		{ "the same name with another id", FOO_KEY,
		    FOO_TEXT "\n\xe2\x80\x94 example.com/foo Vw2QOkn8srV1\n", NOTE_ABSENT },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct note_key k;
		struct note n;
		struct error err;

		ROW(i, rows[i].name);
		assert_int_equal(note_key_parse(text_span(rows[i].key), &k, &err), OK);
		assert_int_equal(note_parse(text_span(rows[i].note), &n, &err), OK);
		assert_int_equal(note_check(&n, &k, NULL), rows[i].want);
		note_key_release(&k);
	}
}

/* Ed25519 has one signature: ours must be the published bytes. */
static void
signs_the_published_bytes(void **state)
{
	uint8_t raw[33];
	struct note_key k;
	struct key *key;
	struct error err;
	struct buf b;

	(void)state;
	assert_true(base64_decode_exact(text_span(PETER_SEED), raw, sizeof raw));
	assert_int_equal(raw[0], 1);
	assert_int_equal(key_from_seed(&key, raw + 1, &err), OK);
	buf_init(&b, 1000);
	buf_puts(&b, PETER_TEXT "\n");
	assert_int_equal(note_sign("PeterNeumann", key, BYTES(PETER_TEXT), &b, &err), OK);
	assert_string_equal(b.at, PETER_TEXT "\n" PETER_LINE);
	buf_reset(&b);
	assert_int_equal(note_key_make("PeterNeumann", NOTE_ED25519, key, &k, &err), OK);
	note_key_text(&k, &b);
	assert_string_equal(b.at, PETER_KEY);
	note_key_release(&k);
	buf_release(&b);
	key_free(key);
}

static void
keys_as_text(void **state)
{
	static const struct {
		const char *name, *vkey;
		enum status want;
	} rows[] = {
		{ "plain", FOO_KEY, OK },
		{ "with a plus in the base64", PLUS_KEY, OK },
		{ "another type", "a+cc3f2cac+AgA=", OK },
		{ "another id",
		    "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
		    E_FORMAT },
		{ "upper-case id",
		    "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
		    E_FORMAT },
		{ "another name",
		    "example.com/fop+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
		    E_FORMAT },
		{ "no name", "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
		    E_FORMAT },
		{ "a space", "a b+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
		    E_FORMAT },
		{ "a wide space",
		    "a\xe3\x80\x80+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
		    E_FORMAT },
		{ "not base64",
		    "example.com/foo+530d903a+!ekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
		    E_FORMAT },
		{ "nothing behind", "example.com/foo+530d903a+", E_FORMAT },
		{ "one plus", "example.com/foo+530d903a", E_FORMAT },
		{ "nothing", "", E_FORMAT },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct note_key k = { 0 };
		struct error err;
		struct buf b;

		ROW(i, rows[i].name);
		assert_int_equal(
		    note_key_parse(text_span(rows[i].vkey), &k, &err), rows[i].want);
		buf_init(&b, 1000);
		if (rows[i].want == OK && k.key) {
			note_key_text(&k, &b);
			assert_string_equal(b.at, rows[i].vkey);
		}
		note_key_release(&k);
		buf_release(&b);
	}
}

static void
what_is_a_note(void **state)
{
#define LINE "\xe2\x80\x94 a AAAAAAA=\n" /* an id and one byte */
	static const struct {
		const char *name;
		struct span note;
		size_t text; /* its length; 0: not a note */
	} rows[] = {
		{ "the least", BYTES("a\n\n" LINE), 2 },
		{ "an empty line in the text", BYTES("a\n\nb\n\n" LINE), 5 },
		{ "no text but a newline", BYTES("\n\n" LINE), 1 },
		{ "no newline at the end of the text", BYTES("a\n" LINE), 0 },
		{ "no signatures", BYTES("a\n\n"), 0 },
		{ "cut", BYTES("a\n\n\xe2\x80\x94 a AAAAAAA="), 0 },
		{ "a hyphen for the dash", BYTES("a\n\n- a AAAAAAA=\n"), 0 },
		{ "an en dash for the dash", BYTES("a\n\n\xe2\x80\x93 a AAAAAAA=\n"), 0 },
		{ "no name", BYTES("a\n\n\xe2\x80\x94  AAAAAAA=\n"), 0 },
		{ "a plus in the name", BYTES("a\n\n\xe2\x80\x94 a+ AAAAAAA=\n"), 0 },
		{ "a no-break space in the name",
		    BYTES("a\n\n\xe2\x80\x94 a\xc2\xa0 AAAAAAA=\n"), 0 },
		{ "no base64", BYTES("a\n\n\xe2\x80\x94 a\n"), 0 },
		{ "an id alone", BYTES("a\n\n\xe2\x80\x94 a AAAAAA==\n"), 0 },
		{ "base64 that is none", BYTES("a\n\n\xe2\x80\x94 a AAAAAAAA!AAA\n"), 0 },
		{ "a space behind", BYTES("a\n\n\xe2\x80\x94 a AAAAAAA= \n"), 0 },
		{ "a carriage return", BYTES("a\r\n\n" LINE), 0 },
		{ "a tab", BYTES("a\tb\n\n" LINE), 0 },
		{ "a NUL", BYTES("a\0\n\n" LINE), 0 },
		{ "not UTF-8", BYTES("\xff\n\n" LINE), 0 },
		{ "delete is no control byte here", BYTES("\x7f\n\n" LINE), 2 },
		{ "nothing", BYTES(""), 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct note n = { 0 };
		struct error err;

		ROW(i, rows[i].name);
		assert_int_equal(
		    note_parse(rows[i].note, &n, &err), rows[i].text ? OK : E_FORMAT);
		assert_int_equal(n.text.len, rows[i].text);
	}
}

static void
many_signatures_have_a_limit(void **state)
{
	struct note n;
	struct error err;
	struct buf b;

	(void)state;
	buf_init(&b, NOTE_MAX);
	buf_puts(&b, "a\n\n");
	for (int i = 0; i < NOTE_SIGNATURES; i++)
		buf_puts(&b, LINE);
	assert_int_equal(note_parse(buf_span(&b), &n, &err), OK);
	buf_puts(&b, LINE);
	assert_int_equal(note_parse(buf_span(&b), &n, &err), E_LIMIT);
	buf_release(&b);
}

/* No byte of a note can be changed without the known signature noticing. */
static void
every_byte_of_the_text_is_signed(void **state)
{
	struct note_key k;
	struct error err;
	struct buf b;

	(void)state;
	assert_int_equal(note_key_parse(text_span(FOO_KEY), &k, &err), OK);
	buf_init(&b, 1000);
	buf_puts(&b, FOO_TEXT "\n" FOO_LINE);
	for (size_t i = 0; i < b.len; i++)
		for (int bit = 0; bit < 8; bit++) {
			struct note n;

			b.at[i] ^= (char)(1 << bit);
			if (note_parse(buf_span(&b), &n, &err) == OK)
				assert_int_not_equal(note_check(&n, &k, NULL), NOTE_GOOD);
			b.at[i] ^= (char)(1 << bit);
		}
	note_key_release(&k);
	buf_release(&b);
}

static void
a_cosignature_carries_its_time(void **state)
{
	static const uint64_t times[] = { 0, 1, 1767225600, INT64_MAX };
	uint8_t seed[KEY_BYTES] = { 9 };
	struct note_key k, plain;
	struct key *key;
	struct error err;

	(void)state;
	assert_int_equal(key_from_seed(&key, seed, &err), OK);
	assert_int_equal(note_key_make("w", NOTE_COSIGNATURE, key, &k, &err), OK);
	assert_int_equal(note_key_make("w", NOTE_ED25519, key, &plain, &err), OK);
	assert_int_not_equal(memcmp(k.id, plain.id, NOTE_KEY_ID), 0);
	for (size_t i = 0; i < COUNT(times); i++) {
		uint64_t time = 7;
		struct note n;
		struct buf b;
		size_t at;

		buf_init(&b, 1000);
		buf_puts(&b, "log\n1\nx\n\n");
		assert_int_equal(
		    note_cosign("w", key, times[i], BYTES("log\n1\nx\n"), &b, &err), OK);
		assert_int_equal(note_parse(buf_span(&b), &n, &err), OK);
		assert_int_equal(note_check(&n, &k, &time), NOTE_GOOD);
		assert_true(time == times[i]);
		assert_int_equal(note_check(&n, &plain, NULL), NOTE_ABSENT);
		at = b.len - BASE64_CHARS(76) -
		     1; /* the id takes five characters and a bit */
		b.at[at + 8] = b.at[at + 8] == 'A' ? 'B' : 'A';
		assert_int_equal(note_parse(buf_span(&b), &n, &err), OK);
		assert_int_equal(note_check(&n, &k, &time), NOTE_WRONG);
		buf_release(&b);
	}
	note_key_release(&k), note_key_release(&plain);
	key_free(key);
}

/* tlog-cosignature: a time past 2^63 - 1 is none, however well it is signed. */
static void
a_time_has_an_end(void **state)
{
	static const struct {
		uint64_t time;
		enum note_verdict want;
	} rows[] = { { INT64_MAX, NOTE_GOOD }, { (uint64_t)INT64_MAX + 1, NOTE_WRONG },
		{ UINT64_MAX, NOTE_WRONG } };
	uint8_t seed[KEY_BYTES] = { 9 };
	struct note_key k;
	struct key *key;
	struct error err;

	(void)state;
	assert_int_equal(key_from_seed(&key, seed, &err), OK);
	assert_int_equal(note_key_make("w", NOTE_COSIGNATURE, key, &k, &err), OK);
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t raw[NOTE_KEY_ID + 8 + SIGNATURE_BYTES];
		struct buf message, note;
		struct note n;

		buf_init(&message, 1000), buf_init(&note, 1000);
		buf_printf(&message, "cosignature/v1\ntime %llu\na\n",
		    (unsigned long long)rows[i].time);
		memcpy(raw, k.id, NOTE_KEY_ID);
		for (int b = 0; b < 8; b++)
			raw[NOTE_KEY_ID + b] = (uint8_t)(rows[i].time >> (56 - 8 * b));
		assert_int_equal(
		    key_sign(key, buf_span(&message), raw + NOTE_KEY_ID + 8, &err), OK);
		buf_puts(&note, "a\n\n\xe2\x80\x94 w ");
		base64_encode((struct span){ raw, sizeof raw }, &note);
		buf_putc(&note, '\n');
		assert_int_equal(note_parse(buf_span(&note), &n, &err), OK);
		assert_int_equal(note_check(&n, &k, NULL), rows[i].want);
		buf_release(&message), buf_release(&note);
	}
	note_key_release(&k);
	key_free(key);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_notes_verify),
		cmocka_unit_test(signs_the_published_bytes),
		cmocka_unit_test(keys_as_text),
		cmocka_unit_test(what_is_a_note),
		cmocka_unit_test(many_signatures_have_a_limit),
		cmocka_unit_test(every_byte_of_the_text_is_signed),
		cmocka_unit_test(a_cosignature_carries_its_time),
		cmocka_unit_test(a_time_has_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
