/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hellos.h - TLS messages for tests, put together from their parts.
 */
#ifndef TESTS_HELLOS_H
#define TESTS_HELLOS_H

#include "base/buf.h"

static inline void
put_8(struct buf *b, unsigned v)
{
	buf_putc(b, (char)v);
}

static inline void
put_16(struct buf *b, unsigned v)
{
	put_8(b, v >> 8 & 255);
	put_8(b, v & 255);
}

static inline void
put_24(struct buf *b, size_t v)
{
	put_8(b, (unsigned)(v >> 16) & 255);
	put_16(b, (unsigned)v & 0xffff);
}

static inline void
put_list_16(struct buf *b, const uint16_t *list)
{
	size_t n = 0;

	while (list[n] != 0xffff)
		n++;
	put_16(b, (unsigned)(2 * n));
	for (size_t i = 0; i < n; i++)
		put_16(b, list[i]);
}

/* What a client says; lists end with 0xffff. */
struct client {
	uint16_t version;
	const uint16_t *ciphers;
	const char *extensions; /* hexadecimal, all of them: type, length, content */
	const char *session;
};

static inline void
put_hex_text(struct buf *b, const char *hex)
{
	for (; hex[0] && hex[1]; hex += 2) {
		unsigned v = 0;

		(void)sscanf(hex, "%2x", &v);
		put_8(b, v);
		if (hex[2] == ' ')
			hex++;
	}
}

static inline void
put_client_hello(struct buf *b, const struct client *c)
{
	size_t n;

	put_16(b, c->version);
	for (unsigned i = 0; i < 32; i++)
		put_8(b, i);
	n = c->session ? strlen(c->session) : 0;
	put_8(b, (unsigned)n);
	if (n > 0)
		buf_put(b, c->session, n);
	put_list_16(b, c->ciphers);
	put_8(b, 1);
	put_8(b, 0);
	if (c->extensions) {
		size_t at = b->len;

		put_16(b, 0);
		put_hex_text(b, c->extensions);
		n = b->len - at - 2;
		b->at[at] = (char)(n >> 8);
		b->at[at + 1] = (char)n;
	}
}

/* Chrome's of 2022, as FoxIO tells its JA4 (ja4_ro): lists in the order it sends them. */
static const uint16_t chrome_ciphers[] = { 0x0a0a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f,
	0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035,
	0xffff };

#define CHROME_EXTENSIONS(alpn)                                              \
	"caca0000 0000000e000c0000096c6f63616c686f7374 00170000 ff01000100 " \
	"000a000a0008dada001d00170018 000b00020100 00230000 " alpn           \
	" 000500050100000000 000d0012001004030804040105030805050108060601 "  \
	"00120000 003300020000 002d00020101 002b0007060a0a03040303 "         \
	"001b0003020002 44690005000302683200150000"

#endif
