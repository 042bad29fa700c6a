/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sum.h - the Internet checksum (RFC 1071). Inside decode/ only.
 *
 * It reads every byte of a frame, of which all else reads only the headers, so
 * it is added up in words of eight bytes; the reader has fetched them.
 */
#ifndef DECODE_SUM_H
#define DECODE_SUM_H

#include "decode/steps.h"

/*
 * Sums are kept in 64 bits, of which a carry comes in again below: as 2^64 - 1 is a
 * multiple of 2^16 - 1, they are the sum of the words of two bytes, folded or not.
 */
static inline uint64_t
sum_add(uint64_t a, uint64_t b)
{
	uint64_t carry = __builtin_add_overflow(a, b, &a);

	return a + carry;
}

static inline uint16_t
sum_fold(uint64_t sum)
{
	sum = (sum >> 32) + (sum & 0xffffffff);
	sum = (sum >> 32) + (sum & 0xffffffff);
	sum = (sum >> 16) + (sum & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	return (uint16_t)sum;
}

/*
 * Do the words add up to all ones? Not to be asked of nothing but zeros. A remainder by
 * 65,535 would say the same, by a division that takes longer than adding up most packets.
 */
static inline bool
sum_is_right(uint64_t sum)
{
	return sum_fold(sum) == 0xffff;
}

/* The last n < 8 of at least 8 bytes that end at `end`, with zeros behind them. */
static inline uint64_t
sum_tail(const uint8_t *end, size_t n)
{
	uint64_t word = 0;

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	memcpy(&word, end - sizeof word, sizeof word);
	return word >> 8 * (7 - n) >>
	       8; /* no branch: how many are left cannot be foretold */
#else
	memcpy(&word, end - n, n);
	return word;
#endif
}

#define SUM_LONG 128

/* Adds up the first of n bytes by the machine's wide words; how many: 0 where it has none. */
size_t sum_wide(const uint8_t *at, size_t n, uint64_t *sum);

/*
 * Of at least 8 bytes, in the byte order of the machine; in two sums, of which none
 * waits for the other.
 */
static inline uint64_t
sum_bytes(const uint8_t *at, size_t n)
{
	uint64_t a = 0, b = 0, one, two;

	if (n >= SUM_LONG) {
		size_t done = sum_wide(at, n, &a);

		at += done;
		n -= done;
	}
	for (; n >= 2 * sizeof one; n -= 2 * sizeof one, at += 2 * sizeof one) {
		memcpy(&one, at, sizeof one);
		memcpy(&two, at + sizeof one, sizeof two);
		a = sum_add(a, one);
		b = sum_add(b, two);
	}
	if (n >= sizeof one) {
		memcpy(&one, at, sizeof one);
		a = sum_add(a, one);
		at += sizeof one;
		n -= sizeof one;
	}
	return sum_add(sum_add(a, b), sum_tail(at + n, n));
}

/* `in` is all of the transport header and payload; p->proto and addresses are known. */
enum packet_sum transport_sum(const struct packet *p, struct span in);

#endif
