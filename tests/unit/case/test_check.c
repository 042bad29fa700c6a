/* SPDX-License-Identifier: Apache-2.0 */
#include "book.h"

#include "case/assay.h"
#include "case/check.h"
#include "case/claim.h"

struct heard {
	char text[8192];
	size_t n;
};

static void
hear(void *state, const char *sentence)
{
	struct heard *h = state;

	h->n += (size_t)snprintf(h->text + h->n, sizeof h->text - h->n, "%s\n", sentence);
	assert_true(h->n < sizeof h->text);
}

static struct check_report
check(struct book *b, const struct key *pinned, struct heard *h)
{
	struct check_report r;
	struct error err = { "" };

	memset(h, 0, sizeof *h);
	assert_int_equal(check_case(b->dir, pinned, hear, h, &r, &err), OK);
	return r;
}

#define NOTHING "0000000000000000000000000000000000000000000000000000000000000000"

/* A case with a document, a claim that quotes it, an item, an assessment, custody. */
static void
fill(struct book *b, char doc[static DIGEST_HEX])
{
	struct error err = { "" };
	struct assay a = { 0 };
	char json[1024];
	json_t *claim;
	bool written;

	(void)book_document(b, "境外控制服务器控制境内531万台主机。", doc);
	book_must_add(b, "party", "{'id':'p','name':'国家互联网应急中心'}");
	(void)snprintf(json, sizeof json,
	    "{\"id\":\"c1\",\"by\":\"p\",\"text\":\"x\",\"status\":\"no evidence offered\","
	    "\"quotes\":[{\"document\":\"%s\",\"text\":\"531万台\"}],\"figures\":[{\"id\":"
	    "\"f\",\"as_stated\":\"531万\",\"unit\":\"hosts\"}]}",
	    doc);
	assert_int_equal(shape_load(text_span(json), &claim, &err), OK);
	assert_int_equal(claim_settle(b->cb, claim, &err), OK);
	assert_int_equal(casebook_add(b->cb, &b->hand, "claim", "c1", claim, &err), OK);
	json_decref(claim);
	book_must_add(b, "hypotheses", "{'actors':[{'id':'X'}]}");
	book_must_add(b, "item",
	    "{'id':'e1','kind':'host','title':'x','source':'B2','analyst':'a','rests_on':{"
	    "'claims':['c1']},'ratings':[{'hypothesis':'X','rating':'C','reason':'r'}]}");
	assert_int_equal(assay_make(b->cb, &a, &err), OK);
	assert_int_equal(assay_keep(b->cb, &b->hand, &a, &written, &err), OK);
	assay_release(&a);
	book_must_add(b, "custody",
	    "{'id':'u1','action':'captured','at':'2023-07-26','exhibit':'x1','person':'a',"
	    "'reason':'r','hash_after':'" NOTHING "'}");
	book_must_add(b, "custody",
	    "{'id':'u2','action':'copied','at':'2023-07-27','exhibit':'x1','person':'b',"
	    "'reason':'r','hash_before':'" NOTHING "'}");
}

static void
edit(struct book *b, const char *name, const char *from, const char *to)
{
	struct buf bytes = { .max = 1 << 20 };
	char path[256], *at;

	book_path(b, name, path);
	get_file(path, &bytes);
	at = memmem(bytes.at, bytes.len, from, strlen(from));
	assert_non_null(at);
	assert_int_equal(strlen(from), strlen(to));
	memcpy(at, to, strlen(to));
	put_file(path, buf_span(&bytes));
	buf_release(&bytes);
}

static void
a_sound_case(void **state)
{
	static const uint8_t seed[KEY_BYTES] = { 7 };
	char doc[DIGEST_HEX];
	struct check_report r;
	struct heard h;
	struct key *other;
	struct book b;
	struct error err;

	(void)state;
	book_begin(&b);
	fill(&b, doc);
	r = check(&b, b.key, &h);
	assert_string_equal(h.text, "");
	assert_false(r.failed);
	for (int i = 0; i < CHECK_STEPS; i++)
		assert_true(r.step[i].looked > 0);
	assert_int_equal(key_from_seed(&other, seed, &err), OK);
	r = check(&b, other, &h);
	assert_non_null(strstr(h.text, "not begun with the key"));
	key_free(other);
	book_end(&b);
}

/* Every edit of a file is named with the thing it is in. */
static void
edited_files(void **state)
{
	static const struct {
		const char *name, *file, *from, *to, *says;
		enum { KEEP_DB, DROP_DB } db;
	} rows[] = {
		{ "a document", "documents/@", "531", "532", "was changed: its hash",
		    KEEP_DB },
		{ "and so its quote", "documents/@", "531", "532", "claim c1: ", KEEP_DB },
		{ "an assessment's copy", "assessments/*", "INSUFF", "ATTRIB", "was edited",
		    KEEP_DB },
		{ "a line of the journal", "journal.jsonl", "\"reason\":\"r\"",
		    "\"reason\":\"s\"", "does not follow", KEEP_DB },
		{ "the same, the tables away", "journal.jsonl", "\"reason\":\"r\"",
		    "\"reason\":\"s\"", "does not follow", DROP_DB },
		{ "the last line", "journal.jsonl", "\"person\":\"b\"", "\"person\":\"c\"",
		    "line 9: its signature is wrong", DROP_DB },
		{ "a row of the tables", "case.db", "\"rating\":\"C\"", "\"rating\":\"I\"",
		    "item e1 was changed in case.db", KEEP_DB },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char doc[DIGEST_HEX], file[160], path[256];
		struct check_report r;
		struct heard h;
		struct book b;
		json_t *list;

		ROW(i, rows[i].name);
		book_begin(&b);
		fill(&b, doc);
		(void)snprintf(file, sizeof file, "%s", rows[i].file);
		if (strchr(file, '@'))
			(void)snprintf(strchr(file, '@'), DIGEST_HEX, "%s", doc);
		if (strchr(file, '*')) {
			assert_int_equal(casebook_list(b.cb, "assessment", NULL, &list,
					     &(struct error){ "" }),
			    OK);
			(void)snprintf(strchr(file, '*'), DIGEST_HEX + 5, "%s.json",
			    json_string_value(
				json_object_get(json_array_get(list, 0), "id")));
			json_decref(list);
		}
		casebook_close(b.cb);
		b.cb = NULL;
		if (rows[i].db == DROP_DB) {
			book_path(&b, CASEBOOK_DB, path);
			assert_int_equal(unlink(path), 0);
		}
		edit(&b, file, rows[i].from, rows[i].to);
		r = check(&b, NULL, &h);
		assert_true(r.failed);
		if (strstr(h.text, rows[i].says) == NULL)
			print_message("%s", h.text);
		assert_non_null(strstr(h.text, rows[i].says));
		book_end(&b);
	}
}

/* What was signed and is wrong all the same. */
static void
signed_but_wrong(void **state)
{
	static const struct {
		const char *name, *kind, *json, *says;
	} rows[] = {
		{ "a claim without a document", "claim",
		    "{'id':'c2','by':'p','text':'x','status':'withdrawn','quotes':[]}",
		    "claim c2 has no document" },
		{ "a claim of a document that is not there", "claim",
		    "{'id':'c2','by':'p','text':'x','status':'withdrawn','quotes':[{'"
		    "document':"
		    "'" NOTHING "','text':'y','from':0,'to':1,'rule':1}]}",
		    "claim c2: there is no document" },
		{ "a quote that stands elsewhere", "claim",
		    "{'id':'c2','by':'p','text':'x','status':'withdrawn','quotes':[{'"
		    "document':"
		    "'@','text':'531','from':0,'to':3,'rule':1}]}",
		    "claim c2: characters 0 to 3" },
		{ "a figure that is another", "claim",
		    "{'id':'c2','by':'p','text':'x','status':'withdrawn','quotes':[{'"
		    "document':"
		    "'@','text':'531','from':11,'to':14,'rule':1}],'figures':[{'id':'f',"
		    "'as_stated':'531万','unit':'hosts','value':'531'}]}",
		    "figure f: 531万 is not 531" },
		{ "an assessment that does not come out", "assessment",
		    "{'id':'" NOTHING "','head':'" NOTHING "','method':'gach-1','matrix':"
		    "'{\\'actors\\':[\\'X\\'],\\'items\\':[]}','outcome':'{}'}",
		    "another outcome comes out" },
		{ "an assessment of items that never were", "assessment",
		    "{'id':'" NOTHING "','head':'" NOTHING "','method':'gach-1','matrix':"
		    "'{\\'actors\\':[\\'X\\'],\\'items\\':[]}','outcome':'{}'}",
		    "no line of the journal is" },
		{ "an exhibit that was swapped", "custody",
		    "{'id':'u3','action':'received','at':'2023-07-28','exhibit':'x1','"
		    "person':"
		    "'b','reason':'r','hash_before':'1"
		    "000000000000000000000000000000000000000"
		    "000000000000000000000000'}",
		    "custody u3: exhibit x1" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char doc[DIGEST_HEX], json[2048];
		const char *at = strchr(rows[i].json, '@');
		struct check_report r;
		struct heard h;
		struct book b;

		ROW(i, rows[i].name);
		book_begin(&b);
		fill(&b, doc);
		if (at)
			(void)snprintf(json, sizeof json, "%.*s%s%s",
			    (int)(at - rows[i].json), rows[i].json, doc, at + 1);
		else
			(void)snprintf(json, sizeof json, "%s", rows[i].json);
		book_must_add(&b, rows[i].kind, json);
		r = check(&b, NULL, &h);
		assert_true(r.failed);
		if (strstr(h.text, rows[i].says) == NULL)
			print_message("%s", h.text);
		assert_non_null(strstr(h.text, rows[i].says));
		book_end(&b);
	}
}

/* A journal that is signed and chained and whose bodies are not what they must be. */
static void
bodies_of_no_shape(void **state)
{
	static const char *const rows[][2] = {
		{ "claim", "{\"id\":\"c2\"}" },
		{ "claim", "{\"by\":7,\"id\":\"c2\",\"quotes\":[7,{\"document\":{}}]}" },
		{ "item", "{\"id\":\"e2\",\"ratings\":{\"x\":1}}" },
		{ "hypotheses", "{\"actors\":7}" },
		{ "assessment", "{}" },
		{ "document", "{}" },
		{ "custody", "{\"exhibit\":[]}" },
		{ "group", "{\"members\":[{}]}" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct journal_new w = { .kind = rows[i][0], .id = "c2" };
		struct buf line = { .max = 1 << 16 }, journal = { .max = 1 << 20 };
		struct assay a = { 0 };
		struct error err = { "" };
		char doc[DIGEST_HEX], path[256];
		struct check_report r;
		struct heard h;
		struct book b;

		ROW(i, rows[i][1]);
		book_begin(&b);
		fill(&b, doc);
		w.n = casebook_head(b.cb, &w.prev) + 1;
		w.body = text_span(rows[i][1]);
		assert_int_equal(journal_sign(&w, b.key, &line, &err), OK);
		casebook_close(b.cb);
		b.cb = NULL;
		book_path(&b, CASEBOOK_JOURNAL, path);
		get_file(path, &journal);
		buf_put(&journal, line.at, line.len);
		put_file(path, buf_span(&journal));
		book_reopen(&b, CASEBOOK_READ);
		r = check(&b, NULL, &h);
		assert_true(r.failed);
		assert_non_null(strstr(h.text, "journal line 10"));
		if (assay_make(b.cb, &a, &err) != OK)
			assert_true(err.text[0] != '\0');
		assay_release(&a);
		buf_release(&line), buf_release(&journal);
		book_end(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sound_case),
		cmocka_unit_test(edited_files),
		cmocka_unit_test(signed_but_wrong),
		cmocka_unit_test(bodies_of_no_shape),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
