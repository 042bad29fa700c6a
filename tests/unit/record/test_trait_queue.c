/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include "record/trait_queue.h"
#include "traits.h"

#define TRAITS 300

static char *
line_of(const struct trait *t, struct buf *line)
{
	buf_reset(line);
	trait_encode(t, line);
	assert_false(line->bad);
	buf_putc(line, '\0');
	return line->at;
}

/* Traits by chance come out as they went in: all in order, each lane's in order. */
static void
what_went_in_comes_out(void **state)
{
	static struct trait_room room;
	struct trait_queue q = { 0 };
	char *said[TRAITS];
	unsigned lane[TRAITS], k;
	struct buf line;

	(void)state;
	srandom(6);
	buf_init(&line, (size_t)1 << 20);
	for (int round = 0; round < 4; round++) {
		unsigned n = round == 1 ? 0 : TRAITS;

		for (unsigned i = 0; i < n; i++) {
			struct trait t = random_trait(&room);

			lane[i] = (unsigned)random() % TRAIT_LANES;
			said[i] = strdup(line_of(&t, &line));
			assert_true(trait_queue_put(&q, lane[i], &t));
			memset(&t, 0xaa, sizeof t);       /* nothing of it is borrowed, */
			memset(&room, 0xaa, sizeof room); /* nor of its texts */
		}
		k = 0;
		for (struct trait_queued *at = q.all.first; at; at = at->next, k++)
			assert_string_equal(line_of(&at->trait, &line), said[k]);
		assert_int_equal(k, n);
		for (unsigned l = 0; l < TRAIT_LANES; l++) {
			k = 0;
			for (struct trait_queued *at = q.lane[l].first; at;
			     at = at->next_of_lane) {
				while (lane[k] != l)
					k++;
				assert_string_equal(line_of(&at->trait, &line), said[k]);
				k++;
			}
			for (; k < n; k++)
				assert_int_not_equal(lane[k], l);
		}
		for (unsigned i = 0; i < n; i++)
			free(said[i]);
		trait_queue_reset(&q);
		assert_null(q.all.first);
	}
	trait_queue_release(&q);
	buf_release(&line);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_went_in_comes_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
