/* SPDX-License-Identifier: Apache-2.0 */
#include "case/exchange.h"

#include <string.h>

#include "base/stamp.h"
#include "case/selector.h"
#include "evidence/dsse.h"

#define TEXT_MAX 8192

#define SHAPE(name)                                       \
	static const struct shape name = { name##_fields, \
		sizeof name##_fields / sizeof *name##_fields }

/* clang-format off */
static const char *const tlps[] = { "CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED", NULL };
static const char *const paps[] = { "CLEAR", "GREEN", "AMBER", "RED", NULL };
static const char *const wanteds[] = { "flows", "slice", "absence", "document", "sample", NULL };
static const char *const states[] = { "approved", "denied", "pending", NULL };
/* RFC 6545 section 5.2, Justification. */
static const char *const reasons[] = { "SystemResource", "Authentication", "AuthenticationOrigin",
	"Encryption", "UnrecognizedFormat", "CannotProcess", "Other", NULL };
static const char *const outcomes[] = { "match", "no match", "not covered", "unanswered", NULL };
static const char *const selector_types[] = { "address", "name", "community", NULL };

static const struct shape_field selector_fields[] = {
	{ .key = "from", .type = SHAPE_DATE },
	{ .key = "hmac", .type = SHAPE_HASH, .required = true },
	{ .key = "to", .type = SHAPE_DATE },
	{ .key = "type", .type = SHAPE_WORD, .required = true, .words = selector_types },
};
SHAPE(selector);

static const struct shape_field request_body_fields[] = {
	{ .key = "deadline", .type = SHAPE_DATE, .required = true },
	{ .key = "from", .type = SHAPE_ID, .required = true },
	{ .key = "hypothesis", .type = SHAPE_LINE },
	{ .key = "id", .type = SHAPE_ID, .required = true },
	{ .key = "kind", .type = SHAPE_ID },
	{ .key = "legal_basis", .type = SHAPE_TEXT, .required = true, .max = TEXT_MAX },
	{ .key = "max_retention", .type = SHAPE_LINE, .required = true },
	{ .key = "nonce", .type = SHAPE_HASH, .required = true },
	{ .key = "pap", .type = SHAPE_WORD, .required = true, .words = paps },
	{ .key = "purpose", .type = SHAPE_TEXT, .required = true, .max = TEXT_MAX },
	{ .key = "selector_key", .type = SHAPE_HASH },
	{ .key = "selectors", .type = SHAPE_OBJECT, .list = SELECTORS_MAX, .inner = &selector },
	{ .key = "tlp", .type = SHAPE_WORD, .required = true, .words = tlps },
	{ .key = "to", .type = SHAPE_ID, .required = true },
	{ .key = "wanted", .type = SHAPE_WORD, .required = true, .list = 5, .words = wanteds },
};
SHAPE(request_body);

static const struct shape_field acknowledgement_fields[] = {
	{ .key = "justification", .type = SHAPE_WORD, .words = reasons },
	{ .key = "nonce", .type = SHAPE_HASH, .required = true },
	{ .key = "request", .type = SHAPE_HASH, .required = true },
	{ .key = "request_id", .type = SHAPE_ID, .required = true },
	{ .key = "says", .type = SHAPE_TEXT, .max = TEXT_MAX },
	{ .key = "state", .type = SHAPE_WORD, .required = true, .words = states },
};
SHAPE(acknowledgement);

static const struct shape_field tally_fields[] = {
	{ .key = "count", .type = SHAPE_UINT, .required = true },
	{ .key = "what", .type = SHAPE_LINE, .required = true },
};
SHAPE(tally);

static const struct shape_field span_fields[] = {
	{ .key = "from", .type = SHAPE_DATE, .required = true },
	{ .key = "to", .type = SHAPE_DATE, .required = true },
};
SHAPE(span);

static const struct shape_field coverage_fields[] = {
	{ .key = "addresses", .type = SHAPE_BOOL, .required = true }, /* could be seen */
	{ .key = "bytes", .type = SHAPE_UINT, .required = true },
	{ .key = "complete", .type = SHAPE_BOOL, .required = true },
	{ .key = "flows", .type = SHAPE_UINT, .required = true },
	{ .key = "gap_s", .type = SHAPE_UINT, .required = true },
	{ .key = "heard", .type = SHAPE_OBJECT, .required = true, .list = 4096, .inner = &span },
	{ .key = "inputs", .type = SHAPE_UINT, .required = true },
	{ .key = "lost", .type = SHAPE_OBJECT, .required = true, .list = 256, .inner = &tally },
	{ .key = "names", .type = SHAPE_BOOL, .required = true },
	{ .key = "read", .type = SHAPE_OBJECT, .required = true, .list = 256, .inner = &tally },
	{ .key = "sampling", .type = SHAPE_UINT, .required = true },
	{ .key = "traits", .type = SHAPE_UINT, .required = true },
	{ .key = "unplaced", .type = SHAPE_UINT },
};
SHAPE(coverage);

static const struct shape_field result_fields[] = {
	{ .key = "asked_s", .type = SHAPE_UINT }, /* of the selector's time; none: any time */
	{ .key = "first", .type = SHAPE_DATE },
	{ .key = "flows", .type = SHAPE_UINT, .required = true },
	{ .key = "heard_s", .type = SHAPE_UINT, .required = true },
	{ .key = "hmac", .type = SHAPE_HASH, .required = true },
	{ .key = "last", .type = SHAPE_DATE },
	{ .key = "names", .type = SHAPE_UINT, .required = true },
};
SHAPE(result);

static const struct shape_field answer_fields[] = {
	{ .key = "bag", .type = SHAPE_HASH },      /* of its tagmanifest */
	{ .key = "coverage", .type = SHAPE_OBJECT, .inner = &coverage },
	{ .key = "flows", .type = SHAPE_HASH },    /* of the records that match, handed over with it */
	{ .key = "nonce", .type = SHAPE_HASH, .required = true },
	{ .key = "outcome", .type = SHAPE_WORD, .required = true, .words = outcomes },
	{ .key = "replies", .type = SHAPE_UINT },  /* unanswered: acknowledgements that came */
	{ .key = "request", .type = SHAPE_HASH, .required = true },
	{ .key = "request_id", .type = SHAPE_ID, .required = true },
	{ .key = "results", .type = SHAPE_OBJECT, .list = SELECTORS_MAX, .inner = &result },
	{ .key = "says", .type = SHAPE_TEXT, .max = TEXT_MAX },
};
SHAPE(answer);
/* clang-format on */

const struct shape *
exchange_shape(enum account_kind k)
{
	return k == ACCOUNT_REQUEST           ? &request_body
	       : k == ACCOUNT_ACKNOWLEDGEMENT ? &acknowledgement
	       : k == ACCOUNT_ANSWER          ? &answer
					      : NULL;
}

static const char *
text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

const char *
exchange_text(const struct exchange *x, const char *key)
{
	return text(x->body, key);
}

static bool
time_of(const json_t *o, const char *key, uint64_t *ns)
{
	const char *s = text(o, key);

	return stamp_parse((struct span){ (const uint8_t *)s, strlen(s) }, ns);
}

static enum status
check_request(const json_t *body, struct error *err)
{
	const json_t *list = json_object_get(body, "selectors"), *s;
	struct selector unused;
	uint64_t ns;
	size_t i;

	if (!time_of(body, "deadline", &ns))
		return error_set(err, E_FORMAT, "the deadline is no time of RFC 3339");
	if (json_array_size(list) > 0 && *text(body, "selector_key") == '\0')
		return error_set(err, E_FORMAT, "selectors without their key's hash");
	json_array_foreach(list, i, s)
	{
		enum status st = selector_read(s, &unused, err);

		if (st != OK)
			return st;
	}
	return OK;
}

/* Times of what was heard: ascending and apart. */
static bool
spans_ascend(const json_t *list)
{
	uint64_t last = 0, from, to;
	const json_t *s;
	size_t i;

	json_array_foreach(list, i, s)
	{
		if (!time_of(s, "from", &from) || !time_of(s, "to", &to) || from > to ||
		    (i > 0 && from <= last))
			return false;
		last = to;
	}
	return true;
}

static enum status
check_answer(const json_t *body, struct error *err)
{
	const char *outcome = text(body, "outcome");
	const json_t *c = json_object_get(body, "coverage");
	bool by_ear =
	    strcmp(outcome, "no match") == 0 || strcmp(outcome, "not covered") == 0;

	if (by_ear && c == NULL)
		return error_set(err, E_FORMAT,
		    "\"%s\" without coverage: what was not listened to is no evidence",
		    outcome);
	if (strcmp(outcome, "no match") == 0 &&
	    json_array_size(json_object_get(c, "heard")) == 0)
		return error_set(err, E_FORMAT, "\"no match\", and nothing was heard");
	if (!spans_ascend(json_object_get(c, "heard")))
		return error_set(
		    err, E_FORMAT, "the spans that were heard are out of order");
	return OK;
}

enum status
exchange_check(enum account_kind kind, json_t *body, struct error *err)
{
	enum status st = shape_check(exchange_shape(kind), body, err);

	if (st == OK && kind == ACCOUNT_REQUEST)
		st = check_request(body, err);
	if (st == OK && kind == ACCOUNT_ANSWER)
		st = check_answer(body, err);
	if (st == OK && kind == ACCOUNT_ACKNOWLEDGEMENT &&
	    strcmp(text(body, "state"), "approved") != 0 &&
	    *text(body, "justification") == '\0')
		st = error_set(
		    err, E_FORMAT, "%s without a justification", text(body, "state"));
	return st;
}

enum status
exchange_decode(struct span statement, struct exchange *out, struct error *err)
{
	struct exchange x = { 0 };
	struct account_read r;
	enum status st = account_decode(statement, &r, err);

	if (st != OK)
		return st;
	x.kind = r.account.kind;
	x.time_ns = r.account.time_ns;
	x.statement = digest_of(statement);
	memcpy(x.key_id, r.account.key_id, sizeof x.key_id);
	if (exchange_shape(x.kind) == NULL)
		st = error_set(err, E_FORMAT,
		    "the statement is of kind %s: nothing is asked "
		    "or answered in it",
		    account_word(x.kind));
	if (st == OK)
		st = shape_load(r.account.body, &x.body, err);
	if (st == OK)
		st = exchange_check(x.kind, x.body, err);
	account_release(&r);
	if (st != OK) {
		exchange_release(&x);
		return st;
	}
	*out = x;
	return OK;
}

enum status
exchange_open(
    const struct key *key, struct span envelope, struct exchange *out, struct error *err)
{
	struct digest id = key_id(key);
	struct exchange x = { 0 };
	char hex[DIGEST_HEX];
	struct buf body;
	enum status st;

	buf_init(&body, ACCOUNT_MAX);
	st = dsse_open(key, DSSE_IN_TOTO, envelope, &body, err);
	if (st == OK)
		st = exchange_decode(buf_span(&body), &x, err);
	if (st == OK && strcmp(x.key_id, digest_hex(&id, hex)) != 0)
		st = error_set(
		    err, E_DIFFERS, "the statement names another key than signed it");
	buf_release(&body);
	if (st != OK) {
		exchange_release(&x);
		return st;
	}
	*out = x;
	return OK;
}

void
exchange_release(struct exchange *x)
{
	json_decref(x->body);
	*x = (struct exchange){ 0 };
}

uint64_t
exchange_deadline(const struct exchange *request)
{
	uint64_t ns = UINT64_MAX;

	CHECK(request->kind == ACCOUNT_REQUEST);
	(void)time_of(request->body, "deadline", &ns);
	return ns;
}

/* Each result is of a selector that was asked for. */
static bool
results_were_asked(const struct exchange *request, const struct exchange *reply)
{
	const json_t *asked = json_object_get(request->body, "selectors"), *a, *r;
	size_t i, k;

	json_array_foreach(json_object_get(reply->body, "results"), i, r)
	{
		bool found = false;

		json_array_foreach(asked, k, a) found =
		    found || strcmp(text(a, "hmac"), text(r, "hmac")) == 0;
		if (!found)
			return false;
	}
	return true;
}

enum status
exchange_belongs(
    const struct exchange *request, const struct exchange *reply, struct error *err)
{
	bool own = strcmp(request->key_id, reply->key_id) == 0;
	bool lapse = strcmp(text(reply->body, "outcome"), "unanswered") == 0;
	char hex[DIGEST_HEX];

	CHECK(request->kind == ACCOUNT_REQUEST);
	if (reply->kind == ACCOUNT_REQUEST)
		return error_set(err, E_DIFFERS, "it is a request itself");
	if (strcmp(text(reply->body, "request"), digest_hex(&request->statement, hex)) !=
		0 ||
	    strcmp(text(reply->body, "nonce"), text(request->body, "nonce")) != 0 ||
	    strcmp(text(reply->body, "request_id"), text(request->body, "id")) != 0)
		return error_set(err, E_DIFFERS, "it replies to another request");
	if (own != lapse)
		return error_set(err, E_DIFFERS,
		    own ? "it is signed by who asked"
			: "only who asked can say \"unanswered\"");
	if (lapse && reply->time_ns <= exchange_deadline(request))
		return error_set(err, E_DIFFERS, "it was not yet due");
	if (!results_were_asked(request, reply))
		return error_set(err, E_DIFFERS, "it answers what was not asked");
	return OK;
}
