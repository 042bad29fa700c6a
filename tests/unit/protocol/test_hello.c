/* SPDX-License-Identifier: Apache-2.0 */
#include "protocol/fingerprint.h"

#include "table.h"

#include "hellos.h"

static const uint16_t none[] = { 0xffff };
static const uint16_t one[] = { 0x1301, 0xffff };
static const uint16_t only_grease[] = { 0x0a0a, 0xfafa, 0xffff };

#define H2_HTTP "0010000e000c02683208687474702f312e31"

struct row {
	const char *what;
	struct client client;
	bool datagram;
	bool good;
	const char *name, *alpn;
	uint16_t highest;
	bool ech, psk, ticket;
	const char *ja4;
};

/* clang-format off */
static const struct row rows[] = {
	{ "Chrome, in the words of FoxIO",
	  { 0x0303, chrome_ciphers, CHROME_EXTENSIONS(H2_HTTP), NULL }, false, true,
	  "localhost", "h2", 0x0304, false, false, false,
	  "t13d1516h2_8daaf6152771_e5627efa2ab1" },
	{ "its first protocol is not ASCII",
	  { 0x0303, chrome_ciphers, CHROME_EXTENSIONS("0010000e000c02baad08687474702f312e31"), NULL },
	  false, true, "localhost", "\xba\xad", 0x0304, false, false, false,
	  "t13d151699_8daaf6152771_e5627efa2ab1" },
	{ "no extensions at all", { 0x0301, one, NULL, NULL }, false, true,
	  "", "", 0x0301, false, false, false, "t10i010000_0f2cb44170f4_000000000000" },
	{ "nothing but GREASE", { 0x0303, only_grease, "0a0a0000", NULL }, false, true,
	  "", "", 0x0303, false, false, false, "t12i000000_000000000000_000000000000" },
	{ "a server_name without a name", { 0x0303, one, "00000000", NULL }, false, true,
	  "", "", 0x0303, false, false, false, "t12d010100_0f2cb44170f4_000000000000" },
	{ "a name that lies about its length", { 0x0303, one, "0000000500030000ff", NULL },
	  false, true, "", "", 0x0303, false, false, false,
	  "t12d010100_0f2cb44170f4_000000000000" },
	{ "ECH, a key of before, a ticket",
	  { 0x0303, one, "fe0d0000 00290000 0023000101", "12345678" }, false, true,
	  "", "", 0x0303, true, true, true, NULL },
	{ "one letter is first and last", { 0x0303, one, "0010000400020168", NULL }, false, true,
	  "", "h", 0x0303, false, false, false, NULL },
	{ "a draft of 1.3 and 1.2", { 0x0303, one, "002b0005047f120303", NULL }, false, true,
	  "", "", 0x0303, false, false, false, NULL },
	{ "a draft of 1.3 alone", { 0x0303, one, "002b0003027f12", NULL }, false, true,
	  "", "", 0x7f12, false, false, false, NULL },
	{ "an extension longer than the list", { 0x0303, one, "00100009ff", NULL }, false, false,
	  NULL, NULL, 0, false, false, false, NULL },
	{ "half an extension", { 0x0303, one, "001000", NULL }, false, false,
	  NULL, NULL, 0, false, false, false, NULL },
	{ "no ciphers", { 0x0303, none, NULL, NULL }, false, true, "", "", 0x0303, false, false,
	  false, "t12i000000_000000000000_000000000000" },
	{ "a session of 33 bytes", { 0x0303, one, NULL, "123456789012345678901234567890123" },
	  false, false, NULL, NULL, 0, false, false, false, NULL },
};
/* clang-format on */

static void
test_client(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *r = &rows[i];
		char room[2048], work_room[4096], ja4[TRAIT_JA4 + 1];
		struct buf b = buf_over(room, sizeof room),
			   work = buf_over(work_room, sizeof work_room);
		struct hello_client h = { 0 };

		ROW(i, r->what);
		put_client_hello(&b, &r->client);
		assert_false(b.bad);
		assert_int_equal(hello_client_read(buf_span(&b), r->datagram, &h), r->good);
		if (!r->good)
			continue;
		assert_int_equal(h.name.len, strlen(r->name));
		assert_memory_equal(h.name.at, r->name, h.name.len);
		assert_int_equal(h.alpn.len, strlen(r->alpn));
		assert_memory_equal(h.alpn.at, r->alpn, h.alpn.len);
		assert_int_equal(h.highest, r->highest);
		assert_int_equal(h.ech, r->ech);
		assert_int_equal(h.psk, r->psk);
		assert_int_equal(h.ticket, r->ticket);
		assert_true(fingerprint_ja4(&h, CARRIER_TCP, &work, ja4));
		if (r->ja4)
			assert_string_equal(ja4, r->ja4);
	}
}

/* Cut anywhere, a hello is refused, except where its extensions would begin. */
static void
test_cut(void **state)
{
	struct client c = { 0x0303, chrome_ciphers, CHROME_EXTENSIONS(H2_HTTP), NULL };
	size_t bare = 2 + 32 + 1 + 2 + 2 * (COUNT(chrome_ciphers) - 1) + 2;
	char room[2048];
	struct buf b = buf_over(room, sizeof room);

	(void)state;
	put_client_hello(&b, &c);
	for (size_t n = 0; n < b.len; n++) {
		struct span cut = { (const uint8_t *)b.at, n };
		struct hello_client h;

		assert_int_equal(hello_client_read(cut, false, &h), n == bare);
	}
}

/* The two examples of JA3's own page. */
static void
test_ja3(void **state)
{
	static const uint16_t a[] = { 47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19,
		4, 0xffff };
	static const uint16_t b[] = { 4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99, 0xffff };
	static const struct {
		struct client client;
		const char *text, *ja3;
	} ja3[] = {
		{ { 0x0301, a, "00000000 000a00080006001700180019 000b00020100", NULL },
		    "769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0",
		    "ada70206e40642a3e4461f35503241d5" },
		{ { 0x0301, b, NULL, NULL }, "769,4-5-10-9-100-98-3-6-19-18-99,,,",
		    "de350869b8c85de67a350c8d186f11e6" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(ja3); i++) {
		char room[512], work_room[512], hex[40] = "";
		struct buf message = buf_over(room, sizeof room),
			   work = buf_over(work_room, sizeof work_room);
		struct hello_client h;
		uint8_t md5[16];

		ROW(i, ja3[i].text);
		put_client_hello(&message, &ja3[i].client);
		assert_true(hello_client_read(buf_span(&message), false, &h));
		fingerprint_ja3_text(&h, &work);
		assert_string_equal(work.at, ja3[i].text);
		assert_true(fingerprint_ja3(&h, &work, md5));
		for (int k = 0; k < 16; k++)
			(void)snprintf(hex + 2 * k, 3, "%02x", md5[k]);
		assert_string_equal(hex, ja3[i].ja3);
	}
}

/* A list too long to be a stack's is not told, and nothing is written past the room. */
static void
test_too_long(void **state)
{
	uint16_t many[1000];
	char room[4096], work_room[256], ja4[TRAIT_JA4 + 1] = "untouched";
	struct client c = { 0x0303, many, NULL, NULL };
	struct buf b = buf_over(room, sizeof room),
		   work = buf_over(work_room, sizeof work_room);
	struct hello_client h;
	uint8_t md5[16];

	(void)state;
	for (unsigned i = 0; i < COUNT(many); i++)
		many[i] = (uint16_t)i;
	many[COUNT(many) - 1] = 0xffff;
	put_client_hello(&b, &c);
	assert_true(hello_client_read(buf_span(&b), false, &h));
	assert_false(fingerprint_ja3(&h, &work, md5));
	assert_false(fingerprint_ja4(&h, CARRIER_TCP, &work, ja4));
	assert_string_equal(ja4, "untouched");
}

struct server_row {
	const char *what, *hex; /* from the end of the random on */
	bool good;
	uint16_t version, cipher;
	const char *alpn;
	bool psk;
	const char *ja3s;
};

static void
test_server(void **state)
{
	/* clang-format off */
	static const struct server_row table[] = {
		{ "TLS 1.2 with a protocol", "00 c02f 00 000e ff01000100 0010000500030268 32", true,
		  0x0303, 0xc02f, "h2", false, NULL },
		{ "1.3 by extension, a key of before", "00 1301 00 000c 002b00020304 002900020000",
		  true, 0x0304, 0x1301, "", true, "771,4865,43-41" },
		{ "no extensions", "00 002f 00", true, 0x0303, 0x002f, "", false, "771,47," },
		{ "a list that is not there", "00 002f 00 0009", false, 0, 0, "", false, NULL },
		{ "cut in the cipher", "00 00", false, 0, 0, "", false, NULL },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		const struct server_row *r = &table[i];
		char room[512], work_room[512];
		struct buf b = buf_over(room, sizeof room),
			   work = buf_over(work_room, sizeof work_room);
		struct hello_server h;

		ROW(i, r->what);
		put_16(&b, 0x0303);
		for (unsigned k = 0; k < 32; k++)
			put_8(&b, k);
		put_hex_text(&b, r->hex);
		assert_int_equal(hello_server_read(buf_span(&b), &h), r->good);
		if (!r->good)
			continue;
		assert_int_equal(h.selected, r->version);
		assert_int_equal(h.cipher, r->cipher);
		assert_int_equal(h.alpn.len, strlen(r->alpn));
		assert_int_equal(h.psk, r->psk);
		assert_false(h.retry);
		fingerprint_ja3s_text(&h, &work);
		if (r->ja3s)
			assert_string_equal(work.at, r->ja3s);
	}
}

static void
test_v2(void **state)
{
	static const struct {
		const char *what, *hex;
		bool good;
	} table[] = {
		{ "3.1 in the clothes of 2",
		    "01 0301 0003 0000 0010 00002f "
		    "00112233445566778899aabbccddeeff",
		    true },
		{ "another version",
		    "01 0401 0003 0000 0010 00002f "
		    "00112233445566778899aabbccddeeff",
		    false },
		{ "no kinds", "01 0301 0000 0000 0010 00112233445566778899aabbccddeeff",
		    false },
		{ "longer than it says",
		    "01 0301 0003 0000 0010 00002f "
		    "00112233445566778899aabbccddeeff00",
		    false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		char room[256];
		struct buf b = buf_over(room, sizeof room);
		struct hello_client h;

		ROW(i, table[i].what);
		put_hex_text(&b, table[i].hex);
		assert_int_equal(hello_client_read_v2(buf_span(&b), &h), table[i].good);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_client),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_ja3),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_server),
		cmocka_unit_test(test_v2),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
