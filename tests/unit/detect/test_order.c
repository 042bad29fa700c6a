/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words in order, against a sort by comparison that is told where each came from.
 */
#include "table.h"

#include <stdlib.h>

#include "detect/order.h"

static const struct {
	const char *name;
	uint64_t drawn; /* the bits that words may have */
	unsigned bit;
} DRAWS[] = {
	{ "all the same", 0, 0 },
	{ "all bits", UINT64_MAX, 0 },
	{ "the first bit alone", UINT64_C(1) << 63, 0 },
	{ "the last byte alone", 255, 0 },
	{ "every other byte", UINT64_C(0xff00ff00ff00ff), 0 },
	{ "few words, all below the bit", UINT64_C(0xffffffff), 32 },
	{ "ports over numbers", UINT64_C(0x11ffffffffffff), 32 },
	{ "few values over numbers", UINT64_C(0x3ffffffff), 32 },
	{ "the first byte alone counts", UINT64_MAX, 56 },
};

static const size_t SIZES[] = { 0, 1, 2, 47, 48, 49, 64, 255, 256, 1000, 20000 };

struct placed {
	uint64_t word;
	unsigned bit;
	size_t at;
};

static int
compare(const void *va, const void *vb)
{
	const struct placed *a = va, *b = vb;
	uint64_t x = a->word >> a->bit, y = b->word >> b->bit;

	return x != y ? (x > y) - (x < y) : (a->at > b->at) - (a->at < b->at);
}

static uint64_t
next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed * UINT64_C(2685821657736338717);
}

static void
same_as_twin(size_t n, uint64_t drawn, unsigned bit, uint64_t *seed)
{
	uint64_t *at = calloc(n + 1, sizeof *at), *spare = calloc(n + 1, sizeof *spare);
	struct placed *twin = calloc(n + 1, sizeof *twin);
	uint64_t *sorted, behind = next(seed);

	assert_true(at && spare && twin);
	for (size_t i = 0; i < n; i++) {
		at[i] = next(seed) & drawn;
		twin[i] = (struct placed){ at[i], bit, i };
	}
	at[n] = spare[n] = behind;
	qsort(twin, n, sizeof *twin, compare);
	sorted = order_words(at, spare, n, bit);
	assert_true(sorted == at || sorted == spare);
	for (size_t i = 0; i < n; i++)
		assert_true(sorted[i] == twin[i].word);
	assert_true(at[n] == behind && spare[n] == behind);
	free(at);
	free(spare);
	free(twin);
}

static void
in_order_and_those_alike_as_they_came(void **state)
{
	uint64_t seed = 4711;

	(void)state;
	for (size_t i = 0; i < COUNT(DRAWS); i++) {
		ROW(i, DRAWS[i].name);
		for (size_t k = 0; k < COUNT(SIZES); k++)
			same_as_twin(SIZES[k], DRAWS[i].drawn, DRAWS[i].bit, &seed);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_order_and_those_alike_as_they_came),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
