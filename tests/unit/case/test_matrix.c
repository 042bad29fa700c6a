/* SPDX-License-Identifier: Apache-2.0 */
#include "book.h"

#include "case/assay.h"
#include "case/item.h"

static uint64_t seed;

static unsigned
draw(unsigned n)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(seed >> 33) % n;
}

static void
assay(struct book *b, struct assay *a)
{
	struct error err = { "" };

	memset(a, 0, sizeof *a);
	if (assay_make(b->cb, a, &err) != OK)
		fail_msg("%s", err.text);
}

/* An item that rests on `rests` (JSON, ' for "), with more keys. */
static void
add_report(struct book *b, const char *id, const char *rests, const char *more)
{
	char json[2048];

	(void)snprintf(json, sizeof json,
	    "{'id':'%s','kind':'report','title':'x','source':'B2','forge':'costly',"
	    "'analyst':'a','rests_on':{%s}%s,"
	    "'ratings':[{'hypothesis':'X','rating':'CC','reason':'r'}]}",
	    id, rests, more);
	book_must_add(b, "item", json);
}

/* What makes two items one, and what does not. */
static void
what_depends_on_what(void **state)
{
	static const struct {
		const char *name, *a, *a_more, *b, *b_more;
		bool one;
	} rows[] = {
		{ "two documents", "'documents':['@0']", "", "'documents':['@1']", "",
		    false },
		{ "the same document", "'documents':['@0']", "", "'documents':['@0','@1']",
		    "", true },
		{ "a claim quoted from it", "'documents':['@0']", "", "'claims':['c0']", "",
		    true },
		{ "a claim quoted from another", "'documents':['@1']", "",
		    "'claims':['c0']", "", false },
		{ "confirmed of one origin", "'documents':['@0']", "", "'documents':['@2']",
		    "", true },
		{ "only proposed to be", "'documents':['@1']", "", "'documents':['@2']", "",
		    false },
		{ "documents of one party's institutions", "'documents':['@1']", "",
		    "'documents':['@3']", "", true },
		{ "and one says why it is independent", "'documents':['@1']",
		    ",'independent':'own sensor'", "'documents':['@3']", "", false },
		{ "one provider", "'artefacts':['@0']", ",'provider':'mfa'",
		    "'artefacts':['@1']", ",'provider':'cert'", true },
		{ "two providers", "'artefacts':['@0']", ",'provider':'mfa'",
		    "'artefacts':['@1']", ",'provider':'other'", false },
		{ "one artefact", "'artefacts':['@0']", "", "'artefacts':['@0']", "",
		    true },
		{ "independence does not split one artefact", "'artefacts':['@0']",
		    ",'independent':'x'", "'artefacts':['@0']", ",'independent':'y'",
		    true },
		{ "merged by hand", "'artefacts':['@0']", ",'group':'g'",
		    "'artefacts':['@1']", ",'group':'g'", true },
		{ "through a party that is part of itself", "'artefacts':['@0']",
		    ",'provider':'loop'", "'artefacts':['@1']", ",'provider':'loop'",
		    true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char doc[4][DIGEST_HEX], rests[2][512], json[1024];
		const char *from[2] = { rows[i].a, rows[i].b };
		struct book b;
		struct assay a;

		ROW(i, rows[i].name);
		book_begin(&b);
		book_must_add(&b, "hypotheses", "{'actors':[{'id':'X'}]}");
		book_must_add(&b, "party", "{'id':'cn','name':'中国'}");
		book_must_add(&b, "party", "{'id':'mfa','name':'外交部','part_of':'cn'}");
		book_must_add(&b, "party", "{'id':'cert','name':'中心','part_of':'cn'}");
		book_must_add(&b, "party", "{'id':'other','name':'x'}");
		book_must_add(&b, "party", "{'id':'loop','name':'x','part_of':'loop'}");
		for (int d = 0; d < 4; d++) {
			char text[32];

			(void)snprintf(text, sizeof text, "文件 %d", d);
			(void)book_document(&b, text, doc[d]);
		}
		for (int d = 1; d < 4; d += 2) {
			(void)snprintf(json, sizeof json,
			    "{'id':'%s','size':8,'party':'%s'}", doc[d],
			    d == 1 ? "mfa" : "cert");
			book_must_add(&b, "document", json);
		}
		(void)snprintf(json, sizeof json,
		    "{'id':'g1','confirmed':true,'members':['%s','%s'],'reason':'one "
		    "briefing'}",
		    doc[0], doc[2]);
		book_must_add(&b, "group", json);
		(void)snprintf(json, sizeof json,
		    "{'id':'g2','confirmed':false,'members':['%s','%s'],'reason':'?'}",
		    doc[1], doc[2]);
		book_must_add(&b, "group", json);
		(void)snprintf(json, sizeof json,
		    "{'id':'c0','by':'other','text':'x','status':'no evidence offered',"
		    "'quotes':[{'document':'%s','text':'文件'}]}",
		    doc[0]);
		book_must_add(&b, "claim", json);
		for (int k = 0; k < 2; k++) {
			size_t n = 0;

			for (const char *p = from[k]; *p; p++)
				if (*p == '@') {
					n += (size_t)snprintf(rests[k] + n,
					    sizeof rests[k] - n, "%s", doc[p[1] - '0']);
					p++;
				} else
					rests[k][n++] = *p;
			rests[k][n] = '\0';
		}
		add_report(&b, "e1", rests[0], rows[i].a_more);
		add_report(&b, "e2", rests[1], rows[i].b_more);
		assay(&b, &a);
		assert_int_equal(a.result->group_n, rows[i].one ? 1 : 2);
		assert_int_equal(json_array_size(a.groups), rows[i].one ? 1 : 0);
		if (rows[i].one)
			assert_string_equal(a.result->reason, "single-independent-group");
		assay_release(&a);
		book_end(&b);
	}
}

/* Items added in any order, and copies under other names: the same scores and verdict. */
static void
order_and_copies(void **state)
{
	static const char *const kinds[] = { "payload", "tls", "dns", "malware", "host",
		"report", "country" };
	static const char *const forges[] = { "cheap", "costly", "none" };
	static const char *const words[] = { "CC", "C", "N", "I", "II" };

	(void)state;
	seed = 21;
	for (int round = 0; round < 40; round++) {
		char item[6][512], copy[512];
		unsigned n = 2 + draw(4), k = draw(n);
		struct assay a, b, c;
		struct book one, two;

		for (unsigned i = 0; i < n; i++) {
			const char *kind = kinds[draw(COUNT(kinds))];

			(void)snprintf(item[i], sizeof item[i],
			    "'kind':'%s','title':'x','source':'%c%c','forge':'%s','analyst'"
			    ":"
			    "'a','rests_on':{'artefacts':['%064u']},'ratings':[{'"
			    "hypothesis':"
			    "'X','rating':'%s','reason':'r'}]}",
			    kind, (int)('A' + draw(6)), (int)('1' + draw(6)),
			    forges[draw(3)], draw(4),
			    strcmp(kind, "country") == 0 ? "N" : words[draw(5)]);
		}
		book_begin(&one);
		book_begin(&two);
		book_must_add(&one, "hypotheses", "{'actors':[{'id':'X'},{'id':'Y'}]}");
		book_must_add(&two, "hypotheses", "{'actors':[{'id':'Y'},{'id':'X'}]}");
		for (unsigned i = 0; i < n; i++) {
			char json[600];
			unsigned r = n - 1 - i;

			(void)snprintf(json, sizeof json, "{'id':'e%u',%s", i, item[i]);
			book_must_add(&one, "item", json);
			(void)snprintf(json, sizeof json, "{'id':'e%u',%s", r, item[r]);
			book_must_add(&two, "item", json);
		}
		assay(&one, &a);
		assay(&two, &b);
		assert_string_equal(a.matrix_json.at, b.matrix_json.at);
		assert_string_equal(a.id, b.id);
		(void)snprintf(copy, sizeof copy, "{'id':'a-copy',%s", item[k]);
		book_must_add(&two, "item", copy);
		assay(&two, &c);
		assert_memory_equal(
		    a.result->score, c.result->score, sizeof a.result->score);
		assert_int_equal(a.result->status, c.result->status);
		assert_int_equal(a.result->confidence, c.result->confidence);
		assert_int_equal(a.result->level, c.result->level);
		assay_release(&a), assay_release(&b), assay_release(&c);
		book_end(&one), book_end(&two);
	}
}

static enum status
settle(struct book *b, const char *kind, const char *json, struct error *err)
{
	char text[2048];
	json_t *body;
	enum status st;

	(void)snprintf(text, sizeof text, "%s", json);
	for (char *p = text; *p; p++)
		*p = *p == '\'' ? '"' : *p;
	st = shape_load(text_span(text), &body, err);
	if (st == OK && strcmp(kind, "item") == 0)
		st = item_settle(b->cb, body, err);
	else if (st == OK)
		st = item_settle_hypotheses(b->cb, body, err);
	json_decref(body);
	return st;
}

#define ITEM(kind, source, more, rating)                                              \
	"{'id':'e','kind':'" kind "','title':'x','source':'" source "','analyst':'a'" \
	",'rests_on':{'artefacts':['00']}" more ",'ratings':[{'hypothesis':'X',"      \
	"'rating':'" rating "','reason':'r'}]}"
#define RATE(ka, na, kp, np)                                                   \
	",'base_rate':{'actor_seen':" ka ",'actor_n':" na ",'others_seen':" kp \
	",'others_n':" np ",'source':'s'}"

static void
items_that_are_refused(void **state)
{
	static const struct {
		const char *kind, *json, *says; /* "": accepted */
	} rows[] = {
		{ "item", ITEM("tls", "A1", "", "CC"), "" },
		{ "item", ITEM("country", "A1", "", "N"), "" },
		{ "item", ITEM("country", "A1", "", "C"), "registered" },
		{ "item", ITEM("registration", "A1", "", "I"), "registered" },
		{ "item", ITEM("tls", "A1", RATE("9", "10", "1", "100"), "CC"), "" },
		{ "item", ITEM("tls", "A1", RATE("9", "10", "30", "100"), "CC"), "3.98" },
		{ "item", ITEM("tls", "A1", RATE("9", "10", "30", "100"), "C"), "" },
		{ "item", ITEM("tls", "A1", RATE("11", "10", "1", "100"), "C"),
		    "more were" },
		{ "item", ITEM("tls", "A1", ",'provider':'p'", "C"), "no party p" },
		{ "item",
		    "{'id':'e','kind':'tls','title':'x','source':'A1','analyst':'a',"
		    "'rests_on':{},'ratings':[]}",
		    "rests on nothing" },
		{ "item",
		    "{'id':'e','kind':'tls','title':'x','source':'A1','analyst':'a',"
		    "'rests_on':{'findings':['00']},'ratings':[]}",
		    "no finding 00" },
		{ "item",
		    "{'id':'e','kind':'tls','title':'x','source':'A1','analyst':'a',"
		    "'rests_on':{'artefacts':['00']},'ratings':[{'hypothesis':'unk',"
		    "'rating':'C','reason':'r'}]}",
		    "unk is not rated" },
		{ "hypotheses", "{'actors':[{'id':'cluster-1'},{'id':'APT-C-39'}]}", "" },
		{ "hypotheses", "{'actors':[]}", "empty" },
		{ "hypotheses", "{'actors':[{'id':'x'},{'id':'x'}]}", "twice" },
		{ "hypotheses", "{'actors':[{'id':'unk'}]}", "may not be called" },
		{ "hypotheses", "{'actors':[{'id':'ff:x'}]}", "may not be called" },
		{ "hypotheses", "{'actors':[{'id':'China'}]}", "names a country" },
		{ "hypotheses", "{'actors':[{'id':'united.states'}]}", "names a country" },
		{ "hypotheses", "{'actors':[{'id':'USA'}]}", "names a country" },
		{ "hypotheses", "{'actors':[{'id':'nl'}]}", "names a country" },
		{ "hypotheses", "{'actors':[{'id':'x','claims':['c']}]}", "no claim c" },
	};
	struct book b;

	(void)state;
	book_begin(&b);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct error err = { "" };
		enum status st = settle(&b, rows[i].kind, rows[i].json, &err);

		ROW(i, rows[i].json);
		assert_true((st == OK) == (rows[i].says[0] == '\0'));
		assert_non_null(strstr(err.text, rows[i].says));
	}
	book_end(&b);
}

/* Written once, found again, and noticed when it was edited. */
static void
an_assessment_is_kept(void **state)
{
	struct error err;
	struct assay a;
	struct book b;
	bool written;
	json_t *body;

	(void)state;
	book_begin(&b);
	book_must_add(&b, "hypotheses", "{'actors':[{'id':'X'}]}");
	add_report(&b, "e1",
	    "'artefacts':['0000000000000000000000000000000000000000000000000"
	    "000000000000000']",
	    "");
	assay(&b, &a);
	assert_int_equal(assay_keep(b.cb, &b.hand, &a, &written, &err), OK);
	assert_true(written);
	assert_int_equal(assay_keep(b.cb, &b.hand, &a, &written, &err), OK);
	assert_false(written);
	body = casebook_get(b.cb, "assessment", a.id);
	assert_int_equal(assay_check(body, &err), OK);
	/* what would change it says so when it is tried */
	assert_true(json_array_size(a.asks) > 0);
	assay_release(&a);
	(void)json_object_set_new(body, "outcome", json_string("{}"));
	assert_int_equal(assay_check(body, &err), E_DIFFERS);
	json_decref(body);
	add_report(&b, "e2",
	    "'artefacts':['1000000000000000000000000000000000000000000000000"
	    "000000000000000']",
	    "");
	assay(&b, &a);
	assert_int_equal(assay_keep(b.cb, &b.hand, &a, &written, &err), OK);
	assert_true(written);
	assay_release(&a);
	book_end(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_depends_on_what),
		cmocka_unit_test(order_and_copies),
		cmocka_unit_test(items_that_are_refused),
		cmocka_unit_test(an_assessment_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
