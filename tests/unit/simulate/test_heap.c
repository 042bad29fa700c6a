/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include "simulate/heap.h"
#include "simulate/rng.h"

#define ROOM 300

/* The slow twin: a list, searched from the front; the first of the soonest wins. */
struct list {
	struct event at[ROOM];
	unsigned n;
};

static struct event
slow_pop(struct list *l)
{
	unsigned best = 0;
	struct event out;

	for (unsigned i = 1; i < l->n; i++)
		if (l->at[i].at_ns < l->at[best].at_ns)
			best = i;
	out = l->at[best];
	memmove(&l->at[best], &l->at[best + 1], (l->n - best - 1) * sizeof *l->at);
	l->n--;
	return out;
}

static void
same_as_the_list(void **state)
{
	static struct event room[ROOM];
	static struct list l;
	struct heap h = { .at = room, .room = ROOM, .pushed = UINT32_MAX - 5000 };
	struct rng r = rng_of(11, 0);

	(void)state;
	for (uint32_t i = 0; i < 40000; i++) { /* the count of pushes wraps on the way */
		/* half as many times as events, so that many fall together */
		struct event e = { .at_ns = rng_below(&r, 150), .what = i };
		bool push = rng_chance(&r, i / 4000 % 2 ? 400000 : 600000);

		if (push) {
			bool full = l.n == ROOM;

			assert_int_equal(heap_push(&h, e.at_ns, e.what), !full);
			if (!full)
				l.at[l.n++] = e;
		} else if (l.n > 0) {
			struct event got = heap_pop(&h), want = slow_pop(&l);

			assert_int_equal(got.at_ns, want.at_ns);
			assert_int_equal(got.what, want.what);
		}
		assert_int_equal(h.n, l.n);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_as_the_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
