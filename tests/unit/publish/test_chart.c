/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <stdlib.h>

#include "base/stamp.h"
#include "publish/chart.h"

/* Contacts at random, seeded, ascending. */
static struct trace
some(unsigned seed, size_t n, uint64_t most_gap_ns)
{
	uint64_t *start = calloc(n + 1, sizeof *start), t = 1781049600 * SECOND_NS;

	assert_non_null(start);
	srandom(seed);
	for (size_t i = 0; i < n; i++) {
		start[i] = t;
		t += ((uint64_t)random() << 31 | (uint64_t)random()) % most_gap_ns;
	}
	return (struct trace){ .start_ns = start, .n = n };
}

static void
forget(struct trace *t)
{
	free((void *)(uintptr_t)t->start_ns);
}

/* Every contact is in the column whose stretch holds it, and in no other. */
static void
columns_against_a_slow_twin(void **state)
{
	static const struct {
		size_t n;
		uint64_t most_gap_ns;
		unsigned columns;
	} rows[] = {
		{ 1, SECOND_NS, 240 }, { 2, SECOND_NS, 1 }, { 500, 40 * SECOND_NS, 60 },
		{ 5000, 60 * SECOND_NS, 240 }, { 50000, 90 * SECOND_NS, 240 },
		{ 3000, 40 * 86400 * SECOND_NS, 17 }, /* a hundred years and more */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct trace t = some((unsigned)i + 1, rows[i].n, rows[i].most_gap_ns);
		uint64_t last = t.start_ns[t.n - 1], total = 0;
		struct chart_columns c;
		unsigned most = 0;

		chart_count(&c, &t, t.start_ns[0], last, rows[i].columns);
		print_message("  row %zu: %u columns of %llu ns\n", i, c.n,
		    (unsigned long long)c.step_ns);
		assert_in_range(c.n, 1, rows[i].columns);
		assert_true(c.from_ns <= t.start_ns[0] && c.from_ns % c.step_ns == 0);
		for (unsigned k = 0; k < c.n; k++) {
			uint64_t from = c.from_ns + k * c.step_ns;
			unsigned slow = 0;

			for (size_t s = 0; s < t.n; s++)
				slow += t.start_ns[s] >= from &&
					t.start_ns[s] - from < c.step_ns;
			assert_int_equal(c.count[k], slow);
			total += slow;
			most = slow > most ? slow : most;
		}
		assert_int_equal(total, t.n);
		assert_int_equal(c.most, most);
		forget(&t);
	}
}

static void
bins_against_a_slow_twin(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed < 20; seed++) {
		struct trace t = some(seed, 2000, UINT64_C(2) * SECOND_NS << seed % 18);
		uint32_t slow[CHART_BINS] = { 0 }, most = 0;
		uint64_t shorter = 0;
		struct chart_bins b;

		for (size_t i = 1; i < t.n; i++) {
			uint64_t gap = t.start_ns[i] - t.start_ns[i - 1];
			int bin = -1;

			while (bin + 1 < CHART_BINS && gap >= chart_bin_low(bin + 1))
				bin++;
			if (bin < 0)
				shorter++;
			else
				slow[bin]++;
		}
		chart_bin(&b, &t);
		assert_memory_equal(b.count, slow, sizeof slow);
		assert_int_equal(b.shorter, shorter);
		for (int i = 0; i < CHART_BINS; i++) {
			most = slow[i] > most ? slow[i] : most;
			if (slow[i])
				assert_in_range(i, b.first, b.last);
		}
		assert_int_equal(b.most, most);
		assert_true(most == 0 || (slow[b.first] && slow[b.last]));
		forget(&t);
	}
}

/* A gap of exactly an edge is in the bin above it. */
static void
bins_at_their_edges(void **state)
{
	(void)state;
	for (int i = 0; i < CHART_BINS; i++) {
		uint64_t start[3] = { 0, chart_bin_low(i), 2 * chart_bin_low(i) - 1 };
		struct trace t = { start, 3 };
		struct chart_bins b;

		chart_bin(&b, &t);
		assert_int_equal(b.count[i], 1);
		assert_int_equal(i ? b.count[i - 1] : b.shorter, 1);
	}
}

/* Quarter octaves: 2 s, each fourth edge doubles, the last is 36 h and a bit. */
static void
edges(void **state)
{
	(void)state;
	assert_int_equal(chart_bin_low(0), 2 * SECOND_NS);
	assert_int_equal(chart_bin_low(64), 131072 * SECOND_NS);
	for (int i = 0; i < CHART_BINS; i++) {
		/* The fourth power of the ratio of neighbours is 2, to 1 in 10^8. */
		long double r =
		    (long double)chart_bin_low(i + 1) / (long double)chart_bin_low(i);

		assert_true(r * r * r * r > 1.99999998L && r * r * r * r < 2.00000002L);
	}
}

static int
by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The median in the window, against sorting all gaps there. */
static void
period_against_a_slow_twin(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed < 12; seed++) {
		struct trace t = some(seed, 500 + seed, 100 * SECOND_NS);
		struct finding f = { .kind = FINDING_BEACON };
		uint64_t gap[600], got, most;
		size_t n = 0;

		f.beacon.low_ns = 10 * SECOND_NS * seed / 2;
		f.beacon.high_ns = f.beacon.low_ns * 2;
		f.beacon.period_ns = 1;
		for (size_t i = 1; i < t.n; i++) {
			gap[n] = t.start_ns[i] - t.start_ns[i - 1];
			n += gap[n] >= f.beacon.low_ns && gap[n] < f.beacon.high_ns;
		}
		qsort(gap, n, sizeof *gap, by_size);
		assert_true(n > 10);
		got = chart_period(&f, &t);
		most = f.beacon.low_ns / 10000000;
		assert_in_range(got, gap[n / 2] - most, gap[n / 2] + most);
		f.beacon.low_ns = f.beacon.high_ns = 0;
		assert_int_equal(
		    chart_period(&f, &t), 1); /* no window: the finding's own */
		assert_int_equal(chart_period(&f, NULL), 1);
		forget(&t);
	}
}

/* Pictures of nothing, of one moment, and of contacts that are not in the finding's span. */
static void
odd_traces(void **state)
{
	static const uint64_t once[] = { 1000 * SECOND_NS };
	static const uint64_t same[] = { 1000 * SECOND_NS, 1000 * SECOND_NS,
		1000 * SECOND_NS };
	static const uint64_t late[] = { 1, UINT64_MAX - 1, UINT64_MAX };
	static const struct {
		const char *what;
		struct trace t;
		bool drawn;
	} rows[] = {
		{ "no contact", { NULL, 0 }, false },
		{ "one contact", { once, 1 }, true },
		{ "three at once", { same, 3 }, true },
		{ "ends of time", { late, 3 }, true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf b = { .max = 1 << 20 };
		struct finding f = { .kind = FINDING_BEACON };
		struct summary s = { .first_ns = 0, .last_ns = UINT64_MAX };

		ROW(i, rows[i].what);
		if (rows[i].t.n > 0) {
			f.first_ns = rows[i].t.start_ns[0];
			f.last_ns = rows[i].t.start_ns[rows[i].t.n - 1];
		}
		chart_timeline(&b, 1, &f, &rows[i].t, &s);
		assert_int_equal(b.len > 0, rows[i].drawn);
		chart_gaps(&b, 1, &f, &rows[i].t);
		assert_false(b.bad);
		buf_release(&b);
	}
}

/* A report that does not fit says so, and is never half a report that looks whole. */
static void
shortage(void **state)
{
	struct finding f = {
		.kind = FINDING_BEACON, .severity = SEVERITY_HIGH, .why = "x"
	};
	struct summary s = { .version = "0" };
	struct trace t = some(7, 100, 60 * SECOND_NS);
	size_t whole = 0;

	(void)state;
	f.first_ns = t.start_ns[0];
	f.last_ns = t.start_ns[t.n - 1];
	for (size_t limit = 0; limit < 65536 && whole == 0; limit += 251) {
		struct buf b = { .max = limit };
		struct error err;

		publish_report(&f, &t, 1, &s, &b);
		if (buf_state(&b, "the report", &err) == OK)
			whole = b.len;
		else
			assert_null(buf_span(&b).at);
		buf_release(&b);
	}
	assert_true(whole > 1000);
	for (size_t limit = 0; limit < 4096; limit += 16) {
		struct buf b = { .max = limit };

		publish_table(&f, 1, &s, 80, true, &b);
		publish_explain(&f, &t, 80, &b);
		publish_csv(&f, &b);
		assert_true(b.bad || b.len > 1000);
		buf_release(&b);
	}
	forget(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_against_a_slow_twin),
		cmocka_unit_test(bins_against_a_slow_twin),
		cmocka_unit_test(bins_at_their_edges),
		cmocka_unit_test(edges),
		cmocka_unit_test(period_against_a_slow_twin),
		cmocka_unit_test(odd_traces),
		cmocka_unit_test(shortage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
