/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <stdlib.h>

#include "decode/packet.h"
#include "decode/sum.h"
#include "record/flow.h"

#define ADDRS              "\x0a\0\0\1\x0a\0\0\2"
#define IP4(total, proto)  "\x45\0\0" total "\0\1\0\0\x40" proto "\0\0" ADDRS
#define SIX(last)          "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0" last
#define IP6(payload, next) "\x60\0\0\0\0" payload next "\x40" SIX("\1") SIX("\2")
#define UDP(sum)           "\x14\xe9\0\x35\0\x0a" sum "hi"
#define TCP(sum)           "\x04\0\x01\xbb\x11\x22\x33\x44\x55\x66\x77\x88\x50\x18\x20\0" sum "\0\0hi"

/* What RFC 1071 gives for these words; slow_sum below goes the same way. */
/* clang-format off */
static const struct {
	const char *name;
	struct span bytes;
	size_t cut; /* bytes that were not captured */
	enum packet_sum sum;
} rows[] = {
	{ "udp, right", BYTES(IP4("\x1e", "\x11") UDP("\x6e\x50")), 0, SUM_GOOD },
	{ "udp, right, padded", BYTES(IP4("\x1e", "\x11") UDP("\x6e\x50") "pad"), 0, SUM_GOOD },
	{ "udp, wrong", BYTES(IP4("\x1e", "\x11") UDP("\x6e\x51")), 0, SUM_BAD },
	{ "udp, none", BYTES(IP4("\x1e", "\x11") UDP("\0\0")), 0, SUM_UNKNOWN },
	{ "udp, cut", BYTES(IP4("\x1e", "\x11") UDP("\x6e\x51")), 1, SUM_UNKNOWN },
	{ "udp, left to the card", BYTES(IP4("\x1e", "\x11") UDP("\x14\x1e")), 0, SUM_LEFT },
	{ "udp, left to the card without its length", BYTES(IP4("\x1e", "\x11") UDP("\x14\x14")), 0, SUM_LEFT },
	{ "tcp, 0", BYTES(IP4("\x2a", "\6") TCP("\0\0")), 0, SUM_LEFT },
	{ "tcp, wrong", BYTES(IP4("\x2a", "\6") TCP("\0\1")), 0, SUM_BAD },
	{ "icmp, right", BYTES(IP4("\x1e", "\1") "\x08\0\x7d\x61\x12\x34\0\1hi"), 0, SUM_GOOD },
	{ "icmp, wrong", BYTES(IP4("\x1e", "\1") "\x08\0\x7d\x62\x12\x34\0\1hi"), 0, SUM_BAD },
	{ "another protocol", BYTES(IP4("\x1e", "\x59") "\x08\0\x7d\x62\x12\x34\0\1hi"), 0, SUM_UNKNOWN },
	{ "a piece", BYTES("\x45\0\0\x1e\0\1\x20\0\x40\x11\0\0" ADDRS UDP("\x6e\x51")), 0, SUM_UNKNOWN },
};
/* clang-format on */

static void
frames(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct frame f = { .bytes = rows[i].bytes,
			.link = LINK_RAW,
			.wire_length = (uint32_t)rows[i].bytes.len };
		struct packet p;

		ROW(i, rows[i].name);
		f.bytes.len -= rows[i].cut;
		assert_int_equal(decode_frame(&f, &p), DECODE_OK);
		assert_int_equal(p.sum, rows[i].sum);
	}
}

/* RFC 1071 as it is written: 16 bits at a time, in network order, carries at once. */
static uint32_t
slow_add(uint32_t sum, const uint8_t *at, size_t n)
{
	for (size_t i = 0; i < n; i += 2) {
		sum += (uint32_t)at[i] << 8 | (i + 1 < n ? at[i + 1] : 0u);
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return sum;
}

static uint16_t
slow_sum(const struct packet *p, const uint8_t *at, size_t n)
{
	uint8_t tail[8] = { (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8),
		(uint8_t)n, 0, 0, 0, p->proto };
	size_t from = ip_is_v4(&p->src) ? 12 : 0;
	uint32_t sum = slow_add(0, p->src.b + from, 16 - from);

	sum = slow_add(sum, p->dst.b + from, 16 - from);
	return (uint16_t)slow_add(slow_add(sum, tail, sizeof tail), at, n);
}

/* The same packet as a whole frame, for the short cut of decode_frame. */
static enum packet_sum
as_frame(const struct packet *p, const uint8_t *bytes, size_t length)
{
	bool v4 = ip_is_v4(&p->src) && ip_is_v4(&p->dst);
	uint8_t frame[14 + 40 + 1420] = { [12] = v4 ? 0x08 : 0x86, [13] = v4 ? 0 : 0xdd };
	size_t ip = v4 ? 20 : 40, total = v4 ? ip + length : length, at = v4 ? 16 : 18;
	struct frame f = { .link = 1, .wire_length = (uint32_t)(14 + ip + length) };
	struct packet out;

	frame[14] = v4 ? 0x45 : 0x60;
	frame[at] = (uint8_t)(total >> 8);
	frame[at + 1] = (uint8_t)total;
	frame[v4 ? 23 : 20] = PROTO_TCP;
	memcpy(frame + (v4 ? 26 : 22), p->src.b + (v4 ? 12 : 0), v4 ? 4 : 16);
	memcpy(frame + (v4 ? 30 : 38), p->dst.b + (v4 ? 12 : 0), v4 ? 4 : 16);
	memcpy(frame + 14 + ip, bytes, length);
	f.bytes = (struct span){ frame, 14 + ip + length };
	assert_int_equal(decode_frame(&f, &out), DECODE_OK);
	assert_int_equal(out.data_bytes, length - 20);
	return (enum packet_sum)out.sum;
}

/* Of any bytes: with the sum that the slow way finds they are good, else not. */
static void
twins(void **state)
{
	unsigned good = 0, bad = 0;

	(void)state;
	srandom(1);
	for (unsigned n = 0; n < 20000; n++) {
		size_t length = 20 + (size_t)random() % 1400;
		struct packet p = { .proto = PROTO_TCP };
		uint8_t bytes[1420];
		uint16_t want;

		for (size_t i = 0; i < 16; i++) {
			p.src.b[i] = (uint8_t)random();
			p.dst.b[i] = (uint8_t)random();
		}
		if (n % 2) {
			p.src = ip_from_v4(p.src.b);
			p.dst = ip_from_v4(p.dst.b);
		}
		for (size_t i = 0; i < length; i++)
			bytes[i] = n % 3 ? (uint8_t)random() : 0xff;
		bytes[12] = 0x50;
		bytes[16] = bytes[17] = 0;
		want = (uint16_t)~slow_sum(&p, bytes, length);
		if (want == 0)
			continue;
		bytes[16] = (uint8_t)(want >> 8);
		bytes[17] = (uint8_t)want;
		assert_int_equal(
		    transport_sum(&p, (struct span){ bytes, length }), SUM_GOOD);
		assert_int_equal(as_frame(&p, bytes, length), SUM_GOOD);
		good++;
		bytes[(size_t)random() % length] ^= (uint8_t)(1 << random() % 8);
		if (transport_sum(&p, (struct span){ bytes, length }) != SUM_BAD)
			continue;
		bad++;
		if (bytes[12] == 0x50)
			assert_int_equal(as_frame(&p, bytes, length), SUM_BAD);
	}
	assert_true(good > 19000 && bad > 18900);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames),
		cmocka_unit_test(twins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
