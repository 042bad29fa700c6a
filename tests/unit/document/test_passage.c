/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <stdlib.h>

#include "document/passage.h"

static struct arena arena;
static struct error err;
static struct normaliser *nm;

static struct document
plain(const char *text)
{
	struct document d;

	assert_int_equal(document_read(&d, text_span(text), "a.txt", &arena, &err), OK);
	return d;
}

static struct normal
signs(const char *text, enum normal_mode mode)
{
	struct document d = plain(text);
	struct normal n;

	assert_int_equal(normal_make(&n, nm, mode, &d, &arena, &err), OK);
	return n;
}

static void
equal_when_compared(void **state)
{
	static const struct {
		const char *name, *a, *b;
		bool equal;
	} rows[] = {
		{ "case and blanks", "Cyber Attack", "CYBERATTACK", true },
		{ "full width", "ＡＢＣ１２３", "abc123", true },
		{ "traditional", "網絡攻擊來源國", "网络攻击来源国", true },
		{ "punctuation", "无中生有、蓄意污蔑。", "无中生有蓄意污蔑", true },
		{ "a gloss with its tone", "網(wǎng)絡(luò)", "网络", true },
		{ "a gloss without", "網(wang)路", "网路", true },
		{ "a gloss in wide brackets", "網（wǎng）路", "网路", true },
		{ "Bopomofo", "網（ㄨㄤˇ）路", "网路", true },
		{ "Hiragana", "東京（とうきょう）都", "东京都", true },
		{ "an abbreviation is no gloss", "中國(CN)", "中国", false },
		{ "somebody else's reading is no gloss", "網(li)路", "网路", false },
		{ "a word is no gloss", "使館(yes)", "使馆", false },
		{ "brackets after a letter", "a(wǎng)", "a", false },
		{ "what is left out is no reading", "中（国）", "中", false },
		{ "ligature and sharp s", "oﬃce Straße", "office strasse", true },
		{ "other words", "网络安全", "网络攻击", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct normal a = signs(rows[i].a, NORMAL_COMPARE);
		struct normal b = signs(rows[i].b, NORMAL_COMPARE);

		ROW(i, rows[i].name);
		assert_int_equal(rows[i].equal,
		    a.n == b.n && memcmp(a.sign, b.sign, a.n * sizeof *a.sign) == 0);
	}
}

static void
names(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "毛宁", "mao ning" },
		{ "赵立坚", "zhao li jian" },
		{ "趙立堅", "zhao li jian" },
		{ "Mao Ning", "mao ning" },
		{ "마오닝", "maoning" },
		{ "José Núñez", "jose nunez" },
		{ "曾庆", "zeng qing" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct normal n = signs(rows[i].in, NORMAL_READ);
		char got[NORMAL_NAME];

		ROW(i, rows[i].in);
		(void)normal_name(nm, n.sign, n.n, got);
		assert_string_equal(got, rows[i].out);
	}
}

/* Signs are found where they came from, and weigh what the header says. */
static void
way_back(void **state)
{
	struct normal n = signs("網(wǎng) Ab ﬃ3", NORMAL_COMPARE);
	static const uint32_t from[] = { 0, 8, 9, 11, 11, 11, 12 };
	static const uint8_t weight[] = { 1, 2, 0, 2, 0, 0, 1 };

	(void)state;
	assert_int_equal(n.n, COUNT(from));
	for (size_t i = 0; i < COUNT(from); i++) {
		ROW(i, "sign");
		assert_int_equal(n.from[i], from[i]);
		assert_int_equal(n.to[i], from[i] + 1);
		assert_int_equal(n.weight[i], weight[i]);
	}
}

static uint64_t seed;

static unsigned
draw(unsigned n)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(seed >> 33) % n;
}

/* Every pair of places, by hand. */
static unsigned
slow_passages(const struct normal *a, const struct normal *b, struct passage *out)
{
	static uint32_t length[2][512];
	unsigned n = 0, kept = 0;

	memset(length, 0, sizeof length);
	for (uint32_t i = 0; i < a->n; i++) {
		uint32_t *now = length[i % 2], *before = length[(i + 1) % 2];

		for (uint32_t k = 0; k < b->n; k++) {
			bool on = i + 1 < a->n && k + 1 < b->n &&
				  a->sign[i + 1] == b->sign[k + 1];

			now[k + 1] = a->sign[i] == b->sign[k] ? before[k] + 1 : 0;
			if (now[k + 1] >= PASSAGE_LEAST && !on)
				out[n++] = (struct passage){ .a = i + 1 - now[k + 1],
					.b = k + 1 - now[k + 1],
					.n = now[k + 1] };
		}
	}
	for (unsigned i = 0; i < n; i++) { /* inside a better one: gone */
		bool inside = false;

		for (unsigned k = 0; k < n && !inside; k++) {
			const struct passage *p = &out[i], *q = &out[k];
			bool better = q->n > p->n ||
				      (q->n == p->n &&
					  (q->a < p->a || (q->a == p->a && q->b < p->b)));

			inside = k != i && better &&
				 ((p->a >= q->a && p->a + p->n <= q->a + q->n) ||
				     (p->b >= q->b && p->b + p->n <= q->b + q->n));
		}
		out[i].weight = !inside;
	}
	for (unsigned i = 0; i < n; i++)
		kept += out[i].weight;
	return kept;
}

/*
 * The twin drops what lies in any better passage, ours in any that was kept;
 * both are the same set, as what lies in a dropped one lies in what that lay in,
 * on the same side or on the other: so we ask for every one of the twin's and
 * that ours are right, rather than for the same list.
 */
static void
twin(void **state)
{
	static struct passage slow[65536];
	unsigned met = 0;

	(void)state;
	for (unsigned round = 0; round < 300; round++) {
		struct normal n[2];
		struct prints p[2];
		struct passages got;
		char text[2][200];
		unsigned letters = 2 + round % 5, longest = 0, found = 0, slow_n;

		seed = round + 1;
		arena_reset(&arena);
		for (int t = 0; t < 2; t++) {
			unsigned len = draw(198);

			for (unsigned i = 0; i < len; i++)
				text[t][i] = (char)('a' + (char)draw(letters));
			text[t][len] = '\0';
		}
		/* Something in common, at any place. */
		if (strlen(text[0]) > 60 && strlen(text[1]) > 60)
			memcpy(text[1] + draw(20), text[0] + draw(20), 10 + draw(30));
		for (int t = 0; t < 2; t++) {
			n[t] = signs(text[t], NORMAL_COMPARE);
			assert_int_equal(prints_make(&p[t], &n[t], &arena, &err), OK);
		}
		assert_int_equal(
		    passages_find(&got, &n[0], &p[0], &n[1], &p[1], &arena, &err), OK);
		assert_false(got.cut);
		memset(slow, 0, sizeof slow);
		slow_n = slow_passages(&n[0], &n[1], slow);
		(void)slow_n;
		for (unsigned i = 0; slow[i].n > 0; i++) {
			longest = slow[i].n > longest ? slow[i].n : longest;
			for (unsigned k = 0; slow[i].weight && k < got.n; k++)
				if (got.at[k].a == slow[i].a && got.at[k].b == slow[i].b &&
				    got.at[k].n == slow[i].n)
					found++;
		}
		assert_int_equal(found, slow_n);
		for (unsigned k = 0; k < got.n; k++) {
			assert_true(got.at[k].n >= PASSAGE_LEAST && got.at[k].n <= longest);
			assert_memory_equal(n[0].sign + got.at[k].a,
			    n[1].sign + got.at[k].b, got.at[k].n * sizeof *n[0].sign);
		}
		met += got.n;
	}
	assert_in_range(met, 100, 100000);
}

/* A text without end of one sign is followed only so far, and that is said. */
static void
repeats(void **state)
{
	struct normal n;
	struct prints p;
	struct passages got;
	char text[20001];

	(void)state;
	memset(text, 'a', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	n = signs(text, NORMAL_COMPARE);
	assert_int_equal(prints_make(&p, &n, &arena, &err), OK);
	assert_int_equal(passages_find(&got, &n, &p, &n, &p, &arena, &err), OK);
	assert_true(got.cut);
	assert_int_equal(got.n, 1);
}

static int
set_up(void **state)
{
	(void)state;
	arena_init(&arena, (size_t)1 << 28);
	return normaliser_open(&nm, &err) == OK ? 0 : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	normaliser_close(nm);
	arena_release(&arena);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_when_compared),
		cmocka_unit_test(names),
		cmocka_unit_test(way_back),
		cmocka_unit_test(twin),
		cmocka_unit_test(repeats),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
