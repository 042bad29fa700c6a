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

/* In the byte order of the machine; halves of 32 bits, so that carries stay inside. */
static inline uint64_t
sum_bytes(const uint8_t *at, size_t n)
{
	uint64_t low = 0, high = 0, word;

	for (; n >= sizeof word; n -= sizeof word, at += sizeof word) {
		memcpy(&word, at, sizeof word);
		low += word & 0xffffffff;
		high += word >> 32;
	}
	word = 0;
	if (n > 0)
		memcpy(&word, at, n);
	return low + (word & 0xffffffff) + high + (word >> 32);
}

/* `in` is all of the transport header and payload; p->proto and addresses are known. */
enum packet_sum transport_sum(const struct packet *p, struct span in);

#endif
