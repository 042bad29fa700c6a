/* SPDX-License-Identifier: Apache-2.0 */
#include "book.h"

#include "case/claim.h"
#include "case/docket.h"

#define TEXT                                                                                       \
	"<p>2011年,境外有近4.7万个IP地址控制了我国境内近890万台主机。</p>\n" \
	"控制主机531万台,其中446万、215万、194万。\nIt says so. It says so.\n"

static void
begin(struct book *b, char doc[static DIGEST_HEX])
{
	book_begin(b);
	(void)book_document(b, TEXT, doc);
	book_must_add(b, "party", "{'id':'cert','name':'国家互联网应急中心'}");
	book_must_add(b, "incident", "{'id':'i1','title':'木马'}");
}

/* A claim whose quotes, figures and more are given; @ stands for the document. */
static enum status
settle(struct book *b, const char *doc, const char *rest, json_t **claim, struct error *err)
{
	char text[4096];
	size_t n = 0;
	enum status st;

	n = (size_t)snprintf(text, sizeof text,
	    "{\"id\":\"c1\",\"by\":\"cert\",\"text\":\"x\",\"status\":\"no evidence "
	    "offered\",");
	for (; *rest; rest++) {
		if (*rest == '@')
			n += (size_t)snprintf(text + n, sizeof text - n, "%s", doc);
		else
			text[n++] = *rest == '\'' ? '"' : *rest;
	}
	text[n] = '\0';
	st = shape_load(text_span(text), claim, err);
	if (st == OK)
		st = claim_settle(b->cb, *claim, err);
	return st;
}

static void
quotes_are_found_and_checked(void **state)
{
	static const struct {
		const char *rest;
		enum status st;
		const char *says;
	} rows[] = {
		{ "'quotes':[{'document':'@','text':'控制主机531万台'}]}", OK, "" },
		{ "'quotes':[{'document':'@','text':'2011年','from':3,'to':8}]}", OK, "" },
		{ "'quotes':[{'document':'@','text':'2011年','from':4,'to':9}]}", E_DIFFERS,
		    "are not the quote" },
		{ "'quotes':[{'document':'@','text':'2011年','from':3,'to':9000}]}",
		    E_DIFFERS, "are not the quote" },
		{ "'quotes':[{'document':'@','text':'2011年','from':8,'to':3}]}", E_DIFFERS,
		    "are not the quote" },
		{ "'quotes':[{'document':'@','text':'2012年'}]}", E_FORMAT,
		    "does not stand" },
		{ "'quotes':[{'document':'@','text':'It says so.'}]}", E_FORMAT,
		    "more than once" },
		{ "'quotes':[{'document':'@','text':'2011','from':3}]}", E_FORMAT,
		    "go together" },
		{ "'quotes':[]}", E_FORMAT, "hearsay" },
		{ "'about':'i2','quotes':[]}", E_FORMAT, "no incident i2" },
		{ "'quotes':[{'document':'00','text':'x'}]}", E_FORMAT, "no document 00" },
	};
	char doc[DIGEST_HEX];
	struct book b;

	(void)state;
	begin(&b, doc);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct error err = { "" };
		json_t *claim = NULL;

		ROW(i, rows[i].rest);
		assert_int_equal(settle(&b, doc, rows[i].rest, &claim, &err), rows[i].st);
		assert_non_null(strstr(err.text, rows[i].says));
		if (rows[i].st == OK) {
			json_t *q = json_array_get(json_object_get(claim, "quotes"), 0);

			assert_int_equal(claim_check_quote(b.cb, q, &err), OK);
			(void)json_object_set_new(q, "to",
			    json_integer(json_integer_value(json_object_get(q, "to")) - 1));
			assert_int_equal(claim_check_quote(b.cb, q, &err), E_DIFFERS);
		}
		json_decref(claim);
	}
	book_end(&b);
}

#define FIG(id, as, more) "{'id':'" id "','as_stated':'" as "','unit':'hosts'" more "}"
#define QUOTE             "'quotes':[{'document':'@','text':'控制主机531万台'}],"

static void
figures_are_typed(void **state)
{
	static const struct {
		const char *rest;
		enum status st;
		const char *says;
	} rows[] = {
		{ QUOTE "'figures':[" FIG("a", "5.2万", "") "]}", OK, "" },
		{ QUOTE "'figures':[" FIG("a", "5.2万", ",'value':'52000'") "]}", OK, "" },
		{ QUOTE "'figures':[" FIG("a", "5.2万", ",'value':'5200'") "]}", E_FORMAT,
		    "is 52000 and not 5200" },
		{ QUOTE "'figures':[" FIG("a", "70 %", "") "]}", E_FORMAT,
		    "begins with percent" },
		{ QUOTE "'figures':[" FIG("a", "many", "") "]}", E_FORMAT, "no number" },
		{ QUOTE "'figures':[" FIG("a", "1", "") "," FIG("a", "2", "") "]}",
		    E_FORMAT, "two figures" },
	};
	char doc[DIGEST_HEX];
	struct book b;

	(void)state;
	begin(&b, doc);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct error err = { "" };
		json_t *claim = NULL;

		ROW(i, rows[i].rest);
		assert_int_equal(settle(&b, doc, rows[i].rest, &claim, &err), rows[i].st);
		assert_non_null(strstr(err.text, rows[i].says));
		json_decref(claim);
	}
	book_end(&b);
}

/* What parts and their whole imply is worked out, whatever the numbers are. */
static void
what_figures_imply(void **state)
{
	static const struct {
		const char *name, *figures;
		const char *implies; /* NULL: nothing is said */
		const char *key, *value;
	} rows[] = {
		{ "three countries' hosts exceed all hosts",
		    FIG("all", "531万", "") "," FIG(
			"x", "446万", ",'part_of':'all'") "," FIG("y", "215万",
			",'part_of':'all'") "," FIG("z", "194万", ",'part_of':'c1:all'"),
		    "overlap", "counted_more_than_once_at_least", "1620000" },
		{ "excess of the three",
		    FIG("all", "531万", "") "," FIG(
			"x", "446万", ",'part_of':'all'") "," FIG("y", "215万",
			",'part_of':'all'") "," FIG("z", "194万", ",'part_of':'all'"),
		    "overlap", "excess", "3240000" },
		{ "two parts: every one too many is counted twice",
		    FIG("all", "10", "") "," FIG("x", "9", ",'part_of':'all'") "," FIG(
			"y", "4", ",'part_of':'all'"),
		    "overlap", "counted_more_than_once_at_least", "3" },
		{ "rounded up: half of an odd excess",
		    FIG("all", "10", "") "," FIG("x", "9", ",'part_of':'all'") "," FIG(
			"y", "4", ",'part_of':'all'") "," FIG("z", "2", ",'part_of':'all'"),
		    "overlap", "counted_more_than_once_at_least", "3" },
		{ "they add up",
		    FIG("all", "10", "") "," FIG("x", "6", ",'part_of':'all'") "," FIG(
			"y", "4", ",'part_of':'all'"),
		    "partition", "sum", "10" },
		{ "some are under none",
		    FIG("all", "10", "") "," FIG("x", "6", ",'part_of':'all'") "," FIG(
			"y", "1.5", ",'part_of':'all'"),
		    "remainder", "remainder", "2.5" },
		{ "a part larger than its whole",
		    FIG("all", "10", "") "," FIG("x", "11", ",'part_of':'all'") "," FIG(
			"y", "4", ",'part_of':'all'"),
		    "contradiction", "sum", "15" },
		{ "the whole is only a lower bound",
		    FIG("all", "over 10", "") "," FIG("x", "9", ",'part_of':'all'") "," FIG(
			"y", "4", ",'part_of':'all'"),
		    "nothing", "sum", "13" },
		{ "of another year",
		    FIG("all", "10", ",'period':'2020'") "," FIG(
			"x", "9", ",'part_of':'all','period':'2021'") "," FIG("y", "4",
			",'part_of':'all'"),
		    "nothing", "sum", "13" },
		{ "one part says nothing",
		    FIG("all", "10", "") "," FIG("x", "11", ",'part_of':'all'"), NULL, "",
		    "" },
		{ "no part of it", FIG("all", "10", "") "," FIG("x", "11", ""), NULL, "",
		    "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char doc[DIGEST_HEX], rest[2048];
		struct error err = { "" };
		json_t *claim = NULL, *docket, *said;
		struct book b;

		ROW(i, rows[i].name);
		begin(&b, doc);
		(void)snprintf(
		    rest, sizeof rest, "%s'figures':[%s]}", QUOTE, rows[i].figures);
		assert_int_equal(settle(&b, doc, rest, &claim, &err), OK);
		assert_int_equal(
		    casebook_add(b.cb, &b.hand, "claim", "c1", claim, &err), OK);
		assert_int_equal(docket_make(b.cb, &docket, &err), OK);
		said = json_array_get(json_object_get(docket, "implications"), 0);
		if (rows[i].implies) {
			assert_string_equal(
			    json_string_value(json_object_get(said, "implies")),
			    rows[i].implies);
			assert_string_equal(
			    json_string_value(json_object_get(said, rows[i].key)),
			    rows[i].value);
		} else
			assert_null(said);
		json_decref(docket);
		json_decref(claim);
		book_end(&b);
	}
}

/* A later entry of kind status is what the docket shows; nothing unstated is left empty. */
static void
the_register(void **state)
{
	char doc[DIGEST_HEX];
	struct error err = { "" };
	json_t *claim = NULL, *docket, *c, *f;
	struct book b;

	(void)state;
	begin(&b, doc);
	assert_int_equal(
	    settle(&b, doc, QUOTE "'figures':[" FIG("a", "531万", "") "]}", &claim, &err),
	    OK);
	assert_int_equal(casebook_add(b.cb, &b.hand, "claim", "c1", claim, &err), OK);
	book_must_add(&b, "status",
	    "{'id':'s2','claim':'c1','status':'evidence requested','reason':'asked'}");
	book_must_add(&b, "status",
	    "{'id':'s1','claim':'c1','status':'contradicted','reason':'measured'}");
	assert_int_equal(docket_make(b.cb, &docket, &err), OK);
	c = json_array_get(json_object_get(docket, "claims"), 0);
	f = json_array_get(json_object_get(c, "figures"), 0);
	assert_string_equal(
	    json_string_value(json_object_get(c, "status")), "contradicted");
	assert_string_equal(
	    json_string_value(json_object_get(c, "by_name")), "国家互联网应急中心");
	assert_string_equal(
	    json_string_value(json_object_get(c, "evidence_stated")), "not stated");
	assert_string_equal(json_string_value(json_object_get(f, "period")), "not stated");
	assert_string_equal(json_string_value(json_object_get(f, "method")), "not stated");
	assert_string_equal(json_string_value(json_object_get(f, "value")), "5310000");
	json_decref(docket);
	json_decref(claim);
	book_end(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quotes_are_found_and_checked),
		cmocka_unit_test(figures_are_typed),
		cmocka_unit_test(what_figures_imply),
		cmocka_unit_test(the_register),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
