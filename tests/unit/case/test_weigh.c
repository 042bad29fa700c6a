/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "case/weigh.h"

static uint64_t seed;

static unsigned
draw(unsigned n)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(seed >> 33) % n;
}

static void
powers_of_ten(void **state)
{
	(void)state;
	for (int32_t mb = 0; mb >= -18000; mb--) {
		long double want = powl(10, mb / 1000.0L) * powl(2, 60);
		long double off = (long double)weigh_pow10(mb) - want;

		assert_true(off <= 4 && off >= -4 - want / powl(2, 56));
	}
	assert_int_equal(weigh_pow10(-18001), 0);
}

static void
near(json_t *want, json_t *got, const char *key)
{
	json_int_t a = json_integer_value(json_object_get(want, key));
	json_int_t b = json_integer_value(json_object_get(got, key));

	assert_in_range(a - b + 1, 0, 2); /* the method allows one permille */
	json_object_del(want, key);
	json_object_del(got, key);
}

/* Every published case: scores exact, probabilities within a permille. */
static void
published_vectors(void **state)
{
	const char *shared = getenv("GEOPHONE_SHARED");
	char path[4096];
	const char *name;
	json_t *all, *vector;

	(void)state;
	if (shared == NULL) {
		print_message("  GEOPHONE_SHARED is not set\n");
		skip();
	}
	(void)snprintf(
	    path, sizeof path, "%s/reference/evidence/gach_vectors.json", shared);
	all = json_load_file(path, 0, NULL);
	assert_non_null(all);
	assert_int_equal(json_object_size(all), 12);
	json_object_foreach(all, name, vector)
	{
		char *text = json_dumps(json_object_get(vector, "case"), JSON_COMPACT);
		json_t *want = json_object_get(vector, "expect"), *got;
		struct weigh_result *r = calloc(1, sizeof *r);
		struct buf out = { .max = 1 << 20 };
		struct weigh_case c;
		struct arena a;
		struct error err;

		ROW(0, name);
		arena_init(&a, 1 << 24);
		assert_int_equal(weigh_read(&c, text_span(text), &a, &err), OK);
		weigh(&c, r);
		weigh_encode(&c, r, &out);
		got = json_loadb(out.at, out.len, JSON_REJECT_DUPLICATES, NULL);
		assert_non_null(got);
		near(want, got, "plow");
		near(want, got, "phigh");
		if (!json_equal(want, got))
			print_message("want %s\ngot  %s\n",
			    json_dumps(want, JSON_SORT_KEYS),
			    json_dumps(got, JSON_SORT_KEYS));
		assert_true(json_equal(want, got));
		json_decref(got);
		buf_release(&out);
		arena_release(&a);
		free(text);
		free(r);
	}
	json_decref(all);
}

/* A random case of some actors; groups and kinds from small sets. */
static void
random_case(struct weigh_case *c, struct weigh_item *item, unsigned items)
{
	static const char *const kinds[] = { "payload", "tls", "dns", "malware", "host",
		"report" };

	*c = (struct weigh_case){
		.item = item, .items = items, .actors = 1 + draw(3), .null = draw(2)
	};
	for (unsigned i = 0; i < c->actors; i++)
		(void)snprintf(c->actor[i], WEIGH_NAME, "A%u", i);
	memset(item, 0, items * sizeof *item);
	for (unsigned i = 0; i < items; i++) {
		(void)snprintf(item[i].id, WEIGH_NAME, "e%u", i);
		(void)snprintf(item[i].group, WEIGH_NAME, "g%u", draw(4));
		(void)snprintf(item[i].kind, WEIGH_NAME, "%s", kinds[draw(6)]);
		item[i].source = (char)('A' + draw(6));
		item[i].credibility = (char)('1' + draw(6));
		item[i].forge = (enum weigh_forge)draw(3);
		item[i].measured = draw(2);
		for (unsigned h = 0; h < weigh_hypotheses(c); h++) {
			item[i].rated[h] = h != 2 * c->actors && draw(3) > 0;
			item[i].rating[h] = (uint8_t)draw(5);
		}
	}
}

static void
assert_same(const struct weigh_result *a, const struct weigh_result *b)
{
	assert_memory_equal(a->score, b->score, sizeof a->score);
	assert_memory_equal(a->p_low, b->p_low, sizeof a->p_low);
	assert_int_equal(a->status, b->status);
	assert_int_equal(a->leader, b->leader);
	assert_int_equal(a->level, b->level);
	assert_ptr_equal(a->word, b->word);
	assert_int_equal(a->confidence, b->confidence);
}

static struct weigh_result results[2];

/* Adding a copy of an item changes nothing, and neither does the order of items. */
static void
copies_and_order_change_nothing(void **state)
{
	(void)state;
	seed = 11;
	for (int round = 0; round < 20000; round++) {
		struct weigh_item item[9];
		struct weigh_case c;
		unsigned n = 1 + draw(7), k = draw(n), m;

		random_case(&c, item, n);
		weigh(&c, &results[0]);
		item[n] = item[k];
		(void)snprintf(item[n].id, WEIGH_NAME, "copy");
		c.items = n + 1;
		weigh(&c, &results[1]);
		assert_same(&results[0], &results[1]);
		c.items = n;
		for (m = n - 1; m > 0; m--) {
			unsigned with = draw(m + 1);
			struct weigh_item was = item[m];

			item[m] = item[with];
			item[with] = was;
		}
		weigh(&c, &results[1]);
		assert_same(&results[0], &results[1]);
	}
}

/* However many cheap unmeasured items there are, an actor is never told from its twin. */
static void
cheap_items_never_separate_the_twin(void **state)
{
	(void)state;
	seed = 12;
	for (int round = 0; round < 20000; round++) {
		struct weigh_item item[12];
		struct weigh_case c;
		unsigned n = 1 + draw(12);

		random_case(&c, item, n);
		for (unsigned i = 0; i < n; i++) {
			item[i].forge = FORGE_CHEAP;
			item[i].measured = false;
			for (unsigned h = 1; h < 2 * c.actors; h += 2)
				item[i].rated[h] = false;
		}
		weigh(&c, &results[0]);
		for (unsigned a = 0; a < c.actors; a++)
			assert_true(results[0].score[2 * a] <= results[0].score[2 * a + 1]);
		assert_int_not_equal(results[0].status, WEIGH_ATTRIBUTED);
	}
}

/* Where addresses are registered never moves a score, however it is rated and graded. */
static void
geography_moves_nothing(void **state)
{
	static const char *const kinds[] = { "country", "geography", "registration" };

	(void)state;
	seed = 14;
	for (int round = 0; round < 4000; round++) {
		struct weigh_item item[16];
		struct weigh_case c;
		unsigned n = 1 + draw(8), more = 1 + draw(8);

		random_case(&c, item, n + more);
		for (unsigned i = n; i < n + more; i++)
			(void)snprintf(item[i].kind, WEIGH_NAME, "%s", kinds[draw(3)]);
		c.items = n;
		weigh(&c, &results[0]);
		c.items = n + more;
		weigh(&c, &results[1]);
		assert_same(&results[0], &results[1]);
		c.item = item + n;
		c.items = more;
		weigh(&c, &results[1]);
		for (unsigned h = 0; h < weigh_hypotheses(&c); h++)
			assert_int_equal(results[1].score[h], 0);
		assert_int_equal(results[1].status, WEIGH_INSUFFICIENT);
	}
}

/* One dependency group, however many items it has, concludes nothing. */
static void
one_group_is_refused(void **state)
{
	(void)state;
	seed = 13;
	for (int round = 0; round < 500; round++) {
		struct weigh_item item[12];
		struct weigh_case c;
		unsigned n = 1 + draw(12);

		random_case(&c, item, n);
		for (unsigned i = 0; i < n; i++)
			memcpy(item[i].group, "one", 4);
		weigh(&c, &results[0]);
		assert_int_equal(results[0].status, WEIGH_INSUFFICIENT);
		assert_null(results[0].word);
		assert_int_equal(results[0].confidence, CONFIDENCE_NONE);
	}
}

static void
matrices_that_are_refused(void **state)
{
	static const struct {
		const char *json, *says;
	} rows[] = {
		{ "", "not JSON" },
		{ "[]", "keys actors" },
		{ "{\"actors\":[],\"items\":[]}", "actors is not a list" },
		{ "{\"actors\":[\"X\"],\"items\":[],\"more\":1}", "keys actors" },
		{ "{\"actors\":[\"X\",\"X\"],\"items\":[]}", "named twice" },
		{ "{\"actors\":[\"ff:X\"],\"items\":[]}", "may not be called" },
		{ "{\"actors\":[\"X\"],\"items\":[{\"id\":\"e\",\"g\":\"g\",\"k\":\"dns\","
		  "\"src\":\"G1\",\"r\":{}}]}",
		    "grade from A1" },
		{ "{\"actors\":[\"X\"],\"items\":[{\"id\":\"e\",\"g\":\"g\",\"k\":\"dns\","
		  "\"src\":\"A1\",\"r\":{\"Y\":\"C\"}}]}",
		    "no hypothesis" },
		{ "{\"actors\":[\"X\"],\"items\":[{\"id\":\"e\",\"g\":\"g\",\"k\":\"dns\","
		  "\"src\":\"A1\",\"r\":{\"X\":\"CCC\"}}]}",
		    "not CC, C" },
		{ "{\"actors\":[\"X\"],\"items\":[{\"id\":\"e\",\"g\":\"g\",\"k\":\"dns\","
		  "\"src\":\"A1\",\"r\":{},\"x\":0}]}",
		    "not understood" },
		{ "{\"actors\":[\"X\"],\"actors\":[\"X\"],\"items\":[]}", "not JSON" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct weigh_case c = { 0 };
		struct arena a;
		struct error err;

		ROW(i, rows[i].json);
		arena_init(&a, 1 << 20);
		assert_int_equal(
		    weigh_read(&c, text_span(rows[i].json), &a, &err), E_FORMAT);
		assert_non_null(strstr(err.text, rows[i].says));
		assert_int_equal(c.actors, 0);
		arena_release(&a);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(powers_of_ten),
		cmocka_unit_test(published_vectors),
		cmocka_unit_test(copies_and_order_change_nothing),
		cmocka_unit_test(cheap_items_never_separate_the_twin),
		cmocka_unit_test(geography_moves_nothing),
		cmocka_unit_test(one_group_is_refused),
		cmocka_unit_test(matrices_that_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
