/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <arpa/inet.h>

#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/digest.h"
#include "base/ip.h"
#include "base/json.h"
#include "base/stamp.h"
#include "base/utf8.h"

static void
cursor_reads_and_stays_bad(void **state)
{
	struct cursor c = cursor_of(BYTES("\1\2\3\4\5\6\7"));

	(void)state;
	assert_int_equal(cursor_be16(&c), 0x0102);
	assert_int_equal(cursor_le32(&c), 0x06050403);
	assert_false(c.bad);
	assert_int_equal(cursor_be16(&c), 0);
	assert_true(c.bad);
	assert_int_equal(cursor_u8(&c), 0); /* one byte is left, but bad stays bad */
	assert_int_equal(cursor_rest(&c).len, 0);
}

static void
ip_texts(void **state)
{
	static const struct {
		const char *in, *out; /* NULL: must be refused */
		enum ip_scope scope;
	} rows[] = {
		{ "10.0.0.1", "10.0.0.1", IP_PRIVATE },
		{ "172.31.255.255", "172.31.255.255", IP_PRIVATE },
		{ "172.32.0.0", "172.32.0.0", IP_GLOBAL },
		{ "192.168.1.195", "192.168.1.195", IP_PRIVATE },
		{ "185.244.25.235", "185.244.25.235", IP_GLOBAL },
		{ "224.0.0.251", "224.0.0.251", IP_MULTICAST },
		{ "255.255.255.255", "255.255.255.255", IP_MULTICAST },
		{ "127.0.0.1", "127.0.0.1", IP_LINK },
		{ "0.1.2.3", "0.1.2.3", IP_LINK },
		{ "169.254.0.1", "169.254.0.1", IP_LINK },
		{ "100.64.0.0", "100.64.0.0", IP_PRIVATE },
		{ "100.128.0.0", "100.128.0.0", IP_GLOBAL },
		{ "239.255.255.255", "239.255.255.255", IP_MULTICAST },
		{ "240.0.0.0", "240.0.0.0", IP_GLOBAL },
		{ "255.255.255.254", "255.255.255.254", IP_GLOBAL },
		{ "2001:DB8:0:0::1", "2001:db8::1", IP_GLOBAL },
		{ "fe80::1", "fe80::1", IP_LINK },
		{ "fd00::1", "fd00::1", IP_PRIVATE },
		{ "ff02::fb", "ff02::fb", IP_MULTICAST },
		{ "::1", "::1", IP_LINK },
		{ "::", "::", IP_LINK },
		{ "::2", "::2", IP_GLOBAL },
		{ "febf::", "febf::", IP_LINK },
		{ "fec0::", "fec0::", IP_GLOBAL },
		{ "::ffff:1.2.3.4", "1.2.3.4", IP_GLOBAL },
		{ "1.2.3", NULL, 0 },
		{ "1.2.3.4.", NULL, 0 },
		{ "1.2.3.256", NULL, 0 },
		{ "01.2.3.4", NULL, 0 },
		{ "1.2.3.4 ", NULL, 0 },
		{ "", NULL, 0 },
		{ "fe80::1%eth0", NULL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[IP_TEXT];
		struct ip ip;

		ROW(i, rows[i].in);
		if (rows[i].out == NULL) {
			assert_false(ip_parse(text_span(rows[i].in), &ip));
			continue;
		}
		assert_true(ip_parse(text_span(rows[i].in), &ip));
		assert_string_equal(ip_text(&ip, text), rows[i].out);
		assert_int_equal(ip_scope(&ip), rows[i].scope);
	}
}

/* The slow twin of dotted decimal, which takes no zeros in front either. */
static bool
slow_v4(struct span s, struct ip *out)
{
	char text[32] = { 0 };
	uint8_t v4[4];

	if (s.len >= sizeof text || memchr(s.at, 0, s.len) != NULL)
		return false;
	memcpy(text, s.at, s.len);
	if (inet_pton(AF_INET, text, v4) != 1)
		return false;
	*out = ip_from_v4(v4);
	return true;
}

static void
dotted_decimal_agrees_with_the_slow_twin(void **state)
{
	static const char bytes[] = "0123456789./; \x80\xff";
	static const unsigned most[] = { 10, 100, 256, 1000 };
	int accepted = 0;

	(void)state;
	srandom(32);
	for (int round = 0; round < 200000; round++) {
		char text[32];
		struct ip fast, slow;
		struct span s;
		bool is;
		int n = 0;

		for (int part = 0; part < 4; part++)
			n += snprintf(text + n, sizeof text - (size_t)n,
			    random() % 40 ? "%s%u" : "%s%02u", part ? "." : "",
			    (unsigned)random() % most[random() % (round % 4 ? 3 : 4)]);
		if (random() % 4 == 0)
			text[random() % n] = bytes[(size_t)random() % sizeof bytes];
		if (random() % 8 == 0)
			n -= (int)(random() % 3);
		/* Nothing behind it may be read. */
		s.len = (size_t)n;
		s.at = memcpy(malloc(s.len), text, s.len);
		is = slow_v4(s, &slow);
		assert_int_equal(ip_parse(s, &fast), is);
		if (is)
			assert_memory_equal(fast.b, slow.b, sizeof fast.b);
		accepted += is;
		free((void *)(uintptr_t)s.at);
	}
	assert_true(accepted > 50000 && accepted < 190000);
}

/* By numbers as by bytes, also where the first half is equal, or all. */
static void
addresses_compare_as_bytes_do(void **state)
{
	(void)state;
	srandom(4);
	for (int i = 0; i < 20000; i++) {
		struct ip a, b;
		int want, got;

		for (size_t k = 0; k < sizeof a.b; k++)
			a.b[k] = (uint8_t)random();
		b = a;
		for (long n = random() % 3; n > 0; n--)
			b.b[random() % 16] = (uint8_t)random();
		want = memcmp(a.b, b.b, sizeof a.b);
		got = ip_compare(&a, &b);
		assert_int_equal((want > 0) - (want < 0), (got > 0) - (got < 0));
	}
}

static void
nets(void **state)
{
	static const struct {
		const char *net, *ip;
		int has; /* -1: the net must be refused */
	} rows[] = {
		{ "147.32.0.0/16", "147.32.81.167", 1 },
		{ "147.32.0.0/16", "147.33.0.1", 0 },
		{ "192.0.2.7", "192.0.2.7", 1 },
		{ "192.0.2.7", "192.0.2.6", 0 },
		{ "0.0.0.0/0", "8.8.8.8", 1 },
		{ "0.0.0.0/0", "2001:db8::1", 0 },
		{ "2001:db8::/33", "2001:db8:7fff::", 1 },
		{ "2001:db8::/33", "2001:db8:8000::", 0 },
		{ "10.0.0.1/8", "", -1 },
		{ "10.0.0.0/33", "", -1 },
		{ "10.0.0.0/", "", -1 },
		{ "10.0.0.0/1x", "", -1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ip_net net;
		struct ip ip;

		ROW(i, rows[i].net);
		assert_int_equal(
		    ip_net_parse(text_span(rows[i].net), &net), rows[i].has >= 0);
		if (rows[i].has < 0)
			continue;
		assert_true(ip_parse(text_span(rows[i].ip), &ip));
		assert_int_equal(ip_net_has(&net, &ip), rows[i].has);
	}
}

static void
stamps(void **state)
{
	static const struct {
		const char *in, *out; /* NULL: must be refused */
	} rows[] = {
		{ "1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000000000Z" },
		{ "2018-12-21T15:50:16.962094Z", "2018-12-21T15:50:16.962094000Z" },
		{ "2024-02-29T23:59:59.999999999Z", "2024-02-29T23:59:59.999999999Z" },
		{ "2026-11-22T04:34:00+08:00", "2026-11-21T20:34:00.000000000Z" },
		{ "2026-11-22T04:34:00.5-0130", "2026-11-22T06:04:00.500000000Z" },
		{ "2000-03-01 00:00:00Z", "2000-03-01T00:00:00.000000000Z" },
		{ "2018-13-21T15:50:16Z", NULL },
		{ "2018-12-21T15:50:16", NULL },
		{ "2018-12-21T15:50:16.Z", NULL },
		{ "1969-12-31T23:59:59Z", NULL },
		{ "2018-12-21T15:50:16Zx", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[STAMP_TEXT];
		uint64_t t;

		ROW(i, rows[i].in);
		assert_int_equal(
		    stamp_parse(text_span(rows[i].in), &t), rows[i].out != NULL);
		if (rows[i].out)
			assert_string_equal(stamp_text(t, text), rows[i].out);
	}
}

static void
json_is_canonical(void **state)
{
	struct buf b;
	struct json j;

	(void)state;
	buf_init(&b, 4096);
	json_init(&j, &b);
	json_open(&j, '{');
	json_key(&j, "a");
	json_bytes(&j, BYTES("\"\\/\b\f\n\r\t\0\x1f\x7f\xc3\xa9\xff\xe2\x82\xac\xc0\x80"));
	json_key(&j, "b");
	json_open(&j, '[');
	json_int(&j, -5), json_uint(&j, UINT64_MAX), json_bool(&j, true), json_none(&j);
	json_open(&j, '{'), json_close(&j, '}');
	json_close(&j, ']');
	json_close(&j, '}');
	assert_string_equal(b.at,
	    "{\"a\":\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\x7f\xc3\xa9"
	    "\xef\xbf\xbd\xe2\x82\xac\xef\xbf\xbd\xef\xbf\xbd\","
	    "\"b\":[-5,18446744073709551615,true,null,{}]}");
	buf_release(&b);
}

static void
utf8_refuses_what_rfc_3629_refuses(void **state)
{
	static const struct {
		struct span in;
		size_t want;
	} rows[] = {
		{ { (const uint8_t *)"a", 1 }, 1 },
		{ { (const uint8_t *)"\xe7\xbd\x91", 3 }, 3 },
		{ { (const uint8_t *)"\xe7\xbd", 2 }, 0 },
		{ { (const uint8_t *)"\xf0\x9f\x98\x80", 4 }, 4 },
		{ { (const uint8_t *)"\xed\xa0\x80", 3 }, 0 },     /* surrogate */
		{ { (const uint8_t *)"\xe0\x80\xaf", 3 }, 0 },     /* overlong */
		{ { (const uint8_t *)"\xf4\x90\x80\x80", 4 }, 0 }, /* past U+10FFFF */
		{ { (const uint8_t *)"\x80", 1 }, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(utf8_length(rows[i].in.at, rows[i].in.len), rows[i].want);
}

/* Every shortage is survived: grow the limit until it is enough. */
static void
arena_and_buf_survive_shortage(void **state)
{
	(void)state;
	for (size_t limit = 0; limit < 300000; limit += 4099) {
		struct arena a;
		unsigned got = 0;

		arena_init(&a, limit);
		for (int i = 0; i < 100; i++) {
			unsigned char *p = arena_get(&a, 33, 31);

			if (p == NULL)
				break;
			for (int k = 0; k < 33 * 31; k++)
				assert_int_equal(p[k], 0);
			memset(p, 0xee, 33 * 31);
			got++;
		}
		assert_true(a.used <= limit);
		assert_true(got == 100 || limit < 200000);
		arena_reset(&a);
		arena_release(&a);
		assert_int_equal(a.used, 0);
	}
	for (size_t max = 0; max < 12; max++) {
		struct buf b;
		struct error err;

		buf_init(&b, max);
		buf_printf(&b, "%d-%s", 12, "345678");
		assert_int_equal(b.bad, max < 9);
		assert_int_equal(buf_state(&b, "it", &err), max < 9 ? E_NOMEM : OK);
		buf_release(&b);
	}
}

/* FIPS 180-4 example: the SHA-256 of "abc". */
static void
digests(void **state)
{
	struct digest d = digest_of(BYTES("abc"));
	char hex[DIGEST_HEX];

	(void)state;
	assert_string_equal(digest_hex(&d, hex),
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cursor_reads_and_stays_bad),
		cmocka_unit_test(ip_texts),
		cmocka_unit_test(dotted_decimal_agrees_with_the_slow_twin),
		cmocka_unit_test(addresses_compare_as_bytes_do),
		cmocka_unit_test(nets),
		cmocka_unit_test(stamps),
		cmocka_unit_test(json_is_canonical),
		cmocka_unit_test(utf8_refuses_what_rfc_3629_refuses),
		cmocka_unit_test(arena_and_buf_survive_shortage),
		cmocka_unit_test(digests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
