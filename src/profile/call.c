/* SPDX-License-Identifier: Apache-2.0 */
#include "profile/call.h"

/* Parts up to here are sorted by insertion. */
#define FEW 16

/* More values at once than this are more pages than the processor knows by heart. */
#define DIGIT_MOST 8
#define VALUES     (1 << DIGIT_MOST)

/* Of the 128 bits of a call those below its key: its contact, and what is free. */
#define REST_BITS 36
#define KEY_BITS  (128 - REST_BITS)

static_assert(CALL_ABOVE < 4, "a family has two bits of the key");

/*
 * A call, or the same as two words, the first of which decides most: family of the host,
 * host, family of the peer, peer, port, protocol; and the contact, which decides nothing.
 */
union item {
	struct call call;
	uint64_t w[2];
};

static inline union item
packed(struct call c)
{
	return (
	    union item){ .w = { (uint64_t)(c.family >> 4) << 62 | (uint64_t)c.host << 30 |
				    (uint64_t)(c.family & 3) << 28 | c.peer >> 4,
			     (uint64_t)c.peer << 60 | (uint64_t)c.port << 44 |
				 (uint64_t)c.proto << 36 | c.contact } };
}

static inline union item
unpacked(union item i)
{
	return (
	    union item){ .call = { .host = (uint32_t)(i.w[0] >> 30),
			     .peer = (uint32_t)(i.w[0] << 4 | i.w[1] >> 60),
			     .port = (uint16_t)(i.w[1] >> 44),
			     .proto = (uint8_t)(i.w[1] >> 36),
			     .family = (uint8_t)(i.w[0] >> 62 << 4 | (i.w[0] >> 28 & 3)),
			     .contact = (uint32_t)i.w[1] } };
}

static inline bool
before(union item a, union item b)
{
	return a.w[0] != b.w[0] ? a.w[0] < b.w[0]
				: a.w[1] >> REST_BITS < b.w[1] >> REST_BITS;
}

/* Puts few in order and, as calls again, where they belong. */
static inline void
finish(union item *at, union item *home, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		union item in = at[i];
		size_t k = i;

		for (; k > 0 && before(in, at[k - 1]); k--)
			at[k] = at[k - 1];
		at[k] = in;
	}
	for (size_t i = 0; i < n; i++)
		home[i] = unpacked(at[i]);
}

/* The bits in which some differ from the first, and others below the key. */
static union item
differ_of(const union item *at, uint32_t n)
{
	union item first = at[0], differ = { .w = { 0, 0 } };

	for (size_t i = 1; i < n; i++) {
		differ.w[0] |= at[i].w[0] ^ first.w[0];
		differ.w[1] |= at[i].w[1] ^ first.w[1];
	}
	return differ;
}

struct digit {
	unsigned word, shift, bits;
};

static inline unsigned
value(union item i, struct digit d)
{
	return (unsigned)(i.w[d.word] >> d.shift) & ((1U << d.bits) - 1);
}

/* From the first bit that differs; of a few calls fewer, so that counts are not the work. */
static struct digit
digit_of(union item differ, uint32_t n)
{
	uint64_t key[2] = { differ.w[0], differ.w[1] >> REST_BITS };
	struct digit d = { .word = key[0] == 0 };
	unsigned end;

	if (key[d.word] == 0)
		return d;
	while (d.bits < DIGIT_MOST && n >> (d.bits + 2) != 0)
		d.bits++;
	end = 64 - (unsigned)__builtin_clzll(key[d.word]);
	d.shift = end > d.bits ? end - d.bits : 0;
	if (d.word == 1)
		d.shift += REST_BITS;
	return d;
}

struct part {
	uint32_t from, n;
	bool elsewhere; /* it lies in the other array */
};

/* A part is split by bits that it has not been split by: so many may be open at once. */
struct sorter {
	union item *in[2];
	struct part todo[(KEY_BITS + DIGIT_MOST - 1) / DIGIT_MOST * VALUES];
	uint32_t n;
};

/* Moves a part to the other array, split by a digit; what is more than a few is left to do. */
static void
split(struct sorter *s, struct part p, union item differ)
{
	union item *from = s->in[p.elsewhere] + p.from, *to = s->in[!p.elsewhere] + p.from,
		   *home = s->in[0] + p.from;
	struct digit d = digit_of(differ, p.n);
	uint32_t count[VALUES], at = 0;

	if (d.bits == 0) { /* all the same */
		finish(from, home, p.n);
		return;
	}
	memset(count, 0, sizeof *count << d.bits);
	for (uint32_t i = 0; i < p.n; i++)
		count[value(from[i], d)]++;
	for (unsigned v = 0; v < 1U << d.bits; v++) {
		uint32_t here = count[v];

		count[v] = at;
		at += here;
	}
	for (uint32_t i = 0; i < p.n; i++)
		to[count[value(from[i], d)]++] = from[i];
	at = 0;
	for (unsigned v = 0; v < 1U << d.bits; v++) {
		uint32_t n = count[v] - at;

		if (n > FEW)
			s->todo[s->n++] = (struct part){ p.from + at, n, !p.elsewhere };
		else
			finish(to + at, home + at, n);
		at = count[v];
	}
}

void
calls_sort(struct call *c, struct call *other, size_t n)
{
	struct sorter s; /* large, and what is to be done is written before it is read */
	union item first, differ = { .w = { 0, 0 } };

	if (n < 2)
		return;
	s.in[0] = (union item *)c;
	s.in[1] = (union item *)other;
	s.n = 0;
	first = packed(c[0]);
	for (size_t i = 0; i < n; i++) {
		union item one = packed(c[i]);

		differ.w[0] |= one.w[0] ^ first.w[0];
		differ.w[1] |= one.w[1] ^ first.w[1];
		s.in[0][i] = one;
	}
	split(&s, (struct part){ 0, (uint32_t)n, false }, differ);
	while (s.n > 0) {
		struct part p = s.todo[--s.n];

		split(&s, p, differ_of(s.in[p.elsewhere] + p.from, p.n));
	}
}
