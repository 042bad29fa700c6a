/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/zeek_row.h"

#include "base/stamp.h"
#include "collect/json_scan.h"
#include "record/flow.h"

/* As conn.log's reader: later than any log. */
#define TIME_END (UINT64_C(7258118400) * SECOND_NS) /* 2200-01-01 */

static const struct {
	const char *name, *other;
	size_t len, other_len;
} FIELDS[] = {
#define X(field, a, b) [ROW_##field] = { a, b, sizeof(a) - 1, sizeof(b) - 1 },
	ZEEK_ROWS(X)
#undef X
};

const char *
zeek_row_name(enum zeek_row_field field)
{
	CHECK(field < ROW_FIELDS);
	return FIELDS[field].name;
}

static enum zeek_row_field
find_field(struct span name)
{
	for (int i = 0; name.len > 0 && i < ROW_FIELDS; i++)
		if ((name.len == FIELDS[i].len &&
			memcmp(name.at, FIELDS[i].name, name.len) == 0) ||
		    (name.len == FIELDS[i].other_len &&
			memcmp(name.at, FIELDS[i].other, name.len) == 0))
			return (enum zeek_row_field)i;
	return ROW_FIELDS;
}

static void
bad(struct zeek_row *r, enum zeek_row_field field, const char *why, struct span value)
{
	if (r->why != NULL)
		return;
	r->why = why;
	r->bad_field = field;
	r->bad_value = value;
}

void
zeek_columns_init(struct zeek_columns *c)
{
	*c = (struct zeek_columns){ .set_separator = ',' };
}

/* From the front of *s up to the next separator, which is stepped over. */
static struct span
cut(struct span *s, uint8_t separator, bool *more)
{
	const uint8_t *end = s->len > 0 ? memchr(s->at, separator, s->len) : NULL;
	struct span part = *s;

	*more = end != NULL;
	if (end != NULL) {
		part.len = (size_t)(end - s->at);
		s->at = end + 1;
		s->len -= part.len + 1;
	} else {
		s->len = 0;
	}
	return part;
}

void
zeek_columns_header(struct zeek_columns *c, const struct zeek_tsv *t, struct span line)
{
	bool more;
	struct span name = cut(&line, t->separator, &more);

	if (more && span_is(name, "#set_separator") && line.len == 1)
		c->set_separator = line.at[0];
	if (!more || !span_is(name, "#fields"))
		return;
	memset(c->column, 0, sizeof c->column);
	for (c->columns = 0; more && c->columns < UINT16_MAX;) {
		enum zeek_row_field field = find_field(cut(&line, t->separator, &more));

		c->columns++;
		if (field != ROW_FIELDS && c->column[field] == 0)
			c->column[field] = (uint16_t)c->columns;
	}
}

static void
row_init(struct zeek_row *r)
{
	memset(r, 0, offsetof(struct zeek_row, room));
	r->bad_field = ROW_FIELDS;
}

static bool
is_marker(const struct zeek_marker *m, struct span v)
{
	return v.len == m->len && memcmp(v.at, m->text, v.len) == 0;
}

void
zeek_row_tsv(struct zeek_row *r, const struct zeek_columns *c, const struct zeek_tsv *t,
    struct span line)
{
	struct span column[ZEEK_COLUMNS];
	unsigned n = 0;
	bool more = true;

	row_init(r);
	r->set_separator = c->set_separator;
	memcpy(r->path, t->path, sizeof r->path);
	for (; more && n < ZEEK_COLUMNS; n++)
		column[n] = cut(&line, t->separator, &more);
	if (more || n != c->columns) {
		bad(r, ROW_FIELDS, n < c->columns ? "too few fields" : "too many fields",
		    (struct span){ 0 });
		return;
	}
	for (int i = 0; i < ROW_FIELDS; i++) {
		struct span v;

		if (c->column[i] == 0)
			continue;
		v = column[c->column[i] - 1];
		if (!is_marker(&t->unset, v) && !is_marker(&t->empty, v))
			r->value[i] = v;
	}
}

static void
set_json(struct zeek_row *r, enum zeek_row_field field, const struct scan_value *v)
{
	struct span s = v->text;

	/* "id" is a file in x509.log, and elsewhere the ends of a flow, which some nest. */
	if (v->kind == SCAN_NULL || (v->kind == SCAN_OBJECT && field == ROW_ID))
		return;
	if (v->kind == SCAN_OBJECT) {
		bad(r, field, "not a plain value", v->text);
		return;
	}
	if (v->kind == SCAN_STRING &&
	    !json_scan_text(v, r->room + r->used, sizeof r->room - r->used, &s)) {
		bad(r, field, "too long", v->text);
		return;
	}
	if (v->kind == SCAN_STRING && v->escaped)
		r->used += s.len;
	/* What exporters make of a value that is not set. */
	if (v->kind == SCAN_STRING && (s.len == 0 || (s.len == 1 && s.at[0] == '-')))
		return;
	r->value[field] = s;
	r->list[field] = v->kind == SCAN_ARRAY;
	r->text[field] = v->kind == SCAN_STRING;
}

void
zeek_row_json(struct zeek_row *r, struct span line)
{
	struct scan_value key, value;
	struct json_scan scan;
	struct span path;

	row_init(r);
	r->json = true;
	json_scan_open(&scan, line);
	while (json_scan_member(&scan, &key, &value)) {
		enum zeek_row_field field = key.escaped ? ROW_FIELDS : find_field(key.text);

		if (field == ROW_FIELDS)
			continue;
		if (r->value[field].at != NULL)
			bad(r, field, "given twice", value.text);
		else
			set_json(r, field, &value);
	}
	if (scan.why != NULL) {
		r->why = NULL; /* what was read of a broken line does not matter */
		bad(r, ROW_FIELDS, scan.why, (struct span){ 0 });
		return;
	}
	path = r->value[ROW_PATH];
	if (path.at != NULL)
		memcpy(r->path, path.at,
		    path.len < sizeof r->path ? path.len : sizeof r->path - 1);
}

static bool
take_number(struct zeek_row *r, enum zeek_row_field field, struct decimal *d)
{
	struct span v = r->value[field];

	if (v.at == NULL)
		return false;
	if (v.len > 0 && decimal_scan_any(v, d) == v.len)
		return true;
	bad(r, field, "not a number", v);
	return false;
}

bool
row_time(struct zeek_row *r, enum zeek_row_field field, uint64_t *ns)
{
	struct span v = r->value[field];
	struct decimal d;

	if (v.at == NULL)
		return false;
	if (v.len > 0 && decimal_scan_any(v, &d) == v.len) {
		if (!decimal_nanos(&d, ns) || *ns >= TIME_END) {
			bad(r, field, "not a time before the year 2200", v);
			return false;
		}
		return true;
	}
	if (stamp_parse(v, ns) && *ns < TIME_END)
		return true;
	bad(r, field, "not a time", v);
	return false;
}

bool
row_interval(struct zeek_row *r, enum zeek_row_field field, uint64_t *ns)
{
	struct decimal d;

	if (!take_number(r, field, &d))
		return false;
	if (decimal_nanos(&d, ns) && *ns < TIME_END)
		return true;
	bad(r, field, "not a span of time", r->value[field]);
	return false;
}

bool
row_claim(struct zeek_row *r, enum zeek_row_field field, uint64_t *ns)
{
	struct span v = r->value[field];
	struct decimal d;

	if (v.at != NULL && stamp_parse(v, ns)) {
		*ns = *ns < FLOW_INT_MAX ? *ns : FLOW_INT_MAX;
		return true;
	}
	if (v.len >= 20 && v.at[4] == '-') { /* RFC 3339, and out of our reach */
		*ns = v.at[0] >= '2' ? FLOW_INT_MAX : 0;
		return true;
	}
	if (!take_number(r, field, &d))
		return false;
	if (d.negative)
		*ns = 0;
	else if (!decimal_nanos(&d, ns) || *ns > FLOW_INT_MAX)
		*ns = FLOW_INT_MAX;
	return true;
}

bool
row_count(struct zeek_row *r, enum zeek_row_field field, uint64_t most, uint64_t *out)
{
	struct decimal d;
	uint64_t v;

	if (!take_number(r, field, &d))
		return false;
	if (!decimal_whole(&d, &v) || v > most) {
		bad(r, field, "not a whole number in its range", r->value[field]);
		return false;
	}
	*out = v;
	return true;
}

bool
row_ip(struct zeek_row *r, enum zeek_row_field field, struct ip *ip)
{
	struct span v = r->value[field];

	if (v.at == NULL)
		return false;
	if (ip_parse(v, ip))
		return true;
	bad(r, field, "not an address", v);
	return false;
}

bool
row_bool(struct zeek_row *r, enum zeek_row_field field, bool *yes)
{
	struct span v = r->value[field];

	if (v.at == NULL)
		return false;
	*yes = span_is(v, "T") || span_is(v, "true");
	if (*yes || span_is(v, "F") || span_is(v, "false"))
		return true;
	bad(r, field, "neither yes nor no", v);
	return false;
}

bool
row_is(const struct zeek_row *r, enum zeek_row_field field, const char *text)
{
	return r->value[field].at != NULL && span_is(r->value[field], text);
}

uint8_t *
row_take(struct zeek_row *r, size_t n)
{
	uint8_t *at = r->room + r->used;

	if (n > sizeof r->room - r->used)
		return NULL;
	r->used += n;
	return at;
}

static int
hex(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/*
 * Zeek's own escapes, \xNN and in TSV \\, become the bytes they stand for. In
 * JSON it writes bytes so that are not UTF-8, and leaves others as they are.
 */
static struct span
without_escapes(struct zeek_row *r, struct span s, size_t most)
{
	uint8_t *to;
	size_t n = 0;

	if (s.len == 0 || memchr(s.at, '\\', s.len) == NULL) {
		s.len = s.len < most ? s.len : most;
		return s;
	}
	to = row_take(r, s.len < most ? s.len : most);
	if (to == NULL)
		return (struct span){ 0 };
	for (size_t i = 0; i < s.len && n < most;) {
		int high = -1, low = -1;

		if (s.at[i] == '\\' && s.len - i >= 4 && s.at[i + 1] == 'x') {
			high = hex(s.at[i + 2]);
			low = hex(s.at[i + 3]);
		}
		if (high >= (r->json ? 8 : 0) && low >= 0) {
			to[n++] = (uint8_t)(high << 4 | low);
			i += 4;
		} else if (!r->json && s.at[i] == '\\' && s.len - i >= 2 &&
			   s.at[i + 1] == '\\') {
			to[n++] = '\\';
			i += 2;
		} else {
			to[n++] = s.at[i++];
		}
	}
	return (struct span){ to, n };
}

struct span
row_text(struct zeek_row *r, enum zeek_row_field field, size_t most)
{
	struct span v = r->value[field];

	if (v.at == NULL || r->list[field])
		return (struct span){ 0 };
	return without_escapes(r, v, most);
}

struct row_list
row_list(const struct zeek_row *r, enum zeek_row_field field)
{
	struct row_list l = { .rest = r->value[field], .more = r->value[field].len > 0 };

	if (!r->json || !l.more)
		return l;
	if (!r->list[field]) /* one value where there may be several */
		return l;
	l.rest.at++; /* [ */
	l.rest.len -= 2;
	return l;
}

static bool
is_space(uint8_t c)
{
	return c == ' ' || c == '\t';
}

/* Of a text that json_scan found to be a list: up to the next comma between members. */
static struct span
json_member(struct row_list *l, bool *escaped, bool *quoted)
{
	const uint8_t *at = l->rest.at, *end = at + l->rest.len;
	struct span v;

	*escaped = false;
	while (at < end && is_space(*at))
		at++;
	*quoted = at < end && *at == '"';
	v.at = *quoted ? ++at : at;
	while (at < end && (*quoted ? *at != '"' : *at != ',')) {
		if (*at == '\\' && end - at > 1) {
			*escaped = true;
			at++;
		}
		at++;
	}
	v.len = (size_t)(at - v.at);
	while (!*quoted && v.len > 0 && is_space(v.at[v.len - 1]))
		v.len--;
	while (at < end && *at != ',')
		at++;
	l->more = at < end;
	if (l->more)
		at++;
	l->rest = (struct span){ at, (size_t)(end - at) };
	return v;
}

bool
row_next(struct zeek_row *r, struct row_list *l, size_t most, struct span *out)
{
	struct scan_value v = { .kind = SCAN_STRING };
	bool quoted;

	*out = (struct span){ 0 };
	if (!l->more)
		return false;
	if (!r->json) {
		*out = without_escapes(r, cut(&l->rest, r->set_separator, &l->more), most);
		return true;
	}
	v.text = json_member(l, &v.escaped, &quoted);
	if (!quoted && v.text.len == 0 && !l->more)
		return false; /* [] */
	if (v.escaped) {
		uint8_t *to = row_take(r, v.text.len);

		if (to == NULL || !json_scan_text(&v, to, v.text.len, &v.text))
			return true;
	}
	*out = without_escapes(r, v.text, most);
	return true;
}
