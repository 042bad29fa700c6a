/* SPDX-License-Identifier: Apache-2.0 */
#include "record/flow.h"

#include <string.h>

#include "base/json.h"
#include "record/finding.h"

static const char *const STATE_TEXT[] = { [CONN_UNKNOWN] = "-",
#define X(name, why) [CONN_##name] = #name,
	CONN_STATES(X)
#undef X
};

static const char *const SERVICE_TEXT[] = { [SERVICE_NONE] = "-",
#define X(name, text) [SERVICE_##name] = text,
	SERVICES(X)
#undef X
};

static const char *const TUNNEL_TEXT[] = { [TUNNEL_NONE] = "-",
#define X(name, text) [TUNNEL_##name] = text,
	TUNNELS(X)
#undef X
};

static const char *const CLOCK_TEXT[] = {
#define X(name, text) [FLOW_CLOCK_##name] = text,
	FLOW_CLOCKS(X)
#undef X
};

#define COUNT(a) (sizeof(a) / sizeof *(a))

const char *
conn_state_text(enum conn_state state)
{
	CHECK((size_t)state < COUNT(STATE_TEXT));
	return STATE_TEXT[state];
}

enum conn_state
conn_state_parse(struct span s)
{
	for (size_t i = CONN_UNKNOWN + 1; i < COUNT(STATE_TEXT); i++)
		if (span_is(s, STATE_TEXT[i]))
			return (enum conn_state)i;
	return CONN_UNKNOWN;
}

const char *
flow_clock_text(enum flow_clock clock)
{
	CHECK((size_t)clock < COUNT(CLOCK_TEXT));
	return CLOCK_TEXT[clock];
}

bool
conn_state_failed(enum conn_state state)
{
	return state == CONN_S0 || state == CONN_REJ || state == CONN_RSTOS0 ||
	       state == CONN_SH;
}

const char *
service_text(enum service service)
{
	CHECK((size_t)service < COUNT(SERVICE_TEXT));
	return SERVICE_TEXT[service];
}

const char *
tunnel_text(enum tunnel tunnel)
{
	CHECK((size_t)tunnel < COUNT(TUNNEL_TEXT));
	return TUNNEL_TEXT[tunnel];
}

const char *
carried_text(enum flow_carried carried)
{
	static const char *const text[] = { [CARRIED_ONE_WAY] = "none",
		[CARRIED_BACK] = "back",
		[CARRIED_MIRRORED] = "mirrored" };

	CHECK((size_t)carried < COUNT(text));
	return text[carried];
}

static enum service
service_known(struct span s)
{
	for (size_t i = SERVICE_NONE + 1; i < COUNT(SERVICE_TEXT); i++)
		if (span_is(s, SERVICE_TEXT[i]))
			return (enum service)i;
	return SERVICE_NONE;
}

/*
 * Zeek joins what it found with commas ("gssapi,smb", "quic,ssl"): the first
 * one that we know is taken.
 */
enum service
service_parse(struct span s)
{
	if (s.len == 0 || span_is(s, "-"))
		return SERVICE_NONE;
	while (s.len > 0) {
		const uint8_t *comma = memchr(s.at, ',', s.len);
		size_t n = comma ? (size_t)(comma - s.at) : s.len;
		enum service found = service_known((struct span){ s.at, n });

		if (found != SERVICE_NONE)
			return found;
		if (comma == NULL)
			break;
		s.at += n + 1;
		s.len -= n + 1;
	}
	return SERVICE_OTHER;
}

static void
put_count(struct json *j, const char *key, uint64_t v)
{
	json_key(j, key);
	json_uint(j, v < FLOW_INT_MAX ? v : FLOW_INT_MAX);
}

static void
put_text(struct json *j, const char *key, const char *text)
{
	json_key(j, key);
	json_str(j, text);
}

static void
put_bool(struct json *j, const char *key, bool v)
{
	json_key(j, key);
	json_bool(j, v);
}

/* true, false, or null when the source does not say. */
static void
put_local(struct json *j, const char *key, bool local, bool remote)
{
	CHECK(!(local && remote));
	json_key(j, key);
	if (local || remote)
		json_bool(j, local);
	else
		json_none(j);
}

void
flow_encode(const struct flow *f, struct buf *out)
{
	char text[IP_TEXT], proto[8];
	struct json j;
	bool meter = flow_has_meter(f);

	json_init(&j, out);
	json_open(&j, '{');
	if (meter)
		put_bool(&j, "bytes_guessed", f->flags & FLOW_BYTES_GUESSED);
	put_bool(&j, "bytes_known", !(f->flags & FLOW_NO_BYTES));
	if (meter)
		put_text(&j, "clock", flow_clock_text(f->clock));
	put_text(&j, "conn_state", conn_state_text(f->state));
	put_bool(&j, "continues", f->flags & FLOW_CONTINUES);
	put_text(&j, "history", f->history);
	put_text(&j, "id.orig_h", ip_text(&f->orig, text));
	put_count(&j, "id.orig_p", f->orig_port);
	put_text(&j, "id.resp_h", ip_text(&f->resp, text));
	put_count(&j, "id.resp_p", f->resp_port);
	put_count(&j, "last_ns", f->last_ns);
	put_local(
	    &j, "local_orig", f->flags & FLOW_ORIG_LOCAL, f->flags & FLOW_ORIG_REMOTE);
	put_local(
	    &j, "local_resp", f->flags & FLOW_RESP_LOCAL, f->flags & FLOW_RESP_REMOTE);
	put_count(&j, "orig_bytes", f->orig_bytes);
	put_count(&j, "orig_ip_bytes", f->orig_ip_bytes);
	put_count(&j, "orig_pkts", f->orig_pkts);
	put_text(&j, "proto", proto_text(f->proto, proto));
	if (meter)
		put_count(&j, "resolution_ns", f->resolution_ns);
	put_count(&j, "resp_bytes", f->resp_bytes);
	put_count(&j, "resp_ip_bytes", f->resp_ip_bytes);
	put_count(&j, "resp_pkts", f->resp_pkts);
	if (meter)
		put_count(&j, "sampling", f->sampling);
	put_text(&j, "service", service_text(f->service));
	put_bool(&j, "to_continue", f->flags & FLOW_TO_CONTINUE);
	put_count(&j, "ts_ns", f->first_ns);
	if (f->tunnel != TUNNEL_NONE) { /* absent in lines of before there were tunnels */
		put_text(&j, "tunnel", tunnel_text(f->tunnel));
		if (flow_has_carrier(f))
			put_text(&j, "tunnel_answers", carried_text(f->carried));
		put_count(&j, "tunnel_id", f->tunnel_id);
		if (flow_has_carrier(f)) {
			put_text(&j, "tunnel_orig", ip_text(&f->carrier[0], text));
			put_text(&j, "tunnel_resp", ip_text(&f->carrier[1], text));
		}
	}
	put_count(&j, "vlan", f->vlan);
	put_count(&j, "where", f->where);
	json_close(&j, '}');
}
