/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow_decode.c - the strict reader of flow lines.
 *
 * Lines come out of evidence that may have been through other hands, so every
 * field must be there once, of the right type and in range, and none besides.
 */
#include <jansson.h>
#include <string.h>

#include "record/finding.h"
#include "record/flow.h"

#define LINE_MAX_BYTES 4096 /* the longest honest line is under 700 */

/* One line being taken apart. After the first trouble the rest is skipped. */
struct fields {
	json_t *object;
	struct error *err;
	enum status st;
};

static const char *const FIELDS[] = { "bytes_guessed", "bytes_known", "clock", "conn_state",
	"continues", "history", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p",
	"last_ns", "local_orig", "local_resp", "orig_bytes", "orig_ip_bytes", "orig_pkts",
	"proto", "resolution_ns", "resp_bytes", "resp_ip_bytes", "resp_pkts", "sampling",
	"service", "to_continue", "ts_ns", "tunnel", "tunnel_answers", "tunnel_id",
	"tunnel_orig", "tunnel_resp", "vlan", "where" };

static json_t *
take(struct fields *f, const char *key)
{
	json_t *v;

	if (f->st != OK)
		return NULL;
	v = json_object_get(f->object, key);
	if (v == NULL)
		f->st = error_set(f->err, E_FORMAT, "field \"%s\" is missing", key);
	return v;
}

static uint64_t
take_int(struct fields *f, const char *key, uint64_t most)
{
	json_t *v = take(f, key);
	json_int_t n;

	if (v == NULL)
		return 0;
	if (!json_is_integer(v)) {
		f->st = error_set(f->err, E_FORMAT, "field \"%s\" is not an integer", key);
		return 0;
	}
	n = json_integer_value(v);
	if (n < 0 || (uint64_t)n > most) {
		f->st = error_set(f->err, E_FORMAT, "field \"%s\" is out of range: %lld",
		    key, (long long)n);
		return 0;
	}
	return (uint64_t)n;
}

static bool
take_bool(struct fields *f, const char *key)
{
	json_t *v = take(f, key);

	if (v && !json_is_boolean(v))
		f->st = error_set(f->err, E_FORMAT, "field \"%s\" is not a boolean", key);
	return v && json_is_true(v);
}

/* `yes` for true, `no` for false, 0 for null. */
static uint8_t
take_local(struct fields *f, const char *key, uint8_t yes, uint8_t no)
{
	json_t *v = take(f, key);

	if (v == NULL || json_is_null(v))
		return 0;
	if (!json_is_boolean(v)) {
		f->st = error_set(
		    f->err, E_FORMAT, "field \"%s\" is neither a boolean nor null", key);
		return 0;
	}
	return json_is_true(v) ? yes : no;
}

/* Borrowed from the object. "" after trouble. */
static struct span
take_text(struct fields *f, const char *key)
{
	json_t *v = take(f, key);

	if (v && !json_is_string(v))
		f->st = error_set(f->err, E_FORMAT, "field \"%s\" is not a string", key);
	if (f->st != OK)
		return (struct span){ (const uint8_t *)"", 0 };
	return (
	    struct span){ (const uint8_t *)json_string_value(v), json_string_length(v) };
}

static void
bad_text(struct fields *f, const char *key, struct span s)
{
	if (f->st == OK)
		f->st = error_set(f->err, E_FORMAT, "field \"%s\" cannot be \"%.*s\"", key,
		    s.len < 64 ? (int)s.len : 64, (const char *)s.at);
}

static struct ip
take_ip(struct fields *f, const char *key)
{
	struct span s = take_text(f, key);
	struct ip ip = { 0 };

	if (!ip_parse(s, &ip))
		bad_text(f, key, s);
	return ip;
}

static bool
same_text(struct span s, const char *text)
{
	return s.len == strlen(text) && memcmp(s.at, text, s.len) == 0;
}

static uint8_t
take_proto(struct fields *f)
{
	struct span s = take_text(f, "proto");
	char text[8];

	for (unsigned n = 0; n < 256; n++)
		if (same_text(s, proto_text((uint8_t)n, text)))
			return (uint8_t)n;
	bad_text(f, "proto", s);
	return 0;
}

static uint8_t
take_state(struct fields *f)
{
	struct span s = take_text(f, "conn_state");
	enum conn_state state = conn_state_parse(s);

	if (!same_text(s, conn_state_text(state)))
		bad_text(f, "conn_state", s);
	return (uint8_t)state;
}

static uint8_t
take_service(struct fields *f)
{
	struct span s = take_text(f, "service");
	enum service service = service_parse(s);

	if (!same_text(s, service_text(service)))
		bad_text(f, "service", s);
	return (uint8_t)service;
}

/* All three or none, and only of what came in a tunnel. */
static void
take_carriers(struct fields *f, struct flow *x)
{
	struct span s;

	if (f->st != OK || (!json_object_get(f->object, "tunnel_orig") &&
			       !json_object_get(f->object, "tunnel_resp") &&
			       !json_object_get(f->object, "tunnel_answers")))
		return;
	x->carrier[0] = take_ip(f, "tunnel_orig");
	x->carrier[1] = take_ip(f, "tunnel_resp");
	s = take_text(f, "tunnel_answers");
	for (unsigned i = CARRIED_ONE_WAY; i <= CARRIED_MIRRORED; i++)
		if (same_text(s, carried_text((enum flow_carried)i)))
			x->carried = (uint8_t)i;
	if (!same_text(s, carried_text(x->carried)))
		bad_text(f, "tunnel_answers", s);
	if (f->st == OK && (x->tunnel == TUNNEL_NONE || !flow_has_carrier(x)))
		f->st = error_set(f->err, E_FORMAT, "field \"tunnel_orig\" tells nothing");
}

/* Both or neither; neither is no tunnel. */
static void
take_tunnel(struct fields *f, struct flow *x)
{
	struct span s;

	if (f->st != OK || (!json_object_get(f->object, "tunnel") &&
			       !json_object_get(f->object, "tunnel_id")))
		return;
	s = take_text(f, "tunnel");
	for (unsigned t = TUNNEL_NONE + 1; t < TUNNEL_COUNT; t++)
		if (same_text(s, tunnel_text((enum tunnel)t)))
			x->tunnel = (uint8_t)t;
	if (x->tunnel == TUNNEL_NONE)
		bad_text(f, "tunnel", s);
	x->tunnel_id = (uint32_t)take_int(f, "tunnel_id", UINT32_MAX);
}

static uint8_t
take_clock(struct fields *f)
{
	struct span s = take_text(f, "clock");

	for (unsigned i = FLOW_CLOCK_PACKET; i <= FLOW_CLOCK_EXPORT; i++)
		if (same_text(s, flow_clock_text((enum flow_clock)i)))
			return (uint8_t)i;
	bad_text(f, "clock", s);
	return 0;
}

/* What only meters of flows tell: all of it or none. */
static void
take_meter(struct fields *f, struct flow *x)
{
	if (f->st != OK || (!json_object_get(f->object, "clock") &&
			       !json_object_get(f->object, "bytes_guessed") &&
			       !json_object_get(f->object, "resolution_ns") &&
			       !json_object_get(f->object, "sampling")))
		return;
	x->clock = take_clock(f);
	x->resolution_ns = (uint32_t)take_int(f, "resolution_ns", UINT32_MAX);
	x->sampling = (uint32_t)take_int(f, "sampling", UINT32_MAX);
	if (take_bool(f, "bytes_guessed"))
		x->flags |= FLOW_BYTES_GUESSED;
	if (f->st == OK && !flow_has_meter(x))
		f->st = error_set(f->err, E_FORMAT, "field \"clock\" tells nothing");
}

static void
take_history(struct fields *f, char history[static FLOW_HISTORY])
{
	struct span s = take_text(f, "history");
	bool good = s.len < FLOW_HISTORY;

	for (size_t i = 0; good && i < s.len; i++)
		good = (s.at[i] >= 'A' && s.at[i] <= 'Z') ||
		       (s.at[i] >= 'a' && s.at[i] <= 'z') || s.at[i] == '^' ||
		       s.at[i] == '-';
	if (good)
		memcpy(history, s.at, s.len);
	else
		bad_text(f, "history", s);
}

static bool
is_field(const char *key)
{
	for (size_t i = 0; i < sizeof FIELDS / sizeof *FIELDS; i++)
		if (strcmp(FIELDS[i], key) == 0)
			return true;
	return false;
}

static void
refuse_strangers(struct fields *f)
{
	const char *key;
	json_t *v;

	json_object_foreach(f->object, key, v)
	{
		if (f->st == OK && !is_field(key))
			f->st = error_set(
			    f->err, E_FORMAT, "field \"%.64s\" is none of a flow's", key);
	}
}

/* What no single field can show. */
static void
judge(struct fields *f, const struct flow *x)
{
	if (f->st != OK)
		return;
	if (x->last_ns < x->first_ns)
		f->st =
		    error_set(f->err, E_FORMAT, "field \"last_ns\" is before \"ts_ns\"");
	else if ((x->flags & FLOW_NO_BYTES) && (x->orig_bytes || x->resp_bytes))
		f->st = error_set(f->err, E_FORMAT,
		    "field \"bytes_known\" is false, but there are bytes");
}

static void
take_all(struct fields *f, struct flow *x)
{
	refuse_strangers(f);
	x->first_ns = take_int(f, "ts_ns", FLOW_INT_MAX);
	x->last_ns = take_int(f, "last_ns", FLOW_INT_MAX);
	x->orig = take_ip(f, "id.orig_h");
	x->resp = take_ip(f, "id.resp_h");
	x->orig_port = (uint16_t)take_int(f, "id.orig_p", UINT16_MAX);
	x->resp_port = (uint16_t)take_int(f, "id.resp_p", UINT16_MAX);
	x->orig_bytes = take_int(f, "orig_bytes", FLOW_INT_MAX);
	x->resp_bytes = take_int(f, "resp_bytes", FLOW_INT_MAX);
	x->orig_ip_bytes = take_int(f, "orig_ip_bytes", FLOW_INT_MAX);
	x->resp_ip_bytes = take_int(f, "resp_ip_bytes", FLOW_INT_MAX);
	x->orig_pkts = take_int(f, "orig_pkts", FLOW_INT_MAX);
	x->resp_pkts = take_int(f, "resp_pkts", FLOW_INT_MAX);
	x->vlan = (uint16_t)take_int(f, "vlan", 4095);
	x->where = take_int(f, "where", FLOW_INT_MAX);
	x->proto = take_proto(f);
	x->state = take_state(f);
	x->service = take_service(f);
	take_tunnel(f, x);
	take_carriers(f, x);
	take_meter(f, x);
	take_history(f, x->history);
	if (!take_bool(f, "bytes_known"))
		x->flags |= FLOW_NO_BYTES;
	if (take_bool(f, "continues"))
		x->flags |= FLOW_CONTINUES;
	if (take_bool(f, "to_continue"))
		x->flags |= FLOW_TO_CONTINUE;
	x->flags |= take_local(f, "local_orig", FLOW_ORIG_LOCAL, FLOW_ORIG_REMOTE);
	x->flags |= take_local(f, "local_resp", FLOW_RESP_LOCAL, FLOW_RESP_REMOTE);
	judge(f, x);
}

enum status
flow_decode(struct span line, struct flow *out, struct error *err)
{
	struct fields f = { .err = err };
	struct flow x = { 0 };
	json_error_t why;

	if (line.len == 0 || line.len > LINE_MAX_BYTES)
		return error_set(
		    err, E_FORMAT, "a flow line cannot have %zu bytes", line.len);
	f.object =
	    json_loadb((const char *)line.at, line.len, JSON_REJECT_DUPLICATES, &why);
	if (f.object == NULL)
		return error_set(
		    err, E_FORMAT, "not JSON at byte %d: %s", why.position, why.text);
	if (json_is_object(f.object))
		take_all(&f, &x);
	else
		f.st = error_set(err, E_FORMAT, "not a JSON object");
	json_decref(f.object);
	if (f.st == OK)
		*out = x;
	return f.st;
}
