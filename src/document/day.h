/* SPDX-License-Identifier: Apache-2.0 */
/*
 * day.h - days as documents write them, made whole by the day of publication.
 */
#ifndef DOCUMENT_DAY_H
#define DOCUMENT_DAY_H

#include "document/notice.h"

bool day_is(struct day); /* such a day can be */
bool day_is_whole(struct day);

/* Days since 1970-01-01 in the Gregorian calendar, and back. */
int32_t day_number(struct day);
struct day day_of_number(int32_t);
int day_weekday(struct day); /* 0 is Sunday */

/*
 * A month and day without a year: the latest one not after publication by more
 * than a day (zones differ). Without publication it stays without a year.
 */
struct day day_complete(int month, int day, struct day published);
/* A day without a month, the same way. */
struct day day_in_month(int day, struct day published);
/* The latest such weekday not after publication. */
struct day day_on_weekday(int weekday, struct day published);
struct day day_before(struct day published, int days);

#endif
