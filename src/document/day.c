/* SPDX-License-Identifier: Apache-2.0 */
#include "document/day.h"

#include <stdio.h>

bool
day_is(struct day d)
{
	static const int most[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return d.month >= 1 && d.month <= 12 && d.day >= 1 && d.day <= most[d.month - 1] &&
	       (d.year == 0 || (d.year >= 1900 && d.year <= 2200));
}

bool
day_is_whole(struct day d)
{
	return d.year != 0 && day_is(d);
}

/* Years begin in March, so that the leap day is the last one. */
int32_t
day_number(struct day d)
{
	int32_t y = d.month > 2 ? d.year : d.year - 1;
	int32_t m = (d.month + 9) % 12;

	return 365 * y + y / 4 - y / 100 + y / 400 + (m * 306 + 5) / 10 + d.day - 1 -
	       719468;
}

struct day
day_of_number(int32_t n)
{
	struct day d = { .year = (int)(1970 + n / 366), .month = 1, .day = 1 };

	while (day_number((struct day){ d.year + 1, 1, 1 }) <= n)
		d.year++;
	while (d.month < 12 && day_number((struct day){ d.year, d.month + 1, 1 }) <= n)
		d.month++;
	d.day = (int)(n - day_number(d)) + 1;
	return d;
}

int
day_weekday(struct day d)
{
	return (int)((day_number(d) % 7 + 11) % 7); /* 1970-01-01 was a Thursday */
}

struct day
day_complete(int month, int day, struct day published)
{
	struct day d = { published.year, month, day };

	if (!day_is(d))
		return (struct day){ 0 };
	if (!day_is_whole(published))
		d.year = 0;
	else if (day_number(d) > day_number(published) + 1)
		d.year--;
	return d;
}

struct day
day_in_month(int day, struct day published)
{
	struct day d = { published.year, published.month, day };

	if (!day_is_whole(published) || !day_is(d))
		return (struct day){ 0 };
	if (day_number(d) > day_number(published) + 1) {
		d.month = d.month == 1 ? 12 : d.month - 1;
		d.year -= d.month == 12;
	}
	return day_is(d) ? d : (struct day){ 0 };
}

struct day
day_on_weekday(int weekday, struct day published)
{
	if (!day_is_whole(published))
		return (struct day){ 0 };
	return day_before(published, (day_weekday(published) - weekday + 7) % 7);
}

struct day
day_before(struct day published, int days)
{
	if (!day_is_whole(published))
		return (struct day){ 0 };
	return day_of_number(day_number(published) - days);
}

bool
day_equal(struct day a, struct day b)
{
	return a.month != 0 && a.month == b.month && a.day == b.day &&
	       (a.year == b.year || a.year == 0 || b.year == 0);
}

const char *
day_text(struct day d, char text[static DAY_TEXT])
{
	if (d.month == 0)
		(void)snprintf(text, DAY_TEXT, "no day");
	else if (d.year == 0)
		(void)snprintf(text, DAY_TEXT, "--%02u-%02u", (unsigned)d.month % 100,
		    (unsigned)d.day % 100);
	else
		(void)snprintf(text, DAY_TEXT, "%04u-%02u-%02u", (unsigned)d.year % 10000,
		    (unsigned)d.month % 100, (unsigned)d.day % 100);
	return text;
}
