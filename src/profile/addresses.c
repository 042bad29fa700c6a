/* SPDX-License-Identifier: Apache-2.0 */
#include "profile/addresses.h"

unsigned
addresses_bits(size_t n)
{
	unsigned bits = ADDRESSES_BITS_MIN;

	while (n > ((size_t)5 << bits) / 8)
		bits++;
	return bits;
}

static void
put(struct addresses *s, uint32_t tag, uint64_t slot)
{
	size_t mask = ((size_t)1 << s->bits) - 1;
	size_t i = tag >> (32 - s->bits);

	while (s->slot[i] != 0)
		i = (i + 1) & mask;
	s->slot[i] = slot;
}

static void
grow(struct addresses *s)
{
	size_t n = (size_t)1 << s->bits;
	uint64_t *from = s->slot;

	s->slot = s->spare;
	s->spare = from;
	s->bits++;
	memset(s->slot, 0, sizeof *s->slot << s->bits);
	for (size_t i = 0; i < n; i++)
		if (from[i] != 0)
			put(s, (uint32_t)(from[i] >> 32), from[i]);
}

uint32_t
addresses_add(struct addresses *s, uint32_t tag, const struct ip *ip)
{
	s->ip[s->n++] = *ip;
	put(s, tag, (uint64_t)tag << 32 | s->n);
	if (addresses_bits(s->n) != s->bits)
		grow(s);
	return s->n - 1;
}

void
addresses_rebuild(struct addresses *s, uint32_t n)
{
	s->n = n;
	s->bits = addresses_bits(n);
	memset(s->slot, 0, sizeof *s->slot << s->bits);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t tag = addresses_tag(s, &s->ip[i]);

		put(s, tag, (uint64_t)tag << 32 | (i + 1));
	}
}

/*
 * As calls, which hold eleven bytes: first by the last five, then by the first
 * eleven, and as the sort keeps the order of equals they end up sorted by all.
 */
void
addresses_rank(struct addresses *s, struct call *room)
{
	struct call *c = s->sorted;
	struct ip *moved = (struct ip *)s->sorted;

	static_assert(sizeof *c == sizeof *moved, "calls make room for addresses");
	for (uint32_t i = 0; i < s->n; i++)
		c[i] = (struct call){ .host = call_word(s->ip[i].b + 11),
			.peer = s->ip[i].b[15],
			.contact = i };
	calls_sort(c, room, s->n);
	for (uint32_t i = 0; i < s->n; i++) {
		const uint8_t *b = s->ip[c[i].contact].b;

		c[i] = (struct call){ .host = call_word(b),
			.peer = call_word(b + 4),
			.port = (uint16_t)(b[8] << 8 | b[9]),
			.proto = b[10],
			.contact = c[i].contact };
	}
	calls_sort(c, room, s->n);
	for (uint32_t i = 0; i < s->n; i++) {
		s->by_rank[i] = c[i].contact;
		s->rank[c[i].contact] = i;
	}
	for (uint32_t i = 0; i < s->n; i++)
		moved[i] = s->ip[s->by_rank[i]];
	memcpy(s->ip, moved, s->n * sizeof *moved);
}
