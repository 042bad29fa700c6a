/* SPDX-License-Identifier: Apache-2.0 */
#include "case/exchange.h"

#include <stdlib.h>
#include <string.h>

#include "case/coverage.h"
#include "case/selector.h"
#include "table.h"

#define SECOND UINT64_C(1000000000)
#define HASH   "00000000000000000000000000000000000000000000000000000000000000aa"
#define REPLY  "'nonce':'" HASH "','request':'" HASH "','request_id':'r1'"
#define SPAN   "{'from':'2026-01-01T00:00:00Z','to':'2026-01-01T01:00:00Z'}"
#define LATER  "{'from':'2026-01-01T03:00:00Z','to':'2026-01-01T04:00:00Z'}"
#define HEARD(spans)                                                                     \
	"'coverage':{'addresses':true,'bytes':1,'complete':true,'flows':1,'gap_s':3600," \
	"'heard':[" spans "],'inputs':1,'lost':[],'names':true,'read':[],'sampling':1,"  \
	"'traits':0}"
#define REQUEST                                                                          \
	"'deadline':'2026-02-01T00:00:00Z','from':'a','id':'r1','legal_basis':'law',"    \
	"'max_retention':'a year','nonce':'" HASH "','pap':'AMBER','purpose':'to know'," \
	"'tlp':'AMBER','to':'b','wanted':['absence']"
#define SELECTOR "{'hmac':'" HASH "','type':'address'}"

static json_t *
body_of(const char *text)
{
	char *s = strdup(text);
	json_t *body;

	for (char *c = s; *c; c++)
		*c = (char)(*c == '\'' ? '"' : *c);
	body = json_loads(s, 0, NULL);
	assert_non_null(body);
	free(s);
	return body;
}

static void
what_is_taken(void **state)
{
	static const struct {
		const char *name;
		enum account_kind kind;
		const char *body;
		enum status st;
	} rows[] = {
		{ "a request", ACCOUNT_REQUEST, "{" REQUEST "}", OK },
		{ "with a selector, and its key named", ACCOUNT_REQUEST,
		    "{" REQUEST ",'selector_key':'" HASH "','selectors':[" SELECTOR "]}",
		    OK },
		{ "a selector without its key", ACCOUNT_REQUEST,
		    "{" REQUEST ",'selectors':[" SELECTOR "]}", E_FORMAT },
		{ "a selector that ends before it begins", ACCOUNT_REQUEST,
		    "{" REQUEST ",'selector_key':'" HASH "','selectors':[{'hmac':'" HASH
		    "','type':'name','from':'2026-01-02T00:00:00Z',"
		    "'to':'2026-01-01T00:00:00Z'}]}",
		    E_FORMAT },
		{ "which answer would help whom", ACCOUNT_REQUEST,
		    "{" REQUEST ",'would_change':'x'}", E_FORMAT },
		{ "approved", ACCOUNT_ACKNOWLEDGEMENT, "{" REPLY ",'state':'approved'}",
		    OK },
		{ "denied without a word why", ACCOUNT_ACKNOWLEDGEMENT,
		    "{" REPLY ",'state':'denied'}", E_FORMAT },
		{ "denied, and why", ACCOUNT_ACKNOWLEDGEMENT,
		    "{" REPLY ",'justification':'Other','state':'denied'}", OK },
		{ "no match without coverage", ACCOUNT_ANSWER,
		    "{" REPLY ",'outcome':'no match'}", E_FORMAT },
		{ "no match where nothing was heard", ACCOUNT_ANSWER,
		    "{" HEARD("") "," REPLY ",'outcome':'no match'}", E_FORMAT },
		{ "no match with its coverage", ACCOUNT_ANSWER,
		    "{" HEARD(SPAN "," LATER) "," REPLY ",'outcome':'no match'}", OK },
		{ "spans out of order", ACCOUNT_ANSWER,
		    "{" HEARD(LATER "," SPAN) "," REPLY ",'outcome':'no match'}",
		    E_FORMAT },
		{ "not covered, and why", ACCOUNT_ANSWER,
		    "{" HEARD("") "," REPLY ",'outcome':'not covered'}", OK },
		{ "match", ACCOUNT_ANSWER, "{" REPLY ",'outcome':'match'}", OK },
	};
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		json_t *body = body_of(rows[i].body);
		enum status st = exchange_check(rows[i].kind, body, &err);

		if (st != rows[i].st)
			fail_msg("%s: %d %s", rows[i].name, st, st == OK ? "" : err.text);
		json_decref(body);
	}
}

/* Who replied to what, and whether they may. */
static void
what_belongs(void **state)
{
	static const struct {
		const char *name, *key, *body;
		uint64_t time_ns;
		enum account_kind kind;
		enum status st;
	} rows[] = {
		{ "the other side's answer", "bb", "'outcome':'match'", 1, ACCOUNT_ANSWER,
		    OK },
		{ "our own answer", "aa", "'outcome':'match'", 1, ACCOUNT_ANSWER,
		    E_DIFFERS },
		{ "unanswered, in time", "aa", "'outcome':'unanswered'", 1, ACCOUNT_ANSWER,
		    E_DIFFERS },
		{ "unanswered, past the deadline", "aa", "'outcome':'unanswered'",
		    UINT64_C(1769904001) * SECOND, ACCOUNT_ANSWER, OK },
		{ "unanswered, says who was asked", "bb", "'outcome':'unanswered'",
		    UINT64_C(1769904001) * SECOND, ACCOUNT_ANSWER, E_DIFFERS },
		{ "a result for what was not asked", "bb",
		    "'outcome':'match','results':[{'flows':1,'heard_s':1,'hmac':'" HASH
		    "','names':0}]",
		    1, ACCOUNT_ANSWER, E_DIFFERS },
		{ "an acknowledgement", "bb", "'state':'approved'", 1,
		    ACCOUNT_ACKNOWLEDGEMENT, OK },
	};
	struct exchange request = {
		.kind = ACCOUNT_REQUEST, .body = body_of("{" REQUEST "}"), .key_id = "aa"
	};
	char hex[DIGEST_HEX];
	struct error err;

	(void)state;
	request.statement.b[31] = 0xaa;
	assert_string_equal(digest_hex(&request.statement, hex), HASH);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct exchange r = { .kind = rows[i].kind, .time_ns = rows[i].time_ns };
		char text[1024];
		enum status st;

		(void)snprintf(r.key_id, sizeof r.key_id, "%s", rows[i].key);
		(void)snprintf(text, sizeof text, "{" REPLY ",%s}", rows[i].body);
		r.body = body_of(text);
		st = exchange_belongs(&request, &r, &err);
		if (st != rows[i].st)
			fail_msg("%s: %d", rows[i].name, st);
		request.statement.b[0] ^= 1;
		assert_int_equal(exchange_belongs(&request, &r, &err), E_DIFFERS);
		request.statement.b[0] ^= 1;
		exchange_release(&r);
	}
	exchange_release(&request);
}

static void
one_thing_has_one_hash(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} rows[] = {
		{ "peer 192.0.2.1", "host 192.0.2.1", true },
		{ "name Example.NET.", "name example.net", true },
		{ "peer 2001:db8:0::1", "ip 2001:db8::1", true },
		{ "name 192.0.2.1", "peer 192.0.2.1", false },
		{ "name example.net", "name example.org", false },
		{ "peer 192.0.2.1 from 2026-01-01T00:00:00Z", "peer 192.0.2.1", true },
	};
	static const char *const bad[] = { "", "peer", "peer x", "who 192.0.2.1",
		"peer 192.0.2.1 from", "peer 192.0.2.1 from yesterday", "name a b",
		"name a from 2026-01-02T00:00:00Z to 2026-01-01T00:00:00Z" };
	uint8_t key[SELECTOR_KEY] = { 7 }, other[SELECTOR_KEY] = { 8 };
	struct selector a, b, again;
	struct error err;
	json_t *j;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_int_equal(selector_parse(text_span(rows[i].a), key, &a, &err), OK);
		assert_int_equal(selector_parse(text_span(rows[i].b), key, &b, &err), OK);
		if ((memcmp(&a.keyed, &b.keyed, sizeof a.keyed) == 0) != rows[i].same)
			fail_msg("%s and %s", rows[i].a, rows[i].b);
		assert_int_equal(selector_parse(text_span(rows[i].a), other, &b, &err), OK);
		assert_memory_not_equal(&a.keyed, &b.keyed, sizeof a.keyed);
		j = selector_json(&a);
		assert_int_equal(selector_read(j, &again, &err), OK);
		assert_memory_equal(&a.keyed, &again.keyed, sizeof a.keyed);
		assert_true(a.type == again.type && a.from_ns == again.from_ns &&
			    a.to_ns == again.to_ns);
		json_decref(j);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(
		    selector_parse(text_span(bad[i]), key, &a, &err), E_FORMAT);
}

static int
ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The spans are those of the sorted points, in whatever order they come. */
static void
spans_are_those_of_the_sorted(void **state)
{
	enum { POINTS = 300 };
	const uint64_t gap = COVERAGE_GAP_S * SECOND;

	(void)state;
	for (unsigned seed = 1; seed <= 60; seed++) {
		uint64_t t[POINTS], from = 0, sum = 0, slow = 0;
		struct coverage c;
		size_t n = 0;

		srandom(seed);
		assert_true(coverage_init(&c));
		for (size_t i = 0; i < POINTS; i++) {
			t[i] = SECOND * (uint64_t)(random() % (seed * 20000));
			coverage_add(&c, t[i]);
		}
		qsort(t, POINTS, sizeof *t, ascending);
		for (size_t i = 0; i < POINTS; i++) {
			if (i + 1 < POINTS && t[i + 1] - t[i] <= gap)
				continue;
			assert_true(n < c.n);
			assert_true(c.span[n].from_ns == t[from]);
			assert_true(c.span[n++].to_ns == t[i]);
			from = i + 1;
		}
		assert_int_equal(n, c.n);
		for (size_t i = 0; i < c.n; i++)
			sum += c.span[i].to_ns - c.span[i].from_ns;
		assert_true(coverage_of(&c, 0, UINT64_MAX) == sum);
		for (uint64_t s = 0; s < 40000; s++)
			for (size_t i = 0; i < c.n; i++)
				slow += c.span[i].from_ns <= s * SECOND &&
					s * SECOND < c.span[i].to_ns;
		assert_true(coverage_of(&c, 0, 40000 * SECOND) == slow * SECOND);
		coverage_release(&c);
	}
}

/* More spans than there is room for: counted, and what is there stays true. */
static void
too_many_spans_are_counted(void **state)
{
	struct coverage c;

	(void)state;
	assert_true(coverage_init(&c));
	for (uint64_t i = 0; i < COVERAGE_SPANS + 5; i++)
		coverage_add(&c, i * 2 * COVERAGE_GAP_S * SECOND);
	assert_int_equal(c.n, COVERAGE_SPANS);
	assert_int_equal(c.unplaced, 5);
	coverage_release(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_taken),
		cmocka_unit_test(what_belongs),
		cmocka_unit_test(one_thing_has_one_hash),
		cmocka_unit_test(spans_are_those_of_the_sorted),
		cmocka_unit_test(too_many_spans_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
