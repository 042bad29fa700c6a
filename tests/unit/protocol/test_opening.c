/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <stdlib.h>

#include "protocol/parser.h"

/*
 * A parser says YES or NO once, whatever follows: only then does it not matter how a
 * stream was cut. Asked of what each protocol begins with, of the beginning of one
 * with the rest of another, and of either with a few bytes changed.
 */
#define PARSER(name) extern const struct parser parser_##name;
#include "protocol/parsers.def"
#undef PARSER

static const struct {
	const char *name;
	const struct parser *parser;
} PARSERS[] = {
#define PARSER(name) { #name, &parser_##name },
#include "protocol/parsers.def"
#undef PARSER
};

#define LABEL                             \
	"\x3f"                            \
	"abcdefghijklmnopqrstuvwxyz12345" \
	"abcdefghijklmnopqrstuvwxyz123456"
#define QUERY "ab\1\0\0\1\0\0\0\0\0\0\7example\3org\0\0\1\0\1"

static const struct span OPENINGS[] = {
	BYTES("SSH-2.0-x\r\n"),
	BYTES("SSH-IT /x HTTP/1.1\r\n"),
	BYTES("\0\x1d" QUERY),
	BYTES("\0\x20" QUERY "xyz"),
	BYTES("\0\x2d"
	      "ab\x81\x80\0\1\0\1\0\0\0\0\7example\3org\0\0\1\0\1\xc0\x0c\0\1\0\1\0\0\0\x3c"
	      "\0\4"
	      "\1\2\3\4"),
	BYTES("\1\x11"
	      "ab\1\0\0\1\0\0\0\0\0\0" LABEL LABEL LABEL LABEL
	      "\0\0\1\0\1"),   /* the longest */
	BYTES("\0\x40" QUERY), /* it goes on where this ends */
	BYTES("GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
	BYTES("GOT a\r\n"),
	BYTES("POST http://a/ HTTP/1.0\r\n"),
	BYTES("HTTP/1.1 200 OK\r\n"),
	BYTES("\x16\3\1\0\5\1\0\0\1a"),
	BYTES("\x16\3\3\0\5\2\0\0\1a"),
	BYTES("\x80\x2e\1\3\1\0\x15\0\0\0\x10\0\0\4\0\0\5"),
	BYTES("\5\2\0\2\1\1u\1p"),
	BYTES("\4\1\0\x50\0\0\0\1me\0host\0more"),
	BYTES("\4\1\0\x50\1\2\3\4me\0more"),
	BYTES("220 mx.example ESMTP\r\n"),
	BYTES("220-FTP here\r\n220 go\r\n"),
	BYTES("EHLO a\r\n"),
	BYTES("+OK ready\r\n"),
	BYTES("CAPA\r\n"),
	BYTES("CAP LS 302\r\n"),
	BYTES("* OK ready\r\n"),
	BYTES("200 news\r\n"),
	BYTES("NICK a\r\n"),
	BYTES("STARTTLS\r\n"),
	BYTES("<?xml version='1.0'?>"),
	BYTES("\0\0\0\10\4\xd2\x16\x2f"),
	BYTES("\x4a\0\0\0\x0a"
	      "5.7.1\0"),
	BYTES("CNXN\1\0\0\1\0\0\x10\0"),
	BYTES("\3\0\0\x13\x0e\xe0\0\0\0\0\0"),
	BYTES("\x30\x1d\2\1\1\x77\x18\x80\x16"
	      "1.3.6.1.4.1.1466.20037"),
	BYTES("\x30\x0c\2\1\1\x60\7\2\1\3\4\0\x80\0"),
	BYTES("\x30\x84\0\0\0\x0c\2\1\1\x60\7\2\1\3\4\0\x80\0"),
	BYTES("\0\0\0\x54\xfeSMBxx"),
	BYTES("\x10\x10\0\4MQTT\4\2"),
	BYTES("\0\1\0\0\0\6\1\3\0\0\0\1"),
	BYTES("\5\0\x0b\3\x10\0\0\0\x48\0\0\0"),
};

enum { MOST = TALK_PIECE + 100 };

/* What a parser says of each beginning of the stream is what it said first. */
static void
check(const struct opening *whole, const char *what)
{
	for (size_t i = 0; i < COUNT(PARSERS); i++) {
		enum answer said = NOT_YET;
		struct opening o = *whole;

		if (PARSERS[i].parser->proto != PROTO_TCP)
			continue;
		for (size_t n = 1; n <= whole->bytes.len; n++) {
			enum answer a;

			/* The longer ones differ in what is far behind alone. */
			if (n > 700 && n < TALK_PIECE - 200 && n % 97 != 0)
				continue;
			o.bytes.len = n;
			a = PARSERS[i].parser->is(&o);
			if (said != NOT_YET && a != said)
				fail_msg("%s: %s says %d, and of %zu bytes %d", what,
				    PARSERS[i].name, said, n, a);
			said = a;
		}
		if (said == NOT_YET && whole->bytes.len >= TALK_PIECE)
			fail_msg("%s: %s never tells", what, PARSERS[i].name);
	}
}

static void
ask(uint8_t *bytes, size_t n, const char *what)
{
	static const uint16_t ports[] = { 80, 53, 21, 502 };

	for (size_t i = 0; i < 2 * COUNT(ports); i++)
		check(&(struct opening){ .bytes = { bytes, n },
			  .from_resp = i & 1,
			  .orig_port = 50000,
			  .resp_port = ports[i / 2] },
		    what);
}

static void
each_opening(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(OPENINGS); i++) {
		uint8_t bytes[MOST];
		struct span s = OPENINGS[i];
		char what[20];

		(void)snprintf(what, sizeof what, "opening %zu", i);
		for (size_t n = 1; n <= s.len; n++) {
			/* It goes on for ever in one letter, and in another that ends names. */
			memcpy(bytes, s.at, n);
			memset(bytes + n, 'a', MOST - n);
			ask(bytes, MOST, what);
			memset(bytes + n, 0, MOST - n);
			ask(bytes, n + 40, what);
		}
	}
}

static void
each_pair(void **state)
{
	(void)state;
	srandom(5);
	for (size_t i = 0; i < COUNT(OPENINGS) * COUNT(OPENINGS); i++) {
		struct span a = OPENINGS[i / COUNT(OPENINGS)],
			    b = OPENINGS[i % COUNT(OPENINGS)];
		uint8_t bytes[700];
		char what[40];

		(void)snprintf(what, sizeof what, "openings %zu and %zu",
		    i / COUNT(OPENINGS), i % COUNT(OPENINGS));
		for (unsigned k = 0; k < 12; k++) {
			size_t head = 1 + (size_t)random() % a.len;
			size_t from = k < 6 && head < b.len ? head : 0;

			memcpy(bytes, a.at, head);
			memcpy(bytes + head, b.at + from, b.len - from);
			for (unsigned m = k % 3; m > 0; m--)
				bytes[(size_t)random() % (head + b.len - from)] =
				    (uint8_t)(random() % 4 ? random() : random() % 2);
			ask(bytes, head + b.len - from, what);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_opening),
		cmocka_unit_test(each_pair),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
