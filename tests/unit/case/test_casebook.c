/* SPDX-License-Identifier: Apache-2.0 */
#include "book.h"

#include <fcntl.h>

static void
dump(struct book *b, struct buf *out)
{
	struct error err;

	buf_init(out, 1 << 20);
	assert_int_equal(db_dump(casebook_db(b->cb), out, &err), OK);
	assert_true(out->len > 0);
}

static void
fill(struct book *b)
{
	char hex[DIGEST_HEX];

	(void)book_document(b, "初步证据显示网络攻击来自境外。\n", hex);
	book_must_add(b, "party", "{'id':'p1','name':'外交部','kind':'state'}");
	book_must_add(b, "incident", "{'id':'i1','title':'地震台','first':'2023-07-26'}");
	book_must_add(b, "party", "{'id':'p1','name':'中国外交部','kind':'state'}");
}

static void
same_as_before(struct book *b, const struct buf *before)
{
	struct buf now;

	dump(b, &now);
	assert_int_equal(now.len, before->len);
	assert_memory_equal(now.at, before->at, now.len);
	buf_release(&now);
}

static void
remove_db(struct book *b)
{
	char path[256];

	book_path(b, CASEBOOK_DB, path);
	assert_int_equal(unlink(path), 0);
}

/* What comes later with an id supersedes; without case.db everything is there again. */
static void
tables_come_from_the_journal(void **state)
{
	struct book b;
	struct buf before;
	struct error err;
	json_t *party;

	(void)state;
	book_begin(&b);
	fill(&b);
	party = casebook_get(b.cb, "party", "p1");
	assert_string_equal(
	    json_string_value(json_object_get(party, "name")), "中国外交部");
	json_decref(party);
	dump(&b, &before);
	casebook_close(b.cb);
	b.cb = NULL;
	remove_db(&b);
	book_reopen(&b, CASEBOOK_READ); /* in memory */
	same_as_before(&b, &before);
	casebook_close(b.cb);
	b.cb = NULL;
	assert_int_equal(casebook_rebuild(b.dir, &err), OK);
	book_reopen(&b, CASEBOOK_WRITE);
	same_as_before(&b, &before);
	buf_release(&before);
	book_end(&b);
}

/* Cut the journal at every byte of its last lines: what was whole is there, and it goes on. */
static void
a_crash_at_any_byte(void **state)
{
	struct book b;
	struct buf journal;
	char path[256];
	size_t from, lines = 0;

	(void)state;
	book_begin(&b);
	fill(&b);
	casebook_close(b.cb);
	b.cb = NULL;
	book_path(&b, CASEBOOK_JOURNAL, path);
	buf_init(&journal, 1 << 20);
	get_file(path, &journal);
	from = journal.len - 900;
	for (size_t cut = from; cut <= journal.len; cut += 13) {
		struct error err;

		put_file(path, (struct span){ (const uint8_t *)journal.at, cut });
		if (casebook_rebuild(b.dir, &err) != OK)
			fail_msg("%s", err.text);
		book_reopen(&b, CASEBOOK_WRITE);
		lines = 0;
		for (size_t i = 0; i < cut; i++)
			lines += journal.at[i] == '\n';
		assert_int_equal(casebook_head(b.cb, NULL), lines);
		book_must_add(&b, "note", "{'id':'n','text':'after'}");
		book_reopen(&b, CASEBOOK_READ);
		assert_int_equal(casebook_head(b.cb, NULL), lines + 1);
		casebook_close(b.cb);
		b.cb = NULL;
	}
	buf_release(&journal);
	book_end(&b);
}

/* The line is in the journal and the tables do not know it yet. */
static void
a_crash_between_journal_and_tables(void **state)
{
	struct book b;
	struct buf journal, before;
	char path[256];

	(void)state;
	book_begin(&b);
	book_reopen(&b, CASEBOOK_WRITE);
	fill(&b);
	dump(&b, &before);
	casebook_close(b.cb);
	b.cb = NULL;
	book_path(&b, CASEBOOK_JOURNAL, path);
	buf_init(&journal, 1 << 20);
	get_file(path, &journal);
	/* tables of the first line alone */
	put_file(path, (struct span){ (const uint8_t *)journal.at,
			   (size_t)(strchr(journal.at, '\n') + 1 - journal.at) });
	assert_int_equal(casebook_rebuild(b.dir, &(struct error){ "" }), OK);
	put_file(path, buf_span(&journal));
	book_reopen(&b, CASEBOOK_READ);
	same_as_before(&b, &before);
	book_reopen(&b, CASEBOOK_WRITE);
	same_as_before(&b, &before);
	buf_release(&journal), buf_release(&before);
	book_end(&b);
}

/* A flipped bit anywhere, a line left out, two lines swapped: it does not open. */
static void
a_changed_journal(void **state)
{
	struct book b;
	struct buf journal;
	char path[256];
	struct error err;

	(void)state;
	book_begin(&b);
	fill(&b);
	casebook_close(b.cb);
	b.cb = NULL;
	book_path(&b, CASEBOOK_JOURNAL, path);
	buf_init(&journal, 1 << 20);
	get_file(path, &journal);
	for (size_t at = 0; at + 1 < journal.len; at += 37) {
		journal.at[at] ^= 1;
		put_file(path, buf_span(&journal));
		journal.at[at] ^= 1;
		/* With its signature changed a line still parses: then the chain breaks,
		   and of the last line only the tables or the key can tell. */
		assert_int_not_equal(
		    casebook_open(&b.cb, b.dir, CASEBOOK_WRITE, NULL, &err), OK);
		b.cb = NULL;
		if (strstr(err.text, "journal") == NULL)
			print_message("at %zu: %s\n", at, err.text);
		assert_true(strstr(err.text, "journal") != NULL);
	}
	put_file(path, buf_span(&journal));
	book_reopen(&b, CASEBOOK_WRITE);
	buf_release(&journal);
	book_end(&b);
}

static void
who_may_write(void **state)
{
	static const uint8_t seed[KEY_BYTES] = { 7 };
	struct casebook *second;
	struct book b;
	struct key *other, *own;
	struct error err;

	(void)state;
	book_begin(&b);
	assert_int_equal(
	    casebook_open(&second, b.dir, CASEBOOK_WRITE, NULL, &err), E_MISUSE);
	assert_int_equal(key_from_seed(&other, seed, &err), OK);
	own = b.key;
	b.hand.key = other;
	assert_int_equal(book_add(&b, "note", "{'id':'n','text':'x'}", &err), E_MISUSE);
	assert_non_null(strstr(err.text, "may not write"));
	b.hand.key = own;
	key_free(other);
	assert_int_equal(casebook_new(b.dir, "again", NULL, &b.hand, NULL, &err), E_MISUSE);
	book_end(&b);
}

static void
bodies_that_are_refused(void **state)
{
	static const struct {
		const char *kind, *json, *says;
	} rows[] = {
		{ "note", "{'id':'n'}", "text is missing" },
		{ "note", "{'id':'n','text':'x','more':1}", "not understood" },
		{ "note", "{'id':'a b','text':'x'}", "is not an id" },
		{ "note", "{'id':'n','text':''}", "is empty" },
		{ "note", "{'id':'n','text':'\\u0007'}", "control character" },
		{ "note", "{'id':'n','text':7}", "is not a text" },
		{ "note", "{'id':'n','text':'x'", "not JSON" },
		{ "note", "{'id':'n','id':'n','text':'x'}", "not JSON" },
		{ "party", "{'id':'p','name':'x','kind':'planet'}", "none of person" },
		{ "incident", "{'id':'i','title':'x','first':'26.7.2023'}", "not a date" },
		{ "incident", "{'id':'i','title':'x','first':'2023-02-30'}", "not a date" },
		{ "document", "{'id':'x','size':1}", "SHA-256" },
		{ "document", "{'id':'x','size':-1}", "" },
		{ "custody",
		    "{'id':'c','action':'lost','at':'2023','exhibit':'e',"
		    "'person':'p','reason':'r'}",
		    "none of captured" },
		{ "item", "{'ratings':[{'hypothesis':'x','rating':'C'}]}",
		    "ratings[0]: reason is missing" },
		{ "note", "[]", "not an object" },
	};
	struct book b;

	(void)state;
	book_begin(&b);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct error err = { "" };

		ROW(i, rows[i].json);
		assert_int_not_equal(book_add(&b, rows[i].kind, rows[i].json, &err), OK);
		if (strstr(err.text, rows[i].says) == NULL)
			print_message("%s\n", err.text);
		assert_non_null(strstr(err.text, rows[i].says));
		assert_int_equal(casebook_head(b.cb, NULL), 1);
	}
	book_end(&b);
}

/* A database with a table, a trigger or a view more than ours is somebody's program. */
static void
a_foreign_database(void **state)
{
	char path[256];
	struct book b;
	struct error err;

	(void)state;
	book_begin(&b);
	fill(&b);
	casebook_close(b.cb);
	b.cb = NULL;
	book_path(&b, CASEBOOK_DB, path);
	put_file(path, BYTES("SQLite format 3\0 and nothing else"));
	assert_int_not_equal(casebook_open(&b.cb, b.dir, CASEBOOK_WRITE, NULL, &err), OK);
	b.cb = NULL;
	book_reopen(&b, CASEBOOK_READ);
	assert_int_equal(casebook_head(b.cb, NULL), 5);
	casebook_close(b.cb);
	b.cb = NULL;
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/dev/null", path), 0);
	assert_int_not_equal(casebook_open(&b.cb, b.dir, CASEBOOK_WRITE, NULL, &err), OK);
	b.cb = NULL;
	assert_int_equal(casebook_rebuild(b.dir, &err), OK);
	book_end(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_come_from_the_journal),
		cmocka_unit_test(a_crash_at_any_byte),
		cmocka_unit_test(a_crash_between_journal_and_tables),
		cmocka_unit_test(a_changed_journal),
		cmocka_unit_test(who_may_write),
		cmocka_unit_test(bodies_that_are_refused),
		cmocka_unit_test(a_foreign_database),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
