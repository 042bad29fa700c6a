/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The vectors of RFC 9001 appendix A and RFC 9369 appendix A, and what hides in
 * CRYPTO frames.
 */
#include "table.h"

#include "quic_seal.h"

#define ID "8394c8f03e515708"

struct vector {
	const char *what;
	uint32_t version;
	const char *client_key, *client_iv, *client_mask;
	const char *server_key, *server_iv, *server_mask;
	const char *client_header;               /* unprotected */
	const char *client_begins, *client_ends; /* of the 1200 bytes */
	const char *server;                      /* the whole packet */
};

static const char client_crypto[] =
    "060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e868"
    "04fe3a47f06a2b69484c00000413011302010000c000000010000e00000b6578"
    "616d706c652e636f6dff01000100000a00080006001d00170018001000070005"
    "04616c706e000500050100000000003300260024001d00209370b2c9caa47fba"
    "baf4559fedba753de171fa71f50f1ce15d43e994ec74d748002b000302030400"
    "0d0010000e0403050306030203080408050806002d00020101001c0002400100"
    "3900320408ffffffffffffffff05048000ffff07048000ffff08011001048000"
    "75300901100f088394c8f03e51570806048000ffff";

static const char server_frames[] =
    "02000000000600405a020000560303eefce7f7b37ba1d1632e96677825ddf739"
    "88cfc79825df566dc5430b9a045a1200130100002e00330024001d00209d3c94"
    "0d89690b84d08a60993c144eca684d1081287c834d5311bcf32bb9da1a002b00"
    "020304";

static const struct vector vectors[] = {
	{ "RFC 9001", 1, "1f369613dd76d5467730efcbe3b1a22d", "fa044b2f42a3fd3b46fb255c",
	    "9f50449e04a0e810283a1e9933adedd2", "cf3a5331653c364c88f0f379b6067e37",
	    "0ac1493ca1905853b0bba03e", "c206b8d9b9f0f37644430b490eeaa314",
	    "c300000001088394c8f03e5157080000449e00000002",
	    "c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11",
	    "e221af44860018ab0856972e194cd934",
	    "cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a"
	    "5816b6394100f37a1c69797554780bb38cc5a99f5ede4cf73c3ec2493a1839b3"
	    "dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b562bfb19fb84"
	    "022f8ef4cdd93795d77d06edbb7aaf2f58891850abbdca3d20398c276456cbc4"
	    "2158407dd074ee" },
	{ "RFC 9369", 0x6b3343cf, "8b1a0bc121284290a29e0971b5cd045d",
	    "91f73e2351d8fa91660e909f", "45b95e15235d6f45a6b19cbcb0294ba9",
	    "82db637861d55e1d011f19ea71d5d2a7", "dd13c276499c0249d3310652",
	    "edf6d05c83121201b436e16877593c3a",
	    "d36b3343cf088394c8f03e5157080000449e00000002",
	    "d76b3343cf088394c8f03e5157080000449ea0c95e82ffe67b6abcdb4298b485",
	    "a18b2faa745b6fe189cf772a9f84cbfc",
	    "dc6b3343cf0008f067a5502a4262b5004075d92faaf16f05d8a4398c47089698"
	    "baeea26b91eb761d9b89237bbf87263017915358230035f7fd3945d88965cf17"
	    "f9af6e16886c61bfc703106fbaf3cb4cfa52382dd16a393e42757507698075b2"
	    "c984c707f0a0812d8cd5a6881eaf21ceda98f4bd23f6fe1a3e2c43edd9ce7ca8"
	    "4bed8521e2e140" },
};

static void
equal_hex(const void *got, size_t n, const char *hex)
{
	char room[256];
	struct buf b = buf_over(room, sizeof room);

	put_hex_text(&b, hex);
	assert_int_equal(b.len, n);
	assert_memory_equal(got, b.at, n);
}

static struct quic_keys
keys_of(uint32_t version, bool server)
{
	char room[32];
	struct buf id = buf_over(room, sizeof room);
	struct quic_keys k;

	put_hex_text(&id, ID);
	assert_true(quic_keys_make(version, buf_span(&id), server, &k));
	return k;
}

static void
test_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(vectors); i++) {
		const struct vector *v = &vectors[i];
		struct quic_keys c = keys_of(v->version, false),
				 s = keys_of(v->version, true);

		ROW(i, v->what);
		equal_hex(c.key, sizeof c.key, v->client_key);
		equal_hex(c.iv, sizeof c.iv, v->client_iv);
		equal_hex(c.mask, sizeof c.mask, v->client_mask);
		equal_hex(s.key, sizeof s.key, v->server_key);
		equal_hex(s.iv, sizeof s.iv, v->server_iv);
		equal_hex(s.mask, sizeof s.mask, v->server_mask);
	}
}

/* Sealing is checked by the RFC's bytes, opening by what was sealed. */
static void
test_client(void **state)
{
	struct quic_opener *o = quic_opener_new();

	(void)state;
	for (size_t i = 0; i < COUNT(vectors); i++) {
		const struct vector *v = &vectors[i];
		char frames_room[1300], header_room[64], packet_room[1300];
		struct buf frames = buf_over(frames_room, sizeof frames_room),
			   header = buf_over(header_room, sizeof header_room),
			   packet = buf_over(packet_room, sizeof packet_room);
		struct quic_keys k = keys_of(v->version, false);
		struct quic_crypto crypto = { 0 };
		struct quic_packet p;
		struct cursor c;
		struct span plain;

		ROW(i, v->what);
		put_hex_text(&frames, client_crypto);
		while (frames.len < 1162)
			put_8(&frames, 0);
		put_hex_text(&header, v->client_header);
		quic_seal(&packet, &k, buf_span(&header), 4, buf_span(&frames));
		assert_int_equal(packet.len, 1200);
		equal_hex(packet.at, 32, v->client_begins);
		equal_hex(packet.at + 1200 - 16, 16, v->client_ends);

		c = cursor_of(buf_span(&packet));
		assert_true(quic_next(&c, &p));
		assert_int_equal(p.kind, QUIC_INITIAL);
		assert_int_equal(p.version, v->version);
		assert_true(quic_open(o, &k, &p, &plain));
		assert_int_equal(plain.len, frames.len);
		assert_memory_equal(plain.at, frames.at, frames.len);
		assert_true(quic_frames(plain, &crypto));
		assert_int_equal(crypto.contiguous, 0xf1);
		assert_false(quic_next(&c, &p));
	}
	quic_opener_free(o);
}

static void
test_server(void **state)
{
	struct quic_opener *o = quic_opener_new();

	(void)state;
	for (size_t i = 0; i < COUNT(vectors); i++) {
		char room[256];
		struct buf packet = buf_over(room, sizeof room);
		struct quic_keys k = keys_of(vectors[i].version, true);
		struct quic_packet p;
		struct cursor c;
		struct span plain;

		ROW(i, vectors[i].what);
		put_hex_text(&packet, vectors[i].server);
		c = cursor_of(buf_span(&packet));
		assert_true(quic_next(&c, &p));
		assert_true(quic_open(o, &k, &p, &plain));
		equal_hex(plain.at, plain.len, server_frames);
		/* Any other bit, and it was not made with these keys. */
		for (size_t bit = 0; bit < 8 * packet.len; bit += 7) {
			packet.at[bit / 8] = (char)(packet.at[bit / 8] ^ 1 << bit % 8);
			c = cursor_of(buf_span(&packet));
			if (quic_next(&c, &p) && p.kind == QUIC_INITIAL)
				assert_false(quic_open(o, &k, &p, &plain));
			packet.at[bit / 8] = (char)(packet.at[bit / 8] ^ 1 << bit % 8);
		}
	}
	quic_opener_free(o);
}

static void
test_frames(void **state)
{
	static const struct {
		const char *what, *hex;
		bool good;
		uint32_t contiguous;
		const char *data;
	} table[] = {
		{ "nothing", "", true, 0, "" },
		{ "in two, shuffled", "06 02 02 6364 01 00 06 00 02 6162", true, 4,
		    "abcd" },
		{ "a hole", "06 00 01 61 06 02 01 63", true, 1, "a" },
		{ "the first stays", "06 00 02 6162 06 00 03 787963", true, 3, "abc" },
		{ "after an ACK", "02 05 00 01 00 00 00 06 00 01 61", true, 1, "a" },
		{ "after one with ECN", "03 05 00 00 00 01 01 01 06 00 01 61", true, 1,
		    "a" },
		{ "past the end", "06 00 05 6162", false, 0, "" },
		{ "far away", "06 bfffffff 01 61", true, 0, "" },
		{ "a stream has no place here", "08 00", false, 0, "" },
		{ "it closes", "1c 00 00 02 6869", true, 0, "" },
		{ "ACK of ranges without end", "02 00 00 bfffffff 00", false, 0, "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		char room[256];
		struct buf b = buf_over(room, sizeof room);
		struct quic_crypto s = { 0 };

		ROW(i, table[i].what);
		put_hex_text(&b, table[i].hex);
		assert_int_equal(quic_frames(buf_span(&b), &s), table[i].good);
		assert_int_equal(s.contiguous, table[i].contiguous);
		assert_memory_equal(s.data, table[i].data, s.contiguous);
	}
}

static void
test_next(void **state)
{
	static const struct {
		const char *what, *hex;
		bool good;
		enum quic_kind kind;
	} table[] = {
		{ "short header", "40 0011223344", false, 0 },
		{ "version negotiation", "80 00000000 00 00 00000001", true,
		    QUIC_NEGOTIATION },
		{ "Retry", "f0 00000001 00 04 01020304 0000", true, QUIC_RETRY },
		{ "Retry of version 2", "c0 6b3343cf 00 04 01020304 0000", true,
		    QUIC_RETRY },
		{ "0-RTT", "d0 00000001 00 00 02 0000", true, QUIC_ZERO_RTT },
		{ "a length past the end", "d0 00000001 00 00 09 0000", false, 0 },
		{ "an id of 21 bytes",
		    "c0 00000001 15 000000000000000000000000000000000000000000"
		    "00 00 00",
		    false, 0 },
		{ "no fixed bit", "80 00000001 00 00 00 00", false, 0 },
		{ "a token past the end", "c0 00000001 00 00 bfffffff", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		char room[256];
		struct buf b = buf_over(room, sizeof room);
		struct quic_packet p;
		struct cursor c;

		ROW(i, table[i].what);
		put_hex_text(&b, table[i].hex);
		c = cursor_of(buf_span(&b));
		assert_int_equal(quic_next(&c, &p), table[i].good);
		if (table[i].good)
			assert_int_equal(p.kind, table[i].kind);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_client),
		cmocka_unit_test(test_server),
		cmocka_unit_test(test_frames),
		cmocka_unit_test(test_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
