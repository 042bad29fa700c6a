/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <stdlib.h>

#include "profile/addresses.h"

#define MOST 20000

static uint64_t
next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed * UINT64_C(2685821657736338717);
}

static struct addresses
room_for_most(void)
{
	size_t slots = (size_t)1 << addresses_bits(MOST);
	struct addresses a = { .bits = addresses_bits(0), .seed = 4711 };

	a.ip = calloc(MOST, sizeof *a.ip);
	a.slot = calloc(slots, sizeof *a.slot);
	a.spare = calloc(slots, sizeof *a.spare);
	a.rank = calloc(MOST, sizeof *a.rank);
	a.by_rank = calloc(MOST, sizeof *a.by_rank);
	a.sorted = calloc(MOST, sizeof *a.sorted);
	assert_true(a.ip && a.slot && a.spare && a.rank && a.by_rank && a.sorted);
	return a;
}

static void
release(struct addresses *a)
{
	free(a->ip);
	free(a->slot);
	free(a->spare);
	free(a->rank);
	free(a->by_rank);
	free(a->sorted);
}

static struct ip
draw(uint64_t *seed)
{
	struct ip ip = { { 0x20, 0x01, 0x0d, 0xb8 } };

	for (int i = 0; i < 3; i++)
		ip.b[next(seed) % 16] ^= (uint8_t)(1u << next(seed) % 8);
	return ip;
}

static void
each_has_a_number_and_a_rank(void **state)
{
	struct addresses a = room_for_most();
	struct call *room = calloc(MOST, sizeof *room);
	struct ip *came = calloc(MOST, sizeof *came);
	uint64_t seed = 128;

	(void)state;
	assert_true(room && came);
	for (int i = 0; i < 3 * MOST && a.n < MOST; i++) {
		struct ip ip = draw(&seed);
		uint32_t tag = addresses_tag(&a, &ip), n = a.n;
		uint32_t number = addresses_find(&a, tag, &ip);

		if (number == ADDRESS_NONE) {
			assert_int_equal(addresses_add(&a, tag, &ip), n);
			number = addresses_find(&a, tag, &ip);
		}
		assert_true(number < a.n && ip_equal(&a.ip[number], &ip));
	}
	assert_true(a.n > MOST / 2);
	memcpy(came, a.ip, a.n * sizeof *came);
	addresses_rank(&a, room);
	for (uint32_t i = 0; i < a.n; i++) {
		assert_true(i == 0 || ip_compare(&a.ip[i - 1], &a.ip[i]) < 0);
		assert_true(a.rank[i] < a.n && ip_equal(&a.ip[a.rank[i]], &came[i]));
	}
	free(came);
	free(room);
	release(&a);
}

static void
rebuilding_forgets_the_others(void **state)
{
	struct addresses a = room_for_most();
	uint64_t seed = 64;

	(void)state;
	while (a.n < 5000) {
		struct ip ip = draw(&seed);
		uint32_t tag = addresses_tag(&a, &ip);

		if (addresses_find(&a, tag, &ip) == ADDRESS_NONE)
			(void)addresses_add(&a, tag, &ip);
	}
	addresses_rebuild(&a, 100);
	for (uint32_t i = 0; i < 5000; i++) {
		uint32_t tag = addresses_tag(&a, &a.ip[i]);

		assert_int_equal(
		    addresses_find(&a, tag, &a.ip[i]), i < 100 ? i : ADDRESS_NONE);
	}
	release(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_has_a_number_and_a_rank),
		cmocka_unit_test(rebuilding_forgets_the_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
