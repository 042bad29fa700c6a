/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/sum.h"

#include <arpa/inet.h>

#include "record/flow.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define BLOCK 64

/* Words of four bytes, the even ones and the odd ones, in lanes of eight: no carry is lost. */
__attribute__((target("avx2"))) static uint64_t
sum_avx2(const uint8_t *at, size_t blocks)
{
	const __m256i low = _mm256_set1_epi64x(0xffffffff);
	__m256i a = _mm256_setzero_si256(), b = a, c = a, d = a;
	uint64_t lane[4];

	for (const uint8_t *end = at + blocks * BLOCK; at < end; at += BLOCK) {
		__m256i x = _mm256_loadu_si256((const __m256i *)at);
		__m256i y = _mm256_loadu_si256((const __m256i *)(at + BLOCK / 2));

		a = _mm256_add_epi64(a, _mm256_and_si256(x, low));
		b = _mm256_add_epi64(b, _mm256_srli_epi64(x, 32));
		c = _mm256_add_epi64(c, _mm256_and_si256(y, low));
		d = _mm256_add_epi64(d, _mm256_srli_epi64(y, 32));
	}
	a = _mm256_add_epi64(_mm256_add_epi64(a, b), _mm256_add_epi64(c, d));
	_mm256_storeu_si256((__m256i *)lane, a);
	return lane[0] + lane[1] + lane[2] + lane[3];
}

size_t
sum_wide(const uint8_t *at, size_t n, uint64_t *sum)
{
	if (!__builtin_cpu_supports("avx2"))
		return 0;
	*sum = sum_avx2(at, n / BLOCK);
	return n / BLOCK * BLOCK;
}
#else
size_t
sum_wide(const uint8_t *at, size_t n, uint64_t *sum)
{
	(void)at;
	(void)n;
	(void)sum;
	return 0;
}
#endif

/* Where the field stands; 0: the protocol has none that we check. */
static size_t
field_of(uint8_t proto)
{
	switch (proto) {
	case PROTO_TCP:
		return 16;
	case PROTO_UDP:
		return 6;
	case PROTO_ICMP:
	case PROTO_ICMP6:
		return 2;
	default:
		return 0;
	}
}

static inline uint32_t
word_at(const struct ip *ip, unsigned at)
{
	uint32_t word;

	memcpy(&word, ip->b + at, sizeof word);
	return word;
}

/* RFC 9293 section 3.1, RFC 8200 section 8.1; the twelve bytes before IPv4 are no part. */
static inline uint64_t
pseudo_header(const struct packet *p, size_t length)
{
	uint64_t sum = (uint64_t)word_at(&p->src, 12) + word_at(&p->dst, 12) +
		       htons((uint16_t)length) + htons((uint16_t)(length >> 16)) +
		       htons(p->proto);

	if (ip_is_v4(&p->src) && ip_is_v4(&p->dst))
		return sum;
	for (unsigned at = 0; at < 12; at += 4)
		sum += (uint64_t)word_at(&p->src, at) + word_at(&p->dst, at);
	return sum;
}

/* Of less than 8 bytes. */
static uint64_t
sum_few(struct span in)
{
	uint64_t word = 0;

	memcpy(&word, in.at, in.len);
	return (word & 0xffffffff) + (word >> 32);
}

/*
 * A sender whose card computes the sum leaves 0 there, or the sum of the pseudo
 * header, some without its length: what it sent was right in the end.
 */
enum packet_sum
transport_sum(const struct packet *p, struct span in)
{
	size_t field = field_of(p->proto);
	uint64_t pseudo = p->proto == PROTO_ICMP ? 0 : pseudo_header(p, in.len);
	uint16_t stated;

	if (field == 0 || in.len < field + 2)
		return SUM_UNKNOWN;
	memcpy(&stated, in.at + field, sizeof stated);
	if (stated == 0)
		return p->proto == PROTO_UDP ? SUM_UNKNOWN : SUM_LEFT;
	if (sum_is_right(
		sum_add(pseudo, in.len < 8 ? sum_few(in) : sum_bytes(in.at, in.len))))
		return SUM_GOOD;
	if (p->proto != PROTO_ICMP &&
	    (stated == sum_fold(pseudo) || stated == sum_fold(pseudo_header(p, 0))))
		return SUM_LEFT;
	return SUM_BAD;
}
