/* SPDX-License-Identifier: Apache-2.0 */
#include "profile/call.h"

#define VALUES 256
#define DIGITS 13

/* Parts up to here are sorted within the cache: two of them are 256 KiB. */
#define PART_MAX 8192

/* Parts up to here are sorted by insertion. */
#define FEW 24

/* One byte of a call, or the part of it that `mask` leaves. */
struct digit {
	uint8_t offset, mask;
};

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define BYTE(field, i) (offsetof(struct call, field) + (i))
#else
#define BYTE(field, i) \
	(offsetof(struct call, field) + sizeof(((struct call *)0)->field) - 1 - (i))
#endif
#define WORD(field)                                                                   \
	{ BYTE(field, 3), 0xff }, { BYTE(field, 2), 0xff }, { BYTE(field, 1), 0xff }, \
	{                                                                             \
		BYTE(field, 0), 0xff                                                  \
	}

/* The first decides most. */
static const struct digit ORDER[DIGITS] = {
	{ offsetof(struct call, family), 0xf0 },
	WORD(host),
	{ offsetof(struct call, family), 0x0f },
	WORD(peer),
	{ BYTE(port, 1), 0xff },
	{ BYTE(port, 0), 0xff },
	{ offsetof(struct call, proto), 0xff },
};

/* The digits that differ anywhere. */
struct digits {
	struct digit d[DIGITS];
	unsigned n;
};

static inline unsigned
value(const struct call *c, struct digit d)
{
	return ((const uint8_t *)c)[d.offset] & d.mask;
}

static struct digits
digits_of(const struct call *c, size_t n)
{
	uint64_t first[2], differ[2] = { 0, 0 };
	struct digits out = { .n = 0 };

	memcpy(first, c, sizeof first);
	for (size_t i = 0; i < n; i++) {
		uint64_t w[2];

		memcpy(w, &c[i], sizeof w);
		differ[0] |= w[0] ^ first[0];
		differ[1] |= w[1] ^ first[1];
	}
	for (unsigned i = 0; i < DIGITS; i++)
		if (((const uint8_t *)differ)[ORDER[i].offset] & ORDER[i].mask)
			out.d[out.n++] = ORDER[i];
	return out;
}

static bool
before(const struct call *a, const struct call *b)
{
	if ((a->family ^ b->family) >= 16)
		return a->family < b->family;
	if (a->host != b->host)
		return a->host < b->host;
	if (a->family != b->family)
		return a->family < b->family;
	if (a->peer != b->peer)
		return a->peer < b->peer;
	if (a->port != b->port)
		return a->port < b->port;
	return a->proto < b->proto;
}

static void
insert(struct call *c, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct call in = c[i];
		size_t k = i;

		for (; k > 0 && before(&in, &c[k - 1]); k--)
			c[k] = c[k - 1];
		c[k] = in;
	}
}

/* Counts become places. False: all have the same value, and nothing is to be moved. */
static bool
places(uint32_t *count, size_t n)
{
	uint32_t at = 0;

	for (int v = 0; v < VALUES; v++) {
		uint32_t here = count[v];

		if (here == n)
			return false;
		count[v] = at;
		at += here;
	}
	return true;
}

/* By the digits from `first` on, the last one first. Returns where the result is. */
static struct call *
sort_part(
    struct call *c, struct call *other, size_t n, const struct digits *ds, unsigned first)
{
	uint32_t count[DIGITS][VALUES];
	struct call *from = c, *to = other;

	memset(count + first, 0, (ds->n - first) * sizeof *count);
	for (size_t i = 0; i < n; i++)
		for (unsigned d = first; d < ds->n; d++)
			count[d][value(&c[i], ds->d[d])]++;
	for (unsigned d = ds->n; d-- > first;) {
		struct call *swap = from;

		if (!places(count[d], n))
			continue;
		for (size_t i = 0; i < n; i++)
			to[count[d][value(&from[i], ds->d[d])]++] = from[i];
		from = to;
		to = swap;
	}
	return from;
}

/* A part that is equal in all digits before `digit`. */
struct part {
	uint32_t from, n;
	uint8_t digit;
	bool elsewhere; /* it lies in the other array */
};

struct sorter {
	struct call *in[2];
	struct digits digits;
	struct part todo[DIGITS * VALUES]; /* at most one more split open for each digit */
	size_t n;
};

/* Moves a part to the other array, split by its digit; the parts are yet to be done. */
static void
split(struct sorter *s, struct part p)
{
	uint32_t count[VALUES] = { 0 };
	struct call *from = s->in[p.elsewhere] + p.from, *to = s->in[!p.elsewhere] + p.from;
	struct digit d = s->digits.d[p.digit];
	uint32_t begin = 0;

	for (uint32_t i = 0; i < p.n; i++)
		count[value(&from[i], d)]++;
	p.digit++;
	if (!places(count, p.n)) {
		s->todo[s->n++] = p;
		return;
	}
	for (uint32_t i = 0; i < p.n; i++)
		to[count[value(&from[i], d)]++] = from[i];
	for (int v = 0; v < VALUES; v++) {
		if (count[v] > begin)
			s->todo[s->n++] = (struct part){ p.from + begin, count[v] - begin,
				p.digit, !p.elsewhere };
		begin = count[v];
	}
}

void
calls_sort(struct call *c, struct call *other, size_t n)
{
	struct sorter s = { .in = { c, other }, .n = 0 };

	if (n < 2)
		return;
	s.digits = digits_of(c, n);
	s.todo[s.n++] = (struct part){ 0, (uint32_t)n, 0, false };
	while (s.n > 0) {
		struct part p = s.todo[--s.n];
		struct call *at = s.in[p.elsewhere] + p.from;

		if (p.n > PART_MAX && p.digit < s.digits.n) {
			split(&s, p);
			continue;
		}
		if (p.n <= FEW)
			insert(at, p.n);
		else if (p.digit < s.digits.n)
			at = sort_part(
			    at, s.in[!p.elsewhere] + p.from, p.n, &s.digits, p.digit);
		if (at != c + p.from)
			memcpy(c + p.from, at, p.n * sizeof *c);
	}
}
