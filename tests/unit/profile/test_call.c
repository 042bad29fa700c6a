/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls in order, against a sort by comparison that is told the order of the fields.
 */
#include "table.h"

#include <stdlib.h>

#include "profile/call.h"

/* Which bits of a field are drawn: a sort has to cope with few and with many. */
struct draw {
	const char *name;
	uint32_t host, peer;
	uint16_t port;
	uint8_t proto;
	bool families;
	unsigned skew; /* of as many calls all but one have host and peer 0 */
};

static const struct draw DRAWS[] = {
	{ "all the same", 0, 0, 0, 0, false, 0 },
	{ "all fields, all bits", UINT32_MAX, UINT32_MAX, UINT16_MAX, 255, true, 0 },
	{ "two hosts", 1, 0, 0, 0, false, 0 },
	{ "the first bit of the host alone", UINT32_C(1) << 31, 0, 0, 0, false, 0 },
	{ "the families alone", 0, 0, 0, 0, true, 0 },
	{ "the protocol alone", 0, 0, 0, 255, false, 0 },
	{ "the last bit of the protocol alone", 0, 0, 0, 1, false, 0 },
	{ "ports and protocols of one pair", 0, 0, UINT16_MAX, 17, false, 0 },
	{ "the peer on both sides of a word", 0, 0x1f, 0, 0, false, 0 },
	{ "the first bit of the peer and the last of the port", 0, UINT32_C(1) << 31, 1, 0,
	    false, 0 },
	{ "a network of hosts and some servers", 0xfff, 0x00ff0fff, 0x1bb, 23, false, 0 },
	{ "sparse bits", 0x10010010, 0x80000001, 0x8001, 0x81, true, 0 },
	{ "one pair with nearly all", UINT32_MAX, UINT32_MAX, 3, 0, false, 50 },
	{ "one pair with nearly all of every family", 0xff, 0xff, 3, 0, true, 50 },
};

static const uint32_t SIZES[] = { 0, 1, 2, 3, 15, 16, 17, 31, 32, 33, 64, 100, 255, 256,
	300, 1000, 5000, 40000 };

static uint64_t
next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed * UINT64_C(2685821657736338717) >> 8;
}

static struct call
draw_call(const struct draw *d, uint64_t *seed)
{
	struct call c = { .host = (uint32_t)next(seed) & d->host,
		.peer = (uint32_t)next(seed) & d->peer,
		.port = (uint16_t)(next(seed) & d->port),
		.proto = (uint8_t)(next(seed) & d->proto),
		.family = CALL_V4 << 4 | CALL_V4,
		.contact = (uint32_t)next(seed) };

	if (d->families)
		c.family = (uint8_t)((next(seed) % 3) << 4 | next(seed) % 3);
	if (d->skew && next(seed) % d->skew != 0)
		c.host = c.peer = 0;
	return c;
}

struct placed {
	struct call call;
	uint32_t at;
};

static int
three_way(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int
compare(const void *va, const void *vb)
{
	const struct placed *a = va, *b = vb;
	int c = three_way(a->call.family >> 4, b->call.family >> 4);

	c = c ? c : three_way(a->call.host, b->call.host);
	c = c ? c : three_way(a->call.family & 15, b->call.family & 15);
	c = c ? c : three_way(a->call.peer, b->call.peer);
	c = c ? c : three_way(a->call.port, b->call.port);
	c = c ? c : three_way(a->call.proto, b->call.proto);
	return c ? c : three_way(a->at, b->at);
}

static void
same_as_twin(const struct draw *d, uint32_t n, uint64_t *seed)
{
	struct call *c = calloc(n + 1, sizeof *c), *other = calloc(n + 1, sizeof *c);
	struct placed *twin = calloc(n + 1, sizeof *twin);
	struct call after;

	assert_true(c && other && twin);
	for (uint32_t i = 0; i < n; i++) {
		c[i] = draw_call(d, seed);
		twin[i] = (struct placed){ c[i], i };
	}
	c[n] = other[n] = after = draw_call(&DRAWS[1], seed);
	qsort(twin, n, sizeof *twin, compare);
	calls_sort(c, other, n);
	for (uint32_t i = 0; i < n; i++)
		assert_memory_equal(&c[i], &twin[i].call, sizeof *c);
	assert_memory_equal(&c[n], &after, sizeof after);
	assert_memory_equal(&other[n], &after, sizeof after);
	free(c);
	free(other);
	free(twin);
}

static void
in_order_and_those_of_a_pair_as_they_came(void **state)
{
	uint64_t seed = 20231;

	(void)state;
	for (size_t i = 0; i < COUNT(DRAWS); i++) {
		ROW(i, DRAWS[i].name);
		for (size_t k = 0; k < COUNT(SIZES); k++)
			same_as_twin(&DRAWS[i], SIZES[k], &seed);
	}
}

/* Each round takes one call from the others: as deep as it goes. */
static void
a_bit_at_a_time(void **state)
{
	enum { ROUNDS = 88, EACH = 40 };
	static struct call c[ROUNDS * EACH], other[ROUNDS * EACH];
	uint32_t n = 0;

	(void)state;
	for (uint32_t bit = ROUNDS; bit-- > 0;)
		for (uint32_t i = 0; i < EACH; i++) {
			struct call one = { .contact = n };

			if (bit < 8)
				one.proto = (uint8_t)(1U << bit);
			else if (bit < 24)
				one.port = (uint16_t)(1U << (bit - 8));
			else if (bit < 56)
				one.peer = UINT32_C(1) << (bit - 24);
			else
				one.host = UINT32_C(1) << (bit - 56);
			c[n++] = one;
		}
	calls_sort(c, other, n);
	for (uint32_t i = 0; i < n; i++)
		assert_int_equal(c[i].contact, n - (i / EACH + 1) * EACH + i % EACH);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_order_and_those_of_a_pair_as_they_came),
		cmocka_unit_test(a_bit_at_a_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
