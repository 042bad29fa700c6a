/* SPDX-License-Identifier: Apache-2.0 */
#include "profile/pair.h"

#include <stdbool.h>
#include <string.h>

#include "base/error.h"

#define HOUR_NS UINT64_C(3600000000000)
#define MS_NS   UINT64_C(1000000)

/* Bits of the first edge, 2^30 <= 2e9 < 2^31: it anchors the octave of a gap. */
#define FIRST_BITS 31

/* EDGE[i] = ceil(2e9 * 2^(i/4)). */
/* clang-format off */
static const uint64_t EDGE[PAIR_BINS + 1] = {
	2000000000, 2378414231, 2828427125, 3363585662,
	4000000000, 4756828461, 5656854250, 6727171323,
	8000000000, 9513656921, 11313708499, 13454342645,
	16000000000, 19027313841, 22627416998, 26908685289,
	32000000000, 38054627681, 45254833996, 53817370577,
	64000000000, 76109255361, 90509667992, 107634741153,
	128000000000, 152218510721, 181019335984, 215269482305,
	256000000000, 304437021441, 362038671968, 430538964610,
	512000000000, 608874042882, 724077343936, 861077929220,
	1024000000000, 1217748085763, 1448154687871, 1722155858440,
	2048000000000, 2435496171526, 2896309375741, 3444311716880,
	4096000000000, 4870992343052, 5792618751481, 6888623433759,
	8192000000000, 9741984686103, 11585237502961, 13777246867517,
	16384000000000, 19483969372205, 23170475005921, 27554493735034,
	32768000000000, 38967938744410, 46340950011842, 55108987470068,
	65536000000000, 77935877488819, 92681900023684, 110217974940135,
	131072000000000,
};
/* clang-format on */

uint64_t
pair_bin_low(int bin)
{
	CHECK(bin >= 0 && bin <= PAIR_BINS);
	return EDGE[bin];
}

int
pair_bin(uint64_t gap_ns)
{
	unsigned k, base;

	if (gap_ns < PAIR_BIN_FIRST_NS)
		return -1;
	if (gap_ns >= EDGE[PAIR_BINS - 1])
		return PAIR_BINS - 1;
	/*
	 * A gap of 31 + k bits is at least 2^(30+k) > EDGE[4k-4] and less than
	 * 2^(31+k) < EDGE[4k+1], so four comparisons, without a branch, settle it.
	 */
	k = 64 - FIRST_BITS - (unsigned)__builtin_clzll(gap_ns);
	if (k == 0)
		return 0;
	base = 4 * k - 4;
	return (int)(base + (gap_ns >= EDGE[base + 1]) + (gap_ns >= EDGE[base + 2]) +
		     (gap_ns >= EDGE[base + 3]) + (gap_ns >= EDGE[base + 4]));
}

static void
halve_gaps(struct pair *p)
{
	for (int i = 0; i < PAIR_BINS; i++)
		p->gap[i] = p->gap[i] >> 1;
}

static void
count_gap(struct pair *p, uint64_t from_ns, uint64_t to_ns)
{
	int bin = pair_bin(to_ns > from_ns ? to_ns - from_ns : 0);

	if (bin < 0)
		return;
	if (p->gaps != UINT32_MAX)
		p->gaps++;
	if (p->gap[bin] == UINT8_MAX)
		halve_gaps(p);
	p->gap[bin]++;
}

static void
swap_sizes(struct pair *p)
{
	uint32_t size = p->size[0];
	uint16_t n = p->size_n[0];

	p->size[0] = p->size[1];
	p->size_n[0] = p->size_n[1];
	p->size[1] = size;
	p->size_n[1] = n;
}

static void
bump_size(struct pair *p, int slot)
{
	if (p->size_n[slot] == UINT16_MAX) {
		p->size_n[0] >>= 1;
		p->size_n[1] >>= 1;
		if (p->size_n[1] == 0)
			p->size[1] = 0;
	}
	p->size_n[slot]++;
	if (p->size_n[1] > p->size_n[0])
		swap_sizes(p);
}

/*
 * Misra-Gries: a size that is neither of the two costs both a count. Any size
 * with more than a third of the contacts is certain to be held.
 */
static void
count_size(struct pair *p, uint32_t size)
{
	for (int i = 0; i < 2; i++)
		if (p->size_n[i] > 0 && p->size[i] == size) {
			bump_size(p, i);
			return;
		}
	for (int i = 0; i < 2; i++)
		if (p->size_n[i] == 0) {
			p->size[i] = size;
			bump_size(p, i);
			return;
		}
	for (int i = 0; i < 2; i++)
		if (--p->size_n[i] == 0)
			p->size[i] = 0;
}

static uint32_t
add_saturating(uint32_t a, uint32_t b)
{
	return a > UINT32_MAX - b ? UINT32_MAX : a + b;
}

static uint32_t
length_ms(const struct contact *c)
{
	uint64_t ms = c->last_ns > c->start_ns ? (c->last_ns - c->start_ns) / MS_NS : 0;

	return ms > UINT32_MAX ? UINT32_MAX : (uint32_t)ms;
}

static inline void
see(struct pair *p, const struct contact *c)
{
	uint32_t ms = length_ms(c);

	p->up += c->up;
	p->down += c->down;
	if (ms > p->longest_ms)
		p->longest_ms = ms;
	if ((c->flags & CONTACT_CONTINUES) && p->contacts > 0)
		return;

	if (p->contacts == 0)
		p->first_ns = c->start_ns;
	else if (!(c->service & CONTACT_RESUMES))
		count_gap(p, p->last_ns, c->start_ns);
	p->last_ns = c->start_ns;
	p->contacts = add_saturating(p->contacts, 1);
	if (c->flags & CONTACT_FAILED)
		p->failed = add_saturating(p->failed, 1);
	p->hours |= UINT32_C(1) << (c->start_ns / HOUR_NS % 24);
	if (c->up > 0)
		count_size(p, c->up);
}

void
pair_see(struct pair *p, const struct contact *c)
{
	see(p, c);
}

void
pair_see_all(struct pair *p, const struct contact *c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		see(p, &c[i]);
}

/* One size of several candidates while two sketches are merged. */
struct tally {
	uint32_t size, n;
};

/* More first; of equally many the smaller size, so that the order of input is no matter. */
static bool
before(const struct tally *a, const struct tally *b)
{
	return a->n != b->n ? a->n > b->n : a->size < b->size;
}

/* The counts of both, then the third largest taken from all: at most two stay. */
static void
merge_sizes(struct pair *a, const struct pair *b)
{
	struct tally t[4] = { 0 };
	unsigned n = 0;

	for (int i = 0; i < 4; i++) {
		const struct pair *p = i < 2 ? a : b;
		struct tally in = { p->size[i % 2], p->size_n[i % 2] };
		unsigned k = 0;

		while (k < n && t[k].size != in.size)
			k++;
		if (in.n == 0)
			continue;
		t[k].size = in.size;
		t[k].n += in.n;
		n += k == n;
	}
	for (unsigned i = 1; i < n; i++)
		for (unsigned k = i; k > 0 && before(&t[k], &t[k - 1]); k--) {
			struct tally swap = t[k];

			t[k] = t[k - 1];
			t[k - 1] = swap;
		}
	for (int i = 0; i < 2; i++)
		t[i].n -= t[2].n;
	while (t[0].n > UINT16_MAX) {
		t[0].n >>= 1;
		t[1].n >>= 1;
	}
	for (int i = 0; i < 2; i++) {
		a->size[i] = t[i].n ? t[i].size : 0;
		a->size_n[i] = (uint16_t)t[i].n;
	}
}

static void
merge_gaps(struct pair *a, const struct pair *b)
{
	uint16_t sum[PAIR_BINS];
	int between = pair_bin(b->first_ns > a->last_ns ? b->first_ns - a->last_ns : 0);
	uint16_t most = 0;
	unsigned shift;

	for (int i = 0; i < PAIR_BINS; i++)
		sum[i] = (uint16_t)(a->gap[i] + b->gap[i]);
	a->gaps = add_saturating(a->gaps, b->gaps);
	if (between >= 0) {
		sum[between]++;
		a->gaps = add_saturating(a->gaps, 1);
	}
	for (int i = 0; i < PAIR_BINS; i++)
		most = sum[i] > most ? sum[i] : most;
	shift = most > UINT8_MAX; /* 255 + 255 + 1 is halved to fit at once */
	for (int i = 0; i < PAIR_BINS; i++)
		a->gap[i] = (uint8_t)(sum[i] >> shift);
}

void
pair_merge(struct pair *a, const struct pair *b)
{
	if (b->contacts == 0)
		return;
	if (a->contacts == 0) {
		*a = *b;
		return;
	}
	merge_gaps(a, b);
	merge_sizes(a, b);
	if (b->first_ns < a->first_ns)
		a->first_ns = b->first_ns;
	if (b->last_ns > a->last_ns)
		a->last_ns = b->last_ns;
	a->up += b->up;
	a->down += b->down;
	a->contacts = add_saturating(a->contacts, b->contacts);
	a->failed = add_saturating(a->failed, b->failed);
	a->hours |= b->hours;
	if (b->longest_ms > a->longest_ms)
		a->longest_ms = b->longest_ms;
}
