/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include "profile/listening.h"

#define H UINT64_C(3600000000000)

struct stretch_row {
	uint64_t first, last; /* h */
};

static struct listening
listening_of(const struct stretch_row *s, unsigned n)
{
	struct listening l;
	struct error err;

	assert_int_equal(listening_new(&l, &err), OK);
	for (unsigned i = 0; i < n; i++) {
		struct listening_run r = { .first_ns = s[i].first * H,
			.last_ns = s[i].last * H };

		r.id.b[0] = (uint8_t)(i + 1);
		r.id.b[1] = (uint8_t)((i + 1) >> 8);
		assert_true(listening_add(&l, &r));
		assert_false(listening_add(&l, &r));
	}
	listening_done(&l);
	return l;
}

/* A day's gap counts where half of it was listened to. */
static void
gaps(void **state)
{
	static const struct {
		const char *name;
		struct stretch_row run[4];
		unsigned n;
		uint64_t from, to; /* h */
		bool gap;
	} rows[] = {
		{ "within one run", { { 0, 48 } }, 1, 3, 27, true },
		{ "days that follow each other", { { 0, 24 }, { 24, 48 } }, 2, 3, 27,
		    true },
		{ "the later day was heard first", { { 24, 48 }, { 0, 24 } }, 2, 3, 27,
		    true },
		{ "days that overlap", { { 0, 30 }, { 20, 48 } }, 2, 3, 27, true },
		{ "one run within another", { { 0, 48 }, { 4, 5 } }, 2, 3, 27, true },
		{ "an hour each morning", { { 9, 10 }, { 33, 34 } }, 2, 9, 33, false },
		{ "silent nights of twelve hours", { { 7, 19 }, { 31, 43 } }, 2, 8, 32,
		    true },
		{ "silent nights of thirteen", { { 7, 18 }, { 31, 42 } }, 2, 8, 32, false },
		{ "a night alone", { { 7, 19 }, { 31, 43 } }, 2, 18, 32, false },
		{ "a day was not heard", { { 0, 24 }, { 48, 72 } }, 2, 20, 50, false },
		{ "nobody ever listened", { { 0, 1 } }, 1, 5, 9, false },
		{ "no time at all", { { 0, 1 } }, 1, 5, 5, true },
		{ "before the first run", { { 10, 20 } }, 1, 0, 9, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct listening l = listening_of(rows[i].run, rows[i].n);

		ROW(i, rows[i].name);
		assert_int_equal(
		    listening_gap(&l, rows[i].from * H, rows[i].to * H), rows[i].gap);
		listening_free(&l);
	}
}

/* Against hours counted one by one. */
static void
gaps_are_as_counted(void **state)
{
	uint64_t seed = 7;

	(void)state;
	for (int trial = 0; trial < 2000; trial++) {
		struct stretch_row run[12];
		bool heard[64] = { false };
		struct listening l;

		for (int i = 0; i < 12; i++) {
			seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
			run[i].first = seed >> 58;
			run[i].last = run[i].first + (seed >> 50) % 9;
			for (uint64_t h = run[i].first; h < run[i].last && h < 64; h++)
				heard[h] = true;
		}
		l = listening_of(run, (unsigned)trial % 13);
		memset(heard, 0, sizeof heard);
		for (int i = 0; i < trial % 13; i++)
			for (uint64_t h = run[i].first; h < run[i].last && h < 64; h++)
				heard[h] = true;
		for (uint64_t from = 0; from < 63; from += 5)
			for (uint64_t to = from + 1; to < 64; to += 3) {
				uint64_t n = 0;

				for (uint64_t h = from; h < to; h++)
					n += heard[h];
				assert_int_equal(listening_gap(&l, from * H, to * H),
				    2 * n >= to - from);
			}
		listening_free(&l);
	}
}

static void
looks(void **state)
{
	static const struct stretch_row run[] = { { 0, 24 }, { 48, 72 }, { 24, 48 } };
	struct listening l = listening_of(run, 3);

	(void)state;
	assert_int_equal(listening_looks(&l, 5 * H), 3);
	assert_int_equal(listening_looks(&l, 24 * H), 3);
	assert_int_equal(listening_looks(&l, 25 * H), 2);
	assert_int_equal(listening_looks(&l, 70 * H), 1);
	assert_int_equal(listening_looks(&l, 99 * H), 1);
	listening_free(&l);
}

/* The earliest goes when there is no room. */
static void
many(void **state)
{
	struct listening l;
	struct error err;

	(void)state;
	assert_int_equal(listening_new(&l, &err), OK);
	for (unsigned i = 0; i < LISTENING_RUNS + 10; i++) {
		struct listening_run r = { .first_ns = i * H, .last_ns = (i + 1) * H };

		memcpy(r.id.b, &i, sizeof i);
		assert_true(listening_add(&l, &r));
	}
	assert_int_equal(l.runs, LISTENING_RUNS);
	assert_int_equal(l.run[0].first_ns, 10 * H);
	listening_done(&l);
	assert_int_equal(l.heards, 1);
	listening_free(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gaps),
		cmocka_unit_test(gaps_are_as_counted),
		cmocka_unit_test(looks),
		cmocka_unit_test(many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
