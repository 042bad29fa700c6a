/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decimal.h - decimal numbers in text, without floating point.
 *
 * Logs hold times and counts as decimals, and a finding must not depend on how
 * a machine rounds: 1545403816.962094 is 1545403816962094000 ns and nothing
 * else. The grammar is that of RFC 8259 section 6, for TSV as for JSON.
 */
#ifndef COLLECT_DECIMAL_H
#define COLLECT_DECIMAL_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/cursor.h"

/* digits * 10^exponent; at most nineteen digits are kept. */
struct decimal {
	uint64_t digits;
	int32_t exponent;
	bool negative;
	bool inexact; /* a digit other than 0 was dropped */
	uint8_t next; /* the first digit that was dropped */
};

/* The same for any number; what decimal_scan falls back to. */
size_t decimal_scan_any(struct span s, struct decimal *out);

/*
 * The eight bytes at `at`, the digits among them as their values, and how many
 * digits they begin with, 8 being all of them. How many is different each time,
 * so a loop would be guessed wrong by the processor as often as not, and the
 * eight bytes are looked at together instead.
 */
static inline unsigned
decimal_digits(const uint8_t *at, uint64_t *eight)
{
	const uint64_t high = UINT64_C(0x8080808080808080);
	uint64_t b, other;

	memcpy(&b, at, sizeof b);
	b = le64toh(b) ^ UINT64_C(0x3030303030303030);
	other = (b | (b + UINT64_C(0x7676767676767676))) & high;
	*eight = b;
	return other == 0 ? 8 : (unsigned)__builtin_ctzll(other) / 8;
}

/* What the first n of them say, n from 1 to 8. */
static inline uint32_t
decimal_joined(uint64_t eight, unsigned n)
{
	uint64_t b = eight << (64 - 8 * n); /* zeros in front */

	b = b * 10 + (b >> 8);
	b = ((b & UINT64_C(0x000000ff000000ff)) * (100 + (UINT64_C(1000000) << 32)) +
		((b >> 16) & UINT64_C(0x000000ff000000ff)) *
		    (1 + (UINT64_C(10000) << 32))) >>
	    32;
	return (uint32_t)b;
}

/*
 * A whole number of one to eight digits without zeros in front, as most in logs
 * are: its length, 0 when it is none. What stands behind it is for the caller to
 * judge, it may be the ninth digit. DECIMAL_SMALL bytes can be read.
 */
#define DECIMAL_SMALL 9

static inline unsigned
decimal_small(const uint8_t *at, uint32_t *out)
{
	uint64_t eight;
	unsigned n = decimal_digits(at, &eight);

	if (n == 0 || ((eight & 0xff) == 0 && n > 1))
		return 0;
	*out = decimal_joined(eight, n);
	return n;
}

/*
 * Seconds with at most ten digits before the point, and none or up to eight after
 * it, as Zeek writes times. Else as decimal_small. DECIMAL_SECONDS bytes can be read.
 */
#define DECIMAL_SECONDS 24

static inline unsigned
decimal_seconds(const uint8_t *at, uint64_t *ns)
{
	static const uint32_t tens[9] = { 0, 100000000, 10000000, 1000000, 100000, 10000,
		1000, 100, 10 };
	uint64_t eight, whole, part = 0;
	unsigned n = decimal_digits(at, &eight), after = 0, more;

	if (n == 0 || ((eight & 0xff) == 0 && n > 1))
		return 0;
	whole = decimal_joined(eight, n);
	if (n == 8) {
		more = decimal_digits(at + 8, &eight);
		if (more > 2)
			return 0;
		for (unsigned i = 0; i < more; i++, eight >>= 8)
			whole = whole * 10 + (eight & 0xff);
		n += more;
	}
	if (at[n] == '.') {
		after = decimal_digits(at + n + 1, &eight);
		if (after == 0)
			return 0;
		part = (uint64_t)decimal_joined(eight, after) * tens[after];
		n += 1 + after;
	}
	*ns = whole * UINT64_C(1000000000) + part;
	return n;
}

/*
 * Length of the number that s begins with, 0 when there is none. Inline for
 * what most numbers in logs are.
 */
static inline size_t
decimal_scan(struct span s, struct decimal *out)
{
	uint32_t small;
	unsigned n;

	if (s.len < DECIMAL_SMALL)
		return decimal_scan_any(s, out);
	n = decimal_small(s.at, &small);
	if (n == 0 || s.at[n] == '.' || (s.at[n] | 0x20) == 'e' || n == 8)
		return decimal_scan_any(s, out);
	*out = (struct decimal){ .digits = small };
	return n;
}

/* The same for any number; what decimal_whole falls back to. */
bool decimal_whole_any(const struct decimal *, uint64_t *out);

/* False when negative, with a fraction, or 10^19 and more. */
static inline bool
decimal_whole(const struct decimal *d, uint64_t *out)
{
	*out = d->digits;
	return (d->exponent == 0 && !d->negative && !d->inexact) ||
	       decimal_whole_any(d, out);
}

/*
 * Seconds to nanoseconds, to the nearest. Exact below 10^10 s, the year 2286;
 * false when negative or past 2^64 ns.
 */
bool decimal_nanos(const struct decimal *, uint64_t *out);

#endif
