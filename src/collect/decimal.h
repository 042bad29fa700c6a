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
 * Length of the number that s begins with, 0 when there is none. Inline for
 * what most numbers in logs are, whole and of up to seven digits: how many is
 * different each time, so a loop would be guessed wrong by the processor as
 * often as not, and the eight bytes are looked at together instead.
 */
static inline size_t
decimal_scan(struct span s, struct decimal *out)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	const uint64_t high = UINT64_C(0x8080808080808080);
	uint64_t b, other;
	unsigned n;

	if (s.len < sizeof b)
		return decimal_scan_any(s, out);
	memcpy(&b, s.at, sizeof b);
	b ^= UINT64_C(0x3030303030303030); /* a digit becomes its value */
	other = (b | (b + UINT64_C(0x7676767676767676))) & high;
	n = (unsigned)__builtin_ctzll(other | UINT64_C(1) << 63) / 8;
	if (n == 0 || n == 7 || (n > 1 && (b & 0xff) == 0) || s.at[n] == '.' ||
	    (s.at[n] | 0x20) == 'e')
		return decimal_scan_any(s, out);
	b <<= 64 - 8 * n; /* zeros in front */
	b = b * 10 + (b >> 8);
	b = ((b & UINT64_C(0x000000ff000000ff)) * (100 + (UINT64_C(1000000) << 32)) +
		((b >> 16) & UINT64_C(0x000000ff000000ff)) *
		    (1 + (UINT64_C(10000) << 32))) >>
	    32;
	*out = (struct decimal){ .digits = b & UINT32_MAX };
	return n;
#else
	return decimal_scan_any(s, out);
#endif
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
