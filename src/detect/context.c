/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/context.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/json.h"
#include "base/stamp.h"
#include "detect/weights.h"

/* Longer than any context or params with PARAMS_NETS networks. */
#define DOCUMENT_MAX 8192

enum field_kind {
	FIELD_UINT, /* uint64_t below 2^63 */
	FIELD_UINT32,
	FIELD_KNOWN, /* uint64_t, UINT64_MAX is null: the source does not say */
	FIELD_STAMP, /* uint64_t nanoseconds as RFC 3339 */
	FIELD_SIDE,
	FIELD_LOGS,  /* int64_t[2], each <= 0 */
	FIELD_RANKS, /* uint64_t[2], each >= 1 */
	FIELD_GAPS,  /* uint64_t[3] */
	FIELD_LIMITS,
	FIELD_NETS,   /* at 0 ours, at 1 others' */
	FIELD_NAME,   /* text of printable ASCII without blanks */
	FIELD_WORDS,  /* the same with blanks */
	FIELD_SHA256, /* 64 digits of lower case hexadecimal */
};

/* A line is the key, how it is written, read and bounded; in the order of RFC 8785. */
struct field {
	const char *key;
	size_t at;
	enum field_kind kind;
	uint64_t least, most; /* of the unsigned kinds */
};

#define U64_MOST INT64_MAX

/* clang-format off */
static const struct field limits_fields[] = {
	{ "contacts_shed",   offsetof(struct finding_limits, contacts_shed),   FIELD_UINT,   0, U64_MOST },
	{ "frames_cut",      offsetof(struct finding_limits, frames_cut),      FIELD_UINT,   0, U64_MOST },
	{ "frames_dropped",  offsetof(struct finding_limits, frames_dropped),  FIELD_KNOWN,  0, U64_MOST },
	{ "records_skipped", offsetof(struct finding_limits, records_skipped), FIELD_UINT,   0, U64_MOST },
	{ "resolution_ns",   offsetof(struct finding_limits, resolution_ns),   FIELD_UINT,   0, U64_MOST },
	{ "sampling",        offsetof(struct finding_limits, sampling),        FIELD_UINT32, 0, UINT32_MAX },
};

static const struct field context_fields[] = {
	{ "answer_most",       offsetof(struct context, answer_most),       FIELD_UINT,   0, U64_MOST },
	{ "by_log10_p_ud",     offsetof(struct context, by_log10_p_ud),     FIELD_LOGS,   0, 0 },
	{ "by_rank",           offsetof(struct context, by_rank),           FIELD_RANKS,  1, U64_MOST },
	{ "cert",              offsetof(struct context, cert),              FIELD_NAME,   0, 0 },
	{ "cert_from",         offsetof(struct context, cert_from_ns),      FIELD_STAMP,  0, 0 },
	{ "cert_traits",       offsetof(struct context, cert_traits),       FIELD_UINT,   0, 7 },
	{ "cert_until",        offsetof(struct context, cert_until_ns),     FIELD_STAMP,  0, 0 },
	{ "domain_hosts",      offsetof(struct context, domain_hosts),      FIELD_UINT,   0, U64_MOST },
	{ "domains",           offsetof(struct context, domains),           FIELD_UINT,   0, U64_MOST },
	{ "echo_changes",      offsetof(struct context, echo_changes),      FIELD_UINT,   0, U64_MOST },
	{ "echo_differ",       offsetof(struct context, echo_differ),       FIELD_UINT,   0, U64_MOST },
	{ "echo_differ_bytes", offsetof(struct context, echo_differ_bytes), FIELD_UINT,   0, U64_MOST },
	{ "echo_differ_changes", offsetof(struct context, echo_differ_changes), FIELD_UINT, 0, U64_MOST },
	{ "echo_replies",      offsetof(struct context, echo_replies),      FIELD_UINT,   0, U64_MOST },
	{ "echo_requests",     offsetof(struct context, echo_requests),     FIELD_UINT,   0, U64_MOST },
	{ "gap_ns",            offsetof(struct context, gap_ns),            FIELD_GAPS,   0, U64_MOST },
	{ "hellos",            offsetof(struct context, hellos),            FIELD_UINT,   0, U64_MOST },
	{ "host_answered",     offsetof(struct context, host_answered),     FIELD_UINT,   0, U64_MOST },
	{ "host_first",        offsetof(struct context, host_first_ns),     FIELD_STAMP,  0, 0 },
	{ "host_peers",        offsetof(struct context, host_peers),        FIELD_UINT,   0, U64_MOST },
	{ "host_scanned",      offsetof(struct context, host_scanned),      FIELD_UINT,   0, U64_MOST },
	{ "host_side",         offsetof(struct context, host_side),         FIELD_SIDE,   0, 0 },
	{ "host_up",           offsetof(struct context, host_up),           FIELD_UINT,   0, U64_MOST },
	{ "hosts",             offsetof(struct context, hosts),             FIELD_UINT,   0, U64_MOST },
	{ "limits",            offsetof(struct context, limits),            FIELD_LIMITS, 0, 0 },
	{ "listed",            offsetof(struct context, listed),            FIELD_WORDS,  0, 0 },
	{ "listed_how",        offsetof(struct context, listed_how),        FIELD_UINT,   0, 4 },
	{ "listed_in",         offsetof(struct context, listed_in),         FIELD_WORDS,  0, 0 },
	{ "listed_mb",         offsetof(struct context, listed_mb),         FIELD_UINT,   0, 100000 },
	{ "listed_until",      offsetof(struct context, listed_until_ns),   FIELD_STAMP,  0, 0 },
	{ "looks",             offsetof(struct context, looks),             FIELD_UINT32, 1, UINT32_MAX },
	{ "lookups",           offsetof(struct context, lookups),           FIELD_UINT,   0, U64_MOST },
	{ "lookups_level",     offsetof(struct context, lookups_level),     FIELD_UINT32, 0, 62 },
	{ "mail_fetched",      offsetof(struct context, mail_fetched),      FIELD_UINT,   0, U64_MOST },
	{ "mail_servers",      offsetof(struct context, mail_servers),      FIELD_UINT,   0, U64_MOST },
	{ "mutual_hosts",      offsetof(struct context, mutual_hosts),      FIELD_UINT,   0, U64_MOST },
	{ "name",              offsetof(struct context, name),              FIELD_NAME,   0, 0 },
	{ "named",             offsetof(struct context, named),             FIELD_UINT,   0, U64_MOST },
	{ "names",             offsetof(struct context, names),             FIELD_UINT,   0, U64_MOST },
	{ "own_address",       offsetof(struct context, own_address),       FIELD_NAME,   0, 0 },
	{ "own_address_at",    offsetof(struct context, own_address_ns),    FIELD_STAMP,  0, 0 },
	{ "page_most",         offsetof(struct context, page_most),         FIELD_UINT,   0, U64_MOST },
	{ "page_traits",       offsetof(struct context, page_traits),       FIELD_UINT,   0, 3 },
	{ "pages",             offsetof(struct context, pages),             FIELD_UINT,   0, U64_MOST },
	{ "pairs",             offsetof(struct context, pairs),             FIELD_UINT,   0, U64_MOST },
	{ "peer_hosts",        offsetof(struct context, peer_hosts),        FIELD_UINT,   0, U64_MOST },
	{ "peer_side",         offsetof(struct context, peer_side),         FIELD_SIDE,   0, 0 },
	{ "port_hosts",        offsetof(struct context, port_hosts),        FIELD_UINT,   0, U64_MOST },
	{ "posts",             offsetof(struct context, posts),             FIELD_UINT,   0, U64_MOST },
	{ "print",             offsetof(struct context, print),             FIELD_NAME,   0, 0 },
	{ "print_hosts",       offsetof(struct context, print_hosts),       FIELD_UINT,   0, U64_MOST },
	{ "print_others",      offsetof(struct context, print_others),      FIELD_UINT,   0, U64_MOST },
	{ "print_servers",     offsetof(struct context, print_servers),     FIELD_UINT,   0, U64_MOST },
	{ "print_speakers",    offsetof(struct context, print_speakers),    FIELD_UINT,   0, U64_MOST },
	{ "proxied",           offsetof(struct context, proxied),           FIELD_UINT,   0, U64_MOST },
	{ "requests",          offsetof(struct context, requests),          FIELD_UINT,   0, U64_MOST },
	{ "siblings",          offsetof(struct context, siblings),          FIELD_UINT,   0, U64_MOST },
	{ "span_first",        offsetof(struct context, span_first_ns),     FIELD_STAMP,  0, 0 },
	{ "span_last",         offsetof(struct context, span_last_ns),      FIELD_STAMP,  0, 0 },
	{ "suffixes",          offsetof(struct context, suffixes),          FIELD_NAME,   0, 0 },
	{ "tried",             offsetof(struct context, tried),         FIELD_UINT,   0, U64_MOST },
	{ "tried_outside",     offsetof(struct context, tried_outside), FIELD_UINT,   0, U64_MOST },
	{ "unheard_ns",        offsetof(struct context, unheard_ns),        FIELD_UINT,   0, U64_MOST },
	{ "unnamed",           offsetof(struct context, unnamed),           FIELD_UINT,   0, U64_MOST },
};

static const struct field params_fields[] = {
	{ "alert_kappa_percent",     offsetof(struct params, alert_kappa_percent),     FIELD_UINT32, 100, 1000 },
	{ "candidate_kappa_percent", offsetof(struct params, candidate_kappa_percent), FIELD_UINT32, 100, 1000 },
	{ "external",                1,                                                FIELD_NETS,   0, 0 },
	{ "internal",                0,                                                FIELD_NETS,   0, 0 },
	{ "q_ppm",                   offsetof(struct params, q_ppm),                   FIELD_UINT32, 1, 1000000 },
	{ "weights_sha256",          offsetof(struct params, weights_sha256),          FIELD_SHA256, 0, 0 },
};
/* clang-format on */

#define COUNT(a) (sizeof(a) / sizeof *(a))

static const char *const side_text[] = {
	[SIDE_INTERNAL] = "internal",
	[SIDE_EXTERNAL] = "external",
	[SIDE_APART] = "apart",
};

struct params
params_default(void)
{
	return (struct params){
		.candidate_kappa_percent = 125,
		.alert_kappa_percent = 150,
		.q_ppm = 10000,
		.weights_sha256 = WEIGHTS_SHA256,
	};
}

static uint64_t
get_u64(const void *at)
{
	uint64_t v;

	memcpy(&v, at, sizeof v);
	return v;
}

static uint32_t
get_u32(const void *at)
{
	uint32_t v;

	memcpy(&v, at, sizeof v);
	return v;
}

static void put_fields(struct json *j, const void *of, const struct field *f, size_t n);

static void
put_nets(struct json *j, const struct ip_net *net, unsigned n)
{
	char text[IP_TEXT + 8], ip[IP_TEXT];

	CHECK(n <= PARAMS_NETS);
	json_open(j, '[');
	for (unsigned i = 0; i < n; i++) {
		unsigned bits = ip_is_v4(&net[i].ip) ? net[i].bits - 96U : net[i].bits;

		(void)snprintf(text, sizeof text, "%s/%u", ip_text(&net[i].ip, ip), bits);
		json_str(j, text);
	}
	json_close(j, ']');
}

static size_t
array_length(const struct field *f)
{
	return f->kind == FIELD_GAPS ? 3 : 2;
}

static void
put_array(struct json *j, const void *at, size_t n, bool negative)
{
	json_open(j, '[');
	for (size_t i = 0; i < n; i++) {
		uint64_t v = get_u64((const char *)at + i * sizeof(uint64_t));

		if (negative)
			json_int(j, (int64_t)v);
		else
			json_uint(j, v);
	}
	json_close(j, ']');
}

static void
put_value(struct json *j, const void *of, const struct field *f)
{
	const void *at = (const char *)of + f->at;
	char text[STAMP_TEXT];
	const struct params *params;
	enum side side;

	switch (f->kind) {
	case FIELD_UINT:
		CHECK(get_u64(at) <= U64_MOST);
		json_uint(j, get_u64(at));
		break;
	case FIELD_UINT32:
		json_uint(j, get_u32(at));
		break;
	case FIELD_KNOWN:
		if (get_u64(at) == UINT64_MAX)
			json_none(j);
		else
			json_uint(j, get_u64(at));
		break;
	case FIELD_STAMP:
		json_str(j, stamp_text(get_u64(at), text));
		break;
	case FIELD_SIDE:
		memcpy(&side, at, sizeof side);
		CHECK((size_t)side < COUNT(side_text));
		json_str(j, side_text[side]);
		break;
	case FIELD_LOGS:
	case FIELD_RANKS:
	case FIELD_GAPS:
		put_array(j, at, array_length(f), f->kind == FIELD_LOGS);
		break;
	case FIELD_LIMITS:
		put_fields(j, at, limits_fields, COUNT(limits_fields));
		break;
	case FIELD_NETS:
		params = of;
		if (f->at == 0)
			put_nets(j, params->internal, params->internals);
		else
			put_nets(j, params->external, params->externals);
		break;
	case FIELD_NAME:
	case FIELD_WORDS:
	case FIELD_SHA256:
		json_str(j, at);
		break;
	}
}

static void
put_fields(struct json *j, const void *of, const struct field *f, size_t n)
{
	json_open(j, '{');
	for (size_t i = 0; i < n; i++) {
		json_key(j, f[i].key);
		put_value(j, of, &f[i]);
	}
	json_close(j, '}');
}

void
context_encode(const struct context *c, struct buf *out)
{
	struct json j;

	json_init(&j, out);
	put_fields(&j, c, context_fields, COUNT(context_fields));
}

void
params_encode(const struct params *p, struct buf *out)
{
	struct json j;

	json_init(&j, out);
	put_fields(&j, p, params_fields, COUNT(params_fields));
}

static bool take_fields(const json_t *j, void *of, const struct field *f, size_t n);

static bool
take_uint(const json_t *j, const struct field *f, uint64_t *v)
{
	json_int_t n;

	if (!json_is_integer(j))
		return false;
	n = json_integer_value(j);
	if (n < 0 || (uint64_t)n < f->least || (uint64_t)n > f->most)
		return false;
	*v = (uint64_t)n;
	return true;
}

static bool
take_array(const json_t *j, void *at, const struct field *f)
{
	if (!json_is_array(j) || json_array_size(j) != array_length(f))
		return false;
	for (size_t i = 0; i < array_length(f); i++) {
		const json_t *one = json_array_get(j, i);
		uint64_t v;

		if (f->kind != FIELD_LOGS) {
			if (!take_uint(one, f, &v))
				return false;
		} else {
			if (!json_is_integer(one) || json_integer_value(one) > 0)
				return false;
			v = (uint64_t)json_integer_value(one);
		}
		memcpy((char *)at + i * sizeof v, &v, sizeof v);
	}
	return true;
}

static bool
take_nets(const json_t *j, struct ip_net *net, unsigned *n)
{
	if (!json_is_array(j) || json_array_size(j) > PARAMS_NETS)
		return false;
	*n = (unsigned)json_array_size(j);
	for (unsigned i = 0; i < *n; i++) {
		const json_t *one = json_array_get(j, i);

		if (!json_is_string(one) ||
		    !ip_net_parse((struct span){ (const uint8_t *)json_string_value(one),
				      json_string_length(one) },
			&net[i]))
			return false;
	}
	return true;
}

static struct span
string_span(const json_t *j)
{
	if (!json_is_string(j))
		return (struct span){ 0 };
	return (
	    struct span){ (const uint8_t *)json_string_value(j), json_string_length(j) };
}

static bool
take_side(const json_t *j, void *at)
{
	struct span s = string_span(j);

	for (size_t i = 0; i < COUNT(side_text); i++) {
		enum side side = (enum side)i;

		if (s.len != strlen(side_text[i]) || memcmp(s.at, side_text[i], s.len) != 0)
			continue;
		memcpy(at, &side, sizeof side);
		return true;
	}
	return false;
}

static bool
take_name(const json_t *j, char *at, char least)
{
	struct span s = string_span(j);

	if (!json_is_string(j) || s.len >= FINDING_NAME)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] < least || s.at[i] >= 0x7f)
			return false;
	if (s.len > 0)
		memcpy(at, s.at, s.len);
	at[s.len] = '\0';
	return true;
}

static bool
take_sha256(const json_t *j, char *at)
{
	const char *s = json_string_value(j);

	if (s == NULL || strlen(s) != DIGEST_HEX - 1 ||
	    strspn(s, "0123456789abcdef") != DIGEST_HEX - 1)
		return false;
	memcpy(at, s, DIGEST_HEX);
	return true;
}

static bool
take_value(const json_t *j, void *of, const struct field *f)
{
	void *at = (char *)of + f->at;
	uint64_t v = UINT64_MAX;
	struct params *params;
	uint32_t v32;

	switch (f->kind) {
	case FIELD_UINT32:
		if (!take_uint(j, f, &v))
			return false;
		v32 = (uint32_t)v;
		memcpy(at, &v32, sizeof v32);
		return true;
	case FIELD_KNOWN:
		if (!json_is_null(j) && !take_uint(j, f, &v))
			return false;
		break;
	case FIELD_UINT:
		if (!take_uint(j, f, &v))
			return false;
		break;
	case FIELD_STAMP:
		if (!stamp_parse(string_span(j), &v))
			return false;
		break;
	case FIELD_SIDE:
		return take_side(j, at);
	case FIELD_LOGS:
	case FIELD_RANKS:
	case FIELD_GAPS:
		return take_array(j, at, f);
	case FIELD_LIMITS:
		return take_fields(j, at, limits_fields, COUNT(limits_fields));
	case FIELD_NETS:
		params = of;
		return f->at == 0 ? take_nets(j, params->internal, &params->internals)
				  : take_nets(j, params->external, &params->externals);
	case FIELD_NAME:
		return take_name(j, at, '!');
	case FIELD_WORDS:
		return take_name(j, at, ' ');
	case FIELD_SHA256:
		return take_sha256(j, at);
	}
	memcpy(at, &v, sizeof v);
	return true;
}

static bool
take_fields(const json_t *j, void *of, const struct field *f, size_t n)
{
	if (!json_is_object(j) || json_object_size(j) != n)
		return false;
	for (size_t i = 0; i < n; i++) {
		const json_t *value = json_object_get(j, f[i].key);

		if (!value || !take_value(value, of, &f[i]))
			return false;
	}
	return true;
}

/* The bytes we would write for what we read must be the bytes we read. */
static bool
canonical(struct span json, const struct buf *again)
{
	return !again->bad && again->len == json.len &&
	       memcmp(again->at, json.at, json.len) == 0;
}

static enum status
load(struct span json, const char *what, json_t **out, struct error *err)
{
	json_error_t why;

	if (json.len > DOCUMENT_MAX)
		return error_set(err, E_LIMIT, "%s of %zu bytes, more than %d", what,
		    json.len, DOCUMENT_MAX);
	*out = json_loadb(
	    json.len ? (const char *)json.at : "", json.len, JSON_REJECT_DUPLICATES, &why);
	if (!*out)
		return error_set(
		    err, E_FORMAT, "%s: %s at byte %d", what, why.text, why.position);
	return OK;
}

enum status
context_decode(struct span json, struct context *out, struct error *err)
{
	struct context c;
	struct buf again;
	enum status st;
	json_t *j;

	st = load(json, "context", &j, err);
	if (st != OK)
		return st;
	memset(&c, 0, sizeof c);
	buf_init(&again, DOCUMENT_MAX);
	if (!take_fields(j, &c, context_fields, COUNT(context_fields)))
		st = error_set(
		    err, E_FORMAT, "context: a field is missing, unknown or wrong");
	else {
		context_encode(&c, &again);
		if (!canonical(json, &again))
			st = error_set(err, E_FORMAT, "context: not in canonical form");
	}
	buf_release(&again);
	json_decref(j);
	if (st == OK)
		*out = c;
	return st;
}

enum status
params_decode(struct span json, struct params *out, struct error *err)
{
	struct params p;
	struct buf again;
	enum status st;
	json_t *j;

	st = load(json, "params", &j, err);
	if (st != OK)
		return st;
	memset(&p, 0, sizeof p);
	buf_init(&again, DOCUMENT_MAX);
	if (!take_fields(j, &p, params_fields, COUNT(params_fields)))
		st = error_set(
		    err, E_FORMAT, "params: a field is missing, unknown or wrong");
	else {
		params_encode(&p, &again);
		if (!canonical(json, &again))
			st = error_set(err, E_FORMAT, "params: not in canonical form");
	}
	buf_release(&again);
	json_decref(j);
	if (st == OK)
		*out = p;
	return st;
}
