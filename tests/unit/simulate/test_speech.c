/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <stdlib.h>

#include "simulate/speech.h"

static struct speech
sample(enum speech_kind kind, struct ip *ip)
{
	const uint8_t v4[4] = { 198, 18, 3, 4 };

	*ip = ip_from_v4(v4);
	return (struct speech){
		.kind = kind,
		.arg = 1,
		.bytes = 900,
		.seed = 3,
		.talk = 4,
		.now_ns = UINT64_C(1772409600123456789),
		.name = "www.somewhere.example",
		.self = "dig-6",
		.address = ip,
		.ttl_s = 300,
		.client = TLS_BROWSER,
		.tls13 = true,
	};
}

/* Every message, at every room: never past it, the same beginning, the same length. */
static void
a_smaller_room_changes_nothing(void **state)
{
	(void)state;
	for (enum speech_kind kind = SAY_NOISE; kind < SAY_COUNT; kind++) {
		struct ip ip;
		struct speech s = sample(kind, &ip);
		uint8_t whole[SPEECH_MOST];
		uint32_t n = speech_make(&s, whole, sizeof whole);

		ROW(kind, "kind");
		assert_in_range(n, 1, SPEECH_MOST);
		if (speech_is_free(kind))
			assert_int_equal(n, s.bytes);
		for (uint32_t room = 0; room <= n; room += room < 80 ? 1 : 37) {
			uint8_t *part =
			    malloc(room ? room : 1); /* exact: ASan sees a step past */

			assert_non_null(part);
			assert_int_equal(speech_make(&s, part, room), n);
			assert_memory_equal(part, whole, room);
			free(part);
		}
	}
}

static struct cursor
inner(struct cursor *c, size_t n)
{
	return cursor_of(cursor_take(c, n));
}

/* RFC 8446 section 4.1.2: every length field reaches exactly to the end of its field. */
static void
client_hellos_are_well_formed(void **state)
{
	(void)state;
	for (enum tls_client client = TLS_BROWSER; client <= TLS_IMPLANT; client++) {
		for (int named = 0; named < 2; named++) {
			struct ip ip;
			struct speech s = sample(SAY_TLS_HELLO, &ip);
			uint8_t text[SPEECH_MOST];
			struct cursor c, message, ext;
			uint32_t n;
			bool sni = false;

			ROW(client, tls_client_text(client));
			s.client = client;
			s.name = named ? "www.somewhere.example" : NULL;
			n = speech_make(&s, text, sizeof text);
			c = cursor_of((struct span){ text, n });
			assert_int_equal(cursor_u8(&c), 22);
			assert_int_equal(cursor_be16(&c), 0x0301);
			message = inner(&c, cursor_be16(&c));
			assert_int_equal(c.left, 0);
			assert_int_equal(cursor_be16(&message), 0x0100);
			ext = inner(&message, cursor_be16(&message));
			assert_int_equal(message.left, 0);
			assert_int_equal(cursor_be16(&ext), 0x0303);
			cursor_skip(&ext, 32);
			cursor_skip(&ext, cursor_u8(&ext));
			cursor_skip(&ext, cursor_be16(&ext));
			cursor_skip(&ext, cursor_u8(&ext));
			ext = inner(&ext, cursor_be16(&ext));
			while (ext.left > 0) {
				unsigned type = cursor_be16(&ext);
				struct cursor body = inner(&ext, cursor_be16(&ext));

				if (type != 0)
					continue;
				sni = true;
				body = inner(&body, cursor_be16(&body));
				assert_int_equal(cursor_u8(&body), 0);
				assert_int_equal(cursor_be16(&body), 21);
				assert_memory_equal(body.at, "www.somewhere.example", 21);
			}
			assert_false(ext.bad || message.bad || c.bad);
			assert_int_equal(sni, named && client != TLS_IMPLANT);
		}
	}
}

/* Records, one after the other, exactly as long as asked. */
static void
application_data_is_records(void **state)
{
	static const uint32_t lengths[] = { 6, 7, 900, 1460 };

	(void)state;
	for (size_t i = 0; i < COUNT(lengths); i++) {
		struct ip ip;
		struct speech s = sample(SAY_TLS_DATA, &ip);
		uint8_t text[SPEECH_MOST];
		struct cursor c;

		s.bytes = lengths[i];
		assert_int_equal(speech_make(&s, text, sizeof text), lengths[i]);
		for (c = cursor_of((struct span){ text, lengths[i] }); c.left > 0;) {
			assert_int_equal(cursor_u8(&c), 23);
			assert_int_equal(cursor_be16(&c), 0x0303);
			cursor_skip(&c, cursor_be16(&c));
		}
		assert_false(c.bad);
	}
	/* 16401 is the longest record; what is left must have room for a header */
	for (uint32_t n = 16400; n < 16420; n++) {
		struct ip ip;
		struct speech s = sample(SAY_TLS_DATA, &ip);

		s.bytes = n;
		assert_int_equal(speech_make(&s, NULL, 0), n);
	}
}

static void
dns_answers(void **state)
{
	static const struct {
		const char *name;
		uint16_t type;
		bool exists;
		uint16_t flags, answers;
	} rows[] = {
		{ "an address", 1, true, 0x8180, 1 },
		{ "no IPv6 address", 28, true, 0x8180, 0 },
		{ "no such name", 1, false, 0x8183, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ip ip;
		struct speech s = sample(SAY_DNS_REPLY, &ip);
		uint8_t text[SPEECH_MOST];
		struct cursor c;

		ROW(i, rows[i].name);
		s.arg = rows[i].type;
		if (!rows[i].exists)
			s.address = NULL;
		c = cursor_of((struct span){ text, speech_make(&s, text, sizeof text) });
		assert_int_equal(cursor_be16(&c), 4);
		assert_int_equal(cursor_be16(&c), rows[i].flags);
		assert_int_equal(cursor_be16(&c), 1);
		assert_int_equal(cursor_be16(&c), rows[i].answers);
		cursor_skip(&c, 4);
		assert_memory_equal(
		    cursor_take(&c, 23).at, "\3www\11somewhere\7example\0", 23);
		assert_int_equal(cursor_be16(&c), rows[i].type);
		assert_int_equal(cursor_be16(&c), 1);
		if (rows[i].answers) {
			assert_int_equal(cursor_be16(&c), 0xc00c);
			assert_int_equal(cursor_be32(&c), 0x00010001);
			assert_int_equal(cursor_be32(&c), 300);
			assert_int_equal(cursor_be16(&c), 4);
			assert_int_equal(cursor_be32(&c), 0xc6120304);
		}
		assert_false(c.bad);
		assert_int_equal(c.left, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_smaller_room_changes_nothing),
		cmocka_unit_test(client_hellos_are_well_formed),
		cmocka_unit_test(application_data_is_records),
		cmocka_unit_test(dns_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
