/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/binomial.h"

#include <assert.h>

#include "base/error.h"
#include "detect/tables.h"

__extension__ typedef __int128 wide;
__extension__ typedef unsigned __int128 uwide;

static_assert(BINOMIAL_MAX == TABLE_COUNT_MAX, "the table of factorials has another end");

#define LOG10_2_Q64      UINT64_C(5553023288523357132)  /* log10(2) * 2^64 */
#define TWO_PER_LN10_Q64 UINT64_C(16022638320587141525) /* 2 / ln(10) * 2^64 */

/* What the sums below may be off by; added so that a tail is never too small. */
#define SLACK_Q47 256

/*
 * x = 2^e * m with 1 <= m < 2, and c the middle of the 128th part of [1, 2)
 * that m lies in. Then log10 x = e log10 2 + log10 c + log10(m/c), and with
 * r = (m - c)/(m + c), |r| < 2^-9,
 *
 *	log10(m/c) = 2/ln 10 * (r + r^3/3 + r^5/5 + r^7/7 + less than 2^-82).
 */
int64_t
log10_q58(uint64_t x)
{
	CHECK(x > 0);
	unsigned e = 63 - (unsigned)__builtin_clzll(x);
	uint64_t m = x << (63 - e);
	unsigned cell = (unsigned)(m >> 56) & (TABLE_CELLS - 1);
	uint64_t c = UINT64_C(1) << 63 | (uint64_t)(2 * cell + 1) << 55;
	uint64_t d = m > c ? m - c : c - m;
	/* Powers of r with 72 fractional bits. */
	uint64_t r = (uint64_t)(((uwide)d << 71) / ((m >> 1) + (c >> 1)));
	uint64_t square = (uint64_t)((uwide)r * r >> 64); /* 80 bits */
	uint64_t r3 = (uint64_t)((uwide)r * square >> 80);
	uint64_t r5 = (uint64_t)((uwide)r3 * square >> 80);
	uint64_t r7 = (uint64_t)((uwide)r5 * square >> 80);
	uint64_t sum = r + r3 / 3 + r5 / 5 + r7 / 7;
	int64_t fine = (int64_t)((uwide)sum * TWO_PER_LN10_Q64 >> (64 + 72 - 58));
	int64_t octaves = (int64_t)((uwide)e * LOG10_2_Q64 >> 6);

	return octaves + table_log10_cell[cell] + (m > c ? fine : -fine);
}

int64_t
ud_above(int64_t q47)
{
	wide ud = (wide)q47 * 1000000;

	return (int64_t)((ud + (((wide)1 << 47) - 1)) >> 47);
}

/* The least x with ceil(x * 10^6 / 2^47) >= ud is one above floor((ud - 1) * 2^47 / 10^6). */
int64_t
q47_below(int64_t ud)
{
	wide at = (wide)(ud - 1) * ((int64_t)1 << 47);
	int64_t whole = (int64_t)(at / 1000000);

	return whole - (at % 1000000 < 0) + 1;
}

struct chance
chance_of(uint32_t ppb)
{
	CHECK(ppb > 0 && ppb < PPB);
	int64_t one = log10_q58(PPB);

	return (struct chance){
		.ppb = ppb,
		.yes_q58 = log10_q58(ppb) - one,
		.no_q58 = log10_q58(PPB - ppb) - one,
	};
}

int64_t
binomial_term_q47(uint32_t n, uint32_t k, const struct chance *p)
{
	int64_t ways = table_log10_factorial[n] - table_log10_factorial[k] -
		       table_log10_factorial[n - k];
	wide powers = (wide)k * p->yes_q58 + (wide)(n - k) * p->no_q58;

	return ways + (int64_t)(powers >> 11);
}

/*
 * The tail is its first term times 1 + r_k + r_k r_{k+1} + ..., with
 * r_i = (n-i)/(i+1) * p/(1-p) < 1 falling because k/n > p. The sum is below
 * n + 1 < 2^14, so 48 fractional bits fit; each product is rounded up, and
 * once it is no more than one unit the rest of them are no more either.
 */
int64_t
binomial_tail_q47(uint32_t n, uint32_t k, const struct chance *p)
{
	CHECK(n <= BINOMIAL_MAX && k <= n);
	if (k * PPB <= (uint64_t)n * p->ppb)
		return 0;
	uint64_t no = PPB - p->ppb;
	uint64_t term = UINT64_C(1) << 48, sum = term;

	for (uint32_t i = k; i < n; i++) {
		/* (n-i) p and (i+1) (1-p) are below 2^44, the term at most 2^48. */
		uint64_t down = (i + 1) * no;
		uwide up = (uwide)term * ((n - i) * (uint64_t)p->ppb);

		term = (uint64_t)((up + down - 1) / down);
		sum += term;
		if (term <= 1) {
			sum += n - i;
			break;
		}
	}
	int64_t log = binomial_term_q47(n, k, p) + SLACK_Q47 +
		      ((log10_q58(sum) - (int64_t)((uwide)48 * LOG10_2_Q64 >> 6)) >> 11);

	return log < 0 ? log : 0;
}

int64_t
binomial_tail_ud(uint32_t n, uint32_t k, uint32_t ppb)
{
	struct chance p = chance_of(ppb);

	return ud_above(binomial_tail_q47(n, k, &p));
}

int64_t
binomial_llr_q47(uint32_t n, uint32_t k, const struct chance *p)
{
	CHECK(n <= BINOMIAL_MAX && k <= n);
	if (k * PPB <= (uint64_t)n * p->ppb)
		return 0;
	wide sum = -(wide)n * log10_q58(n) + (wide)k * (log10_q58(k) - p->yes_q58);

	if (n > k)
		sum += (wide)(n - k) * (log10_q58(n - k) - p->no_q58);
	int64_t llr = (int64_t)(sum >> 11) - SLACK_Q47;

	return llr > 0 ? llr : 0;
}
