/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/eve.h"

#include <stddef.h>

#include "collect/json_scan.h"
#include "collect/lines.h"

static const char *const TYPE_TEXT[EVE_TYPE_COUNT] = {
#define X(name, text) [EVE_##name] = (text),
	EVE_TYPES(X)
#undef X
	    [EVE_OTHER] = "other",
};

const char *
eve_type_text(enum eve_type type)
{
	return TYPE_TEXT[type];
}

/* The values of a line that become a flow. What was not there is 0. */
struct event {
	struct span type, timestamp, src, dst, proto, app, start, end, flags[2];
	uint64_t sport, dport, vlan, icmp_type, icmp_code;
	uint64_t pkts[2], bytes[2]; /* to the server, to the client */
	bool met_type, met_src, met_dst, bad_number;
	bool icmp;
};

static void
take_number(struct event *e, const struct scan_value *v, uint64_t *to, uint64_t most)
{
	if (v->kind != SCAN_NUMBER || !decimal_whole(&v->number, to) || *to > most) {
		e->bad_number = true;
		*to = 0;
	}
}

/* A plain string; with escapes in it it is none of those that we read. */
static struct span
text_of(const struct scan_value *v)
{
	if (v->kind != SCAN_STRING || v->escaped)
		return (struct span){ 0 };
	return v->text;
}

/* "flow" and "netflow": counters and times. */
static bool
take_counters(struct event *e, struct span object)
{
	static const struct {
		const char *key;
		size_t len, at;
	} numbers[] = {
#define COUNTER(key, member) { key, sizeof key - 1, offsetof(struct event, member) }
		COUNTER("pkts_toserver", pkts[0]),
		COUNTER("pkts_toclient", pkts[1]),
		COUNTER("bytes_toserver", bytes[0]),
		COUNTER("bytes_toclient", bytes[1]),
		COUNTER("pkts", pkts[0]),
		COUNTER("bytes", bytes[0]),
#undef COUNTER
	};
	struct scan_value key, v;
	struct json_scan s;

	json_scan_open(&s, object);
	while (json_scan_member(&s, &key, &v)) {
		if (told_is(key.text, "start"))
			e->start = text_of(&v);
		else if (told_is(key.text, "end"))
			e->end = text_of(&v);
		for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
			if (key.text.len == numbers[i].len &&
			    memcmp(key.text.at, numbers[i].key, numbers[i].len) == 0)
				take_number(e, &v,
				    (uint64_t *)(void *)((char *)e + numbers[i].at),
				    FLOW_INT_MAX);
	}
	return s.why == NULL;
}

/* "tcp": flags of both sides, in hexadecimal digits. */
static bool
take_tcp(struct event *e, struct span object)
{
	struct scan_value key, v;
	struct json_scan s;

	json_scan_open(&s, object);
	while (json_scan_member(&s, &key, &v)) {
		if (told_is(key.text, "tcp_flags_ts"))
			e->flags[0] = text_of(&v);
		else if (told_is(key.text, "tcp_flags_tc"))
			e->flags[1] = text_of(&v);
		else if (told_is(key.text, "tcp_flags") && e->flags[0].len == 0)
			e->flags[0] = text_of(&v);
	}
	return s.why == NULL;
}

/* "vlan":[100,200]: the outermost. */
static void
take_vlan(struct event *e, const struct scan_value *v)
{
	struct span s = v->text;
	struct decimal d;

	if (v->kind != SCAN_ARRAY || s.len < 2)
		return;
	s.at++;
	s.len--;
	if (decimal_scan_any(s, &d) > 0)
		(void)decimal_whole(&d, &e->vlan);
}

static bool
take_member(struct event *e, struct span key, const struct scan_value *v)
{
	if (told_is(key, "event_type")) {
		e->type = text_of(v);
		e->met_type = true;
	} else if (told_is(key, "timestamp"))
		e->timestamp = text_of(v);
	else if (told_is(key, "src_ip"))
		e->src = text_of(v);
	else if (told_is(key, "dest_ip"))
		e->dst = text_of(v);
	else if (told_is(key, "src_port"))
		take_number(e, v, &e->sport, UINT16_MAX);
	else if (told_is(key, "dest_port"))
		take_number(e, v, &e->dport, UINT16_MAX);
	else if (told_is(key, "proto"))
		e->proto = text_of(v);
	else if (told_is(key, "app_proto"))
		e->app = text_of(v);
	else if (told_is(key, "icmp_type")) {
		take_number(e, v, &e->icmp_type, UINT8_MAX);
		e->icmp = true;
	} else if (told_is(key, "icmp_code"))
		take_number(e, v, &e->icmp_code, UINT8_MAX);
	else if (told_is(key, "vlan"))
		take_vlan(e, v);
	else if (v->kind == SCAN_OBJECT &&
		 (told_is(key, "flow") || told_is(key, "netflow")))
		return take_counters(e, v->text);
	else if (v->kind == SCAN_OBJECT && told_is(key, "tcp"))
		return take_tcp(e, v->text);
	return true;
}

/* NULL, or why it is no event. */
static const char *
read_event(struct span line, struct event *e)
{
	struct scan_value key, v;
	struct json_scan s;

	*e = (struct event){ 0 };
	json_scan_open(&s, line);
	while (json_scan_member(&s, &key, &v))
		if (!take_member(e, key.text, &v))
			return "not JSON inside";
	if (s.why != NULL)
		return s.why;
	return e->met_type ? NULL : "no event_type";
}

static enum eve_type
type_of(struct span s)
{
	for (int i = 0; i < EVE_OTHER; i++)
		if (told_is(s, TYPE_TEXT[i]))
			return (enum eve_type)i;
	return EVE_OTHER;
}

static uint8_t
hex_flags(struct span s)
{
	unsigned v = 0;

	for (size_t i = 0; i < s.len && i < 4; i++) {
		unsigned c = s.at[i], low = c | 0x20;

		v = v << 4 | (c >= '0' && c <= '9'          ? c - '0'
				 : low >= 'a' && low <= 'f' ? low - 'a' + 10
							    : 0);
	}
	return (uint8_t)v;
}

/* Suricata's words for what spoke, where they are not Zeek's. */
static enum service
service_of(struct span app)
{
	static const char *const same[][2] = { { "tls", "ssl" }, { "http2", "http" },
		{ "krb5", "krb" }, { "failed", "-" }, { "unknown", "-" } };

	for (size_t i = 0; i < sizeof same / sizeof *same; i++)
		if (told_is(app, same[i][0]))
			return service_parse((struct span){
			    (const uint8_t *)same[i][1], strlen(same[i][1]) });
	return service_parse(app);
}

static bool
take_times(const struct event *e, struct flow *f)
{
	struct span end = e->end.len ? e->end : e->timestamp;
	unsigned digits, more;
	bool zoned;

	if (!told_time(e->start, &f->first_ns, &zoned, &digits) ||
	    !told_time(end, &f->last_ns, &zoned, &more))
		return false;
	if (f->last_ns < f->first_ns)
		f->last_ns = f->first_ns;
	f->resolution_ns = told_resolution(digits < more ? digits : more);
	return f->first_ns > 0;
}

static const char *
fill(const struct event *e, enum eve_type type, struct half *h)
{
	struct flow *f = &h->flow;

	if (!ip_parse(e->src, &f->orig) || !ip_parse(e->dst, &f->resp))
		return "no two addresses";
	if (e->bad_number)
		return "a number that cannot be";
	if (!told_proto(e->proto, &f->proto))
		return "not a protocol we know";
	if (!take_times(e, f))
		return "without a time";
	f->orig_port = (uint16_t)e->sport;
	f->resp_port = (uint16_t)e->dport;
	if (f->proto == PROTO_ICMP || f->proto == PROTO_ICMP6)
		icmp_ports(f, (unsigned)e->icmp_type, (unsigned)e->icmp_code);
	f->vlan = (uint16_t)(e->vlan & 4095);
	f->orig_pkts = e->pkts[0];
	f->resp_pkts = e->pkts[1];
	f->orig_ip_bytes = told_ip_bytes(e->bytes[0], e->pkts[0]);
	f->resp_ip_bytes = told_ip_bytes(e->bytes[1], e->pkts[1]);
	f->service = (uint8_t)service_of(e->app);
	f->sampling = 1;
	h->clock_ns = f->last_ns;
	h->orig_tcp = hex_flags(e->flags[0]);
	h->resp_tcp = hex_flags(e->flags[1]);
	if (h->orig_tcp | h->resp_tcp)
		h->flags |= HALF_FLAGS;
	if (type == EVE_FLOW)
		h->flags |= HALF_BOTH | HALF_WHOLE;
	return NULL;
}

enum told
eve_line(struct eve *eve, struct span line, struct half *out, const char **why)
{
	enum eve_type type;
	struct event e;

	*why = NULL;
	if (line.len == 0)
		return TOLD_NOTHING;
	*why = read_event(line, &e);
	if (*why != NULL)
		return TOLD_BAD;
	type = type_of(e.type);
	eve->events[type]++;
	eve->flows |= type == EVE_FLOW;
	if (type == EVE_NETFLOW && eve->flows) {
		eve->repeated++;
		return TOLD_OTHER;
	}
	if (type != EVE_FLOW && type != EVE_NETFLOW)
		return TOLD_OTHER;
	*out = (struct half){ 0 };
	*why = fill(&e, type, out);
	return *why ? TOLD_BAD : TOLD_FLOW;
}

bool
eve_recognise(struct span first, bool *flows)
{
	struct span line;
	bool found = false;

	*flows = false;
	while (lines_cut(&first, &line)) {
		struct event e;

		if (line.len == 0 || read_event(line, &e) != NULL || e.timestamp.len == 0)
			continue;
		found = true;
		*flows |= type_of(e.type) == EVE_FLOW;
	}
	return found;
}
