/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ftp.c - where FTP will send its files.
 *
 * A file goes over a connection of its own, whose port the control connection
 * agrees on (RFC 959 section 4.1.2, RFC 2428). The addresses told there are not
 * looked at: behind a translator they are wrong, and a server that names a third
 * host makes us expect nothing of a stranger.
 */
#include "protocol/ftp.h"

#include <string.h>

#define LINE_MOST 512

/* h1,h2,h3,h4,p1,p2, wherever they stand in the line. */
static bool
six_numbers(struct span s, uint16_t *port)
{
	unsigned value = 0, before = 0, commas = 0;
	bool digits = false;

	for (size_t i = 0; i <= s.len; i++) {
		uint8_t c = i < s.len ? s.at[i] : '\n';

		if (c >= '0' && c <= '9' && value <= UINT8_MAX) {
			value = value * 10 + (c - '0');
			digits = true;
		} else if (c == ',' && digits && value <= UINT8_MAX && commas < 5) {
			commas++;
			before = value;
			value = 0;
			digits = false;
		} else {
			if (commas == 5 && digits && value <= UINT8_MAX) {
				*port = (uint16_t)(before << 8 | value);
				return *port != 0;
			}
			value = commas = 0;
			digits = false;
		}
	}
	return false;
}

/* |1|192.0.2.1|4000| of EPRT and |||4000| of EPSV: the number behind the third bar. */
static bool
barred_number(struct span s, uint16_t *port)
{
	uint32_t value = 0;
	unsigned bars = 0;

	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = s.at[i];

		if (c == '|' && ++bars == 4) {
			*port = (uint16_t)value;
			return value > 0 && value <= UINT16_MAX;
		}
		if (c == '|' || bars != 3)
			continue;
		if (c < '0' || c > '9' || value > UINT16_MAX)
			return false;
		value = value * 10 + (c - '0');
	}
	return false;
}

static bool
is_command(struct span s, const char *word)
{
	if (s.len < 5)
		return false;
	for (size_t i = 0; i < 5; i++)
		if ((i < 4 ? s.at[i] & 0xdf : s.at[i]) != (uint8_t)word[i])
			return false;
	return true;
}

static void
hear_line(struct talk *t, bool from_resp, struct span line)
{
	uint16_t port = 0;
	bool told;

	if (line.len < 5)
		return;
	if (from_resp)
		told =
		    (memcmp(line.at, "227 ", 4) == 0 &&
			six_numbers((struct span){ line.at + 4, line.len - 4 }, &port)) ||
		    (memcmp(line.at, "229 ", 4) == 0 && barred_number(line, &port));
	else
		told = (is_command(line, "PORT ") && six_numbers(line, &port)) ||
		       (is_command(line, "EPRT ") && barred_number(line, &port));
	if (told)
		reader_expect(t, from_resp, port, SERVICE_FTP_DATA);
}

size_t
ftp_line(struct talk *t, bool from_resp, struct span bytes)
{
	size_t look = bytes.len < LINE_MOST ? bytes.len : LINE_MOST;
	const uint8_t *end = look ? memchr(bytes.at, '\n', look) : NULL;

	if (end == NULL && look < LINE_MOST)
		return 0;
	if (end)
		look = (size_t)(end - bytes.at) + 1;
	hear_line(t, from_resp, (struct span){ bytes.at, look });
	return look;
}
