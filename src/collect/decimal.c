/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/decimal.h"

#define KEPT      19 /* 10^19 < 2^64 */
#define EXPONENTS 1000000

/* clang-format off */
static const uint64_t POWERS[KEPT + 1] = {
	UINT64_C(1), UINT64_C(10), UINT64_C(100), UINT64_C(1000), UINT64_C(10000),
	UINT64_C(100000), UINT64_C(1000000), UINT64_C(10000000), UINT64_C(100000000),
	UINT64_C(1000000000), UINT64_C(10000000000), UINT64_C(100000000000),
	UINT64_C(1000000000000), UINT64_C(10000000000000), UINT64_C(100000000000000),
	UINT64_C(1000000000000000), UINT64_C(10000000000000000),
	UINT64_C(100000000000000000), UINT64_C(1000000000000000000),
	UINT64_C(10000000000000000000),
};
/* clang-format on */

/* The rare number of more than nineteen digits: keep the first that count. */
static void
long_number(const uint8_t *at, const uint8_t *end, struct decimal *d)
{
	bool fraction = false;
	int kept = 0;

	d->digits = 0;
	d->exponent = 0;
	for (; at < end; at++) {
		unsigned v = *at - (unsigned)'0';

		if (*at == '.') {
			fraction = true;
			continue;
		}
		if (kept < KEPT) {
			d->digits = d->digits * 10 + v;
			d->exponent -= fraction;
			kept += d->digits != 0;
			continue;
		}
		d->exponent += !fraction;
		d->inexact |= v != 0;
		if (kept++ == KEPT)
			d->next = (uint8_t)v;
	}
}

/* What follows 'e'; NULL when it is not an exponent. */
static const uint8_t *
exponent(const uint8_t *p, const uint8_t *end, struct decimal *d)
{
	const uint8_t *from;
	int32_t e = 0;
	bool minus = false;

	if (p < end && (*p == '+' || *p == '-'))
		minus = *p++ == '-';
	for (from = p; p < end && *p >= '0' && *p <= '9'; p++)
		if (e < EXPONENTS)
			e = e * 10 + (*p - '0');
	d->exponent += minus ? -e : e;
	return p == from ? NULL : p;
}

size_t
decimal_scan_any(struct span s, struct decimal *out)
{
	const uint8_t *p = s.at, *end, *whole, *fraction;
	struct decimal d = { 0 };
	size_t digits;
	unsigned v;

	if (s.len == 0)
		return 0;
	end = p + s.len;
	if (*p == '-') {
		d.negative = true;
		p++;
	}
	/* This may wrap around; then the digits are counted and it is done again. */
	for (whole = p; p < end && (v = *p - (unsigned)'0') <= 9; p++)
		d.digits = d.digits * 10 + v;
	digits = (size_t)(p - whole);
	if (digits == 0 || (digits > 1 && *whole == '0'))
		return 0;
	if (p < end && *p == '.') {
		for (fraction = ++p; p < end && (v = *p - (unsigned)'0') <= 9; p++)
			d.digits = d.digits * 10 + v;
		if (p == fraction)
			return 0;
		digits += (size_t)(p - fraction);
		d.exponent = -(int32_t)(p - fraction);
	}
	if (digits > KEPT)
		long_number(whole, p, &d);
	if (p < end && (*p | 0x20) == 'e') {
		p = exponent(p + 1, end, &d);
		if (p == NULL)
			return 0;
	}
	*out = d;
	return (size_t)(p - s.at);
}

bool
decimal_whole_any(const struct decimal *d, uint64_t *out)
{
	if (d->digits == 0) {
		*out = 0;
		return true;
	}
	if (d->negative || d->inexact)
		return false;
	if (d->exponent >= 0)
		return d->exponent <= KEPT &&
		       !__builtin_mul_overflow(d->digits, POWERS[d->exponent], out);
	if (d->exponent < -KEPT || d->digits % POWERS[-d->exponent] != 0)
		return false;
	*out = d->digits / POWERS[-d->exponent];
	return true;
}

bool
decimal_nanos(const struct decimal *d, uint64_t *out)
{
	int32_t e = d->exponent + 9;
	uint64_t rest, power;

	if (d->digits == 0) {
		*out = 0;
		return true;
	}
	if (d->negative)
		return false;
	if (e == 0) {
		*out = d->digits + (d->next >= 5);
		return true;
	}
	if (e > 0)
		return e <= KEPT && !__builtin_mul_overflow(d->digits, POWERS[e], out);
	if (e < -KEPT) { /* below half a nanosecond */
		*out = 0;
		return true;
	}
	power = POWERS[-e];
	rest = d->digits % power;
	*out = d->digits / power + (rest >= power - rest);
	return true;
}
