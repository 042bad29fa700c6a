/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/table.h"

#include "base/words.h"
#include "collect/lines.h"

__extension__ typedef unsigned __int128 uwide;

/* Columns that we read: ours, Argus's name, nfdump's (-o csv). */
/* clang-format off */
#define COLUMNS(X) \
	X(START, "StartTime", "ts") \
	X(END, "LastTime", "te") \
	X(LASTED, "Dur", "td") \
	X(PROTO, "Proto", "pr") \
	X(SRC, "SrcAddr", "sa") \
	X(SPORT, "Sport", "sp") \
	X(DIR, "Dir", "dir") \
	X(DST, "DstAddr", "da") \
	X(DPORT, "Dport", "dp") \
	X(STATE, "State", "flg") \
	X(PKTS, "TotPkts", "-") \
	X(BYTES, "TotBytes", "-") \
	X(SRC_PKTS, "SrcPkts", "ipkt") \
	X(DST_PKTS, "DstPkts", "opkt") \
	X(SRC_BYTES, "SrcBytes", "ibyt") \
	X(DST_BYTES, "DstBytes", "obyt")
/* clang-format on */

enum column {
	COL_NONE,
#define X(name, argus, nfdump) COL_##name,
	COLUMNS(X)
#undef X
	    COL_COUNT,
};

static const char *const NAMES[COL_COUNT][2] = {
#define X(name, argus, nfdump) [COL_##name] = { argus, nfdump },
	COLUMNS(X)
#undef X
};

/* The values of a line. */
struct row {
	struct span v[COL_COUNT];
	unsigned n; /* how many there were */
};

static struct span
trim(struct span s)
{
	while (s.len > 0 && (s.at[0] == ' ' || s.at[0] == '"')) {
		s.at++;
		s.len--;
	}
	while (s.len > 0 && (s.at[s.len - 1] == ' ' || s.at[s.len - 1] == '"'))
		s.len--;
	return s;
}

/* The next column; false after the last. */
static bool
next_column(struct span *line, uint8_t separator, bool *more, struct span *out)
{
	const uint8_t *end;

	if (!*more)
		return false;
	end = line->len ? memchr(line->at, separator, line->len) : NULL;
	out->at = line->at;
	out->len = end ? (size_t)(end - line->at) : line->len;
	*more = end != NULL;
	if (end != NULL) {
		line->at = end + 1;
		line->len -= out->len + 1;
	}
	*out = trim(*out);
	return true;
}

static enum column
find_column(struct span name, unsigned tool)
{
	for (unsigned i = 1; i < COL_COUNT; i++)
		if (told_is(name, NAMES[i][tool]))
			return (enum column)i;
	return COL_NONE;
}

static bool
learn_with(struct table *t, struct span line, uint8_t separator, unsigned tool)
{
	uint32_t met = 0;
	const uint32_t needed = 1u << COL_START | 1u << COL_PROTO | 1u << COL_SRC |
				1u << COL_DST | 1u << COL_SPORT | 1u << COL_DPORT;
	struct span name;
	bool more = true;
	unsigned n = 0;

	while (next_column(&line, separator, &more, &name)) {
		enum column c = find_column(name, tool);

		if (n == TABLE_COLUMNS || (c != COL_NONE && (met >> c & 1)))
			return false;
		t->column[n++] = (uint8_t)c;
		met |= 1u << c;
	}
	if ((met & needed) != needed)
		return false;
	t->columns = n;
	t->separator = separator;
	t->kind = tool == 0 ? TABLE_ARGUS : TABLE_NFCSV;
	return true;
}

/* "Date first seen", "Date flow start": nfdump's header for people. */
static bool
is_line_header(struct span line)
{
	return line.len > 20 && memcmp(line.at, "Date ", 5) == 0 &&
	       memmem(line.at, line.len, "Duration", 8) != NULL &&
	       memmem(line.at, line.len, "Proto", 5) != NULL;
}

/* True when the line is a header; the columns behind it are known then. */
static bool
learn(struct table *t, struct span line)
{
	struct table try = *t;

	if (line.at[0] >= '0' && line.at[0] <= '9')
		return false;
	for (unsigned tool = 0; tool < 2; tool++)
		if (learn_with(&try, line, ',', tool) ||
		    learn_with(&try, line, '\t', tool)) {
			*t = try;
			return true;
		}
	if (is_line_header(line)) {
		t->kind = TABLE_NFLINE;
		return true;
	}
	return false;
}

static uint64_t
least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* A port in decimal or, as Argus has ICMP's, in hexadecimal. */
static bool
take_port(struct span s, uint16_t *port)
{
	uint64_t v = 0;

	if (s.len == 0) {
		*port = 0;
		return true;
	}
	if (s.len > 2 && s.len <= 6 && s.at[0] == '0' && (s.at[1] | 0x20) == 'x') {
		for (size_t i = 2; i < s.len; i++) {
			unsigned c = s.at[i], low = c | 0x20;

			if (c >= '0' && c <= '9')
				v = v << 4 | (c - '0');
			else if (low >= 'a' && low <= 'f')
				v = v << 4 | (low - 'a' + 10);
			else
				return false;
		}
	} else if (!told_count(s, &v)) {
		return false;
	}
	*port = (uint16_t)v;
	return v <= UINT16_MAX;
}

static bool
is_icmp(uint8_t proto)
{
	return proto == PROTO_ICMP || proto == PROTO_ICMP6;
}

/* nfdump writes ICMP's as type.code, like 8.0. */
static bool
take_port_of(const struct flow *f, struct span s, uint16_t *port)
{
	const uint8_t *dot = s.len ? memchr(s.at, '.', s.len) : NULL;
	uint64_t type, code;

	if (!is_icmp(f->proto) || dot == NULL)
		return take_port(s, port);
	if (!told_count((struct span){ s.at, (size_t)(dot - s.at) }, &type) ||
	    !told_count(
		(struct span){ dot + 1, s.len - (size_t)(dot - s.at) - 1 }, &code) ||
	    type > UINT8_MAX || code > UINT8_MAX)
		return false;
	*port = (uint16_t)(type << 8 | code);
	return true;
}

static bool
take_count(struct span s, uint64_t *out)
{
	*out = 0;
	return s.len == 0 || told_count(s, out);
}

/* Of n, as much as part is of whole, but something for each of the two. */
static uint64_t
share(uint64_t n, uint64_t part, uint64_t whole)
{
	uint64_t s;

	if (part == whole)
		return n;
	s = (uint64_t)((uwide)n * part / whole);
	return s == 0 ? 1 : s;
}

/* What was sent by the source and by the other, from totals where need be. */
static bool
take_counts(const struct row *r, struct half *h)
{
	struct flow *f = &h->flow;
	uint64_t pkts, bytes, sp, sb, dp, db;

	if (!take_count(r->v[COL_PKTS], &pkts) || !take_count(r->v[COL_BYTES], &bytes) ||
	    !take_count(r->v[COL_SRC_PKTS], &sp) || !take_count(r->v[COL_SRC_BYTES], &sb) ||
	    !take_count(r->v[COL_DST_PKTS], &dp) || !take_count(r->v[COL_DST_BYTES], &db))
		return false;
	if (bytes > 0) {
		sb = least(sb, bytes);
		db = bytes - sb;
	}
	if (pkts > 0 && sp == 0 && sb > 0) { /* by the share of bytes */
		sp = share(pkts, sb, sb + db);
	}
	if (pkts > 0) {
		sp = least(sp, pkts);
		dp = pkts - sp;
	}
	f->orig_pkts = sp;
	f->resp_pkts = dp;
	f->orig_ip_bytes = sb;
	f->resp_ip_bytes = db;
	return true;
}

/* "SRPA_FSPA", "S_": flags of both sides. Zeek's words, which some put there, are a state. */
static void
take_state(struct span s, struct half *h)
{
	const uint8_t *low = s.len ? memchr(s.at, '_', s.len) : NULL;
	struct span a = s, b = { 0 };

	h->flow.state = (uint8_t)conn_state_parse(s);
	if (h->flow.proto != PROTO_TCP || h->flow.state != CONN_UNKNOWN)
		return;
	if (low != NULL) {
		a.len = (size_t)(low - s.at);
		b.at = low + 1;
		b.len = s.len - a.len - 1;
	}
	if (told_tcp(a, &h->orig_tcp) && (low == NULL || told_tcp(b, &h->resp_tcp)) &&
	    (h->orig_tcp | h->resp_tcp) != 0)
		h->flags |= HALF_FLAGS;
	else
		h->orig_tcp = h->resp_tcp = 0;
}

static const char *
take_times(struct table *t, const struct row *r, struct flow *f)
{
	unsigned digits = 0, more;
	uint64_t lasted = 0;
	bool zoned;

	if (!told_time(r->v[COL_START], &f->first_ns, &zoned, &digits))
		return "not a time";
	t->zoneless += !zoned;
	f->last_ns = f->first_ns;
	f->resolution_ns = told_resolution(digits);
	if (r->v[COL_LASTED].len > 0) {
		if (!told_lasted(r->v[COL_LASTED], &lasted))
			return "not a duration";
		f->last_ns += lasted;
	} else if (r->v[COL_END].len > 0) {
		if (!told_time(r->v[COL_END], &f->last_ns, &zoned, &more))
			return "not a time";
		if (f->last_ns < f->first_ns)
			f->last_ns = f->first_ns;
	}
	return NULL;
}

/* <- and <?: the destination began. */
static bool
is_turned(struct span dir)
{
	return dir.len > 0 && dir.at[0] == '<' && memchr(dir.at, '>', dir.len) == NULL;
}

static void
turn(struct half *h)
{
	struct flow o = h->flow, *f = &h->flow;
	uint8_t tcp = h->orig_tcp;

	f->orig = o.resp;
	f->resp = o.orig;
	f->orig_port = o.resp_port;
	f->resp_port = o.orig_port;
	f->orig_pkts = o.resp_pkts;
	f->resp_pkts = o.orig_pkts;
	f->orig_ip_bytes = o.resp_ip_bytes;
	f->resp_ip_bytes = o.orig_ip_bytes;
	h->orig_tcp = h->resp_tcp;
	h->resp_tcp = tcp;
}

static enum told
fill(struct table *t, const struct row *r, struct half *h, const char **why)
{
	struct flow *f = &h->flow;
	bool argus = t->kind == TABLE_ARGUS;

	*h = (struct half){ 0 };
	if (!ip_parse(r->v[COL_SRC], &f->orig) || !ip_parse(r->v[COL_DST], &f->resp) ||
	    !told_proto(r->v[COL_PROTO], &f->proto))
		return TOLD_OTHER; /* ARP, LLC and Argus's own records */
	*why = take_times(t, r, f);
	if (*why == NULL && (!take_port_of(f, r->v[COL_SPORT], &f->orig_port) ||
				!take_port_of(f, r->v[COL_DPORT], &f->resp_port)))
		*why = "not a port";
	if (*why == NULL && !take_counts(r, h))
		*why = "not a whole number";
	if (*why != NULL)
		return TOLD_BAD;
	/* Argus: the type, above it the code; nfdump: see take_port_of. */
	if (is_icmp(f->proto) && argus)
		icmp_ports(f, f->orig_port & 0xff, f->orig_port >> 8);
	else if (is_icmp(f->proto))
		icmp_ports(f, f->resp_port >> 8, f->resp_port & 0xff);
	if (argus) {
		f->orig_ip_bytes = told_ip_bytes(f->orig_ip_bytes, f->orig_pkts);
		f->resp_ip_bytes = told_ip_bytes(f->resp_ip_bytes, f->resp_pkts);
		h->flags |= HALF_BOTH | HALF_WHOLE;
	} else if (f->resp_pkts > 0) {
		h->flags |= HALF_BOTH;
	}
	take_state(r->v[COL_STATE], h);
	if (is_turned(r->v[COL_DIR]))
		turn(h);
	h->clock_ns = f->last_ns;
	return TOLD_FLOW;
}

static enum told
read_columns(struct table *t, struct span line, struct half *out, const char **why)
{
	struct row r = { .n = 0 };
	struct span v;
	bool more = true;

	while (next_column(&line, t->separator, &more, &v)) {
		if (r.n < t->columns)
			r.v[t->column[r.n]] = v;
		r.n++;
	}
	if (r.n < t->columns && t->kind == TABLE_NFCSV)
		return TOLD_NOTHING; /* the summary below */
	if (r.n != t->columns) {
		*why = "not as many columns as the header";
		return TOLD_BAD;
	}
	return fill(t, &r, out, why);
}

/* 10.0.0.1:80, 10.0.0.1:8.0 for ICMP, and 2001:db8::1.80 for IPv6. */
static bool
split_end(struct span s, struct span *address, struct span *port)
{
	unsigned colons = 0, dots = 0;

	for (size_t i = 0; i < s.len; i++) {
		colons += s.at[i] == ':';
		dots += s.at[i] == '.';
	}
	for (size_t i = s.len; i-- > 0;) {
		if (s.at[i] != (colons == 1 ? ':' : '.'))
			continue;
		if (colons != 1 && dots > 1) { /* of ICMPv6: the code */
			dots--;
			continue;
		}
		*address = (struct span){ s.at, i };
		*port = (struct span){ s.at + i + 1, s.len - i - 1 };
		return true;
	}
	return false;
}

/* "1.2 M" is 1,200,000: the unit is a word of its own. */
static bool
scaled(struct span *rest, uint64_t *out)
{
	struct span w = words_next(rest), look = *rest, unit = words_next(&look);
	uint64_t by = 1, ns;

	if (told_is(unit, "K"))
		by = 1000;
	else if (told_is(unit, "M"))
		by = 1000000;
	else if (told_is(unit, "G"))
		by = 1000000000;
	else if (told_is(unit, "T"))
		by = UINT64_C(1000000000000);
	if (by == 1)
		return told_count(w, out);
	*rest = look;
	if (!told_seconds(w, &ns)) /* a decimal, in units of 1e-9 */
		return false;
	*out = by >= 1000000000 ? ns * (by / 1000000000) : ns / (1000000000 / by);
	return *out <= FLOW_INT_MAX;
}

/* Six to eight letters and dots. */
static bool
is_flags(struct span s)
{
	uint8_t flags;

	return s.len >= 6 && s.len <= 8 && told_tcp(s, &flags);
}

/*
 * date time duration protocol source -> destination [flags tos] packets bytes
 * [rates] flows [label]
 */
static enum told
read_words(struct table *t, struct span line, struct half *out, const char **why)
{
	struct row r = { .n = 0 };
	struct span date = words_next(&line), time = words_next(&line), arrow, rest;
	struct span both = { date.at, (size_t)(time.at + time.len - date.at) };
	char stamp[40];
	uint64_t pkts, bytes;
	enum told told;

	if (date.len != 10 || date.at[4] != '-' || both.len > sizeof stamp)
		return TOLD_NOTHING; /* a summary */
	memcpy(stamp, date.at, date.len);
	stamp[10] = ' ';
	if (time.len > sizeof stamp - 11)
		return TOLD_NOTHING;
	memcpy(stamp + 11, time.at, time.len);
	r.v[COL_START] = (struct span){ (const uint8_t *)stamp, 11 + time.len };
	r.v[COL_LASTED] = words_next(&line);
	r.v[COL_PROTO] = words_next(&line);
	if (!split_end(words_next(&line), &r.v[COL_SRC], &r.v[COL_SPORT]))
		return TOLD_OTHER;
	arrow = words_next(&line);
	if (arrow.len < 2 || !split_end(words_next(&line), &r.v[COL_DST], &r.v[COL_DPORT]))
		return TOLD_OTHER;
	rest = line;
	r.v[COL_STATE] = words_next(&rest);
	if (is_flags(r.v[COL_STATE])) {
		line = rest;
		(void)words_next(&line); /* type of service */
	} else {
		r.v[COL_STATE] = (struct span){ 0 };
	}
	if (!scaled(&line, &pkts) || !scaled(&line, &bytes)) {
		*why = "not a whole number";
		return TOLD_BAD;
	}
	told = fill(t, &r, out, why);
	if (told == TOLD_FLOW) {
		out->flow.orig_pkts = pkts;
		out->flow.orig_ip_bytes = bytes;
	}
	return told;
}

enum told
table_line(struct table *t, struct span line, struct half *out, const char **why)
{
	*why = NULL;
	if (line.len == 0 || learn(t, line))
		return TOLD_NOTHING;
	if (t->kind == TABLE_NO)
		return TOLD_NOTHING; /* nfdump may say a word before its header */
	return t->kind == TABLE_NFLINE ? read_words(t, line, out, why)
				       : read_columns(t, line, out, why);
}

enum table_kind
table_recognise(struct span first)
{
	struct table t = { .kind = TABLE_NO };
	struct span line;

	/* nfdump may say a word before its header. */
	for (int i = 0; i < 4 && t.kind == TABLE_NO && lines_cut(&first, &line); i++)
		(void)learn(&t, line);
	return t.kind;
}
