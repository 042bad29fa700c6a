/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/zeek_field.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/stamp.h"

static_assert(ZEEK_TIME_END < UINT64_MAX / 2, "a time and a duration may overflow");

static const struct {
	const char *name, *other;
} FIELDS[] = {
#define X(field, kind, a, b) [ZEEK_##field] = { a, b },
	ZEEK_FIELDS(X)
#undef X
};

const char *
zeek_field_name(enum zeek_field field)
{
	CHECK(field < ZEEK_UNKNOWN);
	return FIELDS[field].name;
}

bool
zeek_path_is_conn(const char *path)
{
	/* Not conn_long, which tells of the same connection again and again. */
	return strcmp(path, "conn") == 0 || strcmp(path, "conn_red") == 0;
}

static_assert(ZEEK_SLOTS == 128, "zeek_slot gives seven bits");
static_assert(ZEEK_UNKNOWN <= 32, "the fields are bits of a uint32_t");

static void
add_name(struct zeek_words *w, const char *name, unsigned field)
{
	struct span s = { .at = (const uint8_t *)name, .len = strlen(name) };
	struct zeek_packed p = zeek_pack(s, 0);
	unsigned i = zeek_slot(p);

	CHECK(s.len > 0 && s.len <= ZEEK_NAME_MAX);
	for (; w->slot[i].len != 0; i = (i + 1) % ZEEK_SLOTS)
		if (w->slot[i].a == p.a && w->slot[i].b == p.b)
			return;
	w->slot[i].a = p.a;
	w->slot[i].b = p.b;
	w->slot[i].field = field;
	w->slot[i].len = (uint32_t)s.len;
}

void
zeek_words_init(struct zeek_words *w)
{
	memset(w, 0, sizeof *w);
	for (unsigned i = 0; i < ZEEK_UNKNOWN; i++) {
		add_name(w, FIELDS[i].name, i);
		add_name(w, FIELDS[i].other, i);
	}
	add_name(w, "detailed_label", ZEEK_DETAIL);
}

void
zeek_draft_init(
    struct zeek_draft *d, struct flow *flow, struct zeek_words *words, const uint8_t *limit)
{
	*flow = (struct flow){ 0 };
	d->flow = flow;
	d->words = words;
	d->limit = limit;
	d->duration_ns = 0;
	d->met = d->seen = 0;
	d->ip_proto = 0;
	d->path[0] = '\0';
	d->why = NULL;
}

void
zeek_bad(struct zeek_draft *d, enum zeek_field field, const char *why, struct span value)
{
	if (d->why != NULL)
		return;
	d->why = why;
	d->bad_field = field;
	d->bad_value = value;
}

static void
set_time(struct zeek_draft *d, const struct decimal *n, struct span text)
{
	if (n->negative && n->digits != 0)
		zeek_bad(d, ZEEK_TS, "before 1970", text);
	else if (!decimal_nanos(n, &d->flow->first_ns) ||
		 d->flow->first_ns >= ZEEK_TIME_END)
		zeek_bad(d, ZEEK_TS, "past the year 2200", text);
}

static void
set_duration(struct zeek_draft *d, const struct decimal *n, struct span text)
{
	if (n->negative && n->digits != 0)
		zeek_bad(d, ZEEK_DURATION, "negative", text);
	else if (!decimal_nanos(n, &d->duration_ns) || d->duration_ns >= ZEEK_TIME_END)
		zeek_bad(d, ZEEK_DURATION, "too long", text);
}

/* Where in a flow the counters without a limit are; 0: another field. */
static const uint8_t COUNTERS[ZEEK_UNKNOWN] = {
	[ZEEK_ORIG_BYTES] = offsetof(struct flow, orig_bytes),
	[ZEEK_RESP_BYTES] = offsetof(struct flow, resp_bytes),
	[ZEEK_ORIG_PKTS] = offsetof(struct flow, orig_pkts),
	[ZEEK_RESP_PKTS] = offsetof(struct flow, resp_pkts),
	[ZEEK_ORIG_IP_BYTES] = offsetof(struct flow, orig_ip_bytes),
	[ZEEK_RESP_IP_BYTES] = offsetof(struct flow, resp_ip_bytes),
};

/* False when the field cannot hold that much. */
static bool
set_small(struct zeek_draft *d, enum zeek_field field, uint64_t v)
{
	struct flow *f = d->flow;

	switch (field) {
	case ZEEK_ORIG_P:
		f->orig_port = (uint16_t)v;
		return v <= UINT16_MAX;
	case ZEEK_RESP_P:
		f->resp_port = (uint16_t)v;
		return v <= UINT16_MAX;
	case ZEEK_VLAN:
		f->vlan = (uint16_t)v;
		return v < 4096;
	default:
		CHECK(field == ZEEK_IP_PROTO);
		d->ip_proto = (uint8_t)v;
		return v <= UINT8_MAX;
	}
}

void
zeek_set_number(
    struct zeek_draft *d, enum zeek_field field, const struct decimal *n, struct span text)
{
	uint64_t v;

	d->seen |= ZEEK_BIT(field);
	if (field == ZEEK_TS)
		set_time(d, n, text);
	else if (field == ZEEK_DURATION)
		set_duration(d, n, text);
	else if (!decimal_whole(n, &v))
		zeek_bad(d, field, "not a whole number", text);
	else if (COUNTERS[field] != 0)
		memcpy((char *)d->flow + COUNTERS[field], &v, sizeof v);
	else if (!set_small(d, field, v))
		zeek_bad(d, field, "too large", text);
}

void
zeek_set_bool(struct zeek_draft *d, enum zeek_field field, bool yes)
{
	d->seen |= ZEEK_BIT(field);
	if (field == ZEEK_LOCAL_ORIG)
		d->flow->flags |= yes ? FLOW_ORIG_LOCAL : FLOW_ORIG_REMOTE;
	else
		d->flow->flags |= yes ? FLOW_RESP_LOCAL : FLOW_RESP_REMOTE;
}

static uint8_t
parse_proto(struct span s)
{
	static const struct {
		const char *word;
		uint8_t proto;
	} words[] = {
		{ "tcp", PROTO_TCP },
		{ "udp", PROTO_UDP },
		{ "icmp", PROTO_ICMP },
		{ "icmp6", PROTO_ICMP6 },
		{ "sctp", PROTO_SCTP },
		{ "unknown_transport", PROTO_UNKNOWN },
	};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (s.len == strlen(words[i].word) &&
		    memcmp(s.at, words[i].word, s.len) == 0)
			return words[i].proto;
	return PROTO_WRONG;
}

static uint8_t
parse_word(enum zeek_field field, struct span s)
{
	if (field == ZEEK_PROTO)
		return parse_proto(s);
	if (field == ZEEK_SERVICE)
		return (uint8_t)service_parse(s);
	return (uint8_t)conn_state_parse(s);
}

/* The same few dozen words come a million times: what short ones meant is remembered. */
static uint8_t
known_word(struct zeek_draft *d, enum zeek_field field, struct span s)
{
	uint64_t text = 0;
	struct zeek_word w;

	if (s.len == 0 || s.len > 7)
		return parse_word(field, s);
	memcpy(&text, s.at, s.len);
	w = zeek_word(field, text, s.len);
	if (d->words->memo[w.at].text != w.text || d->words->memo[w.at].tag != w.tag) {
		d->words->memo[w.at].text = w.text;
		d->words->memo[w.at].tag = w.tag;
		d->words->memo[w.at].value = parse_word(field, s);
	}
	return d->words->memo[w.at].value;
}

static_assert(ZEEK_MEMOS == 64, "zeek_word takes six bits");
static_assert(ZEEK_UNKNOWN < 32, "a field and one is five bits of a tag");

static void
set_history(struct zeek_draft *d, struct span s)
{
	char *to = d->flow->history;
	size_t n = s.len < FLOW_HISTORY - 1 ? s.len : FLOW_HISTORY - 1;

	for (size_t i = 0; i < n; i++) {
		uint8_t c = s.at[i], low = c | 0x20;

		if ((low < 'a' || low > 'z') && c != '^') {
			zeek_bad(d, ZEEK_HISTORY, "not letters", s);
			return;
		}
		to[i] = (char)c;
	}
}

static void
set_path(struct zeek_draft *d, struct span s)
{
	size_t n = s.len < sizeof d->path ? s.len : sizeof d->path - 1;

	memcpy(d->path, s.at, n);
	d->path[n] = '\0';
}

static void
set_word(struct zeek_draft *d, enum zeek_field field, struct span s)
{
	switch (field) {
	case ZEEK_PROTO:
		d->flow->proto = known_word(d, field, s);
		if (d->flow->proto == PROTO_WRONG)
			zeek_bad(d, field, "not a protocol we know", s);
		return;
	case ZEEK_SERVICE:
		d->flow->service = known_word(d, field, s);
		return;
	case ZEEK_CONN_STATE:
		d->flow->state = known_word(d, field, s);
		return;
	case ZEEK_HISTORY:
		set_history(d, s);
		return;
	default:
		CHECK(field == ZEEK_PATH);
		set_path(d, s);
	}
}

void
zeek_set_text(struct zeek_draft *d, enum zeek_field field, struct span s)
{
	struct ip *ip = field == ZEEK_ORIG_H ? &d->flow->orig : &d->flow->resp;

	d->seen |= ZEEK_BIT(field);
	if (zeek_field_type(field) == ZEEK_WORD) {
		set_word(d, field, s);
	} else if (zeek_field_type(field) == ZEEK_ADDR) {
		if (!ip_parse(s, ip))
			zeek_bad(d, field, "not an address", s);
	} else if (!stamp_parse(s, &d->flow->first_ns)) {
		zeek_bad(d, field, "not a time", s);
	} else if (d->flow->first_ns >= ZEEK_TIME_END) {
		zeek_bad(d, field, "past the year 2200", s);
	}
}

/* Zeek says icmp for both, and names only what it has an analyzer for. */
static uint8_t
finish_proto(const struct zeek_draft *d)
{
	const struct flow *f = d->flow;

	if (f->proto == PROTO_UNKNOWN)
		return d->ip_proto;
	if (f->proto == PROTO_ICMP && !ip_is_v4(&f->orig))
		return PROTO_ICMP6;
	return f->proto;
}

void
zeek_finish(struct zeek_draft *d)
{
	uint32_t missing = ZEEK_NEEDED & ~d->seen;
	struct flow *f = d->flow;

	if (missing != 0)
		zeek_bad(d, (enum zeek_field)__builtin_ctz(missing), "missing",
		    (struct span){ 0 });
	if (d->why != NULL)
		return;
	f->last_ns = f->first_ns + d->duration_ns; /* both are below 2^63 */
	f->proto = finish_proto(d);
	if ((d->seen & (ZEEK_BIT(ZEEK_ORIG_BYTES) | ZEEK_BIT(ZEEK_RESP_BYTES))) == 0)
		f->flags |= FLOW_NO_BYTES;
}
