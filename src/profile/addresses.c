/* SPDX-License-Identifier: Apache-2.0 */
#include "profile/addresses.h"

static uint64_t
fold(uint64_t a, uint64_t b)
{
	unsigned __int128 m = (unsigned __int128)a * b;

	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

/* Multiply and fold, both factors hidden behind the seed. */
static uint32_t
tag_of(const struct addresses *s, const struct ip *ip)
{
	uint64_t w[2], h;

	memcpy(w, ip, sizeof w);
	h = fold(w[0] ^ s->seed ^ UINT64_C(0x9e3779b97f4a7c15),
	    w[1] ^ ~s->seed ^ UINT64_C(0xbf58476d1ce4e5b9));
	return (uint32_t)(fold(h ^ s->seed, UINT64_C(0x94d049bb133111eb)) >> 32);
}

unsigned
addresses_bits(size_t n)
{
	unsigned bits = ADDRESSES_BITS_MIN;

	while (n > ((size_t)5 << bits) / 8)
		bits++;
	return bits;
}

/* Where an address is, or would go. */
static size_t
place_of(const struct addresses *s, uint32_t tag, const struct ip *ip)
{
	size_t mask = ((size_t)1 << s->bits) - 1;
	size_t i = tag >> (32 - s->bits);

	while (s->slot[i] != 0 &&
	       !(s->slot[i] >> 32 == tag && ip_equal(&s->ip[(uint32_t)s->slot[i] - 1], ip)))
		i = (i + 1) & mask;
	return i;
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
addresses_find(const struct addresses *s, const struct ip *ip)
{
	uint64_t slot = s->slot[place_of(s, tag_of(s, ip), ip)];

	return slot ? (uint32_t)slot - 1 : ADDRESS_NONE;
}

uint32_t
addresses_number(struct addresses *s, const struct ip *ip)
{
	uint32_t tag = tag_of(s, ip);
	size_t place = place_of(s, tag, ip);

	if (s->slot[place] != 0)
		return (uint32_t)s->slot[place] - 1;
	s->slot[place] = (uint64_t)tag << 32 | (s->n + 1);
	s->ip[s->n++] = *ip;
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
		uint32_t tag = tag_of(s, &s->ip[i]);

		put(s, tag, (uint64_t)tag << 32 | (i + 1));
	}
}

static uint32_t
be32(const uint8_t *b)
{
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/*
 * As calls, which hold eleven bytes: first by the last five, then by the first
 * eleven, and as the sort keeps the order of equals they end up sorted by all.
 */
void
addresses_rank(struct addresses *s, struct call *room)
{
	struct call *c = s->sorted;

	for (uint32_t i = 0; i < s->n; i++)
		c[i] = (struct call){
			.host = be32(s->ip[i].b + 11), .peer = s->ip[i].b[15], .contact = i
		};
	calls_sort(c, room, s->n);
	for (uint32_t i = 0; i < s->n; i++) {
		const uint8_t *b = s->ip[c[i].contact].b;

		c[i] = (struct call){ .host = be32(b),
			.peer = be32(b + 4),
			.port = (uint16_t)(b[8] << 8 | b[9]),
			.proto = b[10],
			.contact = c[i].contact };
	}
	calls_sort(c, room, s->n);
	for (uint32_t i = 0; i < s->n; i++) {
		s->by_rank[i] = c[i].contact;
		s->rank[c[i].contact] = i;
	}
}
