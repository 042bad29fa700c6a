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

static inline uint16_t
sum_fold(uint64_t sum)
{
	sum = (sum >> 32) + (sum & 0xffffffff);
	sum = (sum >> 32) + (sum & 0xffffffff);
	sum = (sum >> 16) + (sum & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	return (uint16_t)sum;
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

/*
 * Of at least 8 bytes, in the byte order of the machine. Words of eight bytes are
 * added up and their carries counted, in two sums of which none waits for the other.
 */
static inline uint64_t
sum_bytes(const uint8_t *at, size_t n)
{
	uint64_t a = 0, b = 0, carries = 0, one, two;

	for (; n >= 2 * sizeof one; n -= 2 * sizeof one, at += 2 * sizeof one) {
		memcpy(&one, at, sizeof one);
		memcpy(&two, at + sizeof one, sizeof two);
		carries += __builtin_add_overflow(a, one, &a);
		carries += __builtin_add_overflow(b, two, &b);
	}
	if (n >= sizeof one) {
		memcpy(&one, at, sizeof one);
		carries += __builtin_add_overflow(a, one, &a);
		at += sizeof one;
		n -= sizeof one;
	}
	one = sum_tail(at + n, n);
	return carries + (a & 0xffffffff) + (a >> 32) + (b & 0xffffffff) + (b >> 32) +
	       (one & 0xffffffff) + (one >> 32);
}

/* `in` is all of the transport header and payload; p->proto and addresses are known. */
enum packet_sum transport_sum(const struct packet *p, struct span in);

#endif
