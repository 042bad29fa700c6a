/* SPDX-License-Identifier: Apache-2.0 */
#include "protocol/prints.h"

#include "table.h"

#include <stdlib.h>

#define MOST 400

struct made {
	uint8_t bytes[6][MOST];
	struct hello_client hello;
};

/* Few values, so that lists come again, are alike but for one, or hold GREASE. */
static struct span
some(uint8_t *at, unsigned item)
{
	static const uint8_t high[] = { 0x13, 0x0a, 0x00, 0xc0 };
	size_t n = random() % 40 ? (size_t)random() % 3 : (size_t)random() % (MOST / 2);

	for (size_t i = 0; i < n * item; i++)
		at[i] = high[(size_t)random() % sizeof high];
	return (struct span){ at, n * item };
}

static struct span
some_extensions(uint8_t *at)
{
	static const uint8_t types[] = { 0, 10, 16, 43, 51 };
	size_t n = (size_t)random() % 4;

	for (size_t i = 0; i < n; i++) {
		at[4 * i] = at[4 * i + 2] = at[4 * i + 3] = 0;
		at[4 * i + 1] = types[(size_t)random() % sizeof types];
	}
	return (struct span){ at, 4 * n };
}

static void
some_hello(struct made *m)
{
	m->hello = (struct hello_client){
		.version = (uint16_t)(0x0301 + random() % 3),
		.highest = (uint16_t)(0x0303 + random() % 2),
		.v2 = random() % 20 == 0,
		.has_name = random() % 2,
		.ciphers = some(m->bytes[0], 2),
		.groups = some(m->bytes[1], 2),
		.formats = some(m->bytes[2], 1),
		.signatures = some(m->bytes[3], 2),
		.alpn = some(m->bytes[4], 1),
		.extensions = some_extensions(m->bytes[5]),
	};
}

/* A server that answers with what the client said. */
static void
server_too(struct prints *kept, const struct hello_client *c, struct buf *work)
{
	struct hello_server server = {
		.version = c->version, .cipher = c->highest, .extensions = c->extensions
	};
	struct trait_tls one = { 0 }, two = { 0 };

	prints_of_server(kept, &server, work, &one);
	if (fingerprint_ja3s(&server, work, two.ja3s))
		two.flags |= TRAIT_TLS_JA3S;
	else
		memset(two.ja3s, 0, sizeof two.ja3s);
	assert_int_equal(one.flags, two.flags);
	assert_memory_equal(one.ja3s, two.ja3s, sizeof one.ja3s);
}

/* Kept ones say what those made anew say, whatever was kept before. */
static void
what_is_kept_is_what_is_made(void **state)
{
	static const enum fingerprint_carrier carriers[] = { CARRIER_TCP, CARRIER_QUIC,
		CARRIER_DATAGRAM };
	static struct made pool[48];
	struct prints kept = { 0 };
	char room[8192];
	struct buf work = buf_over(room, sizeof room);
	unsigned again = 0;

	(void)state;
	srandom(16);
	for (int i = 0; i < 40000; i++) {
		struct made *m = &pool[(size_t)random() % COUNT(pool)];
		enum fingerprint_carrier carrier = carriers[(size_t)random() % 3];
		struct trait_tls one = { 0 }, two = { 0 };

		if (random() % 8 == 0 || m->hello.version == 0)
			some_hello(m);
		prints_of(&kept, &m->hello, carrier, &work, &one);
		if (fingerprint_ja3(&m->hello, &work, two.ja3))
			two.flags |= TRAIT_TLS_JA3;
		else
			memset(two.ja3, 0, sizeof two.ja3);
		if (!fingerprint_ja4(&m->hello, carrier, &work, two.ja4))
			two.ja4[0] = '\0';
		assert_int_equal(one.flags, two.flags);
		assert_memory_equal(one.ja3, two.ja3, sizeof one.ja3);
		assert_string_equal(one.ja4, two.ja4);
		again += two.ja4[0] != '\0';
		server_too(&kept, &m->hello, &work);
	}
	assert_true(again > 10000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_kept_is_what_is_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
