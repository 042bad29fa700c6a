/* SPDX-License-Identifier: Apache-2.0 */
#include "base/stamp.h"

#include <stdio.h>

/*
 * Civil date from days since 1970-01-01 and back, proleptic Gregorian. Years
 * are counted from March so that the leap day is the last of the year.
 */
static void
civil(uint64_t days, unsigned *y, unsigned *m, unsigned *d)
{
	uint64_t z = days + 719468, era = z / 146097, doe = z % 146097;
	uint64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	uint64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;

	*d = (unsigned)(doy - (153 * mp + 2) / 5 + 1);
	*m = (unsigned)(mp < 10 ? mp + 3 : mp - 9);
	*y = (unsigned)(yoe + era * 400) + (*m <= 2);
}

static int64_t
days_of(unsigned y, unsigned m, unsigned d)
{
	int64_t yy = (int64_t)y - (m <= 2), era = yy / 400, yoe = yy - era * 400;
	int64_t doy = (153 * ((int64_t)m + (m > 2 ? -3 : 9)) + 2) / 5 + (int64_t)d - 1;

	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

const char *
stamp_text(uint64_t t_ns, char text[static STAMP_TEXT])
{
	uint64_t s = t_ns / SECOND_NS;
	unsigned y, m, d, of_day = (unsigned)(s % 86400);

	civil(s / 86400, &y, &m, &d);
	(void)snprintf(text, STAMP_TEXT, "%04u-%02u-%02uT%02u:%02u:%02u.%09uZ", y, m, d,
	    of_day / 3600, of_day / 60 % 60, of_day % 60, (unsigned)(t_ns % SECOND_NS));
	return text;
}

static bool
digits(struct cursor *c, int n, unsigned *out)
{
	unsigned v = 0;

	for (int i = 0; i < n; i++) {
		uint8_t b = cursor_u8(c);

		if (b < '0' || b > '9')
			return false;
		v = v * 10 + (b - '0');
	}
	*out = v;
	return true;
}

static bool
separator(struct cursor *c, char a, char b)
{
	uint8_t got = cursor_u8(c);

	return !c->bad && (got == (uint8_t)a || got == (uint8_t)b);
}

static bool
fraction(struct cursor *c, uint64_t *ns)
{
	uint64_t v = 0;
	int n = 0;

	if (c->left == 0 || c->at[0] != '.')
		return true;
	cursor_skip(c, 1);
	for (; c->left > 0 && c->at[0] >= '0' && c->at[0] <= '9'; n++) {
		uint8_t b = cursor_u8(c);

		if (n < 9)
			v = v * 10 + (b - '0');
	}
	for (int i = n; i < 9; i++)
		v *= 10;
	*ns = v;
	return n > 0;
}

/* Minutes east of UTC. */
static bool
offset(struct cursor *c, int *minutes)
{
	unsigned h, m;
	uint8_t sign = cursor_u8(c);

	*minutes = 0;
	if (sign == 'Z' || sign == 'z')
		return true;
	if ((sign != '+' && sign != '-') || !digits(c, 2, &h))
		return false;
	if (c->left > 0 && c->at[0] == ':')
		cursor_skip(c, 1); /* Suricata writes +0000 */
	if (!digits(c, 2, &m) || h > 23 || m > 59)
		return false;
	*minutes = (int)(h * 60 + m) * (sign == '-' ? -1 : 1);
	return true;
}

bool
stamp_parse(struct span s, uint64_t *t_ns)
{
	struct cursor c = cursor_of(s);
	unsigned y, mo, d, h, mi, sec;
	uint64_t ns = 0;
	int64_t at;
	int east;

	if (!digits(&c, 4, &y) || !separator(&c, '-', '-') || !digits(&c, 2, &mo) ||
	    !separator(&c, '-', '-') || !digits(&c, 2, &d) || !separator(&c, 'T', ' ') ||
	    !digits(&c, 2, &h) || !separator(&c, ':', ':') || !digits(&c, 2, &mi) ||
	    !separator(&c, ':', ':') || !digits(&c, 2, &sec) || !fraction(&c, &ns) ||
	    !offset(&c, &east) || c.left != 0)
		return false;
	if (mo < 1 || mo > 12 || d < 1 || d > 31 || h > 23 || mi > 59 || sec > 60)
		return false;
	at = days_of(y, mo, d) * 86400 + (int64_t)(h * 3600 + mi * 60 + sec) - east * 60;
	if (at < 0 || at >= INT64_C(18446744073))
		return false;
	*t_ns = (uint64_t)at * SECOND_NS + ns;
	return true;
}

const char *
stamp_period(uint64_t ns, char text[static STAMP_TEXT])
{
	uint64_t s = (ns + SECOND_NS / 2) / SECOND_NS;

	if (ns < 10 * SECOND_NS)
		(void)snprintf(text, STAMP_TEXT, "%u.%02u s", (unsigned)(ns / SECOND_NS),
		    (unsigned)(ns % SECOND_NS / 10000000));
	else if (s < 120)
		(void)snprintf(text, STAMP_TEXT, "%u s", (unsigned)s);
	else if (s < 3600)
		(void)snprintf(text, STAMP_TEXT, s % 60 ? "%u min %u s" : "%u min",
		    (unsigned)(s / 60), (unsigned)(s % 60));
	else if (s < 86400)
		(void)snprintf(text, STAMP_TEXT, s % 3600 >= 60 ? "%u h %u min" : "%u h",
		    (unsigned)(s / 3600), (unsigned)(s / 60 % 60));
	else
		(void)snprintf(text, STAMP_TEXT, s % 86400 >= 3600 ? "%u d %u h" : "%u d",
		    (unsigned)(s / 86400), (unsigned)(s / 3600 % 24));
	return text;
}
