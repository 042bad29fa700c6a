/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <libpsl.h>
#include <stdio.h>
#include <stdlib.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "profile/known.h"
#include "profile/names.h"

static const char *const LABEL[] = { "www", "a", "co", "uk", "com", "ck", "github", "io",
	"s3", "amazonaws", "kawasaki", "city", "jp", "xn--p1ai", "?", "" };

/* One to nine labels; some names are longer than what is remembered. */
static size_t
any_name(char text[static NAME_TEXT])
{
	unsigned labels = 1 + (unsigned)random() % 9;
	size_t n = 0;

	for (unsigned i = 0; i < labels; i++) {
		if (i > 0)
			text[n++] = '.';
		if (random() % 3 == 0)
			n += (size_t)snprintf(text + n, 32, "%ld", random() % 100000000);
		else
			n += (size_t)snprintf(text + n, 32, "%s",
			    LABEL[(unsigned)random() % (sizeof LABEL / sizeof *LABEL)]);
	}
	if (n == 0 || text[n - 1] == '.')
		text[n++] = 'x';
	text[n] = '\0';
	return n;
}

/* The longest suffix that the list has, of at most six labels, asked for one by one. */
static struct domain_split
slow_split(const char *text, size_t len)
{
	const psl_ctx_t *psl = psl_builtin();
	size_t before = 0, last = len;
	unsigned labels = 1;

	while (last > 0 && text[last - 1] != '.')
		last--;
	for (size_t i = 0; i < len; i++)
		labels += text[i] == '.';
	for (size_t at = 0; at < last;) {
		if (labels <= 6 && psl_is_public_suffix(psl, text + at))
			return (struct domain_split){ labels < 6 ? before : at, at,
				labels < 6 && at > 0 &&
				    psl_is_public_suffix2(psl, text + at,
					PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE) };
		before = at;
		at += (size_t)(strchr(text + at, '.') - (text + at)) + 1;
		labels--;
	}
	return (struct domain_split){ before, last,
		last > 0 && psl_is_public_suffix2(
				psl, text + last, PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE) };
}

/* Many more names than there are places, each asked for twice in a row. */
static void
what_is_remembered_is_true(void **state)
{
	struct known *k = known_new();

	(void)state;
	assert_non_null(k);
	srandom(7);
	for (int i = 0; i < 40000; i++) {
		char text[NAME_TEXT];
		size_t n = any_name(text);
		struct span name = { (const uint8_t *)text, n };
		uint64_t hash = XXH3_64bits(text, n);
		struct domain_split s = slow_split(text, n);
		struct ip key = name_key(name);

		for (int again = 0; again < 2; again++) {
			struct domain_split t = known_split(k, name, hash);
			struct ip same = known_key(k, name, hash);

			if (t.domain != s.domain || t.suffix != s.suffix ||
			    t.listed != s.listed)
				fail_msg(
				    "%s: split at %zu and %zu", text, t.domain, t.suffix);
			assert_true(ip_equal(&same, &key));
		}
	}
	known_free(k);
}

/* Two names with one hash share a place and nothing else. */
static void
names_of_one_hash_are_two(void **state)
{
	struct known *k = known_new();
	struct span a = { (const uint8_t *)"a.example.co.uk", 15 };
	struct span b = { (const uint8_t *)"b.example.com", 13 };
	struct ip key, got;

	(void)state;
	assert_non_null(k);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(known_split(k, a, 1).suffix, 10);
		assert_int_equal(known_split(k, b, 1).suffix, 10);
		key = name_key(a);
		got = known_key(k, a, 1);
		assert_memory_equal(&got, &key, sizeof key);
	}
	known_free(k);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_remembered_is_true),
		cmocka_unit_test(names_of_one_hash_are_two),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
