/* SPDX-License-Identifier: Apache-2.0 */
/* SeedLink 3.1 and miniSEED 2.4 records of 512 bytes. */
#include "simulate/speech.h"

#include <stdio.h>

#include "base/stamp.h"

#define RECORD_BYTES 512
#define RECORD_DATA  64

/* Fixed section of data header and blockette 1000 (SEED manual, chapter 8). */
static void
record(const struct speech *s, struct pen *p, struct rng *r)
{
	static const char *const channel[] = { "BHZ", "BHN", "BHE" };
	uint64_t second = s->now_ns / SECOND_NS, days = second / 86400;
	size_t begin = p->n;
	char head[32];

	(void)snprintf(head, sizeof head, "%06uD %-5.5s00%sGX", s->arg % 1000000, s->self,
	    channel[s->arg % 3]);
	pen_bytes(p, head, 20);
	pen_be16(p, (unsigned)(1970 + days / 365)); /* near enough: nobody reads it back */
	pen_be16(p, (unsigned)(1 + days % 365));
	pen_u8(p, (unsigned)(second / 3600 % 24));
	pen_u8(p, (unsigned)(second / 60 % 60));
	pen_u8(p, (unsigned)(second % 60));
	pen_u8(p, 0);
	pen_be16(p, (unsigned)(s->now_ns % SECOND_NS / 100000));
	pen_be16(p, 400 + (unsigned)rng_below(r, 60)); /* samples */
	pen_be16(p, 20);                               /* a second */
	pen_be16(p, 1);
	pen_be32(p, 0x00000001); /* flags; one blockette */
	pen_be32(p, 0);
	pen_be16(p, RECORD_DATA);
	pen_be16(p, 48);
	pen_bytes(p, "\3\350\0\0\13\1\11\0", 8); /* 1000: Steim-2, big endian, 2^9 */
	pen_zeros(p, RECORD_DATA - (p->n - begin));
	pen_noise(p, r, RECORD_BYTES - RECORD_DATA);
}

void
speech_seedlink(const struct speech *s, struct pen *p, struct rng *r)
{
	char text[64];

	switch (s->kind) {
	case SAY_SL_HELLO:
		pen_text(p, "HELLO\r\n");
		break;
	case SAY_SL_VERSION:
		pen_text(p, "SeedLink v3.1 (2020.075)\r\nnetwork digitizer\r\n");
		break;
	case SAY_SL_STATION:
		(void)snprintf(text, sizeof text, "STATION %.5s GX\r\n", s->name);
		pen_text(p, text);
		break;
	case SAY_SL_SELECT:
		pen_text(p, "SELECT 00BH?.D\r\n");
		break;
	case SAY_SL_DATA:
		pen_text(p, "DATA\r\n");
		break;
	case SAY_SL_END:
		pen_text(p, "END\r\n");
		break;
	case SAY_SL_PACKET:
		(void)snprintf(text, sizeof text, "SL%06X", s->arg);
		pen_bytes(p, text, 8);
		record(s, p, r);
		break;
	default:
		pen_text(p, "OK\r\n");
		break;
	}
}
